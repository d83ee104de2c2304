//! How long it takes from a drive's death amid its work to the first receipt on the drive that
//! stands in for it.

use std::time::{Duration, Instant};

use desk::{Policy, Timeouts};
use emulator::drive::{Fault, FaultKind, Timing};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{
    Load, Rig, number,
    rate::{Death, unix_ms},
};
use crate::{
    provider::{Outcome, median},
    report::{Aim, Row},
};

/// How many receipts the drives have before one dies.
const BEFORE: u32 = 5;
const LOOK: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(90);
/// Forming: a drive that is mute from here on is waited for the longest.
const FORM_RECEIPT: u8 = 0x16;

/// Measures one policy and one way to die `rounds` times, all at once: a rack has little to do.
pub(crate) async fn measure(policy: Policy, death: Death, rounds: usize) -> Outcome<Row> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..rounds {
        tasks.spawn_local(one(policy, death));
    }
    let times = tasks
        .join_all()
        .await
        .into_iter()
        .collect::<Outcome<Vec<f64>>>()?;
    let patience = Timeouts::default().finish.as_secs_f64();
    let time = median(times);
    Ok(Row {
        what: format!("takeover, {}, {}", policy.name(), death.name()),
        ours: format!("{time:.2} s"),
        reference: format!("{patience:.0} s, the time-out of 16h"),
        ratio: time / patience,
        aim: Some(Aim::AtMost(1.0)),
        more: format!("median of {rounds}"),
    })
}

/// Seconds from the death of the first drive to the first receipt of the last one, which stands in.
async fn one(policy: Policy, death: Death) -> Outcome<f64> {
    let drives = if policy == Policy::Sequential { 2 } else { 3 };
    let mut rig = Rig::start(drives, &Timing::REAL)?;
    let mut setup = rig.setup(&rig.journal(), rig.addresses())?;
    setup.limits.policy = policy;
    if let Some(last) = setup.slots.last_mut() {
        last.spare = policy == Policy::ParallelSpare;
    }
    let desk = rig.desk(setup).await?;
    let mut load = Load::prepare(&desk, 1_000).await?;
    load.submit(1_000).await?;
    let end = Instant::now() + PATIENCE;
    let journal = Journal::open(&rig)?;
    while journal.receipts(0)? < BEFORE {
        wait(end).await?;
    }
    let died = match death {
        Death::Gone => {
            rig.pull(0);
            unix_ms()
        }
        Death::Mute => {
            let faults = rig.faults(0)?.clone();
            faults.add(Fault::always(FaultKind::Dead).at(FORM_RECEIPT));
            while faults.struck() == 0 {
                wait(end).await?;
            }
            unix_ms()
        }
    };
    let taken = loop {
        if let Some(at) = journal.first_receipt(drives - 1)? {
            break at;
        }
        wait(end).await?;
    };
    desk.close().await;
    rig.stop();
    Ok((taken - died) as f64 / 1e3)
}

async fn wait(end: Instant) -> Outcome {
    if Instant::now() >= end {
        return Err("nobody has taken over".into());
    }
    tokio::time::sleep(LOOK).await;
    Ok(())
}

/// The journal, read from outside.
struct Journal(Connection);

impl Journal {
    fn open(rig: &Rig) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = rig.journal().join("kassette.db");
        Ok(Self(Connection::open_with_flags(path, flags)?))
    }

    /// How many receipts a drive has formed.
    fn receipts(&self, drive: usize) -> Outcome<u32> {
        let sql = "select count(*) from document d join drive v on v.id = d.drive \
                   where v.number = ?1 and d.receipt is not null";
        let number = number(drive)?.to_string();
        Ok(self
            .0
            .prepare_cached(sql)?
            .query_row([number], |row| row.get(0))?)
    }

    /// When a drive has formed its first receipt, milliseconds since 1970.
    fn first_receipt(&self, drive: usize) -> Outcome<Option<i64>> {
        let sql = "select d.formed_at from document d join drive v on v.id = d.drive \
                   where v.number = ?1 and d.receipt is not null order by d.number limit 1";
        let number = number(drive)?.to_string();
        let mut first = self.0.prepare_cached(sql)?;
        Ok(first.query_row([number], |row| row.get(0)).optional()?)
    }
}
