//! The protocol's bytes as they were seen on real wires, and the specification's vectors.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod fixtures;

use fixtures::fixture;
use ofd_proto::{
    CheckMode, Container, ContainerError, Decoder, Flags, Message, PaddedNumber, Priority,
    ProtocolVersion, Sender, SessionError, SessionHeader,
};
use terms::{DocumentNumber, DriveNumber, FfdVersion};

const SESSIONS: [&str; 3] = [
    "01-yandex-regchange-ffd105.session.hex",
    "02-mgm-regchange-ffd12.session.hex",
    "07-open-shift-ffd12.session.hex",
];
const CONFIRMATIONS: [(&str, u32); 2] = [
    ("03-taxcom-ack-fd1-code14.container.hex", 1),
    ("04-taxcom-ack-fd2-code0.container.hex", 2),
];

#[test]
fn documents_of_real_registers_are_read_and_written_back_byte_for_byte() {
    for name in SESSIONS {
        let bytes = fixture(name);
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        let message = decoder.next_message().unwrap().unwrap();
        assert_eq!(decoder.finish(), Ok(()), "{name}");
        assert_eq!(message.header.flags, Flags::DOCUMENT, "{name}");
        assert_eq!(message.encode(), bytes, "{name}");

        let container = Container::decode(message.container().unwrap()).unwrap();
        assert_eq!(container.header.sender, Sender::Register, "{name}");
        assert_eq!(container.header.drive, message.header.drive, "{name}");
        assert_eq!(
            container.document[0], container.header.form,
            "{name}: not encrypted"
        );
        assert_eq!(
            container.sign()[..2],
            [0x81, 0x06],
            "{name}: a sign of a ККТ"
        );
        assert_eq!(container.encode().unwrap(), message.body, "{name}");
    }
}

#[test]
fn confirmations_of_a_real_operator_are_read_and_written_back_byte_for_byte() {
    for (name, number) in CONFIRMATIONS {
        let bytes = fixture(name);
        let container = Container::decode(&bytes).unwrap();
        assert_eq!(container.header.sender, Sender::Ofd, "{name}");
        assert_eq!(container.header.form, 7, "{name}");
        assert_eq!(container.header.drive.digits(), "9999078902013267");
        assert_eq!(container.header.document, DocumentNumber(number), "{name}");
        assert_eq!(container.document.len(), 77, "{name}");
        assert_eq!(
            container.sign()[..2],
            [0x82, 0x06],
            "{name}: a sign of an ОФД"
        );
        assert_eq!(container.encode().unwrap(), bytes, "{name}");
    }
}

#[test]
fn a_container_is_built_from_its_parts() {
    let bytes = fixture("07-open-shift-ffd12.session.hex");
    let body = &bytes[SessionHeader::LEN..];
    let drive = "9999078900000001".parse().unwrap();
    let built = Container::new(
        Sender::Register,
        2,
        drive,
        DocumentNumber(2),
        [0, 0, 0, 0, 0, 0, 0, 2],
        body[32..162].to_vec(),
        [0x81, 0x06, 0x00, 0x00, 0xDE, 0xAD, 0xBE, 0xEF],
    )
    .unwrap()
    .encode()
    .unwrap();
    assert_eq!(built[2..4], [0x18, 0x73]);
    let message = Message::request(FfdVersion::V1_2, drive, built).unwrap();
    assert_eq!(message.encode(), bytes);
}

#[test]
fn a_container_of_the_ffd_10_era_with_a_short_drive_number_is_read_and_written_back() {
    let old = fixture("05-yandex-unit-registration-ffd10.container.hex");
    let container = Container::decode(&old).unwrap();
    assert_eq!(container.header.drive.digits(), "999907891234567");
    assert!(container.header.drive.drive().is_err(), "none of ours");
    assert_eq!(container.encode().unwrap(), old);
}

#[test]
fn the_session_header_carries_the_check_code_that_its_flags_ask_for() {
    let drive: DriveNumber = "9999078900000001".parse().unwrap();
    let tail = |flags: u16, len: usize| {
        let flags = Flags::new(flags).unwrap();
        let protocol = FfdVersion::V1_2.into();
        SessionHeader::new(protocol, PaddedNumber::from(drive), flags, &vec![0; len])
            .unwrap()
            .encode()[24..]
            .to_vec()
    };
    assert_eq!(tail(0x0014, 119), [0x77, 0x00, 0x14, 0x00, 0x00, 0x00]);
    assert_eq!(tail(0x0015, 119), [0x77, 0x00, 0x15, 0x00, 0xF4, 0x56]);
    assert_eq!(tail(0x0001, 0), [0x00, 0x00, 0x01, 0x00, 0x1B, 0x8A]);
}

#[test]
fn the_check_code_is_verified_only_when_the_flags_ask_for_it() {
    let check = |flags: u16, damaged: usize, expected: bool| {
        let drive = "9999078900000001".parse().unwrap();
        let flags = Flags::new(flags).unwrap();
        let mut bytes = Message::new(FfdVersion::V1_2.into(), drive, flags, b"body".to_vec())
            .unwrap()
            .encode();
        bytes[damaged] ^= 0x01;
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        let read = decoder.next_message();
        assert_eq!(
            matches!(read, Err(SessionError::WrongCheckCode { .. })),
            expected,
            "{flags:?} with byte {damaged} damaged: {read:?}"
        );
    };
    const DRIVE: usize = 23;
    const CHECK: usize = 28;
    const BODY: usize = 30;
    for damaged in [DRIVE, CHECK, BODY] {
        check(0x0014, damaged, false);
        check(0x0016, damaged, true);
    }
    check(0x0015, DRIVE, true);
    check(0x0015, CHECK, true);
    check(0x0015, BODY, false);
}

#[test]
fn versions_of_the_document_protocol() {
    let check = |version: FfdVersion, bytes: [u8; 2]| {
        assert_eq!(ProtocolVersion::from(version), ProtocolVersion(bytes));
        assert_eq!(ProtocolVersion(bytes).ffd(), Some(version));
    };
    check(FfdVersion::V1_05, [0x01, 0x05]);
    check(FfdVersion::V1_1, [0x01, 0x10]);
    check(FfdVersion::V1_2, [0x01, 0x20]);
    assert_eq!(ProtocolVersion([0x00, 0x01]).ffd(), None);
}

#[test]
fn every_wrong_field_of_a_container_is_named() {
    let good = fixture("04-taxcom-ack-fd2-code0.container.hex");
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        let check = terms::crc16(&[&bytes[..2], &bytes[4..]]);
        bytes[2..4].copy_from_slice(&check.to_le_bytes());
        Container::decode(&bytes)
    };
    assert_eq!(with(4, 0xA4), Err(ContainerError::UnknownType(0xA4)));
    assert_eq!(with(6, 0x11), Err(ContainerError::UnknownFormat(0x11)));
    assert!(matches!(
        with(9, 0xA9),
        Err(ContainerError::BadDriveNumber(_))
    ));
    let wrong = ContainerError::WrongDocumentLength {
        stated: 78,
        got: 87,
    };
    assert_eq!(with(31, 78), Err(wrong));

    let mut longer = good.clone();
    longer.push(0);
    let wrong = ContainerError::WrongLength {
        stated: 119,
        got: 120,
    };
    assert_eq!(Container::decode(&longer), Err(wrong));
    for at in (0..good.len()).filter(|at| *at > 1) {
        let mut damaged = good.clone();
        damaged[at] ^= 0x10;
        assert!(
            matches!(
                Container::decode(&damaged),
                Err(ContainerError::WrongCheckCode { .. })
            ),
            "byte {at}"
        );
    }
}

#[test]
fn every_wrong_field_of_a_session_header_is_named() {
    let good = fixture("07-open-shift-ffd12.session.hex");
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        decoder.next_message().unwrap_err()
    };
    assert_eq!(
        with(0, 0x2B),
        SessionError::WrongSignature([0x2B, 0x08, 0x41, 0x0A])
    );
    assert_eq!(
        with(5, 0xA3),
        SessionError::WrongSessionVersion([0x81, 0xA3])
    );
    assert!(matches!(
        with(22, b' '),
        SessionError::BadDriveNumber(error) if error.given == "99990789000000 1"
    ));
    assert_eq!(with(7, 0x21), SessionError::UnknownVersion([0x01, 0x21]));
    assert_eq!(with(25, 0x80), SessionError::TooLong(0x80AC));
    assert_eq!(with(26, 0x17), SessionError::ForbiddenFlags(0x17));
    assert_eq!(with(26, 0x24), SessionError::ForbiddenFlags(0x24));
}

#[test]
fn flags_speak_the_protocols_table() {
    let flags = Flags::new(0x0016).unwrap();
    assert_eq!(flags.check_mode(), CheckMode::HeaderAndBody);
    assert!(flags.has_container() && flags.expects_answer());
    assert!(!Flags::PROBE.has_container() && Flags::PROBE.expects_answer());
    assert!(!Flags::new(0x0001).unwrap().expects_answer());
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_sent() {
    let drive = "9999078900000001".parse().unwrap();
    let build = |number, len| {
        Container::new(
            Sender::Register,
            3,
            drive,
            DocumentNumber(number),
            [0; 8],
            vec![0; len],
            [0; 8],
        )
    };
    assert!(build(0xFF_FFFF, 32_768 - 42).unwrap().encode().is_ok());
    assert_eq!(build(1, 32_768 - 41), Err(ContainerError::TooLong(32_769)));
    assert_eq!(
        build(0x0100_0000, 1),
        Err(ContainerError::NumberTooGreat(DocumentNumber(0x0100_0000)))
    );
    assert_eq!(
        Message::request(FfdVersion::V1_05, drive, vec![0; 32_769]),
        Err(SessionError::TooLong(32_769))
    );
}

#[test]
fn the_session_headers_of_the_specification_are_read_and_written_back() {
    let check = |name: &str, flags: u16, mode: CheckMode| {
        let bytes: [u8; SessionHeader::LEN] = fixture(name).try_into().unwrap();
        let header = SessionHeader::decode(&bytes).unwrap();
        assert_eq!(header.encode(), bytes, "{name}");
        assert_eq!(header.flags.bits(), flags, "{name}");
        assert_eq!(header.flags.check_mode(), mode, "{name}");
        header
    };
    check("09-header-0014.hex", 0x0014, CheckMode::None);
    let whole = check("09-header-0016.hex", 0x0016, CheckMode::HeaderAndBody);
    assert!(whole.verify(&[0; 119]).is_err(), "of another body");
    let header = check("09-header-0015.hex", 0x0015, CheckMode::Header);
    assert_eq!(header.verify(&[0; 119]), Ok(()), "the body does not matter");
    let alone = check("09-header-0001.hex", 0x0001, CheckMode::Header);
    assert_eq!(alone.verify(&[]), Ok(()));
    let probe = fixture("10-probe.session.hex");
    let drive = "9999078900000001".parse().unwrap();
    assert_eq!(
        Message::probe(FfdVersion::V1_2, drive).unwrap().encode(),
        probe
    );
}

#[test]
fn priority_and_check_code_are_set_without_touching_the_other_flags() {
    let priorities = [
        Priority::Normal,
        Priority::Raised,
        Priority::High,
        Priority::Highest,
    ];
    let modes = [CheckMode::None, CheckMode::Header, CheckMode::HeaderAndBody];
    for (value, priority) in (0..).zip(priorities) {
        for (code, mode) in (0..).zip(modes) {
            let flags = Flags::DOCUMENT.with_priority(priority).with_check(mode);
            assert_eq!(flags.bits(), 0x14 | value << 6 | code);
            assert_eq!((flags.priority(), flags.check_mode()), (priority, mode));
            assert_eq!(Flags::new(flags.bits()), Ok(flags));
        }
    }
    assert!(priorities.is_sorted());
}

#[test]
fn versions_of_old_registers_are_read_and_mean_no_format() {
    let good = fixture("10-probe.session.hex");
    for version in [[0x01, 0x00], [0x00, 0x01], [0x00, 0x02]] {
        let mut bytes: [u8; SessionHeader::LEN] = good.clone().try_into().unwrap();
        bytes[6..8].copy_from_slice(&version);
        let header = SessionHeader::decode(&bytes).unwrap();
        assert_eq!(header.protocol.ffd(), None);
        assert_eq!(header.encode(), bytes);
    }
}

#[test]
fn a_short_drive_number_stands_in_a_session_header_with_spaces() {
    let mut bytes: [u8; SessionHeader::LEN] = fixture("10-probe.session.hex").try_into().unwrap();
    bytes[23] = b' ';
    let header = SessionHeader::decode(&bytes).unwrap();
    assert_eq!(header.drive.digits(), "999907890000000");
    assert_eq!(header.encode(), bytes);
}

#[test]
fn confirmations_say_what_the_operator_makes_of_the_document() {
    let says = |name: &str| {
        let container = Container::decode(&fixture(name)).unwrap();
        let said = ffd::operator_answer(&container.document).unwrap();
        (said.code.map(|code| code.0), said.messages.bits())
    };
    assert_eq!(
        says("03-taxcom-ack-fd1-code14.container.hex"),
        (Some(14), 0)
    );
    assert_eq!(says("04-taxcom-ack-fd2-code0.container.hex"), (Some(0), 0));
    assert_eq!(
        says("11-confirmation-code14-messages.container.hex"),
        (Some(14), 0x86)
    );
    assert_eq!(
        says("12-confirmation-bare-1022.container.hex"),
        (Some(11), 0)
    );
}
