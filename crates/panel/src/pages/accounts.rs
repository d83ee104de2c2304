//! The list of accounts, and looking one up.

use askama::Template;
use axum::{Router, routing::get};
use desk::{
    AccountListed, AccountsOf, Cell, ColumnKind, ExportFormat, Listed, Order, Page as ListPage,
    Right, SaldoSign, Table,
};
use terms::AccountNumber;

use crate::{
    address::{self, Asked, Downloads},
    answer::{Answer, render, see_other},
    failure::Failure,
    frame::Frame,
    nav::Place,
    speech::Speech,
    tables,
    texts::{AccountsTexts, WordsTexts},
    visit::Member,
};

/// Accounts on a page.
const ROWS: u32 = 50;
/// Accounts of one contact in a table.
const CONTACTS_MAX: u32 = 10_000;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/accounts", get(show))
        .route("/accounts.csv", get(csv))
        .route("/accounts.xlsx", get(xlsx))
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    t: &'static AccountsTexts,
    words: &'static WordsTexts,
    asked: Asked,
    found: Found,
    downloads: Downloads,
}

/// What a script puts in the place of the list while somebody types.
#[derive(Template)]
#[template(path = "accounts_found.html")]
struct Part {
    t: &'static AccountsTexts,
    words: &'static WordsTexts,
    found: Found,
}

struct Found {
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    number: String,
    path: String,
    contact: String,
    saldo: String,
    /// How it looks.
    mood: &'static str,
    saldo_words: &'static str,
    changed: String,
}

async fn show(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let is_part = asked.has("part", "found");
    let sought = asked.text("q").to_owned();
    if !is_part
        && let Ok(number) = sought.parse::<AccountNumber>()
        && member.desk.account(&number)?.is_some()
    {
        return Ok(see_other(&address::account(number.as_str())));
    }
    let found = find(&member, &mut asked).await?;
    let (t, words) = (
        AccountsTexts::of(member.language),
        WordsTexts::of(member.language),
    );
    if is_part {
        return render(&Part { t, words, found });
    }
    let mut frame = member.frame(Place::Accounts, t.title);
    frame.scripts.push("search.js");
    render(&Page {
        frame,
        t,
        words,
        downloads: Downloads::of(&asked, "/accounts"),
        asked,
        found,
    })
}

async fn find(member: &Member, asked: &mut Asked) -> Result<Found, Failure> {
    let speech = member.speech();
    let t = WordsTexts::of(member.language);
    let sought = asked.text("q").to_owned();
    if is_contact(&sought) {
        let rows = member.desk.accounts_by_contact(&sought, ROWS).await?;
        return Ok(Found {
            rows: rows.iter().map(|row| Row::of(row, speech)).collect(),
            next: None,
            first: None,
        });
    }
    let after = asked.read("after", |number| number.parse().ok(), t.bad_account);
    let of = filters(asked, t);
    let page = ListPage {
        order: Order::Ascending,
        limit: ROWS,
        after: after.clone(),
    };
    let Listed { rows, next } = member.desk.accounts(of, page).await?;
    Ok(Found {
        rows: rows.iter().map(|row| Row::of(row, speech)).collect(),
        next: next.map(|next: AccountNumber| asked.after(Some(next.as_str()))),
        first: after.map(|_| asked.after(None)),
    })
}

/// What is looked for besides contacts.
fn filters(asked: &mut Asked, t: &WordsTexts) -> AccountsOf {
    let saldo = asked.read(
        "saldo",
        |name| SaldoSign::ALL.into_iter().find(|it| it.name() == name),
        t.choose,
    );
    let sought = asked.text("q").to_owned();
    AccountsOf {
        prefix: Some(sought).filter(|prefix| !prefix.is_empty()),
        saldo,
        ..AccountsOf::default()
    }
}

/// Whether what is sought is an e-mail or a telephone.
fn is_contact(sought: &str) -> bool {
    sought.contains('@') || sought.starts_with('+')
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
    let t = AccountsTexts::of(member.language);
    let columns = [
        (t.number, ColumnKind::Text),
        (t.contact, ColumnKind::Text),
        (t.changed, ColumnKind::Text),
        (t.saldo, ColumnKind::Money),
    ];
    let of = filters(&mut asked, WordsTexts::of(member.language));
    let sought = asked.text("q").to_owned();
    let (desk, speech) = (&member.desk, member.speech());
    let read = move |page: ListPage<AccountNumber>| {
        let (of, sought) = (of.clone(), sought.clone());
        async move {
            if !is_contact(&sought) {
                return desk.accounts(of, page).await;
            }
            let rows = desk.accounts_by_contact(&sought, CONTACTS_MAX).await?;
            Ok(Listed { rows, next: None })
        }
    };
    let put = |table: &mut Table, listed: AccountListed| {
        let account = &listed.view.account;
        table.push(vec![
            Cell::text(&account.number),
            Cell::optional(account.contact.as_deref()),
            Cell::text(speech.moment(&listed.changed_at)),
            Cell::Money(listed.view.saldo),
        ])
    };
    let table = tables::table(t.title, columns)?;
    let taken = tables::walked(table, Order::Ascending, read, put).await?;
    taken.download(&member, "accounts", format)
}

impl Row {
    fn of(listed: &AccountListed, speech: Speech) -> Self {
        let t = WordsTexts::of(speech.language);
        let account = &listed.view.account;
        let saldo = listed.view.saldo;
        let (mood, words) = match saldo.get() {
            ..0 => ("warn", t.debts),
            0 => ("idle", t.even),
            1.. => ("good", t.advances),
        };
        Self {
            number: account.number.to_string(),
            path: address::account(account.number.as_str()),
            contact: account.contact.clone().unwrap_or_else(|| "—".to_owned()),
            saldo: speech.money(saldo),
            mood,
            saldo_words: words.0,
            changed: speech.moment(&listed.changed_at),
        }
    }
}
