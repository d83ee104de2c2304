use terms::TermError;
use thiserror::Error;

pub use journal::Refused;

/// What went wrong at the desk.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
    /// A check of the watch could not be made: nothing was found out.
    #[error(transparent)]
    Audit(#[from] audit::AuditError),
    /// The set-up cannot be used.
    #[error("the set-up cannot be used: {what}")]
    Setup {
        /// What is wrong with it, and what to change.
        what: String,
    },
    /// Nothing can be told to anybody.
    #[error(transparent)]
    Notify(#[from] notify::NotifyError),
    /// An account is open with other balances than those that are to be imported.
    #[error("account {0} is open already, with other balances: nothing was imported")]
    OpenAlready(terms::AccountNumber),
    /// There is no such slot.
    #[error("there is no slot {0}; slots are counted from 1 in the order of the configuration")]
    UnknownSlot(u8),
    /// The slot's drive cannot be registered now.
    #[error("the drive in slot {slot} cannot be registered: {why}")]
    NotRegistrable {
        /// Which slot.
        slot: u8,
        /// Why not.
        why: String,
    },
    /// As many follow the feed as may.
    #[error("{0} follow the events already; [http] streams in the configuration allows no more")]
    TooManyFollow(usize),
    /// There is no such letter.
    #[error("there is no delivery {0}")]
    UnknownDelivery(terms::Id),
    /// There is no such webhook.
    #[error("there is no webhook «{0}»")]
    UnknownWebhook(String),
    /// There is no such receipt.
    #[error("there is no receipt {0}")]
    UnknownReceipt(terms::Id),
    /// A receipt is in another state than the one that is to be ended.
    #[error("receipt {receipt} is {}, not {}", found.name(), wanted.name())]
    WrongState {
        /// Which one.
        receipt: terms::Id,
        /// What it is.
        found: journal::ReceiptState,
        /// What it would have to be.
        wanted: journal::ReceiptState,
    },
    /// Nothing is compared.
    #[error(transparent)]
    Reconcile(#[from] crate::ReconcileError),
    /// An order without name or reason.
    #[error("an order is signed: {0}")]
    NotSigned(&'static str),
    /// An order that cannot be obeyed; nothing has changed.
    #[error("it cannot be done: {0}")]
    NotObeyed(cassette::NotObeyed),
    /// An operation that cannot be cancelled; nothing has changed.
    #[error(transparent)]
    NotCancellable(#[from] journal::NotCancellable),
    /// What the journal holds of a receipt is no document that could be shown.
    #[error("receipt {receipt} cannot be shown: {why}; run «kassette check»")]
    Unprintable {
        /// Which one.
        receipt: terms::Id,
        /// What is wrong with its TLV.
        why: ffd::ParseError,
    },
    /// A table that would be too long.
    #[error("there are {count} events; a table has at most {max}: ask for fewer days")]
    TooLong {
        /// How many there are.
        count: u64,
        /// How many there may be.
        max: u32,
    },
    /// A file of payments that was not loaded.
    #[error(transparent)]
    Import(#[from] crate::ImportError),
    /// A restoration that is not made, or an act on one that is not done.
    #[error(transparent)]
    Restore(#[from] crate::RestoreError),
    /// No stretch of days that is told of at once.
    #[error("{from} to {to} is no stretch of 1…{max} days: ask for fewer")]
    TooManyDays {
        /// The first one.
        from: terms::LocalDate,
        /// The last one.
        to: terms::LocalDate,
        /// The most there may be.
        max: i32,
    },
    /// A table for the books that is not written.
    #[error(transparent)]
    Export(#[from] crate::ExportError),
    /// Something about going live that cannot be done.
    #[error(transparent)]
    Golive(#[from] crate::golive::GoliveError),
    /// Contracts that are not set.
    #[error(transparent)]
    Contracts(Box<crate::ContractsError>),
    /// A held charge about which nothing was decided.
    #[error(transparent)]
    HeldCharge(#[from] crate::HeldChargeError),
    /// An act on payouts that is not done.
    #[error(transparent)]
    Payout(#[from] crate::PayoutError),
    /// A table that cannot be written.
    #[error(transparent)]
    Table(#[from] papers::TableError),
    /// A value that cannot be.
    #[error(transparent)]
    Term(#[from] TermError),
    /// The operating system refuses something.
    #[error("{0}")]
    System(String),
    /// The desk is closing.
    #[error("the program is stopping")]
    Stopping,
}

impl From<crate::ContractsError> for DeskError {
    fn from(error: crate::ContractsError) -> Self {
        Self::Contracts(Box::new(error))
    }
}
