//! The examples of `docs/integration`, run as a billing would run them: those whose language is on
//! this machine.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod rig;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use rig::{Rig, Variant, free_address, until};
use serde_json::Value;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/integration")
        .join(name)
}

/// Drives that do not keep anybody waiting.
fn plain(config: &'static str) -> Variant {
    Variant {
        timing: "none",
        config,
        ..Variant::default()
    }
}

/// Whether the language is here.
fn is_here(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

fn push(rig: &Rig, program: &str, name: &str, arguments: [&str; 3]) -> Output {
    let (url, key) = rig.address_and_key();
    Command::new(program)
        .arg(example(name))
        .args(arguments)
        .env("KASSETTE_URL", url)
        .env("KASSETTE_KEY", key)
        .output()
        .unwrap()
}

#[test]
fn a_payment_is_pushed_once_in_every_language() {
    let rig = Rig::start(1, 3, plain(""));
    let mut pushed = 0;
    for (program, name) in [
        ("sh", "push_payment.sh"),
        ("python3", "push_payment.py"),
        ("php", "push_payment.php"),
    ] {
        // A shell has no version to tell, and is everywhere.
        if program != "sh" && !is_here(program) {
            eprintln!("{program} is not on this machine: {name} is not run");
            continue;
        }
        let first = push(&rig, program, name, [name, "1", "100.50"]);
        let said = String::from_utf8_lossy(&first.stdout).into_owned();
        assert!(first.status.success(), "{name}: {first:?}");
        let answer: Value = serde_json::from_str(&said).expect(name);
        assert_eq!(
            answer["receipts"][0]["state"].as_str().map(is_formed),
            Some(true),
            "{said}"
        );
        let again = push(&rig, program, name, [name, "1", "100.50"]);
        let again: Value = serde_json::from_slice(&again.stdout).expect(name);
        assert_eq!(again["id"], answer["id"], "{name}");
        // What is refused is told, and not tried for ever.
        let refused = push(&rig, program, name, [&format!("{name}-2"), "nobody", "1"]);
        assert!(!refused.status.success(), "{name}: {refused:?}");
        pushed += 1;
    }
    let (_, account) = rig.request("GET", "accounts/1", "").unwrap();
    let kopecks = 10_050 * pushed;
    let saldo = format!("{}.{:02}", kopecks / 100, kopecks % 100);
    assert_eq!(account["saldo"], saldo.as_str(), "{account}");
}

fn is_formed(state: &str) -> bool {
    matches!(state, "fiscalized" | "acknowledged")
}

#[test]
fn a_webhook_written_in_python_takes_letters_and_no_forged_ones() {
    if !is_here("python3") {
        eprintln!("python3 is not on this machine: webhook.py is not run");
        return;
    }
    let port = free_address().port();
    let mut receiver = Receiver::start(port);
    let config = format!(
        "[[webhook]]\nname = \"billing\"\nurl = \"http://127.0.0.1:{port}/\"\n\
         secret = \"{SECRET}\"\nallow_private = true\n"
    );
    let rig = Rig::start(1, 3, plain(config.leak()));
    let payment =
        r#"{"type":"payment","key":"p-1","account":"2","parts":[{"kind":"cash","amount":1}]}"#;
    assert_eq!(
        rig.request("POST", "operations?wait=30", payment)
            .unwrap()
            .0,
        201
    );
    let mut told = Vec::new();
    until("the webhook has told the end", || {
        told.push(receiver.letter());
        told.last().unwrap()["data"]["state"] == "acknowledged"
    });
    let states: Vec<_> = told
        .iter()
        .filter_map(|letter| letter["data"]["state"].as_str())
        .collect();
    assert_eq!(states, ["fiscalized", "acknowledged"], "{told:?}");

    // Whoever does not know the secret is turned away.
    let forged = Command::new("curl")
        .args([
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ])
        .args([
            "-H",
            "webhook-id: 1",
            "-H",
            "webhook-timestamp: 1",
            "-d",
            "{}",
        ])
        .args(["-H", "webhook-signature: v1,AAAA"])
        .arg(format!("http://127.0.0.1:{port}/"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&forged.stdout), "401");
}

/// `webhook.py` at work.
struct Receiver {
    process: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Receiver {
    fn start(port: u16) -> Self {
        let mut process = Command::new("python3")
            .arg(example("webhook.py"))
            .arg(port.to_string())
            .env("KASSETTE_WEBHOOK_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let errors = process.stderr.take().unwrap();
        BufReader::new(errors).read_line(&mut ready).unwrap();
        assert!(ready.contains("listens"), "{ready}");
        let said = BufReader::new(process.stdout.take().unwrap());
        Self { process, said }
    }

    /// The next letter; waits for it.
    fn letter(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
