//! The journal: the program's durable memory, one SQLite file.
//!
//! One thread owns the writing connection: the [`Scribe`]. Commands wait in the queue of its
//! [`Writer`]; all that wait are executed in one transaction and share one fsync (group commit). What the cassette stores goes
//! before what billing submits; each of the two keeps its order. [`Reader`]s are read-only
//! connections. What was answered is durable: WAL with `synchronous = FULL`, both read back at
//! start.
//!
//! It speaks domain commands and rows; no type of the SQL library crosses its border, so that
//! another store could stand beside it. It knows no policy: what receipts an operation needs is
//! said by a [`Decider`] that the room above hands in.

use std::time::{SystemTime, UNIX_EPOCH};

mod account;
mod basis;
mod before;
mod cancellation;
mod decide;
mod decision;
mod drive;
mod effects;
mod error;
mod feed;
mod files;
mod flow;
mod found;
mod import;
mod incident;
mod key_index;
mod keys;
mod list;
mod outbox;
mod payment;
mod people;
mod plan;
mod rack;
mod read;
mod receipt;
mod record;
mod report;
mod restore;
mod schema;
mod scribe;
mod service;
mod submit;
mod ticket;
mod verify;
mod watch_rows;
mod writer;

pub use basis::{needs_basis, ready_basis};
pub use cancellation::{Cancellable, CancellationRow, NotCancellable};
pub use decide::{Decider, Decision, NewDocument, Refused, Undone};
pub use error::{JournalError, Result};
pub use feed::{EventRow, FormedAs};
pub use files::Store;
pub use flow::{AcceptedRow, ChangeRow, IntentRow, Standing};
pub use import::{
    ImportFileRow, ImportRow, Imported, NewImport, OperationBody, PaymentOnAccount, RowDecided,
    RowDecision, RowState,
};
pub use incident::{
    Due, FoundRow, IncidentAct, IncidentCount, IncidentEventRow, IncidentOrder, IncidentRefusal,
    IncidentRow, IncidentSlice, IncidentState, IncidentWhat, IncidentsChanged, IncidentsOf,
    NoticeAttempt, NoticeOutcome, NoticeReason, NoticeRow, NoticeState, ToTell, WhoIsTold,
};
pub use keys::{KeyRing, KeyRow, KeySecret, NewKey, RateLimit, Scope, Scopes};
pub use list::{
    AccountsOf, Days, DocumentOf, DocumentsOf, DriveRow, LOOKED_AT_MAX, Listed, ListedAccount,
    ListedDocument, OperationsOf, Order, Page, ReceiptsOf, SaldoSign, ShiftPlace, ShiftRow,
    ShiftSum, ShiftsOf, Span, Statement, StatementEvent, StatementOf, UnidentifiedRow,
};
pub use outbox::{
    Attempt, DeliveriesOf, DeliveryRow, DeliveryState, Outcome, Owed, ReceiverKind, ReceiverRow,
    Replay,
};
pub use people::{
    Actor, LOGIN_MAX, Language, NAME_MAX, NewFactor, NewPerson, NewSession, PeopleBook,
    PeopleChange, PeopleRefusal, PersonRow, Proof, Role, Roles, SessionRow, TrailOf, TrailRow,
    is_login,
};
pub use rack::{HistoryOf, KktRow, RegisterRow};
pub use read::{AccountRow, DocumentRow, HistoryRow, OperationRow, Reader, ReceiptRow, Tally};
pub use report::{KeysTally, ReportRow, ShiftReport};
pub use restore::{
    Advanced, NewRestoration, PendingReceipts, RestorationCount, RestorationFile, RestorationHead,
    RestorationPacket, RestorationRow, RestorationRowsOf, RestorationRun, RestorationStep,
    RestorationTurn, RowWork, ShareCounts, Troubles, Turned, fingerprint,
};
pub use scribe::Scribe;
pub use service::{service_from_json, service_to_json};
pub use submit::{Asked, Callback, NewOperation, ReadyReceipt, Submitted};
pub use ticket::{RemarkCount, RemarkRow, RemarksOf};
pub use verify::{FINDINGS_MAX, Finding, Verified};
pub use watch_rows::{
    ArrivalRow, DriveLifeRow, DueRow, FoundShift, MoneyReceiptRow, OffsetsRow, OpenShiftRow,
    WatchedAccount, WatchedDocument, WatchedLine, WatchedOperation, WatchedReceipt,
};
pub use writer::{Change, ReceiptState, Reply, Writer};

/// Milliseconds since 1970, now.
fn unix_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
