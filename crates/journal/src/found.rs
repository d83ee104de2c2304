//! Documents that a drive holds and the journal does not know: an old copy of the journal was put
//! back, or somebody else has used the drive.

use cassette::{ArchiveEntry, Signed};
use fn_proto::{ArchivedDetails, DocumentKind};
use rusqlite::OptionalExtension;
use terms::{DocumentNumber, DriveNumber, Id};

use crate::{
    JournalError, ReceiptState, Result,
    drive::last_document,
    record::{History, Page, read_id},
    writer::Change,
};

impl Page<'_> {
    /// Stores a document that was read from its drive. A queued or held receipt of the same
    /// contents is formed by it: the first one, if there are several; if there is none, one that
    /// another drive was asked for. That drive's intent is given up then: after the copy was made
    /// that it stands in, it was found that the drive has not formed it, or a person has sent the
    /// receipt to this one.
    pub(crate) fn found(&mut self, drive: DriveNumber, entry: &ArchiveEntry) -> Result<()> {
        let row = self.drive(drive)?;
        let document = entry.document.document;
        let last = last_document(self.connection, row)?;
        if last.next() != document.number {
            return Err(JournalError::contradiction(
                format!("ФД {} found on drive {drive}", document.number),
                format!("its last document is ФД {last}"),
            ));
        }
        let receipt = match self.receipt_in(entry)? {
            None => self.take_from_another(row, entry)?,
            waiting => waiting,
        };
        let task = match (receipt, entry.document.kind) {
            (Some(_), _) => "receipt",
            (None, DocumentKind::ShiftOpening) => "open_shift",
            (None, DocumentKind::ShiftClosing) => "close_shift",
            (None, DocumentKind::ArchiveClosing) => "close_archive",
            (None, DocumentKind::Registration | DocumentKind::Reregistration) => "registration",
            (None, _) => "found",
        };
        let shift = match (&entry.document.details, entry.shift()) {
            (ArchivedDetails::Shift(shift), _) => shift.get(),
            (ArchivedDetails::Receipt { .. }, Some(shift)) => shift.get(),
            (ArchivedDetails::Receipt { .. }, None) => self.shift_of(row, document.number, 0)?,
            _ => 0,
        };
        self.connection
            .prepare_cached(
                "insert into document (drive, number, task, receipt, time, fiscal_sign, shift, \
                 formed_at, receipt_number) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                row,
                document.number.get(),
                task,
                receipt.map(Id::get),
                entry.document.time.to_string(),
                document.sign.0,
                shift,
                self.pen.now,
                entry.receipt_number().map(terms::ReceiptNumber::get),
            ))?;
        self.count(row, entry.document.time.date())?;
        if let ArchivedDetails::Receipt { operation, total } = entry.document.details {
            let is_correction = entry.document.kind == DocumentKind::Correction;
            self.sum_up(row, shift, is_correction, (operation, total))?;
        }
        if let Some(receipt) = receipt {
            self.connection
                .prepare_cached(
                    "update receipt set state = 'fiscalized', reason = null, drive = ?2, \
                     document = ?3 \
                     where id = ?1 and state in ('queued', 'on_drive', 'held', 'in_doubt')",
                )?
                .execute((receipt.get(), row, document.number.get()))?;
            let formed = Change::of(receipt, ReceiptState::Fiscalized);
            let is_found = true;
            self.changed(Change { is_found, ..formed }, None)?;
        }
        let detail = format!("ФД {}, {}", document.number, entry.document.kind);
        self.tell(&History {
            drive: Some(row),
            receipt,
            ..History::new("found", &detail)
        })
    }

    /// The queued receipt that would become this very document.
    fn receipt_in(&self, entry: &ArchiveEntry) -> Result<Option<Id>> {
        let ArchivedDetails::Receipt { operation, total } = entry.document.details else {
            return Ok(None);
        };
        let mut candidates = self.connection.prepare_cached(
            "select id, tlv from receipt \
             where state <> 'fiscalized' and state <> 'acknowledged' and state <> 'refused' \
             and state in ('queued', 'held') \
             and sign = ?1 and total = ?2 and correction = ?3 order by id",
        )?;
        let is_correction = entry.document.kind == DocumentKind::Correction;
        let mut rows = candidates.query((operation.code(), total.get(), is_correction))?;
        while let Some(row) = rows.next()? {
            let tlv = row.get_ref(1)?.as_blob().unwrap_or_default();
            if entry.is_formed_of(tlv) {
                return Ok(Some(read_id(row.get(0)?)?));
            }
        }
        Ok(None)
    }

    /// The receipt that another drive was asked for and that would become this very document. That
    /// drive is not waited for any more.
    fn take_from_another(&self, row: i64, entry: &ArchiveEntry) -> Result<Option<Id>> {
        let ArchivedDetails::Receipt { operation, total } = entry.document.details else {
            return Ok(None);
        };
        let mut asked = self.connection.prepare_cached(
            "select i.drive, r.id, r.tlv from intent i join receipt r on r.id = i.receipt \
             where i.drive <> ?4 and i.given_up_at is null and r.state in ('on_drive', 'in_doubt') \
             and r.sign = ?1 and r.total = ?2 and r.correction = ?3 order by r.id",
        )?;
        let is_correction = entry.document.kind == DocumentKind::Correction;
        let sought = (operation.code(), total.get(), is_correction, row);
        let mut rows = asked.query(sought)?;
        while let Some(found) = rows.next()? {
            if !entry.is_formed_of(found.get_ref(2)?.as_blob().unwrap_or_default()) {
                continue;
            }
            let (other, receipt): (i64, Id) = (found.get(0)?, read_id(found.get(1)?)?);
            self.connection
                .prepare_cached("update intent set given_up_at = ?2 where drive = ?1")?
                .execute((other, self.pen.now))?;
            self.tell(&History {
                drive: Some(other),
                receipt: Some(receipt),
                ..History::new("given_up", "another drive has it")
            })?;
            return Ok(Some(receipt));
        }
        Ok(None)
    }

    /// From here on the drive's documents are the journal's.
    pub(crate) fn adopted(
        &mut self,
        drive: DriveNumber,
        last_document: DocumentNumber,
        signed: &Signed,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let known: Option<u32> = self
            .connection
            .prepare_cached("select 1 from document where drive = ?1 limit 1")?
            .query_row([row], |row| row.get(0))
            .optional()?;
        if known.is_some() {
            return Err(JournalError::contradiction(
                format!("the taking in of drive {drive}"),
                "it has documents here already",
            ));
        }
        self.connection
            .prepare_cached("update drive set base = ?2 where id = ?1")?
            .execute((row, last_document.get()))?;
        let detail = format!("up to ФД {last_document}: {}", signed.reason);
        self.tell(&History {
            drive: Some(row),
            ..History::new("adopted", &detail).signed(signed)
        })
    }
}
