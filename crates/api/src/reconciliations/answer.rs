//! What is said about a reconciliation and its rows.

use desk::{
    FileRole, ReconciliationFile, ReconciliationListed, ReconciliationNote, ReconciliationProgress,
    ReconciliationResultView, ReconciliationRow, ReconciliationState, ReconciliationView,
};
use schemars::JsonSchema;
use serde::Serialize;
use terms::Kopecks;

use crate::{Problem, money::Money, value::Text};

/// A reconciliation in a list.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ReconciliationListedAnswer {
    id: i64,
    state: Text<ReconciliationState>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    by: String,
    started_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at_ms: Option<i64>,
    /// How many comparisons it has made.
    compared: u64,
    /// How many of these do not hold.
    broken: u64,
}

/// A reconciliation with all that is known of it but its rows.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ReconciliationAnswer {
    #[serde(flatten)]
    head: ReconciliationListedAnswer,
    /// How far it has come, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressAnswer>,
    files: Vec<FileAnswer>,
    results: Vec<ResultAnswer>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReconciliationProgress")]
struct ProgressAnswer {
    /// `files`, `drives`, `journal`, `money`, `equations`, `documents`, `archives`.
    step: &'static str,
    done: u64,
    /// 0: nobody knows.
    of: u64,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReconciliationFile")]
struct FileAnswer {
    role: Text<FileRole>,
    name: String,
    sha256: String,
    /// `sberbank`, `lanbilling`, `1c`, `csv`, `billing`; of an archive the drive's number.
    kind: String,
    rows: u64,
    amount: Money,
}

/// One comparison.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReconciliationResult")]
struct ResultAnswer {
    /// From 1: `result` of its rows.
    result: u32,
    /// `E1` … `E8` (docs/audit.md).
    equation: String,
    /// Which two sides: `bank`, `payments`, `charges`, `shifts`, `numbers`, `advances`, `balances`,
    /// `credit`, `vat`, `sales_book`, `tickets`.
    what: String,
    /// A drive; left out: the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    title_ru: &'static str,
    title_en: &'static str,
    left: SideAnswer,
    right: SideAnswer,
    /// Left less right.
    difference: Money,
    /// Whether both sides agree, in total and row by row.
    holds: bool,
    /// Rows that do not match.
    mismatches: u64,
    /// So many of these are kept, at most 10 000 of each kind.
    kept: u64,
    /// What was not compared, and why.
    notes: Vec<NoteAnswer>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReconciliationSide")]
struct SideAnswer {
    title_ru: &'static str,
    title_en: &'static str,
    /// Rows, or documents.
    rows: u64,
    /// Nothing where documents are counted.
    amount: Money,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReconciliationNote")]
struct NoteAnswer {
    /// `outside_days`, `repeated`, `transfers`, `businesses`, `unformed`, `other_source`,
    /// `no_receipt`, `no_archive`, `no_report`.
    code: String,
    /// A source or a drive.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    rows: u64,
    amount: Money,
}

/// A row that does not match.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ReconciliationRowAnswer {
    /// The comparison.
    result: u32,
    /// In what: `left_only`, `right_only`, `sum`, `service`, `vat`; of documents `gap`,
    /// `not_in_journal`, `not_in_archive`, `not_at_ofd`, `repeated`, `sign`, `late`, `refused`,
    /// `counter`.
    kind: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Left out: this side has nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl ReconciliationListedAnswer {
    pub(super) fn of(head: ReconciliationListed) -> Self {
        Self {
            id: head.id,
            state: Text(head.state),
            why: head.why,
            from: head.from.to_string(),
            to: head.to.to_string(),
            by: head.by,
            started_at_ms: head.started_at,
            ended_at_ms: head.ended_at,
            compared: head.results,
            broken: head.broken,
        }
    }
}

impl ReconciliationAnswer {
    pub(super) fn of(view: ReconciliationView) -> Result<Self, Problem> {
        let results = view.results.into_iter().map(ResultAnswer::of);
        Ok(Self {
            head: ReconciliationListedAnswer::of(view.head),
            progress: view.progress.as_ref().map(ProgressAnswer::of),
            files: view.files.into_iter().map(FileAnswer::of).collect(),
            results: results.collect::<Result<_, _>>()?,
        })
    }
}

impl ProgressAnswer {
    const fn of(progress: &ReconciliationProgress) -> Self {
        Self {
            step: progress.step,
            done: progress.done,
            of: progress.of,
        }
    }
}

impl FileAnswer {
    fn of(file: ReconciliationFile) -> Self {
        Self {
            role: Text(file.role),
            name: file.name,
            sha256: file.sha256.iter().map(|it| format!("{it:02x}")).collect(),
            kind: file.kind,
            rows: file.rows,
            amount: Money(file.amount),
        }
    }
}

impl ResultAnswer {
    fn of(view: ReconciliationResultView) -> Result<Self, Problem> {
        let result = view.result;
        let (left, right) = (money(result.left_sum)?, money(result.right_sum)?);
        let side = |title: (&'static str, &'static str), rows, amount| SideAnswer {
            title_ru: title.0,
            title_en: title.1,
            rows,
            amount,
        };
        let [of_left, of_right] = view.sides;
        let notes = view.notes.into_iter().map(NoteAnswer::of);
        Ok(Self {
            result: result.place,
            equation: result.equation,
            what: result.what,
            object: said(result.object),
            title_ru: view.title.0,
            title_en: view.title.1,
            difference: Money(left.0.sub(right.0)?),
            left: side(of_left, result.left_rows, left),
            right: side(of_right, result.right_rows, right),
            holds: result.holds,
            mismatches: result.mismatches,
            kept: result.kept,
            notes: notes.collect::<Result<_, _>>()?,
        })
    }
}

impl NoteAnswer {
    fn of(note: ReconciliationNote) -> Result<Self, Problem> {
        Ok(Self {
            code: note.code,
            what: said(note.what),
            rows: note.rows,
            amount: money(note.sum)?,
        })
    }
}

impl ReconciliationRowAnswer {
    pub(super) fn of(row: ReconciliationRow) -> Result<Self, Problem> {
        Ok(Self {
            result: row.result,
            kind: row.kind,
            key: row.key,
            account: said(row.account),
            day: said(row.day),
            source: said(row.source),
            reference: said(row.reference),
            left: row.left_sum.map(money).transpose()?,
            right: row.right_sum.map(money).transpose()?,
            detail: said(row.detail),
        })
    }
}

fn money(kopecks: i64) -> Result<Money, Problem> {
    Ok(Money(Kopecks::new(kopecks)?))
}

/// A text, unless it says nothing.
fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
