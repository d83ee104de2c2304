//! What is said about a restoration and its rows.

use desk::{
    Pace, RegisterShare, RestorationClass, RestorationFileView, RestorationForecast,
    RestorationKind, RestorationListed, RestorationProgress, RestorationRowState,
    RestorationRowView, RestorationState, RestorationView, RunView, TotalsRow,
};
use schemars::JsonSchema;
use serde::Serialize;
use terms::Kopecks;

use super::order::PauseOnRequest;
use crate::{basis::BasisRequest, money::Money, value::Text};

/// A restoration in a list.
#[derive(JsonSchema, Serialize)]
pub(crate) struct RestorationListedAnswer {
    id: i64,
    kind: Text<RestorationKind>,
    state: Text<RestorationState>,
    /// Why it waits although it runs, why it is paused, or why it was abandoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Who has made it.
    author: String,
    created_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at_ms: Option<i64>,
    /// The first day of lost settlements.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The last day of lost settlements.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// What is changed in wrong receipts, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// Which receipts were looked at, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    /// The hash of the plan, 64 hexadecimal digits: approving it names this; left out while the plan
    /// is being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// How many rows it has, whatever they are.
    rows: u64,
    /// How many of these are carried out, or were to be.
    to_do: u64,
    /// What these come to.
    amount: Money,
}

/// A restoration with all that is known of it but its rows.
#[derive(JsonSchema, Serialize)]
pub(crate) struct RestorationAnswer {
    #[serde(flatten)]
    head: RestorationListedAnswer,
    /// Why it is made; days and documents are those of each row.
    basis: BasisRequest,
    files: Vec<FileAnswer>,
    /// How it was ordered to run last.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunAnswer>,
    /// Rows and sums by class; classes without rows are left out.
    classes: Vec<ClassAnswer>,
    progress: ProgressAnswer,
    /// What it changes: by month, rate, tax system and payment kind.
    totals: Vec<TotalsAnswer>,
    forecast: ForecastAnswer,
    /// The shares by which the tax service watches registers, over 30 days.
    shares: Vec<ShareAnswer>,
}

/// A file of lost settlements.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationFile")]
struct FileAnswer {
    name: String,
    sha256: String,
    kind: String,
    profile: String,
    /// Payments in it.
    rows: u64,
    amount: Money,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationRun")]
struct RunAnswer {
    by: String,
    at_ms: i64,
    /// So many rows, then it pauses; left out: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    pace: Text<Pace>,
    pause_on: PauseOnRequest,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationClass")]
struct ClassAnswer {
    class: Text<RestorationClass>,
    rows: u64,
    amount: Money,
}

/// How far it is: rows first, then the receipts of those that were carried out.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationProgress")]
struct ProgressAnswer {
    /// Rows that wait to be carried out.
    planned: u64,
    /// Rows whose operation is in the journal.
    accepted: u64,
    /// Rows that would become something else than was approved: nothing was formed.
    changed: u64,
    /// Rows that the rules have refused when they were to be carried out.
    refused: u64,
    /// Receipts that wait for a drive, or are on one.
    queued: u64,
    /// Receipts that wait for a person or stand in doubt.
    held: u64,
    /// Receipts that are fiscal documents and have no ticket yet.
    fiscalized: u64,
    /// Receipts that the ОФД has confirmed.
    acknowledged: u64,
    /// Documents formed in a second, over the last minute of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    /// When it will be done at that rate, at the place of settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_at: Option<String>,
}

/// Sum, and tax in it.
#[derive(JsonSchema, Serialize)]
struct SumAndTax {
    sum: Money,
    vat: Money,
}

/// A row of the table of what a restoration changes (receipt rules §4.6).
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationTotals")]
struct TotalsAnswer {
    /// The month of the settlements.
    month: String,
    /// The quarter of the VAT return.
    vat_quarter: String,
    /// The year of the simplified system's return.
    year: String,
    vat: String,
    tax_system: String,
    payment: String,
    /// What the wrong documents say.
    before: SumAndTax,
    /// What is reversed of it.
    reversed: SumAndTax,
    /// What is right.
    after: SumAndTax,
    difference: SumAndTax,
}

/// Whether the drives suffice for what is left.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RestorationForecast")]
struct ForecastAnswer {
    /// Whether nothing speaks against it.
    fits: bool,
    /// Documents that are still to be formed.
    documents: u64,
    /// Documents that fit into the drives that work, but for the reserve.
    room: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_at: Option<String>,
    /// What speaks against it, and what to do.
    reasons: Vec<String>,
}

/// The share of corrections or returns of one register (receipt rules §4.5).
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RegisterShare")]
struct ShareAnswer {
    rnm: String,
    documents: u64,
    income: u64,
    returns: u64,
    corrections: u64,
    share_per_mille: u32,
    /// How many more documents of the kind fit today.
    fit_today: u64,
    /// Over how many days the rest would spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

/// A row of a restoration: one settlement.
#[derive(JsonSchema, Serialize)]
pub(crate) struct RestorationRowAnswer {
    /// Its number, from 1: the order in which rows are carried out.
    place: u64,
    class: Text<RestorationClass>,
    state: Text<RestorationRowState>,
    /// Why it is of this class or in this state; may be empty.
    reason: String,
    /// The key of the operation that it becomes.
    key: String,
    /// The day of the settlement.
    date: String,
    amount: Money,
    /// Empty: nobody knows.
    account: String,
    /// What tells of it: file and line, or the wrong document.
    source: String,
    /// The wrong receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
    /// How many documents it needs.
    documents: u32,
    /// What its receipts say, SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Its operation, once it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
}

impl RestorationListedAnswer {
    pub(crate) fn of(head: RestorationListed) -> Self {
        let (from, to) = head.days.unzip();
        Self {
            id: head.id,
            kind: Text(head.kind),
            state: Text(head.state),
            why: head.why,
            author: head.author,
            created_at_ms: head.created_at,
            approved_by: head.approved_by,
            approved_at_ms: head.approved_at,
            from: from.map(|day| day.to_string()),
            to: to.map(|day| day.to_string()),
            change: head.change,
            query: head.query,
            hash: head.hash,
            rows: head.rows,
            to_do: head.to_do,
            amount: Money(head.amount),
        }
    }
}

impl RestorationAnswer {
    pub(crate) fn of(view: RestorationView) -> Self {
        let class = |(class, rows, amount): (RestorationClass, u64, Kopecks)| ClassAnswer {
            class: Text(class),
            rows,
            amount: Money(amount),
        };
        Self {
            head: RestorationListedAnswer::of(view.head),
            basis: BasisRequest::of(&view.basis),
            files: view.files.into_iter().map(FileAnswer::of).collect(),
            run: view.run.map(RunAnswer::of),
            classes: view.classes.into_iter().map(class).collect(),
            progress: ProgressAnswer::of(view.progress),
            totals: view.totals.into_iter().map(TotalsAnswer::of).collect(),
            forecast: ForecastAnswer::of(view.forecast),
            shares: view.shares.into_iter().map(ShareAnswer::of).collect(),
        }
    }
}

impl FileAnswer {
    fn of(file: RestorationFileView) -> Self {
        Self {
            name: file.name,
            sha256: file.sha256,
            kind: file.kind,
            profile: file.profile,
            rows: file.rows,
            amount: Money(file.amount),
        }
    }
}

impl RunAnswer {
    fn of(run: RunView) -> Self {
        Self {
            by: run.by,
            at_ms: run.at,
            limit: run.limit,
            pace: Text(run.pace),
            pause_on: PauseOnRequest::of(&run.pause_on),
        }
    }
}

impl ProgressAnswer {
    fn of(progress: RestorationProgress) -> Self {
        Self {
            planned: progress.planned,
            accepted: progress.accepted,
            changed: progress.changed,
            refused: progress.refused,
            queued: progress.queued,
            held: progress.held,
            fiscalized: progress.fiscalized,
            acknowledged: progress.acknowledged,
            per_second: progress.per_second,
            finish_at: progress.finish_at.map(|at| at.to_string()),
        }
    }
}

impl TotalsAnswer {
    fn of(row: TotalsRow) -> Self {
        let both = |(sum, vat): (Kopecks, Kopecks)| SumAndTax {
            sum: Money(sum),
            vat: Money(vat),
        };
        Self {
            month: row.month,
            vat_quarter: row.vat_quarter,
            year: row.year,
            vat: row.vat,
            tax_system: row.tax_system,
            payment: row.payment,
            before: both(row.before),
            reversed: both(row.reversed),
            after: both(row.after),
            difference: both(row.difference),
        }
    }
}

impl ForecastAnswer {
    fn of(forecast: RestorationForecast) -> Self {
        Self {
            fits: forecast.reasons.is_empty(),
            documents: forecast.documents,
            room: forecast.room,
            per_second: forecast.per_second,
            finish_at: forecast.finish_at.map(|at| at.to_string()),
            reasons: forecast.reasons,
        }
    }
}

impl ShareAnswer {
    fn of(share: RegisterShare) -> Self {
        Self {
            rnm: share.rnm,
            documents: share.documents,
            income: share.income,
            returns: share.returns,
            corrections: share.corrections,
            share_per_mille: share.share_per_mille,
            fit_today: share.fit_today,
            days: share.days,
        }
    }
}

impl RestorationRowAnswer {
    pub(crate) fn of(row: RestorationRowView) -> Self {
        Self {
            place: row.place,
            class: Text(row.class),
            state: Text(row.state),
            reason: row.reason,
            key: row.key,
            date: row.date.to_string(),
            amount: Money(row.amount),
            account: row.account,
            source: row.source,
            wrong: row.wrong.map(|id| id.to_string()),
            documents: row.documents,
            fingerprint: row.fingerprint,
            operation: row.operation.map(|id| id.to_string()),
        }
    }
}
