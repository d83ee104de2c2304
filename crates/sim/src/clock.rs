use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use terms::LocalDateTime;

/// The wall clocks of a world: the true time, which drives with a timer and the ОФД have, and the
/// clock of the computer, which may stand wrong.
#[derive(Clone, Debug)]
pub struct Wall {
    /// True local time, milliseconds since 1970.
    now: Arc<AtomicI64>,
    /// How far the computer's clock is ahead, seconds.
    skew: i64,
}

/// The place's time is ahead of UTC by three hours.
const OFFSET_MS: i64 = 3 * 3_600_000;

impl Wall {
    /// Clocks that stand right.
    pub fn at(start: LocalDateTime) -> Self {
        Self {
            now: Arc::new(AtomicI64::new(start.unix_local() * 1_000)),
            skew: 0,
        }
    }

    /// Lets true time pass.
    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// Puts the computer's clock wrong, seconds ahead.
    pub(crate) fn set_skew(&mut self, seconds: i64) {
        self.skew = seconds;
    }

    /// What the computer's clock shows.
    pub fn local(&self) -> LocalDateTime {
        local(self.now.load(Ordering::Relaxed) / 1_000 + self.skew)
    }

    /// Milliseconds since 1970 by the computer's clock.
    pub fn unix_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed) + self.skew * 1_000 - OFFSET_MS
    }

    /// A timer that shows true time.
    pub(crate) fn timer(&self) -> impl Fn() -> LocalDateTime + Send + 'static {
        let now = self.now.clone();
        move || local(now.load(Ordering::Relaxed) / 1_000)
    }

    /// True time in UTC, seconds since 1970.
    pub(crate) fn utc(&self) -> impl Fn() -> u32 + Send + Sync + 'static {
        let now = self.now.clone();
        move || ((now.load(Ordering::Relaxed) - OFFSET_MS) / 1_000) as u32
    }
}

fn local(seconds: i64) -> LocalDateTime {
    LocalDateTime::from_unix_local(seconds).expect("worlds live within the years 2000…2255")
}
