use std::{fmt, str::FromStr};

use crate::{Result, TermError};

/// A taxpayer's number (ИНН): 10 digits of an organisation or 12 of a person, with check digits
/// (FFD documents §6: verified for ten digits, general knowledge for twelve).
///
/// ```
/// use terms::Inn;
/// assert_eq!("7802781104".parse::<Inn>()?.padded(), *b"7802781104  ");
/// assert!("7802781105".parse::<Inn>().is_err());
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Inn {
    digits: [u8; 12],
    len: u8,
}

impl Inn {
    /// The digits, 10 or 12 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }

    /// Twelve bytes, padded with spaces on the right: how drives and documents carry it.
    pub fn padded(&self) -> [u8; 12] {
        let mut bytes = [b' '; 12];
        bytes[..usize::from(self.len)].copy_from_slice(self.as_str().as_bytes());
        bytes
    }
}

impl FromStr for Inn {
    type Err = TermError;

    /// Reads the digits; spaces around them are not part of the number and are refused.
    fn from_str(text: &str) -> Result<Self> {
        let bad = |rule| TermError::new("ИНН", text, rule);
        if !text.bytes().all(|b| b.is_ascii_digit()) || ![10, 12].contains(&text.len()) {
            return Err(bad("it has 10 or 12 digits"));
        }
        let mut digits = [0; 12];
        for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
            *digit = u32::from(byte - b'0');
        }
        let check = |weights: &[u32]| {
            weights.iter().zip(&digits).map(|(w, d)| w * d).sum::<u32>() % 11 % 10
        };
        let right = if text.len() == 10 {
            digits[9] == check(&[2, 4, 10, 3, 5, 9, 4, 6, 8])
        } else {
            digits[10] == check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
                && digits[11] == check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
        };
        if !right || digits.iter().all(|d| *d == 0) {
            return Err(bad("its check digit does not fit"));
        }
        let mut bytes = [0; 12];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            digits: bytes,
            len: if text.len() == 10 { 10 } else { 12 },
        })
    }
}

impl fmt::Display for Inn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Inn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inn({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_numbers_pass_and_any_other_last_digit_does_not() {
        for inn in [
            "7702203276",
            "7802781104",
            "7704211201",
            "7814148471",
            "500100732259",
        ] {
            assert!(inn.parse::<Inn>().is_ok(), "{inn}");
            let (head, last) = inn.split_at(inn.len() - 1);
            for digit in ('0'..='9').filter(|d| !last.contains(*d)) {
                assert!(
                    format!("{head}{digit}").parse::<Inn>().is_err(),
                    "{head}{digit}"
                );
            }
        }
        for inn in [
            "",
            "123",
            "780278110 ",
            "77022032761",
            "0000000000",
            "000000000000",
        ] {
            assert!(inn.parse::<Inn>().is_err(), "{inn:?}");
        }
    }
}
