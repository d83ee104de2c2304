//! Commands: their codes, names, timeouts and bytes (ФН protocol §2).

use std::time::Duration;

use terms::{DocumentNumber, FfdVersion, OperationSign, RegistrationReasons, TaxSystems};

use crate::{
    AnswerCode, RegistrationForm, RegistrationKind, Request,
    bytes::{NO_INN, Read, Reader, Unreadable, money},
    frame::{MAX_DATA, encode_request},
};

/// The longest silence inside a frame (ФН protocol §1.5, INFERRED).
pub const BYTE_GAP: Duration = Duration::from_millis(50);

/// How long a drive may take for the first byte of its answer (ФН protocol §1.5, INFERRED).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TimeoutClass {
    /// Reading of state.
    Status,
    /// Beginning a document, passing its data.
    Document,
    /// Reading the archive.
    Archive,
    /// The exchange with the ОФД.
    Exchange,
    /// Forming a document.
    Finish,
}

impl TimeoutClass {
    /// The recommended time.
    pub const fn first_byte(self) -> Duration {
        Duration::from_secs(match self {
            Self::Status => 1,
            Self::Document | Self::Archive => 2,
            Self::Exchange => 5,
            Self::Finish => 10,
        })
    }
}

impl Request {
    /// The command's code.
    pub const fn code(&self) -> u8 {
        self.facts().0
    }

    /// The command as people write it: `30h status`.
    pub const fn name(&self) -> &'static str {
        self.facts().1
    }

    /// How long to wait for the answer.
    pub const fn timeout_class(&self) -> TimeoutClass {
        self.facts().2
    }

    /// Whether it signs a document. After an uncertain end such a command must never be repeated:
    /// 30h tells whether the document exists (ФН protocol §1.6).
    pub const fn is_finishing(&self) -> bool {
        matches!(self.facts().2, TimeoutClass::Finish)
    }

    /// Whether it may be repeated freely when its answer was lost: it changes nothing in the
    /// drive, or sets what a repeat sets again. 46h moves the reading cursor and is not one.
    pub const fn is_repeatable(&self) -> bool {
        match self.timeout_class() {
            TimeoutClass::Status => true,
            TimeoutClass::Archive => !matches!(self, Self::NextTlv),
            TimeoutClass::Exchange => {
                matches!(self, Self::SetTransport(_) | Self::ReadMessage { .. })
            }
            TimeoutClass::Document => matches!(self, Self::CancelDocument),
            TimeoutClass::Finish => false,
        }
    }

    /// Whether the data fit in one frame. Only 07h and 26h can be too long.
    pub fn fits(&self) -> bool {
        match self {
            Self::PassData(bytes) | Self::PassTicket(bytes) => bytes.len() <= MAX_DATA,
            _ => true,
        }
    }

    const fn facts(&self) -> (u8, &'static str, TimeoutClass) {
        use TimeoutClass::{Archive, Document, Exchange, Finish, Status};
        match self {
            Self::BeginArchiveClosing => (0x04, "04h begin archive closing", Document),
            Self::CloseArchive { .. } => (0x05, "05h close archive", Finish),
            Self::CancelDocument => (0x06, "06h cancel document", Document),
            Self::PassData(_) => (0x07, "07h pass data", Document),
            Self::ShiftStatus => (0x10, "10h shift", Status),
            Self::BeginShiftOpening(_) => (0x11, "11h begin shift opening", Document),
            Self::OpenShift => (0x12, "12h open shift", Finish),
            Self::BeginShiftClosing(_) => (0x13, "13h begin shift closing", Document),
            Self::CloseShift => (0x14, "14h close shift", Finish),
            Self::BeginReceipt(_) => (0x15, "15h begin receipt", Document),
            Self::FormReceipt { .. } => (0x16, "16h form receipt", Finish),
            Self::BeginCorrection(_) => (0x17, "17h begin correction", Document),
            Self::ExchangeStatus => (0x20, "20h exchange status", Status),
            Self::SetTransport(_) => (0x21, "21h set transport", Exchange),
            Self::BeginMessage => (0x22, "22h begin message", Exchange),
            Self::ReadMessage { .. } => (0x23, "23h read message", Exchange),
            Self::CancelMessage => (0x24, "24h cancel message", Exchange),
            Self::FinishMessage => (0x25, "25h finish message", Exchange),
            Self::PassTicket(_) => (0x26, "26h pass ticket", Exchange),
            Self::Status => (0x30, "30h status", Status),
            Self::DriveNumber => (0x31, "31h drive number", Status),
            Self::Expiry => (0x32, "32h expiry", Status),
            Self::Version => (0x33, "33h version", Status),
            Self::LastErrors => (0x35, "35h last errors", Status),
            Self::FfdSupport => (0x3A, "3Ah FFD support", Status),
            Self::DaysLeft(_) => (0x3B, "3Bh days left", Status),
            Self::FreeMemory => (0x3D, "3Dh free memory", Status),
            Self::Model => (0x3F, "3Fh model", Status),
            Self::FindDocument(_) => (0x40, "40h find document", Archive),
            Self::FindTicket(_) => (0x41, "41h find ticket", Archive),
            Self::UnacknowledgedCount => (0x42, "42h unacknowledged count", Archive),
            Self::RegistrationTotals => (0x43, "43h registration totals", Archive),
            Self::FindRegistration(_) => (0x43, "43h find registration", Archive),
            Self::OpenDocument(_) => (0x45, "45h open document", Archive),
            Self::NextTlv => (0x46, "46h next TLV", Archive),
            Self::BeginRegistration { .. } => (0xA2, "A2h begin registration", Document),
            Self::FormRegistration(_) => (0xA3, "A3h form registration", Finish),
            Self::AcceptedSize => (0xA7, "A7h accepted size", Status),
        }
    }
}

impl Request {
    /// The frame of the command.
    ///
    /// It is always made. What the protocol cannot carry makes a frame that the drive refuses or
    /// passes over, never one with another meaning: data that do not [fit](Request::fits) and
    /// sums outside 40 bits.
    pub fn encode(&self) -> Vec<u8> {
        encode_request(self.code(), self.data())
    }

    fn data(&self) -> Vec<u8> {
        match self {
            Self::PassData(bytes) | Self::PassTicket(bytes) => bytes.clone(),
            Self::BeginShiftOpening(time)
            | Self::BeginShiftClosing(time)
            | Self::BeginReceipt(time)
            | Self::BeginCorrection(time)
            | Self::DaysLeft(time) => time.to_drive().to_vec(),
            Self::FormReceipt {
                time,
                operation,
                total,
            } => [&time.to_drive()[..], &[operation.code()], &money(*total)].concat(),
            Self::SetTransport(connected) => vec![u8::from(*connected)],
            Self::ReadMessage { offset, length } => {
                [offset.to_le_bytes(), length.to_le_bytes()].concat()
            }
            Self::FindDocument(number) | Self::FindTicket(number) | Self::OpenDocument(number) => {
                number.get().to_le_bytes().to_vec()
            }
            Self::FindRegistration(number) => vec![*number],
            Self::BeginRegistration { kind, ffd } => vec![kind.code(), ffd.code()],
            Self::FormRegistration(form) => form.encode(),
            Self::CloseArchive { time, rnm } => [&time.to_drive()[..], &rnm.padded()].concat(),
            Self::BeginArchiveClosing
            | Self::CancelDocument
            | Self::ShiftStatus
            | Self::OpenShift
            | Self::CloseShift
            | Self::ExchangeStatus
            | Self::BeginMessage
            | Self::CancelMessage
            | Self::FinishMessage
            | Self::Status
            | Self::DriveNumber
            | Self::Expiry
            | Self::Version
            | Self::LastErrors
            | Self::FfdSupport
            | Self::FreeMemory
            | Self::Model
            | Self::UnacknowledgedCount
            | Self::RegistrationTotals
            | Self::NextTlv
            | Self::AcceptedSize => Vec::new(),
        }
    }

    /// Reads a command, as the drive does.
    ///
    /// # Errors
    /// The code to answer: 01h for an unknown command or a wrong length, 07h for an impossible
    /// time, 09h for an impossible value, 0Ah for a registration in another FFD version.
    pub fn decode(code: u8, data: &[u8]) -> Result<Self, AnswerCode> {
        let mut reader = Reader::new(data);
        let request = Self::read(code, &mut reader)?;
        reader.end().map_err(refusal)?;
        Ok(request)
    }

    fn read(code: u8, reader: &mut Reader<'_>) -> Result<Self, AnswerCode> {
        let time = |reader: &mut Reader<'_>| match reader.time() {
            Err(Unreadable::Value { .. }) => Err(AnswerCode::BAD_TIME),
            other => other.map_err(refusal),
        };
        let number = |reader: &mut Reader<'_>| reader.u32().map(DocumentNumber).map_err(refusal);
        Ok(match code {
            0x04 => Self::BeginArchiveClosing,
            0x05 => Self::CloseArchive {
                time: time(reader)?,
                rnm: reader.rnm().map_err(refusal)?,
            },
            0x06 => Self::CancelDocument,
            0x07 => Self::PassData(reader.rest().to_vec()),
            0x10 => Self::ShiftStatus,
            0x11 => Self::BeginShiftOpening(time(reader)?),
            0x12 => Self::OpenShift,
            0x13 => Self::BeginShiftClosing(time(reader)?),
            0x14 => Self::CloseShift,
            0x15 => Self::BeginReceipt(time(reader)?),
            0x16 => Self::FormReceipt {
                time: time(reader)?,
                operation: read_operation(reader).map_err(refusal)?,
                total: reader.money().map_err(refusal)?,
            },
            0x17 => Self::BeginCorrection(time(reader)?),
            0x20 => Self::ExchangeStatus,
            0x21 => Self::SetTransport(match reader.u8().map_err(refusal)? {
                0 => false,
                1 => true,
                _ => return Err(AnswerCode::UNKNOWN_COMMAND),
            }),
            0x22 => Self::BeginMessage,
            0x23 => Self::ReadMessage {
                offset: reader.u16().map_err(refusal)?,
                length: reader.u16().map_err(refusal)?,
            },
            0x24 => Self::CancelMessage,
            0x25 => Self::FinishMessage,
            0x26 => Self::PassTicket(reader.rest().to_vec()),
            0x30 => Self::Status,
            0x31 => Self::DriveNumber,
            0x32 => Self::Expiry,
            0x33 => Self::Version,
            0x35 => Self::LastErrors,
            0x3A => Self::FfdSupport,
            0x3B => Self::DaysLeft(time(reader)?),
            0x3D => Self::FreeMemory,
            0x3F => Self::Model,
            0x40 => Self::FindDocument(number(reader)?),
            0x41 => Self::FindTicket(number(reader)?),
            0x42 => Self::UnacknowledgedCount,
            0x43 => match reader.remaining() {
                0 => Self::RegistrationTotals,
                _ => Self::FindRegistration(reader.u8().map_err(refusal)?),
            },
            0x45 => Self::OpenDocument(number(reader)?),
            0x46 => Self::NextTlv,
            0xA2 => read_begin_registration(reader)?,
            0xA3 => {
                let time = time(reader)?;
                Self::FormRegistration(RegistrationForm::read(time, reader).map_err(refusal)?)
            }
            0xA7 => Self::AcceptedSize,
            _ => return Err(AnswerCode::UNKNOWN_COMMAND),
        })
    }
}

fn refusal(error: Unreadable) -> AnswerCode {
    match error {
        Unreadable::Length(_) => AnswerCode::UNKNOWN_COMMAND,
        Unreadable::Value { .. } => AnswerCode::BAD_VALUE,
    }
}

fn read_operation(reader: &mut Reader<'_>) -> Read<OperationSign> {
    let code = reader.u8()?;
    reader.checked(1, OperationSign::from_code(code))
}

/// A2h: type and version; the version may be absent and is 1.1 then (ФН protocol §2.3).
fn read_begin_registration(reader: &mut Reader<'_>) -> Result<Request, AnswerCode> {
    let kind = RegistrationKind::from_code(reader.u8().map_err(refusal)?);
    let kind = kind.ok_or(AnswerCode::UNKNOWN_COMMAND)?;
    let ffd = match reader.rest() {
        [] | [3] => FfdVersion::V1_1,
        [4] => FfdVersion::V1_2,
        [_] => return Err(AnswerCode::WRONG_MODE),
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    };
    Ok(Request::BeginRegistration { kind, ffd })
}

impl RegistrationForm {
    /// 52 bytes, and four more with reasons (ФН protocol §2.3, A3h).
    fn encode(&self) -> Vec<u8> {
        let ofd_inn = self.ofd_inn.map_or(*NO_INN, |inn| inn.padded());
        let mut bytes = [
            &self.time.to_drive()[..],
            &self.user_inn.padded(),
            &self.rnm.padded(),
            &[self.tax_systems.bits(), self.work_mode, self.extended_flags],
            &ofd_inn,
        ]
        .concat();
        let reasons = self.reasons.map(|reasons| reasons.bits().to_le_bytes());
        bytes.extend(reasons.iter().flatten());
        bytes
    }

    fn read(time: terms::LocalDateTime, reader: &mut Reader<'_>) -> Read<Self> {
        let user_inn = reader.inn()?;
        let rnm = reader.rnm()?;
        let bits = reader.u8()?;
        Ok(Self {
            time,
            user_inn,
            rnm,
            tax_systems: reader.checked(1, TaxSystems::from_bits(bits))?,
            work_mode: reader.u8()?,
            extended_flags: reader.u8()?,
            ofd_inn: reader.inn_or_none()?,
            reasons: match reader.remaining() {
                0 => None,
                _ => Some(RegistrationReasons::from_bits(reader.u32()?)),
            },
        })
    }
}
