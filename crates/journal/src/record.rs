//! Storing what the cassette wants to be durable.

use cassette::{DriveFacts, Fate, Intent, Record, Signed, SlotId, Task};
use fn_proto::{Phase, Request};
use rusqlite::{Connection, OptionalExtension};
use terms::{DocumentNumber, DriveNumber, Id, Kopecks, LocalDate, OperationSign};

use crate::{
    JournalError, Result,
    drive::last_document,
    scribe::{Changes, Pen},
    writer::{Change, ReceiptState},
};

/// Stores one record, or refuses it when it contradicts what is stored.
pub(crate) fn store(
    pen: &mut Pen,
    connection: &Connection,
    record: &Record,
    changes: &mut Changes,
) -> Result<()> {
    let mut page = Page {
        pen,
        connection,
        changes,
    };
    match record {
        Record::Intent {
            slot,
            drive,
            intent,
        } => page.intent(*slot, *drive, intent),
        Record::Formed { .. } => page.formed(record),
        Record::Void {
            drive,
            number,
            receipt,
            fate,
            cause,
        } => page.void(*drive, *number, *receipt, fate, cause),
        Record::InDoubt {
            drive,
            number,
            receipt,
            cause,
        } => page.in_doubt(*drive, *number, *receipt, cause),
        Record::OfdAnswered {
            drive,
            number,
            answer,
        } => page.ofd_answered(*drive, *number, answer),
        Record::Acknowledged {
            drive,
            number,
            answer,
            ticket,
        } => page.acknowledged(*drive, *number, answer, ticket),
        Record::SlotChanged {
            slot,
            drive,
            state,
            reason,
        } => {
            let drive = drive.map(|drive| page.drive(drive)).transpose()?;
            let detail = reason
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            page.tell(&History {
                slot: Some(*slot),
                drive,
                ..History::new(state.name(), &detail)
            })
        }
        Record::DriveSeen { slot, facts } => page.drive_seen(*slot, facts),
        Record::DriveErrors { drive, errors } => {
            let bytes: String = errors.iter().map(|byte| format!("{byte:02X}")).collect();
            page.tell(&History {
                drive: Some(page.drive(*drive)?),
                ..History::new("drive_errors", &bytes)
            })
        }
        Record::FormAnew {
            drive,
            number,
            receipt,
            signed,
        } => page.form_anew(*drive, *number, *receipt, signed),
        Record::Found { drive, entry } => page.found(*drive, entry),
        Record::Adopted {
            drive,
            last_document,
            signed,
        } => page.adopted(*drive, *last_document, signed),
        Record::Released { receipt, signed } => page.released(*receipt, signed),
        Record::Cancelled { operation, signed } => page.cancelled(*operation, signed),
        Record::Swap {
            slot,
            drive,
            change,
        } => page.swap(*slot, *drive, change),
        Record::ClockTrusted(signed) => page.tell(&History {
            ..History::new("clock_trusted", &signed.reason).signed(signed)
        }),
    }
}

pub(crate) struct Page<'a> {
    pub(crate) pen: &'a mut Pen,
    pub(crate) connection: &'a Connection,
    pub(crate) changes: &'a mut Changes,
}

/// An entry of the history.
#[derive(Clone, Copy)]
pub(crate) struct History<'a> {
    pub(crate) slot: Option<SlotId>,
    pub(crate) drive: Option<i64>,
    pub(crate) receipt: Option<Id>,
    pub(crate) what: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) by: Option<&'a str>,
    /// The key that it came with.
    pub(crate) key: Option<i64>,
}

impl<'a> History<'a> {
    pub(crate) const fn new(what: &'a str, detail: &'a str) -> Self {
        Self {
            slot: None,
            drive: None,
            receipt: None,
            what,
            detail,
            by: None,
            key: None,
        }
    }

    /// The same, decided by a person.
    pub(crate) const fn signed(mut self, signed: &'a Signed) -> Self {
        self.by = Some(signed.by.as_str());
        self.key = signed.key;
        self
    }

    /// Appends it.
    pub(crate) fn write(&self, connection: &Connection, now: i64) -> Result<()> {
        connection
            .prepare_cached(
                "insert into history (at, slot, drive, receipt, what, detail, by, api_key) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                now,
                self.slot.map(|slot| slot.0),
                self.drive,
                self.receipt.map(Id::get),
                self.what,
                self.detail,
                self.by,
                self.key,
            ))?;
        Ok(())
    }
}

/// An intent that is closed.
struct Closed {
    given_up: bool,
}

impl Page<'_> {
    fn intent(&mut self, slot: SlotId, drive: DriveNumber, intent: &Intent) -> Result<()> {
        let row = self.drive(drive)?;
        self.check_next(row, drive, intent.number)?;
        let form = match &intent.task {
            Task::Registration(it) => Some(Request::FormRegistration(it.form.clone()).encode()),
            Task::CloseArchive(rnm) => {
                let (time, rnm) = (intent.time, *rnm);
                Some(Request::CloseArchive { time, rnm }.encode())
            }
            _ => None,
        };
        let ffd = match &intent.task {
            Task::Registration(registering) => Some(registering.ffd.code()),
            _ => None,
        };
        if let Some(receipt) = intent.task.receipt() {
            self.receipt_from(
                receipt,
                &[ReceiptState::Queued],
                ReceiptState::OnDrive,
                None,
            )?;
        }
        self.connection
            .prepare_cached(
                "insert into intent (drive, number, slot, task, receipt, time, tlv, form, \
                 stored_at, ffd) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                row,
                intent.number.get(),
                slot.0,
                task_name(&intent.task),
                intent.task.receipt().map(Id::get),
                intent.time.to_string(),
                &intent.tlv,
                form,
                self.pen.now,
                ffd,
            ))
            .map_err(|error| {
                JournalError::storing(format!("an intent for drive {drive}"), error)
            })?;
        Ok(())
    }

    /// A drive's documents have no gap: what comes next follows the last one.
    fn check_next(&self, row: i64, drive: DriveNumber, number: DocumentNumber) -> Result<()> {
        let last = last_document(self.connection, row)?;
        if last.get() == 0 || last.next() == number {
            return Ok(());
        }
        Err(JournalError::contradiction(
            format!("an intent for ФД {number} of drive {drive}"),
            format!("its last document is ФД {last}"),
        ))
    }

    fn formed(&mut self, record: &Record) -> Result<()> {
        let Record::Formed {
            slot: _,
            drive,
            task,
            time,
            document,
            shift,
            receipt_number,
        } = record
        else {
            return Ok(());
        };
        let row = self.drive(*drive)?;
        let closed = self.close_intent(row, *drive, document.number, task.receipt())?;
        // Another drive has formed this receipt, or will: this document is one too many.
        let double = task.receipt().filter(|_| closed.given_up);
        let receipt = task.receipt().filter(|_| !closed.given_up);
        let shift = match task {
            Task::Receipt { .. } => self.shift_of(row, document.number, shift.get())?,
            _ => shift.get(),
        };
        self.connection
            .prepare_cached(
                "insert into document (drive, number, task, receipt, time, fiscal_sign, shift, \
                 receipt_number, formed_at, doubles) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                row,
                document.number.get(),
                task_name(task),
                receipt.map(Id::get),
                time.to_string(),
                document.sign.0,
                shift,
                receipt_number.map(terms::ReceiptNumber::get),
                self.pen.now,
                double.map(Id::get),
            ))
            .map_err(|error| {
                JournalError::storing(format!("ФД {} of drive {drive}", document.number), error)
            })?;
        self.count(row, time.date())?;
        if let Task::Receipt {
            correction,
            operation,
            total,
            ..
        } = task
        {
            self.sum_up(row, shift, *correction, (*operation, *total))?;
        }
        if let Some(double) = double {
            self.undo_double(row, double, *document, time.date())?;
        }
        if let Some(receipt) = receipt {
            self.connection
                .prepare_cached(
                    "update receipt set state = 'fiscalized', reason = null, drive = ?2, \
                     document = ?3 where id = ?1 and state in ('on_drive', 'in_doubt')",
                )?
                .execute((receipt.get(), row, document.number.get()))
                .map_err(JournalError::from)
                .and_then(|changed| one(changed, "a formed receipt", receipt))?;
            self.changed(Change::of(receipt, ReceiptState::Fiscalized), None)?;
        }
        Ok(())
    }

    /// Counts a document for the drive's rate.
    pub(crate) fn count(&self, drive: i64, day: LocalDate) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into drive_day (drive, day, documents) values (?1, ?2, 1) \
                 on conflict (drive, day) do update set documents = documents + 1",
            )?
            .execute((drive, day.to_string()))?;
        Ok(())
    }

    /// Adds a receipt to what its shift has settled.
    pub(crate) fn sum_up(
        &self,
        drive: i64,
        shift: u16,
        is_correction: bool,
        (sign, total): (OperationSign, Kopecks),
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "insert into shift_sum (drive, shift, correction, sign, receipts, total) \
                 values (?1, ?2, ?3, ?4, 1, ?5) on conflict (drive, shift, correction, sign) \
                 do update set receipts = receipts + 1, total = total + excluded.total",
            )?
            .execute((drive, shift, is_correction, sign.code(), total.get()))?;
        Ok(())
    }

    /// The answer to 16h does not name the shift: it is that of the document before.
    pub(crate) fn shift_of(&self, drive: i64, number: DocumentNumber, said: u16) -> Result<u16> {
        if said != 0 {
            return Ok(said);
        }
        let before: Option<u16> = self
            .connection
            .prepare_cached("select shift from document where drive = ?1 and number = ?2")?
            .query_row((drive, number.get().saturating_sub(1)), |row| row.get(0))
            .optional()?;
        Ok(before.unwrap_or(0))
    }

    fn void(
        &mut self,
        drive: DriveNumber,
        number: DocumentNumber,
        receipt: Option<Id>,
        fate: &Fate,
        cause: &str,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let closed = self.close_intent(row, drive, number, receipt)?;
        if let Some(receipt) = receipt.filter(|_| !closed.given_up) {
            let (state, reason) = match fate {
                Fate::Requeue => (ReceiptState::Queued, None),
                Fate::Hold(why) => (ReceiptState::Held, Some(why.as_str())),
            };
            self.receipt_from(
                receipt,
                &[ReceiptState::OnDrive, ReceiptState::InDoubt],
                state,
                reason,
            )?;
        }
        self.tell(&History {
            drive: Some(row),
            receipt,
            ..History::new("void", &format!("ФД {number}: {cause}"))
        })
    }

    fn in_doubt(
        &mut self,
        drive: DriveNumber,
        number: DocumentNumber,
        receipt: Id,
        cause: &str,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let given_up: Option<Option<i64>> = self
            .connection
            .prepare_cached(
                "select given_up_at from intent where drive = ?1 and number = ?2 and receipt = ?3",
            )?
            .query_row((row, number.get(), receipt.get()), |row| row.get(0))
            .optional()?;
        match given_up {
            None => return Err(no_intent(drive, number, Some(receipt))),
            // Another drive turned out to have it in the meantime.
            Some(Some(_)) => return Ok(()),
            Some(None) => {}
        }
        let reason = format!("drive {drive}, ФД {number}: {cause}");
        let from = [ReceiptState::OnDrive];
        self.receipt_from(receipt, &from, ReceiptState::InDoubt, Some(&reason))?;
        self.tell(&History {
            drive: Some(row),
            receipt: Some(receipt),
            ..History::new("in_doubt", &reason)
        })
    }

    fn drive_seen(&mut self, slot: SlotId, facts: &DriveFacts) -> Result<()> {
        let row = self.drive(facts.number())?;
        let json = serde_json::json!({
            "version": facts.version,
            "model": facts.model,
            "phase": facts.status.phase.to_string(),
            "ffd": facts.ffd.map(|ffd| ffd.to_string()),
            "until": facts.until.map(|until| until.to_string()),
            "last_document": facts.status.last_document.get(),
            "documents_left": facts.documents_left,
            "registrations_left": facts.registrations_left,
            "rnm": facts.registration.as_ref().map(|it| it.rnm.to_string()),
            "user_inn": facts.registration.as_ref().map(|it| it.user_inn.to_string()),
            "tax_systems": facts.registration.as_ref().map(|it| it.tax_systems),
        });
        self.connection
            .prepare_cached(
                "update drive set emulated = ?2, slot = ?3, seen_at = ?5, \
                 facts = json_set(?4, '$.was_blank', \
                   coalesce(facts ->> 'was_blank', 0) or facts ->> 'phase' is ?6) where id = ?1",
            )?
            .execute((
                row,
                !facts.serial,
                slot.0,
                json.to_string(),
                self.pen.now,
                Phase::Ready.to_string(),
            ))?;
        Ok(())
    }

    /// The drive's row; it is made when the drive is new.
    pub(crate) fn drive(&self, drive: DriveNumber) -> Result<i64> {
        let known: Option<i64> = self
            .connection
            .prepare_cached("select id from drive where number = ?1")?
            .query_row([drive.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(row) = known {
            return Ok(row);
        }
        self.connection
            .prepare_cached(
                "insert into drive (number, emulated, slot, facts, seen_at) \
                 values (?1, ?2, 0, '{}', ?3)",
            )?
            .execute((drive.as_str(), drive.is_debug(), self.pen.now))?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Removes the intent for exactly this document.
    fn close_intent(
        &self,
        row: i64,
        drive: DriveNumber,
        number: DocumentNumber,
        receipt: Option<Id>,
    ) -> Result<Closed> {
        let given_up: Option<Option<i64>> = self
            .connection
            .prepare_cached(
                "delete from intent where drive = ?1 and number = ?2 and receipt is ?3 \
                 returning given_up_at",
            )?
            .query_row((row, number.get(), receipt.map(Id::get)), |row| row.get(0))
            .optional()?;
        match given_up {
            Some(given_up_at) => Ok(Closed {
                given_up: given_up_at.is_some(),
            }),
            None => Err(no_intent(drive, number, receipt)),
        }
    }

    pub(crate) fn receipt_from(
        &mut self,
        receipt: Id,
        from: &[ReceiptState],
        to: ReceiptState,
        reason: Option<&str>,
    ) -> Result<()> {
        let from = |place: usize| from.get(place).map(|state| state.name());
        let changed = self
            .connection
            .prepare_cached(
                "update receipt set state = ?2, reason = ?3 \
                 where id = ?1 and state in (?4, ?5)",
            )?
            .execute((receipt.get(), to.name(), reason, from(0), from(1)))?;
        one(changed, "a receipt's change of state", receipt)?;
        self.changed(Change::of(receipt, to), reason)
    }

    pub(crate) fn tell(&self, entry: &History<'_>) -> Result<()> {
        entry.write(self.connection, self.pen.now)
    }
}

fn one(changed: usize, what: &str, receipt: Id) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    Err(JournalError::contradiction(
        what,
        format!("receipt {receipt} is in another state"),
    ))
}

pub(crate) fn no_intent(
    drive: DriveNumber,
    number: DocumentNumber,
    receipt: Option<Id>,
) -> JournalError {
    let what = receipt.map_or("a report".to_owned(), |receipt| {
        format!("receipt {receipt}")
    });
    JournalError::contradiction(
        format!("ФД {number} of drive {drive}"),
        format!("there is no intent for it as {what}"),
    )
}

pub(crate) fn read_id(number: i64) -> Result<Id> {
    Id::from_number(number).map_err(|error| JournalError::spoiled("receipt", error))
}

const fn task_name(task: &Task) -> &'static str {
    match task {
        Task::Registration(_) => "registration",
        Task::OpenShift => "open_shift",
        Task::Receipt { .. } => "receipt",
        Task::CloseShift => "close_shift",
        Task::CloseArchive(_) => "close_archive",
    }
}
