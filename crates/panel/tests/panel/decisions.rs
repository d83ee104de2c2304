//! Somebody decides about receipts that are in doubt or held.

use std::time::Duration;

use desk::{ReceiptState, SlotState};
use emulator::drive::{Fault, FaultKind};
use fn_proto::AnswerCode;

use crate::rack::{OLD, Rack, once_it_says};

/// Forms a receipt: 16h.
const FORM_RECEIPT: u8 = 0x16;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_in_doubt_is_formed_anew_by_who_types_the_drives_number() {
    let mut rack = Rack::new().await;
    let late = FaultKind::Delay(Duration::from_secs(600));
    rack.faults[1].add(Fault::always(late).at(FORM_RECEIPT));
    let receipt = rack.pay("k", 77_700).await;
    rack.slot_2("it is at work", |slot| slot.state == SlotState::Working)
        .await;
    while !rack.holds_receipts(OLD) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rack.pull();
    let browser = rack.stand.logged_in("chief.accountant").await;
    let list = once_it_says(&browser, "/decisions", "Под вопросом").await;
    assert!(list.contains(&format!("/decisions/{receipt}")), "{list}");
    let page = format!("/decisions/{receipt}");
    let told = browser.get(&page).await.text;
    for said in [
        "Вернуть накопитель на место",
        OLD,
        "чек возврата",
        "введите 0002",
    ] {
        assert!(told.contains(said), "it does not say «{said}»: {told}");
    }
    let order = format!("{page}/form-anew");
    let wrong = [("code", "0001"), ("reason", "накопитель утрачен")];
    let refused = browser.post(&order, &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"накопитель утрачен\""));
    let right = [("code", "0002"), ("reason", "накопитель утрачен")];
    assert_eq!(browser.post(&order, &right).await.leads_to(), "/decisions");
    rack.stand
        .desk
        .wait(&[receipt], Duration::from_secs(60))
        .await
        .unwrap();
    let view = rack.stand.desk.receipt(receipt).unwrap().unwrap();
    assert_ne!(view.document.unwrap().drive, OLD);
    let again = browser.post(&order, &right).await;
    assert_eq!(again.status, 422, "the second click changes nothing");
    assert!(
        browser
            .get(&page)
            .await
            .text
            .contains("Решать больше нечего")
    );
    assert_eq!(rack.stand.acts()[0], "formed_anew");
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_receipt_is_tried_again_or_its_operation_cancelled() {
    let rack = Rack::new().await;
    let refuse = FaultKind::Refuse(AnswerCode::BAD_ATTRIBUTE);
    for faults in &rack.faults {
        faults.add(Fault::always(refuse).at(FORM_RECEIPT));
    }
    let first = rack.paid("k1", 10_000).await;
    let second = rack.paid("k2", 20_000).await;
    let browser = rack.stand.logged_in("chief.accountant").await;
    let page = once_it_says(&browser, "/decisions", "Отложены").await;
    assert!(page.contains("200,00"), "{page}");
    let path = format!("/decisions/{first}/cancel");
    browser.get(&format!("/decisions/{first}")).await;
    let done = browser.post(&path, &[("reason", "ошибка биллинга")]).await;
    assert_eq!(done.leads_to(), "/decisions");
    for faults in &rack.faults {
        faults.clear();
    }
    let path = format!("/decisions/{second}/release");
    let done = browser
        .post(&path, &[("reason", "настройки исправлены")])
        .await;
    assert_eq!(done.leads_to(), "/decisions");
    once_it_says(&browser, "/decisions", "Решать нечего").await;
    let state = |id| rack.stand.desk.receipt(id).unwrap().unwrap().state;
    assert_eq!(state(first), ReceiptState::Refused);
    let operator = rack.stand.logged_in("operator").await;
    operator.get("/decisions").await;
    let path = format!("/decisions/{first}/form-anew");
    assert_eq!(operator.post(&path, &[("code", "0002")]).await.status, 403);
    rack.close().await;
}
