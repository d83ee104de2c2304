use std::fs;

use cassette::{ArchiveEntry, ArchiveStep};
use fn_proto::{ArchivedDetails, ArchivedDocument, DocumentKind, Formed};
use proptest::prelude::*;
use terms::{DocumentNumber, DriveNumber, FiscalSign, ShiftNumber};

use super::{Archives, row::Row};

fn drive() -> DriveNumber {
    "9999078900000001".parse().unwrap()
}

fn entry(number: u32, has_ticket: bool) -> ArchiveEntry {
    ArchiveEntry {
        document: ArchivedDocument {
            kind: DocumentKind::ShiftOpening,
            has_ticket,
            time: "2026-11-02T08:00".parse().unwrap(),
            document: Formed {
                number: DocumentNumber(number),
                sign: FiscalSign(number * 7),
            },
            details: ArchivedDetails::Shift(ShiftNumber(1)),
        },
        // 1038, the shift's number.
        tlv: vec![0x0E, 0x04, 4, 0, 1, 0, 0, 0],
        operator_sign: has_ticket.then_some([9; 18]),
    }
}

fn add(archives: &Archives, number: u32, has_ticket: bool) {
    let step = ArchiveStep::Add(Box::new(entry(number, has_ticket)));
    assert_eq!(
        archives.write(drive(), &step).unwrap(),
        DocumentNumber(number)
    );
}

fn open(archives: &Archives) -> u32 {
    archives.write(drive(), &ArchiveStep::Open).unwrap().get()
}

#[test]
fn an_archive_says_what_it_holds_and_until_when_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::in_folder(folder.path());
    assert_eq!(open(&archives), 0);
    for number in 1..=3 {
        add(&archives, number, true);
    }
    let last = archives.write(drive(), &ArchiveStep::Seal).unwrap();
    assert_eq!(last, DocumentNumber(3));
    let files = folder.path().join("archive/9999078900000001");
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(files.join("archive.json")).unwrap()).unwrap();
    assert_eq!(summary["documents"], 3);
    assert_eq!(summary["keep_until"], "2031-11-02");
    let documents = fs::read_to_string(files.join("documents.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(documents.lines().next().unwrap()).unwrap();
    assert_eq!(first["content"][0]["tag"], 1038);
    assert_eq!(first["content"][0]["value"], 1);
    assert_eq!(first["tlv"], "0e0404000100 0000".replace(' ', ""));
}

#[test]
fn a_document_that_was_read_before_its_ticket_came_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::in_folder(folder.path());
    open(&archives);
    add(&archives, 1, true);
    add(&archives, 2, false);
    add(&archives, 3, true);
    assert_eq!(open(&archives), 1);
    add(&archives, 2, true);
    assert_eq!(open(&archives), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A program that stops amid a write leaves both files cut anywhere: what is whole stays, the
    /// rest is cut off, and the archive goes on from there.
    #[test]
    fn files_that_were_cut_anywhere_are_mended(count in 1_u32..6, cuts in any::<(u16, u16)>()) {
        let folder = tempfile::tempdir().unwrap();
        let archives = Archives::in_folder(folder.path());
        open(&archives);
        for number in 1..=count {
            add(&archives, number, true);
        }
        let files = folder.path().join("archive/9999078900000001");
        for (name, cut) in [("documents.jsonl", cuts.0), ("index.csv", cuts.1)] {
            let bytes = fs::read(files.join(name)).unwrap();
            let kept = usize::from(cut) % (bytes.len() + 1);
            fs::write(files.join(name), &bytes[..kept]).unwrap();
        }
        let kept = open(&archives);
        prop_assert!(kept <= count);
        for number in kept + 1..=count {
            add(&archives, number, true);
        }
        prop_assert_eq!(open(&archives), count);
        let index = fs::read_to_string(files.join("index.csv")).unwrap();
        let rows = index.lines().filter_map(Row::read);
        prop_assert_eq!(rows.count(), count as usize);
    }

    #[test]
    fn any_text_is_a_row_or_none(line in ".{0,80}") {
        if let Some(row) = Row::read(&line) {
            prop_assert_eq!(Row::read(&row.to_string()), Some(row));
        }
    }
}
