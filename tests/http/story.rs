//! An account pays and is charged.

use serde_json::{Value, json};

use crate::stand::{Stand, account, charge, payment};

/// The part of `value` that `wanted` speaks of.
#[track_caller]
fn assert_says(value: &Value, wanted: &Value) {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                let value = value.get(name).unwrap_or(&Value::Null);
                assert_says(value, wanted);
            }
        }
        (Value::Array(values), Value::Array(wanted)) => {
            assert_eq!(values.len(), wanted.len(), "{values:#?}");
            for (value, wanted) in values.iter().zip(wanted) {
                assert_says(value, wanted);
            }
        }
        _ => assert_eq!(value, wanted),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_pays_the_debt_and_the_rest_covers_the_next_charge() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    assert_eq!(
        stand.get(&account("100001")).await.body["saldo"],
        "-550.00",
        "100 ahead, 650 owed"
    );

    let paid = stand
        .post("?wait=30", &payment("pay-1", "100001", "1550"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let operation = paid.body["id"].as_str().unwrap();
    let details = stand.get(&format!("/v1/operations/{operation}")).await;
    assert_eq!(details.status, 200);
    assert_says(
        &details.body,
        &json!({
            "id": operation, "key": "pay-1", "type": "payment", "account": "100001",
            "operation": {"parts": [{"kind": "cashless", "amount": "1550.00"}]},
            "non_fiscal": [],
            "receipts": [{
                "sign": 1, "sno": 1, "date": "2026-11-20", "total": "1550.00",
                "contact": "abonent@example.ru", "deliver": true, "internet": false,
                "payments": {"cash": "0.00", "cashless": "1550.00", "prepaid": "0.00"},
                "vat_totals": [
                    {"code": 6, "sum": "300.00"},
                    {"code": 11, "sum": "117.21"},
                    {"code": 12, "sum": "108.20"}
                ],
                "lines": [
                    {
                        "name": "Оплата долга: Доступ в интернет за 10.2026", "method": 7,
                        "subject": 10, "amount": "650.00", "vat_code": 11, "vat": "117.21",
                        "service": "INET", "period": "2026-10", "rule": "D01",
                        "why_ru": "Оплата долга за 10.2026: 650,00 (долг old-1) из платежа \
                                   1550,00; чек «в долг» был → оплата кредита",
                        "why_en": "Debt paid for 10.2026: 650.00 (debt old-1) out of a payment \
                                   of 1550.00; a credit receipt exists → credit payment"
                    },
                    {"method": 3, "service": "INET", "amount": "600.00", "vat": "108.20"},
                    {"method": 3, "service": "TV", "amount": "300.00", "vat": "0.00"}
                ]
            }]
        }),
    );

    let id = paid.body["receipts"][0]["id"].as_str().unwrap();
    stand.all_acknowledged().await;
    let receipt = stand.get(&format!("/v1/receipts/{id}")).await;
    let [(drive, number, 155_000)] = &stand.receipts_on_drives()[..] else {
        panic!(
            "one receipt on the drives: {:?}",
            stand.receipts_on_drives()
        );
    };
    let document = &receipt.body["document"];
    let sign = document["fp"].as_u64().unwrap();
    let time = document["time"].as_str().unwrap().replace(['-', ':'], "");
    let qr = format!("t={time}&s=1550.00&fn={drive}&i={number}&fp={sign}&n=1");
    assert_says(
        &receipt.body,
        &json!({
            "id": id, "operation": operation, "state": "acknowledged",
            "document": {
                "fn_number": drive, "fd": number, "emulated": true, "shift": 1,
                "receipt_number": 1, "ofd": {"code": 0, "accepted": true, "meaning": "accepted", "messages": []}, "qr": qr
            }
        }),
    );
    let sums = |received: &emulator::ofd::Received| received.sums.as_ref().map(|sums| sums.total);
    let received: Vec<_> = stand.received_by_ofd();
    let of_receipt: Vec<_> = received
        .iter()
        .filter(|received| sums(received) == Some(155_000))
        .collect();
    let [of_receipt] = of_receipt[..] else {
        panic!("the ОФД has the receipt once: {received:?}");
    };
    assert_eq!((&of_receipt.drive, of_receipt.document), (drive, *number));

    let by_key = stand.get("/v1/operations?key=pay-1").await;
    assert_eq!(by_key.body["receipts"], json!([receipt.body]));

    let charged = stand
        .post("?wait=30", &charge("charge-1", "100001", "700.00"))
        .await;
    assert_eq!(charged.status, 201, "{charged:?}");
    let charged = stand.get("/v1/operations?key=charge-1").await;
    assert_says(
        &charged.body["receipts"],
        &json!([{
            "total": "700.00",
            "lines": [{"method": 5, "amount": "700.00", "vat_code": 11}],
            "payments": {"cashless": "0.00", "prepaid": "600.00", "credit": "100.00"}
        }]),
    );
    assert_says(
        &stand.get(&account("100001")).await.body,
        &json!({
            "number": "100001", "saldo": "300.00", "contact": "abonent@example.ru",
            "debts": [{
                "id": "charge-1/INET/2026-11", "open": "100.00", "credit": true, "vat": "22"
            }],
            "advances": [{"id": "old-2", "amount": "100.00"}, {"id": "pay-1/TV", "amount": "300.00"}],
            "settled": [{"period": "2026-10", "amount": "650.00"}, {"period": "2026-11", "amount": "600.00"}]
        }),
    );
    stand.all_acknowledged().await;
    assert_says(
        &stand.get("/v1/cassette").await.body,
        &json!({
            "inn": "7802781104", "emulated": true, "waiting": 0,
            "slots": [
                {"slot": 1, "fn_number": "9999078902000001", "shift_open": true, "unacknowledged": 0},
                {"slot": 2, "fn_number": "9999078902000002", "emulated": true, "unacknowledged": 0}
            ]
        }),
    );
    let health = stand.send("GET", "/health", None, "").await;
    assert_eq!(health.status, 200);
    assert_says(
        &health.body,
        &json!({"status": "ok", "slots": 2, "slots_at_work": 2, "emulated": true}),
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_without_a_receipt_says_why_there_is_none() {
    let stand = Stand::ready().await;
    stand.open_account("100002").await;
    let business = json!({"contact": "+79161234567", "payer_kind": "business"});
    let changed = stand.put(&account("100002"), &business).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_says(
        &changed.body,
        &json!({"contact": "+79161234567", "payer_kind": "business", "saldo": "-550.00"}),
    );

    let paid = stand.post("", &payment("pay-1", "100002", "50.00")).await;
    assert_eq!((paid.status, &paid.body["receipts"]), (201, &json!([])));
    let details = stand.get("/v1/operations?key=pay-1").await;
    assert_says(
        &details.body["non_fiscal"],
        &json!([{"kind": "b2b", "account": "100002", "amount": "50.00"}]),
    );
    let why = details.body["non_fiscal"][0]["why_ru"].as_str().unwrap();
    assert!(!why.is_empty());
    assert_eq!(stand.get(&account("100002")).await.body["saldo"], "-500.00");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_accounts_may_hold_what_paths_must_escape() {
    let stand = Stand::ready().await;
    stand.open_account("%D0%9B%2F12%20%E2%84%96%203").await;
    let paid = stand
        .post("?wait=30", &payment("pay/1 &?", "Л/12 № 3", "650.00"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let found = stand.get("/v1/operations?key=pay%2F1+%26%3F").await;
    assert_eq!(found.body["account"], "Л/12 № 3");
}
