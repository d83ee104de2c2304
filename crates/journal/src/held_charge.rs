//! Charges that no contract allows, while they wait for a person. What waits is no operation: it
//! has changed nothing, and becomes one as it was sent, or never.

use cassette::Signed;
use engine::{Charge, ChargeLine, Event, EventKind};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, Id, Kopecks, named};

use crate::{
    Asked, Callback, JournalError, NewOperation, Reader, Refused, Reply, Result, Submitted, Writer,
    before::Loaded,
    contract,
    decide::Judgement,
    record::{History, read_id},
    scribe::{Changes, Lane, Pen},
};

named! {
    /// Where a held charge stands.
    HeldState("held charge") {
        /// A person has to decide.
        Waiting = "waiting",
        /// A person has let it pass: it is an operation.
        Released = "released",
        /// A person has refused it: it never will be one.
        Refused = "refused",
    }
}

/// A charge that no contract allowed when it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeldCharge {
    /// Which one; it also says when it came.
    pub id: Id,
    /// The caller's idempotency key.
    pub key: String,
    /// The day and the lines.
    pub event: Event,
    /// Its account.
    pub account: AccountNumber,
    /// The sum of its lines.
    pub amount: Kopecks,
    /// What speaks against it.
    pub reason: String,
    /// The name of the key that it came with.
    pub sent_by: Option<String>,
    /// Where it stands.
    pub state: HeldState,
    /// Released: the operation that it became.
    pub operation: Option<Id>,
    /// Who has decided, why, and when, milliseconds since 1970.
    pub decided: Option<(String, String, i64)>,
}

/// What a decision about a held charge has come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeldDecided {
    /// It is decided so.
    Done(Box<HeldCharge>),
    /// There is no such held charge.
    Unknown,
    /// It was decided before; nothing has changed.
    Already(Box<HeldCharge>),
    /// The rules of receipts refuse it now; it goes on waiting.
    Refused(Refused),
}

/// The stored form of what is to be accepted.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct EventRow {
    date: String,
    account: String,
    lines: Vec<(String, String, i64)>,
}

const ROW: &str = "select h.id, h.key, h.event, h.reason, k.name, h.state, h.operation, \
     h.decided_by, h.decided_why, h.decided_at from held_charge h \
     left join api_key k on k.id = h.api_key";

impl Writer {
    /// Lets a held charge pass (`release`) or refuses it for ever, as a person has signed.
    pub fn decide_held_charge(
        &self,
        id: Id,
        release: bool,
        signed: Signed,
        reply: Reply<HeldDecided>,
    ) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, changes| {
            pen.decide_held(connection, (id, release), &signed, changes)
        });
    }
}

impl Reader {
    /// Held charges in one state, the oldest first, after `after`; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn held_charges(
        &self,
        state: HeldState,
        after: Option<Id>,
        limit: u32,
    ) -> Result<Vec<HeldCharge>> {
        self.with(|connection| {
            // The state is written out: so the partial index is found.
            let sql =
                format!("{ROW} where h.state = '{state}' and h.id > ?1 order by h.id limit ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((after.map_or(0, Id::get), limit))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }

    /// How many charges wait for a person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn held_charges_waiting(&self) -> Result<u64> {
        self.with(|connection| {
            let sql = "select count(*) from held_charge where state = 'waiting'";
            let count: i64 = connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// One held charge.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn held_charge(&self, id: Id) -> Result<Option<HeldCharge>> {
        self.with(|connection| find(connection, id))
    }

    /// The held charge with this idempotency key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn held_charge_by_key(&self, key: &str) -> Result<Option<HeldCharge>> {
        self.with(|connection| one(connection, "h.key = ?1", key))
    }
}

impl Pen {
    /// Whether a key belongs to a held charge: then that is the answer.
    pub(crate) fn known_held(
        &self,
        connection: &Connection,
        operation: &NewOperation,
    ) -> Result<Option<Submitted>> {
        if !self.has_held {
            return Ok(None);
        }
        let found: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("select id, body_hash from held_charge where key = ?1")?
            .query_row([&operation.key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, hash)) = found else {
            return Ok(None);
        };
        let id = read_id(id)?;
        Ok(Some(match hash == operation.body_hash {
            true => Submitted::Held { id },
            false => Submitted::Conflict { id },
        }))
    }

    /// What the contracts make of an operation that the rules accept; none: they allow it.
    pub(crate) fn judged(
        &mut self,
        connection: &Connection,
        operation: &NewOperation,
        loaded: &Loaded,
    ) -> Result<Option<Submitted>> {
        let Asked::Event(event) = &operation.asked else {
            return Ok(None);
        };
        let (EventKind::Charge(charge), true) = (&event.kind, self.judges_contracts()) else {
            return Ok(None);
        };
        let contracts = contract::of_charge(connection, event, loaded.main_row())?;
        match self.judge(&contracts, charge) {
            Judgement::Allowed => Ok(None),
            Judgement::Refused(refused) => Ok(Some(Submitted::Refused(refused))),
            Judgement::Held(reason) => self
                .hold(connection, (operation, event, charge), loaded, &reason)
                .map(Some),
        }
    }

    fn hold(
        &mut self,
        connection: &Connection,
        (operation, event, charge): (&NewOperation, &Event, &Charge),
        loaded: &Loaded,
        reason: &str,
    ) -> Result<Submitted> {
        let id = self.ids.next(self.now);
        let callback = operation.callback.as_ref();
        connection
            .prepare_cached(
                "insert into held_charge (id, key, body_hash, account, event, body, reason, api_key, \
                 callback_url, callback_form, state) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'waiting')",
            )?
            .execute((
                id.get(),
                &operation.key,
                &operation.body_hash,
                loaded.main_row(),
                event_json(event, charge)?,
                &operation.body,
                reason,
                operation.api_key,
                callback.map(|it| &it.url),
                callback.map(|it| &it.form),
            ))?;
        self.has_held = true;
        Ok(Submitted::Held { id })
    }

    fn decide_held(
        &mut self,
        connection: &Connection,
        (id, release): (Id, bool),
        signed: &Signed,
        changes: &mut Changes,
    ) -> Result<HeldDecided> {
        let Some(held) = find(connection, id)? else {
            return Ok(HeldDecided::Unknown);
        };
        if held.state != HeldState::Waiting {
            return Ok(HeldDecided::Already(Box::new(held)));
        }
        let (state, operation) = match release {
            false => (HeldState::Refused, None),
            true => match self.let_pass(connection, &held, changes)? {
                Ok(operation) => (HeldState::Released, Some(operation)),
                Err(refused) => return Ok(HeldDecided::Refused(refused)),
            },
        };
        connection
            .prepare_cached(
                "update held_charge set state = ?2, operation = ?3, decided_at = ?4, \
                 decided_by = ?5, decided_why = ?6, decided_key = ?7 where id = ?1",
            )?
            .execute((
                id.get(),
                state.name(),
                operation.map(Id::get),
                self.now,
                &signed.by,
                &signed.reason,
                signed.key,
            ))?;
        let detail = format!("charge {id}, key «{}»: {}", held.key, signed.reason);
        let what = match release {
            true => "charge_released",
            false => "charge_refused",
        };
        History::new(what, &detail)
            .signed(signed)
            .write(connection, self.now)?;
        let decided = find(connection, id)?
            .ok_or_else(|| JournalError::spoiled(format!("held charge {id}"), "it is gone"))?;
        Ok(HeldDecided::Done(Box::new(decided)))
    }

    /// Accepts it as it was sent, whatever the contracts say.
    fn let_pass(
        &mut self,
        connection: &Connection,
        held: &HeldCharge,
        changes: &mut Changes,
    ) -> Result<std::result::Result<Id, Refused>> {
        let (body_hash, body, api_key, url, form): (_, _, _, Option<String>, Option<String>) =
            connection
                .prepare_cached(
                    "select body_hash, body, api_key, callback_url, callback_form \
                     from held_charge where id = ?1",
                )?
                .query_row([held.id.get()], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                    ))
                })?;
        let operation = NewOperation {
            key: held.key.clone(),
            body_hash,
            body,
            asked: Asked::Event(held.event.clone()),
            api_key,
            callback: url.zip(form).map(|(url, form)| Callback { url, form }),
            basis: None,
            in_bulk: true,
        };
        match self.take(connection, &operation, |_| true, false, changes)? {
            Some(Submitted::Accepted { id, .. }) => Ok(Ok(id)),
            Some(Submitted::Refused(refused)) => Ok(Err(refused)),
            _ => Err(JournalError::contradiction(
                format!("the release of held charge {}", held.id),
                "its key belongs to an operation",
            )),
        }
    }
}

fn find(connection: &Connection, id: Id) -> Result<Option<HeldCharge>> {
    one(connection, "h.id = ?1", id.get())
}

fn one(
    connection: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<HeldCharge>> {
    let mut statement = connection.prepare_cached(&format!("{ROW} where {condition}"))?;
    let mut rows = statement.query([value])?;
    rows.next()?.map(read).transpose()
}

fn read(row: &Row<'_>) -> Result<HeldCharge> {
    let (id, key) = (read_id(row.get(0)?)?, row.get::<_, String>(1)?);
    let spoiled = |why: String| JournalError::spoiled(format!("held charge {id}"), why);
    let event: String = row.get(2)?;
    let event: EventRow = serde_json::from_str(&event).map_err(|why| spoiled(why.to_string()))?;
    let charge = read_event(event, key.clone()).map_err(|why| spoiled(why.to_string()));
    let (event, account, amount) = charge?;
    let state: String = row.get(5)?;
    let decided: (Option<String>, Option<String>, Option<i64>) =
        (row.get(7)?, row.get(8)?, row.get(9)?);
    Ok(HeldCharge {
        id,
        key,
        event,
        account,
        amount,
        reason: row.get(3)?,
        sent_by: row.get(4)?,
        state: state
            .parse()
            .map_err(|why: terms::TermError| spoiled(why.to_string()))?,
        operation: row.get::<_, Option<i64>>(6)?.map(read_id).transpose()?,
        decided: match decided {
            (Some(by), Some(why), Some(at)) => Some((by, why, at)),
            _ => None,
        },
    })
}

fn read_event(row: EventRow, key: String) -> terms::Result<(Event, AccountNumber, Kopecks)> {
    let account: AccountNumber = row.account.parse()?;
    let line = |(service, period, amount): (String, String, i64)| {
        Ok(ChargeLine {
            service: service.parse()?,
            period: period.parse()?,
            amount: Kopecks::new(amount)?,
        })
    };
    let lines = row.lines.into_iter().map(line);
    let lines: Vec<ChargeLine> = lines.collect::<terms::Result<_>>()?;
    let amount = Kopecks::sum(lines.iter().map(|line| line.amount))?;
    let event = Event {
        id: key,
        date: row.date.parse()?,
        kind: EventKind::Charge(Charge {
            account: account.clone(),
            lines,
        }),
    };
    Ok((event, account, amount))
}

fn event_json(event: &Event, charge: &Charge) -> Result<String> {
    let line = |line: &ChargeLine| {
        let (service, period) = (line.service.to_string(), line.period.to_string());
        (service, period, line.amount.get())
    };
    let row = EventRow {
        date: event.date.to_string(),
        account: charge.account.to_string(),
        lines: charge.lines.iter().map(line).collect(),
    };
    serde_json::to_string(&row).map_err(|error| JournalError::spoiled("held charge", error))
}
