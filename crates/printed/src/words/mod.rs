//! Values in words (FFD documents §3).

mod enumerations;

use std::fmt::Write as _;

use ffd::{Element, Tag, Tree, Value, ValueKind};
use terms::Kopecks;

use crate::rows;

/// 1291, the fraction of a marked piece: printed as one value, 1292.
pub(crate) const FRACTION: Tag = Tag(1291);
/// Numbers of variable length that are no sums of money: numerator, denominator, the number of a
/// document, codes of goods.
const NO_MONEY: [u16; 5] = [1096, 1121, 1123, 1293, 1294];
/// Moments that stand for a day.
const DAYS: [u16; 2] = [1098, 1178];

/// Whether the values of a tag are sums of money.
pub fn is_money(tag: Tag) -> bool {
    let is_number = |info: &ffd::TagInfo| info.kind == ValueKind::Vln;
    tag.info().is_some_and(is_number) && !NO_MONEY.contains(&tag.0)
}

/// The sum that an element is, if it is one.
pub(crate) fn money(element: &Element) -> Option<Kopecks> {
    is_money(element.tag)
        .then(|| element.value.as_money())
        .flatten()
}

/// What a code means: `приход` for 1 of tag 1054, the titles of all set bits for a field of bits,
/// the decimal number for a fiscal sign. None when the tag has no codes, or not this one.
pub fn meaning(tag: Tag, value: &Value) -> Option<String> {
    if tag == Tag::FISCAL_SIGN {
        return fiscal_sign(value).map(|sign| sign.to_string());
    }
    enumerations::meaning(tag, value.as_u64()?)
}

/// The value as people write it: codes in words, sums in roubles, moments as `22.11.2026 09:05`,
/// bytes in hexadecimal. For a list the number of its elements.
pub fn value_in_words(element: &Element) -> String {
    let (tag, value) = (element.tag, &element.value);
    if let Some(meaning) = meaning(tag, value) {
        return meaning;
    }
    if let Some(amount) = money(element) {
        return amount.to_string();
    }
    match value {
        Value::UnixTime(time) => match time.minute() {
            Ok(minute) if DAYS.contains(&tag.0) => rows::date(minute.date()),
            Ok(minute) => match time.0 % 60 {
                0 => rows::moment(minute),
                seconds => format!("{}:{seconds:02}", rows::moment(minute)),
            },
            Err(_) => time.to_string(),
        },
        Value::Text(text) => text.trim_end_matches(' ').to_owned(),
        Value::Bytes(bytes) => hex(bytes),
        Value::Fvln(quantity) => quantity.to_string(),
        Value::List(tree) => format!("{} шт.", tree.0.len()),
        Value::Byte(_) | Value::Uint16(_) | Value::Uint32(_) | Value::Vln(_) => {
            value.as_u64().unwrap_or_default().to_string()
        }
    }
}

/// `1/3`: what tag 1292 shows of 1291.
pub(crate) fn fraction(inside: &Tree) -> String {
    let part = |tag| {
        inside
            .get(Tag(tag))
            .and_then(Value::as_u64)
            .map_or_else(|| "?".to_owned(), |number| number.to_string())
    };
    format!("{}/{}", part(1293), part(1294))
}

/// The Russian name of a tag; `Тег 3000` for one that nobody knows.
pub(crate) fn title(tag: Tag) -> String {
    match tag.info() {
        Some(info) => info.title.to_owned(),
        None => format!("Тег {}", tag.0),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Two service bytes, then the sign, the highest byte first.
fn fiscal_sign(value: &Value) -> Option<u32> {
    match value.as_bytes()? {
        [_, _, sign @ ..] => Some(u32::from_be_bytes(sign.try_into().ok()?)),
        _ => None,
    }
}
