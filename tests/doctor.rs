//! What «kassette doctor» finds, over real wires, beside a running server and without it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

mod rig;

use rig::{Rig, Variant};
use serde_json::{Value, json};

fn doctor(rig: &Rig) -> (bool, Vec<Value>) {
    let (is_well, said) = rig.try_run(&["doctor", "--json"]);
    (is_well, serde_json::from_str(&said).unwrap())
}

/// The findings of a port, but for notes.
fn serious(port: &Value) -> Vec<String> {
    let findings = port["findings"].as_array().unwrap();
    let serious = findings.iter().filter(|found| found["grade"] != "note");
    serious
        .map(|found| {
            assert_ne!(found["remedy"], "", "what shall be done? {found}");
            format!("{} {}", found["grade"].as_str().unwrap(), found["what"])
        })
        .collect()
}

#[test]
fn the_doctor_sees_what_the_server_holds_and_what_is_free() {
    let mut rig = Rig::start(
        2,
        1,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    rig.settle();
    let (is_well, ports) = doctor(&rig);
    assert!(is_well, "{ports:?}");
    for (port, drive) in ports.iter().zip(&rig.drives) {
        assert_eq!(port["held_by_server"]["fn_number"], drive.number, "{port}");
        assert_eq!(port["held_by_server"]["state"], "ready");
    }

    // A payment that the ОФД does not get, and then nobody serves the drives.
    rig.kill_ofd();
    let payment = r#"{"type":"payment","key":"1","account":"0","parts":[
        {"kind":"cashless","amount":"100.00"}]}"#;
    let (status, operation) = rig.request("POST", "operations?wait=20", payment).unwrap();
    assert_eq!(status, 201, "{operation}");
    rig.kill_daemon();
    let (is_well, ports) = doctor(&rig);
    assert!(is_well, "{ports:?}");
    let mut queued = 0;
    for (port, drive) in ports.iter().zip(&rig.drives) {
        let seen = &port["drive"];
        assert_eq!(seen["fn_number"], drive.number, "{port}");
        assert_eq!(seen["inn"], "7802781104");
        assert_eq!(
            (&seen["serial"], &seen["ffd"]),
            (&json!(false), &json!("1.2"))
        );
        assert_eq!(serious(port), [""; 0], "{port}");
        queued += seen["queued"].as_u64().unwrap();
    }
    assert_eq!(queued, 2, "the shift's opening and the receipt: {ports:?}");

    // The same drives in the rack of somebody else.
    rig.change_config("7802781104", "7704211201");
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    for port in &ports {
        let found = serious(port).join("\n");
        assert!(
            found.contains("stop") && found.contains("ИНН 7802781104"),
            "{port}"
        );
    }
}

#[test]
fn the_doctor_says_what_a_dead_port_needs() {
    let rig = Rig::unregistered(2);
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    assert!(
        serious(&ports[0])[0].contains("no registration"),
        "{ports:?}"
    );
    let mut rig = rig;
    for drive in &mut rig.drives {
        drive.kill();
    }
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    for port in &ports {
        assert_eq!(port["drive"], Value::Null);
        assert_eq!(port["findings"][0]["grade"], "stop", "{port}");
    }
    let (_, said) = rig.try_run(&["doctor"]);
    assert!(said.contains("slot 1") && said.contains('✗'), "{said}");
}
