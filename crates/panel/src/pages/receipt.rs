//! One receipt: as on paper, its way, its tags, the letters that told of it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use desk::{
    DeliveriesOf, DeliveryState, DeliveryView, DeskError, HistoryOf, ReceiptState, ReceiptView,
    Right, TagEntry,
};
use terms::{Id, LocalDateTime, OperationSign};

use crate::{
    address,
    answer::{Answer, Notice, done, render},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::Act,
    paper::Paper,
    speech::Speech,
    text::Text,
    texts::{ReceiptsTexts, WordsTexts},
    visit::Member,
    words::mood,
};

/// The most letters and steps that are shown.
const SHOWN_MAX: u32 = 100;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/receipts/{id}", get(show))
        .route("/deliveries/{id}/replay", post(replay))
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct Page {
    frame: Frame,
    t: &'static ReceiptsTexts,
    words: &'static WordsTexts,
    id: String,
    operation: String,
    state: Text,
    mood: &'static str,
    reason: Option<String>,
    cancelled_by: Option<String>,
    return_of: Option<String>,
    paper: Paper,
    text: String,
    way: Vec<Step>,
    tags: Vec<TagEntry>,
    letters: Vec<Letter>,
    may_replay: bool,
    actions: Vec<(String, Text)>,
}

/// A step of its way.
struct Step {
    what: String,
    at: String,
    detail: Option<String>,
    is_done: bool,
}

/// A letter that told of it.
struct Letter {
    id: String,
    to: String,
    state: Text,
    mood: &'static str,
    attempts: String,
    answer: Option<String>,
    since: String,
}

async fn show(member: Member, Path(id): Path<String>) -> Answer {
    member.needs(Right::Look)?;
    let (t, words) = (
        ReceiptsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
    let view = member.desk.receipt(id)?.ok_or(Failure::NotFound)?;
    let printed = match member.desk.printed_receipt(id) {
        Ok(printed) => printed,
        // What stands in the journal is shown all the same.
        Err(DeskError::Unprintable { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let svg = printed.as_ref().and_then(desk::PrintedReceipt::qr_svg);
    let letters = member.desk.deliveries(&DeliveriesOf {
        state: None,
        webhook: None,
        receipt: Some(id),
        after: None,
        limit: SHOWN_MAX,
    })?;
    let speech = member.speech();
    render(&Page {
        frame: member.frame(Place::Receipts, t.one.with("id", id)),
        t,
        words,
        id: id.to_string(),
        operation: view.operation.to_string(),
        state: words.state(view.state),
        mood: mood(view.state),
        reason: view.reason.clone(),
        cancelled_by: view.cancelled_by.map(|id| id.to_string()),
        return_of: view.return_of.map(|id| id.to_string()),
        paper: Paper::of_view(&view, svg, member.desk.setup(), speech),
        text: printed.map(|it| it.printed.text()).unwrap_or_default(),
        way: way(&member, &view, t)?,
        tags: view.tags(),
        letters: letters
            .into_iter()
            .map(|letter| Letter::of(letter, t, speech))
            .collect(),
        may_replay: member.session().may(Right::Integrate),
        actions: actions(&member, &view, t),
    })
}

/// What may be done about a receipt, with the address of each.
fn actions(member: &Member, view: &ReceiptView, t: &ReceiptsTexts) -> Vec<(String, Text)> {
    let may = |right| member.session().may(right);
    let mut actions = Vec::new();
    if matches!(view.state, ReceiptState::Queued | ReceiptState::Held) && may(Right::Correct) {
        actions.push((format!("/operations/{}#cancel", view.operation), t.cancel));
    }
    let is_wrong_maybe = view.document.is_some() && view.cancelled_by.is_none();
    if is_wrong_maybe && view.return_of.is_none() && may(Right::Correct) {
        actions.push((format!("/receipts/{}/fix", view.id), t.fix));
    }
    let payments = &view.receipt.payments;
    let has_money = !payments.cash.is_zero() || !payments.cashless.is_zero();
    let is_payment = view.receipt.operation == OperationSign::Income && has_money;
    if let Some(account) = &view.account
        && view.document.is_some()
        && is_payment
        && view.cancelled_by.is_none()
    {
        let path = address::account(account);
        if may(Act::Refund.right()) {
            actions.push((format!("{path}/{}", Act::Refund.name()), t.refund));
        }
        if may(Act::Undo.right()) {
            let (id, undo) = (view.id.to_string(), format!("{path}/{}", Act::Undo.name()));
            let undo = address::query(&undo, [("receipt", id.as_str())]);
            actions.push((undo, t.undo));
        }
    }
    actions
}

/// Its way so far: what the journal has noted, and where it stands.
fn way(member: &Member, view: &ReceiptView, t: &ReceiptsTexts) -> Result<Vec<Step>, Failure> {
    let speech = member.speech();
    let words = WordsTexts::of(member.language);
    let step = |what: Text, at: String| Step {
        what: what.into(),
        at,
        detail: None,
        is_done: true,
    };
    let mut way = vec![step(t.way_accepted, speech.moment(&view.id.unix_ms()))];
    let mut noted = member.desk.history(HistoryOf {
        slot: None,
        receipt: Some(view.id),
        limit: SHOWN_MAX,
    })?;
    noted.sort_by_key(|entry| entry.at);
    way.extend(noted.into_iter().map(|entry| {
        let by = entry.by.map(|by| t.by.with("by", by).to_string());
        let detail = [entry.drive, Some(entry.detail), by].into_iter().flatten();
        let detail: Vec<String> = detail.filter(|it| !it.is_empty()).collect();
        Step {
            what: entry.what,
            at: speech.moment(&entry.at),
            detail: Some(detail.join(" · ")),
            is_done: true,
        }
    }));
    if let Some(document) = &view.document {
        let time = document.time.parse::<LocalDateTime>();
        let time = time.map_or_else(|_| document.time.clone(), |time| speech.time(time));
        way.push(Step {
            detail: Some(format!("{}, № {}", document.drive, document.number)),
            ..step(t.way_formed, time)
        });
        if let Some(at) = document.acknowledged_at {
            way.push(step(t.way_acknowledged, speech.moment(&at)));
        }
    }
    if view.state != ReceiptState::Acknowledged {
        way.push(Step {
            what: t.way_waits.with("state", words.state(view.state)).into(),
            at: String::new(),
            detail: view.reason.clone(),
            is_done: false,
        });
    }
    Ok(way)
}

impl Letter {
    fn of(view: DeliveryView, t: &ReceiptsTexts, speech: Speech) -> Self {
        let (state, mood) = match view.state {
            DeliveryState::Waiting => (t.letter_waiting, "busy"),
            DeliveryState::Delivered => (t.letter_delivered, "good"),
            DeliveryState::Dead => (t.letter_dead, "bad"),
        };
        let answer = view.last.map(|last| match last.status {
            Some(status) => format!("HTTP {status} {}", last.answer),
            None => last.answer,
        });
        Self {
            id: view.id.to_string(),
            to: view.webhook.unwrap_or_else(|| t.callback.into()),
            state,
            mood,
            attempts: t.attempts.count(u64::from(view.attempts)).into(),
            answer: answer.filter(|answer| !answer.trim().is_empty()),
            since: speech.moment(&view.since),
        }
    }
}

async fn replay(member: Member, Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    member.needs(Right::Integrate)?;
    let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
    match member.desk.replay_delivery(id).await {
        Err(DeskError::UnknownDelivery(_)) => return Err(Failure::NotFound),
        other => other?,
    }
    let by = member.session().actor();
    let noted = member.desk.note_act(&by, "delivery_replay", id, "");
    noted.await?;
    Ok(done(form.value("back"), Notice::Replayed))
}
