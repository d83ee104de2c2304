//! What the journal tells of restorations.

use std::str::FromStr;

use engine::JournalReceipt;
use restoration::{Class, Hash, PlanHasher, PlanRow, RowState, State};
use rusqlite::{Connection, Row, types::Value};
use terms::{Id, Kopecks, LocalDate, TermError};

use super::{RestorationFile, RestorationHead, RestorationRow, RestorationRun};
use crate::{JournalError, Listed, Reader, Result, basis, before, record::read_id};

const HEAD: &str = "select id, kind, state, why, parameters, basis, summary, author, api_key, \
     created_at, hash, approved_by, approved_at, run_by, run_at, run_left, pace, pause_on, history, \
     changed_before, held_before, ended_at from restoration";
const ROW: &str = "select place, class, state, reason, key, date, amount, account, source, file, line, \
     wrong, body, documents, fingerprint, operation from restoration_row";

/// Which rows of a restoration are wanted, in the order of their places.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestorationRowsOf {
    /// Only in this state.
    pub state: Option<RowState>,
    /// Only of this class.
    pub class: Option<Class>,
    /// After this place; 0: from the beginning.
    pub after: u64,
    /// At most so many, at least 1.
    pub limit: u32,
}

impl Reader {
    /// The restorations, the newest first.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn restorations(&self, limit: u32) -> Result<Vec<RestorationHead>> {
        self.with(|connection| heads(connection, "order by id desc limit ?1", limit.into()))
    }

    /// Those that are not at their end, the oldest first.
    pub fn open_restorations(&self) -> Result<Vec<RestorationHead>> {
        let place = "indexed by restoration_open where ended_at is null and ?1 = 0 order by id";
        self.with(|connection| heads(connection, place, 0))
    }

    /// One restoration.
    pub fn restoration(&self, id: i64) -> Result<Option<RestorationHead>> {
        self.with(|connection| Ok(heads(connection, "where id = ?1", id)?.pop()))
    }

    /// The files of a restoration, in their order.
    pub fn restoration_files(&self, id: i64) -> Result<Vec<RestorationFile>> {
        self.with(|connection| files(connection, id))
    }

    /// A page of the rows of a restoration.
    pub fn restoration_rows(
        &self,
        id: i64,
        of: &RestorationRowsOf,
    ) -> Result<Listed<RestorationRow, u64>> {
        self.at_once(|connection| {
            let head = heads(connection, "where id = ?1", id)?.pop();
            let is_abandoned = head.is_some_and(|head| head.state == State::Abandoned);
            let mut sql = format!("{ROW} where restoration = ? and place > ?");
            let mut values = vec![Value::from(id), Value::from(of.after as i64)];
            let stored = of.state.map(|state| match state {
                RowState::Dropped => (RowState::Planned, is_abandoned),
                RowState::Planned => (RowState::Planned, !is_abandoned),
                other => (other, true),
            });
            if let Some((state, can_be)) = stored {
                sql.push_str(" and state = ? and ?");
                values.extend([state.name().to_owned().into(), i64::from(can_be).into()]);
            }
            if let Some(class) = of.class {
                sql.push_str(" and class = ?");
                values.push(class.name().to_owned().into());
            }
            sql.push_str(" order by place limit ?");
            values.push((i64::from(of.limit) + 1).into());
            let mut query = connection.prepare_cached(&sql)?;
            let mut found = query.query(rusqlite::params_from_iter(values))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(read_row(row, is_abandoned)?);
            }
            let limit = usize::try_from(of.limit).unwrap_or(usize::MAX);
            let has_more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| has_more).map(|row| row.place);
            Ok(Listed { rows, next })
        })
    }

    /// The restoration and the row that an operation belongs to.
    pub fn restoration_of(&self, operation: Id) -> Result<Option<(i64, u64)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select restoration, place from restoration_row where operation = ?1",
            )?;
            let mut rows = rows.query([operation.get()])?;
            let row = rows.next()?;
            row.map(|row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))
                .transpose()
        })
    }

    /// For each key the open restoration in which a row with it waits, if one does.
    pub fn planned_keys<'a>(
        &self,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Option<i64>>> {
        self.at_once(|connection| {
            let mut find = connection.prepare_cached(
                "select w.restoration from restoration_row w indexed by restoration_row_key \
                 join restoration r on r.id = w.restoration \
                 where w.key = ?1 and w.state = 'planned' and r.ended_at is null limit 1",
            )?;
            keys.map(|key| {
                let mut rows = find.query([key])?;
                let row = rows.next()?;
                Ok(row.map(|row| row.get(0)).transpose()?)
            })
            .collect()
        })
    }

    /// A receipt as the engine corrects it; none while it is no fiscal document.
    pub fn journal_receipt(&self, id: Id) -> Result<Option<JournalReceipt>> {
        self.with(|connection| before::journal_receipt(connection, &id.to_string()))
    }

    /// The hash of a plan, from what is stored of it. It reads all its rows.
    pub fn plan_hash(&self, id: i64) -> Result<Option<Hash>> {
        self.at_once(|connection| plan_hash(connection, id))
    }
}

/// The hash of a plan over its stored bytes.
pub(crate) fn plan_hash(connection: &Connection, id: i64) -> Result<Option<Hash>> {
    let Some(head) = heads(connection, "where id = ?1", id)?.pop() else {
        return Ok(None);
    };
    let said: String = connection
        .prepare_cached("select basis from restoration where id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let files = files(connection, id)?;
    let files: Vec<Hash> = files.iter().map(|file| Hash(file.sha256)).collect();
    let parameters = [("parameters", Some(head.parameters.as_str()))];
    let basis = [("basis", Some(said.as_str()))];
    let mut hasher = PlanHasher::new(head.kind, &parameters, &basis, &files);
    let mut rows = connection.prepare_cached(
        "select class, key, amount, date, fingerprint from restoration_row \
         where restoration = ?1 order by place",
    )?;
    let mut rows = rows.query([id])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(1)?;
        hasher.row(&PlanRow {
            class: word(&row.get::<_, String>(0)?)?,
            key: &key,
            amount: Kopecks::new(row.get(2)?).map_err(spoiled)?,
            date: row.get::<_, String>(3)?.parse().map_err(spoiled)?,
            fingerprint: row.get::<_, Option<[u8; 32]>>(4)?.map(Hash),
        });
    }
    Ok(Some(hasher.finish()))
}

fn spoiled(why: TermError) -> JournalError {
    JournalError::spoiled("restoration", why)
}

/// Reads a word that is stored.
pub(super) fn word<T: FromStr<Err = TermError>>(text: &str) -> Result<T> {
    text.parse().map_err(spoiled)
}

fn heads(connection: &Connection, place: &str, value: i64) -> Result<Vec<RestorationHead>> {
    let mut query = connection.prepare_cached(&format!("{HEAD} {place}"))?;
    let mut rows = query.query([value])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(read_head(row)?);
    }
    Ok(heads)
}

fn read_head(row: &Row<'_>) -> Result<RestorationHead> {
    let run_by: Option<String> = row.get("run_by")?;
    let run = |by: String| -> Result<RestorationRun> {
        Ok(RestorationRun {
            by,
            at: row.get("run_at")?,
            left: row
                .get::<_, Option<i64>>("run_left")?
                .map(i64::unsigned_abs),
            pace: word(&row.get::<_, String>("pace")?)?,
            pause_on: word(&row.get::<_, String>("pause_on")?)?,
            history: row.get("history")?,
            changed_before: row.get::<_, i64>("changed_before")?.unsigned_abs(),
            held_before: row.get::<_, i64>("held_before")?.unsigned_abs(),
        })
    };
    Ok(RestorationHead {
        id: row.get("id")?,
        kind: word(&row.get::<_, String>("kind")?)?,
        state: word(&row.get::<_, String>("state")?)?,
        why: row.get("why")?,
        parameters: row.get("parameters")?,
        basis: basis::grounds_from_json(&row.get::<_, String>("basis")?)?,
        summary: row.get("summary")?,
        author: row.get("author")?,
        api_key: row.get("api_key")?,
        created_at: row.get("created_at")?,
        hash: row.get::<_, Option<[u8; 32]>>("hash")?.map(Hash),
        approved_by: row.get("approved_by")?,
        approved_at: row.get("approved_at")?,
        run: run_by.map(run).transpose()?,
        ended_at: row.get("ended_at")?,
    })
}

fn files(connection: &Connection, id: i64) -> Result<Vec<RestorationFile>> {
    let mut rows = connection.prepare_cached(
        "select name, sha256, kind, profile, rows, amount from restoration_file \
         where restoration = ?1 order by place",
    )?;
    let mut rows = rows.query([id])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push(RestorationFile {
            name: row.get(0)?,
            sha256: row.get(1)?,
            kind: row.get(2)?,
            profile: row.get(3)?,
            rows: row.get::<_, i64>(4)?.unsigned_abs(),
            amount: Kopecks::new(row.get(5)?).map_err(spoiled)?,
        });
    }
    Ok(files)
}

fn read_row(row: &Row<'_>, is_abandoned: bool) -> Result<RestorationRow> {
    let date: LocalDate = row.get::<_, String>("date")?.parse().map_err(spoiled)?;
    let file: Option<u32> = row.get("file")?;
    let id = |column: &str| -> Result<Option<Id>> {
        row.get::<_, Option<i64>>(column)?.map(read_id).transpose()
    };
    Ok(RestorationRow {
        place: row.get::<_, i64>("place")?.unsigned_abs(),
        class: word(&row.get::<_, String>("class")?)?,
        state: now(word(&row.get::<_, String>("state")?)?, is_abandoned),
        reason: row.get("reason")?,
        key: row.get("key")?,
        date,
        amount: Kopecks::new(row.get("amount")?).map_err(spoiled)?,
        account: row.get("account")?,
        source: row.get("source")?,
        line: file.zip(row.get("line")?),
        wrong: id("wrong")?,
        body: row.get("body")?,
        documents: row.get("documents")?,
        fingerprint: row.get::<_, Option<[u8; 32]>>("fingerprint")?.map(Hash),
        operation: id("operation")?,
    })
}

/// What waits in an abandoned restoration is dropped.
pub(super) fn now(state: RowState, is_abandoned: bool) -> RowState {
    match state {
        RowState::Planned if is_abandoned => RowState::Dropped,
        other => other,
    }
}
