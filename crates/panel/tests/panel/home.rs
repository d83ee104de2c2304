//! The first page says how everything stands.

use emulator::drive::{Fault, FaultKind};
use fn_proto::AnswerCode;

use crate::{
    rack::{OLD, Rack, once_it_says},
    stand::Stand,
};

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_and_the_days_money_is_told() {
    let rack = Rack::new().await;
    let browser = rack.stand.logged_in("operator").await;
    rack.paid("k1", 123_456).await;
    rack.paid("k2", 100).await;
    let page = once_it_says(&browser, "/", "Всё хорошо").await;
    let plain = page.replace('\u{a0}', " ");
    for said in [
        "1 235,56 ₽",
        "2 чека",
        "Очереди нет",
        "Гнездо 2",
        OLD,
        "1 накопитель в работе",
    ] {
        assert!(plain.contains(said), "it does not say «{said}»: {plain}");
    }
    let script = page.split("<script").find(|it| it.contains("live.js"));
    assert!(script.is_some(), "the page keeps itself true");
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_drive_and_a_held_receipt_are_told_with_what_to_do() {
    let mut rack = Rack::new().await;
    let browser = rack.stand.logged_in("operator").await;
    let refuse = FaultKind::Refuse(AnswerCode::BAD_ATTRIBUTE);
    for faults in &rack.faults {
        faults.add(Fault::always(refuse).at(0x16));
    }
    rack.paid("k1", 5_000).await;
    let page = once_it_says(&browser, "/", "1 чек отложен").await;
    assert!(page.contains("Нужна помощь"), "{page}");
    assert!(page.contains("href=\"/decisions\""), "{page}");
    rack.pull();
    let lost = format!("Гнездо 2: накопитель {OLD} пропал");
    let page = once_it_says(&browser, "/", &lost).await;
    assert!(page.contains("href=\"/cassette/2\""), "{page}");
    assert!(page.contains("накопитель вынут"), "{page}");
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_to_whoever_looks() {
    let rack = Rack::new().await;
    let browser = rack.stand.logged_in("operator").await;
    let mut stream = browser.follow("/live").await;
    let first = stream.next().await;
    assert!(first.contains("event: changed"), "{first}");
    rack.paid("k1", 5_000).await;
    let second = stream.next().await;
    assert!(second.contains("event: changed"), "{second}");
    assert_ne!(first, second);
    drop(stream);
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_for_those_who_are_logged_in() {
    let stand = Stand::with_people().await;
    let stranger = stand.browser();
    assert!(stranger.get("/live").await.leads_to().starts_with("/login"));
    stand.close().await;
}
