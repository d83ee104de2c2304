//! Shifts for the books, and what the ОФД has said.

use emulator::ofd::OfdFaults;

use crate::rack::{OLD, Rack, once_it_says};

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_is_listed_reported_and_downloaded() {
    let rack = Rack::new().await;
    rack.paid("k1", 123_456).await;
    let browser = rack.stand.logged_in("accountant").await;
    let list = once_it_says(&browser, "/shifts", "ещё открыта").await;
    let plain = list.replace('\u{a0}', " ");
    assert!(plain.contains("1 234,56 ₽"), "{plain}");
    let report = format!("/shifts/{OLD}/1");
    assert!(list.contains(&report), "{list}");
    let page = browser.get(&report).await.text;
    assert!(page.contains("Оплаты и начисления"), "{page}");
    let table = browser.get("/shifts.csv").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let row = format!("{OLD};1;");
    let row = table.text.lines().find(|line| line.starts_with(&row));
    assert!(
        row.is_some_and(|row| row.ends_with(";0;1;1;1234,56")),
        "{}",
        table.text
    );
    let wrong = browser.get("/shifts?from=2026-02-30").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Нет такого дня"), "{}", wrong.text);
    let later = browser.get("/shifts?from=2200-01-01").await.text;
    assert!(later.contains("Смен за эти дни нет"), "{later}");
    for nowhere in ["/shifts/9999078902000002/77", "/shifts/1/1"] {
        assert_eq!(browser.get(nowhere).await.status, 404, "{nowhere}");
    }
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ofd_says_is_told_with_what_to_do_about_it() {
    let faults = OfdFaults::default().with("code=14").unwrap();
    let rack = Rack::with_ofd(faults.with("messages=04h").unwrap()).await;
    let browser = rack.stand.logged_in("operator").await;
    rack.paid("k1", 10_000).await;
    let page = once_it_says(&browser, "/remarks?kind=refused", "оформите чек коррекции").await;
    for said in [
        "форматно-логический контроль (код 14)",
        "проверьте кабинет ККТ",
        "там ждёт сообщение",
        OLD,
    ] {
        assert!(page.contains(said), "it does not say «{said}»: {page}");
    }
    let home = browser.get("/").await.text;
    assert!(home.contains("ОФД отказал в приёме документов"), "{home}");
    let messages = browser.get("/remarks?kind=messages").await.text;
    assert!(messages.contains("ОФД ничего не сообщал"), "{messages}");
    rack.close().await;
}
