use std::{fmt, str::FromStr};

use crate::{Inn, Result, TermError, crc16};

/// The registration number of a ККТ (РНМ, tag 1037): 16 digits, the last six of which are a check
/// over the first ten, the user's ИНН and the serial number of the ККТ.
///
/// The formula (FFD documents §6) was verified on two real registration reports.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Rnm([u8; 16]);

impl Rnm {
    /// The number that the ФНС would give to registration `number` (at most ten digits) of the ККТ
    /// `serial` (at most 20 characters) of the organisation `user`.
    ///
    /// ```
    /// use terms::{Inn, Rnm};
    /// let user: Inn = "7702203276".parse()?;
    /// let rnm = Rnm::compose(5, user, "000000000002")?;
    /// assert_eq!(rnm.as_str(), "0000000005008570");
    /// assert!(rnm.belongs_to(user, "000000000002"));
    /// # Ok::<(), terms::TermError>(())
    /// ```
    ///
    /// # Errors
    /// When `number` has more than ten digits or `serial` is longer than 20 bytes or not ASCII.
    pub fn compose(number: u64, user: Inn, serial: &str) -> Result<Self> {
        if number > 9_999_999_999 {
            return Err(TermError::new(
                "РНМ",
                number,
                "the registration part has ten digits",
            ));
        }
        if serial.is_empty() || serial.len() > 20 || !serial.is_ascii() {
            return Err(TermError::new(
                "1013 serial number",
                serial,
                "1…20 ASCII characters",
            ));
        }
        let number = format!("{number:010}");
        let check = check_part(&number, user, serial);
        let mut digits = [0; 16];
        digits.copy_from_slice(format!("{number}{check:06}").as_bytes());
        Ok(Self(digits))
    }

    /// Whether the check part fits the organisation and the serial number.
    pub fn belongs_to(&self, user: Inn, serial: &str) -> bool {
        let (number, check) = self.as_str().split_at(10);
        check.parse::<u32>() == Ok(u32::from(check_part(number, user, serial)))
    }

    /// The sixteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Twenty bytes, padded with spaces on the right: how drives and documents carry it.
    pub fn padded(&self) -> [u8; 20] {
        let mut bytes = [b' '; 20];
        bytes[..16].copy_from_slice(&self.0);
        bytes
    }
}

fn check_part(number: &str, user: Inn, serial: &str) -> u16 {
    crc16(&[format!("{number}{:0>12}{serial:0>20}", user.as_str()).as_bytes()])
}

impl FromStr for Rnm {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        let digits: [u8; 16] = text
            .as_bytes()
            .try_into()
            .map_err(|_| TermError::new("РНМ", text, "it has 16 digits"))?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(TermError::new("РНМ", text, "it has 16 digits"));
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Rnm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Rnm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rnm({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_real_number_is_reproduced_and_strangers_are_not_accepted() {
        let user: Inn = "7802781104".parse().unwrap();
        let rnm = Rnm::compose(0, user, "0128003270").unwrap();
        assert_eq!(rnm.as_str(), "0000000000024136");
        assert!(!rnm.belongs_to(user, "0128003271"));
        assert!(!rnm.belongs_to("7702203276".parse().unwrap(), "0128003270"));
    }
}
