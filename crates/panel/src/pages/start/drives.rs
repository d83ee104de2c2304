//! The drives: which are found, and how one is registered.

use askama::Template;
use axum::{extract::Path, response::Response};
use desk::{
    DeskError, DocumentsOf, Order, PortTrouble, RegistrationOrder, Right, Sight, SlotId, SlotState,
    SlotView, SurveyedPort,
};
use terms::{DriveNumber, LocalDateTime, Rnm};

use super::{Fact, is_registered, note};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    texts::{DrivesTexts, StartTexts},
    visit::Member,
};

#[derive(Template)]
#[template(path = "start_drives.html")]
struct Page {
    frame: Frame,
    t: &'static DrivesTexts,
    s: &'static StartTexts,
    slots: Vec<Slot>,
    /// What is behind the ports; none: nobody has asked.
    ports: Option<Vec<Port>>,
}

/// A slot as a card.
struct Slot {
    number: u8,
    drive: Option<String>,
    what: String,
    mood: &'static str,
    rnm: Option<String>,
    is_fresh: bool,
    reason: Option<String>,
}

/// A port as a row.
struct Port {
    device: String,
    usb: String,
    behind: String,
}

#[derive(Template)]
#[template(path = "start_drive.html")]
struct OnePage {
    frame: Frame,
    t: &'static DrivesTexts,
    form: Form,
    slot: u8,
    drive: Option<String>,
    is_emulated: bool,
    is_fresh: bool,
    /// What the ФНС is told; shown large.
    numbers: Vec<Fact>,
    /// What the cabinet asks for after the registration; empty: another program has formed it.
    report: Vec<Fact>,
}

pub(super) async fn show(member: Member) -> Answer {
    member.needs(Right::Rack)?;
    let t = DrivesTexts::of(member.language);
    let slots = member.desk.cassette().await?.slots;
    let ports = match member.query.has("look", "1") {
        true => Some(member.desk.survey().await?),
        false => None,
    };
    render(&Page {
        frame: member.frame(Place::Start, t.title),
        t,
        s: StartTexts::of(member.language),
        slots: slots.iter().map(|view| Slot::of(view, t)).collect(),
        ports: ports.map(|ports| ports.iter().map(|port| Port::of(port, t)).collect()),
    })
}

pub(super) async fn show_one(member: Member, Path(slot): Path<String>) -> Answer {
    let view = found(&member, &slot).await?;
    let serial = match &view.drive {
        Some(drive) => member.desk.register_of(drive)?.serial,
        None => None,
    };
    let serial = serial.or_else(|| view.emulated.then(|| format!("KASSETTE{:04}", view.slot)));
    let form = Form::of([("serial", serial.unwrap_or_default())]);
    render(&one(&member, &view, form).await?)
}

pub(super) async fn register(member: Member, Path(slot): Path<String>, mut form: Form) -> Answer {
    let view = found(&member, &slot).await?;
    let t = DrivesTexts::of(member.language);
    let Some(order) = read(&member, &view, &mut form, t) else {
        return render_wrong(&one(&member, &view, form).await?);
    };
    note(&member, "drive_registered", &slot).await?;
    match member.desk.register(SlotId(view.slot), &order, None).await {
        Ok(_) => Ok(registered(view.slot)),
        Err(DeskError::NotRegistrable { why, .. }) => {
            let view = found(&member, &slot).await?;
            // Somebody has pressed twice.
            if is_registered(&view) {
                return Ok(registered(view.slot));
            }
            form.refuse("", t.refused.with("why", why));
            render_wrong(&one(&member, &view, form).await?)
        }
        Err(DeskError::Term(error)) => {
            form.refuse("rnm", error.to_string());
            render_wrong(&one(&member, &view, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn registered(slot: u8) -> Response {
    done(&format!("/start/drives/{slot}"), Notice::Saved)
}

/// What was typed; none when something is wrong, which is said in the form then.
fn read(
    member: &Member,
    view: &SlotView,
    form: &mut Form,
    t: &DrivesTexts,
) -> Option<RegistrationOrder> {
    let inn = member.desk.setup().organisation.inn;
    let serial = form.text("serial").to_owned();
    let is_plain = serial
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if serial.is_empty() || serial.len() > 20 || !is_plain {
        form.refuse("serial", t.serial_bad);
        return None;
    }
    if view.emulated && form.has("compose", "yes") {
        let rnm = Rnm::compose(u64::from(view.slot), inn, &serial).ok()?;
        return Some(RegistrationOrder { serial, rnm });
    }
    let digits: String = form.text("rnm").split_whitespace().collect();
    match digits.parse::<Rnm>() {
        Ok(rnm) if rnm.belongs_to(inn, &serial) => Some(RegistrationOrder { serial, rnm }),
        Ok(_) => {
            form.refuse("rnm", t.rnm_check);
            None
        }
        Err(_) => {
            form.refuse("rnm", t.rnm_bad);
            None
        }
    }
}

async fn found(member: &Member, slot: &str) -> Result<SlotView, Failure> {
    member.needs(Right::Rack)?;
    let slot: u8 = slot.parse().map_err(|_| Failure::NotFound)?;
    let slots = member.desk.cassette().await?.slots;
    let view = slots.into_iter().find(|view| view.slot == slot);
    view.ok_or(Failure::NotFound)
}

async fn one(member: &Member, view: &SlotView, form: Form) -> Result<OnePage, Failure> {
    let t = DrivesTexts::of(member.language);
    let title: String = t.one_title.with("n", view.slot).into();
    let serial = form.text("serial").to_owned();
    let mut numbers: Vec<Fact> = Vec::new();
    let drive = view
        .drive
        .clone()
        .map(|drive| (t.drive_number.into(), drive));
    numbers.extend(drive);
    if !serial.is_empty() {
        numbers.push((t.serial.into(), serial));
    }
    Ok(OnePage {
        frame: member.frame(Place::Start, title),
        t,
        form,
        slot: view.slot,
        drive: view.drive.clone(),
        is_emulated: view.emulated,
        is_fresh: view.state == SlotState::Unregistered,
        numbers,
        report: report(member, view).await?,
    })
}

/// The registration report of a drive, as the cabinet of the ФНС asks for it.
async fn report(member: &Member, view: &SlotView) -> Result<Vec<Fact>, Failure> {
    let t = DrivesTexts::of(member.language);
    let number = view.drive.as_deref().map(str::parse::<DriveNumber>);
    let Some(Ok(drive)) = number else {
        return Ok(Vec::new());
    };
    let of = DocumentsOf {
        drive,
        from: None,
        to: None,
    };
    let first = desk::Page {
        after: None,
        order: Order::Ascending,
        limit: 1,
    };
    let documents = member.desk.documents(of, first).await?.rows.into_iter();
    let report = documents
        .map(|it| it.row)
        .find(|row| row.task == "registration");
    let facts = report.map(|row| {
        vec![
            (t.report_number.into(), row.number.get().to_string()),
            (t.report_sign.into(), format!("{:010}", row.fiscal_sign)),
            (t.report_time.into(), minute(member.speech(), &row.time)),
        ]
    });
    Ok(facts.unwrap_or_default())
}

/// A time of a document, as the language writes it.
pub(super) fn minute(speech: Speech, time: &str) -> String {
    let read = time.parse::<LocalDateTime>();
    read.map_or_else(|_| time.to_owned(), |time| speech.time(time))
}

impl Slot {
    fn of(view: &SlotView, t: &DrivesTexts) -> Self {
        let (what, mood) = match view.state {
            SlotState::Empty => (t.nothing, "idle"),
            SlotState::Probing => (t.reading, "busy"),
            SlotState::Unregistered => (t.fresh, "busy"),
            SlotState::Foreign => (t.foreign, "bad"),
            SlotState::Closing | SlotState::Closed => (t.closed, "idle"),
            SlotState::Faulty | SlotState::Lost | SlotState::InDoubt => (t.trouble, "bad"),
            _ => (t.ours, "good"),
        };
        Self {
            number: view.slot,
            drive: view.drive.clone(),
            what: what.into(),
            mood,
            rnm: view.rnm.clone(),
            is_fresh: view.state == SlotState::Unregistered,
            reason: view.reason.as_ref().map(ToString::to_string),
        }
    }
}

impl Port {
    fn of(port: &SurveyedPort, t: &DrivesTexts) -> Self {
        let behind: String = match &port.sight {
            Sight::Unopened => t.port_unopened.into(),
            Sight::Drive(drive) => t.port_drive.with("number", drive.number).into(),
            Sight::Trouble(trouble) => match trouble {
                PortTrouble::Busy => t.port_busy.into(),
                PortTrouble::NoPermission { group } => {
                    t.port_permission.with("group", group).into()
                }
                PortTrouble::Silent => t.port_silent.into(),
                PortTrouble::Missing => t.port_missing.into(),
                other => t.port_trouble.with("why", other).into(),
            },
        };
        Self {
            device: port
                .name
                .as_ref()
                .unwrap_or(&port.device)
                .display()
                .to_string(),
            usb: port
                .usb
                .as_ref()
                .map_or_else(|| "—".to_owned(), |usb| usb.title.clone()),
            behind,
        }
    }
}
