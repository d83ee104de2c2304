//! What is removed when it is old enough. Fiscal documents, receipts, operations and what leads to
//! them are none of it: they stay for ever.

use rusqlite::Connection;
use terms::Id;

use crate::{Reply, Result, Writer, scribe::Lane};

/// What is to be removed, in one small transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prune {
    /// Letters that were delivered, and that were owed before this moment, milliseconds since 1970.
    /// None: they stay.
    pub letters_before: Option<i64>,
    /// Sessions of people that have ended before this moment, milliseconds since 1970. None: they
    /// stay.
    pub sessions_before: Option<i64>,
    /// The longest life of a session, milliseconds: one that nobody has ended is over then.
    pub session_ms: i64,
    /// So many of each at most.
    pub limit: u32,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pruned {
    /// Letters.
    pub letters: u64,
    /// Sessions.
    pub sessions: u64,
}

impl Writer {
    /// Removes what may go; says how much of what. While there may be more, one of the counts is the
    /// limit.
    ///
    /// A letter takes the order for its callback along, if it was one: it is paid. Events stay, so
    /// what a removed letter told is still in the feed; but it can be ordered again no more.
    pub fn prune(&self, prune: Prune, reply: Reply<Pruned>) {
        self.queue(Lane::Billing, 1, reply, move |_, connection, _| {
            Ok(Pruned {
                letters: prune_letters(connection, &prune)?,
                sessions: prune_sessions(connection, &prune)?,
            })
        });
    }
}

/// Letters lie in the order in which they came to be owed, so only old ones are looked at.
fn prune_letters(connection: &Connection, prune: &Prune) -> Result<u64> {
    let Some(before) = prune.letters_before else {
        return Ok(0);
    };
    let sql = "select id, operation from delivery where state = 'delivered' and id < ?1 \
               and last_at < ?2 order by id limit ?3";
    let mut rows = connection.prepare_cached(sql)?;
    let bounds = (Id::since(before).get(), before, prune.limit);
    let rows = rows.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let letters: Vec<(i64, Option<i64>)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut letter = connection.prepare_cached("delete from delivery where id = ?1")?;
    let mut callback = connection.prepare_cached("delete from callback where operation = ?1")?;
    for (id, operation) in &letters {
        letter.execute([id])?;
        if let Some(operation) = operation {
            callback.execute([operation])?;
        }
    }
    Ok(letters.len() as u64)
}

fn prune_sessions(connection: &Connection, prune: &Prune) -> Result<u64> {
    let Some(before) = prune.sessions_before else {
        return Ok(0);
    };
    let sql = "delete from person_session where id in (select id from person_session \
               where coalesce(ended_at, created_at + ?2) < ?1 order by id limit ?3)";
    let bounds = (before, prune.session_ms, prune.limit);
    Ok(connection.prepare_cached(sql)?.execute(bounds)? as u64)
}
