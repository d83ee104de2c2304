//! Operations: what waits, the list, and one of them.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{
    Cell, ColumnKind, Days, DeskError, ExportFormat, Listed, OperationView, OperationsOf, Order,
    Page as ListPage, ReceiptState, ReceiptsOf, Right, Signed, Table,
};
use terms::Id;

use crate::{
    address::{self, Asked, Downloads},
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    paper::{Paper, ReceiptLink, Remark},
    speech::Speech,
    tables,
    texts::{OperationsTexts, WordsTexts},
    typed,
    visit::Member,
};

/// Operations on a page.
const ROWS: u32 = 50;
/// Receipts that are shown as waiting.
const WAITING: u32 = 20;
/// All types, in the order of the filter.
const KINDS: [&str; 12] = [
    "payment",
    "charge",
    "refund",
    "recalc",
    "move",
    "writeoff",
    "identify",
    "period_close",
    "cancel_payment",
    "restore_payment",
    "fix_receipt",
    "receipt",
];

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/operations", get(list))
        .route("/operations.csv", get(csv))
        .route("/operations.xlsx", get(xlsx))
        .route("/operations/{id}", get(show))
        .route("/operations/{id}/cancel", post(cancel))
}

#[derive(Template)]
#[template(path = "operations.html")]
struct ListOf {
    frame: Frame,
    t: &'static OperationsTexts,
    words: &'static WordsTexts,
    asked: Asked,
    kinds: Vec<(&'static str, &'static str)>,
    waiting: Vec<ReceiptLink>,
    rows: Vec<Row>,
    downloads: Downloads,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    id: String,
    kind: String,
    accepted: String,
    account: Option<(String, String)>,
    is_cancelled: bool,
    receipts: Vec<ReceiptLink>,
}

#[derive(Template)]
#[template(path = "operation.html")]
struct Page {
    frame: Frame,
    t: &'static OperationsTexts,
    words: &'static WordsTexts,
    form: Form,
    id: String,
    key: String,
    accepted: String,
    sender: String,
    account: Option<(String, String)>,
    cancelled: Option<String>,
    receipts: Vec<(ReceiptLink, Paper)>,
    remarks: Vec<Remark>,
    body: String,
    may_cancel: bool,
}

async fn list(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let (t, words) = (
        OperationsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let after: Option<Id> = asked.read("after", |id| id.parse().ok(), words.nothing_found);
    let of = filters(&mut asked, words);
    let page = ListPage {
        after,
        order: Order::Descending,
        limit: ROWS,
    };
    let Listed { rows, next } = match asked.is_fine() {
        true => member.desk.operations(of, page).await?,
        false => Listed {
            rows: Vec::new(),
            next: None,
        },
    };
    let speech = member.speech();
    render(&ListOf {
        frame: member.frame(Place::Operations, t.title),
        t,
        words,
        kinds: KINDS.map(|kind| (kind, words.kind(kind))).to_vec(),
        waiting: waiting(&member).await?,
        rows: rows.iter().map(|view| Row::of(view, speech)).collect(),
        downloads: Downloads::of(&asked, "/operations"),
        next: next.map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
        asked,
    })
}

/// What the filter says; what is wrong with it is said beside its field.
fn filters(asked: &mut Asked, words: &WordsTexts) -> OperationsOf {
    OperationsOf {
        account: asked.read("account", |it| it.parse().ok(), words.bad_account),
        kind: Some(asked.text("kind").to_owned()).filter(|kind| !kind.is_empty()),
        days: Days {
            from: asked.read("from", typed::day, words.bad_day),
            to: asked.read("to", typed::day, words.bad_day),
        },
        key_prefix: Some(asked.text("key").to_owned()).filter(|key| !key.is_empty()),
        ..OperationsOf::default()
    }
}

async fn csv(member: Member, asked: Asked) -> Answer {
    taken(member, asked, ExportFormat::Csv).await
}

async fn xlsx(member: Member, asked: Asked) -> Answer {
    taken(member, asked, ExportFormat::Xlsx).await
}

/// The same as a table.
async fn taken(member: Member, mut asked: Asked, format: ExportFormat) -> Answer {
    member.needs(Right::Look)?;
    let (t, words) = (
        OperationsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let of = filters(&mut asked, words);
    if !asked.is_fine() {
        return Err(Failure::BadForm);
    }
    let columns = [
        (t.kind, ColumnKind::Text),
        (t.accepted, ColumnKind::Text),
        (t.account, ColumnKind::Text),
        (t.receipts, ColumnKind::Number),
        (t.total, ColumnKind::Money),
        (t.states, ColumnKind::Text),
        (t.sent_by, ColumnKind::Text),
        (t.is_cancelled, ColumnKind::Number),
        (t.idempotency, ColumnKind::Text),
        (t.id, ColumnKind::Text),
    ];
    let (desk, speech) = (&member.desk, member.speech());
    let read = move |page| desk.operations(of.clone(), page);
    let put = |table: &mut Table, view: OperationView| table.push(cells(&view, t, speech));
    let table = tables::table(t.title, columns)?;
    let taken = tables::walked(table, Order::Descending, read, put).await?;
    taken.download(&member, "operations", format)
}

fn cells(view: &OperationView, t: &OperationsTexts, speech: Speech) -> Vec<Cell> {
    let words = WordsTexts::of(speech.language);
    let totals = view.receipts.iter().map(|it| it.receipt.total);
    let states: Vec<String> = view
        .receipts
        .iter()
        .map(|it| words.state(it.state).to_string())
        .collect();
    vec![
        Cell::text(words.kind(&view.kind)),
        Cell::text(speech.moment(&view.id.unix_ms())),
        Cell::optional(view.account.as_deref()),
        Cell::Number(i64::try_from(view.receipts.len()).unwrap_or(i64::MAX)),
        // A sum beyond all money is left open rather than wrong.
        terms::Kopecks::sum(totals).map_or(Cell::Empty, Cell::Money),
        Cell::text(states.join(", ")),
        Cell::text(sender(view, t)),
        Cell::Number(i64::from(view.cancelled.is_some())),
        Cell::text(&view.key),
        Cell::text(view.id),
    ]
}

/// The receipts that a person has to look at.
async fn waiting(member: &Member) -> Result<Vec<ReceiptLink>, Failure> {
    let of = ReceiptsOf {
        states: vec![ReceiptState::Held, ReceiptState::InDoubt],
        ..ReceiptsOf::default()
    };
    let page = ListPage {
        after: None,
        order: Order::Ascending,
        limit: WAITING,
    };
    let Listed { rows, .. } = member.desk.receipts(of, page).await?;
    let speech = member.speech();
    let link = |view: &desk::ReceiptView| ReceiptLink {
        reasons: view.reason.iter().cloned().collect(),
        ..ReceiptLink::of(view, speech)
    };
    Ok(rows.iter().map(link).collect())
}

async fn show(member: Member, Path(id): Path<String>) -> Answer {
    member.needs(Right::Look)?;
    render(&page(&member, &id, Form::default())?)
}

fn page(member: &Member, id: &str, form: Form) -> Result<Page, Failure> {
    let (t, words) = (
        OperationsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let id: Id = id.parse().map_err(|_| Failure::NotFound)?;
    let view = member.desk.operation(id)?.ok_or(Failure::NotFound)?;
    let (setup, speech) = (member.desk.setup(), member.speech());
    let is_open = |state| matches!(state, ReceiptState::Queued | ReceiptState::Held);
    let receipts = view.receipts.iter();
    let cancelled = view.cancelled.as_ref().map(|it| {
        let words = t.cancelled_by.with("at", speech.moment(&it.at));
        words.with("by", &it.by).with("reason", &it.reason).into()
    });
    Ok(Page {
        frame: member.frame(Place::Operations, words.kind(&view.kind)),
        t,
        words,
        form,
        id: id.to_string(),
        key: view.key.clone(),
        accepted: speech.moment(&id.unix_ms()),
        sender: sender(&view, t),
        account: view
            .account
            .as_ref()
            .map(|number| (number.clone(), address::account(number))),
        may_cancel: cancelled.is_none()
            && member.session().may(Right::Correct)
            && view.receipts.iter().all(|it| is_open(it.state)),
        cancelled,
        receipts: receipts
            .map(|it| {
                let paper = Paper::of_view(it, None, setup, speech);
                (ReceiptLink::of(it, speech), paper)
            })
            .collect(),
        remarks: Remark::stored(&view.records, speech),
        body: pretty(&view.body),
    })
}

/// Who has sent it: a key, or somebody at the panel.
fn sender(view: &OperationView, t: &OperationsTexts) -> String {
    #[derive(serde::Deserialize)]
    struct Ordered {
        by: String,
    }
    if let Some(key) = &view.sent_by {
        return t.by_key.with("key", key).into();
    }
    match serde_json::from_str::<Ordered>(&view.body) {
        Ok(Ordered { by }) => t.by_person.with("login", by).into(),
        Err(_) => t.by_program.into(),
    }
}

fn pretty(body: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let pretty = read.and_then(|read| serde_json::to_string_pretty(&read).ok());
    pretty.unwrap_or_else(|| body.to_owned())
}

async fn cancel(member: Member, Path(id): Path<String>, mut form: Form) -> Answer {
    member.needs(Right::Correct)?;
    let (t, words) = (
        OperationsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let reason = form.text("reason").to_owned();
    if reason.is_empty() {
        form.refuse("reason", words.required);
        return render_wrong(&page(&member, &id, form)?);
    }
    let operation: Id = id.parse().map_err(|_| Failure::NotFound)?;
    let person = &member.session().person;
    let signed = Signed {
        by: person.login.clone(),
        reason: reason.clone(),
        key: None,
    };
    match member.desk.cancel(operation, signed).await {
        Ok(_) => {}
        Err(DeskError::NotCancellable(_) | DeskError::NotObeyed(_)) => {
            form.refuse("", t.not_cancellable);
            return render_wrong(&page(&member, &id, form)?);
        }
        Err(error) => return Err(error.into()),
    }
    let by = member.session().actor();
    let noted = member
        .desk
        .note_act(&by, "operation_cancelled", operation, reason);
    noted.await?;
    Ok(done(&format!("/operations/{operation}"), Notice::Cancelled))
}

impl Row {
    fn of(view: &OperationView, speech: Speech) -> Self {
        let account = view.account.as_ref();
        let receipts = view.receipts.iter();
        Self {
            id: view.id.to_string(),
            kind: WordsTexts::of(speech.language).kind(&view.kind).to_owned(),
            accepted: speech.moment(&view.id.unix_ms()),
            account: account.map(|number| (number.clone(), address::account(number))),
            is_cancelled: view.cancelled.is_some(),
            receipts: receipts.map(|it| ReceiptLink::of(it, speech)).collect(),
        }
    }
}
