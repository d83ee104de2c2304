//! What comes in and what is formed, read on from where somebody has stopped.

use rusqlite::{Connection, OptionalExtension};
use terms::{DocumentNumber, Id, Kopecks, LocalDate, OperationSign};

use crate::{
    JournalError, Reader, ReceiptState, Result,
    feed::last_event,
    read::{count, read_state},
    record::read_id,
};

/// A receipt as it was accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AcceptedRow {
    /// Which one; it also says when it was accepted.
    pub id: Id,
    /// Its operation's type.
    pub kind: String,
    /// Tag 1054.
    pub sign: OperationSign,
    /// Whether it is a correction receipt.
    pub is_correction: bool,
    /// Tag 1020.
    pub total: Kopecks,
}

/// A receipt that has reached a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChangeRow {
    /// Which event; it also says when it happened.
    pub id: Id,
    /// The receipt.
    pub receipt: Id,
    /// What it became.
    pub state: ReceiptState,
}

/// Receipts that stand, as of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The newest event that is taken into account.
    pub as_of: Id,
    /// Receipts that are held or in doubt.
    pub receipts: Vec<(Id, ReceiptState)>,
}

/// The note of a document that a drive may have formed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IntentRow {
    /// Номер ФН.
    pub drive: String,
    /// The slot in which it was.
    pub slot: u8,
    /// The ФД number that the document has there, if it was formed.
    pub number: DocumentNumber,
    /// The time that was passed to the drive.
    pub time: String,
}

impl Reader {
    /// Calls `accepted` with each receipt and `changed` with each event after `after`, each in
    /// order; says up to which identifier it has read.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn flow(
        &self,
        after: Id,
        mut accepted: impl FnMut(AcceptedRow),
        mut changed: impl FnMut(ChangeRow),
    ) -> Result<Id> {
        self.at_once(|connection| {
            let mut receipts = connection.prepare_cached(
                "select r.id, o.type, r.sign, r.correction, r.total from receipt r \
                 join operation o on o.id = r.operation where r.id > ?1 order by r.id",
            )?;
            let mut rows = receipts.query([after.get()])?;
            while let Some(row) = rows.next()? {
                let spoiled = |why: terms::TermError| JournalError::spoiled("receipt", why);
                accepted(AcceptedRow {
                    id: read_id(row.get(0)?)?,
                    kind: row.get(1)?,
                    sign: OperationSign::from_code(row.get(2)?).map_err(spoiled)?,
                    is_correction: row.get(3)?,
                    total: Kopecks::new(row.get(4)?).map_err(spoiled)?,
                });
            }
            let mut events = connection
                .prepare_cached("select id, receipt, state from event where id > ?1 order by id")?;
            let mut rows = events.query([after.get()])?;
            while let Some(row) = rows.next()? {
                changed(ChangeRow {
                    id: read_id(row.get(0)?)?,
                    receipt: read_id(row.get(1)?)?,
                    state: read_state(&row.get::<_, String>(2)?)?,
                });
            }
            let last = read_id(last_event(connection)?)?;
            Ok(last.max(after))
        })
    }

    /// The receipts that are held or in doubt; reads all that are not at their end.
    ///
    /// # Errors
    /// See [`Reader::flow`].
    pub fn standing(&self) -> Result<Standing> {
        self.at_once(standing)
    }

    /// How many rows of bank files wait for a person, and how many payments nobody has identified.
    ///
    /// # Errors
    /// See [`Reader::flow`].
    pub fn undecided(&self) -> Result<(u64, u64)> {
        self.at_once(|connection| {
            let one = |sql: &str| Ok(connection.query_row(sql, [], |row| count(row, 0))?);
            let rows = one("select count(*) from import_row where state = 'waiting'");
            let rows: Result<u64> = rows;
            Ok((rows?, one("select count(*) from unidentified")?))
        })
    }

    /// How many documents a drive has formed on each day, in order; days without any are left out.
    ///
    /// # Errors
    /// See [`Reader::flow`].
    pub fn drive_days(&self, drive: &str) -> Result<Vec<(LocalDate, u64)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select d.day, d.documents from drive_day d join drive v on v.id = d.drive \
                 where v.number = ?1 order by d.day",
            )?;
            let mut rows = rows.query([drive])?;
            let mut days = Vec::new();
            while let Some(row) = rows.next()? {
                let day: String = row.get(0)?;
                let day = day
                    .parse()
                    .map_err(|why| JournalError::spoiled("drive_day", why))?;
                days.push((day, count(row, 1)?));
            }
            Ok(days)
        })
    }

    /// The open intent of a receipt: which drive may have formed it.
    ///
    /// # Errors
    /// See [`Reader::flow`].
    pub fn intent_of(&self, receipt: Id) -> Result<Option<IntentRow>> {
        self.with(|connection| intent(connection, receipt))
    }
}

pub(crate) fn standing(connection: &Connection) -> Result<Standing> {
    // The first conditions are those of the partial index.
    let mut rows = connection.prepare_cached(
        "select id, state from receipt where state <> 'fiscalized' \
         and state <> 'acknowledged' and state <> 'refused' \
         and (state = 'held' or state = 'in_doubt') order by id",
    )?;
    let mut rows = rows.query([])?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        let state = read_state(&row.get::<_, String>(1)?)?;
        receipts.push((read_id(row.get(0)?)?, state));
    }
    let as_of = read_id(last_event(connection)?)?;
    Ok(Standing { as_of, receipts })
}

fn intent(connection: &Connection, receipt: Id) -> Result<Option<IntentRow>> {
    let row = connection
        .prepare_cached(
            "select v.number, i.slot, i.number, i.time from intent i \
             join drive v on v.id = i.drive where i.receipt = ?1 and i.given_up_at is null",
        )?
        .query_row([receipt.get()], |row| {
            Ok(IntentRow {
                drive: row.get(0)?,
                slot: row.get(1)?,
                number: DocumentNumber(row.get(2)?),
                time: row.get(3)?,
            })
        })
        .optional()?;
    Ok(row)
}
