//! One account: what it has and owes, and its life with the reasons for each receipt.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::{get, post},
};
use desk::{
    Account, AccountView, Order, Page as ListPage, PayerKind, Right, StatementEventView,
    StatementView, contact,
};
use terms::{AccountNumber, Id, Kopecks, ServiceCode};

use super::{act::names_of, contracts};
use crate::{
    address::{self, Asked},
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    order::Act,
    paper::{ReceiptLink, Remark},
    speech::Speech,
    texts::{AccountsTexts, ContractsTexts, WordsTexts},
    visit::Member,
};

/// Events on a page.
const ROWS: u32 = 30;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/accounts/{number}", get(show))
        .route("/accounts/{number}/contact", post(set_contact))
        .route("/accounts/{number}/statement.csv", get(statement))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    t: &'static AccountsTexts,
    words: &'static WordsTexts,
    form: Form,
    path: String,
    contact: Option<String>,
    is_business: bool,
    saldo: String,
    saldo_words: &'static str,
    saldo_mood: &'static str,
    acts: Vec<(String, &'static str)>,
    may_edit: bool,
    services: Vec<ServiceRow>,
    debts: Vec<DebtRow>,
    written_off: Vec<DebtRow>,
    lots: Vec<LotRow>,
    contracts: Vec<contracts::Shown>,
    c: &'static ContractsTexts,
    events: Vec<EventRow>,
    next: Option<String>,
    first: Option<String>,
    csv: String,
}

struct ServiceRow {
    name: String,
    advances: String,
    debts: String,
    penalties: String,
}

struct DebtRow {
    service: String,
    month: String,
    open: String,
    has_credit: bool,
    write_off: String,
}

struct LotRow {
    service: String,
    came: String,
    money: &'static str,
    left: String,
}

/// Something in the life of an account.
struct EventRow {
    kind: String,
    path: String,
    accepted: String,
    delta: String,
    /// How the delta looks.
    mood: &'static str,
    saldo: String,
    sent_by: Option<String>,
    cancelled: Option<String>,
    receipts: Vec<ReceiptLink>,
    remarks: Vec<Remark>,
}

async fn show(member: Member, Path(number): Path<String>, asked: Asked) -> Answer {
    render(&page(&member, &number, asked, None).await?)
}

async fn page(
    member: &Member,
    number: &str,
    mut asked: Asked,
    form: Option<Form>,
) -> Result<Page, Failure> {
    member.needs(Right::Look)?;
    let (t, words) = (
        AccountsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let speech = member.speech();
    let number: AccountNumber = number.parse().map_err(|_| Failure::NotFound)?;
    let after: Option<Id> = asked.read("after", |id| id.parse().ok(), words.nothing_found);
    let page = ListPage {
        after,
        order: Order::Descending,
        limit: ROWS,
    };
    let statement = member.desk.statement(number.clone(), (None, None), page);
    let statement = statement.await?.ok_or(Failure::NotFound)?;
    let names = names_of(member).await?;
    let AccountView { account, saldo, .. } = &statement.account;
    let (saldo_words, saldo_mood) = match saldo.get() {
        ..0 => (t.owes, "warn"),
        0 => (t.even, "idle"),
        1.. => (t.ahead, "good"),
    };
    let path = address::account(number.as_str());
    let events = statement.events.rows.iter();
    let contact = account.contact.clone();
    let typed = || Form::of([("contact", contact.clone().unwrap_or_default())]);
    Ok(Page {
        frame: member.frame(Place::Accounts, t.one.with("number", &number)),
        t,
        words,
        form: form.unwrap_or_else(typed),
        is_business: account.payer_kind == PayerKind::Business,
        saldo: speech.money(*saldo),
        saldo_words: saldo_words.0,
        saldo_mood,
        acts: acts(member, &path, account, t),
        may_edit: member.session().may(Right::Submit),
        services: service_rows(&statement, &names, speech)?,
        debts: debt_rows(&account.debts, &path, &names, speech),
        written_off: debt_rows(&account.written_off, &path, &names, speech),
        lots: lot_rows(account, &names, speech),
        contracts: contracts::shown(member, &number).await?.unwrap_or_default(),
        c: ContractsTexts::of(member.language),
        events: events.map(|event| EventRow::of(event, speech)).collect(),
        next: statement
            .events
            .next
            .map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
        csv: format!("{path}/statement.csv"),
        contact,
        path,
    })
}

/// What may be ordered here, with the address of each.
fn acts(
    member: &Member,
    path: &str,
    account: &Account,
    t: &AccountsTexts,
) -> Vec<(String, &'static str)> {
    let has_money = !account.advances.is_empty() || !account.settled.is_empty();
    let owes = !account.debts.is_empty() || !account.penalties.is_empty();
    let has_charge = !account.debts.is_empty() || !account.settled.is_empty();
    let acts = [
        (Act::Payment, t.do_payment, true),
        (Act::Refund, t.do_refund, has_money),
        (Act::Recalc, t.do_recalc, has_charge),
        (Act::Move, t.do_move, !account.advances.is_empty()),
        (Act::WriteOff, t.do_writeoff, owes),
    ];
    let possible = acts
        .into_iter()
        .filter(|(act, _, is_possible)| *is_possible && member.session().may(act.right()));
    possible
        .map(|(act, label, _)| (format!("{path}/{}", act.name()), label.0))
        .collect()
}

fn service_rows(
    statement: &StatementView,
    names: &impl Fn(Option<&ServiceCode>) -> String,
    speech: Speech,
) -> Result<Vec<ServiceRow>, Failure> {
    let dash = |sum: Kopecks| match sum.is_zero() {
        true => "—".to_owned(),
        false => speech.money(sum),
    };
    let by_service = statement.by_service().map_err(desk::DeskError::from)?;
    let row = |(code, balance): (Option<ServiceCode>, desk::ServiceBalance)| ServiceRow {
        name: names(code.as_ref()),
        advances: dash(balance.advances),
        debts: dash(balance.debts),
        penalties: dash(balance.penalties),
    };
    Ok(by_service.into_iter().map(row).collect())
}

fn debt_rows(
    debts: &[desk::Debt],
    path: &str,
    names: &impl Fn(Option<&ServiceCode>) -> String,
    speech: Speech,
) -> Vec<DebtRow> {
    let row = |debt: &desk::Debt| {
        let chosen = format!("debt:{}", debt.id);
        let act = format!("{path}/{}", Act::WriteOff.name());
        DebtRow {
            service: names(Some(&debt.service)),
            month: debt.period.on_receipt(),
            open: speech.money(debt.open),
            has_credit: debt.credit,
            write_off: address::query(&act, [("debt", chosen.as_str())]),
        }
    };
    debts.iter().map(row).collect()
}

fn lot_rows(
    account: &Account,
    names: &impl Fn(Option<&ServiceCode>) -> String,
    speech: Speech,
) -> Vec<LotRow> {
    let words = WordsTexts::of(speech.language);
    let row = |lot: &desk::Lot| LotRow {
        service: names(lot.service.as_ref()),
        came: speech.date(lot.date),
        money: words.money(lot.kind).0,
        left: speech.money(lot.amount),
    };
    account.advances.iter().map(row).collect()
}

impl EventRow {
    fn of(event: &StatementEventView, speech: Speech) -> Self {
        let (t, words) = (
            AccountsTexts::of(speech.language),
            WordsTexts::of(speech.language),
        );
        let operation = &event.operation;
        let receipts = operation.receipts.iter();
        let cancelled = operation.cancelled.as_ref();
        let sent_by = operation.sent_by.as_ref();
        Self {
            kind: words.kind(&operation.kind).to_owned(),
            path: format!("/operations/{}", operation.id),
            accepted: speech.time(event.accepted),
            delta: match event.delta.is_positive() {
                true => format!("+{}", speech.money(event.delta)),
                false => speech.money(event.delta),
            },
            mood: if event.delta.is_positive() {
                "in"
            } else {
                "out"
            },
            saldo: t
                .saldo_after
                .with("saldo", speech.money(event.saldo))
                .into(),
            sent_by: sent_by.map(|key| t.sent_by.with("key", key).into()),
            cancelled: cancelled.map(|it| {
                let by = t.cancelled.with("by", &it.by);
                by.with("reason", &it.reason).into()
            }),
            receipts: receipts.map(|it| ReceiptLink::of(it, speech)).collect(),
            remarks: Remark::stored(&operation.records, speech),
        }
    }
}

async fn set_contact(
    member: Member,
    Path(number): Path<String>,
    asked: Asked,
    mut form: Form,
) -> Answer {
    member.needs(Right::Submit)?;
    let words = WordsTexts::of(member.language);
    let parsed: AccountNumber = number.parse().map_err(|_| Failure::NotFound)?;
    let known = member.desk.account(&parsed)?.ok_or(Failure::NotFound)?;
    let typed = form.text("contact").to_owned();
    let new = match typed.is_empty() {
        true => None,
        false => match contact(&typed) {
            Ok(contact) => Some(contact),
            Err(_) => {
                form.refuse("contact", words.bad_contact);
                return render_wrong(&page(&member, &number, asked, Some(form)).await?);
            }
        },
    };
    let account = Account {
        contact: new.clone(),
        payer_kind: known.account.payer_kind,
        ..Account::new(parsed.clone())
    };
    member.desk.put_accounts(vec![account], None).await?;
    let detail = new.unwrap_or_default();
    let by = member.session().actor();
    let noted = member
        .desk
        .note_act(&by, "account_contact", &parsed, detail);
    noted.await?;
    Ok(done(&address::account(parsed.as_str()), Notice::Saved))
}

async fn statement(member: Member, Path(number): Path<String>) -> Answer {
    member.needs(Right::Look)?;
    let number: AccountNumber = number.parse().map_err(|_| Failure::NotFound)?;
    let csv = member.desk.statement_csv(number, (None, None)).await;
    let csv = match csv {
        Err(desk::DeskError::TooLong { .. }) => return Err(Failure::TooLarge),
        other => other?.ok_or(Failure::NotFound)?,
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"statement.csv\""),
        ),
    ];
    Ok((headers, csv).into_response())
}
