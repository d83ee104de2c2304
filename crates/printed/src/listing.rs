//! Any TLV list, tag by tag.

use ffd::{Tag, Tree, Value};

use crate::{Content, Row, Section, words};

/// A tag of a document with its value in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// How many lists it lies in.
    pub depth: usize,
    /// Its number.
    pub tag: Tag,
    /// Its Russian name; none when nobody knows it.
    pub title: Option<&'static str>,
    /// Its value: codes with what they mean, `1 (приход)`, sums in roubles, bytes in hexadecimal.
    /// None for a list, whose elements follow.
    pub value: Option<String>,
}

/// Every tag of a list, and of the lists in it, in order.
pub fn entries(tree: &Tree) -> Vec<Entry> {
    let mut entries = Vec::new();
    collect(tree, 0, &mut entries);
    entries
}

fn collect(tree: &Tree, depth: usize, entries: &mut Vec<Entry>) {
    for element in tree {
        let words = words::value_in_words(element);
        let value = match (&element.value, words::meaning(element.tag, &element.value)) {
            (Value::List(_), _) => None,
            (Value::Bytes(bytes), Some(_)) => Some(format!("{words} ({})", words::hex(bytes))),
            (number, Some(_)) => Some(match number.as_u64() {
                Some(code) => format!("{code} ({words})"),
                None => words,
            }),
            _ => Some(words),
        };
        entries.push(Entry {
            depth,
            tag: element.tag,
            title: element.tag.info().map(|info| info.title),
            value,
        });
        if let Value::List(inside) = &element.value {
            collect(inside, depth + 1, entries);
        }
    }
}

pub(crate) fn sections(title: &str, tree: &Tree) -> Vec<Section> {
    let heading = Row::new([], Content::Heading(title.to_uppercase()));
    let mut rows = vec![heading];
    rows.extend(entries(tree).into_iter().map(|entry| {
        let name = match entry.title {
            Some(title) => format!("{} {title}", entry.tag.0),
            None => entry.tag.0.to_string(),
        };
        let content = match entry.value {
            Some(value) => Content::Pair(name, value),
            None => Content::Text(name),
        };
        Row {
            depth: entry.depth,
            ..Row::new([entry.tag], content)
        }
    }));
    vec![Section::of("Реквизиты", rows)]
}

/// Whether a drive's number in it begins with 9999, at whatever depth.
pub(crate) fn is_of_debug_drive(tree: &Tree) -> bool {
    tree.iter().any(|element| match &element.value {
        Value::List(inside) => is_of_debug_drive(inside),
        Value::Text(number) => element.tag == Tag::DRIVE_NUMBER && number.starts_with("9999"),
        _ => false,
    })
}
