//! What the writer does with restorations.

use restoration::{Act, Hash, RowState, State};
use rusqlite::{Connection, OptionalExtension};
use terms::{Id, Saying};

use super::{
    Advanced, NewRestoration, RestorationPacket, RestorationRow, RestorationStep, RestorationTurn,
    RowWork, Turned, fingerprint, read, watch,
};
use crate::{
    JournalError, NewOperation, Result, Submitted, basis,
    record::History,
    scribe::{Changes, Pen},
};

pub(super) fn open(pen: &Pen, connection: &Connection, new: &NewRestoration) -> Result<i64> {
    connection
        .prepare_cached(
            "insert into restoration (kind, state, parameters, basis, author, api_key, created_at) \
             values (?1, 'making', ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            new.kind.name(),
            &new.parameters,
            basis::grounds_to_json(&new.basis)?,
            &new.author,
            new.api_key,
            pen.now,
        ))?;
    let id = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached(
        "insert into restoration_file (restoration, place, name, sha256, kind, profile, rows, \
         amount) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (place, file) in (1_i64..).zip(&new.files) {
        insert.execute((
            id,
            place,
            &file.name,
            &file.sha256,
            &file.kind,
            &file.profile,
            file.rows as i64,
            file.amount.get(),
        ))?;
    }
    Ok(id)
}

pub(super) fn add_rows(
    connection: &Connection,
    restoration: i64,
    rows: &[RestorationRow],
) -> Result<()> {
    if state_of(connection, restoration)? != Some(State::Making) {
        return Err(JournalError::contradiction(
            format!("rows of restoration {restoration}"),
            "its plan is not being made",
        ));
    }
    let mut insert = connection.prepare_cached(
        "insert into restoration_row (restoration, place, class, state, reason, key, date, amount, \
         account, source, file, line, wrong, body, documents, fingerprint) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    for row in rows {
        insert.execute(rusqlite::params![
            restoration,
            row.place as i64,
            row.class.name(),
            row.state.name(),
            row.reason,
            row.key,
            row.date.to_string(),
            row.amount.get(),
            row.account,
            row.source,
            row.line.map(|(file, _)| file),
            row.line.map(|(_, line)| line),
            row.wrong.map(Id::get),
            row.body,
            row.documents,
            row.fingerprint.map(|hash| hash.0),
        ])?;
    }
    Ok(())
}

/// The state of a restoration.
fn state_of(connection: &Connection, restoration: i64) -> Result<Option<State>> {
    let state: Option<String> = connection
        .prepare_cached("select state from restoration where id = ?1")?
        .query_row([restoration], |row| row.get(0))
        .optional()?;
    state.map(|state| read::word(&state)).transpose()
}

pub(super) fn turn(pen: &Pen, connection: &Connection, turn: &RestorationTurn) -> Result<Turned> {
    let id = turn.restoration;
    let Some(state) = state_of(connection, id)? else {
        return Ok(Turned::Unknown);
    };
    let act = turn.step.act();
    let next = match state.turn(act) {
        Ok(next) => next,
        Err(not_now) => return Ok(Turned::NotNow(not_now)),
    };
    if let RestorationStep::Approve(approved) = &turn.step {
        let hash: Option<[u8; 32]> = connection
            .prepare_cached("select hash from restoration where id = ?1")?
            .query_row([id], |row| row.get(0))?;
        if let Some(hash) = hash.map(Hash)
            && hash != *approved
        {
            return Ok(Turned::OtherHash(hash));
        }
    }
    connection
        .prepare_cached(
            "update restoration set state = ?2, why = ?3, ended_at = case when ?4 then ?5 end, \
             hash = coalesce(?6, hash), summary = coalesce(?7, summary) where id = ?1",
        )?
        .execute((
            id,
            next.name(),
            turn.shown(),
            next.is_over(),
            pen.now,
            turn.step.sealed().map(|(hash, _)| hash.0),
            turn.step.sealed().map(|(_, summary)| summary),
        ))?;
    set(pen, connection, turn)?;
    let said = turn.why.as_deref().filter(|why| !why.is_empty());
    let detail = match said {
        Some(why) => format!("restoration {id}: {why}"),
        None => format!("restoration {id}"),
    };
    let entry = History {
        by: turn.by.as_deref(),
        key: turn.api_key,
        ..History::new(turn.step.told(), &detail)
    };
    entry.write(connection, pen.now)?;
    Ok(Turned::Done)
}

/// What a turn changes besides the state.
fn set(pen: &Pen, connection: &Connection, turn: &RestorationTurn) -> Result<()> {
    let (id, now) = (turn.restoration, pen.now);
    match &turn.step {
        RestorationStep::Approve(_) => {
            connection
                .prepare_cached(
                    "update restoration set approved_by = ?2, approved_at = ?3 where id = ?1",
                )?
                .execute((id, turn.by.as_deref().unwrap_or_default(), now))?;
        }
        RestorationStep::Run {
            limit,
            pace,
            pause_on,
        } => {
            connection
                .prepare_cached(
                    "update restoration set run_by = ?2, run_at = ?3, run_left = ?4, pace = ?5, \
                     pause_on = ?6 where id = ?1",
                )?
                .execute((
                    id,
                    turn.by.as_deref().unwrap_or_default(),
                    now,
                    limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
                    pace.name(),
                    pause_on.to_string(),
                ))?;
            begin_counting(connection, id)?;
        }
        RestorationStep::Resume => {
            connection
                .prepare_cached(
                    "update restoration set run_by = ?2, run_at = ?3, \
                     run_left = case when run_left > 0 then run_left end where id = ?1",
                )?
                .execute((id, turn.by.as_deref().unwrap_or_default(), now))?;
            begin_counting(connection, id)?;
        }
        RestorationStep::Seal { .. }
        | RestorationStep::Pause
        | RestorationStep::Finish
        | RestorationStep::Abandon => {}
    }
    Ok(())
}

/// What goes wrong counts from now on.
fn begin_counting(connection: &Connection, restoration: i64) -> Result<()> {
    let held = watch::pending(connection, restoration)?.held;
    connection
        .prepare_cached(
            "update restoration set history = (select coalesce(max(id), 0) from history), \
             changed_before = (select count(*) from restoration_row r \
             where r.restoration = restoration.id and r.state = 'changed' \
             and r.class in ('missing', 'wrong')), held_before = ?2 where id = ?1",
        )?
        .execute((restoration, held as i64))?;
    Ok(())
}

pub(super) fn note(connection: &Connection, restoration: i64, why: Option<&str>) -> Result<()> {
    connection
        .prepare_cached(
            "update restoration set why = ?2 where id = ?1 and state = 'running' \
             and why is not ?2",
        )?
        .execute((restoration, why))?;
    Ok(())
}

pub(super) fn advance(
    pen: &mut Pen,
    connection: &Connection,
    packet: &RestorationPacket,
    changes: &mut Changes,
) -> Result<Advanced> {
    let mut advanced = Advanced::default();
    if state_of(connection, packet.restoration)? != Some(State::Running) {
        advanced.is_stopped = true;
        return Ok(advanced);
    }
    let mut done = 0_i64;
    for (place, work) in &packet.rows {
        let row = (packet.restoration, *place);
        let Some(approved) = approved(connection, row)? else {
            // It is over already.
            continue;
        };
        done += 1;
        let outcome = match work {
            RowWork::Changed(why) => Outcome::Changed(why.clone()),
            RowWork::Submit(operation) => submit(pen, connection, operation, approved, changes)?,
        };
        mark(connection, row, &outcome)?;
        match outcome {
            Outcome::Accepted(_) => advanced.accepted += 1,
            Outcome::Changed(_) => advanced.changed += 1,
            Outcome::Refused(_) => advanced.refused += 1,
        }
    }
    connection
        .prepare_cached(
            "update restoration set run_left = max(run_left - ?2, 0) \
             where id = ?1 and run_left is not null",
        )?
        .execute((packet.restoration, done))?;
    Ok(advanced)
}

/// What has become of a row whose turn came.
enum Outcome {
    Accepted(Id),
    Changed(String),
    Refused(String),
}

/// The fingerprint of a row that waits; none when it does not wait.
fn approved(connection: &Connection, (restoration, place): (i64, u64)) -> Result<Option<Hash>> {
    let found: Option<[u8; 32]> = connection
        .prepare_cached(
            "select fingerprint from restoration_row \
             where restoration = ?1 and place = ?2 and state = 'planned'",
        )?
        .query_row((restoration, place as i64), |row| row.get(0))
        .optional()?;
    Ok(found.map(Hash))
}

/// Accepts the operation of a row, if it becomes what was approved.
fn submit(
    pen: &mut Pen,
    connection: &Connection,
    operation: &NewOperation,
    approved: Hash,
    changes: &mut Changes,
) -> Result<Outcome> {
    let is_approved = |plan: &engine::Plan| fingerprint(&plan.receipts) == approved;
    let submitted = pen.submit_if(connection, operation, is_approved, changes)?;
    Ok(match submitted {
        Some(Submitted::Accepted { id, .. }) => Outcome::Accepted(id),
        Some(Submitted::Repeated { id } | Submitted::Conflict { id }) => {
            Outcome::Changed(Saying::CameMeanwhile.about(&[&id]))
        }
        Some(Submitted::Refused(why)) => Outcome::Refused(why.message),
        None => Outcome::Changed(Saying::SaysOther.about(&[])),
    })
}

fn mark(connection: &Connection, row: (i64, u64), outcome: &Outcome) -> Result<()> {
    let (state, reason, operation) = match outcome {
        Outcome::Accepted(id) => (RowState::Accepted, None, Some(*id)),
        Outcome::Changed(why) => (RowState::Changed, Some(why), None),
        Outcome::Refused(why) => (RowState::Refused, Some(why), None),
    };
    connection
        .prepare_cached(
            "update restoration_row set state = ?3, reason = coalesce(?4, reason), \
             operation = ?5 where restoration = ?1 and place = ?2",
        )?
        .execute((
            row.0,
            row.1 as i64,
            state.name(),
            reason,
            operation.map(Id::get),
        ))?;
    Ok(())
}

impl RestorationTurn {
    /// What is shown as the reason of the state after it.
    fn shown(&self) -> Option<&str> {
        let is_stop = matches!(self.step, RestorationStep::Pause | RestorationStep::Abandon);
        self.why.as_deref().filter(|_| is_stop)
    }
}

impl RestorationStep {
    /// The act of the life of a restoration.
    const fn act(&self) -> Act {
        match self {
            Self::Seal { .. } => Act::Seal,
            Self::Approve(_) => Act::Approve,
            Self::Run { .. } => Act::Run,
            Self::Pause => Act::Pause,
            Self::Resume => Act::Resume,
            Self::Finish => Act::Finish,
            Self::Abandon => Act::Abandon,
        }
    }

    /// Hash and summary of a plan that is sealed.
    const fn sealed(&self) -> Option<(Hash, &String)> {
        match self {
            Self::Seal { hash, summary } => Some((*hash, summary)),
            _ => None,
        }
    }

    /// The word in the history.
    const fn told(&self) -> &'static str {
        match self {
            Self::Seal { .. } => "restoration_planned",
            Self::Approve(_) => "restoration_approved",
            Self::Run { .. } => "restoration_run",
            Self::Pause => "restoration_paused",
            Self::Resume => "restoration_resumed",
            Self::Finish => "restoration_done",
            Self::Abandon => "restoration_abandoned",
        }
    }
}
