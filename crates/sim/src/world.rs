use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    fmt,
    time::Duration,
};

use cassette::{Event, Moment, Policy, SlotId};
use desk::Setup;
use engine::OffsetMode;
use faulty_disk::{Disk, Faults};
use terms::{Id, LocalDateTime};

use crate::{
    Breakage, Chance, Counts, OfdFault, Plan, SimDrive, Violation, Wall, WireFault,
    acts::Ailments,
    client::{Client, ClientWhat},
    drives::Make,
    files::Files,
    life::Life,
    ofd::{Ofd, OfdWhat},
    old_journal::{Backup, Orphans},
    organisation,
    people::People,
    wire::{Frame, Wire},
};

/// How often time is told to the cassette.
const TICK: Duration = Duration::from_millis(100);
/// When nothing happens, it is told less and less often.
const TICK_IDLE: Duration = Duration::from_secs(5);

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Drives of the organisation.
    pub drives: usize,
    /// Slots; more than drives leaves sockets free.
    pub slots: usize,
    /// How the drives share the work.
    pub policy: Policy,
    /// Documents that each drive keeps in reserve.
    pub reserve_documents: u32,
    /// Days that each drive keeps in reserve.
    pub reserve_days: i64,
    /// How many documents the second drive takes, if the plan says that it is small.
    pub small_documents: u32,
    /// How many days the third drive lives, if the plan says that its life is short.
    pub short_days: u16,
    /// Accounts.
    pub accounts: usize,
    /// How offsets are receipted.
    pub offset_mode: OffsetMode,
    /// When it begins.
    pub begins: LocalDateTime,
    /// Whether wires are serial ones, where late bytes come in spite of a new opening.
    pub serial: bool,
    /// Whether drives have timers of their own.
    pub timers: bool,
    /// What goes wrong once it is prepared.
    pub plan: Plan,
    /// A deliberate defect.
    pub breakage: Option<Breakage>,
}

impl Shape {
    /// One drive, one account, and nothing goes wrong.
    pub fn plain() -> Self {
        Self {
            drives: 1,
            slots: 1,
            policy: Policy::default(),
            reserve_documents: 100,
            reserve_days: 1,
            small_documents: 14,
            short_days: 2,
            accounts: 1,
            offset_mode: OffsetMode::PerAccount,
            begins: "2026-03-16T10:00".parse().expect("a time"),
            serial: true,
            timers: false,
            plan: Plan::default(),
            breakage: None,
        }
    }
}

/// Where a life is cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// The process is killed before this step of the world: an effect, a frame, a message.
    Kill(u64),
    /// The power is cut before this step of the world.
    Power(u64),
    /// The power is cut at this step of the disk.
    Disk(u64),
}

/// What happens at its time.
pub(crate) enum What {
    Start,
    Tell(u32, Event),
    Tick(u32),
    Write(u32),
    Frame(Frame),
    Bytes {
        wire: usize,
        plug: u32,
        line: u32,
        bytes: Vec<u8>,
    },
    Deadline {
        wire: usize,
        line: u32,
    },
    OpenWire {
        wire: usize,
        generation: u32,
    },
    Plug(usize),
    Ofd(OfdWhat),
    Client(ClientWhat),
    Act,
    Errand,
    /// Ends what an act began.
    Heal(u64),
}

struct Entry {
    at: Duration,
    order: u64,
    what: What,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// The world: the program, and everything around it.
pub struct World {
    pub(crate) now: Duration,
    queue: BinaryHeap<Reverse<Entry>>,
    order: u64,
    pub(crate) wall: Wall,
    pub(crate) chance: Chance,
    pub(crate) shape: Shape,
    pub(crate) setup: Setup,
    pub(crate) counts: Counts,
    pub(crate) life: Option<Life>,
    pub(crate) generation: u32,
    pub(crate) wires: Vec<Wire>,
    pub(crate) drives: Vec<SimDrive>,
    pub(crate) files: Files,
    pub(crate) ofd: Ofd,
    pub(crate) disk: Disk,
    pub(crate) client: Client,
    pub(crate) ailments: Ailments,
    pub(crate) people: People,
    /// A copy of the journal that will be put back.
    pub(crate) backup: Option<Backup>,
    /// An old journal was put back.
    pub(crate) is_restored: bool,
    pub(crate) orphans: Orphans,
    /// When a drive has first shown to this process that its journal is old.
    pub(crate) is_old_since: Option<Duration>,
    /// Receipts that were formed while a drive that might have them could not be read.
    pub(crate) risked: BTreeSet<Id>,
    /// Faults of the plan strike.
    pub(crate) faulty: bool,
    idle_ticks: u32,
    /// Steps of the world so far: effects, frames, messages.
    pub(crate) steps: u64,
    cuts: Vec<Cut>,
    /// For the next life.
    pub(crate) cut_later: Option<Cut>,
    /// Strikes the command of this number.
    pub(crate) forced: Option<(u64, WireFault)>,
    /// Commands sent so far.
    pub(crate) frames: u64,
    /// Strikes the exchange of this number.
    pub(crate) forced_ofd: Option<(u64, OfdFault)>,
    pub(crate) exchanges: u64,
    pub(crate) violations: Vec<Violation>,
    trace: Option<Vec<String>>,
    pub(crate) hash: u64,
}

impl World {
    /// A world in which the process does not run yet.
    pub fn new(seed: u64, shape: Shape) -> Self {
        let wall = Wall::at(shape.begins);
        let setup = organisation::setup(&shape);
        let mut drives: Vec<SimDrive> = (0..shape.drives)
            .map(|place| {
                // The first drive is a sound one.
                let make = Make {
                    documents: (place == 1 && shape.plan.small_drive)
                        .then_some(shape.small_documents),
                    days: (place == 2 && shape.plan.short_life).then_some(shape.short_days),
                };
                let timer = shape.timers.then(|| Box::new(wall.timer()) as Box<_>);
                SimDrive::new(place, make, timer)
            })
            .collect();
        let mut stranger = SimDrive::new(shape.drives, Make::default(), None);
        stranger.foreign = true;
        stranger.register(organisation::registration(
            organisation::OTHER_INN,
            shape.drives,
            shape.begins,
        ));
        drives.push(stranger);
        let wires = (0..shape.slots)
            .map(|place| Wire::with((place < shape.drives).then_some(place)))
            .collect();
        let disk = match seed % 2 {
            0 => Disk::new(seed),
            _ => Disk::with_powersafe_overwrite(seed),
        };
        disk.set_faults(Faults {
            ignore_syncs: shape.breakage == Some(Breakage::SyncsIgnored),
            ..Faults::default()
        });
        Self {
            now: Duration::ZERO,
            queue: BinaryHeap::new(),
            order: 0,
            chance: Chance::of(seed),
            setup,
            counts: Counts::default(),
            life: None,
            generation: 0,
            wires,
            drives,
            files: Files::default(),
            ofd: Ofd::new(organisation::inn(organisation::OFD_INN), wall.utc()),
            wall,
            disk,
            client: Client::new(shape.accounts),
            ailments: Ailments::default(),
            people: People::default(),
            backup: None,
            is_restored: false,
            orphans: Orphans::default(),
            is_old_since: None,
            risked: BTreeSet::new(),
            shape,
            faulty: false,
            idle_ticks: 0,
            steps: 0,
            cuts: Vec::new(),
            cut_later: None,
            forced: None,
            frames: 0,
            forced_ofd: None,
            exchanges: 0,
            violations: Vec::new(),
            trace: None,
            hash: 0,
        }
    }

    /// Starts the process, registers the drives, declares services and accounts; the process runs
    /// then, and nothing is under way.
    pub fn prepared(seed: u64, shape: Shape) -> Self {
        let mut world = Self::new(seed, shape);
        world.prepare();
        world
    }

    /// See [`World::prepared`].
    pub fn prepare(&mut self) {
        self.at(Duration::ZERO, What::Start);
        self.run_for(Duration::from_secs(1));
        let mut seconds = 0;
        let ready = self.run_until(Duration::from_secs(300), |world| {
            // Asked again now and then: the process may have died before it was done.
            if seconds % 4 == 0 {
                world.register_drives();
                world.declare();
            }
            seconds += 1;
            let drives = world.drives.iter_mut();
            let registered =
                drives.filter_map(|drive| (drive.documents_with_ticket() == 1).then_some(()));
            registered.count() == world.shape.drives && world.is_declared()
        });
        if !ready && self.violations.is_empty() {
            let slots = self.slots_told();
            self.violate("L1", format!("the world cannot be prepared: {slots}"));
        }
    }

    /// Registers the drives that are not registered.
    fn register_drives(&mut self) {
        for place in 0..self.shape.drives {
            if self.drives[place].documents().is_empty() {
                let time = self.wall.local();
                let registration = organisation::registration(organisation::INN, place, time);
                let id = SlotId(place as u8 + 1);
                self.tell_now(Event::Register(id, Box::new(registration)));
            }
        }
    }

    /// Lets the faults of the plan strike from now on.
    pub fn let_faults_strike(&mut self) {
        self.faulty = true;
        if !self.shape.plan.acts.is_empty() {
            let pause = self.shape.plan.pause;
            let after = self.chance.millis(100, 2_000 * pause);
            self.at(after, What::Act);
        }
        if !self.shape.plan.errands.is_empty() {
            let pause = self.shape.plan.pause;
            let after = self.chance.millis(100, 1_000 * pause);
            self.at(after, What::Errand);
        }
    }

    /// Cuts the life there.
    pub fn cut(&mut self, cut: Cut) {
        match cut {
            Cut::Disk(step) => self.disk.cut_power_at(step),
            cut => self.cuts.push(cut),
        }
    }

    /// Cuts the power at this step of the disk, after it was cut and has come back.
    pub fn cut_again(&mut self, cut: Cut) {
        self.cut_later = Some(cut);
    }

    /// A wire fault strikes the command of this number; see [`World::frames`].
    pub fn force(&mut self, frame: u64, fault: WireFault) {
        self.forced = Some((frame, fault));
    }

    /// A fault strikes the exchange with the ОФД of this number; see [`World::exchanges`].
    pub fn force_ofd(&mut self, exchange: u64, fault: OfdFault) {
        self.forced_ofd = Some((exchange, fault));
    }

    /// Keeps a story from now on.
    pub fn keep_story(&mut self) {
        self.trace = Some(Vec::new());
    }

    /// The story so far.
    pub fn story(&self) -> String {
        self.trace.as_deref().unwrap_or_default().join("\n")
    }

    /// Runs until nothing is left before `end`.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self
            .queue
            .peek()
            .is_some_and(|Reverse(entry)| entry.at <= end)
        {
            self.next();
        }
        self.pass_to(end);
    }

    /// Runs until `condition` holds, looking every second; says whether it came to that in time.
    pub fn run_until(
        &mut self,
        patience: Duration,
        mut condition: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let end = self.now + patience;
        while !condition(self) {
            if self.now >= end || !self.violations.is_empty() {
                return false;
            }
            self.run_for(Duration::from_secs(1));
        }
        true
    }

    fn next(&mut self) {
        let Some(Reverse(entry)) = self.queue.pop() else {
            return;
        };
        self.pass_to(entry.at);
        if !matches!(entry.what, What::Tick(_) | What::Deadline { .. }) {
            self.idle_ticks = 0;
        }
        match entry.what {
            What::Start => self.start(),
            What::Tell(generation, event) => {
                if self.lives(generation) {
                    self.handle(event);
                }
            }
            What::Tick(generation) => {
                if self.lives(generation) {
                    self.tick();
                }
            }
            What::Write(generation) => {
                if self.lives(generation) {
                    self.write();
                }
            }
            What::Frame(frame) => self.frame(frame),
            What::Bytes {
                wire,
                plug,
                line,
                bytes,
            } => self.bytes(wire, plug, line, &bytes),
            What::Deadline { wire, line } => self.deadline(wire, line),
            What::OpenWire { wire, generation } => {
                if self.lives(generation) {
                    self.open_wire(wire);
                }
            }
            What::Plug(wire) => self.plug(wire),
            What::Ofd(what) => self.ofd_happens(what),
            What::Client(what) => self.client_happens(what),
            What::Act => self.act(),
            What::Errand => self.errand(),
            What::Heal(number) => self.heal(number),
        }
    }

    pub(crate) fn pass_to(&mut self, at: Duration) {
        // Whole milliseconds of the world's time, so that nothing is lost by rounding.
        let passed = at.as_millis() as i64 - self.now.as_millis() as i64;
        self.wall.pass(passed);
        self.now = self.now.max(at);
    }

    /// Something happens later.
    pub(crate) fn at(&mut self, after: Duration, what: What) {
        self.order += 1;
        let entry = Entry {
            at: self.now + after,
            order: self.order,
            what,
        };
        self.queue.push(Reverse(entry));
    }

    pub(crate) fn lives(&self, generation: u32) -> bool {
        self.life.is_some() && self.generation == generation
    }

    /// Notes for the story, and for the fingerprint.
    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        let what = what();
        for byte in what.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.hash ^= self.now.as_nanos() as u64;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>12.6} {what}", self.now.as_secs_f64()));
        }
    }

    /// A step of the world at which a life may be cut; says whether it was.
    pub(crate) fn step(&mut self) -> bool {
        self.steps += 1;
        let now = self.steps;
        let found = self
            .cuts
            .iter()
            .position(|cut| matches!(cut, Cut::Kill(at) | Cut::Power(at) if *at == now));
        match found.map(|place| self.cuts.swap_remove(place)) {
            Some(Cut::Kill(_)) => self.kill(),
            Some(_) => self.cut_power(),
            None => return false,
        }
        true
    }

    /// Finds out whether the disk has cut the power; says whether it did.
    pub(crate) fn is_dark(&mut self) -> bool {
        let dark = self.disk.is_cut();
        if dark {
            self.cut_power();
        }
        dark
    }

    fn tick(&mut self) {
        self.handle(Event::Tick);
        self.idle_ticks += 1;
        let pause = (TICK * (1 << (self.idle_ticks / 4).min(6))).min(TICK_IDLE);
        self.at(pause, What::Tick(self.generation));
    }

    pub(crate) fn moment(&self) -> Moment {
        let started = self.life.as_ref().map_or(self.now, |life| life.started);
        Moment {
            mono: self.now - started,
            local: self.wall.local(),
        }
    }

    pub(crate) fn violate(&mut self, checker: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.note(|| format!("VIOLATION {checker}: {what}"));
        let violation = Violation { checker, what };
        if !self.violations.contains(&violation) {
            self.violations.push(violation);
        }
    }

    /// How many slots there are, and which of them has the spare drive.
    pub(crate) fn slots(&self) -> (usize, usize) {
        let spare = if self.shape.drives > 1 {
            self.shape.drives
        } else {
            0
        };
        (self.wires.len(), spare)
    }

    /// The drives of the organisation, also those that were put in later.
    pub(crate) fn own(&self) -> impl Iterator<Item = usize> + use<> {
        let stranger = self.stranger();
        (0..self.drives.len()).filter(move |place| *place != stranger)
    }

    /// The drive of another organisation.
    pub(crate) const fn stranger(&self) -> usize {
        self.shape.drives
    }

    /// Slots by the drive in them, as they are wired.
    pub(crate) fn sockets(&self) -> BTreeMap<usize, usize> {
        let places = self.wires.iter().enumerate();
        places
            .filter_map(|(wire, it)| it.drive.map(|drive| (drive, wire)))
            .collect()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now)
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}
