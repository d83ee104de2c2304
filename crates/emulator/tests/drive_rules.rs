//! What an emulated drive refuses, and with which code.

use emulator::drive::{Drive, DriveError, Passport, Port};
use ffd::Tag;
use fn_proto::{
    Answer, AnswerCode, CurrentDocument, DocumentKind, Failure, MAX_DATA, Phase, Reaction,
    RegistrationForm, Request, WarningFlags,
};
use host::{Host, drive, form_receipt, passport, time};
use terms::{DocumentNumber, FfdVersion, RegistrationReason, ShiftNumber};

mod host;

type Local = Host<(Port, Vec<u8>)>;

const NINE: &str = "2026-11-22T09:00";

fn fresh() -> Local {
    Host::in_process(drive())
}

fn registered() -> Local {
    let mut host = fresh();
    host.register(time(NINE));
    host
}

fn in_shift() -> Local {
    let mut host = registered();
    host.open_shift(time(NINE));
    host
}

fn code(host: &mut Local, request: Request) -> AnswerCode {
    host.refused(request).0
}

fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    let length = value.len() as u16;
    [&tag.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
}

#[test]
fn only_numbers_of_debug_drives_are_emulated() {
    let number = "9287440301001022".parse().unwrap();
    let refused = Passport::new(number);
    assert!(matches!(refused, Err(DriveError::NotADebugNumber(n)) if n == number));
}

#[test]
fn commands_out_of_order_are_refused_as_wrong_state() {
    let nine = time(NINE);
    let check = |host: &mut Local, request: Request| {
        let name = request.name();
        assert_eq!(code(host, request), AnswerCode::WRONG_STATE, "{name}");
    };
    let host = &mut fresh();
    check(host, Request::ShiftStatus);
    check(host, Request::ExchangeStatus);
    check(host, Request::BeginShiftOpening(nine));
    check(host, Request::FormRegistration(host::registration(nine)));
    check(host, Request::PassData(host::shift_data()));
    check(host, Request::CancelDocument);
    check(host, Request::AcceptedSize);

    let host = &mut registered();
    check(host, host::begin_registration(FfdVersion::V1_2));
    check(host, Request::BeginShiftClosing(nine));
    check(host, Request::BeginReceipt(nine));
    check(host, Request::BeginCorrection(nine));
    check(host, form_receipt(nine, 100));
    check(host, Request::OpenShift);
    check(host, Request::NextTlv);
    host.done(Request::BeginShiftOpening(nine));
    check(host, Request::OpenShift); // no data were passed
    check(host, Request::BeginShiftOpening(nine));
    check(host, Request::CloseShift);
    host.done(Request::CancelDocument);

    let host = &mut in_shift();
    check(host, Request::BeginShiftOpening(nine));
    for begin in [Request::BeginReceipt(nine), Request::BeginCorrection(nine)] {
        host.done(begin);
        check(host, Request::BeginReceipt(nine));
        check(host, Request::BeginCorrection(nine));
        check(host, Request::BeginShiftClosing(nine));
        check(host, Request::CloseShift);
        check(host, form_receipt(nine, 100)); // no data were passed
        host.done(Request::CancelDocument);
    }
    host.close_shift(nine);
    check(host, Request::BeginCorrection(nine));
}

#[test]
fn registration_is_refused_when_its_numbers_do_not_fit() {
    let form = host::registration(time(NINE));
    let check = |change: &dyn Fn(&mut RegistrationForm), expected: AnswerCode| {
        let mut host = fresh();
        host.done(host::begin_registration(FfdVersion::V1_2));
        host.done(Request::PassData(host::registration_data()));
        let mut form = form.clone();
        change(&mut form);
        assert_eq!(code(&mut host, Request::FormRegistration(form)), expected);
        assert_eq!(host.status().current, CurrentDocument::Registration);
    };
    let stranger = "7702203276".parse().unwrap();
    check(&|form| form.user_inn = stranger, AnswerCode::BAD_VALUE);
    check(&|form| form.work_mode |= 0x01, AnswerCode::BAD_VALUE); // encryption
    check(&|form| form.work_mode |= 0x02, AnswerCode::BAD_VALUE); // autonomous with an ОФД
    check(&|form| form.ofd_inn = None, AnswerCode::BAD_VALUE);
    check(&|form| form.extended_flags |= 0x10, AnswerCode::BAD_VALUE); // marked goods

    let mut host = fresh();
    host.done(host::begin_registration(FfdVersion::V1_2));
    host.done(Request::PassData(host::shift_data()));
    let without_serial = code(&mut host, Request::FormRegistration(form.clone()));
    assert_eq!(without_serial, AnswerCode::WRONG_MODE);
    assert_eq!(
        code(&mut fresh(), host::begin_registration(FfdVersion::V1_05)),
        AnswerCode::WRONG_MODE
    );
}

#[test]
fn data_are_checked_as_they_are_passed_and_a_refused_part_leaves_nothing() {
    refuses_bad_data(Request::BeginReceipt(time(NINE)));
    refuses_bad_data(Request::BeginCorrection(time(NINE)));
}

fn refuses_bad_data(begin: Request) {
    let mut host = in_shift();
    host.done(begin);
    let good = host::item(100);
    host.done(Request::PassData(good.clone()));
    let mut check = |data: Vec<u8>, expected: AnswerCode, tag: Option<u16>| {
        let refused = host.refused(Request::PassData(data.clone()));
        let extra = tag.map_or_else(Vec::new, |tag| tag.to_le_bytes().to_vec());
        assert_eq!(refused, (expected, extra), "{data:02X?}");
    };
    check(Vec::new(), AnswerCode::UNKNOWN_COMMAND, None);
    check(good[..9].to_vec(), AnswerCode::BAD_ATTRIBUTE, None); // torn
    check(tlv(1055, &[1, 1]), AnswerCode::BAD_ATTRIBUTE, None); // a byte of two bytes
    for tag in [1012, 1020, 1041, 1054, 1077, 1209, 1290] {
        check(tlv(tag, &[0]), AnswerCode::FORBIDDEN_TAG, Some(tag));
    }
    let twice = [tlv(1055, &[1]), tlv(1055, &[1])].concat();
    check(twice, AnswerCode::DUPLICATE_TAG, Some(1055));
    check(
        tlv(1059, &tlv(2100, &[1])),
        AnswerCode::FORBIDDEN_TAG,
        Some(2100),
    );
    check(tlv(1059, &tlv(1030, b"x")), AnswerCode::BAD_ATTRIBUTE, None);
    let excise = tlv(1212, &[2]);
    check(tlv(1059, &excise), AnswerCode::NOT_REGISTERED, None);

    host.done(Request::PassData(tlv(1055, &[1])));
    let again = host.refused(Request::PassData(tlv(1055, &[1])));
    assert_eq!(again, (AnswerCode::DUPLICATE_TAG, vec![0x1F, 0x04]));
    let accepted = good.len() as u32 + 5;
    assert_eq!(
        host.call(&Request::AcceptedSize),
        Ok(Answer::AcceptedSize {
            data: accepted,
            notification: Some(0),
        })
    );
}

#[test]
fn a_document_takes_no_more_data_than_its_kind_may_have() {
    let fill = |host: &mut Local| {
        let line = host::item(100);
        let chunk = line.repeat(MAX_DATA / line.len());
        let mut sent = 0;
        loop {
            match host.call(&Request::PassData(chunk.clone())) {
                Ok(_) => sent += chunk.len(),
                Err(Failure::Refused(refusal)) => {
                    assert_eq!(refusal.code, AnswerCode::TOO_LONG);
                    return (sent, chunk.len());
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    };
    let mut host = in_shift();
    let nine = time(NINE);
    for begin in [Request::BeginReceipt(nine), Request::BeginCorrection(nine)] {
        host.done(begin);
        let (sent, chunk) = fill(&mut host);
        assert!((30 * 1024 - chunk..=30 * 1024).contains(&sent), "{sent}");
        host.done(Request::CancelDocument);
    }
    host.done(Request::BeginShiftClosing(time(NINE)));
    assert_eq!(fill(&mut host).0, 0); // one part is more than 1 KB already
}

#[test]
fn a_receipt_needs_all_five_payment_sums() {
    let mut host = in_shift();
    host.done(Request::BeginReceipt(time(NINE)));
    let form = form_receipt(time(NINE), 100);
    assert_eq!(code(&mut host, form.clone()), AnswerCode::WRONG_STATE);
    host.done(Request::PassData(host::item(100)));
    let mut received = 0;
    for (bit, tag) in [1031, 1081, 1215, 1216, 1217].into_iter().enumerate() {
        let refused = host.refused(form.clone());
        assert_eq!(refused, (AnswerCode::DATA_MISSING, vec![received]));
        host.done(Request::PassData(tlv(tag, &[0])));
        received |= 1 << bit;
    }
    assert!(host.call(&form).is_ok());
}

#[test]
fn a_correction_needs_its_payment_sums_its_basis_and_its_lines() {
    let form = form_receipt(time(NINE), 100);
    let (basis, line) = (host::correction_basis(), host::item(100));
    let sums = host::receipt_data(100)[line.len()..].to_vec();
    let check = |passed: &[&[u8]], expected: (AnswerCode, Vec<u8>)| {
        let mut host = in_shift();
        host.done(Request::BeginCorrection(time(NINE)));
        host.done(Request::PassData(passed.concat()));
        assert_eq!(host.refused(form.clone()), expected, "{passed:02X?}");
        // It stays begun: what is missing may still come.
        assert_eq!(host.status().current, CurrentDocument::Correction);
    };
    check(&[&basis, &line], (AnswerCode::DATA_MISSING, vec![0]));
    check(&[&line, &sums], (AnswerCode::WRONG_MODE, vec![]));
    check(&[&basis, &sums], (AnswerCode::WRONG_MODE, vec![]));

    let mut host = in_shift();
    host.done(Request::BeginCorrection(time(NINE)));
    host.done(Request::PassData(basis.clone()));
    let again = host.refused(Request::PassData(basis));
    assert_eq!(again, (AnswerCode::DUPLICATE_TAG, vec![0x95, 0x04])); // 1173
    host.done(Request::PassData([line, sums].concat()));
    assert!(host.call(&form).is_ok());
}

#[test]
fn time_never_goes_back() {
    let mut host = registered();
    let before = time("2026-11-22T08:59");
    assert_eq!(
        code(&mut host, Request::BeginShiftOpening(before)),
        AnswerCode::BAD_TIME
    );
    host.open_shift(time(NINE));
    host.done(Request::BeginReceipt(time("2026-11-22T09:30")));
    host.done(Request::PassData(host::receipt_data(100)));
    let early = form_receipt(time("2026-11-22T09:29"), 100);
    assert_eq!(code(&mut host, early), AnswerCode::BAD_TIME);
    host.done(Request::CancelDocument);
    assert_eq!(
        code(&mut host, Request::BeginCorrection(before)),
        AnswerCode::BAD_TIME
    );
    assert_eq!(
        code(&mut host, Request::DaysLeft(before)),
        AnswerCode::BAD_TIME
    );
}

#[test]
fn a_shift_takes_receipts_for_a_day_and_can_be_closed_at_any_later_date() {
    let mut host = in_shift();
    let last_minute = time("2026-11-23T09:00");
    host.receipt(last_minute, 100);
    host.correction(last_minute, 100);
    let late = time("2026-11-23T09:01");
    for begin in [Request::BeginReceipt(late), Request::BeginCorrection(late)] {
        assert_eq!(code(&mut host, begin), AnswerCode::SHIFT_TOO_LONG);
    }
    host.done(Request::BeginReceipt(last_minute));
    host.done(Request::PassData(host::receipt_data(100)));
    assert_eq!(
        code(&mut host, form_receipt(late, 100)),
        AnswerCode::BAD_TIME
    );
    host.done(Request::CancelDocument);
    let closed = host.close_shift(time("2026-12-13T09:00"));
    assert!(matches!(closed, Answer::Shift { shift, .. } if shift == ShiftNumber(1)));
}

#[test]
fn a_host_whose_clock_differs_from_the_drive_s_timer_is_told() {
    let timer = Box::new(|| time("2026-11-22T09:05"));
    let mut host = Host::in_process(drive().with_timer(timer));
    host.register(time(NINE));
    host.open_shift(time(NINE));
    assert_eq!(
        code(&mut host, Request::BeginReceipt(time("2026-11-22T09:11"))),
        AnswerCode::CLOCK_DIFFERS
    );
    host.receipt(time("2026-11-22T09:10"), 100);
}

#[test]
fn a_drive_without_tickets_warns_and_then_refuses_until_it_is_sent() {
    let mut host = registered();
    host.open_shift(time("2026-11-22T09:00"));
    host.close_shift(time("2026-11-24T09:00"));
    assert_eq!(host.status().warnings, WarningFlags::NONE);
    host.open_shift(time("2026-12-22T09:00")); // day 30
    assert_eq!(host.status().warnings, WarningFlags::OFD_SILENT);
    host.close_shift(time("2026-12-23T09:00"));
    let open = Request::BeginShiftOpening(time("2026-12-23T10:00"));
    assert_eq!(code(&mut host, open.clone()), AnswerCode::RESOURCE_LIMIT);
    while host.call(&Request::UnacknowledgedCount) != Ok(Answer::UnacknowledgedCount(0)) {
        host.acknowledge(0);
    }
    assert_eq!(host.status().warnings, WarningFlags::NONE);
    host.done(open);
}

#[test]
fn a_full_drive_can_still_close_its_shift_and_its_archive() {
    let mut limited = passport();
    limited.document_limit = 3;
    let mut host = Host::in_process(Drive::in_memory(limited).unwrap());
    let left = |host: &mut Local| match host.call(&Request::FreeMemory) {
        Ok(Answer::FreeMemory { documents, .. }) => documents,
        other => panic!("{other:?}"),
    };
    assert_eq!(left(&mut host), 3);
    host.register(time(NINE));
    host.open_shift(time(NINE));
    assert!(!host.status().warnings.archive_full());
    host.receipt(time(NINE), 100);
    assert_eq!(left(&mut host), 0);
    // The flag tells this 14h from that of an ОФД which is silent for too long.
    let is_full = |host: &mut Local, request: Request| {
        assert_eq!(code(host, request), AnswerCode::RESOURCE_LIMIT);
        let warnings = host.status().warnings;
        assert!(warnings.archive_full() && !warnings.ofd_silent());
        let reaction = AnswerCode::RESOURCE_LIMIT.reaction_with(warnings);
        assert_eq!(reaction, Reaction::SlotExhausted);
    };
    for begin in [Request::BeginReceipt, Request::BeginCorrection] {
        is_full(&mut host, begin(time(NINE)));
    }
    host.close_shift(time(NINE));
    is_full(&mut host, Request::BeginShiftOpening(time(NINE)));
    host.acknowledge_all();
    assert_eq!(host.close_archive(time(NINE)).number, DocumentNumber(5));
    assert_eq!(host.acknowledge(0), DocumentNumber(5));
    assert_eq!(host.status().phase, Phase::ArchiveOnly);
    assert_eq!(left(&mut host), 0);
}

#[test]
fn the_end_of_a_drive_s_life_is_announced_and_then_comes() {
    let mut short = passport();
    short.life_days = 31;
    let mut host = Host::in_process(Drive::in_memory(short).unwrap());
    host.register(time("2026-11-22T09:00"));
    assert_eq!(
        host.call(&Request::Expiry),
        Ok(Answer::Expiry {
            until: "2026-12-23".parse().unwrap(),
            registrations_left: 29,
            registrations_done: 1,
        })
    );
    host.acknowledge(0);
    let mut open_and_close = |day: &str| {
        host.open_shift(time(day));
        host.acknowledge(0);
        host.close_shift(time(day));
        host.acknowledge(0);
        host.status().warnings
    };
    assert_eq!(open_and_close("2026-11-22T10:00"), WarningFlags::NONE);
    assert_eq!(
        open_and_close("2026-11-23T10:00"),
        WarningFlags::RESOURCE_ENDS
    );
    assert!(open_and_close("2026-12-20T10:00").replace_now());
    open_and_close("2026-12-23T10:00");
    let late = time("2026-12-24T10:00");
    let after = Request::BeginShiftOpening(late);
    assert_eq!(code(&mut host, after), AnswerCode::RESOURCE_OVER);
    // Nor can a registration that its life does not cover be made.
    let longer = host::changed(late, [RegistrationReason::UserName]);
    host.done(Request::BeginRegistration {
        kind: longer.kind(),
        ffd: FfdVersion::V1_2,
    });
    host.done(Request::PassData(host::registration_data()));
    let refused = code(&mut host, Request::FormRegistration(longer));
    assert_eq!(refused, AnswerCode::LIFE_OVER);
    host.done(Request::CancelDocument);
    host.close_archive(late);
    assert_eq!(host.status().phase, Phase::PostFiscal);
}

#[test]
fn the_exchange_with_the_ofd_keeps_its_order() {
    let mut host = registered();
    let read = |offset| Request::ReadMessage { offset, length: 10 };
    let check = |host: &mut Local, request: Request, expected: AnswerCode| {
        let name = request.name();
        assert_eq!(code(host, request), expected, "{name}");
    };
    let some_ticket = host::ticket(passport().number(), DocumentNumber(1), 0);
    check(&mut host, Request::BeginMessage, AnswerCode::NO_TRANSPORT);
    check(&mut host, read(0), AnswerCode::NO_TRANSPORT);
    host.done(Request::SetTransport(true));
    check(&mut host, read(0), AnswerCode::WRONG_STATE);
    check(&mut host, Request::FinishMessage, AnswerCode::WRONG_STATE);
    check(
        &mut host,
        Request::PassTicket(some_ticket.clone()),
        AnswerCode::WRONG_STATE,
    );
    assert!(host.call(&Request::BeginMessage).is_ok());
    check(&mut host, read(9999), AnswerCode::UNKNOWN_COMMAND);
    assert!(host.call(&read(0)).is_ok());
    check(&mut host, Request::FinishMessage, AnswerCode::WRONG_STATE); // not read to its end
    host.done(Request::CancelMessage);
    check(&mut host, read(0), AnswerCode::WRONG_STATE);
    // The same message as often as it takes.
    assert_eq!(host.message(), host.message());
    assert!(host.call(&Request::PassTicket(some_ticket)).is_ok());
    check(&mut host, Request::BeginMessage, AnswerCode::NO_DATA);
}

#[test]
fn archive_records_have_the_lengths_of_real_ones() {
    let mut host = in_shift();
    host.receipt(time(NINE), 1_600);
    host.correction(time(NINE), 3_200);
    host.close_shift(time(NINE));
    let expected = [
        (DocumentKind::Registration, 62),
        (DocumentKind::ShiftOpening, 17),
        (DocumentKind::Receipt, 21),
        (DocumentKind::Correction, 21),
        (DocumentKind::ShiftClosing, 17),
    ];
    for (number, (kind, length)) in (1..).zip(expected) {
        let request = Request::FindDocument(DocumentNumber(number));
        let answer = host.call(&request).unwrap();
        assert_eq!(answer.encode().len(), length, "{kind}");
        let Answer::Found(found) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((found.kind, found.document.number.get()), (kind, number));
    }
    for beyond in [0, 6, u32::MAX] {
        let request = Request::FindDocument(DocumentNumber(beyond));
        assert_eq!(code(&mut host, request), AnswerCode::NO_DATA);
    }
}

#[test]
fn a_closed_shift_reports_what_it_counted() {
    let mut host = in_shift();
    host.receipt(time(NINE), 10_000);
    host.receipt(time(NINE), 2_345);
    host.correction(time(NINE), 300);
    host.correction(time(NINE), 20);
    host.close_shift(time(NINE));
    assert!(host.call(&Request::OpenDocument(DocumentNumber(7))).is_ok());
    let mut found = Vec::new();
    while let Ok(Answer::Tlv(object)) = host.call(&Request::NextTlv) {
        found.push(object);
    }
    let value = |tag: Tag| {
        let object = found
            .iter()
            .find(|object| object.starts_with(&tag.0.to_le_bytes()));
        object.unwrap_or_else(|| panic!("{tag}"))[4..].to_vec()
    };
    assert_eq!(value(Tag::SHIFT_DOCUMENTS), [6, 0, 0, 0]);
    assert_eq!(value(Tag::SHIFT_RECEIPTS), [4, 0, 0, 0]);
    assert_eq!(value(Tag::UNSENT_DOCUMENTS), [6, 0, 0, 0]);
    let cashless = 12_345_u16.to_le_bytes();
    let income = [
        tlv(1135, &[2, 0, 0, 0]),
        tlv(1201, &cashless),
        tlv(1138, &cashless),
    ]
    .concat();
    let corrected = [tlv(1135, &[2, 0, 0, 0]), tlv(1201, &[0x40, 0x01])].concat();
    let corrections = [tlv(1144, &[2, 0, 0, 0]), tlv(1145, &corrected)].concat();
    let counters = [
        tlv(1134, &[4, 0, 0, 0]),
        tlv(1129, &income),
        tlv(1133, &corrections),
    ]
    .concat();
    assert_eq!(value(Tag::SHIFT_COUNTERS), counters);
    assert_eq!(value(Tag::DRIVE_COUNTERS), counters);
}
