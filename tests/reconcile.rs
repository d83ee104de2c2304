//! Billing, bank and journal compared at the terminal, with the real program.

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

/// A registry of two payments.
fn registry(date: NaiveDate) -> String {
    let date = format!("{:02}-{:02}-{}", date.day(), date.month(), date.year());
    let line = |number: &str, account: &str, sum: &str| {
        format!("{date};00-00-00;1;V;{number};{account};;;;{sum};{sum};0,00;5\r\n")
    };
    [
        line("op-1", "0", "100,00"),
        line("op-2", "1", "200,00"),
        format!("=2;300,00;300,00;0,00;1;{date}\r\n"),
    ]
    .concat()
}

#[test]
fn a_registry_that_nobody_loaded_is_found_and_agrees_once_it_is_loaded() {
    let variant = Variant {
        timing: "none",
        ..Variant::default()
    };
    let rig = Rig::start(1, 2, variant);
    let day = yesterday().to_string();
    let file = rig.folder().join("реестр.txt");
    fs::write(&file, registry(yesterday())).unwrap();
    let bank = file.display().to_string();
    let xlsx = rig.folder().join("сверка.xlsx");
    let xlsx = xlsx.display().to_string();
    let reconcile = |more: &[&str]| {
        let mut line = vec!["reconcile", "--from", &day, "--to", &day, "--bank", &bank];
        line.extend(more);
        rig.try_run(&line)
    };
    let (agrees, said) = reconcile(&["--xlsx", &xlsx]);
    assert!(!agrees && said.contains("DIFFERS"), "{said}");
    assert!(said.contains("op-1") && said.contains("300.00"), "{said}");
    assert!(fs::read(&xlsx).unwrap().starts_with(b"PK\x03\x04"));

    rig.run(&["import", "payments", &bank, "--by", "Анна"]);
    rig.settle();
    let (agrees, said) = reconcile(&["--json", "--drive", "1"]);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert!(agrees, "{answer:#}");
    assert_eq!(answer["reconciliation"]["broken"], 0);
    let listed = rig.run(&["reconcile", "list"]);
    assert!(listed.contains("done") && listed.contains(&day), "{listed}");

    fs::write(&file, "nonsense").unwrap();
    let (is_taken, said) = reconcile(&[]);
    assert!(!is_taken && said.contains("реестр.txt"), "{said}");
    let (is_taken, said) = rig.try_run(&["reconcile", "--bank", &bank]);
    assert!(!is_taken && said.contains("--period"), "{said}");
}
