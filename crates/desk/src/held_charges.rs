//! Charges that no contract allows, while they wait for a person.

use cassette::Signed;
use engine::{ChargeLine, EventKind, outside};
use journal::{HeldCharge, HeldDecided, HeldState};
use terms::Id;
use thiserror::Error;

use crate::{Desk, DeskError, Refused};

/// A held charge about which nothing was decided.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum HeldChargeError {
    /// There is no such held charge.
    #[error("there is no held charge {0}")]
    Unknown(Id),
    /// It was decided before.
    #[error("held charge {id} is {state} already: {by} has decided so")]
    Decided {
        /// Which one.
        id: Id,
        /// Where it stands.
        state: HeldState,
        /// Who has decided.
        by: String,
    },
    /// The rules of receipts refuse it as things stand now; it goes on waiting.
    #[error("held charge {id} is refused by the rules and goes on waiting: {}", refused.message)]
    Refused {
        /// Which one.
        id: Id,
        /// Why.
        refused: Refused,
    },
}

impl Desk {
    /// Held charges in one state, the oldest first, after `after`; at most `limit`.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions here.
    pub async fn held_charges(
        &self,
        state: HeldState,
        after: Option<Id>,
        limit: u32,
    ) -> Result<Vec<HeldCharge>, DeskError> {
        self.read_aside(move |reader| reader.held_charges(state, after, limit))
            .await
    }

    /// How many charges wait for a person.
    ///
    /// # Errors
    /// See [`Desk::held_charges`].
    pub fn held_charges_waiting(&self) -> Result<u64, DeskError> {
        Ok(self.reader().held_charges_waiting()?)
    }

    /// One held charge.
    ///
    /// # Errors
    /// See [`Desk::held_charges`].
    pub fn held_charge(&self, id: Id) -> Result<Option<HeldCharge>, DeskError> {
        Ok(self.reader().held_charge(id)?)
    }

    /// The held charge with this idempotency key.
    ///
    /// # Errors
    /// See [`Desk::held_charges`].
    pub fn held_charge_by_key(&self, key: &str) -> Result<Option<HeldCharge>, DeskError> {
        Ok(self.reader().held_charge_by_key(key)?)
    }

    /// The line of a held charge that no contract of its account allows as they stand now; none: all
    /// are allowed.
    ///
    /// # Errors
    /// See [`Desk::held_charges`].
    pub fn charge_outside(&self, held: &HeldCharge) -> Result<Option<ChargeLine>, DeskError> {
        let rows = self.contracts(&held.account)?.unwrap_or_default();
        let contracts: Vec<_> = rows.into_iter().map(|row| row.contract).collect();
        Ok(match &held.event.kind {
            EventKind::Charge(charge) => outside(&contracts, charge).cloned(),
            _ => None,
        })
    }

    /// Accepts a held charge as it was sent, whatever the contracts say.
    ///
    /// # Errors
    /// [`HeldChargeError`], [`DeskError::NotSigned`], or when the journal cannot store.
    pub async fn release_charge(&self, id: Id, signed: Signed) -> Result<HeldCharge, DeskError> {
        self.decide_charge(id, true, signed).await
    }

    /// Refuses a held charge for ever: its key is answered so from now on.
    ///
    /// # Errors
    /// See [`Desk::release_charge`].
    pub async fn refuse_charge(&self, id: Id, signed: Signed) -> Result<HeldCharge, DeskError> {
        self.decide_charge(id, false, signed).await
    }

    async fn decide_charge(
        &self,
        id: Id,
        release: bool,
        signed: Signed,
    ) -> Result<HeldCharge, DeskError> {
        crate::orders::check_signed(&signed)?;
        let decided = self.ask(|writer, reply| {
            writer.decide_held_charge(id, release, signed, reply);
        });
        let error = match decided.await? {
            HeldDecided::Done(held) => {
                self.ring_feed();
                return Ok(*held);
            }
            HeldDecided::Unknown => HeldChargeError::Unknown(id),
            HeldDecided::Already(held) => HeldChargeError::Decided {
                id,
                state: held.state,
                by: held.decided.map(|(by, ..)| by).unwrap_or_default(),
            },
            HeldDecided::Refused(refused) => HeldChargeError::Refused { id, refused },
        };
        Err(error.into())
    }

    /// An operation without receipts rings no bell of itself, and its callback is due.
    fn ring_feed(&self) {
        self.feed().bell.send_replace(());
    }
}
