//! Before the switch: checks, test receipts, and the programme of steps.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::{get, post},
};
use desk::{
    DeskError, Right,
    golive::{
        Balance, BalanceDifference, Check, Golive, GoliveError, Phase, Step, StepId, StepState,
        TestOutcome, TestReceipt, Verdict,
    },
};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{GoliveTexts, LayoutTexts, WordsTexts},
    typed,
    visit::Member,
};

const PATH: &str = "/golive";
/// Where billing's file is sent: the guard lets larger bodies through here.
pub(crate) const CHECK: &str = "/golive/check";
/// Differences of balances that a page shows.
const DIFFERENCES: usize = 50;
/// The type of an XLSX.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show))
        .route(CHECK, post(check))
        .route("/golive/plan", post(plan))
        .route("/golive/steps/{step}", post(tick))
        .route("/golive/protocol.xlsx", get(protocol))
}

#[derive(Template)]
#[template(path = "golive.html")]
struct Page {
    frame: Frame,
    t: &'static GoliveTexts,
    form: Form,
    headline: Text,
    mood: &'static str,
    counted: String,
    planned: String,
    looked: String,
    may_change: bool,
    checks: Vec<CheckRow>,
    differences: Vec<(String, String, String)>,
    differences_lead: String,
    phases: Vec<(String, Vec<StepCard>)>,
    receipts: Vec<Tried>,
}

struct CheckRow {
    id: &'static str,
    title: String,
    method: String,
    verdict: Text,
    mood: &'static str,
    found: String,
    remedy: String,
    examples: String,
    responsible: Text,
}

struct StepCard {
    id: &'static str,
    title: String,
    lead: String,
    responsible: Text,
    due: Option<String>,
    state: Text,
    mood: &'static str,
    waits: Option<String>,
    said: Option<String>,
    is_done: bool,
    is_by_hand: bool,
}

struct Tried {
    kind: String,
    service: String,
    supplier: Option<String>,
    outcome: Text,
    mood: &'static str,
    lines: Vec<String>,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let golive = member.desk.golive().await?;
    let plan = golive.plan.as_ref();
    let volume = plan.and_then(|plan| plan.receipts_a_month);
    let form = Form::of([
        (
            "switch_on",
            plan.map(|it| it.switch_on.to_string()).unwrap_or_default(),
        ),
        (
            "receipts_a_month",
            volume.map(|it| it.to_string()).unwrap_or_default(),
        ),
    ]);
    render(&Page::of(&member, golive, form))
}

/// Looks outside, and at billing's file if there is one.
async fn check(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Golive)?;
    let file = form.take_file().filter(|file| !file.bytes.is_empty());
    let table = match file.map(|file| String::from_utf8(file.bytes)).transpose() {
        Ok(table) => table,
        Err(_) => {
            form.refuse("file", GoliveTexts::of(member.language).bad_file);
            return wrong(&member, form).await;
        }
    };
    member.desk.check_golive(table.as_deref()).await?;
    Ok(see_other("/golive#checks"))
}

async fn plan(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Golive)?;
    let t = GoliveTexts::of(member.language);
    let day = typed::day(form.text("switch_on"));
    let volume = match form.text("receipts_a_month") {
        "" => Ok(None),
        text => {
            let digits: String = text.chars().filter(|it| !it.is_whitespace()).collect();
            digits.parse::<u32>().map(Some)
        }
    };
    if day.is_none() {
        form.refuse("switch_on", t.bad_day);
    }
    if volume.is_err() {
        form.refuse("receipts_a_month", t.bad_volume);
    }
    let (Some(day), Ok(volume)) = (day, volume) else {
        return wrong(&member, form).await;
    };
    let session = member.session();
    let (actor, by) = (session.actor(), session.person.name.clone());
    match member.desk.plan_golive(&actor, day, volume, &by).await {
        Ok(()) => Ok(done(PATH, Notice::Saved)),
        Err(DeskError::Golive(GoliveError::BadVolume)) => {
            form.refuse("receipts_a_month", t.bad_volume);
            wrong(&member, form).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn tick(member: Member, Path(step): Path<String>, mut form: Form) -> Answer {
    member.needs(Right::Golive)?;
    let t = GoliveTexts::of(member.language);
    let step: StepId = step.parse().map_err(|_| Failure::NotFound)?;
    let session = member.session();
    let (actor, by) = (session.actor(), session.person.name.clone());
    let desk = &member.desk;
    let ticked = match form.value("done") {
        "no" => desk.reopen_step(&actor, step, &by).await,
        _ => desk.tick_step(&actor, step, &by, form.text("note")).await,
    };
    match ticked {
        Ok(()) => Ok(done(&format!("{PATH}#step-{step}"), Notice::Saved)),
        Err(DeskError::Golive(GoliveError::BadNote)) => {
            form.refuse("", t.bad_note);
            wrong(&member, form).await
        }
        Err(DeskError::Golive(GoliveError::ShownByChecks(_))) => {
            form.refuse("", t.by_program);
            wrong(&member, form).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn protocol(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let xlsx = member.desk.golive_protocol().await?;
    let fixed = HeaderValue::from_static;
    let headers = [
        (header::CONTENT_TYPE, fixed(XLSX)),
        (
            header::CONTENT_DISPOSITION,
            fixed("attachment; filename=\"golive.xlsx\""),
        ),
    ];
    Ok((headers, xlsx).into_response())
}

/// The page again, with what is wrong.
async fn wrong(member: &Member, form: Form) -> Answer {
    let golive = member.desk.golive().await?;
    render_wrong(&Page::of(member, golive, form))
}

impl Page {
    fn of(member: &Member, golive: Golive, form: Form) -> Self {
        let (t, speech) = (GoliveTexts::of(member.language), member.speech());
        let (headline, mood) = t.headline(golive.verdict);
        let count = |verdict: Verdict| {
            let of = golive.checks.iter().filter(|it| it.verdict == verdict);
            of.count()
        };
        let counted = t.counted.with("ok", count(Verdict::Ok));
        let counted = counted.with("warn", count(Verdict::Warn));
        let counted = counted.with("stop", count(Verdict::Stop));
        let planned = golive.plan.as_ref().map(|plan| {
            let day = t.planned_by.with("day", speech.date(plan.switch_on));
            day.with("by", &plan.by).into()
        });
        let looked = golive.looked_outside_at.map(|at| {
            let when = speech.moment(&at);
            t.looked.with("when", when).into()
        });
        // What is wrong comes first; what is alike stays in its order.
        let mut checks: Vec<&Check> = golive.checks.iter().collect();
        checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        let different = golive.balances.iter().flat_map(|it| &it.differences);
        let differences: Vec<_> = different
            .take(DIFFERENCES)
            .map(|it| difference(it, t, speech))
            .collect();
        Self {
            frame: member.frame(Place::Golive, t.title),
            t,
            form,
            headline,
            mood,
            counted: counted.with("unknown", count(Verdict::Unknown)).into(),
            planned: planned.unwrap_or_else(|| t.not_planned.into()),
            looked: looked.unwrap_or_else(|| t.not_looked.into()),
            may_change: member.session().may(Right::Golive),
            checks: checks
                .into_iter()
                .map(|check| CheckRow::of(check, t, speech))
                .collect(),
            differences_lead: t.balances_lead.with("n", differences.len()).into(),
            differences,
            phases: phases(&golive.steps, t, speech),
            receipts: golive
                .receipts
                .iter()
                .map(|tried| Tried::of(tried, t, speech))
                .collect(),
        }
    }
}

fn phases(steps: &[Step], t: &'static GoliveTexts, speech: Speech) -> Vec<(String, Vec<StepCard>)> {
    let of_phase = |phase: &Phase| {
        let steps = steps.iter().filter(|step| step.id.phase() == *phase);
        let cards = steps.map(|step| StepCard::of(step, t, speech));
        let title = phase.title();
        (title.of(speech.language).to_owned(), cards.collect())
    };
    Phase::ALL.iter().map(of_phase).collect()
}

fn difference(it: &BalanceDifference, t: &GoliveTexts, speech: Speech) -> (String, String, String) {
    let written = |balance: Option<Balance>| -> String {
        let Some(balance) = balance else {
            return t.no_account.into();
        };
        let text = t.balance.with("debts", speech.money(balance.debts));
        let text = text.with("penalties", speech.money(balance.penalties));
        text.with("advances", speech.money(balance.advances)).into()
    };
    (
        it.account.to_string(),
        written(it.file),
        written(it.journal),
    )
}

impl CheckRow {
    fn of(check: &Check, t: &GoliveTexts, speech: Speech) -> Self {
        let language = speech.language;
        let (verdict, mood) = t.verdict(check.verdict);
        let examples = match check.verdict {
            Verdict::Ok => String::new(),
            _ => check.examples.join(", "),
        };
        Self {
            id: check.id.name(),
            title: check.id.title().of(language).to_owned(),
            method: check.id.method().of(language).to_owned(),
            verdict,
            mood,
            found: check.found.of(language).to_owned(),
            remedy: check.remedy.of(language).to_owned(),
            examples,
            responsible: LayoutTexts::of(language).role(&check.id.responsible()),
        }
    }
}

impl StepCard {
    fn of(step: &Step, t: &GoliveTexts, speech: Speech) -> Self {
        let language = speech.language;
        let (state, mood) = t.state(step.state);
        let waits: Vec<String> = step
            .waits_for
            .iter()
            .map(|id| id.title().of(language).to_owned())
            .collect();
        let said = step.said.as_ref().map(|said| {
            let by = t.said.with("by", &said.by);
            let text = by.with("when", speech.moment(&said.at)).to_string();
            match said.note.is_empty() {
                true => text,
                false => format!("{text}: {}", said.note),
            }
        });
        Self {
            id: step.id.name(),
            title: step.id.title().of(language).to_owned(),
            lead: step.id.lead().of(language).to_owned(),
            responsible: LayoutTexts::of(language).role(&step.id.responsible()),
            due: step
                .due
                .map(|due| t.due.with("day", speech.date(due)).into()),
            state,
            mood,
            waits: (!waits.is_empty()).then(|| t.waits.with("what", waits.join(", ")).into()),
            said,
            is_done: step.state == StepState::Done,
            is_by_hand: step.id.is_by_hand(),
        }
    }
}

impl Tried {
    fn of(tried: &TestReceipt, t: &GoliveTexts, speech: Speech) -> Self {
        let language = speech.language;
        let words = WordsTexts::of(language);
        let (outcome, mood, lines) = match &tried.outcome {
            TestOutcome::Formed(documents) => {
                let lines = documents.iter().flat_map(|document| {
                    let total = speech.money(document.total);
                    let lines = document.lines.iter().map(move |(name, method)| {
                        format!("{name} — {}, {total}", words.method(*method))
                    });
                    lines.collect::<Vec<_>>()
                });
                (t.formed, "good", lines.collect())
            }
            TestOutcome::NotNeeded(why) => {
                (t.not_needed, "plain", vec![why.of(language).to_owned()])
            }
            TestOutcome::Failed(why) => (t.failed, "bad", vec![why.clone()]),
        };
        Self {
            kind: tried.kind.title().of(language).to_owned(),
            service: tried.service.to_string(),
            supplier: tried
                .supplier
                .as_ref()
                .map(|name| t.supplier.with("name", name).into()),
            outcome,
            mood,
            lines,
        }
    }
}
