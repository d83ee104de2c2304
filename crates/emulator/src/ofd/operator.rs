//! The operator behind the connections: which document comes next, and what to answer.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use ffd::UnixTime;
use ofd_proto::{Container, ContainerHeader, Message, Sender};
use terms::{DocumentNumber, DriveNumber, Inn, OfdCode};
use thiserror::Error;

use super::{
    faults::OfdFaults,
    judgement::{Judge, Judgement, Known},
    log::{Log, LogError, Received, Verdict, to_hex},
    ticket::{Ticket, TicketError},
};

/// The operator cannot go on.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A confirmation cannot be made.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

/// The clock of the confirmations.
pub(super) type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// The operator without its connections: messages in, containers out. For hosts that keep the time
/// and the wires themselves; an [`OfdEmulator`](super::OfdEmulator) puts one behind TCP.
pub struct Operator {
    inn: Inn,
    clock: Clock,
    log: Log,
    /// The last confirmed document of each drive.
    last: BTreeMap<DriveNumber, Last>,
}

#[derive(Default)]
struct Last {
    number: DocumentNumber,
    tlv: String,
    ticket: Vec<u8>,
    code: Option<u8>,
    known: Known,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("inn", &self.inn)
            .finish_non_exhaustive()
    }
}

impl Operator {
    /// An operator whose log and memory are gone with the process; `clock` is that of its
    /// confirmations.
    pub fn in_memory(inn: Inn, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self {
            inn,
            clock: Arc::new(clock),
            log: Log::in_memory(),
            last: BTreeMap::new(),
        }
    }

    /// What came, in order, if the log is in memory.
    pub fn received(&self) -> &[Received] {
        self.log.kept()
    }

    /// Takes up its work where the log ends.
    pub(super) fn resume(inn: Inn, clock: Clock, path: &Path) -> Result<Self, LogError> {
        let (log, lines) = Log::open(path)?;
        let mut operator = Self {
            inn,
            clock,
            log,
            last: BTreeMap::new(),
        };
        for line in lines {
            operator.remember(&line)?;
        }
        Ok(operator)
    }

    /// Takes a message and gives the container to answer with: empty when there is no
    /// confirmation. What came is in the log before it is answered.
    ///
    /// # Errors
    /// When the log cannot be written or a confirmation not be made.
    pub fn receive(
        &mut self,
        message: &Message,
        faults: &OfdFaults,
    ) -> Result<Vec<u8>, OperatorError> {
        let Some(container) = message.container() else {
            return Ok(Vec::new());
        };
        let header = match ContainerHeader::decode(container) {
            Ok(header) => header,
            Err(error) => {
                self.log.write(&Received {
                    time: (self.clock)().0,
                    drive: message.header.drive.to_string(),
                    document: 0,
                    form: 0,
                    verdict: Verdict::Rejected,
                    code: None,
                    reason: Some(error.to_string()),
                    sums: None,
                    tlv: to_hex(container),
                    ticket: None,
                    signs: NOT_VERIFIED.to_owned(),
                })?;
                return Ok(Vec::new());
            }
        };
        let open = Container::decode(container);
        let tlv = match &open {
            Ok(open) => &open.document,
            Err(_) => &container[ContainerHeader::LEN..],
        };
        let mut line = Received {
            time: (self.clock)().0,
            drive: header.drive.to_string(),
            document: header.document.get(),
            form: header.form,
            verdict: Verdict::Rejected,
            code: None,
            reason: None,
            sums: None,
            tlv: to_hex(tlv),
            ticket: None,
            signs: NOT_VERIFIED.to_owned(),
        };
        match self.place(&header, message, &line.tlv) {
            Place::Next(drive) => {
                let judge = Judge {
                    ofd: self.inn,
                    now: UnixTime(line.time),
                    known: self.last.get(&drive).map(|last| &last.known),
                };
                let judgement = forced(faults).unwrap_or_else(|| match &open {
                    Ok(open) => judge.judge(open, message.header.protocol),
                    Err(error) => Judgement::no(OfdCode::NOT_RECOGNISED, error.to_string()),
                });
                self.confirm((drive, header.document), tlv, judgement, line, faults)
            }
            Place::Again { ticket, code } => {
                line.verdict = Verdict::Repeated;
                line.code = code;
                line.ticket = Some(to_hex(&ticket));
                self.log.write(&line)?;
                Ok(ticket)
            }
            Place::Nowhere(reason) => {
                line.reason = Some(reason);
                self.log.write(&line)?;
                Ok(Vec::new())
            }
        }
    }

    /// Makes the confirmation of a new document and notes it.
    fn confirm(
        &mut self,
        (drive, number): (DriveNumber, DocumentNumber),
        document: &[u8],
        judgement: Judgement,
        mut line: Received,
        faults: &OfdFaults,
    ) -> Result<Vec<u8>, OperatorError> {
        let ticket = Ticket {
            ofd: self.inn,
            drive,
            number,
            time: UnixTime(line.time),
            code: judgement.code,
            messages: faults.messages,
            document,
        };
        let confirmation = ticket.encode()?;
        line.verdict = if judgement.code.is_accepted() {
            Verdict::Accepted
        } else {
            Verdict::Refused
        };
        line.code = Some(judgement.code.0);
        line.reason = judgement.reason;
        line.sums = judgement.sums;
        line.ticket = Some(to_hex(&confirmation));
        self.log.write(&line)?;
        self.remember(&line)?;
        spoiled(ticket, confirmation, faults)
    }

    /// Where the document stands in its drive's sequence.
    fn place(&self, header: &ContainerHeader, message: &Message, tlv: &str) -> Place {
        if header.sender != Sender::Register {
            return Place::Nowhere("a container of an ОФД came from a ККТ".to_owned());
        }
        if header.drive != message.header.drive {
            return Place::Nowhere(format!(
                "the session header names drive {}, the container drive {}",
                message.header.drive, header.drive
            ));
        }
        let Some(drive) = header.drive.drive().ok().filter(DriveNumber::is_debug) else {
            return Place::Nowhere(
                "this ОФД is emulated and takes documents of debug drives (9999…) only".to_owned(),
            );
        };
        match self.last.get(&drive) {
            // The log may have begun in the middle of a drive's life.
            None => Place::Next(drive),
            Some(last) if last.number.next() == header.document => Place::Next(drive),
            Some(last) if last.number == header.document && last.tlv == tlv => Place::Again {
                ticket: last.ticket.clone(),
                code: last.code,
            },
            Some(last) if last.number == header.document => Place::Nowhere(format!(
                "document {} came before with another content",
                last.number
            )),
            Some(last) => Place::Nowhere(format!(
                "document {} came after document {}",
                header.document, last.number
            )),
        }
    }

    /// Notes a confirmed document as its drive's last.
    fn remember(&mut self, line: &Received) -> Result<(), LogError> {
        let (Some(ticket), Ok(drive)) = (&line.ticket, line.drive.parse()) else {
            return Ok(());
        };
        let mut known = self.last.remove(&drive).unwrap_or_default().known;
        known.remember(&self.log.bytes(&line.tlv)?);
        let last = Last {
            known,
            number: DocumentNumber(line.document),
            tlv: line.tlv.clone(),
            ticket: self.log.bytes(ticket)?,
            code: line.code,
        };
        self.last.insert(drive, last);
        Ok(())
    }
}

/// What the log says of the signs: nobody can verify them here (ККТ–ОФД protocol §8).
const NOT_VERIFIED: &str = "not verified";

enum Place {
    Next(DriveNumber),
    Again { ticket: Vec<u8>, code: Option<u8> },
    Nowhere(String),
}

fn forced(faults: &OfdFaults) -> Option<Judgement> {
    faults.code.map(|code| Judgement {
        code,
        reason: (!code.is_accepted()).then(|| "the emulator was told to refuse".to_owned()),
        sums: None,
    })
}

/// Some drive that is not `drive`: its digits in the opposite order.
pub(super) fn other_drive(drive: DriveNumber) -> DriveNumber {
    let digits: String = drive.as_str().chars().rev().collect();
    digits.parse().unwrap_or(drive)
}

/// The confirmation as the faults want it.
fn spoiled(
    ticket: Ticket<'_>,
    confirmation: Vec<u8>,
    faults: &OfdFaults,
) -> Result<Vec<u8>, OperatorError> {
    let mut spoiled = if faults.no_confirmation {
        Vec::new()
    } else if faults.other_document {
        let number = ticket.number.next();
        Ticket { number, ..ticket }.encode()?
    } else if faults.other_drive {
        let drive = other_drive(ticket.drive);
        Ticket { drive, ..ticket }.encode()?
    } else {
        confirmation
    };
    if let (true, [_, _, check, ..]) = (faults.wrong_crc, &mut spoiled[..]) {
        *check ^= 0xFF;
    }
    Ok(spoiled)
}
