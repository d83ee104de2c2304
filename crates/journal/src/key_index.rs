//! Which operation has which idempotency key.
//!
//! Keys are random, and a unique index over random keys dirties a page of its own for each new row
//! (`benches/key_index.rs` measures what that costs). So new keys go to memory only (the
//! `operation` row itself holds the key), and every [`Limits::hot_max`] operations the older ones
//! move to the table `key_index` in slices of [`Limits::slice`] or more neighbours, one slice after each
//! transaction. After a crash the memory part is read back from `operation`.
//!
//! The index holds 64-bit hashes; equal hashes are told apart by the key in the operation's row.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::Result;

/// The sizes of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many keys may wait in memory before they are moved.
    pub(crate) hot_max: usize,
    /// How many neighbours are moved in one transaction at the least.
    pub(crate) slice: usize,
    /// The hash that the index holds; only tests take another, to meet equal ones.
    pub(crate) hash: fn(&str) -> i64,
}

impl Default for Limits {
    /// About 3 MB of memory, half as much again while keys are moved.
    fn default() -> Self {
        Self {
            hot_max: 131_072,
            slice: 512,
            hash: key_hash,
        }
    }
}

/// Pairs of hash and operation, ordered: neighbours in memory are neighbours in the table.
type Keys = BTreeSet<(i64, i64)>;

#[derive(Debug)]
pub(crate) struct KeyIndex {
    limits: Limits,
    /// The newest keys.
    hot: Keys,
    /// How many there were when a slice was moved last.
    hot_before: usize,
    /// Keys on their way to the table; each stays here until its slice is durable.
    moving: Keys,
    /// The newest operation of those that are moved together: all before it are moved, too.
    moving_upto: i64,
}

/// The hash of a key: the first eight bytes of its SHA-256.
pub(crate) fn key_hash(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_le_bytes(bytes)
}

impl KeyIndex {
    /// Reads back the keys that have not been moved.
    pub(crate) fn open(connection: &Connection, limits: Limits) -> Result<Self> {
        let upto: i64 = connection.query_row(
            "select value from progress where name = 'key_index_upto'",
            [],
            |row| row.get(0),
        )?;
        let mut index = Self {
            limits,
            hot: Keys::new(),
            hot_before: 0,
            moving: Keys::new(),
            moving_upto: upto,
        };
        let mut rows = connection.prepare("select key_hash, id from operation where id > ?1")?;
        let mut rows = rows.query([upto])?;
        while let Some(row) = rows.next()? {
            index.note(row.get(0)?, row.get(1)?);
        }
        Ok(index)
    }

    /// The hash under which a key is noted.
    pub(crate) fn hash(&self, key: &str) -> i64 {
        (self.limits.hash)(key)
    }

    /// The operation with this key, if there is one.
    pub(crate) fn find(&self, connection: &Connection, key: &str) -> Result<Option<i64>> {
        let hash = self.hash(key);
        let same_hash = (hash, i64::MIN)..=(hash, i64::MAX);
        let mut candidates: Vec<i64> = [&self.hot, &self.moving]
            .into_iter()
            .flat_map(|keys| keys.range(same_hash.clone()))
            .map(|(_, operation)| *operation)
            .collect();
        let mut moved =
            connection.prepare_cached("select operation from key_index where key_hash = ?1")?;
        let mut moved = moved.query([hash])?;
        while let Some(row) = moved.next()? {
            candidates.push(row.get(0)?);
        }
        for operation in candidates {
            let mut row =
                connection.prepare_cached("select 1 from operation where id = ?1 and key = ?2")?;
            let row = row.query_row((operation, key), |_| Ok(())).optional()?;
            if row.is_some() {
                return Ok(Some(operation));
            }
        }
        Ok(None)
    }

    /// Takes a new key in; its operation's row is part of the current transaction.
    pub(crate) fn note(&mut self, hash: i64, operation: i64) {
        self.hot.insert((hash, operation));
    }

    /// Forgets keys that were noted in a transaction, or a part of one, that is rolled back.
    pub(crate) fn forget(&mut self, keys: &[(i64, i64)]) {
        for key in keys {
            self.hot.remove(key);
        }
    }

    /// Moves a slice of the older keys, if there are enough of them, in a transaction of its own.
    ///
    /// Call it between transactions: what waits in memory then is durable, so that nothing gets
    /// moved whose operation is rolled back.
    ///
    /// # Errors
    /// When the database fails; then the same slice is moved the next time.
    pub(crate) fn move_slice(&mut self, connection: &Connection) -> Result<()> {
        if self.moving.is_empty() {
            if self.hot.len() < self.limits.hot_max {
                return Ok(());
            }
            self.moving = std::mem::take(&mut self.hot);
            let newest = self.moving.iter().map(|(_, operation)| *operation).max();
            self.moving_upto = newest.unwrap_or(self.moving_upto);
        }
        // Twice as many as came meanwhile: so memory is bounded however fast they come.
        let new = self.hot.len().saturating_sub(self.hot_before);
        let count = self.limits.slice.max(2 * new).min(self.moving.len());
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        // What a crash has interrupted is moved once more.
        let mut insert = transaction.prepare_cached(
            "insert or ignore into key_index (key_hash, operation) values (?1, ?2)",
        )?;
        for key in self.moving.iter().take(count) {
            insert.execute(*key)?;
        }
        drop(insert);
        if count == self.moving.len() {
            transaction.execute(
                "update progress set value = ?1 where name = 'key_index_upto'",
                [self.moving_upto],
            )?;
        }
        transaction.commit()?;
        for _ in 0..count {
            self.moving.pop_first();
        }
        self.hot_before = self.hot.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// What happens to a journal, as far as keys are concerned.
    #[derive(Clone, Debug)]
    enum Step {
        /// A transaction with these keys is committed.
        Commit(Vec<u16>),
        /// A transaction with these keys fails as a whole; the program goes on.
        Fail(Vec<u16>),
        /// A part of a transaction fails; the rest is committed.
        FailPartly(Vec<u16>, Vec<u16>),
        /// The program dies after having written these keys, before the commit, and starts again.
        Die(Vec<u16>),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let keys = || prop::collection::vec(0..256_u16, 0..6);
        prop_oneof![
            6 => keys().prop_map(Step::Commit),
            1 => keys().prop_map(Step::Fail),
            1 => (keys(), keys()).prop_map(|(failed, stored)| Step::FailPartly(failed, stored)),
            1 => keys().prop_map(Step::Die),
        ]
    }

    /// Only eleven hashes: every one belongs to many keys.
    fn colliding(key: &str) -> i64 {
        key_hash(key) % 11
    }

    struct Play {
        connection: Connection,
        limits: Limits,
        index: KeyIndex,
        model: HashMap<String, i64>,
        last_id: i64,
    }

    impl Play {
        fn new(limits: Limits) -> Self {
            let connection = Connection::open_in_memory().unwrap();
            connection
                .execute_batch(include_str!("schema/v1.sql"))
                .unwrap();
            Self {
                index: KeyIndex::open(&connection, limits).unwrap(),
                connection,
                limits,
                model: HashMap::new(),
                last_id: 0,
            }
        }

        fn run(&self, sql: &str) {
            self.connection.execute_batch(sql).unwrap();
        }

        /// Submits keys; the new ones with their operations.
        fn submit(&mut self, keys: &[u16]) -> Vec<(String, i64, (i64, i64))> {
            let mut new: Vec<(String, i64, (i64, i64))> = Vec::new();
            for key in keys.iter().map(|key| format!("K{key}")) {
                let here = new.iter().find(|(known, ..)| *known == key);
                let expected = self.model.get(&key).copied().or(here.map(|(_, id, _)| *id));
                let found = self.index.find(&self.connection, &key).unwrap();
                assert_eq!(found, expected, "{key}");
                if found.is_some() {
                    continue;
                }
                self.last_id += 1;
                let (id, hash) = (self.last_id, self.index.hash(&key));
                let sql = "insert into operation (id, key, key_hash, body_hash, type, delta, body, \
                           records, receipts) values (?1, ?2, ?3, x'', 'payment', 0, '{}', '[]', 0)";
                self.connection.execute(sql, (id, &key, hash)).unwrap();
                self.index.note(hash, id);
                new.push((key, id, (hash, id)));
            }
            new
        }

        fn step(&mut self, step: &Step) {
            self.run("begin");
            let noted = |new: &[(String, i64, (i64, i64))]| -> Vec<(i64, i64)> {
                new.iter().map(|(.., noted)| *noted).collect()
            };
            let stored = match step {
                Step::Commit(keys) => self.submit(keys),
                Step::FailPartly(failed, keys) => {
                    self.run("savepoint part");
                    let new = self.submit(failed);
                    self.index.forget(&noted(&new));
                    self.run("rollback to part; release part");
                    self.submit(keys)
                }
                Step::Fail(keys) => {
                    let new = self.submit(keys);
                    self.run("rollback");
                    self.index.forget(&noted(&new));
                    return;
                }
                Step::Die(keys) => {
                    self.submit(keys);
                    self.run("rollback");
                    self.index = KeyIndex::open(&self.connection, self.limits).unwrap();
                    return;
                }
            };
            self.run("commit");
            self.model
                .extend(stored.into_iter().map(|(key, id, _)| (key, id)));
            self.index.move_slice(&self.connection).unwrap();
        }
    }

    proptest! {
        #[test]
        fn a_key_is_found_wherever_it_is_kept(
            steps in prop::collection::vec(any_step(), 1..80),
            hot_max in 1_usize..12,
            slice in 1_usize..5,
            collide in any::<bool>(),
        ) {
            let hash = if collide { colliding } else { key_hash };
            let mut play = Play::new(Limits { hot_max, slice, hash });
            for step in &steps {
                play.step(step);
            }
            for key in (0..256).map(|key| format!("K{key}")) {
                let found = play.index.find(&play.connection, &key).unwrap();
                prop_assert_eq!(found, play.model.get(&key).copied(), "{}", key);
            }
        }
    }

    #[test]
    fn memory_is_given_free_once_the_keys_are_in_the_table() {
        let (hot_max, slice) = (8, 3);
        let mut play = Play::new(Limits {
            hot_max,
            slice,
            hash: key_hash,
        });
        // Three slices: 3, 3 and 2 keys.
        play.step(&Step::Commit((0..8).collect()));
        for left in [5, 2, 0] {
            assert_eq!(play.index.moving.len(), left);
            play.step(&Step::Commit(Vec::new()));
        }
        assert!(play.index.hot.is_empty());
        let again = KeyIndex::open(&play.connection, play.limits).unwrap();
        assert!(again.hot.is_empty(), "all is said to be in the table");
    }

    #[test]
    fn memory_is_bounded_though_more_keys_come_than_a_slice_has() {
        let (hot_max, slice, hash) = (20, 1, key_hash as fn(&str) -> i64);
        let mut play = Play::new(Limits {
            hot_max,
            slice,
            hash,
        });
        for batch in 0..200 {
            play.step(&Step::Commit((batch * 10..batch * 10 + 10).collect()));
            assert!(play.index.hot.len() + play.index.moving.len() <= 3 * hot_max);
        }
        assert_eq!(play.model.len(), 2_000);
    }
}
