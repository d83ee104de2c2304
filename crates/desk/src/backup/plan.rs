//! When copies are made by themselves.

use std::path::PathBuf;

use terms::LocalDateTime;

/// A copy that is older than this many minutes is too old: a day, and two hours for making it.
const OLD: i64 = 26 * 60;

/// Copies once a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BackupPlan {
    /// Where they go.
    pub folder: PathBuf,
    /// The time of day at the place of settlement: hour and minute.
    pub at: (u8, u8),
    /// So many stay.
    pub keep: u32,
}

/// How the copies stand.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BackupState {
    /// When the newest was made; none: there is none.
    pub newest: Option<LocalDateTime>,
    /// How large it is, bytes.
    pub bytes: u64,
    /// Why the last try has failed, if it has.
    pub failure: Option<String>,
}

impl BackupPlan {
    /// Whether the copy of the last appointed time is still to be made; `newest` is the time of the
    /// newest one.
    pub fn is_due(&self, now: LocalDateTime, newest: Option<LocalDateTime>) -> bool {
        let (hour, minute) = self.at;
        let Ok(today) = now.date().at(hour, minute) else {
            return false;
        };
        let appointed = match today <= now {
            true => Ok(today),
            false => now
                .date()
                .plus_days(-1)
                .and_then(|day| day.at(hour, minute)),
        };
        appointed.is_ok_and(|appointed| newest.is_none_or(|newest| newest < appointed))
    }
}

impl BackupState {
    /// Whether somebody should look: the newest copy is more than 26 hours old, or there is none.
    pub fn is_overdue(&self, now: LocalDateTime) -> bool {
        self.newest
            .is_none_or(|newest| now.minutes_since(newest) > OLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> LocalDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn one_copy_a_day_is_due_and_a_missed_one_is_made_up_for() {
        let plan = BackupPlan {
            folder: PathBuf::new(),
            at: (3, 30),
            keep: 7,
        };
        for (now, newest, due) in [
            ("2026-11-23T03:29", Some("2026-11-22T03:31"), false),
            ("2026-11-23T03:30", Some("2026-11-22T03:31"), true),
            ("2026-11-23T03:31", Some("2026-11-23T03:30"), false),
            // The machine was off at night.
            ("2026-11-23T09:00", Some("2026-11-22T03:31"), true),
            // It was off for longer, and it is early.
            ("2026-11-23T02:00", Some("2026-11-21T03:31"), true),
            // One by hand in the evening does not count for the night.
            ("2026-11-23T03:30", Some("2026-11-22T22:00"), true),
            ("2026-11-23T02:00", Some("2026-11-22T22:00"), false),
            ("2026-11-23T00:00", None, true),
        ] {
            let is_due = plan.is_due(time(now), newest.map(time));
            assert_eq!(is_due, due, "{now} {newest:?}");
        }
    }

    #[test]
    fn a_copy_is_overdue_when_a_night_was_missed() {
        let state = BackupState {
            newest: Some(time("2026-11-22T03:40")),
            ..BackupState::default()
        };
        assert!(!state.is_overdue(time("2026-11-23T05:40")));
        assert!(state.is_overdue(time("2026-11-23T05:41")));
        assert!(BackupState::default().is_overdue(time("2026-11-23T05:41")));
    }
}
