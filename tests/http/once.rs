//! One key is one operation, for ever.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::stand::{Stand, charge, payment};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_answered_again_and_another_one_is_a_conflict() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let first = r#"{"type":"payment","key":"k","account":"100001","date":"2026-11-20",
                    "parts":[{"kind":"cashless","amount":"1500.00"}]}"#;
    let accepted = stand.post_text("?wait=30", first).await;
    assert_eq!(accepted.status, 201, "{accepted:?}");
    stand.all_acknowledged().await;
    let id = &accepted.body["id"];

    for again in [
        first.to_owned(),
        first.replace(['\n', ' '], ""),
        first.replace("\"1500.00\"", "1500"),
        first.replace("\"1500.00\"", "\"1500.0\""),
        first
            .replace("\"key\":\"k\",", "\t")
            .replace("]}", "],\"\\u006bey\":\"k\"}"),
        first.replace("\"key\"", "\"channel\":null,\"explicit\":[],\"key\""),
    ] {
        for query in ["", "?wait=0", "?wait=30"] {
            let repeated = stand.post_text(query, &again).await;
            assert_eq!(repeated.status, 201, "{again}: {repeated:?}");
            assert_eq!(repeated.body["id"], *id, "{again}");
            assert_eq!(repeated.body["receipts"][0]["state"], "acknowledged");
        }
    }

    for other in [
        first.replace("1500.00", "1500.01"),
        first.replace("2026-11-20", "2026-11-21"),
        first.replace("cashless", "cash"),
        first.replace("100001", "100002"),
        charge("k", "100001", "1.00").to_string(),
    ] {
        let conflict = stand.post_text("", &other).await;
        assert_eq!(conflict.status, 409, "{other}: {conflict:?}");
        assert_eq!(conflict.content_type, "application/problem+json");
        assert_eq!(conflict.body["code"], "conflict");
        assert_eq!(conflict.body["operation"], *id, "{other}");
        let detail = conflict.body["detail"].as_str().unwrap();
        assert!(detail.contains(id.as_str().unwrap()), "{detail}");
    }
    assert_eq!(stand.stored().0, 1);
    assert_eq!(stand.receipts_on_drives().len(), 1);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_are_one() {
    let stand = std::sync::Arc::new(Stand::ready().await);
    stand.open_account("100001").await;
    let mut callers = JoinSet::new();
    for caller in 0..50 {
        let stand = stand.clone();
        callers.spawn(async move {
            let query = if caller % 2 == 0 { "" } else { "?wait=30" };
            stand.post(query, &payment("k", "100001", "650")).await
        });
    }
    let answers = callers.join_all().await;
    for answer in &answers {
        assert!([201, 202].contains(&answer.status), "{answer:?}");
        assert_eq!(answer.body["id"], answers[0].body["id"]);
        assert_eq!(
            answer.body["receipts"][0]["id"],
            answers[0].body["receipts"][0]["id"]
        );
    }
    stand.all_acknowledged().await;
    assert_eq!(stand.stored().0, 1);
    let receipts: Vec<i64> = stand
        .receipts_on_drives()
        .into_iter()
        .map(|it| it.2)
        .collect();
    assert_eq!(receipts, [65_000]);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_of_an_array_are_answered_in_their_places() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let first = stand.post("", &payment("first", "100001", "1")).await;
    let answers = stand
        .post(
            "?wait=30",
            &json!([
                payment("a", "100001", "2"),
                payment("a", "100001", "2.00"),
                payment("a", "100001", "3"),
                payment("first", "100001", "1.0"),
                payment("", "100001", "4"),
                payment("b", "999999", "5"),
                7,
                [],
                charge("c", "100001", "6"),
                {"type": "payment"},
                payment("d", "100001", "7")
            ]),
        )
        .await;
    assert_eq!(answers.status, 200, "{answers:?}");
    let told: Vec<Value> = answers
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(summary)
        .collect();
    assert_eq!(
        told,
        [
            json!("a"),
            json!("a"),
            json!([409, "conflict", "key"]),
            json!("first"),
            json!([422, "bad_value", "key"]),
            json!([422, "unknown_account", null]),
            json!([422, "bad_value", null]),
            json!([422, "bad_value", null]),
            json!("c"),
            json!([422, "bad_value", null]),
            json!("d"),
        ],
        "{:#}",
        answers.body
    );
    let body = &answers.body;
    assert_eq!(body[0]["id"], body[1]["id"]);
    assert_eq!(body[2]["operation"], body[0]["id"]);
    assert_eq!(body[3]["id"], first.body["id"]);
    for formed in [0, 1, 3, 8, 10] {
        let state = body[formed]["receipts"][0]["state"].as_str().unwrap();
        assert!(["fiscalized", "acknowledged"].contains(&state), "{state}");
    }
    assert_eq!(stand.stored().0, 4);
    assert_eq!(stand.receipts_on_drives().len(), 4);
    stand.check();
}

/// The key of an accepted element; status, code and field of a problem.
fn summary(element: &Value) -> Value {
    match element.get("code") {
        None => element["key"].clone(),
        Some(code) => json!([element["status"], code, element.get("field")]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_operations_are_taken_at_once_and_one_more_is_not() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let batch = |count: usize| -> Value {
        let key = |n| payment(&format!("k-{n}"), "100001", "1");
        (0..count).map(key).collect()
    };
    let too_many = stand.post("", &batch(1_001)).await;
    assert_eq!(
        (too_many.status, &too_many.body["code"]),
        (413, &json!("too_many_operations"))
    );
    assert_eq!(stand.stored().0, 0);

    assert_eq!(stand.post("?wait=30", &json!([])).await.body, json!([]));

    let taken = stand.post("", &batch(1_000)).await;
    assert_eq!(taken.status, 200);
    let keys = taken
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["key"].clone());
    assert!(keys.eq((0..1_000).map(|n| json!(format!("k-{n}")))));
    assert_eq!(stand.stored().0, 1_000);
}
