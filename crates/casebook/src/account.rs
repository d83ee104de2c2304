//! Personal accounts as they are written, before and after the events.

use engine::{Account, Debt, Invoice, Lot, MoneyKind, PayerKind, Penalty, Settled};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, LocalDate, PaymentMethod, Period, ServiceCode, VatRate};

use crate::{
    book::MAX_ITEMS,
    error::{Fault, check_count},
    field::{Code, Money, Text},
};

/// An account before the events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRow {
    contact: Option<String>,
    payer_kind: Option<Text<PayerKind>>,
    #[serde(default)]
    debts: Vec<DebtRow>,
    #[serde(default)]
    penalties: Vec<PenaltyRow>,
    #[serde(default)]
    advances: Vec<LotRow>,
    #[serde(default)]
    settled: Vec<SettledRow>,
    #[serde(default)]
    written_off: Vec<DebtRow>,
    #[serde(default)]
    invoices: Vec<InvoiceRow>,
}

/// An account after the events.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountAfterRow {
    pub(crate) debts: Vec<DebtRow>,
    pub(crate) penalties: Vec<PenaltyRow>,
    pub(crate) advances: Vec<LotRow>,
    pub(crate) settled: Vec<SettledRow>,
    pub(crate) written_off: Vec<DebtRow>,
    /// Kopecks; wider than a sum, as the engine has it.
    pub(crate) saldo: i128,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DebtRow {
    pub(crate) id: String,
    service: Text<ServiceCode>,
    period: Text<Period>,
    pub(crate) open: Money,
    vat: Text<VatRate>,
    credit: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PenaltyRow {
    pub(crate) id: String,
    service: Text<ServiceCode>,
    pub(crate) open: Money,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LotRow {
    pub(crate) id: String,
    service: Option<Text<ServiceCode>>,
    period: Option<Text<Period>>,
    pub(crate) amount: Money,
    vat: Text<VatRate>,
    date: Text<LocalDate>,
    kind: Text<MoneyKind>,
    method: Code<PaymentMethod>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettledRow {
    service: Text<ServiceCode>,
    period: Text<Period>,
    pub(crate) amount: Money,
    vat: Text<VatRate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InvoiceRow {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Money,
}

impl AccountRow {
    /// The account of this number.
    pub(crate) fn into_account(self, number: AccountNumber) -> Result<Account, Fault> {
        for (list, count) in [
            ("debts", self.debts.len()),
            ("penalties", self.penalties.len()),
            ("advances", self.advances.len()),
            ("settled", self.settled.len()),
            ("written_off", self.written_off.len()),
            ("invoices", self.invoices.len()),
        ] {
            check_count(list, count, MAX_ITEMS)?;
        }
        Ok(Account {
            number,
            contact: self.contact,
            payer_kind: self.payer_kind.map_or(PayerKind::Individual, |kind| kind.0),
            debts: all(self.debts),
            penalties: all(self.penalties),
            advances: all(self.advances),
            settled: all(self.settled),
            written_off: all(self.written_off),
            invoices: all(self.invoices),
        })
    }
}

fn all<A: Into<B>, B>(rows: Vec<A>) -> Vec<B> {
    rows.into_iter().map(Into::into).collect()
}

impl From<&Account> for AccountAfterRow {
    fn from(account: &Account) -> Self {
        Self {
            debts: account.debts.iter().map(Into::into).collect(),
            penalties: account.penalties.iter().map(Into::into).collect(),
            advances: account.advances.iter().map(Into::into).collect(),
            settled: account.settled.iter().map(Into::into).collect(),
            written_off: account.written_off.iter().map(Into::into).collect(),
            saldo: account.saldo(),
        }
    }
}

impl From<DebtRow> for Debt {
    fn from(row: DebtRow) -> Self {
        Self {
            id: row.id,
            service: row.service.0,
            period: row.period.0,
            open: row.open.0,
            vat: row.vat.0,
            credit: row.credit,
        }
    }
}

impl From<&Debt> for DebtRow {
    fn from(debt: &Debt) -> Self {
        Self {
            id: debt.id.clone(),
            service: Text(debt.service.clone()),
            period: Text(debt.period),
            open: Money(debt.open),
            vat: Text(debt.vat),
            credit: debt.credit,
        }
    }
}

impl From<PenaltyRow> for Penalty {
    fn from(row: PenaltyRow) -> Self {
        Self {
            id: row.id,
            service: row.service.0,
            open: row.open.0,
        }
    }
}

impl From<&Penalty> for PenaltyRow {
    fn from(penalty: &Penalty) -> Self {
        Self {
            id: penalty.id.clone(),
            service: Text(penalty.service.clone()),
            open: Money(penalty.open),
        }
    }
}

impl From<LotRow> for Lot {
    fn from(row: LotRow) -> Self {
        Self {
            id: row.id,
            service: row.service.map(|code| code.0),
            period: row.period.map(|period| period.0),
            amount: row.amount.0,
            vat: row.vat.0,
            date: row.date.0,
            kind: row.kind.0,
            method: row.method.0,
        }
    }
}

impl From<&Lot> for LotRow {
    fn from(lot: &Lot) -> Self {
        Self {
            id: lot.id.clone(),
            service: lot.service.clone().map(Text),
            period: lot.period.map(Text),
            amount: Money(lot.amount),
            vat: Text(lot.vat),
            date: Text(lot.date),
            kind: Text(lot.kind),
            method: Code(lot.method),
        }
    }
}

impl From<SettledRow> for Settled {
    fn from(row: SettledRow) -> Self {
        Self {
            service: row.service.0,
            period: row.period.0,
            amount: row.amount.0,
            vat: row.vat.0,
        }
    }
}

impl From<&Settled> for SettledRow {
    fn from(settled: &Settled) -> Self {
        Self {
            service: Text(settled.service.clone()),
            period: Text(settled.period),
            amount: Money(settled.amount),
            vat: Text(settled.vat),
        }
    }
}

impl From<InvoiceRow> for Invoice {
    fn from(row: InvoiceRow) -> Self {
        Self {
            service: row.service.0,
            period: row.period.0,
            amount: row.amount.0,
        }
    }
}
