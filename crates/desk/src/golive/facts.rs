//! All that the checks are judged by: plain values, gathered elsewhere.

use std::collections::BTreeMap;

use engine::Service;
use journal::{ContactCount, KeyRow, Role, Roles};
use terms::{AccountNumber, Inn, Kopecks, LocalDate, LocalDateTime, ServiceCode, TaxSystems};

use super::exercise::TestReceipt;

/// What is known before the switch.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The minute at the place of settlement.
    pub(crate) now: LocalDateTime,
    /// The same, milliseconds since 1970.
    pub(crate) now_ms: i64,
    /// The planned day of the switch.
    pub(crate) switch_on: Option<LocalDate>,
    pub(crate) inn: Inn,
    /// Tag 1062 of the configuration.
    pub(crate) tax_systems: TaxSystems,
    pub(crate) services: BTreeMap<ServiceCode, Service>,
    pub(crate) contacts: ContactCount,
    /// Documents that a month will bring.
    pub(crate) volume: Volume,
    pub(crate) slots: Vec<SlotFacts>,
    /// What the time service says; none: nobody can tell.
    pub(crate) is_clock_synchronised: Option<bool>,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) webhooks: Vec<WebhookFacts>,
    pub(crate) people: Vec<PersonFacts>,
    pub(crate) backups: Backups,
    pub(crate) disk: Option<DiskFacts>,
    pub(crate) receipts: Vec<TestReceipt>,
    /// What was looked at outside; none: nobody has asked for it yet.
    pub(crate) outside: Option<Outside>,
    /// The last comparison with billing's file, if there was one.
    pub(crate) balances: Option<BalancesCompared>,
    pub(crate) afterwards: Afterwards,
}

/// How many receipts a month will bring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Volume {
    pub(crate) receipts: u64,
    /// Whether a person has said so; else it is estimated.
    pub(crate) is_told: bool,
}

/// A slot and its drive.
#[derive(Clone, Debug)]
pub(crate) struct SlotFacts {
    pub(crate) slot: u8,
    pub(crate) drive: Option<String>,
    /// What the slot says is the matter.
    pub(crate) reason: Option<String>,
    /// Whether it may form documents now.
    pub(crate) can_work: bool,
    pub(crate) emulated: bool,
    /// Of its registration; none: it has none.
    pub(crate) registration: Option<RegisteredFacts>,
    pub(crate) formed: u32,
    pub(crate) documents_left: Option<u32>,
    pub(crate) until: Option<LocalDate>,
    pub(crate) last_time: Option<LocalDateTime>,
    /// Days since the first document without a ticket of the ОФД.
    pub(crate) unconfirmed_days: Option<i64>,
}

/// What a drive's registration says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegisteredFacts {
    pub(crate) inn: Inn,
    /// Tag 1062, bits.
    pub(crate) tax_systems: u8,
}

/// A webhook of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct WebhookFacts {
    pub(crate) name: String,
    /// Whether letters go out to it.
    pub(crate) is_active: bool,
}

/// Somebody who may log in.
#[derive(Clone, Debug)]
pub(crate) struct PersonFacts {
    pub(crate) roles: Roles,
    pub(crate) has_factor: bool,
}

impl PersonFacts {
    pub(crate) fn is(&self, role: Role) -> bool {
        self.roles.contains(role)
    }
}

/// Whether backups are made: [`crate::Desk::tell_backups`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Backups {
    /// Nobody has told the desk.
    #[default]
    Unknown,
    /// The configuration has none.
    None,
    /// They are made.
    Made {
        /// Where they go.
        place: String,
        /// When the newest was made; none: not yet.
        newest: Option<LocalDateTime>,
        /// Why the last try has failed, if it has.
        failure: Option<String>,
    },
}

/// The disk of the journal, bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DiskFacts {
    pub(crate) free: u64,
    pub(crate) total: u64,
}

/// What only a look outside tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    /// When, milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) links: Vec<LinkFacts>,
    /// Each webhook that was written to, and what is wrong with its answer; none: nothing.
    pub(crate) letters: Vec<(String, Option<String>)>,
}

/// A drive's way to its ОФД.
#[derive(Clone, Debug)]
pub(crate) struct LinkFacts {
    pub(crate) slot: u8,
    /// The ОФД, as it is called.
    pub(crate) operator: String,
    pub(crate) state: LinkState,
    /// What is to be said about it; may be empty.
    pub(crate) detail: String,
}

/// How much is seen of an ОФД.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LinkState {
    /// It answers, or takes the connection, as those do that answer only documents.
    Fine,
    /// Something that is no ОФД answers.
    Strange,
    /// It cannot be reached, or nobody knows its address.
    Gone,
}

/// What is seen after the switch.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Afterwards {
    /// The ОФД has confirmed a receipt of a real drive.
    pub(crate) has_confirmed: bool,
    /// Receipts that are held or in doubt.
    pub(crate) undecided: u64,
}

/// Billing's file against the journal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BalancesCompared {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Accounts of the file.
    pub in_file: u64,
    /// Accounts of the journal.
    pub in_journal: u64,
    /// Accounts that agree.
    pub equal: u64,
    /// Accounts that do not; of these the first are in `differences`.
    pub different: u64,
    /// The saldo of all accounts of the file.
    pub file_saldo: Kopecks,
    /// The saldo of all accounts of the journal.
    pub journal_saldo: Kopecks,
    /// The first accounts that do not agree, by number.
    pub differences: Vec<BalanceDifference>,
    /// Rows of the file that cannot be read; then nothing was compared.
    pub errors: Vec<String>,
}

/// An account whose balance is not what billing says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BalanceDifference {
    /// Which one.
    pub account: AccountNumber,
    /// What the file says; none: it has no such account.
    pub file: Option<Balance>,
    /// What the journal says; none: it has no such account.
    pub journal: Option<Balance>,
}

/// What stands on an account.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Balance {
    /// Open charges.
    pub debts: Kopecks,
    /// Penalties owed.
    pub penalties: Kopecks,
    /// Advances that are not used up.
    pub advances: Kopecks,
}
