//! The drive's own timer.

use std::time::Instant;

use terms::LocalDateTime;

/// A timer: what a drive holds the host's times against (code 17h), and by which it counts its days
/// and those of the ОФД.
pub struct Timer(Box<dyn Fn() -> LocalDateTime + Send>);

impl Timer {
    /// A timer that shows `now()`.
    pub fn new(now: impl Fn() -> LocalDateTime + Send + 'static) -> Self {
        Self(Box::new(now))
    }

    /// A timer that shows `start` now and goes `speed` times as fast as this machine: with 1440 a
    /// day takes a minute.
    pub fn running(start: LocalDateTime, speed: u32) -> Self {
        let begun = Instant::now();
        Self::new(move || {
            let seconds = begun.elapsed().as_secs_f64() * f64::from(speed);
            // Beyond the year 2255 it stands still.
            start.plus_minutes((seconds / 60.0) as i64).unwrap_or(start)
        })
    }

    /// What it shows.
    pub fn now(&self) -> LocalDateTime {
        (self.0)()
    }
}
