//! The checkers are checked: a shell that breaks a promise must be found out. The product's code is
//! as ever; what is broken is the world's own shell, or its disk.

use std::{collections::BTreeMap, time::Duration};

use sim::{Act, Breakage, Cut, Errand, Plan, Seeds, Shape, Violation, WireFault, World};

/// So many seeds may pass before a breakage is found.
const SEEDS: u64 = 60;

/// What gives a breakage its chance.
fn plan(breakage: Breakage) -> Plan {
    let wire = match breakage {
        Breakage::FinishRepeated => BTreeMap::from([(WireFault::AnswerLost, 20)]),
        _ => BTreeMap::new(),
    };
    let acts = match breakage {
        Breakage::FinishRepeated => Vec::new(),
        _ => vec![Act::CutPower],
    };
    let errands = match breakage {
        Breakage::CancellationStoredLate => vec![Errand::Cancel],
        _ => Vec::new(),
    };
    Plan {
        wire,
        acts,
        errands,
        pause: 3,
        ..Plan::default()
    }
}

fn broken(seed: u64, breakage: Option<Breakage>, plan: Plan) -> Vec<Violation> {
    let shape = Shape {
        drives: 2,
        slots: 2,
        accounts: 2,
        plan,
        breakage,
        ..Shape::plain()
    };
    let mut world = World::prepared(seed, shape);
    for _ in 0..8 {
        world.wish_within(20_000);
    }
    world.let_faults_strike();
    // Cut at a step that has something to do with a document, not only in the pauses.
    if seed % 2 == 1 && breakage != Some(Breakage::FinishRepeated) {
        world.cut(Cut::Power(world.steps() + 30 + 7 * (seed % 41)));
    }
    world.run_for(Duration::from_secs(40));
    world.settle();
    world.violations().to_vec()
}

#[test]
fn each_broken_promise_is_found_out() {
    for breakage in Breakage::ALL {
        let seeds = Seeds {
            first: 1,
            count: SEEDS,
        };
        let found = seeds
            .iter()
            .map(|seed| (seed, broken(seed, Some(breakage), plan(breakage))))
            .find(|(_, violations)| !violations.is_empty());
        let Some((seed, violations)) = found else {
            panic!("{breakage:?} was not found in {SEEDS} seeds");
        };
        println!("{breakage:?}: seed {seed}, {}", violations[0]);
        let expected: &[&str] = match breakage {
            Breakage::IntentStoredLate => &["S3"],
            Breakage::SyncsIgnored => &["S1", "S2", "S3", "L1"],
            Breakage::FinishRepeated => &["S1", "S3"],
            Breakage::AcknowledgedEarly => &["S5"],
            Breakage::CancellationStoredLate => &["S1", "S2"],
        };
        let checker = violations[0].checker;
        assert!(
            expected.contains(&checker),
            "{breakage:?}: {}",
            violations[0]
        );
    }
}

/// The same lives with nothing broken: what is found above is found because of the breakage.
#[test]
fn a_sound_shell_in_the_same_lives_is_not_accused() {
    for breakage in Breakage::ALL {
        for seed in 1..=10 {
            let violations = broken(seed, None, plan(breakage));
            assert!(violations.is_empty(), "seed {seed}: {violations:?}");
        }
    }
}
