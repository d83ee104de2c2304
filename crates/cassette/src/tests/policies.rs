//! How drives share the work, stand in for one another and come to their end.

use std::time::Duration;

use fn_proto::{AnswerCode, DocumentKind};

use super::{
    journal::State,
    stories::{kinds, morning, receipts, slot, state_of},
    world::{Fault, World, job},
};
use crate::{Class, Event, Limits, Policy, SlotState};

fn with(policy: Policy) -> Limits {
    Limits {
        policy,
        ..Limits::default()
    }
}

/// How many receipts each drive has formed.
fn shares(world: &World) -> Vec<usize> {
    let is_receipt = |kind: &DocumentKind| *kind == DocumentKind::Receipt;
    let count = |drive| kinds(drive).into_iter().filter(is_receipt).count();
    world.drives.iter().map(count).collect()
}

fn states(world: &World) -> Vec<SlotState> {
    world.views().iter().map(|view| view.state).collect()
}

/// Receipts that are no corrections.
fn plain(numbers: std::ops::RangeInclusive<i64>) -> Vec<crate::Job> {
    receipts(numbers)
        .into_iter()
        .map(|job| crate::Job {
            correction: false,
            ..job
        })
        .collect()
}

#[test]
fn one_drive_works_and_the_next_takes_over_when_it_is_gone_and_keeps_the_work() {
    let mut world = World::new(3, 3, with(Policy::Sequential));
    world.live(1);
    use SlotState::{Ready, Resting};
    assert_eq!(states(&world), [Ready, Resting, Resting]);
    world.submit(plain(1..=6));
    world.live(2);
    assert_eq!(shares(&world), [6, 0, 0]);
    world.pull(0);
    world.lose_link(0, Duration::from_secs(60));
    world.submit(plain(7..=9));
    world.live(2);
    assert_eq!(states(&world), [SlotState::Lost, Ready, Resting]);
    assert_eq!(shares(&world), [6, 3, 0]);
    world.put(0, 0);
    world.live(60);
    assert_eq!(states(&world), [Resting, Ready, Resting]);
    world.submit(plain(10..=12));
    assert!(world.recover(None).is_ok());
    assert_eq!(shares(&world), [6, 6, 0], "whoever stands in goes on");
}

#[test]
fn after_a_restart_the_drive_whose_shift_is_open_goes_on() {
    let mut world = World::new(3, 3, with(Policy::Sequential));
    world.live(1);
    world.lose_link(0, Duration::from_secs(5));
    world.submit(plain(1..=2));
    world.live(10);
    assert_eq!(shares(&world), [0, 2, 0]);
    world.crash(0, 0);
    world.submit(plain(3..=4));
    world.live(2);
    assert_eq!(shares(&world), [0, 4, 0]);
}

/// In this world every second slot is a spare one.
#[test]
fn a_spare_drive_stands_in_only_while_another_one_is_missing() {
    let mut world = World::new(3, 3, with(Policy::ParallelSpare));
    world.submit(plain(1..=10));
    world.live(2);
    assert_eq!(shares(&world)[1], 0);
    assert!(shares(&world)[0] > 0 && shares(&world)[2] > 0);
    world.lose_link(2, Duration::from_secs(30));
    world.submit(plain(11..=20));
    world.live(2);
    let stood_in = shares(&world)[1];
    assert!(stood_in > 0);
    world.live(40);
    world.submit(plain(21..=30));
    world.live(2);
    assert_eq!(shares(&world)[1], stood_in, "the missing one is back");
    assert_eq!(states(&world)[1], SlotState::Resting);
}

#[test]
fn a_drive_stops_in_time_closes_its_shift_and_the_next_one_takes_over() {
    let check = |capacity: u32, limits: Limits, told: (AnswerCode, u32)| {
        let mut world = World::new(2, 2, limits);
        world.drives[0].capacity = capacity;
        world.drives[0].refusals = vec![("BeginReceipt", told.0, told.1)];
        world.submit(plain(1..=20));
        assert!(world.recover(None).is_ok());
        assert_eq!(states(&world), [SlotState::Exhausted, SlotState::Ready]);
        assert_eq!(shares(&world).iter().sum::<usize>(), 20);
        assert_eq!(
            kinds(&world.drives[0]).last(),
            Some(&DocumentKind::ShiftClosing)
        );
        assert_eq!(world.check(None), Ok(()));
        shares(&world)[0]
    };
    let limits = || Limits {
        reserve_documents: 5,
        ..with(Policy::Sequential)
    };
    // Registration, opening of the shift, receipts; five are kept.
    assert_eq!(check(15, limits(), (AnswerCode::RESOURCE_OVER, 0)), 8);
    // The drive says so itself.
    assert_eq!(check(1_000, limits(), (AnswerCode::RESOURCE_OVER, 1)), 0);
}

#[test]
fn a_drive_takes_no_receipts_on_the_last_day_of_its_life() {
    let mut world = World::new(2, 2, with(Policy::Sequential));
    world.drives[0].until = morning().date().plus_days(1).unwrap();
    world.submit(plain(1..=2));
    world.live(1);
    assert_eq!(shares(&world), [2, 0]);
    world.jump(24 * 60);
    world.submit(plain(3..=4));
    world.live(2);
    assert_eq!(shares(&world), [2, 2]);
    assert_eq!(states(&world), [SlotState::Exhausted, SlotState::Ready]);
}

#[test]
fn the_reserve_of_a_nearly_full_drive_is_for_corrections_when_no_other_is_left() {
    let mut world = World::new(1, 1, Limits::default());
    world.drives[0].capacity = 60;
    world.submit(vec![
        job(1, 1, Class::Payment, 0),
        job(5, 5, Class::Correction, 0),
    ]);
    world.live(2);
    assert_eq!(state_of(&world, 1), State::Queued);
    assert_eq!(state_of(&world, 5), State::Fiscalized);
    assert_eq!(slot(&world, 0), (SlotState::Exhausted, "exhausted"));
    use DocumentKind::{Correction, Registration, ShiftClosing, ShiftOpening};
    let formed = [Registration, ShiftOpening, Correction, ShiftClosing];
    assert_eq!(kinds(&world.drives[0]), formed);
}

#[test]
fn a_failing_drive_is_asked_for_its_last_errors_and_shows_them() {
    let mut world = World::new(1, 1, Limits::default());
    world.drives[0].refusals = vec![("BeginReceipt", AnswerCode::DRIVE_FAILURE, 2)];
    world.submit(plain(1..=1));
    world.live(20);
    let view = &world.views()[0];
    assert_eq!(view.state, SlotState::Faulty);
    let reason = view.reason.as_ref().unwrap().to_string();
    assert!(reason.contains("E102"), "{reason}");
}

#[test]
fn a_clock_that_is_set_while_the_program_runs_stops_the_work_until_it_is_right_or_trusted() {
    let year = 365 * 24 * 60;
    for minutes in [6, -6, year, -year] {
        for trusted in [false, true] {
            let mut world = World::new(1, 1, Limits::default());
            world.submit(plain(1..=1));
            world.live(1);
            world.set_clock(minutes);
            world.submit(plain(2..=2));
            world.live(30);
            let formed = kinds(&world.drives[0]).len();
            assert_eq!(formed, 3, "{minutes}");
            assert_eq!(slot(&world, 0), (SlotState::Blocked, "clock_jumped"));
            if trusted && minutes > 0 {
                world.ask(crate::Order::TrustClock);
            } else {
                world.set_clock(-minutes);
            }
            world.live(10);
            assert_eq!(state_of(&world, 2), State::Fiscalized, "{minutes}");
        }
    }
    // A jump within the limit is none.
    let mut world = World::new(1, 1, Limits::default());
    world.submit(plain(1..=1));
    world.live(1);
    world.set_clock(5);
    world.submit(plain(2..=2));
    world.live(1);
    assert_eq!(state_of(&world, 2), State::Fiscalized);
}

#[test]
fn one_drive_that_is_mute_does_not_stop_the_others() {
    for policy in Policy::ALL {
        let mut world = World::new(3, 3, with(policy));
        world.live(1);
        world.pull(0);
        world.submit(plain(1..=30));
        for _ in 0..20 {
            world.faults.push_back(Some(Fault::CommandLost));
        }
        world.live(30);
        let queued = world.journal.receipts.values();
        let left = queued.filter(|it| it.state != State::Fiscalized).count();
        assert!(left <= 1, "{policy:?}: {left} left");
        world.tell(Event::Tick);
    }
}
