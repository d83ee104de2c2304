//! What becomes of a drive that appears, changes or goes: as a person at the rack would see it.

use std::time::Duration;

use fn_proto::{AnswerCode, CurrentDocument, DocumentKind, Phase};
use terms::FfdVersion;

use super::{
    drive::{Begun, Drive, user},
    journal::State,
    stories::{morning, receipts, registered, slot, state_of},
    world::{Source, World, slot_id},
};
use crate::{Event, Limits, SlotState};

#[test]
fn a_drive_is_judged_by_what_it_says_and_what_the_journal_knows() {
    let check = |change: fn(&mut Drive), state: SlotState, reason: &str| {
        let mut drive = registered();
        change(&mut drive);
        let mut world = World::of(vec![drive], 1, Limits::default(), morning());
        world.live(1);
        assert_eq!(slot(&world, 0), (state, reason));
        assert_eq!(world.violation(), None);
        world
    };
    let foreign = "500100732259".parse().unwrap();
    check(|_| {}, SlotState::Ready, "");
    check(
        |drive| *drive = Drive::blank(0, morning()),
        SlotState::Unregistered,
        "",
    );
    check(
        |drive| drive.work_mode = 0b10,
        SlotState::Foreign,
        "autonomous",
    );
    check(
        |drive| drive.ffd = Some(FfdVersion::V1_05),
        SlotState::Foreign,
        "other_format",
    );
    check(|drive| drive.ffd = None, SlotState::Foreign, "other_format");
    check(
        |drive| drive.until = morning().date().plus_days(-1).unwrap(),
        SlotState::Exhausted,
        "exhausted",
    );
    check(
        |drive| drive.until = morning().date(),
        SlotState::Exhausted,
        "exhausted",
    );
    check(
        |drive| drive.until = morning().date().plus_days(1).unwrap(),
        SlotState::Ready,
        "",
    );
    check(
        |drive| drive.capacity = 101,
        SlotState::Exhausted,
        "exhausted",
    );
    check(
        |drive| drive.phase = Phase::ArchiveOnly,
        SlotState::Closed,
        "archive_closed",
    );
    check(
        |drive| drive.phase = Phase::Factory,
        SlotState::Faulty,
        "not_readable",
    );
    let world = check(
        |drive| {
            let (kind, time, data) = (CurrentDocument::Receipt, morning(), Vec::new());
            drive.begun = Some(Begun { kind, time, data });
            drive.reading = Some(Vec::new());
        },
        SlotState::Ready,
        "",
    );
    assert!(world.drives[0].begun.is_none(), "it is dropped");
    assert!(
        world.drives[0].reading.is_none(),
        "the half-read message too"
    );
    check(
        |drive| {
            let (kind, time, data) = (CurrentDocument::Receipt, morning(), Vec::new());
            drive.begun = Some(Begun { kind, time, data });
            drive.refusals = vec![("CancelDocument", AnswerCode::DRIVE_FAILURE, u32::MAX)];
        },
        SlotState::Empty,
        "not_readable",
    );
    // A foreign drive has documents that the journal does not know, and is told as foreign.
    let mut drive = registered();
    drive.user_inn = foreign;
    let mut world = World::of(Vec::new(), 1, Limits::default(), morning());
    world.drives.push(drive);
    world.wires[0].drive = Some(0);
    world.live(1);
    assert_eq!(slot(&world, 0), (SlotState::Foreign, "other_organisation"));
    world.drives[0].user_inn = user();
    world.tell(Event::Reprobe(slot_id(0)));
    world.live(1);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "unknown_documents"));
}

#[test]
fn documents_that_only_the_journal_knows_keep_a_drive_out() {
    let mut world = World::new(1, 1, Limits::default());
    let (number, formed) = (world.drives[0].number, world.drives[0].archive[0].formed);
    world
        .journal
        .adopt(number, DocumentKind::ShiftOpening, formed);
    world.submit(receipts(1..=1));
    world.live(2);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "missing_documents"));
    assert_eq!(state_of(&world, 1), State::Queued);
}

#[test]
fn an_empty_slot_is_tried_again_and_again_and_does_not_fill_the_history() {
    let mut world = World::new(0, 1, Limits::default());
    world.live(600);
    assert_eq!(slot(&world, 0), (SlotState::Empty, "not_readable"));
    assert!(world.journal.slot_changes.len() <= 2);
    world.drives.push(Drive::blank(0, morning()));
    world.put(0, 0);
    world.live(6);
    assert_eq!(slot(&world, 0), (SlotState::Unregistered, ""));
}

#[test]
fn a_drive_that_is_pulled_out_or_exchanged_is_missed_also_when_it_has_nothing_to_do() {
    let mut world = World::new(2, 1, Limits::default());
    world.live(1);
    assert_eq!(world.views()[0].drive, Some(world.drives[0].number));
    world.pull(0);
    world.live(3);
    world.put(1, 0);
    world.live(40);
    assert_eq!(world.views()[0].drive, Some(world.drives[1].number));
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
}

#[test]
fn a_drive_that_is_exchanged_while_the_journal_is_slow_is_noticed_before_it_is_touched() {
    let mut world = World::new(2, 1, Limits::default());
    world.submit(receipts(1..=1));
    while !(world.drives[0].archive.len() == 2 && world.sources() == [Source::Journal]) {
        world.step(world.sources()[0]);
    }
    world.pull(0);
    world.time += Duration::from_secs(3);
    world.put(1, 0);
    world.live(5);
    assert_eq!(world.views()[0].drive, Some(world.drives[1].number));
    assert_eq!(world.drives[0].archive.len(), 2);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_message_of_an_exchanged_drive_is_not_taken_for_one_of_the_drive_before() {
    let mut world = World::new(2, 1, Limits::default());
    world.ofd_failures = 1;
    world.live(1);
    world.pull(0);
    world.live(2);
    world.put(1, 0);
    // The exchange with the ОФД is tried again before anybody asks who is there.
    world.live(60);
    assert_eq!(world.views()[0].drive, Some(world.drives[1].number));
    let number = world.drives[0].number;
    assert!(!world.journal.documents[&number][0].acknowledged);
    assert_eq!(world.check(None), Ok(()));
}
