//! What machines see of the real program: its figures, whether it is well and ready, what it tells
//! systemd, and its log.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod figures;
mod files;
mod health;
mod log;
#[path = "../rig/mod.rs"]
mod rig;
mod systemd;

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Asks for a path with these headers (lines): status and body.
fn ask(server: SocketAddr, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server).unwrap();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: kassette\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The same for an answer in JSON, without a key.
fn ask_json(server: SocketAddr, path: &str) -> (u16, Value) {
    let (status, body) = ask(server, path, "");
    (status, serde_json::from_str(&body).unwrap())
}
