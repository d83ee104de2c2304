use cassette::{Capacity, SlotState, SlotView, cassette_end, forecast};
use journal::Reader;
use terms::LocalDate;

use crate::{DeskError, Outlook};

/// The rate is seen over so many days, the present one counted.
const SEEN_DAYS: i32 = 28;

/// How long the drives of a cassette will last at the rate of the last weeks.
pub(crate) struct Lookout {
    today: LocalDate,
    /// For each slot with a readable drive: its number and documents a day.
    rates: Vec<(String, f64)>,
    /// What the drives that may take work can still take.
    capacities: Vec<Capacity>,
}

impl Lookout {
    pub(crate) fn of(
        reader: &Reader,
        today: LocalDate,
        views: &[SlotView],
    ) -> Result<Self, DeskError> {
        let mut rates = Vec::new();
        for drive in views.iter().filter_map(|view| view.drive) {
            let rate = documents_per_day(reader, drive.as_str(), today)?;
            rates.push((drive.to_string(), rate));
        }
        let may_work = |view: &&SlotView| {
            matches!(
                view.state,
                SlotState::Ready | SlotState::Working | SlotState::Resting | SlotState::Blocked
            )
        };
        let capacities = views
            .iter()
            .filter(may_work)
            .filter_map(|view| view.capacity);
        Ok(Self {
            today,
            rates,
            capacities: capacities.collect(),
        })
    }

    /// Documents that all drives form in a day.
    pub(crate) fn per_day(&self) -> f64 {
        self.rates.iter().map(|(_, rate)| rate).sum()
    }

    /// The day on which no drive is left.
    pub(crate) fn cassette_end(&self) -> Option<LocalDate> {
        cassette_end(&self.capacities, self.per_day(), self.today)
    }

    pub(crate) fn of_slot(&self, view: &SlotView) -> Option<Outlook> {
        let (capacity, drive) = (view.capacity?, view.drive?);
        let rate = self
            .rates
            .iter()
            .find(|(number, _)| *number == drive.as_str());
        let per_day = rate.map_or(0.0, |(_, rate)| *rate);
        let found = forecast(&capacity, per_day, self.today);
        Some(Outlook {
            days_left: capacity.days_left(self.today),
            documents_per_day: per_day,
            ends_on: found.ends_on.map(|day| day.to_string()),
            by: found.by,
            severity: found.severity,
        })
    }
}

/// The mean of the last weeks, or of the days since the drive's first document.
fn documents_per_day(reader: &Reader, drive: &str, today: LocalDate) -> Result<f64, DeskError> {
    let Some(first) = reader.first_day(drive)? else {
        return Ok(0.0);
    };
    let since = first.max(today.plus_days(1 - SEEN_DAYS)?);
    let days = today.days_since(since) + 1;
    let documents = reader.documents_since(drive, since)?;
    Ok(documents as f64 / f64::from(days.max(1)))
}
