//! Restoring the past: the list of plans, new plans, one plan and its rows.

mod lost;
mod made;
mod one;
mod rows;
mod steps;
mod view;
mod wrong;

use askama::Template;
use axum::{Extension, Router, routing::get};
use desk::{
    DeskError, RestorationKind, RestorationListed, RestorationState, RestorationView, RestoreError,
    Right, Signed,
};

use crate::{
    answer::{Answer, render},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{CorrectingTexts, RestoringTexts},
    visit::Member,
};

pub(crate) use lost::PATH as LOST;
use made::Made;

/// Plans that are shown.
const PLANS: u32 = 100;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/restoring", get(show))
        .route(LOST, get(lost::show).post(lost::make))
        .route(wrong::PATH, get(wrong::show).post(wrong::make))
        .route("/restoring/{id}", get(one::show))
        .route("/restoring/{id}/rows", get(rows::show))
        .route("/restoring/{id}/report.zip", get(one::report))
        .route("/restoring/{id}/{step}", get(steps::ask).post(steps::take))
        .layer(Extension(Made::default()))
}

#[derive(Template)]
#[template(path = "restoring.html")]
struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    may_make: bool,
    plans: Vec<Plan>,
}

/// A plan in the list.
struct Plan {
    id: i64,
    what: Text,
    about: String,
    state: Text,
    mood: &'static str,
    rows: String,
    sum: String,
    author: String,
    made: String,
    approver: Option<String>,
    waits_for_second: bool,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (RestoringTexts::of(member.language), member.speech());
    let plans = member.desk.restorations(PLANS)?;
    render(&Page {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Restoring, t.title)
        },
        t,
        may_make: member.session().may(Right::Restore),
        plans: plans.iter().map(|plan| Plan::of(plan, speech)).collect(),
    })
}

impl Plan {
    fn of(plan: &RestorationListed, speech: Speech) -> Self {
        let t = RestoringTexts::of(speech.language);
        let (state, mood) = t.state_of(plan.state);
        Self {
            id: plan.id,
            what: t.kind_of(plan.kind),
            about: about(plan, speech),
            state,
            mood,
            rows: speech.number(plan.to_do),
            sum: speech.money(plan.amount),
            author: plan.author.clone(),
            made: speech.moment(&plan.created_at),
            approver: plan.approved_by.clone(),
            waits_for_second: plan.state == RestorationState::Draft,
        }
    }
}

/// What a plan is about: its days, or what is corrected.
fn about(plan: &RestorationListed, speech: Speech) -> String {
    let t = RestoringTexts::of(speech.language);
    let days = plan.days.map(|(from, to)| {
        let days = t.days.with("from", speech.date(from));
        String::from(days.with("to", speech.date(to)))
    });
    let change = plan.change.as_ref();
    let change =
        || change.map(|change| CorrectingTexts::of(speech.language).change_in_words(change));
    days.or_else(change).unwrap_or_default()
}

impl RestoringTexts {
    const fn kind_of(&self, kind: RestorationKind) -> Text {
        match kind {
            RestorationKind::Lost => self.kind_lost,
            RestorationKind::Fix => self.kind_fix,
        }
    }

    /// A state, and how it looks.
    const fn state_of(&self, state: RestorationState) -> (Text, &'static str) {
        match state {
            RestorationState::Making => (self.state_making, "busy"),
            RestorationState::Draft => (self.state_draft, "warn"),
            RestorationState::Approved => (self.state_approved, "busy"),
            RestorationState::Running => (self.state_running, "busy"),
            RestorationState::Paused => (self.state_paused, "warn"),
            RestorationState::Done => (self.state_done, "good"),
            RestorationState::Abandoned => (self.state_abandoned, "idle"),
        }
    }
}

/// Who somebody is in plans: the name, and the login, which nobody else ever has.
fn name_of(member: &Member) -> String {
    /// Of a name; with the login it is no longer than a name that signs may be.
    const NAME_MAX: usize = 60;
    let person = &member.session().person;
    let name: String = person.name.chars().take(NAME_MAX).collect();
    format!("{} ({})", name.trim(), person.login)
}

/// Whether somebody has made a plan, whatever they are called now.
fn is_author(member: &Member, author: &str) -> bool {
    let login = format!("({})", member.session().person.login);
    author == member.session().person.login || author.ends_with(&login)
}

fn signed(member: &Member, reason: &str) -> Signed {
    Signed {
        by: name_of(member),
        reason: reason.to_owned(),
        key: None,
    }
}

/// One plan with all that is known of it.
async fn plan(member: &Member, id: i64) -> Result<RestorationView, Failure> {
    match member.desk.restoration(id).await {
        Err(DeskError::Restore(RestoreError::Unknown(_))) => Err(Failure::NotFound),
        found => Ok(found?),
    }
}

/// Says in the form why nothing was done.
///
/// # Errors
/// What is the server's own failure is a page of its own.
fn tell(form: &mut Form, error: DeskError, t: &RestoringTexts) -> Result<(), Failure> {
    let (field, why): (_, String) = match error {
        DeskError::Restore(error) => match error {
            RestoreError::Unknown(_) => return Err(Failure::NotFound),
            RestoreError::NotNow { .. } => ("", t.not_now.into()),
            RestoreError::OtherHash { .. } => ("", t.other_hash.into()),
            RestoreError::SamePerson { .. } => ("", t.you_are_author.into()),
            RestoreError::BadDays { why, .. } => ("from", t.bad_days.with("why", why).into()),
            RestoreError::Nothing(_) => ("", t.nothing.into()),
            RestoreError::TooManyRows { rows, max } => {
                let text = t.too_many.with("rows", rows);
                ("", text.with("max", max).into())
            }
            RestoreError::DoesNotFit(why) => {
                let why = why.join("; ");
                ("", t.does_not_fit.with("why", why).into())
            }
            RestoreError::Basis(why) => ("comment", t.bad_basis.with("why", why).into()),
            RestoreError::Papers { why, .. } => ("", t.no_papers.with("why", why).into()),
        },
        DeskError::Import(error) => ("file", t.bad_file.with("why", error).into()),
        DeskError::NotSigned(_) => ("why", t.no_reason.into()),
        DeskError::UnknownReceipt(id) => ("receipts", t.bad_receipts.with("id", id).into()),
        DeskError::Term(why) => ("", t.bad_value.with("why", why).into()),
        other => return Err(other.into()),
    };
    form.refuse(field, why);
    Ok(())
}
