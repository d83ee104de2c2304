//! One loaded file, and the decisions of people about its rows.

use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use desk::{DeskError, ImportError, ImportRow, Right, RowChoice, RowState, Signed};
use terms::{AccountNumber, LocalDate};

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    path::Path,
    speech::{Said, Speech},
    text::Text,
    texts::{ImportsTexts, WordsTexts},
    visit::Member,
    words::Why,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/imports/{id}", get(show))
        .route("/imports/{id}/rows/{line}", post(decide))
}

#[derive(Template)]
#[template(path = "import.html")]
struct Page {
    frame: Frame,
    t: &'static ImportsTexts,
    form: Form,
    about: String,
    sum: String,
    rows: Vec<Waiting>,
}

/// A row that a person has to look at.
pub(super) struct Waiting {
    pub(super) import: i64,
    pub(super) line: u32,
    pub(super) title: String,
    pub(super) class: Text,
    pub(super) reason: Said,
    pub(super) date: String,
    pub(super) sum: String,
    pub(super) account: String,
    pub(super) payer: String,
    pub(super) purpose: String,
    pub(super) state: Text,
    pub(super) mood: &'static str,
    pub(super) is_waiting: bool,
    pub(super) operation: Option<String>,
    pub(super) decided: Option<String>,
}

async fn show(member: Member, Path(id): Path<i64>) -> Answer {
    render(&page(&member, id, Form::default())?)
}

fn page(member: &Member, id: i64, form: Form) -> Result<Page, Failure> {
    member.needs(Right::Import)?;
    let (t, speech) = (ImportsTexts::of(member.language), member.speech());
    let (file, rows) = match member.desk.import_rows(id) {
        Err(DeskError::Import(ImportError::UnknownImport(_))) => return Err(Failure::NotFound),
        other => other?,
    };
    Ok(Page {
        frame: member.frame(Place::Imports, file.name.clone()),
        t,
        form,
        about: format!(
            "{}, {}, {}",
            file.kind,
            speech.moment(&file.loaded_at),
            file.by
        ),
        sum: format!(
            "{}: {}",
            speech.number(file.rows),
            speech.money(file.amount)
        ),
        rows: rows
            .iter()
            .map(|row| Waiting::of(id, row, t, speech))
            .collect(),
    })
}

async fn decide(member: Member, Path((id, line)): Path<(i64, u32)>, mut form: Form) -> Answer {
    member.needs(Right::Import)?;
    let (t, words) = (
        ImportsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let reason = form.text("reason").to_owned();
    if reason.is_empty() {
        form.refuse("reason", words.required);
    }
    let is_skip = form.has("step", "skip");
    let number = form.text("account").parse::<AccountNumber>().ok();
    let known = match &number {
        Some(number) => member.desk.account(number)?.is_some(),
        None => false,
    };
    let choice = match number.filter(|_| known) {
        _ if is_skip => RowChoice::Skip,
        Some(number) => RowChoice::Load(number),
        None => {
            form.refuse("account", words.unknown_account);
            RowChoice::Skip
        }
    };
    if !form.is_fine() {
        return render_wrong(&page(&member, id, form)?);
    }
    let signed = Signed {
        by: member.session().person.login.clone(),
        reason: reason.clone(),
        key: None,
    };
    let decided = member
        .desk
        .decide_import_row(id, line, choice, signed, None);
    match decided.await {
        Ok(_) => {}
        Err(DeskError::Import(error)) => {
            match error {
                ImportError::RowRefused(refused) => {
                    form.refuse("", Why::of(&refused, member.speech()).plain);
                }
                ImportError::Decided { .. } => form.refuse("", t.decided_already),
                _ => return Err(Failure::NotFound),
            }
            return render_wrong(&page(&member, id, form)?);
        }
        Err(error) => return Err(error.into()),
    }
    let by = member.session().actor();
    let object = format!("{id}:{line}");
    let noted = member.desk.note_act(&by, "import_row", object, reason);
    noted.await?;
    Ok(done(&format!("/imports/{id}"), Notice::Saved))
}

impl Waiting {
    pub(super) fn of(import: i64, row: &ImportRow, t: &ImportsTexts, speech: Speech) -> Self {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Bank {
            payer: String,
            purpose: String,
        }
        let bank: Bank = serde_json::from_str(&row.body).unwrap_or_default();
        let (state, mood) = match row.state {
            RowState::Waiting => (t.state_waiting, "warn"),
            RowState::Loaded => (t.state_loaded, "good"),
            RowState::Skipped => (t.state_skipped, "idle"),
        };
        let date = row.date.parse::<LocalDate>();
        let decided = row.by.as_ref().map(|by| {
            let why = row.why.as_deref().unwrap_or_default();
            t.decided.with("by", by).with("why", why).into()
        });
        Self {
            import,
            line: row.line,
            title: t.line.with("line", row.line).into(),
            class: t.class(&row.class),
            reason: speech.said(&row.reason),
            date: date.map_or_else(|_| row.date.clone(), |date| speech.date(date)),
            sum: speech.money(row.amount),
            account: row.account.clone(),
            payer: bank.payer,
            purpose: bank.purpose,
            state,
            mood,
            is_waiting: row.state == RowState::Waiting,
            operation: row.operation.map(|id| id.to_string()),
            decided,
        }
    }
}
