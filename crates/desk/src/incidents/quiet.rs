//! Quiet hours: when a channel is not to be disturbed.

use terms::{LocalDate, LocalDateTime};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Hours of some days of the week in which nobody is told of what can wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuietHours {
    /// From this minute of the day on, below 1 440.
    pub from: u16,
    /// Until this one; when it is not after `from`, that of the next day.
    pub to: u16,
    /// The days on which they begin, Monday first.
    pub days: [bool; 7],
}

impl QuietHours {
    /// Until when it is quiet at `now`; none: it is not.
    fn end(&self, now: LocalDateTime) -> Option<LocalDateTime> {
        let minute = i64::from(now.hour()) * 60 + i64::from(now.minute());
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        let length = if to > from {
            to - from
        } else {
            to + DAY - from
        };
        // What began today, or yesterday and goes on.
        let begun = [
            (now.date(), minute - from),
            (yesterday(now.date())?, minute + DAY - from),
        ];
        let left = begun.into_iter().filter_map(|(day, gone)| {
            let is_on = self.days[weekday(day)] && (0..length).contains(&gone);
            is_on.then(|| length - gone)
        });
        now.plus_minutes(left.max()?).ok()
    }
}

/// Until when it is quiet by any of `hours`; none: it is not.
pub(super) fn quiet_until(hours: &[QuietHours], now: LocalDateTime) -> Option<LocalDateTime> {
    let mut until = now;
    // One may lead into another; if it is never loud, it is told after a week.
    for _ in 0..=7 {
        match hours.iter().filter_map(|quiet| quiet.end(until)).max() {
            Some(end) => until = end,
            None => break,
        }
    }
    (until > now).then_some(until)
}

fn yesterday(day: LocalDate) -> Option<LocalDate> {
    day.plus_days(-1).ok()
}

/// Monday is 0.
fn weekday(day: LocalDate) -> usize {
    // 3 January 2000 was a Monday, and no day is before 1 January 2000.
    let monday = LocalDate::new(2000, 1, 3);
    let since = monday.map_or(0, |monday| day.days_since(monday));
    since.rem_euclid(7).unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> LocalDateTime {
        text.parse().unwrap()
    }

    fn hours(from: u16, to: u16, days: &str) -> QuietHours {
        let mut on = [false; 7];
        for (place, day) in days.chars().enumerate() {
            on[place] = day == 'x';
        }
        QuietHours {
            from: from * 60,
            to: to * 60,
            days: on,
        }
    }

    #[test]
    fn nights_and_weekends_are_quiet_and_lead_into_one_another() {
        // 23 November 2026 is a Monday.
        let night = hours(22, 8, "xxxxxxx");
        let weekend = hours(0, 0, ".....xx");
        for (quiet, now, until) in [
            (vec![night], "2026-11-23T21:59", None),
            (vec![night], "2026-11-23T22:00", Some("2026-11-24T08:00")),
            (vec![night], "2026-11-24T07:59", Some("2026-11-24T08:00")),
            (vec![night], "2026-11-24T08:00", None),
            // A night that begins on Friday only.
            (
                vec![hours(22, 8, "....x..")],
                "2026-11-28T03:00",
                Some("2026-11-28T08:00"),
            ),
            (vec![hours(22, 8, "....x..")], "2026-11-27T03:00", None),
            // From Friday's night through the weekend to Monday's morning.
            (
                vec![night, weekend],
                "2026-11-27T23:00",
                Some("2026-11-30T08:00"),
            ),
            (vec![weekend], "2026-11-29T12:00", Some("2026-11-30T00:00")),
            (vec![], "2026-11-29T12:00", None),
        ] {
            assert_eq!(
                quiet_until(&quiet, at(now)),
                until.map(at),
                "{quiet:?} at {now}"
            );
        }
    }

    #[test]
    fn what_is_always_quiet_is_told_at_last() {
        let always = hours(0, 0, "xxxxxxx");
        let until = quiet_until(&[always], at("2026-11-23T12:00")).unwrap();
        assert!(until <= at("2026-12-02T00:00"), "{until}");
    }
}
