//! A drive knows more than the journal: an old copy was put back, or somebody else has used it.

use std::time::Duration;

use super::{
    drive::Drive,
    journal::State,
    stories::{morning, receipts, registered, slot, state_of},
    world::{Fault, World, slot_id},
};
use crate::{Event, Limits, NotObeyed, Order, Policy, SlotState};

fn with(policy: Policy) -> Limits {
    Limits {
        policy,
        ..Limits::default()
    }
}

#[test]
fn what_was_formed_after_the_old_copy_is_found_on_its_drive_and_not_formed_again() {
    for policy in [Policy::Parallel, Policy::Sequential] {
        let mut world = World::new(2, 2, with(policy));
        world.submit(receipts(1..=3));
        world.live(2);
        for place in 0..2 {
            world.lose_link(place, Duration::from_secs(3));
        }
        world.submit(receipts(4..=9));
        world.live(1);
        let copy = world.journal.clone();
        world.live(10);
        assert_eq!(state_of(&world, 9), State::Fiscalized);
        let documents: usize = world.drives.iter().map(|drive| drive.archive.len()).sum();

        world.journal = copy;
        assert_eq!(state_of(&world, 9), State::Queued);
        world.crash(0, 0);
        assert!(world.recover(None).is_ok(), "{policy:?}");
        let after: usize = world.drives.iter().map(|drive| drive.archive.len()).sum();
        assert_eq!(after, documents, "nothing is formed again: {policy:?}");
        assert_eq!(world.check(None), Ok(()), "{policy:?}");
    }
}

/// The old copy holds an intent; the drive has fulfilled it, or gone on without it.
#[test]
fn an_intent_of_the_old_copy_is_settled_by_looking_further_back() {
    for fault in [Fault::AnswerLost, Fault::CommandLost] {
        let mut world = World::new(1, 1, Limits::default());
        world.submit(receipts(1..=1));
        while world.journal.intents.is_empty() || world.drives[0].last().get() < 2 {
            let source = world.sources()[0];
            world.step(source);
        }
        world.serve_wire(0, Some(fault));
        let copy = world.journal.clone();
        world.submit(receipts(2..=4));
        assert!(world.recover(None).is_ok());
        world.journal = copy;
        world.crash(0, 0);
        assert!(world.recover(None).is_ok(), "{fault:?}");
        assert_eq!(state_of(&world, 1), State::Fiscalized);
    }
}

#[test]
fn nobody_prints_while_a_drive_is_read_that_may_hold_what_waits() {
    let mut world = World::new(2, 2, Limits::default());
    world.submit(receipts(1..=1));
    world.live(2);
    let copy = world.journal.clone();
    world.submit(receipts(2..=6));
    world.live(2);
    world.journal = copy;
    world.crash(0, 0);
    // The first answers of the drive's reading are lost.
    for _ in 0..10 {
        world.faults.push_back(None);
    }
    for _ in 0..3 {
        world.faults.push_back(Some(Fault::AnswerLost));
    }
    assert!(world.recover(None).is_ok());
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_drive_that_was_used_elsewhere_is_taken_in_by_order() {
    let mut world = World::of(Vec::new(), 1, Limits::default(), morning());
    world.drives.push(registered());
    world.wires[0].drive = Some(0);
    world.live(1);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "unknown_documents"));
    world.ask(Order::Adopt(slot_id(0)));
    world.submit(receipts(1..=1));
    world.live(2);
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    world.ask(Order::Adopt(slot_id(0)));
    world.settle();
    let answer = &world.answers.last().unwrap().1;
    assert_eq!(answer, &Err(NotObeyed::NothingToAdopt));
    world.drives[0] = Drive::blank(0, morning());
    world.tell(Event::Reprobe(slot_id(0)));
    world.live(1);
    assert_eq!(
        slot(&world, 0).0,
        SlotState::Faulty,
        "documents are missing"
    );
}
