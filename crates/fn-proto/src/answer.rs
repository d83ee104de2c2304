//! The answers of a drive as values (ФН protocol §2, §4).

mod encode;
mod read;

use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, LocalDate, ReceiptNumber, ShiftNumber,
};

use crate::{
    ArchiveRecord, ArchivedDocument, Counters, ExchangeStatus, OperationCounts, RegistrationTotals,
    ShiftStatus, SignCounters, SignTotals, Status, WarningFlags,
};

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
    /// 19h.
    Settlements {
        /// The report's number and sign.
        document: Formed,
        /// Tag 1097: documents that the ОФД has not confirmed.
        unacknowledged: u32,
        /// Tag 1098: date of the first of them; none when there are none.
        since: Option<LocalDate>,
    },
    /// 20h.
    ExchangeStatus(ExchangeStatus),
    /// 22h: the container's length, bytes.
    MessageLength(u16),
    /// 23h, 35h: raw bytes. What 35h answers is the vendor's own (ФН protocol §9 Q16).
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
    /// 33h: 17 bytes. Real drives send an eighteenth, whose meaning is unknown; what goes beyond
    /// the seventeenth is passed over (ФН protocol §9 Q3).
    Version {
        /// The text, trimmed: its padding is spaces, NULs or both (ФН protocol §9 Q2).
        text: String,
        /// Whether the drive is a serial one (and not a debug drive).
        serial: bool,
    },
    /// 36h.
    Counters(Box<Counters>),
    /// 37h.
    OperationCounts(OperationCounts),
    /// 38h.
    SignCounters(Box<SignCounters>),
    /// 39h.
    UnsentTotals(SignTotals),
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
        /// How full the store of notifications about marked goods is, per cent; FFD 1.2 only.
        notifications: Option<u8>,
    },
    /// 3Fh: the text, trimmed.
    Model(String),
    /// 40h.
    Found(ArchivedDocument),
    /// 41h.
    FoundTicket {
        /// When the ОФД received the document, its own clock.
        time: terms::LocalDateTime,
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
    /// 44h, 46h, 47h: one TLV object.
    Tlv(Vec<u8>),
    /// 50h.
    ArchiveRecord(ArchiveRecord),
    /// 03h, 05h and A3h: a report was formed.
    Formed(Formed),
    /// A7h.
    AcceptedSize {
        /// Bytes accepted by 07h.
        data: u32,
        /// Bytes accepted by B7h for a notification about marked goods; FFD 1.2 only.
        notification: Option<u32>,
    },
}

/// A document that a drive has signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Formed {
    /// Tag 1040.
    pub number: DocumentNumber,
    /// Tag 1077.
    pub sign: FiscalSign,
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
