//! A bank's registry on its way: read, matched, computed and journaled, beside writing its lines
//! plainly into SQLite, and beside writing plainly the rows that the journal makes of them
//! (operations, receipts, accounts), in the same run. `cargo bench --bench statements [-- ROWS]`;
//! 100 000 rows unless told. It prints figures and passes no judgement on the machine; on a busy one
//! compare processor times.

#![allow(missing_docs, reason = "a bench has no users")]

mod month;
mod process;
mod provider;
mod rows;

use std::{fmt::Write, path::Path, time::Instant};

use desk::{Desk, ImportOrder, ImportState, Limits, StatementFile};
use process::own_cpu;
use provider::Outcome;
use rows::Source;
use rusqlite::Connection;

const ROWS: usize = 100_000;
const SUM: &str = "650,00";
/// The fields of a line.
const FIELDS: usize = 13;

fn main() -> Outcome {
    let rows = std::env::args().find_map(|word| word.parse().ok());
    let rows: usize = rows.unwrap_or(ROWS);
    let text = registry(rows)?;
    println!("{rows} payments, {} KiB", text.len().div_ceil(1024));
    let folder = provider::folder("statements")?;
    let parsed = time(|| {
        let (text, _) = desk::files::decode(text.as_bytes())?;
        let profile = desk::files::Profile::standard();
        let parsed = desk::files::read(&text, desk::files::Kind::Sberbank, &profile)?;
        Ok(parsed.rows.len())
    })?;
    let bare = time(|| plainly(&text, &folder.path().join("bare.db")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let loaded = runtime.block_on(through_desk(&text, rows, &folder.path().join("journal")))?;
    runtime.shutdown_background();
    let source = Source::open(&folder.path().join("journal/kassette.db"))?;
    let mut copied = time(|| source.copy_into(&folder.path().join("copy.db"), rows))?;
    // Without reading them; the processor's time has that in it.
    copied.seconds = copied.value * rows as f64 / 1e6;
    for (what, spent) in [
        ("read only", parsed.spent()),
        ("its lines plainly into SQLite", bare.spent()),
        ("the journal's rows, copied", copied.spent()),
        ("looked at (dry run)", loaded.look),
        ("loaded", loaded.load),
        ("known again by its bytes", loaded.again),
    ] {
        let row = |seconds: f64| seconds * 1e6 / rows as f64;
        println!(
            "{what:<30} {:>8.2} µs a row, {:>7.2} of a processor; × the copy: {:.2}, {:.2}",
            row(spent.seconds),
            row(spent.cpu),
            spent.seconds / copied.seconds,
            spent.cpu / copied.cpu,
        );
    }
    Ok(())
}

/// What something has taken, seconds.
#[derive(Clone, Copy)]
struct Spent {
    seconds: f64,
    cpu: f64,
}

struct Timed<T> {
    value: T,
    seconds: f64,
    cpu: f64,
}

impl<T> Timed<T> {
    fn spent(&self) -> Spent {
        let (seconds, cpu) = (self.seconds, self.cpu);
        Spent { seconds, cpu }
    }
}

fn time<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<Timed<T>> {
    let (started, cpu) = (Instant::now(), own_cpu()?);
    let value = work()?;
    Ok(Timed {
        value,
        seconds: started.elapsed().as_secs_f64(),
        cpu: own_cpu()? - cpu,
    })
}

/// Each account pays once.
fn registry(rows: usize) -> Outcome<String> {
    let mut text = String::new();
    for index in 0..rows {
        let account = provider::account(index);
        writeln!(
            text,
            "03-01-2026;09-32-33;1111;1111999V;{};{account};ИВАНОВ ИВАН ИВАНОВИЧ;Г МОСКВА, КВ.1;\
             1225;{SUM};{SUM};0,00;5",
            100_000_000_000 + index as u64
        )?;
    }
    let all = rows * 650;
    writeln!(text, "={rows};{all},00;{all},00;0,00;686333;03-01-2026")?;
    Ok(text)
}

/// The fields of each line as texts, in one transaction of a database as durable as the journal.
fn plainly(text: &str, path: &Path) -> Outcome {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("pragma journal_mode = wal; pragma synchronous = full")?;
    let columns: Vec<String> = (0..FIELDS)
        .map(|column| format!("c{column} text"))
        .collect();
    connection.execute_batch(&format!("create table payment ({})", columns.join(", ")))?;
    let transaction = connection.transaction()?;
    let places = vec!["?"; FIELDS].join(", ");
    let mut insert = transaction.prepare(&format!("insert into payment values ({places})"))?;
    for line in text.lines().filter(|line| !line.starts_with('=')) {
        insert.execute(rusqlite::params_from_iter(line.split(';')))?;
    }
    drop(insert);
    transaction.commit()?;
    Ok(())
}

struct Loaded {
    look: Spent,
    load: Spent,
    again: Spent,
}

async fn through_desk(text: &str, rows: usize, folder: &Path) -> Outcome<Loaded> {
    let away = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let slots = vec![format!("tcp:{away}").parse()?];
    let setup = provider::setup(folder, slots, away.into(), Limits::default())?;
    let desk = Desk::open(setup)?;
    provider::open_accounts(&desk, rows).await?;
    let load = async |dry_run: bool, expected: ImportState| -> Outcome<Spent> {
        let file = StatementFile {
            name: "registry.txt".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        let order = ImportOrder {
            by: "bench".to_owned(),
            dry_run,
            ..ImportOrder::default()
        };
        let (started, cpu) = (Instant::now(), own_cpu()?);
        let report = desk.import(file, order).await?;
        let spent = Spent {
            seconds: started.elapsed().as_secs_f64(),
            cpu: own_cpu()? - cpu,
        };
        if report.state != expected || report.file.accepted != rows as u64 {
            return Err(format!("the load came to {:?}", report.classes).into());
        }
        Ok(spent)
    };
    let loaded = Loaded {
        look: load(true, ImportState::Preview).await?,
        load: load(false, ImportState::Loaded).await?,
        again: load(false, ImportState::AlreadyLoaded).await?,
    };
    desk.close().await;
    Ok(loaded)
}
