//! The cassette: its slots in detail.

mod frames;
mod orders;
mod swap;

pub(super) use orders::{refuse, signed};

use askama::Template;
use axum::{Router, routing::get};
use desk::{
    DocumentsOf, DriveView, HistoryEntry, HistoryOf, Order, Reason, Right, SlotId, SlotView,
};
use terms::LocalDateTime;

use crate::{
    answer::{Answer, render},
    drawer::{self, Drawer},
    failure::Failure,
    frame::Frame,
    nav::Place,
    path::Path,
    speech::Speech,
    text::Text,
    texts::{CassetteTexts, HomeTexts, MachineTexts},
    visit::Member,
};

/// Documents and entries of the history that a slot's page shows.
const LATEST: u32 = 10;
const HISTORY: u32 = 30;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/cassette", get(show))
        .route("/cassette/{slot}", get(show_slot))
        .merge(frames::routes())
        .merge(orders::routes())
        .merge(swap::routes())
}

#[derive(Template)]
#[template(path = "cassette.html")]
struct Page {
    frame: Frame,
    t: &'static CassetteTexts,
    h: &'static HomeTexts,
    drawers: Vec<Drawer>,
    policy: Text,
    /// Whether somebody has to confirm the time.
    clock_waits: bool,
    drives: Vec<DriveRow>,
}

/// A drive that was ever seen.
struct DriveRow {
    number: String,
    place: String,
    documents: String,
    last: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "slot.html")]
struct SlotPage {
    frame: Frame,
    t: &'static CassetteTexts,
    h: &'static HomeTexts,
    slot: u8,
    drawer: Drawer,
    lost: Option<String>,
    has_swap: bool,
    may_order: bool,
    can_adopt: bool,
    facts: Vec<(Text, String)>,
    register: Vec<(Text, String)>,
    documents: Vec<DocumentRow>,
    history: Vec<HistoryRow>,
}

/// A document of a drive.
struct DocumentRow {
    number: String,
    what: Text,
    time: String,
    confirmed: String,
}

/// What has happened in a slot.
struct HistoryRow {
    at: String,
    what: String,
    detail: String,
    by: String,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (CassetteTexts::of(member.language), member.speech());
    let (h, m) = (
        HomeTexts::of(member.language),
        MachineTexts::of(member.language),
    );
    let cassette = member.desk.cassette().await?;
    let drives = member.desk.drives(None).await?;
    let is_jump = |slot: &SlotView| matches!(slot.reason, Some(Reason::ClockJumped { .. }));
    let page = Page {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Cassette, t.title)
        },
        t,
        h,
        drawers: {
            let slots = cassette.slots.iter();
            slots.map(|slot| Drawer::of(slot, h, m, speech)).collect()
        },
        policy: t.policy_says(cassette.policy),
        clock_waits: cassette.slots.iter().any(is_jump),
        drives: drives
            .iter()
            .map(|drive| DriveRow::of(drive, t, m, speech))
            .collect(),
    };
    render(&page)
}

impl DriveRow {
    fn of(view: &DriveView, t: &CassetteTexts, m: &MachineTexts, speech: Speech) -> Self {
        let row = &view.row;
        let place = view.slot.map(|(slot, _)| m.slot.with("slot", slot).into());
        let last = row.last.zip(row.last_time.as_deref());
        Self {
            number: row.number.clone(),
            place: place.unwrap_or_else(|| t.elsewhere.into()),
            documents: speech.number(row.documents),
            last: last.map_or_else(
                || "—".to_owned(),
                |(number, time)| format!("№ {number}, {}", drawer::time(speech, time)),
            ),
            seen: speech.moment(&row.seen_at),
        }
    }
}

async fn show_slot(member: Member, Path(slot): Path<u8>) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (CassetteTexts::of(member.language), member.speech());
    let (h, m) = (
        HomeTexts::of(member.language),
        MachineTexts::of(member.language),
    );
    let view = slot_view(&member, slot).await?;
    let title = m.slot.with("slot", slot);
    let documents = documents(&member, &view, t, speech).await?;
    let history = member.desk.history(HistoryOf {
        slot: Some(SlotId(slot)),
        receipt: None,
        limit: HISTORY,
    })?;
    let page = SlotPage {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Cassette, title)
        },
        t,
        h,
        slot,
        drawer: Drawer::of(&view, h, m, speech),
        lost: view.lost.clone(),
        has_swap: view.swap.is_some(),
        may_order: member.session().may(Right::Rack),
        can_adopt: matches!(view.reason, Some(Reason::UnknownDocuments { .. })),
        facts: facts(&view, t, speech),
        register: register(&member, &view, t, speech)?,
        documents,
        history: history
            .into_iter()
            .map(|entry| HistoryRow::of(entry, t, m, speech))
            .collect(),
    };
    render(&page)
}

/// A slot, or the page that says that there is none.
async fn slot_view(member: &Member, slot: u8) -> Result<SlotView, Failure> {
    let cassette = member.desk.cassette().await?;
    let mut slots = cassette.slots.into_iter();
    slots
        .find(|view| view.slot == slot)
        .ok_or(Failure::NotFound)
}

fn facts(view: &SlotView, t: &CassetteTexts, speech: Speech) -> Vec<(Text, String)> {
    let facts = view.facts.as_deref();
    let ends_on = view.outlook.as_ref().and_then(|it| it.ends_on.as_deref());
    let day = |day: &str| drawer::day(speech, day);
    let rows = [
        (t.number, view.drive.clone()),
        (t.model, facts.and_then(|facts| facts.model.clone())),
        (t.version, view.version.clone()),
        (
            t.format,
            facts.map(|facts| format!("ФФД {}", facts.format())),
        ),
        (t.until, view.until.as_deref().map(day)),
        (
            t.documents_left,
            view.documents_left.map(|left| speech.number(left)),
        ),
        (t.ends_on, ends_on.map(day)),
        (
            t.registrations_left,
            facts.map(|facts| speech.number(facts.registrations_left)),
        ),
    ];
    known(rows)
}

fn register(
    member: &Member,
    view: &SlotView,
    t: &CassetteTexts,
    speech: Speech,
) -> Result<Vec<(Text, String)>, Failure> {
    let kkt = match &view.drive {
        Some(drive) => member.desk.register_of(drive)?,
        None => desk::RegisterView::default(),
    };
    let shift = view.shift.filter(|number| *number > 0).map(|number| {
        let opened = view
            .shift_opened
            .map(|time: LocalDateTime| speech.time(time));
        match (view.shift_open, opened) {
            (true, Some(time)) => t.shift_since.with("n", number).with("time", time).into(),
            (true, None) => t.shift_open.with("n", number).into(),
            (false, _) => t.shift_closed.with("n", number).into(),
        }
    });
    let ofd = view.ofd.as_ref().map(|ofd| {
        let name = ofd.name.clone().unwrap_or_else(|| t.unknown.into());
        format!("{name}, ИНН {}", ofd.inn)
    });
    let rows = [
        (t.rnm, view.rnm.clone().or(kkt.rnm)),
        (t.serial, kkt.serial),
        (t.shift, shift),
        (t.ofd, ofd),
        (t.backlog, Some(speech.number(view.backlog))),
        (t.wire, Some(view.address.to_string())),
        (t.port, view.port.as_ref().map(ToString::to_string)),
    ];
    Ok(known(rows))
}

fn known<const N: usize>(rows: [(Text, Option<String>); N]) -> Vec<(Text, String)> {
    let known = rows.into_iter();
    known
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

async fn documents(
    member: &Member,
    view: &SlotView,
    t: &CassetteTexts,
    speech: Speech,
) -> Result<Vec<DocumentRow>, Failure> {
    let Some(Ok(drive)) = view.drive.as_ref().map(|drive| drive.parse()) else {
        return Ok(Vec::new());
    };
    let of = DocumentsOf {
        drive,
        from: None,
        to: None,
    };
    let page = desk::Page {
        after: None,
        order: Order::Descending,
        limit: LATEST,
    };
    let listed = member.desk.documents(of, page).await?;
    let row = |listed: desk::ListedDocument| {
        let row = listed.row;
        let confirmed = match (row.ofd.is_refusal(), row.acknowledged_at) {
            (true, _) => t.confirmed_refused.into(),
            (false, Some(at)) => t.confirmed_yes.with("time", speech.moment(&at)).into(),
            (false, None) => t.confirmed_no.into(),
        };
        DocumentRow {
            number: speech.number(row.number.get()),
            what: t.task(&row.task),
            time: drawer::time(speech, &row.time),
            confirmed,
        }
    };
    Ok(listed.rows.into_iter().map(row).collect())
}

impl HistoryRow {
    fn of(entry: HistoryEntry, t: &CassetteTexts, m: &MachineTexts, speech: Speech) -> Self {
        Self {
            at: speech.moment(&entry.at),
            what: m.happened(&entry.what),
            detail: entry.detail,
            by: entry.by.unwrap_or_else(|| t.program.into()),
        }
    }
}
