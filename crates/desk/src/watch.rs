//! The watch: Kassette compares by itself what it holds, and tells what looks wrong (receipt rules
//! §5.2). The rules are those of [`audit`]; here their rows are made of the journal (`facts.rs`,
//! `documents.rs`, `machine.rs`), and passes are run (`pass.rs`, `runner.rs`).
//!
//! Three passes:
//!
//! | pass | when | looks at |
//! |---|---|---|
//! | full | once a day, and at the first start | all accounts, documents and sources |
//! | touched | every few seconds, when something was accepted | the accounts of new operations |
//! | minute | every minute | money that is due, drives, registers, tickets, the buffer |
//!
//! It only reads. What is found becomes incidents by [`Inner::take`](crate::desk::Inner::take).

mod body;
mod documents;
mod facts;
mod machine;
mod pass;
mod runner;
mod told;

use std::{collections::BTreeSet, time::Duration};

use audit::Thresholds;
use journal::{Reader, Store};
use terms::{LocalDateTime, ServiceCode, named};

use crate::{Clock, Desk, DeskError, Setup, restore::ShareBook};
use pass::{Pass, Straight};

pub(crate) use runner::{Watching, start};
pub use told::Found;

/// What the organisation has said about the watch.
#[derive(Clone, Debug)]
pub struct WatchRules {
    /// How often touched accounts are looked at.
    pub every: Duration,
    /// The hour of the full pass, 0 to 23, by the clock of the place.
    pub full_at: u8,
    /// Services that have to be paid ahead and are blocked otherwise (rule A02).
    pub prepaid: BTreeSet<ServiceCode>,
    /// The thresholds of the rules.
    pub thresholds: Thresholds,
}

impl Default for WatchRules {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(30),
            full_at: 4,
            prepaid: BTreeSet::new(),
            thresholds: Thresholds::default(),
        }
    }
}

named! {
    /// A kind of pass.
    PassKind("pass of the watch") {
        /// All accounts, documents and sources.
        Full = "full",
        /// The accounts of new operations.
        Touched = "touched",
        /// Money that is due, drives, registers, tickets, the buffer.
        Minute = "minute",
    }
}

/// A pass that has ended.
#[derive(Clone, Debug)]
pub struct PassView {
    /// Which kind.
    pub kind: PassKind,
    /// When it began, by the clock of the place.
    pub at: LocalDateTime,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// Accounts that it has looked at.
    pub accounts: u64,
    /// Their operations.
    pub operations: u64,
    /// Documents that it has looked at.
    pub documents: u64,
    /// What it has found.
    pub findings: u64,
}

/// How the watch is doing.
#[derive(Clone, Debug, Default)]
pub struct WatchState {
    /// The last pass of each kind since the start of the program.
    pub passes: Vec<PassView>,
    /// The pass over accounts that is under way.
    pub running: Option<PassKind>,
    /// Why the last pass could not be made.
    pub trouble: Option<String>,
}

/// What a look from beside the server has found.
#[derive(Clone, Debug)]
pub struct WatchReport {
    /// The passes.
    pub passes: Vec<PassView>,
    /// What they have found, the gravest first.
    pub found: Vec<Found>,
}

impl Desk {
    /// Looks at the journal of `setup` as the watch does, at `now`, without opening it for writing:
    /// works beside a running server, which keeps its own incidents. Without `full`, at the accounts
    /// that were touched since its last pass.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn watch_folder(
        setup: &Setup,
        full: bool,
        now: Option<LocalDateTime>,
    ) -> Result<WatchReport, DeskError> {
        let reader = Reader::new(Store::in_folder(&setup.folder));
        let clock = Clock::at(setup.organisation.utc_offset);
        let pass = Pass::new(&reader, setup, clock, now.unwrap_or_else(|| clock.local()))?;
        let mut found = Vec::new();
        let mut take = |findings: Vec<audit::Finding>, _: &audit::Looked| {
            found.extend(findings.iter().map(Found::of));
            Ok(())
        };
        let accounts = match full {
            true => pass.full(&mut Straight, &mut take)?,
            false => {
                let range = (runner::watched_upto(&reader)?, reader.last_operation()?);
                pass.touched(range, &mut Straight, &mut take)?
            }
        };
        let minute = pass.machine(&[], &mut ShareBook::default(), &mut take)?;
        found.sort_by(|one, other| (other.severity, &one.key).cmp(&(one.severity, &other.key)));
        Ok(WatchReport {
            passes: vec![accounts, minute],
            found,
        })
    }
}
