//! A client whose answer was lost with the server (§13.5).

use serde_json::Value;

use crate::{
    rig::{Rig, Variant, until},
    shop::sale_v5,
};

#[test]
fn after_kill_9_the_same_registration_gives_the_same_uuid_and_one_document() {
    let variant = Variant {
        timing: "none",
        config: "\n[atol_online]\nenabled = true\ngroups = [{ code = \"main\" }]\n",
        ..Variant::default()
    };
    let mut rig = Rig::start(1, 0, variant);
    let key = rig.run(&["key", "add", "shop", "--scope", "push"]);
    let login = format!("/possystem/v5/getToken?login=shop&pass={}", key.trim());
    let mut token = String::new();
    until("the new key is known", || {
        let (status, answer) = rig.request("GET", &login, "").unwrap();
        token = answer["token"].as_str().unwrap_or_default().to_owned();
        status == 200
    });
    let sell = format!("/possystem/v5/main/sell?token={token}");
    let mut uuids: Vec<Value> = Vec::new();
    for _ in 0..3 {
        let answer = rig.request("POST", &sell, &sale_v5("A-1").to_string());
        let (_, answer) = answer.unwrap();
        uuids.push(answer["uuid"].clone());
        rig.kill_daemon();
        rig.start_daemon();
    }
    assert!(uuids[0].is_string(), "{uuids:?}");
    assert!(uuids.iter().all(|uuid| *uuid == uuids[0]), "{uuids:?}");
    let uuid = uuids[0].as_str().unwrap();
    let report = format!("/possystem/v5/main/report/{uuid}?token={token}");
    until("the document is done", || {
        let (_, report) = rig.request("GET", &report, "").unwrap();
        report["status"] == "done"
    });
    let receipts =
        |document: &Value| document["total"] == 100_000 || document["total"] == "1000.00";
    let documents = rig.dump(&rig.drives[0]);
    let found = documents.iter().filter(|it| receipts(it)).count();
    assert_eq!(found, 1, "{documents:?}");
}
