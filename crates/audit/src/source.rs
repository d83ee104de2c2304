//! A19, the silent source: a bank that used to send registries sends none, and nobody notices for
//! half a year.

use std::collections::VecDeque;

use terms::{Kopecks, LocalDate};

use crate::{
    AuditError, Calendar, Finding, Object, Result, RuleId, Severity, SilenceLimits, Sum, Text,
    sum::twice_median,
};

/// Days with arrivals whose intervals make the median.
const HISTORY: usize = 30;
/// Days of a week.
const WEEK: i32 = 7;
/// Working days of an ordinary week.
const WORKING_WEEK: i128 = 5;
/// Below so many working days a week is too short to be judged.
const SHORT_WEEK: u32 = 3;

/// Something came from a source: a registry, a batch of payments.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The day.
    pub day: LocalDate,
    /// Its sum.
    pub sum: Kopecks,
}

/// A19: watches one source. Feed its arrivals in order; in memory are a month of days with
/// arrivals and the weeks of the median.
///
/// A gap is too long when it has more working days than `intervals` median intervals of the source
/// **and** more than `working_days`. So a source of every day is missed after three working days,
/// and one of every week is not taken for silent on each Thursday. (A choice: receipt rules §5.2
/// join the two by «or», which for a weekly source would alarm every week.)
///
/// The sum of the last seven days is compared with the median of the weeks before only for sources
/// that come at least twice a week, and in proportion to its working days; weeks with fewer than
/// three of them are not judged. (A choice, for the same reason.)
#[derive(Debug)]
pub struct SourceWatch {
    source: String,
    days: VecDeque<(LocalDate, Sum)>,
}

impl SourceWatch {
    /// Begins with a source.
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            days: VecDeque::new(),
        }
    }

    /// Takes the next arrival.
    ///
    /// # Errors
    /// When it is earlier than the last one.
    pub fn see(&mut self, limits: &SilenceLimits, arrival: Arrival) -> Result<()> {
        match self.days.back_mut() {
            Some((last, _)) if *last > arrival.day => {
                return Err(AuditError::Unsorted {
                    stream: "the arrivals of a source",
                    row: format!("{}: {}", self.source, arrival.day),
                });
            }
            Some((last, sum)) if *last == arrival.day => *sum += arrival.sum.into(),
            _ => self.days.push_back((arrival.day, arrival.sum.into())),
        }
        let kept_days = i64::from(WEEK) * (i64::from(limits.weeks) + 2);
        while self.days.len() > HISTORY.max(limits.min_arrivals as usize)
            && self
                .days
                .front()
                .is_some_and(|(first, _)| i64::from(arrival.day.days_since(*first)) > kept_days)
        {
            self.days.pop_front();
        }
        Ok(())
    }

    /// What today says of the source.
    pub fn look(
        &self,
        limits: &SilenceLimits,
        calendar: &Calendar,
        today: LocalDate,
    ) -> Option<Finding> {
        let (last, _) = *self.days.back()?;
        if self.days.len() < limits.min_arrivals.max(2) as usize {
            return None;
        }
        let twice_interval = self.twice_median_interval(calendar)?;
        let gap = calendar.working_days_between(last, today);
        let silent = gap > limits.working_days
            && i128::from(gap) * 2 > twice_interval * i128::from(limits.intervals);
        if silent {
            return Some(self.silence(last, gap, twice_interval));
        }
        let often = twice_interval <= WORKING_WEEK;
        if often {
            self.thin_week(limits, calendar, today)
        } else {
            None
        }
    }

    fn twice_median_interval(&self, calendar: &Calendar) -> Option<i128> {
        let recent = self.days.iter().rev().take(HISTORY);
        let days: Vec<LocalDate> = recent.map(|(day, _)| *day).collect();
        twice_median(
            days.windows(2)
                .map(|pair| calendar.working_days_between(pair[1], pair[0])),
        )
    }

    fn silence(&self, last: LocalDate, gap: u32, twice_interval: i128) -> Finding {
        let source = &self.source;
        let what = Text::new(
            format!("Источник {source} молчит с {last}, рабочих дней: {gap}."),
            format!("Source {source} has been silent since {last}, for {gap} working days."),
        );
        self.finding(what)
            .with("last_arrival", last)
            .with("working_days", gap)
            .with(
                "median_interval_halves",
                crate::Value::Count(twice_interval),
            )
    }

    fn thin_week(
        &self,
        limits: &SilenceLimits,
        calendar: &Calendar,
        today: LocalDate,
    ) -> Option<Finding> {
        let days_before = WEEK * (i32::from(limits.weeks) + 1);
        // The week ends yesterday: what comes today may be on its way.
        let end = today.plus_days(-1).ok()?;
        let first = end.plus_days(-days_before).ok()?;
        if self
            .days
            .front()
            .is_none_or(|(day, _)| *day > first.plus_days(WEEK).unwrap_or(first))
        {
            return None;
        }
        let mut weeks = vec![Sum::ZERO; usize::from(limits.weeks) + 1];
        for (day, sum) in &self.days {
            let back = end.days_since(*day);
            if let Some(week) = usize::try_from(back / WEEK).ok().filter(|_| back >= 0)
                && let Some(total) = weeks.get_mut(week)
            {
                *total += *sum;
            }
        }
        let (week, before) = weeks.split_first()?;
        let twice_usual = twice_median(before.iter().map(|sum| sum.get()))?;
        let working = calendar.working_days_between(end.plus_days(-WEEK).ok()?, end);
        let due = twice_usual * i128::from(limits.week_pct) * i128::from(working);
        if working < SHORT_WEEK || week.get() * 2 * 100 * WORKING_WEEK >= due {
            return None;
        }
        let (source, usual) = (&self.source, Sum(twice_usual / 2));
        let what = Text::new(
            format!("Источник {source}: за неделю до {end} пришло {week} ₽, обычно {usual} ₽."),
            format!("Source {source}: {week} ₽ came in the week up to {end}, usually {usual} ₽."),
        );
        Some(
            self.finding(what)
                .with("week", *week)
                .with("median_week", usual)
                .with("working_days", working),
        )
    }

    fn finding(&self, what: Text) -> Finding {
        let object = Object::Source(self.source.clone());
        Finding::new(RuleId::A19, Severity::Critical, object, what)
    }
}
