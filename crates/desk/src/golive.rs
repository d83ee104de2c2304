//! Before the switch: an express audit of what receipts need, and the programme of steps from the
//! contract with the ОФД to the end of the first month.
//!
//! A check is judged by facts alone (`judge`, pure); where these come from is in `gather`. A step that
//! checks can show is done when they show it; only what people alone can know is said by them, by
//! name. Receipts of each kind are tried on an emulated drive in memory (`exercise`): nothing of the
//! audit is stored, and no real drive is touched.

mod balances;
mod check;
mod exercise;
mod facts;
mod gather;
mod judge;
mod programme;
mod protocol;

use journal::{Actor, GoliveChange, GolivePlan};
use std::sync::PoisonError;
use terms::LocalDate;
use thiserror::Error;

use crate::{Desk, DeskError, orders::check_name};
pub use check::{Check, CheckId, Verdict, Words};
pub use exercise::{TestDocument, TestKind, TestOutcome, TestReceipt};
pub use facts::{Backups, Balance, BalanceDifference, BalancesCompared};
pub use programme::{Phase, Proof, Step, StepId, StepState};

/// The longest note of a step, characters.
pub const GOLIVE_NOTE_MAX: usize = 500;

/// How ready everything is.
#[derive(Clone, Debug)]
pub struct Golive {
    /// When it was looked at, milliseconds since 1970.
    pub at: i64,
    /// When the ОФД and the webhooks were asked last; none: not since the program has started.
    pub looked_outside_at: Option<i64>,
    /// The day of the switch.
    pub plan: Option<GolivePlan>,
    /// The worst of what counts before the switch.
    pub verdict: Verdict,
    /// The checks, in the order in which people read them; those of the time after the switch from
    /// its day on.
    pub checks: Vec<Check>,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// The receipts that were tried.
    pub receipts: Vec<TestReceipt>,
    /// The last comparison with billing's file.
    pub balances: Option<BalancesCompared>,
}

/// What of the last look is kept while the program runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    outside: Option<facts::Outside>,
    balances: Option<BalancesCompared>,
    backups: Backups,
}

/// What cannot be done about going live.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum GoliveError {
    /// A step that checks show.
    #[error(
        "the step «{0}» is not ticked by hand: it is done when its checks show it, see «kassette \
         golive»"
    )]
    ShownByChecks(StepId),
    /// A note that cannot be.
    #[error("a note has at most {GOLIVE_NOTE_MAX} characters and no control characters")]
    BadNote,
    /// A number of receipts that cannot be.
    #[error("receipts a month: 1 to 100000000, or nothing")]
    BadVolume,
}

/// The most receipts of a month that anybody plans.
const VOLUME_MAX: u32 = 100_000_000;

impl Desk {
    /// How ready everything is. The ОФД and the webhooks are not asked: they count as they were seen
    /// last by [`Desk::check_golive`].
    ///
    /// # Errors
    /// When the journal cannot be read, or the desk is closing.
    pub async fn golive(&self) -> Result<Golive, DeskError> {
        let facts = self.golive_facts().await?;
        let plan = self.reader().golive_plan()?;
        let mut checks = judge::judge(&facts);
        let days = (facts.switch_on, facts.now.date());
        let steps = programme::programme(&checks, &self.reader().golive_steps()?, days);
        let before = checks.iter().filter(|check| !check.id.is_after());
        let verdict = before.map(|check| check.verdict).max();
        let is_after = facts.switch_on.is_some_and(|day| day <= facts.now.date());
        checks.retain(|check| is_after || !check.id.is_after());
        Ok(Golive {
            at: facts.now_ms,
            looked_outside_at: facts.outside.as_ref().map(|outside| outside.at),
            plan,
            verdict: verdict.unwrap_or(Verdict::Unknown),
            checks,
            steps,
            receipts: facts.receipts,
            balances: facts.balances,
        })
    }

    /// The same after having asked the ОФД of each drive and written a test letter to each webhook,
    /// and with `balances`, billing's table (see [`crate::read_balances`]), compared. It takes as long
    /// as those do, seconds at most for each.
    ///
    /// # Errors
    /// As [`Desk::golive`].
    pub async fn check_golive(&self, balances: Option<&str>) -> Result<Golive, DeskError> {
        let outside = self.look_outside().await?;
        let compared = match balances {
            Some(table) => Some(self.compare_balances(table).await?),
            None => None,
        };
        {
            let kept = self.inner.golive.lock();
            let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
            kept.outside = Some(outside);
            if compared.is_some() {
                kept.balances = compared;
            }
        }
        self.golive().await
    }

    /// Tells the desk how backups of the journal stand: it makes none itself. To be said at the start
    /// and whenever one was made.
    pub fn tell_backups(&self, backups: Backups) {
        let kept = self.inner.golive.lock();
        kept.unwrap_or_else(PoisonError::into_inner).backups = backups;
    }

    /// The protocol of [`Desk::golive`] as an XLSX.
    ///
    /// # Errors
    /// As [`Desk::golive`], or when the table cannot be written.
    pub async fn golive_protocol(&self) -> Result<Vec<u8>, DeskError> {
        protocol::protocol(&self.golive().await?, self.clock())
    }

    /// Plans the day of the switch, or moves it. It is in the trail.
    ///
    /// # Errors
    /// When nobody signs it, the number of receipts cannot be, or the journal cannot store.
    pub async fn plan_golive(
        &self,
        actor: &Actor,
        switch_on: LocalDate,
        receipts_a_month: Option<u32>,
        by: &str,
    ) -> Result<(), DeskError> {
        check_name(by)?;
        if receipts_a_month.is_some_and(|it| !(1..=VOLUME_MAX).contains(&it)) {
            return Err(GoliveError::BadVolume.into());
        }
        let plan = GolivePlan {
            switch_on,
            receipts_a_month,
            by: by.to_owned(),
        };
        self.change_golive(actor, GoliveChange::Plan(plan)).await
    }

    /// Says that a step is done which only people can know. Who has said so first stays. It is in the
    /// trail.
    ///
    /// # Errors
    /// When checks show the step, nobody signs it, the note cannot be, or the journal cannot store.
    pub async fn tick_step(
        &self,
        actor: &Actor,
        step: StepId,
        by: &str,
        note: &str,
    ) -> Result<(), DeskError> {
        check_ticked(step)?;
        check_name(by)?;
        let is_long = note.chars().count() > GOLIVE_NOTE_MAX;
        if is_long || note.chars().any(char::is_control) {
            return Err(GoliveError::BadNote.into());
        }
        let change = GoliveChange::Done {
            step: step.name().to_owned(),
            by: by.to_owned(),
            note: note.to_owned(),
        };
        self.change_golive(actor, change).await
    }

    /// Says that a step is not done after all. It is in the trail.
    ///
    /// # Errors
    /// As [`Desk::tick_step`].
    pub async fn reopen_step(
        &self,
        actor: &Actor,
        step: StepId,
        by: &str,
    ) -> Result<(), DeskError> {
        check_ticked(step)?;
        check_name(by)?;
        let change = GoliveChange::Reopened {
            step: step.name().to_owned(),
            by: by.to_owned(),
        };
        self.change_golive(actor, change).await
    }

    async fn change_golive(&self, actor: &Actor, change: GoliveChange) -> Result<(), DeskError> {
        let actor = actor.clone();
        self.ask(|writer, reply| writer.change_golive(actor, change, reply))
            .await
    }
}

fn check_ticked(step: StepId) -> Result<(), GoliveError> {
    match step.proof() {
        Proof::Person => Ok(()),
        Proof::Checks(_) | Proof::NoStop => Err(GoliveError::ShownByChecks(step)),
    }
}
