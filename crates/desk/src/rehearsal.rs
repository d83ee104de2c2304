//! «Which receipt do I need?»: events played on accounts that need not exist. Nothing is stored.

use engine::{Account, Before, Event, JournalReceipt};
use journal::Decider;
use terms::FiscalSign;

use crate::{Desk, DeskError, Ledger, Preview, Refused};

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
        let ledger = Ledger::of(self.setup());
        let setup = engine::Setup {
            config: self.setup().receipts.clone(),
            services: self.services().await?,
        };
        let mut before = Before::default();
        for account in accounts {
            before.accounts.insert(account.number.clone(), account);
        }
        let (mut steps, mut refused) = (Vec::new(), None);
        for event in events.iter().take(EVENTS_MAX) {
            let decision = match ledger.decide(&setup, &before, event) {
                Ok(decision) => decision,
                Err(why) => {
                    refused = Some(why);
                    break;
                }
            };
            let plan = decision.plan;
            for (place, receipt) in plan.receipts.iter().enumerate() {
                before.receipts.push(JournalReceipt {
                    id: format!("{}#{place}", event.id),
                    // No drive has signed it.
                    fiscal_sign: FiscalSign(0),
                    settle_date: receipt.correction.as_ref().map(|it| it.date),
                    receipt: receipt.clone(),
                    cancelled: false,
                });
            }
            steps.push(Preview {
                receipts: plan.receipts.clone(),
                records: plan.records.clone(),
                accounts: plan.accounts.clone(),
            });
            before.keep(plan);
        }
        Ok(Rehearsal {
            steps,
            refused,
            accounts: before.accounts.into_values().collect(),
        })
    }
}
