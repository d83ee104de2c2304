use std::time::Duration;

/// How long to wait after a failed exchange: doubled from failure to failure, within limits.
///
/// No official numbers are known; 5 s → 60 s is the ККТ–ОФД protocol's §6 recommendation (GENERAL
/// KNOWLEDGE). Nobody gives up for good: the law lets documents wait for thirty days.
///
/// ```
/// use std::time::Duration;
/// use ofd_proto::Backoff;
/// let backoff = Backoff::default();
/// assert_eq!(backoff.delay(1, u32::MAX), Duration::from_secs(5));
/// assert_eq!(backoff.delay(2, u32::MAX), Duration::from_secs(10));
/// assert_eq!(backoff.delay(99, u32::MAX), Duration::from_secs(60));
/// assert_eq!(backoff.delay(99, 0), Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    /// The wait after the first failure, and the least of all.
    pub floor: Duration,
    /// The longest wait.
    pub ceiling: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            floor: Duration::from_secs(5),
            ceiling: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// The wait after `failures` failures in a row (0 is taken for 1). `random` is any number: it
    /// chooses between half of the wait and the whole, so that many drives do not come back to one
    /// ОФД in the same second.
    pub fn delay(&self, failures: u32, random: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(30);
        let whole = self.floor.saturating_mul(1 << doublings).min(self.ceiling);
        let half = whole / 2;
        let jitter = half.mul_f64(f64::from(random) / f64::from(u32::MAX));
        (whole - half + jitter).max(self.floor).min(whole)
    }
}
