//! Lives with one misfortune each, told from beginning to end.

use std::time::Duration;

use cassette::{Policy, SlotState};
use fn_proto::{ArchivedDetails, DocumentKind};
use sim::{Errand, Plan, Shape, WireFault, World};
use terms::OperationSign;

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

/// How many receipts of this sign a drive has formed.
fn receipts(world: &mut World, drive: usize, sign: OperationSign) -> usize {
    let archive = world.archive(drive).into_iter();
    let is_such = |details: &ArchivedDetails| matches!(details, ArchivedDetails::Receipt { operation, .. } if *operation == sign);
    archive.filter(|it| is_such(&it.archived.details)).count()
}

#[test]
fn an_old_journal_with_queued_receipts_and_a_drive_that_has_formed_them_since() {
    let mut world = world(2);
    world.pay();
    world.run_for(Duration::from_secs(5));
    world.settle();
    world.unplug(0);
    world.unplug(1);
    for _ in 0..3 {
        world.pay();
    }
    world.run_for(Duration::from_secs(10));
    assert_eq!(world.receipts().get("queued"), Some(&3));
    let backup = world.back_up();
    world.plug(0);
    world.run_for(Duration::from_secs(60));
    assert_eq!(formed(&world), 4);
    let before = receipts(&mut world, 1, OperationSign::Income);
    world.restore(&backup);
    world.plug(1);
    world.run_for(Duration::from_secs(60));
    assert_settles(&mut world);
    assert_eq!(formed(&world), 4);
    let after = receipts(&mut world, 1, OperationSign::Income);
    assert_eq!(before, after, "the other drive forms none of them again");
}

#[test]
fn a_receipt_is_formed_anew_and_its_drive_that_has_it_after_all_is_undone_by_one_return() {
    use OperationSign::{Income, IncomeReturn};
    let mut world = world(2);
    world.unplug(1);
    world.pay();
    while receipts(&mut world, 0, Income) == 0 {
        world.run_for(Duration::from_millis(1));
    }
    world.unplug(0);
    world.kill_drive(0);
    world.plug(0);
    world.plug(1);
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.receipts().get("in_doubt"), Some(&1));
    world.run(Errand::FormAnew);
    world.run_for(Duration::from_secs(30));
    assert_eq!(formed(&world), 1);
    assert_settles(&mut world);
    assert_eq!(world.receipts().len(), 1, "nothing is undone on suspicion");
    world.revive();
    assert_settles(&mut world);
    let all: Vec<[usize; 2]> = (0..2)
        .map(|drive| [Income, IncomeReturn].map(|sign| receipts(&mut world, drive, sign)))
        .collect();
    let income: usize = all.iter().map(|it| it[0]).sum();
    let returns: usize = all.iter().map(|it| it[1]).sum();
    assert_eq!((income, returns), (2, 1), "{all:?}");
    assert_eq!(world.receipts().get("acknowledged"), Some(&2));
}

#[test]
fn a_receipt_that_its_drive_refuses_is_held_until_a_person_releases_it() {
    let mut was_held = false;
    for frame in 1..12 {
        let mut world = world(1);
        world.pay();
        world.run_for(Duration::from_secs(5));
        world.force(world.frames() + frame, WireFault::RefusesData);
        world.pay();
        world.run_for(Duration::from_secs(20));
        if world.counts().of(WireFault::RefusesData.name()) == 0 {
            continue;
        }
        was_held = true;
        assert_eq!(world.receipts().get("held"), Some(&1), "frame {frame}");
        // It does not stand in the way of others.
        world.pay();
        world.run_for(Duration::from_secs(10));
        assert_eq!(formed(&world), 2);
        world.run(Errand::Release);
        world.run_for(Duration::from_secs(10));
        assert_eq!(formed(&world), 3);
        assert_settles(&mut world);
    }
    assert!(was_held, "no command of the receipt was refused");
}

#[test]
fn drives_work_in_turn_and_the_one_that_is_full_is_replaced_while_the_next_one_works() {
    let shape = Shape {
        drives: 3,
        slots: 3,
        policy: Policy::Sequential,
        reserve_documents: 3,
        small_documents: 12,
        plan: Plan {
            small_drive: true,
            ..Plan::default()
        },
        ..Shape::plain()
    };
    let mut world = World::prepared(11, shape);
    let income =
        |world: &mut World| [0, 1, 2].map(|drive| receipts(world, drive, OperationSign::Income));
    let pay = |world: &mut World, times: usize| {
        for _ in 0..times {
            world.pay();
            world.run_for(Duration::from_secs(3));
        }
    };
    pay(&mut world, 2);
    assert_eq!(income(&mut world), [2, 0, 0]);
    world.unplug(0);
    pay(&mut world, 4);
    assert_eq!(income(&mut world), [2, 4, 0], "the next one stands in");
    world.plug(0);
    world.run_for(Duration::from_secs(60));
    pay(&mut world, 6);
    let [first, second, third] = income(&mut world);
    assert_eq!((second, first + third), (7, 5), "until it is nearly full");
    assert_eq!(world.states()[1].0, SlotState::Exhausted);
    assert!(world.replace_drive(1));
    pay(&mut world, 2);
    assert_settles(&mut world);
    let kinds: Vec<DocumentKind> = world.archive(1).iter().map(|it| it.archived.kind).collect();
    use DocumentKind::{ArchiveClosing, ShiftClosing};
    assert_eq!(kinds[kinds.len() - 2..], [ShiftClosing, ArchiveClosing]);
    assert_eq!(world.counts().of("drives put aside"), 1);
}
