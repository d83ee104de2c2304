//! The rows of the references.

use std::{fmt, path::Path, str::FromStr};

use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::Operation;
use crate::provider::Outcome;

/// As in the journal.
const CACHE_KIB: i64 = 64 * 1024;

/// How long the texts and bytes of a row are, on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    account: usize,
    operation: usize,
    receipt: usize,
    tlv: usize,
}

impl Sizes {
    /// Measures the rows of a journal.
    pub(crate) fn read(journal: &Path) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(journal, flags)?;
        let average = |sql: &str| -> rusqlite::Result<usize> {
            let length: f64 = connection.query_row(sql, [], |row| row.get(0))?;
            Ok(length as usize)
        };
        Ok(Self {
            account: average(
                "select avg(octet_length(state) + octet_length(coalesce(contact, ''))) \
                 from account",
            )?,
            operation: average(
                "select avg(octet_length(body) + octet_length(records) + octet_length(type) \
                 + octet_length(coalesce(effects, ''))) from operation",
            )?,
            receipt: average("select avg(octet_length(body)) from receipt")?,
            tlv: average("select avg(octet_length(tlv)) from receipt")?,
        })
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account,
            operation,
            receipt,
            tlv,
        } = self;
        write!(f, "{account},{operation},{receipt},{tlv}")
    }
}

impl FromStr for Sizes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sizes: Result<Vec<usize>, _> = text.split(',').map(str::parse).collect();
        match sizes.as_deref() {
            Ok(&[account, operation, receipt, tlv]) => Ok(Self {
                account,
                operation,
                receipt,
                tlv,
            }),
            _ => Err(format!("four lengths are wanted, not {text}")),
        }
    }
}

/// Makes the database with these accounts.
pub(crate) fn open(
    path: &Path,
    sizes: Sizes,
    accounts: impl Iterator<Item = String>,
) -> Outcome<Connection> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "create table account (id integer primary key, number text not null unique, \
           state text not null) strict;
         create table operation (id integer primary key, key text not null, hash blob not null, \
           account integer not null, body text not null) strict;
         create table receipt (id integer primary key, operation integer not null, \
           account integer not null, body text not null, tlv blob not null) strict;",
    )?;
    let transaction = connection.transaction()?;
    for number in accounts {
        transaction
            .prepare_cached("insert into account (number, state) values (?1, ?2)")?
            .execute((number, "x".repeat(sizes.account)))?;
    }
    transaction.commit()?;
    Ok(connection)
}

/// The statements, and what they write.
pub(crate) struct Rows<'c> {
    select: CachedStatement<'c>,
    operation: CachedStatement<'c>,
    receipt: CachedStatement<'c>,
    update: CachedStatement<'c>,
    account_size: usize,
    texts: (String, String, Vec<u8>),
}

impl<'c> Rows<'c> {
    pub(crate) fn of(connection: &'c Connection, sizes: Sizes) -> rusqlite::Result<Self> {
        Ok(Self {
            select: connection.prepare_cached("select id, state from account where number = ?1")?,
            operation: connection.prepare_cached(
                "insert into operation (id, key, hash, account, body) values (?1, ?2, ?3, ?4, ?5)",
            )?,
            receipt: connection.prepare_cached(
                "insert into receipt (id, operation, account, body, tlv) \
                 values (?1, ?2, ?3, ?4, ?5)",
            )?,
            update: connection.prepare_cached("update account set state = ?2 where id = ?1")?,
            account_size: sizes.account,
            texts: (
                "o".repeat(sizes.operation),
                "r".repeat(sizes.receipt),
                vec![7; sizes.tlv],
            ),
        })
    }

    /// Writes the rows of operations, which get every second number from `next_id` on.
    pub(crate) fn write(
        &mut self,
        operations: &[Operation],
        next_id: &mut i64,
    ) -> rusqlite::Result<()> {
        let texts = &self.texts;
        for Operation { key, account, .. } in operations {
            let id = *next_id;
            let (account, mut state): (i64, String) = self
                .select
                .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let hash = [9_u8; 32];
            self.operation.execute((id, key, hash, account, &texts.0))?;
            let receipt = (id + 1, id, account, &texts.1, &texts.2);
            self.receipt.execute(receipt)?;
            // Other bytes, as many as before.
            let stamp = format!("{id:020}");
            state.truncate(self.account_size.saturating_sub(stamp.len()));
            state.push_str(&stamp);
            self.update.execute((account, &state))?;
            *next_id += 2;
        }
        Ok(())
    }
}
