//! What is known of a command beside its bytes: code, name, patience, whether it may be repeated.

use std::time::Duration;

use crate::{Generation, Request, frame::MAX_DATA};

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

    /// Bytes of the data that have no fixed length.
    const fn data_len(&self) -> usize {
        match self {
            Self::PassData(bytes) | Self::PassTicket(bytes) => bytes.len(),
            _ => 0,
        }
    }

    const fn facts(&self) -> (u8, &'static str, TimeoutClass) {
        use TimeoutClass::{Document, Exchange, Finish};
        match self {
            Self::BeginRegistration105(_) => (0x02, "02h begin registration", Document),
            Self::FormRegistration105(_) => (0x03, "03h form registration", Finish),
            Self::BeginArchiveClosing => (0x04, "04h begin archive closing", Document),
            Self::CloseArchive { .. } => (0x05, "05h close archive", Finish),
            Self::CancelDocument => (0x06, "06h cancel document", Document),
            Self::PassData(_) => (0x07, "07h pass data", Document),
            Self::BeginShiftOpening(_) => (0x11, "11h begin shift opening", Document),
            Self::OpenShift => (0x12, "12h open shift", Finish),
            Self::BeginShiftClosing(_) => (0x13, "13h begin shift closing", Document),
            Self::CloseShift => (0x14, "14h close shift", Finish),
            Self::BeginReceipt(_) => (0x15, "15h begin receipt", Document),
            Self::FormReceipt { .. } => (0x16, "16h form receipt", Finish),
            Self::BeginCorrection(_) => (0x17, "17h begin correction", Document),
            Self::BeginSettlements(_) => (0x18, "18h begin report on settlements", Document),
            Self::FormSettlements => (0x19, "19h form report on settlements", Finish),
            Self::SetTransport(_) => (0x21, "21h set transport", Exchange),
            Self::BeginMessage => (0x22, "22h begin message", Exchange),
            Self::ReadMessage { .. } => (0x23, "23h read message", Exchange),
            Self::CancelMessage => (0x24, "24h cancel message", Exchange),
            Self::FinishMessage => (0x25, "25h finish message", Exchange),
            Self::PassTicket(_) => (0x26, "26h pass ticket", Exchange),
            Self::ResetDebugDrive => (0x60, "60h reset debug drive", TimeoutClass::Reset),
            Self::BeginRegistration { .. } => (0xA2, "A2h begin registration", Document),
            Self::FormRegistration(_) => (0xA3, "A3h form registration", Finish),
            _ => self.reading_facts(),
        }
    }

    /// The same of commands that read, and of ABh.
    const fn reading_facts(&self) -> (u8, &'static str, TimeoutClass) {
        use TimeoutClass::{Archive, Status};
        match self {
            Self::ShiftStatus => (0x10, "10h shift", Status),
            Self::ExchangeStatus => (0x20, "20h exchange status", Status),
            Self::DriveNumber => (0x31, "31h drive number", Status),
            Self::Expiry => (0x32, "32h expiry", Status),
            Self::Version => (0x33, "33h version", Status),
            Self::LastErrors => (0x35, "35h last errors", Status),
            Self::Counters(_) => (0x36, "36h counters", Status),
            Self::OperationCounts(_) => (0x37, "37h operation counts", Status),
            Self::SignCounters { .. } => (0x38, "38h counters of one sign", Status),
            Self::UnsentTotals => (0x39, "39h totals of unsent documents", Status),
            Self::FfdSupport => (0x3A, "3Ah FFD support", Status),
            Self::DaysLeft(_) => (0x3B, "3Bh days left", Status),
            Self::FreeMemory => (0x3D, "3Dh free memory", Status),
            Self::Model => (0x3F, "3Fh model", Status),
            Self::FindDocument(_) => (0x40, "40h find document", Archive),
            Self::FindTicket(_) => (0x41, "41h find ticket", Archive),
            Self::UnacknowledgedCount => (0x42, "42h unacknowledged count", Archive),
            Self::RegistrationTotals => (0x43, "43h registration totals", Archive),
            Self::FindRegistration(_) => (0x43, "43h find registration", Archive),
            Self::FindRegistrationTlv { .. } => (0x44, "44h find registration TLV", Archive),
            Self::OpenRegistration(_) => (0x44, "44h open registration", Archive),
            Self::OpenDocument(_) => (0x45, "45h open document", Archive),
            Self::NextTlv => (0x46, "46h next TLV", Archive),
            Self::NextRegistrationTlv => (0x47, "47h next registration TLV", Archive),
            Self::FindSignedRecord(_) => (0x50, "50h find signed record", Archive),
            Self::AcceptedSize => (0xA7, "A7h accepted size", Status),
            Self::SetSpeed(_) => (0xAB, "ABh set speed", Status),
            // What is left after both tables: a test holds that there is nothing else.
            _ => (0x30, "30h status", Status),
        }
    }
}
