//! Drives, their shifts and their documents: `GET /v1/drives`, `/v1/shifts`, `/v1/documents`.

use axum::{Json, extract::State};
use desk::{
    Days, Desk, DocumentsOf, DriveView, Listed, ListedDocument, Order, ShiftView, ShiftsOf,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{DocumentNumber, DriveNumber, LocalDate};

use crate::{
    Problem,
    list::{ListAnswer, Listing},
    money::Money,
    remarks::OfdAnswerJson,
    request::{Nothing, Params, Segment, bad_query},
    value::Text,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShiftParams {
    /// The slot's number.
    slot: Option<u8>,
    /// The drive's number.
    fn_number: Option<Text<DriveNumber>>,
    /// The first day on which they were opened.
    from: Option<Text<LocalDate>>,
    /// The last day on which they were opened.
    to: Option<Text<LocalDate>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentParams {
    /// The drive's number; it may not be left out.
    #[schemars(required)]
    fn_number: Option<Text<DriveNumber>>,
    /// The first ФД.
    from_fd: Option<u32>,
    /// The last ФД.
    to_fd: Option<u32>,
}

/// A drive that was ever seen.
#[derive(JsonSchema, Serialize)]
pub(crate) struct DriveAnswer {
    fn_number: String,
    emulated: bool,
    /// The slot in which it was seen last.
    slot: Option<u8>,
    /// What that slot is doing, while the drive is in it.
    state: Option<&'static str>,
    seen_at_ms: i64,
    /// What it said then.
    version: Option<String>,
    model: Option<String>,
    phase: Option<String>,
    ffd: Option<String>,
    rnm: Option<String>,
    /// The last day of its life.
    until: Option<String>,
    /// The day on which it is full or its life is over, while it is in a slot and that is in sight.
    ends_on: Option<String>,
    /// How many of its documents are here, and which.
    documents: u64,
    first_fd: Option<u32>,
    first_time: Option<String>,
    last_fd: Option<u32>,
    last_time: Option<String>,
    /// The last document that it held when it was taken in: those up to it are not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_fd: Option<u32>,
    /// Documents without ticket of the ОФД, and when the oldest was formed.
    unacknowledged: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    unacknowledged_since: Option<String>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct ShiftAnswer {
    fn_number: String,
    emulated: bool,
    slot: Option<u8>,
    shift: u16,
    opened_fd: u32,
    opened_time: String,
    /// Null while it is open.
    closed_fd: Option<u32>,
    closed_time: Option<String>,
    /// How many receipts and corrections.
    receipts: u64,
    sums: Vec<SumAnswer>,
}

/// The receipts of one kind in a shift.
#[derive(JsonSchema, Serialize)]
struct SumAnswer {
    /// `receipt` or `correction`.
    kind: &'static str,
    /// Tag 1054 and its name.
    sign: u8,
    sign_title: &'static str,
    receipts: u64,
    total: Money,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct DocumentItem {
    fn_number: String,
    emulated: bool,
    fd: u32,
    /// `registration`, `open_shift`, `receipt`, `close_shift`, `close_archive`, `found`.
    document: String,
    time: String,
    fp: u32,
    shift: u16,
    receipt_number: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    formed_at_ms: i64,
    ofd: Option<OfdAnswerJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at_ms: Option<i64>,
    /// The ОФД's container, or the sign that was read from the drive: bytes in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
}

/// `GET /v1/drives`: all that were ever seen; there are few.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Vec<DriveAnswer>>, Problem> {
    let drives = desk.drives(None).await?;
    Ok(Json(drives.into_iter().map(DriveAnswer::of).collect()))
}

/// `GET /v1/drives/{fn_number}`.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Segment(number): Segment,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<DriveAnswer>, Problem> {
    let unknown = |detail: String| Problem::not_found("unknown_drive", detail);
    let drive: DriveNumber = number
        .parse()
        .map_err(|error: terms::TermError| unknown(error.to_string()))?;
    let found = desk.drives(Some(drive)).await?.pop();
    let found = found.ok_or_else(|| unknown(format!("drive {drive} was never seen here")))?;
    Ok(Json(DriveAnswer::of(found)))
}

/// `GET /v1/shifts`.
pub(crate) async fn shifts(
    State(desk): State<Desk>,
    listing: Listing<ShiftParams>,
) -> Result<Json<ListAnswer<ShiftAnswer>>, Problem> {
    let of = &listing.of;
    let day = |day: &Option<Text<LocalDate>>| day.as_ref().map(|Text(day)| *day);
    let of = ShiftsOf {
        slot: of.slot,
        drive: of.fn_number.as_ref().map(|Text(drive)| *drive),
        days: Days {
            from: day(&of.from),
            to: day(&of.to),
        },
    };
    let page = listing.page(Order::Descending)?;
    let order = page.order;
    let listed = desk.shifts(of, page).await?;
    Ok(Json(listing.answer(order, listed.map(ShiftAnswer::of))))
}

/// `GET /v1/documents`.
pub(crate) async fn documents(
    State(desk): State<Desk>,
    listing: Listing<DocumentParams>,
) -> Result<Json<ListAnswer<DocumentItem>>, Problem> {
    let of = &listing.of;
    let drive = of.fn_number.as_ref().map(|Text(drive)| *drive);
    let of = DocumentsOf {
        drive: drive.ok_or_else(|| {
            bad_query("fn_number is missing: documents are counted within a drive")
                .in_field("fn_number")
        })?,
        from: of.from_fd.map(DocumentNumber),
        to: of.to_fd.map(DocumentNumber),
    };
    let page = listing.page::<PlaceOfDocument>(Order::Descending)?;
    let page = desk::Page {
        after: page.after.map(|PlaceOfDocument(number)| number),
        order: page.order,
        limit: page.limit,
    };
    let order = page.order;
    let Listed { rows, next } = desk.documents(of, page).await?.map(DocumentItem::of);
    let next = next.map(DocumentNumber::get);
    Ok(Json(listing.answer(order, Listed { rows, next })))
}

/// A ФД as it stands in a cursor.
struct PlaceOfDocument(DocumentNumber);

impl std::str::FromStr for PlaceOfDocument {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(DocumentNumber).map(Self)
    }
}

impl DriveAnswer {
    fn of(view: DriveView) -> Self {
        let row = view.row;
        Self {
            fn_number: row.number,
            emulated: row.emulated,
            slot: view.slot.map(|(slot, _)| slot).or(row.slot),
            state: view.slot.map(|(_, state)| state),
            seen_at_ms: row.seen_at,
            version: row.version,
            model: row.model,
            phase: row.phase,
            ffd: row.ffd,
            rnm: row.rnm,
            until: row.until,
            ends_on: view.outlook.and_then(|outlook| outlook.ends_on),
            documents: row.documents,
            first_fd: row.first.map(DocumentNumber::get),
            first_time: row.first_time,
            last_fd: row.last.map(DocumentNumber::get),
            last_time: row.last_time,
            base_fd: Some(row.base.get()).filter(|base| *base > 0),
            unacknowledged: row.unacknowledged,
            unacknowledged_since: row.unacknowledged_since,
        }
    }
}

impl ShiftAnswer {
    fn of(view: ShiftView) -> Self {
        let sum = |sum: &desk::ShiftSum| SumAnswer {
            kind: if sum.is_correction {
                "correction"
            } else {
                "receipt"
            },
            sign: sum.sign.code(),
            sign_title: sum.sign.title(),
            receipts: sum.receipts,
            total: Money(sum.total),
        };
        Self {
            receipts: view.sums.iter().map(|sum| sum.receipts).sum(),
            sums: view.sums.iter().map(sum).collect(),
            fn_number: view.drive,
            emulated: view.emulated,
            slot: view.slot,
            shift: view.number,
            opened_fd: view.opened.get(),
            opened_time: view.opened_time,
            closed_fd: view.closed.map(DocumentNumber::get),
            closed_time: view.closed_time,
        }
    }
}

impl DocumentItem {
    fn of(listed: ListedDocument) -> Self {
        let row = listed.row;
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        Self {
            fn_number: row.drive,
            emulated: row.emulated,
            fd: row.number.get(),
            document: row.task,
            time: row.time,
            fp: row.fiscal_sign,
            shift: row.shift,
            receipt_number: row.receipt_number,
            receipt: row.receipt.map(|id| id.to_string()),
            formed_at_ms: listed.formed_at,
            ofd: OfdAnswerJson::of(row.ofd, row.acknowledged_at.is_some()),
            acknowledged_at_ms: row.acknowledged_at,
            ticket: listed.ticket.map(hex),
        }
    }
}
