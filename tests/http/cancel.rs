//! What waits for a drive is taken back, and never formed.

use desk::{RegistrationOrder, SlotId};
use serde_json::{Value, json};
use terms::Rnm;

use crate::stand::{Answer, Stand, account, charge, payment, until};

const OLD: &str = "9999078902000002";

/// Only the drive of slot 2 is registered: once it is pulled out, everything waits.
async fn stand_of_one_drive() -> Stand {
    let mut stand = Stand::new();
    stand.open().await;
    stand.open_account("100001").await;
    let serial = "KASSETTE0002".to_owned();
    let rnm = Rnm::compose(2, stand.setup.organisation.inn, &serial).unwrap();
    let order = RegistrationOrder { serial, rnm };
    stand
        .desk()
        .register(SlotId(2), &order, None)
        .await
        .unwrap();
    let paid = stand
        .post("?wait=30", &payment("first", "100001", "650"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    stand
}

async fn unplugged() -> Stand {
    let mut stand = stand_of_one_drive().await;
    stand.all_acknowledged().await;
    stand.pull();
    stand
        .slot_2("the drive is missed", |slot| {
            slot["state"] != "working" && slot["state"] != "ready"
        })
        .await;
    stand
}

async fn cancel(stand: &Stand, name: &str, value: &str) -> Answer {
    let body = json!({name: value, "by": "Кассир", "reason": "опечатка"});
    stand.post(":cancel", &body).await
}

async fn refused(stand: &Stand, key: &str, code: &str) {
    let answer = cancel(stand, "key", key).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (409, &json!(code)),
        "{answer:?}"
    );
}

async fn acknowledged(stand: &Stand, key: &str) {
    until("its receipt is acknowledged", async || {
        let operation = stand.get(&format!("/v1/operations?key={key}")).await.body;
        (operation["receipts"][0]["state"] == "acknowledged").then_some(())
    })
    .await;
}

/// The statement shows what was cancelled, and comes to what the account has.
async fn adds_up(stand: &Stand, saldo: &Value) {
    let path = "/v1/accounts/100001/statement";
    let shown = stand.get(path).await.body;
    assert_eq!(&shown["closing"], saldo, "{shown}");
    for (place, key) in [(1, "p"), (2, "c")] {
        let event = &shown["items"][place];
        assert_eq!(event["key"], key, "{shown}");
        assert_eq!((&event["delta"], &event["saldo"]), (&json!("0.00"), saldo));
        assert_eq!(event["cancelled_by"], "Кассир");
    }
    let (_, _, table) = stand.fetch(&format!("{path}.csv")).await;
    let table = String::from_utf8(table).unwrap();
    let marked = table.lines().filter(|row| row.starts_with("cancelled,"));
    assert_eq!(marked.count(), 2, "{table}");
}

async fn saldo(stand: &Stand) -> Value {
    stand.get(&account("100001")).await.body["saldo"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_while_the_drive_is_unplugged_is_never_formed() {
    let mut stand = unplugged().await;
    let before = stand.get(&account("100001")).await;
    let typing_error = payment("k", "100001", "6500");
    let paid = stand.post("", &typing_error).await;
    assert_eq!(paid.body["receipts"][0]["state"], "queued", "{paid:?}");
    let done = cancel(&stand, "key", "k").await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.body["cancelled_by"], "Кассир");
    assert_eq!(done.body["cancel_reason"], "опечатка");
    assert_eq!(done.body["receipts"][0]["state"], "refused");
    assert_eq!(stand.get(&account("100001")).await, before);

    let id = paid.body["id"].as_str().unwrap();
    assert_eq!(cancel(&stand, "id", id).await, done, "said twice");
    assert_eq!(
        stand.post("?wait=5", &typing_error).await,
        done,
        "sent again"
    );
    let shown = stand.get("/v1/operations?key=k").await.body;
    assert_eq!(shown["cancelled_at_ms"], done.body["cancelled_at_ms"]);
    let receipt = shown["receipts"][0]["id"].as_str().unwrap();
    let history = stand.get(&format!("/v1/history?receipt={receipt}")).await;
    assert_eq!(history.body[0]["what"], "cancelled");
    assert_eq!(history.body[0]["by"], "Кассир");

    let again = stand.post("", &payment("k-2", "100001", "65")).await;
    assert_eq!(again.status, 202, "a new try has a new key: {again:?}");
    stand.close().await;
    stand.open().await;
    stand.plug_in(OLD);
    acknowledged(&stand, "k-2").await;
    let formed: Vec<i64> = stand.receipts_on_drives().iter().map(|it| it.2).collect();
    assert_eq!(formed, [65_000, 6_500]);
    assert_eq!(stand.get("/v1/operations?key=k").await.body, shown);
    refused(&stand, "k-2", "formed_already").await;
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_operation_uses_is_cancelled_after_that_one() {
    let mut stand = unplugged().await;
    let before = saldo(&stand).await;
    for (number, operation) in [payment("p", "100001", "700"), charge("c", "100001", "500")]
        .iter()
        .enumerate()
    {
        let answer = stand.post("", operation).await;
        assert_eq!(answer.status, 202, "{number}: {answer:?}");
    }
    refused(&stand, "p", "used_since").await;
    for key in ["c", "p"] {
        let done = cancel(&stand, "key", key).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
    assert_eq!(saldo(&stand).await, before);
    adds_up(&stand, &before).await;
    stand.plug_in(OLD);
    let paid = stand
        .post("?wait=30", &payment("next", "100001", "1"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    assert_eq!(stand.receipts_on_drives().len(), 2);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_cancelled_by_its_name_and_with_a_signature() {
    let stand = stand_of_one_drive().await;
    refused(&stand, "first", "formed_already").await;
    let unknown = cancel(&stand, "key", "nobody").await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("unknown_operation"))
    );
    let unknown = cancel(&stand, "id", "0P3V").await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("unknown_operation"))
    );
    for (body, status) in [
        (
            json!({"key": "first", "id": "x", "by": "К", "reason": "о"}),
            422,
        ),
        (json!({"by": "К", "reason": "о"}), 422),
        (json!({"key": "first", "by": "", "reason": "о"}), 422),
        (json!({"key": "first", "by": "К"}), 422),
    ] {
        let answer = stand.post(":cancel", &body).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
    acknowledged(&stand, "first").await;
}
