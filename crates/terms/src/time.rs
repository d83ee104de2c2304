use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::{Result, TermError};

const YEARS: std::ops::RangeInclusive<i32> = 2000..=2255;
const RULE_YEARS: &str = "a date of the years 2000…2255";

/// A calendar date at the place of settlement, years 2000…2255 (a drive keeps the year in a byte).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LocalDate(NaiveDate);

impl LocalDate {
    /// The date `year`-`month`-`day`.
    ///
    /// # Errors
    /// When there is no such day or the year is out of range.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self> {
        let given = || format!("{year:04}-{month:02}-{day:02}");
        NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
            .filter(|date| YEARS.contains(&date.year()))
            .map(Self)
            .ok_or_else(|| TermError::new("date", given(), RULE_YEARS))
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.0.year() as u16
    }

    /// The month, 1…12.
    pub fn month(self) -> u8 {
        self.0.month() as u8
    }

    /// The day of the month, 1…31.
    pub fn day(self) -> u8 {
        self.0.day() as u8
    }

    /// The calendar month it lies in.
    pub fn period(self) -> Period {
        Period {
            year: self.year(),
            month: self.month(),
        }
    }

    /// The date `days` later (earlier when negative).
    ///
    /// # Errors
    /// When the result leaves the range.
    pub fn plus_days(self, days: i32) -> Result<Self> {
        let moved = if days < 0 {
            self.0
                .checked_sub_days(Days::new(u64::from(days.unsigned_abs())))
        } else {
            self.0
                .checked_add_days(Days::new(u64::from(days.unsigned_abs())))
        };
        moved
            .filter(|date| YEARS.contains(&date.year()))
            .map(Self)
            .ok_or_else(|| TermError::new("date", format!("{self} {days:+} days"), RULE_YEARS))
    }

    /// Days from `earlier` to this date; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i32 {
        (self.0 - earlier.0).num_days() as i32
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(
            self.0.weekday(),
            chrono::Weekday::Sat | chrono::Weekday::Sun
        )
    }

    /// The moment `hour`:`minute` of this date.
    ///
    /// # Errors
    /// When the hour is above 23 or the minute above 59.
    pub fn at(self, hour: u8, minute: u8) -> Result<LocalDateTime> {
        self.0
            .and_hms_opt(u32::from(hour), u32::from(minute), 0)
            .map(LocalDateTime)
            .ok_or_else(|| TermError::new("time", format!("{hour}:{minute}"), "00:00…23:59"))
    }
}

/// `2026-11-22`.
impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

impl FromStr for LocalDate {
    type Err = TermError;

    /// Reads exactly `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self> {
        let bad = || TermError::new("date", text, "it is written YYYY-MM-DD");
        if text.len() != 10 || !text.is_ascii() {
            return Err(bad());
        }
        match (
            digits(&text[..4]),
            &text[4..5],
            digits(&text[5..7]),
            &text[7..8],
            digits(&text[8..]),
        ) {
            (Some(year), "-", Some(month), "-", Some(day)) => {
                Self::new(year, month as u8, day as u8)
            }
            _ => Err(bad()),
        }
    }
}

fn digits(text: &str) -> Option<u16> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// A minute on the wall clock of the ККТ: local time at the place of settlement, no zone.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LocalDateTime(NaiveDateTime);

impl LocalDateTime {
    /// The minute of `seconds` since 1970-01-01 00:00 on the same wall clock (UnixTime of tag
    /// 1012: local, not UTC).
    ///
    /// # Errors
    /// When it lies outside the years 2000…2255.
    pub fn from_unix_local(seconds: i64) -> Result<Self> {
        chrono::DateTime::from_timestamp(seconds - seconds.rem_euclid(60), 0)
            .map(|moment| moment.naive_utc())
            .filter(|moment| YEARS.contains(&moment.year()))
            .map(Self)
            .ok_or_else(|| TermError::new("time", seconds, RULE_YEARS))
    }

    /// Seconds since 1970-01-01 00:00 on the same wall clock.
    pub fn unix_local(self) -> i64 {
        self.0.and_utc().timestamp()
    }

    /// The date.
    pub fn date(self) -> LocalDate {
        LocalDate(self.0.date())
    }

    /// The hour, 0…23.
    pub fn hour(self) -> u8 {
        self.0.hour() as u8
    }

    /// The minute, 0…59.
    pub fn minute(self) -> u8 {
        self.0.minute() as u8
    }

    /// Minutes from `earlier` to this moment; negative when `earlier` is later.
    pub fn minutes_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_minutes()
    }

    /// The moment `minutes` later (earlier when negative).
    ///
    /// # Errors
    /// When the result leaves the range.
    pub fn plus_minutes(self, minutes: i64) -> Result<Self> {
        TimeDelta::try_minutes(minutes)
            .and_then(|delta| self.0.checked_add_signed(delta))
            .filter(|moment| YEARS.contains(&moment.year()))
            .map(Self)
            .ok_or_else(|| TermError::new("time", format!("{self} {minutes:+} min"), RULE_YEARS))
    }

    /// The five bytes of a drive's DATE_TIME: year − 2000, month, day, hour, minute, plain binary
    /// (ФН protocol §3.1).
    pub fn to_drive(self) -> [u8; 5] {
        let date = self.date();
        [
            (date.year() - 2000) as u8,
            date.month(),
            date.day(),
            self.hour(),
            self.minute(),
        ]
    }

    /// Reads a drive's DATE_TIME.
    ///
    /// # Errors
    /// When the bytes are no moment. A drive writes zeros for «none»: ask for that first.
    pub fn from_drive(bytes: [u8; 5]) -> Result<Self> {
        let [year, month, day, hour, minute] = bytes;
        LocalDate::new(2000 + u16::from(year), month, day)?.at(hour, minute)
    }
}

/// `2026-11-22T09:05`.
impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}", self.date(), self.hour(), self.minute())
    }
}

impl FromStr for LocalDateTime {
    type Err = TermError;

    /// Reads `YYYY-MM-DDTHH:MM`.
    fn from_str(text: &str) -> Result<Self> {
        let bad = || TermError::new("time", text, "it is written YYYY-MM-DDTHH:MM");
        let (date, time) = text.split_once('T').ok_or_else(bad)?;
        if time.len() != 5 || !time.is_ascii() || &time[2..3] != ":" {
            return Err(bad());
        }
        let (hour, minute) = digits(&time[..2]).zip(digits(&time[3..])).ok_or_else(bad)?;
        date.parse::<LocalDate>()?.at(hour as u8, minute as u8)
    }
}

/// A settlement period: one calendar month.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Period {
    year: u16,
    month: u8,
}

impl Period {
    /// The month `month` of `year`.
    ///
    /// # Errors
    /// When the month is not 1…12 or the year is out of 2000…2255.
    pub fn new(year: u16, month: u8) -> Result<Self> {
        LocalDate::new(year, month, 1)
            .map(LocalDate::period)
            .map_err(|_| {
                TermError::new(
                    "period",
                    format!("{year:04}-{month:02}"),
                    "it is written YYYY-MM",
                )
            })
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1…12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The last day of the month.
    pub fn last_day(self) -> LocalDate {
        let first = NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), 1);
        let last = first
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .and_then(|next| next.pred_opt());
        LocalDate(last.unwrap_or(NaiveDate::MAX))
    }

    /// The next month.
    ///
    /// # Errors
    /// After December 2255.
    pub fn next(self) -> Result<Self> {
        if self.month == 12 {
            Self::new(self.year + 1, 1)
        } else {
            Self::new(self.year, self.month + 1)
        }
    }

    /// As receipts write it: `02.2026`.
    pub fn on_receipt(self) -> String {
        format!("{:02}.{:04}", self.month, self.year)
    }
}

/// `2026-02`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Period {
    type Err = TermError;

    /// Reads exactly `YYYY-MM`.
    fn from_str(text: &str) -> Result<Self> {
        let bad = || TermError::new("period", text, "it is written YYYY-MM");
        if text.len() != 7 || !text.is_ascii() || &text[4..5] != "-" {
            return Err(bad());
        }
        let (year, month) = digits(&text[..4]).zip(digits(&text[5..])).ok_or_else(bad)?;
        Self::new(year, month as u8)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drive_s_time_is_plain_binary() {
        let moment: LocalDateTime = "2015-07-20T18:33".parse().unwrap();
        assert_eq!(moment.to_drive(), [0x0F, 0x07, 0x14, 0x12, 0x21]);
        assert!(LocalDateTime::from_drive([0; 5]).is_err());
    }

    #[test]
    fn unix_time_is_that_of_the_wall_clock() {
        let moment: LocalDateTime = "2020-03-29T18:13".parse().unwrap();
        assert_eq!(moment.unix_local(), 1_585_505_580);
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        let last = |text: &str| text.parse::<Period>().unwrap().last_day().to_string();
        assert_eq!(last("2024-02"), "2024-02-29");
        assert_eq!(last("2026-02"), "2026-02-28");
        assert_eq!(last("2025-12"), "2025-12-31");
    }

    #[test]
    fn only_the_exact_forms_are_read() {
        for text in [
            "2026-1-01",
            "2026-02-30",
            "1999-12-31",
            "2026-02-01 ",
            "+026-02-01",
            "９",
        ] {
            assert!(text.parse::<LocalDate>().is_err(), "{text:?}");
        }
        for text in ["2026-13", "2026-00", "26-01", "2026/01"] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
        for text in [
            "2026-01-01",
            "2026-01-01T24:00",
            "2026-01-01T1:00",
            "2026-01-01T10:00:00",
        ] {
            assert!(text.parse::<LocalDateTime>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_minute_survives_its_three_forms(minutes in 0_i64..134_000_000) {
            let start: LocalDateTime = "2000-01-01T00:00".parse().unwrap();
            let moment = start.plus_minutes(minutes).unwrap();
            prop_assert_eq!(LocalDateTime::from_drive(moment.to_drive()).unwrap(), moment);
            prop_assert_eq!(LocalDateTime::from_unix_local(moment.unix_local()).unwrap(), moment);
            prop_assert_eq!(moment.to_string().parse::<LocalDateTime>().unwrap(), moment);
            prop_assert_eq!(moment.minutes_since(start), minutes);
        }
    }
}
