//! One charge that no contract allows, and what a person decides about it. The list of them stands
//! among the decisions.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{DeskError, EventKind, HeldCharge, HeldChargeError, HeldState, Right};
use terms::Id;

use super::cassette::signed;
use crate::{
    address,
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{ContractsTexts, DecisionsTexts, MachineTexts},
    visit::Member,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/held-charges/{id}", get(show))
        .route("/held-charges/{id}/release", post(release))
        .route("/held-charges/{id}/refuse", post(refuse))
}

/// A held charge in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) sum: String,
    pub(super) account: String,
    pub(super) came: String,
    pub(super) why: String,
}

impl Row {
    pub(super) fn of(held: &HeldCharge, member: &Member) -> Result<Self, Failure> {
        let speech = member.speech();
        Ok(Self {
            id: held.id.to_string(),
            sum: speech.money(held.amount),
            account: held.account.to_string(),
            came: speech.moment(&held.id.unix_ms()),
            why: why(member, held)?,
        })
    }
}

#[derive(Template)]
#[template(path = "held_charge.html")]
struct Page {
    frame: Frame,
    t: &'static ContractsTexts,
    d: &'static DecisionsTexts,
    form: Form,
    id: String,
    why: String,
    gone: Option<String>,
    operation: Option<String>,
    contracts: String,
    facts: Vec<(Text, String)>,
    lines: Vec<(String, String)>,
    may_decide: bool,
}

impl Page {
    async fn of(member: &Member, held: &HeldCharge, form: Form) -> Result<Self, Failure> {
        let (t, speech) = (ContractsTexts::of(member.language), member.speech());
        let sum = speech.money(held.amount);
        let account = address::account(held.account.as_str());
        Ok(Self {
            frame: member.frame(Place::Decisions, t.held_one.with("sum", sum)),
            t,
            d: DecisionsTexts::of(member.language),
            form,
            id: held.id.to_string(),
            why: why(member, held)?,
            gone: gone(held, t),
            operation: held.operation.map(|id| format!("/operations/{id}")),
            contracts: format!("{account}/contracts"),
            facts: facts(held, t, speech),
            lines: lines(member, held).await?,
            may_decide: member.session().may(Right::Correct),
        })
    }
}

/// What speaks against it now: contracts may have been set since it came.
fn why(member: &Member, held: &HeldCharge) -> Result<String, Failure> {
    let t = ContractsTexts::of(member.language);
    Ok(match member.desk.charge_outside(held)? {
        Some(line) => {
            let said = t.held_why.with("account", &held.account);
            let said = said.with("service", &line.service);
            said.with("month", line.period.on_receipt()).into()
        }
        None => t.held_allowed.into(),
    })
}

fn gone(held: &HeldCharge, t: &ContractsTexts) -> Option<String> {
    let state = match held.state {
        HeldState::Waiting => return None,
        HeldState::Released => t.state_released,
        HeldState::Refused => t.state_refused,
    };
    let mut said: String = t.held_gone.with("state", state).into();
    if let Some((by, why, _)) = &held.decided {
        let decided = t.decided.with("by", by).with("why", why);
        said = format!("{said} {decided}");
    }
    Some(said)
}

fn facts(held: &HeldCharge, t: &ContractsTexts, speech: Speech) -> Vec<(Text, String)> {
    let rows = [
        (t.account, Some(held.account.to_string())),
        (t.sum, Some(speech.money(held.amount))),
        (t.date, Some(speech.date(held.event.date))),
        (t.came, Some(speech.moment(&held.id.unix_ms()))),
        (t.key, Some(held.key.clone())),
        (t.sent_by, held.sent_by.clone()),
    ];
    let known = rows.into_iter();
    known
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

async fn lines(member: &Member, held: &HeldCharge) -> Result<Vec<(String, String)>, Failure> {
    let EventKind::Charge(charge) = &held.event.kind else {
        return Ok(Vec::new());
    };
    let services = member.desk.services().await?;
    let line = |line: &desk::ChargeLine| {
        let service = services.get(&line.service);
        let name = service.map_or(line.service.as_str(), |it| it.name.as_str());
        let month = line.period.on_receipt();
        (
            format!("{name}, {month}"),
            member.speech().money(line.amount),
        )
    };
    Ok(charge.lines.iter().map(line).collect())
}

fn held(member: &Member, id: &str) -> Result<HeldCharge, Failure> {
    let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
    member.desk.held_charge(id)?.ok_or(Failure::NotFound)
}

async fn show(member: Member, Path(id): Path<String>) -> Answer {
    member.needs(Right::Look)?;
    let held = held(&member, &id)?;
    render(&Page::of(&member, &held, Form::default()).await?)
}

async fn release(member: Member, Path(id): Path<String>, form: Form) -> Answer {
    member.needs(Right::Correct)?;
    let held = held(&member, &id)?;
    let signed = signed(&member, form.text("reason"));
    let decided = member.desk.release_charge(held.id, signed).await;
    settled(&member, (&held, "charge_released"), form, decided).await
}

async fn refuse(member: Member, Path(id): Path<String>, form: Form) -> Answer {
    member.needs(Right::Correct)?;
    let held = held(&member, &id)?;
    let signed = signed(&member, form.text("reason"));
    let decided = member.desk.refuse_charge(held.id, signed).await;
    settled(&member, (&held, "charge_refused"), form, decided).await
}

/// Leads to the list when it is decided; else the page says why it is not.
async fn settled(
    member: &Member,
    (before, act): (&HeldCharge, &str),
    mut form: Form,
    decided: Result<HeldCharge, DeskError>,
) -> Answer {
    if let Err(error) = decided {
        let t = ContractsTexts::of(member.language);
        match error {
            DeskError::HeldCharge(HeldChargeError::Decided { .. }) => {
                form.refuse("", t.decided_already);
            }
            DeskError::HeldCharge(error) => form.refuse("", t.refused.with("why", error)),
            error @ DeskError::NotSigned(_) => {
                form.refuse("reason", MachineTexts::of(member.language).refusal(error)?);
            }
            error => return Err(error.into()),
        }
        let held = held(member, &before.id.to_string())?;
        return render_wrong(&Page::of(member, &held, form).await?);
    }
    let (actor, reason) = (member.session().actor(), form.text("reason"));
    member.desk.note_act(&actor, act, before.id, reason).await?;
    Ok(done("/decisions", Notice::Ordered))
}
