//! The service level: `GET /v1/service-level`, and a month's with or without an ending that names the
//! form.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use desk::{
    Class, ClassLevel, Desk, Figures, Gap, HourLevel, MissedBy, ReportForm, ServiceLevelView,
    TargetView,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{Id, LocalDate, Period};

use crate::{
    Problem,
    request::{Nothing, Params, Segment},
    value::Text,
};

/// `GET /v1/service-level`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelParams {
    /// The first day, at the place of settlement.
    from: Text<LocalDate>,
    /// The last day; usual: the first one. At most 366 days.
    to: Option<Text<LocalDate>>,
}

/// How soon receipts are formed and confirmed, whether they could be, and which targets were missed.
/// Times are milliseconds from acceptance, told with at most a sixteenth too much.
#[derive(JsonSchema, Serialize)]
pub(crate) struct LevelAnswer {
    from: String,
    to: String,
    /// Whether every target with something to measure was kept.
    kept: bool,
    targets: Vec<TargetAnswer>,
    classes: Vec<ClassAnswer>,
    availability: AvailabilityAnswer,
    /// Incidents that were opened in this time, but for those that are only to be known. What goes on
    /// counts up to now.
    incidents: IncidentsAnswer,
    /// Receipts that have no document yet, now.
    unformed: UnformedAnswer,
    /// Single payments, day by day.
    days: Vec<StretchAnswer>,
    /// Single payments, hour by hour; only of a week at most.
    hours: Vec<StretchAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct TargetAnswer {
    /// `fiscalized_p95`, `acknowledged_p95` (milliseconds), `availability` (millionths),
    /// `incident_taken_p95`, `incident_resolved_p95` (milliseconds).
    target: &'static str,
    wanted: u64,
    /// Left out when there was nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<bool>,
    /// Why it was missed, the worst first; at most 20 reasons.
    why: Vec<ReasonAnswer>,
    /// How many reasons there are.
    reasons: usize,
}

#[derive(JsonSchema, Serialize)]
struct ReasonAnswer {
    /// An hour that was too slow, or a time in which nothing could be formed.
    from_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<u64>,
    /// `no_slot`, `starting`, `restart`, `crash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
}

#[derive(JsonSchema, Serialize)]
struct ClassAnswer {
    /// `payment`, `registry`, `charge`, `correction`.
    class: &'static str,
    fiscalized: FiguresAnswer,
    acknowledged: FiguresAnswer,
}

#[derive(JsonSchema, Serialize)]
struct FiguresAnswer {
    receipts: u64,
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    p99_ms: Option<u64>,
    max_ms: Option<u64>,
}

#[derive(JsonSchema, Serialize)]
struct AvailabilityAnswer {
    /// The share of time in which at least one slot could form documents, millionths.
    share_ppm: Option<u32>,
    /// How much time was looked at: not what lies ahead, nor before the first start.
    looked_ms: i64,
    restarts: u32,
    crashes: u32,
    gaps: Vec<GapAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct GapAnswer {
    from_ms: i64,
    to_ms: i64,
    /// `no_slot`, `starting`, `restart`, `crash`.
    cause: &'static str,
    /// The slots as they stood when it began.
    slots: Vec<GapSlot>,
}

#[derive(JsonSchema, Serialize)]
struct GapSlot {
    slot: u8,
    state: String,
    reason: String,
}

#[derive(JsonSchema, Serialize)]
struct IncidentsAnswer {
    opened: u64,
    /// Nobody has taken them on, and they last.
    untaken: u64,
    /// They last.
    lasting: u64,
    taken: SpanAnswer,
    resolved: SpanAnswer,
}

#[derive(JsonSchema, Serialize)]
struct SpanAnswer {
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    max_ms: Option<u64>,
}

#[derive(JsonSchema, Serialize)]
struct UnformedAnswer {
    receipts: u64,
    /// When the oldest of them was accepted.
    oldest_accepted_at_ms: Option<i64>,
}

#[derive(JsonSchema, Serialize)]
struct StretchAnswer {
    /// Of a day: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    from_ms: i64,
    to_ms: i64,
    fiscalized: FiguresAnswer,
    acknowledged: FiguresAnswer,
    /// For how long no document could be formed.
    unable_ms: i64,
}

/// `GET /v1/service-level`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Params(params): Params<LevelParams>,
) -> Result<Json<LevelAnswer>, Problem> {
    let from = params.from.0;
    let to = params.to.map_or(from, |to| to.0);
    Ok(Json(LevelAnswer::of(desk.service_level(from, to).await?)))
}

/// `GET /v1/service-level/{month}`.
pub(crate) async fn month(
    State(desk): State<Desk>,
    Segment(segment): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    let (month, form) = segment.split_once('.').unwrap_or((&segment, "json"));
    let month: Period = month.parse()?;
    if form == "json" {
        let level = desk.month_level(month).await?;
        return Ok(Json(LevelAnswer::of(level)).into_response());
    }
    let form: ReportForm = form
        .parse()
        .map_err(|error: terms::TermError| Problem::not_found("unknown_form", error.to_string()))?;
    let report = desk.level_report(month, form).await?;
    let mut headers = HeaderMap::new();
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed(form.media()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    if form == ReportForm::Html {
        let policy = fixed(crate::receipts::PAGE_POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok((headers, report).into_response())
}

impl LevelAnswer {
    fn of(view: ServiceLevelView) -> Self {
        let (kept, availability) = (view.is_kept(), view.availability);
        Self {
            from: view.from.to_string(),
            to: view.to.to_string(),
            kept,
            targets: view.targets.into_iter().map(TargetAnswer::of).collect(),
            classes: view.classes.into_iter().map(ClassAnswer::of).collect(),
            incidents: IncidentsAnswer {
                opened: view.incidents.opened,
                untaken: view.incidents.untaken,
                lasting: view.incidents.lasting,
                taken: SpanAnswer::of(view.incidents.taken),
                resolved: SpanAnswer::of(view.incidents.resolved),
            },
            unformed: UnformedAnswer {
                receipts: view.unformed.receipts,
                oldest_accepted_at_ms: view.unformed.oldest.map(Id::unix_ms),
            },
            days: view
                .days
                .into_iter()
                .map(|(day, level)| StretchAnswer {
                    day: Some(day.to_string()),
                    ..StretchAnswer::of(level)
                })
                .collect(),
            hours: view.hours.into_iter().map(StretchAnswer::of).collect(),
            availability: AvailabilityAnswer {
                share_ppm: availability.share_ppm(),
                looked_ms: availability.looked_ms,
                restarts: availability.restarts,
                crashes: availability.crashes,
                gaps: availability.gaps.into_iter().map(GapAnswer::of).collect(),
            },
        }
    }
}

impl TargetAnswer {
    fn of(target: TargetView) -> Self {
        let verdict = target.verdict;
        Self {
            target: verdict.of.name(),
            wanted: verdict.wanted,
            measured: verdict.measured,
            kept: verdict.is_kept(),
            why: target.why.into_iter().map(ReasonAnswer::of).collect(),
            reasons: target.reasons,
        }
    }
}

impl ReasonAnswer {
    fn of(why: MissedBy) -> Self {
        match why {
            MissedBy::Gap(gap) => Self {
                from_ms: gap.from,
                to_ms: Some(gap.to),
                p95_ms: None,
                receipts: None,
                cause: Some(gap.cause.name()),
            },
            MissedBy::Slow {
                from_ms,
                p95_ms,
                receipts,
                gap,
            } => Self {
                from_ms,
                to_ms: None,
                p95_ms: Some(p95_ms),
                receipts: Some(receipts),
                cause: gap.map(|cause| cause.name()),
            },
        }
    }
}

impl ClassAnswer {
    fn of(level: ClassLevel) -> Self {
        Self {
            class: match level.class {
                Class::Payment => "payment",
                Class::Registry => "registry",
                Class::Charge => "charge",
                Class::Correction => "correction",
            },
            fiscalized: FiguresAnswer::of(level.fiscalized),
            acknowledged: FiguresAnswer::of(level.acknowledged),
        }
    }
}

impl FiguresAnswer {
    const fn of(figures: Figures) -> Self {
        Self {
            receipts: figures.count,
            p50_ms: figures.p50_ms,
            p95_ms: figures.p95_ms,
            p99_ms: figures.p99_ms,
            max_ms: figures.max_ms,
        }
    }
}

impl SpanAnswer {
    const fn of(figures: Figures) -> Self {
        Self {
            p50_ms: figures.p50_ms,
            p95_ms: figures.p95_ms,
            max_ms: figures.max_ms,
        }
    }
}

impl GapAnswer {
    fn of(gap: Gap) -> Self {
        let slot = |(slot, state, reason)| GapSlot {
            slot,
            state,
            reason,
        };
        Self {
            from_ms: gap.from,
            to_ms: gap.to,
            cause: gap.cause.name(),
            slots: gap.slots.into_iter().map(slot).collect(),
        }
    }
}

impl StretchAnswer {
    const fn of(level: HourLevel) -> Self {
        Self {
            day: None,
            from_ms: level.from_ms,
            to_ms: level.to_ms,
            fiscalized: FiguresAnswer::of(level.fiscalized),
            acknowledged: FiguresAnswer::of(level.acknowledged),
            unable_ms: level.unable_ms,
        }
    }
}
