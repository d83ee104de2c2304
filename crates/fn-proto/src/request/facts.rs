//! What is known of a command beside its bytes: code, name, patience, whether it may be repeated.

use std::time::Duration;

use crate::{Generation, Request, command_name, frame::MAX_DATA};

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
    /// Wiping a debug drive.
    Reset,
}

impl TimeoutClass {
    /// The recommended time.
    pub const fn first_byte(self) -> Duration {
        Duration::from_secs(match self {
            Self::Status => 1,
            Self::Document | Self::Archive => 2,
            Self::Exchange => 5,
            Self::Finish => 10,
            Self::Reset => 60,
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
        match command_name(self.code()) {
            Some(name) => name,
            // Not reached: a test names every command that is offered.
            None => "unknown command",
        }
    }

    /// How long to wait for the answer.
    pub const fn timeout_class(&self) -> TimeoutClass {
        self.facts().1
    }

    /// Whether it signs a document. After an uncertain end such a command must never be repeated:
    /// 30h tells whether the document exists (ФН protocol §1.6).
    pub const fn is_finishing(&self) -> bool {
        matches!(self.facts().1, TimeoutClass::Finish)
    }

    /// Whether it may be repeated freely when its answer was lost: it changes nothing in the
    /// drive, or sets what a repeat sets again. 46h and 47h move the reading cursor, and after ABh
    /// the line may have another speed: they are none.
    pub const fn is_repeatable(&self) -> bool {
        match self.timeout_class() {
            TimeoutClass::Status => !matches!(self, Self::SetSpeed(_)),
            TimeoutClass::Archive => !matches!(self, Self::NextTlv | Self::NextRegistrationTlv),
            TimeoutClass::Exchange => {
                matches!(self, Self::SetTransport(_) | Self::ReadMessage { .. })
            }
            TimeoutClass::Document => matches!(self, Self::CancelDocument),
            TimeoutClass::Finish | TimeoutClass::Reset => false,
        }
    }

    /// Whether the data fit in one frame of the latest drives. Only 07h and 26h can be too long.
    pub const fn fits(&self) -> bool {
        self.data_len() <= MAX_DATA
    }

    /// Whether the data fit in one frame of a drive of this generation.
    pub const fn fits_in(&self, generation: Generation) -> bool {
        self.data_len() <= generation.max_data()
    }

    /// Whether commands with this code are offered: those that [`Request::decode`] knows.
    pub fn is_offered(code: u8) -> bool {
        match command_name(code) {
            Some(_) => !matches!(code, 0x34 | 0xB0..=0xDF),
            None => false,
        }
    }

    /// Bytes of the data that have no fixed length.
    const fn data_len(&self) -> usize {
        match self {
            Self::PassData(bytes) | Self::PassTicket(bytes) => bytes.len(),
            _ => 0,
        }
    }

    const fn facts(&self) -> (u8, TimeoutClass) {
        use TimeoutClass::{Archive, Document, Exchange, Finish, Reset, Status};
        match self {
            Self::BeginRegistration105(_) => (0x02, Document),
            Self::FormRegistration105(_) => (0x03, Finish),
            Self::BeginArchiveClosing => (0x04, Document),
            Self::CloseArchive { .. } => (0x05, Finish),
            Self::CancelDocument => (0x06, Document),
            Self::PassData(_) => (0x07, Document),
            Self::ShiftStatus => (0x10, Status),
            Self::BeginShiftOpening(_) => (0x11, Document),
            Self::OpenShift => (0x12, Finish),
            Self::BeginShiftClosing(_) => (0x13, Document),
            Self::CloseShift => (0x14, Finish),
            Self::BeginReceipt(_) => (0x15, Document),
            Self::FormReceipt { .. } => (0x16, Finish),
            Self::BeginCorrection(_) => (0x17, Document),
            Self::BeginSettlements(_) => (0x18, Document),
            Self::FormSettlements => (0x19, Finish),
            Self::ExchangeStatus => (0x20, Status),
            Self::SetTransport(_) => (0x21, Exchange),
            Self::BeginMessage => (0x22, Exchange),
            Self::ReadMessage { .. } => (0x23, Exchange),
            Self::CancelMessage => (0x24, Exchange),
            Self::FinishMessage => (0x25, Exchange),
            Self::PassTicket(_) => (0x26, Exchange),
            Self::Status => (0x30, Status),
            Self::DriveNumber => (0x31, Status),
            Self::Expiry => (0x32, Status),
            Self::Version => (0x33, Status),
            Self::LastErrors => (0x35, Status),
            Self::Counters(_) => (0x36, Status),
            Self::OperationCounts(_) => (0x37, Status),
            Self::SignCounters { .. } => (0x38, Status),
            Self::UnsentTotals => (0x39, Status),
            Self::FfdSupport => (0x3A, Status),
            Self::DaysLeft(_) => (0x3B, Status),
            Self::FreeMemory => (0x3D, Status),
            Self::Model => (0x3F, Status),
            Self::FindDocument(_) => (0x40, Archive),
            Self::FindTicket(_) => (0x41, Archive),
            Self::UnacknowledgedCount => (0x42, Archive),
            Self::RegistrationTotals => (0x43, Archive),
            Self::FindRegistration(_) => (0x43, Archive),
            Self::FindRegistrationTlv { .. } => (0x44, Archive),
            Self::OpenRegistration(_) => (0x44, Archive),
            Self::OpenDocument(_) => (0x45, Archive),
            Self::NextTlv => (0x46, Archive),
            Self::NextRegistrationTlv => (0x47, Archive),
            Self::FindSignedRecord(_) => (0x50, Archive),
            Self::ResetDebugDrive => (0x60, Reset),
            Self::BeginRegistration { .. } => (0xA2, Document),
            Self::FormRegistration(_) => (0xA3, Finish),
            Self::AcceptedSize => (0xA7, Status),
            Self::SetSpeed(_) => (0xAB, Status),
        }
    }
}
