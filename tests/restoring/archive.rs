//! What the drives hold, read tag by tag.

use std::collections::BTreeMap;

use ffd::{Tag, Tree, Value};

use crate::rig::Rig;

/// A receipt or a correction receipt as a drive has formed it.
pub(crate) struct Document {
    pub(crate) drive: String,
    pub(crate) fd: u64,
    /// ФПД.
    pub(crate) sign: u64,
    /// 3: a receipt, 31: a correction receipt.
    pub(crate) form: u64,
    /// What the drive itself has counted, kopecks.
    pub(crate) total: i64,
    pub(crate) is_acknowledged: bool,
    tags: Tree,
}

/// Tags of payments, in the order told.
const PAYMENTS: [u16; 5] = [1031, 1081, 1215, 1216, 1217];
/// VAT totals with tags of their own, and the code of the rate (tag 1199).
const VAT_TOTALS: [(u16, u64); 6] = [
    (1102, 1),
    (1103, 2),
    (1106, 3),
    (1107, 4),
    (1104, 5),
    (1105, 6),
];

/// All receipts in the archives of all drives, in their order.
pub(crate) fn receipts(rig: &Rig) -> Vec<Document> {
    let mut documents = Vec::new();
    for drive in &rig.drives {
        for (index, dumped) in rig.dump(drive).iter().enumerate() {
            let number = |name: &str| dumped[name].as_u64().unwrap();
            assert_eq!(number("fd"), index as u64 + 1, "ФД follow one another");
            let Some(total) = dumped["total"].as_i64() else {
                continue;
            };
            let document = Document {
                drive: drive.number.clone(),
                fd: number("fd"),
                sign: number("fiscal_sign"),
                form: number("type"),
                total,
                is_acknowledged: dumped["ticket"] == true,
                tags: inside(dumped["tlv"].as_str().unwrap()),
            };
            assert_eq!(
                document.money(1020),
                total,
                "{}",
                document.told(&BTreeMap::new())
            );
            documents.push(document);
        }
    }
    documents
}

/// The tags of a document, with its outer tag or without.
fn inside(hex: &str) -> Tree {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).map(byte).collect();
    let tree = Tree::parse(&bytes).unwrap();
    match &tree.0[..] {
        [only] if only.value.as_list().is_some() => only.value.as_list().unwrap().clone(),
        _ => tree,
    }
}

impl Document {
    /// A sum, kopecks; 0 when the tag is not there.
    pub(crate) fn money(&self, tag: u16) -> i64 {
        money(&self.tags, tag)
    }

    /// The day of the corrected settlement, tag 1178.
    pub(crate) fn settled_on(&self) -> Option<String> {
        let basis = self.tags.get(Tag(1174))?.as_list()?;
        Some(day(basis.get(Tag(1178))?))
    }

    /// The tax inside of it: all VAT totals but turnovers, kopecks.
    pub(crate) fn vat(&self) -> i64 {
        let taxes = self.vat_totals().into_iter();
        let taxes = taxes.filter(|(code, _)| ![5, 6].contains(code));
        taxes.map(|(_, sum)| sum).sum()
    }

    /// The code of each rate with its total, kopecks; a turnover of nothing is a stub.
    fn vat_totals(&self) -> Vec<(u64, i64)> {
        let mut totals: Vec<(u64, i64)> = VAT_TOTALS
            .into_iter()
            .map(|(tag, code)| (code, self.money(tag)))
            .filter(|(_, sum)| *sum != 0)
            .collect();
        if let Some(sums) = self.tags.get(Tag(1115)) {
            for entry in sums.as_list().unwrap().all(Tag(1119)) {
                let entry = entry.as_list().unwrap();
                totals.push((number(entry, 1199).unwrap(), money(entry, 1120)));
            }
        }
        totals
    }

    /// What it says in one text, a part for each tag; `names` are those of documents by their ФПД.
    pub(crate) fn told(&self, names: &BTreeMap<u64, String>) -> String {
        let tags = &self.tags;
        let mut parts = vec![self.form.to_string()];
        for tag in [1054, 1055] {
            parts.push(format!("{tag}={}", number(tags, tag).unwrap()));
        }
        let payments = PAYMENTS.into_iter().map(|tag| (tag, self.money(tag)));
        for (tag, sum) in payments.filter(|(_, sum)| *sum != 0) {
            parts.push(format!("{tag}={}", roubles(sum)));
        }
        if let Some(own) = number(tags, 1173) {
            parts.push(format!("1173={own}"));
            let basis = tags.get(Tag(1174)).unwrap().as_list().unwrap();
            parts.push(format!("1178={}", day(basis.get(Tag(1178)).unwrap())));
            if let Some(order) = text(basis, 1179) {
                parts.push(format!("1179={order}"));
            }
        }
        if let Some(sign) = text(tags, 1192) {
            let name = sign.parse().ok().and_then(|sign: u64| names.get(&sign));
            parts.push(format!("1192={}", name.unwrap_or(&sign)));
        }
        if let Some(property) = tags.get(Tag(1084)) {
            let property = property.as_list().unwrap();
            let [name, value] = [1085, 1086].map(|tag| text(property, tag).unwrap());
            parts.push(format!("1084={name}: {value}"));
        }
        for (code, sum) in self.vat_totals() {
            parts.push(format!("VAT {code}={}", roubles(sum)));
        }
        for line in tags.all(Tag(1059)) {
            let line = line.as_list().unwrap();
            let [method, subject, vat] = [1214, 1212, 1199].map(|tag| number(line, tag).unwrap());
            parts.push(format!(
                "«{}» 1214={method} 1212={subject} 1043={} 1199={vat}",
                text(line, 1030).unwrap(),
                roubles(money(line, 1043)),
            ));
        }
        parts.join("; ")
    }
}

/// Kopecks as roubles, with a point.
pub(crate) fn roubles(kopecks: i64) -> String {
    format!("{}.{:02}", kopecks / 100, kopecks % 100)
}

fn number(tags: &Tree, tag: u16) -> Option<u64> {
    tags.get(Tag(tag))?.as_u64()
}

fn money(tags: &Tree, tag: u16) -> i64 {
    let sum = tags.get(Tag(tag));
    sum.map_or(0, |sum| sum.as_money().unwrap().get())
}

fn text(tags: &Tree, tag: u16) -> Option<String> {
    Some(tags.get(Tag(tag))?.as_text()?.to_owned())
}

fn day(value: &Value) -> String {
    value.as_time().unwrap().date().to_string()
}
