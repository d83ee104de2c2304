use cassette::Class;
use engine::{Before, Charge, Config, Contract, Event, Plan, Receipt, Setup};

use crate::ReadyReceipt;

/// Says what an operation becomes: handed in by the room above, called inside the transaction that
/// stores the operation.
///
/// It must be a plain function of its arguments: it does no I/O and has no memory of its own.
pub trait Decider: Send + 'static {
    /// The engine's configuration; the services come from the journal.
    fn config(&self) -> Config;

    /// The decision on `event` against the state `before`.
    ///
    /// # Errors
    /// When the rules refuse the operation; then nothing is stored.
    fn decide(&self, setup: &Setup, before: &Before, event: &Event) -> Result<Decision, Refused>;

    /// The decision on a receipt that the caller has computed; `key` is its operation's. The plan
    /// has one receipt, and changes nothing else.
    ///
    /// # Errors
    /// When the rules of the format refuse it; then nothing is stored.
    fn ready(&self, key: &str, ready: &ReadyReceipt) -> Result<Decision, Refused>;

    /// Whether contracts are to be read at all: a charge costs one question more then.
    fn judges_contracts(&self) -> bool {
        false
    }

    /// What an account's contracts make of a charge that the rules of receipts accept.
    fn judge(&self, contracts: &[Contract], charge: &Charge) -> Judgement {
        let _ = (contracts, charge);
        Judgement::Allowed
    }

    /// The document of a receipt that no operation asks for, but the program itself: it undoes the
    /// second one of two documents.
    ///
    /// # Errors
    /// When the rules of the format refuse it.
    fn document(&self, receipt: &Receipt, undone: &Undone<'_>) -> Result<NewDocument, Refused>;
}

/// What contracts make of a charge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Judgement {
    /// It is accepted.
    Allowed,
    /// It waits for a person, for this reason.
    Held(String),
    /// It is refused; nothing is stored.
    Refused(Refused),
}

/// A receipt of which there are two documents.
#[derive(Clone, Copy, Debug)]
pub struct Undone<'a> {
    /// The receipt.
    pub receipt: &'a Receipt,
    /// What was passed to both drives.
    pub tlv: &'a [u8],
}

/// What an operation becomes.
#[derive(Debug)]
pub struct Decision {
    /// The engine's plan; its accounts are stored.
    pub plan: Plan,
    /// One for each receipt of the plan, in its order.
    pub documents: Vec<NewDocument>,
    /// What has no receipt, as a JSON array.
    pub records: String,
}

/// What the plan's receipt becomes.
#[derive(Debug)]
pub struct NewDocument {
    /// How urgent it is.
    pub class: Class,
    /// What is passed to the drive.
    pub tlv: Vec<u8>,
}

/// An operation that the rules refuse.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, with the object and the numbers.
    pub message: String,
}
