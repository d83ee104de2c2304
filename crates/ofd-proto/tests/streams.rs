//! Streams in pieces, and bytes that nobody meant.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod fixtures;

use fixtures::fixture;
use ofd_proto::{
    Container, ContainerHeader, Decoder, Flags, MAX_BODY_LEN, Message, SessionError, SessionHeader,
};
use proptest::prelude::*;
use terms::FfdVersion;

#[test]
fn two_messages_in_a_row_are_read_whatever_the_cut() {
    let first = fixture("02-mgm-regchange-ffd12.session.hex");
    let second = fixture("07-open-shift-ffd12.session.hex");
    let stream = [&first[..], &second].concat();
    for cut in 0..=stream.len() {
        let mut decoder = Decoder::default();
        let mut read = Vec::new();
        for piece in [&stream[..cut], &stream[cut..]] {
            decoder.push(piece);
            while let Some(message) = decoder.next_message().unwrap() {
                read.push(message.encode());
            }
        }
        assert_eq!(read, [&first[..], &second], "cut at {cut}");
        assert_eq!(decoder.finish(), Ok(()));
    }
}

#[test]
fn a_stream_that_ends_inside_a_message_is_told_from_one_that_ends_after_it() {
    let message = fixture("07-open-shift-ffd12.session.hex");
    for cut in 1..message.len() {
        let mut decoder = Decoder::default();
        decoder.push(&message[..cut]);
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(decoder.finish().is_err(), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_accepted_ones_are_written_back(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        let _ = decoder.next_message();
        let _ = ContainerHeader::decode(&bytes);
    }

    /// Right signature and check code, anything else: what is accepted is written back unchanged.
    #[test]
    fn nearly_right_bytes_are_refused_or_written_back(
        fields in prop::array::uniform22(any::<u8>()),
        body in prop::collection::vec(any::<u8>(), 0..80),
        document_len in 0..90_u16,
    ) {
        let mut header = [&[0x2A, 0x08, 0x41, 0x0A, 0x81, 0xA2, 1, 0x20], &b"9999078900000001"[..],
            &fields[..6]].concat();
        header[24..26].copy_from_slice(&(body.len() as u16).to_le_bytes());
        let mut decoder = Decoder::default();
        decoder.push(&header);
        decoder.push(&body);
        if let Ok(Some(message)) = decoder.next_message() {
            prop_assert_eq!(message.encode(), [header, body.clone()].concat());
        }

        let mut container = vec![0; 32];
        container[7..29].copy_from_slice(&fields);
        container[9..17].copy_from_slice(&[0x99; 8]);
        container[4] = if fields[0] & 1 == 0 { 0xA5 } else { 0x5A };
        container[5] = fields[3];
        container[6] = fields[4] & 0x1F;
        container[30..].copy_from_slice(&document_len.to_be_bytes());
        container.extend(body);
        let len = container.len() as u16;
        container[..2].copy_from_slice(&len.to_le_bytes());
        let check = terms::crc16(&[&container[..2], &container[4..]]);
        container[2..4].copy_from_slice(&check.to_le_bytes());
        if let Ok(read) = Container::decode(&container) {
            prop_assert_eq!(read.encode().unwrap(), container);
        }
    }

    #[test]
    fn what_is_sent_is_received(
        body in prop::collection::vec(any::<u8>(), 0..2000),
        mode in 0..3_u16,
        cut in any::<prop::sample::Index>(),
    ) {
        let flags = Flags::new(Flags::DOCUMENT.bits() | mode).unwrap();
        let drive = "9999078900000001".parse().unwrap();
        let sent = Message::new(FfdVersion::V1_1.into(), drive, flags, body).unwrap();
        let bytes = sent.encode();
        let (head, tail) = bytes.split_at(cut.index(bytes.len()));
        let mut decoder = Decoder::default();
        decoder.push(head);
        prop_assert_eq!(decoder.next_message().unwrap(), None);
        decoder.push(tail);
        prop_assert_eq!(decoder.next_message().unwrap(), Some(sent));
    }
}

#[test]
fn a_length_beyond_the_limit_is_refused_before_its_bytes_come() {
    let drive = "9999078900000001".parse().unwrap();
    let longest = Message::request(FfdVersion::V1_2, drive, vec![0; MAX_BODY_LEN]).unwrap();
    let mut header = longest.header.encode();
    let mut decoder = Decoder::default();
    decoder.push(&header);
    assert_eq!(decoder.next_message(), Ok(None));
    header[24] = 1;
    let mut decoder = Decoder::default();
    decoder.push(&header);
    assert!(decoder.next_message().is_err());
    assert_eq!(longest.encode().len(), SessionHeader::LEN + MAX_BODY_LEN);
}

#[test]
fn a_peer_that_speaks_another_protocol_is_noticed_at_its_fourth_byte() {
    let mut decoder = Decoder::default();
    decoder.push(b"HTT");
    assert_eq!(decoder.next_message(), Ok(None));
    decoder.push(b"P");
    assert_eq!(
        decoder.next_message(),
        Err(SessionError::WrongSignature(*b"HTTP"))
    );
}
