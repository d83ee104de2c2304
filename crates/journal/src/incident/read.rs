//! Questions about incidents and notices.

use std::collections::BTreeSet;

use audit::{IncidentKey, Looked, RuleId, Severity, Tempos};
use rusqlite::{Connection, Row, params_from_iter, types::Value};
use terms::AccountNumber;

use super::{
    IncidentEventRow, IncidentRow, IncidentState, NoticeReason, NoticeRow, NoticeState, finding,
};
use crate::{JournalError, Listed, Page, Reader, Result, read::count};

/// Which incidents are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IncidentsOf {
    /// Only in this state.
    pub state: Option<IncidentState>,
    /// Only those that are not over.
    pub lasting: bool,
    /// Only as bad as this.
    pub severity: Option<Severity>,
    /// Only at least as bad as this.
    pub severity_from: Option<Severity>,
    /// Only of this rule.
    pub rule: Option<RuleId>,
    /// Only about this account.
    pub account: Option<AccountNumber>,
    /// Only those whose texts or object hold this.
    pub text: Option<String>,
}

/// How many incidents last.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IncidentCount {
    /// Nobody has taken them on: by severity, the least first.
    pub open: [u64; 4],
    /// Taken on or muted.
    pub in_hand: u64,
}

impl IncidentCount {
    /// How many of this severity nobody has taken on.
    pub const fn open_of(&self, severity: Severity) -> u64 {
        self.open[severity as usize]
    }

    /// How many nobody has taken on.
    pub fn open(&self) -> u64 {
        self.open.iter().sum()
    }
}

const INCIDENT: &str = "select id, key, rule, object, account, severity, state, opened_at, seen_at, \
     told_at, escalations, acknowledged_by, acknowledged_at, muted_until, closed_at, finding \
     from incident";

const NOTICE: &str = "select n.id, n.channel, n.rule, n.reason, n.severity, n.state, n.since, \
     n.due_at, n.attempts, n.last_at, n.last_answer, \
     (select count(*) from notice_incident i where i.notice = n.id) as incidents from notice n";

impl Reader {
    /// A page of incidents; the place in the list is the incident.
    ///
    /// # Errors
    /// When the database fails or a row is spoiled; so for all methods here.
    pub fn incidents(
        &self,
        of: &IncidentsOf,
        page: &Page<i64>,
    ) -> Result<Listed<IncidentRow, i64>> {
        self.with(|connection| list(connection, of, page))
    }

    /// An incident.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn incident(&self, id: i64) -> Result<Option<IncidentRow>> {
        self.with(|connection| by_id(connection, id))
    }

    /// What has become of an incident, in order.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn incident_events(&self, id: i64) -> Result<Vec<IncidentEventRow>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select at, what, severity, by, why, until from incident_event \
                 where incident = ?1 order by id",
            )?;
            let mut rows = rows.query([id])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(IncidentEventRow {
                    at: row.get("at")?,
                    what: word(row, "what")?,
                    severity: severity(row)?,
                    by: row.get("by")?,
                    why: row.get("why")?,
                    until: row.get("until")?,
                });
            }
            Ok(events)
        })
    }

    /// The notices that tell of an incident, in order.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn notices_about(&self, incident: i64) -> Result<Vec<NoticeRow>> {
        let condition = "n.id in (select notice from notice_incident where incident = ?1) \
                         order by n.id";
        self.with(|connection| notices(connection, condition, [incident]))
    }

    /// The worst incidents that a notice tells of.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn incidents_of_notice(&self, notice: i64, limit: u32) -> Result<Vec<IncidentRow>> {
        self.with(|connection| {
            let sql = format!(
                "{INCIDENT} where id in (select incident from notice_incident where notice = ?1) \
                 order by case severity when 'critical' then 0 when 'high' then 1 \
                 when 'medium' then 2 else 3 end, id limit ?2"
            );
            let mut rows = connection.prepare_cached(&sql)?;
            let mut rows = rows.query((notice, limit))?;
            let mut incidents = Vec::new();
            while let Some(row) = rows.next()? {
                incidents.push(incident(row)?);
            }
            Ok(incidents)
        })
    }

    /// The notices of one channel that are due to be sent, the oldest first.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn due_notices(&self, channel: &str, now: i64, limit: u32) -> Result<Vec<NoticeRow>> {
        let condition = "n.state = 'waiting' and n.channel = ?1 and n.due_at <= ?2 \
                         order by n.due_at, n.id limit ?3";
        self.with(|connection| notices(connection, condition, (channel, now, limit)))
    }

    /// The notices that were given up, the newest first.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn dead_notices(&self, limit: u32) -> Result<Vec<NoticeRow>> {
        let condition = "n.state = 'dead' order by n.id desc limit ?1";
        self.with(|connection| notices(connection, condition, [limit]))
    }

    /// The channels to which something is owed, with how many notices wait and how many were given
    /// up.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn notice_counts(&self) -> Result<Vec<(String, u64, u64)>> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select channel, count(case when state <> 'dead' then 1 end), \
                 count(case when state = 'dead' then 1 end) from notice \
                 where state <> 'told' group by channel order by channel",
            )?;
            let mut rows = rows.query([])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                counts.push((row.get(0)?, count(row, 1)?, count(row, 2)?));
            }
            Ok(counts)
        })
    }

    /// When the next notice is due that is gathered or waits; none when there is none.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn next_notice_at(&self) -> Result<Option<i64>> {
        self.with(|connection| {
            let sql = "select min(due_at) from notice where state in ('gathering', 'waiting')";
            Ok(connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))?)
        })
    }

    /// How many incidents last.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn incident_count(&self) -> Result<IncidentCount> {
        self.with(|connection| {
            let mut rows = connection.prepare_cached(
                "select state, severity, count(*) from incident \
                 where closed_at is null group by state, severity",
            )?;
            let mut rows = rows.query([])?;
            let mut counted = IncidentCount::default();
            while let Some(row) = rows.next()? {
                let (state, many): (IncidentState, _) = (word(row, "state")?, count(row, 2)?);
                match state {
                    IncidentState::Open => counted.open[severity(row)? as usize] += many,
                    _ => counted.in_hand += many,
                }
            }
            Ok(counted)
        })
    }

    /// What lasts where a pass has looked.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn lasting_incidents(&self, looked: &Looked) -> Result<BTreeSet<IncidentKey>> {
        self.with(|connection| {
            let mut keys = BTreeSet::new();
            match &looked.accounts {
                None => {
                    let sql = "select key, account from incident \
                               where closed_at is null and rule = ?1";
                    let mut found = connection.prepare_cached(sql)?;
                    for rule in &looked.rules {
                        let mut rows = found.query([rule.name()])?;
                        while let Some(row) = rows.next()? {
                            let key = IncidentKey::from_stored(row.get::<_, String>(0)?);
                            let account = account(row.get(1)?, &key)?;
                            if looked.covers(&key, *rule, account.as_ref()) {
                                keys.insert(key);
                            }
                        }
                    }
                }
                Some(accounts) => {
                    let sql = "select key, rule from incident \
                               where closed_at is null and account = ?1";
                    let mut found = connection.prepare_cached(sql)?;
                    for account in accounts {
                        let mut rows = found.query([account.as_str()])?;
                        while let Some(row) = rows.next()? {
                            let key = IncidentKey::from_stored(row.get::<_, String>(0)?);
                            if looked.covers(&key, rule(row)?, Some(account)) {
                                keys.insert(key);
                            }
                        }
                    }
                }
            }
            Ok(keys)
        })
    }

    /// What somebody may have to be told of again, and what is not to be muted any more.
    ///
    /// # Errors
    /// See [`Reader::incidents`].
    pub fn incidents_to_tell(&self, tempos: &Tempos, now: i64) -> Result<BTreeSet<IncidentKey>> {
        self.with(|connection| {
            let mut keys = BTreeSet::new();
            let sql = "select key from incident where closed_at is null and state = 'muted' \
                       and muted_until <= ?1";
            each_key(connection.prepare_cached(sql)?.query([now])?, &mut keys)?;
            let sql = "select key from incident where closed_at is null and state = 'open' \
                       and severity = ?1 and told_at <= ?2";
            let mut rows = connection.prepare_cached(sql)?;
            for severity in Severity::ALL {
                let tempo = tempos.of(severity);
                let after = [tempo.repeat_after, tempo.escalate_after];
                let Some(minutes) = after.into_iter().flatten().min() else {
                    continue;
                };
                // The step reckons in minutes of the wall clock: up to one less may do.
                let before = now.saturating_sub(minutes.saturating_sub(1).saturating_mul(60_000));
                each_key(rows.query((severity.name(), before))?, &mut keys)?;
            }
            Ok(keys)
        })
    }
}

pub(super) fn by_id(connection: &Connection, id: i64) -> Result<Option<IncidentRow>> {
    let mut rows = connection.prepare_cached(&format!("{INCIDENT} where id = ?1"))?;
    let mut rows = rows.query([id])?;
    rows.next()?.map(incident).transpose()
}

pub(super) fn open_by_key(
    connection: &Connection,
    key: &IncidentKey,
) -> Result<Option<IncidentRow>> {
    let sql = format!("{INCIDENT} where key = ?1 and closed_at is null");
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query([key.as_str()])?;
    rows.next()?.map(incident).transpose()
}

fn list(
    connection: &Connection,
    of: &IncidentsOf,
    page: &Page<i64>,
) -> Result<Listed<IncidentRow, i64>> {
    let mut sql = format!("{INCIDENT} where true");
    let mut values: Vec<Value> = Vec::new();
    let mut and = |condition: &str, value: Option<Value>| {
        sql.push_str(" and ");
        sql.push_str(condition);
        values.extend(value);
    };
    match of.state {
        Some(IncidentState::Resolved) => and("closed_at is not null", None),
        Some(state) => {
            and("closed_at is null", None);
            and("state = ?", Some(state.name().to_owned().into()));
        }
        None if of.lasting => and("closed_at is null", None),
        None => {}
    }
    if let Some(severity) = of.severity {
        and("severity = ?", Some(severity.name().to_owned().into()));
    }
    if let Some(from) = of.severity_from {
        // They are constants of ours.
        let names = Severity::ALL
            .into_iter()
            .filter(|severity| *severity >= from);
        let names: Vec<_> = names
            .map(|severity| format!("'{}'", severity.name()))
            .collect();
        and(&format!("severity in ({})", names.join(", ")), None);
    }
    if let Some(rule) = of.rule {
        and("rule = ?", Some(rule.name().to_owned().into()));
    }
    if let Some(account) = &of.account {
        and("account = ?", Some(account.as_str().to_owned().into()));
    }
    if let Some(text) = &of.text {
        and("instr(words, ?) > 0", Some(text.to_lowercase().into()));
    }
    if let Some(after) = page.after {
        and(&format!("id {} ?", page.order.beyond()), Some(after.into()));
    }
    sql.push_str(&format!(" order by id {} limit ?", page.order.sql()));
    values.push(page.read_max().into());
    let mut rows = connection.prepare_cached(&sql)?;
    let mut rows = rows.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(incident(row)?);
    }
    Ok(page.of(found, |row| row.id))
}

fn notices(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<NoticeRow>> {
    let mut rows = connection.prepare_cached(&format!("{NOTICE} where {condition}"))?;
    let mut rows = rows.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let last_at: Option<i64> = row.get("last_at")?;
        let answer: Option<String> = row.get("last_answer")?;
        found.push(NoticeRow {
            id: row.get("id")?,
            channel: row.get("channel")?,
            rule: rule(row)?,
            reason: word::<NoticeReason>(row, "reason")?,
            severity: severity(row)?,
            state: word::<NoticeState>(row, "state")?,
            since: row.get("since")?,
            due_at: row.get("due_at")?,
            attempts: row.get("attempts")?,
            last: last_at.map(|at| (at, answer.unwrap_or_default())),
            incidents: row.get::<_, i64>("incidents")?.unsigned_abs(),
        });
    }
    Ok(found)
}

fn incident(row: &Row<'_>) -> Result<IncidentRow> {
    let id = row.get("id")?;
    let key = IncidentKey::from_stored(row.get::<_, String>("key")?);
    let by: Option<String> = row.get("acknowledged_by")?;
    let at: Option<i64> = row.get("acknowledged_at")?;
    Ok(IncidentRow {
        id,
        account: account(row.get("account")?, &key)?,
        key,
        rule: rule(row)?,
        object: row.get("object")?,
        severity: severity(row)?,
        state: word(row, "state")?,
        opened_at: row.get("opened_at")?,
        seen_at: row.get("seen_at")?,
        told_at: row.get("told_at")?,
        escalations: row.get("escalations")?,
        acknowledged: by.zip(at),
        muted_until: row.get("muted_until")?,
        closed_at: row.get("closed_at")?,
        found: finding::from_json(id, &row.get::<_, String>("finding")?)?,
    })
}

fn account(number: Option<String>, of: &IncidentKey) -> Result<Option<AccountNumber>> {
    let read = number.map(|number| number.parse());
    read.transpose()
        .map_err(|why: terms::TermError| JournalError::spoiled(format!("incident {of}"), why))
}

fn each_key(mut rows: rusqlite::Rows<'_>, keys: &mut BTreeSet<IncidentKey>) -> Result<()> {
    while let Some(row) = rows.next()? {
        keys.insert(IncidentKey::from_stored(row.get::<_, String>(0)?));
    }
    Ok(())
}

fn rule(row: &Row<'_>) -> Result<RuleId> {
    let name: String = row.get("rule")?;
    let unknown = || JournalError::spoiled("incident", format!("unknown rule {name}"));
    RuleId::from_name(&name).ok_or_else(unknown)
}

fn severity(row: &Row<'_>) -> Result<Severity> {
    let name: String = row.get("severity")?;
    let unknown = || JournalError::spoiled("incident", format!("unknown severity {name}"));
    Severity::from_name(&name).ok_or_else(unknown)
}

fn word<T: std::str::FromStr<Err = terms::TermError>>(row: &Row<'_>, column: &str) -> Result<T> {
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|why| JournalError::spoiled("incident", why))
}
