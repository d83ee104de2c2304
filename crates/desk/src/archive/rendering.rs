//! A document in words: JSON with the names of its objects, and its bytes beside them.

use cassette::ArchiveEntry;
use ffd::{Tree, Value as Tlv, ValueKind};
use serde_json::{Map, Value, json};

use super::hex;

pub(super) fn document(entry: &ArchiveEntry) -> Value {
    let archived = &entry.document;
    let content = match Tree::parse(&entry.tlv) {
        Ok(tree) => list(&tree),
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

fn list(tree: &Tree) -> Value {
    let object = |element: &ffd::Element| {
        let mut object = Map::new();
        object.insert("tag".to_owned(), json!(element.tag.0));
        if let Some(info) = element.tag.info() {
            object.insert("name".to_owned(), json!(info.title));
        }
        object.insert("value".to_owned(), value(element));
        Value::Object(object)
    };
    Value::Array(tree.iter().map(object).collect())
}

fn value(element: &ffd::Element) -> Value {
    let is_money = element
        .tag
        .info()
        .is_some_and(|info| info.kind == ValueKind::Vln);
    match &element.value {
        Tlv::Byte(number) => json!(number),
        Tlv::Uint16(number) => json!(number),
        Tlv::Uint32(number) => json!(number),
        value @ Tlv::Vln(number) => match value.as_money().filter(|_| is_money) {
            Some(amount) => json!(amount.to_string()),
            None => json!(number),
        },
        Tlv::Fvln(quantity) => json!(quantity.to_string()),
        value @ Tlv::UnixTime(_) => match value.as_time() {
            Some(time) => json!(time.to_string()),
            None => Value::Null,
        },
        Tlv::Text(text) => json!(text),
        Tlv::Bytes(bytes) => json!(hex(bytes)),
        Tlv::List(tree) => list(tree),
    }
}
