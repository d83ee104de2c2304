//! Who is told of which incident, and when: a decision without I/O.

use std::{collections::BTreeSet, time::Duration};

use audit::{RuleId, Severity};
use chrono::FixedOffset;
use journal::{Due, NoticeOutcome, NoticeReason, ToTell};
use notify::Channel;
use ofd_proto::Backoff;
use terms::LocalDateTime;

use super::quiet::{QuietHours, quiet_until};
use crate::Language;

/// After a failure the next attempt follows by this.
const BACKOFF: Backoff = Backoff {
    floor: Duration::from_secs(10),
    ceiling: Duration::from_secs(3_600),
};

/// A channel and what it wants to hear.
#[derive(Clone, Debug)]
pub struct ChannelSetup {
    /// What people call it; what was told is remembered under this name.
    pub name: String,
    /// How it is reached.
    pub channel: Channel,
    /// What it is spoken to in.
    pub language: Language,
    /// The least severity that it hears of.
    pub severity_from: Severity,
    /// The rules that it hears of; none: all.
    pub rules: BTreeSet<RuleId>,
    /// It hears of an incident after so many escalations: 0 at once.
    pub after_escalations: u8,
    /// When it is not to be disturbed.
    pub quiet: Vec<QuietHours>,
    /// Whether critical incidents wait for the end of the quiet hours, too.
    pub quiet_for_critical: bool,
    /// Whether it is told that an incident is over.
    pub tell_closed: bool,
    /// So many incidents of a message are told one by one.
    pub items_max: u32,
}

impl ChannelSetup {
    fn wants(&self, about: &ToTell) -> bool {
        about.severity >= self.severity_from
            && (self.rules.is_empty() || self.rules.contains(&about.rule))
            && about.escalations >= self.after_escalations
            && (self.tell_closed || about.reason != NoticeReason::Closed)
    }

    /// Until when a message is gathered, milliseconds since 1970.
    fn due(&self, about: &ToTell, gather: Duration, offset: FixedOffset) -> i64 {
        let is_critical = about.severity == Severity::Critical;
        let at_once = if is_critical { 0 } else { millis(gather) };
        let loud = about.now.saturating_add(at_once);
        if is_critical && !self.quiet_for_critical {
            return loud;
        }
        let Some(local) = local_at(loud, offset) else {
            return loud;
        };
        match quiet_until(&self.quiet, local) {
            Some(until) => {
                let quiet = until.minutes_since(local).saturating_mul(60_000);
                // Minutes are whole on the wall clock.
                loud - loud.rem_euclid(60_000) + quiet
            }
            None => loud,
        }
    }
}

/// Who is told of an incident, and until when each message is gathered.
pub(super) fn route(
    channels: &[ChannelSetup],
    gather: Duration,
    offset: FixedOffset,
    about: &ToTell,
) -> Vec<Due> {
    let wanted = channels.iter().filter(|channel| channel.wants(about));
    wanted
        .map(|channel| Due {
            channel: channel.name.clone(),
            at: channel.due(about, gather, offset),
        })
        .collect()
}

/// What follows from an attempt that began as the `attempts`-th (from 0) of a notice that is owed
/// `since` then; moments are milliseconds since 1970.
pub(super) fn judge(
    is_taken: bool,
    (attempts, since, now): (u32, i64, i64),
    patience: Duration,
    random: u32,
) -> NoticeOutcome {
    if is_taken {
        return NoticeOutcome::Told;
    }
    let end = since.saturating_add(millis(patience));
    if now >= end {
        return NoticeOutcome::Dead;
    }
    let pause = BACKOFF.delay(attempts.saturating_add(1), random);
    NoticeOutcome::Again(now.saturating_add(millis(pause)).min(end))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn local_at(ms: i64, offset: FixedOffset) -> Option<LocalDateTime> {
    let seconds = ms.div_euclid(1_000) + i64::from(offset.local_minus_utc());
    LocalDateTime::from_unix_local(seconds).ok()
}

#[cfg(test)]
mod tests;
