//! Deadlines of the law as functions (receipt rules §6).

use terms::{LocalDate, LocalDateTime, Period};

use crate::{Calendar, Result};

/// The longest shift, in minutes: 24 hours.
const SHIFT_MINUTES: i64 = 24 * 60;
/// After so many minutes without the ОФД's confirmation a drive blocks itself: 30 × 24 hours.
const UNSENT_MINUTES: i64 = 30 * 24 * 60;

/// The last day for the receipt of cashless money that came on `date`: the next working day (54-FZ
/// art. 1.2 p. 5.4; receipt rules §2.5).
///
/// # Errors
/// When it lies outside the range of dates.
pub fn cashless_next_workday(date: LocalDate, calendar: &Calendar) -> Result<LocalDate> {
    calendar.next_working_day(date)
}

/// The last day for the consolidated receipt of offsets of `period`: see
/// [`terms::deadline::consolidated_offset`].
///
/// # Errors
/// When it lies outside the range of dates.
pub fn consolidated_offset(period: Period) -> Result<LocalDate> {
    Ok(terms::deadline::consolidated_offset(period)?)
}

/// The moment from which a drive forms no receipt in a shift that was opened at `opened`: 24 hours
/// later.
///
/// # Errors
/// When it lies outside the range of dates.
pub fn shift_close(opened: LocalDateTime) -> Result<LocalDateTime> {
    Ok(opened.plus_minutes(SHIFT_MINUTES)?)
}

/// The moment at which a drive blocks itself when its `first_unsent` document stays without the
/// ОФД's confirmation: 30 times 24 hours later (54-FZ art. 4.1).
///
/// # Errors
/// When it lies outside the range of dates.
pub fn fn_unsent_block(first_unsent: LocalDateTime) -> Result<LocalDateTime> {
    Ok(first_unsent.plus_minutes(UNSENT_MINUTES)?)
}
