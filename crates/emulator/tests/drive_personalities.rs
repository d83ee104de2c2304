//! The life of a drive in each of its personalities, and what differs between them (ФН protocol
//! §7).

use ffd::{Document, Reader, check};
use fn_proto::{Answer, AnswerCode, CounterScope, Generation, Phase, RegistrationKind, Request};
use host::{
    personality::{self, ALL, FN_1, FN_1_2_IN_1_1, FN_1_2_IN_1_2, FN_1_2_IN_1_05, Local, raw},
    time,
};
use personality::Personality;
use terms::{DocumentNumber, FfdVersion, OperationSign};

mod host;

const NINE: &str = "2026-11-22T09:00";

/// Everything that a drive forms, in the order of its life.
fn live(who: Personality, host: &mut Local) {
    let nine = time(NINE);
    who.register(host, RegistrationKind::First, nine);
    who.open_shift(host, nine);
    for sign in OperationSign::ALL {
        who.receipt(host, nine, *sign);
    }
    who.correction(host, nine);
    who.settlements(host, nine);
    who.close_shift(host, nine);
    who.settlements(host, nine);
    who.register(host, RegistrationKind::ParametersChange, nine);
    assert_eq!(host.status().phase, Phase::Fiscal);
    host.acknowledge_all();
    who.close_archive(host, nine);
    assert_eq!(host.status().phase, Phase::PostFiscal);
    host.acknowledge_all();
    assert_eq!(host.status().phase, Phase::ArchiveOnly);
}

#[test]
fn a_drive_lives_in_each_of_its_personalities_and_forms_whole_documents() {
    const FORMS: [u8; 12] = [1, 2, 3, 3, 3, 3, 31, 21, 5, 21, 11, 6];
    for who in ALL {
        let mut host = who.fresh();
        live(who, &mut host);
        let documents = host.drive().documents().unwrap();
        let forms: Vec<u8> = documents.iter().map(|d| d.archived.kind.code()).collect();
        assert_eq!(forms, FORMS, "{who:?}");
        for document in documents {
            let kind = document.archived.kind;
            let violations = check::check_document(&document.tlv, who.ffd);
            let errors: Vec<_> = violations.iter().filter(|v| v.is_error()).collect();
            assert!(errors.is_empty(), "{who:?} {kind}: {errors:#?}");
            // A report on settlements is read as a tree only, which has no head.
            if let Some(head) = Document::parse(&document.tlv).unwrap().head() {
                let number = document.archived.document.number;
                assert_eq!((head.ffd, head.number), (who.ffd, number));
            }
        }
    }
}

#[test]
fn answers_have_the_lengths_of_their_version_of_the_format() {
    for who in ALL {
        let short = who.is_1_05();
        let pick = |in_1_05: usize, later: usize| if short { in_1_05 } else { later };
        let nine = time(NINE);
        let mut host = who.fresh();
        live(who, &mut host);
        let mut length = |command: u8, data: &[u8]| match raw(&mut host, command, data) {
            (0, data) => data.len(),
            (code, _) => panic!("{who:?} {command:02X}h: {code:02X}h"),
        };
        assert_eq!(length(0x43, &[]), pick(47, 60), "{who:?}");
        assert_eq!(length(0x43, &[1]), pick(48, 64), "{who:?}");
        // 40h: registration, opening, receipt, correction, settlements, closing, change, end.
        let lengths = [
            (1, pick(49, 62)),
            (2, 17),
            (3, 21),
            (7, 21),
            (8, 22),
            (9, 17),
            (11, pick(50, 66)),
            (12, 47),
        ];
        for (number, expected) in lengths {
            assert_eq!(
                length(0x40, &u32::to_le_bytes(number)),
                expected,
                "{who:?} {number}"
            );
        }
        assert_eq!(length(0x41, &u32::to_le_bytes(12)), 27);

        let mut host = who.registered(nine);
        let opened = who.open_shift(&mut host, nine).encode().len();
        let closed = who.close_shift(&mut host, nine).encode().len();
        assert_eq!((opened, closed), (pick(10, 11), pick(10, 11)), "{who:?}");
        let settled = who.settlements(&mut host, nine).encode().len();
        assert_eq!(settled, 15, "{who:?}");
    }
}

#[test]
fn each_personality_says_which_version_it_speaks() {
    let ask = |who: Personality| raw(&mut who.registered(time(NINE)), 0x3A, &[]);
    assert_eq!(ask(FN_1), (0x01, vec![]));
    assert_eq!(ask(FN_1_2_IN_1_05), (0, vec![1, 4]));
    assert_eq!(ask(FN_1_2_IN_1_1), (0, vec![3, 4]));
    assert_eq!(ask(FN_1_2_IN_1_2), (0, vec![4, 4]));
    for who in ALL {
        let mut host = who.fresh();
        let outcome = host.call(&Request::FfdSupport);
        assert_eq!(Generation::from_ffd_support(&outcome), Some(who.generation));
        let Ok(Answer::Version { text, .. }) = host.call(&Request::Version) else {
            panic!("{who:?}: no version");
        };
        assert!(text.starts_with("EMULATOR"), "{text}");
    }
}

#[test]
fn commands_that_came_later_are_unknown_to_earlier_drives() {
    let code = |who: Personality, command: u8, data: &[u8]| {
        raw(&mut who.registered(time(NINE)), command, data).0
    };
    let later: [(u8, &[u8]); 13] = [
        (0x36, &[0]),
        (0x37, &[1]),
        (0x38, &[0, 1]),
        (0x39, &[]),
        (0x3A, &[]),
        (0x3B, &[26, 11, 22, 9, 0]),
        (0x3D, &[]),
        (0x3F, &[]),
        (0x50, &[1, 0, 0, 0]),
        (0xA2, &[9, 9]),
        (0xA3, &[]),
        (0xA7, &[]),
        (0xAB, &[0, 0x10, 0x0E, 0]),
    ];
    for (command, data) in later {
        assert_eq!(code(FN_1, command, data), 0x01, "{command:02X}h");
        let counters = matches!(command, 0x36..=0x39 | 0x50);
        let expected = if counters {
            0x08
        } else {
            code(FN_1_2_IN_1_2, command, data)
        };
        assert_eq!(
            code(FN_1_2_IN_1_05, command, data),
            expected,
            "{command:02X}h"
        );
    }
    for command in 0xB0..=0xBF {
        let codes = ALL.map(|who| code(who, command, &[0]));
        assert_eq!(codes, [0x01, 0x01, 0x32, 0x32], "{command:02X}h");
    }
    for command in [0xD0, 0xD1, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7] {
        assert_eq!(ALL.map(|who| code(who, command, &[0])), [0x01; 4]);
    }
}

#[test]
fn the_drive_s_own_tags_stand_first_in_the_order_of_real_documents() {
    let receipt = [1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020];
    let own = |who: Personality, number: usize, count: usize| -> Vec<u16> {
        let mut host = who.fresh();
        live(who, &mut host);
        let documents = host.drive().documents().unwrap();
        let document = Reader::document(&documents[number - 1].tlv).unwrap();
        let tags = document.list().map(|field| field.unwrap().tag().0);
        tags.take(count).collect()
    };
    for who in [FN_1, FN_1_2_IN_1_05] {
        let registration = [
            1041, 1037, 1018, 1040, 1012, 1077, 1056, 1002, 1001, 1109, 1110, 1108, 1062,
        ];
        assert_eq!(own(who, 1, 13), registration);
        assert_eq!(own(who, 11, 14), [&registration[..], &[1101]].concat());
        assert_eq!(own(who, 3, 10), receipt);
        assert_eq!(own(who, 7, 10), receipt);
    }
    let changed = [
        1209, 1190, 1041, 1037, 1018, 1040, 1012, 1077, 1017, 1062, 1056, 1002, 1001, 1290, 1205,
        1213,
    ];
    assert_eq!(own(FN_1_2_IN_1_2, 11, 16), changed);
    for who in [FN_1_2_IN_1_1, FN_1_2_IN_1_2] {
        assert_eq!(own(who, 3, 11), [&[1209], &receipt[..]].concat());
    }
}

#[test]
fn tag_1209_is_the_host_s_in_1_05_only_and_there_nothing_is_checked() {
    let tag = |number: u16, value: &[u8]| {
        let length = value.len() as u16;
        [&number.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
    };
    let (ffd, twice) = (tag(1209, &[2]), [tag(1055, &[1]), tag(1055, &[1])].concat());
    let line = tag(1059, &tag(1212, &[2]));
    for who in ALL {
        let mut host = who.in_shift(time(NINE));
        host.done(Request::BeginReceipt(time(NINE)));
        for (data, code) in [(&ffd, 0x0B), (&twice, 0x0C), (&line, 0x19)] {
            let expected = if who.is_1_05() { 0 } else { code };
            assert_eq!(raw(&mut host, 0x07, data).0, expected, "{who:?}");
        }
        // Objects that are not whole are refused by every drive, nothing by FN-1.2 only.
        let torn = if who.is_1_05() { 0x01 } else { 0x18 };
        assert_eq!(raw(&mut host, 0x07, &line[..7]).0, torn, "{who:?}");
        let nothing = if who.generation == Generation::Fn1 {
            0
        } else {
            0x01
        };
        assert_eq!(raw(&mut host, 0x07, &[]).0, nothing, "{who:?}");
        // Nor does 16h ask for payments there.
        host.done(Request::CancelDocument);
        host.done(Request::BeginReceipt(time(NINE)));
        host.done(Request::PassData(tag(1055, &[1])));
        let form = who.form_receipt(time(NINE), OperationSign::Income).encode();
        let code = raw(&mut host, 0x16, &form[4..form.len() - 2]).0;
        assert_eq!(code, if who.is_1_05() { 0 } else { 0x0D }, "{who:?}");
    }
}

#[test]
fn a_version_is_registered_by_its_own_commands_and_never_an_older_one() {
    let nine = time(NINE);
    let first = RegistrationKind::First;
    let change = RegistrationKind::ParametersChange;
    let code = |host: &mut Local, request: Request| host.refused(request).0;
    // Begun by 02h it is formed by 03h, begun by A2h by A3h.
    for (who, other) in [
        (FN_1_2_IN_1_05, FN_1_2_IN_1_2),
        (FN_1_2_IN_1_2, FN_1_2_IN_1_05),
    ] {
        let mut host = who.fresh();
        host.done(who.begin(first));
        who.pass(&mut host, &host::registration_data_of(who.ffd));
        assert_eq!(
            code(&mut host, other.form(first, nine)),
            AnswerCode::WRONG_MODE
        );
        assert!(host.call(&who.form(first, nine)).is_ok());
    }
    // A newer version may follow.
    let mut host = FN_1_2_IN_1_05.registered(nine);
    FN_1_2_IN_1_1.register(&mut host, change, nine);
    FN_1_2_IN_1_2.register(&mut host, change, nine);
    assert_eq!(
        code(&mut host, FN_1_2_IN_1_1.begin(change)),
        AnswerCode::WRONG_MODE
    );
    assert_eq!(
        code(&mut host, FN_1_2_IN_1_05.begin(change)),
        AnswerCode::WRONG_STATE
    );
    // Their records keep the layout of their versions.
    let lengths: Vec<usize> = (1..=3)
        .map(|number: u32| raw(&mut host, 0x40, &number.to_le_bytes()).1.len())
        .collect();
    assert_eq!(lengths, [49, 66, 66]);
    assert_eq!(raw(&mut host, 0x43, &[1]).1.len(), 48);
    assert_eq!(raw(&mut host, 0x43, &[3]).1.len(), 64);
}

#[test]
fn a_changed_drive_of_1_05_sets_its_reason_itself() {
    for who in [FN_1, FN_1_2_IN_1_05] {
        let mut host = who.fresh();
        who.register(&mut host, RegistrationKind::DriveChange, time(NINE));
        let (_, record) = raw(&mut host, 0x40, &[1, 0, 0, 0]);
        assert_eq!(
            (record[0], record.len(), record[49]),
            (0x0B, 50, 1),
            "{who:?}"
        );
    }
}

#[test]
fn only_fn_1_closes_its_archive_and_reports_settlements_with_messages_unsent() {
    let nine = time(NINE);
    for who in ALL {
        let mut host = who.registered(nine);
        let is_fn_1 = who.generation == Generation::Fn1;
        if is_fn_1 {
            who.close_archive(&mut host, nine);
            let Answer::Settlements {
                document,
                unacknowledged,
                since,
            } = who.settlements(&mut host, nine)
            else {
                panic!("no settlements");
            };
            assert_eq!((document.number, unacknowledged), (DocumentNumber(3), 2));
            assert_eq!(since, Some(nine.date()));
        } else {
            let refused = host.refused(Request::BeginArchiveClosing).0;
            assert_eq!(refused, AnswerCode::BAD_VALUE, "{who:?}");
            host.acknowledge_all();
            who.close_archive(&mut host, nine);
            let refused = host.refused(Request::BeginSettlements(nine)).0;
            assert_eq!(refused, AnswerCode::WRONG_STATE, "{who:?}");
        }
    }
}

#[test]
fn a_drive_gives_no_more_bytes_than_its_generation_carries() {
    for who in ALL {
        let mut host = who.registered(time(NINE));
        host.done(Request::SetTransport(true));
        assert!(host.call(&Request::BeginMessage).is_ok());
        let too_much = vec![0; who.generation.max_data() + 1];
        let code = raw(&mut host, 0x26, &too_much[..too_much.len().min(1536)]).0;
        let expected = if who.generation == Generation::Fn1 {
            0x01
        } else {
            0x02
        };
        assert_eq!(code, expected, "{who:?}");
        let asked = who.generation.max_data() as u16;
        let (_, block) = raw(
            &mut host,
            0x23,
            &[&[0, 0][..], &asked.to_le_bytes()].concat(),
        );
        assert!(!block.is_empty() && block.len() <= who.generation.max_data());
    }
}

#[test]
fn data_limits_are_those_of_the_generation() {
    let nine = time(NINE);
    let text = |length: usize| {
        let mut object = 1084_u16.to_le_bytes().to_vec();
        object.extend((length as u16 - 4).to_le_bytes());
        object.resize(length, b' ');
        object
    };
    // Bytes that registration, opening and closing of the archive take.
    for (who, limits) in [
        (FN_1, [2048, 1024, 2048]),
        (FN_1_2_IN_1_05, [6144, 4096, 4096]),
    ] {
        for (begin, limit) in [0, 1, 2].into_iter().zip(limits) {
            let mut host = who.fresh();
            if begin > 0 {
                who.register(&mut host, RegistrationKind::First, nine);
                host.acknowledge_all();
            }
            host.done(match begin {
                0 => who.begin(RegistrationKind::First),
                1 => Request::BeginShiftOpening(nine),
                _ => Request::BeginArchiveClosing,
            });
            let piece = Request::PassData(text(512));
            for _ in 0..limit / 512 {
                host.done(piece.clone());
            }
            assert_eq!(
                host.refused(piece).0,
                AnswerCode::TOO_LONG,
                "{who:?} {begin}"
            );
        }
    }
}

#[test]
fn what_3dh_and_a7h_say_of_notifications_is_there_in_1_2_only() {
    for who in [FN_1_2_IN_1_05, FN_1_2_IN_1_1, FN_1_2_IN_1_2] {
        let notifies = who.ffd == FfdVersion::V1_2;
        let mut host = who.in_shift(time(NINE));
        assert_eq!(
            raw(&mut host, 0x3D, &[]).1.len(),
            if notifies { 9 } else { 8 }
        );
        host.done(Request::BeginReceipt(time(NINE)));
        assert_eq!(
            raw(&mut host, 0xA7, &[]).1.len(),
            if notifies { 8 } else { 4 }
        );
    }
}

#[test]
fn counters_are_asked_of_registered_drives_only() {
    let mut host = FN_1_2_IN_1_2.fresh();
    for request in [
        Request::Counters(CounterScope::Drive),
        Request::UnsentTotals,
        Request::FindSignedRecord(DocumentNumber(1)),
    ] {
        assert_eq!(host.refused(request).0, AnswerCode::WRONG_STATE);
    }
}
