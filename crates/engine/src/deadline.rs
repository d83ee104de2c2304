use terms::{LocalDate, Period, TermError, deadline};

use crate::{Config, Refusal};

/// The last day for the consolidated receipt of a month (receipt rules §2.3).
pub(crate) fn consolidated(period: Period) -> Result<LocalDate, Refusal> {
    deadline::consolidated_offset(period).map_err(bad_date)
}

/// The last day for the receipt of money that came through a bank on `date` (receipt rules §2.5).
pub(crate) fn bank_money(config: &Config, date: LocalDate) -> Result<LocalDate, Refusal> {
    deadline::next_working_day(date, |day| config.is_working_day(day)).map_err(bad_date)
}

fn bad_date(error: TermError) -> Refusal {
    Refusal::BadDate {
        what: error.to_string(),
    }
}
