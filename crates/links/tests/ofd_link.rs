//! The client of an ОФД against small servers of the test's own.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use links::{Endpoint, OfdLink};
use ofd_proto::{
    Container, ContainerHeader, Decoder, ExchangeError, ExchangeTimeouts, Message, Sender,
    SessionHeader,
};
use terms::{DocumentNumber, DriveNumber, FfdVersion};

fn drive() -> DriveNumber {
    "9999078900000001".parse().unwrap()
}

fn container(sender: Sender, form: u8, number: u32) -> Vec<u8> {
    let tlv = vec![form, 0, 0, 0];
    let number = DocumentNumber(number);
    Container::new(sender, form, drive(), number, [0; 8], tlv, [0; 8])
        .unwrap()
        .encode()
        .unwrap()
}

fn document(number: u32) -> Vec<u8> {
    container(Sender::Register, 3, number)
}

fn confirmation(number: u32) -> Vec<u8> {
    container(Sender::Ofd, 7, number)
}

fn listen() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address.into())
}

/// The next document on a connection, and the bytes that confirm it.
fn take(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut decoder = Decoder::default();
    let mut buffer = [0; 100];
    loop {
        let count = stream.read(&mut buffer).unwrap_or(0);
        if count == 0 {
            return None;
        }
        decoder.push(&buffer[..count]);
        if let Some(message) = decoder.next_message().unwrap() {
            let header = ContainerHeader::decode(&message.body).unwrap();
            let container = confirmation(header.document.get());
            return Some(
                Message::answer(&message.header, container)
                    .unwrap()
                    .encode(),
            );
        }
    }
}

async fn send(link: &mut OfdLink, address: &Endpoint, number: u32) -> Result<u32, ExchangeError> {
    link.exchange(address, drive(), FfdVersion::V1_2, document(number))
        .await
        .map(|answer| {
            assert_eq!(answer, confirmation(number));
            number
        })
        .map_err(|error| error.failure)
}

#[tokio::test]
async fn documents_go_over_one_connection_as_long_as_it_stays() {
    let (listener, address) = listen();
    let server = thread::spawn(move || {
        let mut confirmed = 0;
        let mut stream = listener.accept().unwrap().0;
        while let Some(answer) = take(&mut stream) {
            // In pieces: one read is not one answer.
            for piece in answer.chunks(50) {
                stream.write_all(piece).unwrap();
                stream.flush().unwrap();
            }
            confirmed += 1;
        }
        confirmed
    });
    let mut link = OfdLink::default();
    for number in 1..=3 {
        assert_eq!(send(&mut link, &address, number).await, Ok(number));
    }
    drop(link);
    assert_eq!(server.join().unwrap(), 3);
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_is_connected_to_again() {
    let (listener, address) = listen();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let answer = take(&mut stream).unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    let mut link = OfdLink::default();
    for number in 1..=3 {
        assert_eq!(send(&mut link, &address, number).await, Ok(number));
    }
}

#[tokio::test]
async fn a_confirmation_sent_twice_does_not_answer_the_next_document() {
    let (listener, address) = listen();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                while let Some(answer) = take(&mut stream) {
                    stream.write_all(&answer.repeat(2)).unwrap();
                }
            });
        }
    });
    let mut link = OfdLink::default();
    for number in 1..=3 {
        assert_eq!(send(&mut link, &address, number).await, Ok(number));
    }
}

#[tokio::test]
async fn an_ofd_that_does_not_answer_in_time_fails_the_exchange_and_not_the_next_one() {
    let (listener, address) = listen();
    let (keep, kept) = mpsc::channel();
    thread::spawn(move || {
        let mut silent = listener.accept().unwrap().0;
        take(&mut silent).unwrap();
        keep.send(silent).unwrap();
        let mut stream = listener.accept().unwrap().0;
        let answer = take(&mut stream).unwrap();
        stream.write_all(&answer).unwrap();
    });
    let waited = Duration::from_millis(200);
    let mut link = OfdLink::new(ExchangeTimeouts {
        answer: waited,
        ..ExchangeTimeouts::default()
    });
    let failure = ExchangeError::AnswerTimeout {
        waited,
        received: 0,
    };
    assert_eq!(send(&mut link, &address, 1).await, Err(failure));
    let mut link = OfdLink::default();
    assert_eq!(send(&mut link, &address, 1).await, Ok(1));
    drop(kept);
}

#[tokio::test]
async fn an_exchange_that_is_dropped_takes_its_connection_with_it() {
    let (listener, address) = listen();
    let (tell, told) = tokio::sync::oneshot::channel();
    let server = thread::spawn(move || {
        let mut first = listener.accept().unwrap().0;
        let answer = take(&mut first).unwrap();
        first.write_all(&answer).unwrap();
        take(&mut first).unwrap();
        tell.send(()).unwrap();
        assert!(take(&mut first).is_none(), "closed with the exchange");
        let mut second = listener.accept().unwrap().0;
        let answer = take(&mut second).unwrap();
        second.write_all(&answer).unwrap();
    });
    let mut link = OfdLink::default();
    assert_eq!(send(&mut link, &address, 1).await, Ok(1));
    tokio::select! {
        _ = send(&mut link, &address, 2) => panic!("nobody answers"),
        _ = told => {}
    }
    assert_eq!(send(&mut link, &address, 2).await, Ok(2));
    tokio::task::spawn_blocking(move || server.join().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_ofd_that_cannot_be_reached_is_named() {
    let (listener, address) = listen();
    drop(listener);
    let error = OfdLink::default()
        .exchange(&address, drive(), FfdVersion::V1_2, document(1))
        .await
        .unwrap_err();
    assert!(matches!(error.failure, ExchangeError::Unreachable(_)));
    let text = error.to_string();
    assert!(text.starts_with(&address.to_string()), "{text}");
    assert!(text.contains("cannot be reached"), "{text}");
}

/// A server that counts its connections; `answer` says how to answer on one.
fn counting(
    answer: impl Fn(&mut TcpStream, Vec<u8>) -> bool + Send + Sync + 'static,
) -> (Endpoint, Arc<AtomicU32>) {
    let (listener, address) = listen();
    let accepted = Arc::new(AtomicU32::new(0));
    let counter = accepted.clone();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                while let Some(bytes) = take(&mut stream) {
                    if !answer(&mut stream, bytes) {
                        return;
                    }
                }
            });
        }
    });
    (address, accepted)
}

#[tokio::test]
async fn many_waiting_documents_need_one_connection_until_the_host_hangs_up() {
    let (address, accepted) = counting(|stream, bytes| stream.write_all(&bytes).is_ok());
    let mut link = OfdLink::default();
    for number in 1..=50 {
        assert_eq!(send(&mut link, &address, number).await, Ok(number));
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
    link.hang_up();
    assert_eq!(send(&mut link, &address, 51).await, Ok(51));
    assert_eq!(accepted.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_server_that_takes_one_document_per_connection_costs_one_connection_each() {
    let (address, accepted) = counting(|stream, bytes| {
        stream.write_all(&bytes).unwrap();
        false
    });
    let mut link = OfdLink::default();
    for number in 1..=5 {
        assert_eq!(send(&mut link, &address, number).await, Ok(number));
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 5);
}

/// Programs that took one read for one answer are known to have failed at these lengths (ККТ–ОФД
/// protocol §6).
#[tokio::test]
async fn an_answer_of_any_length_is_read_to_its_end_whatever_its_pieces() {
    for whole in [1024, 2048, 4096] {
        let answer = long_confirmation(1, whole);
        assert_eq!(SessionHeader::LEN + answer.len(), whole);
        for piece in [1, 30, 1023, 1024, whole] {
            let body = answer.clone();
            let (address, _) = counting(move |stream, _| {
                let message = Message::request(FfdVersion::V1_2, drive(), body.clone());
                let bytes = message.unwrap().encode();
                bytes
                    .chunks(piece)
                    .all(|piece| stream.write_all(piece).is_ok())
            });
            let answered = OfdLink::default()
                .exchange(&address, drive(), FfdVersion::V1_2, document(1))
                .await;
            assert_eq!(
                answered.as_ref(),
                Ok(&answer),
                "{whole} in pieces of {piece}"
            );
        }
    }
}

/// A confirmation that makes a message of so many bytes.
fn long_confirmation(number: u32, whole: usize) -> Vec<u8> {
    let len = whole - SessionHeader::LEN - ContainerHeader::LEN - 10;
    let number = DocumentNumber(number);
    Container::new(
        Sender::Ofd,
        7,
        drive(),
        number,
        [0; 8],
        vec![7; len],
        [0; 8],
    )
    .unwrap()
    .encode()
    .unwrap()
}

#[tokio::test]
async fn a_probe_asks_whether_the_ofd_is_there_and_leaves_the_connection_for_documents() {
    let (listener, address) = listen();
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut asked = [0; SessionHeader::LEN];
        stream.read_exact(&mut asked).unwrap();
        assert_eq!(SessionHeader::decode(&asked).unwrap().body_len, 0);
        stream.write_all(&asked[..7]).unwrap();
        stream.write_all(&asked[7..]).unwrap();
        let answer = take(&mut stream).unwrap();
        stream.write_all(&answer).unwrap();
    });
    let mut link = OfdLink::default();
    assert_eq!(link.connect(&address).await, Ok(()));
    let probed = link.probe(&address, drive(), FfdVersion::V1_2).await;
    assert_eq!(probed, Ok(()));
    assert_eq!(send(&mut link, &address, 1).await, Ok(1));
    server.join().unwrap();
    let probed = link.probe(&address, drive(), FfdVersion::V1_2).await;
    let gone = probed.unwrap_err();
    assert!(
        matches!(gone.failure, ExchangeError::Unreachable(_)),
        "{gone}"
    );
    assert_eq!(link.connect(&address).await, Err(gone));
}
