use rusqlite::{Connection, types::Value};
use terms::{AccountNumber, Id};

use super::{Conditions, Days, Listed, Page, Span, Walk};
use crate::{
    JournalError, Reader, Result,
    read::{OperationRow, operation_row},
};

/// Which operations are wanted.
#[derive(Clone, Debug, Default)]
pub struct OperationsOf {
    /// Only those that concern this account: also moves from and to it.
    pub account: Option<AccountNumber>,
    /// Only of this type: `payment`, `charge`, …
    pub kind: Option<String>,
    /// Only of these days: the operation's own date, or where it has none the day on which it was
    /// accepted.
    pub days: Days,
    /// Only accepted in this time.
    pub accepted: Span,
    /// Only with keys that begin so.
    pub key_prefix: Option<String>,
    /// Only sent with the API key of this name.
    pub sent_by: Option<String>,
    /// How far the place of settlement is ahead of UTC, seconds.
    pub utc_offset: i32,
}

impl Reader {
    /// A page of operations with their receipts, in the order of acceptance.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled; so for all lists.
    pub fn operations(
        &self,
        of: &OperationsOf,
        page: &Page<Id>,
    ) -> Result<Listed<OperationRow, Id>> {
        self.at_once(|connection| {
            list(connection, of, page)?.try_map(|id| {
                operation_row(connection, id)?.ok_or_else(|| {
                    JournalError::spoiled(format!("operation {id}"), "it is not there")
                })
            })
        })
    }
}

pub(super) fn list(
    connection: &Connection,
    of: &OperationsOf,
    page: &Page<Id>,
) -> Result<Listed<Id, Id>> {
    let mut conditions = Conditions::default();
    if let Some(kind) = &of.kind {
        conditions.and("t.type = ?", [kind.clone()]);
    }
    if let Some(prefix) = &of.key_prefix {
        conditions.and("instr(t.key, ?) = 1", [prefix.clone()]);
    }
    if let Some(name) = &of.sent_by {
        let key = "t.api_key = (select id from api_key where name = ?)";
        conditions.and(key, [name.clone()]);
    }
    let day = format!(
        "coalesce(t.body ->> '$.date', date((t.id >> 20) / 1000 + {}, 'unixepoch'))",
        of.utc_offset
    );
    conditions.within(&day, of.days);
    let only = of
        .account
        .as_ref()
        .map(|number| touching(connection, number));
    let walk = Walk {
        table: "operation",
        index: None,
        only: only.transpose()?,
        conditions,
        span: of.accepted,
    };
    walk.page(connection, page)
}

/// The operations that concern an account. (Its own index is asked for an account's life, however
/// long: there is no shorter way.)
fn touching(connection: &Connection, number: &AccountNumber) -> Result<Conditions> {
    let account = Value::from(account_row(connection, number)?);
    Ok(Conditions {
        sql: "select id from operation where account = ? \
              union all select operation from side_entry where account = ?"
            .to_owned(),
        values: vec![account.clone(), account],
    })
}

/// The row of an account; null when there is none.
pub(super) fn account_row(connection: &Connection, number: &AccountNumber) -> Result<Option<i64>> {
    use rusqlite::OptionalExtension;
    Ok(connection
        .prepare_cached("select id from account where number = ?1")?
        .query_row([number.as_str()], |row| row.get(0))
        .optional()?)
}
