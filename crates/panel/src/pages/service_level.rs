//! How soon receipts are formed and confirmed, and what was promised.

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse as _,
    routing::get,
};
use desk::{
    Class, ClassLevel, Gap, GapCause, IncidentsLevel, MissedBy, ReportForm, Right,
    ServiceLevelView, TargetOf, TargetView,
};
use terms::Period;

use crate::{
    answer::{Answer, render, render_wrong},
    chart::{Days, WIDTH},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::ServiceLevelTexts,
    visit::Member,
};

/// Gaps that are shown; the report has all.
const GAPS: usize = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/service-level", get(show))
        .route("/service-level.html", get(page))
        .route("/service-level.xlsx", get(workbook))
}

#[derive(Template)]
#[template(path = "service_level.html")]
struct Page {
    frame: Frame,
    t: &'static ServiceLevelTexts,
    form: Form,
    month: String,
    headline: (String, &'static str),
    targets: Vec<Target>,
    classes: Vec<Row>,
    waits: String,
    speed: Days,
    speed_says: String,
    outage: Days,
    outage_says: String,
    width: u32,
    restarts: String,
    incidents: String,
    gaps: Vec<GapRow>,
    more_gaps: Option<String>,
}

struct Target {
    name: Text,
    wanted: String,
    measured: String,
    outcome: Text,
    mood: &'static str,
    why: Vec<String>,
}

struct Row {
    name: Text,
    formed: String,
    half: String,
    most: String,
    nearly_all: String,
    confirmed: String,
}

struct GapRow {
    from: String,
    lasted: String,
    cause: String,
}

/// The month that is asked for; the present one when none is.
fn month(member: &Member, t: &ServiceLevelTexts, form: &mut Form) -> Period {
    let present = member.desk.clock().local().date().period();
    match form.text("month") {
        "" => {
            *form = Form::of([("month", present.to_string())]);
            present
        }
        text => text.parse().unwrap_or_else(|_| {
            form.refuse("month", t.bad_month);
            present
        }),
    }
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let t = ServiceLevelTexts::of(member.language);
    let mut form = member.query.clone();
    let month = month(&member, t, &mut form);
    let level = member.desk.month_level(month).await?;
    let is_fine = form.is_fine();
    let told = Told {
        t,
        speech: member.speech(),
    };
    let page = told.page(
        member.frame(Place::ServiceLevel, t.title),
        form,
        month,
        &level,
    );
    match is_fine {
        true => render(&page),
        false => render_wrong(&page),
    }
}

async fn page(member: Member) -> Answer {
    report(member, ReportForm::Html).await
}

async fn workbook(member: Member) -> Answer {
    report(member, ReportForm::Xlsx).await
}

async fn report(member: Member, form: ReportForm) -> Answer {
    member.needs(Right::Look)?;
    let mut asked = member.query.clone();
    let month = month(&member, ServiceLevelTexts::of(member.language), &mut asked);
    if !asked.is_fine() {
        return Err(Failure::BadForm);
    }
    let bytes = member.desk.level_report(month, form).await?;
    // Its own styles would be refused on a page of ours, so the page to print is a file, too.
    let attached = format!("attachment; filename=\"service-level-{month}.{form}\"");
    let attached = HeaderValue::from_str(&attached).map_err(|_| Failure::Internal)?;
    let media = HeaderValue::from_static(form.media());
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_DISPOSITION, attached),
    ];
    Ok((headers, bytes).into_response())
}

/// The level in words.
#[derive(Clone, Copy)]
struct Told {
    t: &'static ServiceLevelTexts,
    speech: Speech,
}

impl Told {
    fn page(self, frame: Frame, form: Form, month: Period, level: &ServiceLevelView) -> Page {
        let t = self.t;
        let is_missed = |target: &&TargetView| target.verdict.is_kept() == Some(false);
        let missed = level.targets.iter().filter(is_missed).count() as u64;
        let headline = match (level.targets.is_empty(), missed) {
            (true, _) => (t.nothing_promised.into(), "idle"),
            (false, 0) => (t.kept.into(), "good"),
            (false, count) => (t.missed.count(count).into(), "bad"),
        };
        let days = &level.days;
        let p95 = days
            .iter()
            .map(|(_, day)| day.fiscalized.p95_ms.unwrap_or(0));
        let unable = days.iter().map(|(_, day)| day.unable_ms.unsigned_abs());
        let (speed, outage) = (Days::of(p95, month), Days::of(unable.clone(), month));
        let (slowest, lost) = (speed.most, unable.sum::<u64>());
        let gaps = &level.availability.gaps;
        let more = gaps.len().saturating_sub(GAPS) as u64;
        let restarts = t.restarts.with("crashes", level.availability.crashes);
        Page {
            frame,
            t,
            form,
            month: month.to_string(),
            headline,
            targets: level.targets.iter().map(|it| self.target(it)).collect(),
            classes: level.classes.iter().map(|it| self.class(it)).collect(),
            waits: t.waits.count(level.unformed.receipts).into(),
            speed_says: match slowest {
                0 => t.no_payments.into(),
                slowest => t.speed_says.with("took", self.took(slowest)).into(),
            },
            speed,
            outage_says: match lost {
                0 => t.no_outage.into(),
                lost => t.outage_says.with("took", self.took(lost)).into(),
            },
            outage,
            width: WIDTH,
            restarts: restarts
                .with("restarts", level.availability.restarts)
                .into(),
            incidents: self.incidents(&level.incidents),
            gaps: gaps
                .iter()
                .rev()
                .take(GAPS)
                .map(|it| self.gap(it))
                .collect(),
            more_gaps: (more > 0).then(|| t.more_gaps.count(more).into()),
        }
    }

    fn incidents(self, level: &IncidentsLevel) -> String {
        let t = self.t;
        let (Some(taken), Some(resolved)) = (level.taken.p95_ms, level.resolved.p95_ms) else {
            return t.no_incidents.into();
        };
        let opened = t
            .incidents_opened
            .with("n", self.speech.number(level.opened));
        let opened = opened
            .with("untaken", self.speech.number(level.untaken))
            .with("lasting", self.speech.number(level.lasting));
        let took = t.incidents_took.with("taken", self.took(taken));
        format!("{opened} {}", took.with("resolved", self.took(resolved)))
    }

    fn target(self, target: &TargetView) -> Target {
        let (t, verdict) = (self.t, target.verdict);
        let said = |value: u64| match verdict.of {
            TargetOf::Availability => self.share(value),
            _ => self.took(value),
        };
        let (outcome, mood) = match verdict.is_kept() {
            None => (t.is_open, "idle"),
            Some(true) => (t.is_kept, "good"),
            Some(false) => (t.is_missed, "bad"),
        };
        let mut why: Vec<String> = target.why.iter().map(|why| self.why(why)).collect();
        let more = target.reasons.saturating_sub(why.len()) as u64;
        if more > 0 {
            why.push(t.more_reasons.count(more).into());
        }
        Target {
            name: match verdict.of {
                TargetOf::Fiscalized => t.of_fiscalized,
                TargetOf::Acknowledged => t.of_acknowledged,
                TargetOf::Availability => t.of_availability,
                TargetOf::IncidentTaken => t.of_taken,
                TargetOf::IncidentResolved => t.of_resolved,
            },
            wanted: said(verdict.wanted),
            measured: verdict.measured.map_or_else(|| "—".to_owned(), said),
            outcome,
            mood,
            why,
        }
    }

    fn why(self, why: &MissedBy) -> String {
        let t = self.t;
        match why {
            MissedBy::Slow {
                from_ms,
                p95_ms,
                receipts,
                gap,
            } => {
                let said = t.why_slow.with("at", self.speech.moment(from_ms));
                let said = said
                    .with("took", self.took(*p95_ms))
                    .with("n", self.speech.number(receipts));
                match gap {
                    Some(cause) => format!("{said}; {}", self.cause(*cause)),
                    None => said.into(),
                }
            }
            MissedBy::Gap(gap) => {
                let said = t.why_gap.with("at", self.speech.moment(&gap.from));
                let said = said.with("took", self.took(gap.ms().unsigned_abs()));
                format!("{said}; {}", self.cause(gap.cause))
            }
        }
    }

    fn class(self, level: &ClassLevel) -> Row {
        let t = self.t;
        let took = |ms: Option<u64>| ms.map_or_else(|| "—".to_owned(), |ms| self.took(ms));
        Row {
            name: match level.class {
                Class::Payment => t.payment,
                Class::Registry => t.registry,
                Class::Charge => t.charge,
                Class::Correction => t.correction,
            },
            formed: self.speech.number(level.fiscalized.count),
            half: took(level.fiscalized.p50_ms),
            most: took(level.fiscalized.p95_ms),
            nearly_all: took(level.fiscalized.p99_ms),
            confirmed: took(level.acknowledged.p95_ms),
        }
    }

    fn gap(self, gap: &Gap) -> GapRow {
        let slots = gap.slots.iter().map(|(slot, state, reason)| {
            let why = if reason.is_empty() { state } else { reason };
            String::from(self.t.slot.with("slot", slot).with("state", why))
        });
        let slots: Vec<String> = slots.collect();
        let cause = self.cause(gap.cause);
        GapRow {
            from: self.speech.moment(&gap.from),
            lasted: self.took(gap.ms().unsigned_abs()),
            cause: match slots.is_empty() {
                true => cause.into(),
                false => format!("{cause} ({})", slots.join("; ")),
            },
        }
    }

    const fn cause(self, cause: GapCause) -> Text {
        match cause {
            GapCause::NoSlot => self.t.no_slot,
            GapCause::Starting => self.t.starting,
            GapCause::Restart => self.t.restart,
            GapCause::Crash => self.t.crash,
        }
    }

    /// A length of time: `0,35 с`, `12 с`, `4 мин`, `3 ч 5 мин`.
    fn took(self, ms: u64) -> String {
        let t = self.t;
        let point = crate::text::by_language(self.speech.language, ',', '.');
        match ms {
            0..10_000 => {
                let part = format!("{}{point}{:02}", ms / 1_000, ms % 1_000 / 10);
                t.seconds.with("n", part).into()
            }
            10_000..120_000 => t.seconds.with("n", ms / 1_000).into(),
            120_000..7_200_000 => t.minutes.with("n", ms / 60_000).into(),
            _ => {
                let minutes = ms / 60_000;
                let hours = self.speech.number(minutes / 60);
                t.hours.with("n", hours).with("m", minutes % 60).into()
            }
        }
    }

    /// A share of millionths in per cent.
    fn share(self, ppm: u64) -> String {
        let point = crate::text::by_language(self.speech.language, ',', '.');
        format!("{}{point}{:03} %", ppm / 10_000, ppm % 10_000 / 10)
    }
}
