//! Lives with one misfortune each, told from beginning to end.

use std::time::Duration;

use cassette::SlotState;
use sim::{Shape, World};

fn world(drives: usize) -> World {
    world_of(11, drives)
}

fn world_of(seed: u64, drives: usize) -> World {
    let shape = Shape {
        drives,
        slots: drives,
        accounts: 3,
        ..Shape::plain()
    };
    World::prepared(seed, shape)
}

/// Settles everything and expects that nothing is wrong.
fn assert_settles(world: &mut World) {
    world.settle();
    let found: Vec<String> = world.violations().iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("; "));
}

fn formed(world: &World) -> u64 {
    let receipts = world.receipts();
    ["fiscalized", "acknowledged"]
        .iter()
        .filter_map(|state| receipts.get(state))
        .sum()
}

#[test]
fn a_drive_that_dies_in_the_midst_of_its_work_does_not_stop_the_other() {
    let mut world = world(2);
    for _ in 0..3 {
        world.pay();
    }
    // Both drives are at it.
    world.run_for(Duration::from_millis(700));
    world.kill_drive(1);
    for _ in 0..6 {
        world.pay();
    }
    world.run_for(Duration::from_secs(90));
    let receipts = world.receipts();
    let in_doubt = receipts.get("in_doubt").copied().unwrap_or_default();
    assert!(in_doubt <= 1, "{receipts:?}");
    assert_eq!(formed(&world) + in_doubt, 9, "{receipts:?}");
    assert_settles(&mut world);
}

#[test]
fn while_the_ofd_is_away_drives_work_for_a_month_and_when_it_is_back_everything_gets_its_ticket() {
    let mut world = world(2);
    world.send_ofd_away(Duration::from_secs(40 * 24 * 3_600));
    let mut expected = 0;
    for _ in 0..10 {
        world.pay();
        world.run_for(Duration::from_secs(40));
        expected += 1;
        assert_eq!(formed(&world), expected, "{:?}", world.states());
        world.let_days_pass(2);
    }
    world.let_days_pass(15);
    world.pay();
    world.run_for(Duration::from_secs(60));
    // Their oldest documents are too old now: the drives begin no others.
    assert_eq!(formed(&world), expected, "{:?}", world.states());
    let waits = |(state, reason): &(SlotState, _)| {
        *state == SlotState::Blocked && *reason == Some("awaits_ofd")
    };
    assert!(world.states().iter().any(waits), "{:?}", world.states());
    assert_settles(&mut world);
    assert_eq!(formed(&world), expected + 1);
}

#[test]
fn an_old_journal_reads_what_its_drives_know_more_and_works_on_with_all_of_them() {
    let mut world = world(3);
    for _ in 0..4 {
        world.pay();
        world.run_for(Duration::from_secs(5));
    }
    world.settle();
    let backup = world.back_up();
    for _ in 0..6 {
        world.pay();
    }
    world.run_for(Duration::from_secs(60));
    assert_eq!(formed(&world), 10);
    world.restore(&backup);
    world.run_for(Duration::from_secs(60));
    let states = world.states();
    assert!(
        states.iter().all(|(state, _)| *state == SlotState::Ready),
        "{states:?}"
    );
    assert_eq!(
        formed(&world),
        4,
        "what the old copy never knew stays unknown"
    );
    world.pay();
    world.pay();
    assert_settles(&mut world);
    assert_eq!(formed(&world), 6);
}

#[test]
fn a_stranger_in_the_socket_forms_nothing_and_the_drive_is_known_when_it_is_back() {
    let mut world = world(1);
    world.pay();
    world.run_for(Duration::from_secs(5));
    world.happen(sim::Act::Stranger);
    world.pay();
    let strange = |(state, reason): &(SlotState, _)| {
        *state == SlotState::Foreign && *reason == Some("other_organisation")
    };
    let seen = world.run_until(Duration::from_secs(60), |world| {
        world.states().iter().any(strange)
    });
    assert!(seen, "{:?}", world.states());
    assert_eq!(
        world.archive(1).len(),
        1,
        "its own registration, and nothing more"
    );
    assert_settles(&mut world);
    assert_eq!(formed(&world), 2);
}

#[test]
fn what_is_stored_after_a_sync_that_failed_survives_a_power_cut() {
    for seed in 0..60 {
        let mut world = world_of(seed, 1);
        world.pay();
        world.run_for(Duration::from_secs(5));
        world.happen(sim::Act::SyncFails);
        for _ in 0..4 {
            world.pay();
            world.run_for(Duration::from_secs(2));
        }
        // Every other process begins anew on the log that it has left.
        if seed % 4 < 2 {
            world.happen(sim::Act::Kill);
        }
        world.run_for(Duration::from_secs(30));
        world.pay();
        world.run_for(Duration::from_secs(20));
        world.happen(sim::Act::CutPower);
        assert_settles(&mut world);
        assert_eq!(formed(&world), 6, "seed {seed}");
    }
}
