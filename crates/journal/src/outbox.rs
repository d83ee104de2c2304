//! What is owed to receivers of letters: the outbox.
//!
//! For each webhook the journal keeps up to which event all that it wants to hear of is in the table
//! `delivery`; the rows and that mark are written in one transaction, so nothing is owed twice and
//! nothing is forgotten. The letter of a callback is written in the transaction that settles the
//! last receipt of its operation. When which letter is sent is not said here.

mod read;

use rusqlite::{Connection, OptionalExtension};
use terms::Id;

use crate::{
    Callback, JournalError, ReceiptState, Result, Writer,
    feed::{FEED, last_event},
    read::read_state,
    scribe::{Lane, Pen},
    writer::Reply,
};

/// What kind of receiver it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ReceiverKind {
    /// A webhook of the configuration: it hears of events.
    Webhook,
    /// A host that callbacks name: it hears of single operations.
    Callback,
}

/// Where letters go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiverRow {
    /// The row.
    pub id: i64,
    /// What kind it is.
    pub kind: ReceiverKind,
    /// A webhook's name; of callbacks `scheme://host:port`.
    pub name: String,
    /// When it answered that it wants no letters any more, milliseconds since 1970.
    pub stopped_at: Option<i64>,
    /// When it took the last letter.
    pub success_at: Option<i64>,
    /// Letters that wait.
    pub waiting: u64,
    /// Letters that were given up.
    pub dead: u64,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// Its receiver has taken it.
    Delivered,
    /// It was given up.
    Dead,
}

/// A letter that is or was owed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeliveryRow {
    /// Which one.
    pub id: Id,
    /// The receiver's row.
    pub receiver: i64,
    /// The receiver's kind.
    pub kind: ReceiverKind,
    /// The receiver's name.
    pub name: String,
    /// Letters of one lane go one after another.
    pub lane: i64,
    /// The event it tells of, and what the receipt became by it; none: a callback.
    pub event: Option<(Id, ReceiptState)>,
    /// The receipt of the event.
    pub receipt: Option<Id>,
    /// The operation of the callback.
    pub operation: Option<Id>,
    /// What the callback asks for.
    pub callback: Option<Callback>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Since when it is owed, or when it was ordered again: milliseconds since 1970, as all moments.
    pub since: i64,
    /// Attempts since then.
    pub attempts: u32,
    /// The next attempt is not before.
    pub next_at: i64,
    /// The last attempt.
    pub last_at: Option<i64>,
    /// Its HTTP status; none: there was no answer.
    pub last_status: Option<u16>,
    /// The answer's beginning, or why there was none.
    pub last_answer: Option<String>,
}

/// Which letters are wanted, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct DeliveriesOf {
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Only to the webhook of this name.
    pub webhook: Option<String>,
    /// Only of this receipt, or of its operation's callback.
    pub receipt: Option<Id>,
    /// Only those after this one.
    pub after: Option<Id>,
    /// At most so many.
    pub limit: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// When it began, milliseconds since 1970.
    pub began: i64,
    /// When it ended.
    pub at: i64,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The answer's beginning, or why there was none.
    pub answer: String,
    /// What follows.
    pub outcome: Outcome,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The letter is delivered.
    Delivered,
    /// It is sent again, not before this moment (milliseconds since 1970).
    Again(i64),
    /// It is given up.
    Dead,
    /// Its receiver wants no letters any more: this one waits with the others until somebody orders
    /// them again.
    Stopped,
}

/// What has come into the outbox.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Owed {
    /// How many letters.
    pub letters: u32,
    /// Whether there may be more to tell.
    pub more: bool,
}

/// Which letters are to be sent once more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Replay {
    /// This one, whatever became of it.
    One(Id),
    /// Those of the webhook that were given up; those that wait are due at once. If it was stopped,
    /// it is not any more.
    Webhook(String),
    /// All that were owed to the webhook from this event on, also delivered ones.
    From(String, Id),
}

impl ReceiverKind {
    /// The word of the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Callback => "callback",
        }
    }

    pub(crate) fn read(name: &str) -> Result<Self> {
        match name {
            "webhook" => Ok(Self::Webhook),
            "callback" => Ok(Self::Callback),
            other => Err(JournalError::spoiled("receiver", format!("kind {other}"))),
        }
    }
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The word used by API and journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Reads [`DeliveryState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Writer {
    /// Makes webhooks known, those of these names that are not yet: they hear of what happens from
    /// now on.
    pub fn put_webhooks(&self, names: Vec<String>, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            let told = last_event(connection)?;
            for name in &names {
                connection
                    .prepare_cached(
                        "insert into receiver (kind, name, told) values ('webhook', ?1, ?2) \
                         on conflict (kind, name) do nothing",
                    )?
                    .execute((name, told))?;
            }
            Ok(())
        });
    }

    /// Puts the events in these states that a webhook has not been told of into its outbox, looking
    /// at `limit` events at most.
    pub fn owe(&self, receiver: i64, states: Vec<ReceiptState>, limit: u32, reply: Reply<Owed>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            owe(pen, connection, receiver, &states, limit)
        });
    }

    /// Keeps how an attempt to send a letter ended.
    pub fn attempted(&self, delivery: Id, attempt: Attempt, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            attempted(connection, delivery, &attempt)
        });
    }

    /// Orders letters once more; says how many.
    pub fn replay(&self, which: Replay, reply: Reply<u64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            replay(pen, connection, &which)
        });
    }
}

impl Pen {
    /// Notes who wants to hear of an operation; one without receipts is settled at once.
    pub(crate) fn promise(
        &mut self,
        connection: &Connection,
        operation: Id,
        callback: &Callback,
    ) -> Result<()> {
        connection
            .prepare_cached("insert into callback (operation, url, form) values (?1, ?2, ?3)")?
            .execute((operation.get(), &callback.url, &callback.form))?;
        let found = connection
            .prepare_cached("select receipts, coalesce(account, id) from operation where id = ?1")?
            .query_row([operation.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match found {
            (0, lane) => owe_callback(self, connection, operation.get(), &callback.url, lane),
            _ => Ok(()),
        }
    }
}

/// A receipt was settled for good: if it was the last one of its operation, the operation's callback
/// is owed now. A receipt that undoes a second document is none of those that were asked for.
pub(crate) fn keep_promise(pen: &mut Pen, connection: &Connection, receipt: Id) -> Result<()> {
    let due: Option<(i64, String, i64)> = connection
        .prepare_cached(
            "select o.id, c.url, coalesce(o.account, o.id) from receipt r \
             join callback c on c.operation = r.operation join operation o on o.id = r.operation \
             where r.id = ?1 and r.return_of is null \
             and not exists (select 1 from receipt p where p.id > o.id and p.id <= o.id + o.receipts \
               and p.state not in ('fiscalized', 'acknowledged', 'refused')) \
             and not exists (select 1 from delivery d where d.operation = o.id)",
        )?
        .query_row([receipt.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    match due {
        Some((operation, url, lane)) => owe_callback(pen, connection, operation, &url, lane),
        None => Ok(()),
    }
}

fn owe_callback(
    pen: &mut Pen,
    connection: &Connection,
    operation: i64,
    url: &str,
    lane: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "insert into receiver (kind, name) values ('callback', ?1) \
             on conflict (kind, name) do nothing",
        )?
        .execute([origin(url)])?;
    let id = pen.ids.next(pen.now);
    connection
        .prepare_cached(
            "insert into delivery (id, receiver, lane, operation, state, since, next_at) \
             select ?1, id, ?3, ?4, 'waiting', ?5, ?5 from receiver \
             where kind = 'callback' and name = ?2",
        )?
        .execute((id.get(), origin(url), lane, operation, pen.now))?;
    Ok(())
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}").to_ascii_lowercase()
}

fn owe(
    pen: &mut Pen,
    connection: &Connection,
    receiver: i64,
    states: &[ReceiptState],
    limit: u32,
) -> Result<Owed> {
    let told: i64 = connection
        .prepare_cached("select told from receiver where id = ?1")?
        .query_row([receiver], |row| row.get(0))?;
    let mut feed = connection.prepare_cached(&format!(
        "select e.id, e.receipt, e.state, coalesce(r.account, r.order_key) from ({FEED}) e \
         join receipt r on r.id = e.receipt order by e.id"
    ))?;
    let mut insert = connection.prepare_cached(
        "insert into delivery (id, receiver, lane, event, receipt, state, since, next_at) \
         values (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6)",
    )?;
    let (mut owed, mut seen, mut upto) = (Owed::default(), 0, told);
    let mut rows = feed.query((told, limit))?;
    while let Some(row) = rows.next()? {
        (seen, upto) = (seen + 1, row.get(0)?);
        if !states.contains(&read_state(&row.get::<_, String>(2)?)?) {
            continue;
        }
        let id = pen.ids.next(pen.now);
        let (receipt, lane): (i64, i64) = (row.get(1)?, row.get(3)?);
        insert.execute((id.get(), receiver, lane, upto, receipt, pen.now))?;
        owed.letters += 1;
    }
    owed.more = seen == limit;
    // What nobody wants to hear of may be looked at again: that is cheaper than a write each time.
    if owed.letters > 0 || owed.more {
        connection
            .prepare_cached("update receiver set told = ?2 where id = ?1")?
            .execute((receiver, upto))?;
    }
    Ok(owed)
}

fn attempted(connection: &Connection, delivery: Id, attempt: &Attempt) -> Result<()> {
    let (state, next_at) = match attempt.outcome {
        Outcome::Delivered => (DeliveryState::Delivered, attempt.at),
        Outcome::Dead => (DeliveryState::Dead, attempt.at),
        Outcome::Stopped => (DeliveryState::Waiting, attempt.at),
        Outcome::Again(at) => (DeliveryState::Waiting, at),
    };
    let receiver: Option<i64> = connection
        .prepare_cached(
            // What was ordered again since the attempt began is still owed when it fails.
            "update delivery set \
             state = case when since > ?7 and ?2 = 'dead' then 'waiting' else ?2 end, \
             next_at = case when since > ?7 and ?2 <> 'delivered' then since else ?3 end, \
             attempts = attempts + 1, last_at = ?4, last_status = ?5, last_answer = ?6 \
             where id = ?1 returning receiver",
        )?
        .query_row(
            (
                delivery.get(),
                state.name(),
                next_at,
                attempt.at,
                attempt.status,
                &attempt.answer,
                attempt.began,
            ),
            |row| row.get(0),
        )
        .optional()?;
    let receiver = receiver.ok_or_else(|| unknown(delivery))?;
    let change = match attempt.outcome {
        Outcome::Delivered => "update receiver set success_at = ?2 where id = ?1",
        Outcome::Stopped => "update receiver set stopped_at = ?2 where id = ?1",
        Outcome::Again(_) | Outcome::Dead => return Ok(()),
    };
    connection
        .prepare_cached(change)?
        .execute((receiver, attempt.at))?;
    Ok(())
}

fn replay(pen: &Pen, connection: &Connection, which: &Replay) -> Result<u64> {
    const AGAIN: &str = "update delivery set state = 'waiting', since = ?1, next_at = ?1, \
                         attempts = 0 where";
    let changed = match which {
        Replay::One(id) => {
            let one = connection.execute(&format!("{AGAIN} id = ?2"), (pen.now, id.get()))?;
            if one == 0 {
                return Err(unknown(*id));
            }
            one
        }
        Replay::Webhook(name) => {
            let receiver = start_again(connection, name)?;
            let condition = "receiver = ?2 and state in ('waiting', 'dead')";
            connection.execute(&format!("{AGAIN} {condition}"), (pen.now, receiver))?
        }
        Replay::From(name, event) => {
            let receiver = start_again(connection, name)?;
            let sql = format!("{AGAIN} receiver = ?2 and event >= ?3");
            connection.execute(&sql, (pen.now, receiver, event.get()))?
        }
    };
    Ok(changed as u64)
}

/// The row of a webhook, which is not stopped any more.
fn start_again(connection: &Connection, name: &str) -> Result<i64> {
    let row = connection
        .query_row(
            "update receiver set stopped_at = null where kind = 'webhook' and name = ?1 \
             returning id",
            [name],
            |row| row.get(0),
        )
        .optional()?;
    row.ok_or_else(|| {
        JournalError::contradiction(
            format!("a replay for the webhook «{name}»"),
            "there is none",
        )
    })
}

fn unknown(delivery: Id) -> JournalError {
    JournalError::contradiction(format!("delivery {delivery}"), "there is none")
}
