//! What people have done.

use askama::Template;
use axum::{Router, routing::get};
use desk::{Cell, ColumnKind, ExportFormat, Order, Person, Right, Span, Table, TrailOf, TrailRow};
use terms::LocalDate;

use crate::{
    address::Downloads,
    answer::{Answer, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    tables,
    texts::{TrailTexts, WordsTexts},
    visit::Member,
};

/// Entries of a page.
const PAGE: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/trail", get(show))
        .route("/trail.csv", get(csv))
        .route("/trail.xlsx", get(xlsx))
}

#[derive(Template)]
#[template(path = "trail.html")]
struct Page {
    frame: Frame,
    t: &'static TrailTexts,
    form: Form,
    people: Vec<Person>,
    entries: Vec<Entry>,
    words: &'static WordsTexts,
    downloads: Downloads,
    /// The query of the next page; none: this is the last one.
    next: Option<String>,
}

/// An entry of the trail as a row.
struct Entry {
    at: String,
    who: String,
    address: String,
    act: String,
    object: String,
    detail: String,
}

impl Entry {
    fn of(row: TrailRow, t: &TrailTexts, speech: Speech) -> Self {
        let who = match (&row.person, row.login.as_str()) {
            (_, "") => t.command.into(),
            (Some(_), login) => login.to_owned(),
            (None, login) => t.stranger.with("login", login).into(),
        };
        Self {
            at: speech.moment(&row.at),
            who,
            address: row.address.unwrap_or_default(),
            act: t.act(&row.act).map_or(row.act, Into::into),
            object: row.object,
            detail: row.detail,
        }
    }
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Trail)?;
    let (t, mut form) = (TrailTexts::of(member.language), member.query.clone());
    let of = wanted(&member, t, &mut form);
    let page = desk::Page {
        after: form.text("after").parse().ok(),
        order: Order::Descending,
        limit: PAGE,
    };
    let listed = member.desk.trail(&of, &page)?;
    let speech = member.speech();
    let is_fine = form.is_fine();
    let page = Page {
        frame: member.frame(Place::Trail, t.title),
        t,
        people: member.desk.people()?,
        words: WordsTexts::of(member.language),
        downloads: Downloads::at("/trail", &kept(&form)),
        next: listed
            .next
            .map(|after| format!("{}after={after}", kept(&form))),
        entries: listed
            .rows
            .into_iter()
            .map(|row| Entry::of(row, t, speech))
            .collect(),
        form,
    };
    if is_fine {
        render(&page)
    } else {
        render_wrong(&page)
    }
}

/// What the filter says; days are those at the place of settlement.
fn wanted(member: &Member, t: &TrailTexts, form: &mut Form) -> TrailOf {
    let offset = i64::from(
        member
            .desk
            .setup()
            .organisation
            .utc_offset
            .local_minus_utc(),
    );
    let mut moment = |name: &'static str, days: i32| {
        let text = form.text(name);
        if text.is_empty() {
            return None;
        }
        let start = text
            .parse::<LocalDate>()
            .and_then(|day| day.plus_days(days)?.at(0, 0));
        match start {
            Ok(start) => Some((start.unix_local() - offset) * 1_000),
            Err(_) => {
                form.refuse(name, t.bad_day);
                None
            }
        }
    };
    let span = Span {
        from_ms: moment("from", 0),
        before_ms: moment("to", 1),
    };
    let act = form.text("act");
    TrailOf {
        person: form.text("person").parse().ok(),
        act: (!act.is_empty()).then(|| act.to_owned()),
        span,
    }
}

/// The filter as the beginning of a query.
fn kept(form: &Form) -> String {
    let plain = |text: &str| -> String {
        let letters = text
            .chars()
            .filter(|it| it.is_ascii_alphanumeric() || "-_".contains(*it));
        letters.collect()
    };
    let kept = ["person", "act", "from", "to"].iter().map(|name| {
        let value = plain(form.text(name));
        format!("{name}={value}&")
    });
    kept.collect()
}

async fn csv(member: Member) -> Answer {
    taken(member, ExportFormat::Csv).await
}

async fn xlsx(member: Member) -> Answer {
    taken(member, ExportFormat::Xlsx).await
}

/// The same as a table.
async fn taken(member: Member, format: ExportFormat) -> Answer {
    member.needs(Right::Trail)?;
    let (t, mut form) = (TrailTexts::of(member.language), member.query.clone());
    let of = wanted(&member, t, &mut form);
    if !form.is_fine() {
        return Err(Failure::BadForm);
    }
    let columns = [t.when, t.who, t.what, t.to_what, t.detail, t.from_where];
    let columns = columns.map(|name| (name, ColumnKind::Text));
    let (desk, speech) = (&member.desk, member.speech());
    let read = |page: desk::Page<i64>| std::future::ready(desk.trail(&of, &page));
    let put = |table: &mut Table, row: TrailRow| {
        let Entry {
            at,
            who,
            address,
            act,
            object,
            detail,
        } = Entry::of(row, t, speech);
        let cells = [at, who, act, object, detail, address];
        table.push(cells.map(|text| Cell::text(tables::short(&text))).to_vec())
    };
    let table = tables::table(t.title, columns)?;
    let taken = tables::walked(table, Order::Descending, read, put).await?;
    taken.download(&member, "trail", format)
}
