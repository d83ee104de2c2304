use terms::{LocalDate, Period};

use crate::{Config, Refusal};

/// The last day for the consolidated receipt of a month: ten calendar days after its end, not moved
/// by weekends (54-FZ art. 1.2 p. 2.1; receipt rules §2.3).
pub(crate) fn consolidated(period: Period) -> Result<LocalDate, Refusal> {
    days_after(period.last_day(), 10)
}

/// The last day for the receipt of money that came through a bank on `date`: the next working day
/// (54-FZ art. 1.2 p. 5.4; receipt rules §2.5).
pub(crate) fn bank_money(config: &Config, date: LocalDate) -> Result<LocalDate, Refusal> {
    let mut day = days_after(date, 1)?;
    while !config.is_working_day(day) {
        day = days_after(day, 1)?;
    }
    Ok(day)
}

fn days_after(date: LocalDate, days: i32) -> Result<LocalDate, Refusal> {
    date.plus_days(days).map_err(|error| Refusal::BadDate {
        what: error.to_string(),
    })
}
