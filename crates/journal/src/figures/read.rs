//! Figures that stand in the journal: each is found by an index, and no count goes far.

use std::{fs, io, path::PathBuf};

use rusqlite::{Connection, Row};
use terms::DriveNumber;

use crate::{
    Reader, Result,
    outbox::ReceiverKind,
    read::{count, read_drive},
};

/// Nobody counts further: what is more looks the same.
const COUNTED_MAX: u64 = 10_000;
/// Receivers of letters that are looked at.
const RECEIVERS_MAX: u64 = 256;

/// Of each drive the first entry of the index `document_unacknowledged`.
const UNSENT: &str = "select v.number, (select d.formed_at from document d \
     indexed by document_unacknowledged where d.drive = v.id and d.acknowledged_at is null order by d.number limit 1) as since \
     from drive v where since is not null order by v.id";
/// By the index `import_row_waiting`.
const IMPORT_ROWS: &str = "import_row where state = 'waiting'";
/// There is no other row in this table.
const UNIDENTIFIED: &str = "unidentified";
/// By the index `restoration_open`.
const RUNNING: &str = "restoration where ended_at is null and state = 'running'";

/// What waits in the journal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counted {
    /// The drives with documents without ticket.
    pub unsent: Vec<UnsentOf>,
    /// The letters to each webhook, and those of all callbacks together.
    pub letters: Vec<LettersOwed>,
    /// Rows of files of payments that wait for a person, at most 10 000.
    pub import_rows: u64,
    /// Payments that nobody has identified, at most 10 000.
    pub unidentified: u64,
    /// Restorations that are being carried out.
    pub restorations_running: u64,
}

/// The documents of a drive that the ОФД has not confirmed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsentOf {
    /// Номер ФН.
    pub drive: DriveNumber,
    /// When the first of them was formed, milliseconds since 1970.
    pub since: i64,
}

/// Letters that a receiver has not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LettersOwed {
    /// The webhook; none: the callbacks of all hosts.
    pub webhook: Option<String>,
    /// Those that wait, at most 10 000 of each receiver.
    pub waiting: u64,
    /// Those that were given up, at most 10 000 of each receiver.
    pub dead: u64,
}

/// How much room the journal takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sizes {
    /// The database's file, bytes.
    pub database: u64,
    /// The write-ahead log, bytes.
    pub log: u64,
    /// What is left for it on its disk, bytes.
    pub free: u64,
}

impl Reader {
    /// What waits. It costs the same however long the history is.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn counted(&self) -> Result<Counted> {
        self.at_once(|connection| {
            Ok(Counted {
                unsent: unsent(connection)?,
                letters: letters(connection)?,
                import_rows: up_to(connection, IMPORT_ROWS)?,
                unidentified: up_to(connection, UNIDENTIFIED)?,
                restorations_running: up_to(connection, RUNNING)?,
            })
        })
    }

    /// The sizes of its files; a file that is not there has none.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn sizes(&self) -> io::Result<Sizes> {
        let database = self.database();
        let mut log = database.clone().into_os_string();
        log.push("-wal");
        let disk = rustix::fs::statvfs(&database)?;
        Ok(Sizes {
            database: size(database)?,
            log: size(log.into())?,
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }
}

fn size(path: PathBuf) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn counting(rows: &str) -> String {
    format!("select count(*) from (select 1 from {rows} limit {COUNTED_MAX})")
}

/// How many rows there are, but not more than [`COUNTED_MAX`].
fn up_to(connection: &Connection, rows: &str) -> Result<u64> {
    let sql = counting(rows);
    let counted = connection
        .prepare_cached(&sql)?
        .query_row([], |row| count(row, 0))?;
    Ok(counted)
}

fn unsent(connection: &Connection) -> Result<Vec<UnsentOf>> {
    let mut rows = connection.prepare_cached(UNSENT)?;
    let mut rows = rows.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(UnsentOf {
            drive: read_drive(&row.get::<_, String>(0)?)?,
            since: row.get(1)?,
        });
    }
    Ok(found)
}

/// By the indexes `delivery_waiting` and `delivery_dead`.
fn owed_letters() -> String {
    let of = |state: &str| {
        format!(
            "(select count(*) from (select 1 from delivery \
             where receiver = v.id and state = '{state}' limit {COUNTED_MAX}))"
        )
    };
    format!(
        "select v.kind, v.name, {}, {} from receiver v order by v.id limit {RECEIVERS_MAX}",
        of("waiting"),
        of("dead")
    )
}

fn letters(connection: &Connection) -> Result<Vec<LettersOwed>> {
    let mut rows = connection.prepare_cached(&owed_letters())?;
    let mut rows = rows.query([])?;
    let mut webhooks = Vec::new();
    let mut callbacks = LettersOwed {
        webhook: None,
        waiting: 0,
        dead: 0,
    };
    while let Some(row) = rows.next()? {
        let (waiting, dead) = owed(row)?;
        match ReceiverKind::read(&row.get::<_, String>(0)?)? {
            ReceiverKind::Webhook => webhooks.push(LettersOwed {
                webhook: Some(row.get(1)?),
                waiting,
                dead,
            }),
            ReceiverKind::Callback => {
                callbacks.waiting += waiting;
                callbacks.dead += dead;
            }
        }
    }
    webhooks.push(callbacks);
    Ok(webhooks)
}

fn owed(row: &Row<'_>) -> Result<(u64, u64)> {
    Ok((count(row, 2)?, count(row, 3)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tests::journal;

    /// Each step of the plans, without what only walks over a small table or the rows of a subquery.
    #[test]
    fn what_waits_is_found_by_indexes_of_what_waits() {
        let journal = journal();
        let questions = [
            (UNSENT.to_owned(), "document_unacknowledged"),
            (owed_letters(), "delivery_waiting"),
            (owed_letters(), "delivery_dead"),
            (counting(IMPORT_ROWS), "import_row_waiting"),
            (counting(RUNNING), "restoration_open"),
        ];
        for (sql, index) in questions {
            let mut plan = journal
                .prepare(&format!("explain query plan {sql}"))
                .unwrap();
            let steps = plan.query_map([], |row| row.get::<_, String>("detail"));
            let steps: Vec<String> = steps.unwrap().map(std::result::Result::unwrap).collect();
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
            for step in steps {
                let names = ["delivery", "d", "import_row", "restoration"];
                let is_whole = names.iter().any(|name| step == format!("SCAN {name}"));
                assert!(!is_whole, "{step}, of {sql}");
            }
        }
        assert_eq!(unsent(&journal).unwrap(), []);
        let callbacks = letters(&journal).unwrap();
        assert_eq!(
            (callbacks.len(), callbacks[0].dead),
            (1, 0),
            "{callbacks:?}"
        );
    }
}
