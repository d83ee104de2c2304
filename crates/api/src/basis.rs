//! Why a correction is made: the twin of the desk's `Basis` (receipt rules §4.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{
    Act, Basis, DocumentNumber, DriveNumber, FiscalSign, LocalDate, OrderOfOffice, ReasonCode,
    WrongDocument,
};

use crate::{
    Problem,
    value::{Label, Object, Text},
};

/// The longest text of a basis, bytes; in characters it is limited by [`Basis::MAX_TEXT`].
const TEXT_MAX: usize = 4 * Basis::MAX_TEXT;

/// Why something is corrected (receipt rules §4.3). What follows from the operation itself (the day
/// of the settlement, the wrong document of a receipt that is fixed) need not be said.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Basis")]
pub(crate) struct BasisRequest {
    /// Why.
    reason: Text<ReasonCode>,
    /// The day of the settlement that is restored or corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement_date: Option<Text<LocalDate>>,
    /// What tells of the settlement: the bank's operation, a registry and its line, a payment order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_doc: Option<Label<TEXT_MAX>>,
    /// The fiscal document that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrong_doc: Option<Object<WrongDocumentRequest>>,
    /// Your own paper about it (акт, служебная записка).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Object<ActRequest>>,
    /// The order of the tax authority (предписание).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Object<OrderRequest>>,
    /// Anything else that should be known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    comment: Option<String>,
}

/// A fiscal document, as its paper names it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WrongDocument")]
struct WrongDocumentRequest {
    fn_number: Text<DriveNumber>,
    fd: u32,
    fp: u32,
    date: Text<LocalDate>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Act")]
struct ActRequest {
    number: Label<TEXT_MAX>,
    date: Text<LocalDate>,
    /// Who has signed it.
    author: Label<TEXT_MAX>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OrderOfOffice")]
struct OrderRequest {
    number: Label<TEXT_MAX>,
    date: Text<LocalDate>,
    /// Which tax authority.
    authority: Label<TEXT_MAX>,
}

impl BasisRequest {
    /// The basis; what it leaves out is filled in where the operation is accepted.
    pub(crate) fn basis(&self) -> Result<Basis, Problem> {
        let basis = Basis {
            reason: self.reason.0,
            settlement_date: self.settlement_date.as_ref().map(|Text(date)| *date),
            source_doc: self.source_doc.as_ref().map(|Label(it)| it.clone()),
            wrong_doc: self.wrong_doc.as_ref().map(|Object(wrong)| WrongDocument {
                drive: wrong.fn_number.0,
                number: DocumentNumber(wrong.fd),
                sign: FiscalSign(wrong.fp),
                date: wrong.date.0,
            }),
            act: self.act.as_ref().map(|Object(act)| Act {
                number: act.number.0.clone(),
                date: act.date.0,
                author: act.author.0.clone(),
            }),
            order: self.order.as_ref().map(|Object(order)| OrderOfOffice {
                number: order.number.0.clone(),
                date: order.date.0,
                authority: order.authority.0.clone(),
            }),
            comment: self.comment.clone().unwrap_or_default(),
        };
        let wrong = |error: terms::TermError| Problem::from(error).in_field("basis");
        basis.check().map_err(wrong)?;
        Ok(basis)
    }

    /// The number of the tax authority's order, tag 1179.
    pub(crate) fn order_number(&self) -> Option<&str> {
        self.order.as_ref().map(|Object(order)| &*order.number.0)
    }

    /// The same as it is answered: fields are those of the request.
    pub(crate) fn of(basis: &Basis) -> Self {
        Self {
            reason: Text(basis.reason),
            settlement_date: basis.settlement_date.map(Text),
            source_doc: basis.source_doc.clone().map(Label),
            wrong_doc: basis.wrong_doc.map(|wrong| {
                Object(WrongDocumentRequest {
                    fn_number: Text(wrong.drive),
                    fd: wrong.number.0,
                    fp: wrong.sign.0,
                    date: Text(wrong.date),
                })
            }),
            act: basis.act.clone().map(|act| {
                Object(ActRequest {
                    number: Label(act.number),
                    date: Text(act.date),
                    author: Label(act.author),
                })
            }),
            order: basis.order.clone().map(|order| {
                Object(OrderRequest {
                    number: Label(order.number),
                    date: Text(order.date),
                    authority: Label(order.authority),
                })
            }),
            comment: Some(basis.comment.clone()).filter(|comment| !comment.is_empty()),
        }
    }
}
