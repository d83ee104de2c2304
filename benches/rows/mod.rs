//! Month-end charges on their way to the disk, in batches of one transaction each: through the
//! desk and its journal, and by a bare loop of prepared statements that writes the very rows that
//! the journal has written, on the same schema, and decides nothing.

#![allow(dead_code, reason = "every bench uses its own part")]

use std::{fmt, path::Path, time::Instant};

use desk::{Desk, Limits, NewOperation, Submitted};
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};

use crate::{
    month,
    provider::{self, Outcome, median},
};

/// Operations of a batch.
const BATCH: usize = 1_000;
/// Batches under way at a time: the writer never waits for the next.
const AHEAD: usize = 4;
/// As the journal's writer has it.
const CACHE_KIB: i64 = 64 * 1024;

/// Microseconds for one charge, a value per round.
pub(crate) struct Stored {
    count: usize,
    /// The tables that get rows, and how many rows for a charge.
    tables: String,
    desk: Vec<f64>,
    bare: Vec<f64>,
}

impl Stored {
    /// The middle of the rounds' ratios.
    pub(crate) fn ratio(&self) -> f64 {
        let pairs = self.desk.iter().zip(&self.bare);
        median(pairs.map(|(desk, bare)| desk / bare).collect())
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [bare, desk] = [&self.bare, &self.desk].map(|rounds| median(rounds.clone()));
        write!(
            f,
            "{} charges ({}): bare loop {bare:.1} µs ({:.0}/s), desk and journal {desk:.1} µs \
             ({:.0}/s)",
            self.count,
            self.tables,
            1e6 / bare,
            1e6 / desk,
        )
    }
}

/// Stores `count` charges in each way, `rounds` times.
pub(crate) fn measure(count: usize, rounds: usize) -> Outcome<Stored> {
    let mut stored = Stored {
        count,
        tables: String::new(),
        desk: Vec::new(),
        bare: Vec::new(),
    };
    for _ in 0..rounds.max(1) {
        let folder = provider::folder("rows")?;
        let journal = folder.path().join("journal");
        let servers = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        stored
            .desk
            .push(servers.block_on(through_desk(&journal, count))?);
        servers.shutdown_background();
        let source = Source::open(&journal.join("kassette.db"))?;
        stored.tables = source.tables(count);
        let us = source.copy_into(&folder.path().join("bare.db"), count)?;
        stored.bare.push(us);
    }
    Ok(stored)
}

async fn through_desk(folder: &Path, count: usize) -> Outcome<f64> {
    let away = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let slots = vec![format!("tcp:{away}").parse()?];
    let mut setup = provider::setup(folder, slots, away.into(), Limits::default())?;
    setup.receipts = month::setup()?.config;
    let desk = Desk::open(setup)?;
    desk.put_services(month::setup()?.services, None).await?;
    for first in (0..count).step_by(BATCH) {
        let accounts = (first..count.min(first + BATCH)).map(month::account);
        desk.put_accounts(accounts.collect::<Outcome<_>>()?, None)
            .await?;
    }
    let mut batches = Vec::new();
    for first in (0..count).step_by(BATCH) {
        let operations = (first..count.min(first + BATCH)).map(|index| {
            let event = month::charge(index)?;
            Ok(NewOperation {
                key: event.id.clone(),
                body: body(index),
                asked: event.into(),
                callback: None,
                basis: None,
            })
        });
        batches.push(operations.collect::<Outcome<Vec<_>>>()?);
    }
    let started = Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    for batch in batches {
        if under_way.len() == AHEAD {
            check_all(under_way.join_next().await)?;
        }
        let desk = desk.clone();
        under_way.spawn(async move { desk.submit(batch, None).await });
    }
    while let Some(done) = under_way.join_next().await {
        check_all(Some(done))?;
    }
    let us = started.elapsed().as_secs_f64() * 1e6 / count as f64;
    desk.close().await;
    Ok(us)
}

type Done = Result<Result<Vec<Submitted>, desk::DeskError>, tokio::task::JoinError>;

fn check_all(done: Option<Done>) -> Outcome {
    for submitted in done.ok_or("nothing is under way")??? {
        if !matches!(submitted, Submitted::Accepted { .. }) {
            return Err(format!("a charge came to {submitted:?}").into());
        }
    }
    Ok(())
}

/// A journal whose rows are to be written again.
pub(crate) struct Source {
    connection: Connection,
    schema: Vec<String>,
    appended: Vec<Table>,
    accounts: Table,
}

struct Table {
    name: String,
    columns: Vec<String>,
    rows: i64,
}

impl Source {
    pub(crate) fn open(journal: &Path) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(journal, flags)?;
        let list = |sql: &str| -> rusqlite::Result<Vec<String>> {
            let mut rows = connection.prepare(sql)?;
            rows.query_map([], |row| row.get(0))?.collect()
        };
        let schema = list("select sql from sqlite_schema where sql is not null")?;
        let names = list("select name from sqlite_schema where type = 'table' order by rowid")?;
        let (least, greatest): (i64, i64) =
            connection.query_row("select min(id), max(id) from operation", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let table = |name: String| -> Outcome<Table> {
            let columns = list(&format!("select name from pragma_table_info('{name}')"))?;
            let key = columns.first().ok_or("a table without columns")?;
            // Receipts get their ids just after their operation's.
            let rows = connection.query_row(
                &format!("select count(*) from \"{name}\" where \"{key}\" between ?1 and ?2"),
                (least, greatest + MOST_RECEIPTS),
                |row| row.get(0),
            )?;
            Ok(Table {
                name,
                columns,
                rows,
            })
        };
        let accounts = table("account".to_owned())?;
        let mut appended = names.into_iter().map(table).collect::<Outcome<Vec<_>>>()?;
        // The index over keys is the journal's own expense; it has no row for each operation at
        // once.
        appended.retain(|table| table.rows > 0 && table.name != "key_index");
        Ok(Self {
            connection,
            schema,
            appended,
            accounts,
        })
    }

    fn tables(&self, count: usize) -> String {
        let of = |table: &Table| format!("{} {:.1}", table.name, table.rows as f64 / count as f64);
        let all: Vec<_> = self.appended.iter().map(of).collect();
        format!("rows for each: {}, account updated", all.join(", "))
    }

    /// Writes the rows again; microseconds for one operation. Reading them is not counted, reading
    /// and writing the accounts is.
    pub(crate) fn copy_into(&self, path: &Path, count: usize) -> Outcome<f64> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        for statement in &self.schema {
            connection.execute_batch(statement)?;
        }
        let accounts = self.rows(&self.accounts, i64::MIN, i64::MAX)?;
        connection.execute_batch("begin")?;
        let mut insert = connection.prepare(&self.accounts.insert())?;
        for account in &accounts {
            insert.execute(params_from_iter(account))?;
        }
        connection.execute_batch("commit")?;
        let mut select = connection.prepare("select * from account where number = ?1")?;
        let mut update = connection.prepare(&self.accounts.update())?;
        let mut inserts = self
            .appended
            .iter()
            .map(|table| connection.prepare(&table.insert()))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let number = self.accounts.place("number")?;
        let ends = self.batch_ends()?;
        let (mut after, mut elapsed) = (i64::MIN, 0.0);
        for (end, accounts) in ends.into_iter().zip(accounts.chunks(BATCH)) {
            let rows = self
                .appended
                .iter()
                .map(|table| self.rows(table, after, end))
                .collect::<Outcome<Vec<_>>>()?;
            let started = Instant::now();
            connection.execute_batch("begin immediate")?;
            for account in accounts {
                let width = account.len();
                let _read: Vec<Value> = select.query_row([&account[number]], |row| {
                    (0..width).map(|column| row.get(column)).collect()
                })?;
                update.execute(params_from_iter(account))?;
            }
            for (insert, rows) in inserts.iter_mut().zip(&rows) {
                for row in rows {
                    insert.execute(params_from_iter(row))?;
                }
            }
            connection.execute_batch("commit")?;
            elapsed += started.elapsed().as_secs_f64();
            after = end;
        }
        Ok(elapsed * 1e6 / count as f64)
    }

    /// The greatest id of each batch.
    fn batch_ends(&self) -> Outcome<Vec<i64>> {
        let mut ids = self
            .connection
            .prepare("select id from operation order by id")?;
        let ids: Vec<i64> = ids
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        // What belongs to an operation lies before the next one.
        let mut ends: Vec<i64> = ids
            .iter()
            .skip(BATCH)
            .step_by(BATCH)
            .map(|id| id - 1)
            .collect();
        ends.push(i64::MAX);
        Ok(ends)
    }

    /// The rows of a table after one id, up to another.
    fn rows(&self, table: &Table, after: i64, upto: i64) -> Outcome<Vec<Vec<Value>>> {
        let key = table.columns.first().ok_or("a table without columns")?;
        let sql = format!(
            "select * from \"{}\" where \"{key}\" > ?1 and \"{key}\" <= ?2 order by 1",
            table.name
        );
        let mut select = self.connection.prepare(&sql)?;
        let width = table.columns.len();
        let rows = select.query_map([after, upto], |row| {
            (0..width).map(|column| row.get(column)).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// More receipts than an operation has.
const MOST_RECEIPTS: i64 = 100;

impl Table {
    fn place(&self, column: &str) -> Outcome<usize> {
        let place = self.columns.iter().position(|name| name == column);
        place.ok_or_else(|| format!("{} has no column {column}", self.name).into())
    }

    fn insert(&self) -> String {
        let values: Vec<_> = (1..=self.columns.len())
            .map(|at| format!("?{at}"))
            .collect();
        format!(
            "insert into \"{}\" values ({})",
            self.name,
            values.join(", ")
        )
    }

    /// Writes all but what an account is found by: operations do not change it.
    fn update(&self) -> String {
        let set: Vec<_> = (1..)
            .zip(&self.columns)
            .filter(|(_, name)| !["id", "number", "contact"].contains(&name.as_str()))
            .map(|(at, name)| format!("\"{name}\" = ?{at}"))
            .collect();
        format!(
            "update account set {} where id = ?1 and number = ?2",
            set.join(", ")
        )
    }
}

/// What billing would have sent.
fn body(index: usize) -> String {
    let number = month::number(index);
    format!(
        "{{\"type\":\"charge\",\"key\":\"2026-03/charge/{number}\",\"date\":\"2026-03-31\",\
         \"account\":\"{number}\",\"lines\":[{{\"service\":\"INET\",\"period\":\"2026-03\",\
         \"amount\":\"650.00\"}},{{\"service\":\"TV\",\"period\":\"2026-03\",\
         \"amount\":\"300.00\"}}]}}"
    )
}
