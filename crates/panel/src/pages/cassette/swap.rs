//! The replacement of a drive: where it stands is seen by the slot, so it can be left and taken up
//! again at any step.

use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use desk::{HistoryOf, NextRegister, Right, SlotId, SlotState, SlotView, SwapStep, SwapView};

use super::{
    orders::{refuse, signed},
    slot_view,
};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    drawer,
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    path::Path,
    speech::Speech,
    text::Text,
    texts::SwapTexts,
    visit::Member,
};

/// How far back the end of the last replacement is looked for, entries of the history.
const LOOKED_BACK: u32 = 100;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/cassette/{slot}/swap", get(show).post(begin))
        .route("/cassette/{slot}/swap/confirm", post(confirm))
        .route("/cassette/{slot}/swap/abandon", post(abandon))
}

#[derive(Template)]
#[template(path = "swap.html")]
struct Page {
    frame: Frame,
    t: &'static SwapTexts,
    slot: u8,
    form: Form,
    /// The drive that would be replaced.
    drive: Option<String>,
    now: Option<Now>,
    steps: Vec<StepRow>,
    finished: Option<Finished>,
}

/// Where a replacement stands.
struct Now {
    counted: String,
    name: Text,
    says: Text,
    awaits: Text,
    /// Whether somebody has to do something.
    is_yours: bool,
    old: String,
    new: Option<String>,
    progress: Option<String>,
    trouble: Option<String>,
    can_confirm: bool,
    can_abandon: bool,
    abandoned: Text,
}

/// A step in the list of all.
struct StepRow {
    name: Text,
    /// `done`, `now`, `next`.
    state: &'static str,
    says: Text,
}

/// The last replacement, if it has ended just so.
struct Finished {
    at: String,
    says: String,
}

impl Page {
    fn of(member: &Member, view: &SlotView, form: Form) -> Result<Self, Failure> {
        let (t, speech) = (SwapTexts::of(member.language), member.speech());
        let title = t.title.with("slot", view.slot);
        let finished = match &view.swap {
            None => finished(member, view, t, speech)?,
            Some(_) => None,
        };
        let step = view.swap.as_ref().map(|swap| swap.step);
        Ok(Self {
            frame: Frame {
                scripts: vec!["live.js"],
                ..member.frame(Place::Cassette, title)
            },
            t,
            slot: view.slot,
            form,
            drive: replaceable(view),
            now: view.swap.as_ref().map(|swap| Now::of(swap, t, speech)),
            steps: steps(step, finished.is_some(), t),
            finished,
        })
    }
}

impl Now {
    fn of(swap: &SwapView, t: &SwapTexts, speech: Speech) -> Self {
        let step = swap.step;
        let place = SwapStep::ALL.iter().position(|it| *it == step);
        let counted = t.step_of.with("n", place.unwrap_or(0) + 1);
        let progress = match step {
            SwapStep::Send | SwapStep::SendClosing if swap.backlog > 0 => {
                Some(t.left_to_send.with("n", speech.number(swap.backlog)))
            }
            SwapStep::Export => swap.exported.zip(swap.last_document).map(|(read, last)| {
                let text = t.exported.with("n", speech.number(read.get()));
                text.with("all", speech.number(last.get()))
            }),
            _ => None,
        };
        let awaits = step.awaits();
        Self {
            counted: counted.with("all", SwapStep::ALL.len()).into(),
            name: t.name(step),
            says: t.step(step),
            awaits: t.awaits(awaits),
            is_yours: matches!(awaits, desk::Awaits::Technician | desk::Awaits::Operator),
            old: swap.old.to_string(),
            new: swap.new.map(|drive| drive.to_string()),
            progress: progress.map(Into::into),
            trouble: {
                let trouble = swap.trouble.as_ref();
                trouble.map(|what| t.in_the_way.with("what", what).into())
            },
            can_confirm: step == SwapStep::Confirm,
            can_abandon: step != SwapStep::CloseArchive,
            abandoned: match step.can_be_undone() {
                true => t.abandon_undone,
                false => t.abandon_closed,
            },
        }
    }
}

fn steps(now: Option<SwapStep>, is_finished: bool, t: &SwapTexts) -> Vec<StepRow> {
    let row = |step: SwapStep| {
        let (state, says) = match now {
            Some(now) if step < now => ("done", t.done),
            Some(now) if step == now => ("now", t.now),
            None if is_finished => ("done", t.done),
            _ => ("next", t.next),
        };
        StepRow {
            name: t.name(step),
            state,
            says,
        }
    };
    SwapStep::ALL.into_iter().map(row).collect()
}

/// The drive that could be replaced: one that works, or that can only be read.
fn replaceable(view: &SlotView) -> Option<String> {
    let is_one = !matches!(
        view.state,
        SlotState::Empty | SlotState::Foreign | SlotState::Unregistered | SlotState::Probing
    );
    view.drive.clone().filter(|_| is_one)
}

/// The last thing that happened to replacements here, if it is that one was done, and its drive is
/// still there.
fn finished(
    member: &Member,
    view: &SlotView,
    t: &SwapTexts,
    speech: Speech,
) -> Result<Option<Finished>, Failure> {
    let history = member.desk.history(HistoryOf {
        slot: Some(SlotId(view.slot)),
        receipt: None,
        limit: LOOKED_BACK,
    })?;
    let mut swaps = history.iter().filter(|it| it.what.starts_with("swap_"));
    let (Some(last), Some(drive)) = (swaps.next(), &view.drive) else {
        return Ok(None);
    };
    if last.what != "swap_done" || !last.detail.contains(drive.as_str()) {
        return Ok(None);
    }
    let time = view.last_time.as_deref().map(|it| drawer::time(speech, it));
    let says = t.finished_lead.with("drive", drive);
    let says = says.with("n", view.last_document.unwrap_or(0));
    Ok(Some(Finished {
        at: t.finished_at.with("time", speech.moment(&last.at)).into(),
        says: says.with("time", time.unwrap_or_default()).into(),
    }))
}

async fn show(member: Member, Path(slot): Path<u8>) -> Answer {
    member.needs(Right::Rack)?;
    let view = slot_view(&member, slot).await?;
    render(&Page::of(&member, &view, Form::default())?)
}

/// Shows the page again with what is wrong; the slot may have moved on meanwhile.
async fn again(member: &Member, slot: u8, form: Form) -> Answer {
    let view = slot_view(member, slot).await?;
    render_wrong(&Page::of(member, &view, form)?)
}

async fn begin(member: Member, Path(slot): Path<u8>, mut form: Form) -> Answer {
    member.needs(Right::Rack)?;
    slot_view(&member, slot).await?;
    let t = SwapTexts::of(member.language);
    let mut next = NextRegister::default();
    if !form.text("rnm").is_empty() {
        match form.text("rnm").parse() {
            Ok(rnm) => next.rnm = Some(rnm),
            Err(_) => form.refuse("rnm", t.bad_rnm),
        }
    }
    if !form.text("serial").is_empty() {
        next.serial = Some(form.text("serial").to_owned());
    }
    if !form.is_fine() {
        return again(&member, slot, form).await;
    }
    let signed = signed(&member, form.text("reason"));
    let reason = signed.reason.clone();
    if let Err(error) = member.desk.swap(SlotId(slot), &next, signed).await {
        refuse(&mut form, &member, error)?;
        return again(&member, slot, form).await;
    }
    noted(&member, "swap_ordered", slot, reason).await
}

async fn confirm(member: Member, Path(slot): Path<u8>, mut form: Form) -> Answer {
    member.needs(Right::Rack)?;
    let view = slot_view(&member, slot).await?;
    let t = SwapTexts::of(member.language);
    let new = view.swap.as_ref().and_then(|swap| swap.new);
    // Whoever was sent here twice finds it done.
    let Some(new) = new else {
        return Ok(done(&path(slot), Notice::Ordered));
    };
    let typed = form.text("digits");
    let number = new.to_string();
    if typed.chars().count() != 4 || !number.ends_with(typed) {
        form.refuse("digits", t.confirm_wrong);
        return again(&member, slot, form).await;
    }
    let reason = String::from(t.confirm_reason);
    let signed = signed(&member, &reason);
    if let Err(error) = member.desk.confirm_drive(SlotId(slot), new, signed).await {
        refuse(&mut form, &member, error)?;
        return again(&member, slot, form).await;
    }
    noted(&member, "swap_confirmed", slot, number).await
}

async fn abandon(member: Member, Path(slot): Path<u8>, mut form: Form) -> Answer {
    member.needs(Right::Rack)?;
    slot_view(&member, slot).await?;
    let signed = signed(&member, form.text("reason"));
    let reason = signed.reason.clone();
    if let Err(error) = member.desk.abandon_swap(SlotId(slot), signed).await {
        refuse(&mut form, &member, error)?;
        return again(&member, slot, form).await;
    }
    noted(&member, "swap_abandoned", slot, reason).await
}

async fn noted(member: &Member, act: &str, slot: u8, detail: String) -> Answer {
    let actor = member.session().actor();
    member.desk.note_act(&actor, act, slot, detail).await?;
    Ok(done(&path(slot), Notice::Ordered))
}

fn path(slot: u8) -> String {
    format!("/cassette/{slot}/swap")
}
