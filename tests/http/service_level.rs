//! The service level as billing and auditors see it.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};
use desk::{TargetOf, Targets};
use serde_json::{Value, json};

use crate::stand::{Stand, payment, until};

/// Nothing is formed within a millisecond of its acceptance; the rest is easily kept.
fn promises() -> Targets {
    Targets(
        [
            (TargetOf::Fiscalized, 0),
            (TargetOf::Acknowledged, 3_600_000),
            (TargetOf::Availability, 1),
        ]
        .into(),
    )
}

async fn pay(stand: &Stand, count: usize, prefix: &str) {
    for number in 0..count {
        let body = payment(&format!("{prefix}{number}"), "100001", "10.00");
        let paid = stand.post("?wait=30", &body).await;
        assert_eq!(paid.status, 201, "{paid:?}");
    }
    stand.all_acknowledged().await;
}

/// Of yesterday to tomorrow, as midnight may be near.
async fn level(stand: &Stand) -> Value {
    let today = stand.desk().clock().local().date();
    let (from, to) = (today.plus_days(-1).unwrap(), today.plus_days(1).unwrap());
    let path = format!("/v1/service-level?from={from}&to={to}");
    let answer = stand.get(&path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn class<'a>(level: &'a Value, name: &str) -> &'a Value {
    let classes = level["classes"].as_array().unwrap();
    classes.iter().find(|it| it["class"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_receipt_is_counted_once_and_a_missed_promise_names_its_hours() {
    let mut stand = Stand::ready().await;
    stand.desk().promise(promises());
    stand.open_account("100001").await;
    pay(&stand, 5, "before-").await;
    // A person restarts it: no crash.
    stand.close().await;
    stand.open().await;
    stand.desk().promise(promises());
    pay(&stand, 3, "after-").await;

    let told = level(&stand).await;
    for state in ["fiscalized", "acknowledged"] {
        let figures = &class(&told, "payment")[state];
        assert_eq!(figures["receipts"], 8, "{figures}");
        let times =
            ["p50_ms", "p95_ms", "p99_ms", "max_ms"].map(|name| figures[name].as_u64().unwrap());
        assert!(times.is_sorted() && times[0] > 0, "{times:?}");
        for stretches in ["days", "hours"] {
            let all = told[stretches].as_array().unwrap().iter();
            let sum: u64 = all.map(|it| it[state]["receipts"].as_u64().unwrap()).sum();
            assert_eq!(sum, 8, "{stretches}: {told}");
        }
        assert_eq!(class(&told, "charge")[state]["receipts"], 0);
    }
    assert_eq!(told["unformed"]["receipts"], 0);

    assert_eq!(told["kept"], false);
    let targets = told["targets"].as_array().unwrap();
    let kept: Vec<&Value> = targets.iter().map(|it| &it["kept"]).collect();
    assert_eq!(kept, [false, true, true], "{targets:?}");
    let why = targets[0]["why"].as_array().unwrap();
    let slow: u64 = why.iter().map(|it| it["receipts"].as_u64().unwrap()).sum();
    assert_eq!(
        (slow, targets[1]["reasons"].as_u64()),
        (8, Some(0)),
        "{why:?}"
    );

    let availability = &told["availability"];
    assert_eq!(availability["restarts"], 1, "{availability}");
    assert_eq!(availability["crashes"], 0, "{availability}");
    let gaps = availability["gaps"].as_array().unwrap();
    let causes: Vec<&str> = gaps
        .iter()
        .map(|gap| gap["cause"].as_str().unwrap())
        .collect();
    // The drives were registered after the first start.
    assert_eq!(causes, ["starting", "restart"], "{gaps:?}");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_without_any_drive_is_a_gap_that_says_why() {
    let mut stand = Stand::ready_with(|setup| {
        setup.link_timeouts.answers.status = std::time::Duration::from_millis(300);
    })
    .await;
    stand.open_account("100001").await;
    pay(&stand, 1, "k").await;
    // One drive is used up, the other one is pulled out: nothing can be formed.
    let swap = stand.order("/v1/cassette/1/swap", &json!({})).await;
    assert_eq!(swap.status, 200, "{swap:?}");
    until("drive 1 is closed", async || {
        let slot = stand.get("/v1/cassette").await.body["slots"][0].clone();
        (slot["state"] == "closed").then_some(())
    })
    .await;
    stand.pull();
    stand
        .slot_2("the drive is missed", |slot| slot["state"] == "lost")
        .await;
    let gap = until("it is told", async || {
        let told = level(&stand).await;
        let gaps = told["availability"]["gaps"].as_array().unwrap().clone();
        gaps.into_iter().find(|gap| gap["cause"] == "no_slot")
    })
    .await;
    let slots = gap["slots"].as_array().unwrap();
    let states: Vec<&str> = slots
        .iter()
        .map(|it| it["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["closed", "lost"], "{gap}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_months_report_is_a_page_and_a_workbook() {
    let stand = Stand::ready().await;
    stand.desk().promise(promises());
    stand.open_account("100001").await;
    pay(&stand, 2, "k").await;
    let month = stand.desk().clock().local().date().period();
    let path = format!("/v1/service-level/{month}");
    let (status, media, page) = stand.fetch(&format!("{path}.html")).await;
    assert_eq!((status, media.as_str()), (200, "text/html; charset=utf-8"));
    let page = String::from_utf8(page).unwrap();
    for said in [
        "Уровень обслуживания",
        "Не выполнено обязательств: 1",
        "95 из 100 ждали до",
        "ООО «Образцовый провайдер»",
    ] {
        assert!(page.contains(said), "it does not say «{said}»: {page}");
    }
    let (status, _, book) = stand.fetch(&format!("{path}.xlsx")).await;
    assert_eq!(status, 200);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(book)).unwrap();
    let sheets = book.sheet_names();
    assert_eq!(
        sheets,
        ["Отчет", "Обязательства", "Виды чеков", "Перерывы", "Дни"]
    );
    let classes = book.worksheet_range("Виды чеков").unwrap();
    assert_eq!(classes.get_value((1, 1)).unwrap().to_string(), "2");
    let json = stand.get(&path).await.body;
    assert_eq!(class(&json, "payment")["fiscalized"]["receipts"], 2);

    for (path, status, code) in [
        ("/v1/service-level/2026-13", 422, "bad_value"),
        ("/v1/service-level/2026-11.pdf", 404, "unknown_form"),
        (
            "/v1/service-level?from=2026-11-02&to=2026-11-01",
            400,
            "bad_query",
        ),
        (
            "/v1/service-level?from=2020-01-01&to=2026-11-01",
            400,
            "bad_query",
        ),
    ] {
        let answer = stand.get(path).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
}
