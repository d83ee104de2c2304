//! Accounts, receipts, operations, files of banks and the calculator, as people use them.

use std::collections::BTreeMap;

use desk::{Account, Order, Page as ListPage, PayerKind, ReceiptsOf, Service, VatSchedule};
use terms::{AccountNumber, Kopecks, TaxSystem, VatRate};

use crate::stand::{Browser, Page, Stand};

/// What somebody could try to slip into a page.
const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// A stand with a service and two open accounts.
async fn stand() -> Stand {
    let stand = Stand::with_people().await;
    let service = Service {
        name: format!("Интернет {HOSTILE}"),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority: 1,
        weight: Kopecks::new(50_000).unwrap(),
        p21: true,
        agent: None,
    };
    let services = BTreeMap::from([("INET".parse().unwrap(), service)]);
    stand.desk.put_services(services, None).await.unwrap();
    let account = |number: &str, contact: Option<&str>| Account {
        contact: contact.map(str::to_owned),
        payer_kind: PayerKind::Individual,
        ..Account::new(number.parse().unwrap())
    };
    let accounts = vec![
        account("00042", Some("olga@example.ru")),
        account("№ 7/1-б", None),
    ];
    stand.desk.put_accounts(accounts, None).await.unwrap();
    stand
}

/// Opens a form about an account, asks for its receipts, and says what has come back with the fields
/// that confirm it.
async fn previewed(
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> (Page, Vec<(String, String)>) {
    let form = browser.get(path).await;
    assert_eq!(form.status, 200, "{}", form.text);
    let key = form.between("name=\"key\" value=\"", "\"").unwrap();
    let mut sent = vec![("key", key), ("step", "preview")];
    sent.extend_from_slice(fields);
    let shown = browser.post(path, &sent).await;
    let hidden = hidden_fields(&shown.text);
    (shown, hidden)
}

fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let (_, form) = page.split_once("id=\"preview\"").unwrap_or(("", page));
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .filter_map(|field| {
            let (name, rest) = field.split_once("\" value=\"")?;
            let (value, _) = rest.split_once('"')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .filter(|(name, _)| name != "csrf")
        .collect()
}

async fn confirmed(browser: &Browser, path: &str, hidden: &[(String, String)]) -> Page {
    let mut fields: Vec<(&str, &str)> = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.push(("step", "confirm"));
    browser.post(path, &fields).await
}

/// Takes a payment at the desk; says where that has led.
async fn pay(browser: &Browser, account: &str, amount: &str) -> String {
    let path = format!("/accounts/{account}/payment");
    let fields = [("amount", amount), ("money", "cash")];
    let (_, hidden) = previewed(browser, &path, &fields).await;
    let page = confirmed(browser, &path, &hidden).await;
    page.leads_to().to_owned()
}

async fn receipts(stand: &Stand) -> Vec<desk::ReceiptView> {
    let page = ListPage {
        after: None,
        order: Order::Ascending,
        limit: 100,
    };
    let of = ReceiptsOf::default();
    stand.desk.receipts(of, page).await.unwrap().rows
}

/// The lines of a page's first paper: names, sums and reasons.
fn paper(page: &Page) -> &str {
    page.between("<article class=\"paper\">", "<p class=\"small faint\">")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_makes_the_receipt_that_was_shown_and_only_once() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    pay(&browser, "00042", "1 500,50").await;
    let path = "/accounts/00042/refund";
    let fields = [
        ("what", "advance:INET"),
        ("amount", "500"),
        ("money", "cash"),
    ];
    let (shown, hidden) = previewed(&browser, path, &fields).await;
    assert!(shown.text.contains("Возврат денег"), "{}", shown.text);
    assert!(shown.text.contains("500,00\u{a0}₽"), "{}", shown.text);
    assert_eq!(receipts(&stand).await.len(), 1, "looking stores nothing");

    let operation = confirmed(&browser, path, &hidden).await;
    let operation = operation.leads_to().to_owned();
    let made = browser.get(&operation).await;
    assert_eq!(
        paper(&made),
        paper(&shown),
        "what was shown is what is made"
    );
    // A second click, or a page that is sent again, leads to the same.
    let again = confirmed(&browser, path, &hidden).await;
    assert_eq!(again.leads_to(), operation);
    assert_eq!(receipts(&stand).await.len(), 2);
    let account = browser.get("/accounts/00042").await;
    assert!(
        account.text.contains("1\u{a0}000,50\u{a0}₽"),
        "{}",
        account.text
    );
    assert!(account.text.contains("Возврат аванса"), "it says why");
    let acts = stand.acts();
    assert_eq!(acts.iter().filter(|act| *act == "refund").count(), 1);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_meanwhile_is_shown_again_before_it_is_done() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    pay(&browser, "00042", "300").await;
    let path = "/accounts/00042/refund";
    let fields = [
        ("what", "advance:INET"),
        ("amount", "200"),
        ("money", "cash"),
    ];
    let (_, first) = previewed(&browser, path, &fields).await;
    let (_, second) = previewed(&browser, path, &fields).await;
    confirmed(&browser, path, &first).await.leads_to();
    // Only 100 are left: the rules refuse it, and say so in plain words.
    let refused = confirmed(&browser, path, &second).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("столько аванса на счёте нет"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains("value=\"200\""),
        "what was typed stays"
    );
    assert_eq!(receipts(&stand).await.len(), 2);
    // What the page did not show is not done either.
    let mut forged = first.clone();
    for (name, value) in &mut forged {
        match name.as_str() {
            "key" => *value = "panel-another".to_owned(),
            "amount" => *value = "50".to_owned(),
            _ => {}
        }
    }
    let shown = confirmed(&browser, path, &forged).await;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("что-то изменилось"), "{}", shown.text);
    assert_eq!(receipts(&stand).await.len(), 2);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_order_it_does_not_get_the_form() {
    let stand = stand().await;
    for (login, path, status) in [
        ("accountant", "/accounts/00042", 200),
        ("accountant", "/accounts/00042/refund", 403),
        ("technician", "/accounts/00042/payment", 403),
        ("operator", "/accounts/00042/undo", 403),
        ("technician", "/imports", 403),
        ("operator", "/accounts/00042/nothing", 404),
        ("operator", "/accounts/99999", 404),
    ] {
        let browser = stand.logged_in(login).await;
        let page = browser.get(path).await;
        assert_eq!(page.status, status, "{login} {path}");
    }
    let browser = stand.logged_in("accountant").await;
    browser.get("/accounts/00042").await;
    let sent = browser
        .post("/accounts/00042/contact", &[("contact", "")])
        .await;
    assert_eq!(sent.status, 403);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_stay_text() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    let operation = pay(&browser, "00042", "100").await;
    let receipt = receipts(&stand).await[0].id;
    let account = "/accounts/%E2%84%96%207%2F1-%D0%B1";
    for path in [
        "/accounts/00042",
        "/accounts/00042/refund",
        &operation,
        &format!("/receipts/{receipt}"),
        "/calculator?scenario=payment&amount=5",
        "/receipts?account=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/accounts?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22",
        account,
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            !page.text.contains("<script>alert"),
            "{path}: {}",
            page.text
        );
    }
    let page = browser.get("/accounts/00042").await;
    assert!(
        page.text.contains("Интернет &#60;script&#62;"),
        "{}",
        page.text
    );
    let page = browser.get(account).await;
    assert!(page.text.contains("№ 7/1-б"), "{}", page.text);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_found_by_the_beginning_of_number_or_contact() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    let found = browser.get("/accounts?q=0004").await;
    assert!(
        found.text.contains("href=\"/accounts/00042\""),
        "{}",
        found.text
    );
    assert!(!found.text.contains("7/1-б"));
    let found = browser.get("/accounts?q=olga@").await;
    assert!(
        found.text.contains("href=\"/accounts/00042\""),
        "{}",
        found.text
    );
    let exact = browser.get("/accounts?q=00042").await;
    assert_eq!(exact.leads_to(), "/accounts/00042");
    let part = browser.get("/accounts?q=00042&part=found").await;
    assert_eq!(part.status, 200);
    assert!(!part.text.contains("<html"), "a part of a page");

    browser.get("/accounts/00042").await;
    let wrong = [("contact", "nobody")];
    let wrong = browser.post("/accounts/00042/contact", &wrong).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("value=\"nobody\""),
        "what was typed stays"
    );
    let new = [("contact", "+79161234567")];
    browser
        .post("/accounts/00042/contact", &new)
        .await
        .leads_to();
    let number: AccountNumber = "00042".parse().unwrap();
    let account = stand.desk.account(&number).unwrap().unwrap().account;
    assert_eq!(account.contact.as_deref(), Some("+79161234567"));
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_receipts_stay_in_the_address() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    for amount in ["100", "200"] {
        pay(&browser, "00042", amount).await;
    }
    let page = browser
        .get("/receipts?account=00042&sum=200,00&state=queued")
        .await;
    assert_eq!(
        page.text.matches("data-label=\"Чек\"").count(),
        1,
        "{}",
        page.text
    );
    assert!(page.text.contains("value=\"200,00\""));
    assert!(page.text.contains("<option value=\"queued\" selected>"));
    let csv = page.between("href=\"/receipts.csv", "\"").unwrap();
    let csv = csv.replace("&#38;", "&");
    let table = browser.get(&format!("/receipts.csv{csv}")).await;
    assert_eq!(table.text.lines().count(), 2, "{}", table.text);
    assert!(table.text.contains(",200.00,"), "{}", table.text);
    let wrong = browser.get("/receipts?from=yesterday").await;
    assert_eq!(wrong.status, 200);
    assert!(wrong.text.contains("День пишется так"), "{}", wrong.text);
    assert_eq!(wrong.text.matches("data-label=\"Чек\"").count(), 0);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_cancelled_while_nothing_of_it_is_formed() {
    let stand = stand().await;
    let operator = stand.logged_in("operator").await;
    let operation = pay(&operator, "00042", "100").await;
    let browser = stand.logged_in("chief.accountant").await;
    let path = format!("{operation}/cancel");
    browser.get(&operation).await;
    assert_eq!(browser.post(&path, &[("reason", " ")]).await.status, 422);
    let done = browser.post(&path, &[("reason", "ошибка кассира")]).await;
    let page = browser.get(done.leads_to()).await;
    assert!(
        page.text.contains("chief.accountant. ошибка кассира"),
        "{}",
        page.text
    );
    let state = receipts(&stand).await[0].state;
    assert_eq!(state, desk::ReceiptState::Refused);
    let number: AccountNumber = "00042".parse().unwrap();
    let account = stand.desk.account(&number).unwrap().unwrap();
    assert_eq!(account.saldo, Kopecks::ZERO);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_before_it_is_loaded() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    let page = browser.get("/imports").await;
    let token = page.between("name=\"csrf\" value=\"", "\"").unwrap();
    let table = "Лицевой счет;Дата;Сумма;Номер операции\n00042;05.01.2026;650,00;T-1\n\
                 99999;05.01.2026;10,00;T-2\n";
    let other = "0".repeat(64);
    let forged = browser.send_file("/imports", &other, "a.csv", table).await;
    assert_eq!(forged.status, 403, "a file is a form like others");
    let shown = browser.send_file("/imports", token, "a.csv", table).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.text.contains("650,00\u{a0}₽"), "{}", shown.text);
    assert!(shown.text.contains("плательщик неизвестен"));
    assert!(receipts(&stand).await.is_empty(), "looking stores nothing");

    let upload = shown.between("name=\"upload\" value=\"", "\"").unwrap();
    let stranger = stand.logged_in("accountant").await;
    stranger.get("/imports").await;
    let fields = [("upload", upload), ("step", "load"), ("unmatched", "wait")];
    let refused = stranger.post("/imports/load", &fields).await;
    assert_eq!(refused.status, 422, "it is the file of another session");
    let loaded = browser.post("/imports/load", &fields).await;
    let file = loaded.leads_to().to_owned();
    assert_eq!(receipts(&stand).await.len(), 1);

    let page = browser.get(&file).await;
    assert!(page.text.contains("10,00\u{a0}₽"), "{}", page.text);
    // What the journal keeps in English is told in the person's language.
    let why = "лицевого счёта 99999 нет";
    assert!(page.text.contains(why), "{}", page.text);
    let row = page.between("action=\"/imports/", "\"").unwrap();
    let row = format!("/imports/{row}");
    let nobody = [("account", "99999"), ("reason", "звонил"), ("step", "load")];
    assert_eq!(browser.post(&row, &nobody).await.status, 422);
    let known = [("account", "00042"), ("reason", "звонил"), ("step", "load")];
    browser.post(&row, &known).await.leads_to();
    assert_eq!(receipts(&stand).await.len(), 2);
    // The same file once more leads to what was loaded.
    browser.get("/imports").await;
    let again = browser.send_file("/imports", token, "a.csv", table).await;
    assert_eq!(again.leads_to(), file);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_of_an_unknown_payer_is_identified() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    let page = browser.get("/imports").await;
    let token = page.between("name=\"csrf\" value=\"", "\"").unwrap();
    let today = stand.desk.clock().local().date();
    let day = format!("{:02}.{:02}.{}", today.day(), today.month(), today.year());
    let table = format!("Лицевой счет;Дата;Сумма;Номер операции\n99999;{day};10,00;T-2\n");
    let shown = browser.send_file("/imports", token, "a.csv", &table).await;
    let upload = shown.between("name=\"upload\" value=\"", "\"").unwrap();
    let fields = [("upload", upload), ("step", "load"), ("unmatched", "load")];
    browser.post("/imports/load", &fields).await.leads_to();
    assert!(receipts(&stand).await.is_empty());
    let page = browser.get("/imports").await;
    let key = page.between("name=\"payment\" value=\"", "\"").unwrap();
    let found = browser
        .get(&format!("/identify?payment={key}&account=00042"))
        .await;
    let path = found.leads_to().to_owned();
    let (_, hidden) = previewed(&browser, &path, &[("payment", key)]).await;
    confirmed(&browser, "/accounts/00042/identify", &hidden)
        .await
        .leads_to();
    assert_eq!(receipts(&stand).await.len(), 1);
    let page = browser.get("/imports").await;
    assert!(
        page.text.contains("Неопознанных платежей нет"),
        "{}",
        page.text
    );
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calculator_shows_receipts_and_changes_nothing() {
    let stand = stand().await;
    let browser = stand.logged_in("operator").await;
    for (query, expected) in [
        ("scenario=payment&amount=100", "Оплата"),
        (
            "scenario=payment&amount=100&debt=60&credit=yes",
            "Оплата долга",
        ),
        ("scenario=charge&amount=100", "в долг"),
        ("scenario=charge&amount=100&advance=40", "Списано с аванса"),
        ("scenario=refund_advance&amount=100", "Возврат аванса"),
        ("scenario=refund_service&amount=100", "Возврат за услугу"),
        ("scenario=duplicate&amount=100", "Отмена дубля"),
        ("scenario=chargeback&amount=100", "Отмена платежа"),
        ("scenario=wrong_sum&amount=100&right=70", "Исправление чека"),
        ("scenario=other_account&amount=100", "Исправление чека"),
        ("scenario=recalc&amount=100", "Перерасчёт вниз"),
        ("scenario=writeoff&amount=100", "Чека не будет"),
    ] {
        for account in ["", "&account=00042"] {
            let page = browser.get(&format!("/calculator?{query}{account}")).await;
            assert_eq!(page.status, 200, "{query}");
            let is_invented = account.is_empty();
            let shows = page.text.contains(expected) && !page.text.contains("role=\"alert\"");
            assert!(!is_invented || shows, "{query}: {}", page.text);
        }
    }
    assert!(receipts(&stand).await.is_empty());
    let number: AccountNumber = "00042".parse().unwrap();
    let account = stand.desk.account(&number).unwrap().unwrap();
    assert_eq!(account.saldo, Kopecks::ZERO);
    let page = browser.get("/operations").await;
    assert!(page.text.contains("Ничего не найдено"), "{}", page.text);
    stand.close().await;
}
