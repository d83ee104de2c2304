//! The first page: how everything stands.

use askama::Template;
use axum::{Router, routing::get};
use desk::{CassetteView, Right, SlotState, SlotView};
use terms::{LocalDate, LocalDateTime};

use crate::{
    answer::{Answer, render},
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::HomeTexts,
    visit::Member,
};

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    t: &'static HomeTexts,
    cassette: CassetteView,
    slots: Vec<Slot>,
    at_work: usize,
    asked_first: String,
    ends_on: Option<String>,
    per_day: String,
}

/// A slot as a card.
struct Slot {
    title: String,
    state: Text,
    /// How it looks: `good`, `busy`, `idle`, `bad`.
    mood: &'static str,
    drive: Option<String>,
    reason: Option<String>,
    left: Option<String>,
    until: Option<String>,
    backlog: String,
    has_backlog: bool,
    last: Option<String>,
    shift: Option<String>,
    shift_open: bool,
    warnings: Vec<String>,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let t = HomeTexts::of(member.language);
    let (cassette, speech) = (member.desk.cassette().await?, member.speech());
    let is_at_work = |slot: &&SlotView| matches!(slot.state, SlotState::Ready | SlotState::Working);
    let at_work = cassette.slots.iter().filter(is_at_work).count();
    let page = Page {
        frame: member.frame(Place::Home, t.title),
        t,
        slots: cassette
            .slots
            .iter()
            .map(|slot| Slot::of(slot, t, speech))
            .collect(),
        at_work,
        asked_first: cassette.asked_first.join(", "),
        ends_on: cassette.ends_on.as_deref().map(|day| date(speech, day)),
        per_day: speech.number(cassette.documents_per_day.round() as u64),
        cassette,
    };
    render(&page)
}

impl Slot {
    fn of(view: &SlotView, t: &HomeTexts, speech: Speech) -> Self {
        let (state, mood) = state(view.state, t);
        let is_russian = speech.language == desk::Language::Ru;
        let last = view.last_document.map(|number| {
            let time = view.last_time.as_deref().unwrap_or_default();
            let time = time.parse::<LocalDateTime>().map(|time| speech.time(time));
            format!("№ {}, {}", speech.number(number), time.unwrap_or_default())
        });
        let warnings = view.warnings.iter().map(|warning| match is_russian {
            true => warning.ru(),
            false => warning.to_string(),
        });
        Self {
            title: t.slot.with("slot", view.slot).into(),
            state,
            mood,
            drive: view.drive.clone(),
            reason: view.reason.as_ref().map(ToString::to_string),
            left: view.documents_left.map(|left| speech.number(left)),
            until: view.until.as_deref().map(|day| date(speech, day)),
            backlog: speech.number(view.backlog),
            has_backlog: view.backlog > 0,
            last,
            shift: view.shift.map(|shift| speech.number(shift)),
            shift_open: view.shift_open,
            warnings: warnings.chain(view.ofd_trouble.clone()).collect(),
        }
    }
}

/// What a slot is doing, and how that looks.
fn state(state: SlotState, t: &HomeTexts) -> (Text, &'static str) {
    match state {
        SlotState::Empty => (t.state_empty, "idle"),
        SlotState::Probing => (t.state_probing, "busy"),
        SlotState::Foreign => (t.state_foreign, "bad"),
        SlotState::Unregistered => (t.state_unregistered, "idle"),
        SlotState::Ready => (t.state_ready, "good"),
        SlotState::Working => (t.state_working, "busy"),
        SlotState::Resting => (t.state_resting, "idle"),
        SlotState::Blocked => (t.state_blocked, "bad"),
        SlotState::Draining => (t.state_draining, "busy"),
        SlotState::Exhausted => (t.state_exhausted, "bad"),
        SlotState::Closing => (t.state_closing, "busy"),
        SlotState::Closed => (t.state_closed, "idle"),
        SlotState::Faulty => (t.state_faulty, "bad"),
        SlotState::Lost => (t.state_lost, "bad"),
        SlotState::InDoubt => (t.state_in_doubt, "bad"),
    }
}

/// A day of the cassette's view, as the language writes it.
fn date(speech: Speech, day: &str) -> String {
    let read = day.parse::<LocalDate>();
    read.map_or_else(|_| day.to_owned(), |day| speech.date(day))
}
