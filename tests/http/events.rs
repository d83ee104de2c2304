//! Every operation besides payment and charge, over the whole way: each leaves the documents that
//! the rules want on the drives and at the ОФД, and the ledger whole.

use desk::OffsetMode;
use serde_json::{Value, json};

use crate::stand::{Stand, account, bearer, charge, payment, until};

/// Submits, waits for the receipts, and returns them.
async fn done(stand: &Stand, operation: &Value) -> Vec<Value> {
    let answer = stand.post("?wait=30", operation).await;
    assert_eq!(answer.status, 201, "{operation} {answer:?}");
    let id = answer.body["id"].as_str().unwrap();
    let details = stand.get(&format!("/v1/operations/{id}")).await.body;
    details["receipts"].as_array().unwrap().clone()
}

/// Refused with this code, and nothing has changed.
async fn refused(stand: &Stand, operation: &Value, code: &str) {
    let (operations, _) = stand.stored();
    let answer = stand.post("", operation).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (422, &json!(code)),
        "{answer:?}"
    );
    assert_eq!(stand.stored().0, operations);
}

fn tags(receipt: &Value) -> (&str, u64, Vec<u64>, &str) {
    let lines = receipt["lines"].as_array().unwrap().iter();
    (
        receipt["kind"].as_str().unwrap(),
        receipt["sign"].as_u64().unwrap(),
        lines.map(|line| line["method"].as_u64().unwrap()).collect(),
        receipt["total"].as_str().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_back_is_recalculated_moved_and_written_off() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    stand.open_account("B").await;
    done(&stand, &payment("pay", "A", "1550.00")).await;
    let refund = json!({"type": "refund", "key": "refund", "account": "A", "date": "2026-11-21",
        "of": "advance", "service": "INET", "amount": "100.00", "kind": "cashless"});
    let receipts = done(&stand, &refund).await;
    assert_eq!(tags(&receipts[0]), ("receipt", 2, vec![3], "100.00"));
    let too_much = json!({"type": "refund", "key": "much", "account": "A", "of": "advance",
        "service": "INET", "amount": "900.00", "kind": "cash"});
    refused(&stand, &too_much, "insufficient_advance").await;

    done(&stand, &charge("charge", "A", "400.00")).await;
    let recalc = json!({"type": "recalc", "key": "recalc", "account": "A", "date": "2026-11-30",
        "service": "INET", "period": "2026-11", "delta": "-150.00", "to": "advance"});
    let receipts = done(&stand, &recalc).await;
    assert_eq!(tags(&receipts[0]), ("receipt", 2, vec![4], "150.00"));

    let moved = json!({"type": "move", "key": "move", "date": "2026-11-30", "amount": "120.00",
        "from": {"account": "A", "service": "INET"},
        "to": {"account": "B", "service": "INET", "debt": "old-1"}, "payer_order": true});
    let receipts = done(&stand, &moved).await;
    assert_eq!(tags(&receipts[0]), ("receipt", 1, vec![7], "120.00"));
    assert_eq!(receipts[0]["account"], "B");
    assert_eq!(receipts[0]["payments"]["prepaid"], "120.00");

    let written_off = json!({"type": "writeoff", "key": "off", "account": "B", "reason": "limitation",
        "items": [{"debt": "old-1", "amount": "530.00"}]});
    assert_eq!(
        done(&stand, &written_off).await,
        Vec::<Value>::new(),
        "a write-off has no receipt"
    );
    let details = stand.get("/v1/operations?key=off").await.body;
    assert_eq!(details["non_fiscal"][0]["kind"], "writeoff");

    let saldo = async |number| stand.get(&account(number)).await.body["saldo"].clone();
    // A: 1550 paid, 100 ahead and 650 owed at first, 100 back, 400 charged, 150 taken back, 120 moved.
    assert_eq!(saldo("A").await, "530.00");
    assert_eq!(saldo("B").await, "100.00");
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_is_corrected_by_correction_receipts() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let twice = done(&stand, &payment("bank-1", "A", "650.00")).await;
    let again = done(&stand, &payment("bank-1-again", "A", "650.00")).await;
    let original = again[0]["id"].as_str().unwrap();
    let cancel = json!({"type": "cancel_payment", "key": "cancel", "account": "A",
        "date": "2026-11-22", "original": original, "reason": "duplicate_record",
        "basis": {"reason": "duplicate"}});
    let receipts = done(&stand, &cancel).await;
    assert_eq!(tags(&receipts[0]).0, "correction");
    assert_eq!(receipts[0]["sign"], 2);
    assert_eq!(receipts[0]["corrects_fp"], again[0]["document"]["fp"]);
    refused(
        &stand,
        &{
            let mut cancel = cancel.clone();
            cancel["key"] = json!("cancel-2");
            cancel
        },
        "already_cancelled",
    )
    .await;
    let taken_back = stand.get(&format!("/v1/receipts/{original}")).await.body;
    assert!(taken_back["cancelled_by"].is_string(), "{taken_back}");

    let lost = json!({"type": "restore_payment", "key": "lost", "account": "A",
        "date": "2026-11-22", "lost_date": "2026-10-15",
        "parts": [{"kind": "cashless", "amount": "300.00"}],
        "basis": {"reason": "lost_source", "source_doc": "реестр 17, строка 4"}});
    let receipts = done(&stand, &lost).await;
    assert_eq!(tags(&receipts[0]).0, "correction");
    assert_eq!(receipts[0]["correction"]["date"], "2026-10-15");

    let wrong = twice[0]["id"].as_str().unwrap();
    let fix = json!({"type": "fix_receipt", "key": "fix", "date": "2026-11-22", "original": wrong,
        "ledger": false, "basis": {"reason": "wrong_subject"},
        "right": {"lines": [{"name": "Оплата долга: Доступ в интернет за 10.2026", "method": 7,
            "subject": 10, "amount": "650.00", "vat_code": 6, "service": "INET",
            "period": "2026-10", "debt": "old-1"}], "payments": {"cashless": "650.00"}}});
    let receipts = done(&stand, &fix).await;
    let kinds: Vec<_> = receipts
        .iter()
        .map(|receipt| (tags(receipt).0, tags(receipt).1))
        .collect();
    assert_eq!(kinds, [("correction", 2), ("correction", 1)]);
    stand.all_acknowledged().await;
    let forms = stand
        .received_by_ofd()
        .iter()
        .filter(|received| received.form == 31)
        .count();
    assert_eq!(forms, 4, "the ОФД got four correction receipts");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_nobody_waits_until_its_payer_is_known() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let mut unknown = payment("stray", "A", "650.00");
    unknown["account"] = Value::Null;
    assert_eq!(done(&stand, &unknown).await, Vec::<Value>::new());
    let identify = json!({"type": "identify", "key": "found", "date": "2026-11-20", "payment": "stray", "account": "A"});
    let receipts = done(&stand, &identify).await;
    assert_eq!(tags(&receipts[0]).3, "650.00");
    let mut again = identify.clone();
    again["key"] = json!("found-2");
    refused(&stand, &again, "unknown_payment").await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_s_offsets_become_one_receipt_with_a_register_behind_it() {
    let stand =
        Stand::ready_with(|setup| setup.receipts.offset_mode = OffsetMode::Consolidated).await;
    for number in ["A", "B"] {
        stand.open_account(number).await;
        done(
            &stand,
            &payment(&format!("pay-{number}"), number, "1850.00"),
        )
        .await;
        let receipts = done(
            &stand,
            &charge(&format!("charge-{number}"), number, "500.00"),
        )
        .await;
        assert_eq!(
            receipts,
            Vec::<Value>::new(),
            "a covered charge waits for the month's receipt"
        );
    }
    let close = json!({"type": "period_close", "key": "close", "date": "2026-12-03",
        "period": "2026-11"});
    let receipts = done(&stand, &close).await;
    assert_eq!(tags(&receipts[0]), ("receipt", 1, vec![4], "1000.00"));
    assert_eq!(receipts[0]["account"], Value::Null);
    let table = until("the register is there", async || {
        stand.desk().offsets("2026-11".parse().unwrap()).ok()
    })
    .await;
    let register = desk::offsets_csv(&table);
    assert_eq!(register.lines().count(), 3, "{register}");
    assert!(
        register.contains("A,INET,2026-11,22,500.00,charge-A"),
        "{register}"
    );
    let late = json!({"type": "period_close", "key": "late", "date": "2026-12-20",
        "period": "2026-11"});
    refused(&stand, &late, "consolidated_deadline_passed").await;
    stand.all_acknowledged().await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_come_and_stores_nothing() {
    let stand = Stand::ready().await;
    stand.open_account("A").await;
    let before = stand.stored();
    let wanted = payment("pay", "A", "1550.00");
    let preview = stand
        .send("POST", "/v1/preview", Some(&bearer()), wanted.to_string())
        .await;
    assert_eq!(preview.status, 200, "{preview:?}");
    assert_eq!(preview.body["accounts"][0]["saldo"], "1000.00");
    assert_eq!(stand.stored(), before);
    let receipts = done(&stand, &wanted).await;
    for field in ["lines", "payments", "vat_totals", "total"] {
        assert_eq!(
            preview.body["receipts"][0][field], receipts[0][field],
            "{field}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_balances_come_as_a_table_whole_or_not_at_all() {
    let stand = Stand::ready().await;
    let services = stand.put("/v1/services", &crate::stand::services()).await;
    assert_eq!(services.status, 200);
    let table = "account;contact;item;id;service;period;amount;credit;date;kind\n\
        1;abonent@example.ru;debt;d1;INET;2026-10;650,00;yes;;\n\
        1;;advance;a1;TV;;100;;2026-10-05;cash\n\
        2;;;;;;;;;\n";
    let send = async |path: &str, table: &str| {
        stand
            .send("POST", path, Some(&bearer()), table.to_owned())
            .await
    };
    let spoiled = table.replace("650,00", "650,001");
    let wrong = send("/v1/balances", &spoiled).await;
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (422, &json!("bad_table"))
    );
    assert!(
        wrong.body["detail"].as_str().unwrap().contains("line 2"),
        "{wrong:?}"
    );
    assert_eq!(stand.get(&account("2")).await.status, 404);
    let dry = send("/v1/balances?dry_run=true", table).await;
    assert_eq!(
        dry.body,
        json!({"accounts": 2, "opened": 0, "saldo": "-550.00", "dry_run": true})
    );
    assert_eq!(stand.get(&account("2")).await.status, 404);
    let opened = send("/v1/balances", table).await;
    assert_eq!(opened.body["opened"], 2, "{opened:?}");
    let again = send("/v1/balances", table).await;
    assert_eq!(again.body["opened"], 0, "{again:?}");
    let other = send("/v1/balances", &table.replace("650,00", "651,00")).await;
    assert_eq!(
        (other.status, &other.body["code"]),
        (409, &json!("conflict"))
    );
    assert_eq!(stand.get(&account("1")).await.body["saldo"], "-550.00");
    stand.check();
}
