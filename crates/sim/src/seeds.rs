use std::time::Duration;

use cassette::Policy;
use engine::OffsetMode;

use crate::{Chance, Plan, Shape, World};

/// Which seeds a test lives: `KASSETTE_SEED=n` one, `KASSETTE_SEEDS=n` so many, otherwise as many as
/// the test likes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seeds {
    /// The first one.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl Seeds {
    /// What the environment says, or `count` seeds from 1.
    pub fn from_environment(count: u64) -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(text.parse::<u64>().expect("a seed is a number"))
        };
        match (number("KASSETTE_SEED"), number("KASSETTE_SEEDS")) {
            (Some(first), _) => Self { first, count: 1 },
            (None, Some(count)) => Self { first: 1, count },
            (None, None) => Self { first: 1, count },
        }
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        self.first..self.first + self.count
    }
}

/// Beginnings of lives: ordinary days, the last minutes of a day, a month and a year, and a
/// holiday.
const BEGINS: [&str; 5] = [
    "2026-03-16T10:00",
    "2026-05-13T23:55",
    "2026-06-30T23:50",
    "2026-12-31T23:52",
    "2027-01-01T00:05",
];

/// Who is in a life besides the program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Company {
    /// Nobody: drives work in parallel, and what happens is what the first kept seeds were kept for.
    Alone,
    /// People, who choose a policy, replace drives and decide doubts.
    People,
}

/// Lives the life of a seed to its end, and returns the world with what was found.
pub fn live(seed: u64, company: Company, story: bool) -> World {
    let mut chance = Chance::of(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let drives = 2 + chance.place(3);
    let shape = Shape {
        drives,
        slots: drives + chance.place(2),
        accounts: 1 + chance.place(4),
        offset_mode: chance.one_of(&[OffsetMode::PerAccount, OffsetMode::Consolidated]),
        begins: chance.one_of(&BEGINS).parse().expect("a time"),
        serial: chance.happens(500),
        timers: chance.happens(300),
        plan: Plan::drawn(&mut chance),
        ..Shape::plain()
    };
    let shape = match company {
        Company::Alone => shape,
        Company::People => with_people(shape, seed),
    };
    let returns = shape.plan.drives_return;
    let mut world = World::new(seed, shape);
    if story {
        world.keep_story();
    }
    world.prepare();
    let operations = 4 + chance.below(16);
    let minutes = 1 + chance.below(4);
    for _ in 0..operations {
        world.wish_within(minutes * 60_000);
    }
    world.let_faults_strike();
    world.run_for(Duration::from_secs(minutes * 60));
    let mut took = world.settle();
    if returns && world.violations().is_empty() {
        world.revive();
        took += world.settle();
    }
    world.counts.note("lives");
    world.counts.add("seconds to settle", took.as_secs());
    world
}

/// Draws what came with people from a stream of its own.
fn with_people(shape: Shape, seed: u64) -> Shape {
    let mut chance = Chance::of(seed.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let reserve = chance.one_of(&[0, 3, 8]);
    Shape {
        // Drives that were pulled out find a place, whatever was put in meanwhile.
        slots: shape.slots + 4,
        policy: chance.one_of(&Policy::ALL),
        reserve_documents: reserve,
        reserve_days: chance.below(2) as i64,
        small_documents: reserve + 4 + chance.below(16) as u32,
        short_days: 1 + chance.below(3) as u16,
        plan: shape.plan.with_people(&mut chance),
        ..shape
    }
}
