//! Receipts: `GET /v1/receipts`, `/v1/receipts/{id}`, and their forms for people: `….html`, `….txt`, `….svg`; and
//! for programs that read TLV: `….tlv`.

mod line;
mod list;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use desk::{DeliveriesOf, Desk, PrintedReceipt, Receipt, ReceiptView, ready};
use schemars::JsonSchema;
use serde::Serialize;
use terms::{Id, Kopecks, VatCode};

use crate::{
    Problem,
    money::Money,
    remarks::OfdAnswerJson,
    request::{Nothing, Params, Segment},
    webhooks::DeliveryStanding,
};
use line::LineAnswer;
pub(crate) use list::{ReceiptParams, list};

#[derive(JsonSchema, Serialize)]
pub(crate) struct ReceiptAnswer {
    id: String,
    operation: String,
    #[schemars(schema_with = "crate::openapi::receipt_state")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The operation that took it back or replaced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_by: Option<String>,
    /// The receipt whose second document this one undoes.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_of: Option<String>,
    #[serde(flatten)]
    content: ReceiptContent,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentAnswer>,
    /// Letters that tell of it; only where one receipt is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deliveries: Vec<DeliveryStanding>,
}

/// A receipt as it was computed.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ReceiptContent {
    /// `receipt` or `correction`.
    kind: &'static str,
    account: Option<String>,
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
    /// What a correction receipt corrects: tags 1178 and 1179.
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<CorrectionAnswer>,
    /// The fiscal sign of the document that is corrected: tag 1192.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects_fp: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct CorrectionAnswer {
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct PaymentsAnswer {
    cash: Money,
    cashless: Money,
    prepaid: Money,
    credit: Money,
    counter: Money,
}

#[derive(JsonSchema, Serialize)]
struct VatAnswer {
    code: u8,
    title: String,
    sum: Money,
}

#[derive(JsonSchema, Serialize)]
struct DocumentAnswer {
    fn_number: String,
    emulated: bool,
    fd: u32,
    fp: u32,
    time: String,
    shift: u16,
    receipt_number: Option<u16>,
    /// What the ОФД has said about it; none while it has not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    ofd: Option<OfdAnswerJson>,
    acknowledged_at_ms: Option<i64>,
    qr: String,
}

/// The most letters that are shown of one receipt.
const DELIVERIES_MAX: u32 = 100;

/// A page needs nothing but its own styles.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'self'";

/// `GET /v1/receipts/{id}`, with or without an ending that names the form.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(segment): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    let (id, form) = match segment.split_once('.') {
        Some((id, form)) => (id, Some(form)),
        None => (segment.as_str(), None),
    };
    let id: Id = id
        .parse()
        .map_err(|error: terms::TermError| unknown(error.to_string()))?;
    let absent = || unknown(format!("there is no receipt {id}"));
    let answer = match form {
        None => {
            let receipt = desk.receipt(id)?.ok_or_else(absent)?;
            let of = DeliveriesOf {
                receipt: Some(id),
                limit: DELIVERIES_MAX,
                ..DeliveriesOf::default()
            };
            let deliveries = desk.deliveries(&of)?.into_iter();
            Json(ReceiptAnswer {
                deliveries: deliveries.map(DeliveryStanding::of).collect(),
                ..ReceiptAnswer::of(receipt)
            })
            .into_response()
        }
        Some("tlv") => {
            let receipt = desk.receipt(id)?.ok_or_else(absent)?;
            of_type("application/octet-stream", receipt.tlv)
        }
        Some(form @ ("html" | "txt" | "svg")) => {
            let printed = desk.printed_receipt(id)?.ok_or_else(absent)?;
            for_people(form, &printed)?
        }
        Some(other) => {
            let detail = format!(
                "a receipt has no form «{other}»: there are .html, .txt, .svg (its QR code), .tlv, \
                 and JSON without an ending"
            );
            return Err(Problem::not_found("unknown_form", detail));
        }
    };
    Ok(answer)
}

fn unknown(detail: String) -> Problem {
    Problem::not_found("unknown_receipt", detail)
}

/// 200 with the document; 409 when there is none yet: then page and text say what it waits for.
fn for_people(form: &str, receipt: &PrintedReceipt) -> Result<Response, Problem> {
    let mut answer = match form {
        "html" => {
            let mut page = of_type("text/html; charset=utf-8", receipt.printed.html());
            let policy = HeaderValue::from_static(PAGE_POLICY);
            page.headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
            page
        }
        "txt" => of_type("text/plain; charset=utf-8", receipt.printed.text()),
        _ => {
            let svg = receipt.qr_svg().ok_or_else(|| {
                let detail = format!(
                    "the receipt is {}: it has no QR code before it is a fiscal document",
                    receipt.state.name()
                );
                Problem::new(StatusCode::CONFLICT, "not_formed", detail)
            })?;
            of_type("image/svg+xml", svg)
        }
    };
    if !receipt.is_formed {
        *answer.status_mut() = StatusCode::CONFLICT;
    }
    Ok(answer)
}

/// Browsers take the content for what is said here, whatever it looks like.
fn of_type(content_type: &'static str, content: impl IntoResponse) -> Response {
    let mut headers = HeaderMap::new();
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed(content_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    (headers, content).into_response()
}

impl ReceiptAnswer {
    pub(crate) fn of(view: ReceiptView) -> Self {
        let passed = view.passed_lines();
        Self {
            id: view.id.to_string(),
            operation: view.operation.to_string(),
            state: view.state.name(),
            reason: view.reason,
            cancelled_by: view.cancelled_by.map(|operation| operation.to_string()),
            return_of: view.return_of.map(|receipt| receipt.to_string()),
            content: ReceiptContent::of(view.receipt, passed),
            document: view.document.map(|document| DocumentAnswer {
                fn_number: document.drive,
                emulated: document.emulated,
                fd: document.number,
                fp: document.fiscal_sign,
                time: document.time,
                shift: document.shift,
                receipt_number: document.receipt_number,
                ofd: OfdAnswerJson::of(document.ofd, document.acknowledged_at.is_some()),
                acknowledged_at_ms: document.acknowledged_at,
                qr: document.qr,
            }),
            deliveries: Vec::new(),
        }
    }
}

impl ReceiptContent {
    /// `passed`: its lines as they go to the drive, if they are known.
    pub(crate) fn of(receipt: Receipt, passed: Vec<ready::Line>) -> Self {
        let payments = receipt.payments;
        let vat_total = |(code, sum): (VatCode, Kopecks)| VatAnswer {
            code: code.code(),
            title: code.to_string(),
            sum: Money(sum),
        };
        let lines = if receipt.lines.is_empty() {
            receipt.unprinted
        } else {
            receipt.lines
        };
        Self {
            kind: if receipt.correction.is_some() {
                "correction"
            } else {
                "receipt"
            },
            account: receipt.account.map(|account| account.to_string()),
            sign: receipt.operation.code(),
            sign_title: receipt.operation.title(),
            sno: receipt.tax_system.bit(),
            date: receipt.date.to_string(),
            total: Money(receipt.total),
            contact: receipt.contact,
            deliver: receipt.deliver,
            internet: receipt.internet,
            lines: LineAnswer::all(lines, passed),
            payments: PaymentsAnswer {
                cash: Money(payments.cash),
                cashless: Money(payments.cashless),
                prepaid: Money(payments.prepaid),
                credit: Money(payments.credit),
                counter: Money(payments.counter),
            },
            vat_totals: receipt.vat_totals.into_iter().map(vat_total).collect(),
            correction: receipt.correction.map(|correction| CorrectionAnswer {
                date: correction.date.to_string(),
                order: correction.order,
            }),
            corrects_fp: receipt.corrects.map(|sign| sign.0),
        }
    }
}
