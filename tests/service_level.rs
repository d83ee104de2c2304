//! The service level and the tables for the books at the terminal, with the real program: a kill is
//! told as a crash, and each day is written into its folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod rig;

use std::fs;

use rig::{Rig, Variant, until};
use serde_json::Value;

fn level(rig: &Rig) -> Value {
    let (_, said) = rig.try_run(&["service-level", "--json"]);
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_kill_is_told_as_a_crash_and_the_report_is_written_into_files() {
    let variant = Variant {
        timing: "none",
        config: "[service_level]\nfiscalized_p95_seconds = 3600\navailability_percent = \"100\"\n",
        ..Variant::default()
    };
    let mut rig = Rig::start(1, 1, variant);
    let payment =
        r#"{"type":"payment","key":"k","account":"0","parts":[{"kind":"cash","amount":"10.00"}]}"#;
    let paid = rig.request("POST", "operations?wait=30", payment).unwrap();
    assert_eq!(paid.0, 201, "{paid:?}");
    rig.kill_daemon();
    rig.start_daemon();
    until("the drive works again", || {
        let last = level(&rig)["availability"]["gaps"]
            .as_array()
            .unwrap()
            .last()
            .cloned();
        last.is_some_and(|gap| gap["cause"] == "crash")
    });
    let told = level(&rig);
    assert_eq!(told["availability"]["crashes"], 1, "{told}");
    let kept: Vec<&Value> = told["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["kept"])
        .collect();
    assert_eq!(kept, [true, false], "{told}");
    let (is_kept, said) = rig.try_run(&["service-level"]);
    assert!(
        !is_kept && said.contains("MISSED: availability, promised 100.0000 %"),
        "{said}"
    );
    let file = rig.folder().join("уровень.xlsx").display().to_string();
    rig.try_run(&["service-level", "--xlsx", &file]);
    assert!(fs::read(&file).unwrap().starts_with(b"PK"));

    // The same table by the command beside the server, by HTTP, and into a folder.
    let out = rig.folder().join("таблицы");
    fs::create_dir(&out).unwrap();
    let today = told["days"].as_array().unwrap().last().unwrap()["day"]
        .as_str()
        .unwrap();
    let options = ["--from", today, "--to", today, "--format", "xml"];
    let printed = rig.run(&[&["export", "receipts"][..], &options[..]].concat());
    assert!(
        printed.contains("<Наличными>10.00</Наличными>"),
        "{printed}"
    );
    let out_text = out.display().to_string();
    let said = rig.run(
        &[
            &["export", "receipts", "--out", &out_text][..],
            &options[..],
        ]
        .concat(),
    );
    let path = out.join(format!("kassette-receipts-{today}.xml"));
    assert!(said.contains(&*path.to_string_lossy()), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), printed);
    assert_eq!(
        fs::read_dir(&out).unwrap().count(),
        1,
        "nothing half is left"
    );
    let (is_fine, said) = rig.try_run(&[
        "export",
        "day",
        "--from",
        "2026-11-02",
        "--to",
        "2026-11-01",
    ]);
    assert!(!is_fine && said.contains("is no stretch of"), "{said}");
    let missing = rig.folder().join("nowhere").display().to_string();
    let (is_fine, said) = rig.try_run(&["export", "day", "--out", &missing]);
    assert!(!is_fine && said.contains("cannot write"), "{said}");
}
