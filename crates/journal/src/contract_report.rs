//! What the contracts of accounts have come to in a month.

use engine::{Account, AccountChange, Contract, contract_of, money_by_line};
use rusqlite::Connection;
use terms::{AccountNumber, Id, Kopecks, Period, ServiceCode};

use crate::{
    JournalError, Listed, Reader, Result, Span, account, contract, effects::Effects, receipt,
    record::read_id,
};

/// A contract over a month. `debt_start + charged − offset − paid + other = debt_end`.
///
/// A service belongs in a month to the contract that is about it then and begins last, with the
/// debts of all months. Penalties, and advances of the common pool, belong to no contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContractMonth {
    /// The account.
    pub account: AccountNumber,
    /// The contract.
    pub contract: Contract,
    /// Open debts at the month's beginning.
    pub debt_start: Kopecks,
    /// What was charged.
    pub charged: Kopecks,
    /// What of it advances have covered.
    pub offset: Kopecks,
    /// What payments have paid of debts; below zero when such payments were taken back.
    pub paid: Kopecks,
    /// What else has changed debts: recalculations, write-offs, moves, corrections.
    pub other: Kopecks,
    /// Open debts at the month's end.
    pub debt_end: Kopecks,
    /// Money in lines of formed receipts.
    pub received: Kopecks,
    /// Money that went back by formed receipts.
    pub returned: Kopecks,
    /// How many formed receipts have a line of its services.
    pub receipts: u64,
}

impl Reader {
    /// All contracts that hold in a month, in the order in which they were stored, after the place
    /// `after`; at most `limit`. The month's operations are those that were accepted in `span`, as
    /// in statements.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn contract_months(
        &self,
        (month, span): (Period, Span),
        after: Option<i64>,
        limit: u32,
    ) -> Result<Listed<ContractMonth, i64>> {
        self.at_once(|connection| {
            let places = places(connection, month, after, limit.saturating_add(1))?;
            let mut rows = Vec::new();
            for (account, number) in places.iter().take(limit as usize).map(|it| &it.1) {
                rows.push(Reckoning::of(
                    connection,
                    (*account, number),
                    (month, span),
                )?);
            }
            let last = places.get((limit as usize).wrapping_sub(1));
            let next = last.filter(|_| places.len() > limit as usize);
            Ok(Listed {
                rows,
                next: next.map(|(place, _)| *place),
            })
        })
    }
}

/// A contract's place, its account's row, its number.
type Place = (i64, (i64, String));

fn places(
    connection: &Connection,
    month: Period,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Place>> {
    let mut statement = connection.prepare_cached(
        "select id, account, number from contract where id > ?1 and valid_from <= ?2 \
         and (valid_to is null or valid_to >= ?3) order by id limit ?4",
    )?;
    let values = (
        after.unwrap_or(0),
        month.last_day().to_string(),
        format!("{month}-01"),
        limit,
    );
    let rows = statement.query_map(values, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The sums of one contract while they are added up, kopecks. Wider than money: no intermediate sum
/// can overflow.
#[derive(Default)]
struct Reckoning {
    now: i128,
    after: i128,
    inside: i128,
    charged: i128,
    offset: i128,
    paid: i128,
    other: i128,
    received: i128,
    returned: i128,
    receipts: u64,
}

impl Reckoning {
    fn of(
        connection: &Connection,
        (account, number): (i64, &str),
        (month, span): (Period, Span),
    ) -> Result<ContractMonth> {
        let state: (String, String) = connection
            .prepare_cached("select number, state from account where id = ?1")?
            .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let of: AccountNumber = state
            .0
            .parse()
            .map_err(|why| JournalError::spoiled(format!("account {}", state.0), why))?;
        let state = account::from_json(&of, &state.1)?;
        let contracts = contract::of_account(connection, account)?;
        let contract = contracts.iter().find(|it| it.number == number);
        let contract = contract.cloned().ok_or_else(|| {
            JournalError::spoiled(format!("contract {number} of account {of}"), "it is gone")
        })?;
        let is_own = |service: &ServiceCode| {
            contract_of(&contracts, service, month).is_some_and(|it| it.number == number)
        };
        let mut sums = Self::default();
        sums.add_state(&state, is_own);
        sums.add_operations(connection, (account, &of), span, is_own)?;
        sums.month(of, contract)
    }

    fn add_state(&mut self, state: &Account, is_own: impl Fn(&ServiceCode) -> bool) {
        let debts = state.debts.iter().filter(|debt| is_own(&debt.service));
        self.now = debts.map(|debt| i128::from(debt.open.get())).sum();
    }

    /// From the month's beginning until now: what came after it is taken off again.
    fn add_operations(
        &mut self,
        connection: &Connection,
        (account, number): (i64, &AccountNumber),
        span: Span,
        is_own: impl Fn(&ServiceCode) -> bool,
    ) -> Result<()> {
        let (low, high) = span.ids();
        let mut statement = connection.prepare_cached(
            "select o.id, o.type, o.effects, o.receipts from \
             (select id from operation where account = ?1 and id >= ?2 union \
             select operation from side_entry where account = ?1 and operation >= ?2) t \
             join operation o on o.id = t.id left join cancellation c on c.operation = o.id \
             where c.operation is null order by o.id",
        )?;
        let mut rows = statement.query((account, low))?;
        while let Some(row) = rows.next()? {
            let id = read_id(row.get(0)?)?;
            let effects: Option<String> = row.get(2)?;
            let changes = Effects::from_json(id, effects.as_deref())?.account_changes(id)?;
            let change = changes.iter().find(|it| it.account == *number);
            let is_inside = id.get() < high;
            if let Some(change) = change {
                let kind = row.get_ref(1)?.as_str().unwrap_or_default();
                self.add_change(change, kind, is_inside, &is_own);
            }
            if is_inside {
                self.add_receipts(connection, (id, row.get(3)?), account, &is_own)?;
            }
        }
        Ok(())
    }

    fn add_change(
        &mut self,
        change: &AccountChange,
        kind: &str,
        is_inside: bool,
        is_own: impl Fn(&ServiceCode) -> bool,
    ) {
        let debts = change.debts.iter().filter(|it| is_own(&it.before.service));
        let debt: i128 = debts.map(|it| difference(it.after, it.before.open)).sum();
        if !is_inside {
            self.after += debt;
            return;
        }
        self.inside += debt;
        let settled = change.settled.iter();
        let settled = settled.filter(|it| is_own(&it.before.service));
        let settled: i128 = settled
            .map(|it| difference(it.after, it.before.amount))
            .sum();
        match kind {
            "charge" => {
                self.charged += debt + settled;
                self.offset += settled;
            }
            "payment" | "identify" | "cancel_payment" | "restore_payment" => self.paid -= debt,
            _ => self.other += debt,
        }
    }

    fn add_receipts(
        &mut self,
        connection: &Connection,
        (operation, count): (Id, i64),
        account: i64,
        is_own: impl Fn(&ServiceCode) -> bool,
    ) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "select id, body from receipt where id > ?1 and id <= ?1 + ?2 and account = ?3 \
             and (state = 'fiscalized' or state = 'acknowledged')",
        )?;
        let mut rows = statement.query((operation.get(), count, account))?;
        while let Some(row) = rows.next()? {
            let id = read_id(row.get(0)?)?;
            let body: String = row.get(1)?;
            let receipt = receipt::from_json(format!("receipt {id}"), &body)?;
            let spoiled = |why| JournalError::spoiled(format!("receipt {id}"), why);
            let money = money_by_line(&receipt).map_err(spoiled)?;
            let lines = receipt.all_lines().iter().zip(money);
            let mut own = lines.filter(|(line, _)| line.service.as_ref().is_some_and(&is_own));
            let mut has_own = false;
            for (_, amount) in &mut own {
                has_own = true;
                let amount = i128::from(amount.get());
                self.received += amount.max(0);
                self.returned -= amount.min(0);
            }
            self.receipts += u64::from(has_own);
        }
        Ok(())
    }

    fn month(self, account: AccountNumber, contract: Contract) -> Result<ContractMonth> {
        let sum = |wide: i128| {
            let spoiled = || {
                let what = format!("contract {} of account {account}", contract.number);
                JournalError::spoiled(what, "its sums exceed every sum")
            };
            let narrow = i64::try_from(wide).map_err(|_| spoiled())?;
            Kopecks::new(narrow).map_err(|_| spoiled())
        };
        let end = self.now - self.after;
        Ok(ContractMonth {
            debt_start: sum(end - self.inside)?,
            charged: sum(self.charged)?,
            offset: sum(self.offset)?,
            paid: sum(self.paid)?,
            other: sum(self.other)?,
            debt_end: sum(end)?,
            received: sum(self.received)?,
            returned: sum(self.returned)?,
            receipts: self.receipts,
            account,
            contract,
        })
    }
}

fn difference(after: Kopecks, before: Kopecks) -> i128 {
    i128::from(after.get()) - i128::from(before.get())
}
