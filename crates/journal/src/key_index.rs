//! Which operation has which idempotency key.
//!
//! Measured with batches of 64 rows on a million rows: a unique index over random keys takes eight
//! ninths of the insert speed, because each new row dirties a page of its own. So new keys go to
//! memory only (the `operation` row itself holds the key), and every [`HOT_MAX`] operations the
//! older ones move to the table `key_index` in slices of [`SLICE`] neighbours, one slice per
//! transaction. After a crash the memory part is read back from `operation`.
//!
//! The index holds 64-bit hashes; equal hashes are told apart by the key in the operation's row.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::Result;

/// How many keys may wait in memory before they are moved: about 6 MB.
const HOT_MAX: usize = 131_072;
/// How many neighbours are moved in one transaction.
const SLICE: usize = 512;

pub(crate) struct KeyIndex {
    /// The newest keys.
    hot: HashMap<i64, Vec<i64>>,
    hot_len: usize,
    /// Being moved: sorted, the greatest hash first; still found in memory until the last slice.
    moving: Vec<(i64, i64)>,
    moving_upto: i64,
    cold: HashMap<i64, Vec<i64>>,
}

/// The hash of a key that the index holds.
pub(crate) fn key_hash(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_le_bytes(bytes)
}

impl KeyIndex {
    /// Reads back the keys that have not been moved.
    pub(crate) fn open(connection: &Connection) -> Result<Self> {
        let upto: i64 = connection.query_row(
            "select value from progress where name = 'key_index_upto'",
            [],
            |row| row.get(0),
        )?;
        let mut index = Self {
            hot: HashMap::new(),
            hot_len: 0,
            moving: Vec::new(),
            moving_upto: upto,
            cold: HashMap::new(),
        };
        let mut rows =
            connection.prepare("select key_hash, id from operation where id > ?1 order by id")?;
        let mut rows = rows.query([upto])?;
        while let Some(row) = rows.next()? {
            index.note(row.get(0)?, row.get(1)?);
        }
        Ok(index)
    }

    /// The operation with this key, if there is one.
    pub(crate) fn find(&self, connection: &Connection, key: &str) -> Result<Option<i64>> {
        let hash = key_hash(key);
        let in_memory = [&self.hot, &self.cold]
            .into_iter()
            .filter_map(|keys| keys.get(&hash))
            .flatten()
            .copied();
        let mut moved =
            connection.prepare_cached("select operation from key_index where key_hash = ?1")?;
        let moved = moved.query_map([hash], |row| row.get(0))?;
        let candidates: Vec<i64> = in_memory
            .map(Ok)
            .chain(moved)
            .collect::<std::result::Result<_, _>>()?;
        for operation in candidates {
            let mut row =
                connection.prepare_cached("select 1 from operation where id = ?1 and key = ?2")?;
            if row
                .query_row((operation, key), |_| Ok(()))
                .optional()?
                .is_some()
            {
                return Ok(Some(operation));
            }
        }
        Ok(None)
    }

    /// Takes a new key in; its operation's row is part of the current transaction.
    pub(crate) fn note(&mut self, hash: i64, operation: i64) {
        self.hot.entry(hash).or_default().push(operation);
        self.hot_len += 1;
    }

    /// Forgets keys whose work was rolled back.
    pub(crate) fn forget(&mut self, keys: &[(i64, i64)]) {
        for (hash, operation) in keys {
            if let Some(operations) = self.hot.get_mut(hash) {
                operations.retain(|known| known != operation);
                self.hot_len -= 1;
            }
        }
    }

    /// Moves a slice of the older keys, if there are enough of them, as part of the current
    /// transaction; call [`KeyIndex::moved`] with the answer once that is committed.
    pub(crate) fn move_slice(&mut self, connection: &Connection) -> Result<usize> {
        if self.moving.is_empty() {
            if self.hot_len < HOT_MAX {
                return Ok(0);
            }
            self.cold = std::mem::take(&mut self.hot);
            self.hot_len = 0;
            let pairs = |(hash, operations): (&i64, &Vec<i64>)| {
                operations
                    .iter()
                    .map(|operation| (*hash, *operation))
                    .collect::<Vec<_>>()
            };
            self.moving = self.cold.iter().flat_map(pairs).collect();
            self.moving.sort_unstable_by(|a, b| b.cmp(a));
            let newest = self.moving.iter().map(|(_, operation)| *operation).max();
            self.moving_upto = newest.unwrap_or(self.moving_upto);
        }
        let count = SLICE.min(self.moving.len());
        let mut insert = connection.prepare_cached(
            "insert or ignore into key_index (key_hash, operation) values (?1, ?2)",
        )?;
        for (hash, operation) in self.moving.iter().rev().take(count) {
            insert.execute((hash, operation))?;
        }
        if count == self.moving.len() {
            connection.execute(
                "update progress set value = ?1 where name = 'key_index_upto'",
                [self.moving_upto],
            )?;
        }
        Ok(count)
    }

    /// The slice of `count` keys is durable.
    pub(crate) fn moved(&mut self, count: usize) {
        self.moving.truncate(self.moving.len() - count);
        if self.moving.is_empty() && count > 0 {
            self.cold = HashMap::new();
        }
    }
}
