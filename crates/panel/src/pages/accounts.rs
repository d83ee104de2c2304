//! The list of accounts, and looking one up.

use askama::Template;
use axum::{Router, routing::get};
use desk::{AccountListed, AccountsOf, Listed, Order, Page as ListPage, Right, SaldoSign};
use terms::AccountNumber;

use crate::{
    address::{self, Asked},
    answer::{Answer, render, see_other},
    failure::Failure,
    frame::Frame,
    nav::Place,
    speech::Speech,
    texts::{AccountsTexts, WordsTexts},
    visit::Member,
};

/// Accounts on a page.
const ROWS: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new().route("/accounts", get(show))
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    t: &'static AccountsTexts,
    words: &'static WordsTexts,
    asked: Asked,
    found: Found,
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
        asked,
        found,
    })
}

async fn find(member: &Member, asked: &mut Asked) -> Result<Found, Failure> {
    let speech = member.speech();
    let t = WordsTexts::of(member.language);
    let sought = asked.text("q").to_owned();
    let is_contact = sought.contains('@') || sought.starts_with('+');
    if is_contact {
        let rows = member.desk.accounts_by_contact(&sought, ROWS).await?;
        return Ok(Found {
            rows: rows.iter().map(|row| Row::of(row, speech)).collect(),
            next: None,
            first: None,
        });
    }
    let saldo = asked.read(
        "saldo",
        |name| SaldoSign::ALL.into_iter().find(|it| it.name() == name),
        t.choose,
    );
    let after = asked.read("after", |number| number.parse().ok(), t.bad_account);
    let of = AccountsOf {
        prefix: Some(sought).filter(|prefix| !prefix.is_empty()),
        saldo,
        ..AccountsOf::default()
    };
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
