use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use terms::DriveNumber;

use crate::{
    DriveAddress, Habits, PortRules,
    finder::{Finder, Finding, Seen},
    scan::{self, Port, is_terminal},
};

/// How long a look at the folders of devices serves everybody.
const FRESH: Duration = Duration::from_millis(200);

/// The most ports that a reason names.
const NAMED_MAX: usize = 4;

/// The ports of all automatic slots: which are allowed, which slot has which, and which drive's
/// home is which slot.
///
/// It opens nothing; the links do, each the one port that it is given here.
#[derive(Debug)]
pub struct Ports {
    rules: PortRules,
    /// What slots with fixed addresses name: never touched.
    fixed: Vec<PathBuf>,
    clock: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    finder: Finder,
    /// How each device is called here.
    addresses: BTreeMap<PathBuf, DriveAddress>,
    /// Why a device could not be opened the last time.
    troubles: BTreeMap<PathBuf, String>,
    scanned_at: Option<Duration>,
}

impl Ports {
    /// Ports for these automatic slots. `fixed` are the addresses of the other slots, `homes` says
    /// in which slot a drive was seen last.
    pub fn new(
        rules: PortRules,
        habits: Habits,
        automatic: impl IntoIterator<Item = u8>,
        fixed: impl IntoIterator<Item = DriveAddress>,
        homes: impl IntoIterator<Item = (DriveNumber, u8)>,
    ) -> Self {
        let fixed = fixed.into_iter().filter_map(|address| match address {
            DriveAddress::Serial { path, .. } | DriveAddress::Pty { path } => Some(path),
            DriveAddress::Tcp(_) => None,
        });
        Self {
            rules,
            fixed: fixed.collect(),
            clock: Instant::now(),
            state: Mutex::new(State {
                finder: Finder::new(habits, automatic, homes),
                addresses: BTreeMap::new(),
                troubles: BTreeMap::new(),
                scanned_at: None,
            }),
        }
    }

    /// The port behind which a slot has found its drive; none while it has none.
    pub fn port_of(&self, slot: u8) -> Option<DriveAddress> {
        let state = self.state();
        let device = state.finder.port_of(slot)?;
        state.addresses.get(device).cloned()
    }

    /// The port that a slot is to examine now.
    pub(crate) fn next(&self, slot: u8) -> Option<Port> {
        let now = self.clock.elapsed();
        let mut state = self.state();
        if state.scanned_at.is_none_or(|at| now >= at + FRESH) {
            self.scan(&mut state, now);
        }
        let device = state.finder.next(slot, now)?;
        // The search knows only what the last scan named.
        let address = state.addresses.get(&device)?.clone();
        Some(Port { device, address })
    }

    /// Tells what a slot has found behind the port that it examined, and why it could not be
    /// opened. Whether the slot takes it.
    pub(crate) fn examined(
        &self,
        slot: u8,
        port: &Port,
        finding: Finding,
        trouble: Option<String>,
    ) -> bool {
        let mut state = self.state();
        if let Some(trouble) = trouble {
            state.troubles.insert(port.device.clone(), trouble);
        }
        state.finder.examined(slot, finding, self.clock.elapsed())
    }

    /// Tells that a slot's wire is closed.
    pub(crate) fn lost(&self, slot: u8) {
        let mut state = self.state();
        state.finder.lost(slot, self.clock.elapsed());
        // Its device may have gone.
        state.scanned_at = None;
    }

    /// Why a slot has no drive, in words for people.
    pub(crate) fn reason(&self, slot: u8) -> String {
        let state = self.state();
        let left: Vec<String> = state
            .finder
            .left()
            .map(|(port, seen)| state.tell(port, seen))
            .collect();
        if left.is_empty() {
            return format!(
                "slot {slot} finds no drive: no port that [ports] allows is free; is the drive \
                 plugged in?"
            );
        }
        let more = match left.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!("; {more} more"),
        };
        let named = left[..left.len().min(NAMED_MAX)].join("; ");
        format!("slot {slot} finds no drive for it: {named}{more}")
    }

    fn scan(&self, state: &mut State, now: Duration) {
        // Asked anew each time: names appear and go.
        let fixed: BTreeSet<PathBuf> = self
            .fixed
            .iter()
            .filter_map(|path| fs::canonicalize(path).ok())
            .collect();
        let ports = scan::allowed(&self.rules)
            .into_iter()
            .filter(|port| !fixed.contains(&port.device) && is_terminal(&port.device));
        let addresses: BTreeMap<_, _> = ports.map(|port| (port.device, port.address)).collect();
        let present = addresses.keys().cloned().collect();
        state.finder.present(now, &present);
        // Those in use keep their names until they are let go of.
        let used = |(device, _): &(PathBuf, DriveAddress)| state.finder.is_used(device);
        let kept: Vec<_> = std::mem::take(&mut state.addresses)
            .into_iter()
            .filter(used)
            .collect();
        state.addresses = addresses;
        state.addresses.extend(kept);
        state.troubles.retain(|device, _| present.contains(device));
        state.scanned_at = Some(now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&self, device: &Path, seen: Seen) -> String {
        let address = match self.addresses.get(device) {
            Some(address) => address.to_string(),
            None => device.display().to_string(),
        };
        match seen {
            Seen::New => format!("{address} is being looked at"),
            Seen::Drive { drive, .. } => match self.finder.home_of(drive) {
                Some(home) => format!("{address} has drive {drive} of slot {home}"),
                None => format!("{address} has the new drive {drive}"),
            },
            Seen::Silent { .. } => format!("{address} does not answer as a drive"),
            Seen::Closed { .. } => match self.troubles.get(device) {
                Some(trouble) => format!("{address}: {trouble}"),
                None => format!("{address} cannot be opened"),
            },
        }
    }
}
