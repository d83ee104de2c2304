//! The life of an emulated drive, the same over every wire.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::net::TcpStream;

use emulator::drive::{Place, Port, Server, Timing, VERSION_TEXT};
use ffd::{Reader, Tag};
use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, CurrentDocument, DocumentKind, Phase, Request,
    ShiftStatus, WarningFlags,
};
use host::{Host, Wire, drive, time};
use ofd_proto::{Container, Sender};
use terms::{DocumentNumber, ReceiptNumber, ShiftNumber};

mod host;

#[test]
fn a_drive_lives_in_process() {
    life(&mut Host::in_process(drive()));
}

#[test]
fn a_drive_lives_on_a_pseudo_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("drive");
    let server = Server::on_pty(Port::new(drive(), Timing::NONE), Some(&link)).unwrap();
    let wire = host::open_device(&link);
    life(&mut Host { wire });
    // The host went away and comes again: the terminal is still there.
    let wire = host::open_device(&link);
    let mut host = Host { wire };
    assert_eq!(host.status().last_document, DocumentNumber(5));
    let mut port = server.stop().unwrap();
    assert_eq!(port.drive().last_document(), DocumentNumber(5));
    assert!(!link.exists());
}

#[test]
fn a_drive_lives_on_tcp_and_a_new_connection_replaces_the_old_one() {
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::on_tcp(Port::new(drive(), Timing::NONE), address).unwrap();
    let Place::Tcp(address) = *server.place() else {
        panic!("{:?}", server.place());
    };
    let wire = TcpStream::connect(address).unwrap();
    let mut old = Host { wire };
    life(&mut old);
    let wire = TcpStream::connect(address).unwrap();
    let mut host = Host { wire };
    assert_eq!(host.status().last_document, DocumentNumber(5));
    assert_eq!(old.wire.read(), [0; 0], "the old connection is closed");
}

/// From a fresh drive to a closed shift, everything sent.
fn life<W: Wire>(host: &mut Host<W>) {
    a_fresh_drive_says_what_it_is(host);
    let registered = host.register(time("2026-11-22T09:00"));
    assert_eq!(registered.number, DocumentNumber(1));
    assert_eq!(host.status().phase, Phase::Fiscal);

    let opened = host.open_shift(time("2026-11-22T09:01"));
    let Answer::Shift {
        shift, warnings, ..
    } = opened
    else {
        panic!("{opened:?}");
    };
    assert_eq!(shift, ShiftNumber(1));
    assert_eq!(warnings, Some(WarningFlags::NONE));

    let receipt = host.receipt(time("2026-11-22T09:02"), 12_345);
    let Answer::Receipt { number, document } = receipt else {
        panic!("{receipt:?}");
    };
    assert_eq!(
        (number, document.number),
        (ReceiptNumber(1), DocumentNumber(3))
    );
    let status = host.status();
    assert_eq!(status.last_document, DocumentNumber(3));
    assert_eq!(status.last_time, Some(time("2026-11-22T09:02")));
    assert_eq!(status.current, CurrentDocument::None);

    the_archive_holds_the_receipt(host);
    assert_eq!(host.acknowledge(0), DocumentNumber(1));
    assert_eq!(host.acknowledge(0), DocumentNumber(2));
    the_ofd_gets_the_receipt(host);
    a_correction_is_a_receipt_of_another_form(host);
    assert_eq!(
        host.refused(Request::BeginMessage),
        code(AnswerCode::NO_DATA)
    );

    host.close_shift(time("2026-11-22T21:00"));
    let expected = ShiftStatus {
        open: false,
        shift: ShiftNumber(1),
        receipt: ReceiptNumber(2),
    };
    assert_eq!(
        host.call(&Request::ShiftStatus),
        Ok(Answer::ShiftStatus(expected))
    );
    assert_eq!(host.acknowledge(0), DocumentNumber(5));
    assert_eq!(
        host.call(&Request::UnacknowledgedCount),
        Ok(Answer::UnacknowledgedCount(0))
    );
}

fn a_fresh_drive_says_what_it_is<W: Wire>(host: &mut Host<W>) {
    let status = host.status();
    assert_eq!((status.phase, status.last_time), (Phase::Ready, None));
    assert!(status.drive.is_debug());
    assert_eq!(
        host.call(&Request::Version),
        Ok(Answer::Version {
            text: VERSION_TEXT.to_owned(),
            serial: false
        })
    );
    assert!(VERSION_TEXT.starts_with("EMULATOR"));
    assert_eq!(
        host.refused(Request::RegistrationTotals),
        code(AnswerCode::WRONG_STATE)
    );
    for request in [
        Request::DriveNumber,
        Request::Expiry,
        Request::FfdSupport,
        Request::FreeMemory,
        Request::Model,
        Request::LastErrors,
        Request::UnacknowledgedCount,
    ] {
        assert!(host.call(&request).is_ok(), "{}", request.name());
    }
}

fn the_archive_holds_the_receipt<W: Wire>(host: &mut Host<W>) {
    let passed = Stored {
        number: DocumentNumber(3),
        kind: DocumentKind::Receipt,
        total: 12_345,
        tags: &[1059, 1055, 1031, 1215, 1216, 1217, 1081],
        data: host::receipt_data(12_345),
        sign_prefix: [0x31, 0x04],
    };
    the_archive_holds(host, &passed);
}

/// What must be in the archive of a receipt.
struct Stored {
    number: DocumentNumber,
    kind: DocumentKind,
    total: i64,
    /// Those of the host, whose data follow the drive's own.
    tags: &'static [u16],
    data: Vec<u8>,
    sign_prefix: [u8; 2],
}

fn the_archive_holds<W: Wire>(host: &mut Host<W>, stored: &Stored) {
    let found = host.call(&Request::FindDocument(stored.number)).unwrap();
    let Answer::Found(found) = found else {
        panic!("{found:?}");
    };
    assert_eq!(found.kind, stored.kind);
    assert!(!found.has_ticket);
    let ArchivedDetails::Receipt { total, .. } = found.details else {
        panic!("{found:?}");
    };
    assert_eq!(total.get(), stored.total);

    let opened = host.call(&Request::OpenDocument(stored.number)).unwrap();
    let Answer::OpenedDocument { form, length } = opened else {
        panic!("{opened:?}");
    };
    let mut content = Vec::new();
    while let Ok(Answer::Tlv(object)) = host.call(&Request::NextTlv) {
        content.extend(object);
    }
    let code = u16::from(stored.kind.code());
    assert_eq!((form, usize::from(length)), (code, content.len()));
    let tags: Vec<u16> = Reader::new(&content)
        .map(|field| field.unwrap().tag().0)
        .collect();
    let own = [
        1209, 1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020,
    ];
    assert_eq!(tags, [&own[..], stored.tags].concat());
    assert!(content.ends_with(&stored.data));

    let sign = Reader::new(&content)
        .flatten()
        .find(|field| field.tag() == Tag::FISCAL_SIGN)
        .unwrap();
    let value = found.document.sign.0.to_be_bytes();
    assert_eq!(sign.bytes(), [&stored.sign_prefix[..], &value].concat());
}

fn a_correction_is_a_receipt_of_another_form<W: Wire>(host: &mut Host<W>) {
    let ten = time("2026-11-22T10:00");
    host.done(Request::BeginCorrection(ten));
    let current = host.status().current;
    assert_eq!(
        (current, current.code()),
        (CurrentDocument::Correction, 0x14)
    );
    host.done(Request::PassData(host::correction_data(3_200)));
    let formed = host.call(&host::form_receipt(ten, 3_200));
    let Ok(Answer::Receipt { number, document }) = formed else {
        panic!("{formed:?}");
    };
    assert_eq!(
        (number, document.number),
        (ReceiptNumber(2), DocumentNumber(4))
    );
    let passed = Stored {
        number: document.number,
        kind: DocumentKind::Correction,
        total: 3_200,
        tags: &[1173, 1174, 1059, 1055, 1031, 1215, 1216, 1217, 1081],
        data: host::correction_data(3_200),
        sign_prefix: [0x33, 0x04],
    };
    the_archive_holds(host, &passed);

    let message = Container::decode(&host.message()).unwrap();
    assert_eq!(
        (message.header.form, message.header.document),
        (31, document.number)
    );
    assert_eq!(message.document[..2], [31, 0]);
    assert_eq!(host.acknowledge(0), document.number);
    let ticket = host.call(&Request::FindTicket(document.number));
    assert!(
        matches!(ticket, Ok(Answer::FoundTicket { .. })),
        "{ticket:?}"
    );
}

fn the_ofd_gets_the_receipt<W: Wire>(host: &mut Host<W>) {
    let message = Container::decode(&host.message()).unwrap();
    let number = DocumentNumber(3);
    assert_eq!(message.header.sender, Sender::Register);
    assert_eq!((message.header.form, message.header.document), (3, number));
    assert_eq!(message.sign()[..2], [0x81, 0x06]);
    assert!(message.document.ends_with(&host::receipt_data(12_345)));

    let drive = message.header.drive.drive().unwrap();
    let check = |host: &mut Host<W>, ticket: Vec<u8>, reason: u8| {
        let refused = host.refused(Request::PassTicket(ticket));
        assert_eq!(refused, (AnswerCode::TICKET_REFUSED, vec![reason]));
    };
    let mut garbled = host::ticket(drive, number, 0);
    garbled[60] ^= 1;
    check(host, garbled, 5);
    check(host, vec![1, 2, 3], 2);
    check(host, host::ticket(drive, DocumentNumber(4), 0), 3);
    check(
        host,
        host::ticket("9999078900000002".parse().unwrap(), number, 0),
        4,
    );

    let accepted = host.call(&Request::PassTicket(host::ticket(drive, number, 14)));
    assert!(accepted.is_ok(), "{accepted:?}");
    assert!(host.status().warnings.format_refused());
    let Ok(Answer::FoundTicket { document, .. }) = host.call(&Request::FindTicket(number)) else {
        panic!("no ticket");
    };
    assert_eq!(document, number);
}

fn code(code: AnswerCode) -> (AnswerCode, Vec<u8>) {
    (code, Vec::new())
}
