//! Bytes from outside: whatever they are, a parser refuses them by name or reads what it can write
//! back. Each parser has one `check`. Under `cargo test` it meets the stored corpus,
//! `__fuzz__/<target>/corpus`, and some thousand random inputs; `cargo bolero test -p ofd-proto
//! <target>` hands it to a fuzzer, which keeps its corpus in the same folder.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::{fs, path::Path};

use ofd_proto::{Container, Decoder, MAX_BODY_LEN, SessionHeader};

/// How many inputs one plain test run tries.
const ITERATIONS: usize = 5_000;
const INPUT_MAX: usize = 512;

/// A stream of session messages.
fn check_session(bytes: &[u8]) {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    let mut at = 0;
    while let Ok(Some(message)) = decoder.next_message() {
        let again = message.encode();
        assert_eq!(
            bytes[at..at + again.len()],
            again,
            "written back as it came"
        );
        assert!(message.body.len() <= MAX_BODY_LEN);
        at += again.len();
    }
    // In pieces it is the same stream.
    let mut in_pieces = Decoder::default();
    let mut read = 0;
    for byte in bytes {
        in_pieces.push(&[*byte]);
        match in_pieces.next_message() {
            Ok(Some(message)) => read += SessionHeader::LEN + message.body.len(),
            Ok(None) => {}
            Err(_) => break,
        }
    }
    assert_eq!(read, at, "the cut does not matter");
}

/// A container, its check code put right: else nearly all inputs would end there.
fn check_container(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if let Ok(len) = u16::try_from(bytes.len())
        && len >= 4
    {
        bytes[..2].copy_from_slice(&len.to_le_bytes());
        let check = terms::crc16(&[&bytes[..2], &bytes[4..]]);
        bytes[2..4].copy_from_slice(&check.to_le_bytes());
    }
    if let Ok(container) = Container::decode(&bytes) {
        assert_eq!(container.encode().unwrap(), bytes);
    }
}

/// What an ОФД says in a ticket.
fn check_ticket(bytes: &[u8]) {
    let open = Container::decode(bytes).map(|container| container.document);
    let Ok(said) = ffd::operator_answer(open.as_deref().unwrap_or(bytes)) else {
        return;
    };
    assert_eq!(said.clone().or(said.clone()), said);
    assert!(said.text.is_none_or(|text| !text.trim().is_empty()));
}

fn fuzz(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/__fuzz__")
        .join(target)
        .join("corpus");
    let stored = fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{corpus:?}: {error}"));
    let mut count = 0;
    for file in stored {
        check(&fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", corpus.display());
    bolero::check!(name = target)
        .with_iterations(ITERATIONS)
        .with_max_len(INPUT_MAX)
        .for_each(|bytes: &[u8]| check(bytes));
}

#[test]
fn session_streams() {
    fuzz("session_streams", check_session);
}

#[test]
fn containers() {
    fuzz("containers", check_container);
}

#[test]
fn tickets() {
    fuzz("tickets", check_ticket);
}
