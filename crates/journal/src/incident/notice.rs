//! Notices: gathered, sealed, sent, and given up.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{NoticeAttempt, NoticeOutcome, NoticeState, ToTell, WhoIsTold};
use crate::{JournalError, Result};

/// Puts incidents into the notices that are being gathered.
pub(super) struct Gathering<'a> {
    connection: &'a Connection,
    now: i64,
    /// Those that were looked up already: channel, rule, reason, severity.
    known: HashMap<(String, &'static str, &'static str, &'static str), i64>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(connection: &'a Connection, now: i64) -> Self {
        Self {
            connection,
            now,
            known: HashMap::new(),
        }
    }

    /// Has whom it concerns told of an incident; says whether that is anybody.
    pub(super) fn add(&mut self, incident: i64, about: &ToTell, told: &WhoIsTold) -> Result<bool> {
        let dues = told(about);
        for due in &dues {
            let notice = self.notice(about, &due.channel, due.at)?;
            self.connection
                .prepare_cached(
                    "insert into notice_incident (notice, incident) values (?1, ?2) \
                     on conflict do nothing",
                )?
                .execute((notice, incident))?;
        }
        Ok(!dues.is_empty())
    }

    fn notice(&mut self, about: &ToTell, channel: &str, due_at: i64) -> Result<i64> {
        let (rule, reason) = (about.rule.name(), about.reason.name());
        let severity = about.severity.name();
        let key = (channel.to_owned(), rule, reason, severity);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let id = self
            .connection
            .prepare_cached(
                "insert into notice (channel, rule, reason, severity, state, since, due_at) \
                 values (?1, ?2, ?3, ?4, 'gathering', ?5, ?6) \
                 on conflict (channel, rule, reason, severity) where state = 'gathering' \
                 do update set due_at = min(due_at, excluded.due_at) returning id",
            )?
            .query_row((channel, rule, reason, severity, self.now, due_at), |row| {
                row.get(0)
            })?;
        self.known.insert(key, id);
        Ok(id)
    }
}

/// Nothing joins those any more that were gathered until now.
pub(super) fn seal(connection: &Connection, now: i64) -> Result<u64> {
    let sql = "update notice set state = 'waiting' where state = 'gathering' and due_at <= ?1";
    Ok(connection.prepare_cached(sql)?.execute([now])? as u64)
}

pub(super) fn attempted(
    connection: &Connection,
    now: i64,
    notice: i64,
    attempt: &NoticeAttempt,
) -> Result<()> {
    let (state, due_at) = match attempt.outcome {
        NoticeOutcome::Told => (NoticeState::Told, now),
        NoticeOutcome::Again(at) => (NoticeState::Waiting, at),
        NoticeOutcome::Dead => (NoticeState::Dead, now),
    };
    let changed = connection
        .prepare_cached(
            "update notice set state = ?2, due_at = ?3, attempts = attempts + 1, last_at = ?4, \
             last_answer = ?5 where id = ?1",
        )?
        .execute((notice, state.name(), due_at, now, &attempt.answer))?;
    if changed == 0 {
        let what = format!("an attempt to send notice {notice}");
        return Err(JournalError::contradiction(what, "there is none"));
    }
    Ok(())
}

/// What waits for its next attempt is due at once, and what was given up, too.
pub(super) fn replay(connection: &Connection, now: i64, channel: Option<&str>) -> Result<u64> {
    let sql = "update notice set state = 'waiting', since = ?1, due_at = ?1 \
               where state in ('waiting', 'dead') and (?2 is null or channel = ?2)";
    Ok(connection.prepare_cached(sql)?.execute((now, channel))? as u64)
}
