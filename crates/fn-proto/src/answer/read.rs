//! Answers as the host reads them: answers do not name their command, so the command reads.

use terms::{DocumentNumber, ReceiptNumber, ShiftNumber};

use crate::{
    Answer, AnswerCode, ArchiveRecord, ArchivedDocument, Counters, ExchangeStatus, Failure,
    OperationCounts, Outcome, Refusal, RegistrationTotals, Request, ShiftStatus, SignCounters,
    SignTotals, Status, WarningFlags,
    bytes::{Read, Reader, text},
    status::{read_ffd_support, read_version},
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
        match self {
            Self::BeginRegistration105(_)
            | Self::BeginArchiveClosing
            | Self::CancelDocument
            | Self::PassData(_)
            | Self::BeginShiftOpening(_)
            | Self::BeginShiftClosing(_)
            | Self::BeginReceipt(_)
            | Self::BeginCorrection(_)
            | Self::BeginSettlements(_)
            | Self::SetTransport(_)
            | Self::CancelMessage
            | Self::FinishMessage
            | Self::OpenRegistration(_)
            | Self::ResetDebugDrive
            | Self::BeginRegistration { .. }
            | Self::SetSpeed(_) => Ok(Answer::Done),
            Self::ShiftStatus
            | Self::OpenShift
            | Self::CloseShift
            | Self::FormReceipt { .. }
            | Self::FormSettlements
            | Self::FormRegistration105(_)
            | Self::CloseArchive { .. }
            | Self::FormRegistration(_)
            | Self::AcceptedSize => self.read_document_data(reader),
            Self::ExchangeStatus
            | Self::BeginMessage
            | Self::ReadMessage { .. }
            | Self::PassTicket(_) => self.read_exchange_data(reader),
            Self::Status
            | Self::DriveNumber
            | Self::Expiry
            | Self::Version
            | Self::LastErrors
            | Self::Counters(_)
            | Self::OperationCounts(_)
            | Self::SignCounters { .. }
            | Self::UnsentTotals
            | Self::FfdSupport
            | Self::DaysLeft(_)
            | Self::FreeMemory
            | Self::Model => self.read_state_data(reader),
            Self::FindDocument(_)
            | Self::FindTicket(_)
            | Self::UnacknowledgedCount
            | Self::RegistrationTotals
            | Self::FindRegistration(_)
            | Self::FindRegistrationTlv { .. }
            | Self::OpenDocument(_)
            | Self::NextTlv
            | Self::NextRegistrationTlv
            | Self::FindSignedRecord(_) => self.read_archive_data(reader),
        }
    }

    fn read_document_data(&self, reader: &mut Reader<'_>) -> Read<Answer> {
        Ok(match self {
            Self::ShiftStatus => Answer::ShiftStatus(ShiftStatus::read(reader)?),
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
            Self::FormSettlements => Answer::Settlements {
                document: reader.formed()?,
                unacknowledged: reader.u32()?,
                since: reader.date_or_none()?,
            },
            Self::AcceptedSize => Answer::AcceptedSize {
                data: reader.u32()?,
                notification: match reader.remaining() {
                    0 => None,
                    _ => Some(reader.u32()?),
                },
            },
            _ => Answer::Formed(reader.formed()?),
        })
    }

    fn read_exchange_data(&self, reader: &mut Reader<'_>) -> Read<Answer> {
        Ok(match self {
            Self::ExchangeStatus => Answer::ExchangeStatus(ExchangeStatus::read(reader)?),
            Self::BeginMessage => Answer::MessageLength(reader.u16()?),
            Self::PassTicket(_) => Answer::Ticket {
                ofd_code: reader.u8()?,
                message: match reader.remaining() {
                    0 => None,
                    _ => Some(reader.tlv()?),
                },
            },
            _ => Answer::Bytes(reader.rest().to_vec()),
        })
    }

    fn read_state_data(&self, reader: &mut Reader<'_>) -> Read<Answer> {
        Ok(match self {
            Self::Status => Answer::Status(Status::read(reader)?),
            Self::DriveNumber => Answer::DriveNumber(reader.drive()?),
            Self::Expiry => Answer::Expiry {
                until: reader.date()?,
                registrations_left: reader.u8()?,
                registrations_done: reader.u8()?,
            },
            Self::Version => read_version(reader)?,
            Self::Counters(_) => Answer::Counters(Box::new(Counters::read(reader)?)),
            Self::OperationCounts(_) => Answer::OperationCounts(OperationCounts::read(reader)?),
            Self::SignCounters { .. } => {
                Answer::SignCounters(Box::new(SignCounters::read(reader)?))
            }
            Self::UnsentTotals => Answer::UnsentTotals(SignTotals::read(reader)?),
            Self::FfdSupport => read_ffd_support(reader)?,
            Self::DaysLeft(_) => Answer::DaysLeft(reader.u16()?),
            Self::FreeMemory => Answer::FreeMemory {
                documents: reader.u32()?,
                kilobytes: reader.u32()?,
                notifications: match reader.remaining() {
                    0 => None,
                    _ => Some(reader.u8()?),
                },
            },
            Self::Model => Answer::Model(text(&reader.array::<48>()?)),
            _ => Answer::Bytes(reader.rest().to_vec()),
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
            Self::FindRegistrationTlv { .. } | Self::NextTlv | Self::NextRegistrationTlv => {
                Answer::Tlv(reader.tlv()?)
            }
            Self::FindSignedRecord(_) => Answer::ArchiveRecord(ArchiveRecord::read(reader)?),
            _ => Answer::Found(ArchivedDocument::read(reader)?),
        })
    }
}
