//! What may be ordered about a slot, each with its consequences, a name and a reason.

use askama::Template;
use axum::{Router, routing::get};
use desk::{DeskError, Right, Signed, SlotId};

use super::slot_view;
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    path::Path,
    text::Text,
    texts::{CassetteTexts, MachineTexts},
    visit::Member,
};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/cassette/clock", get(ask_clock).post(trust_clock))
        .route("/cassette/{slot}/order/{what}", get(ask).post(order))
}

/// What may be ordered about a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Adopt,
    Export,
    Reprobe,
}

#[derive(Template)]
#[template(path = "order.html")]
struct Page {
    frame: Frame,
    t: &'static CassetteTexts,
    form: Form,
    lead: String,
    risk: Text,
    /// What the button says.
    label: Text,
    hint: String,
    /// Where it leads when nothing is to be done.
    back: String,
}

impl What {
    fn named(name: &str) -> Result<Self, Failure> {
        Ok(match name {
            "adopt" => Self::Adopt,
            "export" => Self::Export,
            "reprobe" => Self::Reprobe,
            _ => return Err(Failure::NotFound),
        })
    }

    const fn words(self, t: &CassetteTexts) -> (Text, Text, Text) {
        match self {
            Self::Adopt => (t.adopt, t.adopt_lead, t.adopt_risk),
            Self::Export => (t.export, t.export_lead, t.export_risk),
            Self::Reprobe => (t.reprobe, t.reprobe_lead, t.reprobe_risk),
        }
    }

    /// The word in the trail.
    const fn act(self) -> &'static str {
        match self {
            Self::Adopt => "drive_adopted",
            Self::Export => "drive_exported",
            Self::Reprobe => "slot_reprobed",
        }
    }
}

impl Page {
    fn of(member: &Member, (slot, what): (u8, What), form: Form) -> Self {
        let t = CassetteTexts::of(member.language);
        let (label, lead, risk) = what.words(t);
        let slot_name = MachineTexts::of(member.language).slot.with("slot", slot);
        let title = format!("{slot_name}: {label}");
        Self {
            frame: member.frame(Place::Cassette, title),
            t,
            form,
            lead: lead.into(),
            risk,
            label,
            hint: hint(member, t),
            back: format!("/cassette/{slot}"),
        }
    }

    fn of_clock(member: &Member, form: Form) -> Self {
        let t = CassetteTexts::of(member.language);
        let now = member.speech().time(member.desk.clock().local());
        Self {
            frame: member.frame(Place::Cassette, t.clock),
            t,
            form,
            lead: t.clock_lead.with("now", now).into(),
            risk: t.clock_risk,
            label: t.clock,
            hint: hint(member, t),
            back: "/cassette".to_owned(),
        }
    }
}

fn hint(member: &Member, t: &CassetteTexts) -> String {
    let name = &member.session().person.name;
    t.reason_hint.with("name", name).into()
}

/// Who orders it, and why.
pub(crate) fn signed(member: &Member, reason: &str) -> Signed {
    Signed {
        by: member.session().person.name.clone(),
        reason: reason.to_owned(),
        key: None,
    }
}

/// Says beside the reason why an order is not obeyed; failures of the server are pages.
pub(crate) fn refuse(form: &mut Form, member: &Member, error: DeskError) -> Result<(), Failure> {
    let field = match &error {
        DeskError::NotSigned(_) => "reason",
        _ => "",
    };
    let why = MachineTexts::of(member.language).refusal(error)?;
    form.refuse(field, why);
    Ok(())
}

async fn ask(member: Member, Path((slot, what)): Path<(u8, String)>) -> Answer {
    member.needs(Right::Rack)?;
    let what = What::named(&what)?;
    slot_view(&member, slot).await?;
    render(&Page::of(&member, (slot, what), Form::default()))
}

async fn order(member: Member, Path((slot, what)): Path<(u8, String)>, mut form: Form) -> Answer {
    member.needs(Right::Rack)?;
    let what = What::named(&what)?;
    slot_view(&member, slot).await?;
    let (desk, id) = (&member.desk, SlotId(slot));
    let signed = signed(&member, form.text("reason"));
    let reason = signed.reason.clone();
    let ordered = match what {
        What::Adopt => desk.adopt(id, signed).await.map(|_| ()),
        What::Export => desk.export(id, signed).await.map(|_| ()),
        // It changes nothing, so the machine asks for no reason; the trail does.
        What::Reprobe if reason.is_empty() => Err(DeskError::NotSigned("say why")),
        What::Reprobe => desk.reprobe(id).await.map(|_| ()),
    };
    if let Err(error) = ordered {
        refuse(&mut form, &member, error)?;
        return render_wrong(&Page::of(&member, (slot, what), form));
    }
    let actor = member.session().actor();
    desk.note_act(&actor, what.act(), slot, reason).await?;
    Ok(done(&format!("/cassette/{slot}"), Notice::Ordered))
}

async fn ask_clock(member: Member) -> Answer {
    member.needs(Right::Rack)?;
    render(&Page::of_clock(&member, Form::default()))
}

async fn trust_clock(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Rack)?;
    let signed = signed(&member, form.text("reason"));
    let reason = signed.reason.clone();
    if let Err(error) = member.desk.trust_clock(signed).await {
        refuse(&mut form, &member, error)?;
        return render_wrong(&Page::of_clock(&member, form));
    }
    let actor = member.session().actor();
    let desk = &member.desk;
    desk.note_act(&actor, "clock_trusted", "", reason).await?;
    Ok(done("/cassette", Notice::Ordered))
}
