//! Short lives, cut at every step: of the disk, of the wires, of the program; and cut again in the
//! midst of the recovery. And every fault of a wire at every command.

use std::time::Duration;

use engine::OffsetMode;
use fn_proto::DocumentKind;
use sim::{Counts, Cut, OfdFault, Shape, WireFault, World};

/// A short life: what it is made of, and what happens in it.
struct Scenario {
    name: &'static str,
    shape: fn() -> Shape,
    /// From the first start on, or from a prepared world.
    from_nothing: bool,
    story: fn(&mut World),
    /// What must be in the end, besides what always must.
    end: fn(&mut World) -> Option<String>,
}

/// Nothing more.
const fn any(_: &mut World) -> Option<String> {
    None
}

const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "first start",
        shape: Shape::plain,
        from_nothing: true,
        story: |_| {},
        end: any,
    },
    Scenario {
        name: "accept and print",
        shape: Shape::plain,
        from_nothing: false,
        story: |world| {
            world.pay();
            world.run_for(Duration::from_secs(4));
        },
        end: any,
    },
    Scenario {
        name: "two drives, two accounts",
        shape: two_drives,
        from_nothing: false,
        story: |world| {
            world.pay();
            world.charge();
            world.pay();
            world.run_for(Duration::from_secs(5));
        },
        end: any,
    },
    Scenario {
        name: "shift close",
        shape: Shape::plain,
        from_nothing: false,
        story: |world| {
            world.pay();
            world.run_for(Duration::from_secs(4));
            world.happen(sim::Act::DayPasses);
            world.pay();
            world.run_for(Duration::from_secs(5));
        },
        end: any,
    },
    Scenario {
        name: "refund",
        shape: Shape::plain,
        from_nothing: false,
        story: |world| {
            world.pay();
            world.run_for(Duration::from_secs(4));
            world.refund();
            world.run_for(Duration::from_secs(4));
        },
        end: any,
    },
    Scenario {
        name: "month close",
        shape: || Shape {
            offset_mode: OffsetMode::Consolidated,
            ..Shape::plain()
        },
        from_nothing: false,
        story: |world| {
            world.pay();
            world.run_for(Duration::from_secs(2));
            world.charge();
            world.run_for(Duration::from_secs(2));
            world.close_month();
            world.run_for(Duration::from_secs(4));
        },
        end: any,
    },
];

/// From the last receipt of a drive to the first one of the next.
const SWAP: Scenario = Scenario {
    name: "swap",
    shape: Shape::plain,
    from_nothing: false,
    story: |world| {
        world.pay();
        world.run_for(Duration::from_secs(2));
        world.order_swap(0);
        world.pay();
        world.replace_drive(0);
        world.run_for(Duration::from_secs(2));
    },
    end: |world| {
        let [old, new] = [0, 2].map(|drive| kinds(world, drive));
        let is_closed = old.last() == Some(&DocumentKind::ArchiveClosing);
        let begins = new.first() == Some(&DocumentKind::Reregistration);
        let receipts = |kinds: &[DocumentKind]| {
            let is_receipt = |it: &&DocumentKind| **it == DocumentKind::Receipt;
            kinds.iter().filter(is_receipt).count()
        };
        // After a cut either receipt may come before the order or after it.
        let is_right = is_closed && begins && receipts(&old) + receipts(&new) == 2;
        let is_kept = world.counts().of("drives put aside") == 1;
        (!is_right || !is_kept).then(|| format!("kept: {is_kept}, {old:?}, {new:?}"))
    },
};

fn kinds(world: &mut World, drive: usize) -> Vec<DocumentKind> {
    let archive = world.archive(drive).into_iter();
    archive.map(|document| document.archived.kind).collect()
}

fn two_drives() -> Shape {
    Shape {
        drives: 2,
        slots: 2,
        accounts: 2,
        ..Shape::plain()
    }
}

/// Where the story of a scenario begins and ends.
#[derive(Clone, Copy, Debug)]
struct Extent {
    steps: (u64, u64),
    disk: (u64, u64),
    frames: (u64, u64),
    exchanges: (u64, u64),
}

impl Scenario {
    fn world(&self, seed: u64) -> World {
        let shape = (self.shape)();
        if self.from_nothing {
            World::new(seed, shape)
        } else {
            World::prepared(seed, shape)
        }
    }

    fn live(&self, world: &mut World) {
        if self.from_nothing {
            world.prepare();
        }
        (self.story)(world);
    }

    fn extent(&self, seed: u64) -> Extent {
        let mut world = self.world(seed);
        let begins = [
            world.steps(),
            world.disk_steps(),
            world.frames(),
            world.exchanges(),
        ];
        self.live(&mut world);
        let ends = [
            world.steps(),
            world.disk_steps(),
            world.frames(),
            world.exchanges(),
        ];
        world.settle();
        self.assert_sound(&mut world, "nothing happens");
        let between = |place: usize| (begins[place] + 1, ends[place] + 1);
        Extent {
            steps: between(0),
            disk: (begins[1], ends[1]),
            frames: between(2),
            exchanges: between(3),
        }
    }

    /// Lives it with these cuts, and checks everything.
    fn cut(&self, seed: u64, cuts: &[Cut], counts: &mut Counts) {
        let mut world = self.world(seed);
        cuts.iter().for_each(|cut| world.cut(*cut));
        self.live(&mut world);
        world.settle();
        self.assert_sound(&mut world, &format!("seed {seed}, {cuts:?}"));
        counts.merge(world.counts());
        counts.note("lives");
    }

    fn assert_sound(&self, world: &mut World, what: &str) {
        let mut found: Vec<String> = world.violations().iter().map(ToString::to_string).collect();
        if found.is_empty() {
            found.extend((self.end)(world));
        }
        assert!(
            found.is_empty(),
            "{}, {what}: {}",
            self.name,
            found.join("; ")
        );
    }
}

#[test]
fn a_life_is_cut_at_every_step_and_recovers() {
    let mut counts = Counts::default();
    for scenario in &SCENARIOS {
        let mut points = 0;
        for seed in [2, 3] {
            let extent = scenario.extent(seed);
            let disk = (extent.disk.0..extent.disk.1).map(Cut::Disk);
            let kills = (extent.steps.0..extent.steps.1).map(Cut::Kill);
            let cuts = (extent.steps.0..extent.steps.1).map(Cut::Power);
            // Kills leave the files alone: one kind of disk is enough for them.
            let kills = kills.filter(|_| seed == 2);
            for cut in disk.chain(kills).chain(cuts) {
                points += 1;
                scenario.cut(seed, &[cut], &mut counts);
            }
        }
        println!("{}: {points} cut points", scenario.name);
    }
    println!("{counts}");
}

#[test]
fn a_swap_is_cut_at_every_step_and_goes_on() {
    let mut counts = Counts::default();
    let seed = 2;
    let extent = SWAP.extent(seed);
    let mut points = 0;
    let disk = (extent.disk.0..extent.disk.1).map(Cut::Disk);
    let kills = (extent.steps.0..extent.steps.1).map(Cut::Kill);
    let cuts = (extent.steps.0..extent.steps.1).map(Cut::Power);
    for cut in disk.chain(kills).chain(cuts) {
        points += 1;
        SWAP.cut(seed, &[cut], &mut counts);
    }
    println!("{}: {points} cut points", SWAP.name);
    let mut pairs = 0;
    for first in (extent.steps.0..extent.steps.1).step_by(13) {
        pairs += 1;
        // How soon the recovery is cut again, moves on with the first cut.
        let again = Cut::Power(first + 1 + first * 7 % 90);
        SWAP.cut(seed, &[Cut::Kill(first), again], &mut counts);
    }
    println!("{pairs} pairs of cuts\n{counts}");
}

#[test]
fn a_recovery_is_cut_again_at_every_step() {
    let mut counts = Counts::default();
    let scenario = &SCENARIOS[1];
    let seed = 4;
    let extent = scenario.extent(seed);
    let mut points = 0;
    for (place, first) in (extent.disk.0..extent.disk.1).enumerate() {
        // The recovery's own steps; which of them, moves on with the first cut.
        for later in (1 + place as u64 % 9..90).step_by(9) {
            points += 1;
            let again = [Cut::Disk(first), Cut::Disk(first + later)];
            let mut world = scenario.world(seed);
            world.cut(again[0]);
            world.cut_again(again[1]);
            scenario.live(&mut world);
            world.settle();
            scenario.assert_sound(&mut world, &format!("seed {seed}, {again:?}"));
            counts.merge(world.counts());
            counts.note("lives");
        }
    }
    for (place, first) in (extent.steps.0..extent.steps.1).enumerate() {
        for later in (1 + place as u64 % 9..60).step_by(9) {
            points += 1;
            let cuts = [Cut::Kill(first), Cut::Power(first + later)];
            scenario.cut(seed, &cuts, &mut counts);
        }
    }
    println!("{points} pairs of cuts\n{counts}");
}

#[test]
fn an_answer_is_lost_and_something_else_goes_wrong_at_each_command_of_a_swap() {
    let mut counts = Counts::default();
    let seed = 5;
    let extent = SWAP.extent(seed);
    let mut points = 0;
    for frame in extent.frames.0..extent.frames.1 {
        let other = WireFault::ALL[frame as usize % WireFault::ALL.len()];
        for fault in [WireFault::AnswerLost, other] {
            points += 1;
            let mut world = SWAP.world(seed);
            world.force(frame, fault);
            SWAP.live(&mut world);
            world.settle();
            SWAP.assert_sound(&mut world, &format!("command {frame}: {}", fault.name()));
            counts.merge(world.counts());
            counts.note("lives");
        }
    }
    println!("{points} commands\n{counts}");
}

#[test]
fn each_fault_of_a_wire_strikes_each_command() {
    let mut counts = Counts::default();
    for scenario in &SCENARIOS[1..4] {
        let seed = 5;
        let extent = scenario.extent(seed);
        for frame in extent.frames.0..extent.frames.1 {
            for fault in WireFault::ALL {
                let mut world = scenario.world(seed);
                world.force(frame, *fault);
                scenario.live(&mut world);
                world.settle();
                scenario.assert_sound(&mut world, &format!("command {frame}: {}", fault.name()));
                counts.merge(world.counts());
                counts.note("lives");
            }
        }
        for exchange in extent.exchanges.0..extent.exchanges.1 {
            for fault in OfdFault::ALL {
                let mut world = scenario.world(seed);
                world.force_ofd(exchange, *fault);
                scenario.live(&mut world);
                world.settle();
                scenario.assert_sound(
                    &mut world,
                    &format!("exchange {exchange}: {}", fault.name()),
                );
                counts.merge(world.counts());
                counts.note("lives");
            }
        }
    }
    println!("{counts}");
}
