use std::time::Duration;

use journal::RateLimit;

/// A token bucket: it holds `burst` tokens, a request takes one, and `per_second` come back. Kept is
/// the moment at which it will be full again, and not the tokens: nothing is to be filled up, and
/// nothing is rounded twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// Takes a token. `now` is a clock that never goes back.
    ///
    /// # Errors
    /// How long it takes until there is one; nothing was taken.
    pub(super) fn take(&mut self, now: Duration, limit: RateLimit) -> Result<(), Duration> {
        let token = Duration::from_secs(1) / limit.per_second.max(1);
        let full_at = self.full_at.max(now) + token;
        let holds = token * limit.burst;
        let wait = full_at.saturating_sub(now + holds);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Whether it is full: then it is as good as a new one.
    pub(super) fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn limit() -> impl Strategy<Value = RateLimit> {
        (1..500_u32, 1..300_u32).prop_map(|(per_second, burst)| RateLimit { per_second, burst })
    }

    proptest! {
        /// The promise: in no stretch of time more than the burst and what has come back since.
        #[test]
        fn no_stretch_of_time_lets_more_through_than_the_limit(
            limit in limit(),
            pauses in vec(0..40_u64, 1..400),
        ) {
            let (mut bucket, mut now, mut let_in) = (Bucket::default(), Duration::ZERO, Vec::new());
            for pause in pauses {
                now += Duration::from_millis(pause);
                match bucket.take(now, limit) {
                    Ok(()) => let_in.push(now),
                    // Who waits as long as he is told comes in, and not before.
                    Err(wait) => {
                        let early = now + wait - Duration::from_nanos(1);
                        prop_assert!(bucket.clone().take(early, limit).is_err());
                        prop_assert_eq!(bucket.clone().take(now + wait, limit), Ok(()));
                    }
                }
            }
            for (first, from) in let_in.iter().enumerate() {
                for (last, to) in let_in.iter().enumerate().skip(first) {
                    let back = (*to - *from).as_secs_f64() * f64::from(limit.per_second);
                    let most = f64::from(limit.burst) + back + 1e-3;
                    prop_assert!((last - first + 1) as f64 <= most);
                }
            }
        }

        /// The other side of it: whoever keeps below the limit is never refused.
        #[test]
        fn a_caller_who_keeps_to_the_rate_is_never_refused(limit in limit(), count in 1..400_u32) {
            let mut bucket = Bucket::default();
            for place in 0..count {
                let now = Duration::from_secs(1) * place / limit.per_second;
                prop_assert_eq!(bucket.take(now, limit), Ok(()));
            }
            let (mut bucket, now) = (Bucket::default(), Duration::from_secs(7));
            for _ in 0..limit.burst {
                prop_assert_eq!(bucket.take(now, limit), Ok(()));
            }
            prop_assert!(bucket.take(now, limit).is_err());
            prop_assert!(!bucket.is_full(now));
        }
    }
}
