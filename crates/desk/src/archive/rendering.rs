//! A document in words: JSON with the names of its objects, and its bytes beside them.

use cassette::ArchiveEntry;
use ffd::Tree;
use serde_json::{Value, json};

use crate::tlv_json::{hex, tlv_json};

pub(super) fn document(entry: &ArchiveEntry) -> Value {
    let archived = &entry.document;
    let content = match Tree::parse(&entry.tlv) {
        Ok(tree) => tlv_json(&tree),
        Err(error) => json!({ "unreadable": error.to_string() }),
    };
    json!({
        "number": archived.document.number.get(),
        "kind": archived.kind.to_string(),
        "time": archived.time.to_string(),
        "fiscal_sign": archived.document.sign.0,
        "ticket": entry.operator_sign.map(|sign| hex(&sign)),
        "content": content,
        "tlv": hex(&entry.tlv),
    })
}
