//! Commands as the drive reads them.

use terms::{DocumentNumber, FfdVersion, LocalDateTime, OperationSign};

use super::encode::{ALL_TAGS, WIPE};
use crate::{
    AnswerCode, CounterScope, RegistrationForm, RegistrationForm105, RegistrationKind, Request,
    bytes::{Read, Reader, Unreadable},
};

type Decoded<T = Request> = Result<T, AnswerCode>;

impl Request {
    /// Reads a command, as the drive does.
    ///
    /// # Errors
    /// The code to answer: 01h for an unknown command, a wrong length or an unknown parameter, 07h
    /// for an impossible time, 09h for an impossible value, 0Ah for a registration in another FFD
    /// version.
    pub fn decode(code: u8, data: &[u8]) -> Result<Self, AnswerCode> {
        let mut reader = Reader::new(data);
        let request = read(code, &mut reader)?;
        reader.end()?;
        Ok(request)
    }
}

/// The code that a drive answers to a command that it cannot read.
impl From<Unreadable> for AnswerCode {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Length(_) => Self::UNKNOWN_COMMAND,
            Unreadable::Value { .. } => Self::BAD_VALUE,
        }
    }
}

fn read(code: u8, reader: &mut Reader<'_>) -> Decoded {
    match code {
        0x02..=0x05 | 0xA2 | 0xA3 => read_life(code, reader),
        0x06..=0x1F | 0xA7 => read_document(code, reader),
        0x20..=0x2F => read_exchange(code, reader),
        0x30..=0x3F => read_state(code, reader),
        0x40..=0x5F => read_archive(code, reader),
        0x60 => match reader.u8()? {
            WIPE => Ok(Request::ResetDebugDrive),
            _ => Err(AnswerCode::UNKNOWN_COMMAND),
        },
        0xAB => Ok(Request::SetSpeed(reader.u32()?)),
        _ => Err(AnswerCode::UNKNOWN_COMMAND),
    }
}

/// Registration and closing of the archive.
fn read_life(code: u8, reader: &mut Reader<'_>) -> Decoded {
    Ok(match code {
        // Without its byte the type is 0 (ФН protocol §2.3).
        0x02 if reader.remaining() == 0 => Request::BeginRegistration105(RegistrationKind::First),
        0x02 => Request::BeginRegistration105(read_kind(reader)?),
        0x03 => {
            let time = read_time(reader)?;
            Request::FormRegistration105(RegistrationForm105::read(time, reader)?)
        }
        0x04 => Request::BeginArchiveClosing,
        0x05 => Request::CloseArchive {
            time: read_time(reader)?,
            rnm: reader.rnm()?,
        },
        0xA2 => Request::BeginRegistration {
            kind: read_kind(reader)?,
            ffd: read_ffd(reader)?,
        },
        0xA3 => {
            let time = read_time(reader)?;
            Request::FormRegistration(RegistrationForm::read(time, reader)?)
        }
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    })
}

/// Documents of shifts.
fn read_document(code: u8, reader: &mut Reader<'_>) -> Decoded {
    Ok(match code {
        0x06 => Request::CancelDocument,
        0x07 => Request::PassData(reader.rest().to_vec()),
        0x10 => Request::ShiftStatus,
        0x11 => Request::BeginShiftOpening(read_time(reader)?),
        0x12 => Request::OpenShift,
        0x13 => Request::BeginShiftClosing(read_time(reader)?),
        0x14 => Request::CloseShift,
        0x15 => Request::BeginReceipt(read_time(reader)?),
        0x16 => Request::FormReceipt {
            time: read_time(reader)?,
            operation: read_operation(reader)?,
            total: reader.money::<5>()?,
        },
        0x17 => Request::BeginCorrection(read_time(reader)?),
        0x18 => Request::BeginSettlements(read_time(reader)?),
        0x19 => Request::FormSettlements,
        0xA7 => Request::AcceptedSize,
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    })
}

fn read_exchange(code: u8, reader: &mut Reader<'_>) -> Decoded {
    Ok(match code {
        0x20 => Request::ExchangeStatus,
        0x21 => Request::SetTransport(match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(AnswerCode::UNKNOWN_COMMAND),
        }),
        0x22 => Request::BeginMessage,
        0x23 => Request::ReadMessage {
            offset: reader.u16()?,
            length: reader.u16()?,
        },
        0x24 => Request::CancelMessage,
        0x25 => Request::FinishMessage,
        0x26 => Request::PassTicket(reader.rest().to_vec()),
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    })
}

fn read_state(code: u8, reader: &mut Reader<'_>) -> Decoded {
    Ok(match code {
        0x30 => Request::Status,
        0x31 => Request::DriveNumber,
        0x32 => Request::Expiry,
        0x33 => Request::Version,
        0x35 => Request::LastErrors,
        0x36 => Request::Counters(read_scope(reader)?),
        0x37 => Request::OperationCounts(read_scope(reader)?),
        0x38 => Request::SignCounters {
            scope: read_scope(reader)?,
            operation: read_operation(reader)?,
        },
        0x39 => Request::UnsentTotals,
        0x3A => Request::FfdSupport,
        0x3B => Request::DaysLeft(read_time(reader)?),
        0x3D => Request::FreeMemory,
        0x3F => Request::Model,
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    })
}

fn read_archive(code: u8, reader: &mut Reader<'_>) -> Decoded {
    let number = |reader: &mut Reader<'_>| reader.u32().map(DocumentNumber);
    Ok(match code {
        0x40 => Request::FindDocument(number(reader)?),
        0x41 => Request::FindTicket(number(reader)?),
        0x42 => Request::UnacknowledgedCount,
        0x43 if reader.remaining() == 0 => Request::RegistrationTotals,
        0x43 => Request::FindRegistration(reader.u8()?),
        0x44 => {
            let report = match reader.remaining() {
                3 => Some(reader.u8()?),
                _ => None,
            };
            match reader.u16()? {
                ALL_TAGS => Request::OpenRegistration(report),
                tag => Request::FindRegistrationTlv { report, tag },
            }
        }
        0x45 => Request::OpenDocument(number(reader)?),
        0x46 => Request::NextTlv,
        0x47 => Request::NextRegistrationTlv,
        0x50 => Request::FindSignedRecord(number(reader)?),
        _ => return Err(AnswerCode::UNKNOWN_COMMAND),
    })
}

fn read_time(reader: &mut Reader<'_>) -> Decoded<LocalDateTime> {
    match reader.time() {
        Err(Unreadable::Value { .. }) => Err(AnswerCode::BAD_TIME),
        other => Ok(other?),
    }
}

fn read_operation(reader: &mut Reader<'_>) -> Read<OperationSign> {
    let code = reader.u8()?;
    reader.checked(1, OperationSign::from_code(code))
}

fn read_scope(reader: &mut Reader<'_>) -> Decoded<CounterScope> {
    CounterScope::from_code(reader.u8()?).ok_or(AnswerCode::UNKNOWN_COMMAND)
}

fn read_kind(reader: &mut Reader<'_>) -> Decoded<RegistrationKind> {
    RegistrationKind::from_code(reader.u8()?).ok_or(AnswerCode::UNKNOWN_COMMAND)
}

/// The version of A2h may be absent and is 1.1 then (ФН protocol §2.3).
fn read_ffd(reader: &mut Reader<'_>) -> Decoded<FfdVersion> {
    match reader.rest() {
        [] | [3] => Ok(FfdVersion::V1_1),
        [4] => Ok(FfdVersion::V1_2),
        [_] => Err(AnswerCode::WRONG_MODE),
        _ => Err(AnswerCode::UNKNOWN_COMMAND),
    }
}
