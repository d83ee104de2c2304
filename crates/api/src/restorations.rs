//! Restorations: lost settlements and wrong receipts as a plan that is made, looked at, approved by
//! a second person, and carried out.

mod answer;
mod order;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use desk::{
    Desk, DeskError, KeyIdentity, Order, RestorationClass, RestorationRowState, RestoreError,
    RowsOf, Scope, Signed, files::FILE_MAX,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Problem,
    imports::ListQuery,
    list::{ListAnswer, Listing},
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
    value::{Object, Text},
};
pub(crate) use answer::{RestorationAnswer, RestorationListedAnswer, RestorationRowAnswer};
use order::LostParts;
pub(crate) use order::{FixRequest, LostForm, RunRequest};

/// Which rows are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowParams {
    /// Of this class.
    class: Option<Text<RestorationClass>>,
    /// In this state.
    state: Option<Text<RestorationRowState>>,
}

/// Who orders it, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RestorationTurn")]
pub(crate) struct TurnRequest {
    /// Who orders it: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    by: Option<String>,
    /// Why; it is journaled.
    #[serde(default)]
    reason: Option<String>,
}

/// `POST /v1/restorations/{id}/approve`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveRequest {
    /// The hash of the plan that was looked at.
    #[schemars(length(min = 64, max = 64))]
    hash: String,
    /// Who approves: with a key of the administrator; any other key speaks for itself.
    #[serde(default)]
    by: Option<String>,
    /// Why; it is journaled.
    #[serde(default)]
    reason: Option<String>,
}

/// `POST /v1/restorations:lost` with a limit of size for files.
pub(crate) fn post_lost() -> MethodRouter<Desk> {
    axum::routing::post(lost).layer(DefaultBodyLimit::max(FILE_MAX))
}

/// `POST /v1/restorations:lost`: a form with the order and the bank's files.
pub(crate) async fn lost(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    parts: LostParts,
) -> Result<Response, Problem> {
    let view = desk.plan_lost(parts.order(sender)?).await?;
    Ok((StatusCode::CREATED, Json(RestorationAnswer::of(view))).into_response())
}

/// `POST /v1/restorations:fix`.
pub(crate) async fn fix(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let order = read_json::<Object<FixRequest>>(&body)?.0;
    let view = desk.plan_fix(order.order(&desk, sender).await?).await;
    let view = view.map_err(|error| match error {
        // 404 speaks of the path alone.
        DeskError::UnknownReceipt(_) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Problem::new(status, "unknown_receipt", error.to_string()).in_field("receipts")
        }
        error => error.into(),
    })?;
    Ok((StatusCode::CREATED, Json(RestorationAnswer::of(view))).into_response())
}

/// `GET /v1/restorations`: the newest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Vec<RestorationListedAnswer>>, Problem> {
    let listed = desk.restorations(query.limit()?)?;
    let listed = listed.into_iter().map(RestorationListedAnswer::of);
    Ok(Json(listed.collect()))
}

/// `GET /v1/restorations/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<RestorationAnswer>, Problem> {
    let view = desk.restoration(restoration(&id)?).await?;
    Ok(Json(RestorationAnswer::of(view)))
}

/// `GET /v1/restorations/{id}/rows`.
pub(crate) async fn rows(
    State(desk): State<Desk>,
    Segment(id): Segment,
    listing: Listing<RowParams>,
) -> Result<Json<ListAnswer<RestorationRowAnswer>>, Problem> {
    let page = listing.page(Order::Ascending)?;
    if page.order != Order::Ascending {
        return Err(bad_query("rows come in the order of the plan").in_field("order"));
    }
    let of = RowsOf {
        class: listing.of.class.as_ref().map(|Text(class)| *class),
        state: listing.of.state.as_ref().map(|Text(state)| *state),
        after: page.after,
        limit: page.limit,
    };
    let listed = desk.restoration_rows(restoration(&id)?, of)?;
    let listed = listed.map(RestorationRowAnswer::of);
    Ok(Json(listing.answer(page.order, listed)))
}

/// `POST /v1/restorations/{id}/approve`.
pub(crate) async fn approve(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RestorationAnswer>, Problem> {
    let ApproveRequest { hash, by, reason } = read_json(&body)?;
    let signed = signed(&sender, by, reason)?;
    let view = desk.approve_restoration(restoration(&id)?, &hash, signed);
    Ok(Json(RestorationAnswer::of(view.await?)))
}

/// `POST /v1/restorations/{id}/run`.
pub(crate) async fn run(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RestorationAnswer>, Problem> {
    let mut request: RunRequest = read_json(&body)?;
    let signed = signed(&sender, request.by.take(), request.reason.take())?;
    let order = request.order(desk.setup().restore.pause_on);
    let view = desk.run_restoration(restoration(&id)?, order, signed);
    Ok(Json(RestorationAnswer::of(view.await?)))
}

/// `POST /v1/restorations/{id}/pause`.
pub(crate) async fn pause(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RestorationAnswer>, Problem> {
    let view = desk.pause_restoration(restoration(&id)?, turn(&sender, &body)?);
    Ok(Json(RestorationAnswer::of(view.await?)))
}

/// `POST /v1/restorations/{id}/resume`.
pub(crate) async fn resume(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RestorationAnswer>, Problem> {
    let view = desk.resume_restoration(restoration(&id)?, turn(&sender, &body)?);
    Ok(Json(RestorationAnswer::of(view.await?)))
}

/// `POST /v1/restorations/{id}/abandon`.
pub(crate) async fn abandon(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<RestorationAnswer>, Problem> {
    let view = desk.abandon_restoration(restoration(&id)?, turn(&sender, &body)?);
    Ok(Json(RestorationAnswer::of(view.await?)))
}

/// `GET /v1/restorations/{id}/report`: the set of documents, a ZIP file.
pub(crate) async fn report(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    let id = restoration(&id)?;
    let zip = desk.restoration_report(id).await?;
    let mut headers = HeaderMap::new();
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed("application/zip"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    let name = format!("attachment; filename=\"restoration-{id}.zip\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok((headers, zip).into_response())
}

/// Who acts: the name behind the key. Only a key of the administrator speaks for others, so that
/// nobody approves his own plan under another name.
pub(crate) fn person(sender: &KeyIdentity, by: Option<String>) -> Result<String, Problem> {
    match by {
        Some(by) if sender.scopes.contains(Scope::Admin) => Ok(by),
        Some(by) if by != sender.name => {
            let detail = format!(
                "the key «{}» speaks for itself: leave «by» out, or use a key of the administrator \
                 (scope «admin»)",
                sender.name
            );
            Err(Problem::new(StatusCode::FORBIDDEN, "wrong_person", detail).in_field("by"))
        }
        _ => Ok(sender.name.clone()),
    }
}

fn signed(
    sender: &KeyIdentity,
    by: Option<String>,
    reason: Option<String>,
) -> Result<Signed, Problem> {
    Ok(Signed {
        by: person(sender, by)?,
        reason: reason.unwrap_or_default(),
        key: Some(sender.id),
    })
}

fn turn(sender: &KeyIdentity, body: &str) -> Result<Signed, Problem> {
    let TurnRequest { by, reason } = match body.trim() {
        "" => TurnRequest {
            by: None,
            reason: None,
        },
        body => read_json(body)?,
    };
    signed(sender, by, reason)
}

fn restoration(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| {
        let detail = format!("«{id:.40}» is no restoration: they are counted from 1");
        Problem::not_found("unknown_restoration", detail)
    })
}

/// Why a restoration is not made, or an act on one is not done.
pub(crate) fn problem(error: &RestoreError) -> Problem {
    let status = match error {
        RestoreError::Unknown(_) => StatusCode::NOT_FOUND,
        RestoreError::SamePerson { .. } => StatusCode::FORBIDDEN,
        RestoreError::NotNow { .. }
        | RestoreError::OtherHash { .. }
        | RestoreError::DoesNotFit(_)
        | RestoreError::Papers { .. } => StatusCode::CONFLICT,
        RestoreError::BadDays { .. }
        | RestoreError::Nothing(_)
        | RestoreError::TooManyRows { .. }
        | RestoreError::Basis(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, error.code(), error.to_string())
}
