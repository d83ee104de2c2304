//! The drive's own timer.

use std::time::Instant;

use terms::LocalDateTime;

/// The drive's own timer: what it holds the host's times against (code 17h), and by which it counts
/// its days and those of the ОФД.
pub type Timer = Box<dyn Fn() -> LocalDateTime + Send>;

/// A timer that shows `start` now and goes `speed` times as fast as this machine: with 1440 a day
/// takes a minute. Beyond the last year of a drive it shows `start` again.
pub fn running_timer(start: LocalDateTime, speed: u32) -> Timer {
    let begun = Instant::now();
    Box::new(move || {
        let seconds = begun.elapsed().as_secs_f64() * f64::from(speed);
        start.plus_minutes((seconds / 60.0) as i64).unwrap_or(start)
    })
}
