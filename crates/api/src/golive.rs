//! Before the switch: `/v1/golive`, the audit and the programme of steps.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use desk::{
    Actor, Desk, GolivePlan, GoliveStepRow, KeyIdentity, Scope,
    files::FILE_MAX,
    golive::{
        Balance, BalancesCompared, Check, Golive, GoliveError, Step, StepId, TestOutcome,
        TestReceipt, Words,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::LocalDate;

use crate::{
    Problem,
    money::Money,
    request::{Body, Nothing, Params, Segment, read_json},
    value::Text,
};

/// The type of an XLSX.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A text in both languages.
#[derive(JsonSchema, Serialize)]
struct WordsJson {
    ru: String,
    en: String,
}

/// How ready everything is.
#[derive(JsonSchema, Serialize)]
pub(crate) struct GoliveAnswer {
    /// The worst of what counts before the switch: `ok`, `unknown`, `warn`, `stop`.
    verdict: &'static str,
    /// Milliseconds since 1970, as all moments here.
    at_ms: i64,
    /// When the ОФД and the webhooks were asked last; left out: not since the server has started.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_outside_at_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanJson>,
    checks: Vec<CheckJson>,
    steps: Vec<StepJson>,
    /// Receipts of each kind, formed on an emulated drive in memory.
    test_receipts: Vec<TestReceiptJson>,
    /// The last comparison with billing's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    balances: Option<BalancesJson>,
}

/// The day of the switch, as people have planned it.
#[derive(JsonSchema, Serialize)]
struct PlanJson {
    switch_on: String,
    /// Receipts that people expect in a month; left out: it is estimated by the accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts_a_month: Option<u32>,
    by: String,
}

#[derive(JsonSchema, Serialize)]
struct CheckJson {
    id: &'static str,
    title: WordsJson,
    /// How it is found out.
    method: WordsJson,
    /// The role that answers for it.
    responsible: &'static str,
    /// `ok`, `unknown`, `warn`, `stop`.
    verdict: &'static str,
    found: WordsJson,
    /// What to do; left out when nothing has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<WordsJson>,
    /// The numbers behind it; sums are kopecks.
    figures: BTreeMap<&'static str, i64>,
    /// The first of what is meant: codes of services, numbers of accounts, slots.
    examples: Vec<String>,
}

#[derive(JsonSchema, Serialize)]
struct StepJson {
    id: &'static str,
    /// `before`, `day`, `week`, `month`.
    phase: &'static str,
    title: WordsJson,
    /// What is to be done.
    lead: WordsJson,
    responsible: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// `done`, `open`, `overdue`.
    state: &'static str,
    /// Whether a person says that it is done; else checks show it.
    by_hand: bool,
    /// The checks that keep it open.
    waits_for: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<DoneJson>,
}

/// Who has said that a step is done.
#[derive(JsonSchema, Serialize)]
struct DoneJson {
    by: String,
    at_ms: i64,
    note: String,
}

#[derive(JsonSchema, Serialize)]
struct TestReceiptJson {
    /// `advance`, `offset`, `credit`, `credit_payment`, `debt`, `refund`, `correction`.
    kind: &'static str,
    title: WordsJson,
    service: String,
    /// The supplier, where the organisation is only an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<String>,
    /// `formed`, `not_needed`, `failed`.
    outcome: &'static str,
    documents: Vec<TestDocumentJson>,
    /// Why there is no receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<WordsJson>,
}

#[derive(JsonSchema, Serialize)]
struct TestDocumentJson {
    total: Money,
    lines: Vec<TestLineJson>,
}

#[derive(JsonSchema, Serialize)]
struct TestLineJson {
    name: String,
    /// Tag 1214.
    method: u8,
}

#[derive(JsonSchema, Serialize)]
struct BalancesJson {
    at_ms: i64,
    accounts_in_file: u64,
    accounts_in_journal: u64,
    equal: u64,
    different: u64,
    file_saldo: Money,
    journal_saldo: Money,
    /// The first accounts that do not agree, at most 1000.
    differences: Vec<DifferenceJson>,
    /// Rows that cannot be read; then nothing was compared.
    errors: Vec<String>,
}

#[derive(JsonSchema, Serialize)]
struct DifferenceJson {
    account: String,
    /// Left out: billing's file has no such account.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<BalanceJson>,
    /// Left out: the journal has no such account.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<BalanceJson>,
}

#[derive(JsonSchema, Serialize)]
struct BalanceJson {
    debts: Money,
    penalties: Money,
    advances: Money,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanBody {
    /// From this day on Kassette makes the receipts.
    switch_on: Text<LocalDate>,
    /// Receipts expected in a month; left out: it is estimated by the accounts.
    #[serde(default)]
    receipts_a_month: Option<u32>,
    /// Who plans it.
    by: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    /// Who says so.
    by: String,
    /// A number, a place …; at most 500 characters.
    #[serde(default)]
    note: String,
    /// False: it is not done after all.
    #[serde(default = "yes")]
    done: bool,
}

const fn yes() -> bool {
    true
}

/// `GET /v1/golive`: nobody outside is asked.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<GoliveAnswer>, Problem> {
    Ok(Json(GoliveAnswer::of(desk.golive().await?)))
}

/// `POST /v1/golive` with its own limit of size.
pub(crate) fn check_file() -> MethodRouter<Desk> {
    axum::routing::post(check).layer(DefaultBodyLimit::max(FILE_MAX))
}

/// `POST /v1/golive`: the ОФД and the webhooks are asked; the body, if any, is billing's table.
pub(crate) async fn check(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
    Body(table): Body,
) -> Result<Json<GoliveAnswer>, Problem> {
    let table = Some(table).filter(|table| !table.trim().is_empty());
    let golive = desk.check_golive(table.as_deref()).await?;
    Ok(Json(GoliveAnswer::of(golive)))
}

/// `GET /v1/golive/protocol`: an XLSX.
pub(crate) async fn protocol(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Response, Problem> {
    let xlsx = desk.golive_protocol().await?;
    let fixed = HeaderValue::from_static;
    let headers: HeaderMap = [
        (header::CONTENT_TYPE, fixed(XLSX)),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (
            header::CONTENT_DISPOSITION,
            fixed("attachment; filename=\"golive.xlsx\""),
        ),
    ]
    .into_iter()
    .collect();
    Ok((headers, xlsx).into_response())
}

/// `POST /v1/golive/plan`.
pub(crate) async fn plan(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<GoliveAnswer>, Problem> {
    let body: PlanBody = read_json(&body)?;
    let by = person(&sender, body.by);
    let (day, volume) = (body.switch_on.0, body.receipts_a_month);
    desk.plan_golive(&Actor::command(), day, volume, &by)
        .await?;
    Ok(Json(GoliveAnswer::of(desk.golive().await?)))
}

/// `POST /v1/golive/steps/{step}`.
pub(crate) async fn step(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    Segment(step): Segment,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body,
) -> Result<Json<GoliveAnswer>, Problem> {
    let body: StepBody = read_json(&body)?;
    let unknown = |error: terms::TermError| Problem::not_found("unknown_step", error.to_string());
    let step: StepId = step.parse().map_err(unknown)?;
    let (by, actor) = (person(&sender, body.by), Actor::command());
    match body.done {
        true => desk.tick_step(&actor, step, &by, &body.note).await?,
        false => desk.reopen_step(&actor, step, &by).await?,
    }
    Ok(Json(GoliveAnswer::of(desk.golive().await?)))
}

/// Only a key of the administrator speaks for others; that of anybody else is named with the name.
fn person(sender: &KeyIdentity, by: String) -> String {
    match sender.scopes.contains(Scope::Admin) {
        true => by,
        false => format!("{by} ({})", sender.name),
    }
}

/// What cannot be done about going live.
pub(crate) fn problem(error: &GoliveError) -> Problem {
    let detail = error.to_string();
    match error {
        GoliveError::ShownByChecks(_) => {
            Problem::new(StatusCode::CONFLICT, "shown_by_checks", detail)
        }
        GoliveError::BadNote => Problem::bad_value(detail).in_field("note"),
        GoliveError::BadVolume => Problem::bad_value(detail).in_field("receipts_a_month"),
    }
}

impl WordsJson {
    fn of(words: Words) -> Self {
        Self {
            ru: words.ru,
            en: words.en,
        }
    }

    fn some(words: Words) -> Option<Self> {
        (!words.is_empty()).then(|| Self::of(words))
    }
}

impl GoliveAnswer {
    fn of(golive: Golive) -> Self {
        Self {
            verdict: golive.verdict.name(),
            at_ms: golive.at,
            looked_outside_at_ms: golive.looked_outside_at,
            plan: golive.plan.map(PlanJson::of),
            checks: golive.checks.into_iter().map(CheckJson::of).collect(),
            steps: golive.steps.into_iter().map(StepJson::of).collect(),
            test_receipts: golive
                .receipts
                .into_iter()
                .map(TestReceiptJson::of)
                .collect(),
            balances: golive.balances.map(BalancesJson::of),
        }
    }
}

impl PlanJson {
    fn of(plan: GolivePlan) -> Self {
        Self {
            switch_on: plan.switch_on.to_string(),
            receipts_a_month: plan.receipts_a_month,
            by: plan.by,
        }
    }
}

impl CheckJson {
    fn of(check: Check) -> Self {
        Self {
            id: check.id.name(),
            title: WordsJson::of(check.id.title()),
            method: WordsJson::of(check.id.method()),
            responsible: check.id.responsible().name(),
            verdict: check.verdict.name(),
            found: WordsJson::of(check.found),
            remedy: WordsJson::some(check.remedy),
            figures: check.figures.into_iter().collect(),
            examples: check.examples,
        }
    }
}

impl StepJson {
    fn of(step: Step) -> Self {
        let done = |row: GoliveStepRow| DoneJson {
            by: row.by,
            at_ms: row.at,
            note: row.note,
        };
        Self {
            id: step.id.name(),
            phase: step.id.phase().name(),
            title: WordsJson::of(step.id.title()),
            lead: WordsJson::of(step.id.lead()),
            responsible: step.id.responsible().name(),
            due: step.due.map(|due| due.to_string()),
            state: step.state.name(),
            by_hand: step.id.is_by_hand(),
            waits_for: step.waits_for.iter().map(|id| id.name()).collect(),
            done: step.said.map(done),
        }
    }
}

impl TestReceiptJson {
    fn of(tried: TestReceipt) -> Self {
        let (outcome, documents, why) = match tried.outcome {
            TestOutcome::Formed(documents) => ("formed", documents, None),
            TestOutcome::NotNeeded(why) => ("not_needed", Vec::new(), Some(WordsJson::of(why))),
            TestOutcome::Failed(why) => {
                let (ru, en) = (why.clone(), why);
                ("failed", Vec::new(), Some(WordsJson { ru, en }))
            }
        };
        let documents = documents.into_iter().map(|document| TestDocumentJson {
            total: Money(document.total),
            lines: document
                .lines
                .into_iter()
                .map(|(name, method)| TestLineJson {
                    name,
                    method: method.code(),
                })
                .collect(),
        });
        Self {
            kind: tried.kind.name(),
            title: WordsJson::of(tried.kind.title()),
            service: tried.service.to_string(),
            supplier: tried.supplier,
            outcome,
            documents: documents.collect(),
            why,
        }
    }
}

impl BalancesJson {
    fn of(compared: BalancesCompared) -> Self {
        let balance = |it: Balance| BalanceJson {
            debts: Money(it.debts),
            penalties: Money(it.penalties),
            advances: Money(it.advances),
        };
        let differences = compared.differences.into_iter().map(|it| DifferenceJson {
            account: it.account.to_string(),
            file: it.file.map(balance),
            journal: it.journal.map(balance),
        });
        Self {
            at_ms: compared.at,
            accounts_in_file: compared.in_file,
            accounts_in_journal: compared.in_journal,
            equal: compared.equal,
            different: compared.different,
            file_saldo: Money(compared.file_saldo),
            journal_saldo: Money(compared.journal_saldo),
            differences: differences.collect(),
            errors: compared.errors,
        }
    }
}
