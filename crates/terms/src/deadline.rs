//! Days of the law that more than one room counts with.

use crate::{LocalDate, Period, Result};

/// Calendar days after the end of a month in which its consolidated receipt may be formed.
const CONSOLIDATED_DAYS: i32 = 10;

/// The last day for the consolidated receipt of offsets of `period`: ten calendar days after its
/// end, not moved by weekends (54-FZ art. 1.2 p. 2.1; that it is not moved is a choice of receipt
/// rules §6).
///
/// # Errors
/// When it lies outside the range of dates.
pub fn consolidated_offset(period: Period) -> Result<LocalDate> {
    period.last_day().plus_days(CONSOLIDATED_DAYS)
}

/// The first working day after `date`: the last one for the receipt of cashless money that came on
/// `date` (54-FZ art. 1.2 p. 5.4; receipt rules §2.5).
///
/// # Errors
/// When it lies outside the range of dates.
pub fn next_working_day(
    date: LocalDate,
    is_working_day: impl Fn(LocalDate) -> bool,
) -> Result<LocalDate> {
    let mut day = date.plus_days(1)?;
    while !is_working_day(day) {
        day = day.plus_days(1)?;
    }
    Ok(day)
}
