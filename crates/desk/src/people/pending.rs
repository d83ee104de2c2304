use std::{collections::HashMap, time::Duration};

/// How long somebody may look for the device with the second factor.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Codes that may be tried before the password is asked for again.
const TRIES: u32 = 5;
/// The most that wait at a time; the eldest is forgotten for a new one.
const WAITING_MAX: usize = 1_024;

/// Those whose password was right, and whose second factor is still to come: by SHA-256 of what
/// they were given meanwhile.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: HashMap<[u8; 32], Waiting>,
}

#[derive(Debug)]
struct Waiting {
    person: i64,
    since: Duration,
    tries: u32,
}

impl Pending {
    /// The password of this person was right.
    pub(super) fn add(&mut self, hash: [u8; 32], person: i64, now: Duration) {
        self.waiting.retain(|_, it| it.since + PATIENCE > now);
        if self.waiting.len() >= WAITING_MAX {
            let eldest = self.waiting.iter().min_by_key(|(_, it)| it.since);
            if let Some(hash) = eldest.map(|(hash, _)| *hash) {
                self.waiting.remove(&hash);
            }
        }
        let waiting = Waiting {
            person,
            since: now,
            tries: 0,
        };
        self.waiting.insert(hash, waiting);
    }

    /// Whose code is tried now; none when the password has to be shown again.
    pub(super) fn tries(&mut self, hash: &[u8; 32], now: Duration) -> Option<i64> {
        let waiting = self.waiting.get_mut(hash)?;
        waiting.tries += 1;
        if waiting.tries > TRIES || waiting.since + PATIENCE <= now {
            self.waiting.remove(hash);
            return None;
        }
        Some(waiting.person)
    }

    /// The code was right.
    pub(super) fn remove(&mut self, hash: &[u8; 32]) {
        self.waiting.remove(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_tried_five_times_within_five_minutes() {
        let mut pending = Pending::default();
        let now = Duration::from_secs(50);
        for (hash, person) in [([1; 32], 1), ([2; 32], 2), ([3; 32], 3)] {
            pending.add(hash, person, now);
        }
        for _ in 0..TRIES {
            assert_eq!(pending.tries(&[1; 32], now), Some(1));
        }
        assert_eq!(pending.tries(&[1; 32], now), None);
        assert_eq!(pending.tries(&[2; 32], now + PATIENCE), None);
        pending.remove(&[3; 32]);
        assert_eq!(pending.tries(&[3; 32], now), None);
    }
}
