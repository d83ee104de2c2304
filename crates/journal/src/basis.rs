//! Why a correction was made: no correcting operation is accepted without it (receipt rules §4.3).

use engine::{CancelReason, EventKind};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use terms::{
    Act, Basis, DocumentNumber, FiscalSign, Id, LocalDate, LocalDateTime, OrderOfOffice,
    ReasonCode, TermError, WrongDocument,
};

use crate::{
    Asked, Decision, JournalError, NewOperation, Reader, ReadyReceipt, Refused, Result,
    before::Loaded, read::read_drive,
};

/// The stored form of a basis, but for its days and documents where they have columns.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PapersRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<ActRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<OrderRow>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    comment: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ActRow {
    number: String,
    date: String,
    author: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OrderRow {
    number: String,
    date: String,
    authority: String,
}

/// The stored form of what a restoration says of all its rows.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct GroundsRow {
    reason: String,
    #[serde(flatten)]
    papers: PapersRow,
}

/// Whether an operation corrects, so that whoever sends it has to say why.
pub fn needs_basis(asked: &Asked) -> bool {
    match asked {
        Asked::Event(event) => match &event.kind {
            EventKind::RestorePayment(_)
            | EventKind::RestoreCharge(_)
            | EventKind::FixReceipt(_) => true,
            EventKind::CancelPayment(cancel) => cancel.reason == CancelReason::DuplicateRecord,
            EventKind::Refund(refund) => refund.lost_date.is_some(),
            _ => false,
        },
        Asked::Receipt(_) => false,
    }
}

/// The basis that is kept for an operation; none when it corrects nothing.
///
/// What follows from the settlement is filled in. Operations that nobody sends as corrections, and
/// that become some because they come late, have theirs from what they carry; so have ready receipts.
pub(crate) fn of(
    connection: &Connection,
    operation: &NewOperation,
    loaded: &Loaded,
    decision: &Decision,
) -> Result<std::result::Result<Option<Basis>, Refused>> {
    let receipts = &decision.plan.receipts;
    let corrects = receipts.iter().any(|receipt| receipt.correction.is_some());
    if !corrects && !needs_basis(&operation.asked) {
        return Ok(Ok(None));
    }
    let Some(mut basis) = operation
        .basis
        .as_deref()
        .cloned()
        .or_else(|| derived(operation))
    else {
        let message = "a correction says why it is made: send its basis with a reason";
        return Ok(Err(required(message.to_owned())));
    };
    if let Err(why) = basis.check() {
        return Ok(Err(Refused {
            code: "bad_basis",
            message: why.to_string(),
        }));
    }
    let correction = receipts
        .iter()
        .find_map(|receipt| receipt.correction.as_ref());
    let original = loaded.before.receipts.first();
    let settled = original.map(|it| it.settle_date.unwrap_or(it.receipt.date));
    let date = correction.map(|correction| correction.date).or(settled);
    if let (Some(told), Some(date)) = (basis.settlement_date, date)
        && told != date
    {
        return Ok(Err(Refused {
            code: "bad_basis",
            message: format!("its basis is of a settlement on {told}, it corrects one on {date}"),
        }));
    }
    basis.settlement_date = basis.settlement_date.or(date);
    if let Some(original) = original {
        // What the journal knows of it counts, whatever was told.
        basis.wrong_doc = wrong_document(connection, &original.id)?.or(basis.wrong_doc);
    }
    if basis.is_complete() {
        return Ok(Ok(Some(basis)));
    }
    let message = "the basis of a correction names the day of the settlement, and what tells of it \
                   (source_doc) or the wrong document";
    Ok(Err(required(message.to_owned())))
}

fn required(message: String) -> Refused {
    Refused {
        code: "basis_required",
        message,
    }
}

/// The basis of a correction that comes without one.
fn derived(operation: &NewOperation) -> Option<Basis> {
    match &operation.asked {
        Asked::Event(_) if needs_basis(&operation.asked) => None,
        // Money whose payer was found too late, offsets that missed their month (receipt rules
        // §4.2).
        Asked::Event(_) => Some(Basis {
            source_doc: Some(operation.key.clone()),
            ..Basis::new(ReasonCode::Late)
        }),
        Asked::Receipt(ready) => ready_basis(ready, &operation.key, None),
    }
}

/// The basis of a ready correction, from what it carries; none of a receipt that is no correction.
/// `source` is what its sender calls it, `paper` what its sender says of a paper about it.
pub fn ready_basis(ready: &ReadyReceipt, source: &str, paper: Option<&str>) -> Option<Basis> {
    let correction = ready.receipt.correction.as_ref()?;
    // CHOICE: a ready correction does not say why. By order if its tag 1173 says so; else, with the
    // sign of a wrong document in tag 1192, that document was wrong, and without one there was none.
    let reason = if correction.order.is_some() {
        ReasonCode::Order
    } else if ready.receipt.additional.is_some() {
        ReasonCode::WrongAmount
    } else {
        ReasonCode::LostSource
    };
    let of_document = correction.paper.iter().flat_map(|paper| {
        let number = paper.number.iter().map(|number| format!("№ {number}"));
        paper.name.clone().into_iter().chain(number)
    });
    let of_document: Vec<String> = of_document.collect();
    let paper = paper.map_or_else(|| of_document.join(" "), str::to_owned);
    Some(Basis {
        source_doc: Some(plain(source)).filter(|source| !source.trim().is_empty()),
        comment: plain(&paper),
        ..Basis::new(reason)
    })
}

/// A text of others, as a basis may hold it.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|it| !it.is_control());
    letters.take(Basis::MAX_TEXT).collect()
}

/// The document of a receipt.
fn wrong_document(connection: &Connection, receipt: &str) -> Result<Option<WrongDocument>> {
    let Ok(id) = receipt.parse::<Id>() else {
        return Ok(None);
    };
    let row: Option<(String, u32, u32, String)> = connection
        .prepare_cached(
            "select v.number, d.number, d.fiscal_sign, d.time from receipt r \
             join document d on d.drive = r.drive and d.number = r.document \
             join drive v on v.id = d.drive where r.id = ?1",
        )?
        .query_row([id.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    row.map(|(drive, number, sign, time)| {
        let time: LocalDateTime = time
            .parse()
            .map_err(|why: TermError| JournalError::spoiled("document", why))?;
        Ok(WrongDocument {
            drive: read_drive(&drive)?,
            number: DocumentNumber(number),
            sign: FiscalSign(sign),
            date: time.date(),
        })
    })
    .transpose()
}

/// Stores the basis of an operation.
pub(crate) fn store(connection: &Connection, operation: Id, basis: &Basis) -> Result<()> {
    let wrong = basis.wrong_doc;
    connection
        .prepare_cached(
            "insert into basis (operation, reason, settlement_date, source_doc, wrong_drive, \
             wrong_number, wrong_sign, wrong_date, papers) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            operation.get(),
            basis.reason.name(),
            basis.settlement_date.map(|date| date.to_string()),
            &basis.source_doc,
            wrong.map(|wrong| wrong.drive.to_string()),
            wrong.map(|wrong| wrong.number.get()),
            wrong.map(|wrong| wrong.sign.0),
            wrong.map(|wrong| wrong.date.to_string()),
            json(&PapersRow::of(basis))?,
        ))
        .map_err(|error| JournalError::storing(format!("the basis of {operation}"), error))?;
    Ok(())
}

/// What a restoration says of all its rows, as it is stored.
pub(crate) fn grounds_to_json(basis: &Basis) -> Result<String> {
    json(&GroundsRow {
        reason: basis.reason.name().to_owned(),
        papers: PapersRow::of(basis),
    })
}

/// Reads it back.
pub(crate) fn grounds_from_json(text: &str) -> Result<Basis> {
    let spoiled = |why: String| JournalError::spoiled("restoration", why);
    let row: GroundsRow = serde_json::from_str(text).map_err(|why| spoiled(why.to_string()))?;
    let reason = row.reason.parse();
    let basis = Basis::new(reason.map_err(|why: TermError| spoiled(why.to_string()))?);
    row.papers
        .put(basis)
        .map_err(|why| spoiled(why.to_string()))
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| JournalError::spoiled("basis", error))
}

impl PapersRow {
    fn of(basis: &Basis) -> Self {
        Self {
            act: basis.act.as_ref().map(|act| ActRow {
                number: act.number.clone(),
                date: act.date.to_string(),
                author: act.author.clone(),
            }),
            order: basis.order.as_ref().map(|order| OrderRow {
                number: order.number.clone(),
                date: order.date.to_string(),
                authority: order.authority.clone(),
            }),
            comment: basis.comment.clone(),
        }
    }

    /// The basis with them.
    fn put(self, basis: Basis) -> terms::Result<Basis> {
        let act = |act: ActRow| -> terms::Result<Act> {
            Ok(Act {
                number: act.number,
                date: act.date.parse()?,
                author: act.author,
            })
        };
        let order = |order: OrderRow| -> terms::Result<OrderOfOffice> {
            Ok(OrderOfOffice {
                number: order.number,
                date: order.date.parse()?,
                authority: order.authority,
            })
        };
        Ok(Basis {
            act: self.act.map(act).transpose()?,
            order: self.order.map(order).transpose()?,
            comment: self.comment,
            ..basis
        })
    }
}

impl Reader {
    /// Why an operation corrects; none when it corrects nothing.
    ///
    /// # Errors
    /// See [`Reader::operation`].
    pub fn basis(&self, operation: Id) -> Result<Option<Basis>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select reason, settlement_date, source_doc, wrong_drive, wrong_number, \
                 wrong_sign, wrong_date, papers from basis where operation = ?1",
            )?;
            let mut rows = rows.query([operation.get()])?;
            let row = rows.next()?;
            row.map(|row| read(row, operation)).transpose()
        })
    }
}

fn read(row: &Row<'_>, operation: Id) -> Result<Basis> {
    let name = || format!("basis of {operation}");
    let spoiled = |why: TermError| JournalError::spoiled(name(), why);
    let papers: PapersRow = serde_json::from_str(&row.get::<_, String>(7)?)
        .map_err(|why| JournalError::spoiled(name(), why))?;
    let reason: ReasonCode = row.get::<_, String>(0)?.parse().map_err(spoiled)?;
    let date: LocalDate = row.get::<_, String>(1)?.parse().map_err(spoiled)?;
    let drive: Option<String> = row.get(3)?;
    let wrong = |drive: String| -> Result<WrongDocument> {
        Ok(WrongDocument {
            drive: read_drive(&drive)?,
            number: DocumentNumber(row.get(4)?),
            sign: FiscalSign(row.get(5)?),
            date: row.get::<_, String>(6)?.parse().map_err(spoiled)?,
        })
    };
    let basis = Basis {
        settlement_date: Some(date),
        source_doc: row.get(2)?,
        wrong_doc: drive.map(wrong).transpose()?,
        ..Basis::new(reason)
    };
    papers.put(basis).map_err(spoiled)
}
