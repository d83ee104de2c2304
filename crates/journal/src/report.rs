//! Questions about the reports of a drive, and about the operations of one caller.

use rusqlite::OptionalExtension;
use terms::{DocumentNumber, Id};

use crate::{
    DocumentRow, Reader, ReceiptState, Result,
    read::{read_document, read_state},
    record::read_id,
};

/// Which report on a shift is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShiftReport {
    /// On its opening.
    Opening,
    /// On its closing.
    Closing,
}

/// The last report of a kind, as far as it was formed here.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The document.
    pub document: DocumentRow,
    /// The receipts of its shift, until now if the shift is open.
    pub receipts: u32,
}

/// How far the receipts of operations are whose keys begin alike.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeysTally {
    /// Fiscal documents, of the operations that are not older than was asked for.
    pub formed: u64,
    /// Refused or withdrawn, of the same operations.
    pub refused: u64,
    /// Those that are not at their end, however old.
    pub pending: u64,
    /// The oldest operation that stands in doubt or waits for a person.
    pub stuck: Option<Id>,
}

const DOCUMENT: &str = "select v.number as drive, v.emulated, d.number, d.task, d.receipt, d.time, \
     d.fiscal_sign, d.shift, d.receipt_number, d.ofd_code, d.ofd_messages, d.ofd_text, \
     d.acknowledged_at from document d join drive v on v.id = d.drive";

impl ShiftReport {
    const fn task(self) -> &'static str {
        match self {
            Self::Opening => "open_shift",
            Self::Closing => "close_shift",
        }
    }
}

impl Reader {
    /// The last report of this kind that a drive has formed.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn shift_report(&self, drive: &str, kind: ShiftReport) -> Result<Option<ReportRow>> {
        self.at_once(|connection| {
            let document = connection
                .prepare_cached(&format!(
                    "{DOCUMENT} where v.number = ?1 and d.task = ?2 order by d.number desc limit 1"
                ))?
                .query_and_then((drive, kind.task()), read_document)?
                .next()
                .transpose()?;
            let Some(document) = document else {
                return Ok(None);
            };
            let number = document.number.get();
            // Receipts lie before the report that closes their shift and after the one that opens it.
            let (from, to) = match kind {
                ShiftReport::Opening => (number, u32::MAX),
                ShiftReport::Closing => (self.opening_before(connection, drive, number)?, number),
            };
            let receipts = connection
                .prepare_cached(
                    "select count(d.receipt_number) from document d \
                     join drive v on v.id = d.drive \
                     where v.number = ?1 and d.number > ?2 and d.number < ?3 and d.shift = ?4",
                )?
                .query_row((drive, from, to, document.shift), |row| row.get(0))?;
            Ok(Some(ReportRow { document, receipts }))
        })
    }

    /// The last report on an opening before the document `number`; 0 when there is none.
    fn opening_before(
        &self,
        connection: &rusqlite::Connection,
        drive: &str,
        number: u32,
    ) -> Result<u32> {
        let found = connection
            .prepare_cached(
                "select d.number from document d join drive v on v.id = d.drive \
                 where v.number = ?1 and d.task = 'open_shift' and d.number < ?2 \
                 order by d.number desc limit 1",
            )?
            .query_row((drive, number), |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(0))
    }

    /// The first document of a drive without a ticket of the ОФД, and its time.
    pub fn first_unacknowledged(&self, drive: &str) -> Result<Option<(DocumentNumber, String)>> {
        self.with(|connection| {
            let found = connection
                .prepare_cached(
                    "select d.number, d.time from document d join drive v on v.id = d.drive \
                     where v.number = ?1 and d.acknowledged_at is null order by d.number limit 1",
                )?
                .query_row([drive], |row| {
                    Ok((DocumentNumber(row.get(0)?), row.get(1)?))
                })
                .optional()?;
            Ok(found)
        })
    }

    /// The receipts of operations whose keys begin with `prefix`; those at their end are counted
    /// from the operation `since` on, or not at all. It looks at all that wait, and at all from
    /// there on.
    pub fn tally_of_keys(&self, prefix: &str, since: Option<Id>) -> Result<KeysTally> {
        self.at_once(|connection| {
            let mut tally = KeysTally::default();
            let of_prefix = "join operation o on o.id = r.operation \
                             where substr(o.key, 1, length(?1)) = ?1";
            let mut pending = connection.prepare_cached(&format!(
                "select r.state, r.operation from receipt r {of_prefix} \
                 and r.state <> 'fiscalized' and r.state <> 'acknowledged' \
                 and r.state <> 'refused' order by r.id"
            ))?;
            let mut rows = pending.query([prefix])?;
            while let Some(row) = rows.next()? {
                tally.pending += 1;
                let state = read_state(&row.get::<_, String>(0)?)?;
                if tally.stuck.is_none()
                    && matches!(state, ReceiptState::InDoubt | ReceiptState::Held)
                {
                    tally.stuck = Some(read_id(row.get(1)?)?);
                }
            }
            let Some(since) = since else {
                return Ok(tally);
            };
            let mut ended = connection.prepare_cached(&format!(
                "select r.state, count(*) from receipt r {of_prefix} and r.id > ?2 \
                 and r.state in ('fiscalized', 'acknowledged', 'refused') group by r.state"
            ))?;
            let mut rows = ended.query((prefix, since.get()))?;
            while let Some(row) = rows.next()? {
                let count = row.get::<_, i64>(1)?.unsigned_abs();
                match read_state(&row.get::<_, String>(0)?)? {
                    ReceiptState::Refused => tally.refused += count,
                    _ => tally.formed += count,
                }
            }
            Ok(tally)
        })
    }
}
