//! Incidents: trouble that the rules of the watch have found, its life, and who is to be told.
//!
//! What a pass has found is brought together with what is open by [`audit::Incidents::step`], inside
//! the transaction that stores it and what is to be told because of it. A pass over many accounts
//! comes in slices, so that intake does not wait for it; the notices of all its slices are gathered.
//! Who is told, and when, is said by whoever hands in a [`WhoIsTold`].

mod act;
mod finding;
mod notice;
mod read;
mod step;

use std::{collections::BTreeSet, sync::Arc};

use audit::{Finding, IncidentKey, Looked, RuleId, Severity, Tempos, Value};
use terms::AccountNumber;
use thiserror::Error;

use crate::{Actor, Reply, Result, Writer, scribe::Lane};

pub use read::{IncidentCount, IncidentsOf};

terms::named! {
    /// Where an incident stands.
    IncidentState("state of an incident") {
        /// Nobody has taken it on.
        Open = "open",
        /// Somebody has taken it on.
        Acknowledged = "acknowledged",
        /// Nobody is told of it for a while.
        Muted = "muted",
        /// It is over.
        Resolved = "resolved",
    }
}

terms::named! {
    /// What happens to an incident.
    IncidentWhat("event of an incident") {
        /// It was found for the first time.
        Opened = "opened",
        /// It is worse than it was.
        Worsened = "worsened",
        /// It is not as bad as it was.
        Eased = "eased",
        /// Somebody has taken it on.
        Acknowledged = "acknowledged",
        /// Nobody is to be told of it for a while.
        Muted = "muted",
        /// That is over.
        Unmuted = "unmuted",
        /// It is over: by itself, or because somebody says so.
        Resolved = "resolved",
    }
}

terms::named! {
    /// Why somebody is told of an incident.
    NoticeReason("reason of a notice") {
        /// It is new.
        Opened = "opened",
        /// It is worse than it was.
        Worsened = "worsened",
        /// It still lasts.
        Repeated = "repeated",
        /// It still lasts, and nobody has taken it on.
        Escalated = "escalated",
        /// It is over.
        Closed = "closed",
    }
}

terms::named! {
    /// Where a notice stands.
    NoticeState("state of a notice") {
        /// Further incidents may join it.
        Gathering = "gathering",
        /// It is to be sent.
        Waiting = "waiting",
        /// Its channel has taken it.
        Told = "told",
        /// It was given up.
        Dead = "dead",
    }
}

/// An incident as it stands. Moments are milliseconds since 1970, as everywhere here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IncidentRow {
    /// Which one, from 1.
    pub id: i64,
    /// What it is known by while it lasts.
    pub key: IncidentKey,
    /// The rule.
    pub rule: RuleId,
    /// What it is about, as [`audit::Object`] is written.
    pub object: String,
    /// The account, when it is about one.
    pub account: Option<AccountNumber>,
    /// How bad it is, or was last.
    pub severity: Severity,
    /// Where it stands.
    pub state: IncidentState,
    /// When it was found first.
    pub opened_at: i64,
    /// When it was found last.
    pub seen_at: i64,
    /// When somebody was last told, or would have been if a channel wanted to hear of it.
    pub told_at: i64,
    /// How often it was escalated.
    pub escalations: u8,
    /// Who has taken it on, and when.
    pub acknowledged: Option<(String, i64)>,
    /// Nobody is told before this moment, unless it grows worse.
    pub muted_until: Option<i64>,
    /// When it was over.
    pub closed_at: Option<i64>,
    /// What was found last.
    pub found: FoundRow,
}

/// What was found, in words and numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundRow {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
    /// The numbers by name, in the order in which they explain it.
    pub numbers: Vec<(String, Value)>,
}

/// What has happened to an incident.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IncidentEventRow {
    /// When.
    pub at: i64,
    /// What.
    pub what: IncidentWhat,
    /// How bad it was then.
    pub severity: Severity,
    /// Who did it; none: it came by itself.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// Until when it is muted.
    pub until: Option<i64>,
}

/// A message to one channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticeRow {
    /// Which one, from 1.
    pub id: i64,
    /// The channel's name in the configuration.
    pub channel: String,
    /// The rule that has found what it tells of.
    pub rule: RuleId,
    /// Why it is told.
    pub reason: NoticeReason,
    /// How bad the incidents were then.
    pub severity: Severity,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was begun.
    pub since: i64,
    /// It is gathered, or pauses, until then.
    pub due_at: i64,
    /// Attempts to send it.
    pub attempts: u32,
    /// The last one, and what came of it.
    pub last: Option<(i64, String)>,
    /// Of how many incidents it tells.
    pub incidents: u64,
}

/// A part of what a pass has found.
#[derive(Clone, Debug)]
pub struct IncidentSlice {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The open incidents that it is brought together with, besides those of the findings.
    pub open: BTreeSet<IncidentKey>,
    /// Where the pass has looked.
    pub looked: Arc<Looked>,
    /// When to tell again.
    pub tempos: Tempos,
    /// How far the place of settlement is ahead of UTC, seconds.
    pub utc_offset: i32,
}

/// What a slice has changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IncidentsChanged {
    /// New incidents.
    pub opened: u64,
    /// Those that are worse or not so bad any more, and whose mute is over.
    pub changed: u64,
    /// Those that are over.
    pub closed: u64,
    /// Of how many somebody is to be told.
    pub told: u64,
}

/// An incident of which somebody may have to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ToTell {
    /// The rule.
    pub rule: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reason: NoticeReason,
    /// How often it was escalated.
    pub escalations: u8,
    /// Now.
    pub now: i64,
}

/// Who is told: the channel's name, and until when the message is gathered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Due {
    /// The channel.
    pub channel: String,
    /// Until when.
    pub at: i64,
}

/// Says who is told of an incident. It is asked on the writer's thread: it must be quick.
pub type WhoIsTold = Arc<dyn Fn(&ToTell) -> Vec<Due> + Send + Sync>;

/// What a person does about an incident.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IncidentOrder {
    /// Which one.
    pub incident: i64,
    /// What.
    pub act: IncidentAct,
    /// Who.
    pub by: String,
    /// Why; may be empty where no reason is needed.
    pub why: String,
    /// The key that it came with.
    pub api_key: Option<i64>,
    /// Who is logged in, for the trail.
    pub actor: Option<Actor>,
}

/// What a person can do about an incident.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IncidentAct {
    /// Takes it on.
    Acknowledge,
    /// Nobody shall be told of it before this moment.
    Mute(i64),
    /// People shall be told of it again.
    Unmute,
    /// It is over; found again, it is a new one.
    Resolve,
}

/// Why nothing is done about an incident; nothing has changed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum IncidentRefusal {
    /// There is no such incident.
    #[error("there is no incident {0}")]
    Unknown(i64),
    /// It is over.
    #[error("incident {0} is over: if it is found again, it is a new one")]
    Over(i64),
    /// It is not muted.
    #[error("incident {0} is not muted")]
    NotMuted(i64),
}

/// How an attempt to send a notice ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticeAttempt {
    /// What came of it, in words.
    pub answer: String,
    /// What follows.
    pub outcome: NoticeOutcome,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoticeOutcome {
    /// The channel has taken it.
    Told,
    /// It is sent again, not before this moment.
    Again(i64),
    /// It is given up.
    Dead,
}

impl Writer {
    /// Brings a part of what a pass has found together with what is open.
    pub fn take_findings(
        &self,
        slice: IncidentSlice,
        told: WhoIsTold,
        reply: Reply<IncidentsChanged>,
    ) {
        let size = slice.findings.len() + slice.open.len();
        self.queue(Lane::Billing, size, reply, move |pen, connection, _| {
            step::take(connection, pen.now, slice, &told)
        });
    }

    /// Does what a person orders about an incident; a refusal is the inner error.
    pub fn order_about_incident(
        &self,
        order: IncidentOrder,
        told: WhoIsTold,
        reply: Reply<std::result::Result<(), IncidentRefusal>>,
    ) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            act::obey(connection, pen.now, &order, &told)
        });
    }

    /// Nothing joins the notices any more that were gathered until now; says how many.
    pub fn seal_notices(&self, reply: Reply<u64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            notice::seal(connection, pen.now)
        });
    }

    /// Keeps how an attempt to send a notice ended.
    pub fn notice_attempted(&self, notice: i64, attempt: NoticeAttempt, reply: Reply<()>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            notice::attempted(connection, pen.now, notice, &attempt)
        });
    }

    /// Sends notices at once that wait or were given up: of all channels, or of one; says how many.
    pub fn replay_notices(&self, channel: Option<String>, reply: Reply<u64>) {
        self.queue(Lane::Billing, 1, reply, move |pen, connection, _| {
            notice::replay(connection, pen.now, channel.as_deref())
        });
    }
}

/// The part of a key behind the rule.
fn object_of(key: &IncidentKey) -> &str {
    key.as_str()
        .split_once(':')
        .map_or("", |(_, object)| object)
}

/// What has happened to an incident, about to be written.
struct Event<'a> {
    what: IncidentWhat,
    severity: Severity,
    by: Option<&'a str>,
    why: Option<&'a str>,
    until: Option<i64>,
    api_key: Option<i64>,
}

impl Event<'_> {
    const fn of(what: IncidentWhat, severity: Severity) -> Self {
        Self {
            what,
            severity,
            by: None,
            why: None,
            until: None,
            api_key: None,
        }
    }

    fn write(&self, connection: &rusqlite::Connection, now: i64, incident: i64) -> Result<()> {
        connection
            .prepare_cached(
                "insert into incident_event (incident, at, what, severity, by, why, until, api_key) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                incident,
                now,
                self.what.name(),
                self.severity.name(),
                self.by,
                self.why,
                self.until,
                self.api_key,
            ))?;
        Ok(())
    }
}
