//! What is asked of a drive beside documents: registration data, settlements, signed records,
//! wiping, the speed of the line.
#![expect(clippy::panic, reason = "what cannot be asked fails the test")]

use std::time::Duration;

use emulator::drive::{Drive, Durability, Port, Timing, dump};
use ffd::Reader;
use fn_proto::{Answer, AnswerCode, ArchiveRecord, DocumentKind, Phase, Request};
use host::{
    Host, drive, passport,
    personality::{ALL, FN_1, FN_1_2_IN_1_1, FN_1_2_IN_1_2, Local, raw},
    time,
};
use terms::{DocumentNumber, FfdVersion, OperationSign};

mod host;

const NINE: &str = "2026-11-22T09:00";

fn code(host: &mut Local, request: Request) -> AnswerCode {
    host.refused(request).0
}

fn read_all(host: &mut Local, next: &Request) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match host.call(next) {
            Ok(Answer::Tlv(object)) => all.extend(object),
            Err(_) => {
                let end = host.refused(next.clone());
                assert_eq!(end, (AnswerCode::NO_DATA, Vec::new()));
                return all;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_registration_is_read_whole_or_tag_by_tag() {
    for who in ALL {
        let mut host = who.registered(time(NINE));
        let change = fn_proto::RegistrationKind::ParametersChange;
        who.register(&mut host, change, time(NINE));
        let documents = host.drive().documents().unwrap();
        let content = |number: usize| documents[number - 1].tlv[4..].to_vec();
        for (report, number) in [(None, 2), (Some(1), 1), (Some(2), 2)] {
            host.done(Request::OpenRegistration(report));
            let read = read_all(&mut host, &Request::NextRegistrationTlv);
            assert_eq!(read, content(number), "{who:?} {report:?}");
        }
        // Tag 1041 is what a real drive answered (ФН protocol §2.7).
        let drive = [
            &[0x11, 0x04, 0x10, 0x00],
            &passport().number().as_bytes()[..],
        ]
        .concat();
        assert_eq!(raw(&mut host, 0x44, &[0x11, 0x04]), (0, drive.clone()));
        assert_eq!(raw(&mut host, 0x44, &[1, 0x11, 0x04]), (0, drive));
        let refused = |host: &mut Local, report, tag| {
            code(host, Request::FindRegistrationTlv { report, tag })
        };
        assert_eq!(refused(&mut host, None, 1059), AnswerCode::NO_DATA);
        assert_eq!(refused(&mut host, Some(3), 1041), AnswerCode::NO_DATA);
        let mut fresh = who.fresh();
        assert_eq!(refused(&mut fresh, None, 1041), AnswerCode::WRONG_STATE);
        let next = Request::NextRegistrationTlv;
        assert_eq!(code(&mut fresh, next), AnswerCode::WRONG_STATE);
    }
}

#[test]
fn the_drive_has_one_cursor() {
    let mut host = FN_1_2_IN_1_2.registered(time(NINE));
    let document = Request::OpenDocument(DocumentNumber(1));
    assert!(host.call(&document).is_ok());
    assert!(host.call(&Request::NextTlv).is_ok());
    host.done(Request::OpenRegistration(None));
    assert_eq!(code(&mut host, Request::NextTlv), AnswerCode::WRONG_STATE);
    assert!(host.call(&Request::NextRegistrationTlv).is_ok());
    assert!(host.call(&document).is_ok());
    let next = Request::NextRegistrationTlv;
    assert_eq!(code(&mut host, next), AnswerCode::WRONG_STATE);
}

#[test]
fn a_report_on_settlements_counts_what_is_unsent() {
    for who in ALL {
        let mut host = who.in_shift(time(NINE));
        who.receipt(&mut host, time(NINE), OperationSign::Expense);
        let nine = time(NINE);
        let check = |host: &mut Local, expected: (u32, bool)| {
            let Answer::Settlements {
                document,
                unacknowledged,
                since,
            } = who.settlements(host, nine)
            else {
                panic!("no settlements");
            };
            assert_eq!((unacknowledged, since.is_some()), expected, "{who:?}");
            let find = Request::FindDocument(document.number);
            assert!(matches!(host.call(&find), Ok(Answer::Found(found))
                    if found.kind == DocumentKind::Settlements));
            document.number
        };
        check(&mut host, (3, true));
        host.acknowledge_all();
        let last = check(&mut host, (0, false));
        assert!(host.call(&Request::OpenDocument(last)).is_ok());
        let content = read_all(&mut host, &Request::NextTlv);
        let tags: Vec<u16> = Reader::new(&content).flatten().map(|f| f.tag().0).collect();
        let counters = !who.is_1_05();
        assert_eq!(tags.contains(&1157), counters, "{who:?}");
        assert!(tags.contains(&1038) && !tags.contains(&1097) && !tags.contains(&1158));
    }
}

#[test]
fn signed_records_repeat_the_receipt_shortened() {
    for who in [FN_1_2_IN_1_1, FN_1_2_IN_1_2] {
        let mut host = who.in_shift(time(NINE));
        who.receipt(&mut host, time(NINE), OperationSign::IncomeReturn);
        who.correction(&mut host, time(NINE));
        let find = |host: &mut Local, number: u32| match host
            .call(&Request::FindSignedRecord(DocumentNumber(number)))
        {
            Ok(Answer::ArchiveRecord(record)) => record,
            other => panic!("{who:?} {number}: {other:?}"),
        };
        for number in [1, 2] {
            let ArchiveRecord::Plain(plain) = find(&mut host, number) else {
                panic!("{who:?} {number}: signed");
            };
            let found = host.call(&Request::FindDocument(DocumentNumber(number)));
            assert_eq!(found, Ok(Answer::Found(plain)));
        }
        for (number, kind) in [(3, DocumentKind::Receipt), (4, DocumentKind::Correction)] {
            let ArchiveRecord::Signed(record) = find(&mut host, number) else {
                panic!("{who:?} {number}: plain");
            };
            assert_eq!((record.ffd, record.kind), (who.ffd, kind));
            assert_eq!(record.total.get(), 12_345);
            assert_eq!(record.payments.electronic.get(), 12_345);
            assert_eq!(
                (record.vat.main.get(), record.vat.exempt_base.get()),
                (2_000, 345)
            );
            let fields: Vec<_> = Reader::new(&record.tlv).map(Result::unwrap).collect();
            let tags: Vec<u16> = fields.iter().map(|field| field.tag().0).collect();
            let with_system = who.ffd == FfdVersion::V1_2;
            let expected: &[u16] = if with_system {
                &[1059, 1059, 1055]
            } else {
                &[1059, 1059]
            };
            assert_eq!(tags, expected);
            let line: Vec<u16> = fields[0].list().map(|f| f.unwrap().tag().0).collect();
            assert_eq!(line, [1212, 1214, 1023, 1043]);
        }
        let beyond = Request::FindSignedRecord(DocumentNumber(5));
        assert_eq!(code(&mut host, beyond), AnswerCode::NO_DATA);
    }
}

#[test]
fn a_wiped_drive_is_a_new_one_after_any_end() {
    for who in ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drive");
        let open = || Drive::open(&path, who.passport(), Durability::Lazy).unwrap();
        let mut host = Host::in_process(open());
        let first = who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        host.done(Request::BeginShiftOpening(time(NINE)));
        host.done(Request::ResetDebugDrive);
        let wiped = host.status();
        assert_eq!(
            (wiped.phase, wiped.last_document),
            (Phase::Ready, DocumentNumber(0))
        );
        assert_eq!(wiped.last_time, None);
        assert_eq!(
            code(&mut host, Request::CancelDocument),
            AnswerCode::WRONG_STATE
        );
        drop(host);
        let mut host = Host::in_process(open());
        assert_eq!(host.status(), wiped);
        assert_eq!(dump(&path).unwrap().count(), 0);
        // The same document of the same drive has the same sign.
        let again = who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        assert_eq!(again, first);
        assert_eq!(raw(&mut host, 0x60, &[0x15]).0, 0x01);
        assert_eq!(host.status().phase, Phase::Fiscal);
        assert_eq!(host.drive().number(), passport().number());
    }
}

#[test]
fn the_line_is_as_fast_as_abh_has_set_it_until_the_power_is_lost() {
    let timing = Timing {
        line_speed: Some(115_200),
        ..Timing::NONE
    };
    let mut port = Port::new(drive(), timing);
    let took = |port: &mut Port, request: &Request| {
        let answers = port.feed(&request.encode());
        (answers[0].after, answers[0].bytes[3] & 0x7F)
    };
    let slow = took(&mut port, &Request::Status).0;
    let raise = Request::SetSpeed(921_600);
    // Ten bytes of the command and six of its answer, at the old speed.
    let expected = Duration::from_nanos(16 * 10 * 1_000_000_000 / 115_200);
    assert_eq!(took(&mut port, &raise), (expected, 0));
    let fast = took(&mut port, &Request::Status).0;
    assert_eq!(slow.as_micros() / 8, fast.as_micros());
    assert_eq!(took(&mut port, &Request::SetSpeed(300)).1, 0x01);
    port.lose_power();
    assert_eq!(took(&mut port, &Request::Status).0, slow);
}

#[test]
fn errors_are_remembered_for_35h_until_power_is_lost() {
    let mut host = FN_1.registered(time(NINE));
    assert_eq!(code(&mut host, Request::OpenShift), AnswerCode::WRONG_STATE);
    assert_eq!(raw(&mut host, 0x35, &[]), (0, vec![0x12, 0x02]));
    host.port().lose_power();
    assert_eq!(raw(&mut host, 0x35, &[]), (0, vec![]));
}
