//! Drives of both generations, in each version of the documents' format.

use desk::Desk;
use ffd::Document;
use fn_proto::Generation;
use serde_json::json;
use terms::FfdVersion;

use crate::stand::{Stand, account, charge, payment, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_generation_of_drives_works_in_each_version_it_knows() {
    let kinds = [
        (Generation::Fn1, FfdVersion::V1_05),
        (Generation::Fn12, FfdVersion::V1_05),
        (Generation::Fn12, FfdVersion::V1_1),
    ];
    for (generation, ffd) in kinds {
        let mut stand = Stand::of_generation(generation);
        stand.setup.receipts.ffd = ffd;
        stand.open().await;
        stand.register().await;
        stand.open_account("100001").await;

        let paid = stand
            .post("?wait=30", &payment("pay-1", "100001", "1550"))
            .await;
        assert_eq!(paid.status, 201, "{generation:?}, {ffd}: {paid:?}");
        let charged = stand
            .post("?wait=30", &charge("charge-1", "100001", "650"))
            .await;
        assert_eq!(charged.status, 201, "{generation:?}, {ffd}: {charged:?}");
        let refund = json!({"type": "refund", "key": "refund", "account": "100001",
            "date": "2026-11-21", "of": "advance", "service": "TV", "amount": "100.00",
            "kind": "cashless"});
        let lost = json!({"type": "restore_payment", "key": "lost", "account": "100001",
            "date": "2026-11-22", "lost_date": "2026-10-15",
            "parts": [{"kind": "cashless", "amount": "300.00"}],
            "basis": {"reason": "lost_source", "source_doc": "реестр 17, строка 4"}});
        for operation in [refund, lost] {
            let done = stand.post("?wait=30", &operation).await;
            assert_eq!(done.status, 201, "{generation:?}, {ffd}: {done:?}");
        }
        stand.all_acknowledged().await;
        stand.check();

        // Shifts are closed and the drives recognised at the next start.
        stand.close().await;
        stand.open().await;
        stand.all_acknowledged().await;
        until("both drives are at work again", async || {
            let cassette = stand.get("/v1/cassette").await.body;
            let mut slots = cassette["slots"].as_array().unwrap().iter();
            slots.all(|slot| slot["state"] == "ready").then_some(())
        })
        .await;
        for received in stand.received_by_ofd() {
            assert_eq!(
                received.code,
                Some(0),
                "{generation:?}, {ffd}: {received:?}"
            );
            let tlv = from_hex(&received.tlv);
            let document = Document::parse(&tlv).unwrap();
            assert_eq!(document.head().map(|head| head.ffd), Some(ffd));
        }
        // An organisation of another version does not use them.
        stand.close().await;
        stand.setup.receipts.ffd = FfdVersion::V1_2;
        stand.open().await;
        let slot = stand
            .slot_2("the drive is looked at", |slot| slot["state"] == "foreign")
            .await;
        let reason = slot["reason"].as_str().unwrap();
        assert!(reason.contains(&format!("ФФД {ffd}, not 1.2")), "{reason}");
        assert_eq!(stand.get(&account("100001")).await.status, 200);
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_stays_while_receipts_wait() {
    let mut stand = Stand::new();
    stand.open().await;
    // No drive is registered: the receipt waits.
    stand.open_account("100001").await;
    let paid = stand.post("", &payment("pay-1", "100001", "10")).await;
    assert_eq!(paid.status, 202, "{paid:?}");
    stand.close().await;
    stand.setup.receipts.ffd = FfdVersion::V1_05;
    let refused = Desk::open(stand.setup.clone()).err().unwrap().to_string();
    assert!(refused.contains("made by ФФД 1.2"), "{refused}");
    stand.setup.receipts.ffd = FfdVersion::V1_2;
    stand.open().await;
    stand.register().await;
    stand.all_acknowledged().await;
}
