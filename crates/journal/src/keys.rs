//! The bearer keys of the HTTP interface: only hashes are kept.

use std::fs::File;

use rusqlite::Connection;

use crate::{JournalError, Reader, Result, Store, unix_ms};

/// A bearer key, without the key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRow {
    /// The row.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// When it was revoked; none while it is valid.
    pub revoked_at: Option<i64>,
}

/// The administrator's hand on the keys. It works beside a running program, which reads the keys
/// anew now and then: nothing but the keys is touched.
#[derive(Debug)]
pub struct KeyRing {
    connection: Connection,
    /// Held when no program runs, so that none starts meanwhile.
    _lock: Option<File>,
}

impl KeyRing {
    /// Opens the keys of the journal in `store`; the journal is made if there is none.
    ///
    /// # Errors
    /// When the file cannot be opened, or is newer than this program.
    pub fn open(store: &Store) -> Result<Self> {
        match store.lock() {
            Ok(lock) => {
                let connection = store.open_for_writing(unix_ms())?;
                Ok(Self {
                    connection,
                    _lock: lock,
                })
            }
            Err(JournalError::InUse(_)) => Ok(Self {
                connection: store.open_beside()?,
                _lock: None,
            }),
            Err(error) => Err(error),
        }
    }

    /// Adds a key by its SHA-256.
    ///
    /// # Errors
    /// When a key of this name exists, or the database fails.
    pub fn add(&self, name: &str, hash: &[u8; 32]) -> Result<()> {
        let sql = "insert into api_key (name, hash, created_at) values (?1, ?2, ?3) \
                   on conflict (name) do nothing";
        if self.connection.execute(sql, (name, hash, unix_ms()))? == 1 {
            return Ok(());
        }
        Err(JournalError::contradiction(
            format!("the key «{name}»"),
            "a key of this name exists or existed; choose another name",
        ))
    }

    /// Revokes a key; says whether there was a valid one of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn revoke(&self, name: &str) -> Result<bool> {
        let sql = "update api_key set revoked_at = ?2 where name = ?1 and revoked_at is null";
        Ok(self.connection.execute(sql, (name, unix_ms()))? == 1)
    }

    /// All keys, also revoked ones.
    ///
    /// # Errors
    /// When the database fails.
    pub fn list(&self) -> Result<Vec<KeyRow>> {
        list(&self.connection)
    }
}

impl Reader {
    /// All keys, also revoked ones.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keys(&self) -> Result<Vec<KeyRow>> {
        self.with(list)
    }
}

fn list(connection: &Connection) -> Result<Vec<KeyRow>> {
    let mut rows = connection
        .prepare_cached("select id, name, hash, created_at, revoked_at from api_key order by id")?;
    let rows = rows.query_map([], |row| {
        Ok(KeyRow {
            id: row.get(0)?,
            name: row.get(1)?,
            hash: row.get(2)?,
            created_at: row.get(3)?,
            revoked_at: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
