use std::time::Instant;

use cassette::Moment;
use chrono::{FixedOffset, Utc};
use terms::LocalDateTime;

/// The clocks of the program: the wall clock at the place of settlement and one that never goes
/// back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    offset: FixedOffset,
}

impl Clock {
    /// Clocks of a place whose time is ahead of UTC by `offset`.
    pub fn at(offset: FixedOffset) -> Self {
        Self {
            started: Instant::now(),
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

    /// The minute on the wall clock of the place of settlement.
    ///
    /// # Panics
    /// When the computer's clock stands outside the years 2000…2255: then no document can be
    /// formed.
    #[expect(clippy::expect_used, reason = "without a clock there is nothing to do")]
    pub fn local(&self) -> LocalDateTime {
        let local = Utc::now().with_timezone(&self.offset).naive_local();
        LocalDateTime::from_unix_local(local.and_utc().timestamp())
            .expect("the computer's clock stands within the years 2000…2255")
    }
}
