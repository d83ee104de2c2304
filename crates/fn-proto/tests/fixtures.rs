//! Frames and payloads of real drives, both ways.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, CrcMismatch, CurrentDocument, Decoder, DocumentKind,
    Formed, Frame, Phase, RegistrationForm, RegistrationKind, Request, WarningFlags, encode_answer,
};
use terms::{
    DocumentNumber, FfdVersion, FiscalSign, Kopecks, LocalDateTime, OperationSign, ReceiptNumber,
    RegistrationReasons, ShiftNumber, TaxSystems,
};

mod hex;

fn frames(bytes: &[u8]) -> Vec<Result<Frame, CrcMismatch>> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next_frame().transpose()).collect()
}

fn frame(bytes: &[u8]) -> Frame {
    let mut found = frames(bytes);
    assert_eq!(found.len(), 1, "{bytes:02X?}");
    found.remove(0).unwrap()
}

fn all_frames() -> Vec<(String, Vec<u8>)> {
    let single = hex::names("request-").into_iter().chain(
        hex::names("answer-")
            .into_iter()
            .filter(|name| name != "answer-payloads.hex"),
    );
    let session = hex::records("session-receipt.hex")
        .into_iter()
        .map(|bytes| ("session-receipt.hex".to_owned(), bytes));
    single
        .map(|name| (name.clone(), hex::one(&name)))
        .chain(session)
        .collect()
}

fn time(text: &str) -> LocalDateTime {
    text.parse().unwrap()
}

#[test]
fn the_checksum_is_the_one_of_real_drives() {
    for pair in hex::records("crc16.hex").chunks(2) {
        let crc = terms::crc16(&[&pair[0]]);
        assert_eq!(crc.to_be_bytes(), pair[1][..], "{:02X?}", pair[0]);
    }
}

#[test]
fn every_recorded_frame_is_read_and_written_back() {
    for (name, bytes) in all_frames() {
        assert_eq!(frame(&bytes).encode(), bytes, "{name}");
    }
}

#[test]
fn recorded_commands_mean_what_they_say() {
    let check = |name: &str, request: Request| {
        let bytes = hex::one(name);
        assert_eq!(request.encode(), bytes, "{name}");
        let frame = frame(&bytes);
        assert_eq!(Request::decode(frame.code, &frame.data), Ok(request));
    };
    check("request-30-status.hex", Request::Status);
    check("request-32-expiry.hex", Request::Expiry);
    check("request-06-cancel.hex", Request::CancelDocument);
    check("request-10-shift.hex", Request::ShiftStatus);
    check("request-12-open-shift.hex", Request::OpenShift);
    check("request-14-close-shift.hex", Request::CloseShift);
    check("request-20-exchange-status.hex", Request::ExchangeStatus);
    check("request-46-next-tlv.hex", Request::NextTlv);
    check("request-31-drive-number.hex", Request::DriveNumber);
    check("request-33-version.hex", Request::Version);
    check("request-35-last-errors.hex", Request::LastErrors);
    check("request-3a-ffd-support.hex", Request::FfdSupport);
    check("request-3d-free-memory.hex", Request::FreeMemory);
    check(
        "request-42-unacknowledged.hex",
        Request::UnacknowledgedCount,
    );
    check("request-a7-accepted-size.hex", Request::AcceptedSize);
    check(
        "request-15-begin-receipt.hex",
        Request::BeginReceipt(time("2020-09-08T12:33")),
    );
    check(
        "request-17-begin-correction.hex",
        Request::BeginCorrection(time("2023-01-26T16:17")),
    );
    check(
        "request-16-form-receipt.hex",
        Request::FormReceipt {
            time: time("2020-09-08T12:33"),
            operation: OperationSign::Income,
            total: Kopecks::new(2_600).unwrap(),
        },
    );
    check("request-21-transport.hex", Request::SetTransport(true));
    check(
        "request-23-read-message.hex",
        Request::ReadMessage {
            offset: 0,
            length: 1024,
        },
    );
    check(
        "request-40-find-document.hex",
        Request::FindDocument(DocumentNumber(1)),
    );
    check(
        "request-45-open-document.hex",
        Request::OpenDocument(DocumentNumber(3342)),
    );
}

fn re_registration() -> RegistrationForm {
    RegistrationForm {
        time: time("2024-09-14T21:24"),
        user_inn: "7802781104".parse().unwrap(),
        rnm: "0000000000024136".parse().unwrap(),
        tax_systems: TaxSystems::from_bits(3).unwrap(),
        work_mode: 0,
        extended_flags: 0x11,
        ofd_inn: Some("7704211201".parse().unwrap()),
        reasons: Some(RegistrationReasons::from_bits(13)),
    }
}

#[test]
fn a_drive_s_end_and_its_successor_s_beginning_are_commanded_as_the_specification_says() {
    let check = |name: &str, request: Request, encoded: bool| {
        let bytes = hex::one(name);
        let frame = frame(&bytes);
        assert_eq!(request.encode() == bytes, encoded, "{name}");
        assert_eq!(Request::decode(frame.code, &frame.data), Ok(request));
    };
    let closing = Request::CloseArchive {
        time: time("2026-11-22T10:30"),
        rnm: "0000000000024136".parse().unwrap(),
    };
    check(
        "request-04-begin-archive-closing.hex",
        Request::BeginArchiveClosing,
        true,
    );
    check("request-05-close-archive.hex", closing.clone(), true);
    let form = re_registration();
    assert_eq!(form.kind(), RegistrationKind::DriveChange);
    let begin = |kind, ffd| Request::BeginRegistration { kind, ffd };
    check(
        "request-a2-drive-change.hex",
        begin(form.kind(), FfdVersion::V1_2),
        true,
    );
    // We always write the version; the shorter form is read.
    check(
        "request-a2-registration-ffd11.hex",
        begin(RegistrationKind::First, FfdVersion::V1_1),
        false,
    );
    check(
        "request-a3-drive-change.hex",
        Request::FormRegistration(form),
        true,
    );
    check(
        "request-43-registration.hex",
        Request::RegistrationTotals,
        true,
    );
    check(
        "request-43-registration-2.hex",
        Request::FindRegistration(2),
        true,
    );

    let answer = frame(&hex::one("answer-05-archive-closed.hex"));
    let formed = Formed {
        number: DocumentNumber(14),
        sign: FiscalSign(0x1F7D_0F58),
    };
    assert_eq!(
        closing.read_answer(answer.code, &answer.data),
        Ok(Answer::Formed(formed))
    );
    for wrong in [&[3_u8, 4][..], &[0, 4, 4], &[]] {
        let refused = Request::decode(0xA2, wrong);
        assert_eq!(refused, Err(AnswerCode::UNKNOWN_COMMAND), "{wrong:?}");
    }
}

#[test]
fn records_of_a_drive_s_end_and_of_re_registrations_are_read_and_written_back() {
    let form = re_registration();
    let find = Request::FindDocument(DocumentNumber(1));
    let found: Vec<_> = hex::records("archive-ffd12.hex")
        .iter()
        .map(|payload| {
            let answer = find.read_answer(0, payload).unwrap();
            assert_eq!(answer.encode(), *payload);
            let Answer::Found(found) = answer else {
                panic!("{answer:?}");
            };
            (found.kind, found.details)
        })
        .collect();
    let changed = ArchivedDetails::Registration {
        user_inn: form.user_inn,
        rnm: form.rnm,
        tax_systems: 3,
        work_mode: 0,
        extended_flags: Some(0x11),
        ofd_inn: form.ofd_inn,
        reason: Some(13),
    };
    let closed = ArchivedDetails::Closing {
        user_inn: form.user_inn,
        rnm: form.rnm,
    };
    assert_eq!(
        found,
        [
            (DocumentKind::Reregistration, changed),
            (DocumentKind::ArchiveClosing, closed)
        ]
    );

    let ways = [Request::RegistrationTotals, Request::FindRegistration(1)];
    let payloads = hex::records("registrations.hex");
    let expected = [
        (None, Some(0x11)),
        (Some(13), Some(0x11)),
        (None, None),
        (Some(4), None),
    ];
    for ((payload, way), expected) in payloads.iter().zip(ways.iter().cycle()).zip(expected) {
        let answer = way.read_answer(0, payload).unwrap();
        assert_eq!(answer.encode(), *payload);
        let Answer::RegistrationTotals(totals) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((totals.reason, totals.extended_flags), expected);
        assert_eq!((totals.rnm, totals.document.number.get()), (form.rnm, 1));
    }
}

#[test]
fn recorded_answers_mean_what_they_say() {
    let read = |request: &Request, name: &str| {
        let frame = frame(&hex::one(name));
        (
            request.read_answer(frame.code, &frame.data),
            frame.has_warning(),
        )
    };
    let (status, warns) = read(&Request::Status, "answer-30-status.hex");
    let Ok(Answer::Status(status)) = status else {
        panic!("{status:?}");
    };
    assert!(warns);
    assert_eq!(status.phase, Phase::Fiscal);
    assert_eq!(status.current, CurrentDocument::None);
    assert!(status.shift_open && !status.has_data);
    assert!(status.warnings.ofd_silent());
    assert_eq!(status.last_time, Some(time("2022-04-18T12:41")));
    assert_eq!(status.drive.as_str(), "9999078902003867");
    assert_eq!(status.last_document, DocumentNumber(10));

    let (exchange, _) = read(&Request::ExchangeStatus, "answer-20-exchange-status.hex");
    let Ok(Answer::ExchangeStatus(exchange)) = exchange else {
        panic!("{exchange:?}");
    };
    assert!(exchange.message_waiting && !exchange.connected && !exchange.reading);
    assert_eq!(exchange.queued, 10);
    assert_eq!(exchange.first_time, Some(time("2022-03-28T09:41")));

    let (version, warns) = read(&Request::Version, "answer-33-version.hex");
    let text = "fn 1.2 mgm 03".to_owned();
    assert_eq!(
        version,
        Ok(Answer::Version {
            text,
            serial: false
        })
    );
    assert!(!warns);

    let (refused, _) = read(&Request::PassData(Vec::new()), "answer-forbidden-tag.hex");
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the drive refused 07h pass data with code 0Bh tag that only the drive may form",
    );
}

#[test]
fn the_archive_of_a_real_drive_is_read_and_written_back() {
    let find = Request::FindDocument(DocumentNumber(1));
    let mut kinds = Vec::new();
    for name in ["archive-kit.hex", "archive-jpos.hex"] {
        for payload in hex::records(name) {
            let Ok(answer @ Answer::Found(_)) = find.read_answer(0x80, &payload) else {
                panic!("{name}: {payload:02X?}");
            };
            assert_eq!(answer.encode(), payload, "{name}");
            let Answer::Found(found) = answer else {
                unreachable!()
            };
            kinds.push((found.kind, found.details));
        }
    }
    let sum = |kopecks| ArchivedDetails::Receipt {
        operation: OperationSign::Income,
        total: Kopecks::new(kopecks).unwrap(),
    };
    assert_eq!(kinds[2], (DocumentKind::Receipt, sum(1_600)));
    assert_eq!(kinds[10], (DocumentKind::Correction, sum(3_200)));
    assert_eq!(kinds[15], (DocumentKind::Receipt, sum(20_000)));
    let ArchivedDetails::Registration { reason, .. } = &kinds[7].1 else {
        panic!("{:?}", kinds[7]);
    };
    assert_eq!(*reason, Some(4));
}

#[test]
fn a_recorded_receipt_is_reproduced_by_both_sides() {
    let frames: Vec<Frame> = hex::records("session-receipt.hex")
        .iter()
        .map(|bytes| frame(bytes))
        .collect();
    for exchange in frames.chunks(2) {
        let request = Request::decode(exchange[0].code, &exchange[0].data).unwrap();
        assert_eq!(request.encode(), exchange[0].encode());
        let answer = request
            .read_answer(exchange[1].code, &exchange[1].data)
            .unwrap();
        assert_eq!(
            encode_answer(AnswerCode::OK, false, answer.encode()),
            exchange[1].encode()
        );
        if request.is_finishing() {
            let number = ReceiptNumber(196);
            let document = Formed {
                number: DocumentNumber(3342),
                sign: FiscalSign(0x1F7D_0F58),
            };
            assert_eq!(answer, Answer::Receipt { number, document });
        }
    }
}

#[test]
fn a_stored_document_is_read_object_by_object() {
    for object in hex::records("document-receipt.hex") {
        let answer = Request::NextTlv.read_answer(0, &object);
        assert_eq!(answer, Ok(Answer::Tlv(object.clone())));
        assert!(
            Request::NextTlv
                .read_answer(0, &object[..object.len() - 1])
                .is_err()
        );
    }
}

#[test]
fn both_documented_lengths_of_an_answer_are_read() {
    let read = |request: &Request, data: &[u8]| request.read_answer(0, data).unwrap();
    let payloads = hex::records("answer-payloads.hex");
    assert_eq!(
        read(&Request::Expiry, &payloads[0]),
        Answer::Expiry {
            until: "2024-02-01".parse().unwrap(),
            registrations_left: 29,
            registrations_done: 1,
        }
    );
    assert_eq!(
        read(&Request::ExchangeStatus, &payloads[1]).encode(),
        payloads[1]
    );
    assert_eq!(read(&Request::Status, &payloads[2]).encode(), payloads[2]);

    let shift = [7, 0, 1, 0, 0, 0, 2, 0, 0, 0];
    let document = Formed {
        number: DocumentNumber(1),
        sign: FiscalSign(2),
    };
    let expected = |warnings| Answer::Shift {
        shift: ShiftNumber(7),
        document,
        warnings,
    };
    assert_eq!(read(&Request::OpenShift, &shift), expected(None));
    assert_eq!(
        read(&Request::CloseShift, &[&shift[..], &[8]].concat()),
        expected(Some(WarningFlags::OFD_SILENT)),
    );
    let memory = |notifications| Answer::FreeMemory {
        documents: 1,
        kilobytes: 2,
        notifications,
    };
    let short = [1, 0, 0, 0, 2, 0, 0, 0];
    assert_eq!(read(&Request::FreeMemory, &short), memory(None));
    let long = [&short[..], &[9]].concat();
    assert_eq!(read(&Request::FreeMemory, &long), memory(Some(9)));
    let size = |notification| Answer::AcceptedSize {
        data: 5,
        notification,
    };
    let accepted = [5, 0, 0, 0];
    assert_eq!(read(&Request::AcceptedSize, &accepted), size(None));
    let both = [5, 0, 0, 0, 6, 0, 0, 0];
    assert_eq!(read(&Request::AcceptedSize, &both), size(Some(6)));
    assert_eq!(
        read(&Request::FfdSupport, &[1, 4]),
        read(&Request::FfdSupport, &[2, 4])
    );

    let find = Request::FindDocument(DocumentNumber(13));
    let report = [
        0x15, 0, 0x12, 1, 0x19, 10, 0, 13, 0, 0, 0, 0x3B, 0x92, 0x3F, 7, 2, 0, 0, 0, 0x12, 1, 0x19,
    ];
    assert_eq!(
        read(&find, &[&report[..], &[10, 0]].concat()),
        read(&find, &report)
    );
    assert!(find.read_answer(0, &[&report[..], &[10]].concat()).is_err());
}

#[test]
fn a_frame_is_found_wherever_the_stream_is_cut() {
    for (name, bytes) in all_frames() {
        for cut in 0..=bytes.len() {
            let mut decoder = Decoder::new();
            decoder.push(&bytes[..cut]);
            let early = decoder.next_frame().unwrap();
            assert_eq!(early.is_some(), cut == bytes.len(), "{name} cut at {cut}");
            assert_eq!(decoder.is_inside_frame(), (1..bytes.len()).contains(&cut));
            decoder.push(&bytes[cut..]);
            let found = early.or_else(|| decoder.next_frame().unwrap());
            assert_eq!(found.map(|frame| frame.encode()), Some(bytes.clone()));
        }
    }
}

#[test]
fn frames_in_a_row_come_out_one_by_one() {
    let all = all_frames();
    let stream: Vec<u8> = all.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let found: Vec<Vec<u8>> = frames(&stream)
        .into_iter()
        .map(|frame| frame.unwrap().encode())
        .collect();
    let expected: Vec<Vec<u8>> = all.into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(found, expected);
}

#[test]
fn noise_before_a_frame_does_not_hide_it() {
    let answer = hex::one("answer-30-status.hex");
    let good = frame(&answer);
    let check = |noise: &[u8]| {
        let found = frames(&[noise, &answer].concat());
        assert_eq!(found.last(), Some(&Ok(good.clone())), "{noise:02X?}");
    };
    check(&[0xFF, 0x00, 0x05]);
    check(&[0x04]); // a start byte, then an impossible length
    check(&[0x04, 0x00, 0x00]);
    check(&[0x04, 0x02, 0x06]);
    check(&[0x04, 0x01, 0x00, 0x30, 0x00, 0x00]); // a frame with a wrong CRC
    check(&answer[..answer.len() - 9]); // a frame that was cut
}

#[test]
fn a_wrong_checksum_is_told_with_both_values() {
    let mut bytes = hex::one("request-30-status.hex");
    bytes[4] ^= 0x01;
    let error = frames(&bytes)[0].clone().unwrap_err();
    assert_eq!((error.received, error.expected), (0xCDFE, 0xCDFF));
}

#[test]
fn a_cut_frame_can_be_given_up_when_the_wire_falls_silent() {
    let mut decoder = Decoder::new();
    let answer = hex::one("answer-done.hex");
    // The start of a long frame swallows a whole short one until it is given up.
    decoder.push(&[&[0x04, 0x00, 0x06, 0x00][..], &answer].concat());
    assert_eq!(decoder.next_frame(), Ok(None));
    assert!(decoder.abandon());
    assert_eq!(decoder.next_frame(), Ok(Some(frame(&answer))));
    assert!(!decoder.abandon());
}
