//! Drives refuse, fall silent and come back; the program stops and starts again.

use emulator::drive::{Fault, FaultKind};
use fn_proto::AnswerCode;
use serde_json::{Value, json};
use std::time::Duration;

use crate::stand::{Stand, account, charge, payment, until};

/// «Form the receipt» of the ФН protocol.
const FORM_RECEIPT: u8 = 0x16;

async fn receipt_of(stand: &Stand, key: &str) -> Value {
    let operation = stand.get(&format!("/v1/operations?key={key}")).await;
    assert_eq!(operation.status, 200, "{operation:?}");
    operation.body["receipts"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_its_drive_refuses_is_held_and_the_next_ones_go_on() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    stand.open_account("100002").await;
    for faults in &stand.faults {
        let refuse = FaultKind::Refuse(AnswerCode::BAD_ATTRIBUTE);
        faults.add(Fault::always(refuse).at(FORM_RECEIPT));
    }
    let paid = stand.post("?wait=30", &payment("k", "100001", "650")).await;
    assert_eq!(paid.status, 202, "it is not formed: {paid:?}");
    assert_eq!(paid.body["receipts"][0]["state"], "held", "{paid:?}");

    let held = receipt_of(&stand, "k").await;
    let by_id = format!("/v1/receipts/{}", held["id"].as_str().unwrap());
    assert_eq!(stand.get(&by_id).await.body, held);
    let reason = held["reason"].as_str().unwrap();
    assert!(reason.contains("18h"), "the drive's code: {reason}");
    assert_eq!(held.get("document"), None);
    assert_eq!(stand.receipts_on_drives(), []);

    stand.faults.iter().for_each(emulator::drive::Faults::clear);
    let paid = stand.post("?wait=30", &payment("l", "100002", "650")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    assert_eq!(stand.receipts_on_drives().len(), 1);
    assert_eq!(receipt_of(&stand, "k").await["state"], "held");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_whose_drive_fell_silent_is_in_doubt_until_the_drive_tells() {
    let stand = Stand::ready_with(|setup| {
        setup.limits.doubt_after = Duration::from_millis(100);
        setup.limits.retry_after = Duration::from_millis(100);
        let answers = &mut setup.link_timeouts.answers;
        answers.finish = Duration::from_millis(300);
        answers.status = Duration::from_millis(300);
    })
    .await;
    stand.open_account("100001").await;
    for faults in &stand.faults {
        // Whether it has formed the receipt, nobody can know.
        faults.add(Fault::always(FaultKind::Dead).at(FORM_RECEIPT));
    }
    let paid = stand.post("?wait=30", &payment("k", "100001", "650")).await;
    assert_eq!(paid.status, 202, "{paid:?}");
    assert_eq!(paid.body["receipts"][0]["state"], "in_doubt", "{paid:?}");
    let doubtful = receipt_of(&stand, "k").await;
    assert!(doubtful["reason"].is_string(), "{doubtful}");

    stand.faults.iter().for_each(emulator::drive::Faults::clear);
    stand.all_acknowledged().await;
    let settled = receipt_of(&stand, "k").await;
    let document = &settled["document"];
    let told = (document["fn_number"].as_str(), document["fd"].as_u64());
    let [(drive, number, 65_000)] = &stand.receipts_on_drives()[..] else {
        panic!("it is formed once: {:?}", stand.receipts_on_drives());
    };
    assert_eq!(told, (Some(drive.as_str()), Some((*number).into())));
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_every_answer_is_the_same() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let operations = [
        payment("pay-1", "100001", "1550"),
        charge("charge-1", "100001", "700"),
        payment("pay-2", "100001", "0.01"),
    ];
    let first = stand
        .post("?wait=30", &Value::from(operations.to_vec()))
        .await;
    stand.all_acknowledged().await;
    let mut paths = vec![
        account("100001"),
        "/v1/services".to_owned(),
        "/v1/operations?key=pay-1".to_owned(),
    ];
    for operation in first.body.as_array().unwrap() {
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        paths.push(format!("/v1/operations/{}", id(operation)));
        paths.push(format!("/v1/receipts/{}", id(&operation["receipts"][0])));
    }
    let mut before = Vec::new();
    for path in &paths {
        before.push(stand.get(path).await);
    }
    let formed = stand.receipts_on_drives();

    stand.close().await;
    stand.open().await;

    for (path, before) in paths.iter().zip(&before) {
        assert_eq!(stand.get(path).await, *before, "{path}");
    }
    let again = stand
        .post("?wait=30", &Value::from(operations.to_vec()))
        .await;
    let ids = |answer: &Value| -> Vec<Value> {
        let elements = answer.as_array().unwrap().iter();
        elements
            .map(|it| json!([it["id"], it["receipts"][0]["id"]]))
            .collect()
    };
    assert_eq!(ids(&again.body), ids(&first.body));
    let other = stand.post("", &payment("pay-1", "100001", "1")).await;
    assert_eq!(other.status, 409, "{other:?}");
    assert_eq!(stand.receipts_on_drives(), formed);

    let next = stand
        .post("?wait=30", &payment("pay-3", "100001", "1"))
        .await;
    assert_eq!(next.status, 201, "the drives go on: {next:?}");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_before_any_drive_is_ready_is_formed_after_a_restart() {
    let mut stand = Stand::new();
    stand.open().await;
    stand.open_account("100001").await;
    let health = stand.send("GET", "/health", None, "").await;
    assert_eq!(
        (health.status, &health.body["status"]),
        (503, &json!("no_slot"))
    );
    let paid = stand.post("", &payment("k", "100001", "650")).await;
    assert_eq!(paid.status, 202, "{paid:?}");
    assert_eq!(paid.body["receipts"][0]["state"], "queued");

    stand.close().await;
    stand.open().await;
    stand.register().await;
    stand.all_acknowledged().await;
    let repeated = stand.post("", &payment("k", "100001", "650")).await;
    assert_eq!(
        (repeated.status, &repeated.body["id"]),
        (201, &paid.body["id"])
    );
    assert_eq!(stand.receipts_on_drives().len(), 1);
    until("a slot is at work", async || {
        let health = stand.send("GET", "/health", None, "").await;
        (health.status == 200).then_some(())
    })
    .await;
    stand.check();
}
