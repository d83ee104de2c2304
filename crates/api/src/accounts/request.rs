//! An account as billing writes it.

use std::collections::{BTreeMap, BTreeSet};

use desk::{Account, Debt, Invoice, Lot, MoneyKind, PayerKind, Penalty, Service};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use terms::{AccountNumber, LocalDate, PaymentMethod, Period, ServiceCode, VatRate};

use crate::{
    ID_MAX, Problem,
    money::Amount,
    request::read_json,
    value::{Label, Object, Text, checked},
};

/// The most entries in one list of an account.
const ENTRIES_MAX: usize = 1_000;

/// An account to be opened, or the contact and payer of an open one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRequest {
    #[serde(default)]
    contact: Option<Contact>,
    #[serde(default)]
    payer_kind: Option<Text<PayerKind>>,
    #[serde(default)]
    debts: Vec<Object<DebtRequest>>,
    #[serde(default)]
    penalties: Vec<Object<PenaltyRequest>>,
    #[serde(default)]
    advances: Vec<Object<LotRequest>>,
    #[serde(default)]
    invoices: Vec<Object<InvoiceRequest>>,
}

/// `vat` may be left out: then the service's rate at the end of the period is taken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DebtRequest {
    id: Label<ID_MAX>,
    service: Text<ServiceCode>,
    period: Text<Period>,
    open: Amount,
    #[serde(default)]
    vat: Option<Text<VatRate>>,
    #[serde(default)]
    credit: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PenaltyRequest {
    id: Label<ID_MAX>,
    service: Text<ServiceCode>,
    open: Amount,
}

/// `vat` may be left out when the service is named: then its rate on the date is taken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LotRequest {
    id: Label<ID_MAX>,
    #[serde(default)]
    service: Option<Text<ServiceCode>>,
    #[serde(default)]
    period: Option<Text<Period>>,
    amount: Amount,
    #[serde(default)]
    vat: Option<Text<VatRate>>,
    date: Text<LocalDate>,
    kind: Text<MoneyKind>,
    #[serde(default)]
    method: Option<u8>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InvoiceRequest {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Amount,
}

/// Tag 1008.
#[derive(Debug, JsonSchema)]
struct Contact(String);

impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, desk::contact).map(Self)
    }
}

/// Reads an account; `services` are those declared.
pub(super) fn read_account(
    number: &AccountNumber,
    json: &str,
    services: &BTreeMap<ServiceCode, Service>,
) -> Result<Account, Problem> {
    let Object(request) = read_json::<Object<AccountRequest>>(json)?;
    let known = Known(services);
    let mut account = Account::new(number.clone());
    account.contact = request.contact.map(|Contact(contact)| contact);
    if let Some(Text(payer)) = request.payer_kind {
        account.payer_kind = payer;
    }
    account.debts = each("debts", request.debts, |debt| known.debt(debt))?;
    account.penalties = each("penalties", request.penalties, |penalty| {
        known.penalty(penalty)
    })?;
    account.advances = each("advances", request.advances, |lot| known.lot(lot))?;
    account.invoices = each("invoices", request.invoices, |invoice| {
        known.invoice(invoice)
    })?;
    only_once("debts", account.debts.iter().map(|debt| &debt.id))?;
    let penalties = account.penalties.iter();
    only_once("penalties", penalties.map(|penalty| &penalty.id))?;
    only_once("advances", account.advances.iter().map(|lot| &lot.id))?;
    Ok(account)
}

/// What is wrong with an entry: the problem, and the field inside the entry.
type Wrong = (&'static str, Problem);

fn each<A, B>(
    list: &str,
    entries: Vec<Object<A>>,
    read: impl Fn(A) -> Result<B, Wrong>,
) -> Result<Vec<B>, Problem> {
    if entries.len() > ENTRIES_MAX {
        let detail = format!("{} entries; at most {ENTRIES_MAX} are taken", entries.len());
        return Err(Problem::bad_value(detail).in_field(list));
    }
    let entries = entries.into_iter().zip(0..);
    entries
        .map(|(Object(entry), place): (_, usize)| {
            read(entry)
                .map_err(|(field, problem)| problem.in_field(format!("{list}[{place}].{field}")))
        })
        .collect()
}

/// Operations name entries by their identifiers: each has its own.
fn only_once<'a>(list: &str, ids: impl Iterator<Item = &'a String>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for (id, place) in ids.zip(0_usize..) {
        if !seen.insert(id) {
            let detail = format!("the id «{id}» is there twice: each entry has its own");
            return Err(Problem::bad_value(detail).in_field(format!("{list}[{place}].id")));
        }
    }
    Ok(())
}

/// The services that may be named.
struct Known<'a>(&'a BTreeMap<ServiceCode, Service>);

impl Known<'_> {
    fn service(&self, code: &ServiceCode) -> Result<&Service, Wrong> {
        self.0.get(code).ok_or_else(|| {
            let detail = format!("there is no service {code}: declare it by PUT /v1/services");
            let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            ("service", Problem::new(status, "unknown_service", detail))
        })
    }

    fn debt(&self, debt: DebtRequest) -> Result<Debt, Wrong> {
        let service = self.service(&debt.service.0)?;
        let usual = || service.vat.rate_on(debt.period.0.last_day());
        Ok(Debt {
            vat: debt.vat.map_or_else(usual, |Text(vat)| vat),
            id: debt.id.0,
            service: debt.service.0,
            period: debt.period.0,
            open: debt.open.0,
            credit: debt.credit,
        })
    }

    fn penalty(&self, penalty: PenaltyRequest) -> Result<Penalty, Wrong> {
        self.service(&penalty.service.0)?;
        Ok(Penalty {
            id: penalty.id.0,
            service: penalty.service.0,
            open: penalty.open.0,
        })
    }

    fn lot(&self, lot: LotRequest) -> Result<Lot, Wrong> {
        let service = lot.service.map(|Text(code)| code);
        let declared = service
            .as_ref()
            .map(|code| self.service(code))
            .transpose()?;
        let vat = match (lot.vat, declared) {
            (Some(Text(vat)), _) => vat,
            (None, Some(service)) => service.vat.rate_on(lot.date.0),
            (None, None) => {
                let rule = "an advance without service says its vat";
                return Err(("vat", Problem::bad_value(rule)));
            }
        };
        let method = lot.method.map_or(Ok(PaymentMethod::Advance), |code| {
            let method = PaymentMethod::from_code(code).ok();
            method
                .filter(|method| method.has_calculated_vat())
                .ok_or_else(|| {
                    let detail = format!("the method of an advance is 1, 2 or 3, not {code}");
                    ("method", Problem::bad_value(detail))
                })
        })?;
        Ok(Lot {
            id: lot.id.0,
            service,
            period: lot.period.map(|Text(period)| period),
            amount: lot.amount.0,
            vat,
            date: lot.date.0,
            kind: lot.kind.0,
            method,
        })
    }

    fn invoice(&self, invoice: InvoiceRequest) -> Result<Invoice, Wrong> {
        self.service(&invoice.service.0)?;
        Ok(Invoice {
            service: invoice.service.0,
            period: invoice.period.0,
            amount: invoice.amount.0,
        })
    }
}
