//! `GET /v1/receipts`.

use axum::{Json, extract::State};
use desk::{Days, Desk, DocumentOf, Order, ReceiptState, ReceiptsOf};
use schemars::JsonSchema;
use serde::Deserialize;
use terms::{
    AccountNumber, DocumentNumber, DriveNumber, FiscalSign, Id, Kopecks, LocalDate, OperationSign,
};

use super::ReceiptAnswer;
use crate::{
    Problem,
    list::{ListAnswer, Listing},
    request::bad_query,
    value::Text,
};

/// Which receipts are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptParams {
    /// Of this account.
    account: Option<Text<AccountNumber>>,
    /// One or several, with commas between them.
    state: Option<String>,
    /// The first day that they are of.
    from: Option<Text<LocalDate>>,
    /// The last day that they are of.
    to: Option<Text<LocalDate>>,
    /// The first day on which their operations were accepted.
    accepted_from: Option<Text<LocalDate>>,
    /// The last day on which their operations were accepted.
    accepted_to: Option<Text<LocalDate>>,
    /// Their operation.
    operation: Option<Text<Id>>,
    /// The idempotency key of their operation.
    key: Option<String>,
    /// The number of the document's drive.
    fn_number: Option<Text<DriveNumber>>,
    /// The ФД.
    fd: Option<u32>,
    /// The ФПД.
    fp: Option<u32>,
    /// The shift's number.
    shift: Option<u16>,
    /// The number within the shift.
    receipt_number: Option<u16>,
    /// Tag 1054.
    #[schemars(range(min = 1, max = 4))]
    sign: Option<u8>,
    /// `receipt` or `correction`.
    #[schemars(extend("enum" = ["receipt", "correction"]))]
    kind: Option<String>,
    /// Tag 1020.
    total: Option<Text<Kopecks>>,
}

/// `GET /v1/receipts`.
pub(crate) async fn list(
    State(desk): State<Desk>,
    listing: Listing<ReceiptParams>,
) -> Result<Json<ListAnswer<ReceiptAnswer>>, Problem> {
    let page = listing.page(Order::Descending)?;
    let order = page.order;
    let Some(of) = listing.of.found(&desk).await? else {
        let rows = Vec::new();
        let none = desk::Listed { rows, next: None };
        return Ok(Json(listing.answer::<_, Id>(order, none)));
    };
    let listed = desk.receipts(of, page).await?;
    Ok(Json(listing.answer(order, listed.map(ReceiptAnswer::of))))
}

impl ReceiptParams {
    /// What is looked for; none: there can be no such receipt, as nothing has the key.
    pub(crate) async fn found(&self, desk: &Desk) -> Result<Option<ReceiptsOf>, Problem> {
        let of = self.receipts(desk)?;
        let Some(key) = &self.key else {
            return Ok(Some(of));
        };
        let found = desk.operation_by_key(key).await?.map(|found| found.id);
        Ok(match (found, of.operation) {
            (Some(found), wanted) if wanted.is_none_or(|wanted| wanted == found) => {
                Some(ReceiptsOf {
                    operation: Some(found),
                    ..of
                })
            }
            _ => None,
        })
    }

    fn receipts(&self, desk: &Desk) -> Result<ReceiptsOf, Problem> {
        if self.receipt_number.is_some() && self.shift.is_none() {
            let rule = "receipt_number is counted within a shift: name the shift, too";
            return Err(bad_query(rule).in_field("receipt_number"));
        }
        let day = |day: &Option<Text<LocalDate>>| day.as_ref().map(|Text(day)| *day);
        let accepted = desk.span(day(&self.accepted_from), day(&self.accepted_to));
        let sign = self.sign.map(OperationSign::from_code).transpose();
        let is_correction = match self.kind.as_deref() {
            None => None,
            Some("receipt") => Some(false),
            Some("correction") => Some(true),
            Some(_) => return Err(bad_query("kind is receipt or correction").in_field("kind")),
        };
        Ok(ReceiptsOf {
            account: self.account.as_ref().map(|Text(number)| number.clone()),
            states: read_states(self.state.as_deref())?,
            days: Days {
                from: day(&self.from),
                to: day(&self.to),
            },
            accepted: accepted.map_err(|error| bad_query(format!("accepted_to: {error}")))?,
            operation: self.operation.as_ref().map(|Text(id)| *id),
            document: DocumentOf {
                drive: self.fn_number.as_ref().map(|Text(drive)| *drive),
                number: self.fd.map(DocumentNumber),
                fiscal_sign: self.fp.map(FiscalSign),
                shift: self.shift,
                receipt_number: self.receipt_number,
            },
            sign: sign.map_err(|error| bad_query(format!("sign: {error}")).in_field("sign"))?,
            is_correction,
            total: self.total.as_ref().map(|Text(total)| *total),
        })
    }
}

fn read_states(states: Option<&str>) -> Result<Vec<ReceiptState>, Problem> {
    let Some(states) = states else {
        return Ok(Vec::new());
    };
    let read = |name: &str| {
        ReceiptState::from_name(name).ok_or_else(|| {
            let known = ReceiptState::ALL.map(ReceiptState::name).join(", ");
            bad_query(format!("state is one or several of {known}, with commas")).in_field("state")
        })
    };
    states.split(',').map(read).collect()
}
