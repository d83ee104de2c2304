//! The service level: how soon receipts are formed, how long the cassette can form any, and which
//! targets were missed.
//!
//! Times are kept in a histogram of bounded size ([`Latencies`]), so that a year needs no more memory
//! than an hour. What it says is never flattering: a percentile is the longest time of its bucket, at
//! most a sixteenth more than the exact one.

use std::collections::BTreeMap;

use terms::named;

/// Buckets between one power of two and the next.
const PARTS: u64 = 16;
/// The power of two of [`PARTS`]: below it each millisecond has a bucket of its own.
const EXACT_BITS: u32 = 4;

/// The bucket of a time: the first of them are exact, the others at most a sixteenth of their time
/// wide.
pub const fn bucket_of(ms: u64) -> u16 {
    if ms < PARTS {
        return ms as u16;
    }
    let power = ms.ilog2();
    let part = (ms >> (power - EXACT_BITS)) & (PARTS - 1);
    // At most 61 · 16.
    ((power - EXACT_BITS + 1) as u64 * PARTS + part) as u16
}

/// The longest time in a bucket, milliseconds.
pub const fn bucket_end(bucket: u16) -> u64 {
    let (octave, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    if octave == 0 {
        return part;
    }
    let shift = (octave - 1) as u32;
    if shift > u64::BITS - EXACT_BITS - 1 {
        return u64::MAX;
    }
    // One less than where the next bucket begins.
    let width = 1_u64 << shift;
    ((PARTS + part) << shift) + (width - 1)
}

/// How long something took, many times over.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Latencies(BTreeMap<u16, u64>);

impl Latencies {
    /// Adds so many times of a bucket.
    pub fn add(&mut self, bucket: u16, count: u64) {
        let kept = self.0.entry(bucket).or_default();
        *kept = kept.saturating_add(count);
    }

    /// Adds all of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            self.add(*bucket, *count);
        }
    }

    /// How many times there are.
    pub fn count(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The time within which so many of a thousand lie, milliseconds; none when there is nothing.
    pub fn percentile(&self, of_thousand: u16) -> Option<u64> {
        let wanted = u128::from(self.count()) * u128::from(of_thousand.min(1_000));
        let rank = wanted.div_ceil(1_000).max(1);
        let mut passed = 0_u128;
        for (bucket, count) in &self.0 {
            passed += u128::from(*count);
            if passed >= rank {
                return Some(bucket_end(*bucket));
            }
        }
        None
    }

    /// The three percentiles that people ask for.
    pub fn figures(&self) -> Figures {
        Figures {
            count: self.count(),
            p50_ms: self.percentile(500),
            p95_ms: self.percentile(950),
            p99_ms: self.percentile(990),
            max_ms: self.percentile(1_000),
        }
    }
}

/// What is said of many times; none of nothing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Figures {
    /// How many there are.
    pub count: u64,
    /// Half of them took no longer, milliseconds.
    pub p50_ms: Option<u64>,
    /// 95 of 100 took no longer.
    pub p95_ms: Option<u64>,
    /// 99 of 100 took no longer.
    pub p99_ms: Option<u64>,
    /// None took longer.
    pub max_ms: Option<u64>,
}

/// One life of the program, from its start to the last moment at which it was alive. Moments are
/// milliseconds since 1970.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Run {
    /// When it began.
    pub started: i64,
    /// When it was alive last.
    pub alive: i64,
    /// How it ended.
    pub ending: Ending,
}

/// How a life of the program ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// It goes on.
    Runs,
    /// It was told to stop.
    Stopped,
    /// Nobody told it to: a crash, a power cut, a kill.
    Crashed,
}

/// A slot has changed its state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SlotChange {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Which slot, counted from 1.
    pub slot: u8,
    /// Whether it can form documents since.
    pub is_able: bool,
    /// The state's name.
    pub state: String,
    /// Why, in words; empty when there is nothing to say.
    pub reason: String,
}

named! {
    /// Why no document could be formed.
    GapCause("cause of a gap") {
        /// The program ran, and no slot could form a document.
        NoSlot = "no_slot",
        /// It had begun for the first time, and no slot was ready yet.
        Starting = "starting",
        /// It was stopped and started again by somebody.
        Restart = "restart",
        /// It ended without having been told to.
        Crash = "crash",
    }
}

/// A stretch of time in which no document could be formed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// From when, milliseconds since 1970.
    pub from: i64,
    /// To when.
    pub to: i64,
    /// Why.
    pub cause: GapCause,
    /// The slots as they stood when it began, if the program ran: number, state, reason.
    pub slots: Vec<(u8, String, String)>,
}

impl Gap {
    /// How long it lasted, milliseconds.
    pub const fn ms(&self) -> i64 {
        self.to - self.from
    }
}

/// For how much of a time documents could be formed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Availability {
    /// How much of it was looked at: not what lies ahead, nor before the first start. Milliseconds.
    pub looked_ms: i64,
    /// For how much of that at least one slot could form documents.
    pub able_ms: i64,
    /// When none could, in order.
    pub gaps: Vec<Gap>,
    /// How often the program was stopped and started again.
    pub restarts: u32,
    /// How often it ended without having been told to.
    pub crashes: u32,
}

impl Availability {
    /// The share in millionths; none when nothing was looked at.
    pub fn share_ppm(&self) -> Option<u32> {
        if self.looked_ms <= 0 {
            return None;
        }
        let share = i128::from(self.able_ms) * 1_000_000 / i128::from(self.looked_ms);
        u32::try_from(share).ok()
    }

    /// Of the time from `from` to `to` (what lies ahead is left out by the caller). `runs` are in
    /// order and do not overlap; `changes` are in order, and hold at least what each slot has come to
    /// by `from` in the life that went on then.
    pub fn of((from, to): (i64, i64), runs: &[Run], changes: &[SlotChange]) -> Self {
        let mut watch = Watch::new(from, to);
        for (place, run) in runs.iter().enumerate() {
            let begun = place.checked_sub(1).and_then(|before| runs.get(before));
            let cause = match begun.map(|before| before.ending) {
                None => GapCause::Starting,
                Some(Ending::Crashed) => GapCause::Crash,
                Some(Ending::Stopped | Ending::Runs) => GapCause::Restart,
            };
            if run.started >= from && run.started < to {
                match cause {
                    GapCause::Crash => watch.found.crashes += 1,
                    GapCause::Restart => watch.found.restarts += 1,
                    _ => {}
                }
            }
            let next = runs.get(place + 1).map_or(i64::MAX, |next| next.started);
            let end = match run.ending {
                Ending::Runs => next,
                Ending::Stopped | Ending::Crashed => run.alive.max(run.started).min(next),
            };
            // Between two lives it was away; from the start on its slots are being found out.
            watch.since(begun.map_or(run.started, |before| before.alive.max(before.started)));
            watch.live(run.started, end, cause, changes);
        }
        // After the last life, if it has ended.
        if let Some(last) = runs.last()
            && last.ending != Ending::Runs
        {
            let cause = match last.ending {
                Ending::Crashed => GapCause::Crash,
                _ => GapCause::Restart,
            };
            watch.gap(last.alive.max(last.started), to, cause, Vec::new());
        }
        watch.end(runs.first().map(|first| first.started))
    }
}

/// What is found while the lives are walked through.
struct Watch {
    from: i64,
    to: i64,
    /// Since when the program is away.
    away: i64,
    found: Availability,
}

impl Watch {
    const fn new(from: i64, to: i64) -> Self {
        Self {
            from,
            to,
            away: i64::MAX,
            found: Availability {
                looked_ms: 0,
                able_ms: 0,
                gaps: Vec::new(),
                restarts: 0,
                crashes: 0,
            },
        }
    }

    const fn since(&mut self, away: i64) {
        self.away = away;
    }

    /// One life; until its first slot is able, it is still away for the cause of its start.
    fn live(&mut self, started: i64, end: i64, cause: GapCause, changes: &[SlotChange]) {
        let first = changes.partition_point(|change| change.at < started);
        let mut slots: BTreeMap<u8, &SlotChange> = BTreeMap::new();
        let mut open = Some((self.away, cause, Vec::new()));
        for change in changes[first..].iter().take_while(|it| it.at < end) {
            slots.insert(change.slot, change);
            let is_able = slots.values().any(|slot| slot.is_able);
            match (is_able, &open) {
                (true, Some(_)) => {
                    if let Some((since, cause, slots)) = open.take() {
                        self.gap(since, change.at, cause, slots);
                    }
                }
                (false, None) => {
                    let stand = slots.values().map(|slot| {
                        let (state, reason) = (slot.state.clone(), slot.reason.clone());
                        (slot.slot, state, reason)
                    });
                    open = Some((change.at, GapCause::NoSlot, stand.collect()));
                }
                _ => {}
            }
        }
        if let Some((since, cause, slots)) = open {
            self.gap(since, end, cause, slots);
        }
    }

    /// Notes a gap as far as it lies in the time that is looked at.
    fn gap(&mut self, from: i64, to: i64, cause: GapCause, slots: Vec<(u8, String, String)>) {
        let (from, to) = (from.max(self.from), to.min(self.to));
        if from < to {
            self.found.gaps.push(Gap {
                from,
                to,
                cause,
                slots,
            });
        }
    }

    fn end(mut self, first_start: Option<i64>) -> Availability {
        let Some(first) = first_start else {
            return self.found;
        };
        let begin = self.from.max(first);
        self.found.looked_ms = (self.to - begin).max(0);
        let away: i64 = self.found.gaps.iter().map(Gap::ms).sum();
        self.found.able_ms = (self.found.looked_ms - away).max(0);
        self.found
    }
}

named! {
    /// What a target is about.
    TargetOf("target of the service level") {
        /// From acceptance to the fiscal document, 95 of 100 single payments, milliseconds.
        Fiscalized = "fiscalized_p95",
        /// From acceptance to the ОФД's confirmation, 95 of 100 single payments, milliseconds.
        Acknowledged = "acknowledged_p95",
        /// The share of time in which documents could be formed, millionths.
        Availability = "availability",
        /// From the opening of an incident until somebody has taken it on, 95 of 100, milliseconds.
        IncidentTaken = "incident_taken_p95",
        /// From the opening of an incident to its end, 95 of 100, milliseconds.
        IncidentResolved = "incident_resolved_p95",
    }
}

impl TargetOf {
    /// Whether more is better: shares are, times are not.
    pub const fn more_is_better(self) -> bool {
        matches!(self, Self::Availability)
    }
}

/// What is promised; what is not is left out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Targets(pub BTreeMap<TargetOf, u64>);

/// A target, and what came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// What it is about.
    pub of: TargetOf,
    /// What was promised.
    pub wanted: u64,
    /// What was measured; none: there was nothing to measure.
    pub measured: Option<u64>,
}

impl Verdict {
    /// Whether it was kept; a target with nothing to measure is neither kept nor missed.
    pub const fn is_kept(self) -> Option<bool> {
        match self.measured {
            None => None,
            Some(measured) if self.of.more_is_better() => Some(measured >= self.wanted),
            Some(measured) => Some(measured <= self.wanted),
        }
    }
}

impl Targets {
    /// Each target with what was measured.
    pub fn judge(&self, measured: impl Fn(TargetOf) -> Option<u64>) -> Vec<Verdict> {
        let verdict = |(of, wanted): (&TargetOf, &u64)| Verdict {
            of: *of,
            wanted: *wanted,
            measured: measured(*of),
        };
        self.0.iter().map(verdict).collect()
    }

    /// The target of this name, if there is one.
    pub fn of(&self, of: TargetOf) -> Option<u64> {
        self.0.get(&of).copied()
    }
}
