//! Charges that no contract allows: `GET /v1/held-charges`, `GET /v1/held-charges/{id}`,
//! `POST /v1/held-charges/{id}/release`, `…/refuse`.

use axum::{Extension, Json, extract::State, http::StatusCode};
use desk::{Desk, EventKind, HeldCharge, HeldChargeError, HeldState, KeyIdentity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Id, TermError};

use crate::{
    Problem,
    imports::ListQuery,
    money::Money,
    orders::signed,
    request::{Body, Nothing, Params, Segment},
    value::Text,
};

/// Which ones are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldParams {
    /// Left out: those that wait.
    #[serde(default)]
    state: Option<Text<HeldState>>,
    /// Those that came after this one.
    #[serde(default)]
    after: Option<Text<Id>>,
    /// The most in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

/// A charge that no contract of its account allowed when it came.
#[derive(JsonSchema, Serialize)]
pub(crate) struct HeldAnswer {
    id: String,
    key: String,
    account: String,
    date: String,
    amount: Money,
    lines: Vec<HeldLine>,
    #[serde(flatten)]
    standing: HeldStanding,
    /// The name of the key that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<String>,
}

/// Where a held charge stands.
#[derive(JsonSchema, Serialize)]
pub(crate) struct HeldStanding {
    #[schemars(extend("enum" = ["waiting", "released", "refused"]))]
    state: &'static str,
    /// What no contract allows.
    reason: String,
    /// Released: the operation that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at_ms: Option<i64>,
}

#[derive(JsonSchema, Serialize)]
struct HeldLine {
    service: String,
    period: String,
    amount: Money,
}

/// `GET /v1/held-charges`: the oldest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(query): Params<HeldParams>,
) -> Result<Json<Vec<HeldAnswer>>, Problem> {
    let limit = ListQuery::checked(query.limit)?;
    let state = query.state.map_or(HeldState::Waiting, |Text(state)| state);
    let after = query.after.map(|Text(id)| id);
    let held = desk.held_charges(state, after, limit).await?;
    Ok(Json(held.into_iter().map(HeldAnswer::of).collect()))
}

/// `GET /v1/held-charges/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<HeldAnswer>, Problem> {
    let id = held_id(&id)?;
    let held = desk.held_charge(id)?.ok_or(HeldChargeError::Unknown(id));
    Ok(Json(HeldAnswer::of(held.map_err(|error| problem(&error))?)))
}

/// `POST /v1/held-charges/{id}/release`: it is accepted as it was sent.
pub(crate) async fn release(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<HeldAnswer>, Problem> {
    let held = desk.release_charge(held_id(&id)?, signed(&body, &sender)?);
    Ok(Json(HeldAnswer::of(held.await?)))
}

/// `POST /v1/held-charges/{id}/refuse`: it never will be accepted.
pub(crate) async fn refuse(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<HeldAnswer>, Problem> {
    let held = desk.refuse_charge(held_id(&id)?, signed(&body, &sender)?);
    Ok(Json(HeldAnswer::of(held.await?)))
}

fn held_id(id: &str) -> Result<Id, Problem> {
    id.parse()
        .map_err(|error: TermError| Problem::not_found("unknown_charge", error.to_string()))
}

/// Why nothing was decided.
pub(crate) fn problem(error: &HeldChargeError) -> Problem {
    let detail = error.to_string();
    match error {
        HeldChargeError::Unknown(_) => Problem::not_found("unknown_charge", detail),
        HeldChargeError::Decided { .. } => {
            Problem::new(StatusCode::CONFLICT, "charge_decided", detail)
        }
        HeldChargeError::Refused { refused, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, refused.code, detail)
        }
    }
}

impl HeldAnswer {
    fn of(held: HeldCharge) -> Self {
        let lines = match &held.event.kind {
            EventKind::Charge(charge) => &charge.lines[..],
            _ => &[],
        };
        let line = |line: &desk::ChargeLine| HeldLine {
            service: line.service.to_string(),
            period: line.period.to_string(),
            amount: Money(line.amount),
        };
        Self {
            id: held.id.to_string(),
            key: held.key.clone(),
            account: held.account.to_string(),
            date: held.event.date.to_string(),
            amount: Money(held.amount),
            lines: lines.iter().map(line).collect(),
            standing: HeldStanding::of(&held),
            sent_by: held.sent_by,
        }
    }
}

impl HeldStanding {
    /// Where it stands.
    pub(crate) fn of(held: &HeldCharge) -> Self {
        let decided = held.decided.as_ref();
        Self {
            state: held.state.name(),
            reason: held.reason.clone(),
            operation: held.operation.map(|id| id.to_string()),
            decided_by: decided.map(|(by, ..)| by.clone()),
            decided_why: decided.map(|(_, why, _)| why.clone()),
            decided_at_ms: decided.map(|(.., at)| *at),
        }
    }

    /// Whether a person has to decide.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state == HeldState::Waiting.name()
    }
}
