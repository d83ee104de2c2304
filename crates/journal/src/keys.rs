//! The keys of the HTTP interface: of their secrets only hashes are kept.

mod scope;

use std::{fs::File, time::Duration};

use ipnet::IpNet;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};
use terms::Inn;

use crate::{JournalError, Reader, Result, Store, files::empty_log, unix_ms};

pub use scope::{Scope, Scopes};

/// The longest name of a key, in characters.
const NAME_MAX: usize = 64;
/// The longest comment, in characters.
const COMMENT_MAX: usize = 500;
/// The most networks of one key.
const RANGES_MAX: usize = 64;

/// How often a key may come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// Requests per second in the long run.
    pub per_second: u32,
    /// Requests at once, after a pause.
    pub burst: u32,
}

impl RateLimit {
    /// The largest of either number.
    pub const MAX: u32 = 1_000_000;

    const fn is_valid(self) -> bool {
        matches!(self.per_second, 1..=Self::MAX) && matches!(self.burst, 1..=Self::MAX)
    }
}

/// A key that is to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewKey {
    /// What people call it: 1 to 64 characters, unlike that of every key before.
    pub name: String,
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// What its holder may do; at least one.
    pub scopes: Scopes,
    /// The organisation that it is for.
    pub organisation: Inn,
    /// The networks that it may come from; none: from everywhere. At most 64.
    pub ranges: Vec<IpNet>,
    /// How often it may come; none: as often as it likes.
    pub rate: Option<RateLimit>,
    /// When it ceases to be valid, milliseconds since 1970; none: never.
    pub expires_at: Option<i64>,
    /// What people want to know of it, at most 500 characters.
    pub comment: String,
}

impl NewKey {
    /// A key that is valid from everywhere, for ever, and as often as its holder likes.
    pub fn new(
        name: impl Into<String>,
        hash: [u8; 32],
        scopes: impl IntoIterator<Item = Scope>,
        organisation: Inn,
    ) -> Self {
        Self {
            name: name.into(),
            hash,
            scopes: scopes.into_iter().collect(),
            organisation,
            ranges: Vec::new(),
            rate: None,
            expires_at: None,
            comment: String::new(),
        }
    }

    fn check(&self) -> Result<()> {
        let fits = |text: &str, max: usize| {
            text.chars().count() <= max && !text.chars().any(char::is_control)
        };
        let wrong = if self.name.trim() != self.name || self.name.is_empty() {
            "its name has at least one character, and no blank at its ends"
        } else if !fits(&self.name, NAME_MAX) {
            "its name has at most 64 characters and no control characters"
        } else if !fits(&self.comment, COMMENT_MAX) {
            "its comment has at most 500 characters and no control characters"
        } else if self.scopes.is_empty() {
            "it has at least one scope"
        } else if self.ranges.len() > RANGES_MAX {
            "it has at most 64 networks"
        } else if self.rate.is_some_and(|rate| !rate.is_valid()) {
            "rate and burst are 1 to 1000000"
        } else {
            return Ok(());
        };
        Err(JournalError::contradiction(self.what(), wrong))
    }

    fn what(&self) -> String {
        format!("the key «{}»", self.name)
    }
}

/// A key, without its secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRow {
    /// The row.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// What its holder may do.
    pub scopes: Scopes,
    /// The organisation that it is for.
    pub organisation: Inn,
    /// The networks that it may come from; none: from everywhere.
    pub ranges: Vec<IpNet>,
    /// How often it may come; none: as often as it likes.
    pub rate: Option<RateLimit>,
    /// What people want to know of it.
    pub comment: String,
    /// Milliseconds since 1970, as all moments here.
    pub created_at: i64,
    /// When it ceases to be valid; none: never.
    pub expires_at: Option<i64>,
    /// When it was used last, a minute late at most; none: never.
    pub last_used_at: Option<i64>,
    /// When it was revoked; none while it is valid.
    pub revoked_at: Option<i64>,
    /// Its secret, and those that it has replaced.
    pub secrets: Vec<KeySecret>,
}

/// What is kept of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeySecret {
    /// SHA-256.
    pub hash: [u8; 32],
    /// When it ceases to be valid as another one has replaced it; none: it is the present one.
    pub valid_until: Option<i64>,
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

    /// Adds a key.
    ///
    /// # Errors
    /// When it is not as [`NewKey`] says, a key of this name exists or existed, or the database
    /// fails.
    pub fn add(&self, key: &NewKey) -> Result<()> {
        key.check()?;
        let transaction = self.begin()?;
        let (scopes, ranges) = (
            json(key.scopes.iter().map(Scope::name))?,
            json(key.ranges.iter().map(IpNet::to_string))?,
        );
        let added = transaction.execute(
            "insert into api_key (name, organisation, scopes, ranges, rate, burst, comment, \
             created_at, expires_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             on conflict (name) do nothing",
            (
                &key.name,
                key.organisation.to_string(),
                scopes,
                ranges,
                key.rate.map(|rate| rate.per_second),
                key.rate.map(|rate| rate.burst),
                &key.comment,
                unix_ms(),
                key.expires_at,
            ),
        )?;
        if added != 1 {
            return Err(JournalError::contradiction(
                key.what(),
                "a key of this name exists or existed; choose another name",
            ));
        }
        add_secret(&transaction, transaction.last_insert_rowid(), &key.hash)?;
        Ok(transaction.commit()?)
    }

    /// Gives a key a new secret; those that it has are valid for `overlap` yet. Says whether there
    /// was a key of this name that was neither revoked nor expired.
    ///
    /// # Errors
    /// When the database fails.
    pub fn roll(&self, name: &str, hash: &[u8; 32], overlap: Duration) -> Result<bool> {
        let transaction = self.begin()?;
        let now = unix_ms();
        let id: Option<i64> = transaction
            .query_row(
                "select id from api_key where name = ?1 and revoked_at is null \
                 and (expires_at is null or expires_at > ?2)",
                (name, now),
                |row| row.get(0),
            )
            .optional()?;
        let Some(id) = id else {
            return Ok(false);
        };
        let overlap = i64::try_from(overlap.as_millis()).unwrap_or(i64::MAX);
        transaction.execute(
            "update api_secret set valid_until = min(coalesce(valid_until, ?2), ?2) \
             where api_key = ?1",
            (id, now.saturating_add(overlap)),
        )?;
        add_secret(&transaction, id, hash)?;
        transaction.commit()?;
        Ok(true)
    }

    /// Revokes a key with all its secrets; says whether there was a valid one of this name.
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

    fn begin(&self) -> Result<Transaction<'_>> {
        let behaviour = TransactionBehavior::Immediate;
        Ok(Transaction::new_unchecked(&self.connection, behaviour)?)
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

/// Notes when keys (their rows) were used last, milliseconds since 1970.
pub(crate) fn note_uses(connection: &Connection, uses: &[(i64, i64)]) -> Result<()> {
    let mut note = connection.prepare_cached(
        "update api_key set last_used_at = max(coalesce(last_used_at, ?2), ?2) where id = ?1",
    )?;
    for used in uses {
        note.execute(*used)?;
    }
    Ok(())
}

fn add_secret(connection: &Connection, key: i64, hash: &[u8; 32]) -> Result<()> {
    connection
        .execute(
            "insert into api_secret (hash, api_key, created_at) values (?1, ?2, ?3)",
            (hash, key, unix_ms()),
        )
        .map_err(|error| JournalError::storing("the secret of a key", error))?;
    Ok(())
}

fn list(connection: &Connection) -> Result<Vec<KeyRow>> {
    let mut rows = connection.prepare_cached(
        "select k.id, k.name, k.organisation, k.scopes, k.ranges, k.rate, k.burst, k.comment, \
         k.created_at, k.expires_at, k.last_used_at, k.revoked_at, s.hash, s.valid_until \
         from api_key k join api_secret s on s.api_key = k.id \
         order by k.id, s.created_at, s.valid_until is null",
    )?;
    let mut rows = rows.query([])?;
    let mut keys: Vec<KeyRow> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        let secret = KeySecret {
            hash: row.get("hash")?,
            valid_until: row.get("valid_until")?,
        };
        match keys.last_mut() {
            Some(key) if key.id == id => key.secrets.push(secret),
            _ => keys.push(read_key(id, row, secret)?),
        }
    }
    Ok(keys)
}

fn read_key(id: i64, row: &Row<'_>, secret: KeySecret) -> Result<KeyRow> {
    let spoiled = |why: String| JournalError::spoiled(format!("key {id}"), why);
    let scope = |name: &String| {
        Scope::from_name(name).ok_or_else(|| spoiled(format!("unknown scope {name}")))
    };
    let range = |text: &String| {
        let range = text.parse::<IpNet>();
        range.map_err(|why| spoiled(format!("network {text}: {why}")))
    };
    let organisation: String = row.get("organisation")?;
    let scopes = list_of(&row.get::<_, String>("scopes")?).map_err(&spoiled)?;
    let ranges = list_of(&row.get::<_, String>("ranges")?).map_err(&spoiled)?;
    let rate: (Option<u32>, Option<u32>) = (row.get("rate")?, row.get("burst")?);
    Ok(KeyRow {
        id,
        name: row.get("name")?,
        scopes: scopes.iter().map(scope).collect::<Result<_>>()?,
        organisation: organisation
            .parse()
            .map_err(|why: terms::TermError| spoiled(why.to_string()))?,
        ranges: ranges.iter().map(range).collect::<Result<_>>()?,
        rate: rate
            .0
            .zip(rate.1)
            .map(|(per_second, burst)| RateLimit { per_second, burst }),
        comment: row.get("comment")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
        secrets: vec![secret],
    })
}

fn json(names: impl Iterator<Item = impl Into<String>>) -> Result<String> {
    let names: Vec<String> = names.map(Into::into).collect();
    serde_json::to_string(&names).map_err(|why| JournalError::contradiction("a key", why))
}

fn list_of(json: &str) -> std::result::Result<Vec<String>, String> {
    serde_json::from_str(json).map_err(|why| why.to_string())
}
