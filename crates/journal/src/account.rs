//! The row twin of an account's state: one JSON document.

use engine::{Account, Debt, Invoice, Lot, Penalty, Settled};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, Kopecks, PaymentMethod};

use crate::{JournalError, Result};

#[derive(Clone, Deserialize, Serialize)]
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

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DebtRow {
    id: String,
    service: String,
    period: String,
    open: i64,
    vat: String,
    credit: bool,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PenaltyRow {
    id: String,
    service: String,
    open: i64,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LotRow {
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

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettledRow {
    service: String,
    period: String,
    amount: i64,
    vat: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvoiceRow {
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
        penalties: account.penalties.iter().map(penalty_row).collect(),
        advances: account.advances.iter().map(lot_row).collect(),
        settled: account.settled.iter().map(settled_row).collect(),
        written_off: account.written_off.iter().map(debt_row).collect(),
        invoices: account.invoices.iter().map(invoice_row).collect(),
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
    Ok(Account {
        number: number.clone(),
        contact: state.contact,
        payer_kind: state.payer.parse()?,
        debts: each(state.debts, read_debt)?,
        penalties: each(state.penalties, read_penalty)?,
        advances: each(state.advances, read_lot)?,
        settled: each(state.settled, read_settled)?,
        written_off: each(state.written_off, read_debt)?,
        invoices: each(state.invoices, read_invoice)?,
    })
}

pub(crate) fn each<A, B>(
    rows: Vec<A>,
    read: impl Fn(A) -> terms::Result<B>,
) -> terms::Result<Vec<B>> {
    rows.into_iter().map(read).collect()
}

pub(crate) fn debt_row(debt: &Debt) -> DebtRow {
    DebtRow {
        id: debt.id.clone(),
        service: debt.service.to_string(),
        period: debt.period.to_string(),
        open: debt.open.get(),
        vat: debt.vat.to_string(),
        credit: debt.credit,
    }
}

pub(crate) fn read_debt(row: DebtRow) -> terms::Result<Debt> {
    Ok(Debt {
        id: row.id,
        service: row.service.parse()?,
        period: row.period.parse()?,
        open: Kopecks::new(row.open)?,
        vat: row.vat.parse()?,
        credit: row.credit,
    })
}

pub(crate) fn lot_row(lot: &Lot) -> LotRow {
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

pub(crate) fn read_lot(row: LotRow) -> terms::Result<Lot> {
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

pub(crate) fn penalty_row(penalty: &Penalty) -> PenaltyRow {
    PenaltyRow {
        id: penalty.id.clone(),
        service: penalty.service.to_string(),
        open: penalty.open.get(),
    }
}

pub(crate) fn read_penalty(row: PenaltyRow) -> terms::Result<Penalty> {
    Ok(Penalty {
        id: row.id,
        service: row.service.parse()?,
        open: Kopecks::new(row.open)?,
    })
}

pub(crate) fn settled_row(settled: &Settled) -> SettledRow {
    SettledRow {
        service: settled.service.to_string(),
        period: settled.period.to_string(),
        amount: settled.amount.get(),
        vat: settled.vat.to_string(),
    }
}

pub(crate) fn read_settled(row: SettledRow) -> terms::Result<Settled> {
    Ok(Settled {
        service: row.service.parse()?,
        period: row.period.parse()?,
        amount: Kopecks::new(row.amount)?,
        vat: row.vat.parse()?,
    })
}

pub(crate) fn invoice_row(invoice: &Invoice) -> InvoiceRow {
    InvoiceRow {
        service: invoice.service.to_string(),
        period: invoice.period.to_string(),
        amount: invoice.amount.get(),
    }
}

pub(crate) fn read_invoice(row: InvoiceRow) -> terms::Result<Invoice> {
    Ok(Invoice {
        service: row.service.parse()?,
        period: row.period.parse()?,
        amount: Kopecks::new(row.amount)?,
    })
}

#[cfg(test)]
mod tests {
    use engine::{MoneyKind, PayerKind};
    use proptest::prelude::*;
    use terms::{LocalDate, Period, ServiceCode, VatRate};

    use super::*;

    fn service() -> impl Strategy<Value = ServiceCode> {
        "[A-Za-z0-9_.-]{1,32}".prop_map(|code| code.parse().unwrap())
    }

    fn period() -> impl Strategy<Value = Period> {
        (2000_u16..2200, 1_u8..13).prop_map(|(year, month)| Period::new(year, month).unwrap())
    }

    fn amount() -> impl Strategy<Value = Kopecks> {
        (Kopecks::MIN.get()..=Kopecks::MAX.get()).prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
    }

    fn vat() -> impl Strategy<Value = VatRate> {
        prop::sample::select(&VatRate::ALL[..])
    }

    fn date() -> impl Strategy<Value = LocalDate> {
        (2000_u16..2200, 1_u8..13, 1_u8..29)
            .prop_map(|(year, month, day)| LocalDate::new(year, month, day).unwrap())
    }

    /// Any text: quotes, control characters, letters beyond the plane.
    fn text() -> impl Strategy<Value = String> {
        any::<String>()
    }

    fn list<T: std::fmt::Debug>(entry: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
        prop::collection::vec(entry, 0..4)
    }

    fn debt() -> impl Strategy<Value = Debt> {
        let parts = (text(), service(), period(), amount(), vat(), any::<bool>());
        parts.prop_map(|(id, service, period, open, vat, credit)| Debt {
            id,
            service,
            period,
            open,
            vat,
            credit,
        })
    }

    fn lot() -> impl Strategy<Value = Lot> {
        let of = (
            text(),
            prop::option::of(service()),
            prop::option::of(period()),
        );
        let method = (1_u8..=7).prop_map(|code| PaymentMethod::from_code(code).unwrap());
        let kind = prop::sample::select(MoneyKind::ALL);
        let parts = (of, amount(), vat(), date(), kind, method);
        parts.prop_map(
            |((id, service, period), amount, vat, date, kind, method)| Lot {
                id,
                service,
                period,
                amount,
                vat,
                date,
                kind,
                method,
            },
        )
    }

    fn any_account() -> impl Strategy<Value = Account> {
        let penalty = (text(), service(), amount()).prop_map(|(id, service, open)| Penalty {
            id,
            service,
            open,
        });
        let settled =
            (service(), period(), amount(), vat()).prop_map(|(service, period, amount, vat)| {
                Settled {
                    service,
                    period,
                    amount,
                    vat,
                }
            });
        let invoice =
            (service(), period(), amount()).prop_map(|(service, period, amount)| Invoice {
                service,
                period,
                amount,
            });
        let who = (
            "[0-9А-Яа-я №/.-]{1,13}",
            prop::option::of(text()),
            prop::sample::select(PayerKind::ALL),
        );
        let lists = (
            list(debt()),
            list(penalty),
            list(lot()),
            list(settled),
            list(debt()),
            list(invoice),
        );
        (who, lists).prop_map(|((number, contact, payer_kind), lists)| Account {
            number: number.parse().unwrap(),
            contact,
            payer_kind,
            debts: lists.0,
            penalties: lists.1,
            advances: lists.2,
            settled: lists.3,
            written_off: lists.4,
            invoices: lists.5,
        })
    }

    proptest! {
        #[test]
        fn an_account_reads_back_as_it_was_written(account in any_account()) {
            let json = to_json(&account).unwrap();
            prop_assert_eq!(from_json(&account.number, &json).unwrap(), account);
        }
    }

    #[test]
    fn the_stored_form_does_not_change() {
        let mut account = Account::new("100001".parse().unwrap());
        assert_eq!(to_json(&account).unwrap(), r#"{"payer":"individual"}"#);
        account.debts.push(Debt {
            id: "C1/INET/2026-02".to_owned(),
            service: "INET".parse().unwrap(),
            period: "2026-02".parse().unwrap(),
            open: Kopecks::new(65_000).unwrap(),
            vat: VatRate::V22,
            credit: true,
        });
        assert_eq!(
            to_json(&account).unwrap(),
            "{\"payer\":\"individual\",\"debts\":[{\"id\":\"C1/INET/2026-02\",\"service\":\"INET\",\
             \"period\":\"2026-02\",\"open\":65000,\"vat\":\"22\",\"credit\":true}]}"
        );
    }

    #[test]
    fn what_is_not_a_state_is_refused_with_the_account_s_number() {
        let number = "100001".parse().unwrap();
        for json in [
            "",
            "{}",
            r#"{"payer":"nobody"}"#,
            r#"{"payer":"individual","more":1}"#,
            r#"{"payer":"individual","invoices":[{"service":"I","period":"2026-02","amount":1.5}]}"#,
            r#"{"payer":"individual","invoices":[{"service":"I","period":"2026-13","amount":1}]}"#,
            r#"{"payer":"individual","invoices":[{"service":"I","period":"2026-12","amount":9007199254740992}]}"#,
        ] {
            let error = from_json(&number, json).unwrap_err().to_string();
            assert!(error.contains("account 100001"), "{json}: {error}");
        }
    }
}
