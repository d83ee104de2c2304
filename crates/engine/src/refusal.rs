use terms::{AccountNumber, Kopecks, LocalDate, Period, ServiceCode, TermError};
use thiserror::Error;

/// Why an event is refused. Nothing changes then.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are the numbers and names of the message"
)]
pub enum Refusal {
    /// The account is not among those loaded.
    #[error("account {account} is not known: create it first")]
    UnknownAccount { account: String },
    /// The set-up has no such service.
    #[error("service {service} is not set up: add it to the services")]
    UnknownService { service: String },
    /// The account has no such debt, penalty or written-off debt.
    #[error("{what} {id} is not on account {account}")]
    UnknownDebt {
        what: &'static str,
        id: String,
        account: AccountNumber,
    },
    /// No such unidentified payment.
    #[error("there is no unidentified payment {payment}: it may be identified already")]
    UnknownPayment { payment: String },
    /// The journal has no such receipt.
    #[error("receipt {receipt} is not in the journal")]
    UnknownReceipt { receipt: String },
    /// A sum is missing, zero, negative or out of range.
    #[error("{what}")]
    BadAmount { what: String },
    /// The event does not fit what it is applied to.
    #[error("{what}")]
    BadKind { what: String },
    /// A day or month that cannot be meant.
    #[error("{what}")]
    BadDate { what: String },
    /// The id of the event is empty or too long.
    #[error("the event's id has {len} bytes: it must have 1…{max}")]
    BadId { len: usize, max: usize },
    /// A list is longer than its limit.
    #[error("{what}: {count} entries, at most {max} are accepted: split the event")]
    TooManyItems {
        what: &'static str,
        count: usize,
        max: usize,
    },
    /// The id is in use for something else: same key, other body.
    #[error("{id} exists on account {account} already: each event needs its own id")]
    Conflict { id: String, account: AccountNumber },
    /// An online payment needs somewhere to send the receipt.
    #[error("an online payment on account {account} needs the customer's phone or e-mail")]
    ContactRequired { account: AccountNumber },
    /// An item asks for more than is open.
    #[error("item of {amount} exceeds the open {open} of {id} on account {account}")]
    ExplicitExceedsDebt {
        id: String,
        account: AccountNumber,
        amount: Kopecks,
        open: Kopecks,
    },
    /// The explicit items ask for more than came.
    #[error("the explicit items sum up to {items}, the payment is {payment}")]
    ExplicitExceedsPayment { items: Kopecks, payment: Kopecks },
    /// Counter-provision would become an advance.
    #[error("counter-provision of {counter} exceeds the {debts} of debts in its receipt")]
    CounterOnlyForDebt { counter: Kopecks, debts: Kopecks },
    /// Less advance than asked for.
    #[error("{amount} exceeds advance {available} of {service} on account {account}")]
    InsufficientAdvance {
        service: String,
        account: AccountNumber,
        amount: Kopecks,
        available: Kopecks,
    },
    /// Less settled than is to be given back.
    #[error("{amount} exceeds the {settled} settled of {service} for {period} on {account}")]
    ExceedsSettled {
        service: ServiceCode,
        period: Period,
        account: AccountNumber,
        amount: Kopecks,
        settled: Kopecks,
    },
    /// The recalculation takes back more than was charged.
    #[error("{amount} exceeds the {charged} charged for {service} for {period} on {account}")]
    RecalcExceedsCharge {
        service: ServiceCode,
        period: Period,
        account: AccountNumber,
        amount: Kopecks,
        charged: Kopecks,
    },
    /// The restored receipt is of more than was charged.
    #[error(
        "the lost receipt of {amount} exceeds the {charged} charged for {service} for {period} on \
         {account}: charge the account first"
    )]
    LostExceedsCharge {
        service: ServiceCode,
        period: Period,
        account: AccountNumber,
        amount: Kopecks,
        charged: Kopecks,
    },
    /// The write-off takes more than is owed.
    #[error("write-off of {amount} exceeds the open {open} of {id} on account {account}")]
    WriteOffExceedsDebt {
        id: String,
        account: AccountNumber,
        amount: Kopecks,
        open: Kopecks,
    },
    /// Money of one supplier would pay another without the payer's order.
    #[error("{from} and {to} have different suppliers: the payer's order is needed")]
    SupplierMismatch { from: String, to: ServiceCode },
    /// Ten days after the month have passed (54-FZ art. 1.2 p. 2.1).
    #[error(
        "the consolidated receipt of {period} was due by {deadline}, it is {date}: \
         form correction receipts"
    )]
    ConsolidatedDeadlinePassed {
        period: Period,
        deadline: LocalDate,
        date: LocalDate,
    },
    /// The receipt was cancelled or fixed before.
    #[error("receipt {receipt} is cancelled or fixed already: name the latest document instead")]
    AlreadyCancelled { receipt: String },
    /// A cancelled payment's advance went where no settled charge can be found.
    #[error(
        "{amount} of the cancelled advance {id} on account {account} is spent, and no settled \
         charge holds it: refund by hand"
    )]
    AdvanceAlreadySpent {
        id: String,
        account: AccountNumber,
        amount: Kopecks,
    },
    /// The right receipt would say what the wrong one says.
    #[error("nothing would change in receipt {receipt}: it says so already")]
    NothingToChange { receipt: String },
    /// What an operation changed cannot be taken back any more: it was used.
    #[error(
        "it cannot be cancelled any more: {what} on account {account}; cancel what came later first, \
         or let its receipt be formed and then send refund or cancel_payment"
    )]
    UsedSince {
        what: String,
        account: AccountNumber,
    },
}

impl Refusal {
    /// The stable code (receipt rules §2.6, with `bad_date`, `bad_id`, `too_many_items`,
    /// `unknown_service`, `used_since`, `lost_exceeds_charge` and `nothing_to_change` added).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownAccount { .. } => "unknown_account",
            Self::UnknownService { .. } => "unknown_service",
            Self::UnknownDebt { .. } => "unknown_debt",
            Self::UnknownPayment { .. } => "unknown_payment",
            Self::UnknownReceipt { .. } => "unknown_receipt",
            Self::BadAmount { .. } => "bad_amount",
            Self::BadKind { .. } => "bad_kind",
            Self::BadDate { .. } => "bad_date",
            Self::BadId { .. } => "bad_id",
            Self::TooManyItems { .. } => "too_many_items",
            Self::Conflict { .. } => "conflict",
            Self::ContactRequired { .. } => "contact_required",
            Self::ExplicitExceedsDebt { .. } => "explicit_exceeds_debt",
            Self::ExplicitExceedsPayment { .. } => "explicit_exceeds_payment",
            Self::CounterOnlyForDebt { .. } => "counter_only_for_debt",
            Self::InsufficientAdvance { .. } => "insufficient_advance",
            Self::ExceedsSettled { .. } => "exceeds_settled",
            Self::RecalcExceedsCharge { .. } => "recalc_exceeds_charge",
            Self::LostExceedsCharge { .. } => "lost_exceeds_charge",
            Self::WriteOffExceedsDebt { .. } => "writeoff_exceeds_debt",
            Self::SupplierMismatch { .. } => "supplier_mismatch",
            Self::ConsolidatedDeadlinePassed { .. } => "consolidated_deadline_passed",
            Self::AlreadyCancelled { .. } => "already_cancelled",
            Self::AdvanceAlreadySpent { .. } => "advance_already_spent",
            Self::NothingToChange { .. } => "nothing_to_change",
            Self::UsedSince { .. } => "used_since",
        }
    }
}

/// Sums that leave the range of money.
impl From<TermError> for Refusal {
    fn from(error: TermError) -> Self {
        Self::BadAmount {
            what: error.to_string(),
        }
    }
}
