//! The first page: how everything stands.

use askama::Template;
use axum::{Router, routing::get};
use desk::{CassetteView, RemarksOf, Right, SlotState, SlotView, TodayView, Turnover};
use terms::LocalDate;

use crate::{
    alert::{Alert, alerts, is_at_work, of_backups},
    answer::{Answer, render},
    chart::{Burn, Hours, Use, WIDTH},
    drawer::{self, Drawer},
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{HomeTexts, MachineTexts},
    visit::Member,
};

/// Refusals of the ОФД are told of for so long, milliseconds.
const LATELY_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// More contracts than this are not counted.
const ENDING_MAX: u32 = 1_000;
/// More refusals than this are not counted.
const REFUSALS_MAX: u32 = 100;

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    t: &'static HomeTexts,
    name: String,
    inn: String,
    /// One sentence on how everything stands, and how that looks.
    headline: (Text, &'static str),
    lead: String,
    alerts: Vec<Alert>,
    money: Vec<Money>,
    day: String,
    waiting: String,
    per_day: String,
    ends_on: Option<String>,
    tasks: Vec<Task>,
    drawers: Vec<Drawer>,
    hours: Hours,
    hours_say: String,
    flow_says: String,
    burns: Vec<BurnCard>,
    width: u32,
}

/// The receipts of one kind.
struct Money {
    label: Text,
    sum: String,
    receipts: String,
}

/// Something that waits for a person.
struct Task {
    what: String,
    path: &'static str,
}

/// How one drive is used up.
struct BurnCard {
    title: String,
    says: String,
    chart: Burn,
    first: String,
    last: String,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (HomeTexts::of(member.language), member.speech());
    let (cassette, today) = (member.desk.cassette().await?, member.desk.today().await?);
    let m = MachineTexts::of(member.language);
    let incidents = member.desk.incident_count()?;
    let known = (refused_lately(&member)?, &incidents);
    let mut alerts = alerts(&cassette, &today, known, speech);
    let now = member.desk.clock().local();
    let backups = member.program.as_ref().and_then(|it| it.backups());
    alerts.extend(backups.and_then(|it| of_backups(it, now, speech)));
    let hours = Hours::of(&today.hours, now.hour());
    let most = t.by_hour_says.with("most", speech.number(hours.most));
    let flow = t.flow_says.with("formed", speech.number(today.formed()));
    let accepted = speech.number(today.accepted());
    let page = Page {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Home, t.title)
        },
        t,
        headline: headline(&cassette, &alerts, t),
        lead: {
            let count = cassette.slots.iter().filter(|it| is_at_work(it)).count();
            t.all_good_lead.count(count as u64).into()
        },
        money: money(&today, t, speech)?,
        day: speech.date(today.day),
        waiting: match cassette.waiting {
            0 => t.nothing_waits.into(),
            count => t.waiting.count(count as u64).into(),
        },
        per_day: {
            let per_day = cassette.documents_per_day.round().max(0.0) as u64;
            t.per_day.count(per_day).into()
        },
        ends_on: {
            let day = cassette
                .ends_on
                .as_deref()
                .map(|it| drawer::day(speech, it));
            day.map(|day| t.ends_on.with("day", day).into())
        },
        tasks: tasks(&member, &cassette, &today, incidents.open()).await?,
        drawers: {
            let slots = cassette.slots.iter();
            slots.map(|slot| Drawer::of(slot, t, m, speech)).collect()
        },
        hours_say: most.with("accepted", &accepted).into(),
        flow_says: flow.with("accepted", &accepted).into(),
        burns: burns(&member, &cassette, now.date())?,
        name: cassette.name,
        inn: cassette.inn,
        alerts,
        hours,
        width: WIDTH,
    };
    render(&page)
}

fn headline(cassette: &CassetteView, alerts: &[Alert], t: &HomeTexts) -> (Text, &'static str) {
    let has_register = |slot: &SlotView| slot.rnm.is_some() || slot.lost.is_some();
    match alerts.first() {
        Some(alert) if alert.is_bad => (t.trouble, "bad"),
        Some(_) => (t.attention, "warn"),
        None if !cassette.slots.iter().any(has_register) => (t.not_set_up, "warn"),
        None => (t.all_good, "good"),
    }
}

fn refused_lately(member: &Member) -> Result<usize, crate::failure::Failure> {
    let of = RemarksOf {
        refused: Some(true),
        limit: REFUSALS_MAX,
        ..RemarksOf::default()
    };
    let since = member.desk.clock().unix_ms() - LATELY_MS;
    let remarks = member.desk.remarks(of)?;
    let is_late = |at: Option<i64>| at.is_none_or(|at| at >= since);
    Ok(remarks
        .iter()
        .filter(|remark| is_late(remark.acknowledged_at))
        .count())
}

fn money(
    today: &TodayView,
    t: &HomeTexts,
    speech: Speech,
) -> Result<Vec<Money>, crate::failure::Failure> {
    let kinds = [
        (Turnover::Payments, t.payments, true),
        (Turnover::Charges, t.charges, true),
        (Turnover::Refunds, t.refunds, true),
        (Turnover::Corrections, t.corrections, false),
    ];
    let mut money = Vec::new();
    for (of, label, always) in kinds {
        let sum = today.sum(of);
        if always || sum.receipts > 0 {
            money.push(Money {
                label,
                sum: speech.money(sum.sum().map_err(desk::DeskError::from)?),
                receipts: t.receipts.count(sum.receipts).into(),
            });
        }
    }
    Ok(money)
}

async fn tasks(
    member: &Member,
    cassette: &CassetteView,
    today: &TodayView,
    incidents: u64,
) -> Result<Vec<Task>, crate::failure::Failure> {
    let t = HomeTexts::of(member.language);
    let ending = member.desk.contracts_ending(None, ENDING_MAX).await?.len();
    let swaps = cassette.slots.iter().filter(|slot| slot.swap.is_some());
    let counts = [
        (t.in_doubt, today.in_doubt.len() as u64, "/decisions"),
        (t.held, today.held.len() as u64, "/decisions"),
        (t.incidents, incidents, "/incidents"),
        (t.bank_rows, today.bank_rows, "/imports"),
        (t.unidentified, today.unidentified, "/imports"),
        (
            t.held_charges,
            member.desk.held_charges_waiting()?,
            "/decisions",
        ),
        (t.contracts_ending, ending as u64, "/contracts"),
        (t.swaps, swaps.count() as u64, "/cassette"),
    ];
    let waiting = counts.into_iter().filter(|(_, count, _)| *count > 0);
    let task = |(text, count, path): (Text, u64, &'static str)| Task {
        what: text.count(count).into(),
        path,
    };
    Ok(waiting.map(task).collect())
}

fn burns(
    member: &Member,
    cassette: &CassetteView,
    today: LocalDate,
) -> Result<Vec<BurnCard>, crate::failure::Failure> {
    let (t, speech) = (HomeTexts::of(member.language), member.speech());
    let mut burns = Vec::new();
    let lives = |slot: &&SlotView| slot.state != SlotState::Closed;
    for slot in cassette.slots.iter().filter(lives) {
        let known = (&slot.drive, slot.documents_left, &slot.outlook);
        let (Some(drive), Some(left), Some(outlook)) = known else {
            continue;
        };
        let days = member.desk.drive_days(drive)?;
        let ends_on: Option<LocalDate> = outlook.ends_on.as_ref().and_then(|it| it.parse().ok());
        let used = Use {
            days: &days,
            left: left.into(),
            today,
            per_day: outlook.documents_per_day,
            ends_on,
        };
        let says = |text: Text| text.with("left", speech.number(left));
        if let Some(chart) = Burn::of(&used) {
            burns.push(BurnCard {
                title: format!(
                    "{}: {drive}",
                    MachineTexts::of(member.language)
                        .slot
                        .with("slot", slot.slot)
                ),
                says: match ends_on {
                    Some(day) => says(t.burn_says).with("day", speech.date(day)).into(),
                    None => says(t.burn_far).into(),
                },
                first: speech.date(chart.first),
                last: speech.date(chart.last),
                chart,
            });
        }
    }
    Ok(burns)
}
