//! The row twin of a receipt: one JSON document that gives the whole receipt back. Sums are
//! kopecks.

use engine::{Agent, Correction, Line, Payments, Receipt, Ref, Rule, Source, What, Why};
use serde::{Deserialize, Serialize};
use terms::{
    FfdVersion, FiscalSign, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem,
    VatCode,
};

use crate::{JournalError, Result};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ReceiptRow {
    event: String,
    ffd: u8,
    operation: u8,
    sno: u8,
    date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    deliver: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    internet: bool,
    lines: Vec<LineRow>,
    /// What stands behind a correction of FFD 1.05, which has no lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unprinted: Vec<LineRow>,
    payments: PaymentsRow,
    vat_totals: Vec<(u8, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correction: Option<CorrectionRow>,
    /// Tag 1192: the sign of the document that is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    corrects: Option<u32>,
    /// Tag 1084: the day of the settlement that an ordinary receipt corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled_on: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LineRow {
    name: String,
    method: u8,
    subject: u8,
    amount: i64,
    vat_code: u8,
    vat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<AgentRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refs: Vec<RefRow>,
    rule: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    from: Vec<SourceRow>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AgentRow {
    kind: u8,
    supplier_inn: String,
    supplier_name: String,
    supplier_phone: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RefRow {
    to: String,
    id: String,
    amount: i64,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    what: String,
    amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

/// Zeros are left out.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct PaymentsRow {
    #[serde(skip_serializing_if = "is_zero")]
    cash: i64,
    #[serde(skip_serializing_if = "is_zero")]
    cashless: i64,
    #[serde(skip_serializing_if = "is_zero")]
    prepaid: i64,
    #[serde(skip_serializing_if = "is_zero")]
    credit: i64,
    #[serde(skip_serializing_if = "is_zero")]
    counter: i64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CorrectionRow {
    date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

/// The receipt as it is stored.
pub(crate) fn to_json(receipt: &Receipt) -> Result<String> {
    let payments = receipt.payments;
    let row = ReceiptRow {
        event: receipt.event.clone(),
        ffd: receipt.ffd.code(),
        operation: receipt.operation.code(),
        sno: receipt.tax_system.bit(),
        date: receipt.date.to_string(),
        account: receipt.account.as_ref().map(ToString::to_string),
        contact: receipt.contact.clone(),
        deliver: receipt.deliver,
        internet: receipt.internet,
        lines: receipt.lines.iter().map(line_row).collect(),
        unprinted: receipt.unprinted.iter().map(line_row).collect(),
        payments: PaymentsRow {
            cash: payments.cash.get(),
            cashless: payments.cashless.get(),
            prepaid: payments.prepaid.get(),
            credit: payments.credit.get(),
            counter: payments.counter.get(),
        },
        vat_totals: receipt
            .vat_totals
            .iter()
            .map(|(code, sum)| (code.code(), sum.get()))
            .collect(),
        correction: receipt.correction.as_ref().map(|correction| CorrectionRow {
            date: correction.date.to_string(),
            order: correction.order.clone(),
        }),
        corrects: receipt.corrects.map(|sign| sign.0),
        settled_on: receipt.settled_on.map(|day| day.to_string()),
    };
    serde_json::to_string(&row).map_err(|error| JournalError::spoiled("receipt", error))
}

/// Reads a stored receipt back; `row` names it in the message.
pub(crate) fn from_json(row: impl ToString, json: &str) -> Result<Receipt> {
    let spoiled = |why: String| JournalError::spoiled(row.to_string(), why);
    let stored: ReceiptRow =
        serde_json::from_str(json).map_err(|error| spoiled(error.to_string()))?;
    read_receipt(stored).map_err(|error| spoiled(error.to_string()))
}

fn read_receipt(row: ReceiptRow) -> terms::Result<Receipt> {
    let payments = Payments {
        cash: Kopecks::new(row.payments.cash)?,
        cashless: Kopecks::new(row.payments.cashless)?,
        prepaid: Kopecks::new(row.payments.prepaid)?,
        credit: Kopecks::new(row.payments.credit)?,
        counter: Kopecks::new(row.payments.counter)?,
    };
    let correction = |correction: CorrectionRow| -> terms::Result<Correction> {
        Ok(Correction {
            date: correction.date.parse()?,
            order: correction.order,
        })
    };
    let vat_total = |(code, sum): (u8, i64)| Ok((VatCode::from_code(code)?, Kopecks::new(sum)?));
    Ok(Receipt {
        event: row.event,
        ffd: FfdVersion::from_code(row.ffd)?,
        operation: OperationSign::from_code(row.operation)?,
        tax_system: TaxSystem::from_bit(row.sno)?,
        date: row.date.parse()?,
        account: row.account.map(|account| account.parse()).transpose()?,
        contact: row.contact,
        deliver: row.deliver,
        internet: row.internet,
        lines: row
            .lines
            .into_iter()
            .map(read_line)
            .collect::<terms::Result<_>>()?,
        unprinted: row
            .unprinted
            .into_iter()
            .map(read_line)
            .collect::<terms::Result<_>>()?,
        total: payments.total()?,
        payments,
        vat_totals: row
            .vat_totals
            .into_iter()
            .map(vat_total)
            .collect::<terms::Result<_>>()?,
        correction: row.correction.map(correction).transpose()?,
        corrects: row.corrects.map(FiscalSign),
        settled_on: row.settled_on.map(|day| day.parse()).transpose()?,
    })
}

fn line_row(line: &Line) -> LineRow {
    let agent = |agent: &Agent| AgentRow {
        kind: agent.kind,
        supplier_inn: agent.supplier_inn.to_string(),
        supplier_name: agent.supplier_name.clone(),
        supplier_phone: agent.supplier_phone.clone(),
    };
    let reference = |reference: &Ref| RefRow {
        to: reference.to.name().to_owned(),
        id: reference.id.clone(),
        amount: reference.amount.get(),
    };
    LineRow {
        name: line.name.clone(),
        method: line.method.code(),
        subject: line.subject.code(),
        amount: line.amount.get(),
        vat_code: line.vat_code.code(),
        vat: line.vat.get(),
        agent: line.agent.as_ref().map(agent),
        service: line.service.as_ref().map(ToString::to_string),
        period: line.period.map(|period| period.to_string()),
        refs: line.refs.iter().map(reference).collect(),
        rule: line.why.rule.name().to_owned(),
        from: line.why.from.iter().map(source_row).collect(),
    }
}

fn read_line(row: LineRow) -> terms::Result<Line> {
    let agent = |row: AgentRow| -> terms::Result<Agent> {
        Ok(Agent {
            kind: row.kind,
            supplier_inn: row.supplier_inn.parse()?,
            supplier_name: row.supplier_name,
            supplier_phone: row.supplier_phone,
        })
    };
    let reference = |row: RefRow| -> terms::Result<Ref> {
        Ok(Ref {
            to: row.to.parse()?,
            id: row.id,
            amount: Kopecks::new(row.amount)?,
        })
    };
    Ok(Line {
        name: row.name,
        method: PaymentMethod::from_code(row.method)?,
        subject: SettlementSubject::from_code(row.subject)?,
        amount: Kopecks::new(row.amount)?,
        vat_code: VatCode::from_code(row.vat_code)?,
        vat: Kopecks::new(row.vat)?,
        agent: row.agent.map(agent).transpose()?,
        service: row.service.map(|code| code.parse()).transpose()?,
        period: row.period.map(|period| period.parse()).transpose()?,
        refs: row
            .refs
            .into_iter()
            .map(reference)
            .collect::<terms::Result<_>>()?,
        why: Why {
            rule: row.rule.parse::<Rule>()?,
            from: row
                .from
                .into_iter()
                .map(read_source)
                .collect::<terms::Result<_>>()?,
        },
    })
}

fn source_row(source: &Source) -> SourceRow {
    let row = |what: &str| SourceRow {
        what: what.to_owned(),
        amount: source.amount.get(),
        ..SourceRow::default()
    };
    let with_id = |what: &str, id: &String| SourceRow {
        id: Some(id.clone()),
        ..row(what)
    };
    match &source.what {
        What::Advance(id) => with_id("advance", id),
        What::Charge(period) => SourceRow {
            period: Some(period.to_string()),
            ..row("charge")
        },
        What::Credit => row("credit"),
        What::Debt(id, period) => SourceRow {
            period: Some(period.to_string()),
            ..with_id("debt", id)
        },
        What::Lot(id) => with_id("lot", id),
        What::Offsets(count, period) => SourceRow {
            number: Some(*count as u64),
            period: Some(period.to_string()),
            ..row("offsets")
        },
        What::Payment => row("payment"),
        What::Penalty(id) => with_id("penalty", id),
        What::Receipt(id, sign) => SourceRow {
            number: Some(u64::from(sign.0)),
            ..with_id("receipt", id)
        },
        What::Settled(period) => SourceRow {
            period: Some(period.to_string()),
            ..row("settled")
        },
    }
}

fn read_source(row: SourceRow) -> terms::Result<Source> {
    let missing = |what| terms::TermError::new("reason of a line", what, "a part is missing");
    let what = row.what.as_str();
    let id = || row.id.clone().ok_or_else(|| missing("id"));
    let period = || {
        row.period
            .as_deref()
            .ok_or_else(|| missing("period"))?
            .parse()
    };
    let number = || row.number.ok_or_else(|| missing("number"));
    let what = match what {
        "advance" => What::Advance(id()?),
        "charge" => What::Charge(period()?),
        "credit" => What::Credit,
        "debt" => What::Debt(id()?, period()?),
        "lot" => What::Lot(id()?),
        "offsets" => {
            let count = usize::try_from(number()?).map_err(|_| missing("number"))?;
            What::Offsets(count, period()?)
        }
        "payment" => What::Payment,
        "penalty" => What::Penalty(id()?),
        "receipt" => {
            let sign = u32::try_from(number()?).map_err(|_| missing("number"))?;
            What::Receipt(id()?, FiscalSign(sign))
        }
        "settled" => What::Settled(period()?),
        other => {
            return Err(terms::TermError::new(
                "reason of a line",
                other,
                "it is unknown",
            ));
        }
    };
    Ok(Source {
        what,
        amount: Kopecks::new(row.amount)?,
    })
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_zero(value: &i64) -> bool {
    *value == 0
}
