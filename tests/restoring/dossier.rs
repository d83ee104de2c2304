//! The document set for the tax office, opened as an accountant would.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::archive::Document;

/// The files of the set.
pub(crate) struct Dossier(BTreeMap<String, Vec<u8>>);

impl Dossier {
    /// Opens it; every file has the hash that the list says.
    pub(crate) fn open(bytes: Vec<u8>) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut files = BTreeMap::new();
        for place in 0..archive.len() {
            let mut file = archive.by_index(place).unwrap();
            let mut contents = Vec::new();
            file.read_to_end(&mut contents).unwrap();
            files.insert(file.name().unwrap().into_owned(), contents);
        }
        let index = String::from_utf8(files.remove("index.txt").unwrap()).unwrap();
        let listed = index.lines().filter(|line| !line.starts_with('#'));
        let listed: BTreeMap<&str, &str> = listed
            .map(|line| line.split_once("  ").unwrap())
            .map(|(hash, name)| (name, hash))
            .collect();
        assert_eq!(listed.len(), files.len(), "{index}");
        for (name, contents) in &files {
            let hash: String = Sha256::digest(contents)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(listed[name.as_str()], hash, "{name}");
        }
        Self(files)
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(&self.0[name]).unwrap()
    }

    /// The rows of a table, each with the names of its columns.
    pub(crate) fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let text = self.text(name).trim_start_matches('\u{FEFF}');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .from_reader(text.as_bytes());
        let rows = reader.deserialize();
        rows.map(|row| row.unwrap()).collect()
    }

    /// Its register names each of these corrections once, and nothing else; all its sums are those
    /// of the drives.
    pub(crate) fn agrees_with(&self, corrections: &[&Document]) {
        let register = self.table("2-register.csv");
        let named: BTreeSet<[String; 4]> = register
            .iter()
            .map(|row| {
                let part = |part: &str| row[&format!("Правильный документ: {part}")].clone();
                [part("ФН"), part("ФД"), part("ФПД"), row["Сумма"].clone()]
            })
            .collect();
        let held: BTreeSet<[String; 4]> = corrections
            .iter()
            .map(|it| {
                let sum = format!("{},{:02}", it.total / 100, it.total % 100);
                [
                    it.drive.clone(),
                    it.fd.to_string(),
                    it.sign.to_string(),
                    sum,
                ]
            })
            .collect();
        assert_eq!(register.len(), corrections.len());
        assert_eq!(named, held);
        let total: i64 = corrections.iter().map(|it| it.total).sum();
        let vat: i64 = corrections.iter().map(|it| it.vat()).sum();
        let of = |rows: &[BTreeMap<String, String>], column: &str| -> i64 {
            rows.iter().map(|row| kopecks(&row[column])).sum()
        };
        assert_eq!((of(&register, "Сумма"), of(&register, "НДС")), (total, vat));
        let totals = self.table("3-totals.csv");
        let [after, tax] =
            ["сумма", "НДС"].map(|sum| of(&totals, &format!("После исправления: {sum}")));
        assert_eq!((after, tax), (total, vat));
        let extracts = self.table("4-extracts.csv");
        assert_eq!(extracts.len(), corrections.len());
        let checks = self.table("6-reconciliation.csv");
        assert!(!checks.is_empty());
        for check in &checks {
            assert_eq!(check["Итог"], "сходится", "{check:?}");
        }
    }
}

fn kopecks(money: &str) -> i64 {
    money.replace(',', "").parse().unwrap()
}
