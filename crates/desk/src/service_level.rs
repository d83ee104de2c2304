//! The service level: how soon receipts are formed and confirmed, for how much of the time documents
//! could be formed, and which targets were missed and why.
//!
//! What is told costs no walk through the history: the journal keeps a histogram for each hour, and
//! slots and lives of the program are few rows. Single payments are judged ([`Class::Payment`]): a
//! registry, a month's charges and restorations take as long as the drives need, by design.

mod report;

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

use audit::{
    Availability, Figures, Gap, GapCause, Latencies, TargetOf, Targets, Verdict, bucket_of,
};
use cassette::Class;
use journal::{IncidentTimes, LatencyRow, ReceiptState, Unformed};
use terms::LocalDate;
use tokio::time::{MissedTickBehavior, interval};

use crate::{Desk, DeskError, desk::Inner};

pub use report::ReportForm;

/// The most days that are told of at once.
pub const LEVEL_DAYS_MAX: i32 = 366;
/// Hours are told one by one up to so many days.
const HOURLY_DAYS: i32 = 7;
/// How often it is noted that the program is alive: a crash counts from the last note on.
const ALIVE_EVERY: Duration = Duration::from_secs(60);
/// The most reasons that are named for one target, the worst first.
const REASONS_MAX: usize = 20;
const HOUR_MS: i64 = 3_600_000;

/// How soon receipts of one class were formed and confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClassLevel {
    /// Which ones.
    pub class: Class,
    /// From acceptance to the fiscal document.
    pub fiscalized: Figures,
    /// From acceptance to the ОФД's confirmation.
    pub acknowledged: Figures,
}

/// Single payments that were formed and confirmed in one hour, or on one day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HourLevel {
    /// When it began, milliseconds since 1970.
    pub from_ms: i64,
    /// When it ended.
    pub to_ms: i64,
    /// From acceptance to the fiscal document.
    pub fiscalized: Figures,
    /// From acceptance to the ОФД's confirmation.
    pub acknowledged: Figures,
    /// For how long no document could be formed, milliseconds.
    pub unable_ms: i64,
}

/// How soon incidents were taken on and resolved.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IncidentsLevel {
    /// How many were opened, but for those that are only to be known.
    pub opened: u64,
    /// How many of them nobody has taken on, and that last.
    pub untaken: u64,
    /// How many of them last.
    pub lasting: u64,
    /// From the opening until somebody has taken it on, or until it was over by itself; one that
    /// waits counts with the time that it has waited by now.
    pub taken: Figures,
    /// From the opening to the end; one that lasts counts with the time that it has lasted by now.
    pub resolved: Figures,
}

/// Why a target was missed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MissedBy {
    /// An hour in which it took too long.
    Slow {
        /// When the hour began, milliseconds since 1970.
        from_ms: i64,
        /// How long 95 of 100 took, milliseconds.
        p95_ms: u64,
        /// How many receipts there were.
        receipts: u64,
        /// Why no document could be formed at some time in it, if so.
        gap: Option<GapCause>,
    },
    /// A time in which no document could be formed.
    Gap(Gap),
}

/// A target, what came of it, and if it was missed, why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TargetView {
    /// Promised and measured.
    pub verdict: Verdict,
    /// Why it was missed, the worst first; at most twenty reasons.
    pub why: Vec<MissedBy>,
    /// How many reasons there are.
    pub reasons: usize,
}

/// The service level of some days.
#[derive(Clone, Debug)]
pub struct ServiceLevelView {
    /// The first day, at the place of settlement.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
    /// Each class of receipts.
    pub classes: Vec<ClassLevel>,
    /// Each day, also those without receipts, as far as it has begun.
    pub days: Vec<(LocalDate, HourLevel)>,
    /// Each hour in which there was something to tell; only of a week at most.
    pub hours: Vec<HourLevel>,
    /// For how much of the time documents could be formed.
    pub availability: Availability,
    /// How soon incidents that were opened then were taken on and resolved.
    pub incidents: IncidentsLevel,
    /// Receipts that have no document yet, now.
    pub unformed: Unformed,
    /// What was promised, and what came of it.
    pub targets: Vec<TargetView>,
}

/// Single payments of one hour or day.
#[derive(Clone, Debug, Default)]
struct Hour {
    fiscalized: Latencies,
    acknowledged: Latencies,
}

impl Hour {
    fn of(&mut self, state: ReceiptState) -> &mut Latencies {
        match state {
            ReceiptState::Acknowledged => &mut self.acknowledged,
            _ => &mut self.fiscalized,
        }
    }

    fn told(&self, (from_ms, to_ms): (i64, i64), gaps: &[Gap]) -> HourLevel {
        let within = |gap: &Gap| (gap.to.min(to_ms) - gap.from.max(from_ms)).max(0);
        HourLevel {
            from_ms,
            to_ms,
            fiscalized: self.fiscalized.figures(),
            acknowledged: self.acknowledged.figures(),
            unable_ms: gaps.iter().map(within).sum(),
        }
    }
}

impl ServiceLevelView {
    /// Whether every target with something to measure was kept.
    pub fn is_kept(&self) -> bool {
        let mut verdicts = self.targets.iter().map(|target| target.verdict.is_kept());
        verdicts.all(|kept| kept != Some(false))
    }

    /// How soon receipts of this class were formed and confirmed.
    pub fn class(&self, class: Class) -> Option<&ClassLevel> {
        self.classes.iter().find(|level| level.class == class)
    }
}

impl Desk {
    /// Says what is promised. Only the first word counts.
    pub fn promise(&self, targets: Targets) {
        let _ = self.inner.targets.set(targets);
    }

    /// The service level of the days `from` to `to`, both included, at the place of settlement. What
    /// lies ahead is left out.
    ///
    /// # Errors
    /// When the days are more than [`LEVEL_DAYS_MAX`] or none, or the journal cannot be read.
    pub async fn service_level(
        &self,
        from: LocalDate,
        to: LocalDate,
    ) -> Result<ServiceLevelView, DeskError> {
        if !(0..LEVEL_DAYS_MAX).contains(&to.days_since(from)) {
            return Err(DeskError::TooManyDays {
                from,
                to,
                max: LEVEL_DAYS_MAX,
            });
        }
        let desk = self.clone();
        let read = tokio::task::spawn_blocking(move || desk.read_level(from, to));
        read.await.map_err(|_| DeskError::Stopping)?
    }

    fn read_level(&self, from: LocalDate, to: LocalDate) -> Result<ServiceLevelView, DeskError> {
        let (reader, span) = (self.reader(), self.span(Some(from), Some(to))?);
        let now = self.clock().unix_ms();
        let begin = span.from_ms.unwrap_or_default();
        let end = span.before_ms.unwrap_or(now).min(now);
        let runs = reader.lives(begin, end, true)?;
        let changes = reader.slot_changes(begin, end)?;
        let availability = Availability::of((begin, end), &runs, &changes);
        let rows = reader.latencies(begin.div_euclid(HOUR_MS), end.div_euclid(HOUR_MS) + 1)?;
        let (classes, hours) = collected(&rows);
        let incidents = incidents(&reader.incident_times(begin, end)?, now);
        let judged = judged(
            self.targets(),
            (&classes, &hours),
            &availability,
            &incidents,
        );
        let gaps = &availability.gaps;
        let days = days((from, to), begin, end, &hours, gaps);
        let hourly = to.days_since(from) < HOURLY_DAYS;
        let hours = hours.iter().filter(|_| hourly);
        let hours = hours.map(|(hour, it)| it.told(bounds(*hour), gaps));
        Ok(ServiceLevelView {
            from,
            to,
            classes: Class::ALL
                .into_iter()
                .map(|class| {
                    let level = classes.get(&class).cloned().unwrap_or_default();
                    ClassLevel {
                        class,
                        fiscalized: level.fiscalized.figures(),
                        acknowledged: level.acknowledged.figures(),
                    }
                })
                .collect(),
            hours: hours.collect(),
            days,
            availability,
            incidents,
            unformed: reader.unformed()?,
            targets: judged,
        })
    }

    /// When the journal was begun, milliseconds since 1970; none: it is empty.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn first_start(&self) -> Result<Option<i64>, DeskError> {
        Ok(self.reader().first_start()?)
    }

    fn targets(&self) -> Targets {
        self.inner.targets.get().cloned().unwrap_or_default()
    }

    /// Notes that the program was told to stop: what follows is no crash.
    pub(crate) async fn end_life(&self) {
        let noted = self.ask(|writer, reply| writer.note_life(true, reply));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "it is not noted that the program stops: it will count as a crash");
        }
    }
}

/// When an hour begins and ends, milliseconds since 1970.
const fn bounds(hour: i64) -> (i64, i64) {
    (hour * HOUR_MS, (hour + 1) * HOUR_MS)
}

type Hours = BTreeMap<i64, Hour>;
type Classes = BTreeMap<Class, Hour>;

/// What all receipts took by their class, and single payments by the hour.
fn collected(rows: &[LatencyRow]) -> (Classes, Hours) {
    let (mut classes, mut hours) = (Classes::new(), Hours::new());
    for row in rows {
        let class = classes.entry(row.class).or_default();
        class.of(row.state).add(row.bucket, row.receipts);
        if row.class == Class::Payment {
            let hour = hours.entry(row.hour).or_default();
            hour.of(row.state).add(row.bucket, row.receipts);
        }
    }
    (classes, hours)
}

/// Single payments by the day. An hour of UTC belongs to the day in which it begins: in a place whose
/// time differs by half an hour, half an hour of each day is told with its neighbour.
fn days(
    (from, to): (LocalDate, LocalDate),
    begin: i64,
    end: i64,
    hours: &Hours,
    gaps: &[Gap],
) -> Vec<(LocalDate, HourLevel)> {
    let day_ms = 24 * HOUR_MS;
    let mut days = Vec::new();
    for place in 0..=to.days_since(from) {
        let start = begin + i64::from(place) * day_ms;
        let Ok(day) = from.plus_days(place) else {
            break;
        };
        if start >= end {
            break;
        }
        let mut sum = Hour::default();
        let first = start.div_euclid(HOUR_MS);
        for hour in hours.range(first..first + 24).map(|(_, hour)| hour) {
            sum.fiscalized.merge(&hour.fiscalized);
            sum.acknowledged.merge(&hour.acknowledged);
        }
        days.push((day, sum.told((start, (start + day_ms).min(end)), gaps)));
    }
    days
}

/// What incidents took; what goes on counts up to `now`, so that nobody gains by waiting.
fn incidents(times: &[IncidentTimes], now: i64) -> IncidentsLevel {
    let (mut taken, mut resolved) = (Latencies::default(), Latencies::default());
    let mut level = IncidentsLevel {
        opened: times.len() as u64,
        ..IncidentsLevel::default()
    };
    for incident in times {
        let took = |end: Option<i64>| {
            let ms = end.unwrap_or(now) - incident.opened;
            bucket_of(u64::try_from(ms).unwrap_or(0))
        };
        let first = incident.taken.or(incident.resolved);
        taken.add(took(first), 1);
        resolved.add(took(incident.resolved), 1);
        level.untaken += u64::from(first.is_none());
        level.lasting += u64::from(incident.resolved.is_none());
    }
    (level.taken, level.resolved) = (taken.figures(), resolved.figures());
    level
}

/// Each target with what was measured; a missed one with its reasons.
fn judged(
    targets: Targets,
    (classes, hours): (&Classes, &Hours),
    availability: &Availability,
    incidents: &IncidentsLevel,
) -> Vec<TargetView> {
    let payments = classes.get(&Class::Payment).cloned().unwrap_or_default();
    let verdicts = targets.judge(|of| match of {
        TargetOf::Fiscalized => payments.fiscalized.percentile(950),
        TargetOf::Acknowledged => payments.acknowledged.percentile(950),
        TargetOf::Availability => availability.share_ppm().map(u64::from),
        TargetOf::IncidentTaken => incidents.taken.p95_ms,
        TargetOf::IncidentResolved => incidents.resolved.p95_ms,
    });
    let view = |verdict: Verdict| {
        let mut why = match (verdict.is_kept(), verdict.of) {
            (Some(false), TargetOf::Fiscalized | TargetOf::Acknowledged) => {
                slow_hours(verdict, hours, &availability.gaps)
            }
            (Some(false), TargetOf::Availability) => {
                let mut gaps = availability.gaps.clone();
                gaps.sort_by_key(|gap| std::cmp::Reverse(gap.ms()));
                gaps.into_iter().map(MissedBy::Gap).collect()
            }
            _ => Vec::new(),
        };
        let reasons = why.len();
        why.truncate(REASONS_MAX);
        TargetView {
            verdict,
            why,
            reasons,
        }
    };
    verdicts.into_iter().map(view).collect()
}

/// The hours in which a time was longer than promised, the longest first.
fn slow_hours(verdict: Verdict, hours: &Hours, gaps: &[Gap]) -> Vec<MissedBy> {
    let mut slow: Vec<(u64, MissedBy)> = hours
        .iter()
        .filter_map(|(hour, of)| {
            let times = match verdict.of {
                TargetOf::Acknowledged => &of.acknowledged,
                _ => &of.fiscalized,
            };
            let p95_ms = times.percentile(950).filter(|it| *it > verdict.wanted)?;
            let (from_ms, to_ms) = bounds(*hour);
            // What was accepted while nothing could be formed is formed when the gap is over.
            let took = i64::try_from(p95_ms).unwrap_or(i64::MAX);
            let asked = from_ms.saturating_sub(took);
            let gap = gaps.iter().rfind(|gap| gap.from < to_ms && gap.to > asked);
            let why = MissedBy::Slow {
                from_ms,
                p95_ms,
                receipts: times.count(),
                gap: gap.map(|gap| gap.cause),
            };
            Some((p95_ms, why))
        })
        .collect();
    slow.sort_by_key(|(p95, _)| std::cmp::Reverse(*p95));
    slow.into_iter().map(|(_, why)| why).collect()
}

/// Notes each minute that the program is alive, until the desk is gone. Nobody waits for it.
pub(crate) fn tell_life(desk: &Arc<Inner>) {
    let desk: Weak<Inner> = Arc::downgrade(desk);
    tokio::spawn(async move {
        let mut ticks = interval(ALIVE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(desk) = desk.upgrade() else {
                return;
            };
            let told = |told: journal::Result<()>| {
                if let Err(error) = told {
                    tracing::warn!(%error, "it is not noted that the program is alive");
                }
            };
            desk.writer.note_life(false, Box::new(told));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_that_lasts_counts_with_all_the_time_it_has_lasted() {
        let incident = |opened, taken, resolved| IncidentTimes {
            opened,
            taken,
            resolved,
        };
        let level = incidents(
            &[
                incident(0, Some(10), Some(15)),
                // Over by itself, before anybody came.
                incident(0, None, Some(12)),
                incident(900, Some(911), None),
                incident(984, None, None),
            ],
            1_000,
        );
        assert_eq!((level.opened, level.untaken, level.lasting), (4, 1, 2));
        assert_eq!(
            (level.taken.p50_ms, level.taken.max_ms),
            (Some(11), Some(16))
        );
        // 100 is told as the end of its bucket.
        let resolved = (level.resolved.p50_ms, level.resolved.max_ms);
        assert_eq!(resolved, (Some(15), Some(103)));
    }
}
