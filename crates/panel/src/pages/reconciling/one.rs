use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use desk::{
    DeskError, FileRole, Language, ReconcileError, ReconciliationFile, ReconciliationNote,
    ReconciliationResultView, ReconciliationRow, ReconciliationRowsOf, ReconciliationState,
    ReconciliationView, Right, TableForm,
};
use terms::Kopecks;

use super::{days, who};
use crate::{
    address::{self, Asked},
    answer::{Answer, render},
    failure::Failure,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{ReconcilingTexts, WordsTexts},
    visit::Member,
};

/// Rows of a page.
const PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "reconciling_one.html")]
struct Page {
    frame: Frame,
    t: &'static ReconcilingTexts,
    words: &'static WordsTexts,
    id: i64,
    days: String,
    by: String,
    when: String,
    state: Text,
    mood: &'static str,
    why: Option<String>,
    is_running: bool,
    is_done: bool,
    step: Option<(Text, String)>,
    percent: String,
    results: Vec<Compared>,
    /// Where lost payments are restored, if money of banks has no receipt.
    restore: Option<String>,
    files: Vec<File>,
    asked: Asked,
    kinds: Vec<(&'static str, Text)>,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

/// One comparison.
struct Compared {
    place: String,
    name: String,
    sides: [Side; 2],
    difference: String,
    holds: bool,
    verdict: String,
    kept: Option<String>,
    notes: Vec<String>,
}

struct Side {
    title: &'static str,
    sum: String,
    rows: String,
}

struct File {
    name: String,
    role: Text,
    says: String,
    sha256: String,
}

struct Row {
    what: String,
    kind: Text,
    account: Option<(String, String)>,
    day: String,
    source: String,
    left: String,
    right: String,
    detail: String,
}

pub(super) async fn show(member: Member, Path(id): Path<i64>, mut asked: Asked) -> Answer {
    member.needs(Right::Reconcile)?;
    let view = find(&member, id)?;
    let t = ReconcilingTexts::of(member.language);
    let words = WordsTexts::of(member.language);
    let after: Option<u64> = asked.read("after", |it| it.parse().ok(), words.choose);
    let text = |name: &str| Some(asked.text(name).to_owned()).filter(|it| !it.is_empty());
    let (kind, account) = (text("kind"), text("account"));
    let of = ReconciliationRowsOf {
        result: asked.read("result", |it| it.parse().ok(), words.choose),
        kind,
        account,
        after: after.unwrap_or(0),
        limit: PAGE,
    };
    let listed = member.desk.reconciliation_rows(id, &of)?;
    let speech = member.speech();
    let rows = listed
        .rows
        .into_iter()
        .map(|row| Row::of(row, &view, speech));
    let rows = rows.collect::<Result<_, _>>()?;
    let next = listed.next.map(|next| asked.after(Some(&next.to_string())));
    let first = after.map(|_| asked.after(None));
    render(&Page::of(
        &member,
        &view,
        (t, words),
        (asked, rows, next, first),
    )?)
}

type Shown = (Asked, Vec<Row>, Option<String>, Option<String>);

impl Page {
    fn of(
        member: &Member,
        view: &ReconciliationView,
        (t, words): (&'static ReconcilingTexts, &'static WordsTexts),
        (asked, rows, next, first): Shown,
    ) -> Result<Self, Failure> {
        let (head, speech) = (&view.head, member.speech());
        let (state, mood) = t.state_of(head);
        let results = view.results.iter();
        let is_interrupted = head.state == ReconciliationState::Interrupted;
        let progress = view.progress.as_ref();
        Ok(Self {
            frame: Frame {
                scripts: vec!["live.js"],
                ..member.frame(Place::Reconciling, t.number.with("id", head.id))
            },
            t,
            words,
            id: head.id,
            days: days(head, speech),
            by: who(&head.by, t),
            when: speech.moment(&head.started_at),
            state,
            mood,
            why: match is_interrupted {
                true => Some(t.interrupted_says.into()),
                false => head.why.clone(),
            },
            is_running: head.state == ReconciliationState::Running,
            is_done: head.state == ReconciliationState::Done,
            step: progress.map(|it| {
                let counted = match it.of {
                    0 => String::new(),
                    of => format!("{} / {}", speech.number(it.done), speech.number(of)),
                };
                (t.step_of(it.step), counted)
            }),
            percent: progress.map_or_else(String::new, |it| {
                let percent = it.done.saturating_mul(100) / it.of.max(1);
                percent.min(100).to_string()
            }),
            restore: restore_path(view),
            results: results
                .map(|result| Compared::of(result, speech))
                .collect::<Result<_, _>>()?,
            files: view
                .files
                .iter()
                .map(|file| File::of(file, speech))
                .collect(),
            kinds: t.kinds().into(),
            asked,
            rows,
            next,
            first,
        })
    }
}

/// Where the money is restored that banks have and no receipt tells of.
fn restore_path(view: &ReconciliationView) -> Option<String> {
    let lost = |result: &ReconciliationResultView| {
        result.result.what == "bank" && result.result.left_sum > result.result.right_sum
    };
    let days = [
        ("from", view.head.from.to_string()),
        ("to", view.head.to.to_string()),
    ];
    let pairs = days.iter().map(|(name, day)| (*name, day.as_str()));
    let is_lost = view.results.iter().any(lost);
    is_lost.then(|| address::query("/restoring/lost", pairs))
}

pub(super) async fn xlsx(member: Member, Path(id): Path<i64>) -> Answer {
    table(&member, id, TableForm::Xlsx).await
}

pub(super) async fn csv(member: Member, Path(id): Path<i64>) -> Answer {
    table(&member, id, TableForm::Csv).await
}

async fn table(member: &Member, id: i64, form: TableForm) -> Answer {
    member.needs(Right::Reconcile)?;
    find(member, id)?;
    let desk = member.desk.clone();
    let made = tokio::task::spawn_blocking(move || desk.reconciliation_table(id, form)).await;
    let bytes = made.map_err(|_| Failure::Internal)??;
    let by = member.session().actor();
    let noted = member.desk.note_act(&by, "reconciliation_table", id, "");
    noted.await?;
    let ending = form.name();
    let name = format!("attachment; filename=\"reconciliation-{id}.{ending}\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media())),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((StatusCode::OK, headers, bytes).into_response())
}

fn find(member: &Member, id: i64) -> Result<ReconciliationView, Failure> {
    match member.desk.reconciliation(id) {
        Err(DeskError::Reconcile(ReconcileError::Unknown(_))) => Err(Failure::NotFound),
        found => Ok(found?),
    }
}

fn money(kopecks: i64, speech: Speech) -> Result<String, Failure> {
    let sum = Kopecks::new(kopecks).map_err(DeskError::from)?;
    Ok(speech.money(sum))
}

fn in_words((ru, en): (&'static str, &'static str), speech: Speech) -> &'static str {
    match speech.language {
        Language::Ru => ru,
        Language::En => en,
    }
}

impl Compared {
    fn of(view: &ReconciliationResultView, speech: Speech) -> Result<Self, Failure> {
        let t = ReconcilingTexts::of(speech.language);
        let result = &view.result;
        let has_money = result.left_sum != 0 || result.right_sum != 0;
        let sum = |sum: i64| match has_money {
            true => money(sum, speech),
            false => Ok(String::new()),
        };
        let [left, right] = view.sides.map(|title| in_words(title, speech));
        let side = |title, sum, rows| Side {
            title,
            sum,
            rows: t.rows_of.with("rows", speech.number(rows)).into(),
        };
        let notes = view.notes.iter().map(|note| t.note(note, speech));
        let kept = || {
            let kept = t.kept.with("kept", speech.number(result.kept));
            kept.with("all", speech.number(result.mismatches)).into()
        };
        Ok(Self {
            place: result.place.to_string(),
            name: name_of(view, speech),
            sides: [
                side(left, sum(result.left_sum)?, result.left_rows),
                side(right, sum(result.right_sum)?, result.right_rows),
            ],
            difference: sum(result.left_sum - result.right_sum)?,
            holds: result.holds,
            verdict: match result.holds {
                true => t.holds.into(),
                false => {
                    let rows = speech.number(result.mismatches);
                    t.broken_rows.with("rows", rows).into()
                }
            },
            kept: (result.kept < result.mismatches).then(kept),
            notes: notes.collect::<Result<_, _>>()?,
        })
    }
}

/// What a comparison is called: its equation and its drive.
fn name_of(view: &ReconciliationResultView, speech: Speech) -> String {
    let title = in_words(view.title, speech);
    let name = format!("{} {title}", view.result.equation);
    match view.result.object.as_str() {
        "" => name,
        drive => format!("{name}, {drive}"),
    }
}

impl File {
    fn of(file: &ReconciliationFile, speech: Speech) -> Self {
        let t = ReconcilingTexts::of(speech.language);
        let says = t.rows_and_sum.with("rows", speech.number(file.rows));
        Self {
            name: file.name.clone(),
            role: match file.role {
                FileRole::Billing => t.role_billing,
                FileRole::Bank => t.role_bank,
                FileRole::Archive => t.role_archive,
            },
            says: says.with("sum", speech.money(file.amount)).into(),
            sha256: file.sha256.iter().map(|it| format!("{it:02x}")).collect(),
        }
    }
}

impl Row {
    fn of(
        row: ReconciliationRow,
        view: &ReconciliationView,
        speech: Speech,
    ) -> Result<Self, Failure> {
        let t = ReconcilingTexts::of(speech.language);
        let mut results = view.results.iter();
        let result = results.find(|it| it.result.place == row.result);
        let sum = |sum: Option<i64>| match sum {
            Some(sum) => money(sum, speech),
            None => Ok("—".to_owned()),
        };
        let account = Some(row.account).filter(|account| !account.is_empty());
        let day = row.day.parse::<terms::LocalDate>();
        Ok(Self {
            what: result.map_or_else(String::new, |it| name_of(it, speech)),
            kind: t.kind_of(&row.kind),
            account: account.map(|account| {
                let path = address::account(&account);
                (account, path)
            }),
            day: day.map_or(row.day, |day| speech.date(day)),
            source: format!("{} {}", row.source, row.reference)
                .trim()
                .to_owned(),
            left: sum(row.left_sum)?,
            right: sum(row.right_sum)?,
            detail: row.detail,
        })
    }
}

impl ReconcilingTexts {
    fn step_of(&self, step: &str) -> Text {
        match step {
            "drives" => self.step_drives,
            "journal" => self.step_journal,
            "money" => self.step_money,
            "equations" => self.step_equations,
            "documents" => self.step_documents,
            "archives" => self.step_archives,
            _ => self.step_files,
        }
    }

    fn note(&self, note: &ReconciliationNote, speech: Speech) -> Result<String, Failure> {
        let text = match note.code.as_str() {
            "outside_days" => self.note_outside_days,
            "repeated" => self.note_repeated,
            "transfers" => self.note_transfers,
            "businesses" => self.note_businesses,
            "unformed" => self.note_unformed,
            "other_source" => self.note_other_source,
            "no_archive" => self.note_no_archive,
            "no_report" => self.note_no_report,
            _ => self.note_no_receipt,
        };
        let says = text.with("what", &note.what);
        if note.sum == 0 {
            return Ok(says.into());
        }
        let counted = self.rows_and_sum.with("rows", speech.number(note.rows));
        let counted = counted.with("sum", money(note.sum, speech)?);
        Ok(format!("{says} ({counted})"))
    }
}
