//! What holds for every command, every answer and any bytes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use fn_proto::{
    Answer, AnswerCode, Decoder, Failure, Frame, MAX_DATA, MAX_FRAME, Request, command_name,
    encode_answer,
};
use proptest::{collection::vec, prelude::*};
use samples::{exchange, request};
use terms::{DocumentNumber, Kopecks, OperationSign};

mod samples;

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
        prop_assert_eq!(Some(request.name()), command_name(request.code()));
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
        // Raw bytes have no length of their own, nor has 33h; some last fields are optional.
        prop_assume!(!matches!(answer, Answer::Bytes(_) | Answer::Version { .. }));
        let data = answer.encode();
        let longer = [&data[..], &[0xFF; 50]].concat();
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
    let finishing = [
        Request::OpenShift,
        Request::CloseShift,
        Request::FormSettlements,
        closing,
    ];
    assert!(finishing.iter().all(Request::is_finishing));
    for request in [
        Request::NextTlv,
        Request::NextRegistrationTlv,
        Request::SetSpeed(921_600),
        Request::ResetDebugDrive,
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

#[test]
fn what_is_offered_has_a_name_and_what_has_a_name_is_offered_or_said_not_to_be() {
    for code in 0..=u8::MAX {
        // No parameters are right for many commands; for the others the answer differs from 01h, or
        // comes with some parameters.
        let lengths = [0, 1, 2, 3, 4, 5, 11, 25, 39, 52];
        let is_read = lengths.iter().any(|length| {
            let mut data = vec![1; *length];
            if code == 0x60 {
                data = vec![0x16];
            }
            Request::decode(code, &data) != Err(AnswerCode::UNKNOWN_COMMAND)
        });
        assert_eq!(is_read, Request::is_offered(code), "{code:02X}h");
        if let Some(name) = command_name(code) {
            assert!(name.starts_with(&format!("{code:02X}h ")), "{name}");
        }
        let for_marked_goods = matches!(code, 0xB0..=0xDF);
        assert!(!(for_marked_goods && is_read), "{code:02X}h");
    }
    assert_eq!(command_name(0xB7), Some("B7h pass data of marked goods"));
    assert_eq!(command_name(0x3C), None);
}
