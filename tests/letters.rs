//! Letters outlive the server: the real program is killed while it tells a webhook, and nothing is
//! lost and nothing comes out of order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod rig;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rig::{Rig, Variant};
use serde_json::Value;

const ACCOUNTS: usize = 3;
const KILLS: usize = 6;

type Letters = Arc<Mutex<Vec<(String, Value)>>>;

/// Remembers what comes; every third letter is not taken.
fn receiver() -> (u16, Letters) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let letters = Letters::default();
    let memory = letters.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let memory = memory.clone();
            thread::spawn(move || {
                let stream = stream.unwrap();
                // A server that is killed breaks its connections off.
                let _ = converse(stream, &memory);
            });
        }
    });
    (port, letters)
}

fn converse(stream: TcpStream, memory: &Letters) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let (mut length, mut id) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse().ok()?,
                    "webhook-id" => id = value.trim().to_owned(),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = serde_json::from_slice(&body).ok()?;
        let is_taken = {
            let mut letters = memory.lock().unwrap();
            let is_known = letters.iter().any(|(known, _)| *known == id);
            letters.push((id, body));
            // Each is taken at its second coming at the latest.
            is_known || !letters.len().is_multiple_of(3)
        };
        let status = if is_taken {
            "204 No Content"
        } else {
            "503 Not Now"
        };
        write!(writer, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

#[test]
fn a_server_that_is_killed_tells_everything_in_order() {
    let (port, letters) = receiver();
    let config = format!(
        "[[webhook]]\nname = \"billing\"\nurl = \"http://127.0.0.1:{port}/\"\n\
         secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nallow_private = true\n\
         events = [\"fiscalized\", \"acknowledged\"]"
    );
    let variant = Variant {
        timing: "none",
        // It is needed until the test ends.
        config: config.leak(),
        ..Variant::default()
    };
    let mut rig = Rig::start(2, ACCOUNTS, variant);
    let mut receipts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for round in 0..KILLS {
        for number in 0..6 {
            let account = (number % ACCOUNTS).to_string();
            let body = format!(
                r#"{{"type":"payment","key":"pay-{round}-{number}","account":"{account}","parts":[{{"kind":"cashless","amount":"100"}}]}}"#
            );
            let mut answer = None;
            rig::until("a payment is answered", || {
                answer = rig.request("POST", "operations?wait=20", &body).ok();
                answer.as_ref().is_some_and(|(status, _)| *status == 201)
            });
            let receipt = &answer.unwrap().1["receipts"][0]["id"];
            let receipt = receipt.as_str().unwrap().to_owned();
            receipts.entry(account).or_default().push(receipt);
        }
        // Letters are on their way.
        rig.kill_daemon();
        rig.start_daemon();
    }
    rig.settle();
    let all = KILLS * 6 * 2;
    rig::until("every letter is taken", || {
        // What waits for its next attempt is due at once: nobody waits for pauses here.
        rig.run(&["webhook", "replay", "billing"]);
        let told = rig.request("GET", "webhooks", "").unwrap().1;
        let mut known: Vec<String> = letters
            .lock()
            .unwrap()
            .iter()
            .map(|it| it.0.clone())
            .collect();
        known.sort_unstable();
        known.dedup();
        told[0]["waiting"] == 0 && told[0]["dead"] == 0 && known.len() == all
    });
    let mut told: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut seen = Vec::new();
    for (id, body) in letters.lock().unwrap().iter() {
        if seen.contains(id) {
            continue;
        }
        seen.push(id.clone());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (account, receipt) = (text(&body["data"]["account"]), text(&body["data"]["id"]));
        told.entry(account)
            .or_default()
            .push((receipt, text(&body["type"])));
    }
    for (account, receipts) in receipts {
        let told = &told[&account];
        for state in ["receipt.fiscalized", "receipt.acknowledged"] {
            let of_state: Vec<&String> = told
                .iter()
                .filter(|(_, kind)| kind == state)
                .map(|(receipt, _)| receipt)
                .collect();
            let mut expected: Vec<&String> = receipts.iter().collect();
            if state == "receipt.acknowledged" {
                // Two drives send on their own: among receipts the tickets have no order.
                let (mut found, mut all) = (of_state.clone(), expected.clone());
                found.sort_unstable();
                all.sort_unstable();
                assert_eq!(found, all, "account {account}");
                continue;
            }
            expected.dedup();
            assert_eq!(of_state, expected, "account {account}");
        }
        for receipt in receipts {
            let place = |state: &str| {
                let wanted = (receipt.clone(), state.to_owned());
                told.iter().position(|it| *it == wanted).unwrap()
            };
            assert!(place("receipt.fiscalized") < place("receipt.acknowledged"));
        }
    }
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}
