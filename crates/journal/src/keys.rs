//! The bearer keys of the HTTP interface: only hashes are kept.

use std::fs::File;

use rusqlite::Connection;

use crate::{JournalError, Reader, Result, Store, files::empty_log, unix_ms};

/// What the holder of a key may change. Everybody may ask.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Scope {
    /// Operations, accounts and services: billing.
    #[default]
    Billing,
    /// Drives, receipts in doubt, the clock: the technician and the operator.
    Rack,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 2] = [Self::Billing, Self::Rack];

    /// The word used by the command line and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Rack => "rack",
        }
    }

    /// Reads [`Scope::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A bearer key, without the key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRow {
    /// The row.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// What its holder may change.
    pub scope: Scope,
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
                empty_log(&connection)?;
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
    pub fn add(&self, name: &str, hash: &[u8; 32], scope: Scope) -> Result<()> {
        let sql = "insert into api_key (name, hash, scope, created_at) values (?1, ?2, ?3, ?4) \
                   on conflict (name) do nothing";
        let row = (name, hash, scope.name(), unix_ms());
        if self.connection.execute(sql, row)? == 1 {
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
    let mut rows = connection.prepare_cached(
        "select id, name, hash, created_at, revoked_at, scope from api_key order by id",
    )?;
    let mut rows = rows.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let scope: String = row.get(5)?;
        let scope = Scope::from_name(&scope)
            .ok_or_else(|| JournalError::spoiled("key", format!("unknown scope {scope}")))?;
        keys.push(KeyRow {
            id: row.get(0)?,
            name: row.get(1)?,
            hash: row.get(2)?,
            scope,
            created_at: row.get(3)?,
            revoked_at: row.get(4)?,
        });
    }
    Ok(keys)
}
