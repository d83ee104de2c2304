//! Restoring the past: settlements that never got a receipt, and receipts that are wrong, many at a
//! time (receipt rules §4).
//!
//! A **restoration** is one plan with all its rows and its life: it is made and shown, approved by a
//! second person by its hash, and then carried out row by row, as far as limits allow. What a row
//! becomes is computed once when the plan is made and again when the row is carried out; if the two
//! differ, nothing is formed. So nobody has to wait while a plan lies there, and no approval is ever
//! used for something else than was seen.

mod change;
mod views;

use journal::{Listed, ReceiptsOf};
use terms::{Basis, Id, LocalDate};
use thiserror::Error;

use crate::{Desk, DeskError, KeyIdentity, Signed, StatementFile};

pub use engine::{Change, PaidIn, RightAmount, RightSupplier, Swap};
pub use restoration::{
    Class as RestorationClass, Kind as RestorationKind, Pace, PauseOn,
    RowState as RestorationRowState, State as RestorationState,
};
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
    #[error("restoration {id} is {}: it cannot be {act} now", state.name())]
    NotNow {
        /// Which one.
        id: i64,
        /// What it is.
        state: RestorationState,
        /// What was to be done, as a participle: `approved`, `run`, …
        act: &'static str,
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

impl Desk {
    /// Makes the plan of restoring lost settlements: reads the files, finds out what of them the
    /// journal has, and computes the receipts of what it lacks. Nothing of the ledger changes.
    ///
    /// # Errors
    /// When a file cannot be read, the days or the basis cannot be, or the journal cannot store.
    pub async fn plan_lost(&self, order: LostOrder) -> Result<RestorationView, DeskError> {
        let _ = order;
        Err(DeskError::Stopping)
    }

    /// Makes the plan of fixing wrong receipts: computes what each would become. Nothing of the
    /// ledger changes.
    ///
    /// # Errors
    /// When there are no or too many receipts, the basis cannot be, or the journal cannot store.
    pub async fn plan_fix(&self, order: FixOrder) -> Result<RestorationView, DeskError> {
        let _ = order;
        Err(DeskError::Stopping)
    }

    /// The restorations, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn restorations(&self, limit: u32) -> Result<Vec<RestorationListed>, DeskError> {
        let _ = limit;
        Ok(Vec::new())
    }

    /// One restoration.
    ///
    /// # Errors
    /// When there is none, or the journal cannot be read.
    pub async fn restoration(&self, id: i64) -> Result<RestorationView, DeskError> {
        Err(RestoreError::Unknown(id).into())
    }

    /// A page of its rows.
    ///
    /// # Errors
    /// When there is no such restoration, or the journal cannot be read.
    pub fn restoration_rows(
        &self,
        id: i64,
        of: RowsOf,
    ) -> Result<Listed<RestorationRowView, u64>, DeskError> {
        let _ = of;
        Err(RestoreError::Unknown(id).into())
    }

    /// Approves the plan that has this hash (64 hexadecimal digits).
    ///
    /// # Errors
    /// When it has another hash, its author wants to approve it, or it is no draft.
    pub async fn approve_restoration(
        &self,
        id: i64,
        hash: &str,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let _ = (hash, signed);
        Err(RestoreError::Unknown(id).into())
    }

    /// Carries an approved restoration out, from now on and as far as limits allow. It returns at
    /// once; the work goes on, also after a restart.
    ///
    /// # Errors
    /// When it is not approved, or the drives do not suffice.
    pub async fn run_restoration(
        &self,
        id: i64,
        order: RunOrder,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let _ = (order, signed);
        Err(RestoreError::Unknown(id).into())
    }

    /// Begins no further rows. What is accepted is formed.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn pause_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let _ = signed;
        Err(RestoreError::Unknown(id).into())
    }

    /// Goes on as it was ordered to run.
    ///
    /// # Errors
    /// When it is not paused, or the drives do not suffice.
    pub async fn resume_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let _ = signed;
        Err(RestoreError::Unknown(id).into())
    }

    /// Ends it for good: what is not accepted never will be.
    ///
    /// # Errors
    /// When it is running (pause it first), done or abandoned, or no reason is given.
    pub async fn abandon_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let _ = signed;
        Err(RestoreError::Unknown(id).into())
    }

    /// The papers for accountant and tax office, as one ZIP (receipt rules §4.6).
    ///
    /// # Errors
    /// When there is no such restoration, the journal cannot be read, or the template of the letter
    /// is wrong.
    pub async fn restoration_report(&self, id: i64) -> Result<Vec<u8>, DeskError> {
        Err(RestoreError::Unknown(id).into())
    }
}
