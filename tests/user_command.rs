//! What «kassette user» shows and does at the command line, beside a running server, too.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use desk::{KeyRing, Store};
use serde_json::Value;

/// Runs the command: whether it ended well, what it said, and what it said aside.
fn user(folder: &Path, arguments: &[&str], input: &str) -> (bool, String, String) {
    let shipped = include_str!("../config/kassette.toml");
    let ours = folder.join("journal").display().to_string();
    let config = folder.join("kassette.toml");
    let text = shipped.replace("/var/lib/kassette", &ours);
    let cheap = text.replace("password_memory_kib = 19456", "password_memory_kib = 1024");
    fs::write(&config, cheap).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .arg("user")
        .args(arguments)
        .arg("--config")
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn people_are_added_listed_changed_and_locked_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let run = |arguments: &[&str]| user(folder, arguments, "");
    let (is_well, nobody, _) = run(&["list"]);
    assert!(is_well && nobody.contains("kassette user add"), "{nobody}");
    let (is_well, password, aside) =
        run(&["add", "olga", "--name", "Ольга", "--role", "admin,operator"]);
    assert!(is_well && password.len() == 19, "{password} {aside}");
    let typed = [
        "add",
        "ivan",
        "--name",
        "Иван",
        "--role",
        "technician",
        "--password-stdin",
    ];
    let (is_well, shown, aside) = user(folder, &typed, "четыре разных слова\n");
    assert!(is_well && shown.is_empty(), "{shown} {aside}");
    for (arguments, why) in [
        (
            &["add", "olga", "--name", "O", "--role", "admin"][..],
            "is or was somebody's",
        ),
        (
            &["add", "Ольга", "--name", "O", "--role", "admin"],
            "cannot be",
        ),
        (
            &["add", "petr", "--name", "P", "--role", "boss"],
            "chief_accountant",
        ),
        (&["disable", "olga"], "last administrator"),
        (
            &["roles", "olga", "--role", "operator"],
            "last administrator",
        ),
        (&["disable", "petr"], "there is nobody «petr»"),
    ] {
        let (is_well, _, aside) = run(arguments);
        assert!(!is_well && aside.contains(why), "{arguments:?}: {aside}");
    }
    let weak = user(folder, &["password", "ivan", "--password-stdin"], "short\n");
    assert!(!weak.0 && weak.2.contains("at least 10"), "{}", weak.2);
    assert!(run(&["roles", "ivan", "--role", "admin"]).0);
    assert!(run(&["disable", "olga"]).0);
    assert!(run(&["sessions", "ivan", "--end"]).0);
    let people: Value = serde_json::from_str(&run(&["list", "--json"]).1).unwrap();
    assert_eq!(people[0]["login"], "ivan");
    assert_eq!(people[0]["roles"], serde_json::json!(["admin"]));
    assert_eq!(people[0]["must_change_password"], false);
    assert_eq!(people[1]["login"], "olga");
    assert_eq!(people[1]["must_change_password"], true);
    assert!(people[1]["disabled_at_ms"].is_i64());
    assert!(
        !run(&["list", "--json"]).1.contains("argon2"),
        "no hash is shown"
    );
}

#[test]
fn people_are_changed_while_somebody_else_has_the_journal_open() {
    let folder = tempfile::tempdir().unwrap();
    let held = KeyRing::open(&Store::in_folder(folder.path().join("journal"))).unwrap();
    let add = ["add", "olga", "--name", "Ольга", "--role", "admin"];
    let (is_well, _, aside) = user(folder.path(), &add, "");
    assert!(is_well, "{aside}");
    drop(held);
    assert!(user(folder.path(), &["list"], "").1.contains("Ольга"));
}
