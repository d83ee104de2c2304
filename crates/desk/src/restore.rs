//! Restoring the past: settlements that never got a receipt, and receipts that are wrong, many at a
//! time (receipt rules §4).
//!
//! A **restoration** is one plan with all its rows and its life: it is made and shown, approved by a
//! second person by its hash, and then carried out row by row, as far as limits allow. What a row
//! becomes is computed once when the plan is made and again when the row is carried out; if the two
//! differ, nothing is formed. So nobody has to wait while a plan lies there, and no approval is ever
//! used for something else than was seen.

mod acts;
mod change;
mod draft;
mod facts;
mod fix;
mod lost;
mod operation;
mod report;
mod rules;
mod runner;
mod show;
mod views;

use journal::{ReceiptsOf, Turned};
use terms::{Basis, Id, LocalDate};
use thiserror::Error;

use crate::{DeskError, KeyIdentity, StatementFile};

pub use engine::{Change, PaidIn, RightAmount, RightSupplier, Swap};
pub(crate) use facts::ShareBook;
pub(crate) use fix::key_of as fix_key;
pub use restoration::{
    Class as RestorationClass, Kind as RestorationKind, Pace, PauseOn,
    RowState as RestorationRowState, State as RestorationState,
};
pub use rules::RestoreRules;
pub(crate) use runner::{Restoring, start};
pub use views::{
    RegisterShare, RestorationFileView, RestorationForecast, RestorationListed,
    RestorationProgress, RestorationRowView, RestorationView, RunView, TotalsRow,
};

/// The most rows of one restoration.
pub const RESTORATION_ROWS_MAX: usize = 200_000;

/// Lost settlements are to be restored.
#[derive(Clone, Debug)]
pub struct LostOrder {
    /// The first lost day.
    pub from: LocalDate,
    /// The last lost day.
    pub to: LocalDate,
    /// The registries and statements of these days.
    pub files: Vec<StatementFile>,
    /// A profile of the configuration, or a kind of file; none: it is found out for each.
    pub profile: Option<String>,
    /// Why; days and documents are those of each row, and stay open here.
    pub basis: Basis,
    /// Who makes the plan.
    pub by: String,
    /// The key that has sent it.
    pub sender: Option<KeyIdentity>,
}

/// Wrong receipts are to be fixed.
#[derive(Clone, Debug)]
pub struct FixOrder {
    /// Which ones.
    pub receipts: FixTarget,
    /// What is changed in each.
    pub change: Change,
    /// Why; days and documents are those of each row, and stay open here.
    pub basis: Basis,
    /// Who makes the plan.
    pub by: String,
    /// The key that has sent it.
    pub sender: Option<KeyIdentity>,
}

/// Which receipts are to be fixed.
#[derive(Clone, Debug)]
pub enum FixTarget {
    /// These.
    Ids(Vec<Id>),
    /// All that a list of these would show.
    Query(Box<ReceiptsOf>),
}

/// How a restoration shall run.
#[derive(Clone, Debug)]
pub struct RunOrder {
    /// So many rows, then it pauses; none: all.
    pub limit: Option<u64>,
    /// What it does about the shares.
    pub pace: Pace,
    /// When it pauses by itself; none: as configured.
    pub pause_on: Option<PauseOn>,
}

impl Default for RunOrder {
    /// All of it, and nobody has to explain anything.
    fn default() -> Self {
        Self {
            limit: None,
            pace: Pace::Spread,
            pause_on: None,
        }
    }
}

/// Which rows of a restoration are wanted, in the order of their places.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowsOf {
    /// Only in this state.
    pub state: Option<RestorationRowState>,
    /// Only of this class.
    pub class: Option<RestorationClass>,
    /// After this place; none: from the beginning.
    pub after: Option<u64>,
    /// At most so many, at least 1.
    pub limit: u32,
}

/// Why a restoration is not made, or an act on one is not done. Nothing has changed then.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// There is none of this number.
    #[error("there is no restoration {0}")]
    Unknown(i64),
    /// It is in a state in which this cannot be done.
    #[error("restoration {id}: {why}")]
    NotNow {
        /// Which one.
        id: i64,
        /// In which state it is, and what was to be done.
        why: restoration::NotNow,
    },
    /// The hash that was approved is not that of the plan.
    #[error("the hash {given} is not that of restoration {id}, which is {hash}: look at it again")]
    OtherHash {
        /// Which one.
        id: i64,
        /// What was approved.
        given: String,
        /// What it is.
        hash: String,
    },
    /// Its author wants to approve it.
    #[error(
        "restoration {id} was made by {author}: another person has to approve it, or [restore] \
         one_person in the configuration says that there is only one"
    )]
    SamePerson {
        /// Which one.
        id: i64,
        /// Who has made it.
        author: String,
    },
    /// The days cannot be.
    #[error("the days {from}…{to} cannot be restored: {why}")]
    BadDays {
        /// The first one.
        from: LocalDate,
        /// The last one.
        to: LocalDate,
        /// Why not.
        why: &'static str,
    },
    /// There are no files, or no receipts.
    #[error("there is nothing to restore: {0}")]
    Nothing(&'static str),
    /// There are more rows than one restoration may have.
    #[error("{rows} rows are more than the {max} of one restoration: take fewer days or receipts")]
    TooManyRows {
        /// How many there are.
        rows: usize,
        /// How many there may be.
        max: usize,
    },
    /// The drives do not suffice.
    #[error("it cannot run: {}", .0.join("; "))]
    DoesNotFit(Vec<String>),
    /// What is said of the reason cannot be.
    #[error("the basis cannot be used: {0}")]
    Basis(String),
    /// The papers cannot be made.
    #[error("the papers of restoration {id} cannot be made: {why}")]
    Papers {
        /// Which one.
        id: i64,
        /// Why not.
        why: String,
    },
}

impl RestoreError {
    /// The stable code used by the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_restoration",
            Self::NotNow { .. } => "not_now",
            Self::OtherHash { .. } => "other_hash",
            Self::SamePerson { .. } => "same_person",
            Self::BadDays { .. } => "bad_days",
            Self::Nothing(_) => "nothing_to_restore",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::DoesNotFit(_) => "does_not_fit",
            Self::Basis(_) => "basis_required",
            Self::Papers { .. } => "papers",
        }
    }
}

/// Why a restoration was not turned.
fn not_turned(id: i64, turned: Turned) -> DeskError {
    let why = match turned {
        Turned::NotNow(why) => RestoreError::NotNow { id, why },
        Turned::OtherHash(hash) => RestoreError::OtherHash {
            id,
            given: String::new(),
            hash: hash.to_string(),
        },
        // Nothing but an unknown one is left.
        Turned::Unknown | Turned::Done => RestoreError::Unknown(id),
    };
    why.into()
}
