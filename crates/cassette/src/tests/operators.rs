//! What the operators of fiscal data say, and which of them are known.

use terms::{OfdAnswer, OfdCode, OfdMessage, OfdMessages};

use super::{
    drive::Drive,
    journal::State,
    stories::{morning, receipts, registered, slot, state_of},
    world::{Errand, Source, World},
};
use crate::{Limits, Record, SlotState, Warning};

/// A confirmation with code 14 and bits 2 and 7 of tag 1206.
const REFUSAL: [u8; 18] = [
    7, 0, 14, 0, 0x2C, 0x04, 5, 0, 0xFE, 0x03, 1, 0, 14, 0xB6, 0x04, 1, 0, 0x84,
];

fn of(drive: Drive) -> World {
    World::of(vec![drive], 1, Limits::default(), morning())
}

#[test]
fn a_refusal_is_durable_before_its_drive_forgets_it() {
    let mut world = World::new(1, 1, Limits::default());
    world.ofd_says = REFUSAL.to_vec();
    world.submit(receipts(1..=2));
    let answered = |world: &World| {
        let mut errands = world.journal_queue.iter();
        errands.find_map(|errand| match errand {
            Errand::Store(_, Record::OfdAnswered { answer, .. }) => Some(answer.clone()),
            _ => None,
        })
    };
    while answered(&world).is_none() {
        world.step(world.sources()[0]);
    }
    let refusal = OfdAnswer {
        code: Some(OfdCode::FORMAT_REFUSED),
        messages: OfdMessages::from_bits(0x84),
        text: None,
    };
    assert_eq!(answered(&world), Some(refusal));

    // All goes on but the journal: the drive does not get its ticket.
    let is_elsewhere = |source: &Source| *source != Source::Journal;
    while let Some(source) = world.sources().into_iter().find(is_elsewhere) {
        world.step(source);
    }
    let passed = |world: &World| world.drives[0].heard.contains(&"PassTicket".to_owned());
    assert!(!passed(&world));
    world.live(30);
    assert!(passed(&world));
    assert!(world.drives[0].archive.iter().all(|it| it.ticket.is_some()));
    assert_eq!(world.check(None), Ok(()));
}

#[test]
fn what_the_ofd_says_is_shown_until_the_next_shift() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=1));
    world.live(5);
    world.ofd_says = REFUSAL.to_vec();
    world.submit(receipts(2..=2));
    world.live(5);
    world.ofd_says = Vec::new();
    world.submit(receipts(3..=3));
    world.live(5);
    let said = [OfdMessage::CheckCabinet, OfdMessage::OfdTerminated].map(Warning::Ofd);
    assert_eq!(world.views()[0].warnings, said);
    world.jump(24 * 60);
    world.live(5);
    world.submit(receipts(4..=4));
    world.live(30);
    assert_eq!(world.views()[0].warnings, []);
}

#[test]
fn a_drive_of_an_operator_without_an_address_works_and_says_that_its_documents_stay_in_it() {
    let mut drive = registered();
    drive.ofd_inn = Some("7704358518".parse().unwrap());
    let mut world = of(drive);
    world.submit(receipts(1..=3));
    world.live(60);
    assert_eq!(slot(&world, 0), (SlotState::Ready, ""));
    assert_eq!(state_of(&world, 3), State::Fiscalized);
    assert_eq!(world.ofd_got, []);
    let view = &world.views()[0];
    assert_eq!(view.backlog, 5);
    assert_eq!(view.ofd, Some("7704358518".parse().unwrap()));
    assert_eq!(view.warnings.len(), 1);
    assert_eq!(view.warnings[0].code(), "no_ofd_address");
    let trouble = view.ofd_trouble.as_deref().unwrap();
    assert!(
        trouble.contains("7704358518") && trouble.contains("no address"),
        "{trouble}"
    );

    let mut drive = registered();
    drive.ofd_inn = Some("7704211201".parse().unwrap());
    let mut world = of(drive);
    world.submit(receipts(1..=3));
    world.live(60);
    assert_eq!(world.ofd_got.len(), 5);
    assert_eq!(world.views()[0].warnings, []);
}

#[test]
fn a_drive_is_told_of_the_connections_end_when_nothing_is_left_to_send() {
    let mut world = World::new(1, 1, Limits::default());
    world.submit(receipts(1..=2));
    world.live(5);
    assert_eq!(world.ofd_got.len(), 4);
    assert!(world.drives[0].connected, "the next receipt may come soon");
    world.live(15);
    assert!(!world.drives[0].connected);
    world.submit(receipts(3..=3));
    world.live(5);
    assert_eq!(world.ofd_got.len(), 5);
}
