//! The list of receipts, with filters that stay in the address.

use askama::Template;
use axum::{Router, routing::get};
use desk::{
    Cell, ColumnKind, Days, DocumentOf, ExportFormat, Listed, Order, Page as ListPage,
    ReceiptState, ReceiptView, ReceiptsOf, Right, Table,
};
use terms::{DocumentNumber, FiscalSign, Id, OperationSign};

use crate::{
    address::{self, Asked, Downloads},
    answer::{Answer, render},
    failure::Failure,
    frame::Frame,
    nav::Place,
    speech::Speech,
    tables,
    text::Text,
    texts::{ReceiptsTexts, WordsTexts},
    typed,
    visit::Member,
    words::mood,
};

/// Receipts on a page.
const ROWS: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/receipts", get(show))
        .route("/receipts.csv", get(csv))
        .route("/receipts.xlsx", get(xlsx))
}

#[derive(Template)]
#[template(path = "receipts.html")]
struct Page {
    frame: Frame,
    t: &'static ReceiptsTexts,
    words: &'static WordsTexts,
    asked: Asked,
    states: Vec<(&'static str, Text)>,
    signs: Vec<(u8, Text)>,
    rows: Vec<Row>,
    is_long: bool,
    downloads: Downloads,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    id: String,
    accepted: String,
    title: Text,
    is_correction: bool,
    account: Option<(String, String)>,
    total: String,
    state: Text,
    mood: &'static str,
    reason: Option<String>,
    document: Option<String>,
}

async fn show(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let (t, words) = (
        ReceiptsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let of = filters(&mut asked, t, words);
    let after: Option<Id> = asked.read("after", |id| id.parse().ok(), words.nothing_found);
    let page = ListPage {
        after,
        order: Order::Descending,
        limit: ROWS,
    };
    // What cannot be read is said beside its field, and finds nothing.
    let Listed { rows, next } = match asked.is_fine() {
        true => member.desk.receipts(of, page).await?,
        false => Listed {
            rows: Vec::new(),
            next: None,
        },
    };
    let speech = member.speech();
    let states = ReceiptState::ALL.into_iter();
    let signs = OperationSign::ALL.iter();
    render(&Page {
        frame: member.frame(Place::Receipts, t.title),
        t,
        words,
        states: states
            .map(|state| (state.name(), words.state(state)))
            .collect(),
        signs: signs.map(|sign| (sign.code(), words.sign(*sign))).collect(),
        rows: rows.iter().map(|view| Row::of(view, speech)).collect(),
        is_long: ["sum", "sign", "fn", "fd", "fp", "correction"]
            .iter()
            .any(|name| !asked.text(name).is_empty()),
        downloads: Downloads::of(&asked, "/receipts"),
        next: next.map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
        asked,
    })
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
        ReceiptsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    let of = filters(&mut asked, t, words);
    if !asked.is_fine() {
        return Err(Failure::BadForm);
    }
    let columns = [
        (t.receipt, ColumnKind::Text),
        (t.correction, ColumnKind::Number),
        (t.accepted, ColumnKind::Text),
        (t.account, ColumnKind::Text),
        (t.state, ColumnKind::Text),
        (t.reason, ColumnKind::Text),
        (t.drive, ColumnKind::Text),
        (t.number, ColumnKind::Text),
        (t.sign, ColumnKind::Text),
        (t.formed, ColumnKind::Text),
        (t.total, ColumnKind::Money),
        (t.cash, ColumnKind::Money),
        (t.cashless, ColumnKind::Money),
        (t.prepaid, ColumnKind::Money),
        (t.credit, ColumnKind::Money),
        (t.id, ColumnKind::Text),
    ];
    let (desk, speech) = (&member.desk, member.speech());
    let read = move |page| desk.receipts(of.clone(), page);
    let put = |table: &mut Table, view: ReceiptView| table.push(cells(&view, speech));
    let table = tables::table(t.title, columns)?;
    let taken = tables::walked(table, Order::Descending, read, put).await?;
    taken.download(&member, "receipts", format)
}

fn cells(view: &ReceiptView, speech: Speech) -> Vec<Cell> {
    let words = WordsTexts::of(speech.language);
    let (receipt, document) = (&view.receipt, view.document.as_ref());
    let payments = &receipt.payments;
    vec![
        Cell::text(words.about(receipt)),
        Cell::Number(i64::from(receipt.correction.is_some())),
        Cell::text(speech.moment(&view.id.unix_ms())),
        Cell::optional(view.account.as_deref()),
        Cell::text(words.state(view.state)),
        Cell::optional(view.reason.as_deref().map(tables::short)),
        Cell::optional(document.map(|it| &it.drive)),
        Cell::optional(document.map(|it| it.number)),
        Cell::optional(document.map(|it| format!("{:010}", it.fiscal_sign))),
        Cell::optional(document.map(|it| &it.time)),
        Cell::Money(receipt.total),
        Cell::Money(payments.cash),
        Cell::Money(payments.cashless),
        Cell::Money(payments.prepaid),
        Cell::Money(payments.credit),
        Cell::text(view.id),
    ]
}

fn filters(asked: &mut Asked, t: &ReceiptsTexts, words: &WordsTexts) -> ReceiptsOf {
    let states = asked.all("state").filter_map(ReceiptState::from_name);
    let states = states.collect();
    let number = |text: &str| text.replace(' ', "").parse::<u32>().ok();
    ReceiptsOf {
        states,
        days: Days {
            from: asked.read("from", typed::day, words.bad_day),
            to: asked.read("to", typed::day, words.bad_day),
        },
        account: asked.read("account", |it| it.parse().ok(), words.bad_account),
        total: asked.read("sum", typed::sum, words.bad_money),
        sign: asked.read(
            "sign",
            |code| OperationSign::from_code(code.parse().ok()?).ok(),
            words.choose,
        ),
        is_correction: match asked.text("correction") {
            "only" => Some(true),
            "none" => Some(false),
            _ => None,
        },
        document: DocumentOf {
            drive: asked.read("fn", |it| it.parse().ok(), t.bad_drive),
            number: asked.read("fd", number, t.bad_number).map(DocumentNumber),
            fiscal_sign: asked.read("fp", number, t.bad_number).map(FiscalSign),
            ..DocumentOf::default()
        },
        ..ReceiptsOf::default()
    }
}

impl Row {
    fn of(view: &ReceiptView, speech: Speech) -> Self {
        let t = WordsTexts::of(speech.language);
        let account = view.account.as_ref();
        let document = view.document.as_ref();
        Self {
            id: view.id.to_string(),
            accepted: speech.moment(&view.id.unix_ms()),
            title: t.about(&view.receipt),
            is_correction: view.receipt.correction.is_some(),
            account: account.map(|number| (number.clone(), address::account(number))),
            total: speech.money(view.receipt.total),
            state: t.state(view.state),
            mood: mood(view.state),
            reason: view.reason.clone(),
            document: document.map(|it| format!("{} / {:010}", it.number, it.fiscal_sign)),
        }
    }
}
