//! What «kassette key» shows and does at the command line.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::Path, process::Command};

use desk::{KeyRing, Store, key_hash};
use serde_json::{Value, json};

/// Runs the command: whether it ended well, what it said, and what it said aside.
fn key(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let shipped = include_str!("../config/kassette.toml");
    let ours = folder.join("journal").display().to_string();
    let config = folder.join("kassette.toml");
    fs::write(&config, shipped.replace("/var/lib/kassette", &ours)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .arg("key")
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn secret_of(folder: &Path, arguments: &[&str]) -> String {
    let (is_well, secret, aside) = key(folder, arguments);
    assert!(is_well, "{arguments:?}: {aside}");
    let bits = secret.strip_prefix("kst_").unwrap();
    assert!(bits.len() == 64 && bits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    secret
}

#[test]
fn keys_are_made_listed_rolled_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plain = secret_of(folder, &["add", "plain"]);
    let limited = secret_of(
        folder,
        &[
            "add",
            "limited",
            "--scope",
            "correct,read",
            "--expires",
            "2100-01-01",
            "--from",
            "10.0.0.0/8",
            "--from",
            "2001:db8::/32",
            "--rate",
            "50",
            "--burst",
            "200",
            "--comment",
            "касса №2",
        ],
    );
    assert_ne!(plain, limited);
    for wrong in [
        &["add", "plain"][..],
        &["add", "x", "--scope", "rack"],
        &["add", "x", "--from", "10.0.0.0/99"],
        &["add", "x", "--rate", "0"],
        &["add", "x", "--burst", "5"],
        &["add", "x", "--expires", "tomorrow"],
        &["add", " "],
        &["roll", "nobody"],
        &["roll", "plain", "--for", "soon"],
        &["revoke", "nobody"],
    ] {
        let (is_well, said, _) = key(folder, wrong);
        assert!(!is_well && said.is_empty(), "{wrong:?}: {said}");
    }

    let list = || -> Value { serde_json::from_str(&key(folder, &["list", "--json"]).1).unwrap() };
    let keys = list();
    assert_eq!(keys.as_array().unwrap().len(), 2, "{keys}");
    assert_eq!(keys[0]["scopes"], json!(["read", "push"]));
    assert_eq!(
        (&keys[0]["rate"], &keys[0]["from"]),
        (&Value::Null, &json!([]))
    );
    let told = |field: &str| keys[1][field].clone();
    assert_eq!(told("organisation"), "7802781104");
    assert_eq!(told("scopes"), json!(["read", "correct"]));
    assert_eq!(told("from"), json!(["10.0.0.0/8", "2001:db8::/32"]));
    assert_eq!((told("rate"), told("burst")), (json!(50), json!(200)));
    assert_eq!(told("comment"), "касса №2");
    // Midnight at the place of settlement, three hours before that of Greenwich.
    assert_eq!(
        told("expires_at_ms"),
        json!(4_102_444_800_000_i64 - 3 * 3_600_000)
    );
    assert_eq!(
        (told("state"), told("last_used_at_ms")),
        (json!("valid"), Value::Null)
    );

    let rolled = secret_of(folder, &["roll", "plain", "--for", "7d"]);
    let ring = KeyRing::open(&Store::in_folder(folder.join("journal"))).unwrap();
    let row = ring.list().unwrap().remove(0);
    let hashes: Vec<_> = row.secrets.iter().map(|secret| secret.hash).collect();
    assert_eq!(hashes, [key_hash(&plain), key_hash(&rolled)]);
    drop(ring);
    let until = list()[0]["old_secret_until_ms"].as_i64().unwrap();
    assert!(until >= row.created_at + 7 * 24 * 3_600_000);

    let (is_well, said, _) = key(folder, &["revoke", "plain"]);
    assert!(is_well && said == "revoked");
    assert_eq!(list()[0]["state"], "revoked");
    let (_, table, _) = key(folder, &["list"]);
    for word in [
        "plain",
        "revoked",
        "limited",
        "касса №2",
        "50/s",
        "2100-01-01 00:00",
    ] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let journal = fs::read(folder.join("journal/kassette.db")).unwrap();
    for secret in [plain, limited, rolled] {
        let is_there = |bytes: &[u8]| {
            bytes
                .windows(secret.len())
                .any(|it| it == secret.as_bytes())
        };
        assert!(!is_there(&journal), "a secret is stored");
    }
}
