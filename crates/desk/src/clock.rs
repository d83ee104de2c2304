use std::time::Instant;

use cassette::Moment;
use chrono::{FixedOffset, Utc};
use terms::LocalDateTime;

/// The clocks of the program: the wall clock at the place of settlement and one that never goes
/// back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    /// The wall clock then, milliseconds since 1970.
    started_ms: i64,
    offset: FixedOffset,
}

impl Clock {
    /// Clocks of a place whose time is ahead of UTC by `offset`.
    pub fn at(offset: FixedOffset) -> Self {
        Self {
            started: Instant::now(),
            started_ms: Utc::now().timestamp_millis(),
            offset,
        }
    }

    /// Now, on both clocks.
    pub fn now(&self) -> Moment {
        Moment {
            mono: self.started.elapsed(),
            local: self.local(),
        }
    }

    /// Milliseconds since 1970, UTC: what identifiers are made of.
    pub fn unix_ms(&self) -> i64 {
        Utc::now().timestamp_millis()
    }

    /// How far the wall clock was set ahead of the one that never goes back, since they were made:
    /// milliseconds, behind when negative.
    pub fn shift_ms(&self) -> i64 {
        let passed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.unix_ms() - self.started_ms.saturating_add(passed)
    }

    /// The minute on the wall clock of the place of settlement.
    ///
    /// # Panics
    /// When the computer's clock stands outside the years 2000…2255: then no document can be
    /// formed.
    #[expect(clippy::expect_used, reason = "without a clock there is nothing to do")]
    pub fn local(&self) -> LocalDateTime {
        self.local_at(Utc::now().timestamp_millis())
            .expect("the computer's clock stands within the years 2000…2255")
    }

    /// The minute on that clock at a moment of the journal, milliseconds since 1970; none when it
    /// is not within the years 2000…2255.
    pub fn local_at(&self, unix_ms: i64) -> Option<LocalDateTime> {
        let offset = i64::from(self.offset.local_minus_utc());
        let seconds = unix_ms.div_euclid(1_000).checked_add(offset)?;
        LocalDateTime::from_unix_local(seconds).ok()
    }
}
