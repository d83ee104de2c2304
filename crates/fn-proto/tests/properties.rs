//! What holds for every command, every answer and any bytes.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, ArchivedDocument, CurrentDocument, Decoder, DocumentKind,
    ExchangeStatus, Failure, Formed, Frame, MAX_DATA, MAX_FRAME, Phase, RegistrationForm,
    RegistrationKind, RegistrationTotals, Request, ShiftStatus, Status, WarningFlags,
    encode_answer,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, Inn, Kopecks, LocalDate, LocalDateTime,
    OperationSign, ReceiptNumber, RegistrationReasons, Rnm, ShiftNumber, TaxSystems,
};

fn time() -> impl Strategy<Value = LocalDateTime> {
    (0_i64..134_000_000).prop_map(|minutes| {
        let start: LocalDateTime = "2000-01-01T00:00".parse().unwrap();
        start.plus_minutes(minutes).unwrap()
    })
}

fn date() -> impl Strategy<Value = LocalDate> {
    time().prop_map(LocalDateTime::date)
}

fn inn() -> impl Strategy<Value = Inn> {
    select(vec!["7702203276", "7802781104", "500100732259"]).prop_map(|inn| inn.parse().unwrap())
}

fn rnm() -> impl Strategy<Value = Rnm> {
    "[0-9]{16}".prop_map(|rnm| rnm.parse().unwrap())
}

fn drive() -> impl Strategy<Value = DriveNumber> {
    "[0-9]{16}".prop_map(|number| number.parse().unwrap())
}

fn number() -> impl Strategy<Value = DocumentNumber> {
    any::<u32>().prop_map(DocumentNumber)
}

fn sum() -> impl Strategy<Value = Kopecks> {
    (0_i64..1 << 40).prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
}

fn operation() -> impl Strategy<Value = OperationSign> {
    select(OperationSign::ALL.to_vec())
}

fn formed() -> impl Strategy<Value = Formed> {
    (number(), any::<u32>()).prop_map(|(number, sign)| Formed {
        number,
        sign: FiscalSign(sign),
    })
}

fn tlv() -> impl Strategy<Value = Vec<u8>> {
    (any::<u16>(), vec(any::<u8>(), 0..1000)).prop_map(|(tag, value)| {
        let length = value.len() as u16;
        [&tag.to_le_bytes()[..], &length.to_le_bytes(), &value].concat()
    })
}

fn form() -> impl Strategy<Value = RegistrationForm> {
    (
        time(),
        inn(),
        rnm(),
        1_u8..0x40,
        any::<[u8; 2]>(),
        option::of(inn()),
        option::of(any::<u32>()),
    )
        .prop_map(
            |(time, user_inn, rnm, systems, [work, flags], ofd_inn, reasons)| RegistrationForm {
                time,
                user_inn,
                rnm,
                tax_systems: TaxSystems::from_bits(systems).unwrap(),
                work_mode: work,
                extended_flags: flags,
                ofd_inn,
                reasons: reasons.map(RegistrationReasons::from_bits),
            },
        )
}

fn request() -> impl Strategy<Value = Request> {
    let plain = select(vec![
        Request::BeginArchiveClosing,
        Request::CancelDocument,
        Request::ShiftStatus,
        Request::OpenShift,
        Request::CloseShift,
        Request::ExchangeStatus,
        Request::SetTransport(true),
        Request::SetTransport(false),
        Request::BeginMessage,
        Request::CancelMessage,
        Request::FinishMessage,
        Request::Status,
        Request::DriveNumber,
        Request::Expiry,
        Request::Version,
        Request::LastErrors,
        Request::FfdSupport,
        Request::FreeMemory,
        Request::Model,
        Request::UnacknowledgedCount,
        Request::RegistrationTotals,
        Request::NextTlv,
        Request::AcceptedSize,
    ]);
    let bytes = vec(any::<u8>(), 0..=MAX_DATA);
    let versions = select(vec![FfdVersion::V1_1, FfdVersion::V1_2]);
    prop_oneof![
        8 => plain,
        1 => bytes.clone().prop_map(Request::PassData),
        1 => bytes.prop_map(Request::PassTicket),
        1 => time().prop_map(Request::BeginShiftOpening),
        1 => time().prop_map(Request::BeginShiftClosing),
        1 => time().prop_map(Request::BeginReceipt),
        1 => time().prop_map(Request::BeginCorrection),
        1 => time().prop_map(Request::DaysLeft),
        1 => (time(), operation(), sum())
            .prop_map(|(time, operation, total)| Request::FormReceipt { time, operation, total }),
        1 => any::<(u16, u16)>()
            .prop_map(|(offset, length)| Request::ReadMessage { offset, length }),
        1 => number().prop_map(Request::FindDocument),
        1 => number().prop_map(Request::FindTicket),
        1 => number().prop_map(Request::OpenDocument),
        1 => any::<u8>().prop_map(Request::FindRegistration),
        1 => (time(), rnm()).prop_map(|(time, rnm)| Request::CloseArchive { time, rnm }),
        1 => (select(RegistrationKind::ALL.to_vec()), versions)
            .prop_map(|(kind, ffd)| Request::BeginRegistration { kind, ffd }),
        1 => form().prop_map(Request::FormRegistration),
    ]
}

fn status() -> impl Strategy<Value = Answer> {
    let fields = (
        select(Phase::NAMED.to_vec()),
        any::<u8>().prop_map(CurrentDocument::from_code),
        any::<[bool; 2]>(),
        any::<u8>().prop_map(WarningFlags),
        option::of(time()),
        drive(),
        number(),
    );
    fields.prop_map(
        |(phase, current, flags, warnings, last_time, drive, last)| {
            Answer::Status(Status {
                phase,
                current,
                has_data: flags[0],
                shift_open: flags[1],
                warnings,
                last_time,
                drive,
                last_document: last,
            })
        },
    )
}

fn exchange_status() -> impl Strategy<Value = Answer> {
    (
        any::<[bool; 7]>(),
        any::<u16>(),
        number(),
        option::of(time()),
    )
        .prop_map(|(bits, queued, first, first_time)| {
            Answer::ExchangeStatus(ExchangeStatus {
                connected: bits[0],
                message_waiting: bits[1],
                ticket_awaited: bits[2],
                ofd_command: bits[3],
                settings_changed: bits[4],
                command_answer_awaited: bits[5],
                reading: bits[6],
                queued,
                first,
                first_time,
            })
        })
}

fn details() -> impl Strategy<Value = (DocumentKind, ArchivedDetails)> {
    use DocumentKind::*;
    let registration = (
        inn(),
        rnm(),
        any::<[u8; 2]>(),
        option::of((any::<u8>(), option::of(inn()))),
        option::of(any::<u32>()),
    )
        .prop_map(
            |(user_inn, rnm, [tax_systems, work_mode], extended, reason)| {
                let reason = reason.map(|r| if extended.is_some() { r } else { r & 0xFF });
                let kind = if reason.is_some() {
                    Reregistration
                } else {
                    Registration
                };
                let details = ArchivedDetails::Registration {
                    user_inn,
                    rnm,
                    tax_systems,
                    work_mode,
                    extended_flags: extended.map(|(flags, _)| flags),
                    ofd_inn: extended.and_then(|(_, ofd)| ofd),
                    reason,
                };
                (kind, details)
            },
        );
    let receipts = select(vec![Receipt, StrictForm, Correction, StrictFormCorrection]);
    prop_oneof![
        registration,
        (receipts, operation(), sum()).prop_map(|(kind, operation, total)| {
            (kind, ArchivedDetails::Receipt { operation, total })
        }),
        (select(vec![ShiftOpening, ShiftClosing]), any::<u16>())
            .prop_map(|(kind, shift)| (kind, ArchivedDetails::Shift(ShiftNumber(shift)))),
        (inn(), rnm()).prop_map(|(user_inn, rnm)| {
            (ArchiveClosing, ArchivedDetails::Closing { user_inn, rnm })
        }),
        (any::<u32>(), option::of(date())).prop_map(|(unacknowledged, since)| {
            let details = ArchivedDetails::Settlements {
                unacknowledged,
                since,
            };
            (Settlements, details)
        }),
    ]
}

fn found() -> impl Strategy<Value = Answer> {
    (details(), any::<bool>(), time(), formed()).prop_map(
        |((kind, details), has_ticket, time, document)| {
            Answer::Found(ArchivedDocument {
                kind,
                has_ticket,
                time,
                document,
                details,
            })
        },
    )
}

/// 43h without a report's number, and with one.
fn totals() -> impl Strategy<Value = (Request, Answer)> {
    let extended = option::of((any::<u8>(), option::of(inn())));
    let by_number = option::of((any::<u8>(), any::<u32>()));
    let facts = (time(), inn(), rnm(), any::<[u8; 2]>(), extended, formed());
    (facts, by_number).prop_map(
        |((time, user_inn, rnm, [tax_systems, work_mode], extended, document), by_number)| {
            let request = by_number.map_or(Request::RegistrationTotals, |(number, _)| {
                Request::FindRegistration(number)
            });
            let width = if extended.is_some() { u32::MAX } else { 0xFF };
            let answer = Answer::RegistrationTotals(RegistrationTotals {
                time,
                user_inn,
                rnm,
                tax_systems,
                work_mode,
                extended_flags: extended.map(|(flags, _)| flags),
                ofd_inn: extended.and_then(|(_, ofd)| ofd),
                reason: by_number.map(|(_, reason)| reason & width),
                document,
            });
            (request, answer)
        },
    )
}

/// A command with an answer that a drive may give to it.
fn exchange() -> impl Strategy<Value = (Request, Answer)> {
    let shift =
        (any::<u16>(), formed(), option::of(any::<u8>())).prop_map(|(shift, document, w)| {
            Answer::Shift {
                shift: ShiftNumber(shift),
                document,
                warnings: w.map(WarningFlags),
            }
        });
    let versions = select(FfdVersion::ALL.to_vec());
    let moment = time();
    prop_oneof![
        (request(), Just(Answer::Done)).prop_filter("answers without data", |(request, _)| {
            request.read_answer(0, &[]) == Ok(Answer::Done)
        }),
        (any::<bool>(), any::<[u16; 2]>()).prop_map(|(open, [shift, receipt])| {
            let status = ShiftStatus {
                open,
                shift: ShiftNumber(shift),
                receipt: ReceiptNumber(receipt),
            };
            (Request::ShiftStatus, Answer::ShiftStatus(status))
        }),
        (select(vec![Request::OpenShift, Request::CloseShift]), shift),
        (time(), any::<u16>(), formed()).prop_map(|(time, number, document)| {
            let total = Kopecks::ZERO;
            let request = Request::FormReceipt {
                time,
                operation: OperationSign::Income,
                total,
            };
            (
                request,
                Answer::Receipt {
                    number: ReceiptNumber(number),
                    document,
                },
            )
        }),
        (Just(Request::ExchangeStatus), exchange_status()),
        any::<u16>().prop_map(|n| (Request::BeginMessage, Answer::MessageLength(n))),
        vec(any::<u8>(), 0..MAX_DATA).prop_map(|bytes| (Request::LastErrors, Answer::Bytes(bytes))),
        (any::<u8>(), option::of(tlv())).prop_map(|(ofd_code, message)| {
            (
                Request::PassTicket(Vec::new()),
                Answer::Ticket { ofd_code, message },
            )
        }),
        (Just(Request::Status), status()),
        drive().prop_map(|number| (Request::DriveNumber, Answer::DriveNumber(number))),
        (date(), any::<[u8; 2]>()).prop_map(|(until, [left, done])| {
            let answer = Answer::Expiry {
                until,
                registrations_left: left,
                registrations_done: done,
            };
            (Request::Expiry, answer)
        }),
        ("([!-~]([ -~]{0,14}[!-~])?)?", any::<bool>())
            .prop_map(|(text, serial)| (Request::Version, Answer::Version { text, serial })),
        (versions.clone(), versions).prop_map(|(current, highest)| (
            Request::FfdSupport,
            Answer::FfdSupport { current, highest }
        )),
        (moment, any::<u16>())
            .prop_map(|(now, days)| (Request::DaysLeft(now), Answer::DaysLeft(days))),
        (any::<[u32; 2]>(), option::of(any::<u8>())).prop_map(
            |([documents, kilobytes], notifications)| {
                let answer = Answer::FreeMemory {
                    documents,
                    kilobytes,
                    notifications,
                };
                (Request::FreeMemory, answer)
            }
        ),
        "([!-~]([ -~]{0,46}[!-~])?)?".prop_map(|text| (Request::Model, Answer::Model(text))),
        archive_exchange(),
        (form(), formed()).prop_map(|(form, document)| (
            Request::FormRegistration(form),
            Answer::Formed(document)
        )),
        (time(), rnm(), formed()).prop_map(|(time, rnm, document)| (
            Request::CloseArchive { time, rnm },
            Answer::Formed(document)
        )),
        (any::<u32>(), option::of(any::<u32>())).prop_map(|(data, notification)| {
            let answer = Answer::AcceptedSize { data, notification };
            (Request::AcceptedSize, answer)
        }),
    ]
}

/// The same for commands that read the archive.
fn archive_exchange() -> impl Strategy<Value = (Request, Answer)> {
    let any_number = DocumentNumber(1);
    prop_oneof![
        (Just(Request::FindDocument(any_number)), found()),
        (time(), any::<[u8; 18]>(), number()).prop_map(move |(time, operator_sign, document)| {
            let answer = Answer::FoundTicket {
                time,
                operator_sign,
                document,
            };
            (Request::FindTicket(any_number), answer)
        }),
        any::<u16>().prop_map(|n| (Request::UnacknowledgedCount, Answer::UnacknowledgedCount(n))),
        totals(),
        any::<[u16; 2]>().prop_map(move |[form, length]| {
            (
                Request::OpenDocument(any_number),
                Answer::OpenedDocument { form, length },
            )
        }),
        tlv().prop_map(|bytes| (Request::NextTlv, Answer::Tlv(bytes))),
    ]
}

fn decode_all(bytes: &[u8]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut found = Vec::new();
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => found.push(frame),
            Ok(None) => return found,
            Err(_) => {}
        }
    }
}

proptest! {
    #[test]
    fn what_the_host_commands_is_what_the_drive_reads(request in request()) {
        let frames = decode_all(&request.encode());
        prop_assert_eq!(frames.len(), 1);
        prop_assert_eq!(frames[0].code, request.code());
        prop_assert_eq!(Request::decode(frames[0].code, &frames[0].data), Ok(request));
    }

    #[test]
    fn what_the_drive_answers_is_what_the_host_reads((request, answer) in exchange(), warns: bool) {
        let frames = decode_all(&encode_answer(AnswerCode::OK, warns, answer.encode()));
        prop_assert_eq!(frames.len(), 1);
        prop_assert_eq!(frames[0].has_warning(), warns);
        prop_assert_eq!(request.read_answer(frames[0].code, &frames[0].data), Ok(answer));
    }

    #[test]
    fn an_answer_longer_or_shorter_than_it_should_be_is_never_read(
        (request, answer) in exchange(),
    ) {
        // Raw bytes have no length of their own; four fields are optional.
        prop_assume!(!matches!(answer, Answer::Bytes(_) | Answer::Version { .. }));
        let data = answer.encode();
        let longer = [&data[..], &[0; 50]].concat();
        prop_assert!(request.read_answer(0, &longer).is_err(), "{:?}", answer);
        if let Some(short) = data.len().checked_sub(6).map(|n| &data[..n]) {
            let read = request.read_answer(0, short);
            prop_assert_ne!(read, Ok(answer));
        }
    }

    #[test]
    fn any_answer_to_any_command_is_read_or_refused_without_panic(
        request in request(), code: u8, data in vec(any::<u8>(), 0..100),
    ) {
        match request.read_answer(code, &data) {
            Ok(_) => prop_assert_eq!(code & 0x7F, 0),
            Err(Failure::Refused(refusal)) => {
                prop_assert_eq!(refusal.code.get(), code & 0x7F);
                prop_assert_eq!(refusal.data, data);
            }
            Err(Failure::Unreadable { command, .. }) => prop_assert_eq!(command, request.name()),
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn an_accepted_command_is_written_as_it_was_read(code: u8, data in vec(any::<u8>(), 0..60)) {
        if let Ok(request) = Request::decode(code, &data) {
            let again = &decode_all(&request.encode())[0];
            prop_assert_eq!(Request::decode(again.code, &again.data), Ok(request));
        }
    }

    #[test]
    fn no_noise_breaks_the_decoder_or_fills_it(
        chunks in vec(vec(prop_oneof![Just(4_u8), Just(0), Just(1), any::<u8>()], 0..200), 0..30),
    ) {
        let mut decoder = Decoder::new();
        let mut taken = 0;
        for chunk in &chunks {
            decoder.push(chunk);
            while let Ok(Some(_)) | Err(_) = decoder.next_frame() {
                taken += 1;
                prop_assert!(taken <= chunks.len() * 200);
            }
        }
        while decoder.abandon() {
            while let Ok(Some(_)) | Err(_) = decoder.next_frame() {}
        }
        prop_assert!(!decoder.is_inside_frame());
    }

    #[test]
    fn a_frame_survives_any_cut_and_any_noise_that_is_no_start(
        request in request(), cut: prop::sample::Index,
        noise in vec((0_u8..255).prop_map(|b| if b == 4 { 255 } else { b }), 0..50),
    ) {
        let bytes = [&noise[..], &request.encode()].concat();
        let cut = cut.index(bytes.len());
        let mut decoder = Decoder::new();
        decoder.push(&bytes[..cut]);
        prop_assert_eq!(decoder.next_frame(), Ok(None));
        decoder.push(&bytes[cut..]);
        let frame = decoder.next_frame().unwrap().unwrap();
        prop_assert_eq!(Request::decode(frame.code, &frame.data), Ok(request));
    }
}

#[test]
fn a_sum_that_the_protocol_cannot_carry_is_refused_and_never_cut() {
    for kopecks in [1 << 40, -1] {
        let request = Request::FormReceipt {
            time: "2026-11-22T10:00".parse().unwrap(),
            operation: OperationSign::Income,
            total: Kopecks::new(kopecks).unwrap(),
        };
        let frame = &decode_all(&request.encode())[0];
        let read = Request::decode(frame.code, &frame.data);
        assert_eq!(read, Err(AnswerCode::UNKNOWN_COMMAND), "{kopecks}");
    }
}

#[test]
fn data_longer_than_a_frame_never_reach_the_drive_as_something_else() {
    for length in [MAX_DATA, MAX_DATA + 1, 70_000] {
        let request = Request::PassData(vec![0xAA; length]);
        let found = decode_all(&request.encode());
        assert_eq!(request.fits(), length == MAX_DATA);
        assert_eq!(found.len(), usize::from(request.fits()), "{length}");
    }
    assert_eq!(
        Request::PassData(vec![0; MAX_DATA]).encode().len(),
        MAX_FRAME
    );
}

#[test]
fn only_signing_commands_are_never_repeated_and_cursors_neither() {
    let closing = Request::CloseArchive {
        time: "2026-11-22T10:00".parse().unwrap(),
        rnm: "0000000000024136".parse().unwrap(),
    };
    let finishing = [Request::OpenShift, Request::CloseShift, closing];
    assert!(finishing.iter().all(Request::is_finishing));
    for request in [
        Request::NextTlv,
        Request::BeginMessage,
        Request::FinishMessage,
        Request::BeginArchiveClosing,
    ] {
        assert!(
            !request.is_finishing() && !request.is_repeatable(),
            "{request:?}"
        );
    }
    for request in [Request::Status, Request::FindDocument(DocumentNumber(1))] {
        assert!(request.is_repeatable(), "{request:?}");
    }
    assert!(!Request::PassData(Vec::new()).is_repeatable());
}
