//! Who has tried too often.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use crate::keys::home;

/// Wrong tries of one login from one address before the next one has to wait.
const OF_BOTH: u32 = 5;
/// The same of one address, whatever logins are tried: a whole office may sit behind it.
const OF_ADDRESS: u32 = 30;
/// The same of one login from everywhere: an attacker has many addresses. It is large, because it
/// lets a stranger keep somebody out.
const OF_LOGIN: u32 = 100;
/// The first wait; each further try doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Tries are forgotten when there was none for so long.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);
/// How often what is forgotten is looked for.
const SWEPT: Duration = Duration::from_secs(1);
/// For how many subjects one try counts.
const OF_ONE_TRY: usize = 3;
/// The most that is remembered; beyond it all strangers share one count.
const REMEMBERED_MAX: usize = 8_192;

/// What tries are counted for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Subject {
    Both(String, Option<IpAddr>),
    Address(IpAddr),
    Login(String),
    /// All for whom there was no room.
    Others,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    count: u32,
    last: Duration,
    /// When the next one is looked at.
    open_at: Duration,
}

/// Counts tries that were not right, in memory: its size is bounded whatever comes.
#[derive(Debug, Default)]
pub(super) struct Lockout {
    tries: HashMap<Subject, Tries>,
    swept_at: Duration,
}

impl Subject {
    const fn free_tries(&self) -> u32 {
        match self {
            Self::Both(..) => OF_BOTH,
            Self::Address(_) => OF_ADDRESS,
            Self::Login(_) | Self::Others => OF_LOGIN,
        }
    }
}

impl Lockout {
    /// Counts a try before it is known whether it is right, so that many at once do not slip
    /// through; [`Lockout::forget`] says that it was.
    ///
    /// # Errors
    /// When it is not looked at: how long to wait.
    pub(super) fn tried(
        &mut self,
        login: &str,
        from: Option<IpAddr>,
        now: Duration,
    ) -> Result<(), Duration> {
        self.sweep(now);
        let subjects = self.subjects(login, from);
        let open_at = self.open_at(&subjects);
        if let Some(wait) = open_at.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for subject in subjects {
            let free = subject.free_tries();
            let tries = self.tries.entry(subject).or_default();
            tries.count += 1;
            tries.last = now;
            if let Some(beyond) = tries.count.checked_sub(free) {
                let wait = FIRST_WAIT.saturating_mul(1 << beyond.min(16));
                tries.open_at = now + wait.min(LONGEST_WAIT);
            }
        }
        Ok(())
    }

    /// Whether the next try of this login from this address has to wait.
    pub(super) fn is_closed(&self, login: &str, from: Option<IpAddr>, now: Duration) -> bool {
        self.open_at(&self.subjects(login, from)) > now
    }

    /// The last try was right: it does not count, nor do those of this login from this address.
    pub(super) fn forget(&mut self, login: &str, from: Option<IpAddr>) {
        for subject in self.subjects(login, from) {
            if matches!(subject, Subject::Both(..)) {
                self.tries.remove(&subject);
            } else if let Some(tries) = self.tries.get_mut(&subject) {
                tries.count = tries.count.saturating_sub(1);
                tries.open_at = Duration::ZERO;
            }
        }
    }

    fn sweep(&mut self, now: Duration) {
        if self.is_full() && now >= self.swept_at + SWEPT {
            self.swept_at = now;
            self.tries
                .retain(|_, tries| tries.last + FORGOTTEN > now || tries.open_at > now);
        }
    }

    /// What a try is counted for.
    fn subjects(&self, login: &str, from: Option<IpAddr>) -> Vec<Subject> {
        let from = from.map(home);
        let mut subjects = vec![
            Subject::Both(login.to_owned(), from),
            Subject::Login(login.to_owned()),
        ];
        subjects.extend(from.map(Subject::Address));
        if self.is_full() {
            for subject in &mut subjects {
                if !self.tries.contains_key(subject) {
                    *subject = Subject::Others;
                }
            }
        }
        subjects
    }

    /// Whether the subjects of another try may be too many.
    fn is_full(&self) -> bool {
        self.tries.len() + OF_ONE_TRY > REMEMBERED_MAX
    }

    fn open_at(&self, subjects: &[Subject]) -> Duration {
        let tries = subjects.iter().filter_map(|it| self.tries.get(it));
        tries.map(|tries| tries.open_at).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_000);

    fn tries(lockout: &mut Lockout, login: &str, from: &str, now: Duration) -> bool {
        lockout
            .tried(login, Some(from.parse().unwrap()), now)
            .is_ok()
    }

    #[test]
    fn after_five_wrong_tries_the_next_one_waits_longer_each_time() {
        let mut lockout = Lockout::default();
        for _ in 0..OF_BOTH {
            assert!(tries(&mut lockout, "olga", "192.0.2.1", START));
        }
        let address = Some("192.0.2.1".parse().unwrap());
        assert!(lockout.is_closed("olga", address, START));
        assert!(!tries(&mut lockout, "olga", "192.0.2.1", START));
        // Somebody else from there, and she from elsewhere, are let through.
        assert!(tries(&mut lockout, "ivan", "192.0.2.1", START));
        assert!(tries(&mut lockout, "olga", "192.0.2.2", START));
        let mut now = START;
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            let wait = Duration::from_secs(wait);
            let before = now + wait - Duration::from_millis(1);
            assert!(
                !tries(&mut lockout, "olga", "192.0.2.1", before),
                "{wait:?}"
            );
            now += wait;
            assert!(tries(&mut lockout, "olga", "192.0.2.1", now), "{wait:?}");
        }
    }

    #[test]
    fn who_was_right_begins_anew() {
        let mut lockout = Lockout::default();
        for _ in 0..10 * OF_LOGIN {
            assert!(tries(&mut lockout, "olga", "192.0.2.1", START));
            lockout.forget("olga", Some("192.0.2.1".parse().unwrap()));
        }
    }

    #[test]
    fn many_logins_from_one_address_and_many_addresses_of_one_login_are_held_back() {
        let mut lockout = Lockout::default();
        let mut let_in = 0;
        for number in 0..1_000 {
            let login = format!("login-{number}");
            let_in += u32::from(tries(&mut lockout, &login, "192.0.2.1", START));
        }
        assert_eq!(let_in, OF_ADDRESS);
        let mut let_in = 0;
        for number in 0..200 {
            let from = format!("198.51.100.{number}");
            let_in += u32::from(tries(&mut lockout, "olga", &from, START));
        }
        assert_eq!(let_in, OF_LOGIN);
    }

    #[test]
    fn an_attack_does_not_fill_the_memory() {
        let mut lockout = Lockout::default();
        for number in 0..20_000_u32 {
            let from = IpAddr::from(number.to_be_bytes());
            let _ = lockout.tried(&format!("login-{number}"), Some(from), START);
        }
        assert!(lockout.tries.len() <= REMEMBERED_MAX + 1);
        let later = START + FORGOTTEN + LONGEST_WAIT;
        assert!(tries(&mut lockout, "olga", "192.0.2.1", later));
        assert!(lockout.tries.len() < 10);
    }
}
