//! Opening balances from a table: what the accounts have when Kassette takes over.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Account, Debt, Invoice, Lot, MoneyKind, PayerKind, Penalty, Service};
use serde::Deserialize;
use terms::{AccountNumber, Kopecks, LocalDate, PaymentMethod, Period, ServiceCode, VatRate};
use thiserror::Error;

/// The most rows of one table.
pub const BALANCE_ROWS_MAX: usize = 5_000_000;
/// The most errors that are told at once.
const ERRORS_MAX: usize = 100;

/// A row that cannot be taken.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("line {line}: {what}")]
pub struct BalanceError {
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong, and with which column.
    pub what: String,
}

/// A row of the table: one item of an account, or with an empty `item` only the account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    account: String,
    #[serde(default)]
    contact: Option<String>,
    #[serde(default)]
    payer_kind: Option<String>,
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    period: Option<String>,
    #[serde(default)]
    amount: Option<String>,
    #[serde(default)]
    vat: Option<String>,
    #[serde(default)]
    credit: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    kind: Option<String>,
}

/// Reads a table of opening balances: comma or semicolon separated, UTF-8, with a header row.
///
/// | column | for | meaning |
/// |---|---|---|
/// | `account` | all | the account's number; its rows need not stand together |
/// | `contact` | the account | phone or e-mail; empty: none |
/// | `payer_kind` | the account | `individual` (default) or `business` |
/// | `item` | all | `debt`, `penalty`, `advance`, `invoice`; empty: only the account |
/// | `id` | debt, penalty, advance | an identifier of billing's, once per account |
/// | `service` | all | a declared service; an advance may leave it empty: for all services |
/// | `period` | debt, invoice | `YYYY-MM`; an advance may have one |
/// | `amount` | all | roubles, more than zero: `1500.50` or `1500,50` |
/// | `vat` | debt, advance | the rate; empty: the service's rate of the period or the date |
/// | `credit` | debt | `yes` when a receipt «передача в кредит» exists; default `no` |
/// | `date` | advance | the day the money came |
/// | `kind` | advance | `cash` or `cashless` (default) |
///
/// # Errors
/// All rows that cannot be taken, at most a hundred; then nothing is to be imported.
pub fn read_balances(
    table: &str,
    services: &BTreeMap<ServiceCode, Service>,
) -> Result<Vec<Account>, Vec<BalanceError>> {
    let header = table.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let mut accounts: BTreeMap<AccountNumber, Opening> = BTreeMap::new();
    let mut errors = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        // The header is line 1; quoted line breaks are rare enough to count rows as lines.
        let line = index as u64 + 2;
        let taken = match row {
            _ if index >= BALANCE_ROWS_MAX => {
                Err(format!("more than {BALANCE_ROWS_MAX} rows: split the file"))
            }
            Ok(row) => take(row, &mut accounts, services),
            Err(error) => Err(error.to_string()),
        };
        if let Err(what) = taken {
            errors.push(BalanceError { line, what });
            if errors.len() == ERRORS_MAX || index >= BALANCE_ROWS_MAX {
                break;
            }
        }
    }
    if errors.is_empty() {
        Ok(accounts
            .into_values()
            .map(|opening| opening.account)
            .collect())
    } else {
        Err(errors)
    }
}

struct Opening {
    account: Account,
    ids: BTreeSet<String>,
}

fn take(
    row: Row,
    accounts: &mut BTreeMap<AccountNumber, Opening>,
    services: &BTreeMap<ServiceCode, Service>,
) -> Result<(), String> {
    let number: AccountNumber = row.account.parse().map_err(text)?;
    let opening = accounts.entry(number.clone()).or_insert_with(|| Opening {
        account: Account::new(number),
        ids: BTreeSet::new(),
    });
    let filled = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    if let Some(contact) = filled(&row.contact) {
        let contact = crate::contact(&contact).map_err(text)?;
        match &opening.account.contact {
            Some(other) if *other != contact => {
                return Err(format!("contact: the account has {other} in another row"));
            }
            _ => opening.account.contact = Some(contact),
        }
    }
    if let Some(payer) = filled(&row.payer_kind) {
        opening.account.payer_kind = payer.parse::<PayerKind>().map_err(text)?;
    }
    let Some(item) = filled(&row.item) else {
        return Ok(());
    };
    let read = Item {
        row: &row,
        services,
    };
    match item.as_str() {
        "debt" => {
            let debt = read.debt(read.id(opening)?)?;
            opening.account.debts.push(debt);
        }
        "penalty" => {
            let penalty = read.penalty(read.id(opening)?)?;
            opening.account.penalties.push(penalty);
        }
        "advance" => {
            let lot = read.advance(read.id(opening)?)?;
            opening.account.advances.push(lot);
        }
        "invoice" => opening.account.invoices.push(read.invoice()?),
        other => {
            return Err(format!(
                "item «{other}» is none of debt, penalty, advance, invoice"
            ));
        }
    }
    Ok(())
}

/// The columns of one item.
struct Item<'a> {
    row: &'a Row,
    services: &'a BTreeMap<ServiceCode, Service>,
}

impl Item<'_> {
    fn id(&self, opening: &mut Opening) -> Result<String, String> {
        let id = needed("id", &self.row.id)?;
        if id.len() > 128 {
            return Err(format!("id «{id:.32}…» is longer than 128 bytes"));
        }
        if !opening.ids.insert(id.to_owned()) {
            return Err(format!(
                "id «{id}» stands twice on account {}",
                opening.account.number
            ));
        }
        Ok(id.to_owned())
    }

    fn debt(&self, id: String) -> Result<Debt, String> {
        let (code, service) = self.service()?;
        let period = self.period()?;
        let vat = self.vat(service.vat.rate_on(period.last_day()))?;
        let credit = match self.row.credit.as_deref() {
            None | Some("" | "no") => false,
            Some("yes") => true,
            Some(other) => return Err(format!("credit «{other}» is neither yes nor no")),
        };
        Ok(Debt {
            id,
            service: code,
            period,
            open: self.amount()?,
            vat,
            credit,
        })
    }

    fn penalty(&self, id: String) -> Result<Penalty, String> {
        Ok(Penalty {
            id,
            service: self.service()?.0,
            open: self.amount()?,
        })
    }

    fn advance(&self, id: String) -> Result<Lot, String> {
        let date: LocalDate = needed("date", &self.row.date)?.parse().map_err(text)?;
        let service = match self.row.service.as_deref() {
            None | Some("") => None,
            Some(_) => Some(self.service()?),
        };
        let vat = match (&service, self.row.vat.as_deref()) {
            (None, None | Some("")) => {
                return Err("vat: an advance for all services needs its rate".to_owned());
            }
            (None, Some(vat)) => vat.parse().map_err(text)?,
            (Some((_, service)), _) => self.vat(service.vat.rate_on(date))?,
        };
        let period = self
            .row
            .period
            .as_deref()
            .filter(|period| !period.is_empty());
        let kind = self.row.kind.as_deref().filter(|kind| !kind.is_empty());
        Ok(Lot {
            id,
            service: service.map(|(code, _)| code),
            period: period.map(str::parse).transpose().map_err(text)?,
            amount: self.amount()?,
            vat,
            date,
            kind: kind
                .map_or(Ok(MoneyKind::Cashless), str::parse)
                .map_err(text)?,
            method: PaymentMethod::Advance,
        })
    }

    fn invoice(&self) -> Result<Invoice, String> {
        let service = self.service()?.0;
        Ok(Invoice {
            service,
            period: self.period()?,
            amount: self.amount()?,
        })
    }

    fn service(&self) -> Result<(ServiceCode, &Service), String> {
        let code: ServiceCode = needed("service", &self.row.service)?
            .parse()
            .map_err(text)?;
        match self.services.get(&code) {
            Some(service) => Ok((code, service)),
            None => Err(format!("service {code} is not declared: declare it first")),
        }
    }

    fn period(&self) -> Result<Period, String> {
        needed("period", &self.row.period)?.parse().map_err(text)
    }

    fn amount(&self) -> Result<Kopecks, String> {
        let amount = needed("amount", &self.row.amount)?.replace(',', ".");
        let amount: Kopecks = amount.parse().map_err(text)?;
        if amount.is_positive() {
            Ok(amount)
        } else {
            Err("amount: it is more than zero".into())
        }
    }

    fn vat(&self, default: VatRate) -> Result<VatRate, String> {
        match self.row.vat.as_deref() {
            None | Some("") => Ok(default),
            Some(vat) => vat.parse().map_err(text),
        }
    }
}

fn needed<'a>(column: &str, value: &'a Option<String>) -> Result<&'a str, String> {
    value
        .as_deref()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("{column} is empty"))
}

fn text(error: terms::TermError) -> String {
    error.to_string()
}
