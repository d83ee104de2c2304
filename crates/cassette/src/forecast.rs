//! How long drives will last.

use terms::LocalDate;

/// A drive holds about so many documents, when it does not tell itself (ФН protocol §6.2, commonly
/// quoted).
const DOCUMENTS_MAX: u32 = 250_000;
/// The archive's life of a 36-month drive, days (ФН protocol §6.2); what is left is seen as a part
/// of it only for documents, so days have their own thresholds.
const WARN_DAYS: i64 = 30;
const CRITICAL_DAYS: i64 = 7;
/// Parts of a drive's documents, per cent.
const WARN_PERCENT: u64 = 10;
const CRITICAL_PERCENT: u64 = 3;
/// Nobody plans further ahead.
const HORIZON_DAYS: i64 = 4_000;

/// What a drive can still take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Capacity {
    /// Documents formed so far.
    pub formed: u32,
    /// Documents that still fit: 3Dh, or what is counted from 250 000.
    pub documents_left: u32,
    /// The last day of its life.
    pub until: Option<LocalDate>,
}

impl Capacity {
    /// Of a drive that says how many documents fit, or not.
    pub fn of(formed: u32, told_left: Option<u32>, until: Option<LocalDate>) -> Self {
        Self {
            formed,
            documents_left: told_left.unwrap_or(DOCUMENTS_MAX.saturating_sub(formed)),
            until,
        }
    }

    /// Days left, with this one.
    pub fn days_left(&self, today: LocalDate) -> Option<i64> {
        self.until
            .map(|until| i64::from(until.days_since(today)) + 1)
    }
}

/// How serious it is that a drive's end is near (receipt rules §5.2, A23).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// 30 days or 10 % of the documents are left.
    Warning,
    /// 7 days or 3 % of the documents are left.
    Critical,
}

impl Severity {
    /// The word used by the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a drive will run out of first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Threshold {
    /// Its documents.
    Documents,
    /// Its days.
    Days,
}

impl Threshold {
    /// The word used by the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Days => "days",
        }
    }
}

/// When a drive will end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forecast {
    /// The day on which it is full or its life is over; none when neither is in sight.
    pub ends_on: Option<LocalDate>,
    /// What ends first.
    pub by: Threshold,
    /// How serious it is.
    pub severity: Option<Severity>,
}

/// Foretells the end of a drive that forms `per_day` documents a day.
pub fn forecast(capacity: &Capacity, per_day: f64, today: LocalDate) -> Forecast {
    let days = capacity.days_left(today);
    let documents_last = days_for(capacity.documents_left, per_day);
    let (last, by) = match (days, documents_last) {
        (Some(days), Some(last)) if last < days => (Some(last), Threshold::Documents),
        (Some(days), _) => (Some(days), Threshold::Days),
        (None, last) => (last, Threshold::Documents),
    };
    let all = u64::from(capacity.formed) + u64::from(capacity.documents_left);
    let left = u64::from(capacity.documents_left);
    let is_below =
        |percent, limit| left * 100 <= all * percent || last.is_some_and(|days| days <= limit);
    let severity = if is_below(CRITICAL_PERCENT, CRITICAL_DAYS) {
        Some(Severity::Critical)
    } else if is_below(WARN_PERCENT, WARN_DAYS) {
        Some(Severity::Warning)
    } else {
        None
    };
    Forecast {
        ends_on: last.and_then(|days| day_after(today, days)),
        by,
        severity,
    }
}

/// The day when no drive of a cassette is left that forms `per_day` documents a day in all; none
/// when that is not in sight. Drives whose life ends sooner are used up first.
pub fn cassette_end(drives: &[Capacity], per_day: f64, today: LocalDate) -> Option<LocalDate> {
    let mut drives: Vec<(i64, f64)> = drives
        .iter()
        .map(|drive| {
            let days = drive.days_left(today).unwrap_or(HORIZON_DAYS);
            (days.clamp(0, HORIZON_DAYS), f64::from(drive.documents_left))
        })
        .collect();
    drives.sort_by_key(|(days, _)| *days);
    let mut passed = 0.0;
    for (days, left) in drives {
        let room = (days as f64 - passed).max(0.0);
        let lasts = if per_day > 0.0 { left / per_day } else { room };
        passed += lasts.min(room);
    }
    let days = passed.floor() as i64;
    (days < HORIZON_DAYS)
        .then(|| day_after(today, days))
        .flatten()
}

/// For how many whole days `left` documents last; none when beyond every plan.
fn days_for(left: u32, per_day: f64) -> Option<i64> {
    let days = (f64::from(left) / per_day).floor();
    (per_day > 0.0 && days < HORIZON_DAYS as f64).then_some(days as i64)
}

fn day_after(today: LocalDate, days: i64) -> Option<LocalDate> {
    today.plus_days(i32::try_from(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_is_what_comes_first_and_is_told_in_time() {
        use Severity::{Critical, Warning};
        use Threshold::{Days, Documents};
        let today = day("2026-11-02");
        let check = |formed, left, until: &str, per_day, ends: Option<&str>, by, severity| {
            let capacity = Capacity::of(formed, Some(left), Some(day(until)));
            let expected = Forecast {
                ends_on: ends.map(day),
                by,
                severity,
            };
            let found = forecast(&capacity, per_day, today);
            assert_eq!(found, expected, "{capacity:?} {per_day}");
        };
        check(
            50_000,
            200_000,
            "2029-01-01",
            100.0,
            Some("2029-01-02"),
            Days,
            None,
        );
        check(
            50_000,
            200_000,
            "2029-01-01",
            1_000.0,
            Some("2027-05-21"),
            Documents,
            None,
        );
        check(
            225_000,
            25_000,
            "2029-01-01",
            10.0,
            Some("2029-01-02"),
            Days,
            Some(Warning),
        );
        check(
            242_500,
            7_500,
            "2029-01-01",
            0.0,
            Some("2029-01-02"),
            Days,
            Some(Critical),
        );
        check(
            10,
            249_990,
            "2026-12-01",
            1.0,
            Some("2026-12-02"),
            Days,
            Some(Warning),
        );
        check(
            10,
            249_990,
            "2026-11-08",
            1.0,
            Some("2026-11-09"),
            Days,
            Some(Critical),
        );
        check(
            10,
            100_000,
            "2029-01-01",
            5_000.0,
            Some("2026-11-22"),
            Documents,
            Some(Warning),
        );
        let unknown = Capacity::of(249_000, None, None);
        assert_eq!(unknown.documents_left, 1_000);
        assert_eq!(forecast(&unknown, 0.0, today).ends_on, None);
    }

    proptest! {
        /// More drives last longer, none lasts beyond its life, and a cassette of one drive ends
        /// when the drive does.
        #[test]
        fn a_cassette_lasts_as_long_as_its_drives(
            lives in prop::collection::vec((0_u32..250_000, 0_i32..1_200), 1..6),
            per_day in 0_u32..3_000,
        ) {
            let today = day("2026-11-02");
            let per_day = f64::from(per_day);
            let drives: Vec<Capacity> = lives
                .iter()
                .map(|(left, days)| {
                    Capacity::of(0, Some(*left), today.plus_days(*days).ok())
                })
                .collect();
            let end = |drives: &[Capacity]| cassette_end(drives, per_day, today).unwrap();
            let all = end(&drives);
            for count in 1..drives.len() {
                prop_assert!(end(&drives[..count]) <= all);
            }
            let longest = drives.iter().filter_map(|drive| drive.until).max();
            prop_assert!(Some(all.plus_days(-1).unwrap()) <= longest);
            let alone = forecast(&drives[0], per_day, today).ends_on;
            prop_assert_eq!(Some(end(&drives[..1])), alone);
        }
    }
}
