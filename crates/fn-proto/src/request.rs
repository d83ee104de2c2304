//! The commands of a drive as values (ФН protocol §2).

mod decode;
mod encode;
mod facts;

pub use facts::{BYTE_GAP, TimeoutClass};
use terms::{DocumentNumber, FfdVersion, Kopecks, LocalDateTime, OperationSign, Rnm};

use crate::{CounterScope, RegistrationForm, RegistrationForm105, RegistrationKind};

/// A command to a drive with its parameters. The crate's documentation says which are offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// 02h: begin a registration of FFD 1.0 and 1.05.
    BeginRegistration105(RegistrationKind),
    /// 03h: form a registration of FFD 1.0 and 1.05.
    FormRegistration105(RegistrationForm105),
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
    /// 13h. It is a command of phase 2 with an open shift; the specification prints «phase 3», and
    /// «phases 3 or 4» for 45h, by mistake (ФН protocol §9 Q10).
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
    /// 18h: begin a report on settlements. Sources differ on the phases that allow it and on
    /// whether the shift has to be closed (ФН protocol §9 Q8): the drive decides.
    BeginSettlements(LocalDateTime),
    /// 19h: form the report on settlements. It needs no data (ФН protocol §9 Q20).
    FormSettlements,
    /// 20h.
    ExchangeStatus,
    /// 21h: whether the ОФД is connected.
    SetTransport(bool),
    /// 22h: begin reading the message for the ОФД.
    BeginMessage,
    /// 23h. The answer is the bytes alone (ФН protocol §9 Q17).
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
    /// 26h: the container of the ОФД's answer. A wrong CRC in it is refused with 20h and reason 5,
    /// or with 05h by FN-1 (ФН protocol §9 Q13).
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
    /// 36h: counters of settlements.
    Counters(CounterScope),
    /// 37h: how many receipts there were.
    OperationCounts(CounterScope),
    /// 38h: counters of settlements of one sign.
    SignCounters {
        /// Of what.
        scope: CounterScope,
        /// The sign.
        operation: OperationSign,
    },
    /// 39h: totals of documents that the ОФД has not confirmed; transfer mode only.
    UnsentTotals,
    /// 3Ah. FN-1 does not know it: [`crate::Generation`].
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
    /// 44h: one TLV object of a registration report. Tag FFFFh would mean
    /// [`Request::OpenRegistration`] and is none.
    FindRegistrationTlv {
        /// The report's number, counted from 1; without it the last one.
        report: Option<u8>,
        /// The object's tag.
        tag: u16,
    },
    /// 44h with tag FFFFh: begin reading all of a registration report by 47h.
    OpenRegistration(Option<u8>),
    /// 45h. It is answered in all phases after registration (ФН protocol §9 Q10).
    OpenDocument(DocumentNumber),
    /// 46h. After the last object comes 08h, to which FN-1.2 attaches no data; what another drive
    /// attaches is in [`crate::Refusal::data`] (ФН protocol §9 Q15).
    NextTlv,
    /// 47h, the same for a registration report.
    NextRegistrationTlv,
    /// 50h: a document's record with the archive sign; FFD 1.1 and 1.2.
    FindSignedRecord(DocumentNumber),
    /// 60h with 16h: wipe a debug drive, which waits for registration then. Serial drives refuse it
    /// with 01h (INFERRED). Other parameters are not offered (ФН protocol §9 Q14).
    ResetDebugDrive,
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
    /// ABh: the line's speed from the next command on, bits per second. FN-1.2 only, until the
    /// drive restarts; see [`crate::SpeedRaise`].
    SetSpeed(u32),
}
