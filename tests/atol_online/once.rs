//! One external_id is one document, for ever (§13.5).

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::shop::{Shop, code, sale_v5, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_known_external_id_is_told_with_the_first_uuid_whatever_the_body_says() {
    let mut shop = Shop::v5().await;
    let sale = sale_v5("A-1");
    let uuid = shop.registered("sell", &sale).await;
    shop.stand.all_acknowledged().await;
    let first = shop.done(&uuid).await;
    let others = [
        ("sell", sale.clone()),
        (
            "sell",
            with(&sale, "/timestamp", json!("21.11.2026 10:00:00")),
        ),
        ("sell", with(&sale, "/receipt/total", json!(1))),
        ("sell_refund", sale.clone()),
        ("sell", json!({"external_id": "A-1"})),
    ];
    for restarted in [false, true] {
        if restarted {
            shop.restart().await;
        }
        for (operation, body) in &others {
            let answer = shop.register(operation, body).await;
            assert_eq!((answer.0, code(&answer)), (400, 33), "{body}: {answer:?}");
            assert_eq!(answer.1["uuid"], json!(uuid), "{body}");
            assert_eq!(answer.1["status"], "wait");
        }
        // The token of the first life is still good.
        assert_eq!(shop.done(&uuid).await["payload"], first["payload"]);
    }
    let foreign = shop.get(&shop.path(&format!("/kind/report/{uuid}"))).await;
    assert_eq!(
        (foreign.0, code(&foreign)),
        (400, 30),
        "of another group: {foreign:?}"
    );
    let other_group = shop.post_text("/kind/sell", &sale.to_string()).await;
    assert_eq!(
        other_group.0, 200,
        "its identifiers are its own: {other_group:?}"
    );
    shop.stand.all_acknowledged().await;
    assert_eq!(shop.stand.receipts_on_drives().len(), 2);
    shop.stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_equal_registrations_at_once_are_one_document() {
    let shop = Arc::new(Shop::v5().await);
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let shop = shop.clone();
        callers.spawn(async move { shop.register("sell", &sale_v5("A-1")).await });
    }
    let answers = callers.join_all().await;
    let taken = answers.iter().filter(|answer| answer.0 == 200).count();
    assert_eq!(taken, 1, "{answers:?}");
    for answer in &answers {
        assert_eq!(answer.1["uuid"], answers[0].1["uuid"], "{answer:?}");
        assert!(answer.0 == 200 || code(answer) == 33, "{answer:?}");
    }
    shop.stand.all_acknowledged().await;
    assert_eq!(shop.stand.stored().0, 1);
    assert_eq!(shop.stand.receipts_on_drives().len(), 1);
}
