//! Whether the program is well, and whether it is ready.

use crate::{
    ask_json,
    rig::{Rig, until},
};

#[test]
fn without_a_drive_it_is_not_well_but_takes_operations_unless_told_otherwise() {
    let mut rig = Rig::unregistered(1);
    rig.start_daemon();
    let server = rig.address();
    until("the drive is read", || {
        ask_json(server, "/health").1["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .any(|reason| reason["code"] == "slot_down")
    });
    let (status, health) = ask_json(server, "/health");
    assert_eq!(
        (status, &health["status"]),
        (503, &"no_slot".into()),
        "{health}"
    );
    let reasons = health["reasons"].as_array().unwrap();
    assert_eq!(
        reasons[0]["code"], "no_slot",
        "the worst comes first: {health}"
    );
    assert_eq!(reasons[0]["severity"], "critical");
    let down = reasons.iter().find(|it| it["code"] == "slot_down").unwrap();
    assert_eq!(
        (&down["slot"], &down["severity"]),
        (&1.into(), &"warning".into())
    );
    assert!(down["text_en"].as_str().unwrap().contains("unregistered"));
    assert!(down["text_ru"].as_str().unwrap().starts_with("Гнездо 1"));
    let (status, ready) = ask_json(server, "/ready");
    assert_eq!(
        (status, &ready["status"]),
        (200, &"ready".into()),
        "{ready}"
    );

    rig.kill_daemon();
    rig.change_config("[http]\n", "[http]\nready_needs_slot = true\n");
    rig.start_daemon();
    let (status, ready) = ask_json(server, "/ready");
    assert_eq!(
        (status, &ready["status"]),
        (503, &"not_ready".into()),
        "{ready}"
    );
    assert_eq!(ready["reasons"][0]["code"], "no_slot");
}
