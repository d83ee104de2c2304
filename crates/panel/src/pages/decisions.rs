//! Receipts about which somebody has to decide: those in doubt, and those that are held.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{DeskError, HeldState, HistoryOf, IntentView, ReceiptState, ReceiptView, Right};
use terms::Id;

use super::{
    cassette::{refuse, signed},
    held_charges,
};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    drawer,
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{ContractsTexts, DecisionsTexts, MachineTexts},
    visit::Member,
};

/// Receipts of one kind that a page shows.
const SHOWN: usize = 100;
/// Entries of a receipt's history.
const HISTORY: u32 = 20;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/decisions", get(show))
        .route("/decisions/{id}", get(show_one))
        .route("/decisions/{id}/form-anew", post(form_anew))
        .route("/decisions/{id}/release", post(release))
        .route("/decisions/{id}/cancel", post(cancel))
}

#[derive(Template)]
#[template(path = "decisions.html")]
struct Page {
    frame: Frame,
    t: &'static DecisionsTexts,
    in_doubt: Vec<Row>,
    held: Vec<Row>,
    charges: Vec<held_charges::Row>,
    c: &'static ContractsTexts,
    more: Option<String>,
}

/// A receipt in a list.
struct Row {
    id: String,
    sum: String,
    account: String,
    accepted: String,
    why: String,
}

#[derive(Template)]
#[template(path = "decision.html")]
struct OnePage {
    frame: Frame,
    t: &'static DecisionsTexts,
    form: Form,
    id: String,
    state: ReceiptState,
    gone: Option<String>,
    why: String,
    facts: Vec<(Text, String)>,
    lines: Vec<(String, String)>,
    history: Vec<(String, String)>,
    wait: String,
    code_label: String,
    code_hint: Text,
    may_settle: bool,
    may_cancel: bool,
}

impl Row {
    fn of(view: &ReceiptView, speech: Speech) -> Self {
        Self {
            id: view.id.to_string(),
            sum: speech.money(view.receipt.total),
            account: view.account.clone().unwrap_or_else(|| "—".to_owned()),
            accepted: speech.moment(&view.id.unix_ms()),
            why: view.reason.clone().unwrap_or_default(),
        }
    }
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (DecisionsTexts::of(member.language), member.speech());
    let today = member.desk.today().await?;
    let rows = |ids: &[Id]| -> Result<Vec<Row>, DeskError> {
        let mut rows = Vec::new();
        for id in ids.iter().take(SHOWN) {
            if let Some(view) = member.desk.receipt(*id)? {
                rows.push(Row::of(&view, speech));
            }
        }
        Ok(rows)
    };
    let charges = member
        .desk
        .held_charges(HeldState::Waiting, None, SHOWN as u32 + 1)
        .await?;
    let most = today.in_doubt.len().max(today.held.len());
    let is_cut = most.max(charges.len()) > SHOWN;
    let charges = charges.iter().take(SHOWN);
    let charges = charges.map(|held| held_charges::Row::of(held, &member));
    let page = Page {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Decisions, t.title)
        },
        t,
        in_doubt: rows(&today.in_doubt)?,
        held: rows(&today.held)?,
        charges: charges.collect::<Result<_, _>>()?,
        c: ContractsTexts::of(member.language),
        more: is_cut.then(|| t.more.with("n", SHOWN).into()),
    };
    render(&page)
}

/// What has to be typed to confirm: the end of the drive's number, or of the receipt's.
fn code(view: &ReceiptView, intent: Option<&IntentView>) -> String {
    let number = intent.map_or_else(|| view.id.to_string(), |intent| intent.drive.clone());
    let start = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    number[start..].to_owned()
}

impl OnePage {
    fn of(member: &Member, view: &ReceiptView, form: Form) -> Result<Self, Failure> {
        let (t, speech) = (DecisionsTexts::of(member.language), member.speech());
        let intent = member.desk.intent_of(view.id)?;
        let m = MachineTexts::of(member.language);
        let code = code(view, intent.as_ref());
        let history = member.desk.history(HistoryOf {
            slot: None,
            receipt: Some(view.id),
            limit: HISTORY,
        })?;
        let history = history.into_iter().map(|entry| {
            let by = entry.by.map(|by| format!("{by}: ")).unwrap_or_default();
            let what = format!("{by}{}. {}", m.happened(&entry.what), entry.detail);
            (speech.moment(&entry.at), what)
        });
        let lines = view.receipt.all_lines().iter();
        let sum = speech.money(view.receipt.total);
        let is_open = matches!(view.state, ReceiptState::Held | ReceiptState::InDoubt);
        let may = |right| member.session().may(right);
        Ok(Self {
            frame: member.frame(Place::Decisions, t.one_title.with("sum", sum)),
            t,
            form,
            id: view.id.to_string(),
            state: view.state,
            gone: (!is_open).then(|| t.gone.with("state", t.state_of(view.state)).into()),
            why: view.reason.clone().unwrap_or_default(),
            facts: facts(view, intent.as_ref(), t, speech),
            lines: lines
                .map(|line| (line.name.clone(), speech.money(line.amount)))
                .collect(),
            history: history.collect(),
            wait: match &intent {
                Some(intent) => t.wait_says.with("drive", &intent.drive).into(),
                None => t.wait_unknown.into(),
            },
            code_label: t.code.with("code", &code).into(),
            code_hint: match &intent {
                Some(_) => t.code_hint,
                None => t.code_hint_receipt,
            },
            may_settle: may(Right::Settle),
            may_cancel: may(Right::Correct),
        })
    }
}

impl DecisionsTexts {
    /// Where a receipt stands.
    pub(crate) const fn state_of(&self, state: ReceiptState) -> Text {
        match state {
            ReceiptState::Queued => self.state_queued,
            ReceiptState::OnDrive => self.state_on_drive,
            ReceiptState::Held => self.state_held,
            ReceiptState::InDoubt => self.state_in_doubt,
            ReceiptState::Refused => self.state_refused,
            ReceiptState::Fiscalized => self.state_fiscalized,
            ReceiptState::Acknowledged => self.state_acknowledged,
        }
    }
}

fn facts(
    view: &ReceiptView,
    intent: Option<&IntentView>,
    t: &DecisionsTexts,
    speech: Speech,
) -> Vec<(Text, String)> {
    let rows = [
        (t.state, Some(t.state_of(view.state).into())),
        (t.sum, Some(speech.money(view.receipt.total))),
        (t.account, view.account.clone()),
        (t.contact, view.receipt.contact.clone()),
        (t.date, Some(speech.date(view.receipt.date))),
        (t.accepted, Some(speech.moment(&view.id.unix_ms()))),
        (t.operation, Some(view.operation.to_string())),
        (t.drive, intent.map(|intent| intent.drive.clone())),
        (t.slot, intent.map(|intent| intent.slot.to_string())),
        (
            t.number,
            intent.map(|intent| speech.number(intent.number.get())),
        ),
        (
            t.passed,
            intent.map(|intent| drawer::time(speech, &intent.time)),
        ),
    ];
    let known = rows.into_iter();
    known
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

fn receipt(member: &Member, id: &str) -> Result<ReceiptView, Failure> {
    let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
    member.desk.receipt(id)?.ok_or(Failure::NotFound)
}

async fn show_one(member: Member, Path(id): Path<String>) -> Answer {
    member.needs(Right::Look)?;
    let view = receipt(&member, &id)?;
    render(&OnePage::of(&member, &view, Form::default())?)
}

async fn form_anew(member: Member, Path(id): Path<String>, mut form: Form) -> Answer {
    member.needs(Right::Settle)?;
    let view = receipt(&member, &id)?;
    let t = DecisionsTexts::of(member.language);
    let intent = member.desk.intent_of(view.id)?;
    let code = code(&view, intent.as_ref());
    if !form.text("code").eq_ignore_ascii_case(&code) {
        form.refuse("code", t.code_wrong.with("code", code));
        return render_wrong(&OnePage::of(&member, &view, form)?);
    }
    let signed = signed(&member, form.text("reason"));
    let ordered = member.desk.form_anew(view.id, signed).await;
    settled(&member, (&view, "formed_anew"), form, ordered).await
}

async fn release(member: Member, Path(id): Path<String>, form: Form) -> Answer {
    member.needs(Right::Settle)?;
    let view = receipt(&member, &id)?;
    let signed = signed(&member, form.text("reason"));
    let ordered = member.desk.release(view.id, signed).await;
    settled(&member, (&view, "released"), form, ordered).await
}

async fn cancel(member: Member, Path(id): Path<String>, form: Form) -> Answer {
    member.needs(Right::Correct)?;
    let view = receipt(&member, &id)?;
    let signed = signed(&member, form.text("reason"));
    let ordered = member.desk.cancel(view.operation, signed).await;
    settled(
        &member,
        (&view, "operation_cancelled"),
        form,
        ordered.map(|_| ()),
    )
    .await
}

/// Leads to the list when it is ordered; else the page says why it is not.
async fn settled(
    member: &Member,
    (view, act): (&ReceiptView, &str),
    mut form: Form,
    ordered: Result<(), DeskError>,
) -> Answer {
    if let Err(error) = ordered {
        refuse(&mut form, member, error)?;
        let view = receipt(member, &view.id.to_string())?;
        return render_wrong(&OnePage::of(member, &view, form)?);
    }
    let (actor, reason) = (member.session().actor(), form.text("reason"));
    member.desk.note_act(&actor, act, view.id, reason).await?;
    Ok(done("/decisions", Notice::Ordered))
}
