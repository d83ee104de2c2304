//! What has to be known while restorations are carried out: how far one is, what goes wrong, and what
//! the registers have formed lately. None of it reads the rows or the receipts of a restoration: that
//! is why it costs the same for a hundred thousand of them as for ten, but for one walk over the index
//! of counts (some 30 bytes a row; 100 000 rows are about 10 ms).

use restoration::{Class, Counts, RowState, State};
use rusqlite::Connection;
use terms::{DocumentNumber, DriveNumber, Kopecks, LocalDate, OperationSign, TermError};

use super::read::{now, word};
use crate::{
    JournalError, Reader, ReceiptState, Result,
    read::{count, read_drive, read_state},
};

/// The condition of the index `receipt_pending`.
const IS_PENDING: &str =
    "r.state <> 'fiscalized' and r.state <> 'acknowledged' and r.state <> 'refused'";

/// How many rows of one class are in one state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RestorationCount {
    /// The class.
    pub class: Class,
    /// The state.
    pub state: RowState,
    /// How many.
    pub rows: u64,
    /// What they come to.
    pub amount: Kopecks,
    /// How many documents they need.
    pub documents: u64,
}

/// The receipts of a restoration that are not at their end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PendingReceipts {
    /// They wait for a drive or are on one.
    pub queued: u64,
    /// They wait for a person or stand in doubt.
    pub held: u64,
    /// They are fiscal documents without a ticket.
    pub fiscalized: u64,
    /// Their operation was cancelled: they will never be formed.
    pub cancelled: u64,
    /// Those that are not formed yet, as risk indicators count them.
    pub unformed: Counts,
}

/// What went wrong since a moment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Troubles {
    /// Drives that failed or went, and receipts that came to stand in doubt.
    pub drive_errors: u32,
    /// Documents that the ОФД has refused.
    pub ofd_rejections: u32,
    /// Documents of all drives without a ticket, now.
    pub unsent: u32,
}

/// What one drive has formed on one day, as risk indicators count it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShareCounts {
    /// The day of the documents.
    pub day: LocalDate,
    /// The receipts.
    pub counts: Counts,
}

impl Reader {
    /// The rows of a restoration by class and state.
    ///
    /// # Errors
    /// See [`Reader::operation`]; so for all methods here.
    pub fn restoration_counts(&self, id: i64) -> Result<Vec<RestorationCount>> {
        self.at_once(|connection| {
            let state: Option<String> = connection
                .prepare_cached("select max(state) from restoration where id = ?1")?
                .query_row([id], |row| row.get(0))?;
            let is_abandoned = state.as_deref() == Some(State::Abandoned.name());
            let mut rows = connection.prepare_cached(
                "select class, state, count(*), sum(amount), sum(documents) \
                 from restoration_row indexed by restoration_row_count \
                 where restoration = ?1 group by class, state",
            )?;
            let mut rows = rows.query([id])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                counts.push(RestorationCount {
                    class: word(&row.get::<_, String>(0)?)?,
                    state: now(word(&row.get::<_, String>(1)?)?, is_abandoned),
                    rows: count(row, 2)?,
                    amount: Kopecks::new(row.get(3)?).map_err(spoiled)?,
                    documents: count(row, 4)?,
                });
            }
            Ok(counts)
        })
    }

    /// The receipts of a restoration that are not at their end. It looks at all receipts that wait,
    /// and at all documents without a ticket, whosever they are.
    pub fn restoration_pending(&self, id: i64) -> Result<PendingReceipts> {
        self.at_once(|connection| pending(connection, id))
    }

    /// What went wrong after this entry of the history.
    pub fn troubles_since(&self, history: i64) -> Result<Troubles> {
        self.at_once(|connection| {
            let (drive_errors, ofd_rejections) = connection
                .prepare_cached(
                    "select count(case when what <> 'ofd_refused' then 1 end), \
                     count(case when what = 'ofd_refused' then 1 end) from history where id > ?1 \
                     and what in ('faulty', 'lost', 'in_doubt', 'drive_errors', 'ofd_refused')",
                )?
                .query_row([history], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let unsent = connection
                .prepare_cached("select count(*) from document where acknowledged_at is null")?
                .query_row([], |row| row.get(0))?;
            Ok(Troubles {
                drive_errors,
                ofd_rejections,
                unsent,
            })
        })
    }

    /// The drives that documents were formed in, each with the ККТ that it serves or served last.
    pub fn drives_of_registers(&self) -> Result<Vec<(DriveNumber, Option<String>)>> {
        self.with(|connection| {
            let mut rows = connection
                .prepare_cached("select number, facts ->> 'rnm' from drive order by id")?;
            let mut rows = rows.query([])?;
            let mut drives = Vec::new();
            while let Some(row) = rows.next()? {
                drives.push((read_drive(&row.get::<_, String>(0)?)?, row.get(1)?));
            }
            Ok(drives)
        })
    }

    /// The last document of a drive before the first shift that was opened on `day` or later; its last
    /// one when none was. Found in the index of shifts.
    pub fn document_before(&self, drive: DriveNumber, day: LocalDate) -> Result<DocumentNumber> {
        self.with(|connection| {
            let number: Option<u32> = connection
                .prepare_cached(
                    "select coalesce((select min(d.number) - 1 from document d \
                     indexed by document_shift_opened \
                     where d.task = 'open_shift' and d.time >= ?2 and d.drive = v.id), \
                     (select max(number) from document where drive = v.id)) \
                     from drive v where v.number = ?1",
                )?
                .query_row((drive.as_str(), day.to_string()), |row| row.get(0))?;
            Ok(DocumentNumber(number.unwrap_or(0)))
        })
    }

    /// What a drive has formed after a document, by day, and its last document.
    pub fn shares_after(
        &self,
        drive: DriveNumber,
        after: DocumentNumber,
    ) -> Result<(Vec<ShareCounts>, DocumentNumber)> {
        self.at_once(|connection| {
            let last: Option<u32> = connection
                .prepare_cached(
                    "select max(number) from document \
                     where drive = (select id from drive where number = ?1)",
                )?
                .query_row([drive.as_str()], |row| row.get(0))?;
            let last = DocumentNumber(last.unwrap_or(0).max(after.get()));
            let mut rows = connection.prepare_cached(
                "select substr(d.time, 1, 10), r.sign, r.correction, count(*) from document d \
                 join receipt r on r.id = coalesce(d.receipt, d.doubles) \
                 where d.drive = (select id from drive where number = ?1) \
                 and d.number > ?2 and d.number <= ?3 and d.task = 'receipt' group by 1, 2, 3",
            )?;
            let mut rows = rows.query((drive.as_str(), after.get(), last.get()))?;
            let mut days = Vec::new();
            while let Some(row) = rows.next()? {
                let sign = OperationSign::from_code(row.get(1)?).map_err(spoiled)?;
                days.push(ShareCounts {
                    day: row.get::<_, String>(0)?.parse().map_err(spoiled)?,
                    counts: Counts::one(sign, row.get(2)?).times(count(row, 3)?),
                });
            }
            Ok((days, last))
        })
    }

    /// Documents that all drives have formed since a moment, milliseconds since 1970; it looks at no
    /// more than the last `most` of each drive.
    pub fn formed_since(&self, unix_ms: i64, most: u32) -> Result<u64> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached(
                    "select count(*) from drive v cross join document d on d.drive = v.id and d.number > \
                     (select coalesce(max(number), 0) - ?2 from document where drive = v.id) \
                     where d.formed_at >= ?1",
                )?
                .query_row((unix_ms, most), |row| count(row, 0))?)
        })
    }
}

/// The receipts of a restoration that are not at their end.
pub(super) fn pending(connection: &Connection, id: i64) -> Result<PendingReceipts> {
    let mut pending = PendingReceipts::default();
    let mut rows = connection.prepare_cached(&format!(
        "select r.state, r.sign, r.correction, count(*) \
         from receipt r indexed by receipt_pending cross join restoration_row w \
         on w.operation = r.operation where {IS_PENDING} and w.operation is not null \
         and w.restoration = ?1 group by 1, 2, 3"
    ))?;
    let mut rows = rows.query([id])?;
    while let Some(row) = rows.next()? {
        let receipts = count(row, 3)?;
        match read_state(&row.get::<_, String>(0)?)? {
            ReceiptState::Held | ReceiptState::InDoubt => pending.held += receipts,
            _ => pending.queued += receipts,
        }
        let sign = OperationSign::from_code(row.get(1)?).map_err(spoiled)?;
        let one = Counts::one(sign, row.get(2)?);
        pending.unformed = pending.unformed.plus(one.times(receipts));
    }
    pending.fiscalized = connection
        .prepare_cached(
            "select count(*) from document d indexed by document_unacknowledged \
             cross join receipt r on r.id = d.receipt \
             cross join restoration_row w on w.operation = r.operation \
             where d.acknowledged_at is null and w.operation is not null \
             and w.restoration = ?1",
        )?
        .query_row([id], |row| count(row, 0))?;
    pending.cancelled = connection
        .prepare_cached(
            "select coalesce(sum(w.documents), 0) from cancellation c \
             cross join restoration_row w on w.operation = c.operation \
             where w.operation is not null and w.restoration = ?1",
        )?
        .query_row([id], |row| count(row, 0))?;
    Ok(pending)
}

fn spoiled(why: TermError) -> JournalError {
    JournalError::spoiled("restoration", why)
}
