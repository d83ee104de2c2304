use std::{fmt, str::FromStr};

use terms::{LocalDate, TermError};

/// A date that a document carries as text, `DD.MM.YYYY` (tags 1243 and 1263): also one long before
/// the registers, such as a birthday.
///
/// ```
/// let birthday: ffd::WrittenDate = "29.02.1960".parse()?;
/// assert_eq!(birthday.to_string(), "29.02.1960");
/// assert!("29.02.1961".parse::<ffd::WrittenDate>().is_err());
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WrittenDate {
    year: u16,
    month: u8,
    day: u8,
}

impl WrittenDate {
    /// The date `day`.`month`.`year`, years 1000…9999.
    ///
    /// # Errors
    /// When there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> terms::Result<Self> {
        let date = Self { year, month, day };
        let is_year = (1000..=9999).contains(&year);
        if is_year && (1..=days_of(year, month)).contains(&day) {
            return Ok(date);
        }
        Err(TermError::new("date", date, "a day of the years 1000…9999"))
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1…12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1…31.
    pub const fn day(self) -> u8 {
        self.day
    }
}

/// The days of a month; none when there is no such month.
const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

impl From<LocalDate> for WrittenDate {
    fn from(date: LocalDate) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        }
    }
}

/// `29.12.2022`.
impl fmt::Display for WrittenDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}.{:02}.{:04}", self.day, self.month, self.year)
    }
}

impl FromStr for WrittenDate {
    type Err = TermError;

    /// Reads exactly `DD.MM.YYYY`.
    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || TermError::new("date", text, "it is written DD.MM.YYYY");
        let [d, e, b'.', m, n, b'.', year @ ..] = text.as_bytes() else {
            return Err(bad());
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |so_far, digit| {
                let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
                Some(so_far * 10 + digit)
            })
        };
        if year.len() != 4 {
            return Err(bad());
        }
        let read = || {
            let (day, month) = (number(&[*d, *e])?, number(&[*m, *n])?);
            let (day, month) = (u8::try_from(day).ok()?, u8::try_from(month).ok()?);
            Some((number(year)?, month, day))
        };
        let (year, month, day) = read().ok_or_else(bad)?;
        Self::new(year, month, day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for text in [
            "",
            "1.1.2022",
            "00.01.2022",
            "32.01.2022",
            "31.04.2022",
            "29.02.1900",
            "01.13.2022",
            "01.01.0999",
            "2022-01-01",
            "01.01.22",
            "01.01.20222",
            "0a.01.2022",
            "01/01/2022",
        ] {
            assert!(text.parse::<WrittenDate>().is_err(), "{text:?}");
        }
        assert!("29.02.2000".parse::<WrittenDate>().is_ok());
    }

    proptest! {
        #[test]
        fn its_calendar_is_that_of_local_dates(year in 2000_u16..2256, month in 0_u8..14, day in 0_u8..33) {
            let written = WrittenDate::new(year, month, day).ok();
            let local = LocalDate::new(year, month, day);
            prop_assert_eq!(written, local.ok().map(WrittenDate::from));
            if let Some(date) = written {
                prop_assert_eq!(date.to_string().parse::<WrittenDate>(), Ok(date));
            }
        }
    }
}
