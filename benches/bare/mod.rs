//! The bare loop: the HTTP and the SQLite work of the intake, and nothing else. One thread with
//! group commit reads the account's row, inserts a row for the operation and one for its receipt,
//! writes the account's row, and answers after the commit; all rows are as long as Kassette's.

use std::{
    fmt,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::oneshot};

use crate::provider::Outcome;

/// As in the journal.
const QUEUE_MAX: usize = 4_096;
const BATCH_MAX: usize = 512;
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
            account: average("select avg(octet_length(state)) from account")?,
            operation: average(
                "select avg(octet_length(body) + octet_length(records) + octet_length(type)) \
                 from operation",
            )?,
            receipt: average("select avg(octet_length(body)) from receipt")?,
            tlv: average("select avg(octet_length(tlv)) from receipt")?,
        })
    }
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

#[derive(Deserialize)]
struct Operation {
    key: String,
    account: String,
    #[expect(dead_code, reason = "parsed for its cost")]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[expect(dead_code, reason = "parsed for its cost")]
    kind: String,
    #[expect(dead_code, reason = "parsed for its cost")]
    amount: String,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    key: String,
    receipts: [Standing; 1],
}

#[derive(Serialize)]
struct Standing {
    id: String,
    state: &'static str,
}

struct Command {
    operation: Operation,
    reply: oneshot::Sender<Result<(String, i64), String>>,
}

/// Starts the loop with its database in `folder`.
pub(crate) async fn start(
    folder: &Path,
    sizes: Sizes,
    accounts: impl Iterator<Item = String>,
) -> Outcome<SocketAddr> {
    let connection = open(folder, sizes, accounts)?;
    let (queue, commands) = mpsc::sync_channel(QUEUE_MAX);
    std::thread::Builder::new()
        .name("bare".to_owned())
        .spawn(move || {
            if let Err(error) = write_on(&connection, &commands, sizes) {
                eprintln!("the bare loop has failed: {error}");
            }
        })?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/v1/operations", post(accept))
        .with_state(Arc::new(queue));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn open(
    folder: &Path,
    sizes: Sizes,
    accounts: impl Iterator<Item = String>,
) -> Outcome<Connection> {
    let mut connection = Connection::open(folder.join("bare.db"))?;
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

async fn accept(
    State(queue): State<Arc<SyncSender<Command>>>,
    Json(operation): Json<Operation>,
) -> Result<(StatusCode, Json<Answer>), (StatusCode, String)> {
    let failed = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, why);
    let (reply, answer) = oneshot::channel();
    queue
        .send(Command { operation, reply })
        .map_err(|error| failed(error.to_string()))?;
    let (key, id) = answer
        .await
        .map_err(|error| failed(error.to_string()))?
        .map_err(failed)?;
    let state = "queued";
    let answer = Answer {
        id: format!("{id:013}"),
        key,
        receipts: [Standing {
            id: format!("{:013}", id + 1),
            state,
        }],
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn write_on(
    connection: &Connection,
    commands: &Receiver<Command>,
    sizes: Sizes,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare("select id, state from account where number = ?1")?;
    let mut operation = connection.prepare(
        "insert into operation (id, key, hash, account, body) values (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut receipt = connection.prepare(
        "insert into receipt (id, operation, account, body, tlv) values (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut update = connection.prepare("update account set state = ?2 where id = ?1")?;
    let texts = (
        "o".repeat(sizes.operation),
        "r".repeat(sizes.receipt),
        vec![7; sizes.tlv],
    );
    let mut next_id = 1_i64 << 50;
    while let Ok(first) = commands.recv() {
        let mut batch = vec![first];
        batch.extend(commands.try_iter().take(BATCH_MAX - 1));
        connection.execute_batch("begin immediate")?;
        let mut done = Vec::with_capacity(batch.len());
        for Command {
            operation: asked,
            reply,
        } in batch
        {
            let (account, mut state): (i64, String) =
                select.query_row([&asked.account], |row| Ok((row.get(0)?, row.get(1)?)))?;
            operation.execute((next_id, &asked.key, [9_u8; 32], account, &texts.0))?;
            receipt.execute((next_id + 1, next_id, account, &texts.1, &texts.2))?;
            // Other bytes, as many as before.
            let stamp = format!("{next_id:020}");
            state.truncate(sizes.account.saturating_sub(stamp.len()));
            state.push_str(&stamp);
            update.execute((account, &state))?;
            done.push((reply, asked.key, next_id));
            next_id += 2;
        }
        connection.execute_batch("commit")?;
        for (reply, key, id) in done {
            // Whoever asked may have gone.
            let _ = reply.send(Ok((key, id)));
        }
    }
    Ok(())
}
