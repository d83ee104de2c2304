//! What an emulated ОФД does wrong on order.

use std::{io::Write, time::Duration};

use emulator::ofd::OfdFaults;
use ofd_proto::{Container, ContainerError};
use terms::OfdCode;

use crate::{Client, REGISTRATION, confirmation, message, numbered, start};

#[test]
fn each_knob_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let ofd = start(&dir.path().join("ofd.jsonl"), OfdFaults::default());
    let with = |faults: OfdFaults| {
        ofd.set_faults(faults);
        Client::connect(&ofd)
    };
    let document = |number| numbered(REGISTRATION, number);
    let refusing = with(OfdFaults {
        refuse_connections: true,
        ..OfdFaults::default()
    });
    assert_eq!({ refusing }.exchange(&document(1)), None);

    let mut half = with(OfdFaults {
        close_mid_message: true,
        ..OfdFaults::default()
    });
    assert_eq!(half.exchange(&document(1)), None);
    assert!(half.decoder.pending() > 30, "some of it came");

    let mut other = with(OfdFaults {
        other_document: true,
        ..OfdFaults::default()
    });
    assert_eq!(other.confirmed(&document(2)).number, 3);

    let mut twice = with(OfdFaults {
        duplicate: true,
        ..OfdFaults::default()
    });
    let first = twice.exchange(&document(3));
    assert_eq!(twice.receive(), first);

    let mut refused = with(OfdFaults {
        code: Some(OfdCode::FORMAT_REFUSED),
        ..OfdFaults::default()
    });
    assert_eq!(refused.confirmed(&document(4)).code, 14);

    // A delay that is longer than the test's patience is ended when the fault is taken away.
    let mut slow = with(OfdFaults {
        delay: Duration::from_secs(3600),
        ..OfdFaults::default()
    });
    slow.stream.write_all(&document(5).encode()).unwrap();
    ofd.set_faults(OfdFaults::default());
    assert_eq!(confirmation(&slow.receive().unwrap()).number, 5);

    let mut silent = with(OfdFaults {
        silent: true,
        ..OfdFaults::default()
    });
    silent.stream.write_all(&document(6).encode()).unwrap();
    ofd.stop();
    assert_eq!(silent.receive(), None);
}

#[test]
fn knobs_spoil_what_the_operator_says() {
    let dir = tempfile::tempdir().unwrap();
    let ofd = start(&dir.path().join("ofd.jsonl"), OfdFaults::default());
    let mut number = 0;
    let mut answered = |fault: &str| {
        ofd.set_faults(fault.parse().unwrap());
        number += 1;
        let mut client = Client::connect(&ofd);
        let answer = client.exchange(&numbered(REGISTRATION, number)).unwrap();
        (client, answer)
    };
    let (_, other) = answered("other-drive");
    let drive = message(REGISTRATION).header.drive;
    assert_ne!(other.header.drive, drive);
    assert_ne!(Container::decode(&other.body).unwrap().header.drive, drive);

    let (_, damaged) = answered("wrong-crc");
    let error = Container::decode(&damaged.body).unwrap_err();
    assert!(
        matches!(error, ContainerError::WrongCheckCode { .. }),
        "{error}"
    );

    let (_, none) = answered("no-confirmation");
    assert_eq!(none.header.body_len, 0);

    let (mut closed, _) = answered("close-after-answer");
    assert_eq!(closed.receive(), None);

    let (_, split) = answered("pieces=1");
    assert_eq!(confirmation(&split).code, 0);

    let (_, speaking) = answered("messages=84h");
    let container = Container::decode(&speaking.body).unwrap();
    let said = ffd::operator_answer(&container.document).unwrap();
    assert_eq!(said.messages.bits(), 0x84);
    assert_eq!(said.code, Some(OfdCode::ACCEPTED));

    for unknown in ["sulking", "code=x", "pieces=0", "messages=4", "silent=1"] {
        let error = unknown.parse::<OfdFaults>().unwrap_err();
        assert!(error.to_string().contains(unknown), "{error}");
    }
}
