//! `GET /v1/operations`: one by its key, or a list.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use desk::{Days, Desk, OperationsOf, Order};
use schemars::JsonSchema;
use serde::Deserialize;
use terms::{AccountNumber, LocalDate};

use super::{answer::OperationDetails, unknown};
use crate::{
    Problem,
    list::{ListAnswer, Listing},
    request::bad_query,
    value::Text,
};

/// The types that an operation may have.
const TYPES: [&str; 13] = [
    "payment",
    "identify",
    "charge",
    "period_close",
    "refund",
    "recalc",
    "writeoff",
    "move",
    "cancel_payment",
    "restore_payment",
    "restore_charge",
    "fix_receipt",
    "receipt",
];

/// Which operations are wanted.
#[derive(Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationParams {
    /// The one with this idempotency key; alone.
    key: Option<String>,
    /// Those whose idempotency keys begin so.
    key_prefix: Option<String>,
    /// Of this account.
    account: Option<Text<AccountNumber>>,
    /// Of this type.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = TYPES))]
    kind: Option<String>,
    /// The first day that they are of.
    from: Option<Text<LocalDate>>,
    /// The last day that they are of.
    to: Option<Text<LocalDate>>,
    /// The first day on which they were accepted.
    accepted_from: Option<Text<LocalDate>>,
    /// The last day on which they were accepted.
    accepted_to: Option<Text<LocalDate>>,
    /// The name of the API key that sent them.
    sent_by: Option<String>,
}

/// What is answered: one, or a page.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(crate) enum OperationsOrOne {
    /// With `key`: the operation.
    One(Box<OperationDetails>),
    /// Without: a page.
    Page(ListAnswer<OperationDetails>),
}

/// `GET /v1/operations`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    listing: Listing<OperationParams>,
) -> Result<Response, Problem> {
    if let Some(key) = &listing.of.key {
        let alone = OperationParams {
            key: Some(key.clone()),
            ..OperationParams::default()
        };
        if listing.of != alone {
            return Err(bad_query("key names one operation: it stands alone").in_field("key"));
        }
        return Ok(by_key(&desk, key).await?.into_response());
    }
    let of = listing.of.operations(&desk)?;
    let page = listing.page(Order::Descending)?;
    let order = page.order;
    let mut answer = desk.operations(of, page).await?;
    let rows = std::mem::take(&mut answer.rows).into_iter();
    let rows = rows.map(|row| OperationDetails::with_basis(&desk, row));
    let rows: Vec<OperationDetails> = rows.collect::<Result<_, _>>()?;
    let listed = desk::Listed {
        rows,
        next: answer.next,
    };
    Ok(Json(listing.answer(order, listed)).into_response())
}

async fn by_key(desk: &Desk, key: &str) -> Result<Json<OperationDetails>, Problem> {
    let operation = desk.operation_by_key(key).await?;
    let Some(operation) = operation else {
        return Err(match desk.held_charge_by_key(key)? {
            Some(held) => unknown(format!(
                "the key «{key}» belongs to held charge {id}, which is {state}: \
                 GET /v1/held-charges/{id}",
                id = held.id,
                state = held.state
            )),
            None => unknown(format!("no operation has the key «{key}»")),
        });
    };
    OperationDetails::with_basis(desk, operation).map(Json)
}

impl OperationParams {
    fn operations(&self, desk: &Desk) -> Result<OperationsOf, Problem> {
        if let Some(kind) = &self.kind
            && !TYPES.contains(&kind.as_str())
        {
            let known = TYPES.join(", ");
            return Err(bad_query(format!("type is one of {known}")).in_field("type"));
        }
        let day = |day: &Option<Text<LocalDate>>| day.as_ref().map(|Text(day)| *day);
        let accepted = desk.span(day(&self.accepted_from), day(&self.accepted_to));
        Ok(OperationsOf {
            account: self.account.as_ref().map(|Text(number)| number.clone()),
            kind: self.kind.clone(),
            days: Days {
                from: day(&self.from),
                to: day(&self.to),
            },
            accepted: accepted.map_err(|error| bad_query(format!("accepted_to: {error}")))?,
            key_prefix: self.key_prefix.clone(),
            sent_by: self.sent_by.clone(),
            utc_offset: 0,
        })
    }
}
