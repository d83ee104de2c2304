use rusqlite::{Connection, types::Value};
use terms::{AccountNumber, DocumentNumber, DriveNumber, FiscalSign, Id, Kopecks, OperationSign};

use super::{Conditions, Days, Listed, Page, Span, Walk, operations::account_row, read_rows};
use crate::{
    JournalError, Reader, ReceiptState, Result,
    read::{ReceiptRow, receipt_row},
};

/// The condition of the index `receipt_pending`, and the states it speaks of.
const IS_PENDING: &str =
    "t.state <> 'fiscalized' and t.state <> 'acknowledged' and t.state <> 'refused'";
const PENDING: [ReceiptState; 4] = [
    ReceiptState::Queued,
    ReceiptState::OnDrive,
    ReceiptState::Held,
    ReceiptState::InDoubt,
];

/// Which receipts are wanted.
#[derive(Clone, Debug, Default)]
pub struct ReceiptsOf {
    /// Only of this account.
    pub account: Option<AccountNumber>,
    /// Only in one of these states; empty: in any.
    pub states: Vec<ReceiptState>,
    /// Only of these days: the receipt's own date.
    pub days: Days,
    /// Only whose operation was accepted in this time.
    pub accepted: Span,
    /// Only of this operation.
    pub operation: Option<Id>,
    /// Only those whose fiscal document is this one, or one of these.
    pub document: DocumentOf,
    /// Only with this признак расчета (1054).
    pub sign: Option<OperationSign>,
    /// Only corrections, or only what is none.
    pub is_correction: Option<bool>,
    /// Only with this sum (1020).
    pub total: Option<Kopecks>,
}

/// Which fiscal document is wanted, as its paper names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentOf {
    /// Номер ФН.
    pub drive: Option<DriveNumber>,
    /// Номер ФД.
    pub number: Option<DocumentNumber>,
    /// ФПД.
    pub fiscal_sign: Option<FiscalSign>,
    /// Номер смены.
    pub shift: Option<u16>,
    /// Номер чека за смену; only together with the shift.
    pub receipt_number: Option<u16>,
}

impl Reader {
    /// A page of receipts, in the order of their identifiers.
    ///
    /// # Errors
    /// See [`Reader::operations`].
    pub fn receipts(&self, of: &ReceiptsOf, page: &Page<Id>) -> Result<Listed<ReceiptRow, Id>> {
        self.at_once(|connection| {
            list(connection, of, page)?.try_map(|id| {
                receipt_row(connection, id)?.ok_or_else(|| {
                    JournalError::spoiled(format!("receipt {id}"), "it is not there")
                })
            })
        })
    }
}

pub(super) fn list(
    connection: &Connection,
    of: &ReceiptsOf,
    page: &Page<Id>,
) -> Result<Listed<Id, Id>> {
    let mut conditions = Conditions::default();
    if !of.states.is_empty() {
        let places = vec!["?"; of.states.len()].join(", ");
        let names = of.states.iter().map(|state| state.name().to_owned());
        conditions.and(&format!("t.state in ({places})"), names);
    }
    conditions.within("t.body ->> '$.date'", of.days);
    if let Some(sign) = of.sign {
        conditions.and("t.sign = ?", [i64::from(sign.code())]);
    }
    if let Some(is_correction) = of.is_correction {
        conditions.and("t.correction = ?", [i64::from(is_correction)]);
    }
    if let Some(total) = of.total {
        conditions.and("t.total = ?", [total.get()]);
    }
    if let Some(operation) = of.operation {
        conditions.and("t.operation = ?", [operation.get()]);
    }
    if let Some(drive) = of.document.drive {
        let row = "t.drive = (select id from drive where number = ?)";
        conditions.and(row, [drive.as_str().to_owned()]);
    }
    let account = match &of.account {
        Some(number) => {
            let row = account_row(connection, number)?;
            conditions.and("t.account = ?", [row]);
            Some(row)
        }
        None => None,
    };
    let is_pending = !of.states.is_empty() && of.states.iter().all(|it| PENDING.contains(it));
    let only = match (of.document.ids(connection)?, of.operation, account) {
        (Some(ids), _, _) => Some(among(ids)),
        (None, Some(operation), _) => Some(of_operation(operation)),
        // What waits is fewer than all that an account may have had.
        (None, None, Some(account)) if !is_pending => Some(of_account(account)),
        (None, None, _) => None,
    };
    let walk = Walk {
        table: "receipt",
        index: (is_pending && only.is_none()).then_some(IS_PENDING),
        only,
        conditions,
        span: of.accepted,
    };
    walk.page(connection, page)
}

fn among(ids: Vec<i64>) -> Conditions {
    Conditions {
        sql: vec!["select ?"; ids.len().max(1)].join(" union all "),
        values: if ids.is_empty() {
            vec![Value::Null]
        } else {
            ids.into_iter().map(Value::from).collect()
        },
    }
}

/// The receipts of an operation follow it; those that undo a second document come later.
fn of_operation(operation: Id) -> Conditions {
    let operation = Value::from(operation.get());
    Conditions {
        sql: "select r.id from operation o join receipt r on r.id > o.id and r.id <= o.id + o.receipts \
              where o.id = ? union all \
              select r.id from receipt r indexed by receipt_return where r.return_of is not null and r.operation = ?"
            .to_owned(),
        values: vec![operation.clone(), operation],
    }
}

/// The receipts of an account follow its operations, or those that concern it as well.
fn of_account(account: Option<i64>) -> Conditions {
    let follow = "join receipt r on r.id > o.id and r.id <= o.id + o.receipts";
    Conditions {
        sql: format!(
            "select r.id from operation o {follow} where o.account = ? union \
             select r.id from side_entry s join operation o on o.id = s.operation {follow} \
             where s.account = ? union \
             select r.id from receipt r indexed by receipt_return where r.return_of is not null and r.account = ?"
        ),
        values: vec![account.into(); 3],
    }
}

impl DocumentOf {
    /// The receipts of the documents that are named; none when none is.
    fn ids(&self, connection: &Connection) -> Result<Option<Vec<i64>>> {
        let mut conditions = Conditions::default();
        if let Some(drive) = self.drive {
            conditions.and("v.number = ?", [drive.as_str().to_owned()]);
        }
        let sign = self.fiscal_sign.map(|sign| i64::from(sign.0));
        if let Some(number) = self.number {
            conditions.and("d.number = ?", [i64::from(number.get())]);
            // There are few drives: each is asked for its document of this number.
            conditions.and_sign("+d.fiscal_sign = ?", sign);
        } else if let Some(shift) = self.shift {
            within_shift(&mut conditions, shift);
            conditions.and_sign("+d.fiscal_sign = ?", sign);
        } else if sign.is_some() {
            conditions.and_sign("d.fiscal_sign = ?", sign);
        } else {
            return Ok(None);
        }
        if let Some(shift) = self.shift {
            conditions.and("d.shift = ?", [i64::from(shift)]);
        }
        if let Some(number) = self.receipt_number {
            conditions.and("d.receipt_number = ?", [i64::from(number)]);
        }
        let (first, second) = match self.number.is_none() && self.shift.is_none() {
            true => ("document d", "drive v on v.id = d.drive"),
            false => ("drive v", "document d on d.drive = v.id"),
        };
        let sql = format!(
            "select d.receipt from {first} cross join {second} where d.receipt is not null{}",
            conditions.sql
        );
        let ids = read_rows(connection, &sql, conditions.values, |row| Ok(row.get(0)?))?;
        Ok(Some(ids))
    }
}

impl Conditions {
    fn and_sign(&mut self, condition: &str, sign: Option<i64>) {
        if let Some(sign) = sign {
            self.and(condition, [sign]);
        }
    }
}

/// The documents between the end of the shift before and that of this one.
fn within_shift(conditions: &mut Conditions, shift: u16) {
    let shift = i64::from(shift);
    let closed = "from document c where c.drive = v.id and c.task = 'close_shift'";
    conditions.and(
        &format!("d.number > coalesce((select max(c.number) {closed} and c.shift < ?), 0)"),
        [shift],
    );
    conditions.and(
        &format!(
            "d.number <= coalesce((select max(c.number) {closed} and c.shift = ?), 4294967295)"
        ),
        [shift],
    );
}
