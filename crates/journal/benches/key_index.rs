//! What it costs to know every idempotency key: operations per second into a store that holds many.
//!
//! ```text
//! cargo bench -p journal [-- rows]        200 000 rows by default
//! ```
//!
//! Three stores of equal rows take the same batches in turns, each batch one synced transaction:
//!
//! - the journal itself, through its writer: keys in memory and sorted slices;
//! - a bare loop over the same table with a unique index on the key;
//! - a bare loop over the same table with no guard against repeats at all.
//!
//! Absolute figures hold for this machine and its disk only; compare the ratios of one run.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use cassette::Class;
use engine::{Before, Channel, Config, Event, EventKind, Payment, Plan, Setup};
use journal::{
    Decider, Decision, NewDocument, NewOperation, ReadyReceipt, Refused, Store, Submitted, Writer,
};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// Operations in one transaction.
const BATCH: u64 = 64;
/// Batches in one turn.
const TURN: u64 = 256;
/// Turns of each store: together more operations than the journal keeps in memory, so that moving
/// them is part of the measurement.
const TURNS: u64 = 10;
/// Operations in one transaction while the stores are filled.
const FILL: u64 = 1_000;

/// Neither accounts nor receipts: only the operation's row is measured.
struct Nothing;

impl Decider for Nothing {
    fn config(&self) -> Config {
        Config::default()
    }

    fn decide(&self, _: &Setup, _: &Before, _: &Event) -> Result<Decision, Refused> {
        Ok(Decision {
            plan: Plan::default(),
            documents: Vec::new(),
            records: "[]".to_owned(),
        })
    }

    fn ready(&self, _: &str, _: &ReadyReceipt) -> Result<Decision, Refused> {
        Ok(Decision {
            plan: Plan::default(),
            documents: Vec::new(),
            records: "[]".to_owned(),
        })
    }

    fn document(
        &self,
        _: &engine::Receipt,
        _: &journal::Undone<'_>,
    ) -> Result<NewDocument, Refused> {
        let (class, tlv) = (Class::Correction, Vec::new());
        Ok(NewDocument { class, tlv })
    }
}

trait Target {
    fn store(&mut self, batch: Vec<NewOperation>);

    /// Waits until nothing is left to be done.
    fn finish(&mut self) {}
}

impl Target for Writer {
    fn store(&mut self, batch: Vec<NewOperation>) {
        let (reply, answer) = mpsc::channel();
        self.submit(
            batch,
            Box::new(move |answer| {
                let _ = reply.send(answer);
            }),
        );
        let answers = answer.recv().unwrap().unwrap();
        let is_new = |answer: &Submitted| matches!(answer, Submitted::Accepted { .. });
        assert!(answers.iter().all(is_new), "all keys are new");
    }

    /// Keys are moved after the answer.
    fn finish(&mut self) {
        let (reply, answer) = mpsc::channel();
        self.services(Box::new(move |services| {
            let _ = reply.send(services);
        }));
        answer.recv().unwrap().unwrap();
    }
}

/// The same table without the journal.
struct Bare {
    connection: Connection,
    next_id: i64,
}

impl Bare {
    fn open(path: &std::path::Path, before: &str) -> Self {
        let connection = Connection::open(path).unwrap();
        let settings = "pragma journal_mode = wal; pragma synchronous = full; \
                        pragma cache_size = -65536; pragma foreign_keys = on;";
        connection.execute_batch(settings).unwrap();
        let schema = include_str!("../src/schema/v1.sql");
        connection.execute_batch(schema).unwrap();
        connection.execute_batch(before).unwrap();
        Self {
            connection,
            next_id: 1 << 40,
        }
    }
}

impl Target for Bare {
    fn store(&mut self, batch: Vec<NewOperation>) {
        let run = |sql| {
            self.connection
                .prepare_cached(sql)
                .unwrap()
                .execute([])
                .unwrap()
        };
        run("begin immediate");
        let sql = "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, \
                   records, receipts, api_key) values (?1, ?2, ?3, ?4, ?5, null, 0, ?6, '[]', 0, null)";
        let mut insert = self.connection.prepare_cached(sql).unwrap();
        for operation in batch {
            self.next_id += 1;
            let hash = i64::from_le_bytes(operation.body_hash[..8].try_into().unwrap());
            let kind = operation.asked.name();
            let (id, body_hash) = (self.next_id, operation.body_hash);
            insert
                .execute((id, operation.key, hash, body_hash, kind, operation.body))
                .unwrap();
        }
        run("commit");
    }
}

/// Operations with keys as good as random, the same for each store.
fn operations(numbers: std::ops::Range<u64>) -> Vec<NewOperation> {
    let kind = EventKind::Payment(Payment {
        account: None,
        parts: Vec::new(),
        channel: Channel::BankRegistry,
        explicit: Vec::new(),
        purpose_period: None,
    });
    numbers
        .map(|number| {
            let digest: [u8; 32] = Sha256::digest(number.to_le_bytes()).into();
            let hex: String = digest[..16]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            NewOperation {
                in_bulk: false,
                body_hash: digest,
                body: format!(
                    "{{\"key\":\"{hex}\",\"comment\":\"{}\"}}",
                    "payment ".repeat(64)
                ),
                asked: Event {
                    id: hex.clone(),
                    date: "2026-11-05".parse().unwrap(),
                    kind: kind.clone(),
                }
                .into(),
                key: hex,
                callback: None,
                basis: None,
                api_key: None,
            }
        })
        .collect()
}

fn main() {
    // Cargo adds arguments of its own.
    let rows = std::env::args().find_map(|argument| argument.parse().ok());
    let rows: u64 = rows.unwrap_or(200_000);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let store = Store::in_folder(at("journal"));
    let writer = Writer::open(&store, Nothing, |_, _| {}).unwrap();
    let unique = Bare::open(&at("unique.db"), "");
    let none = Bare::open(&at("none.db"), "");
    let mut targets: [(&str, Box<dyn Target>, Duration); 3] = [
        ("the journal", Box::new(writer), Duration::ZERO),
        ("unique index on the key", Box::new(unique), Duration::ZERO),
        ("no index, repeats not seen", Box::new(none), Duration::ZERO),
    ];
    let begin = Instant::now();
    for first in (0..rows).step_by(FILL as usize) {
        for (_, target, _) in &mut targets {
            target.store(operations(first..rows.min(first + FILL)));
        }
    }
    // Built at once it is in order; that does not matter for what follows.
    let index = Connection::open(at("unique.db")).unwrap();
    let sql = "create unique index operation_key on operation (key)";
    index.execute_batch(sql).unwrap();
    drop(index);
    println!(
        "{rows} rows in each store after {:.1} s",
        begin.elapsed().as_secs_f64()
    );

    for turn in 0..TURNS {
        for (_, target, taken) in &mut targets {
            let first = rows + turn * TURN * BATCH;
            let batches = (0..TURN).map(|batch| first + batch * BATCH);
            let batches: Vec<_> = batches.map(|it| operations(it..it + BATCH)).collect();
            let begin = Instant::now();
            batches.into_iter().for_each(|batch| target.store(batch));
            target.finish();
            *taken += begin.elapsed();
        }
    }
    let stored = (TURNS * TURN * BATCH) as f64;
    let speed = |taken: &Duration| stored / taken.as_secs_f64();
    let fastest = speed(&targets[2].2);
    println!("{stored} more in batches of {BATCH}:");
    for (name, _, taken) in &targets {
        let speed = speed(taken);
        println!("{name:28} {speed:>8.0} rows/s  {:.2}", speed / fastest);
    }
}
