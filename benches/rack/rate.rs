//! How busy the cassette keeps its drives, all well or one of them gone.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use emulator::drive::{Fault, FaultKind, Timing};

use super::{Load, Need, Rig, number};
use crate::{
    provider::Outcome,
    report::{Aim, Row},
};

/// How long all drives are at work before one dies.
const BEFORE: Duration = Duration::from_secs(4);
const AIM: f64 = 0.98;
const AIM_WITHOUT_ONE: f64 = 0.95;

/// What happens to the first drive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Death {
    /// Its wire is gone.
    Gone,
    /// It answers nothing any more.
    Mute,
}

impl Death {
    pub(crate) const ALL: [Self; 2] = [Self::Gone, Self::Mute];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gone => "wire gone",
            Self::Mute => "mute",
        }
    }
}

/// What one drive had to do, and when it was done: the moments of its tickets, milliseconds since
/// 1970, with what each receipt needs of a drive, seconds.
type Work = Vec<(i64, f64)>;

/// Lets the drives work for `secs`; with a `death`, so long after it.
pub(crate) async fn measure(
    drives: usize,
    timing: &Timing,
    need: &Need,
    secs: f64,
    death: Option<Death>,
) -> Outcome<Row> {
    let mut rig = Rig::start(drives, timing)?;
    let desk = rig
        .desk(rig.setup(&rig.journal(), rig.addresses())?)
        .await?;
    let watched = secs + death.map_or(0.0, |_| BEFORE.as_secs_f64());
    let bound = 1.0 / need.of(super::Kind::Payment);
    // A part waits from the beginning, the rest comes while the drives work; together more than
    // they can do.
    let rate = bound * drives as f64;
    let trickled = (rate * watched * 0.8) as usize;
    let first = (rate * watched * 0.6) as usize + 20 * drives;
    let mut load = Load::prepare(&desk, first + trickled + 10).await?;
    load.submit(first).await?;
    let started = Instant::now();
    let died = match death {
        Some(death) => {
            load.trickle(rate * 0.8, started + BEFORE).await?;
            match death {
                Death::Gone => rig.pull(0),
                Death::Mute => rig.faults(0)?.add(Fault::always(FaultKind::Dead)),
            }
            Some(unix_ms())
        }
        None => None,
    };
    let end = started + Duration::from_secs_f64(watched);
    load.trickle(rate * 0.8, end).await?;
    let left = desk.cassette().await?.waiting;
    let mut work: BTreeMap<String, Work> = BTreeMap::new();
    for (receipt, kind) in &load.receipts {
        let document = desk.receipt(*receipt)?.and_then(|it| it.document);
        if let Some((drive, at)) = document.and_then(|it| Some((it.drive, it.acknowledged_at?))) {
            work.entry(drive).or_default().push((at, need.of(*kind)));
        }
    }
    desk.close().await;
    rig.stop();
    if left < drives {
        return Err("the queue ran dry: the drives were not kept busy to the end".into());
    }
    if death.is_some() {
        work.remove(&number(0)?.to_string());
    }
    let well = drives - usize::from(death.is_some());
    if work.len() != well {
        return Err(format!("only {} of {well} drives worked", work.len()).into());
    }
    Ok(row(drives, death, work.into_values(), died))
}

fn row(
    drives: usize,
    death: Option<Death>,
    work: impl ExactSizeIterator<Item = Work>,
    since: Option<i64>,
) -> Row {
    let well = work.len() as f64;
    let shares: Vec<(f64, f64)> = work.map(|work| share(work, since)).collect();
    let rate: f64 = shares.iter().map(|(rate, _)| rate).sum();
    let busy: f64 = shares.iter().map(|(_, busy)| busy).sum::<f64>() / well;
    let slowest = shares.iter().map(|(_, busy)| *busy).reduce(f64::min);
    let (what, aim) = match death {
        None => (format!("{drives} drives"), AIM),
        Some(death) => (
            format!("{drives} drives, one {}: the others", death.name()),
            AIM_WITHOUT_ONE,
        ),
    };
    Row {
        what,
        ours: format!("{rate:.2} receipts/s"),
        reference: format!("{:.2}, the drives' bound", rate / busy),
        ratio: busy,
        aim: Some(Aim::AtLeast(aim)),
        more: format!("slowest drive {:.3}", slowest.unwrap_or(f64::NAN)),
    }
}

/// Receipts per second of a drive, and what share of the time they need: from its first ticket, or
/// from its last one before `since`, to the last.
fn share(mut work: Work, since: Option<i64>) -> (f64, f64) {
    work.sort_by_key(|(at, _)| *at);
    let since = since.unwrap_or(i64::MIN);
    let begin = work.partition_point(|(at, _)| *at <= since).max(1) - 1;
    match &work[begin..] {
        [(first, _), done @ ..] if !done.is_empty() => {
            let secs = (done[done.len() - 1].0 - first) as f64 / 1e3;
            let need: f64 = done.iter().map(|(_, need)| need).sum();
            (done.len() as f64 / secs, need / secs)
        }
        _ => (f64::NAN, f64::NAN),
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
