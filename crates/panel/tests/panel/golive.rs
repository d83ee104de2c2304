//! Going live as people see it.

use desk::Role;

use crate::stand::Stand;

#[tokio::test(flavor = "multi_thread")]
async fn the_chief_accountant_plans_the_day_and_ticks_a_step() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("chief.accountant").await;
    let page = browser.get("/golive").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Переключаться рано"), "{}", page.text);
    assert!(page.text.contains("День ещё не назначен"));
    let wrong = browser
        .post(
            "/golive/plan",
            &[("switch_on", "завтра"), ("receipts_a_month", "0,5")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Напишите день"), "{}", wrong.text);
    assert!(
        wrong.text.contains("value=\"0,5\""),
        "what was typed is kept"
    );
    let planned = browser
        .post(
            "/golive/plan",
            &[("switch_on", "01.12.2030"), ("receipts_a_month", "20 000")],
        )
        .await;
    assert_eq!(planned.leads_to(), "/golive");
    let page = browser.get("/golive").await;
    assert!(
        page.text
            .contains("01.12.2030, назначил Имя chief.accountant"),
        "{}",
        page.text
    );
    assert!(
        page.text.contains("до 01.11.2030"),
        "the contract is due a month before"
    );
    let hostile = "<img src=x onerror=alert(1)>";
    let ticked = browser
        .post(
            "/golive/steps/ofd_contract",
            &[("done", "yes"), ("note", hostile)],
        )
        .await;
    assert_eq!(ticked.leads_to(), "/golive#step-ofd_contract");
    let page = browser.get("/golive").await;
    assert!(
        page.text.contains("Отметил Имя chief.accountant"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<img"));
    let shown = browser
        .post("/golive/steps/drives_ready", &[("done", "yes")])
        .await;
    assert_eq!(shown.status, 422);
    assert!(shown.text.contains("Отметит Kassette"), "{}", shown.text);
    let unknown = browser
        .post("/golive/steps/nothing", &[("done", "yes")])
        .await;
    assert_eq!(unknown.status, 404);
    browser
        .post("/golive/steps/ofd_contract", &[("done", "no")])
        .await;
    let page = browser.get("/golive").await;
    assert!(!page.text.contains("Отметил Имя"), "{}", page.text);
    assert_eq!(
        stand.acts()[..3],
        ["golive_step_reopened", "golive_step_done", "golive_planned"]
    );
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_look_and_only_some_may_change() {
    let stand = Stand::with_people().await;
    for (role, may) in [
        (Role::Operator, false),
        (Role::Accountant, false),
        (Role::ChiefAccountant, true),
        (Role::Technician, true),
        (Role::Admin, true),
    ] {
        let browser = stand.logged_in(&role.name().replace('_', ".")).await;
        let page = browser.get("/golive").await;
        assert_eq!(page.status, 200, "{role:?}");
        assert_eq!(
            page.text.contains("action=\"/golive/check\""),
            may,
            "{role:?}"
        );
        let ticked = browser
            .post("/golive/steps/staff_told", &[("done", "yes")])
            .await;
        assert_eq!(ticked.status, if may { 303 } else { 403 }, "{role:?}");
        let protocol = browser.get("/golive/protocol.xlsx").await;
        assert_eq!(protocol.status, 200, "{role:?}");
    }
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn billings_file_is_compared_on_the_page() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("chief.accountant").await;
    browser.get("/golive").await;
    let table = "account;item\n100500;\n";
    let sent = browser
        .post_file("/golive/check", &[], ("billing.csv", table))
        .await;
    assert_eq!(sent.leads_to(), "/golive#checks");
    let page = browser.get("/golive").await;
    assert!(page.text.contains("100500"), "{}", page.text);
    assert!(page.text.contains("такого счёта нет"), "{}", page.text);
    assert!(
        page.text.contains("ОФД и вебхуки спрошены"),
        "{}",
        page.text
    );
    stand.close().await;
}
