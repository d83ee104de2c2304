//! Month-end charges on their way to the disk, in batches of one transaction each: through the
//! desk, through the journal with the engine alone deciding, and by a bare loop of prepared
//! statements on the same schema with rows as long.

use std::{fmt, path::Path, sync::mpsc, time::Instant};

use cassette::Class;
use desk::{Desk, Limits, NewOperation, Submitted};
use engine::{Before, Config, Event, Setup, apply};
use journal::{Decider, Decision, NewReceipt, Refused, Store, Writer};
use rusqlite::{Connection, OpenFlags};

use crate::{
    month,
    provider::{self, Outcome},
};

/// Operations of a batch.
const BATCH: usize = 1_000;
/// Batches under way at a time: the writer never waits for the next.
const AHEAD: usize = 4;
/// As the journal's writer has it.
const CACHE_KIB: i64 = 64 * 1024;

/// Microseconds for one charge.
pub(crate) struct Stored {
    sizes: Sizes,
    count: usize,
    desk: f64,
    journal: f64,
    bare: f64,
}

impl Stored {
    pub(crate) fn journal_ratio(&self) -> f64 {
        self.journal / self.bare
    }

    pub(crate) fn desk_ratio(&self) -> f64 {
        self.desk / self.bare
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sizes)?;
        let (count, rate) = (self.count, |us: f64| 1e6 / us);
        write!(
            f,
            "{count} charges: bare loop {:.1} µs ({:.0}/s), engine and journal {:.1} µs ({:.0}/s), \
             the whole desk {:.1} µs ({:.0}/s)",
            self.bare,
            rate(self.bare),
            self.journal,
            rate(self.journal),
            self.desk,
            rate(self.desk),
        )
    }
}

/// How long the texts and bytes of a row are, on average.
#[derive(Clone, Copy)]
struct Sizes {
    account: usize,
    operation: usize,
    receipt: usize,
    tlv: usize,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "rows: account {} B, operation {} B, receipt {} + {} B",
            self.account, self.operation, self.receipt, self.tlv
        )
    }
}

/// Stores `count` charges in each way.
pub(crate) fn measure(count: usize) -> Outcome<Stored> {
    let folder = provider::folder("rows")?;
    let [by_desk, by_journal, bare] =
        ["desk", "journal", "bare"].map(|name| folder.path().join(name));
    let servers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let desk = servers.block_on(through_desk(&by_desk, count))?;
    servers.shutdown_background();
    let (schema, sizes) = look_into(&by_desk.join("kassette.db"))?;
    let journal = through_journal(&by_journal, count, sizes)?;
    std::fs::create_dir_all(&bare)?;
    let bare = by_bare_loop(&bare.join("bare.db"), &schema, count, sizes)?;
    Ok(Stored {
        sizes,
        count,
        desk,
        journal,
        bare,
    })
}

async fn through_desk(folder: &Path, count: usize) -> Outcome<f64> {
    let away = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let slots = vec![format!("tcp:{away}").parse()?];
    let mut setup = provider::setup(folder, slots, away.into(), Limits::default())?;
    setup.receipts = month::setup()?.config;
    let desk = Desk::open(setup)?;
    desk.put_services(month::setup()?.services).await?;
    for first in (0..count).step_by(BATCH) {
        let accounts = (first..count.min(first + BATCH)).map(month::account);
        desk.put_accounts(accounts.collect::<Outcome<_>>()?).await?;
    }
    let mut batches = Vec::new();
    for first in (0..count).step_by(BATCH) {
        let operations = (first..count.min(first + BATCH)).map(|index| {
            let event = month::charge(index)?;
            Ok(NewOperation {
                key: event.id.clone(),
                body: body(index),
                event,
            })
        });
        batches.push(operations.collect::<Outcome<Vec<_>>>()?);
    }
    let started = Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    for batch in batches {
        if under_way.len() == AHEAD {
            check_all(under_way.join_next().await)?;
        }
        let desk = desk.clone();
        under_way.spawn(async move { desk.submit(batch, None).await });
    }
    while let Some(done) = under_way.join_next().await {
        check_all(Some(done))?;
    }
    let us = started.elapsed().as_secs_f64() * 1e6 / count as f64;
    desk.close().await;
    Ok(us)
}

type Done = Result<Result<Vec<Submitted>, desk::DeskError>, tokio::task::JoinError>;

fn check_all(done: Option<Done>) -> Outcome {
    for submitted in done.ok_or("nothing is under way")??? {
        if !matches!(submitted, Submitted::Accepted { .. }) {
            return Err(format!("a charge came to {submitted:?}").into());
        }
    }
    Ok(())
}

/// The engine decides; texts and bytes of rows are only as long as the desk's.
struct Filler {
    config: Config,
    body: String,
    tlv: Vec<u8>,
}

impl Decider for Filler {
    fn config(&self) -> Config {
        self.config.clone()
    }

    fn decide(&self, setup: &Setup, before: &Before, event: &Event) -> Result<Decision, Refused> {
        let plan = apply(setup, before, event).map_err(|refusal| Refused {
            code: refusal.code(),
            message: refusal.to_string(),
        })?;
        let receipts = plan.receipts.iter().map(|receipt| NewReceipt {
            class: Class::Charge,
            tax_system: receipt.tax_system,
            sign: receipt.operation,
            total: receipt.total,
            body: self.body.clone(),
            tlv: self.tlv.clone(),
        });
        Ok(Decision {
            receipts: receipts.collect(),
            plan,
            records: "[]".to_owned(),
        })
    }
}

fn through_journal(folder: &Path, count: usize, sizes: Sizes) -> Outcome<f64> {
    let setup = month::setup()?;
    let filler = Filler {
        config: setup.config,
        body: text(sizes.receipt, 'r'),
        tlv: vec![7; sizes.tlv],
    };
    let writer = Writer::open(&Store::in_folder(folder), filler, |_, _| {})?;
    let (replies, answers) = mpsc::channel();
    let answer = replies.clone();
    writer.put_services(
        setup.services,
        Box::new(move |done| {
            // The bench waits for it.
            let _ = answer.send(done.map(|()| 0));
        }),
    );
    answers.recv()??;
    for first in (0..count).step_by(BATCH) {
        let accounts = (first..count.min(first + BATCH)).map(month::account);
        let answer = replies.clone();
        writer.put_accounts(
            accounts.collect::<Outcome<_>>()?,
            Box::new(move |done| {
                let _ = answer.send(done.map(|new| new.len()));
            }),
        );
        answers.recv()??;
    }
    let mut batches = Vec::new();
    for first in (0..count).step_by(BATCH) {
        let operations = (first..count.min(first + BATCH)).map(|index| {
            let event = month::charge(index)?;
            Ok(journal::NewOperation {
                key: event.id.clone(),
                body_hash: [9; 32],
                body: body(index),
                event,
                api_key: None,
            })
        });
        batches.push(operations.collect::<Outcome<Vec<_>>>()?);
    }
    let started = Instant::now();
    let (mut under_way, mut accepted) = (0, 0);
    for batch in batches {
        if under_way == AHEAD {
            accepted += answers.recv()??;
            under_way -= 1;
        }
        let answer = replies.clone();
        writer.submit(
            batch,
            Box::new(move |done| {
                let is_accepted =
                    |it: &&journal::Submitted| matches!(it, journal::Submitted::Accepted { .. });
                let _ = answer.send(done.map(|all| all.iter().filter(is_accepted).count()));
            }),
        );
        under_way += 1;
    }
    for _ in 0..under_way {
        accepted += answers.recv()??;
    }
    let us = started.elapsed().as_secs_f64() * 1e6 / count as f64;
    if accepted != count {
        return Err(format!("{accepted} of {count} charges were accepted").into());
    }
    Ok(us)
}

/// The schema of a journal and how long its rows are.
fn look_into(journal: &Path) -> Outcome<(Vec<String>, Sizes)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(journal, flags)?;
    let mut schema = connection.prepare("select sql from sqlite_schema where sql is not null")?;
    let schema = schema
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let average = |sql: &str| -> rusqlite::Result<usize> {
        let length: f64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(length as usize)
    };
    let sizes = Sizes {
        account: average("select avg(octet_length(state)) from account")?,
        operation: average("select avg(octet_length(body)) from operation")?,
        receipt: average("select avg(octet_length(body)) from receipt")?,
        tlv: average("select avg(octet_length(tlv)) from receipt")?,
    };
    Ok((schema, sizes))
}

fn by_bare_loop(path: &Path, schema: &[String], count: usize, sizes: Sizes) -> Outcome<f64> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    for statement in schema {
        connection.execute_batch(statement)?;
    }
    let state = text(sizes.account, 's');
    let opening = connection.transaction()?;
    for index in 0..count {
        opening
            .prepare_cached(
                "insert into account (number, state, opening_saldo, changed_at) \
                 values (?1, ?2, 0, 0)",
            )?
            .execute((month::number(index), &state))?;
    }
    opening.commit()?;
    let numbers: Vec<_> = (0..count).map(month::number).collect();
    let keys: Vec<_> = numbers
        .iter()
        .map(|number| format!("2026-03/charge/{number}"))
        .collect();
    let bodies: Vec<_> = (0..count).map(|_| text(sizes.operation, 'o')).collect();
    let (receipt_body, tlv, state) = (
        text(sizes.receipt, 'r'),
        vec![7_u8; sizes.tlv],
        text(sizes.account, 'z'),
    );
    let mut select = connection.prepare("select id, state from account where number = ?1")?;
    let mut update =
        connection.prepare("update account set state = ?2, changed_at = ?3 where id = ?1")?;
    let mut operation = connection.prepare(
        "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, \
         records, receipts, api_key) values (?1, ?2, ?3, ?4, 'charge', ?5, -95000, ?6, '[]', 1, \
         null)",
    )?;
    let mut receipt = connection.prepare(
        "insert into receipt (id, operation, account, state, class, tax_system, sign, total, \
         body, tlv) values (?1, ?2, ?3, 'queued', 1, 1, 1, 95000, ?4, ?5)",
    )?;
    let started = Instant::now();
    let mut id = 1_i64 << 50;
    for first in (0..count).step_by(BATCH) {
        connection.execute_batch("begin immediate")?;
        for index in first..count.min(first + BATCH) {
            let (account, _state): (i64, String) =
                select.query_row([&numbers[index]], |row| Ok((row.get(0)?, row.get(1)?)))?;
            update.execute((account, &state, id))?;
            let key = &keys[index];
            operation.execute((id, key, id, [9_u8; 32], account, &bodies[index]))?;
            receipt.execute((id + 1, id, account, &receipt_body, &tlv))?;
            id += 2;
        }
        connection.execute_batch("commit")?;
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / count as f64)
}

/// A JSON text of this length.
fn text(length: usize, letter: char) -> String {
    let inside = letter.to_string().repeat(length.saturating_sub(2));
    format!("\"{inside}\"")
}

/// What billing would have sent.
fn body(index: usize) -> String {
    let number = month::number(index);
    format!(
        "{{\"type\":\"charge\",\"key\":\"2026-03/charge/{number}\",\"date\":\"2026-03-31\",\
         \"account\":\"{number}\",\"lines\":[{{\"service\":\"INET\",\"period\":\"2026-03\",\
         \"amount\":\"650.00\"}},{{\"service\":\"TV\",\"period\":\"2026-03\",\
         \"amount\":\"300.00\"}}]}}"
    )
}
