//! Journals of earlier versions: what they hold is read, goes on, and newer ones are left alone.
//!
//! `tests/upgrade/v1.sql` are the rows of a journal of schema 1, made by a short life of the program.
//! Until version 0.1.0 is released the schema may still change in place; then `cargo test --test upgrade
//! -- --ignored` lives that life again. After the release it is never made anew: each later schema gets
//! a file of its own.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod rig;

use std::{fs, path::Path};

use rig::{Rig, Variant};
use rusqlite::Connection;

const SCHEMA: &str = include_str!("../crates/journal/src/schema/v1.sql");
const ROWS: &str = "tests/upgrade/v1.sql";

/// A payment as billing sends it, also when it sends it once more.
fn payment(key: &str, account: u8, amount: &str) -> String {
    format!(
        r#"{{"type":"payment","key":"{key}","account":"{account}","parts":[{{"kind":"cashless","amount":"{amount}"}}]}}"#
    )
}

/// Makes the journal of the file.
fn journal(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let database = Connection::open(folder.join("kassette.db")).unwrap();
    database.execute_batch("pragma foreign_keys = off").unwrap();
    database.execute_batch(SCHEMA).unwrap();
    let rows = fs::read_to_string(ROWS).unwrap();
    database
        .execute_batch(&format!("begin; {rows} commit;"))
        .unwrap();
}

/// All rows of a journal, as statements.
fn rows_of(database: &Path) -> String {
    let database = Connection::open(database).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut rows = database.prepare(sql).unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.map(|text| text.unwrap()).collect()
    };
    let tables = list("select name from sqlite_schema where type = 'table' order by rowid");
    let mut text = String::new();
    for table in tables.iter().filter(|it| !it.starts_with("sqlite_")) {
        let columns = list(&format!(
            "select name from pragma_table_info('{table}') order by cid"
        ));
        let quoted: Vec<String> = columns
            .iter()
            .map(|it| format!("quote(\"{it}\")"))
            .collect();
        let names = columns
            .iter()
            .map(|it| format!("\"{it}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let values = quoted.join(" || ', ' || ");
        for row in list(&format!("select {values} from {table}")) {
            text += &format!("insert or replace into {table} ({names}) values ({row});\n");
        }
    }
    text
}

#[test]
#[ignore = "it writes the file anew: see above"]
fn live_the_life_that_the_file_tells_of() {
    let variant = Variant {
        timing: "none",
        config: "[receipts]\npostpaid = \"credit\"",
        ..Variant::default()
    };
    let mut rig = Rig::start(2, 3, variant);
    let push = |body: &str, expected: u16| {
        let (status, answer) = rig.request("POST", "operations?wait=20", body).unwrap();
        assert_eq!(status, expected, "{answer}");
    };
    push(&payment("pay-1", 0, "1500.00"), 201);
    push(&payment("pay-2", 1, "100.01"), 201);
    push(
        r#"{"type":"charge","key":"charge-1","account":"0","lines":[{"service":"INET","period":"2026-11","amount":"650.00"}]}"#,
        201,
    );
    push(
        r#"{"type":"charge","key":"charge-2","account":"2","lines":[{"service":"INET","period":"2026-11","amount":"650.00"}]}"#,
        201,
    );
    push(
        r#"{"type":"refund","key":"refund-1","account":"0","of":"advance","service":"INET","amount":"50.00","kind":"cashless"}"#,
        201,
    );
    rig.run(&["user", "add", "olga", "--name", "Ольга", "--role", "admin"]);
    rig.settle();
    for drive in &mut rig.drives {
        drive.kill();
    }
    // Nobody forms these.
    for (key, body) in [
        ("pay-3", payment("pay-3", 1, "7.77")),
        ("pay-4", payment("pay-4", 2, "8.88")),
    ] {
        let (status, answer) = rig.request("POST", "operations", &body).unwrap();
        assert_eq!(status, 202, "{key}: {answer}");
    }
    rig.run(&[
        "operation",
        "cancel",
        "pay-4",
        "--by",
        "A. Cashier",
        "--reason",
        "typing error",
    ]);
    rig.kill_daemon();
    fs::write(ROWS, rows_of(&rig.folder().join("journal/kassette.db"))).unwrap();
}

#[test]
fn a_journal_of_schema_1_is_read_proven_and_goes_on() {
    let mut rig = Rig::unregistered(1);
    journal(&rig.folder().join("journal"));
    let report = rig.run(&["check"]);
    assert!(
        report.contains("7 operations") && report.contains("all is well"),
        "{report}"
    );
    rig.start_daemon();
    let billing = rig.caller_with("billing-2", "read,push");
    let (status, known) = billing.request("GET", "operations?key=pay-1", "").unwrap();
    assert_eq!(status, 200, "{known}");
    assert_eq!(known["receipts"][0]["state"], "acknowledged", "{known}");
    // What it has accepted then is not accepted twice, and not taken for something else.
    let again = billing
        .request("POST", "operations", &payment("pay-1", 0, "1500.00"))
        .unwrap();
    assert_eq!((&again.1["id"], again.0), (&known["id"], 201), "{again:?}");
    let other = billing
        .request("POST", "operations", &payment("pay-1", 0, "1500.01"))
        .unwrap();
    assert_eq!(other.0, 409, "{other:?}");
    let (status, account) = billing.request("GET", "accounts/0", "").unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        account["saldo"], "800.00",
        "1500 less 650 less 50: {account}"
    );
    let (_, waiting) = billing.request("GET", "operations?key=pay-3", "").unwrap();
    assert_eq!(waiting["receipts"][0]["state"], "queued", "{waiting}");
    let (_, cancelled) = billing.request("GET", "operations?key=pay-4", "").unwrap();
    assert_eq!(cancelled["receipts"][0]["state"], "refused", "{cancelled}");
    let (status, new) = billing
        .request("POST", "operations", &payment("pay-5", 1, "1.00"))
        .unwrap();
    assert_eq!(status, 202, "{new}");
    assert!(
        new["id"].as_str() > known["id"].as_str(),
        "identifiers only grow"
    );
    rig.kill_daemon();
    let people = rig.run(&["user", "list"]);
    assert!(people.contains("olga"), "{people}");
    let report = rig.run(&["check"]);
    assert!(
        report.contains("8 operations") && report.contains("all is well"),
        "{report}"
    );
}

#[test]
fn a_journal_of_a_newer_program_is_refused_in_clear_words_and_not_touched() {
    let rig = Rig::unregistered(1);
    let folder = rig.folder().join("journal");
    journal(&folder);
    let database = Connection::open(folder.join("kassette.db")).unwrap();
    let sql = "insert into schema_version (version, applied_at) values (99, 0)";
    database.execute(sql, []).unwrap();
    drop(database);
    let before = fs::read(folder.join("kassette.db")).unwrap();
    for command in ["serve", "check", "backup"] {
        let mut arguments = vec![command];
        let to = rig.folder().join("copies").display().to_string();
        if command == "backup" {
            arguments.extend(["--to", &to]);
        }
        let (is_done, said) = rig.try_run(&arguments);
        assert!(!is_done, "{command}: {said}");
        assert!(
            said.contains("schema 99") && said.contains("install the newer program"),
            "{command}: {said}"
        );
    }
    assert_eq!(fs::read(folder.join("kassette.db")).unwrap(), before);
}
