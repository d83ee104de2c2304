use rusqlite::{Connection, types::Value};
use terms::AccountNumber;

use super::{Conditions, LOOKED_AT_MAX, Listed, Order, Page, read_rows};
use crate::{
    JournalError, Reader, Result,
    read::{AccountRow, account_row},
};

/// After every number.
const LAST: char = char::MAX;

/// Which accounts are wanted.
#[derive(Clone, Debug, Default)]
pub struct AccountsOf {
    /// Only those whose numbers begin so.
    pub prefix: Option<String>,
    /// Only with this contact, written as it is stored.
    pub contact: Option<String>,
    /// Only with such a saldo.
    pub saldo: Option<SaldoSign>,
    /// Only those that changed at this moment or later, milliseconds since 1970.
    pub changed_since_ms: Option<i64>,
}

/// On which side an account stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SaldoSign {
    /// It owes.
    Debt,
    /// Its advances exceed its debts.
    Advance,
    /// Neither.
    Zero,
}

/// An account in a list.
#[derive(Clone, Debug)]
pub struct ListedAccount {
    /// The account.
    pub row: AccountRow,
    /// When it changed last, milliseconds since 1970.
    pub changed_at: i64,
}

impl SaldoSign {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Debt, Self::Advance, Self::Zero];

    /// The word used by the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debt => "debt",
            Self::Advance => "advance",
            Self::Zero => "zero",
        }
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Debt => "saldo < 0",
            Self::Advance => "saldo > 0",
            Self::Zero => "saldo = 0",
        }
    }
}

impl Reader {
    /// A page of accounts, in the order of their numbers.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn accounts(
        &self,
        of: &AccountsOf,
        page: &Page<AccountNumber>,
    ) -> Result<Listed<ListedAccount, AccountNumber>> {
        self.at_once(|connection| {
            list(connection, of, page)?.try_map(|number| read(connection, &number))
        })
    }

    /// The accounts whose contacts begin so, at most `limit` of them, in the order of the contacts.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn accounts_by_contact(&self, prefix: &str, limit: u32) -> Result<Vec<ListedAccount>> {
        let sql = "select number from account where contact >= ? and contact < ? \
                   order by contact, number limit ?";
        let values = [
            prefix.to_owned().into(),
            format!("{prefix}{LAST}").into(),
            i64::from(limit).into(),
        ];
        self.at_once(|connection| {
            let numbers = read_rows(connection, sql, values.clone(), |row| {
                number(&row.get::<_, String>(0)?)
            })?;
            let accounts = numbers.iter().map(|number| read(connection, number));
            accounts.collect()
        })
    }
}

pub(super) fn list(
    connection: &Connection,
    of: &AccountsOf,
    page: &Page<AccountNumber>,
) -> Result<Listed<AccountNumber, AccountNumber>> {
    let mut conditions = Conditions::default();
    if let Some(sign) = of.saldo {
        conditions.and::<Value>(sign.sql(), []);
    }
    if let Some(since) = of.changed_since_ms {
        conditions.and("changed_at >= ?", [since]);
    }
    let prefix = of.prefix.clone().unwrap_or_default();
    let mut bounds = Conditions::default();
    bounds.and("number >= ?", [prefix.clone()]);
    bounds.and("number < ?", [format!("{prefix}{LAST}")]);
    if let Some(after) = &page.after {
        let beyond = format!("number {} ?", page.order.beyond());
        bounds.and(&beyond, [after.to_string()]);
    }
    let mut edge = None;
    if let Some(contact) = &of.contact {
        bounds.and("contact = ?", [contact.clone()]);
    } else if !conditions.is_empty() {
        edge = self::edge(connection, &bounds, page.order)?;
    }
    if let Some(edge) = &edge {
        let within = match page.order {
            Order::Descending => "number >= ?",
            Order::Ascending => "number <= ?",
        };
        bounds.and(within, [edge.to_string()]);
    }
    let sql = format!(
        "select number from account where true{}{} order by number {} limit {}",
        bounds.sql,
        conditions.sql,
        page.order.sql(),
        page.read_max()
    );
    let values = bounds.values.into_iter().chain(conditions.values);
    let numbers = read_rows(connection, &sql, values, |row| {
        number(&row.get::<_, String>(0)?)
    })?;
    let mut listed = page.of(numbers, Clone::clone);
    listed.next = listed.next.or(edge);
    Ok(listed)
}

/// The last account to look at, if there may be more of them than are looked at.
fn edge(
    connection: &Connection,
    bounds: &Conditions,
    order: Order,
) -> Result<Option<AccountNumber>> {
    let sql = format!(
        "select number from account where true{} order by number {} limit 1 offset {}",
        bounds.sql,
        order.sql(),
        LOOKED_AT_MAX - 1
    );
    let values = bounds.values.iter().cloned();
    let found = read_rows(connection, &sql, values, |row| {
        number(&row.get::<_, String>(0)?)
    })?;
    Ok(found.into_iter().next())
}

fn read(connection: &Connection, number: &AccountNumber) -> Result<ListedAccount> {
    let changed_at = connection
        .prepare_cached("select changed_at from account where number = ?1")?
        .query_row([number.as_str()], |row| row.get(0))?;
    let row = account_row(connection, number)?.ok_or_else(|| {
        JournalError::spoiled(
            "account",
            format!("{number} is in the list and nowhere else"),
        )
    })?;
    Ok(ListedAccount { row, changed_at })
}

fn number(text: &str) -> Result<AccountNumber> {
    text.parse()
        .map_err(|why| JournalError::spoiled("account", why))
}
