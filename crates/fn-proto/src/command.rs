//! The commands of a drive and their answers as values (ФН protocol §2).

use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, Inn, Kopecks, LocalDate, LocalDateTime,
    OperationSign, ReceiptNumber, RegistrationReason, RegistrationReasons, Rnm, ShiftNumber,
};

use crate::state::{CurrentDocument, DocumentKind, Phase, WarningFlags};

/// A command to a drive with its parameters. The crate's documentation says which are offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// 04h: begin the report on the closing of the drive's archive.
    BeginArchiveClosing,
    /// 05h: close the archive. There is no way back.
    CloseArchive {
        /// The report's time.
        time: LocalDateTime,
        /// Tag 1037, that of the registration.
        rnm: Rnm,
    },
    /// 06h: drop the begun document.
    CancelDocument,
    /// 07h: one or more whole TLV objects of the begun document.
    PassData(Vec<u8>),
    /// 10h.
    ShiftStatus,
    /// 11h.
    BeginShiftOpening(LocalDateTime),
    /// 12h.
    OpenShift,
    /// 13h.
    BeginShiftClosing(LocalDateTime),
    /// 14h.
    CloseShift,
    /// 15h.
    BeginReceipt(LocalDateTime),
    /// 16h: finishes what 15h or 17h began.
    FormReceipt {
        /// The document's time, not before that of 15h or 17h.
        time: LocalDateTime,
        /// Tag 1054.
        operation: OperationSign,
        /// Tag 1020; 40 bits on the wire.
        total: Kopecks,
    },
    /// 17h: begin a correction receipt.
    BeginCorrection(LocalDateTime),
    /// 20h.
    ExchangeStatus,
    /// 21h: whether the ОФД is connected.
    SetTransport(bool),
    /// 22h: begin reading the message for the ОФД.
    BeginMessage,
    /// 23h.
    ReadMessage {
        /// Offset in the container, bytes.
        offset: u16,
        /// How much to read, bytes.
        length: u16,
    },
    /// 24h.
    CancelMessage,
    /// 25h.
    FinishMessage,
    /// 26h: the container of the ОФД's answer.
    PassTicket(Vec<u8>),
    /// 30h.
    Status,
    /// 31h.
    DriveNumber,
    /// 32h.
    Expiry,
    /// 33h.
    Version,
    /// 35h.
    LastErrors,
    /// 3Ah.
    FfdSupport,
    /// 3Bh: days left, seen from this time.
    DaysLeft(LocalDateTime),
    /// 3Dh.
    FreeMemory,
    /// 3Fh.
    Model,
    /// 40h.
    FindDocument(DocumentNumber),
    /// 41h.
    FindTicket(DocumentNumber),
    /// 42h.
    UnacknowledgedCount,
    /// 43h without a parameter: the last registration.
    RegistrationTotals,
    /// 43h with a parameter: the registration report of this number, counted from 1.
    FindRegistration(u8),
    /// 45h.
    OpenDocument(DocumentNumber),
    /// 46h.
    NextTlv,
    /// A2h, registration of FFD 1.1 and 1.2.
    BeginRegistration {
        /// What is registered.
        kind: RegistrationKind,
        /// Tag 1209.
        ffd: FfdVersion,
    },
    /// A3h, registration of FFD 1.1 and 1.2.
    FormRegistration(RegistrationForm),
    /// A7h.
    AcceptedSize,
}

/// What a registration report is made for: the type byte of A2h (ФН protocol §2.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum RegistrationKind {
    /// The first registration of a ККТ, on a new drive.
    First = 0,
    /// Re-registration of a ККТ on a new drive, after the old one's archive was closed.
    DriveChange = 1,
    /// Re-registration on the same drive.
    ParametersChange = 2,
}

impl RegistrationKind {
    /// Every kind, by code.
    pub const ALL: [Self; 3] = [Self::First, Self::DriveChange, Self::ParametersChange];

    /// The type byte of A2h.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind with this type byte; none when there is no such kind.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kind of the document that it becomes.
    pub const fn document(self) -> DocumentKind {
        match self {
            Self::First => DocumentKind::Registration,
            Self::DriveChange | Self::ParametersChange => DocumentKind::Reregistration,
        }
    }

    /// How 30h names the document while it is begun.
    pub const fn current(self) -> CurrentDocument {
        match self {
            Self::First => CurrentDocument::Registration,
            Self::DriveChange => CurrentDocument::DriveChange,
            Self::ParametersChange => CurrentDocument::Reregistration,
        }
    }
}

/// Parameters of A3h (ФН protocol §2.3), 52 bytes, or 56 with reasons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationForm {
    /// The report's time.
    pub time: LocalDateTime,
    /// Tag 1018.
    pub user_inn: Inn,
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1062, bits.
    pub tax_systems: terms::TaxSystems,
    /// Work mode, bits of table 38: 0 encryption, 1 autonomous, 2 automatic, 3 services, 4 БСО,
    /// 5 internet only, 6 catering, 7 wholesale.
    pub work_mode: u8,
    /// Extended flags, bits of table 51.
    pub extended_flags: u8,
    /// Tag 1017; none in autonomous mode (twelve zeros on the wire).
    pub ofd_inn: Option<Inn>,
    /// Tag 1205; none in the first registration of a ККТ, which has no such field.
    pub reasons: Option<RegistrationReasons>,
}

impl RegistrationForm {
    /// The kind of registration that A2h has to begin for this form.
    pub const fn kind(&self) -> RegistrationKind {
        match self.reasons {
            None => RegistrationKind::First,
            Some(reasons) if reasons.contains(RegistrationReason::DriveChange) => {
                RegistrationKind::DriveChange
            }
            Some(_) => RegistrationKind::ParametersChange,
        }
    }
}

/// A successful answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// No data.
    Done,
    /// 10h.
    ShiftStatus(ShiftStatus),
    /// 12h, 14h.
    Shift {
        /// The shift.
        shift: ShiftNumber,
        /// The report's number and sign.
        document: Formed,
        /// Present in FFD 1.1 and 1.2.
        warnings: Option<WarningFlags>,
    },
    /// 16h.
    Receipt {
        /// The receipt's number within the shift.
        number: ReceiptNumber,
        /// Its document number and sign.
        document: Formed,
    },
    /// 20h.
    ExchangeStatus(ExchangeStatus),
    /// 22h: the container's length, bytes.
    MessageLength(u16),
    /// 23h, 35h: raw bytes.
    Bytes(Vec<u8>),
    /// 26h: the answer code of the ОФД (tag 1022) and, if sent, its message as TLV.
    Ticket {
        /// 0 accepted, 11 not recognised, 14 refused by format control.
        ofd_code: u8,
        /// The operator's message, one TLV object.
        message: Option<Vec<u8>>,
    },
    /// 30h.
    Status(Status),
    /// 31h.
    DriveNumber(DriveNumber),
    /// 32h.
    Expiry {
        /// The last day of the drive's life.
        until: LocalDate,
        /// Registration reports that are left.
        registrations_left: u8,
        /// Registration reports that were made.
        registrations_done: u8,
    },
    /// 33h.
    Version {
        /// The text, trimmed.
        text: String,
        /// Whether the drive is a serial one (and not a debug drive).
        serial: bool,
    },
    /// 3Ah. Values 1 and 2 both stand for 1.05 (open question Q4 of the ФН protocol).
    FfdSupport {
        /// The version in use; none before registration may be answered as the highest.
        current: FfdVersion,
        /// The highest the drive knows.
        highest: FfdVersion,
    },
    /// 3Bh: days left.
    DaysLeft(u16),
    /// 3Dh.
    FreeMemory {
        /// Documents that still fit, an estimate.
        documents: u32,
        /// Kilobytes of the 30-day store that are free.
        kilobytes: u32,
    },
    /// 3Fh: the text, trimmed.
    Model(String),
    /// 40h.
    Found(ArchivedDocument),
    /// 41h.
    FoundTicket {
        /// When the ОФД received the document, its own clock.
        time: LocalDateTime,
        /// ФПО, as stored.
        operator_sign: [u8; 18],
        /// The document's number.
        document: DocumentNumber,
    },
    /// 42h.
    UnacknowledgedCount(u16),
    /// 43h.
    RegistrationTotals(RegistrationTotals),
    /// 45h.
    OpenedDocument {
        /// The document's form code (STLV tag).
        form: u16,
        /// Length of its content, bytes.
        length: u16,
    },
    /// 46h: one TLV object.
    Tlv(Vec<u8>),
    /// 05h and A3h: a report was formed.
    Formed(Formed),
    /// A7h: bytes accepted by 07h.
    AcceptedSize(u32),
}

/// A document that a drive has signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Formed {
    /// Tag 1040.
    pub number: DocumentNumber,
    /// Tag 1077.
    pub sign: FiscalSign,
}

/// The answer to 10h.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShiftStatus {
    /// Whether a shift is open.
    pub open: bool,
    /// The current shift, or the last closed one.
    pub shift: ShiftNumber,
    /// The last receipt of the current shift, or the number of receipts of the closed one.
    pub receipt: ReceiptNumber,
}

/// The answer to 20h, 13 bytes (ФН protocol §2.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExchangeStatus {
    /// Bit 0: transport connected.
    pub connected: bool,
    /// Bit 1: a message waits for the ОФД.
    pub message_waiting: bool,
    /// Bit 2: the drive waits for a ticket.
    pub ticket_awaited: bool,
    /// Message reading was begun.
    pub reading: bool,
    /// Messages to send.
    pub queued: u16,
    /// The document at the queue's head, or the one that waits for its ticket; 0 when none.
    pub first: DocumentNumber,
    /// The time of that document; none when there is none.
    pub first_time: Option<LocalDateTime>,
}

/// The answer to 30h, 30 bytes (ФН protocol §4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Status {
    /// Where in its life the drive is.
    pub phase: Phase,
    /// The begun document.
    pub current: CurrentDocument,
    /// Whether data of the begun document were received.
    pub has_data: bool,
    /// Whether a shift is open.
    pub shift_open: bool,
    /// Warnings.
    pub warnings: WarningFlags,
    /// The time of the last document; none before the first.
    pub last_time: Option<LocalDateTime>,
    /// The drive's number.
    pub drive: DriveNumber,
    /// The last document; 0 before the first.
    pub last_document: DocumentNumber,
}

/// The answer to 40h (ФН protocol §2.7).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchivedDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// Whether its ticket was received.
    pub has_ticket: bool,
    /// Its time.
    pub time: LocalDateTime,
    /// Its number and sign.
    pub document: Formed,
    /// What depends on the kind.
    pub details: ArchivedDetails,
}

/// The part of an archive record that depends on the document's kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArchivedDetails {
    /// Registration and re-registration.
    Registration {
        /// Tag 1018.
        user_inn: Inn,
        /// Tag 1037.
        rnm: Rnm,
        /// Tag 1062, bits.
        tax_systems: u8,
        /// Work mode, bits.
        work_mode: u8,
        /// Extended flags, FFD 1.1 and later.
        extended_flags: Option<u8>,
        /// The ОФД, FFD 1.1 and later, transfer mode.
        ofd_inn: Option<Inn>,
        /// Re-registration: the reason, a code in 1.05 and a bit mask later.
        reason: Option<u32>,
    },
    /// Receipts, БСО and their corrections.
    Receipt {
        /// Tag 1054.
        operation: OperationSign,
        /// Tag 1020.
        total: Kopecks,
    },
    /// Opening and closing of a shift.
    Shift(ShiftNumber),
    /// Closing of the archive.
    Closing {
        /// Tag 1018.
        user_inn: Inn,
        /// Tag 1037.
        rnm: Rnm,
    },
    /// Report on settlements.
    Settlements {
        /// Tag 1097.
        unacknowledged: u32,
        /// Date of the first of them; none when there are none.
        since: Option<LocalDate>,
    },
}

/// The answer to 43h in FFD 1.1 and 1.2 (60 bytes) or 1.05 (47 bytes); with a report's number it
/// also has the reason and 64 or 48 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationTotals {
    /// When it was registered.
    pub time: LocalDateTime,
    /// Tag 1018.
    pub user_inn: Inn,
    /// Tag 1037.
    pub rnm: Rnm,
    /// Tag 1062, bits.
    pub tax_systems: u8,
    /// Work mode, bits.
    pub work_mode: u8,
    /// Extended flags; FFD 1.1 and later.
    pub extended_flags: Option<u8>,
    /// The ОФД; FFD 1.1 and later, transfer mode.
    pub ofd_inn: Option<Inn>,
    /// In the answer by number only: why it was changed, a code in 1.05 and a bit mask later; 0
    /// in a first registration (INFERRED: the field is there in every report's answer).
    pub reason: Option<u32>,
    /// The report.
    pub document: Formed,
}
