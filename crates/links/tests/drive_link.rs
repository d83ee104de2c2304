//! Links over real ptys and sockets, with small drives of the test's own behind them.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use fn_proto::{
    Answer, AnswerCode, Decoder, ENQ, Failure, Outcome, Request, ShiftStatus, Timeouts,
    encode_answer,
};
use links::{DriveAddress, DriveLink, LinkEvent, LinkTimeouts};
use serialport::{SerialPort, TTYPort};
use terms::{ReceiptNumber, ShiftNumber};

/// Long enough for a loaded machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(address: DriveAddress) -> (DriveLink, Receiver<LinkEvent>) {
    let (events, inbox) = mpsc::channel();
    let timeouts = LinkTimeouts {
        reopen_first: Duration::from_millis(5),
        reopen_last: Duration::from_millis(20),
        ..LinkTimeouts::default()
    };
    let link = DriveLink::start(address, timeouts, move |event| {
        events.send(event).ok();
    });
    (link.unwrap(), inbox)
}

fn next(inbox: &Receiver<LinkEvent>) -> LinkEvent {
    inbox.recv_timeout(PATIENCE).unwrap()
}

fn reply(receipt: u8) -> LinkEvent {
    LinkEvent::Reply(Ok(Answer::ShiftStatus(ShiftStatus {
        open: true,
        shift: ShiftNumber(7),
        receipt: ReceiptNumber(u16::from(receipt)),
    })))
}

fn is_link_down(event: &LinkEvent) -> bool {
    matches!(event, LinkEvent::Reply(Err(Failure::LinkDown { .. })))
}

fn answer(receipt: u8) -> Vec<u8> {
    encode_answer(AnswerCode::OK, false, vec![1, 7, 0, receipt, 0])
}

fn listen() -> (TcpListener, DriveAddress) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    (listener, address.parse().unwrap())
}

/// Reads one command, whose code it returns, or the request to repeat an answer.
fn read_command(wire: &mut impl Read) -> Option<u8> {
    let mut decoder = Decoder::new();
    let mut byte = [0];
    loop {
        match wire.read(&mut byte) {
            Ok(1) if byte[0] == ENQ && !decoder.is_inside_frame() => return Some(ENQ),
            Ok(1) => decoder.push(&byte),
            Err(e) if e.kind() == std::io::ErrorKind::TimedOut => continue,
            _ => return None,
        }
        if let Some(frame) = decoder.next_frame().unwrap() {
            return Some(frame.code);
        }
    }
}

/// A drive that counts: the answer to the n-th command is n.
fn count(mut wire: impl Read + Write + Send + 'static) -> thread::JoinHandle<u8> {
    thread::spawn(move || {
        let mut counted = 0;
        while read_command(&mut wire).is_some() {
            counted += 1;
            wire.write_all(&answer(counted)).unwrap();
        }
        counted
    })
}

#[test]
fn commands_are_answered_one_after_another_over_tcp() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let drive = count(listener.accept().unwrap().0);
    assert_eq!(next(&inbox), LinkEvent::Opened);
    for _ in 0..5 {
        link.send(Request::ShiftStatus);
    }
    for number in 1..=5 {
        assert_eq!(next(&inbox), reply(number));
    }
    drop(link);
    assert_eq!(drive.join().unwrap(), 5, "the wire is closed with the link");
    assert!(inbox.recv().is_err(), "nothing is told after the end");
}

#[test]
fn commands_are_answered_one_after_another_over_a_pty() {
    let (master, mut slave) = TTYPort::pair().unwrap();
    slave.set_exclusive(false).unwrap();
    for kind in ["pty", "serial"] {
        let address = format!("{kind}:{}", slave.name().unwrap());
        let (link, inbox) = start(address.parse().unwrap());
        if kind == "serial" {
            let LinkEvent::Lost { reason } = next(&inbox) else {
                panic!("a port that another holder shares is not exclusive");
            };
            assert!(reason.contains("busy"), "{reason}");
            continue;
        }
        let mut wire = master.try_clone_native().unwrap();
        wire.set_timeout(Duration::from_millis(20)).unwrap();
        count(wire);
        assert_eq!(next(&inbox), LinkEvent::Opened);
        for number in 1..=3 {
            link.send(Request::ShiftStatus);
            assert_eq!(next(&inbox), reply(number));
        }
    }
}

#[test]
fn a_serial_port_is_held_alone() {
    let (_master, slave) = TTYPort::pair().unwrap();
    let name = slave.name().unwrap();
    drop(slave);
    let address: DriveAddress = format!("serial:{name}").parse().unwrap();
    let (_first, inbox) = start(address.clone());
    assert_eq!(next(&inbox), LinkEvent::Opened);
    let (_second, inbox) = start(address);
    let LinkEvent::Lost { reason } = next(&inbox) else {
        panic!("two hold the port");
    };
    assert!(reason.contains("another program"), "{reason}");
}

#[test]
fn an_unplugged_drive_is_noticed_without_a_command() {
    let (master, slave) = TTYPort::pair().unwrap();
    let address: DriveAddress = format!("pty:{}", slave.name().unwrap()).parse().unwrap();
    drop(slave);
    let (link, inbox) = start(address);
    assert_eq!(next(&inbox), LinkEvent::Opened);
    drop(master);
    assert!(matches!(next(&inbox), LinkEvent::Lost { .. }));
    link.send(Request::Status);
    assert!(is_link_down(&next(&inbox)));
}

#[test]
fn a_missing_device_is_told_once_and_commands_fail_at_once() {
    let (link, inbox) = start("serial:/dev/no-such-drive".parse().unwrap());
    let LinkEvent::Lost { reason } = next(&inbox) else {
        panic!("it does not exist");
    };
    let expected = "/dev/no-such-drive: there is no such device; is the drive plugged in?";
    assert_eq!(reason, expected);
    for _ in 0..3 {
        link.send(Request::Status);
        let failure = Failure::LinkDown {
            reason: expected.to_owned(),
        };
        assert_eq!(next(&inbox), LinkEvent::Reply(Err(failure)));
    }
    link.reopen();
    assert!(matches!(next(&inbox), LinkEvent::Lost { .. }), "asked anew");
}

#[test]
fn a_lost_wire_fails_what_runs_and_waits_and_is_opened_again() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let mut wire = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::ShiftStatus);
    link.send(Request::ShiftStatus);
    assert_eq!(read_command(&mut wire), Some(0x10));
    drop(wire);
    assert!(is_link_down(&next(&inbox)));
    let mut left = vec![next(&inbox), next(&inbox), next(&inbox)];
    // The second command is refused with the first, or, if it came later, by the closed wire.
    left.retain(|event| !is_link_down(event));
    assert!(matches!(
        left[..],
        [LinkEvent::Lost { .. }, LinkEvent::Opened]
    ));
    count(listener.accept().unwrap().0);
    link.send(Request::ShiftStatus);
    assert_eq!(next(&inbox), reply(1));
}

#[test]
fn a_drive_that_comes_later_is_found() {
    let (listener, address) = listen();
    let port = listener.local_addr().unwrap();
    drop(listener);
    let (link, inbox) = start(address);
    let LinkEvent::Lost { reason } = next(&inbox) else {
        panic!("nobody listens");
    };
    assert!(reason.ends_with("nobody listens there"), "{reason}");
    let listener = TcpListener::bind(port).unwrap();
    count(listener.accept().unwrap().0);
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::ShiftStatus);
    assert_eq!(next(&inbox), reply(1));
}

#[test]
fn reopening_gives_up_the_running_command() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let mut wire = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::OpenShift);
    assert_eq!(read_command(&mut wire), Some(0x12));
    link.reopen();
    link.send(Request::ShiftStatus);
    assert!(is_link_down(&next(&inbox)));
    assert_eq!(next(&inbox), LinkEvent::Opened);
    assert_eq!(read_command(&mut wire), None, "the old wire is closed");
    count(listener.accept().unwrap().0);
    assert_eq!(next(&inbox), reply(1));
}

#[test]
fn a_damaged_answer_is_asked_for_again() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let mut wire = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::ShiftStatus);
    assert_eq!(read_command(&mut wire), Some(0x10));
    let mut damaged = answer(9);
    damaged[4] ^= 0xFF;
    wire.write_all(&damaged).unwrap();
    assert_eq!(read_command(&mut wire), Some(ENQ));
    wire.write_all(&answer(9)).unwrap();
    assert_eq!(next(&inbox), reply(9));
}

#[test]
fn what_came_between_two_commands_does_not_answer_the_second() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let mut wire = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::ShiftStatus);
    assert_eq!(read_command(&mut wire), Some(0x10));
    wire.write_all(&answer(1)).unwrap();
    assert_eq!(next(&inbox), reply(1));
    wire.write_all(&answer(66)).unwrap();
    link.send(Request::ShiftStatus);
    assert_eq!(read_command(&mut wire), Some(0x10));
    wire.write_all(&answer(2)).unwrap();
    assert_eq!(next(&inbox), reply(2));
}

#[test]
fn a_link_is_dropped_in_the_middle_of_a_command() {
    let (listener, address) = listen();
    let (link, inbox) = start(address);
    let mut wire: TcpStream = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::OpenShift);
    assert_eq!(read_command(&mut wire), Some(0x12));
    drop(link);
    assert_eq!(read_command(&mut wire), None);
    assert!(
        inbox.recv().is_err(),
        "the command was given up, not waited for"
    );
}

#[test]
fn a_silent_drive_is_reported_and_the_wire_stays_open() {
    let (listener, address) = listen();
    let (events, inbox) = mpsc::channel();
    let timeouts = LinkTimeouts {
        answers: Timeouts {
            status: Duration::from_millis(10),
            ..Timeouts::default()
        },
        ..LinkTimeouts::default()
    };
    let on_event = move |event| {
        events.send(event).ok();
    };
    let link = DriveLink::start(address, timeouts, on_event).unwrap();
    let mut wire = listener.accept().unwrap().0;
    assert_eq!(next(&inbox), LinkEvent::Opened);
    link.send(Request::Status);
    let silent: Outcome = Err(Failure::Silent {
        command: "30h status",
    });
    assert_eq!(next(&inbox), LinkEvent::Reply(silent));
    assert_eq!(read_command(&mut wire), Some(0x30));
    link.send(Request::CancelDocument);
    assert_eq!(read_command(&mut wire), Some(0x06));
    wire.write_all(&encode_answer(AnswerCode::OK, true, Vec::new()))
        .unwrap();
    assert_eq!(next(&inbox), LinkEvent::Reply(Ok(Answer::Done)));
}
