//! The row twin of an account's state: one JSON document.

use engine::{Account, Debt, Invoice, Lot, Penalty, Settled};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, Kopecks, PaymentMethod};

use crate::{JournalError, Result};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct State {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    payer: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    debts: Vec<DebtRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    penalties: Vec<PenaltyRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    advances: Vec<LotRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settled: Vec<SettledRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    written_off: Vec<DebtRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    invoices: Vec<InvoiceRow>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DebtRow {
    id: String,
    service: String,
    period: String,
    open: i64,
    vat: String,
    credit: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PenaltyRow {
    id: String,
    service: String,
    open: i64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LotRow {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    amount: i64,
    vat: String,
    date: String,
    kind: String,
    method: u8,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SettledRow {
    service: String,
    period: String,
    amount: i64,
    vat: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct InvoiceRow {
    service: String,
    period: String,
    amount: i64,
}

/// The state as it is stored.
pub(crate) fn to_json(account: &Account) -> Result<String> {
    let state = State {
        contact: account.contact.clone(),
        payer: account.payer_kind.name().to_owned(),
        debts: account.debts.iter().map(debt_row).collect(),
        penalties: account
            .penalties
            .iter()
            .map(|penalty| PenaltyRow {
                id: penalty.id.clone(),
                service: penalty.service.to_string(),
                open: penalty.open.get(),
            })
            .collect(),
        advances: account.advances.iter().map(lot_row).collect(),
        settled: account
            .settled
            .iter()
            .map(|settled| SettledRow {
                service: settled.service.to_string(),
                period: settled.period.to_string(),
                amount: settled.amount.get(),
                vat: settled.vat.to_string(),
            })
            .collect(),
        written_off: account.written_off.iter().map(debt_row).collect(),
        invoices: account
            .invoices
            .iter()
            .map(|invoice| InvoiceRow {
                service: invoice.service.to_string(),
                period: invoice.period.to_string(),
                amount: invoice.amount.get(),
            })
            .collect(),
    };
    serde_json::to_string(&state)
        .map_err(|error| JournalError::spoiled(format!("account {}", account.number), error))
}

/// Reads a stored state back.
pub(crate) fn from_json(number: &AccountNumber, json: &str) -> Result<Account> {
    let spoiled = |why: String| JournalError::spoiled(format!("account {number}"), why);
    let state: State = serde_json::from_str(json).map_err(|error| spoiled(error.to_string()))?;
    read_state(number, state).map_err(|error| spoiled(error.to_string()))
}

fn read_state(number: &AccountNumber, state: State) -> terms::Result<Account> {
    let penalty = |row: PenaltyRow| {
        Ok(Penalty {
            id: row.id,
            service: row.service.parse()?,
            open: Kopecks::new(row.open)?,
        })
    };
    let settled = |row: SettledRow| {
        Ok(Settled {
            service: row.service.parse()?,
            period: row.period.parse()?,
            amount: Kopecks::new(row.amount)?,
            vat: row.vat.parse()?,
        })
    };
    let invoice = |row: InvoiceRow| {
        Ok(Invoice {
            service: row.service.parse()?,
            period: row.period.parse()?,
            amount: Kopecks::new(row.amount)?,
        })
    };
    Ok(Account {
        number: number.clone(),
        contact: state.contact,
        payer_kind: state.payer.parse()?,
        debts: each(state.debts, read_debt)?,
        penalties: each(state.penalties, penalty)?,
        advances: each(state.advances, read_lot)?,
        settled: each(state.settled, settled)?,
        written_off: each(state.written_off, read_debt)?,
        invoices: each(state.invoices, invoice)?,
    })
}

fn each<A, B>(rows: Vec<A>, read: impl Fn(A) -> terms::Result<B>) -> terms::Result<Vec<B>> {
    rows.into_iter().map(read).collect()
}

fn debt_row(debt: &Debt) -> DebtRow {
    DebtRow {
        id: debt.id.clone(),
        service: debt.service.to_string(),
        period: debt.period.to_string(),
        open: debt.open.get(),
        vat: debt.vat.to_string(),
        credit: debt.credit,
    }
}

fn read_debt(row: DebtRow) -> terms::Result<Debt> {
    Ok(Debt {
        id: row.id,
        service: row.service.parse()?,
        period: row.period.parse()?,
        open: Kopecks::new(row.open)?,
        vat: row.vat.parse()?,
        credit: row.credit,
    })
}

fn lot_row(lot: &Lot) -> LotRow {
    LotRow {
        id: lot.id.clone(),
        service: lot.service.as_ref().map(ToString::to_string),
        period: lot.period.map(|period| period.to_string()),
        amount: lot.amount.get(),
        vat: lot.vat.to_string(),
        date: lot.date.to_string(),
        kind: lot.kind.name().to_owned(),
        method: lot.method.code(),
    }
}

fn read_lot(row: LotRow) -> terms::Result<Lot> {
    Ok(Lot {
        id: row.id,
        service: row.service.map(|code| code.parse()).transpose()?,
        period: row.period.map(|period| period.parse()).transpose()?,
        amount: Kopecks::new(row.amount)?,
        vat: row.vat.parse()?,
        date: row.date.parse()?,
        kind: row.kind.parse()?,
        method: PaymentMethod::from_code(row.method)?,
    })
}
