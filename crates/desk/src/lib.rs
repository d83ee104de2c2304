//! The desk: the one door to everything behind it.
//!
//! API, panel and command line see only this room and `terms`; they differ in how they speak. The
//! desk's values are plain structs in the users' words.
//!
//! It is the async shell round the machines: it owns the journal's writer and readers, the wires to
//! the drives and to the ОФД, and one task that feeds the [`cassette::Cassette`] machine. It decides
//! nothing itself: receipts are the engine's, documents' rules are those of `ffd`, and which drive
//! does what is said by the cassette.

mod archive;
mod balances;
mod check;
mod clock;
mod contact;
mod desk;
mod doctor;
mod emulated;
mod error;
mod feed;
mod fix;
mod frames;
mod imports;
mod incidents;
mod keys;
mod kkt;
mod ledger;
mod lists;
mod offsets;
mod opening;
mod orders;
mod outbox;
mod outlook;
mod paper;
mod people;
mod ports;
mod rack;
mod receipts_csv;
mod register;
mod rehearsal;
mod reports;
mod restore;
mod setup;
mod statement;
mod tlv_json;
mod today;
mod views;
mod waiting;
mod watch;

pub use balances::{BALANCE_ROWS_MAX, BalanceError, read_balances};
pub use check::{CheckReport, Finding};
pub use clock::Clock;
pub use contact::{contact, phone};
pub use desk::{Asked, Callback, Desk, NewOperation, ReadyReceipt, Submitted};
pub use doctor::{
    Checkup, Diagnosis, Examined, Grade, KnownDrive, OperatorCheckup, Presence, diagnose, examine,
    examine_operators,
};
pub use error::{DeskError, Refused};
pub use feed::{EventFilter, Follower, FormedAs, ReceiptEvent};
pub use fix::Fixing;
pub use frames::FrameView;
pub use imports::{
    BusinessRows, ImportError, ImportOrder, ImportReport, ImportState, ReceiptDay, RowChoice,
    RowClass, StatementFile, StatementProfile, StatementRules, UnmatchedRows,
};
pub use incidents::{
    ChannelSetup, ChannelTried, ChannelView, IncidentActError, IncidentHistory, IncidentView,
    QuietHours, TellingSetup,
};
pub use keys::{
    KeyIdentity, KeyOrder, KeyRefusal, basic_login, key_hash, new_key_secret, scope_of,
};
pub use kkt::KktView;
pub use ledger::Ledger;
pub use lists::{AccountListed, DriveView};
pub use offsets::offsets_csv;
pub use orders::NextRegister;
pub use outbox::{
    AddressError, Delivering, DeliveryView, EVENTS_DEFAULT, FORM_V1, LastAttempt, LetterError,
    Letters, OutboxSetup, Secret, Tried, URL_MAX, Webhook, WebhookState, WebhookView,
    check_callback_url, rfc3339,
};
pub use paper::PrintedReceipt;
pub use people::{
    Entered, FactorOffer, LoggedIn, LoginError, PASSWORD_MAX, PASSWORD_MIN, Passwords, PeopleError,
    PeopleSetup, Person, Right, Session, Visitor, WeakPassword, check_password, random_password,
};
pub use ports::survey_ports;
pub use receipts_csv::RECEIPT_ROWS_MAX;
pub use register::RegistrationOrder;
pub use rehearsal::Rehearsal;
pub use reports::{KeysTally, RegisterView, ReportView, ShiftReport};
pub use restoration::MaxShare;
pub use restore::{
    Change, FixOrder, FixTarget, LostOrder, Pace, PaidIn, PauseOn, RESTORATION_ROWS_MAX,
    RegisterShare, RestorationClass, RestorationFileView, RestorationForecast, RestorationKind,
    RestorationListed, RestorationProgress, RestorationRowState, RestorationRowView,
    RestorationState, RestorationView, RestoreError, RestoreRules, RightAmount, RightSupplier,
    RowsOf, RunOrder, RunView, Swap, TotalsRow,
};
pub use setup::{Ofd, Organisation, Setup, SlotPlan};
pub use statement::{STATEMENT_ROWS_MAX, ServiceBalance, StatementEventView, StatementView};
pub use tlv_json::tlv_json;
pub use today::{HourView, IntentView, TodayView, Turnover, TurnoverSum};
pub use views::{
    AccountView, CassetteView, DocumentView, MethodTally, OfdView, OperationView, Outlook, Preview,
    ReceiptView, RemarkView, SlotView, TallyView, saldo, total_saldo,
};

pub use watch::{Found, PassKind, PassView, WatchReport, WatchRules, WatchState};

pub use audit::{Severity as IncidentSeverity, Thresholds};
pub use cassette::{
    Awaits, DriveFacts, Limits, NotObeyed, Policy, Reason, Severity, Signed, SlotId, SlotState,
    SwapStep, SwapView, Threshold, Warning,
};
pub use engine::{
    Account, AdvancePolicy, Agent, AgentOffset, Allocation, BufferLine, CancelPayment,
    CancelReason, Channel, Charge, ChargeLine, Config, CreditPaymentVat, Debt, Event, EventKind,
    ExplicitItem, ExplicitTarget, FixReceipt, Identify, Invoice, Line, LostChargeLine, Lot,
    MAX_EVENT_ID, MoneyKind, Move, OffsetMode, Part, PartKind, PayerKind, Payment, Payments,
    Penalty, PenaltyPlace, PenaltyReceipt, PeriodClose, Postpaid, Recalc, RecalcTo, Receipt,
    Record, Ref, RefTo, Refund, RefundOf, RestoreCharge, RestorePayment, RightAgent, RightLine,
    RightReceipt, Service, Settled, VatSchedule, WriteOff, WriteOffItem, WriteOffTarget,
};
/// The parts of a receipt whose lines the caller has computed: see [`ReadyReceipt`].
pub mod ready {
    pub use ffd::{
        Agent, AgentData, AgentKinds, Buyer, BuyerDetails, Cashier, CashlessPayment, Correction,
        CorrectionPaper, CountryCode, IdentityDocument, IdentityKind, IndustryProperty, Line,
        LineDetails, OperationalProperty, Payments, Place, ProductCode, Quantity, Receipt,
        ReceiptAgent, ReceiptDetails, UnixTime, UserProperty, VatTotals, WrittenDate,
    };
}

pub use fn_proto::{Phase, Status, Timeouts, WarningFlags};
pub use ipnet::IpNet;
pub use journal::{
    AccountsOf, Actor, CancellationRow as Cancellation, Days, DeliveriesOf, DeliveryState,
    DocumentOf, DocumentsOf, HistoryOf, HistoryRow as HistoryEntry, ImportFileRow, ImportRow,
    IncidentCount, IncidentRefusal, IncidentState, IncidentWhat, IncidentsOf, JournalError,
    KeyRing, KeyRow, LOGIN_MAX, Language, Listed, ListedDocument, NAME_MAX, NewKey, NewPerson,
    NotCancellable, NoticeReason, NoticeRow as NoticeView, NoticeState, OperationsOf, Order, Page,
    PeopleBook, PeopleChange, PeopleRefusal, PersonRow, RateLimit, ReceiptState, ReceiptsOf,
    RemarkCount, RemarksOf, Role, Roles, RowState, SaldoSign, Scope, Scopes, SessionRow,
    ShiftPlace, ShiftRow as ShiftView, ShiftSum, ShiftsOf, Span, Store, TrailOf, TrailRow,
    UnidentifiedRow as Unidentified, is_login, ready_basis,
};
/// A tag of a document with its value in words.
pub use printed::Entry as TagEntry;

/// What the rules of the watch speak of.
pub mod found {
    pub use audit::{Object, RULES, Rule, RuleId, Severity, Sum, Tempo, Tempos, Value};
}
/// How notices are sent.
pub mod channels {
    pub use notify::{
        Channel, Email, EmailSetup, Hidden, Messenger, MessengerSetup, NoticeHook, NoticeHookSetup,
        NotifyError, Security,
    };
}

/// How files of payments look.
pub mod files {
    pub use regex::Regex;
    pub use statements::{
        Columns, ERRORS_MAX, FILE_MAX, Kind, Place, Profile, ReceiptSum, StatementError,
        Unreadable, decode, read,
    };
}
pub use links::{
    DriveAddress, Endpoint, LinkTimeouts, OfdTimeouts, PortPattern, PortRules, PortTrouble, Sight,
    SlotAddress, SurveyedDrive, SurveyedPort, UsbDevice,
};
