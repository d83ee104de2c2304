//! Restoring the past with the real program: what the commands say, and what comes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod rig;

use std::fs;

use chrono::{DateTime, Datelike, Days, NaiveDate};
use rig::{Rig, Variant};
use serde_json::Value;

/// Yesterday in Greenwich: no later than today anywhere.
fn yesterday() -> NaiveDate {
    let now: DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    now.date_naive().checked_sub_days(Days::new(1)).unwrap()
}

/// A registry of two payments and one of an unknown payer.
fn registry(date: NaiveDate) -> String {
    let date = format!("{:02}-{:02}-{}", date.day(), date.month(), date.year());
    let line = |number: &str, account: &str, sum: &str| {
        format!("{date};00-00-00;1;V;{number};{account};;;;{sum};{sum};0,00;5\r\n")
    };
    [
        line("op-1", "0", "100,00"),
        line("op-2", "1", "200,00"),
        line("op-3", "nobody", "1,00"),
        format!("=3;301,00;301,00;0,00;1;{date}\r\n"),
    ]
    .concat()
}

fn start() -> Rig {
    let variant = Variant {
        timing: "none",
        ..Variant::default()
    };
    Rig::start(2, 2, variant)
}

#[test]
fn a_lost_registry_is_restored_by_two_people_at_the_terminal() {
    let rig = start();
    let day = yesterday().to_string();
    let file = rig.folder().join("потерянный реестр.txt");
    fs::write(&file, registry(yesterday())).unwrap();
    let file = file.display().to_string();
    let lost = [
        "restore",
        "lost",
        "--from",
        &day,
        "--to",
        &day,
        "--registry",
        &file,
        "--reason",
        "lost_source",
        "--act-number",
        "17",
        "--act-date",
        &day,
        "--act-author",
        "Иванова А. А.",
        "--by",
        "Анна",
    ];
    let made = rig.run(&lost);
    assert!(made.contains("plan 1: lost payments"), "{made}");
    assert!(
        made.contains("state: draft") && made.contains("will be restored"),
        "{made}"
    );

    let plan = rig.run(&["restore", "show", "1", "--rows", "--json"]);
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["rows"]["items"].as_array().unwrap().len(), 3);
    let hash = plan["restoration"]["hash"].as_str().unwrap().to_owned();
    let rows = rig.run(&["restore", "show", "1", "--rows", "--class", "not_ours"]);
    assert!(rows.contains("nobody") && !rows.contains("op-1"), "{rows}");

    let approve = |by: &str| rig.try_run(&["restore", "approve", "1", "--hash", &hash, "--by", by]);
    let (is_well, said) = approve("Анна");
    assert!(!is_well && said.contains("another person"), "{said}");
    let (is_well, said) = approve("Борис");
    assert!(is_well && said.contains("approved by Борис"), "{said}");

    let run = rig.run(&["restore", "run", "1", "--pace", "at-once", "--by", "Анна"]);
    assert!(
        run.contains("state: done") && run.contains("2 done"),
        "{run}"
    );
    rig.settle();
    let mut totals: Vec<u64> = rig
        .drives
        .iter()
        .flat_map(|drive| rig.dump(drive))
        .filter_map(|document| document["total"].as_u64())
        .collect();
    totals.sort_unstable();
    assert_eq!(totals, [10_000, 20_000]);

    let zip = rig.folder().join("report.zip");
    rig.run(&["restore", "report", "1", "--zip", zip.to_str().unwrap()]);
    assert!(fs::read(&zip).unwrap().starts_with(b"PK\x03\x04"));
    let plans = rig.run(&["restore", "list"]);
    assert!(plans.contains("done") && plans.contains("Борис"), "{plans}");
    let (is_well, said) = rig.try_run(&["restore", "resume", "1", "--by", "Анна"]);
    assert!(!is_well && said.contains("restoration 1"), "{said}");
    assert!(rig.run(&["check"]).contains("all is well"));
}

#[test]
fn a_wrong_receipt_is_looked_at_and_fixed_at_the_terminal() {
    let rig = start();
    let payment = r#"{"type":"payment","key":"p","account":"0","parts":[{"kind":"cashless","amount":"100"}]}"#;
    let (status, done) = rig.request("POST", "operations?wait=30", payment).unwrap();
    assert_eq!(status, 201, "{done}");
    let receipt = done["receipts"][0]["id"].as_str().unwrap();
    let fix = [
        "receipt",
        "fix",
        receipt,
        "--set",
        "vat=20",
        "--reason",
        "wrong_vat",
    ];
    let look = rig.run(&[&fix[..], &["--dry-run"]].concat());
    assert!(
        look.contains("nothing was stored") && look.contains("correction"),
        "{look}"
    );
    let fixed = rig.run(&fix);
    assert!(
        fixed.contains("operation") && fixed.contains(":vat"),
        "{fixed}"
    );
    assert_eq!(rig.run(&fix).lines().next(), fixed.lines().next(), "once");
    let plan = rig.run(&[
        "restore",
        "fix",
        receipt,
        "--set",
        "kind=cash",
        "--reason",
        "wrong_kind",
        "--by",
        "Анна",
    ]);
    assert!(plan.contains("was corrected before"), "{plan}");
    let (is_well, said) = rig.try_run(&[
        "restore",
        "fix",
        "--query",
        "kind=gift",
        "--set",
        "kind=cash",
        "--reason",
        "wrong_kind",
        "--by",
        "Анна",
    ]);
    assert!(
        !is_well && said.contains("kind is receipt or correction"),
        "{said}"
    );
    rig.settle();
    assert!(rig.run(&["check"]).contains("all is well"));
}
