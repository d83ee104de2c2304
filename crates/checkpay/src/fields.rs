//! The parameters of a request.

use terms::{Kopecks, LocalDate};

/// The most parameters of a request.
pub(crate) const FIELDS_MAX: usize = 32;
/// The longest value, bytes.
const VALUE_MAX: usize = 200;

/// Parameters by name. Names are compared without regard to case: gateways differ in it.
#[derive(Debug)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The parameters, unless there are too many, too long or repeated ones.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Result<Self, String> {
        if pairs.len() > FIELDS_MAX {
            return Err(format!("more than {FIELDS_MAX} parameters"));
        }
        let mut seen: Vec<(String, String)> = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let name = name.to_ascii_lowercase();
            if value.len() > VALUE_MAX || name.len() > VALUE_MAX {
                return Err(format!("a parameter has more than {VALUE_MAX} bytes"));
            }
            if seen.iter().any(|(known, _)| *known == name) {
                return Err(format!("the parameter {name} comes twice"));
            }
            seen.push((name, value));
        }
        Ok(Self(seen))
    }

    /// A parameter that says something.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

/// An answer that ends the matter at once, with a code of the bank's protocol.
#[derive(Debug)]
pub(crate) struct Refusal<C> {
    pub(crate) code: C,
    /// Why, for the bank's people.
    pub(crate) words: String,
}

pub(crate) fn refusal<C>(code: C, words: impl Into<String>) -> Refusal<C> {
    let words = words.into();
    Refusal { code, words }
}

/// A sum in roubles with a point and at most two decimals.
pub(crate) fn sum(text: &str) -> Option<Kopecks> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let text = text.strip_suffix('.').unwrap_or(text);
    let sum: Kopecks = text.bytes().all(is_plain).then(|| text.parse().ok())??;
    Some(sum)
}

/// The bank's number of a transaction: 1…40 Latin letters, digits, - and _. (OSMP has up to 20
/// digits; clones have letters.)
pub(crate) fn transaction(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let fits = (1..=40).contains(&text.len()) && text.bytes().all(plain);
    fits.then_some(text)
}

/// A moment of `digits`, year first, down to seconds: `20090815120133`. Its day.
pub(crate) fn moment(digits: &str) -> Option<LocalDate> {
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<u16>().ok();
    let two = |from: usize| u8::try_from(number(from, from + 2)?).ok();
    let date = LocalDate::new(number(0, 4)?, two(4)?, two(6)?).ok()?;
    let (hour, minute, second) = (two(8)?, two(10)?, two(12)?);
    date.at(hour, minute).ok().filter(|_| second < 60)?;
    Some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_roubles_with_kopecks_and_nothing_else() {
        for (text, kopecks) in [
            ("10.45", Some(1_045)),
            ("0.01", Some(1)),
            ("100000.00", Some(10_000_000)),
            ("7", Some(700)),
            ("7.", Some(700)),
            ("7.5", Some(750)),
            ("1e5", None),
            ("-1", None),
            ("1,5", None),
            ("1.005", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(sum(text).map(Kopecks::get), kopecks, "{text}");
        }
    }

    #[test]
    fn moments_are_days_that_exist() {
        for (text, day) in [
            ("20260131235959", Some("2026-01-31")),
            ("20260230120000", None),
            ("20260131240000", None),
            ("20260131236000", None),
            ("20260131235960", None),
            ("2026013123595", None),
            ("2026-01-31T235", None),
        ] {
            let read = moment(text).map(|day| day.to_string());
            assert_eq!(read.as_deref(), day, "{text}");
        }
    }

    #[test]
    fn repeated_parameters_are_refused_in_any_case() {
        let pair = |name: &str| (name.to_owned(), "1".to_owned());
        assert!(Fields::of(vec![pair("sum"), pair("SUM")]).is_err());
        assert!(Fields::of(vec![pair("x"); FIELDS_MAX + 1]).is_err());
        let fields = Fields::of(vec![pair("ACCOUNT")]).unwrap();
        assert_eq!(fields.get("account"), Some("1"));
    }
}
