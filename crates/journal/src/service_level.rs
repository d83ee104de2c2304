//! What the service level is reckoned from: how soon receipts have reached their states, how long the
//! program was alive, and what its slots were in.

use audit::{Ending, Run, SlotChange, bucket_of};
use cassette::{Class, SlotState};
use rusqlite::{Connection, OptionalExtension};
use terms::Id;

use crate::{
    JournalError, Reader, ReceiptState, Reply, Result, Writer, read::count, read::read_state,
    record::Page, scribe::Lane,
};

/// An hour, milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// The highest slot that a cassette can have.
const SLOT_MAX: u8 = 64;

/// Receipts of one class that have reached a state in one hour, by how long they took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LatencyRow {
    /// Hours since 1970, UTC.
    pub hour: i64,
    /// Their class.
    pub class: Class,
    /// Fiscalized or acknowledged.
    pub state: ReceiptState,
    /// How long they took since they were accepted, see [`audit::bucket_of`].
    pub bucket: u16,
    /// How many.
    pub receipts: u64,
}

/// Receipts that are not formed yet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Unformed {
    /// How many there are.
    pub receipts: u64,
    /// The oldest of them; it says when it was accepted.
    pub oldest: Option<Id>,
}

/// How long one incident took, as far as it is known by now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IncidentTimes {
    /// When it was opened, milliseconds since 1970.
    pub opened: i64,
    /// When somebody has taken it on first; none: nobody has.
    pub taken: Option<i64>,
    /// When it was over; none: it lasts.
    pub resolved: Option<i64>,
}

impl Page<'_> {
    /// Counts how long a receipt took to reach a state, if it is one that is counted.
    pub(crate) fn count_latency(&self, receipt: Id, state: ReceiptState) -> Result<()> {
        if !state.is_formed() {
            return Ok(());
        }
        // A clock that was set back must not make nonsense of it.
        let took = u64::try_from(self.pen.now - receipt.unix_ms()).unwrap_or(0);
        self.connection
            .prepare_cached(
                "insert into latency (hour, class, state, bucket, receipts) \
                 select ?1, r.class, ?3, ?4, 1 from receipt r where r.id = ?2 \
                 on conflict (hour, class, state, bucket) do update set receipts = receipts + 1",
            )?
            .execute((
                self.pen.now.div_euclid(HOUR_MS),
                receipt.get(),
                state.name(),
                bucket_of(took),
            ))?;
        Ok(())
    }
}

impl Writer {
    /// Notes that the program is alive, or that it was told to stop.
    pub fn note_life(&self, is_stopping: bool, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            note_life(connection, pen.now, is_stopping)
        });
    }
}

fn note_life(connection: &Connection, now: i64, is_stopping: bool) -> Result<()> {
    connection
        .prepare_cached(
            "insert into life (start, alive_at, stopped_at) select max(id), ?1, ?2 from start \
             where true on conflict (start) do update \
             set alive_at = excluded.alive_at, \
             stopped_at = coalesce(life.stopped_at, excluded.stopped_at)",
        )?
        .execute((now, is_stopping.then_some(now)))?;
    Ok(())
}

impl Reader {
    /// How soon receipts have reached their states in the hours from `from` on and before `to`, hours
    /// since 1970, UTC; in order.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn latencies(&self, from: i64, to: i64) -> Result<Vec<LatencyRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select hour, class, state, bucket, receipts from latency \
                 where hour >= ?1 and hour < ?2 order by hour, class, state, bucket",
            )?;
            let mut rows = rows.query((from, to))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let class: u8 = row.get(1)?;
                let class = Class::from_code(class)
                    .ok_or_else(|| JournalError::spoiled("latency", format!("class {class}")))?;
                found.push(LatencyRow {
                    hour: row.get(0)?,
                    class,
                    state: read_state(&row.get::<_, String>(2)?)?,
                    bucket: row.get(3)?,
                    receipts: count(row, 4)?,
                });
            }
            Ok(found)
        })
    }

    /// The lives of the program that have something of the time from `from` to `to` (milliseconds
    /// since 1970), and the one before them, in order. The last life of all goes on if `is_running`.
    pub fn lives(&self, from: i64, to: i64, is_running: bool) -> Result<Vec<Run>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select s.started_at, coalesce(l.alive_at, s.started_at), l.stopped_at, \
                 s.id = (select max(id) from start) \
                 from start s left join life l on l.start = s.id \
                 where s.started_at < ?2 and s.id >= coalesce(\
                   (select max(id) from start where started_at < ?1) - 1, 0) order by s.id",
            )?;
            let mut rows = rows.query((from, to))?;
            let mut lives = Vec::new();
            while let Some(row) = rows.next()? {
                let (stopped, is_last): (Option<i64>, bool) = (row.get(2)?, row.get(3)?);
                lives.push(Run {
                    started: row.get(0)?,
                    alive: stopped.unwrap_or(row.get(1)?),
                    ending: match stopped {
                        None if is_last && is_running => Ending::Runs,
                        Some(_) => Ending::Stopped,
                        None => Ending::Crashed,
                    },
                });
            }
            Ok(lives)
        })
    }

    /// When the program was started first, milliseconds since 1970.
    pub fn first_start(&self) -> Result<Option<i64>> {
        self.with(|connection| {
            let sql = "select min(started_at) from start";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// What the slots have come to in the time from `from` to `to` (milliseconds since 1970), and
    /// what each was in before, in order.
    pub fn slot_changes(&self, from: i64, to: i64) -> Result<Vec<SlotChange>> {
        self.at_once(|connection| {
            let mut changes = Vec::new();
            for slot in 1..=SLOT_MAX {
                let before = last_change(connection, slot, from)?;
                let mut rows = connection.prepare_cached(
                    "select at, what, detail from history indexed by history_slot \
                     where slot = ?1 and receipt is null and at >= ?2 and at < ?3 order by at, id",
                )?;
                let mut rows = rows.query((slot, before.unwrap_or(from), to))?;
                while let Some(row) = rows.next()? {
                    let (at, what, detail): (i64, String, String) =
                        (row.get(0)?, row.get(1)?, row.get(2)?);
                    // Other things happen to slots, too.
                    if let Some(state) = SlotState::ALL.into_iter().find(|it| it.name() == what) {
                        changes.push(SlotChange {
                            at,
                            slot,
                            is_able: matches!(state, SlotState::Ready | SlotState::Working),
                            state: what,
                            reason: detail,
                        });
                    }
                }
            }
            // Stable: what happens in one millisecond stays in its order for each slot.
            changes.sort_by_key(|change| change.at);
            Ok(changes)
        })
    }

    /// The incidents that were opened in the time from `from` to `to` (milliseconds since 1970), in
    /// order. One that is known by heart only («info») wants nobody and is left out.
    pub fn incident_times(&self, from: i64, to: i64) -> Result<Vec<IncidentTimes>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select i.opened_at, (select min(e.at) from incident_event e \
                 where e.incident = i.id and e.what = 'acknowledged'), i.closed_at \
                 from incident i indexed by incident_opened \
                 where i.opened_at >= ?1 and i.opened_at < ?2 and i.severity <> 'info' \
                 order by i.opened_at, i.id",
            )?;
            let mut rows = rows.query((from, to))?;
            let mut incidents = Vec::new();
            while let Some(row) = rows.next()? {
                incidents.push(IncidentTimes {
                    opened: row.get(0)?,
                    taken: row.get(1)?,
                    resolved: row.get(2)?,
                });
            }
            Ok(incidents)
        })
    }

    /// The receipts that have no document yet and wait for one.
    pub fn unformed(&self) -> Result<Unformed> {
        self.with(|connection| {
            // The conditions are those of the partial index.
            let found = connection
                .prepare_cached(
                    "select count(*), min(id) from receipt where state <> 'fiscalized' \
                     and state <> 'acknowledged' and state <> 'refused'",
                )?
                .query_row([], |row| {
                    Ok((count(row, 0)?, row.get::<_, Option<i64>>(1)?))
                })?;
            let oldest = found.1.map(crate::record::read_id).transpose()?;
            Ok(Unformed {
                receipts: found.0,
                oldest,
            })
        })
    }
}

/// When a slot has come to what it was in at `moment`.
fn last_change(connection: &Connection, slot: u8, moment: i64) -> Result<Option<i64>> {
    let names: Vec<String> = SlotState::ALL
        .iter()
        .map(|state| format!("'{}'", state.name()))
        .collect();
    Ok(connection
        .prepare_cached(&format!(
            "select at from history indexed by history_slot where slot = ?1 and receipt is null \
             and at < ?2 and what in ({}) order by at desc limit 1",
            names.join(", ")
        ))?
        .query_row((slot, moment), |row| row.get(0))
        .optional()?)
}
