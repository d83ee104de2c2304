//! Commands as the host writes them.

use crate::{Request, bytes::money, frame::encode_request};

impl Request {
    /// The frame of the command.
    ///
    /// It is always made. What the protocol cannot carry makes a frame that the drive refuses or
    /// passes over, never one with another meaning: data that do not [fit](Request::fits) and
    /// sums outside 40 bits.
    pub fn encode(&self) -> Vec<u8> {
        encode_request(self.code(), self.data())
    }

    /// The data of the command's frame.
    pub(crate) fn data(&self) -> Vec<u8> {
        match self {
            Self::PassData(bytes) | Self::PassTicket(bytes) => bytes.clone(),
            Self::BeginShiftOpening(time)
            | Self::BeginShiftClosing(time)
            | Self::BeginReceipt(time)
            | Self::BeginCorrection(time)
            | Self::BeginSettlements(time)
            | Self::DaysLeft(time) => time.to_drive().to_vec(),
            Self::FormReceipt {
                time,
                operation,
                total,
            } => [
                &time.to_drive()[..],
                &[operation.code()],
                &money::<5>(*total),
            ]
            .concat(),
            Self::SetTransport(connected) => vec![u8::from(*connected)],
            Self::ReadMessage { offset, length } => {
                [offset.to_le_bytes(), length.to_le_bytes()].concat()
            }
            Self::Counters(scope) | Self::OperationCounts(scope) => vec![scope.code()],
            Self::SignCounters { scope, operation } => vec![scope.code(), operation.code()],
            Self::FindDocument(number)
            | Self::FindTicket(number)
            | Self::OpenDocument(number)
            | Self::FindSignedRecord(number) => number.get().to_le_bytes().to_vec(),
            Self::FindRegistration(number) => vec![*number],
            Self::FindRegistrationTlv { report, tag } => registration_tag(*report, *tag),
            Self::OpenRegistration(report) => registration_tag(*report, ALL_TAGS),
            Self::ResetDebugDrive => vec![WIPE],
            Self::BeginRegistration105(kind) => vec![kind.code()],
            Self::FormRegistration105(form) => form.encode(),
            Self::BeginRegistration { kind, ffd } => vec![kind.code(), ffd.code()],
            Self::FormRegistration(form) => form.encode(),
            Self::CloseArchive { time, rnm } => [&time.to_drive()[..], &rnm.padded()].concat(),
            Self::SetSpeed(speed) => speed.to_le_bytes().to_vec(),
            Self::BeginArchiveClosing
            | Self::CancelDocument
            | Self::ShiftStatus
            | Self::OpenShift
            | Self::CloseShift
            | Self::FormSettlements
            | Self::ExchangeStatus
            | Self::BeginMessage
            | Self::CancelMessage
            | Self::FinishMessage
            | Self::Status
            | Self::DriveNumber
            | Self::Expiry
            | Self::Version
            | Self::LastErrors
            | Self::UnsentTotals
            | Self::FfdSupport
            | Self::FreeMemory
            | Self::Model
            | Self::UnacknowledgedCount
            | Self::RegistrationTotals
            | Self::NextTlv
            | Self::NextRegistrationTlv
            | Self::AcceptedSize => Vec::new(),
        }
    }
}

/// The tag of 44h that stands for the whole report.
pub(super) const ALL_TAGS: u16 = 0xFFFF;

/// The parameter of 60h that wipes a debug drive.
pub(super) const WIPE: u8 = 0x16;

/// 44h: tag, or number of the report and tag.
fn registration_tag(report: Option<u8>, tag: u16) -> Vec<u8> {
    let mut bytes: Vec<u8> = report.into_iter().collect();
    bytes.extend(tag.to_le_bytes());
    bytes
}
