//! Lists that can be walked page by page while new rows come.
//!
//! A place in a list is the key of the row that was seen last, so each row that was there when the
//! walk began is seen exactly once. Few filters have an index of their own, as intake would pay for
//! it with every row; under the others at most [`LOOKED_AT_MAX`] rows are looked at for one page.
//! Such a page may be short, even empty, and still have a place from which the next one goes on.

mod accounts;
mod documents;
mod drives;
mod operations;
mod receipts;
mod shifts;
mod statement;
mod unidentified;

use rusqlite::{Connection, Row, params_from_iter, types::Value};
use terms::{Id, LocalDate};

use crate::{JournalError, Result};

pub use accounts::{AccountsOf, ListedAccount, SaldoSign};
pub use documents::{DocumentsOf, ListedDocument};
pub use drives::DriveRow;
pub use operations::OperationsOf;
pub use receipts::{DocumentOf, ReceiptsOf};
pub use shifts::{ShiftPlace, ShiftRow, ShiftSum, ShiftsOf};
pub use statement::{Statement, StatementEvent, StatementOf};
pub use unidentified::UnidentifiedRow;

/// How many rows are looked at for one page when no index knows the filter.
pub const LOOKED_AT_MAX: i64 = 10_000;

/// From which end a list is walked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Order {
    /// The newest first.
    #[default]
    Descending,
    /// The oldest first.
    Ascending,
}

/// A page that is wanted.
#[derive(Clone, Debug)]
pub struct Page<P> {
    /// The place after which it begins; none: the list's beginning.
    pub after: Option<P>,
    /// From which end the list is walked.
    pub order: Order,
    /// The most rows in it, at least 1.
    pub limit: u32,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T, P> {
    /// The rows, in the order of the walk.
    pub rows: Vec<T>,
    /// After which the next page begins; none: nothing is left.
    pub next: Option<P>,
}

/// A stretch of time: when something was accepted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Span {
    /// Not before this moment, milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Before this moment, milliseconds since 1970.
    pub before_ms: Option<i64>,
}

/// Days at the place of settlement, both included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Days {
    /// The first one.
    pub from: Option<LocalDate>,
    /// The last one.
    pub to: Option<LocalDate>,
}

impl Order {
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Descending => "desc",
            Self::Ascending => "asc",
        }
    }

    /// How a key that comes later in the walk compares.
    pub(crate) const fn beyond(self) -> &'static str {
        match self {
            Self::Descending => "<",
            Self::Ascending => ">",
        }
    }
}

impl<P: Clone> Page<P> {
    /// How many rows to read: one more tells whether any are left.
    pub(crate) fn read_max(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The page of these rows, of which there may be one too many.
    pub(crate) fn of<T>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> P) -> Listed<T, P> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(place);
        Listed { rows, next }
    }
}

impl<T, P> Listed<T, P> {
    /// The same page with other rows.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Listed<U, P> {
        Listed {
            rows: self.rows.into_iter().map(each).collect(),
            next: self.next,
        }
    }

    fn try_map<U>(self, each: impl FnMut(T) -> Result<U>) -> Result<Listed<U, P>> {
        Ok(Listed {
            rows: self.rows.into_iter().map(each).collect::<Result<_>>()?,
            next: self.next,
        })
    }
}

impl Span {
    /// The identifiers given out in it: the first one, and the first one after it.
    pub(crate) fn ids(self) -> (i64, i64) {
        // The upper 43 bits of an identifier.
        let first_at = |ms: i64| ms.clamp(0, (1 << 43) - 1) << 20;
        (
            self.from_ms.map_or(0, first_at),
            self.before_ms.map_or(i64::MAX, first_at),
        )
    }
}

/// A part of a query with its values.
#[derive(Clone, Debug, Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `?` in it stands for the next of `values`.
    fn and<V: Into<Value>>(&mut self, condition: &str, values: impl IntoIterator<Item = V>) {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
        self.values.extend(values.into_iter().map(Into::into));
    }

    /// Adds the condition that `value` lies within `days`.
    fn within(&mut self, value: &str, days: Days) {
        for (compared, day) in [(">=", days.from), ("<=", days.to)] {
            if let Some(day) = day {
                self.and(&format!("{value} {compared} ?"), [day.to_string()]);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }
}

/// A walk over a table whose rows are known by identifiers.
struct Walk {
    table: &'static str,
    /// The condition of a partial index that holds all rows in question.
    index: Option<&'static str>,
    /// The only rows in question, if they are few: a query for their identifiers.
    only: Option<Conditions>,
    /// What else must hold of the row `t`.
    conditions: Conditions,
    span: Span,
}

impl Walk {
    fn page(&self, connection: &Connection, page: &Page<Id>) -> Result<Listed<Id, Id>> {
        let (mut low, mut high) = self.span.ids();
        match (page.order, page.after) {
            (_, None) => {}
            (Order::Descending, Some(after)) => high = high.min(after.get()),
            (Order::Ascending, Some(after)) => low = low.max(after.get().saturating_add(1)),
        }
        let edge = self.edge(connection, page.order, (low, high))?;
        match (page.order, edge) {
            (_, None) => {}
            (Order::Descending, Some(edge)) => low = edge,
            (Order::Ascending, Some(edge)) => high = edge.saturating_add(1),
        }
        let mut ids = self.ids(connection, page, (low, high))?;
        if ids.next.is_none() {
            ids.next = edge.map(read_place).transpose()?;
        }
        Ok(ids)
    }

    /// The last row to look at, if there may be more of them than are looked at.
    fn edge(
        &self,
        connection: &Connection,
        order: Order,
        (low, high): (i64, i64),
    ) -> Result<Option<i64>> {
        if self.only.is_some() || self.conditions.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "select t.id from {} t where {} t.id >= ? and t.id < ? order by t.id {} limit 1 \
             offset {}",
            self.table,
            self.indexed(),
            order.sql(),
            LOOKED_AT_MAX - 1
        );
        let found = read_rows(connection, &sql, [low.into(), high.into()], |row| {
            Ok(row.get(0)?)
        })?;
        Ok(found.into_iter().next())
    }

    fn ids(
        &self,
        connection: &Connection,
        page: &Page<Id>,
        (low, high): (i64, i64),
    ) -> Result<Listed<Id, Id>> {
        let Conditions { sql, values } = &self.conditions;
        // A plus keeps the bounds from being taken for the way to the rows.
        let (plus, only, only_values) = match &self.only {
            Some(only) => (
                "+",
                format!(" and t.id in ({})", only.sql),
                &only.values[..],
            ),
            None => ("", String::new(), &[][..]),
        };
        let sql = format!(
            "select t.id from {} t where {} {plus}t.id >= ? and {plus}t.id < ?{sql}{only} \
             order by t.id {} limit {}",
            self.table,
            self.indexed(),
            page.order.sql(),
            page.read_max()
        );
        let bounds = [low.into(), high.into()].into_iter();
        let values = bounds.chain(values.iter().chain(only_values).cloned());
        let ids = read_rows(connection, &sql, values, |row| read_place(row.get(0)?))?;
        Ok(page.of(ids, |id| *id))
    }

    fn indexed(&self) -> String {
        self.index
            .map_or_else(String::new, |condition| format!("{condition} and"))
    }
}

fn read_place(number: i64) -> Result<Id> {
    Id::from_number(number).map_err(|why| JournalError::spoiled("identifier", why))
}

/// Reads the rows of a query.
fn read_rows<T>(
    connection: &Connection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let values: Vec<Value> = values.into_iter().collect();
    #[cfg(test)]
    tests::look_at_plan(connection, sql, &values);
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod tests;
