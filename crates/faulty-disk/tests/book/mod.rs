//! A small database whose content after each transaction is known: a book of numbered pages.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use std::{collections::BTreeMap, ops::RangeInclusive};

use faulty_disk::{Disk, Faults};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

const KEYS: u64 = 12;
const LENGTH_MAX: u64 = 6_000;
pub(crate) const FILE: &str = "book.db";

/// How the program keeps its promises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) journal_mode: &'static str,
    pub(crate) synchronous: &'static str,
}

pub(crate) const SAFE: Settings = Settings {
    journal_mode: "wal",
    synchronous: "full",
};

type State = BTreeMap<i64, Vec<u8>>;

/// What is written: transaction 1 makes the tables, each later one changes some entries.
pub(crate) struct Book {
    changes: Vec<Vec<(i64, Option<Vec<u8>>)>>,
    /// By the number of the last transaction; 0 is no tables.
    states: Vec<State>,
}

impl Book {
    pub(crate) fn new(seed: u64, transactions: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut state = State::new();
        let (mut changes, mut states) = (vec![Vec::new(); 2], vec![State::new(); 2]);
        for _ in 2..=transactions {
            let change: Vec<_> = (0..1 + random.next_u64() % 3)
                .map(|_| {
                    let key = (random.next_u64() % KEYS) as i64;
                    let content = (!random.next_u64().is_multiple_of(4)).then(|| {
                        let mut bytes = vec![0; (random.next_u64() % LENGTH_MAX) as usize];
                        random.fill_bytes(&mut bytes);
                        bytes
                    });
                    (key, content)
                })
                .collect();
            for (key, content) in &change {
                match content {
                    Some(bytes) => state.insert(*key, bytes.clone()),
                    None => state.remove(key),
                };
            }
            changes.push(change);
            states.push(state.clone());
        }
        Self { changes, states }
    }

    pub(crate) fn last(&self) -> usize {
        self.states.len() - 1
    }

    /// Commits what follows transaction `done`, until the first error; the number of the last one
    /// whose commit returned.
    pub(crate) fn write(
        &self,
        connection: &mut Connection,
        mut done: usize,
    ) -> (usize, rusqlite::Result<()>) {
        while done < self.last() {
            if let Err(error) = self.commit(connection, done + 1) {
                return (done, Err(error));
            }
            done += 1;
        }
        (done, Ok(()))
    }

    pub(crate) fn commit(
        &self,
        connection: &mut Connection,
        number: usize,
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction()?;
        if number == 1 {
            transaction.execute_batch(
                "create table last (number integer not null);
                 insert into last values (0);
                 create table entry (key integer primary key, content blob not null);
                 create index by_content on entry (content);",
            )?;
        }
        for (key, content) in &self.changes[number] {
            match content {
                Some(bytes) => transaction.execute(
                    "insert or replace into entry (key, content) values (?1, ?2)",
                    (key, bytes),
                )?,
                None => transaction.execute("delete from entry where key = ?1", (key,))?,
            };
        }
        transaction.execute("update last set number = ?1", (number as i64,))?;
        transaction.commit()
    }

    /// The last transaction that is there; an error if it is there in part, or others are.
    pub(crate) fn read(&self, connection: &Connection) -> Result<usize, String> {
        let text = |error: rusqlite::Error| error.to_string();
        // One reading transaction: other connections may be writing.
        let transaction = connection.unchecked_transaction().map_err(text)?;
        let check: String = transaction
            .query_row("pragma integrity_check", (), |row| row.get(0))
            .map_err(text)?;
        if check != "ok" {
            return Err(check);
        }
        let tables: i64 = transaction
            .query_row("select count(*) from sqlite_schema", (), |row| row.get(0))
            .map_err(text)?;
        if tables == 0 {
            return Ok(0);
        }
        let number: Option<i64> = transaction
            .query_row("select number from last", (), |row| row.get(0))
            .optional()
            .map_err(text)?;
        let number = number.ok_or("no number")? as usize;
        let mut statement = transaction
            .prepare("select key, content from entry")
            .map_err(text)?;
        let entries = statement
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(text)?;
        let state: State = entries.collect::<rusqlite::Result<_>>().map_err(text)?;
        if self.states.get(number) == Some(&state) {
            Ok(number)
        } else {
            Err(format!("not the state after transaction {number}"))
        }
    }

    /// Opens the book anew, without faults, and reads it.
    pub(crate) fn found(&self, disk: &Disk, settings: Settings) -> Result<usize, String> {
        disk.set_faults(Faults::default());
        let connection = open(disk, settings).map_err(|error| error.to_string())?;
        self.read(&connection)
    }

    /// The book must hold all that was committed, and at most what was attempted beside it.
    #[track_caller]
    pub(crate) fn assert_found(
        &self,
        disk: &Disk,
        settings: Settings,
        committed: usize,
        story: &str,
    ) {
        match self.found(disk, settings) {
            Ok(found) => assert!(
                self.may_be_found(committed).contains(&found),
                "{story}: {committed} committed, {found} found"
            ),
            Err(error) => panic!("{story}: {committed} committed: {error}"),
        }
    }

    fn may_be_found(&self, committed: usize) -> RangeInclusive<usize> {
        committed..=self.last().min(committed + 1)
    }
}

/// A connection with little memory and a short log, so that pages are spilled and checkpoints come.
pub(crate) fn open(disk: &Disk, settings: Settings) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::default();
    let connection = Connection::open_with_flags_and_vfs(FILE, flags, disk.vfs())?;
    connection.pragma_update(None, "cache_size", 10)?;
    set_journal_mode(&connection, settings.journal_mode)?;
    connection.pragma_update(None, "synchronous", settings.synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", 12)?;
    Ok(connection)
}

/// The change is committed after the pragma has given its row: who does not ask for another row, as
/// `pragma_update` does not, never hears that it failed, and is told the new mode until the first
/// transaction shows the old one.
fn set_journal_mode(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("pragma journal_mode = {mode}"))?;
    let mut rows = statement.query(())?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Writes the whole book after transaction `done` with a connection of its own; the last
/// transaction whose commit returned, and whether all went well.
pub(crate) fn live(
    book: &Book,
    disk: &Disk,
    settings: Settings,
    done: usize,
) -> (usize, rusqlite::Result<()>) {
    match open(disk, settings) {
        Ok(mut connection) => book.write(&mut connection, done),
        Err(error) => (done, Err(error)),
    }
}
