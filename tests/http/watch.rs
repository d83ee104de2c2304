//! The watch looks by itself, and what it finds is an incident.

use std::time::Duration;

use desk::Desk;
use rusqlite::Connection;
use serde_json::Value;

use crate::stand::{Stand, payment, until};

fn pass<'a>(watch: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut passes = watch["passes"].as_array()?.iter();
    passes.find(|pass| pass["kind"] == kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_comes_twice_is_found_without_being_asked_for() {
    let stand = Stand::ready_with(|setup| setup.watch.every = Duration::from_millis(100)).await;
    stand.open_account("100001").await;
    until("everything was looked at", async || {
        let watch = stand.get("/v1/watch").await.body;
        let looked = ["full", "minute"].map(|kind| pass(&watch, kind).is_some());
        (looked == [true, true]).then_some(())
    })
    .await;
    for key in ["pay-1", "pay-2"] {
        let paid = stand.post("", &payment(key, "100001", "321.09")).await;
        assert_eq!(paid.status, 202, "{paid:?}");
    }
    let database = desk::Store::in_folder(&stand.desk().setup().folder).database();
    let key = until("the double payment is an incident", async || {
        let connection = Connection::open(&database).unwrap();
        let sql = "select key from incident where rule = 'A06' and closed_at is null";
        connection
            .query_row(sql, [], |row| row.get::<_, String>(0))
            .ok()
    })
    .await;
    assert!(key.starts_with("A06:entry:100001:"), "{key}");
    let watch = stand.get("/v1/watch").await.body;
    assert_eq!(pass(&watch, "touched").unwrap()["accounts"], 1, "{watch}");
    // The same is seen from beside the server.
    let setup = stand.desk().setup().clone();
    let report = Desk::watch_folder(&setup, true, None).unwrap();
    let found: Vec<&str> = report
        .found
        .iter()
        .map(|found| found.key.as_str())
        .collect();
    assert_eq!(found, [key]);
}
