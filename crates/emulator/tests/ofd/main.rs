//! The emulated ОФД over TCP, with documents of real registers.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod knobs;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use emulator::ofd::{OfdEmulator, OfdFaults, OfdSettings, Received, Sums, Verdict, read_log};
use ffd::{Form, Quantity, Reader, Tag, UnixTime, ValueKind, Writer, required_tags};
use ofd_proto::{Container, Decoder, Message, PaddedNumber, Sender};
use terms::{DocumentNumber, DriveNumber, FfdVersion};

const NOON: UnixTime = UnixTime(1_795_348_800);

/// Without the required 1009 and 1048: a real ОФД answered it with code 14.
const REFUSED_BY_A_REAL_OFD: &str = "02-mgm-regchange-ffd12.session.hex";
/// A message's sign in the layout of a drive's.
const SIGN: [u8; 8] = [0x81, 0x06, 1, 2, 3, 4, 5, 6];
const REGISTRATION: &str = "01-yandex-regchange-ffd105.session.hex";

fn message(name: &str) -> Message {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../protocol-fixtures/ofd")
        .join(name);
    let bytes: Vec<u8> = fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(bytes, _)| bytes))
        .flat_map(str::split_whitespace)
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    let mut decoder = Decoder::default();
    decoder.push(&bytes);
    decoder.next_message().unwrap().unwrap()
}

/// The real document with another number, in its container and in tag 1040.
fn numbered(name: &str, number: u32) -> Message {
    let message = message(name);
    let mut container = Container::decode(&message.body).unwrap();
    let at = Reader::new(&container.document[4..])
        .map(Result::unwrap)
        .find(|field| field.tag() == Tag::DOCUMENT_NUMBER)
        .unwrap()
        .offset()
        + 8;
    container.document[at..at + 4].copy_from_slice(&number.to_le_bytes());
    container.header.document = DocumentNumber(number);
    repacked(&message, &container)
}

fn repacked(message: &Message, container: &Container) -> Message {
    Message::new(
        message.header.protocol,
        message.header.drive.drive().unwrap(),
        message.header.flags,
        container.encode().unwrap(),
    )
    .unwrap()
}

fn start(log: &Path, faults: OfdFaults) -> OfdEmulator {
    start_as("7704358518", log, faults)
}

/// Under the ИНН that a drive's registration names.
fn start_as(inn: &str, log: &Path, faults: OfdFaults) -> OfdEmulator {
    let settings = OfdSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        log: log.to_owned(),
        inn: inn.parse().unwrap(),
        faults,
    };
    OfdEmulator::start_at(settings, || NOON).unwrap()
}

struct Client {
    stream: TcpStream,
    decoder: Decoder,
}

impl Client {
    fn connect(ofd: &OfdEmulator) -> Self {
        let stream = TcpStream::connect(ofd.address()).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        Self {
            stream,
            decoder: Decoder::default(),
        }
    }

    /// The next answer; none when the connection ends before it is whole.
    fn receive(&mut self) -> Option<Message> {
        let mut buffer = [0; 64];
        loop {
            if let Some(message) = self.decoder.next_message().unwrap() {
                return Some(message);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.decoder.push(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no answer and no end: {error}"),
            }
        }
    }

    fn exchange(&mut self, message: &Message) -> Option<Message> {
        self.stream.write_all(&message.encode()).ok()?;
        self.receive()
    }

    fn confirmed(&mut self, message: &Message) -> Confirmation {
        let answer = self.exchange(message).unwrap();
        assert_eq!(answer.header.protocol, message.header.protocol);
        assert_eq!(answer.header.drive, message.header.drive);
        confirmation(&answer)
    }
}

#[derive(Debug, PartialEq)]
struct Confirmation {
    drive: PaddedNumber,
    number: u32,
    code: u8,
}

/// What a drive reads in a confirmation.
fn confirmation(answer: &Message) -> Confirmation {
    let container = Container::decode(answer.container().unwrap()).unwrap();
    assert_eq!(container.header.sender, Sender::Ofd);
    let document = Reader::document(&container.document).unwrap();
    assert_eq!(document.tag(), Tag(7));
    let fields: Vec<_> = document.list().map(Result::unwrap).collect();
    let tags: Vec<_> = fields.iter().map(|field| field.tag().0).collect();
    assert_eq!(tags, [1017, 1078, 1041, 1040, 1012, 1068]);
    assert!(fields[0].bytes().starts_with(b"7704"));
    assert_eq!(fields[1].bytes()[..2], [0x88, 0x06]);
    assert_eq!(fields[2].text(), container.header.drive.digits());
    assert_eq!(fields[3].uint32().unwrap(), container.header.document.get());
    assert_eq!(fields[4].unix_time().unwrap(), NOON);
    let code = fields[5].list().next().unwrap().unwrap();
    assert_eq!(code.tag(), Tag::OFD_ANSWER_CODE);
    Confirmation {
        drive: container.header.drive,
        number: container.header.document.get(),
        code: code.byte().unwrap(),
    }
}

fn log(path: &Path) -> Vec<(u32, Verdict)> {
    let line = |line: &Received| (line.document, line.verdict);
    read_log(path).unwrap().iter().map(line).collect()
}

#[test]
fn a_document_that_a_real_ofd_refused_is_refused_for_the_same_tags() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start_as("7704211201", &path, OfdFaults::default());
    let document = message(REFUSED_BY_A_REAL_OFD);
    let got = Client::connect(&ofd).confirmed(&document);
    let expected = Confirmation {
        drive: document.header.drive,
        number: 1,
        code: 14,
    };
    assert_eq!(got, expected);
    let lines = read_log(&path).unwrap();
    let reason = lines[0].reason.as_deref().unwrap();
    assert!(
        reason.ends_with("required tags are absent: 1009, 1048")
            || reason.ends_with("required tags are absent: 1048, 1009"),
        "{reason}"
    );
    assert_eq!(lines[0].verdict, Verdict::Refused);
    assert!(lines[0].tlv.starts_with("0b00f900"));
}

#[test]
fn a_registration_of_a_real_register_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let got = Client::connect(&ofd).confirmed(&message(REGISTRATION));
    assert_eq!(got.code, 0, "{:?}", read_log(&path).unwrap());
}

/// A receipt or a correction of FFD 1.2 of 100.00 with one line, paid `cash` + 40.00 of advance,
/// which lacks `without`, itself or in its line.
fn receipt(form: Form, number: u32, cash: u64, without: Option<Tag>) -> Message {
    let drive: DriveNumber = "9999078900000001".parse().unwrap();
    let mut writer = Writer::new();
    writer
        .nested(form.tag(), |writer| {
            for tag in required_tags(FfdVersion::V1_2, form, None) {
                match *tag {
                    missing if Some(missing) == without => {}
                    Tag::DRIVE_NUMBER => writer.text(*tag, drive.as_str())?,
                    Tag::DOCUMENT_NUMBER => writer.uint32(*tag, number)?,
                    Tag::FFD_VERSION => writer.ffd(*tag, FfdVersion::V1_2)?,
                    Tag::TOTAL => writer.vln(*tag, 10_000)?,
                    Tag::CASH => writer.vln(*tag, cash)?,
                    Tag::PREPAID => writer.vln(*tag, 4_000)?,
                    Tag::ITEM => {}
                    _ => anything(writer, *tag)?,
                }
            }
            writer.nested(Tag::ITEM, |item| {
                required_tags(FfdVersion::V1_2, form, Some(Tag::ITEM))
                    .iter()
                    .filter(|tag| Some(**tag) != without)
                    .try_for_each(|tag| anything(item, *tag))
            })
        })
        .unwrap();
    packed(form, number, writer.finish(), SIGN)
}

/// A document of FFD 1.2 on its way.
fn packed(form: Form, number: u32, tlv: Vec<u8>, sign: [u8; 8]) -> Message {
    let drive: DriveNumber = "9999078900000001".parse().unwrap();
    let container = Container::new(
        Sender::Register,
        form.code(),
        drive,
        DocumentNumber(number),
        [0; 8],
        tlv,
        sign,
    );
    let bytes = container.unwrap().encode().unwrap();
    Message::request(FfdVersion::V1_2, drive, bytes).unwrap()
}

/// Some value that the table allows.
fn anything(writer: &mut Writer, tag: Tag) -> Result<(), ffd::EncodeError> {
    let info = tag.info().unwrap();
    match info.kind {
        ValueKind::Byte => writer.byte(tag, 1),
        ValueKind::Uint16 => writer.uint16(tag, 1),
        ValueKind::Uint32 => writer.uint32(tag, 1),
        ValueKind::UnixTime => writer.unix_time(tag, NOON),
        ValueKind::Vln => writer.vln(tag, 0),
        ValueKind::Fvln => writer.quantity(tag, Quantity::new(1, 0).unwrap()),
        ValueKind::String => writer.text(tag, "1"),
        ValueKind::Bytes => writer.bytes(tag, &vec![1; info.max_len()]),
        ValueKind::List => writer.nested(tag, |_| Ok(())),
    }
}

#[test]
fn receipts_are_logged_with_their_sums_and_refused_when_these_do_not_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let mut client = Client::connect(&ofd);
    let mut code = |form, number, cash, without| {
        let document = receipt(form, number, cash, without);
        client.confirmed(&document).code
    };
    let basis = Some(Tag::CORRECTION_BASIS);
    let codes = [
        code(Form::Receipt, 1, 6_000, None),
        code(Form::Receipt, 2, 6_001, None),
        code(Form::Receipt, 3, 6_000, Some(Tag::PRICE)),
        code(Form::Correction, 4, 6_000, None),
        code(Form::Correction, 5, 6_001, None),
        code(Form::Correction, 6, 6_000, basis),
    ];
    let lines = read_log(&path).unwrap();
    assert_eq!(codes, [0, 14, 14, 0, 14, 14], "{lines:?}");
    let sums = Sums {
        operation: 1,
        total: 10_000,
        cash: 6_000,
        prepaid: 4_000,
        ..Sums::default()
    };
    assert_eq!((lines[0].form, lines[3].form), (3, 31));
    assert_eq!(lines[3].sums, Some(sums.clone()));
    assert_eq!(lines[0].sums, Some(sums));
    let reason = |line: usize| lines[line].reason.as_deref().unwrap();
    assert!(reason(1).contains("add up to 10001"), "{}", reason(1));
    assert!(reason(2).contains("1079 of line 1"), "{}", reason(2));
    assert!(reason(4).contains("add up to 10001"), "{}", reason(4));
    assert!(reason(5).ends_with("absent: 1174"), "{}", reason(5));
}

#[test]
fn documents_come_in_order_and_a_repeat_gets_the_same_confirmation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let mut client = Client::connect(&ofd);
    for number in 1..=3 {
        assert_eq!(
            client.confirmed(&numbered(REGISTRATION, number)).number,
            number
        );
    }
    let third = client.exchange(&numbered(REGISTRATION, 3)).unwrap();
    let again = Client::connect(&ofd)
        .exchange(&numbered(REGISTRATION, 3))
        .unwrap();
    assert_eq!(third, again);
    for number in [2, 5] {
        let answer = client.exchange(&numbered(REGISTRATION, number)).unwrap();
        assert_eq!(
            answer.container(),
            None,
            "document {number} is not the next"
        );
    }
    let mut other = Container::decode(&numbered(REGISTRATION, 3).body).unwrap();
    let last = other.document.len() - 1;
    other.document[last] ^= 1;
    let answer = client.exchange(&repacked(&message(REGISTRATION), &other));
    assert_eq!(answer.unwrap().container(), None, "another document 3");
    assert_eq!(client.confirmed(&numbered(REGISTRATION, 4)).number, 4);

    use Verdict::{Accepted, Rejected, Repeated};
    let expected = [
        (1, Accepted),
        (2, Accepted),
        (3, Accepted),
        (3, Repeated),
        (3, Repeated),
        (2, Rejected),
        (5, Rejected),
        (3, Rejected),
        (4, Accepted),
    ];
    assert_eq!(log(&path), expected);
}

#[test]
fn after_a_restart_the_log_tells_what_comes_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let first = Client::connect(&ofd).exchange(&message(REGISTRATION));
    ofd.stop();
    // Killed while it wrote the next line.
    let mut torn = fs::OpenOptions::new().append(true).open(&path).unwrap();
    torn.write_all(b"{\"time\":17953").unwrap();
    drop(torn);

    let ofd = start(&path, OfdFaults::default());
    let mut client = Client::connect(&ofd);
    assert_eq!(client.exchange(&message(REGISTRATION)), first);
    let answer = client.exchange(&numbered(REGISTRATION, 3)).unwrap();
    assert_eq!(answer.container(), None);
    assert_eq!(client.confirmed(&numbered(REGISTRATION, 2)).number, 2);
    assert_eq!(log(&path).len(), 4);
}

#[test]
fn a_damaged_log_is_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    fs::write(&path, "\n").unwrap();
    let settings = OfdSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        log: path.clone(),
        inn: "7704211201".parse().unwrap(),
        faults: OfdFaults::default(),
    };
    let error = OfdEmulator::start(settings).unwrap_err().to_string();
    assert!(error.ends_with("is damaged in line 1"), "{error}");
}

#[test]
fn what_is_not_recognised_is_answered_with_11_and_what_cannot_be_read_with_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let mut client = Client::connect(&ofd);
    let good = message(REGISTRATION);
    let unrecognised = |change: fn(&mut Container), about: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ofd.jsonl");
        let ofd = start(&path, OfdFaults::default());
        let mut container = Container::decode(&good.body).unwrap();
        change(&mut container);
        let got = Client::connect(&ofd).confirmed(&repacked(&good, &container));
        assert_eq!(got.code, 11, "{about}");
        let reason = read_log(&path).unwrap().remove(0).reason.unwrap();
        assert!(reason.contains(about), "{reason}");
    };
    unrecognised(|c| c.header.document = DocumentNumber(7), "1040");
    unrecognised(|c| c.header.form = 3, "form 3");
    unrecognised(|c| c.document[0] = 7, "no form");
    unrecognised(|c| c.document[9] ^= 1, "1041");
    unrecognised(|c| c.document[2] ^= 1, "");

    let mut damaged = good.clone();
    damaged.body[50] ^= 1;
    assert_eq!(client.exchange(&damaged).unwrap().container(), None);
    let probe = Message::probe(FfdVersion::V1_2, good.header.drive.drive().unwrap()).unwrap();
    assert_eq!(client.exchange(&probe).unwrap().header.body_len, 0);
    client
        .stream
        .write_all(b"GET / HTTP/1.1\r\nHost: ofd\r\n\r\n")
        .unwrap();
    assert_eq!(
        client.receive(),
        None,
        "no message: the connection is closed"
    );
}

#[test]
fn a_real_drive_gets_no_confirmation_from_an_emulator() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ofd.jsonl");
    let ofd = start(&path, OfdFaults::default());
    let drive: DriveNumber = "7380440800000001".parse().unwrap();
    let mut container = Container::decode(&message(REGISTRATION).body).unwrap();
    container.header.drive = drive.into();
    let document = Message::request(FfdVersion::V1_05, drive, container.encode().unwrap()).unwrap();
    let answer = Client::connect(&ofd).exchange(&document).unwrap();
    assert_eq!(answer.container(), None);
    let reason = read_log(&path).unwrap().remove(0).reason.unwrap();
    assert!(reason.contains("emulated"), "{reason}");
}

#[test]
fn what_else_a_real_ofd_would_refuse_is_refused() {
    let refusal = |message: &Message, inn: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ofd.jsonl");
        let ofd = start_as(inn, &path, OfdFaults::default());
        let code = Client::connect(&ofd).confirmed(message).code;
        let line = read_log(&path).unwrap().remove(0);
        assert_eq!(line.signs, "not verified");
        (code, line.reason.unwrap_or_default())
    };
    #[track_caller]
    fn says((code, reason): (u8, String), expected: (u8, &str)) {
        assert_eq!(code, expected.0, "{reason}");
        assert!(reason.contains(expected.1), "{reason}");
    }
    let own = "7704358518";
    let good = message(REGISTRATION);
    says(refusal(&good, own), (0, ""));
    says(
        refusal(&good, "7704211201"),
        (11, "registered with the ОФД"),
    );

    let mut unsigned = Container::decode(&good.body).unwrap();
    unsigned.signs[0] = 0x82;
    says(
        refusal(&repacked(&good, &unsigned), own),
        (11, "sign block"),
    );
    let mut strange = Container::decode(&good.body).unwrap();
    strange.header.service1 = [0, 0];
    says(
        refusal(&repacked(&good, &strange), own),
        (11, "bytes 7 and 8"),
    );

    let other_version = Message::request(
        FfdVersion::V1_2,
        good.header.drive.drive().unwrap(),
        good.body.clone(),
    );
    says(
        refusal(&other_version.unwrap(), own),
        (14, "session header is of"),
    );

    let tomorrow = UnixTime(NOON.0 + 24 * 60 * 60 + 1);
    let late = retimed(&good, tomorrow);
    says(refusal(&late, own), (14, "1012"));
    says(
        refusal(&retimed(&good, UnixTime(1_400_000_000)), own),
        (14, "1012"),
    );
}

/// The real document with another time in tag 1012.
fn retimed(message: &Message, time: UnixTime) -> Message {
    let mut container = Container::decode(&message.body).unwrap();
    let at = Reader::new(&container.document[4..])
        .map(Result::unwrap)
        .find(|field| field.tag() == Tag::DATE_TIME)
        .unwrap()
        .offset()
        + 8;
    container.document[at..at + 4].copy_from_slice(&time.0.to_le_bytes());
    repacked(message, &container)
}
