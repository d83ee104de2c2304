//! One document goes to the ОФД and its confirmation comes back, or does not.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod fixtures;

use std::time::Duration;

use fixtures::fixture;
use ofd_proto::{
    Container, Event, Exchange, ExchangeError, ExchangeTimeouts, Message, Sender, SessionHeader,
    Step,
};
use terms::{DocumentNumber, DriveNumber, FfdVersion};

const START: Duration = Duration::from_secs(1000);

fn drive() -> DriveNumber {
    "9999078902013267".parse().unwrap()
}

/// The container of document 1 that a real operator answered with document 1's confirmation.
fn document() -> Vec<u8> {
    fixture("02-mgm-regchange-ffd12.session.hex").split_off(SessionHeader::LEN)
}

fn confirmation() -> Vec<u8> {
    fixture("03-taxcom-ack-fd1-code14.container.hex")
}

fn answer(container: Vec<u8>) -> Vec<u8> {
    Message::request(FfdVersion::V1_2, drive(), container)
        .unwrap()
        .encode()
}

fn begin(connected: bool) -> (Exchange, Step) {
    Exchange::begin(
        FfdVersion::V1_2,
        drive(),
        document(),
        connected,
        ExchangeTimeouts::default(),
        START,
    )
    .unwrap()
}

/// An exchange whose document has been sent.
fn sent() -> Exchange {
    let (mut exchange, step) = begin(false);
    assert_eq!(step, Step::Connect);
    let sent = Step::Send(fixture("02-mgm-regchange-ffd12.session.hex"));
    assert_eq!(exchange.handle(Event::Connected, START), sent);
    exchange
}

#[test]
fn the_confirmation_is_handed_over_as_it_came_whatever_the_cut() {
    let whole = answer(confirmation());
    for cut in 1..whole.len() {
        let mut exchange = sent();
        assert_eq!(
            exchange.handle(Event::Bytes(&whole[..cut]), START),
            Step::Wait
        );
        let done = Step::Answered {
            container: confirmation(),
            reusable: true,
        };
        assert_eq!(exchange.handle(Event::Bytes(&whole[cut..]), START), done);
        assert_eq!(exchange.deadline(), None);
        assert_eq!(exchange.handle(Event::Closed, START), Step::Wait);
    }
}

#[test]
fn a_connection_with_bytes_after_the_answer_is_not_used_again() {
    let twice = answer(confirmation()).repeat(2);
    let done = Step::Answered {
        container: confirmation(),
        reusable: false,
    };
    assert_eq!(sent().handle(Event::Bytes(&twice), START), done);
}

#[test]
fn an_answer_that_does_not_belong_to_the_document_is_refused() {
    let check = |bytes: Vec<u8>, expected: ExchangeError| {
        assert_eq!(
            sent().handle(Event::Bytes(&bytes), START),
            Step::Failed(expected)
        );
    };
    let other_drive: DriveNumber = "9999078900000001".parse().unwrap();
    check(
        answer(fixture("04-taxcom-ack-fd2-code0.container.hex")),
        ExchangeError::OtherDocument {
            expected: DocumentNumber(1),
            got: DocumentNumber(2),
        },
    );
    check(
        Message::request(FfdVersion::V1_2, other_drive, confirmation())
            .unwrap()
            .encode(),
        ExchangeError::OtherDrive {
            expected: drive().into(),
            got: other_drive.into(),
        },
    );
    let mut container = Container::decode(&confirmation()).unwrap();
    container.header.drive = other_drive.into();
    check(
        answer(container.encode().unwrap()),
        ExchangeError::OtherDrive {
            expected: drive().into(),
            got: other_drive.into(),
        },
    );
    check(
        Message::request(FfdVersion::V1_05, drive(), confirmation())
            .unwrap()
            .encode(),
        ExchangeError::OtherVersion {
            expected: [0x01, 0x20],
            got: [0x01, 0x05],
        },
    );
    check(
        answer(document()),
        ExchangeError::NotAConfirmation(Sender::Register),
    );
    check(
        Message::probe(FfdVersion::V1_2, drive()).unwrap().encode(),
        ExchangeError::NoConfirmation,
    );
    check(answer(Vec::new()), ExchangeError::NoConfirmation);
    assert!(matches!(
        sent().handle(Event::Bytes(&answer(vec![0; 119])), START),
        Step::Failed(ExchangeError::BadConfirmation(_))
    ));
    assert!(matches!(
        sent().handle(
            Event::Bytes(b"HTTP/1.1 400 Bad Request\r\nHost:\r\n"),
            START
        ),
        Step::Failed(ExchangeError::BadAnswer(_))
    ));
}

#[test]
fn time_runs_out_for_the_connection_and_for_the_whole_answer() {
    let (mut exchange, _) = begin(false);
    let until = exchange.deadline().unwrap();
    assert_eq!(until, START + Duration::from_secs(10));
    let before = until - Duration::from_millis(1);
    assert_eq!(exchange.handle(Event::Tick, before), Step::Wait);
    assert_eq!(
        exchange.handle(Event::Tick, until),
        Step::Failed(ExchangeError::ConnectTimeout(Duration::from_secs(10)))
    );

    let mut exchange = sent();
    let until = exchange.deadline().unwrap();
    assert_eq!(until, START + Duration::from_secs(300));
    let drop = &answer(confirmation())[..31];
    assert_eq!(exchange.handle(Event::Bytes(drop), until), Step::Wait);
    assert_eq!(
        exchange.handle(Event::Tick, until),
        Step::Failed(ExchangeError::AnswerTimeout {
            waited: Duration::from_secs(300),
            received: 31
        })
    );
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_gets_one_new_try() {
    let (mut exchange, step) = begin(true);
    assert!(matches!(step, Step::Send(_)));
    assert_eq!(exchange.handle(Event::Closed, START), Step::Connect);
    assert!(matches!(
        exchange.handle(Event::Connected, START),
        Step::Send(_)
    ));
    assert_eq!(
        exchange.handle(Event::Closed, START),
        Step::Failed(ExchangeError::Closed { received: 0 })
    );
}

#[test]
fn a_connection_lost_inside_the_answer_fails_the_exchange() {
    let (mut exchange, _) = begin(true);
    exchange.handle(Event::Bytes(&answer(confirmation())[..40]), START);
    assert_eq!(
        exchange.handle(Event::Closed, START),
        Step::Failed(ExchangeError::Closed { received: 40 })
    );

    let (mut exchange, _) = begin(false);
    assert_eq!(
        exchange.handle(Event::Broken("Connection refused"), START),
        Step::Failed(ExchangeError::Unreachable("Connection refused".into()))
    );
}

#[test]
fn a_damaged_message_of_the_drive_is_not_sent() {
    let begin = |drive, container| {
        Exchange::begin(
            FfdVersion::V1_2,
            drive,
            container,
            false,
            ExchangeTimeouts::default(),
            START,
        )
        .unwrap_err()
    };
    let mut damaged = document();
    damaged[40] ^= 1;
    assert!(matches!(
        begin(drive(), damaged),
        ExchangeError::BadRequest(_)
    ));
    let other: DriveNumber = "9999078900000001".parse().unwrap();
    let expected = ExchangeError::RequestOfOtherDrive {
        expected: other,
        got: drive().into(),
    };
    assert_eq!(begin(other, document()), expected);
}

fn probe(connected: bool) -> (Exchange, Step) {
    let timeouts = ExchangeTimeouts::default();
    Exchange::probe(FfdVersion::V1_2, drive(), connected, timeouts, START).unwrap()
}

#[test]
fn a_probe_is_a_header_alone_and_so_is_its_answer() {
    let (mut exchange, step) = probe(false);
    assert_eq!(step, Step::Connect);
    let Step::Send(bytes) = exchange.handle(Event::Connected, START) else {
        panic!("nothing is sent");
    };
    assert_eq!(bytes.len(), 30);
    for byte in &bytes[..29] {
        assert_eq!(exchange.handle(Event::Bytes(&[*byte]), START), Step::Wait);
    }
    let last = exchange.handle(Event::Bytes(&bytes[29..]), START);
    assert_eq!(last, Step::Present { reusable: true });
    assert_eq!(exchange.deadline(), None);

    // The same bytes are no answer to a document.
    let step = sent().handle(Event::Bytes(&bytes), START);
    assert_eq!(step, Step::Failed(ExchangeError::NoConfirmation));

    let (mut exchange, _) = probe(true);
    let other: DriveNumber = "9999078900000001".parse().unwrap();
    let answer = Message::probe(FfdVersion::V1_2, other).unwrap().encode();
    assert_eq!(
        exchange.handle(Event::Bytes(&answer), START),
        Step::Failed(ExchangeError::OtherDrive {
            expected: drive().into(),
            got: other.into(),
        })
    );
}

#[test]
fn an_answer_cut_at_every_point_is_the_same_answer() {
    let answer = answer(confirmation());
    for cut in 1..answer.len() {
        let mut exchange = sent();
        let (head, tail) = answer.split_at(cut);
        assert_eq!(exchange.handle(Event::Bytes(head), START), Step::Wait);
        let Step::Answered { container, .. } = exchange.handle(Event::Bytes(tail), START) else {
            panic!("cut at {cut}");
        };
        assert_eq!(container, confirmation());
    }
}
