//! Names of accounts and services that try to be pages, and pages without any script.

use crate::{
    browser::Screen,
    hall::{Hall, PASSWORD},
};

const SCRIPT: &str = r#"<script>document.title='taken'</script>"#;
const IMAGE: &str = r#"<img src=x onerror="document.title='taken'">"'&{{7*7}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_of_services_and_accounts_are_text_on_every_page() {
    let hall = Hall::open(1, 1);
    hall.add("olga", "Ольга Петрова", "admin,chief_accountant,operator");
    let services = serde_json::json!({
        "INET": {"name": SCRIPT, "vat": "22", "sno": 1, "weight": "650"},
        "TV": {"name": IMAGE, "vat": "22", "sno": 1, "weight": "50"}
    });
    let (status, answer) = hall
        .rig
        .request("PUT", "services", &services.to_string())
        .unwrap();
    assert_eq!(status, 200, "{answer}");
    // The most hostile number that an account may have.
    let number = "'><b>1</b>";
    let path = format!("accounts/{}", "%27%3E%3Cb%3E1%3C%2Fb%3E");
    let (status, answer) = hall.rig.request("PUT", &path, "{}").unwrap();
    let is_taken = status == 201;
    assert!(is_taken || status == 422, "{status} {answer}");
    let account = if is_taken { number } else { "0" };
    let payment = serde_json::json!({
        "type": "payment", "key": "<i>k1</i>", "account": account, "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": "100.00"}]
    });
    let (status, answer) = hall
        .rig
        .request("POST", "operations", &payment.to_string())
        .unwrap();
    assert!(matches!(status, 201 | 202), "{status} {answer}");
    hall.rig.settle();
    let mut browser = hall.logged_in("olga", Screen::PHONE).await;
    for path in [
        "/settings/services",
        "/golive",
        "/accounts",
        "/receipts",
        "/operations",
        "/",
    ] {
        browser.open(path).await;
        browser.finds("main h1, main .headline, main table").await;
        let title = browser.run("return document.title", &[]).await;
        assert_ne!(title, "taken", "{path}");
        assert_eq!(
            browser
                .count("main script, main img, main td b, main td i")
                .await,
            0,
            "{path}"
        );
        assert_eq!(browser.faults().await, [""; 0], "{path}");
    }
    browser.open("/settings/services").await;
    browser.sees(SCRIPT).await;
    browser.sees(IMAGE).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts_off_people_log_in_and_send_forms_all_the_same() {
    let hall = Hall::new(1);
    hall.add("anna", "Анна Главбухова", "chief_accountant");
    let browser = hall.browser(Screen::PHONE).await;
    browser.without_scripts().await;
    browser.open("/login").await;
    // A script of ours would have put this there.
    assert_eq!(browser.count(".reveal").await, 0);
    browser.type_into("#login", "anna").await;
    browser.type_into("#password", PASSWORD).await;
    browser.press_on("main form button.primary").await;
    browser.finds("nav.sections").await;
    browser.open("/golive").await;
    browser.press_on("#step-order_signed summary").await;
    browser.type_into("#note-order_signed", "№ 17").await;
    browser.press_on("#step-order_signed form button").await;
    let step = browser.finds("#step-order_signed .badge.good").await;
    assert_eq!(step.text().await.unwrap(), "сделано");
    let said = browser
        .finds("#step-order_signed")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        said.contains("Анна Главбухова") && said.contains("№ 17"),
        "{said}"
    );
    browser
        .press_on("header.top form button[name=language]")
        .await;
    browser.finds("html[lang=en]").await;
    browser.close().await;
}
