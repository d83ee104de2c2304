//! Wrong receipts are fixed by what was wrong in them, and every correction says why.

use serde_json::{Value, json};

use crate::stand::{Answer, Stand, bearer, charge, payment};

/// A receipt of a payment that pays a debt and leaves an advance.
async fn receipt(stand: &Stand, key: &str, roubles: &str) -> Value {
    let done = stand.post("?wait=30", &payment(key, "A", roubles)).await;
    assert_eq!(done.status, 201, "{done:?}");
    let id = done.body["receipts"][0]["id"].as_str().unwrap();
    stand.get(&format!("/v1/receipts/{id}")).await.body
}

fn id(receipt: &Value) -> &str {
    receipt["id"].as_str().unwrap()
}

async fn fix(stand: &Stand, receipt: &Value, body: &Value) -> Answer {
    let path = format!("/v1/receipts/{}/fix?wait=30", id(receipt));
    stand
        .send("POST", &path, Some(&bearer()), body.to_string())
        .await
}

/// The receipts of an operation.
async fn receipts_of(stand: &Stand, operation: &Value) -> Vec<Value> {
    let id = operation["id"].as_str().unwrap();
    let details = stand.get(&format!("/v1/operations/{id}")).await.body;
    details["receipts"].as_array().unwrap().clone()
}

fn codes(receipt: &Value) -> Vec<u64> {
    let lines = receipt["lines"].as_array().unwrap().iter();
    lines
        .map(|line| line["vat_code"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_rate_is_reversed_and_formed_right_once_however_often_it_is_said() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let wrong = receipt(&stand, "pay", "1550.00").await;
    let change = json!({"change": {"vat": {"from": "22", "to": "20"}},
        "basis": {"reason": "wrong_vat", "comment": "ставка в справочнике"}});
    let mut look = change.clone();
    look["dry_run"] = json!(true);
    // The wrong receipt itself goes on to the ОФД meanwhile, so its state is not compared.
    let counts = || {
        let (operations, receipts) = stand.stored();
        (
            operations,
            receipts.iter().map(|(_, count)| count).sum::<u64>(),
        )
    };
    let before = counts();
    let look = fix(&stand, &wrong, &look).await;
    assert_eq!(look.status, 200, "{look:?}");
    assert_eq!(counts(), before, "a look stores nothing");
    let done = fix(&stand, &wrong, &change).await;
    assert_eq!(done.status, 201, "{done:?}");
    let document = &wrong["document"];
    let key = format!(
        "fix:{}:{}:vat",
        document["fn_number"].as_str().unwrap(),
        document["fd"]
    );
    assert_eq!(done.body["key"], key.as_str());

    let receipts = receipts_of(&stand, &done.body).await;
    let [reverse, right] = &receipts[..] else {
        panic!("{receipts:?}");
    };
    for (place, receipt) in receipts.iter().enumerate() {
        assert_eq!(receipt["kind"], "correction");
        assert_eq!(receipt["correction"]["date"], "2026-11-20");
        assert_eq!(receipt["corrects_fp"], document["fp"]);
        assert_eq!(receipt["lines"], look.body["receipts"][place]["lines"]);
    }
    assert_eq!((&reverse["sign"], &right["sign"]), (&json!(2), &json!(1)));
    assert_eq!(codes(reverse), codes(&wrong));
    assert_ne!(codes(right), codes(&wrong));
    assert_eq!(right["total"], wrong["total"]);

    // What is kept says why, of which day, and which document was wrong.
    let kept = stand.get(&format!("/v1/operations?key={key}")).await.body;
    let expected = json!({
        "reason": "wrong_vat", "settlement_date": "2026-11-20", "comment": "ставка в справочнике",
        "wrong_doc": {"fn_number": document["fn_number"], "fd": document["fd"],
            "fp": document["fp"], "date": document["time"].as_str().unwrap()[..10]}
    });
    assert_eq!(kept["basis"], expected);

    let again = fix(&stand, &wrong, &change).await;
    assert_eq!(again.body["id"], done.body["id"], "{again:?}");
    let other = json!({"change": {"kind": "cash"}, "basis": {"reason": "wrong_kind"}});
    let refused = fix(&stand, &wrong, &other).await;
    assert_eq!(refused.body["code"], "already_cancelled", "{refused:?}");
    // Its right document is the one that may be wrong now; its day is still that of the settlement.
    let done = fix(&stand, right, &other).await;
    assert_eq!(done.status, 201, "{done:?}");
    let later = receipts_of(&stand, &done.body).await;
    assert_eq!(later[1]["payments"]["cash"], wrong["total"]);
    assert_eq!(later[1]["correction"]["date"], "2026-11-20");
    assert_eq!(later[1]["corrects_fp"], right["document"]["fp"]);
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_names_what_was_wrong_instead_of_the_whole_right_receipt() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let wrong = receipt(&stand, "pay", "650.00").await;
    let operation = json!({"type": "fix_receipt", "key": "fix", "original": id(&wrong),
        "change": {"amount": "600.00"}, "basis": {"reason": "wrong_amount"}});
    let path = "/v1/preview";
    let look = stand
        .send("POST", path, Some(&bearer()), operation.to_string())
        .await;
    assert_eq!(look.status, 200, "{look:?}");
    assert_eq!(look.body["accounts"][0]["saldo"], "50.00");
    for status in [201, 201] {
        let done = stand.post("?wait=30", &operation).await;
        assert_eq!(done.status, status, "{done:?}");
        let totals: Vec<Value> = receipts_of(&stand, &done.body)
            .await
            .iter()
            .map(|receipt| receipt["total"].clone())
            .collect();
        assert_eq!(totals, ["650.00", "600.00"]);
    }
    let mut other = operation.clone();
    other["change"] = json!({"amount": "500.00"});
    let conflict = stand.post("", &other).await;
    assert_eq!(conflict.body["code"], "conflict", "{conflict:?}");
    for (change, code, field) in [
        (json!({}), "bad_value", Some("change")),
        (json!({"vat": "19"}), "bad_value", Some("change.vat")),
        (json!({"colour": "red"}), "bad_value", Some("change.colour")),
        (
            json!({"amount": "1", "amounts": ["1"]}),
            "bad_value",
            Some("change.amount"),
        ),
        (
            json!({"sno": 1, "rejected": false}),
            "already_cancelled",
            None,
        ),
    ] {
        let mut wrong = operation.clone();
        wrong["key"] = json!("other");
        wrong["change"] = change;
        let refused = stand.post("", &wrong).await;
        let told = (&refused.body["code"], refused.body["field"].as_str());
        assert_eq!(told, (&json!(code), field), "{refused:?}");
    }
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_of_a_charge_that_was_lost_is_restored_and_the_account_stays() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let done = stand
        .post("?wait=30", &charge("charge", "A", "700.00"))
        .await;
    assert_eq!(done.status, 201, "{done:?}");
    let before = stand.get("/v1/accounts/A").await.body;
    let lost = json!({"type": "restore_charge", "key": "lost", "account": "A",
        "date": "2026-11-30", "lost_date": "2026-10-31",
        "lines": [{"service": "INET", "period": "2026-10", "amount": "650.00", "credit": "650.00"}],
        "basis": {"reason": "lost_source", "source_doc": "акт начислений за октябрь"}});
    let done = stand.post("?wait=30", &lost).await;
    assert_eq!(done.status, 201, "{done:?}");
    let receipts = receipts_of(&stand, &done.body).await;
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0]["kind"], "correction");
    assert_eq!(receipts[0]["lines"][0]["method"], 6);
    assert_eq!(receipts[0]["payments"]["credit"], "650.00");
    let after = stand.get("/v1/accounts/A").await.body;
    assert_eq!(after["saldo"], before["saldo"]);
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_correction_is_accepted_that_does_not_say_why() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let wrong = receipt(&stand, "pay", "1550.00").await;
    let lost = json!({"type": "restore_payment", "account": "A", "lost_date": "2026-10-15",
        "parts": [{"kind": "cashless", "amount": "300.00"}]});
    let refund = json!({"type": "refund", "account": "A", "of": "advance", "service": "TV",
        "amount": "100.00", "kind": "cashless", "lost_date": "2026-10-15"});
    let charge = json!({"type": "restore_charge", "account": "A", "lost_date": "2026-10-31",
        "lines": [{"service": "INET", "period": "2026-10", "amount": "1.00", "credit": "1.00"}]});
    let duplicate = json!({"type": "cancel_payment", "account": "A", "original": id(&wrong),
        "reason": "duplicate_record"});
    let fix = json!({"type": "fix_receipt", "original": id(&wrong), "change": {"kind": "cash"}});
    let (operations, _) = stand.stored();
    for (place, operation) in [lost, refund, charge, duplicate, fix]
        .into_iter()
        .enumerate()
    {
        let mut operation = operation;
        operation["key"] = json!(format!("correction-{place}"));
        let refused = stand.post("", &operation).await;
        let told = (refused.status, refused.body["code"].as_str());
        assert_eq!(
            told,
            (422, Some("basis_required")),
            "{operation}: {refused:?}"
        );
        // Nothing tells of the settlement, and no document was wrong.
        operation["basis"] = json!({"reason": "lost_source"});
        if place < 3 {
            let refused = stand.post("", &operation).await;
            assert_eq!(
                refused.body["code"], "basis_required",
                "{operation}: {refused:?}"
            );
        }
        operation["basis"] = json!({"reason": "whim"});
        let refused = stand.post("", &operation).await;
        let told = (
            refused.body["code"].as_str(),
            refused.body["field"].as_str(),
        );
        assert_eq!(
            told,
            (Some("bad_value"), Some("basis.reason")),
            "{operation}: {refused:?}"
        );
    }
    for ordinary in [
        json!({"type": "refund", "key": "r", "account": "A", "of": "advance", "service": "TV",
            "amount": "1.00", "kind": "cash", "basis": {"reason": "late"}}),
        json!({"type": "cancel_payment", "key": "c", "account": "A", "original": id(&wrong),
            "reason": "chargeback", "basis": {"reason": "duplicate"}}),
    ] {
        let refused = stand.post("", &ordinary).await;
        let told = (
            refused.body["code"].as_str(),
            refused.body["field"].as_str(),
        );
        assert_eq!(
            told,
            (Some("bad_value"), Some("basis")),
            "{ordinary}: {refused:?}"
        );
    }
    assert_eq!(stand.stored().0, operations);

    // The number of the order stands in the basis and in tag 1179, and is said once.
    let by_order = json!({"type": "restore_payment", "key": "by-order", "account": "A",
        "lost_date": "2026-10-15", "parts": [{"kind": "cashless", "amount": "300.00"}],
        "basis": {"reason": "order", "source_doc": "реестр 17, строка 4",
            "order": {"number": "17-08/1", "date": "2026-11-01", "authority": "МИФНС № 46"}}});
    let done = stand.post("?wait=30", &by_order).await;
    assert_eq!(done.status, 201, "{done:?}");
    let receipts = receipts_of(&stand, &done.body).await;
    assert_eq!(receipts[0]["correction"]["order"], "17-08/1");
    let mut other = by_order.clone();
    other["key"] = json!("by-other-order");
    other["order"] = json!("18");
    let refused = stand.post("", &other).await;
    assert_eq!(refused.body["field"], "order", "{refused:?}");
    stand.all_acknowledged().await;
    stand.check();
}
