//! A drive is replaced by the pages alone.

use desk::{SlotState, SwapStep};

use crate::rack::{NEW, OLD, Rack, once_it_says};

const SWAP: &str = "/cassette/2/swap";

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_is_replaced_step_by_step_from_the_order_to_its_first_document() {
    let mut rack = Rack::new().await;
    rack.paid("k1", 10_000).await;
    let browser = rack.stand.logged_in("technician").await;
    let page = browser.get(SWAP).await.text;
    assert!(
        page.contains("Заказать замену") && page.contains(OLD),
        "{page}"
    );
    let unsigned = browser.post(SWAP, &[("reason", " ")]).await;
    assert_eq!(unsigned.status, 422);
    assert!(
        unsigned.text.contains("Напишите причину"),
        "{}",
        unsigned.text
    );
    let ordered = browser.post(SWAP, &[("reason", "кончается срок")]).await;
    assert_eq!(ordered.leads_to(), SWAP);
    let twice = browser.post(SWAP, &[("reason", "кончается срок")]).await;
    assert_eq!(twice.status, 422, "the second click changes nothing");

    let is_at = |step: SwapStep| {
        move |slot: &desk::SlotView| slot.swap.as_ref().is_some_and(|swap| swap.step == step)
    };
    rack.slot_2("the old drive is done with", is_at(SwapStep::PullOut))
        .await;
    let page = browser.get(SWAP).await.text;
    assert!(page.contains("Выньте старый накопитель"), "{page}");
    assert!(page.contains("Сделайте это у стойки"), "{page}");
    let home = browser.get("/").await.text;
    assert!(home.contains("замена накопителя ждёт вас"), "{home}");

    rack.pull();
    once_it_says(&browser, SWAP, "Вставьте новый накопитель.").await;
    rack.plug_in(NEW);
    rack.slot_2("the new drive is seen", is_at(SwapStep::Confirm))
        .await;
    let page = browser.get(SWAP).await.text;
    assert!(
        page.contains("Сверьте номер") && page.contains(NEW),
        "{page}"
    );
    let confirm = "/cassette/2/swap/confirm";
    let wrong = browser.post(confirm, &[("digits", "0002")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("value=\"0002\""),
        "it keeps what was typed"
    );
    let right = browser.post(confirm, &[("digits", "0003")]).await;
    assert_eq!(right.leads_to(), SWAP);
    rack.slot_2("it works", |slot| {
        slot.swap.is_none() && slot.state == SlotState::Ready
    })
    .await;
    let page = once_it_says(&browser, SWAP, "Замена закончена").await;
    assert!(page.contains(NEW), "{page}");
    let receipt = rack.paid("k2", 10_000).await;
    let receipt = rack.stand.desk.receipt(receipt).unwrap().unwrap();
    assert_eq!(receipt.document.unwrap().drive, NEW);
    let acts = rack.stand.acts();
    let orders: Vec<&str> = acts.iter().map(String::as_str).take(2).collect();
    assert_eq!(orders, ["swap_confirmed", "swap_ordered"]);
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_touch_the_rack_orders_nothing_there() {
    let rack = Rack::new().await;
    let browser = rack.stand.logged_in("accountant").await;
    assert_eq!(browser.get("/cassette/2").await.status, 200);
    for path in [
        SWAP,
        "/cassette/2/order/export",
        "/cassette/2/frames",
        "/cassette/clock",
    ] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
    let ordered = browser.post(SWAP, &[("reason", "так")]).await;
    assert_eq!(ordered.status, 403);
    rack.slot_2("it works on", |slot| slot.swap.is_none()).await;
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_about_a_slot_say_what_they_do_and_leave_their_trace() {
    let rack = Rack::new().await;
    rack.paid("k1", 10_000).await;
    let browser = rack.stand.logged_in("technician").await;
    let path = "/cassette/2/order/export";
    assert!(
        browser
            .get(path)
            .await
            .text
            .contains("сохранены в папку архива")
    );
    let ordered = browser.post(path, &[("reason", "проверка")]).await;
    assert_eq!(ordered.leads_to(), "/cassette/2");
    assert_eq!(rack.stand.acts()[0], "drive_exported");
    let adopt = browser
        .post("/cassette/2/order/adopt", &[("reason", "так")])
        .await;
    assert_eq!(adopt.status, 422);
    assert!(adopt.text.contains("принимать нечего"), "{}", adopt.text);
    // Somebody looks at the wire while a receipt is formed.
    browser.get("/cassette/2/frames").await;
    rack.paid("k2", 10_000).await;
    let page = browser.get("/cassette/2/frames").await.text;
    assert!(page.contains("накопитель</strong>"), "{page}");
    let page = browser.get("/cassette/2").await.text;
    for said in [OLD, "KASSETTE0002", "ЭМУЛЯТОР ОФД", "открытие смены"] {
        assert!(page.contains(said), "it does not say «{said}»: {page}");
    }
    rack.close().await;
}
