use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const HABITS: Habits = Habits {
    settle: Duration::from_secs(1),
    closed: Duration::from_secs(5),
    silent_first: Duration::from_secs(5),
    silent_last: Duration::from_secs(120),
    believed: Duration::from_secs(10),
    grace: Duration::from_secs(5),
    kept: Duration::from_secs(600),
};

const SLOTS: u8 = 4;
const PORTS: usize = 6;
/// It is plugged like the others, and the rules do not allow it.
const FORBIDDEN: usize = PORTS - 1;

fn drive(index: usize) -> DriveNumber {
    format!("{:016}", index + 1).parse().unwrap()
}

fn port(index: usize) -> PathBuf {
    PathBuf::from(format!("/dev/ttyUSB{index}"))
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// What is plugged into a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Plugged {
    Drive(usize),
    /// A modem.
    Mute,
    /// Somebody else has it open.
    Busy,
}

/// Ports with things in them, and links that do what the finder says.
struct World {
    finder: Finder,
    now: Duration,
    ports: [Option<Plugged>; PORTS],
    /// What the last scan saw.
    scanned: BTreeSet<PathBuf>,
    examines: BTreeMap<u8, usize>,
    holds: BTreeMap<u8, (usize, DriveNumber)>,
    /// When each port was opened.
    opened: Vec<(usize, u64)>,
}

impl World {
    fn new(homes: &[(usize, u8)]) -> Self {
        let homes = homes.iter().map(|(index, slot)| (drive(*index), *slot));
        Self {
            finder: Finder::new(HABITS, 1..=SLOTS, homes),
            now: Duration::ZERO,
            ports: [None; PORTS],
            scanned: BTreeSet::new(),
            examines: BTreeMap::new(),
            holds: BTreeMap::new(),
            opened: Vec::new(),
        }
    }

    /// A drive is in one place; it leaves the one where it was.
    fn plug(&mut self, at: usize, plugged: Option<Plugged>) {
        if let Some(Plugged::Drive(_)) = plugged {
            let before = self.ports.iter_mut().filter(|there| **there == plugged);
            before.for_each(|there| *there = None);
        }
        self.ports[at] = plugged;
    }

    fn scan(&mut self) {
        let allowed = (0..PORTS).filter(|at| *at != FORBIDDEN && self.ports[*at].is_some());
        self.scanned = allowed.map(port).collect();
        self.finder.present(self.now, &self.scanned);
    }

    /// A link without a wire asks for a port, and opens it.
    fn begin(&mut self, slot: u8) {
        let Some(path) = self.finder.next(slot, self.now) else {
            return;
        };
        assert!(!self.examines.contains_key(&slot) && !self.holds.contains_key(&slot));
        assert!(self.scanned.contains(&path), "{path:?} is not there");
        let at = (0..PORTS).find(|at| port(*at) == path).unwrap();
        assert_ne!(at, FORBIDDEN);
        self.opened.push((at, self.now.as_secs()));
        self.examines.insert(slot, at);
        self.check();
    }

    /// It has its answer.
    fn end(&mut self, slot: u8, interrupted: bool) {
        let Some(at) = self.examines.remove(&slot) else {
            return;
        };
        let finding = match self.ports[at] {
            _ if interrupted => Finding::Nothing,
            Some(Plugged::Drive(index)) => Finding::Drive(drive(index)),
            Some(Plugged::Mute) => Finding::Silent,
            Some(Plugged::Busy) | None => Finding::Closed,
        };
        let is_taken = self.finder.examined(slot, finding, self.now);
        match finding {
            Finding::Drive(drive) if is_taken => {
                self.holds.insert(slot, (at, drive));
            }
            _ => assert!(!is_taken, "{finding:?} is no drive"),
        }
        self.check();
    }

    /// It sees that its drive has gone from the port.
    fn notice(&mut self, slot: u8) {
        let is_there = |at: usize, held| match self.ports[at] {
            Some(Plugged::Drive(index)) => drive(index) == held,
            _ => false,
        };
        if self
            .holds
            .get(&slot)
            .is_some_and(|(at, held)| !is_there(*at, *held))
        {
            self.holds.remove(&slot);
            self.finder.lost(slot, self.now);
        }
    }

    /// Everybody does his work for so long.
    fn work(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.scan();
            for slot in 1..=SLOTS {
                self.notice(slot);
                self.end(slot, false);
                self.begin(slot);
            }
            self.now += Duration::from_millis(500);
        }
    }

    fn check(&self) {
        let used = self.holds.values().map(|(at, _)| *at);
        let used: Vec<usize> = used.chain(self.examines.values().copied()).collect();
        let once: BTreeSet<usize> = used.iter().copied().collect();
        assert_eq!(once.len(), used.len(), "two slots use one port: {used:?}");
        let held: Vec<_> = self.holds.values().map(|(_, drive)| *drive).collect();
        let once: BTreeSet<_> = held.iter().collect();
        assert_eq!(once.len(), held.len(), "two slots have one drive: {held:?}");
        for slot in 1..=SLOTS {
            let held = self.holds.get(&slot).map(|(at, _)| port(*at));
            assert_eq!(self.finder.port_of(slot), held.as_deref());
        }
    }

    /// The slot that has a drive.
    fn slot_of(&self, index: usize) -> Option<u8> {
        let mut held = self.holds.iter();
        held.find(|(_, (_, held))| *held == drive(index))
            .map(|(slot, _)| *slot)
    }

    /// The drives that are plugged where they may be found.
    fn plugged(&self) -> impl Iterator<Item = usize> {
        self.ports[..FORBIDDEN]
            .iter()
            .filter_map(|there| match there {
                Some(Plugged::Drive(index)) => Some(*index),
                _ => None,
            })
    }
}

#[derive(Clone, Debug)]
enum Step {
    Plug(usize, Option<Plugged>),
    Exchange(usize, usize),
    Scan,
    Begin(u8),
    End(u8, bool),
    Notice(u8),
    Wait(u64),
}

fn steps(drives: usize) -> impl Strategy<Value = Vec<Step>> {
    use Plugged::{Busy, Drive, Mute};
    let at = || 0..PORTS;
    let slot = || 1..=SLOTS;
    let thing = prop_oneof![
        5 => (0..drives).prop_map(|index| Some(Drive(index))),
        2 => select(vec![None, Some(Mute), Some(Busy)]),
    ];
    let step = prop_oneof![
        3 => (at(), thing).prop_map(|(at, thing)| Step::Plug(at, thing)),
        1 => (at(), at()).prop_map(|(one, other)| Step::Exchange(one, other)),
        3 => Just(Step::Scan),
        6 => slot().prop_map(Step::Begin),
        6 => (slot(), prop::bool::weighted(0.1)).prop_map(|(slot, cut)| Step::End(slot, cut)),
        3 => slot().prop_map(Step::Notice),
        2 => (0..20_000_u64).prop_map(Step::Wait),
    ];
    vec(step, 0..120)
}

/// Lives through a history, then lets everybody do his work.
fn live(homes: &[(usize, u8)], history: Vec<Step>) -> World {
    let mut world = World::new(homes);
    for step in history {
        match step {
            Step::Plug(at, thing) => world.plug(at, thing),
            Step::Exchange(one, other) => world.ports.swap(one, other),
            Step::Scan => world.scan(),
            Step::Begin(slot) => world.begin(slot),
            Step::End(slot, interrupted) => world.end(slot, interrupted),
            Step::Notice(slot) => world.notice(slot),
            Step::Wait(ms) => world.now += Duration::from_millis(ms),
        }
    }
    // The longest pause of a port that was taken for a modem.
    world.work(HABITS.silent_last + secs(60));
    world
}

proptest! {
    #[test]
    fn whatever_is_plugged_and_exchanged_each_drive_ends_in_its_home(history in steps(4)) {
        let homes = [(0, 1), (1, 2), (2, 3), (3, 4)];
        let world = live(&homes, history);
        for index in world.plugged() {
            prop_assert_eq!(world.slot_of(index), Some(homes[index].1), "drive {}", index);
        }
    }

    #[test]
    fn no_drive_starves_while_a_slot_is_vacant(
        homes in vec((0..5_usize, 1..=SLOTS), 0..6),
        history in steps(5),
    ) {
        let world = live(&homes, history);
        let plugged: Vec<usize> = world.plugged().collect();
        let seated = plugged.iter().filter(|index| world.slot_of(**index).is_some()).count();
        prop_assert_eq!(seated, plugged.len().min(SLOTS.into()));
        prop_assert_eq!(world.holds.len(), seated, "no slot has what is not there");
    }
}

#[test]
fn new_drives_fill_the_vacant_slots_from_the_lowest() {
    let mut world = World::new(&[]);
    for index in 0..3 {
        world.plug(index, Some(Plugged::Drive(index)));
        world.work(secs(10));
    }
    let slots: Vec<_> = (0..3).map(|index| world.slot_of(index)).collect();
    assert_eq!(slots, [Some(1), Some(2), Some(3)]);
}

#[test]
fn two_drives_that_exchange_their_ports_go_home() {
    let mut world = World::new(&[(0, 1), (1, 2)]);
    world.plug(0, Some(Plugged::Drive(0)));
    world.plug(1, Some(Plugged::Drive(1)));
    world.work(secs(10));
    assert_eq!((world.holds[&1].0, world.holds[&2].0), (0, 1));
    world.ports.swap(0, 1);
    world.work(secs(30));
    assert_eq!((world.holds[&1].0, world.holds[&2].0), (1, 0));
}

#[test]
fn a_slot_whose_drive_is_away_for_a_while_is_not_given_to_a_new_one() {
    let mut world = World::new(&[(0, 1)]);
    world.work(secs(60));
    world.plug(0, Some(Plugged::Drive(1)));
    world.work(secs(10));
    assert_eq!(world.slot_of(1), Some(2), "slot 1 waits for its own drive");
    world.work(HABITS.kept);
    world.plug(1, Some(Plugged::Drive(2)));
    world.work(secs(10));
    assert_eq!(world.slot_of(2), Some(1), "it has waited long enough");
}

#[test]
fn a_replaced_drive_gets_the_slot_of_the_old_one_when_no_other_is_vacant() {
    let mut world = World::new(&[]);
    for index in 0..4 {
        world.plug(index, Some(Plugged::Drive(index)));
        world.work(secs(5));
    }
    world.plug(2, None);
    world.work(secs(1));
    world.plug(2, Some(Plugged::Drive(7)));
    world.work(HABITS.grace - secs(2));
    assert_eq!(world.slot_of(7), None, "the old one may come back");
    world.work(HABITS.believed + HABITS.grace);
    assert_eq!(world.slot_of(7), Some(3));
}

#[test]
fn a_new_drive_waits_until_it_is_known_that_no_other_port_has_an_own_one() {
    let mut world = World::new(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
    world.work(secs(60));
    world.plug(0, Some(Plugged::Drive(7)));
    world.plug(1, Some(Plugged::Drive(0)));
    world.work(secs(20));
    assert_eq!((world.slot_of(0), world.slot_of(7)), (Some(1), Some(2)));
}

#[test]
fn a_drive_whose_home_is_taken_goes_to_another_slot() {
    let mut world = World::new(&[(0, 1), (1, 1)]);
    world.plug(0, Some(Plugged::Drive(0)));
    world.work(secs(10));
    world.plug(1, Some(Plugged::Drive(1)));
    world.work(secs(20));
    assert_eq!((world.slot_of(0), world.slot_of(1)), (Some(1), Some(2)));
}

#[test]
fn a_port_that_does_not_answer_is_left_alone_ever_longer() {
    let mut finder = Finder::new(HABITS, [1], []);
    finder.present(Duration::ZERO, &[port(0)].into());
    let mut now = Duration::ZERO;
    for pause in [5, 10, 20, 40, 80, 120, 120].map(secs) {
        assert_eq!(finder.next(1, now), Some(port(0)));
        assert!(!finder.examined(1, Finding::Silent, now));
        let nearly = now + pause - Duration::from_millis(1);
        assert_eq!(finder.next(1, nearly), None, "{pause:?}");
        now += pause;
    }
}

#[test]
fn a_port_that_appears_is_given_time_to_settle() {
    let mut world = World::new(&[]);
    world.work(secs(10));
    world.plug(0, Some(Plugged::Drive(0)));
    world.work(HABITS.settle);
    assert_eq!(world.opened, []);
    world.work(secs(2));
    assert_eq!(world.opened, [(0, 11)]);
}
