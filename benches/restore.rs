//! A plan of restoring: a bank's registry of lost payments looked up among a million journaled
//! receipts, computed and stored, beside reading the file alone and beside touching its rows plainly
//! (each line's key looked up, its account read, the plan's row written), in the same run.
//!
//! ```text
//! cargo bench --bench restore                              100 000 rows, 1 000 000 receipts
//! cargo bench --bench restore -- --rows 1000 --receipts 10000
//! ```
//!
//! It prints figures and passes no judgement on the machine; on a busy one compare processor times.

#![allow(missing_docs, reason = "a bench has no users")]

mod client;
#[allow(dead_code, reason = "the rack asks for more than a plan needs")]
mod daemon;
#[path = "history/rows.rs"]
#[allow(dead_code, reason = "nothing waits here")]
mod history;
mod process;
mod provider;
#[allow(dead_code, reason = "the rack does more than form a few receipts")]
mod rack;
mod report;
#[allow(dead_code, reason = "the rack asks for more than a plan needs")]
mod tap;

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use clap::Parser;
use desk::{Desk, LostOrder, ReceiptState, RestorationClass, StatementFile};
use emulator::drive::Timing;
use process::own_cpu;
use provider::Outcome;
use rack::{Load, Rig, until_settled};
use rusqlite::{Connection, OptionalExtension, params, types::Value};
use terms::{Basis, Id, LocalDate, ReasonCode};

/// Rows that the journal's writer stores in one transaction.
const SLICE: usize = 500;
/// Digits of the payments' numbers.
const FIRST_NUMBER: u64 = 100_000_000_000;

#[derive(Parser)]
struct Options {
    /// Lost payments.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
    /// Receipts in the journal.
    #[arg(long, default_value_t = 1_000_000)]
    receipts: usize,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome {
    let options = Options::parse();
    let rig = Rig::start(1, &Timing::NONE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let database = rig.journal().join("kassette.db");
    let day = runtime.block_on(journaled(&rig, &options))?;
    let text = registry(options.rows, day)?;
    println!(
        "{} lost payments, {} KiB; {} receipts, {} MiB",
        options.rows,
        text.len().div_ceil(1024),
        options.receipts,
        fs::metadata(&database)?.len() >> 20,
    );
    let read = timed(|| read(&text))?;
    let before = memory("VmRSS")?;
    forget_peak()?;
    let planned = runtime.block_on(planned(&rig, &text, day, options.rows))?;
    let peak = memory("VmHWM")?;
    let copy = rig.journal().join("plain.db");
    let touched = timed(|| plainly(&database, &copy, &text))?;
    for (what, spent) in [
        ("the file read only", read),
        ("its rows touched plainly", touched),
        ("the plan", planned),
    ] {
        let row = |seconds: f64| seconds * 1e6 / options.rows as f64;
        println!(
            "{what:<26} {:>8.2} µs a row, {:>8.2} of a processor; × touching: {:.2}, {:.2}",
            row(spent.seconds),
            row(spent.cpu),
            spent.seconds / touched.seconds,
            spent.cpu / touched.cpu,
        );
    }
    println!(
        "memory: {before:.0} MiB before, at most {peak:.0} MiB while the plan was made: {:.2} KiB a row",
        (peak - before) * 1024.0 / options.rows as f64,
    );
    runtime.shutdown_background();
    rig.stop();
    Ok(())
}

/// What something has taken, seconds.
#[derive(Clone, Copy)]
struct Spent {
    seconds: f64,
    cpu: f64,
}

fn timed(work: impl FnOnce() -> Outcome) -> Outcome<Spent> {
    let (started, cpu) = (Instant::now(), own_cpu()?);
    work()?;
    Ok(Spent {
        seconds: started.elapsed().as_secs_f64(),
        cpu: own_cpu()? - cpu,
    })
}

/// Fills the journal; the day on which the lost money came.
async fn journaled(rig: &Rig, options: &Options) -> Outcome<LocalDate> {
    let desk = rig
        .desk(rig.setup(&rig.journal(), rig.addresses())?)
        .await?;
    let mut load = Load::prepare(&desk, history::ACCOUNTS).await?;
    load.submit(history::TEMPLATES).await?;
    let formed: Vec<Id> = load.receipts.keys().copied().collect();
    until_settled(&desk, &formed, ReceiptState::Acknowledged).await?;
    let day = desk.clock().local().date().plus_days(-60)?;
    desk.close().await;
    drop((load, desk));
    let started = Instant::now();
    history::write(&rig.journal().join("kassette.db"), options.receipts, 0)?;
    println!("journaled in {:.0} s", started.elapsed().as_secs_f64());
    Ok(day)
}

/// Sberbank's registry: the accounts pay one after another.
fn registry(rows: usize, day: LocalDate) -> Outcome<String> {
    let mut text = String::new();
    let day = format!("{:02}-{:02}-{}", day.day(), day.month(), day.year());
    let mut all = 0;
    for index in 0..rows {
        let account = provider::account(index % history::ACCOUNTS);
        let sum = 10_000 + index as u64;
        all += sum;
        let sum = format!("{},{:02}", sum / 100, sum % 100);
        writeln!(
            text,
            "{day};09-32-33;1111;1111999V;{};{account};ИВАНОВ ИВАН ИВАНОВИЧ;Г МОСКВА, КВ.1;1225;\
             {sum};{sum};0,00;5",
            FIRST_NUMBER + index as u64
        )?;
    }
    let all = format!("{},{:02}", all / 100, all % 100);
    writeln!(text, "={rows};{all};{all};0,00;686333;{day}")?;
    Ok(text)
}

fn read(text: &str) -> Outcome {
    let (text, _) = desk::files::decode(text.as_bytes())?;
    let profile = desk::files::Profile::standard();
    desk::files::read(&text, desk::files::Kind::Sberbank, &profile)?;
    Ok(())
}

/// Makes the plan, all rows of which are missing.
async fn planned(rig: &Rig, text: &str, day: LocalDate, rows: usize) -> Outcome<Spent> {
    let desk = Desk::open(rig.setup(&rig.journal(), rig.addresses())?)?;
    let order = LostOrder {
        from: day,
        to: day,
        files: vec![StatementFile {
            name: "lost.txt".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }],
        profile: None,
        basis: Basis::new(ReasonCode::LostSource),
        by: "bench".to_owned(),
        sender: None,
    };
    let (started, cpu) = (Instant::now(), own_cpu()?);
    let plan = desk.plan_lost(order).await?;
    let spent = Spent {
        seconds: started.elapsed().as_secs_f64(),
        cpu: own_cpu()? - cpu,
    };
    desk.close().await;
    match plan.classes[..] {
        [(RestorationClass::Missing, missing, _)] if missing == rows as u64 => Ok(spent),
        ref other => Err(format!("the plan came to {other:?}").into()),
    }
}

/// Touches what the plan has touched, and decides nothing.
fn plainly(database: &Path, path: &Path, text: &str) -> Outcome {
    let source = Connection::open(database)?;
    let copy = Connection::open(path)?;
    copy.busy_timeout(Duration::from_secs(1))?;
    copy.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; \
         pragma foreign_keys = off",
    )?;
    let schema =
        "select sql from sqlite_schema where sql is not null and tbl_name = 'restoration_row'";
    for sql in source
        .prepare(schema)?
        .query_map([], |row| row.get::<_, String>(0))?
    {
        copy.execute_batch(&sql?)?;
    }
    let mut known = source.prepare("select operation from key_index where key_hash = ?1")?;
    let mut account = source.prepare("select * from account where number = ?1")?;
    let width = account.column_count();
    let mut planned =
        source.prepare("select * from restoration_row where restoration = 1 and place = ?1")?;
    let columns = planned.column_count();
    let insert = format!(
        "insert into restoration_row values ({})",
        vec!["?"; columns].join(", ")
    );
    let lines = text.lines().filter(|line| !line.starts_with('='));
    copy.execute_batch("begin")?;
    for (place, line) in (1..).zip(lines) {
        let mut fields = line.split(';').skip(4);
        let (number, of) = (fields.next(), fields.next());
        let (number, of) = (number.ok_or("no number")?, of.ok_or("no account")?);
        let mut hash = [0; 8];
        hash.copy_from_slice(&desk::key_hash(&format!("sber:{number}"))[..8]);
        let found: Option<i64> = known
            .query_row([i64::from_le_bytes(hash)], |row| row.get(0))
            .optional()?;
        if found.is_some() {
            return Err(format!("payment {number} is known").into());
        }
        let _: Vec<Value> =
            account.query_row([of], |row| (0..width).map(|at| row.get(at)).collect())?;
        let row: Vec<Value> = planned.query_row(params![place], |row| {
            (0..columns).map(|at| row.get(at)).collect()
        })?;
        copy.prepare_cached(&insert)?
            .execute(rusqlite::params_from_iter(row))?;
        if (place as usize).is_multiple_of(SLICE) {
            copy.execute_batch("commit; begin")?;
        }
    }
    copy.execute_batch("commit")?;
    Ok(())
}

/// A line of this process's `/proc/self/status`, MiB.
fn memory(name: &str) -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// From now on the peak of memory is counted anew (`man 5 proc`, clear_refs).
fn forget_peak() -> Outcome {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}
