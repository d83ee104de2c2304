//! Logs as people paste them, told in words.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use fn_proto::{
    Answer, AnswerCode, Direction, Entry, Frame, Log, LogTooLong, Request, Told, encode_answer,
};
use proptest::{collection::vec, prelude::*};
use samples::{exchange, request};

mod samples;

fn entries(text: &str) -> Vec<Entry> {
    Log::read(text).unwrap().transcript()
}

fn told(text: &str) -> Vec<String> {
    entries(text).iter().map(Entry::to_string).collect()
}

const STATUS: [u8; 6] = [0x04, 0x01, 0x00, 0x30, 0xFF, 0xCD];

#[test]
fn a_frame_is_read_however_it_is_written() {
    let ways = [
        "04 01 00 30 FF CD",
        "040100 30ffcd",
        "0x04,0x01,0x00,0x30,0xFF,0xCD",
        "0x04, 0x1, 0x0, 0x30, 0xFF, 0xCD",
        "04h 01h 00h 30h FFh CDh",
        "0x04010030FFCD",
        "\\x04\\x01\\x00\\x30\\xFF\\xCD",
        "{0x04, 0x01, 0x00, 0x30, 0xFF, 0xCD};",
        "04-01-00-30-FF-CD",
        "04:01:00:30:FF:CD",
        "[12:33:44] 04 01 00 30 FF CD",
        "2026-11-22 12:33:44.123 04 01 00 30 FF CD",
        "26-11-22 12:33:44,123 | 04 01 00 30 FF CD",
        "  04 01 00 30 FF CD   # 30h status 04 02 00 30",
        "04 01 00 30 FF CD // 04 02 00 30 31 FF CD",
        "\u{FEFF}04 01 00 30 FF CD",
    ];
    for way in ways {
        let log = Log::read(way).unwrap();
        assert_eq!(log.lines.len(), 1, "{way}");
        assert_eq!(log.lines[0].bytes, STATUS, "{way}");
        assert_eq!(log.lines[0].direction, None, "{way}");
    }
}

#[test]
fn who_speaks_is_known_by_word_and_by_arrow() {
    let check = |ways: &[&str], direction: Direction| {
        for way in ways {
            let log = Log::read(&format!("12:33:44 {way} 04 01 00 30 FF CD")).unwrap();
            assert_eq!(log.lines[0].direction, Some(direction), "{way}");
            assert_eq!(log.lines[0].bytes, STATUS, "{way}");
        }
    };
    let host = [
        ">",
        ">>",
        "->",
        "=>",
        "→",
        "host",
        "Host:",
        "ККТ",
        "TX",
        "[tx]",
        "host -> FN",
        "host > fn:",
        "FN <- host",
        "FN < host",
        "ККТ→ФН",
        "запрос:",
        "OUT:",
    ];
    check(&host, Direction::ToDrive);
    let drive = [
        "<",
        "<<",
        "<-",
        "<=",
        "←",
        "FN",
        "fn:",
        "ФН",
        "RX",
        "RX <",
        "host <- FN",
        "FN -> host",
        "ККТ ← ФН",
        "ответ",
        "in:",
    ];
    check(&drive, Direction::ToHost);
    let glued = Log::read("<04 01 00 00 AC FB\nhost:040100 30FFCD").unwrap();
    let sides: Vec<_> = glued.lines.iter().map(|line| line.direction).collect();
    let expected = [Some(Direction::ToHost), Some(Direction::ToDrive)];
    assert_eq!(sides, expected);
}

#[test]
fn the_example_receipt_is_told_step_by_step() {
    let lines = [
        "host 04 06 00 15 14 09 08 0C 21 D4 4E",
        "FN   04 01 00 00 AC FB",
        "",
        "# the items were here",
        "host 04 0C 00 16 14 09 08 0C 21 01 28 0A 00 00 00 F3 6B",
        "FN   04 0B 00 00 C4 00 0E 0D 00 00 58 0F 7D 1F E1 E2",
    ];
    let expected = [
        "host: 15h begin receipt: time 2020-09-08T12:33",
        "drive: 00h done, to 15h begin receipt",
        "host: 16h form receipt: time 2020-09-08T12:33, operation приход, total 26.00",
        "drive: 00h done, to 16h form receipt: receipt 196, ФД 3342, ФПД 528289624",
    ];
    assert_eq!(told(&lines.join("\n")), expected);
    let numbers: Vec<usize> = entries(&lines.join("\n"))
        .iter()
        .map(|it| it.line)
        .collect();
    assert_eq!(numbers, [1, 2, 5, 6]);

    // Without directions, and as one row of bytes over lines that are cut anywhere.
    let bare: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_start_matches("host"))
        .collect();
    let bare = bare.join("\n").replace("FN", "");
    assert_eq!(told(&bare), expected);
    let row: Vec<&str> = bare
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    for width in [1, 2, 5, 7, 16, 100] {
        let lines: Vec<String> = row.chunks(width).map(|bytes| bytes.join(" ")).collect();
        assert_eq!(told(&lines.join("\n")), expected, "{width}");
    }
    assert!(entries(&bare).iter().all(|entry| entry.is_inferred));
}

#[test]
fn the_same_bytes_are_a_command_or_a_refusal_by_their_place() {
    let begin = "04 01 00 02 EE DB";
    assert_eq!(
        told(&format!("{begin}\n{begin}\n{begin}")),
        [
            "host: 02h begin registration: kind first registration",
            "drive: 02h not in this state, to 02h begin registration: what to do read 30h and \
             10h and go on from there",
            "host: 02h begin registration: kind first registration",
        ]
    );
    let both = format!("> {begin}\n> {begin}");
    let sides: Vec<_> = entries(&both).into_iter().map(|it| it.direction).collect();
    assert_eq!(sides, [Some(Direction::ToDrive); 2]);
}

#[test]
fn refusals_are_told_with_their_detail_and_what_to_do() {
    let tag = encode_answer(AnswerCode::FORBIDDEN_TAG, true, vec![0xF4, 0x03]);
    let log = Log::of([
        (Direction::ToDrive, Request::PassData(vec![1]).encode()),
        (Direction::ToHost, tag),
    ]);
    let told: Vec<String> = log.transcript().iter().map(Entry::to_string).collect();
    assert_eq!(
        told,
        [
            "host: 07h pass data: TLV 1 byte: 01",
            "drive: 0Bh tag that only the drive may form, to 07h pass data, the drive warns: \
             detail tag 1012, what to do 06h, build the document anew",
        ]
    );
}

#[test]
fn nothing_of_a_bad_line_is_dropped() {
    let text = "\
> 04 01 00 30 FF CD
< FF FE 04 1F 00 80 03 00 00 01 08 16 04 12     cut
> 05
< 04 01 00 00 AC FA
< 04 01 00 00 AC FB AA
what a day
> 04 01 00 30 FF";
    let found = entries(text);
    let told: Vec<String> = found.iter().map(Entry::to_string).collect();
    assert_eq!(
        told,
        [
            "host: 30h status",
            "drive: bytes that belong to no frame",
            "drive: cut: 24 bytes are missing",
            "host: 05h asks for the last answer again",
            "drive: damaged: a frame's CRC is FAACh, its bytes give FBACh",
            "drive: 00h done, to 30h status: fault the drive's answer to 30h status cannot be \
             read: 0 bytes came, 1 more expected at offset 0",
            "drive: bytes that belong to no frame",
            "host: cut: 1 bytes are missing",
        ]
    );
    assert_eq!(Log::read(text).unwrap().passed_over, [6]);
}

#[test]
fn a_good_frame_behind_a_false_start_is_found() {
    // Noise that promises 512 bytes, in a log of which nobody says who speaks.
    let found = entries("04 00 02 04 01 00 30 FF CD");
    let kinds: Vec<&Told> = found.iter().map(|entry| &entry.told).collect();
    assert!(
        matches!(
            kinds[..],
            [
                Told::Truncated { missing: 514 },
                Told::Request(Request::Status)
            ]
        ),
        "{kinds:?}"
    );
}

#[test]
fn foreign_commands_are_named_and_shown_as_they_are() {
    let marking = Frame {
        code: 0xB1,
        data: vec![2, 1, 0x30],
    };
    let idle = "04 09 00 00 01 00 05 00 00 00 00 00";
    let log = Log::of([
        (Direction::ToDrive, marking.encode()),
        (
            Direction::ToHost,
            encode_answer(AnswerCode::MARKING_ORDER, false, Vec::new()),
        ),
        (
            Direction::ToDrive,
            Frame {
                code: 0x99,
                data: vec![7],
            }
            .encode(),
        ),
        (
            Direction::ToHost,
            encode_answer(AnswerCode::OK, false, vec![1, 2]),
        ),
    ]);
    let told: Vec<String> = log.transcript().iter().map(Entry::to_string).collect();
    assert_eq!(
        told,
        [
            "host: B1h pass marking code (not offered): data 3 bytes: 02 01 30",
            "drive: 33h wrong order of marking commands, to B1h pass marking code: what to do \
             look into the rules of marked goods",
            "host: 99h, which is no known command: data 1 byte: 07",
            "drive: 00h done, to an unknown command: data 2 bytes: 01 02",
        ]
    );
    assert_eq!(entries(idle).len(), 1);

    let late = Frame {
        code: 0x15,
        data: vec![26, 13, 1, 0, 0],
    };
    let log = Log::of([(Direction::ToDrive, late.encode())]);
    assert_eq!(
        log.transcript()[0].to_string(),
        "host: 15h begin receipt with parameters that a drive refuses (07h bad date or time): \
         data 5 bytes: 1A 0D 01 00 00"
    );
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_read_as_one_to_the_last_command() {
    let found = told("> 04 01 00 06 6A 9B\n< 04 01 00 00 AC FB\n< 04 01 00 00 AC FB");
    assert_eq!(
        found[2],
        "drive: 00h done, to a command that is not in the log"
    );
}

#[test]
fn a_text_that_is_too_long_is_refused_with_both_lengths() {
    let length = Log::MAX_TEXT + 1;
    let refused = Log::read(&" ".repeat(length)).unwrap_err();
    assert_eq!(refused, LogTooLong { length });
    assert!(Log::read(&" ".repeat(length - 1)).is_ok());
}

proptest! {
    /// A log of exchanges tells each of them, also when it does not say who speaks.
    #[test]
    fn exchanges_are_told_whoever_writes_them_down(
        exchanges in vec((exchange(), any::<bool>()), 1..6), with_sides: bool,
    ) {
        let mut pieces = Vec::new();
        for ((request, answer), warns) in &exchanges {
            pieces.push((Direction::ToDrive, request.encode()));
            pieces.push((
                Direction::ToHost,
                encode_answer(AnswerCode::OK, *warns, answer.encode()),
            ));
        }
        let mut log = Log::of(pieces);
        if !with_sides {
            for line in &mut log.lines {
                line.direction = None;
            }
        }
        let entries = log.transcript();
        prop_assert_eq!(entries.len(), 2 * exchanges.len());
        for (pair, ((request, answer), _)) in entries.chunks(2).zip(&exchanges) {
            prop_assert_eq!(&pair[0].told, &Told::Request(request.clone()));
            let Told::Answer { outcome: Some(Ok(read)), .. } = &pair[1].told else {
                return Err(TestCaseError::fail(format!("{:?}", pair[1])));
            };
            prop_assert_eq!(read, answer);
            let has_words = *answer == Answer::Done || !pair[1].fields().is_empty();
            prop_assert!(has_words, "{:?}", answer);
        }
    }

    /// Whatever is in the log, each byte of it is in one entry, in its order.
    #[test]
    fn every_byte_is_in_one_entry(
        lines in vec((vec(prop_oneof![Just(4_u8), Just(0), Just(1), any::<u8>()], 0..40), 0..3), 0..20),
        frames in vec((request(), any::<prop::sample::Index>()), 0..5),
    ) {
        let mut pieces: Vec<_> = lines
            .into_iter()
            .map(|(bytes, side)| {
                (match side {
                    0 => Direction::ToDrive,
                    _ => Direction::ToHost,
                }, bytes)
            })
            .collect();
        for (request, place) in frames {
            let place = place.index(pieces.len() + 1);
            pieces.insert(place, (Direction::ToDrive, request.encode()));
        }
        let log = Log::of(pieces);
        let whole: Vec<u8> = log.lines.iter().flat_map(|line| line.bytes.clone()).collect();
        let entries = log.transcript();
        let told: Vec<u8> = entries.iter().flat_map(|entry| entry.bytes.clone()).collect();
        prop_assert_eq!(told, whole);
        for entry in entries {
            prop_assert!(!entry.bytes.is_empty() && entry.line > 0);
            prop_assert!(!entry.to_string().is_empty());
        }
    }
}
