//! Which port an automatic slot tries next, and whether it takes the drive that it found there.
//!
//! It opens nothing and reads no clock: what is there, what was found and what time it is come in
//! as arguments.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use terms::DriveNumber;

/// How long the search waits for what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Habits {
    /// A port that appears is left alone so long, until names and permissions are set and its drive
    /// has started; 1 s.
    pub settle: Duration,
    /// A port that could not be opened is tried again after that; 5 s.
    pub closed: Duration,
    /// A port behind which no drive answered is left alone so long, and each time twice as long;
    /// 5 s.
    pub silent_first: Duration,
    /// The longest such pause; 2 min.
    pub silent_last: Duration,
    /// So long it is believed that a drive which no slot wants is still behind its port; 10 s.
    pub believed: Duration,
    /// A slot whose own drive went away waits for it so long before it takes a new one, even if
    /// there is no other vacant slot; 5 s.
    pub grace: Duration,
    /// So long a slot whose own drive is away stands back behind slots that never had one; 10 min.
    pub kept: Duration,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(1),
            closed: Duration::from_secs(5),
            silent_first: Duration::from_secs(5),
            silent_last: Duration::from_secs(120),
            believed: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            kept: Duration::from_secs(600),
        }
    }
}

/// What an examined port turned out to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Finding {
    /// This drive is behind it.
    Drive(DriveNumber),
    /// Nothing answered as a drive does.
    Silent,
    /// It could not be opened.
    Closed,
    /// The examination was given up.
    Nothing,
}

/// The search of all automatic slots.
///
/// A slot is vacant, examines one port or holds one with its drive. A drive's home is the slot that
/// had it last; only automatic slots are homes here. A found drive goes
///
/// - home, when its home is vacant;
/// - as a stranger, when it has no home or its home has another drive now, to one vacant slot: the
///   lowest that never had a drive of its own or has missed it for long; when all miss theirs since
///   lately, to the lowest, once every port has been looked at.
#[derive(Debug)]
pub(crate) struct Finder {
    habits: Habits,
    seats: BTreeMap<u8, Seat>,
    homes: BTreeMap<DriveNumber, u8>,
    /// The ports that are there and may be opened.
    ports: BTreeMap<PathBuf, Known>,
    looked: bool,
}

#[derive(Debug)]
enum Seat {
    Vacant { since: Duration },
    Examines { port: PathBuf, since: Duration },
    Holds { port: PathBuf, drive: DriveNumber },
}

#[derive(Debug)]
struct Known {
    /// When it may be tried for the first time.
    settled_at: Duration,
    seen: Seen,
}

/// What is known of a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    /// Nothing yet.
    New,
    /// A drive that was not taken.
    Drive { drive: DriveNumber, at: Duration },
    /// No drive; to be tried again.
    Silent { until: Duration, pause: Duration },
    /// It could not be opened; to be tried again.
    Closed { until: Duration },
}

/// How much a port is worth trying; the greatest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Worth {
    Again,
    Stranger,
    New,
    Own,
}

impl Finder {
    /// A search for these slots, none of which has a drive. Homes of other slots are passed over.
    pub(crate) fn new(
        habits: Habits,
        slots: impl IntoIterator<Item = u8>,
        homes: impl IntoIterator<Item = (DriveNumber, u8)>,
    ) -> Self {
        let vacant = |slot| {
            let since = Duration::ZERO;
            (slot, Seat::Vacant { since })
        };
        let seats: BTreeMap<u8, Seat> = slots.into_iter().map(vacant).collect();
        let homes = homes
            .into_iter()
            .filter(|(_, slot)| seats.contains_key(slot))
            .collect();
        Self {
            habits,
            seats,
            homes,
            ports: BTreeMap::new(),
            looked: false,
        }
    }

    /// Tells which ports are there now: those that may be opened and that no fixed address names.
    /// What was known of a port that has gone is forgotten.
    pub(crate) fn present(&mut self, now: Duration, ports: &BTreeSet<PathBuf>) {
        self.ports.retain(|port, _| ports.contains(port));
        // What is there from the start has settled long ago.
        let settle = if self.looked {
            self.habits.settle
        } else {
            Duration::ZERO
        };
        self.looked = true;
        for port in ports {
            self.ports.entry(port.clone()).or_insert(Known {
                settled_at: now + settle,
                seen: Seen::New,
            });
        }
    }

    /// The port that a vacant slot is to examine now; it is the slot's until
    /// [`Finder::examined`].
    pub(crate) fn next(&mut self, slot: u8, now: Duration) -> Option<PathBuf> {
        let Some(&Seat::Vacant { since }) = self.seats.get(&slot) else {
            return None;
        };
        let free = self.ports.iter().filter(|(port, _)| !self.is_used(port));
        // Of equal ports the first by name.
        let (_, Reverse(port)) = free
            .filter_map(|(port, known)| Some((self.worth(slot, port, known, now)?, Reverse(port))))
            .max()?;
        let port = port.clone();
        let examines = Seat::Examines {
            port: port.clone(),
            since,
        };
        self.seats.insert(slot, examines);
        Some(port)
    }

    /// Tells what the port is that the slot examined. Whether the slot takes it: then it holds the
    /// port until [`Finder::lost`].
    pub(crate) fn examined(&mut self, slot: u8, finding: Finding, now: Duration) -> bool {
        let Some(Seat::Examines { port, since }) = self.seats.get(&slot) else {
            return false;
        };
        let (port, since) = (port.clone(), *since);
        let before = self.ports.get(&port).map(|known| known.seen);
        let seen = match finding {
            Finding::Drive(drive) => Some(Seen::Drive { drive, at: now }),
            Finding::Silent => {
                let pause = match before {
                    Some(Seen::Silent { pause, .. }) => (2 * pause).min(self.habits.silent_last),
                    _ => self.habits.silent_first,
                };
                let until = now + pause;
                Some(Seen::Silent { until, pause })
            }
            Finding::Closed => {
                let until = now + self.habits.closed;
                Some(Seen::Closed { until })
            }
            Finding::Nothing => before,
        };
        if let (Some(known), Some(seen)) = (self.ports.get_mut(&port), seen) {
            known.seen = seen;
        }
        let drive = match finding {
            Finding::Drive(drive) if self.wants(slot, drive, &port, now) => drive,
            _ => {
                self.seats.insert(slot, Seat::Vacant { since });
                return false;
            }
        };
        self.homes.insert(drive, slot);
        self.seats.insert(slot, Seat::Holds { port, drive });
        true
    }

    /// Tells that the slot's wire is gone. Its port is looked at anew, if it is there.
    pub(crate) fn lost(&mut self, slot: u8, now: Duration) {
        if let Some(Seat::Holds { port, .. }) = self.seats.get(&slot) {
            if let Some(known) = self.ports.get_mut(port) {
                known.seen = Seen::New;
            }
            self.seats.insert(slot, Seat::Vacant { since: now });
        }
    }

    /// The port that a slot holds.
    pub(crate) fn port_of(&self, slot: u8) -> Option<&Path> {
        match self.seats.get(&slot) {
            Some(Seat::Holds { port, .. }) => Some(port),
            _ => None,
        }
    }

    /// The ports that no slot holds, with what is known of them.
    pub(crate) fn left(&self) -> impl Iterator<Item = (&Path, Seen)> {
        self.ports
            .iter()
            .filter(|(port, _)| !self.is_held(port))
            .map(|(port, known)| (port.as_path(), known.seen))
    }

    /// The home of a drive.
    pub(crate) fn home_of(&self, drive: DriveNumber) -> Option<u8> {
        self.homes.get(&drive).copied()
    }

    fn worth(&self, slot: u8, port: &Path, known: &Known, now: Duration) -> Option<Worth> {
        match known.seen {
            Seen::New => (now >= known.settled_at).then_some(Worth::New),
            Seen::Drive { drive, at } => {
                if self.wants(slot, drive, port, now) {
                    let own = self.home_of(drive) == Some(slot);
                    return Some(if own { Worth::Own } else { Worth::Stranger });
                }
                (now >= at + self.habits.believed).then_some(Worth::Again)
            }
            Seen::Silent { until, .. } | Seen::Closed { until } => {
                (now >= until).then_some(Worth::Again)
            }
        }
    }

    /// Whether a slot takes this drive when it finds it behind this port.
    fn wants(&self, slot: u8, drive: DriveNumber, port: &Path, now: Duration) -> bool {
        let held = |home: u8| match self.seats.get(&home) {
            Some(Seat::Holds { drive, .. }) => Some(*drive),
            _ => None,
        };
        if self.seats.keys().any(|other| held(*other) == Some(drive)) {
            // Its slot has not noticed yet that it moved, or it has two wires.
            return false;
        }
        match self.home_of(drive) {
            Some(home) if home == slot => true,
            Some(home) if held(home).is_none() => false,
            _ => self.host(port, now) == Some(slot),
        }
    }

    /// The slot that takes the stranger behind this port.
    fn host(&self, port: &Path, now: Duration) -> Option<u8> {
        let vacant = || {
            self.seats.iter().filter_map(|(slot, seat)| match seat {
                Seat::Vacant { since } | Seat::Examines { since, .. } => {
                    let has_own = self.homes.values().any(|home| home == slot);
                    Some((*slot, has_own, now.saturating_sub(*since)))
                }
                Seat::Holds { .. } => None,
            })
        };
        let open = vacant().find(|(_, has_own, away)| !has_own || *away >= self.habits.kept);
        let (slot, ..) = open.or_else(|| {
            // Their own drives may be behind the ports that nobody has looked at.
            let mut others = self.ports.iter().filter(|(other, _)| *other != port);
            if others.any(|(other, known)| known.seen == Seen::New && !self.is_held(other)) {
                return None;
            }
            vacant().find(|(.., away)| *away >= self.habits.grace)
        })?;
        Some(slot)
    }

    /// Whether a slot examines or holds a port.
    pub(crate) fn is_used(&self, port: &Path) -> bool {
        self.seats.values().any(|seat| match seat {
            Seat::Vacant { .. } => false,
            Seat::Examines { port: used, .. } | Seat::Holds { port: used, .. } => used == port,
        })
    }

    fn is_held(&self, port: &Path) -> bool {
        let mut seats = self.seats.values();
        seats.any(|seat| matches!(seat, Seat::Holds { port: held, .. } if held == port))
    }
}

#[cfg(test)]
mod tests;
