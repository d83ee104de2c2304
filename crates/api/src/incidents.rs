//! Incidents: what the watch has found, what people do about it, and the channels by which they are
//! told.

use axum::{Extension, Json, extract::State, http::StatusCode};
use desk::{
    ChannelView, Desk, IncidentActError, IncidentHistory, IncidentRefusal, IncidentState,
    IncidentView, IncidentsOf, KeyIdentity, Language, NoticeView, Order, Signed,
    found::{RuleId, Severity, Value},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::AccountNumber;

use crate::{
    Problem,
    list::{ListAnswer, Listing},
    request::{Body, Nothing, Params, Segment, bad_query, read_json},
};

/// The longest text that is looked for, characters.
const TEXT_MAX: usize = 200;

/// `GET /v1/incidents`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentParams {
    /// Where they stand; `lasting`: all but `resolved`.
    #[schemars(extend("enum" = ["open", "acknowledged", "muted", "resolved", "lasting"]))]
    state: Option<String>,
    /// How bad they are.
    #[schemars(extend("enum" = ["info", "medium", "high", "critical"]))]
    severity: Option<String>,
    /// How bad they are at least.
    #[schemars(extend("enum" = ["info", "medium", "high", "critical"]))]
    severity_from: Option<String>,
    /// The rule that has found them: `A01` to `A28`.
    rule: Option<String>,
    /// The account that they are about.
    account: Option<String>,
    /// What their texts or their object hold.
    text: Option<String>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct IncidentAnswer {
    id: String,
    /// Rule and object: it stays the same while the trouble lasts.
    key: String,
    /// `A01` to `A28`.
    rule: &'static str,
    title_ru: &'static str,
    title_en: &'static str,
    /// What it is about: `account:…`, `charge:…`, `entry:…`, `drive:…`, `document:…`, `day:…` …
    object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// `info`, `medium`, `high`, `critical`.
    severity: &'static str,
    /// `open`, `acknowledged`, `muted`, `resolved`.
    state: &'static str,
    /// What was found last, with its numbers in words.
    what_ru: String,
    what_en: String,
    numbers: Vec<NumberAnswer>,
    /// What to do about it.
    advice_ru: &'static str,
    advice_en: &'static str,
    opened_at_ms: i64,
    seen_at_ms: i64,
    escalations: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted_until_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at_ms: Option<i64>,
}

/// A number behind an incident.
#[derive(JsonSchema, Serialize)]
struct NumberAnswer {
    name: String,
    /// `money` (roubles), `count`, `share` (percent), `date`, `moment`, `period`, `flag`, `words`.
    kind: &'static str,
    value: String,
}

/// An incident with all that has happened to it.
#[derive(JsonSchema, Serialize)]
pub(crate) struct IncidentWithHistory {
    #[serde(flatten)]
    incident: IncidentAnswer,
    history: Vec<HappenedAnswer>,
    notices: Vec<NoticeAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct HappenedAnswer {
    at_ms: i64,
    /// `opened`, `worsened`, `eased`, `acknowledged`, `muted`, `unmuted`, `resolved`.
    what: &'static str,
    severity: &'static str,
    /// Who did it; left out: it came by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ms: Option<i64>,
}

/// A message to one channel.
#[derive(JsonSchema, Serialize)]
struct NoticeAnswer {
    channel: String,
    /// `opened`, `worsened`, `repeated`, `escalated`, `closed`.
    reason: &'static str,
    /// `gathering`, `waiting`, `told`, `dead`.
    state: &'static str,
    /// Of how many incidents it tells.
    incidents: u64,
    attempts: u32,
    /// Not told yet: it is not sent before.
    due_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at_ms: Option<i64>,
    /// What came of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_answer: Option<String>,
}

/// Who does it, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActBody {
    /// The name of whoever does it.
    by: String,
    /// Why; wanted when an incident is resolved.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MuteBody {
    /// The name of whoever does it.
    by: String,
    /// Why.
    reason: String,
    /// Nobody is told before this moment, milliseconds since 1970; within a year.
    until_ms: i64,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct ChannelAnswer {
    name: String,
    /// `email`, `webhook`, `messenger`; left out: the configuration does not name it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Where it goes, without what is secret.
    to: String,
    waiting: u64,
    dead: u64,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct ChannelTriedAnswer {
    taken: bool,
    /// What the other side has said, or why it could not be asked.
    answer: String,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct NoticesReplayed {
    notices: u64,
}

/// `GET /v1/incidents`.
pub(crate) async fn list(
    State(desk): State<Desk>,
    listing: Listing<IncidentParams>,
) -> Result<Json<ListAnswer<IncidentAnswer>>, Problem> {
    let of = wanted(&listing.of)?;
    let page = listing.page(Order::Descending)?;
    let found = tokio::task::spawn_blocking({
        let page = page.clone();
        move || desk.incidents(&of, &page)
    });
    let found = found.await.map_err(|_| desk::DeskError::Stopping)??;
    Ok(Json(listing.answer(page.order, found.map(answer))))
}

fn wanted(params: &IncidentParams) -> Result<IncidentsOf, Problem> {
    let mut of = IncidentsOf::default();
    match params.state.as_deref() {
        None => {}
        Some("lasting") => of.lasting = true,
        Some(state) => {
            let read = state.parse::<IncidentState>();
            of.state = Some(read.map_err(|error| bad_query(error.to_string()))?);
        }
    }
    of.severity = severity(params.severity.as_deref())?;
    of.severity_from = severity(params.severity_from.as_deref())?;
    if let Some(name) = &params.rule {
        let wrong = || bad_query("rule is A01 to A28");
        of.rule = Some(RuleId::from_name(name).ok_or_else(wrong)?);
    }
    if let Some(number) = &params.account {
        let read = number.parse::<AccountNumber>();
        of.account = Some(read.map_err(|error| bad_query(error.to_string()))?);
    }
    if let Some(text) = &params.text {
        if text.chars().count() > TEXT_MAX {
            return Err(bad_query(format!("text has at most {TEXT_MAX} characters")));
        }
        of.text = Some(text.clone());
    }
    Ok(of)
}

fn severity(name: Option<&str>) -> Result<Option<Severity>, Problem> {
    let wrong = || bad_query("severity is info, medium, high or critical");
    let read = |name| Severity::from_name(name).ok_or_else(wrong);
    name.map(read).transpose()
}

/// `GET /v1/incidents/{id}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<IncidentWithHistory>, Problem> {
    standing(&desk, number(&id)?)
}

/// `POST /v1/incidents/{id}/acknowledge`.
pub(crate) async fn acknowledge(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<IncidentWithHistory>, Problem> {
    let id = number(&id)?;
    let signed = read_json::<ActBody>(&body)?.signed(&sender);
    desk.acknowledge_incident(id, signed, None).await?;
    standing(&desk, id)
}

/// `POST /v1/incidents/{id}/mute`.
pub(crate) async fn mute(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<IncidentWithHistory>, Problem> {
    let id = number(&id)?;
    let MuteBody {
        by,
        reason,
        until_ms,
    } = read_json(&body)?;
    let signed = ActBody { by, reason }.signed(&sender);
    desk.mute_incident(id, until_ms, signed, None).await?;
    standing(&desk, id)
}

/// `POST /v1/incidents/{id}/unmute`.
pub(crate) async fn unmute(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<IncidentWithHistory>, Problem> {
    let id = number(&id)?;
    let signed = read_json::<ActBody>(&body)?.signed(&sender);
    desk.unmute_incident(id, signed, None).await?;
    standing(&desk, id)
}

/// `POST /v1/incidents/{id}/resolve`.
pub(crate) async fn resolve(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(id): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<IncidentWithHistory>, Problem> {
    let id = number(&id)?;
    let signed = read_json::<ActBody>(&body)?.signed(&sender);
    desk.resolve_incident(id, signed, None).await?;
    standing(&desk, id)
}

/// `GET /v1/channels`.
pub(crate) async fn channels(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Vec<ChannelAnswer>>, Problem> {
    let answer = |view: ChannelView| ChannelAnswer {
        name: view.name,
        kind: view.kind,
        to: view.to,
        waiting: view.waiting,
        dead: view.dead,
    };
    Ok(Json(
        desk.notice_channels()?.into_iter().map(answer).collect(),
    ))
}

/// `POST /v1/channels/{name}/test`.
pub(crate) async fn test_channel(
    State(desk): State<Desk>,
    Segment(name): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<ChannelTriedAnswer>, Problem> {
    let tried = desk.try_channel(&name).await?;
    Ok(Json(ChannelTriedAnswer {
        taken: tried.is_taken,
        answer: tried.answer,
    }))
}

/// `POST /v1/channels/{name}/replay`.
pub(crate) async fn replay(
    State(desk): State<Desk>,
    Segment(name): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<NoticesReplayed>, Problem> {
    let notices = desk.replay_notices(&name).await?;
    Ok(Json(NoticesReplayed { notices }))
}

fn number(id: &str) -> Result<i64, Problem> {
    let unknown = || {
        let detail = format!("«{id}» is no incident: incidents are counted from 1");
        Problem::not_found("unknown_incident", detail)
    };
    id.parse().map_err(|_| unknown())
}

fn standing(desk: &Desk, id: i64) -> Result<Json<IncidentWithHistory>, Problem> {
    let found = desk.incident(id)?;
    let found = found.ok_or(IncidentActError::Refused(IncidentRefusal::Unknown(id)))?;
    Ok(Json(IncidentWithHistory::of(found)))
}

impl ActBody {
    fn signed(self, sender: &KeyIdentity) -> Signed {
        Signed {
            by: self.by,
            reason: self.reason,
            key: Some(sender.id),
        }
    }
}

fn answer(view: IncidentView) -> IncidentAnswer {
    let (title_ru, title_en) = (view.title(Language::Ru), view.title(Language::En));
    let (advice_ru, advice_en) = (view.advice(Language::Ru), view.advice(Language::En));
    let row = view.row;
    let number = |(name, value): (String, Value)| NumberAnswer {
        name,
        kind: kind(&value),
        value: match value {
            // The kind says that it is in percent.
            Value::Share(share) => desk::found::Sum(share).to_string(),
            other => other.to_string(),
        },
    };
    IncidentAnswer {
        id: row.id.to_string(),
        key: row.key.to_string(),
        rule: row.rule.name(),
        title_ru,
        title_en,
        object: row.object,
        account: row.account.map(|account| account.to_string()),
        severity: row.severity.name(),
        state: row.state.name(),
        what_ru: row.found.ru,
        what_en: row.found.en,
        numbers: row.found.numbers.into_iter().map(number).collect(),
        advice_ru,
        advice_en,
        opened_at_ms: row.opened_at,
        seen_at_ms: row.seen_at,
        escalations: row.escalations,
        acknowledged_by: row.acknowledged.map(|(by, _)| by),
        muted_until_ms: row.muted_until,
        closed_at_ms: row.closed_at,
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Money(_) => "money",
        Value::Count(_) => "count",
        Value::Share(_) => "share",
        Value::Date(_) => "date",
        Value::Moment(_) => "moment",
        Value::Period(_) => "period",
        Value::Flag(_) => "flag",
        Value::Words(_) => "words",
    }
}

impl IncidentWithHistory {
    fn of(found: IncidentHistory) -> Self {
        let happened = found.events.into_iter().map(|event| HappenedAnswer {
            at_ms: event.at,
            what: event.what.name(),
            severity: event.severity.name(),
            by: event.by,
            why: event.why,
            until_ms: event.until,
        });
        let notice = |view: NoticeView| NoticeAnswer {
            channel: view.channel,
            reason: view.reason.name(),
            state: view.state.name(),
            incidents: view.incidents,
            attempts: view.attempts,
            due_at_ms: view.due_at,
            last_at_ms: view.last.as_ref().map(|(at, _)| *at),
            last_answer: view.last.map(|(_, answer)| answer),
        };
        Self {
            history: happened.collect(),
            notices: found.notices.into_iter().map(notice).collect(),
            incident: answer(found.incident),
        }
    }
}

impl From<IncidentActError> for Problem {
    fn from(error: IncidentActError) -> Self {
        let detail = error.to_string();
        let value = |field: &'static str, detail: String| Self::bad_value(detail).in_field(field);
        match error {
            IncidentActError::Desk(error) => error.into(),
            IncidentActError::Refused(IncidentRefusal::Unknown(_)) => {
                Self::not_found("unknown_incident", detail)
            }
            IncidentActError::Refused(IncidentRefusal::Over(_)) => {
                Self::new(StatusCode::CONFLICT, "incident_is_over", detail)
            }
            IncidentActError::Refused(IncidentRefusal::NotMuted(_)) => {
                Self::new(StatusCode::CONFLICT, "not_muted", detail)
            }
            IncidentActError::UnknownChannel(_) => Self::not_found("unknown_channel", detail),
            IncidentActError::NoName => value("by", detail),
            IncidentActError::NoReason => value("reason", detail),
            IncidentActError::BadUntil => value("until_ms", detail),
        }
    }
}
