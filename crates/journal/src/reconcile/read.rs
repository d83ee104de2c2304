//! What the journal tells of reconciliations.

use rusqlite::{Connection, Row, params_from_iter, types::Value};
use terms::{Kopecks, LocalDate};

use super::{ReconciliationFile, ReconciliationHead, ReconciliationResult, ReconciliationRow};
use crate::{JournalError, Listed, Reader, Result, read::count};

const HEAD: &str = "select r.id, r.from_day, r.to_day, r.state, r.why, r.by, r.started_at, \
     r.ended_at, (select count(*) from reconciliation_result where reconciliation = r.id), \
     (select count(*) from reconciliation_result where reconciliation = r.id and holds = 0) \
     from reconciliation r";

/// Which rows of a reconciliation are wanted, in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct ReconciliationRowsOf {
    /// Only of this comparison.
    pub result: Option<u32>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this account.
    pub account: Option<String>,
    /// After this place; 0: from the beginning.
    pub after: u64,
    /// At most so many, at least 1.
    pub limit: u32,
}

impl Reader {
    /// The reconciliations, the newest first.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn reconciliations(&self, limit: u32) -> Result<Vec<ReconciliationHead>> {
        self.with(|connection| heads(connection, "order by r.id desc limit ?1", limit.into()))
    }

    /// One reconciliation.
    pub fn reconciliation(&self, id: i64) -> Result<Option<ReconciliationHead>> {
        self.with(|connection| Ok(heads(connection, "where r.id = ?1", id)?.pop()))
    }

    /// The files that it has compared, in their order.
    pub fn reconciliation_files(&self, id: i64) -> Result<Vec<ReconciliationFile>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select role, name, sha256, kind, rows, amount from reconciliation_file \
                 where reconciliation = ?1 order by place",
            )?;
            let mut rows = rows.query([id])?;
            let mut files = Vec::new();
            while let Some(row) = rows.next()? {
                let spoiled = |why: terms::TermError| spoiled(id, &why);
                files.push(ReconciliationFile {
                    role: row.get::<_, String>(0)?.parse().map_err(spoiled)?,
                    name: row.get(1)?,
                    sha256: row.get(2)?,
                    kind: row.get(3)?,
                    rows: count(row, 4)?,
                    amount: Kopecks::new(row.get(5)?).map_err(spoiled)?,
                });
            }
            Ok(files)
        })
    }

    /// What it has compared, in its order.
    pub fn reconciliation_results(&self, id: i64) -> Result<Vec<ReconciliationResult>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select place, equation, what, object, holds, left_rows, left_sum, right_rows, \
                 right_sum, mismatches, kept, notes from reconciliation_result \
                 where reconciliation = ?1 order by place",
            )?;
            let results = rows.query_map([id], |row| {
                Ok(ReconciliationResult {
                    place: row.get(0)?,
                    equation: row.get(1)?,
                    what: row.get(2)?,
                    object: row.get(3)?,
                    holds: row.get(4)?,
                    left_rows: count(row, 5)?,
                    left_sum: row.get(6)?,
                    right_rows: count(row, 7)?,
                    right_sum: row.get(8)?,
                    mismatches: count(row, 9)?,
                    kept: count(row, 10)?,
                    notes: row.get(11)?,
                })
            })?;
            Ok(results.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A page of what does not match.
    pub fn reconciliation_rows(
        &self,
        id: i64,
        of: &ReconciliationRowsOf,
    ) -> Result<Listed<ReconciliationRow, u64>> {
        let mut sql =
            "select place, result, kind, key, account, day, source, reference, left_sum, \
                       right_sum, detail from reconciliation_row \
                       where reconciliation = ? and place > ?"
                .to_owned();
        let mut values = vec![Value::from(id), Value::from(of.after as i64)];
        if let Some(result) = of.result {
            sql.push_str(" and result = ?");
            values.push(i64::from(result).into());
        }
        for (column, value) in [("kind", &of.kind), ("account", &of.account)] {
            if let Some(value) = value {
                sql.push_str(&format!(" and {column} = ?"));
                values.push(value.clone().into());
            }
        }
        sql.push_str(" order by place limit ?");
        values.push((i64::from(of.limit) + 1).into());
        self.with(|connection| {
            let mut found = connection.prepare_cached(&sql)?;
            let found = found.query_map(params_from_iter(values), read_row)?;
            let mut rows = found.collect::<rusqlite::Result<Vec<_>>>()?;
            let limit = usize::try_from(of.limit).unwrap_or(usize::MAX);
            let has_more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| has_more).map(|row| row.place);
            Ok(Listed { rows, next })
        })
    }
}

fn heads(connection: &Connection, place: &str, value: i64) -> Result<Vec<ReconciliationHead>> {
    let mut rows = connection.prepare_cached(&format!("{HEAD} {place}"))?;
    let mut rows = rows.query([value])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let day = |column| -> Result<LocalDate> {
            let day: String = row.get(column)?;
            day.parse().map_err(|why| spoiled(id, &why))
        };
        heads.push(ReconciliationHead {
            id,
            from: day(1)?,
            to: day(2)?,
            state: row
                .get::<_, String>(3)?
                .parse()
                .map_err(|why| spoiled(id, &why))?,
            why: row.get(4)?,
            by: row.get(5)?,
            started_at: row.get(6)?,
            ended_at: row.get(7)?,
            results: count(row, 8)?,
            broken: count(row, 9)?,
        });
    }
    Ok(heads)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ReconciliationRow> {
    Ok(ReconciliationRow {
        place: count(row, 0)?,
        result: row.get(1)?,
        kind: row.get(2)?,
        key: row.get(3)?,
        account: row.get(4)?,
        day: row.get(5)?,
        source: row.get(6)?,
        reference: row.get(7)?,
        left_sum: row.get(8)?,
        right_sum: row.get(9)?,
        detail: row.get(10)?,
    })
}

fn spoiled(id: i64, why: &terms::TermError) -> JournalError {
    JournalError::spoiled(format!("reconciliation {id}"), why)
}
