//! How long a start takes on a journal with a long history: from `Desk::open` to the first document
//! on an emulated drive that takes no time, beside bare SQLite that opens the file and reads the
//! same pending rows; in the ordinary way, and after `kill -9` with a long write-ahead log.

mod rows;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use desk::{Desk, ReceiptState};
use emulator::drive::Timing;
use rusqlite::{Connection, types::Value};
use terms::Id;

use crate::{
    provider::{Outcome, median},
    rack::{Load, Rig, until_settled},
    report::{Aim, Row},
};

/// One in ten of a history waits at a start.
const PENDING_SHARE: usize = 10;
/// How long the log is that a killed program leaves, bytes.
const LOG: u64 = 300 << 20;
const AIM_AFTER_KILL: f64 = 3.0;
const LOOK: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(120);

const PENDING: &str = "from receipt where state <> 'fiscalized' and state <> 'acknowledged' and state <> 'refused' \
     and state = 'queued' and id > 0";

/// Seconds.
#[derive(Default)]
struct Times {
    bare: Vec<f64>,
    opened: Vec<f64>,
    first: Vec<f64>,
}

/// Measures both starts on a journal of so many receipts.
pub(crate) async fn measure(receipts: usize, rounds: usize) -> Outcome<Vec<Row>> {
    let rig = Rig::start(1, &Timing::NONE)?;
    let folder = rig.journal();
    let desk = rig.desk(rig.setup(&folder, rig.addresses())?).await?;
    let mut load = Load::prepare(&desk, rows::ACCOUNTS).await?;
    load.submit(rows::TEMPLATES).await?;
    let formed: Vec<Id> = load.receipts.keys().copied().collect();
    until_settled(&desk, &formed, ReceiptState::Acknowledged).await?;
    desk.close().await;
    drop((load, desk));
    let database = folder.join("kassette.db");
    let pending = receipts / PENDING_SHARE;
    let started = Instant::now();
    rows::write(&database, receipts, pending)?;
    println!(
        "{receipts} receipts, {pending} of them pending: {} MiB, written in {:.0} s",
        fs::metadata(&database)?.len() >> 20,
        started.elapsed().as_secs_f64()
    );
    let mut ordinary = Times::default();
    // The first round warms the page cache.
    for round in 0..=rounds {
        let (bare, next) = bare(&database)?;
        let (opened, first) = start(&rig, &folder, next).await?;
        if round > 0 {
            ordinary.push(bare, opened, first);
        }
    }
    rows::refuse_later_half(&database)?;
    let mut killed = Times::default();
    for _ in 0..rounds {
        leave_log(&folder)?;
        let (bare, next) = bare(&database)?;
        leave_log(&folder)?;
        let (opened, first) = start(&rig, &folder, next).await?;
        killed.push(bare, opened, first);
    }
    rig.stop();
    Ok(vec![
        ordinary.row("start", None),
        killed.row(
            "start after kill -9 with a log of 300 MiB",
            Some(Aim::AtMost(AIM_AFTER_KILL)),
        ),
    ])
}

impl Times {
    fn push(&mut self, bare: f64, opened: f64, first: f64) {
        self.bare.push(bare);
        self.opened.push(opened);
        self.first.push(first);
    }

    fn row(self, what: &str, aim: Option<Aim>) -> Row {
        let ratio = |times: &[f64]| {
            let pairs = times.iter().zip(&self.bare);
            median(pairs.map(|(ours, bare)| ours / bare).collect())
        };
        let ms = |times: &[f64]| 1e3 * median(times.to_vec());
        Row {
            what: what.to_owned(),
            ours: format!("{:.0} ms to the first document", ms(&self.first)),
            reference: format!("{:.0} ms, bare SQLite", ms(&self.bare)),
            ratio: ratio(&self.first),
            aim,
            more: format!(
                "opened in {:.0} ms ({:.2})",
                ms(&self.opened),
                ratio(&self.opened)
            ),
        }
    }
}

/// Opens the file and reads what waits, as the journal does; seconds, and the first receipt.
fn bare(database: &Path) -> Outcome<(f64, Id)> {
    let started = Instant::now();
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "full")?;
    let mut rows = connection.prepare(&format!(
        "select id, order_key, class, tax_system, sign, total, tlv, correction {PENDING} \
         order by id"
    ))?;
    let width = rows.column_count();
    let rows = rows.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
    let rows = rows.collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
    let time = started.elapsed().as_secs_f64();
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(first)) => Ok((time, Id::from_number(*first)?)),
        _ => Err("nothing waits".into()),
    }
}

/// Opens the desk; seconds until it is open, and until `receipt`, the first one, is formed.
async fn start(rig: &Rig, folder: &Path, receipt: Id) -> Outcome<(f64, f64)> {
    let setup = rig.setup(folder, rig.addresses())?;
    let started = Instant::now();
    let desk = Desk::open(setup)?;
    let opened = started.elapsed().as_secs_f64();
    let first = loop {
        if desk
            .receipt(receipt)?
            .is_some_and(|it| it.document.is_some())
        {
            break started.elapsed().as_secs_f64();
        }
        if started.elapsed() > PATIENCE {
            let slots = desk.cassette().await?.slots;
            return Err(format!("no document is formed: {slots:?}").into());
        }
        tokio::time::sleep(LOOK).await;
    };
    desk.close().await;
    Ok((opened, first))
}

/// Starts this program again to leave a long log, and kills it.
fn leave_log(folder: &Path) -> Outcome {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--fill-log-of")
        .arg(folder.join("kassette.db"))
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    child.kill()?;
    child.wait()?;
    if line.trim() != "full" {
        return Err(format!("the log was not filled: {line:?}").into());
    }
    let log = fs::metadata(folder.join("kassette.db-wal"))?.len();
    if log < LOG {
        return Err(format!("a log of {log} bytes was left").into());
    }
    Ok(())
}

/// Changes rows (SQLite writes none that stay as they are), without moving them out of the log, until it is long enough; then waits to be
/// killed.
pub(crate) fn fill_log(database: &Path) -> Outcome {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "synchronous", "off")?;
    let (first, last): (i64, i64) =
        connection.query_row("select min(id), max(id) from operation", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut upto = last;
    let log = database.with_extension("db-wal");
    while fs::metadata(&log).map_or(0, |log| log.len()) < LOG {
        connection.execute_batch("begin")?;
        let from = upto - 500 * rows::ID_STEP;
        let range = "where id between ?1 and ?2";
        for sql in [
            format!("update operation set delta = delta + 1 {range}"),
            format!("update receipt set total = total + 1 {range}"),
        ] {
            connection.prepare_cached(&sql)?.execute([from, upto])?;
        }
        connection.execute_batch("commit")?;
        // A short history is written more than once.
        upto = if from < first { last } else { from };
    }
    fs::File::open(&log)?.sync_all()?;
    println!("full");
    std::io::stdout().flush()?;
    std::thread::sleep(PATIENCE);
    Ok(())
}
