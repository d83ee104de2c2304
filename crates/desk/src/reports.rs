//! What faces of other protocols ask: reports of drives, registers, operations of one caller.

use journal::ReportRow;
use terms::{DocumentNumber, Id};

use crate::{Desk, DeskError};

pub use journal::{KeysTally, ShiftReport};

/// A report on a shift, as its drive formed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReportView {
    /// Номер ФД.
    pub number: u32,
    /// ФПД.
    pub fiscal_sign: u32,
    /// Its time, `YYYY-MM-DDTHH:MM`.
    pub time: String,
    /// Its shift.
    pub shift: u16,
    /// The receipts of the shift, until now if it is open.
    pub receipts: u32,
}

/// The ККТ that a drive serves, or served last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RegisterView {
    /// Tag 1037.
    pub rnm: Option<String>,
    /// Tag 1013, if it lives in a slot.
    pub serial: Option<String>,
}

impl Desk {
    /// The last report on a shift that a drive has formed here.
    ///
    /// # Errors
    /// See [`Desk::operation`]; so for all questions here.
    pub fn shift_report(
        &self,
        drive: &str,
        kind: ShiftReport,
    ) -> Result<Option<ReportView>, DeskError> {
        let report = self.reader().shift_report(drive, kind)?;
        Ok(report.map(|ReportRow { document, receipts }| ReportView {
            number: document.number.get(),
            fiscal_sign: document.fiscal_sign,
            time: document.time,
            shift: document.shift,
            receipts,
        }))
    }

    /// The ККТ that a drive serves; empty when it is not known.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn register_of(&self, drive: &str) -> Result<RegisterView, DeskError> {
        let kkt = self.reader().kkt_of(drive)?.unwrap_or_default();
        Ok(RegisterView {
            rnm: kkt.rnm,
            serial: kkt.serial,
        })
    }

    /// The first document of a drive without a ticket of the ОФД, with its time.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn first_unacknowledged(
        &self,
        drive: &str,
    ) -> Result<Option<(DocumentNumber, String)>, DeskError> {
        Ok(self.reader().first_unacknowledged(drive)?)
    }

    /// How far the receipts are of operations whose keys begin with `prefix`. Those at their end are
    /// counted if they were accepted within the last `hours`, if such are wanted.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn tally_of_keys(&self, prefix: &str, hours: Option<u32>) -> Result<KeysTally, DeskError> {
        let now = self.clock().unix_ms();
        let since = hours.map(|hours| Id::since(now - i64::from(hours) * 3_600_000));
        Ok(self.reader().tally_of_keys(prefix, since)?)
    }
}
