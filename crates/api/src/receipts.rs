//! Receipts: `GET /v1/receipts/{id}`.

use axum::{Json, extract::State};
use desk::{Desk, LineView, ReceiptView};
use serde::Serialize;
use terms::Id;

use crate::{
    Problem,
    money::Money,
    request::{Nothing, Params, Segment},
};

#[derive(Serialize)]
pub(crate) struct ReceiptAnswer {
    id: String,
    operation: String,
    account: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Tag 1054 and its name.
    sign: u8,
    sign_title: &'static str,
    /// Tag 1055.
    sno: u8,
    date: String,
    total: Money,
    contact: Option<String>,
    deliver: bool,
    internet: bool,
    lines: Vec<LineAnswer>,
    payments: PaymentsAnswer,
    vat_totals: Vec<VatAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentAnswer>,
}

#[derive(Serialize)]
struct LineAnswer {
    name: String,
    method: u8,
    method_title: &'static str,
    subject: u8,
    amount: Money,
    vat_code: u8,
    vat_title: String,
    vat: Money,
    service: Option<String>,
    period: Option<String>,
    rule: String,
    why_ru: String,
    why_en: String,
}

#[derive(Serialize)]
struct PaymentsAnswer {
    cash: Money,
    cashless: Money,
    prepaid: Money,
    credit: Money,
    counter: Money,
}

#[derive(Serialize)]
struct VatAnswer {
    code: u8,
    title: String,
    sum: Money,
}

#[derive(Serialize)]
struct DocumentAnswer {
    fn_number: String,
    emulated: bool,
    fd: u32,
    fp: u32,
    time: String,
    shift: u16,
    receipt_number: Option<u16>,
    ofd_code: Option<u8>,
    acknowledged_at_ms: Option<i64>,
    qr: String,
}

/// `GET /v1/receipts/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<ReceiptAnswer>, Problem> {
    let unknown = |detail: String| Problem::not_found("unknown_receipt", detail);
    let id: Id = id
        .parse()
        .map_err(|error: terms::TermError| unknown(error.to_string()))?;
    let receipt = desk
        .receipt(id)?
        .ok_or_else(|| unknown(format!("there is no receipt {id}")))?;
    Ok(Json(ReceiptAnswer::of(receipt)))
}

impl ReceiptAnswer {
    pub(crate) fn of(receipt: ReceiptView) -> Self {
        let payments = receipt.payments;
        Self {
            id: receipt.id.to_string(),
            operation: receipt.operation.to_string(),
            account: receipt.account,
            state: receipt.state.name(),
            reason: receipt.reason,
            sign: receipt.sign.code(),
            sign_title: receipt.sign.title(),
            sno: receipt.tax_system.bit(),
            date: receipt.date,
            total: Money(receipt.total),
            contact: receipt.contact,
            deliver: receipt.deliver,
            internet: receipt.internet,
            lines: receipt.lines.into_iter().map(LineAnswer::of).collect(),
            payments: PaymentsAnswer {
                cash: Money(payments.cash),
                cashless: Money(payments.cashless),
                prepaid: Money(payments.prepaid),
                credit: Money(payments.credit),
                counter: Money(payments.counter),
            },
            vat_totals: receipt
                .vat_totals
                .into_iter()
                .map(|(code, sum)| VatAnswer {
                    code: code.code(),
                    title: code.to_string(),
                    sum: Money(sum),
                })
                .collect(),
            document: receipt.document.map(|document| DocumentAnswer {
                fn_number: document.drive,
                emulated: document.emulated,
                fd: document.number,
                fp: document.fiscal_sign,
                time: document.time,
                shift: document.shift,
                receipt_number: document.receipt_number,
                ofd_code: document.ofd_code,
                acknowledged_at_ms: document.acknowledged_at,
                qr: document.qr,
            }),
        }
    }
}

impl LineAnswer {
    fn of(line: LineView) -> Self {
        Self {
            name: line.name,
            method: line.method.code(),
            method_title: line.method.title(),
            subject: line.subject.code(),
            amount: Money(line.amount),
            vat_code: line.vat_code.code(),
            vat_title: line.vat_code.to_string(),
            vat: Money(line.vat),
            service: line.service,
            period: line.period,
            rule: line.rule,
            why_ru: line.why_ru,
            why_en: line.why_en,
        }
    }
}
