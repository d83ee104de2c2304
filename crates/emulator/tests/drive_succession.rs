//! From one drive to the next: an archive is closed, sent and read, and its successor is
//! registered for the same ККТ. Power fails in the middle of everything.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
};

use emulator::{
    drive::{Drive, DumpedDocument, Durability, Passport, Port, dump},
    ofd::{OfdEmulator, OfdFaults, OfdSettings, Received, Verdict, read_log},
};
use ffd::{Document, Form, UnixTime, check};
use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, CurrentDocument, DocumentKind, Formed, Phase,
    RegistrationForm, Request, Status,
};
use host::{Host, changed, close_archive, form_receipt, reports, time};
use ofd_proto::{Decoder, Flags, Message};
use terms::{DocumentNumber, FfdVersion, RegistrationReason};

mod host;

type Local = Host<(Port, Vec<u8>)>;

const FFD: FfdVersion = FfdVersion::V1_2;
const OLD: &str = "9999078900000001";
const NEW: &str = "9999078900000002";

/// A drive that loses its power again and again, and an ОФД.
struct Stand {
    folder: tempfile::TempDir,
    ofd: OfdEmulator,
}

impl Stand {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = OfdSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            log: folder.path().join("ofd.jsonl"),
            inn: host::OFD_INN.parse().unwrap(),
            faults: OfdFaults::default(),
        };
        let ofd = OfdEmulator::start_at(settings, || UnixTime(1_830_297_600)).unwrap();
        Self { folder, ofd }
    }

    fn path(&self, number: &str) -> PathBuf {
        self.folder.path().join(number)
    }

    /// Power on: the drive as its state file remembers it.
    fn power(&self, number: &str) -> Local {
        let passport = Passport::new(number.parse().unwrap()).unwrap();
        let drive = Drive::open(&self.path(number), passport, Durability::Lazy);
        Host::in_process(drive.unwrap())
    }

    /// Forms a document, at first without its end: the power fails before the last command.
    fn form(&self, number: &str, begin: &Request, tlv: &[u8], finish: &Request) -> Answer {
        let mut host = self.power(number);
        let before = host.status();
        assert_eq!(before.current, CurrentDocument::None);
        host.done(begin.clone());
        host.pass(tlv);
        assert!(host.status().has_data);
        drop(host);

        let mut host = self.power(number);
        assert_eq!(host.status(), before, "what was begun is gone");
        host.done(begin.clone());
        host.pass(tlv);
        let answer = host.call(finish).unwrap();
        drop(host);

        let after = self.power(number).status();
        assert_eq!(after.last_document, before.last_document.next());
        answer
    }

    fn register(&self, number: &str, form: RegistrationForm) -> Formed {
        let begin = Request::BeginRegistration {
            kind: form.kind(),
            ffd: FFD,
        };
        let report = reports::registration(FFD).host_tlv().unwrap();
        let finish = Request::FormRegistration(form);
        match self.form(number, &begin, &report, &finish) {
            Answer::Formed(document) => document,
            other => panic!("{other:?}"),
        }
    }

    fn shift(&self, number: &str, day: &str) {
        let at = |clock: &str| time(&format!("{day}T{clock}"));
        let (opened, worked, closed) = (at("09:00"), at("10:00"), at("20:00"));
        let open = reports::open_shift(FFD).host_tlv().unwrap();
        let begin = Request::BeginShiftOpening(opened);
        self.form(number, &begin, &open, &Request::OpenShift);
        let finish = form_receipt(worked, 12_345);
        let receipt = reports::receipt(FFD).host_tlv().unwrap();
        self.form(number, &Request::BeginReceipt(worked), &receipt, &finish);
        let correction = reports::correction(FFD).host_tlv().unwrap();
        let begin = Request::BeginCorrection(worked);
        self.form(number, &begin, &correction, &finish);

        let mut host = self.power(number);
        let refused = host.refused(Request::BeginArchiveClosing).0;
        assert_eq!(refused, AnswerCode::WRONG_STATE, "the shift is open");
        drop(host);
        let begin = Request::BeginShiftClosing(closed);
        // With a cashier, else there is nothing to pass.
        let mut report = reports::close_shift(FFD);
        report.cashier = Some(ffd::Cashier::named("Иванов И.И."));
        let close = report.host_tlv().unwrap();
        self.form(number, &begin, &close, &Request::CloseShift);
    }

    /// Sends everything. Power fails between message and ticket, so each message goes twice.
    fn send(&self, number: &str) -> u32 {
        let mut stream = TcpStream::connect(self.ofd.address()).unwrap();
        let mut sent = 0;
        loop {
            let mut host = self.power(number);
            let left = host.call(&Request::UnacknowledgedCount);
            if left == Ok(Answer::UnacknowledgedCount(0)) {
                return sent;
            }
            let message = host.message();
            let first = exchange(&mut stream, number, message.clone());
            drop(host);
            let mut host = self.power(number);
            assert_eq!(host.message(), message);
            let ticket = exchange(&mut stream, number, message);
            assert_eq!(ticket, first);
            let taken = host.call(&Request::PassTicket(ticket));
            let accepted = Answer::Ticket {
                ofd_code: 0,
                message: None,
            };
            let reasons: Vec<_> = self.log().into_iter().map(|line| line.reason).collect();
            assert_eq!(taken, Ok(accepted), "{reasons:?}");
            sent += 1;
        }
    }

    fn log(&self) -> Vec<Received> {
        read_log(&self.folder.path().join("ofd.jsonl")).unwrap()
    }
}

fn exchange(stream: &mut TcpStream, drive: &str, container: Vec<u8>) -> Vec<u8> {
    let drive = drive.parse().unwrap();
    let message = Message::new(FFD.into(), drive, Flags::DOCUMENT, container).unwrap();
    stream.write_all(&message.encode()).unwrap();
    let mut decoder = Decoder::default();
    let mut buffer = [0; 1024];
    loop {
        if let Some(answer) = decoder.next_message().unwrap() {
            return answer.container().unwrap().to_vec();
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the ОФД hung up");
        decoder.push(&buffer[..count]);
    }
}

#[test]
fn a_drive_is_closed_sent_read_and_followed_by_another() {
    let stand = Stand::new();
    stand.register(OLD, host::registration(time("2026-11-22T08:00")));
    stand.shift(OLD, "2026-11-22");
    the_archive_is_not_closed_before_everything_is_sent(&stand);
    let closed = stand.form(
        OLD,
        &Request::BeginArchiveClosing,
        &reports::close_archive(FFD).host_tlv().unwrap(),
        &close_archive(time("2026-11-22T20:05")),
    );
    let Answer::Formed(closing) = closed else {
        panic!("{closed:?}");
    };
    assert_eq!(closing.number, DocumentNumber(6));
    the_closing_report_is_sent_too(&stand);
    the_whole_archive_can_be_read(&stand, closing);
    let kinds: Vec<DocumentKind> = dumped(&stand.path(OLD))
        .iter()
        .map(|document| document.archived.kind)
        .collect();
    assert_eq!(kinds.last(), Some(&DocumentKind::ArchiveClosing));

    the_successor_works(&stand);
    let log = stand.log();
    let accepted = log.iter().filter(|it| it.verdict == Verdict::Accepted);
    let forms: Vec<u8> = accepted.map(|it| it.form).collect();
    assert_eq!(forms, [1, 2, 3, 31, 5, 6, 11, 2, 3, 31, 5, 11]);
    let others = log.iter().filter(|it| it.verdict != Verdict::Accepted);
    assert!(
        others
            .map(|it| it.verdict)
            .all(|it| it == Verdict::Repeated)
    );
}

fn the_archive_is_not_closed_before_everything_is_sent(stand: &Stand) {
    let mut host = stand.power(OLD);
    let refused = host.refused(Request::BeginArchiveClosing).0;
    assert_eq!(refused, AnswerCode::BAD_VALUE);
    assert_eq!(host.status().current, CurrentDocument::None);
    // What follows a refused begin is refused as well, as real drives do.
    let data = Request::PassData(host::shift_data());
    assert_eq!(host.refused(data).0, AnswerCode::WRONG_STATE);
    let finish = close_archive(time("2026-11-22T20:05"));
    assert_eq!(host.refused(finish).0, AnswerCode::WRONG_STATE);
    drop(host);
    assert_eq!(stand.send(OLD), 5);
}

fn the_closing_report_is_sent_too(stand: &Stand) {
    let mut host = stand.power(OLD);
    assert_eq!(host.status().phase, Phase::PostFiscal);
    let Ok(Answer::ExchangeStatus(queue)) = host.call(&Request::ExchangeStatus) else {
        panic!("no queue");
    };
    assert_eq!((queue.queued, queue.first), (1, DocumentNumber(6)));
    let open = Request::BeginShiftOpening(time("2026-11-22T20:06"));
    assert_eq!(host.refused(open).0, AnswerCode::WRONG_STATE);
    drop(host);
    assert_eq!(stand.send(OLD), 1);
    assert_eq!(stand.power(OLD).status().phase, Phase::ArchiveOnly);
}

/// As somebody does who has nothing but the drive (ФН protocol §5.11).
fn the_whole_archive_can_be_read(stand: &Stand, closing: Formed) {
    let mut host = stand.power(OLD);
    let Status {
        phase,
        last_document,
        ..
    } = host.status();
    assert_eq!((phase, last_document), (Phase::ArchiveOnly, closing.number));
    let stored = dumped(&stand.path(OLD));
    assert_eq!(stored.len(), 6);
    for (number, stored) in (1..).map(DocumentNumber).zip(&stored) {
        let found = host.call(&Request::FindDocument(number));
        assert_eq!(found, Ok(Answer::Found(stored.archived.clone())));
        assert!(stored.archived.has_ticket);
        let ticket = host.call(&Request::FindTicket(number));
        assert!(
            matches!(ticket, Ok(Answer::FoundTicket { document, .. }) if document == number),
            "{ticket:?}"
        );
        let (form, inside) = read_document(&mut host, number);
        assert_eq!(form.code(), stored.archived.kind.code());
        assert_eq!(inside, stored.tlv[4..], "ФД {number}");
        let errors = check::check_document(&stored.tlv, FFD).into_iter();
        let errors: Vec<_> = errors.filter(check::Violation::is_error).collect();
        assert_eq!(errors, [], "ФД {number}");
        let document = Document::parse_inside(form, &inside).unwrap();
        assert_eq!(document.head().unwrap().number, number);
        if let Document::CloseArchive(closed) = document {
            assert_eq!(closed.report, reports::close_archive(FFD));
            assert_eq!(closed.shift.get(), 1);
            assert_eq!(closed.head.sign, closing.sign);
            assert_eq!(closed.drive_counters.unwrap().documents, 2);
        }
    }
    let last = stored.last().unwrap();
    let form = host::registration(time("2026-11-22T08:00"));
    let expected = ArchivedDetails::Closing {
        user_inn: form.user_inn,
        rnm: form.rnm,
    };
    assert_eq!(last.archived.details, expected);
    let registered = host.call(&Request::FindRegistration(1));
    assert!(matches!(registered, Ok(Answer::RegistrationTotals(_))));
}

/// A document by 45h and 46h.
fn read_document(host: &mut Local, number: DocumentNumber) -> (Form, Vec<u8>) {
    let Ok(Answer::OpenedDocument { form, length }) = host.call(&Request::OpenDocument(number))
    else {
        panic!("ФД {number} cannot be opened");
    };
    let mut inside = Vec::new();
    while let Ok(Answer::Tlv(object)) = host.call(&Request::NextTlv) {
        inside.extend(object);
    }
    assert_eq!(inside.len(), usize::from(length));
    (Form::from_tag(ffd::Tag(form)).unwrap(), inside)
}

fn the_successor_works(stand: &Stand) {
    let form = changed(
        time("2026-11-23T08:00"),
        [RegistrationReason::DriveChange, RegistrationReason::Place],
    );
    let rnm = form.rnm;
    assert_eq!(stand.register(NEW, form).number, DocumentNumber(1));
    let mut host = stand.power(NEW);
    let Ok(Answer::Found(found)) = host.call(&Request::FindDocument(DocumentNumber(1))) else {
        panic!("no registration");
    };
    assert_eq!(found.kind, DocumentKind::Reregistration);
    let ArchivedDetails::Registration {
        rnm: registered,
        reason,
        ..
    } = found.details
    else {
        panic!("{found:?}");
    };
    assert_eq!((registered, reason), (rnm, Some(0b1001)));
    drop(host);
    stand.shift(NEW, "2026-11-23");

    let moved = changed(time("2026-11-23T20:30"), [RegistrationReason::Place]);
    let report = stand.register(NEW, moved);
    assert_eq!(report.number, DocumentNumber(6));
    let mut host = stand.power(NEW);
    let newest = [
        host.call(&Request::RegistrationTotals),
        host.call(&Request::FindRegistration(2)),
    ];
    for answer in newest {
        let Ok(Answer::RegistrationTotals(totals)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((totals.document, totals.rnm), (report, rnm));
    }
    drop(host);
    assert_eq!(stand.send(NEW), 6);
    assert_eq!(stand.power(NEW).status().phase, Phase::Fiscal);
}

fn dumped(path: &Path) -> Vec<DumpedDocument> {
    dump(path).unwrap().map(Result::unwrap).collect()
}
