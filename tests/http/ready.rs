//! Receipts whose lines the caller has computed.

use fn_proto::Generation;
use serde_json::{Value, json};
use terms::FfdVersion;

use crate::stand::{Stand, account, bearer};

/// Three cubic metres of water and a supplier's service.
fn sale(key: &str) -> Value {
    json!({"type": "receipt", "key": key, "account": "100001", "date": "2026-11-22",
        "sign": 1, "sno": 1, "contact": "payer@example.ru",
        "lines": [
            {"name": "Холодная вода", "price": "45.10", "quantity": "3.500", "amount": "157.85",
             "method": 4, "subject": 4, "vat_code": 6, "measure": 42,
             "additional": "счётчик 17"},
            {"name": "Вывоз отходов", "amount": "100", "method": 4, "subject": 4, "vat_code": 6,
             "agent": {"kind": 64, "supplier_inn": "7704211201",
                       "supplier_name": "Оператор отходов", "supplier_phones": ["+74950000000"]}},
        ],
        "payments": {"cash": "57.85", "cashless": "200"},
        "buyer": {"name": "Житель"}, "additional": "К-17"})
}

/// `sale` with the value at a JSON pointer replaced.
fn sale_but(pointer: &str, value: Value) -> Value {
    let mut sale = sale("refused");
    *sale.pointer_mut(pointer).unwrap() = value;
    sale
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_receipt_becomes_a_document_of_its_lines_and_changes_no_balance() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let before = stand.get(&account("100001")).await.body;
    let wanted = sale("ready-1").to_string();
    let preview = stand
        .send("POST", "/v1/preview", Some(&bearer()), wanted)
        .await;
    assert_eq!(
        preview.body["receipts"][0]["total"], "257.85",
        "{preview:?}"
    );

    let done = stand.post("?wait=30", &sale("ready-1")).await;
    assert_eq!(done.status, 201, "{done:?}");
    let id = done.body["receipts"][0]["id"].as_str().unwrap().to_owned();
    let receipt = stand.get(&format!("/v1/receipts/{id}")).await.body;
    assert_eq!(
        (
            &receipt["total"],
            &receipt["account"],
            &receipt["lines"][0]["rule"]
        ),
        (&json!("257.85"), &json!("100001"), &json!("given")),
        "{receipt}"
    );
    let (status, _, text) = stand.fetch(&format!("/v1/receipts/{id}.txt")).await;
    let text = String::from_utf8(text).unwrap();
    for word in [
        "45,10",
        "3,500",
        "счётчик 17",
        "Оператор отходов",
        "Житель",
        "К-17",
    ] {
        let plain = word.replace(',', ".");
        assert!(
            status == 200 && (text.contains(word) || text.contains(&plain)),
            "{word}: {text}"
        );
    }
    assert_eq!(stand.get(&account("100001")).await.body, before);

    // Once: the same again is the first, another body is refused.
    let again = stand.post("", &sale("ready-1")).await;
    assert_eq!((again.status, &again.body["id"]), (201, &done.body["id"]));
    let mut other = sale("ready-1");
    other["payments"] = json!({"cashless": "257.85"});
    let conflict = stand.post("", &other).await;
    assert_eq!(
        (conflict.status, &conflict.body["code"]),
        (409, &json!("conflict"))
    );

    stand.all_acknowledged().await;
    stand.check();
    assert_eq!(stand.receipts_on_drives().len(), 1);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_receipt_is_undone_by_its_sender_alone() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let done = stand.post("?wait=30", &sale("ready")).await;
    assert_eq!(done.status, 201, "{done:?}");
    let original = &done.body["receipts"][0]["id"];
    let fix = json!({"type": "fix_receipt", "key": "fix", "original": original, "ledger": false,
        "right": {"lines": [{"name": "Вода", "method": 4, "subject": 4, "vat_code": 6,
                             "amount": "1.00"}],
                  "payments": {"cash": "1.00"}}});
    let cancel = json!({"type": "cancel_payment", "key": "cancel", "account": "100001",
        "original": original, "reason": "chargeback"});
    for operation in [fix, cancel] {
        let refused = stand.post("", &operation).await;
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(detail.contains("came ready"), "{refused:?}");
    }
    let statement = stand.get("/v1/accounts/100001/statement").await.body;
    assert_eq!(statement["items"][0]["delta"], "0.00", "{statement}");
    assert_eq!(statement["opening"], statement["closing"]);
    stand.all_acknowledged().await;
    stand.check();
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_of_the_format_is_refused_with_its_tag() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    for (pointer, value, tags) in [
        ("/payments/cash", json!("57.84"), "1020"),
        ("/lines/0/price", json!("45.20"), "1043"),
        ("/lines/1/method", json!(6), "1216"),
        ("/lines/0/measure", json!(43), "2108"),
        ("/sno", json!(32), "1055"),
    ] {
        let refused = stand.post("", &sale_but(pointer, value)).await;
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert_eq!(refused.status, 422, "{pointer}: {refused:?}");
        assert_eq!(
            refused.body["code"], "format_control",
            "{pointer}: {refused:?}"
        );
        assert!(detail.contains(tags), "{pointer}: {detail}");
    }
    for (pointer, value, code) in [
        ("/account", json!("nobody"), "unknown_account"),
        ("/sign", json!(5), "bad_value"),
        ("/lines/0/quantity", json!("1e3"), "bad_value"),
        ("/lines/0/vat_code", json!(99), "bad_value"),
        ("/contact", json!("nowhere"), "bad_value"),
    ] {
        let refused = stand.post("", &sale_but(pointer, value)).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!(code)),
            "{pointer}: {refused:?}"
        );
    }
    assert_eq!(stand.stored().0, 0, "nothing of it was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_corrections_have_lines_or_vat_totals_as_their_format_wants() {
    let with_lines = json!({"type": "receipt", "key": "correction", "sign": 1, "sno": 1,
        "date": "2026-11-22",
        "lines": [{"name": "Доступ в интернет", "amount": "122", "method": 4, "subject": 4,
                   "vat_code": 11}],
        "payments": {"cashless": "122"},
        "correction": {"date": "2026-10-01", "order": "17-08/1"}});
    let without = json!({"type": "receipt", "key": "correction", "sign": 1, "sno": 1,
        "date": "2026-11-22", "lines": [], "payments": {"cashless": "120"},
        "vat_totals": [{"code": 1, "sum": "20"}],
        "correction": {"date": "2026-10-01", "order": "17-08/1"}});
    for (generation, ffd, body) in [
        (Generation::Fn12, FfdVersion::V1_2, with_lines),
        (Generation::Fn1, FfdVersion::V1_05, without),
    ] {
        let mut stand = Stand::of_generation(generation);
        stand.setup.receipts.ffd = ffd;
        stand.open().await;
        stand.register().await;
        let done = stand.post("?wait=30", &body).await;
        assert_eq!(done.status, 201, "{ffd}: {done:?}");
        let id = done.body["receipts"][0]["id"].as_str().unwrap();
        let receipt = stand.get(&format!("/v1/receipts/{id}")).await.body;
        assert_eq!(receipt["kind"], "correction", "{receipt}");
        assert_eq!(receipt["correction"]["order"], "17-08/1", "{receipt}");
        stand.all_acknowledged().await;
        stand.check();
        for received in stand.received_by_ofd() {
            assert_eq!(received.code, Some(0), "{ffd}: {received:?}");
        }
        stand.close().await;
    }
}
