//! What is written in letters: said by the faces, at the moment of sending.

use std::error::Error;

use journal::{DeliveryRow, DeliveryState, ReceiptState};
use terms::Id;

use crate::{Callback, Desk};

/// The form of letters to webhooks, and of callbacks that ask for it.
pub const FORM_V1: &str = "v1";

/// Why a letter cannot be written now.
pub type LetterError = Box<dyn Error + Send + Sync>;

/// Writes letters of one form: a face, in the words that its callers know.
pub trait Letters: Send + Sync {
    /// The form's name, as [`Callback::form`] gives it.
    fn form(&self) -> &str;

    /// The body of a letter, as things stand now.
    ///
    /// # Errors
    /// When the journal cannot be read, or what is asked for is not there; the letter is tried again
    /// later.
    fn body(&self, desk: &Desk, delivery: &DeliveryView) -> Result<String, LetterError>;

    /// What kind of body it is.
    fn content_type(&self) -> &str {
        "application/json"
    }

    /// Whether the letters are those of Standard Webhooks: with an identifier, the time, and a
    /// signature if a secret is known.
    fn is_signed(&self) -> bool {
        true
    }
}

/// A letter that is or was owed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeliveryView {
    /// Which one.
    pub id: Id,
    /// The webhook it goes to; none: it is a callback.
    pub webhook: Option<String>,
    /// The event it tells of, and what the receipt became by it; none: a callback.
    pub event: Option<(Id, ReceiptState)>,
    /// The receipt of the event.
    pub receipt: Option<Id>,
    /// The operation of the callback.
    pub operation: Option<Id>,
    /// What the callback asks for.
    pub callback: Option<Callback>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Since when it is owed, or when it was ordered again: milliseconds since 1970, as all moments.
    pub since: i64,
    /// Attempts since then.
    pub attempts: u32,
    /// The next attempt is not before; none: there will be none.
    pub next_at: Option<i64>,
    /// The last attempt.
    pub last: Option<LastAttempt>,
}

/// How the last attempt to send a letter went.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastAttempt {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// The HTTP status; none: there was no answer.
    pub status: Option<u16>,
    /// The answer's beginning, or why there was none.
    pub answer: String,
}

impl DeliveryView {
    pub(crate) fn of(row: DeliveryRow) -> Self {
        let last = row.last_at.map(|at| LastAttempt {
            at,
            status: row.last_status,
            answer: row.last_answer.unwrap_or_default(),
        });
        let is_waiting = row.state == DeliveryState::Waiting;
        Self {
            id: row.id,
            webhook: (row.callback.is_none()).then_some(row.name),
            event: row.event,
            receipt: row.receipt,
            operation: row.operation,
            callback: row.callback,
            state: row.state,
            since: row.since,
            attempts: row.attempts,
            next_at: is_waiting.then_some(row.next_at),
            last,
        }
    }

    /// What receivers know it by, the same at every attempt: the header `webhook-id`.
    pub fn letter_id(&self) -> String {
        match (self.event, self.operation) {
            (Some((event, _)), _) => format!("evt_{event}"),
            (None, Some(operation)) => format!("op_{operation}"),
            (None, None) => self.id.to_string(),
        }
    }
}
