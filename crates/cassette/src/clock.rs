use crate::{event::Moment, reason::Reason};

/// The clocks are compared over so long a time; then anew. Slow differences are the business of
/// time synchronisation.
const SPAN_MINUTES: i64 = 60;
/// Two readings of one right clock may differ by so much, since it shows minutes.
const ROUNDING_MINUTES: i64 = 1;

/// Watches the wall clock by the clock that never goes back: a wall clock that was set while the
/// program runs stops the work, because a document of a wrong time cannot be undone, and its drive
/// takes none of an earlier time after it (ФН protocol §4.6, code 07h).
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    base: Option<Moment>,
    jumped: Option<i64>,
}

impl ClockWatch {
    /// Looks at both clocks; a difference above `max_minutes` is a jump until it is gone.
    pub(crate) fn look(&mut self, now: Moment, max_minutes: i64) {
        let base = *self.base.get_or_insert(now);
        let passed = (now.mono.saturating_sub(base.mono).as_secs() / 60) as i64;
        let ahead = now.local.minutes_since(base.local) - passed;
        self.jumped = (ahead.abs() > max_minutes).then_some(ahead);
        if passed >= SPAN_MINUTES && ahead.abs() <= ROUNDING_MINUTES {
            self.base = Some(now);
        }
    }

    /// Somebody has looked and says that the wall clock is right.
    pub(crate) fn trust(&mut self, now: Moment) {
        (self.base, self.jumped) = (Some(now), None);
    }

    /// What is wrong with the wall clock.
    pub(crate) fn reason(&self, now: Moment) -> Option<Reason> {
        let minutes = self.jumped?;
        let now = now.local;
        Some(Reason::ClockJumped { minutes, now })
    }
}
