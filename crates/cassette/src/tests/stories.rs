//! What a person at the rack would see.

use std::time::Duration;

use fn_proto::{AnswerCode, CurrentDocument, DocumentKind, RegistrationForm, Request};
use terms::{LocalDateTime, RegistrationReason, RegistrationReasons, TaxSystem, TaxSystems};

use super::{
    drive::{Drive, user},
    journal::State,
    world::{Fault, Source, World, job, slot_id},
};
use crate::{Class, Event, Job, Limits, Reason, Registration, SlotState};

pub(super) fn morning() -> LocalDateTime {
    "2026-11-02T08:00".parse().unwrap()
}

pub(super) fn registered() -> Drive {
    Drive::registered(0, morning().plus_minutes(-24 * 60).unwrap())
}

pub(super) fn receipts(numbers: std::ops::RangeInclusive<i64>) -> Vec<Job> {
    numbers
        .map(|number| job(number, number, Class::Payment, 0))
        .collect()
}

pub(super) fn kinds(drive: &Drive) -> Vec<DocumentKind> {
    drive.archive.iter().map(|document| document.kind).collect()
}

pub(super) fn state_of(world: &World, number: i64) -> State {
    let id = job(number, 0, Class::Payment, 0).id;
    world.journal.receipts[&id].state
}

/// How a drive is registered that replaces another one.
pub(super) fn replacement() -> Registration {
    let form = RegistrationForm {
        time: morning(),
        user_inn: user(),
        rnm: terms::Rnm::compose(1, user(), "1").unwrap(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        work_mode: 0b1000,
        extended_flags: 0,
        ofd_inn: None,
        reasons: Some(RegistrationReasons::of([RegistrationReason::DriveChange])),
    };
    let (serial, tlv) = ("1".to_owned(), vec![0x18, 0x04, 1, 0, 0x41]);
    Registration {
        ffd: terms::FfdVersion::V1_2,
        form,
        serial,
        tlv,
    }
}

/// The state of a slot and the code of its reason.
pub(super) fn slot(world: &World, place: usize) -> (SlotState, &'static str) {
    let view = &world.views()[place];
    (view.state, view.reason.as_ref().map_or("", Reason::code))
}

#[test]
fn a_shift_is_opened_by_the_first_receipt_and_on_one_drive_only() {
    let mut world = World::new(3, 3, Limits::default());
    world.live(5);
    assert!(world.drives.iter().all(|drive| drive.archive.len() == 1));
    world.submit(receipts(1..=1));
    world.live(1);
    let documents: usize = world.drives.iter().map(|drive| drive.archive.len()).sum();
    assert_eq!(documents, 3 + 2);
    // The next one goes where a shift is open.
    world.submit(receipts(2..=2));
    world.live(1);
    let documents: usize = world.drives.iter().map(|drive| drive.archive.len()).sum();
    assert_eq!(documents, 3 + 3);
}

#[test]
fn a_shift_is_closed_at_its_time_of_day_or_by_its_age() {
    use DocumentKind::{Receipt, Registration, ShiftClosing, ShiftOpening};
    let check = |limits: Limits, opened_at: i64, closed_at: i64| {
        let mut world = World::new(1, 1, limits);
        world.jump(opened_at);
        world.submit(receipts(1..=1));
        world.live(1);
        let opened = [Registration, ShiftOpening, Receipt];
        assert_eq!(kinds(&world.drives[0]), opened);
        world.jump(closed_at - opened_at - 1);
        world.live(1);
        assert_eq!(kinds(&world.drives[0]), opened, "a minute too early");
        world.jump(1);
        world.live(1);
        let closed = [Registration, ShiftOpening, Receipt, ShiftClosing];
        assert_eq!(kinds(&world.drives[0]), closed);
        world.live(3);
        assert_eq!(kinds(&world.drives[0]), closed, "once");
    };
    let daily = || Limits {
        shift_close_at: Some((23, 30)),
        ..Limits::default()
    };
    // Minutes after 08:00.
    check(Limits::default(), 0, 23 * 60 + 50);
    check(daily(), 0, 15 * 60 + 30);
    check(daily(), 15 * 60 + 40, (15 + 24) * 60 + 30);
}

#[test]
fn a_refusal_is_answered_as_its_code_asks_for() {
    use DocumentKind::{Receipt, Registration, ShiftClosing, ShiftOpening};
    let formed = [Registration, ShiftOpening, Receipt];
    let check = |command, code, times, state: State, seen: (SlotState, &str)| {
        let mut world = World::new(1, 1, Limits::default());
        world.drives[0].refusals = vec![(command, code, times)];
        world.submit(receipts(1..=1));
        world.settle();
        assert_eq!(state_of(&world, 1), state, "{command} {code}");
        assert_eq!(slot(&world, 0), seen, "{command} {code}");
        assert_eq!(world.violation(), None);
        world
    };
    let ready = (SlotState::Ready, "");
    let is_formed = |world: &World| {
        assert_eq!(state_of(world, 1), State::Fiscalized);
        assert_eq!(kinds(&world.drives[0]), formed);
    };

    let world = check(
        "BeginReceipt",
        AnswerCode::SHIFT_TOO_LONG,
        1,
        State::Fiscalized,
        ready,
    );
    assert_eq!(
        kinds(&world.drives[0]),
        [
            Registration,
            ShiftOpening,
            ShiftClosing,
            ShiftOpening,
            Receipt
        ]
    );
    for code in [AnswerCode::WRONG_STATE, AnswerCode::UNKNOWN_COMMAND] {
        is_formed(&check("PassData", code, 2, State::Fiscalized, ready));
    }
    for code in [
        AnswerCode::DATA_MISSING,
        AnswerCode::TOO_LONG,
        AnswerCode::NOT_REGISTERED,
        AnswerCode::from_byte(0x7E),
    ] {
        let world = check("FormReceipt", code, 1, State::Held, ready);
        assert!(world.drives[0].begun.is_none(), "the document is cancelled");
    }
    for (code, reason) in [
        (AnswerCode::BAD_TIME, "refused"),
        (AnswerCode::CLOCK_DIFFERS, "refused"),
        (AnswerCode::RESOURCE_LIMIT, "awaits_ofd"),
        (AnswerCode::DRIVE_FAILURE, "faulty"),
    ] {
        let blocked = (SlotState::Blocked, reason);
        let mut world = check("BeginReceipt", code, 1, State::Queued, blocked);
        world.live(6);
        is_formed(&world);
    }
    let exhausted = (SlotState::Exhausted, "exhausted");
    let code = AnswerCode::RESOURCE_OVER;
    let mut world = check("BeginReceipt", code, 1, State::Queued, exhausted);
    world.live(60);
    assert_eq!(state_of(&world, 1), State::Queued);
}

#[test]
fn a_drive_that_fails_twice_is_taken_out_of_service_and_another_takes_over() {
    let mut world = World::new(2, 2, Limits::default());
    let failing = ("BeginReceipt", AnswerCode::CRYPTO_FAILURE, u32::MAX);
    world.drives[0].refusals = vec![failing];
    world.submit(receipts(1..=2));
    world.live(8);
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
    world.submit(receipts(3..=4));
    world.live(8);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "faulty"));
    for number in 1..=4 {
        assert_eq!(state_of(&world, number), State::Fiscalized);
    }
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn after_a_failure_at_the_finish_nothing_is_repeated_or_cancelled_until_somebody_looks() {
    let mut world = World::new(1, 1, Limits::default());
    world.drives[0].refusals = vec![("FormReceipt", AnswerCode::DRIVE_FAILURE, 1)];
    world.submit(receipts(1..=1));
    world.live(20);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "faulty"));
    assert_eq!(state_of(&world, 1), State::InDoubt);
    assert!(world.drives[0].begun.is_some());
    world.drives[0].restart();
    world.tell(Event::Reprobe(slot_id(0)));
    world.live(5);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_receipt_that_every_drive_refuses_waits_for_a_person_and_lets_the_others_pass() {
    let mut world = World::new(1, 1, Limits::default());
    // Three attempts, three times.
    world.drives[0].refusals = vec![("PassData", AnswerCode::WRONG_STATE, 0)];
    world.submit(receipts(1..=1));
    let open_shift = |world: &World| world.drives[0].archive.len() == 2;
    while !open_shift(&world) {
        world.step(world.sources()[0]);
    }
    world.drives[0].refusals[0].2 = 9;
    world.submit(receipts(2..=3));
    world.live(30);
    assert_eq!(state_of(&world, 1), State::Held);
    assert_eq!(state_of(&world, 2), State::Fiscalized);
    assert_eq!(state_of(&world, 3), State::Fiscalized);

    let mut long = job(4, 4, Class::Payment, 0);
    long.tlv.extend([0x23, 0x04, 0xD0, 0x07]);
    long.tlv.extend([7; 2_000]);
    world.submit(vec![long]);
    world.submit(receipts(5..=5));
    world.live(2);
    assert_eq!(
        state_of(&world, 4),
        State::Held,
        "{:?}",
        world.journal.holds
    );
    assert_eq!(state_of(&world, 5), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn while_the_journal_refuses_no_drive_is_touched() {
    let mut world = World::new(2, 2, Limits::default());
    world.live(1);
    world.store_failures = u32::MAX;
    world.submit(receipts(1..=2));
    world.live(60);
    for (place, drive) in world.drives.iter().enumerate() {
        let touched = drive.heard.iter().any(|it| it.starts_with("BeginShift"));
        assert!(!touched, "{:?}", drive.heard);
        assert_eq!(slot(&world, place), (SlotState::Blocked, "journal_refuses"));
    }
    assert!(world.cassette.is_at_rest(), "the program may stop");
    assert!(
        world.cassette.notes_left() <= 4,
        "what cannot be stored does not pile up"
    );
    world.store_failures = 0;
    world.live(10);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(state_of(&world, 2), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_receipt_goes_to_another_drive_only_when_its_voided_intent_is_durable() {
    let mut world = World::new(2, 2, Limits::default());
    world.drives[0].capacity += 1;
    world.drives[0].refusals = vec![("BeginReceipt", AnswerCode::CLOCK_DIFFERS, 1)];
    world.submit(receipts(1..=1));
    while world.drives[0].refusals[0].2 > 0 {
        world.step(world.sources()[0]);
    }
    while !world.sources().contains(&Source::Journal) {
        world.step(world.sources()[0]);
    }
    world.store_failures = 1;
    world.live(20);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_formed_document_is_kept_until_the_journal_takes_it_even_if_its_drive_goes() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=1));
    while world.drives[0].archive.len() < 3 {
        world.step(world.sources()[0]);
    }
    world.store_failures = u32::MAX;
    world.settle();
    world.lose_link(0, Duration::from_secs(3_600));
    world.pull(0);
    world.live(60);
    world.store_failures = 0;
    world.live(10);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.violation(), None);
}

#[test]
fn a_receipt_whose_drive_has_gone_is_in_doubt_and_its_account_goes_on_elsewhere() {
    let mut world = World::new(2, 2, Limits::default());
    world.drives[0].capacity += 1;
    let of_one_account = (1..=3).map(|number| job(number, 7, Class::Payment, 0));
    world.submit(of_one_account.collect());
    while world.drives[0].archive.len() < 3 {
        world.step(world.sources()[0]);
    }
    // It has formed the receipt, and nobody has heard of it.
    world.pull(0);
    world.lose_link(0, Duration::from_secs(3_600));
    world.cassette_misses_replies();
    world.live(5);
    assert_eq!(state_of(&world, 1), State::OnDrive);
    assert_eq!(state_of(&world, 2), State::Queued);
    world.live(10);
    assert_eq!(state_of(&world, 1), State::InDoubt);
    assert_eq!(state_of(&world, 3), State::Fiscalized);
    assert_eq!(world.check(Some(0)), Ok(()));
    // It comes back, in the other slot.
    world.pull(1);
    world.live(3);
    world.put(0, 1);
    world.live(60);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn after_a_lost_answer_the_drive_is_asked_and_nothing_is_formed_twice() {
    for fault in Fault::ALL {
        let mut world = World::new(1, 1, Limits::default());
        world.submit(receipts(1..=1));
        let is_finish = |world: &World| {
            let begun = world.drives[0].begun.as_ref();
            begun.is_some_and(|it| it.kind == CurrentDocument::Receipt && !it.data.is_empty())
        };
        while !(is_finish(&world) && world.sources() == [Source::Wire(0)]) {
            world.step(world.sources()[0]);
        }
        world.serve_wire(0, Some(fault));
        if fault == Fault::FailsBefore {
            // The drive has to be restarted by hand.
            world.settle();
            world.drives[0].restart();
            world.tell(Event::Reprobe(slot_id(0)));
        }
        world.live(10);
        assert_eq!(state_of(&world, 1), State::Fiscalized, "{fault:?}");
        assert_eq!(world.check(None), Ok(()), "{fault:?}");
    }
}

#[test]
fn answers_to_commands_of_the_wires_earlier_life_are_not_taken_for_new_ones() {
    let mut world = World::new(1, 1, Limits::default());
    // The wire is opened twice before the first question is answered.
    world.tell(Event::LinkOpened(slot_id(0)));
    world.step(Source::Inbox);
    world.step(Source::Inbox);
    world.settle();
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
    assert_eq!(world.journal.slot_changes.len(), 1);
}

#[test]
fn a_drive_behind_two_wires_is_used_over_one_and_taken_over_when_that_one_breaks() {
    let mut world = World::new(1, 2, Limits::default());
    world.live(1);
    world.wires[1].drive = Some(0);
    world.live(10);
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
    assert_eq!(slot(&world, 1), (SlotState::Foreign, "seen_twice"));
    world.lose_link(0, Duration::from_secs(3_600));
    world.submit(receipts(1..=2));
    world.live(5);
    assert_eq!(slot(&world, 1), (SlotState::Ready, ""));
    assert_eq!(state_of(&world, 2), State::Fiscalized);
    // Both found at once: one of the two works.
    let mut world = World::new(1, 2, Limits::default());
    world.wires[1].drive = Some(0);
    world.submit(receipts(1..=1));
    world.live(5);
    assert_eq!(state_of(&world, 1), State::Fiscalized);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn parallel_drives_share_the_load_and_keep_the_order_of_each_account() {
    let mut world = World::new(3, 3, Limits::default());
    let jobs = (1..=60).map(|number| job(number, number % 7, Class::Payment, 0));
    world.submit(jobs.collect());
    world.live(5);
    for drive in &world.drives {
        let receipts = kinds(drive)
            .iter()
            .filter(|kind| **kind == DocumentKind::Receipt)
            .count();
        assert!(receipts >= 15, "{receipts} of 60");
    }
    // The journal has looked at the order, see `check_order`.
    assert_eq!(world.recover(None).map(|_| ()), Ok(()));
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn before_a_stop_the_document_under_way_is_ended_and_none_is_begun() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=3));
    while world.drives[0].archive.len() < 2 {
        world.step(world.sources()[0]);
    }
    assert!(!world.cassette.is_at_rest());
    world.tell(Event::Drain);
    world.jump(30 * 60);
    world.live(5);
    assert!(world.cassette.is_at_rest());
    assert!(world.journal.intents.is_empty());
    assert_eq!(world.drives[0].archive.len(), 2, "the shift is not closed");
    assert_eq!(world.cassette.waiting(), 3);
}

#[test]
fn a_blank_drive_is_registered_once_also_when_the_answer_is_lost() {
    for fault in [None, Some(Fault::AnswerLost), Some(Fault::CommandLost)] {
        let mut world = World::of(
            vec![Drive::blank(0, morning())],
            1,
            Limits::default(),
            morning(),
        );
        world.live(1);
        let mut registration = replacement();
        registration.form.reasons = None;
        world.tell(Event::Register(slot_id(0), Box::new(registration)));
        while world.drives[0]
            .begun
            .as_ref()
            .is_none_or(|it| it.data.is_empty())
        {
            world.step(world.sources()[0]);
        }
        world.step(Source::Inbox);
        world.serve_wire(0, fault);
        world.live(10);
        assert_eq!(slot(&world, 0), (SlotState::Ready, ""), "{fault:?}");
        assert_eq!(kinds(&world.drives[0]), [DocumentKind::Registration]);
        assert_eq!(world.check(None), Ok(()));
    }
}

#[test]
fn documents_go_to_the_ofd_in_order_whatever_it_answers() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=5));
    (world.ofd_failures, world.wrong_tickets) = (3, 2);
    world.drives[0].refusals = vec![("PassTicket", AnswerCode::DRIVE_FAILURE, 1)];
    assert!(world.recover(None).is_ok_and(|_| world.ofd_failures == 0));
    let mut got: Vec<u32> = world.ofd_got.iter().map(|(_, number)| *number).collect();
    assert!(got.is_sorted(), "{got:?}");
    got.dedup();
    assert_eq!(got, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn a_contradiction_is_shown_and_not_resolved_by_guessing() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=2));
    while world.drives[0]
        .begun
        .as_ref()
        .is_none_or(|it| it.kind != CurrentDocument::Receipt)
    {
        world.step(world.sources()[0]);
    }
    // Somebody forms another receipt meanwhile.
    let begun = world.drives[0].begun.as_mut().unwrap();
    begun.data = vec![0x3C, 0x04, 1, 0, 0x55];
    world.watches_drives = false;
    let total = terms::Kopecks::new(100).unwrap();
    let operation = terms::OperationSign::from_code(1).unwrap();
    let time = morning();
    let form = Request::FormReceipt {
        time,
        operation,
        total,
    };
    world.drives[0].execute(&form).unwrap();
    world.live(20);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "contradiction"));
    assert_eq!(state_of(&world, 1), State::InDoubt);
    world.tell(Event::Reprobe(slot_id(0)));
    world.live(20);
    assert_eq!(slot(&world, 0), (SlotState::Faulty, "contradiction"));
    assert_eq!(state_of(&world, 2), State::Queued);
}
