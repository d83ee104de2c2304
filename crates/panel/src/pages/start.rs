//! Setting up, from nothing to the first receipt. A step is done when it can be seen to be done;
//! nothing is remembered of who was where.

mod drives;
mod organisation;
mod receipt;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, header},
    response::Response,
    routing::{get, post},
};
use desk::{Order, ReceiptState, ReceiptsOf, Right, SlotState, SlotView};

pub(crate) use organisation::{Fact, facts};

use crate::{
    answer::{Answer, render, see_other},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    program::{ProgramError, Stage},
    text::Text,
    texts::StartTexts,
    visit::Member,
};

/// Where setting up begins.
pub(crate) const PATH: &str = "/start";
/// What else is open while there is no configuration.
const OPEN_AT_FIRST: [&str; 5] = [PATH, "/profile", "/people", "/trail", "/help"];

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/start/trial", post(begin_trial))
        .route("/start/trial/end", post(end_trial))
        .route(
            "/start/organisation",
            get(organisation::show).post(organisation::save),
        )
        .route("/start/drives", get(drives::show))
        .route(
            "/start/drives/{slot}",
            get(drives::show_one).post(drives::register),
        )
        .route("/start/receipt", get(receipt::show).post(receipt::make))
}

/// Whether a page can be seen while there is no configuration.
pub(crate) fn is_open_at_first(path: &str) -> bool {
    let is_within = |open: &str| {
        let rest = path.strip_prefix(open);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    OPEN_AT_FIRST.into_iter().any(is_within) || path == "/logout"
}

#[derive(Template)]
#[template(path = "start.html")]
struct Page {
    frame: Frame,
    t: &'static StartTexts,
    form: Form,
    steps: Vec<Step>,
    stage: Stage,
    is_all_done: bool,
}

/// A step.
struct Step {
    title: Text,
    lead: Text,
    path: &'static str,
    progress: Progress,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Done,
    /// The first that is not done.
    Now,
    Later,
}

impl Step {
    fn is(&self, progress: Progress) -> bool {
        self.progress == progress
    }
}

/// The server starts anew; the page comes back by itself.
#[derive(Template)]
#[template(path = "start_again.html")]
struct AgainPage {
    frame: Frame,
    t: &'static StartTexts,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Configure)?;
    render(&page(&member, Form::default()).await?)
}

async fn page(member: &Member, form: Form) -> Result<Page, Failure> {
    let t = StartTexts::of(member.language);
    let steps = steps(member, t).await?;
    Ok(Page {
        frame: member.frame(Place::Start, t.title),
        t,
        form,
        is_all_done: steps.iter().all(|step| step.is(Progress::Done)),
        steps,
        stage: member.stage(),
    })
}

/// The steps, with what can be seen of each.
async fn steps(member: &Member, t: &'static StartTexts) -> Result<Vec<Step>, Failure> {
    let desk = &member.desk;
    let slots = desk.cassette().await?.slots;
    let formed = ReceiptsOf {
        states: vec![ReceiptState::Fiscalized, ReceiptState::Acknowledged],
        ..ReceiptsOf::default()
    };
    let one = desk::Page {
        after: None,
        order: Order::Descending,
        limit: 1,
    };
    let has_receipt = !desk.receipts(formed, one).await?.rows.is_empty();
    let has_key = desk
        .keys()
        .await?
        .iter()
        .any(|key| key.revoked_at.is_none());
    let seen = [
        (
            t.organisation,
            t.organisation_lead,
            "/start/organisation",
            true,
        ),
        (
            t.drives,
            t.drives_lead,
            "/start/drives",
            slots.iter().any(is_ours),
        ),
        (
            t.registration,
            t.registration_lead,
            "/start/drives#slots",
            slots.iter().any(is_registered),
        ),
        (
            t.services,
            t.services_lead,
            "/settings/services",
            !desk.services().await?.is_empty(),
        ),
        (t.receipt, t.receipt_lead, "/start/receipt", has_receipt),
        (t.key, t.key_lead, "/settings/keys", has_key),
    ];
    let is_configured = member.stage() != Stage::FirstRun;
    let mut is_next = true;
    let steps = seen.into_iter().map(|(title, lead, path, is_done)| Step {
        title,
        lead,
        path,
        progress: match is_done && is_configured {
            true => Progress::Done,
            false if std::mem::take(&mut is_next) => Progress::Now,
            false => Progress::Later,
        },
    });
    Ok(steps.collect())
}

/// Whether there is a drive that is this organisation's, or can become so.
fn is_ours(slot: &SlotView) -> bool {
    slot.drive.is_some() && slot.state != SlotState::Foreign
}

/// Whether there is a drive that is registered for this organisation.
fn is_registered(slot: &SlotView) -> bool {
    is_ours(slot) && slot.rnm.is_some() && slot.state != SlotState::Unregistered
}

async fn begin_trial(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Configure)?;
    let Some(program) = member.program.clone() else {
        return Ok(see_other(PATH));
    };
    note(&member, "trial_begun", "").await?;
    match program.begin_trial() {
        Ok(()) => again(&member),
        Err(error) => {
            form.refuse("", words(StartTexts::of(member.language), error)?);
            crate::answer::render_wrong(&page(&member, form).await?)
        }
    }
}

async fn end_trial(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Configure)?;
    let Some(program) = member.program.clone() else {
        return Ok(see_other(PATH));
    };
    note(&member, "trial_ended", "").await?;
    match program.end_trial() {
        Ok(()) => again(&member),
        Err(error) => {
            form.refuse("", words(StartTexts::of(member.language), error)?);
            crate::answer::render_wrong(&page(&member, form).await?)
        }
    }
}

/// Notes what somebody does, in the trail.
pub(crate) async fn note(member: &Member, act: &str, object: &str) -> Result<(), Failure> {
    let by = member.session().actor();
    Ok(member.desk.note_act(&by, act, object, "").await?)
}

/// Tells that the server starts anew, and leads back to the steps when it has.
fn again(member: &Member) -> Answer {
    let t = StartTexts::of(member.language);
    let mut response: Response = render(&AgainPage {
        frame: member.frame(Place::Start, t.restarting),
        t,
    })?;
    let refresh = HeaderValue::from_static("4; url=/start");
    response.headers_mut().insert(header::REFRESH, refresh);
    Ok(response)
}

/// What the program has to say.
fn words(t: &StartTexts, error: ProgramError) -> Result<String, Failure> {
    Ok(match error {
        ProgramError::Past => t.past.into(),
        ProgramError::Unwritable { path, source } => {
            let path = path.display().to_string();
            t.unwritable.with("path", path).with("why", source).into()
        }
        ProgramError::Unusable(why) => t.unusable.with("why", why).into(),
    })
}
