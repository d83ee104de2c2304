//! What «kassette find» shows of the running server's journal.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

mod rig;

use rig::{Rig, Variant};
use serde_json::Value;

#[test]
fn an_account_its_operation_and_its_receipt_are_found_by_what_is_known() {
    let variant = Variant {
        timing: "none",
        ..Variant::default()
    };
    let rig = Rig::start(1, 2, variant);
    let payment = r#"{"type": "payment", "key": "pay/1 &", "account": "1", "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": "650.00"}]}"#;
    let (status, paid) = rig.request("POST", "operations?wait=30", payment).unwrap();
    assert_eq!(status, 201, "{paid}");
    rig.settle();
    let receipt = paid["receipts"][0]["id"].as_str().unwrap();
    let (_, shown) = rig
        .request("GET", &format!("receipts/{receipt}"), "")
        .unwrap();
    let (fd, fp) = (&shown["document"]["fd"], &shown["document"]["fp"]);

    let account = rig.run(&["find", "1"]);
    for part in [
        "account 1",
        "650.00",
        "payment",
        "pay/1 &",
        receipt,
        "acknowledged",
    ] {
        assert!(account.contains(part), "no {part}: {account}");
    }
    for what in [receipt, &fd.to_string(), &fp.to_string(), "pay/1 &"] {
        let found = rig.run(&["find", what]);
        assert!(found.contains(&format!("ФПД {fp}")), "{what}: {found}");
        let found: Value = serde_json::from_str(&rig.run(&["find", what, "--json"])).unwrap();
        let whole = [
            &found["receipts"][0],
            &found["operations"][0]["receipts"][0],
        ];
        assert!(whole.contains(&&shown), "{what}: {found}");
    }
    let drive = &rig.drives[0].number;
    let found = rig.run(&["find", drive]);
    assert!(
        found.contains(&format!("drive {drive} in slot 1")),
        "{found}"
    );

    let (is_well, said) = rig.try_run(&["find", "nobody"]);
    assert!(
        !is_well && said.contains("nothing is known by «nobody»"),
        "{said}"
    );
}
