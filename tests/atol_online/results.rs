//! What a report says, and when (§13.4, §13.6, §13.8), and the registers themselves.

use std::time::Duration;

use atol::online::letter;
use emulator::drive::{Fault, FaultKind};
use fn_proto::AnswerCode;
use serde_json::{Value, json};

use crate::{
    shop::{LOGIN, Shop, code, sale_v5, with},
    stand::{KEY, until},
};

/// «Form the receipt» of the ФН protocol.
const FORM_RECEIPT: u8 = 0x16;

#[tokio::test(flavor = "multi_thread")]
async fn a_document_waits_and_is_then_told_with_all_that_clients_ask_for() {
    let shop = Shop::v5().await;
    for unknown in ["nonsense", "00000000-0000-8000-8000-000000000000"] {
        let answer = shop.report(unknown).await;
        assert_eq!((answer.0, code(&answer)), (400, 30), "{answer:?}");
        assert_eq!(answer.1["status"], "fail");
    }
    let uuid = shop.registered("sell", &sale_v5("A-1")).await;
    let report = shop.done(&uuid).await;
    let (drive, number, 100_000) = shop.stand.receipts_on_drives()[0].clone() else {
        panic!("{:?}", shop.stand.receipts_on_drives())
    };
    let payload = &report["payload"];
    assert_eq!(report["uuid"], json!(uuid));
    assert!(report["error"].is_null());
    assert_eq!(report["external_id"], "A-1");
    assert_eq!(report["group_code"], "main");
    assert_eq!(report["callback_url"], "");
    for field in ["timestamp", "daemon_code", "device_code"] {
        assert!(
            !report[field].as_str().unwrap().is_empty(),
            "{field}: {report}"
        );
    }
    assert_eq!(
        payload["total"].to_string(),
        "1000.00",
        "a number with kopecks"
    );
    assert_eq!(payload["fn_number"], json!(drive));
    assert_eq!(payload["fiscal_document_number"], json!(number));
    assert_eq!(payload["fns_site"], "www.nalog.gov.ru");
    let rnm = payload["ecr_registration_number"].as_str().unwrap();
    assert!(
        rnm.len() == 16 && rnm.bytes().all(|it| it.is_ascii_digit()),
        "{rnm}"
    );
    for field in [
        "shift_number",
        "fiscal_receipt_number",
        "fiscal_document_attribute",
    ] {
        assert!(payload[field].is_u64(), "{field}: {payload}");
    }
    let time = payload["receipt_datetime"].as_str().unwrap();
    assert_eq!(
        (time.len(), &time[2..3], &time[16..]),
        (19, ".", ":00"),
        "{time}"
    );
    shop.stand.all_acknowledged().await;
    let (_, report) = shop.report(&uuid).await;
    assert_eq!(report["payload"]["ofd_inn"], "7704211201", "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_says_what_the_report_says_and_a_bad_address_is_only_a_warning() {
    let shop = Shop::v5().await;
    let bad = with(&sale_v5("A-1"), "/service/callback_url", json!("ftp://x"));
    let (status, answer) = shop.register("sell", &bad).await;
    let warning = "callback_url не соответствует маске";
    assert_eq!(
        (status, &answer["warnings"]["callback_url"]),
        (200, &json!(warning))
    );
    let good = with(
        &sale_v5("A-2"),
        "/service/callback_url",
        json!("http://127.0.0.1:8080/atol"),
    );
    shop.registered("sell", &good).await;
    for (id, has_warning) in [("A-1", true), ("A-2", false)] {
        let desk = shop.stand.desk();
        let key = format!("atol:main:{id}");
        let operation = desk.operation_by_key(&key).await.unwrap().unwrap();
        let letter_of = || letter(desk, &desk.operation(operation.id).unwrap().unwrap());
        let uuid = letter_of().unwrap().unwrap()["uuid"].clone();
        let report = shop.done(uuid.as_str().unwrap()).await;
        shop.stand.all_acknowledged().await;
        let (mut letter, (_, mut report)) = (
            letter_of().unwrap().unwrap(),
            shop.report(report["uuid"].as_str().unwrap()).await,
        );
        for told in [&mut letter, &mut report] {
            told["timestamp"].take();
        }
        assert_eq!(letter, report);
        assert_eq!(report.get("warnings").is_some(), has_warning, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_as_failed_while_it_may_still_become_a_document() {
    let shop = Shop::with("v5", |setup| {
        setup.limits.doubt_after = Duration::from_millis(100);
        setup.limits.retry_after = Duration::from_millis(100);
        setup.link_timeouts.answers.finish = Duration::from_millis(300);
        setup.link_timeouts.answers.status = Duration::from_millis(300);
    })
    .await;
    let wait = async |shop: &Shop, uuid: &str, state: &str| {
        until(state, async || {
            let (status, report) = shop.report(uuid).await;
            assert_eq!(
                (status, &report["status"]),
                (200, &json!("wait")),
                "{report}"
            );
            assert_eq!(report["error"]["code"], 34, "{report}");
            assert!(report["payload"].is_null());
            report["error"]["text"]
                .as_str()?
                .contains(state)
                .then_some(())
        })
        .await;
    };
    for faults in &shop.stand.faults {
        faults.add(Fault::always(FaultKind::Refuse(AnswerCode::BAD_ATTRIBUTE)).at(FORM_RECEIPT));
    }
    let held = shop.registered("sell", &sale_v5("A-1")).await;
    wait(&shop, &held, "a person has to look").await;
    for faults in &shop.stand.faults {
        faults.clear();
        faults.add(Fault::always(FaultKind::Dead).at(FORM_RECEIPT));
    }
    let doubtful = shop.registered("sell", &sale_v5("A-2")).await;
    wait(&shop, &doubtful, "do not send it again").await;
    shop.stand
        .faults
        .iter()
        .for_each(emulator::drive::Faults::clear);
    shop.done(&doubtful).await;
    assert_eq!(shop.stand.receipts_on_drives().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registers_are_shown_with_their_drives() {
    let shop = Shop::v5().await;
    let uuid = shop.registered("sell", &sale_v5("A-1")).await;
    shop.done(&uuid).await;
    let login = json!({"login": LOGIN, "pass": KEY}).to_string();
    let (status, answer) = shop
        .send("POST", "/api/auth/v1/gettoken", &[], &login)
        .await;
    assert_eq!(status, 200);
    let token = answer["token"].as_str().unwrap();
    let get = async |path: &str| shop.send("GET", path, &[("token", token)], "").await;
    let (_, all) = get("/api/kkt/v1/cash-registers").await;
    let all = all.as_array().unwrap();
    let serials: Vec<&Value> = all.iter().map(|it| &it["serialNumber"]).collect();
    assert_eq!(serials, ["KASSETTE0001", "KASSETTE0002"]);
    for register in all {
        assert_eq!(register["fiscalStorageINN"], "7802781104");
        assert_eq!(register["groupCode"], "main");
        assert!(
            register["signedDocuments"].as_u64().unwrap() > 0,
            "{register}"
        );
        assert!(register["networkErrorCode"].is_u64() && register["isShiftOpened"].is_boolean());
    }
    let (_, page) = get("/api/kkt/v1/cash-registers?limit=1&offset=1").await;
    assert_eq!(page.as_array().unwrap().len(), 1);
    let (_, one) = get("/api/kkt/v1/cash-registers/KASSETTE0002").await;
    assert_eq!(one["data"]["serialNumber"], "KASSETTE0002");
    let none = get("/api/kkt/v1/cash-registers/0").await;
    assert_eq!((none.0, code(&none)), (404, 40));
    let stranger = shop
        .send("GET", "/api/kkt/v1/cash-registers", &[], "")
        .await;
    assert_eq!((stranger.0, code(&stranger)), (401, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_device_takes_in_time_is_withdrawn_and_never_formed() {
    let mut shop = Shop::with("v5", |setup| {
        setup.limits.retry_after = Duration::from_millis(100);
        setup.link_timeouts.answers.status = Duration::from_millis(300);
    })
    .await;
    for faults in &shop.stand.faults {
        faults.add(Fault::always(FaultKind::Dead));
    }
    shop.setup.wait_timeout = Duration::ZERO;
    shop.restart().await;
    let late = shop.registered("sell", &sale_v5("A-1")).await;
    // At a start the drives are asked first: one of them could have it.
    let report = until("it is given up", async || {
        let (status, report) = shop.report(&late).await;
        assert_eq!(status, 200, "{report}");
        (report["status"] != "wait").then_some(report)
    })
    .await;
    assert_eq!(
        (&report["status"], &report["error"]["type"]),
        (&json!("fail"), &json!("timeout")),
        "{report}"
    );
    assert_eq!(shop.report(&late).await.1["status"], "fail");

    // With the drives back, others are formed, and that one is not.
    shop.setup.wait_timeout = Duration::from_secs(300);
    shop.restart().await;
    for faults in &shop.stand.faults {
        faults.clear();
    }
    let next = shop.registered("sell", &sale_v5("A-2")).await;
    shop.done(&next).await;
    assert_eq!(shop.report(&late).await.1["status"], "fail");
    assert_eq!(shop.stand.receipts_on_drives().len(), 1);
    shop.stand.check();
}
