//! What people order: swaps, exports, decisions about doubts and held receipts.

use fn_proto::{AnswerCode, DocumentKind, Phase};
use terms::Id;

use super::{
    drive::Drive,
    journal::State,
    stories::{kinds, morning, receipts, replacement, slot, state_of},
    world::{Fault, Source, World, job, slot_id},
};
use crate::{Class, Limits, NotObeyed, Order, SlotState, SwapStep};

fn order_swap(world: &mut World, place: usize) {
    world.ask(Order::Swap(slot_id(place), Box::new(replacement())));
}

fn step(world: &World, place: usize) -> Option<SwapStep> {
    world.views()[place].swap.as_ref().map(|swap| swap.step)
}

fn last_answer(world: &World) -> &Result<(), NotObeyed> {
    &world.answers.last().expect("an answer").1
}

fn add_blank(world: &mut World) -> usize {
    let place = world.drives.len();
    world.drives.push(Drive::blank(place, morning()));
    place
}

#[test]
fn a_swap_goes_from_the_last_receipt_of_the_old_drive_to_the_first_of_the_new_one() {
    use DocumentKind::{
        ArchiveClosing, Receipt, Registration, Reregistration, ShiftClosing, ShiftOpening,
    };
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=2));
    world.live(1);
    world.ofd_failures = 2;
    world.submit(receipts(3..=3));
    order_swap(&mut world, 0);
    world.settle();
    assert_eq!(last_answer(&world), &Ok(()));
    assert_eq!(step(&world, 0), Some(SwapStep::Send));
    assert_eq!(slot(&world, 0), (SlotState::Draining, "replaced"));
    // Work that comes meanwhile waits for another drive.
    world.submit(receipts(4..=4));
    world.live(30);
    let old = &world.drives[0];
    let formed = kinds(old);
    assert_eq!(formed[formed.len() - 2..], [ShiftClosing, ArchiveClosing]);
    assert_eq!(old.phase, Phase::ArchiveOnly);
    assert_eq!(world.sealed.len(), 1, "its documents are kept");
    assert_eq!(world.files[&old.number].len(), old.archive.len());
    assert_eq!(step(&world, 0), Some(SwapStep::PullOut));
    assert_eq!(slot(&world, 0), (SlotState::Closed, "archive_closed"));

    world.pull(0);
    world.lose_link(0, std::time::Duration::from_secs(3));
    world.live(1);
    assert_eq!(step(&world, 0), Some(SwapStep::PutIn));
    assert_eq!(slot(&world, 0).0, SlotState::Empty);
    let new = add_blank(&mut world);
    world.live(4);
    world.put(new, 0);
    world.live(40);
    assert_eq!(step(&world, 0), Some(SwapStep::Confirm));
    assert_eq!(kinds(&world.drives[new]), [], "not without a person");
    let number = world.drives[new].number;
    world.ask(Order::ConfirmDrive(slot_id(0), number));
    world.live(2);
    assert_eq!(step(&world, 0), None);
    assert_eq!(
        kinds(&world.drives[new]),
        [Reregistration, ShiftOpening, Receipt]
    );
    assert_eq!(state_of(&world, 4), State::Fiscalized);
    assert!(kinds(&world.drives[0]).contains(&Registration));
    assert!(world.recover(None).is_ok());
    assert_eq!(world.check(None), Ok(()));
}

/// Every stop and every lost answer of a whole swap in turn: it goes on where it stood, no document
/// is formed twice, and the files are complete.
#[test]
fn a_swap_survives_a_stop_and_a_fault_at_each_of_its_steps() {
    let live = |at: usize, harm: &dyn Fn(&mut World)| -> bool {
        let mut world = World::new(1, 1, Limits::default());
        add_blank(&mut world);
        world.submit(receipts(1..=1));
        order_swap(&mut world, 0);
        let mut done = 0;
        let mut has_struck = false;
        for _ in 0..30 {
            while let Some(source) = world.sources().first().copied() {
                if done == at {
                    harm(&mut world);
                    has_struck = true;
                }
                done += 1;
                if world.sources().contains(&source) {
                    world.step(source);
                }
            }
            world.pass(std::time::Duration::from_secs(1));
        }
        let end = world.recover(None).and_then(|_| world.check(None));
        assert_eq!(end, Ok(()), "at {at}");
        assert_eq!(state_of(&world, 1), State::Fiscalized, "at {at}");
        has_struck
    };
    let mut at = 0;
    while live(at, &|world| world.crash(1, 1)) {
        live(at, &|world| world.crash(0, 0));
        for fault in [Fault::AnswerLost, Fault::CommandLost] {
            live(at, &|world| {
                let wires = world.sources();
                if let Some(Source::Wire(place)) =
                    wires.into_iter().find(|it| matches!(it, Source::Wire(_)))
                {
                    world.serve_wire(place, Some(fault));
                }
            });
        }
        at += 3;
    }
    assert!(at > 100, "only {at} steps");
}

#[test]
fn a_swap_may_be_abandoned_until_the_archive_is_closed() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=1));
    world.live(1);
    world.ofd_failures = 100;
    world.submit(receipts(2..=2));
    world.settle();
    order_swap(&mut world, 0);
    world.live(2);
    order_swap(&mut world, 0);
    world.settle();
    let number = world.drives[0].number;
    assert_eq!(last_answer(&world), &Err(NotObeyed::SwapUnderWay(number)));
    world.ask(Order::AbandonSwap(slot_id(0)));
    world.settle();
    assert_eq!((last_answer(&world), step(&world, 0)), (&Ok(()), None));
    world.submit(receipts(3..=3));
    world.live(2);
    assert_eq!(state_of(&world, 3), State::Fiscalized);
    world.ask(Order::AbandonSwap(slot_id(0)));
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::NoSwap));
    world.ask(Order::ConfirmDrive(slot_id(0), number));
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::NoSwap));
    world.ask(Order::Swap(crate::SlotId(9), Box::new(replacement())));
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::NoSuchSlot));
}

#[test]
fn a_swap_whose_drive_refuses_to_close_its_archive_may_be_abandoned_and_the_drive_works_on() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=1));
    world.live(5);
    let refusal = ("BeginArchiveClosing", AnswerCode::WRONG_STATE, u32::MAX);
    world.drives[0].refusals = vec![refusal];
    order_swap(&mut world, 0);
    world.live(9);
    assert_eq!(step(&world, 0), Some(SwapStep::CloseArchive));
    assert!(!kinds(&world.drives[0]).contains(&DocumentKind::ArchiveClosing));
    // Between the order and its record nothing is begun.
    world.drives[0].refusals.clear();
    world.ask(Order::AbandonSwap(slot_id(0)));
    world.live(20);
    assert_eq!((last_answer(&world), step(&world, 0)), (&Ok(()), None));
    world.submit(receipts(2..=2));
    world.live(5);
    assert_eq!(state_of(&world, 2), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn an_export_goes_on_after_the_files_could_not_be_written() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=5));
    world.live(2);
    world.file_failures = 3;
    world.ask(Order::Export(slot_id(0)));
    world.live(30);
    let drive = &world.drives[0];
    assert!(world.sealed.contains(&drive.number));
    assert_eq!(world.files[&drive.number].len(), drive.archive.len());
    assert_eq!(world.check(None), Ok(()));
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""), "it works on");
}

/// A drive goes after it was told to form a receipt; it has formed it, or not.
fn world_in_doubt(has_formed: bool) -> World {
    let mut world = World::new(2, 3, Limits::default());
    world.live(1);
    world.lose_link(1, std::time::Duration::from_secs(300));
    world.submit(receipts(1..=1));
    while world.drives[0].last().get() < 3 {
        let begun = world.drives[0].begun.as_ref();
        let is_at_finish = begun
            .is_some_and(|it| it.kind == fn_proto::CurrentDocument::Receipt && !it.data.is_empty());
        if is_at_finish && !world.sources().contains(&Source::Inbox) {
            let fault = if has_formed {
                Fault::AnswerLost
            } else {
                Fault::CommandLost
            };
            world.serve_wire(0, Some(fault));
            break;
        }
        let source = world.sources()[0];
        world.step(source);
    }
    world.pull(0);
    world.lose_link(0, std::time::Duration::from_secs(300));
    world.live(20);
    assert_eq!(state_of(&world, 1), State::InDoubt);
    assert_eq!(slot(&world, 0).0, SlotState::InDoubt);
    world
}

fn receipt() -> Id {
    Id::from_number(1).unwrap()
}

#[test]
fn a_doubt_is_settled_by_its_drive_or_by_a_person_and_then_the_drive_tells_of_the_double() {
    for has_formed in [false, true] {
        // The drive comes back.
        let mut world = world_in_doubt(has_formed);
        world.put(0, 0);
        assert!(world.recover(None).is_ok());
        assert_eq!(
            (world.check(None), &world.journal.doubled[..]),
            (Ok(()), &[][..])
        );

        // A person decides; then it comes back all the same.
        let mut world = world_in_doubt(has_formed);
        world.ask(Order::FormAnew(receipt()));
        world.live(300);
        assert_eq!(last_answer(&world), &Ok(()));
        assert_eq!(state_of(&world, 1), State::Fiscalized);
        assert_eq!(slot(&world, 0).0, SlotState::Lost);
        assert_eq!(world.check(Some(0)), Ok(()));
        world.put(0, 0);
        assert!(world.recover(None).is_ok());
        let doubled = vec![receipt(); usize::from(has_formed)];
        assert_eq!(world.journal.doubled, doubled);
        assert_eq!(world.check(None), Ok(()));
    }
}

#[test]
fn nobody_decides_what_is_not_in_doubt_or_is_being_asked() {
    let mut world = world_in_doubt(true);
    world.ask(Order::FormAnew(Id::from_number(2).unwrap()));
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::NotInDoubt));
    world.put(0, 2);
    world.live(10);
    world.ask(Order::FormAnew(receipt()));
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::NotInDoubt));
    assert!(world.recover(None).is_ok());
    assert_eq!(world.journal.doubled, []);
}

#[test]
fn a_held_receipt_is_tried_again_when_a_person_says_so() {
    let mut world = World::new(1, 1, Limits::default());
    world.drives[0].refusals = vec![("BeginReceipt", AnswerCode::BAD_ATTRIBUTE, 1)];
    world.submit(receipts(1..=1));
    world.live(2);
    assert_eq!(state_of(&world, 1), State::Held);
    world.ask(Order::Release(receipt()));
    world.live(2);
    assert_eq!(last_answer(&world), &Ok(()));
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.journal.signed.len(), 1);
}

#[test]
fn an_operation_is_cancelled_while_all_its_receipts_wait_and_its_account_goes_on() {
    let number = |number| Id::from_number(number).unwrap();
    let mut world = World::new(1, 1, Limits::default());
    world.drives[0].refusals = vec![("BeginReceipt", AnswerCode::BAD_ATTRIBUTE, 1)];
    world.pull(0);
    world.lose_link(0, std::time::Duration::from_secs(60));
    world.submit((1..=5).map(|it| job(it, 7, Class::Payment, 0)).collect());
    world.live(1);
    world.cancel(vec![number(2), number(3)]);
    world.settle();
    assert_eq!(last_answer(&world), &Ok(()));
    assert_eq!(world.cassette.waiting(), 3);
    // What the journal cannot store is not done: it waits again, at its place.
    world.store_failures = 1;
    world.cancel(vec![number(4)]);
    world.settle();
    let refused = NotObeyed::JournalRefuses("the disk is full".to_owned());
    assert_eq!(last_answer(&world), &Err(refused));
    world.live(3);
    world.put(0, 0);
    world.live(90);
    let states = [1, 2, 3, 4, 5].map(|it| state_of(&world, it));
    use State::{Cancelled, Fiscalized, Held};
    assert_eq!(states, [Held, Cancelled, Cancelled, Fiscalized, Fiscalized]);
    world.cancel(vec![number(4)]);
    world.cancel(vec![number(1)]);
    world.settle();
    assert!(world.answers[2].1.is_err(), "it is formed");
    assert_eq!(last_answer(&world), &Ok(()), "a held one may be cancelled");
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn what_a_drive_forms_or_may_have_formed_is_not_cancelled() {
    let mut world = world_in_doubt(true);
    world.cancel(vec![receipt()]);
    world.settle();
    assert_eq!(
        last_answer(&world),
        &Err(NotObeyed::InDoubt(receipt())),
        "its drive has to tell"
    );
    let mut world = World::new(1, 1, Limits::default());
    world.live(1);
    world.submit(receipts(1..=1));
    let forms_it = |world: &World| {
        let begun = world.drives[0].begun.as_ref();
        begun.is_some_and(|it| it.kind == fn_proto::CurrentDocument::Receipt)
    };
    while !forms_it(&world) {
        let source = world.sources()[0];
        world.step(source);
    }
    world.cancel(vec![receipt()]);
    world.settle();
    assert_eq!(last_answer(&world), &Err(NotObeyed::BeingFormed(receipt())));
    world.live(5);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}
