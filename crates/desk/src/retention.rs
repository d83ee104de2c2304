//! How long what is no fiscal document is kept.

use journal::{Prune, Pruned};
use tokio::task::yield_now;

use crate::{Desk, DeskError};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// So many rows are removed in one transaction: billing does not notice them.
const SLICE: u32 = 500;

/// What is removed when it is old enough. Fiscal documents, receipts, operations, accounts, events,
/// history, trail and drives' archives never are: the law asks for five years of them (54-ФЗ art. 5),
/// and the uniqueness of idempotency keys for ever.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retention {
    /// Delivered letters to webhooks and callbacks, days; none: for ever.
    pub letters_days: Option<u32>,
    /// Sessions of people that are over, days; none: for ever.
    pub sessions_days: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            letters_days: Some(365),
            sessions_days: Some(365),
        }
    }
}

impl Desk {
    /// Removes what is older than `rules` say, in small steps between which others write; says how
    /// much of what.
    ///
    /// # Errors
    /// When the journal cannot store; then a part may have been removed.
    pub async fn prune(&self, rules: Retention) -> Result<Pruned, DeskError> {
        let now = self.clock().unix_ms();
        let before = |days: Option<u32>| days.map(|days| now - i64::from(days) * DAY_MS);
        let longest = self.setup().people.longest.as_millis();
        let prune = Prune {
            letters_before: before(rules.letters_days),
            sessions_before: before(rules.sessions_days),
            session_ms: i64::try_from(longest).unwrap_or(i64::MAX / 2),
            limit: SLICE,
        };
        let mut all = Pruned::default();
        loop {
            let pruned = self.ask(|writer, reply| writer.prune(prune, reply)).await?;
            all.letters += pruned.letters;
            all.sessions += pruned.sessions;
            if pruned.letters.max(pruned.sessions) < u64::from(SLICE) {
                return Ok(all);
            }
            yield_now().await;
        }
    }
}
