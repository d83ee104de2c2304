//! Accounts: `GET` and `PUT /v1/accounts/{number}`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use desk::{
    Account, AccountView, Debt, Desk, DeskError, Invoice, Lot, MoneyKind, PayerKind, Penalty,
    Service,
};
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, LocalDate, PaymentMethod, ServiceCode, VatRate};

use crate::{Money, Problem};

/// An account to be opened, or the contact and payer of an open one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRequest {
    #[serde(default)]
    contact: Option<String>,
    #[serde(default)]
    payer_kind: Option<String>,
    #[serde(default)]
    debts: Vec<DebtJson>,
    #[serde(default)]
    penalties: Vec<PenaltyJson>,
    #[serde(default)]
    advances: Vec<LotRequest>,
    #[serde(default)]
    invoices: Vec<InvoiceJson>,
}

/// `vat` may be left out of a request: then the service's rate at the end of the period is taken.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DebtJson {
    id: String,
    service: String,
    period: String,
    open: Money,
    #[serde(default)]
    vat: Option<String>,
    #[serde(default)]
    credit: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PenaltyJson {
    id: String,
    service: String,
    open: Money,
}

/// `vat` may be left out when the service is named: then its rate on the date is taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LotRequest {
    id: String,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    period: Option<String>,
    amount: Money,
    #[serde(default)]
    vat: Option<String>,
    date: String,
    kind: String,
    #[serde(default)]
    method: Option<u8>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct InvoiceJson {
    service: String,
    period: String,
    amount: Money,
}

#[derive(Serialize)]
pub(crate) struct AccountAnswer {
    number: String,
    contact: Option<String>,
    payer_kind: &'static str,
    /// Advances less debts and penalties.
    saldo: Money,
    debts: Vec<DebtJson>,
    penalties: Vec<PenaltyJson>,
    advances: Vec<LotAnswer>,
    settled: Vec<SettledAnswer>,
    written_off: Vec<DebtJson>,
    invoices: Vec<InvoiceJson>,
}

#[derive(Serialize)]
struct LotAnswer {
    id: String,
    service: Option<String>,
    period: Option<String>,
    amount: Money,
    vat: &'static str,
    date: String,
    kind: &'static str,
    method: u8,
}

#[derive(Serialize)]
struct SettledAnswer {
    service: String,
    period: String,
    amount: Money,
    vat: &'static str,
}

/// `GET /v1/accounts/{number}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Path(number): Path<String>,
) -> Result<Json<AccountAnswer>, Problem> {
    let number: AccountNumber = number.parse().map_err(DeskError::from)?;
    answer(&desk, &number).map(Json)
}

/// `PUT /v1/accounts/{number}`: 201 when it was opened, 200 when it was changed.
pub(crate) async fn put(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<AccountAnswer>), Problem> {
    let number: AccountNumber = number.parse().map_err(DeskError::from)?;
    let request: AccountRequest = serde_json::from_slice(&body)
        .map_err(|error| Problem::malformed(format!("the account cannot be read: {error}")))?;
    let services = desk.services().await?;
    let account = read_account(&number, request, &services).map_err(DeskError::from)?;
    let opened = desk.put_accounts(vec![account]).await? == [true];
    let status = if opened {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(answer(&desk, &number)?)))
}

fn answer(desk: &Desk, number: &AccountNumber) -> Result<AccountAnswer, Problem> {
    let unknown = || Problem::not_found("unknown_account", format!("there is no account {number}"));
    desk.account(number)?
        .map(AccountAnswer::of)
        .ok_or_else(unknown)
}

type Services = std::collections::BTreeMap<ServiceCode, Service>;

fn read_account(
    number: &AccountNumber,
    request: AccountRequest,
    services: &Services,
) -> terms::Result<Account> {
    let debt = |debt: DebtJson| read_debt(debt, services);
    let penalty = |penalty: PenaltyJson| {
        let service = known(&penalty.service, services)?.0;
        Ok(Penalty {
            id: penalty.id,
            service,
            open: positive(penalty.open)?,
        })
    };
    let lot = |lot: LotRequest| read_lot(lot, services);
    let invoice = |invoice: InvoiceJson| {
        Ok(Invoice {
            service: known(&invoice.service, services)?.0,
            period: invoice.period.parse()?,
            amount: positive(invoice.amount)?,
        })
    };
    let payer = request.payer_kind.as_deref();
    Ok(Account {
        contact: request
            .contact
            .map(|contact| read_contact(&contact))
            .transpose()?,
        payer_kind: payer.map_or(Ok(PayerKind::Individual), str::parse)?,
        debts: request
            .debts
            .into_iter()
            .map(debt)
            .collect::<terms::Result<_>>()?,
        penalties: request
            .penalties
            .into_iter()
            .map(penalty)
            .collect::<terms::Result<_>>()?,
        advances: request
            .advances
            .into_iter()
            .map(lot)
            .collect::<terms::Result<_>>()?,
        invoices: request
            .invoices
            .into_iter()
            .map(invoice)
            .collect::<terms::Result<_>>()?,
        ..Account::new(number.clone())
    })
}

fn read_debt(debt: DebtJson, services: &Services) -> terms::Result<Debt> {
    let (code, service) = known(&debt.service, services)?;
    let period: terms::Period = debt.period.parse()?;
    let vat: VatRate = match debt.vat {
        Some(vat) => vat.parse()?,
        None => service.vat.rate_on(period.last_day()),
    };
    let open = positive(debt.open)?;
    Ok(Debt {
        id: debt.id,
        service: code,
        period,
        open,
        vat,
        credit: debt.credit,
    })
}

fn read_lot(lot: LotRequest, services: &Services) -> terms::Result<Lot> {
    let service = lot
        .service
        .as_deref()
        .map(|code| known(code, services))
        .transpose()?;
    let date: LocalDate = lot.date.parse()?;
    let vat: VatRate = match (lot.vat, &service) {
        (Some(vat), _) => vat.parse()?,
        (None, Some((_, service))) => service.vat.rate_on(date),
        (None, None) => {
            let rule = "an advance without service needs its vat";
            return Err(terms::TermError::new("advance", lot.id, rule));
        }
    };
    let method = lot
        .method
        .map_or(Ok(PaymentMethod::Advance), PaymentMethod::from_code)?;
    if !method.has_calculated_vat() {
        return Err(terms::TermError::new(
            "advance",
            lot.id,
            "its method is 1, 2 or 3",
        ));
    }
    Ok(Lot {
        id: lot.id,
        service: service.map(|(code, _)| code),
        period: lot.period.map(|period| period.parse()).transpose()?,
        amount: positive(lot.amount)?,
        vat,
        date,
        kind: lot.kind.parse::<MoneyKind>()?,
        method,
    })
}

fn known<'a>(code: &str, services: &'a Services) -> terms::Result<(ServiceCode, &'a Service)> {
    let code: ServiceCode = code.parse()?;
    match services.get(&code) {
        Some(service) => Ok((code, service)),
        None => {
            let rule = "there is no such service: declare it by PUT /v1/services";
            Err(terms::TermError::new("service", code, rule))
        }
    }
}

fn positive(money: Money) -> terms::Result<terms::Kopecks> {
    if money.0.is_positive() {
        return Ok(money.0);
    }
    Err(terms::TermError::new(
        "amount",
        money.0,
        "it is more than zero",
    ))
}

/// The customer's e-mail address or telephone number, tag 1008.
fn read_contact(contact: &str) -> terms::Result<String> {
    let is_phone = contact.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_email = contact.len() <= 64
        && contact.is_ascii()
        && !contact.contains(char::is_whitespace)
        && contact.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains('@')
        });
    if is_phone || is_email {
        return Ok(contact.to_owned());
    }
    let rule = "an e-mail address of at most 64 characters or a telephone number +79991234567";
    Err(terms::TermError::new("contact", contact, rule))
}

impl AccountAnswer {
    fn of(view: AccountView) -> Self {
        let account = view.account;
        let penalty = |penalty: Penalty| PenaltyJson {
            id: penalty.id,
            service: penalty.service.to_string(),
            open: Money(penalty.open),
        };
        let lot = |lot: Lot| LotAnswer {
            id: lot.id,
            service: lot.service.map(|service| service.to_string()),
            period: lot.period.map(|period| period.to_string()),
            amount: Money(lot.amount),
            vat: lot.vat.name(),
            date: lot.date.to_string(),
            kind: lot.kind.name(),
            method: lot.method.code(),
        };
        let invoice = |invoice: Invoice| InvoiceJson {
            service: invoice.service.to_string(),
            period: invoice.period.to_string(),
            amount: Money(invoice.amount),
        };
        Self {
            number: account.number.to_string(),
            contact: account.contact,
            payer_kind: account.payer_kind.name(),
            saldo: Money(view.saldo),
            debts: account.debts.into_iter().map(debt_json).collect(),
            penalties: account.penalties.into_iter().map(penalty).collect(),
            advances: account.advances.into_iter().map(lot).collect(),
            settled: account
                .settled
                .into_iter()
                .map(|settled| SettledAnswer {
                    service: settled.service.to_string(),
                    period: settled.period.to_string(),
                    amount: Money(settled.amount),
                    vat: settled.vat.name(),
                })
                .collect(),
            written_off: account.written_off.into_iter().map(debt_json).collect(),
            invoices: account.invoices.into_iter().map(invoice).collect(),
        }
    }
}

fn debt_json(debt: Debt) -> DebtJson {
    DebtJson {
        id: debt.id,
        service: debt.service.to_string(),
        period: debt.period.to_string(),
        open: Money(debt.open),
        vat: Some(debt.vat.name().to_owned()),
        credit: debt.credit,
    }
}
