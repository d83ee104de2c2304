//! At the rack: a drive is replaced, another one is lost, and people decide.

use std::{fs, time::Duration};

use desk::Policy;
use emulator::drive::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::stand::{Stand, bearer, payment, until};

const OLD: &str = "9999078902000002";
const NEW: &str = "9999078902000003";

/// The drive of slot 2 works, that of slot 1 stands in for it.
async fn stand_with_spare() -> Stand {
    Stand::ready_with(|setup| {
        setup.limits.policy = Policy::ParallelSpare;
        setup.slots[0].spare = true;
        setup.limits.doubt_after = Duration::from_millis(100);
        setup.limits.retry_after = Duration::from_millis(100);
        setup.link_timeouts.answers.status = Duration::from_millis(300);
    })
    .await
}

async fn pay(stand: &Stand, key: &str) {
    let paid = stand.post("?wait=30", &payment(key, "100001", "100")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
}

async fn drive_of(stand: &Stand, key: &str) -> String {
    let operation = stand.get(&format!("/v1/operations?key={key}")).await.body;
    let drive = &operation["receipts"][0]["document"]["fn_number"];
    drive.as_str().unwrap().to_owned()
}

fn step(name: &str) -> impl Fn(&Value) -> bool {
    move |slot| slot["swap"]["step"] == name
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_is_replaced_step_by_step_and_the_other_one_works_meanwhile() {
    let mut stand = stand_with_spare().await;
    stand.open_account("100001").await;
    pay(&stand, "k1").await;
    assert_eq!(drive_of(&stand, "k1").await, OLD);

    let swap = "/v1/cassette/2/swap";
    let body = json!({"by": "x", "reason": "y"}).to_string();
    let refused = stand.send("POST", swap, Some(&bearer()), body).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("wrong_scope"))
    );
    let unsigned = stand.order(swap, &json!({"by": " "})).await;
    assert_eq!(
        (unsigned.status, &unsigned.body["code"]),
        (422, &json!("not_signed"))
    );
    let nowhere = stand.order("/v1/cassette/9/swap", &json!({})).await;
    assert_eq!(
        (nowhere.status, &nowhere.body["code"]),
        (404, &json!("unknown_slot"))
    );

    let ordered = stand.order(swap, &json!({})).await;
    assert_eq!(ordered.status, 200, "{ordered:?}");
    assert_eq!(ordered.body["swap"]["old_fn_number"], OLD);
    let again = stand.order(swap, &json!({})).await;
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &json!("swap_under_way"))
    );
    pay(&stand, "k2").await;
    assert_ne!(drive_of(&stand, "k2").await, OLD);

    let slot = stand
        .slot_2("the old drive is done with", step("pull_out"))
        .await;
    assert_eq!(slot["state"], "closed");
    let folder = stand.setup.folder.join("archive").join(OLD);
    let documents = fs::read_to_string(folder.join("documents.jsonl")).unwrap();
    let documents: Vec<Value> = documents
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(documents.len() as u64, slot["last_fd"].as_u64().unwrap());
    assert!(
        documents.iter().all(|it| it["ticket"].is_string()),
        "{documents:?}"
    );
    let total = json!({
        "tag": 1020, "name": "total_sum", "fns": "totalSum",
        "title": "Сумма расчета, указанного в чеке (БСО)", "value": "100.00"
    });
    assert!(documents[2]["content"].as_array().unwrap().contains(&total));
    let summary: Value =
        serde_json::from_slice(&fs::read(folder.join("archive.json")).unwrap()).unwrap();
    assert_eq!(summary["documents"], slot["last_fd"]);

    stand.pull();
    let slot = stand.slot_2("it is pulled out", step("put_in")).await;
    assert_eq!(slot["state"], "empty", "it is not lost: {slot}");
    stand.close().await;
    stand.plug_in(NEW);
    stand.open().await;
    let slot = stand.slot_2("the new drive is seen", step("confirm")).await;
    assert_eq!(slot["swap"]["awaits"], "operator");
    let confirm = format!("{swap}/confirm");
    let wrong = stand.order(&confirm, &json!({"fn_number": OLD})).await;
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (409, &json!("not_awaited"))
    );
    let right = stand.order(&confirm, &json!({"fn_number": NEW})).await;
    assert_eq!(right.status, 200, "{right:?}");
    let slot = stand
        .slot_2("it works", |slot| {
            slot["swap"].is_null() && slot["state"] == "ready"
        })
        .await;
    assert_eq!(slot["fn_number"], NEW);
    pay(&stand, "k3").await;
    assert_eq!(drive_of(&stand, "k3").await, NEW);
    stand.all_acknowledged().await;
    assert_eq!(stand.receipts_on_drives().len(), 3);

    let history = stand.get("/v1/history?slot=2").await.body;
    let told: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["what"].as_str().unwrap().starts_with("swap"))
        .map(|entry| entry["by"].as_str().unwrap_or("kassette"))
        .collect();
    let person = "Дежурный инженер";
    assert_eq!(told, ["kassette", person, "kassette", person]);
    stand.check();
}

/// The drive of slot 2 goes with a receipt that it has formed and not told of.
async fn receipt_in_doubt(stand: &mut Stand) -> String {
    stand.open_account("100001").await;
    stand.faults[1].add(Fault::always(FaultKind::Delay(Duration::from_secs(600))).at(0x16));
    let paid = stand.post("", &payment("k", "100001", "100")).await;
    until("the drive has formed it", async || {
        (!stand.receipts_on_drives().is_empty()).then_some(())
    })
    .await;
    stand.pull();
    let id = paid.body["receipts"][0]["id"].as_str().unwrap().to_owned();
    stand
        .slot_2("it is missed", |slot| slot["state"] == "in_doubt")
        .await;
    until("people are told", async || {
        (state_of(stand, &id).await["state"] == "in_doubt").then_some(())
    })
    .await;
    id
}

async fn state_of(stand: &Stand, receipt: &str) -> Value {
    stand.get(&format!("/v1/receipts/{receipt}")).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_in_doubt_is_formed_anew_and_the_double_is_undone_when_its_drive_comes_back() {
    let mut stand = stand_with_spare().await;
    let id = receipt_in_doubt(&mut stand).await;
    assert_eq!(state_of(&stand, &id).await["state"], "in_doubt");
    let release = stand
        .order(&format!("/v1/receipts/{id}/release"), &json!({}))
        .await;
    assert_eq!(
        (release.status, &release.body["code"]),
        (409, &json!("wrong_state"))
    );
    let order = format!("/v1/receipts/{id}/form-anew");
    let ordered = stand
        .send("POST", &order, Some(&bearer()), "{}".to_owned())
        .await;
    assert_eq!(ordered.status, 403);
    stand.order_done(&order).await;
    until("another drive has formed it", async || {
        let state = state_of(&stand, &id).await["state"].clone();
        (state == "fiscalized" || state == "acknowledged").then_some(())
    })
    .await;
    assert_eq!(
        stand.receipts_on_drives().len(),
        2,
        "nobody knows of the first yet"
    );

    stand.plug_in(OLD);
    until("the double is undone", async || {
        (stand.receipts_on_drives().len() == 3).then_some(())
    })
    .await;
    stand.all_acknowledged().await;
    let operation = stand.get("/v1/operations?key=k").await.body;
    let receipts = operation["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 2, "{operation}");
    assert_eq!(receipts[1]["return_of"], json!(id));
    assert_eq!(
        (&receipts[0]["sign"], &receipts[1]["sign"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(receipts[1]["lines"][0]["rule"], "D23");
    let path = format!("/v1/history?receipt={id}");
    let history = stand.get(&path).await.body;
    let what = |place: usize| history[place]["what"].as_str().unwrap().to_owned();
    assert_eq!(
        [what(0), what(1), what(2)],
        ["doubled", "formed_anew", "in_doubt"]
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_comes_back_after_a_restart_settles_its_doubt_itself() {
    let mut stand = stand_with_spare().await;
    let id = receipt_in_doubt(&mut stand).await;
    stand.close().await;
    stand.open().await;
    let slot = stand
        .slot_2("it is still missed", |slot| slot["state"] == "in_doubt")
        .await;
    assert_eq!(slot["lost_fn_number"], OLD);
    stand.plug_in(OLD);
    stand.all_acknowledged().await;
    assert_eq!(state_of(&stand, &id).await["state"], "acknowledged");
    assert_eq!(stand.receipts_on_drives().len(), 1);
    stand.check();
}
