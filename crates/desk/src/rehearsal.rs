//! «Which receipt do I need?»: events played on accounts that need not exist. Nothing is stored.

use engine::{Account, Before, Event, JournalReceipt};
use journal::{Decider, NewDocument};
use terms::FiscalSign;

use crate::{Desk, DeskError, Ledger, Preview, Refused, Setup};

/// The most events of a rehearsal.
const EVENTS_MAX: usize = 16;

/// What would come of events that happen one after another.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// One for each event.
    pub steps: Vec<Preview>,
    /// Why the next event is refused, if one is.
    pub refused: Option<Refused>,
    /// The accounts after all that.
    pub accounts: Vec<Account>,
}

/// Accounts on which events are played. The code that decides is the one that decides on what is
/// submitted.
pub(crate) struct Play {
    ledger: Ledger,
    setup: engine::Setup,
    before: Before,
}

/// What has come of an event that was played.
pub(crate) struct Played {
    pub(crate) preview: Preview,
    /// The documents of its receipts, in their order.
    pub(crate) documents: Vec<NewDocument>,
}

impl Play {
    /// Nothing has happened yet.
    pub(crate) fn of(setup: &Setup, services: engine::Setup, accounts: Vec<Account>) -> Self {
        let mut before = Before::default();
        for account in accounts {
            before.accounts.insert(account.number.clone(), account);
        }
        Self {
            ledger: Ledger::of(setup),
            setup: services,
            before,
        }
    }

    /// Plays an event as if its receipts were formed at once. A later event names the receipt `n`
    /// (from 0) of an earlier one as `{event}#{n}`.
    ///
    /// # Errors
    /// When the rules refuse it; then nothing has happened.
    pub(crate) fn act(&mut self, event: &Event) -> Result<Played, Refused> {
        let decision = self.ledger.decide(&self.setup, &self.before, event)?;
        let plan = decision.plan;
        for (place, receipt) in plan.receipts.iter().enumerate() {
            self.before.receipts.push(JournalReceipt {
                id: format!("{}#{place}", event.id),
                // No drive has signed it.
                fiscal_sign: FiscalSign(0),
                settle_date: receipt.correction.as_ref().map(|it| it.date),
                receipt: receipt.clone(),
                cancelled: false,
            });
        }
        let preview = Preview {
            receipts: plan.receipts.clone(),
            records: plan.records.clone(),
            accounts: plan.accounts.clone(),
        };
        self.before.keep(plan);
        Ok(Played {
            preview,
            documents: decision.documents,
        })
    }
}

impl Desk {
    /// Plays events on these accounts, one after another, as if their receipts were formed at once.
    /// The code that decides is the one that decides on what is submitted. A later event names the
    /// receipt `n` (from 0) of an earlier one as `{event}#{n}`. At most 16 events are played.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn rehearse(
        &self,
        accounts: Vec<Account>,
        events: &[Event],
    ) -> Result<Rehearsal, DeskError> {
        let mut play = Play::of(self.setup(), self.engine_setup().await?, accounts);
        let (mut steps, mut refused) = (Vec::new(), None);
        for event in events.iter().take(EVENTS_MAX) {
            match play.act(event) {
                Ok(played) => steps.push(played.preview),
                Err(why) => {
                    refused = Some(why);
                    break;
                }
            }
        }
        Ok(Rehearsal {
            steps,
            refused,
            accounts: play.before.accounts.into_values().collect(),
        })
    }
}
