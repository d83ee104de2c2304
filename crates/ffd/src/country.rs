use std::{fmt, str::FromStr};

use terms::TermError;

/// A country by its three digits in ОКСМ (tags 1230 and 1244): `643` is Russia.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CountryCode(u16);

impl CountryCode {
    /// Россия.
    pub const RUSSIA: Self = Self(643);
}

/// Three digits.
impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl FromStr for CountryCode {
    type Err = TermError;

    /// Reads exactly three digits. Whether ОКСМ has them is not looked up: it changes.
    fn from_str(text: &str) -> terms::Result<Self> {
        let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && number > 0 => Ok(Self(number)),
            _ => Err(TermError::new("country", text, "three digits of ОКСМ: 643")),
        }
    }
}
