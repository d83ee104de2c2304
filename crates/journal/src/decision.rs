//! What people have decided about receipts and drives, and what follows from it.

use cassette::{Job, Signed, SlotId, SwapChange};
use fn_proto::{Formed, Request};
use rusqlite::OptionalExtension;
use terms::{DocumentNumber, DriveNumber, Id, LocalDate};

use crate::{
    JournalError, ReceiptState, Result, Undone, receipt,
    record::{History, Page, no_intent},
    writer::Change,
};

impl Page<'_> {
    /// The receipt is queued again; the intent stays, given up.
    pub(crate) fn form_anew(
        &mut self,
        drive: DriveNumber,
        number: DocumentNumber,
        receipt: Id,
        signed: &Signed,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let given_up = self
            .connection
            .prepare_cached(
                "update intent set given_up_at = ?4 \
                 where drive = ?1 and number = ?2 and receipt = ?3 and given_up_at is null",
            )?
            .execute((row, number.get(), receipt.get(), self.pen.now))?;
        if given_up != 1 {
            return Err(no_intent(drive, number, Some(receipt)));
        }
        let from = [ReceiptState::InDoubt];
        self.receipt_from(receipt, &from, ReceiptState::Queued, None)?;
        let detail = format!("drive {drive}, ФД {number}: {}", signed.reason);
        self.tell(&History {
            drive: Some(row),
            receipt: Some(receipt),
            ..History::new("formed_anew", &detail).signed(signed)
        })
    }

    pub(crate) fn released(&mut self, receipt: Id, signed: &Signed) -> Result<()> {
        let from = [ReceiptState::Held];
        self.receipt_from(receipt, &from, ReceiptState::Queued, None)?;
        self.tell(&History {
            receipt: Some(receipt),
            ..History::new("released", &signed.reason).signed(signed)
        })
    }

    /// The drive of a given-up intent has formed its receipt after all: the document is undone by a
    /// return receipt.
    pub(crate) fn undo_double(
        &mut self,
        drive: i64,
        receipt: Id,
        document: Formed,
        today: LocalDate,
    ) -> Result<()> {
        type Row = (i64, Option<i64>, i64, String, Vec<u8>);
        let (operation, account, order_key, body, tlv): Row = self
            .connection
            .prepare_cached(
                "select operation, account, order_key, body, tlv from receipt where id = ?1",
            )?
            .query_row([receipt.get()], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            })?;
        let first = receipt::from_json(format!("receipt {receipt}"), &body)?;
        let back = engine::undo_double(&first, &receipt.to_string(), document.sign, today);
        let detail = format!(
            "ФД {} is one too many: a return receipt follows",
            document.number
        );
        self.tell(&History {
            drive: Some(drive),
            receipt: Some(receipt),
            ..History::new("doubled", &detail)
        })?;
        let undone = Undone {
            receipt: &first,
            tlv: &tlv,
        };
        let new = self.pen.document(&back, &undone).map_err(|refused| {
            let what = format!("the return receipt for receipt {receipt}");
            JournalError::contradiction(what, refused.message)
        })?;
        let id = self.pen.ids.next(self.pen.now);
        self.connection
            .prepare_cached(
                "insert into receipt (id, operation, account, state, order_key, class, correction, \
                 tax_system, sign, total, body, tlv, return_of) \
                 values (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                id.get(),
                operation,
                account,
                order_key,
                new.class.code(),
                back.correction.is_some(),
                back.tax_system.bit(),
                back.operation.code(),
                back.total.get(),
                receipt::to_json(&back)?,
                &new.tlv,
                receipt.get(),
            ))?;
        // Its own row is the event.
        let queued = Change::of(id, ReceiptState::Queued);
        self.changes.receipts.push(queued);
        self.changes.jobs.push(Job {
            id,
            order_key,
            class: new.class,
            correction: back.correction.is_some(),
            tax_system: back.tax_system,
            operation: back.operation,
            total: back.total,
            tlv: new.tlv,
        });
        Ok(())
    }

    pub(crate) fn swap(
        &mut self,
        slot: SlotId,
        drive: DriveNumber,
        change: &SwapChange,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let (what, detail, signed) = match change {
            SwapChange::Ordered(registration, signed) => {
                self.connection
                    .prepare_cached(
                        "insert into swap (slot, drive, form, serial, tlv, ordered_at, ffd) \
                         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute((
                        slot.0,
                        row,
                        Request::FormRegistration(registration.form.clone()).encode(),
                        &registration.serial,
                        &registration.tlv,
                        self.pen.now,
                        registration.ffd.code(),
                    ))
                    .map_err(|error| {
                        JournalError::storing(format!("the swap of drive {drive}"), error)
                    })?;
                ("swap_ordered", signed.reason.clone(), Some(signed))
            }
            SwapChange::Exported => {
                self.change_swap(slot, row, "exported_at = ?3", self.pen.now)?;
                ("swap_exported", String::new(), None)
            }
            SwapChange::Confirmed(new, signed) => {
                self.change_swap(slot, row, "confirmed = ?3", new.as_str())?;
                let detail = format!("drive {new}: {}", signed.reason);
                ("swap_confirmed", detail, Some(signed))
            }
            SwapChange::Done(new) => {
                let end = "ended = 'done', ended_at = ?3";
                self.change_swap(slot, row, end, self.pen.now)?;
                ("swap_done", format!("drive {new} works in its place"), None)
            }
            SwapChange::Abandoned(signed) => {
                let end = "ended = 'abandoned', ended_at = ?3";
                self.change_swap(slot, row, end, self.pen.now)?;
                ("swap_abandoned", signed.reason.clone(), Some(signed))
            }
        };
        let entry = History {
            slot: Some(slot),
            drive: Some(row),
            ..History::new(what, &detail)
        };
        match signed {
            Some(signed) => self.tell(&entry.signed(signed)),
            None => self.tell(&entry),
        }
    }

    fn change_swap(
        &self,
        slot: SlotId,
        drive: i64,
        change: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<()> {
        let sql = format!(
            "update swap set {change} where slot = ?1 and drive = ?2 and ended_at is null \
             returning id"
        );
        let changed: Option<i64> = self
            .connection
            .prepare_cached(&sql)?
            .query_row((slot.0, drive, value), |row| row.get(0))
            .optional()?;
        if changed.is_none() {
            let what = format!("the swap in slot {slot}");
            return Err(JournalError::contradiction(what, "none is under way"));
        }
        Ok(())
    }
}
