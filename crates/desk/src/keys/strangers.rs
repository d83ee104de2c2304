use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use journal::RateLimit;

use super::bucket::Bucket;

/// How often unknown keys may come from one address.
const TRIES: RateLimit = RateLimit {
    per_second: 1,
    burst: 20,
};
/// The most addresses that are remembered; those beyond share one limit.
const ADDRESSES_MAX: usize = 4_096;
/// How often addresses are forgotten that have kept quiet.
const SWEPT: Duration = Duration::from_secs(1);

/// Who has shown unknown keys. The memory is bounded whatever comes: an attacker with many
/// addresses fills the table, and is then limited as a whole.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    addresses: HashMap<IpAddr, Bucket>,
    /// All for whom there was no room, and those whose address nobody knows.
    others: Bucket,
    swept_at: Duration,
}

impl Strangers {
    /// An unknown key has come from this address.
    ///
    /// # Errors
    /// When too many have: how long it takes until the next one is looked at.
    pub(super) fn tried(&mut self, from: Option<IpAddr>, now: Duration) -> Result<(), Duration> {
        let Some(home) = from.map(home) else {
            return self.others.take(now, TRIES);
        };
        if !self.addresses.contains_key(&home) {
            if self.addresses.len() >= ADDRESSES_MAX && now >= self.swept_at + SWEPT {
                self.swept_at = now;
                self.addresses.retain(|_, bucket| !bucket.is_full(now));
            }
            if self.addresses.len() >= ADDRESSES_MAX {
                return self.others.take(now, TRIES);
            }
        }
        self.addresses.entry(home).or_default().take(now, TRIES)
    }
}

/// What one subscriber has: an IPv4 address, or the 2^64 addresses of an IPv6 network.
pub(crate) fn home(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn let_in(strangers: &mut Strangers, from: &str, now: Duration) -> bool {
        strangers.tried(Some(from.parse().unwrap()), now).is_ok()
    }

    #[test]
    fn each_address_has_its_own_tries_and_an_ipv6_network_is_one_address() {
        let mut strangers = Strangers::default();
        for _ in 0..20 {
            assert!(let_in(&mut strangers, "192.0.2.1", START));
            assert!(let_in(&mut strangers, "2001:db8::1", START));
        }
        assert!(!let_in(&mut strangers, "192.0.2.1", START));
        assert!(!let_in(&mut strangers, "::ffff:192.0.2.1", START));
        assert!(!let_in(&mut strangers, "2001:db8::ffff:2", START));
        assert!(let_in(&mut strangers, "192.0.2.2", START));
        assert!(let_in(&mut strangers, "2001:db8:0:1::1", START));
        let later = START + Duration::from_secs(1);
        assert!(let_in(&mut strangers, "192.0.2.1", later));
        assert!(!let_in(&mut strangers, "192.0.2.1", later));
    }

    #[test]
    fn an_attacker_with_a_million_addresses_fills_no_memory_and_is_limited_as_a_whole() {
        let mut strangers = Strangers::default();
        let address = |n: u32| Some(IpAddr::from(n.to_be_bytes()));
        let most = u32::try_from(ADDRESSES_MAX).unwrap();
        let let_in = (0..1_000_000)
            .filter(|n| strangers.tried(address(*n), START).is_ok())
            .count();
        assert_eq!(let_in, ADDRESSES_MAX + TRIES.burst as usize);
        assert_eq!(strangers.addresses.len(), ADDRESSES_MAX);
        // Once they keep quiet there is room again.
        let later = START + Duration::from_secs(60);
        assert_eq!(strangers.tried(address(most + 5), later), Ok(()));
        assert_eq!(strangers.addresses.len(), 1);
    }
}
