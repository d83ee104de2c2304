//! A drive knows more than the journal: an old copy was put back, or somebody else has used it.

use std::time::Duration;

use terms::{DocumentNumber, Id};

use super::{
    drive::Drive,
    journal::State,
    stories::{morning, receipts, registered, slot, state_of},
    world::{Fault, World, slot_id},
};
use crate::{Event, Intent, Limits, NotObeyed, Order, Policy, SlotState, Task};

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

fn documents(world: &World) -> usize {
    world.drives.iter().map(|drive| drive.archive.len()).sum()
}

/// A world with an old journal, which does not know what all drives but the first have formed of
/// the five receipts that wait in it.
fn old_journal(drives: usize) -> World {
    let mut world = World::new(drives, drives, Limits::default());
    world.submit(receipts(1..=1));
    world.live(2);
    world.lose_link(0, Duration::from_secs(5));
    world.live(1);
    let copy = world.journal.clone();
    world.submit(receipts(2..=6));
    world.live(2);
    assert_eq!(state_of(&world, 6), State::Fiscalized);
    world.live(10);
    world.journal = copy;
    for number in 2..=6 {
        let receipt = receipts(number..=number).remove(0);
        world.journal.submit(receipt);
    }
    world
}

#[test]
fn noise_in_the_first_answers_of_a_drive_does_not_let_the_others_go_on() {
    for garbled in [1, 5] {
        let mut world = old_journal(2);
        let formed = documents(&world);
        world.crash(0, 0);
        for answer in 1..=garbled {
            while world.wires[1].orders.is_empty() {
                world.step(world.sources()[0]);
            }
            let fault = (answer == garbled).then_some(Fault::AnswerGarbled);
            world.serve_wire(1, fault);
        }
        world.settle();
        assert_eq!(documents(&world), formed, "the other one waits");
        assert!(world.recover(None).is_ok());
        assert_eq!(documents(&world), formed, "nothing is formed again");
        assert_eq!(world.check(None), Ok(()));
    }
}

#[test]
fn a_drive_that_is_away_when_the_journal_is_found_to_be_old_is_waited_for() {
    let mut world = old_journal(3);
    let formed = documents(&world);
    world.lose_link(2, Duration::from_secs(40));
    world.crash(0, 0);
    world.live(39);
    assert_eq!(documents(&world), formed, "the others wait");
    world.live(10);
    assert_eq!(documents(&world), formed, "nothing is formed again");
    assert_eq!(world.check(None), Ok(()));
    world.submit(receipts(7..=7));
    world.live(2);
    assert_eq!(state_of(&world, 7), State::Fiscalized);
}

/// The limit of the promise: what is in a drive that nobody can reach, nobody can know.
#[test]
fn a_drive_that_stays_away_does_not_stop_the_others_for_ever() {
    for (drives, patience) in [(2, 10), (3, 60)] {
        let mut world = old_journal(drives);
        let waiting = (2..=6).filter(|number| {
            let receipt = receipts(*number..=*number).remove(0).tlv;
            let archive = &world.drives[drives - 1].archive;
            archive.iter().any(|it| it.data.ends_with(&receipt))
        });
        assert!(waiting.count() > 0);
        let formed = documents(&world);
        world.lose_link(drives - 1, Duration::from_secs(3_600));
        world.crash(0, 0);
        world.live(patience - 1);
        assert_eq!(documents(&world), formed, "they wait");
        world.live(3);
        assert!(documents(&world) > formed, "they go on");
        assert!((2..=6).all(|number| state_of(&world, number) == State::Fiscalized));
    }
}

/// In the copy one drive was asked for a receipt and has gone; after the copy a person has sent it
/// to the other one.
#[test]
fn a_receipt_of_a_drive_in_doubt_that_another_has_formed_since_is_not_formed_again() {
    let faults = [Fault::AnswerLost, Fault::CommandLost];
    for (fault, was_told) in faults.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let mut world = World::new(2, 2, Limits::default());
        world.submit(receipts(1..=2));
        let finishing = |world: &World| {
            let finishes = |place: &usize| {
                let next = format!("{:?}", world.wires[*place].orders.front());
                next.contains("FormReceipt")
            };
            (0..2).find(finishes)
        };
        while finishing(&world).is_none() {
            world.step(world.sources()[0]);
        }
        let first = finishing(&world).unwrap();
        world.serve_wire(first, Some(fault));
        world.lose_link(first, Duration::from_secs(60));
        let early = world.journal.clone();
        world.live(15);
        let asked = world.journal.intents.values().next().unwrap();
        let receipt = asked.task.receipt().unwrap();
        assert_eq!(world.journal.receipts[&receipt].state, State::InDoubt);
        let late = world.journal.clone();
        world.ask(Order::FormAnew(receipt));
        world.live(2);
        assert_eq!(world.journal.receipts[&receipt].state, State::Fiscalized);
        let formed = documents(&world);

        world.journal = if was_told { late } else { early };
        world.crash(0, 0);
        let mut later = receipts(9..=9).remove(0);
        later.order_key = world.journal.receipts[&receipt].job.order_key;
        world.submit(vec![later]);
        world.live(5);
        assert_eq!(world.journal.receipts[&receipt].state, State::Fiscalized);
        // The other drive stays away for ever: its line is free.
        world.wires[first].opens_at = None;
        world.live(60);
        assert_eq!(state_of(&world, 9), State::Fiscalized);
        world.lose_link(first, Duration::from_secs(1));
        assert!(world.recover(None).is_ok(), "{fault:?}");
        assert_eq!(documents(&world), formed + 1, "{fault:?}");
        let is_double = fault == Fault::AnswerLost;
        let doubled: &[Id] = if is_double { &[receipt] } else { &[] };
        assert_eq!(world.journal.doubled, doubled, "{fault:?}");
        assert_eq!(world.check(None), Ok(()), "{fault:?}");
    }
}

/// After the copy the drive has given up the intent that stands in it, the other drive has formed
/// that receipt, and this one the next.
#[test]
fn a_drive_that_has_another_document_in_place_of_an_intent_is_read_and_nothing_is_formed_again() {
    for last in 0..2 {
        let mut world = World::new(2, 2, Limits::default());
        let mut two = receipts(1..=2);
        two[1].total = terms::Kopecks::new(777).unwrap();
        let ids = [two[0].id, two[1].id];
        world.submit(two);
        world.live(5);
        let formed = documents(&world);
        assert_eq!(formed, 6, "each drive has a receipt");

        let numbers = [world.drives[0].number, world.drives[1].number];
        let has = |id: Id| world.journal.documents[&numbers[0]][2].receipt == Some(id);
        let of_the_other = if has(ids[0]) { ids[1] } else { ids[0] };
        for rows in world.journal.documents.values_mut() {
            rows.truncate(2);
        }
        for receipt in world.journal.receipts.values_mut() {
            receipt.state = State::Queued;
        }
        let receipt = world.journal.receipts.get_mut(&of_the_other).unwrap();
        receipt.state = State::OnDrive;
        let job = receipt.job.clone();
        let task = Task::Receipt {
            id: job.id,
            correction: job.correction,
            operation: job.operation,
            total: job.total,
        };
        let intent = Intent {
            task,
            number: DocumentNumber(3),
            time: morning(),
            tlv: job.tlv,
            given_up: false,
        };
        world.journal.intents.insert(numbers[0], intent);
        // In whatever order the two drives are read.
        world.lose_link(last, Duration::from_secs(5));
        world.crash(0, 0);
        assert!(world.recover(None).is_ok());
        assert_eq!(documents(&world), formed, "{last}: nothing is formed again");
        assert_eq!(world.check(None), Ok(()), "{last}");
    }
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
