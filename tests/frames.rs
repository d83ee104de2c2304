//! `kassette frames` over logs as a technician has them.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use fn_proto::{Answer, AnswerCode, Frame, Request, encode_answer};
use serde_json::{Value, json};

/// Whether it ended well, and what it said.
fn frames(arguments: &[&str], piped: &[u8]) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .arg("frames")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses a file does not read what is piped in.
    let _ = child.stdin.take().unwrap().write_all(piped);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn told(log: &str) -> String {
    let (is_well, said) = frames(&["-"], log.as_bytes());
    assert!(is_well, "{said}");
    said
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

/// The bytes of a commented file.
fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol-fixtures");
    let text = fs::read_to_string(path.join(name)).unwrap();
    let digits: Vec<u8> = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter_map(|letter| letter.to_digit(16).map(|digit| digit as u8))
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn find(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for wanted in wanted {
        let place = rest.find(wanted);
        let place = place.unwrap_or_else(|| panic!("«{wanted}», in this order, in:\n{text}"));
        rest = &rest[place + wanted.len()..];
    }
}

#[test]
fn a_receipt_is_told_step_by_step_with_the_tags_that_went_over_the_wire() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/protocol-fixtures/fn/session-receipt.hex"
    );
    let (is_well, said) = frames(&[file], b"");
    assert!(is_well, "{said}");
    find(
        &said,
        &[
            "     5  host?: 15h begin receipt\n          time: 2020-09-08T12:33\n",
            "     8  drive?: 00h done, to 15h begin receipt\n\n",
            "    11  host?: 07h pass data\n",
            "          | 1059 Предмет расчета\n",
            "          |   1030 Наименование предмета расчета: Услуга пассажирские перевозки\n",
            "1079 Цена за единицу предмета расчета",
            ": 26.00\n",
            "16h form receipt\n",
            "operation: приход\n",
            "total: 26.00\n",
            "receipt: 196\n          ФД: 3342\n          ФПД: 528289624\n",
            "\n3 commands, 3 answers\n",
        ],
    );
}

/// What a terminal program, a sniffer and a person have left of one evening.
const MESSY: &str = "\
Session started 22.11.2026 19:40
[19:40:01.120] TX: 0x04,0x01,0x00,0x30,0xFF,0xCD
[19:40:01.180] RX: FF FE 04 01 00 00 AC FA      <- cut by the adapter?
[19:40:02.000] TX: 05
[19:40:02.050] RX: 0401 0000 ACFB

2026-11-22 19:41:10 | host -> FN | 04 01 00 06 6A 9B   # cancel
2026-11-22 19:41:10 | host <- FN | 04 01 00 02 EE DB
no idea what happened here
19:42:00 > 04-01-00-30-FF
";

#[test]
fn nothing_in_a_messy_log_is_lost() {
    let said = told(MESSY);
    find(
        &said,
        &[
            "     2  host: 30h status\n",
            "     3  drive: ! bytes that belong to no frame\n          bytes: FF FE\n",
            "     3  drive: ! damaged: a frame's CRC is FAACh, its bytes give FBACh\n",
            "bytes: 04 01 00 00 AC FA\n",
            "     4  host: 05h asks for the last answer again\n",
            "     5  drive: 00h done, to 30h status\n          fault: ",
            "cannot be read",
            "\n\n     7  host: 06h cancel document\n",
            "     8  drive: ✗ 02h not in this state, to 06h cancel document\n",
            "what to do: read 30h and 10h and go on from there\n",
            "    10  host: ! cut: 1 bytes are missing\n",
            "2 commands, 2 answers, 1 refusal, 1 damaged frame, 1 cut frame, 1 piece of garbage\n",
            "lines without bytes: 1, 9\n",
        ],
    );
}

#[test]
fn commands_that_nobody_offers_are_named_and_refused_tags_too() {
    let marking = Frame {
        code: 0xB1,
        data: vec![2, 1, 0x30],
    };
    let unknown = Frame {
        code: 0x99,
        data: vec![7],
    };
    let duplicate = encode_answer(AnswerCode::DUPLICATE_TAG, true, vec![0x1F, 0x04]);
    let log = [
        ("TX", marking.encode()),
        (
            "RX",
            encode_answer(AnswerCode::MARKING_ORDER, false, Vec::new()),
        ),
        ("TX", unknown.encode()),
        (
            "RX",
            encode_answer(AnswerCode::UNKNOWN_COMMAND, false, Vec::new()),
        ),
        // 1055 (система налогообложения) twice.
        (
            "TX",
            Request::PassData(vec![0x1F, 4, 1, 0, 1, 0x1F, 4, 1, 0, 1]).encode(),
        ),
        ("RX", duplicate),
    ];
    let log: Vec<String> = log
        .iter()
        .map(|(side, bytes)| format!("{side} {}", hex(bytes)))
        .collect();
    find(
        &told(&log.join("\n")),
        &[
            "host: B1h pass marking code (not offered)\n",
            "data: 3 bytes: 02 01 30\n",
            "✗ 33h wrong order of marking commands",
            "host: 99h, which is no known command\n",
            "✗ 01h unknown command or malformed parameters",
            "| 1055 Применяемая система налогообложения: 1 (ОСН)\n",
            "✗ 0Ch duplicate tag, to 07h pass data, the drive warns\n",
            "detail: tag 1055\n          what to do: 06h, build the document anew\n",
            "2 commands not offered\n",
        ],
    );
}

/// A message for the ОФД in pieces, its ticket, and a document read from the archive.
#[test]
fn containers_and_archives_are_shown_as_documents() {
    let container = fixture("ofd/07-open-shift-ffd12.session.hex")[30..].to_vec();
    let ticket = fixture("ofd/04-taxcom-ack-fd2-code0.container.hex");
    let mut exchange: Vec<(Request, Answer)> = Vec::new();
    for (place, piece) in container.chunks(100).enumerate() {
        let request = Request::ReadMessage {
            offset: 100 * u16::try_from(place).unwrap(),
            length: u16::try_from(piece.len()).unwrap(),
        };
        exchange.push((request, Answer::Bytes(piece.to_vec())));
    }
    let accepted = Answer::Ticket {
        ofd_code: 0,
        message: None,
    };
    exchange.push((Request::PassTicket(ticket), accepted));
    let drive_number = b"\x11\x04\x10\x009999078902006495".to_vec();
    exchange.push((Request::NextTlv, Answer::Tlv(drive_number)));
    let log: Vec<String> = exchange
        .iter()
        .flat_map(|(request, answer)| {
            let answer = encode_answer(AnswerCode::OK, false, answer.encode());
            [
                format!("> {}", hex(&request.encode())),
                format!("< {}", hex(&answer)),
            ]
        })
        .collect();
    let log = log.join("\n");
    let said = told(&log);
    find(
        &said,
        &[
            "host: 23h read message\n          offset: 0\n          bytes: 100\n",
            "data: 100 bytes: ",
            "offset: 100\n",
            "container of 172 bytes: ККТ, drive 9999078900000001, ФД 2\n",
            "| 2 Отчет об открытии смены\n",
            "host: 26h pass ticket\n",
            "ОФД, drive 9999078902013267, ФД 2\n",
            "Подтверждение оператора",
            "code of the ОФД: 0\n",
            "46h next TLV\n          | 1041 Номер ФН: 9999078902006495\n",
        ],
    );
    assert_eq!(said.matches("container of").count(), 2, "{said}");

    let (is_well, said) = frames(&["-", "--json"], log.as_bytes());
    assert!(is_well, "{said}");
    let entries: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(entries.len(), 2 * exchange.len());
    let opened: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["content"] != Value::Null)
        .map(|entry| &entry["content"]["form"])
        .collect();
    assert_eq!(opened, [&json!(2), &json!(7), &Value::Null]);
}

#[test]
fn scripts_get_an_object_for_each_frame() {
    let (is_well, said) = frames(&["-", "--json"], MESSY.as_bytes());
    assert!(is_well, "{said}");
    let entries: Vec<Value> = serde_json::from_str(&said).unwrap();
    let kinds: Vec<&str> = entries
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "command",
            "garbage",
            "damaged",
            "ask_again",
            "answer",
            "command",
            "answer",
            "cut"
        ]
    );
    let refusal = &entries[6];
    for (key, value) in [
        ("line", json!(8)),
        ("from", json!("drive")),
        ("is_inferred", json!(false)),
        ("command", json!("06h cancel document")),
        ("code", json!("02")),
        ("warns", json!(false)),
        ("what_to_do", json!("read 30h and 10h and go on from there")),
        ("bytes", json!("04 01 00 02 EE DB")),
    ] {
        assert_eq!(refusal[key], value, "{key} of {refusal}");
    }
}

#[test]
fn what_is_no_log_is_refused_with_what_to_do_about_it() {
    for (piped, words) in [
        (&b""[..], "what is piped in is empty"),
        (
            b"\x04\x01\x00\x30\xFF\xCD",
            "xxd -p FILE | kassette frames -",
        ),
        (b"it does not work\n", "such as «> 04 01 00 30 FF CD»"),
    ] {
        let (is_well, said) = frames(&["-"], piped);
        assert!(!is_well, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let (is_well, said) = frames(&["/nowhere/at/all"], b"");
    assert!(!is_well && said.contains("/nowhere/at/all cannot be read"));
}
