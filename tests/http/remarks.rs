//! What the ОФД refuses reaches the user.

use desk::Desk;
use serde_json::{Value, json};

use crate::stand::{Stand, payment, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_the_ofd_refuses_is_a_remark_with_its_meaning() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    stand.ofd.set_faults("code=14".parse().unwrap());
    let paid = stand
        .post("?wait=30", &payment("pay-1", "100001", "100"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let id = paid.body["receipts"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/receipts/{id}");
    let receipt = shows(&stand, &path, |body| body["state"] == "acknowledged").await;
    let reason = receipt["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("refused by the ОФД with code 14"),
        "{reason}"
    );
    let ofd = &receipt["document"]["ofd"];
    assert_eq!(
        (&ofd["code"], &ofd["accepted"]),
        (&json!(14), &json!(false))
    );
    let meaning = ofd["meaning_ru"].as_str().unwrap();
    assert!(meaning.contains("форматно-логический"), "{meaning}");

    let of_receipt = stand.get(&format!("/v1/remarks?receipt={id}")).await;
    assert_eq!(of_receipt.body[0]["kind"], "refused", "{of_receipt:?}");
    assert_eq!(of_receipt.body[0]["receipt"], id.as_str());
    assert_eq!(of_receipt.body[0]["ofd"]["code"], 14);
    let messages = stand.get("/v1/remarks?kind=message").await;
    assert_eq!(messages.body, json!([]));
    for wrong in [
        "kind=rumour",
        "limit=0",
        "receipt=x",
        "fn_number=1",
        "colour=red",
    ] {
        let answer = stand.get(&format!("/v1/remarks?{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
    }

    let report = Desk::check_folder(&stand.setup.folder).unwrap();
    assert!(report.remarks.refused >= 1);
    assert_eq!(report.findings, [], "the journal holds together");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ofd_wants_to_be_seen_to_stands_at_the_slot() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    stand.ofd.set_faults("messages=C4h".parse().unwrap());
    let paid = stand
        .post("?wait=30", &payment("pay-1", "100001", "100"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let warned = |slot: &Value| !slot["warnings"].as_array().unwrap().is_empty();
    let view = shows(&stand, "/v1/cassette", |body| {
        body["slots"].as_array().unwrap().iter().any(warned)
    })
    .await;
    let slots = view["slots"].as_array().unwrap();
    let slot = slots.iter().find(|slot| warned(slot)).unwrap();
    let codes: Vec<_> = slot["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["check_cabinet", "change_connection", "ofd_terminated"]
    );
    assert_eq!(slot["ofd"]["inn"], "7704211201");
    assert_eq!(slot["ofd"]["current"], true);
    let remarks = stand.get("/v1/remarks?kind=message").await;
    assert_eq!(remarks.body[0]["ofd"]["accepted"], true, "{remarks:?}");
    assert_eq!(remarks.body[0]["ofd"]["messages"][0]["bit"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn drives_of_a_former_operator_go_on_sending_to_it() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    stand.close().await;
    // The organisation changes its operator; nobody listens at the new one's address.
    let former = stand.setup.organisation.ofd.clone();
    let current = desk::Ofd {
        inn: "7704358518".parse().unwrap(),
        name: "Новый ОФД".to_owned(),
        address: "127.0.0.1:9".parse().unwrap(),
        site: None,
    };
    stand.setup.organisation.ofd = current.clone();
    stand.setup.other_operators = vec![former.clone()];
    stand.open().await;
    pay(&stand, "pay-1", "acknowledged").await;
    let view = stand.get("/v1/cassette").await.body;
    assert_eq!(view["slots"][0]["ofd"]["current"], false);
    assert_eq!(view["slots"][0]["warnings"], json!([]));

    // Somebody forgets the former one.
    stand.close().await;
    stand.setup.other_operators = Vec::new();
    stand.open().await;
    pay(&stand, "pay-2", "fiscalized").await;
    let view = shows(&stand, "/v1/cassette", |body| {
        let slots = body["slots"].as_array().unwrap();
        slots.iter().any(|slot| slot["ofd_trouble"].is_string())
    })
    .await;
    let slots = view["slots"].as_array().unwrap();
    let slot = slots
        .iter()
        .find(|it| it["ofd_trouble"].is_string())
        .unwrap();
    assert!(slot["ofd_trouble"].as_str().unwrap().contains("no address"));
    assert_eq!(slot["warnings"][0]["code"], "no_ofd_address");
    assert!(slot["reason"].is_null(), "it works: {slot}");
}

async fn pay(stand: &Stand, key: &str, state: &str) {
    let paid = stand.post("?wait=30", &payment(key, "100001", "100")).await;
    let id = paid.body["receipts"][0]["id"].as_str().unwrap();
    let path = format!("/v1/receipts/{id}");
    shows(stand, &path, |body| body["state"] == state).await;
}

/// What a path answers, once it is as wanted.
async fn shows(stand: &Stand, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until(path, async || {
        let body = stand.get(path).await.body;
        wanted(&body).then_some(body)
    })
    .await
}
