//! What the real program costs: its processor time with sixteen drives at work and billing sending
//! meanwhile, and its memory. Drives, ОФД and billing are in the measuring program.

use std::time::{Duration, Instant};

use emulator::drive::Timing;

use crate::{
    client,
    process::{KEY, Process},
    provider::{self, Outcome},
    rack::{Load, Rig},
    report::{Aim, Row},
};

const DRIVES: usize = 16;
/// What a rack of drives cannot do in the time that it is watched, a second.
const MORE_THAN_DONE: f64 = 50.0;
/// Operations per second from billing.
const INTAKE: f64 = 500.0;
const ACCOUNTS: usize = 10_000;
const CONNECTIONS: usize = 16;
const WARM_UP: Duration = Duration::from_secs(3);
const IDLE_DRIVES: usize = 2;
const IDLE: Duration = Duration::from_secs(5);
const AIM_CORE: f64 = 0.5;
const AIM_IDLE_MIB: f64 = 32.0;

/// Measures all of it, with `secs` under load.
pub(crate) async fn measure(secs: f64) -> Outcome<Vec<Row>> {
    let mut rows = at_work(secs).await?;
    rows.push(idle().await?);
    Ok(rows)
}

async fn at_work(secs: f64) -> Outcome<Vec<Row>> {
    let rig = Rig::start(DRIVES, &Timing::REAL)?;
    let desk = rig
        .desk(rig.setup(&rig.journal(), rig.addresses())?)
        .await?;
    // Of other accounts than those of billing's.
    provider::open_accounts(&desk, ACCOUNTS).await?;
    let waiting = (2.0 * (secs + WARM_UP.as_secs_f64()) * MORE_THAN_DONE) as usize;
    let mut load = Load::prepare_after(&desk, ACCOUNTS, waiting).await?;
    load.submit(waiting).await?;
    desk.close().await;
    drop((load, desk));
    let daemon = Daemon::start(&rig)?;
    tokio::time::sleep(WARM_UP).await;
    let alone = daemon.watch(&rig, secs, None).await?;
    let both = daemon.watch(&rig, secs, Some(INTAKE)).await?;
    let (rss, peak) = (daemon.0.memory("VmRSS")?, daemon.0.memory("VmHWM")?);
    drop(daemon);
    rig.stop();
    let row = |what: String, spent: &Spent, more: String| Row {
        what,
        ours: format!("{:.3} of a core", spent.cpu / spent.secs),
        reference: "one core".to_owned(),
        ratio: spent.cpu / spent.secs,
        aim: Some(Aim::AtMost(AIM_CORE)),
        more,
    };
    let (us, of_both) = (1e6 * alone.cpu / alone.receipts, both.receipts / both.secs);
    Ok(vec![
        row(
            format!("{DRIVES} drives"),
            &alone,
            format!(
                "{:.1} receipts/s, {us:.0} µs for each",
                alone.receipts / alone.secs
            ),
        ),
        row(
            format!("{DRIVES} drives and {INTAKE} operations/s"),
            &both,
            format!(
                "{of_both:.1} receipts/s; {:.0} operations/s, p50 {:.1} ms, p99 {:.1} ms; RSS {rss:.0} MiB, \
                 at most {peak:.0}",
                both.operations, both.p50_ms, both.p99_ms
            ),
        ),
    ])
}

async fn idle() -> Outcome<Row> {
    let rig = Rig::start(IDLE_DRIVES, &Timing::REAL)?;
    let desk = rig
        .desk(rig.setup(&rig.journal(), rig.addresses())?)
        .await?;
    desk.close().await;
    drop(desk);
    let daemon = Daemon::start(&rig)?;
    let before = daemon.0.cpu()?;
    tokio::time::sleep(IDLE).await;
    let cpu = (daemon.0.cpu()? - before) / IDLE.as_secs_f64();
    let (rss, peak) = (daemon.0.memory("VmRSS")?, daemon.0.memory("VmHWM")?);
    drop(daemon);
    rig.stop();
    Ok(Row {
        what: format!("memory, idle with {IDLE_DRIVES} drives"),
        ours: format!("{rss:.1} MiB"),
        reference: format!("{AIM_IDLE_MIB} MiB"),
        ratio: rss / AIM_IDLE_MIB,
        aim: Some(Aim::AtMost(1.0)),
        more: format!("at most {peak:.1} MiB; {cpu:.3} of a core"),
    })
}

/// What the program has spent while it was watched.
struct Spent {
    secs: f64,
    /// Seconds of processor time.
    cpu: f64,
    receipts: f64,
    /// Operations per second that were answered.
    operations: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// The real program.
struct Daemon(Process);

impl Daemon {
    fn start(rig: &Rig) -> Outcome<Self> {
        let process = Process::kassette(&rig.journal(), &rig.addresses(), rig.ofd())?;
        Ok(Self(process))
    }

    /// Watches it for `secs`, with so many operations a second.
    async fn watch(&self, rig: &Rig, secs: f64, rate: Option<f64>) -> Outcome<Spent> {
        let (cpu, formed) = (self.0.cpu()?, formed(rig)?);
        let started = Instant::now();
        let (mut operations, mut p50_ms, mut p99_ms) = (0.0, 0.0, 0.0);
        match rate {
            Some(rate) => {
                let load = client::Load {
                    connections: CONNECTIONS,
                    count: u64::MAX,
                    secs,
                    accounts: ACCOUNTS,
                    key: KEY.to_owned(),
                    batch: 1,
                    rate: Some(rate),
                };
                let point = client::run(self.0.address, load).await?;
                (operations, p50_ms, p99_ms) = (point.rate, point.p50_ms, point.p99_ms);
            }
            None => tokio::time::sleep(Duration::from_secs_f64(secs)).await,
        }
        Ok(Spent {
            secs: started.elapsed().as_secs_f64(),
            cpu: self.0.cpu()? - cpu,
            receipts: (crate::daemon::formed(rig)? - formed) as f64,
            operations,
            p50_ms,
            p99_ms,
        })
    }
}

/// How many receipts are formed.
fn formed(rig: &Rig) -> Outcome<i64> {
    let connection = rusqlite::Connection::open_with_flags(
        rig.journal().join("kassette.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let sql = "select count(*) from document where receipt is not null";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
