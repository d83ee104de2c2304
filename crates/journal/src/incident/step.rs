//! A part of what a pass has found becomes what is stored.

use std::collections::BTreeMap;

use audit::{Acknowledgement, Incident, Incidents, Notice, Severity, Standing};
use rusqlite::Connection;
use terms::LocalDateTime;

use super::{
    Event, IncidentRow, IncidentSlice, IncidentState, IncidentWhat, IncidentsChanged, NoticeReason,
    ToTell, WhoIsTold, finding, notice::Gathering, object_of, read,
};
use crate::{JournalError, Result};

/// What is known of an open incident besides what the step is told.
struct Known {
    id: i64,
    severity: Severity,
}

pub(super) fn take(
    connection: &Connection,
    now: i64,
    slice: IncidentSlice,
    told: &WhoIsTold,
) -> Result<IncidentsChanged> {
    let place = Place {
        utc_offset: slice.utc_offset,
    };
    let mut keys = slice.open;
    keys.extend(slice.findings.iter().map(audit::Finding::key));
    let mut open = Vec::new();
    let mut known = BTreeMap::new();
    let mut writing = Writing {
        connection,
        now,
        told,
        gathering: Gathering::new(connection, now),
        changed: IncidentsChanged::default(),
    };
    for key in keys {
        let Some(mut row) = read::open_by_key(connection, &key)? else {
            continue;
        };
        if row.muted_until.is_some_and(|until| until <= now) {
            writing.unmute(&mut row)?;
        }
        let (id, severity) = (row.id, row.severity);
        known.insert(key, Known { id, severity });
        open.push(place.incident(row)?);
    }
    let incidents = Incidents {
        tempos: slice.tempos,
    };
    let step = incidents.step(open, slice.findings, &slice.looked, place.local(now)?);
    for standing in &step.opened {
        writing.open(standing)?;
    }
    for standing in &step.still {
        if let Some(known) = known.get(&standing.incident.key) {
            writing.go_on(known, standing)?;
        }
    }
    for incident in &step.closed {
        if let Some(known) = known.get(&incident.key) {
            writing.close(known.id, incident)?;
        }
    }
    Ok(writing.changed)
}

/// Where the place of settlement is.
struct Place {
    utc_offset: i32,
}

impl Place {
    fn local(&self, ms: i64) -> Result<LocalDateTime> {
        let seconds = ms.div_euclid(1_000) + i64::from(self.utc_offset);
        LocalDateTime::from_unix_local(seconds)
            .map_err(|why| JournalError::spoiled("moment of an incident", why))
    }

    /// The incident as the step knows it.
    fn incident(&self, row: IncidentRow) -> Result<Incident> {
        let acknowledged = match row.acknowledged {
            Some((by, at)) => Some(Acknowledgement {
                by,
                at: self.local(at)?,
            }),
            None => None,
        };
        Ok(Incident {
            key: row.key,
            rule: row.rule,
            account: row.account,
            severity: row.severity,
            opened: self.local(row.opened_at)?,
            seen: self.local(row.seen_at)?,
            told: self.local(row.told_at)?,
            escalations: row.escalations,
            acknowledged,
            muted_until: row.muted_until.map(|until| self.local(until)).transpose()?,
        })
    }
}

struct Writing<'a> {
    connection: &'a Connection,
    now: i64,
    told: &'a WhoIsTold,
    gathering: Gathering<'a>,
    changed: IncidentsChanged,
}

impl Writing<'_> {
    /// The time for which nobody was to be told is over.
    fn unmute(&mut self, row: &mut IncidentRow) -> Result<()> {
        row.muted_until = None;
        let state = match row.acknowledged {
            Some(_) => IncidentState::Acknowledged,
            None => IncidentState::Open,
        };
        self.connection
            .prepare_cached("update incident set muted_until = null, state = ?2 where id = ?1")?
            .execute((row.id, state.name()))?;
        self.changed.changed += 1;
        Event::of(IncidentWhat::Unmuted, row.severity).write(self.connection, self.now, row.id)
    }

    fn open(&mut self, standing: &Standing) -> Result<()> {
        let (incident, Some(found)) = (&standing.incident, &standing.finding) else {
            return Ok(());
        };
        self.connection
            .prepare_cached(
                "insert into incident (key, rule, object, account, severity, state, opened_at, \
                 seen_at, told_at, escalations, finding, words) \
                 values (?1, ?2, ?3, ?4, ?5, 'open', ?6, ?6, ?6, 0, ?7, ?8)",
            )?
            .execute((
                incident.key.as_str(),
                incident.rule.name(),
                object_of(&incident.key),
                incident.account.as_ref().map(terms::AccountNumber::as_str),
                incident.severity.name(),
                self.now,
                finding::to_json(found)?,
                finding::words(found),
            ))?;
        let id = self.connection.last_insert_rowid();
        self.changed.opened += 1;
        Event::of(IncidentWhat::Opened, incident.severity).write(self.connection, self.now, id)?;
        self.tell(id, incident, NoticeReason::Opened)
    }

    fn go_on(&mut self, known: &Known, standing: &Standing) -> Result<()> {
        let incident = &standing.incident;
        if let Some(found) = &standing.finding {
            self.connection
                .prepare_cached(
                    "update incident set severity = ?2, seen_at = ?3, finding = ?4, words = ?5 \
                     where id = ?1",
                )?
                .execute((
                    known.id,
                    incident.severity.name(),
                    self.now,
                    finding::to_json(found)?,
                    finding::words(found),
                ))?;
        }
        let what = match incident.severity.cmp(&known.severity) {
            std::cmp::Ordering::Less => Some(IncidentWhat::Eased),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(IncidentWhat::Worsened),
        };
        if let Some(what) = what {
            self.changed.changed += 1;
            Event::of(what, incident.severity).write(self.connection, self.now, known.id)?;
        }
        if what == Some(IncidentWhat::Worsened) {
            // Whoever has taken on the small trouble has not taken on this one.
            self.connection
                .prepare_cached(
                    "update incident set acknowledged_by = null, acknowledged_at = null, \
                     state = case when muted_until is null then 'open' else 'muted' end \
                     where id = ?1",
                )?
                .execute([known.id])?;
        }
        let reason = match standing.notice {
            None => return Ok(()),
            Some(Notice::Opened) => NoticeReason::Opened,
            Some(Notice::Worsened) => NoticeReason::Worsened,
            Some(Notice::Repeated) => NoticeReason::Repeated,
            Some(Notice::Escalated(_)) => NoticeReason::Escalated,
        };
        self.connection
            .prepare_cached("update incident set told_at = ?2, escalations = ?3 where id = ?1")?
            .execute((known.id, self.now, incident.escalations))?;
        self.tell(known.id, incident, reason)
    }

    fn close(&mut self, id: i64, incident: &Incident) -> Result<()> {
        close(self.connection, self.now, id)?;
        self.changed.closed += 1;
        let event = Event::of(IncidentWhat::Resolved, incident.severity);
        event.write(self.connection, self.now, id)?;
        self.tell(id, incident, NoticeReason::Closed)
    }

    fn tell(&mut self, id: i64, incident: &Incident, reason: NoticeReason) -> Result<()> {
        let about = ToTell {
            rule: incident.rule,
            severity: incident.severity,
            reason,
            escalations: incident.escalations,
            now: self.now,
        };
        let told = self.gathering.add(id, &about, self.told)?;
        self.changed.told += u64::from(told);
        Ok(())
    }
}

/// It is over.
pub(super) fn close(connection: &Connection, now: i64, id: i64) -> Result<()> {
    connection
        .prepare_cached(
            "update incident set state = 'resolved', closed_at = ?2, muted_until = null \
             where id = ?1 and closed_at is null",
        )?
        .execute((id, now))?;
    Ok(())
}
