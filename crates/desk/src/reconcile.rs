//! Reconciliations: billing, journal, drives, ОФД and bank are compared over some days (receipt rules
//! §5.1), what does not match is kept row by row, and what does not agree becomes an incident.
//!
//! The files are read first, all of them, onto a scratch ([`journal::Scratch`]); one that cannot be
//! read ends it before anything is stored. Then the journal is streamed onto the same scratch, and
//! each equation reads its two sides sorted by key. In memory are one file of a bank at a time, the
//! numbers of one drive's documents, and the rows that are kept.
//!
//! Invariants: it changes nothing but its own tables. One runs at a time. What was not compared is
//! said beside what was; nothing is written off.

mod archive;
mod balance;
mod bank;
mod billing;
mod book;
mod drives;
mod live;
mod run;
mod table;
mod views;

use std::collections::BTreeSet;

use cassette::SlotId;
use terms::{LocalDate, Period};
use thiserror::Error;

use crate::{DeskError, KeyIdentity, StatementFile};

pub(crate) use run::{Reconciling, start};
pub use views::{
    ReconciliationListed, ReconciliationNote, ReconciliationProgress, ReconciliationResultView,
    ReconciliationView,
};

/// The most rows that are kept of each list of a comparison.
pub const RECONCILIATION_ROWS_MAX: usize = 10_000;
/// The most files of one reconciliation.
pub const RECONCILIATION_FILES_MAX: usize = 200;
/// The most days of one reconciliation.
pub const RECONCILIATION_DAYS_MAX: i32 = 400;

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct ReconcileOrder {
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
    /// Billing's exports.
    pub billing: Vec<StatementFile>,
    /// Registries and statements of banks and acquirers.
    pub bank: Vec<StatementFile>,
    /// A profile of the configuration, or a kind of file, for the bank's files; none: it is found out.
    pub profile: Option<String>,
    /// Archives of drives from elsewhere: `index.csv` as `<number of the drive>.csv`, and the closing
    /// reports out of `documents.jsonl` as `<number of the drive>.jsonl`. Those beside the journal
    /// are compared anyway.
    pub archives: Vec<StatementFile>,
    /// Slots whose drives are read first, when they are idle.
    pub drives: Vec<SlotId>,
    /// Who orders it.
    pub by: String,
    /// The key that has sent it.
    pub sender: Option<KeyIdentity>,
}

/// Why nothing is compared. Nothing was stored then.
#[derive(Debug, Error)]
pub enum ReconcileError {
    /// There is none of this number.
    #[error("there is no reconciliation {0}")]
    Unknown(i64),
    /// Another one is under way.
    #[error("reconciliation {0} is under way: wait for its end")]
    Busy(String),
    /// The days cannot be.
    #[error("the days {from}…{to} cannot be compared: {why}")]
    BadDays {
        /// The first one.
        from: LocalDate,
        /// The last one.
        to: LocalDate,
        /// Why not.
        why: &'static str,
    },
    /// A file cannot be used.
    #[error("«{name}»: {why}")]
    BadFile {
        /// Its name.
        name: String,
        /// What is wrong with it, with the line where there is one.
        why: String,
    },
    /// There are more files than one reconciliation takes.
    #[error(
        "{0} files are more than the {RECONCILIATION_FILES_MAX} of one reconciliation: take fewer \
         days"
    )]
    TooManyFiles(usize),
    /// A drive cannot be read.
    #[error("the drive of slot {slot} cannot be read: {why}")]
    NoDrive {
        /// Its slot.
        slot: u8,
        /// Why not.
        why: String,
    },
    /// A table of the result cannot be written.
    #[error("the table cannot be made: {0}")]
    Table(String),
}

impl ReconcileError {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_reconciliation",
            Self::Busy(_) => "reconciliation_running",
            Self::BadDays { .. } => "bad_days",
            Self::BadFile { .. } => "unreadable_file",
            Self::TooManyFiles(_) => "too_many_files",
            Self::NoDrive { .. } => "unknown_slot",
            Self::Table(_) => "table",
        }
    }
}

/// The two sides that are compared; the order is that of results.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Pair {
    /// E1: files of banks and the journal's cashless money.
    Bank,
    /// E1: billing's payments and the journal's money.
    Payments,
    /// E2: billing's charges and the journal.
    Charges,
    /// E5: how lots have changed, and the receipts of that.
    Advances,
    /// E5: balances of the journal and of billing.
    Balances,
    /// E6: how credit debts have changed, and the receipts of that.
    Credit,
    /// E7: totals of documents and their lines.
    Vat,
    /// E7: totals of documents and the sales book.
    SalesBook,
}

impl Pair {
    const fn code(self) -> u8 {
        self as u8
    }

    /// Its equation, and the word for its two sides.
    const fn about(self) -> (audit::EquationId, &'static str) {
        use audit::EquationId::{E1, E2, E5, E6, E7};
        match self {
            Self::Bank => (E1, "bank"),
            Self::Payments => (E1, "payments"),
            Self::Charges => (E2, "charges"),
            Self::Advances => (E5, "advances"),
            Self::Balances => (E5, "balances"),
            Self::Credit => (E6, "credit"),
            Self::Vat => (E7, "vat"),
            Self::SalesBook => (E7, "sales_book"),
        }
    }
}

/// The days, and what they are called: a month, a day, or both ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: LocalDate,
    pub(crate) to: LocalDate,
}

impl Stretch {
    fn contains(self, day: LocalDate) -> bool {
        self.from <= day && day <= self.to
    }

    fn ends(self) -> (String, String) {
        (self.from.to_string(), self.to.to_string())
    }

    fn check(self, today: LocalDate) -> Result<(), ReconcileError> {
        let (from, to) = (self.from, self.to);
        let bad = |why| Err(ReconcileError::BadDays { from, to, why });
        if from > to {
            return bad("the first one is after the last one");
        }
        if to > today {
            return bad("the last one is not over");
        }
        if to.days_since(from) >= RECONCILIATION_DAYS_MAX {
            return bad("they are more than 400: take fewer");
        }
        Ok(())
    }
}

impl std::fmt::Display for Stretch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let month: Period = self.from.period();
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else if self.from.day() == 1 && self.to == month.last_day() {
            write!(f, "{month}")
        } else {
            write!(f, "{}…{}", self.from, self.to)
        }
    }
}

/// What is said of a comparison besides its result: what was left out of it, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<(Option<Pair>, ReconciliationNote)>);

impl Notes {
    /// Counts one more row under a code.
    fn count(&mut self, pair: Pair, code: &'static str, sum: i64) {
        self.add(Some(pair), code, "", 1, sum);
    }

    fn add(&mut self, pair: Option<Pair>, code: &'static str, what: &str, rows: u64, sum: i64) {
        let known = self
            .0
            .iter_mut()
            .find(|(of, note)| (*of, note.code.as_str(), note.what.as_str()) == (pair, code, what));
        match known {
            Some((_, note)) => {
                note.rows += rows;
                note.sum = note.sum.saturating_add(sum);
            }
            None => self.0.push((
                pair,
                ReconciliationNote {
                    code: code.to_owned(),
                    what: what.to_owned(),
                    rows,
                    sum,
                },
            )),
        }
    }

    fn of(&self, pair: Pair) -> Vec<ReconciliationNote> {
        let of = self.0.iter().filter(|(of, _)| *of == Some(pair));
        of.map(|(_, note)| note.clone()).collect()
    }
}

/// What the files had: which comparisons there are, and what they need to know of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) pairs: BTreeSet<Pair>,
    /// The kinds of the bank's files, as operations' keys begin.
    pub(crate) sources: Vec<String>,
    /// Whether each charge of billing has an identifier, a service, a rate.
    pub(crate) charges: ChargesTell,
    /// The day of billing's balances.
    pub(crate) balances_on: Option<LocalDate>,
}

/// What billing tells of every charge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargesTell {
    pub(crate) ids: bool,
    pub(crate) services: bool,
    pub(crate) rates: bool,
}

impl Default for ChargesTell {
    fn default() -> Self {
        Self {
            ids: true,
            services: true,
            rates: true,
        }
    }
}

/// Files that came together, sorted into those of billing, of banks, and archives of drives.
pub fn file_roles(
    files: Vec<StatementFile>,
) -> (Vec<StatementFile>, Vec<StatementFile>, Vec<StatementFile>) {
    let (mut billing, mut bank, mut archives) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let stem = file.name.rsplit_once('.').map_or("", |(stem, _)| stem);
        let is_billing = || {
            let text = statements::decode(&file.bytes);
            text.is_ok_and(|(text, _)| statements::is_billing(&text))
        };
        if stem.parse::<terms::DriveNumber>().is_ok() {
            archives.push(file);
        } else if is_billing() {
            billing.push(file);
        } else {
            bank.push(file);
        }
    }
    (billing, bank, archives)
}

/// Refuses a file.
pub(crate) fn bad_file(name: &str, why: impl ToString) -> DeskError {
    DeskError::Reconcile(ReconcileError::BadFile {
        name: name.to_owned(),
        why: why.to_string(),
    })
}
