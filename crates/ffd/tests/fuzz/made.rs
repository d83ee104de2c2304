//! Bytes that come further than random ones: parsers refuse nearly all of those at once.

use ffd::{Form, ValueKind, all_tags};

/// How deep lists are made; one more than readers allow.
const DEPTH: usize = 9;

/// Whole documents, with their outer tags, to be damaged.
const DOCUMENTS: [&[u8]; 6] = [
    include_bytes!("__fuzz__/document/corpus/registration-change-ffd105"),
    include_bytes!("__fuzz__/document/corpus/registration-change-ffd12"),
    include_bytes!("__fuzz__/document/corpus/receipt-ffd105"),
    include_bytes!("__fuzz__/document/corpus/correction-ffd105"),
    include_bytes!("__fuzz__/document/corpus/current-state-ffd12"),
    include_bytes!("__fuzz__/document/corpus/confirmation-code14"),
];

/// A list of known tags, whose values have lengths that their kinds allow. An element begins with
/// two bytes that choose its tag and a byte that says how long it is.
pub(crate) fn list(bytes: &[u8]) -> Vec<u8> {
    nested(bytes, DEPTH)
}

fn nested(bytes: &[u8], depth: usize) -> Vec<u8> {
    let tags: Vec<_> = all_tags().collect();
    let mut list = Vec::new();
    let mut rest = bytes;
    while let [low, high, length, behind @ ..] = rest {
        let place = usize::from(u16::from_le_bytes([*low, *high]));
        let info = tags[place % tags.len()];
        let length = usize::from(*length);
        let length = match info.kind {
            ValueKind::Byte => 1,
            ValueKind::Uint16 => 2,
            ValueKind::Uint32 | ValueKind::UnixTime => 4,
            ValueKind::Vln => 1 + length % 8,
            ValueKind::Fvln => 2 + length % 7,
            ValueKind::String | ValueKind::Bytes | ValueKind::List => length,
        };
        let (value, behind) = behind.split_at(length.min(behind.len()));
        rest = behind;
        let value = match (info.kind, depth) {
            (ValueKind::List, 1..) => nested(value, depth - 1),
            _ => value.to_vec(),
        };
        let length = u16::try_from(value.len()).unwrap();
        list.extend(info.tag.0.to_le_bytes());
        list.extend(length.to_le_bytes());
        list.extend(value);
    }
    list
}

/// Such a list as the inside of a document; the first byte chooses the form.
pub(crate) fn document(bytes: &[u8]) -> Vec<u8> {
    let (form, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let form = Form::ALL[usize::from(*form) % Form::ALL.len()];
    let inside = list(bytes);
    let mut document = form.tag().0.to_le_bytes().to_vec();
    document.extend(u16::try_from(inside.len()).unwrap().to_le_bytes());
    document.extend(inside);
    document
}

/// A real document, chosen by the first byte, with some bytes replaced: a place of two bytes and
/// the new byte. Most of it stays well-formed.
pub(crate) fn damaged(bytes: &[u8]) -> Vec<u8> {
    let (which, edits) = bytes.split_first().unwrap_or((&0, &[]));
    let mut document = DOCUMENTS[usize::from(*which) % DOCUMENTS.len()].to_vec();
    let length = document.len();
    for edit in edits.chunks_exact(3).take(usize::from(which >> 4)) {
        document[usize::from(u16::from_le_bytes([edit[0], edit[1]])) % length] = edit[2];
    }
    document
}
