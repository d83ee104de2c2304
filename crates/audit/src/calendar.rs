use std::collections::BTreeSet;

use terms::LocalDate;

use crate::Result;

/// Which days are working days (производственный календарь).
///
/// Without entries Saturdays and Sundays are days off and all others working days.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Calendar {
    /// Days off besides Saturdays and Sundays.
    pub holidays: BTreeSet<LocalDate>,
    /// Saturdays and Sundays that are working days (перенос выходных).
    pub working_weekends: BTreeSet<LocalDate>,
}

impl Calendar {
    /// Whether people and banks work on `date`.
    pub fn is_working_day(&self, date: LocalDate) -> bool {
        if date.is_weekend() {
            self.working_weekends.contains(&date)
        } else {
            !self.holidays.contains(&date)
        }
    }

    /// The first working day after `date`.
    ///
    /// # Errors
    /// When it lies outside the range of dates.
    pub fn next_working_day(&self, date: LocalDate) -> Result<LocalDate> {
        Ok(terms::deadline::next_working_day(date, |day| {
            self.is_working_day(day)
        })?)
    }

    /// How many working days lie after `from` up to and with `to`; none when `to` is not later.
    ///
    /// A year is 365 steps: meant for the gaps of registries, not for centuries.
    pub fn working_days_between(&self, from: LocalDate, to: LocalDate) -> u32 {
        let mut days = 0;
        let mut day = from;
        while day < to {
            let Ok(next) = day.plus_days(1) else { break };
            day = next;
            days += u32::from(self.is_working_day(day));
        }
        days
    }
}
