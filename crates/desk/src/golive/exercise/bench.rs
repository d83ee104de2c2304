//! An emulated drive in memory, and how a receipt is formed on it.

use cassette::{Registering, Registration};
use emulator::drive::{Drive, DriveError, Passport};
use engine::Receipt;
use ffd::{EncodeError, RegistrationFacts, SplitError, check::check_stored, split_for_drive};
use fn_proto::{Answer, AnswerCode, Device, Formed, Generation, Rejection, Request};
use terms::{LocalDateTime, TermError};
use thiserror::Error;

use super::TestDocument;
use crate::{Setup, setup::ReportTlvs};

/// The serial number (tag 1013) of the register that the emulated drive is in.
pub(crate) const BENCH_SERIAL: &str = "TRIAL";
/// Its number: that of a debug drive.
const NUMBER: &str = "9999078900000000";
/// Objects of a document that are read back at most.
const OBJECTS_MAX: usize = 10_000;

/// Why a document is not formed on the emulated drive.
#[derive(Debug, Error)]
pub(crate) enum Unformed {
    /// There is no such drive.
    #[error("the emulated drive cannot be made: {0}")]
    Drive(#[from] DriveError),
    /// It refuses a command.
    #[error("the emulated drive refuses {command}: {code}")]
    Refused {
        /// What was asked of it.
        command: &'static str,
        /// What it has answered.
        code: AnswerCode,
    },
    /// It answers something else.
    #[error("the emulated drive answers {0} by something else")]
    Strange(&'static str),
    /// Its data cannot be passed.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A text does not fit the format.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// What the archive holds breaks rules of format-logic control.
    #[error("the document breaks format-logic control: {0}")]
    Violations(String),
    /// A value that cannot be.
    #[error(transparent)]
    Term(#[from] TermError),
    /// The texts of the organisation do not fit.
    #[error("{0}")]
    Setup(String),
}

/// The drive, registered and with an open shift.
pub(super) struct Bench {
    drive: Drive,
    facts: RegistrationFacts,
    now: LocalDateTime,
}

impl Bench {
    /// Registers a new drive as the organisation's drives are, and opens a shift.
    pub(super) fn registered(
        setup: &Setup,
        registration: Registration,
        now: LocalDateTime,
    ) -> Result<Self, Unformed> {
        let reports = setup.report_tlvs();
        let ReportTlvs { open_shift, .. } =
            reports.map_err(|error| Unformed::Setup(error.to_string()))?;
        let mut bench = Self {
            drive: Drive::in_memory(Passport::new(NUMBER.parse()?)?)?,
            facts: setup.facts(),
            now,
        };
        let mut form = registration.form;
        form.time = now;
        let registering = Registering {
            ffd: registration.ffd,
            form,
        };
        bench.ask("the registration", registering.begin())?;
        bench.pass(&registration.tlv)?;
        bench.ask("the registration", registering.finish())?;
        bench.ask("the shift", Request::BeginShiftOpening(now))?;
        bench.pass(&open_shift)?;
        bench.ask("the shift", Request::OpenShift)?;
        Ok(bench)
    }

    /// Forms a receipt, reads it back from the archive and checks it as a whole.
    pub(super) fn form(&mut self, receipt: &Receipt, tlv: &[u8]) -> Result<TestDocument, Unformed> {
        let time = self.now;
        let begin = match receipt.correction {
            Some(_) => Request::BeginCorrection(time),
            None => Request::BeginReceipt(time),
        };
        let formed = self.formed(begin, receipt, tlv);
        if formed.is_err() {
            // So that the next one can be begun; it fails when there is nothing to drop.
            let _ = self.drive.execute(Request::CancelDocument);
        }
        let formed = formed?;
        let bytes = self.stored(formed)?;
        let faults = check_stored(&bytes, &self.facts);
        let faults: Vec<String> = faults
            .iter()
            .filter(|fault| fault.is_error())
            .map(ToString::to_string)
            .collect();
        if !faults.is_empty() {
            return Err(Unformed::Violations(faults.join("; ")));
        }
        let lines = receipt.all_lines().iter();
        Ok(TestDocument {
            number: formed.number,
            total: receipt.total,
            lines: lines.map(|line| (line.name.clone(), line.method)).collect(),
        })
    }

    fn formed(
        &mut self,
        begin: Request,
        receipt: &Receipt,
        tlv: &[u8],
    ) -> Result<Formed, Unformed> {
        self.ask("the receipt", begin)?;
        self.pass(tlv)?;
        let finish = Request::FormReceipt {
            time: self.now,
            operation: receipt.operation,
            total: receipt.total,
        };
        match self.ask("the receipt", finish)? {
            Answer::Receipt { document, .. } => Ok(document),
            _ => Err(Unformed::Strange("the receipt")),
        }
    }

    fn pass(&mut self, tlv: &[u8]) -> Result<(), Unformed> {
        for piece in split_for_drive(tlv, Generation::Fn12.max_data())? {
            self.ask("data", Request::PassData(piece.to_vec()))?;
        }
        Ok(())
    }

    /// A document as the archive has it, with its outer element.
    fn stored(&mut self, formed: Formed) -> Result<Vec<u8>, Unformed> {
        const READING: &str = "to read the document back";
        let opened = self.ask(READING, Request::OpenDocument(formed.number))?;
        let Answer::OpenedDocument { form, length } = opened else {
            return Err(Unformed::Strange(READING));
        };
        let mut bytes = [form.to_le_bytes(), length.to_le_bytes()].concat();
        for _ in 0..OBJECTS_MAX {
            match self.drive.execute(Request::NextTlv) {
                Ok(Answer::Tlv(object)) => bytes.extend(object),
                // After the last object comes 08h.
                Err(_) => break,
                Ok(_) => return Err(Unformed::Strange(READING)),
            }
        }
        Ok(bytes)
    }

    fn ask(&mut self, command: &'static str, request: Request) -> Result<Answer, Unformed> {
        self.drive
            .execute(request)
            .map_err(|Rejection { code, .. }| Unformed::Refused { command, code })
    }
}
