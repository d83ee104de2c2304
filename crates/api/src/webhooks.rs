//! Webhooks and the letters to them: what is owed, what was delivered, and ordering it again.

use axum::{Json, extract::State, http::StatusCode};
use desk::{
    DeliveriesOf, DeliveryState, DeliveryView, Desk, LastAttempt, ReceiptState, WebhookView,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Id, TermError};

use crate::{
    Problem,
    events::read_id,
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
};

/// The most letters in one answer.
const DELIVERIES_MAX: u32 = 1_000;
const DELIVERIES_DEFAULT: u32 = 100;

#[derive(JsonSchema, Serialize)]
pub(crate) struct WebhookAnswer {
    name: String,
    /// Without its query. Left out: the configuration does not name the webhook any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// `active`, `paused`, `stopped`, `removed`.
    state: &'static str,
    events: Vec<&'static str>,
    waiting: u64,
    dead: u64,
    last_success_at_ms: Option<i64>,
}

/// `GET /v1/deliveries`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryParams {
    /// How the letters stand.
    #[schemars(extend("enum" = ["waiting", "delivered", "dead"]))]
    state: Option<String>,
    /// The webhook's name.
    webhook: Option<String>,
    /// The receipt's identifier.
    receipt: Option<String>,
    /// The last letter that the caller knows.
    after: Option<String>,
    /// The most entries in the answer; usual: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct DeliveryAnswer {
    id: String,
    /// What the receiver knows it by: the header `webhook-id`.
    letter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    since_ms: i64,
    #[serde(flatten)]
    standing: DeliveryStanding,
}

/// How a letter stands.
#[derive(JsonSchema, Serialize)]
pub(crate) struct DeliveryStanding {
    /// The webhook's name; left out: it is a callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<CallbackAnswer>,
    /// What the receipt became by the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<&'static str>,
    /// `waiting`, `delivered`, `dead`.
    state: &'static str,
    attempts: u32,
    next_at_ms: Option<i64>,
    last: Option<AttemptAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct CallbackAnswer {
    /// Without its query.
    url: String,
    form: String,
}

#[derive(JsonSchema, Serialize)]
struct AttemptAnswer {
    at_ms: i64,
    /// Left out: there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    answer: String,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReplayBody {
    /// The first event of those that are to be told again; left out: what was given up.
    from: Option<String>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct Replayed {
    letters: u64,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct TriedAnswer {
    delivered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    answer: String,
}

/// `GET /v1/webhooks`.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Vec<WebhookAnswer>>, Problem> {
    let answer = |view: WebhookView| WebhookAnswer {
        name: view.name,
        url: view.url,
        state: view.state.name(),
        events: view.events.into_iter().map(ReceiptState::name).collect(),
        waiting: view.waiting,
        dead: view.dead,
        last_success_at_ms: view.last_success_at,
    };
    Ok(Json(desk.webhooks()?.into_iter().map(answer).collect()))
}

/// `GET /v1/deliveries`.
pub(crate) async fn deliveries(
    State(desk): State<Desk>,
    Params(params): Params<DeliveryParams>,
) -> Result<Json<Vec<DeliveryAnswer>>, Problem> {
    let limit = params.limit.unwrap_or(DELIVERIES_DEFAULT);
    if !(1..=DELIVERIES_MAX).contains(&limit) {
        return Err(bad_query(format!("limit is 1 to {DELIVERIES_MAX}")));
    }
    let state = |name: String| {
        let wrong = || bad_query("state is waiting, delivered or dead");
        DeliveryState::from_name(&name).ok_or_else(wrong)
    };
    let of = DeliveriesOf {
        state: params.state.map(state).transpose()?,
        webhook: params.webhook,
        receipt: params.receipt.as_deref().map(read_id).transpose()?,
        after: params.after.as_deref().map(read_id).transpose()?,
        limit,
    };
    let found = desk.deliveries(&of)?;
    Ok(Json(found.into_iter().map(DeliveryAnswer::of).collect()))
}

/// `POST /v1/deliveries/{id}/replay`.
pub(crate) async fn replay_one(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<StatusCode, Problem> {
    let id = id
        .parse()
        .map_err(|error: TermError| Problem::not_found("unknown_delivery", error.to_string()))?;
    desk.replay_delivery(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/webhooks/{name}/replay`.
pub(crate) async fn replay(
    State(desk): State<Desk>,
    Segment(name): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<Replayed>, Problem> {
    let body: ReplayBody = match body.trim() {
        "" => ReplayBody::default(),
        body => read_json(body)?,
    };
    let from = body.from.map(|id| id.parse::<Id>()).transpose();
    let from = from.map_err(|error| Problem::bad_value(error.to_string()).in_field("from"))?;
    let letters = desk.replay_webhook(&name, from).await?;
    Ok(Json(Replayed { letters }))
}

/// `POST /v1/webhooks/{name}/test`.
pub(crate) async fn test(
    State(desk): State<Desk>,
    Segment(name): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<TriedAnswer>, Problem> {
    let tried = desk.try_webhook(&name).await?;
    Ok(Json(TriedAnswer {
        delivered: matches!(tried.status, Some(200..=299)),
        status: tried.status,
        answer: tried.answer,
    }))
}

impl DeliveryAnswer {
    fn of(view: DeliveryView) -> Self {
        Self {
            id: view.id.to_string(),
            letter: view.letter_id(),
            event: view.event.map(|(event, _)| event.to_string()),
            receipt: view.receipt.map(|receipt| receipt.to_string()),
            operation: view.operation.map(|operation| operation.to_string()),
            since_ms: view.since,
            standing: DeliveryStanding::of(view),
        }
    }
}

impl DeliveryStanding {
    pub(crate) fn of(view: DeliveryView) -> Self {
        let last = |last: LastAttempt| AttemptAnswer {
            at_ms: last.at,
            status: last.status,
            answer: last.answer,
        };
        Self {
            webhook: view.webhook,
            callback: view.callback.map(|callback| CallbackAnswer {
                url: callback
                    .url
                    .split(['?', '#'])
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                form: callback.form,
            }),
            told: view.event.map(|(_, state)| state.name()),
            state: view.state.name(),
            attempts: view.attempts,
            next_at_ms: view.next_at,
            last: view.last.map(last),
        }
    }
}
