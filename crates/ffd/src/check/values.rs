//! What a single value may be: the enumerations of FFD documents §3 and the forms of texts.

use std::{fmt, sync::LazyLock};

use terms::LocalDate;

use super::{Rule, is_phone, rules};
use crate::{
    Field, Tag,
    tag_table::{self, MAX_TAGS},
};

/// What the values of a tag are held to.
#[derive(Debug)]
pub struct Enumeration {
    /// The tag.
    pub tag: Tag,
    /// The rule that another value breaks.
    pub rule: &'static Rule,
    /// What it may be.
    pub allowed: Allowed,
}

/// What a value may be.
#[derive(Debug)]
pub enum Allowed {
    /// One of these numbers.
    Numbers(&'static [u8]),
    /// One of the numbers from the first to the second.
    Range(u8, u8),
    /// Exactly one of these bits.
    OneBit(u8),
    /// Any of these bits, also none.
    Bits(u32),
    /// At least one of these bits.
    SomeBits(u32),
    /// A text, without the spaces that pad it, that the function accepts; and how it looks.
    Text(fn(&[u8]) -> bool, &'static str),
}

const fn is(tag: u16, rule: &'static Rule, allowed: Allowed) -> Enumeration {
    Enumeration {
        tag: Tag(tag),
        rule,
        allowed,
    }
}

const FLAG: Allowed = Allowed::Range(0, 1);
const FFD: Allowed = Allowed::Range(2, 4);
const SEVEN_BITS: u32 = 0x7F;
const SIX_BITS: u8 = 0x3F;
/// Bits of 1205: 0…21 and 31.
const REASONS: u32 = 0x803F_FFFF;
/// Bits of 1290: 1, 2, 5, 6, 8…16.
const CONDITIONS: u32 = 0x0001_FF66;
/// Bits of 1206: 1…7; the sources disagree on what 2…7 mean.
const MESSAGE: u32 = 0xFE;
const MEASURES: &[u8] = &[
    0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255,
];
const SUBJECTS: &[u8] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 30, 31, 32, 33,
];
const CHECK_RESULTS: Allowed = Allowed::Numbers(&[0, 1, 3, 5, 7, 15, 16, 17, 19]);
const STATUSES: Allowed = Allowed::Numbers(&[1, 2, 3, 4, 5, 6, 255]);
const OWN_INN: Allowed = Allowed::Text(is_inn, "10 or 12 digits, not 00 at the beginning");
const ANY_INN: Allowed = Allowed::Text(
    is_inn_or_zeros,
    "10 or 12 digits, not 00 at the beginning, or twelve zeros",
);
const TELEPHONE: Allowed = Allowed::Text(is_phone, "+ and 7…15 digits");
const OKSM: Allowed = Allowed::Text(is_country, "three digits");
const DAY: Allowed = Allowed::Text(is_date, "DD.MM.YYYY");

/// Every tag whose values are held to something, by number.
pub static ENUMERATIONS: &[Enumeration] = &[
    is(1001, &rules::FLAG, FLAG),
    is(1002, &rules::FLAG, FLAG),
    is(1016, &rules::INN_FORM, OWN_INN),
    is(1017, &rules::INN_FORM, ANY_INN),
    is(1018, &rules::INN_FORM, OWN_INN),
    is(1022, &rules::ANSWER_CODE, Allowed::Numbers(&[0, 11, 14])),
    is(
        1037,
        &rules::RNM_FORM,
        Allowed::Text(is_16_digits, "16 digits"),
    ),
    is(
        1041,
        &rules::DRIVE_NUMBER,
        Allowed::Text(is_16_digits, "16 digits"),
    ),
    is(1050, &rules::FLAG, FLAG),
    is(1051, &rules::FLAG, FLAG),
    is(1052, &rules::FLAG, FLAG),
    is(1053, &rules::FLAG, FLAG),
    is(1054, &rules::OPERATION, Allowed::Range(1, 4)),
    is(1055, &rules::ONE_TAX_SYSTEM, Allowed::OneBit(SIX_BITS)),
    is(1056, &rules::FLAG, FLAG),
    is(1057, &rules::AGENT_KINDS, Allowed::Bits(SEVEN_BITS)),
    is(
        1062,
        &rules::TAX_SYSTEMS,
        Allowed::SomeBits(SIX_BITS as u32),
    ),
    is(1073, &rules::PHONE, TELEPHONE),
    is(1074, &rules::PHONE, TELEPHONE),
    is(1075, &rules::PHONE, TELEPHONE),
    is(1101, &rules::REREGISTRATION, Allowed::Range(1, 4)),
    is(1108, &rules::FLAG, FLAG),
    is(1109, &rules::FLAG, FLAG),
    is(1110, &rules::FLAG, FLAG),
    is(1125, &rules::FLAG, Allowed::Numbers(&[1])),
    is(1126, &rules::FLAG, FLAG),
    is(1171, &rules::PHONE, TELEPHONE),
    is(1173, &rules::CORRECTION_TYPE, FLAG),
    is(1189, &rules::FFD_CODE, FFD),
    is(1190, &rules::FFD_CODE, FFD),
    is(1193, &rules::FLAG, FLAG),
    is(1199, &rules::VAT_CODE, Allowed::Range(1, 12)),
    is(1203, &rules::INN_FORM, OWN_INN),
    is(1205, &rules::REASON_BITS, Allowed::Bits(REASONS)),
    is(1206, &rules::OPERATOR_MESSAGE, Allowed::Bits(MESSAGE)),
    is(1207, &rules::FLAG, FLAG),
    is(1209, &rules::FFD_CODE, FFD),
    is(1212, &rules::SUBJECT_CODE, Allowed::Numbers(SUBJECTS)),
    is(1214, &rules::METHOD, Allowed::Range(1, 7)),
    is(1221, &rules::FLAG, FLAG),
    is(1222, &rules::AGENT_KINDS, Allowed::SomeBits(SEVEN_BITS)),
    is(1226, &rules::INN_FORM, ANY_INN),
    is(1228, &rules::INN_FORM, ANY_INN),
    is(1230, &rules::COUNTRY, OKSM),
    is(1243, &rules::DATE_TEXT, DAY),
    is(1244, &rules::COUNTRY, OKSM),
    is(
        1245,
        &rules::IDENTITY,
        Allowed::Text(is_identity, "21, 22, 26…28, 31…38 or 40"),
    ),
    is(1262, &rules::FOIV, Allowed::Text(is_foiv, "001…072")),
    is(1263, &rules::DATE_TEXT, DAY),
    is(1290, &rules::CONDITION_BITS, Allowed::Bits(CONDITIONS)),
    is(2003, &rules::MARKING_CODES, STATUSES),
    is(2004, &rules::MARKING_CODES, CHECK_RESULTS),
    is(2005, &rules::MARKING_CODES, CHECK_RESULTS),
    is(2006, &rules::MARKING_CODES, FLAG),
    is(2100, &rules::MARKING_CODES, Allowed::Range(0, 5)),
    is(2102, &rules::MARKING_CODES, Allowed::Numbers(&[0])),
    is(2105, &rules::MARKING_CODES, Allowed::Range(0, 2)),
    is(2106, &rules::MARKING_CODES, CHECK_RESULTS),
    is(2107, &rules::MARKING_CODES, FLAG),
    is(2108, &rules::MEASURE, Allowed::Numbers(MEASURES)),
    is(2109, &rules::MARKING_CODES, Allowed::Range(1, 3)),
    is(2110, &rules::MARKING_CODES, STATUSES),
    is(2111, &rules::MARKING_CODES, FLAG),
    is(2112, &rules::MARKING_CODES, Allowed::Bits(0b110)),
    is(2113, &rules::MARKING_CODES, Allowed::Bits(0b11)),
    is(2116, &rules::MARKING_CODES, Allowed::Bits(0b1_1111)),
];

const NONE: u8 = u8::MAX;

/// By place in the table of tags, which enumeration holds.
static BY_PLACE: LazyLock<[u8; MAX_TAGS]> = LazyLock::new(|| {
    let mut by_place = [NONE; MAX_TAGS];
    for (number, enumeration) in (0_u8..).zip(ENUMERATIONS) {
        if let Some(place) = tag_table::place(enumeration.tag) {
            by_place[place] = number;
        }
    }
    by_place
});

/// The enumeration that the field at `place` of the table breaks. An empty value is a matter of
/// its length.
pub(super) fn broken_by(place: usize, field: &Field<'_>) -> Option<&'static Enumeration> {
    let enumeration = ENUMERATIONS.get(usize::from(BY_PLACE[place]))?;
    let bytes = field.bytes();
    let text = trimmed(bytes);
    let holds = match &enumeration.allowed {
        Allowed::Text(accepts, _) => text.is_empty() || accepts(text),
        numbers => bytes.len() > 4 || bytes.is_empty() || numbers.has(number(bytes)),
    };
    (!holds).then_some(enumeration)
}

/// The text without the spaces that pad it on the right.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != b' ');
    &bytes[..end.map_or(0, |last| last + 1)]
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

impl Allowed {
    fn has(&self, value: u32) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.iter().any(|it| u32::from(*it) == value),
            Self::Range(first, last) => (u32::from(*first)..=u32::from(*last)).contains(&value),
            Self::OneBit(bits) => value.count_ones() == 1 && value & !u32::from(*bits) == 0,
            Self::Bits(bits) => value & !bits == 0,
            Self::SomeBits(bits) => value != 0 && value & !bits == 0,
            Self::Text(..) => true,
        }
    }
}

/// `one of 1…4`, `bits 0…6`.
impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = |bits: u32| spans((0..32).filter(move |bit| bits & 1 << bit != 0));
        match self {
            Self::Numbers(numbers) => f.write_str(&spans(numbers.iter().copied().map(u32::from))),
            Self::Range(first, last) => write!(f, "{first}…{last}"),
            Self::OneBit(one) => write!(f, "exactly one of the bits {}", bits(u32::from(*one))),
            Self::Bits(any) => write!(f, "bits {}", bits(*any)),
            Self::SomeBits(some) => write!(f, "one or more of the bits {}", bits(*some)),
            Self::Text(_, form) => f.write_str(form),
        }
    }
}

/// `0, 10…12, 20`.
fn spans(numbers: impl Iterator<Item = u32>) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => spans.push((number, number)),
        }
    }
    let shown = spans.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}…{last}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn are_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn is_16_digits(text: &[u8]) -> bool {
    text.len() == 16 && are_digits(text)
}

fn is_inn(text: &[u8]) -> bool {
    matches!(text.len(), 10 | 12) && are_digits(text) && !text.starts_with(b"00")
}

/// Twelve zeros stand for a number that Russia gave to nobody (ККТ–ОФД protocol §9), and for the
/// operator of an autonomous ККТ (ФН protocol §2.3).
fn is_inn_or_zeros(text: &[u8]) -> bool {
    is_inn(text) || text == [b'0'; 12]
}

fn is_country(text: &[u8]) -> bool {
    text.len() == 3 && are_digits(text)
}

fn is_identity(text: &[u8]) -> bool {
    let known = [
        b"21", b"22", b"26", b"27", b"28", b"31", b"32", b"33", b"34", b"35", b"36", b"37", b"38",
        b"40",
    ];
    known.iter().any(|code| *code == text)
}

fn is_foiv(text: &[u8]) -> bool {
    text.len() == 3 && are_digits(text) && (b"001".as_slice()..=b"072").contains(&text)
}

fn is_date(text: &[u8]) -> bool {
    let [d1, d2, b'.', m1, m2, b'.', year @ ..] = text else {
        return false;
    };
    let value = |digits: &[u8]| {
        are_digits(digits).then(|| {
            digits
                .iter()
                .fold(0_u16, |number, digit| number * 10 + u16::from(digit - b'0'))
        })
    };
    let date = || {
        let (day, month) = (value(&[*d1, *d2])?, value(&[*m1, *m2])?);
        let (day, month) = (u8::try_from(day).ok()?, u8::try_from(month).ok()?);
        // Buyers are older than the days that the program can do sums with.
        let year = value(year)?.max(2000);
        LocalDate::new(year, month, day).ok()
    };
    year.len() == 4 && date().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations_are_of_known_tags_in_order() {
        assert!(ENUMERATIONS.is_sorted_by_key(|it| it.tag));
        assert!(ENUMERATIONS.len() < usize::from(NONE));
        for enumeration in ENUMERATIONS {
            assert!(enumeration.tag.info().is_some(), "{enumeration:?}");
        }
    }

    #[test]
    fn texts_are_told_from_what_they_are_not() {
        assert!(is_date(b"29.12.2022") && is_date(b"01.01.1961"));
        for bad in [
            "29.13.2022",
            "2.12.2022",
            "29.12.22",
            "2022-12-29",
            "aa.12.2022",
            "",
        ] {
            assert!(!is_date(bad.as_bytes()), "{bad}");
        }
        assert!(is_inn(b"7702203276") && !is_inn(b"0012345678") && !is_inn(b"770220327"));
        assert!(is_foiv(b"001") && is_foiv(b"072") && !is_foiv(b"073") && !is_foiv(b"000"));
        assert_eq!(Allowed::Bits(0b1_0111).to_string(), "bits 0…2, 4");
    }
}
