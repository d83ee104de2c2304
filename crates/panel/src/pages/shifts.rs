//! Shifts, as a list, as a table for the books, and one as a report.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse as _,
    routing::get,
};
use desk::{Days, Order, Right, ShiftSum, ShiftView, ShiftsOf};
use terms::{DriveNumber, Kopecks, LocalDate, OperationSign};

use crate::{
    answer::{Answer, render, render_wrong},
    drawer,
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    path::Path,
    speech::Speech,
    texts::ShiftsTexts,
    visit::Member,
};

/// Shifts of a page.
const PAGE: u32 = 50;
/// Shifts that are read at once for a table, and the most in it.
const AT_ONCE: u32 = 500;
const TABLE_MAX: usize = 20_000;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/shifts", get(show))
        .route("/shifts.csv", get(table))
        .route("/shifts/{drive}/{number}", get(show_one))
}

#[derive(Template)]
#[template(path = "shifts.html")]
struct Page {
    frame: Frame,
    t: &'static ShiftsTexts,
    form: Form,
    slots: Vec<u8>,
    rows: Vec<Row>,
    /// The query of the table, and that of the next page, if there is one.
    query: String,
    next: Option<String>,
}

struct Row {
    drive: String,
    number: u16,
    slot: String,
    opened: String,
    closed: Option<String>,
    receipts: String,
    came: String,
    back: String,
}

#[derive(Template)]
#[template(path = "shift.html")]
struct Report {
    frame: Frame,
    t: &'static ShiftsTexts,
    emulated: bool,
    facts: Vec<(crate::text::Text, String)>,
    sums: Vec<(String, String, String)>,
}

/// What the filter says; what is wrong with it is said beside its field.
fn filter(member: &Member, t: &ShiftsTexts) -> (ShiftsOf, Form) {
    let mut form = member.query.clone();
    let mut day = |name: &'static str| -> Option<LocalDate> {
        let text = form.text(name);
        let read = (!text.is_empty()).then(|| text.parse());
        if matches!(read, Some(Err(_))) {
            form.refuse(name, t.bad_day);
        }
        read.and_then(Result::ok)
    };
    let days = Days {
        from: day("from"),
        to: day("to"),
    };
    let of = ShiftsOf {
        slot: form.text("slot").parse().ok(),
        drive: None,
        days,
    };
    (of, form)
}

/// The filter as a query.
fn query(of: &ShiftsOf) -> String {
    let day = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let slot = of.slot.map(|slot| slot.to_string()).unwrap_or_default();
    let (from, to) = (day(of.days.from), day(of.days.to));
    format!("from={from}&to={to}&slot={slot}")
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (ShiftsTexts::of(member.language), member.speech());
    let (of, form) = filter(&member, t);
    let page = desk::Page {
        after: form.text("after").parse().ok(),
        order: Order::Descending,
        limit: PAGE,
    };
    let listed = member.desk.shifts(of, page).await?;
    let slots = member.desk.setup().slots.iter().zip(1_u8..);
    let is_fine = form.is_fine();
    let rows = listed.rows.iter().map(|shift| Row::of(shift, speech));
    let page = Page {
        frame: member.frame(Place::Shifts, t.title),
        t,
        form,
        slots: slots.map(|(_, slot)| slot).collect(),
        rows: rows.collect::<Result<_, _>>()?,
        query: query(&of),
        next: listed
            .next
            .map(|after| format!("{}&after={after}", query(&of))),
    };
    match is_fine {
        true => render(&page),
        false => render_wrong(&page),
    }
}

impl Row {
    fn of(view: &ShiftView, speech: Speech) -> Result<Self, Failure> {
        let receipts: u64 = view.sums.iter().map(|sum| sum.receipts).sum();
        let total = |back: bool| -> Result<String, Failure> {
            let sums = view.sums.iter().filter(|sum| is_back(sum) == back);
            let sum = Kopecks::sum(sums.map(|sum| sum.total)).map_err(desk::DeskError::from)?;
            Ok(speech.money(sum))
        };
        let closed = view.closed_time.as_deref();
        Ok(Self {
            drive: view.drive.clone(),
            number: view.number,
            slot: view
                .slot
                .map_or_else(|| "—".to_owned(), |slot| slot.to_string()),
            opened: drawer::time(speech, &view.opened_time),
            closed: closed.map(|time| drawer::time(speech, time)),
            receipts: speech.number(receipts),
            came: total(false)?,
            back: total(true)?,
        })
    }
}

/// Whether money of these receipts leaves the organisation.
const fn is_back(sum: &ShiftSum) -> bool {
    matches!(
        sum.sign,
        OperationSign::IncomeReturn | OperationSign::Expense
    )
}

async fn table(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let t = ShiftsTexts::of(member.language);
    let (of, form) = filter(&member, t);
    if !form.is_fine() {
        return Err(Failure::BadForm);
    }
    // The mark at its beginning tells spreadsheets that it is UTF-8.
    let mut text = format!(
        "\u{feff}{};{};{};{};{};{};{};{}\r\n",
        t.drive,
        t.number,
        t.opened,
        t.closed,
        t.correction_column,
        t.kind_column,
        t.receipts,
        t.sum
    );
    let mut page = desk::Page {
        after: None,
        order: Order::Ascending,
        limit: AT_ONCE,
    };
    let mut count = 0;
    loop {
        let listed = member.desk.shifts(of, page.clone()).await?;
        count += listed.rows.len();
        for shift in &listed.rows {
            write_shift(&mut text, shift);
        }
        page.after = listed.next;
        if page.after.is_none() || count >= TABLE_MAX {
            break;
        }
    }
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let name = HeaderValue::from_static("attachment; filename=\"shifts.csv\"");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// A row for each kind of receipts; one without any has a row of its own.
fn write_shift(text: &mut String, shift: &ShiftView) {
    let closed = shift.closed_time.as_deref().unwrap_or_default();
    let start = format!(
        "{};{};{};{closed}",
        shift.drive, shift.number, shift.opened_time
    );
    // Writing to a text does not fail.
    if shift.sums.is_empty() {
        let _ = write!(text, "{start};;;0;0,00\r\n");
    }
    for sum in &shift.sums {
        let (correction, sign) = (u8::from(sum.is_correction), sum.sign.code());
        let total = sum.total.to_string().replace('.', ",");
        let _ = write!(
            text,
            "{start};{correction};{sign};{};{total}\r\n",
            sum.receipts
        );
    }
}

async fn show_one(member: Member, Path((drive, number)): Path<(String, u16)>) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (ShiftsTexts::of(member.language), member.speech());
    let drive: DriveNumber = drive.parse().map_err(|_| Failure::NotFound)?;
    let shift = find(&member, drive, number)
        .await?
        .ok_or(Failure::NotFound)?;
    let closed = shift.closed.zip(shift.closed_time.as_deref());
    let named = |number: terms::DocumentNumber, time: &str| {
        let time = drawer::time(speech, time);
        format!("№ {}, {time}", speech.number(number.get()))
    };
    let sums = shift.sums.iter().map(|sum| {
        (
            t.kind(sum),
            speech.number(sum.receipts),
            speech.money(sum.total),
        )
    });
    let page = Report {
        frame: member.frame(Place::Shifts, t.report_title.with("n", number)),
        t,
        emulated: shift.emulated,
        facts: vec![
            (t.drive, shift.drive.clone()),
            (t.opened_by, named(shift.opened, &shift.opened_time)),
            (
                t.closed_by,
                closed.map_or_else(|| t.still_open.into(), |(number, time)| named(number, time)),
            ),
        ],
        sums: sums.collect(),
    };
    render(&page)
}

/// One shift of a drive. Drives number their shifts in order, so the walk ends at a lower one.
async fn find(
    member: &Member,
    drive: DriveNumber,
    number: u16,
) -> Result<Option<ShiftView>, Failure> {
    let of = ShiftsOf {
        drive: Some(drive),
        ..ShiftsOf::default()
    };
    let mut page = desk::Page {
        after: None,
        order: Order::Descending,
        limit: AT_ONCE,
    };
    loop {
        let listed = member.desk.shifts(of, page.clone()).await?;
        let is_past = listed.rows.last().is_none_or(|last| last.number <= number);
        let found = listed.rows.into_iter().find(|it| it.number == number);
        page.after = listed.next;
        if found.is_some() || is_past || page.after.is_none() {
            return Ok(found);
        }
    }
}
