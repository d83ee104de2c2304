//! Where somebody is logged in, as pages list it.

use desk::{DeskError, Session};

use crate::{agent, visit::Known};

/// A session as a row of a list.
pub(crate) struct Listed {
    pub(crate) id: i64,
    /// The browser, in a few words.
    pub(crate) agent: String,
    pub(crate) address: String,
    pub(crate) since: String,
    pub(crate) seen: String,
    /// Whether it is the one that asks.
    pub(crate) is_this: bool,
}

/// The sessions of somebody, for who asks.
pub(crate) fn list(known: &Known, asking: &Session, person: i64) -> Result<Vec<Listed>, DeskError> {
    let speech = known.speech();
    let sessions = known.desk.sessions_of(person)?.into_iter();
    let listed = sessions.map(|row| Listed {
        id: row.id,
        agent: agent::in_words(&row.agent),
        address: row.address.unwrap_or_else(|| "—".to_owned()),
        since: speech.moment(&row.created_at),
        seen: speech.moment(&row.seen_at),
        is_this: row.id == asking.id,
    });
    Ok(listed.collect())
}
