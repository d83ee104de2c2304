//! «Which receipt do I need?»: what would come of what has happened, on an account of the journal or
//! an invented one. Nothing is stored.

mod scenario;

use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, routing::get};
use desk::{Account, Preview, Rehearsal, Right, Service};
use terms::{AccountNumber, ServiceCode};

use crate::{
    address::Asked,
    answer::{Answer, render},
    failure::Failure,
    frame::Frame,
    nav::Place,
    paper::{Paper, Remark},
    text::Text,
    texts::{CalculatorTexts, WordsTexts},
    typed,
    visit::Member,
    words::Why,
};
use scenario::{Given, Scenario, other, right_receipt};

pub(crate) fn routes() -> Router {
    Router::new().route("/calculator", get(show))
}

#[derive(Template)]
#[template(path = "calculator.html")]
struct Page {
    frame: Frame,
    t: &'static CalculatorTexts,
    words: &'static WordsTexts,
    asked: Asked,
    scenarios: Vec<(&'static str, Text)>,
    services: Vec<(String, String)>,
    steps: Vec<Step>,
    why: Option<Why>,
    saldos: Vec<(String, String)>,
}

/// What comes of one event.
struct Step {
    title: String,
    papers: Vec<Paper>,
    remarks: Vec<Remark>,
}

async fn show(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let (t, words) = (
        CalculatorTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let services = member.desk.services().await?;
    let speech = member.speech();
    let rehearsal = match read(&member, &mut asked, &services, words)? {
        Some((scenario, given)) => Some(rehearse(&member, scenario, &given).await?),
        None => None,
    };
    let (steps, why, saldos) = match rehearsal {
        None => (Vec::new(), None, Vec::new()),
        Some(rehearsal) => {
            let refused = rehearsal.refused.as_ref();
            let steps = rehearsal.steps.iter().enumerate();
            (
                steps
                    .map(|(place, preview)| Step::of(place, preview, &member, t))
                    .collect(),
                refused.map(|refused| Why::of(refused, speech)),
                saldos(&rehearsal.accounts, &member)?,
            )
        }
    };
    render(&Page {
        frame: member.frame(Place::Calculator, t.title),
        t,
        words,
        scenarios: Scenario::ALL
            .map(|(scenario, name)| (name, scenario.label(t)))
            .to_vec(),
        services: services
            .into_iter()
            .map(|(code, service)| (code.to_string(), service.name))
            .collect(),
        steps,
        why,
        saldos,
        asked,
    })
}

/// What is asked; none when nothing is, or when something in it is wrong.
fn read(
    member: &Member,
    asked: &mut Asked,
    services: &BTreeMap<ServiceCode, Service>,
    words: &WordsTexts,
) -> Result<Option<(Scenario, Given)>, Failure> {
    let scenario = asked.read("scenario", Scenario::from_name, words.choose);
    let (Some(scenario), Some(first)) = (scenario, services.keys().next()) else {
        return Ok(None);
    };
    let known = |code: &str| code.parse().ok().filter(|code| services.contains_key(code));
    let service = asked.read("service", known, words.choose);
    let service = service.unwrap_or_else(|| first.clone());
    let number = asked.read(
        "account",
        |it| it.parse::<AccountNumber>().ok(),
        words.bad_account,
    );
    let account = match number {
        None => None,
        Some(number) => match member.desk.account(&number)? {
            Some(view) => Some(view.account),
            None => {
                asked.refuse("account", words.unknown_account);
                None
            }
        },
    };
    let amount = asked.read("amount", typed::sum, words.bad_money);
    if amount.is_none() && asked.error("amount").is_empty() {
        asked.refuse("amount", words.required);
    }
    let right = asked.read("right", typed::sum, words.bad_money);
    let debt = asked.read("debt", typed::sum, words.bad_money);
    let advance = asked.read("advance", typed::sum, words.bad_money);
    let (Some(amount), true) = (amount, asked.is_fine()) else {
        return Ok(None);
    };
    let vat = services.get(&service).map(|service| service.vat.clone());
    Ok(vat.map(|vat| {
        let given = Given {
            account,
            service,
            vat,
            amount,
            right: right.unwrap_or(amount),
            is_cash: asked.has("money", "cash"),
            debt,
            has_credit: asked.has("credit", "yes"),
            advance,
            today: member.desk.clock().local().date(),
        };
        (scenario, given)
    }))
}

async fn rehearse(
    member: &Member,
    scenario: Scenario,
    given: &Given,
) -> Result<Rehearsal, Failure> {
    let account = given.account(scenario).map_err(desk::DeskError::from)?;
    let stranger = other(&account).map_err(desk::DeskError::from)?;
    let mut right = None;
    if scenario.is_fix() {
        // What the right receipt would have been is computed by the same rules.
        let (on, amount) = match scenario {
            Scenario::OtherAccount => (&stranger, given.amount),
            _ => (&account, given.right),
        };
        let event = given.payment("right", on.number.clone(), amount);
        let played = member.desk.rehearse(vec![on.clone()], &[event]).await?;
        let receipt = played.steps.first().and_then(|step| step.receipts.first());
        match receipt {
            Some(receipt) => right = Some(right_receipt(receipt)),
            None => return Ok(played),
        }
    }
    let events = given.events(scenario, &account, right);
    let accounts = match scenario {
        Scenario::OtherAccount => vec![account, stranger],
        _ => vec![account],
    };
    Ok(member.desk.rehearse(accounts, &events).await?)
}

fn saldos(accounts: &[Account], member: &Member) -> Result<Vec<(String, String)>, Failure> {
    let saldo = |account: &Account| {
        let saldo = member.speech().money(desk::saldo(account)?);
        Ok((account.number.to_string(), saldo))
    };
    let saldos: terms::Result<_> = accounts.iter().map(saldo).collect();
    Ok(saldos.map_err(desk::DeskError::from)?)
}

impl Step {
    fn of(place: usize, preview: &Preview, member: &Member, t: &CalculatorTexts) -> Self {
        let speech = member.speech();
        Self {
            title: t.step.with("n", place + 1).into(),
            papers: Paper::all(preview, member.desk.setup(), speech),
            remarks: Remark::all(&preview.records, speech),
        }
    }
}
