//! Answers: their bytes, written as the drive does and read as the host does (ФН protocol §2, §4).

use terms::{DocumentNumber, FfdVersion, ReceiptNumber, ShiftNumber};

use crate::{
    Answer, AnswerCode, ArchivedDocument, CurrentDocument, ExchangeStatus, Failure, Formed,
    Outcome, Phase, Refusal, RegistrationTotals, Request, ShiftStatus, Status, WarningFlags,
    bytes::{Read, Reader, Unreadable, text},
};

impl Request {
    /// Reads the answer to this command: its code, whose warning bit is passed over, and its data.
    ///
    /// # Errors
    /// [`Failure::Refused`] for every code but success; [`Failure::Unreadable`] when the data are
    /// not what the protocol says.
    pub fn read_answer(&self, code: u8, data: &[u8]) -> Outcome {
        let code = AnswerCode::from_byte(code);
        if !code.is_ok() {
            return Err(Failure::Refused(Refusal {
                command: self.name(),
                code,
                data: data.to_vec(),
            }));
        }
        let mut reader = Reader::new(data);
        self.read_data(&mut reader)
            .and_then(|answer| reader.end().map(|()| answer))
            .map_err(|error| Failure::Unreadable {
                command: self.name(),
                reason: error.to_string(),
            })
    }

    fn read_data(&self, reader: &mut Reader<'_>) -> Read<Answer> {
        Ok(match self {
            Self::BeginArchiveClosing
            | Self::CancelDocument
            | Self::PassData(_)
            | Self::BeginShiftOpening(_)
            | Self::BeginShiftClosing(_)
            | Self::BeginReceipt(_)
            | Self::BeginCorrection(_)
            | Self::SetTransport(_)
            | Self::CancelMessage
            | Self::FinishMessage
            | Self::BeginRegistration { .. } => Answer::Done,
            Self::ShiftStatus => Answer::ShiftStatus(ShiftStatus {
                open: reader.flag()?,
                shift: ShiftNumber(reader.u16()?),
                receipt: ReceiptNumber(reader.u16()?),
            }),
            Self::OpenShift | Self::CloseShift => Answer::Shift {
                shift: ShiftNumber(reader.u16()?),
                document: reader.formed()?,
                warnings: match reader.remaining() {
                    0 => None,
                    _ => Some(WarningFlags(reader.u8()?)),
                },
            },
            Self::FormReceipt { .. } => Answer::Receipt {
                number: ReceiptNumber(reader.u16()?),
                document: reader.formed()?,
            },
            Self::ExchangeStatus => Answer::ExchangeStatus(ExchangeStatus::read(reader)?),
            Self::BeginMessage => Answer::MessageLength(reader.u16()?),
            Self::ReadMessage { .. } | Self::LastErrors => Answer::Bytes(reader.rest().to_vec()),
            Self::PassTicket(_) => Answer::Ticket {
                ofd_code: reader.u8()?,
                message: match reader.remaining() {
                    0 => None,
                    _ => Some(read_tlv(reader)?),
                },
            },
            Self::Status => Answer::Status(Status::read(reader)?),
            Self::DriveNumber => Answer::DriveNumber(reader.drive()?),
            Self::Expiry => Answer::Expiry {
                until: reader.date()?,
                registrations_left: reader.u8()?,
                registrations_done: reader.u8()?,
            },
            Self::Version => read_version(reader)?,
            Self::FfdSupport => read_ffd_support(reader)?,
            Self::DaysLeft(_) => Answer::DaysLeft(reader.u16()?),
            Self::FreeMemory => {
                let answer = Answer::FreeMemory {
                    documents: reader.u32()?,
                    kilobytes: reader.u32()?,
                };
                skip_optional(reader, 1);
                answer
            }
            Self::Model => Answer::Model(text(&reader.array::<48>()?)),
            Self::FindDocument(_)
            | Self::FindTicket(_)
            | Self::UnacknowledgedCount
            | Self::RegistrationTotals
            | Self::FindRegistration(_)
            | Self::OpenDocument(_)
            | Self::NextTlv => self.read_archive_data(reader)?,
            Self::CloseArchive { .. } | Self::FormRegistration(_) => {
                Answer::Formed(reader.formed()?)
            }
            Self::AcceptedSize => {
                let size = reader.u32()?;
                skip_optional(reader, 4);
                Answer::AcceptedSize(size)
            }
        })
    }

    fn read_archive_data(&self, reader: &mut Reader<'_>) -> Read<Answer> {
        Ok(match self {
            Self::FindTicket(_) => Answer::FoundTicket {
                time: reader.time()?,
                operator_sign: reader.array()?,
                document: DocumentNumber(reader.u32()?),
            },
            Self::UnacknowledgedCount => Answer::UnacknowledgedCount(reader.u16()?),
            Self::RegistrationTotals => {
                Answer::RegistrationTotals(RegistrationTotals::read(reader)?)
            }
            Self::FindRegistration(_) => {
                Answer::RegistrationTotals(RegistrationTotals::read_by_number(reader)?)
            }
            Self::OpenDocument(_) => Answer::OpenedDocument {
                form: reader.u16()?,
                length: reader.u16()?,
            },
            Self::NextTlv => Answer::Tlv(read_tlv(reader)?),
            _ => Answer::Found(ArchivedDocument::read(reader)?),
        })
    }
}

impl Answer {
    /// The data of the answer's frame.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Done => Vec::new(),
            Self::ShiftStatus(status) => [
                &[u8::from(status.open)][..],
                &status.shift.get().to_le_bytes(),
                &status.receipt.get().to_le_bytes(),
            ]
            .concat(),
            Self::Shift {
                shift,
                document,
                warnings,
            } => {
                let mut bytes = [&shift.get().to_le_bytes()[..], &document.encode()].concat();
                bytes.extend(warnings.map(|flags| flags.0));
                bytes
            }
            Self::Receipt { number, document } => {
                [&number.get().to_le_bytes()[..], &document.encode()].concat()
            }
            Self::ExchangeStatus(status) => status.encode(),
            Self::MessageLength(length) => length.to_le_bytes().to_vec(),
            Self::Bytes(bytes) | Self::Tlv(bytes) => bytes.clone(),
            Self::Ticket { ofd_code, message } => {
                [&[*ofd_code][..], message.as_deref().unwrap_or_default()].concat()
            }
            Self::Status(status) => status.encode(),
            Self::DriveNumber(number) => number.as_bytes().to_vec(),
            Self::Expiry {
                until,
                registrations_left,
                registrations_done,
            } => {
                let date = encode_date(Some(*until));
                [&date[..], &[*registrations_left, *registrations_done]].concat()
            }
            Self::Version { text, serial } => {
                let mut bytes = padded::<16>(text).to_vec();
                bytes.push(u8::from(*serial));
                bytes
            }
            Self::FfdSupport { current, highest } => {
                vec![ffd_on_wire(*current), ffd_on_wire(*highest)]
            }
            Self::DaysLeft(days) => days.to_le_bytes().to_vec(),
            Self::FreeMemory {
                documents,
                kilobytes,
            } => [documents.to_le_bytes(), kilobytes.to_le_bytes()].concat(),
            Self::Model(text) => padded::<48>(text).to_vec(),
            Self::Found(document) => document.encode(),
            Self::FoundTicket {
                time,
                operator_sign,
                document,
            } => [
                &time.to_drive()[..],
                operator_sign,
                &document.get().to_le_bytes(),
            ]
            .concat(),
            Self::UnacknowledgedCount(count) => count.to_le_bytes().to_vec(),
            Self::RegistrationTotals(totals) => totals.encode(),
            Self::OpenedDocument { form, length } => {
                [form.to_le_bytes(), length.to_le_bytes()].concat()
            }
            Self::Formed(document) => document.encode().to_vec(),
            Self::AcceptedSize(size) => size.to_le_bytes().to_vec(),
        }
    }
}

impl Formed {
    /// Number and sign, both little-endian (ФН protocol §3.6).
    pub(crate) fn encode(&self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.number.get().to_le_bytes());
        bytes[4..].copy_from_slice(&self.sign.0.to_le_bytes());
        bytes
    }
}

impl ExchangeStatus {
    fn encode(&self) -> Vec<u8> {
        let bits = u8::from(self.connected)
            | u8::from(self.message_waiting) << 1
            | u8::from(self.ticket_awaited) << 2;
        [
            &[bits, u8::from(self.reading)][..],
            &self.queued.to_le_bytes(),
            &self.first.get().to_le_bytes(),
            &self.first_time.map_or([0; 5], |time| time.to_drive()),
        ]
        .concat()
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let bits = reader.u8()?;
        Ok(Self {
            connected: bits & 1 != 0,
            message_waiting: bits & 2 != 0,
            ticket_awaited: bits & 4 != 0,
            reading: reader.flag()?,
            queued: reader.u16()?,
            first: DocumentNumber(reader.u32()?),
            first_time: reader.time_or_none()?,
        })
    }
}

impl Status {
    fn encode(&self) -> Vec<u8> {
        [
            &[
                self.phase.code(),
                self.current.code(),
                u8::from(self.has_data),
                u8::from(self.shift_open),
                self.warnings.0,
            ][..],
            &self.last_time.map_or([0; 5], |time| time.to_drive()),
            self.drive.as_bytes(),
            &self.last_document.get().to_le_bytes(),
        ]
        .concat()
    }

    fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let phase = Phase::from_code(reader.u8()?);
        let current = CurrentDocument::from_code(reader.u8()?);
        let has_data = reader.flag()?;
        let shift_open = reader.flag()?;
        let warnings = WarningFlags(reader.u8()?);
        let last_time = if matches!(phase, Phase::Factory | Phase::Ready) {
            // Before registration the field may hold anything (ФН protocol §9 Q28).
            terms::LocalDateTime::from_drive(reader.array()?).ok()
        } else {
            reader.time_or_none()?
        };
        Ok(Self {
            phase,
            current,
            has_data,
            shift_open,
            warnings,
            last_time,
            drive: reader.drive()?,
            last_document: DocumentNumber(reader.u32()?),
        })
    }
}

/// 33h: 17 bytes, and an eighteenth of unknown meaning from real drives (ФН protocol §9 Q3).
fn read_version(reader: &mut Reader<'_>) -> Read<Answer> {
    let answer = Answer::Version {
        text: text(&reader.array::<16>()?),
        serial: reader.flag()?,
    };
    skip_optional(reader, 1);
    Ok(answer)
}

fn read_ffd_support(reader: &mut Reader<'_>) -> Read<Answer> {
    let mut version = || {
        let code = reader.u8()?;
        let tag = if code == 1 { 2 } else { code };
        reader.checked(1, FfdVersion::from_code(tag))
    };
    Ok(Answer::FfdSupport {
        current: version()?,
        highest: version()?,
    })
}

/// 1.05 is 1 here, other than in tag 1209 (ФН protocol §9 Q4).
const fn ffd_on_wire(version: FfdVersion) -> u8 {
    match version {
        FfdVersion::V1_05 => 1,
        other => other.code(),
    }
}

/// Exactly one TLV object: tag, length, value.
fn read_tlv(reader: &mut Reader<'_>) -> Read<Vec<u8>> {
    let bytes = reader.rest();
    match bytes {
        [_, _, low, high, value @ ..]
            if usize::from(u16::from_le_bytes([*low, *high])) == value.len() =>
        {
            Ok(bytes.to_vec())
        }
        _ => Err(Unreadable::length(format!(
            "{} bytes came, they are not one TLV object",
            bytes.len(),
        ))),
    }
}

/// Passes over a field of `size` bytes that some drives send.
pub(crate) fn skip_optional(reader: &mut Reader<'_>, size: usize) {
    if reader.remaining() == size {
        reader.rest();
    }
}

pub(crate) fn encode_date(date: Option<terms::LocalDate>) -> [u8; 3] {
    date.map_or([0; 3], |date| {
        [(date.year() - 2000) as u8, date.month(), date.day()]
    })
}

/// ASCII text in a field of `N` bytes: cut or filled up with NULs (ФН protocol §3.4).
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    field
}
