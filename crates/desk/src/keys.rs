//! Who is at the door: the holders of API keys.

use std::time::Duration;

use journal::Scope;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::Desk;

/// How old the API keys may be that the desk goes by.
const KEYS_FRESH: Duration = Duration::from_secs(1);
/// The same when somebody shows a key that is not among them.
const KEYS_ASKED: Duration = Duration::from_millis(100);

/// The API keys as they were read last.
#[derive(Default)]
pub(crate) struct KnownKeys {
    rows: Vec<journal::KeyRow>,
    read_at: Option<Instant>,
}

/// Who is at the door.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyIdentity {
    /// The key's row.
    pub id: i64,
    /// The key's name.
    pub name: String,
    /// What its holder may change.
    pub scope: Scope,
}

impl Desk {
    /// Who holds this key; none when it is unknown or revoked. Changes made by the administrator
    /// are seen within a second.
    pub fn who(&self, key: &str) -> Option<KeyIdentity> {
        let hash = key_hash(key);
        let mut known = self.known_keys();
        let age = known.read_at.map(|at| at.elapsed());
        let is_known = known.rows.iter().any(|row| row.hash == hash);
        // A key that was made just now is known at once, but a stranger may not make us read at
        // every try.
        let fresh = if is_known { KEYS_FRESH } else { KEYS_ASKED };
        if age.is_none_or(|age| age > fresh) {
            match self.reader().keys() {
                Ok(rows) => {
                    *known = KnownKeys {
                        rows,
                        read_at: Some(Instant::now()),
                    }
                }
                Err(error) => tracing::error!(%error, "the keys cannot be read"),
            }
        }
        known
            .rows
            .iter()
            // Hashes of random keys: how long the comparison takes tells nothing of use.
            .find(|row| row.revoked_at.is_none() && row.hash == hash)
            .map(|row| KeyIdentity {
                id: row.id,
                name: row.name.clone(),
                scope: row.scope,
            })
    }
}

/// What is kept of an API key: its SHA-256.
pub fn key_hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
