//! The day of those who work with the panel.

use serde_json::Value;
use terms::LocalDate;

use crate::{browser::Screen, hall::Hall};

fn paid(hall: &Hall, key: &str, account: u32, roubles: &str) {
    let payment = format!(
        r#"{{"type":"payment","key":"{key}","account":"{account}","date":"2026-11-20",
        "parts":[{{"kind":"cashless","amount":"{roubles}"}}]}}"#
    );
    let (status, answer) = hall.rig.request("POST", "operations", &payment).unwrap();
    assert!(matches!(status, 201 | 202), "{status} {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_billing_appears_on_the_open_page() {
    let hall = Hall::open(2, 2);
    hall.add("oleg", "Олег Операторов", "operator");
    let browser = hall.logged_in("oleg", Screen::PHONE).await;
    browser.sees("Сегодня").await;
    browser.run("window.isTheSamePage = true", &[]).await;
    paid(&hall, "k1", 1, "1234.56");
    browser.sees("1 234,56 ₽").await;
    // A drive is pulled, and the page says so by itself, too.
    let mut hall = hall;
    hall.rig.settle();
    hall.rig.drives[1].kill();
    browser.sees("Связи с накопителем нет").await;
    hall.rig.drives[1].revive();
    browser.sees("Всё хорошо").await;
    assert_eq!(browser.run("return window.isTheSamePage", &[]).await, true);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_given_back_after_its_receipt_was_seen() {
    let hall = Hall::open(1, 2);
    hall.add("anna", "Анна Главбухова", "chief_accountant");
    paid(&hall, "k1", 1, "650.00");
    hall.rig.settle();
    let saldo = || hall.rig.request("GET", "accounts/1", "").unwrap().1["saldo"].clone();
    let before = saldo();
    let mut browser = hall.logged_in("anna", Screen::PHONE).await;
    browser.open("/accounts/1").await;
    browser.click("Вернуть деньги").await;
    browser.fill("Сумма, ₽", "1000").await;
    browser.expect_status(422);
    browser.click("Показать чеки").await;
    browser.finds(".problem, .error").await;
    browser.fill("Сумма, ₽", "100,50").await;
    browser.click("Показать чеки").await;
    browser.sees("Что получится").await;
    browser.sees("100,50").await;
    assert_eq!(browser.faults().await, [""; 0]);
    assert_eq!(saldo(), before, "nothing is done yet");
    browser.click("Подтвердить и оформить").await;
    browser.sees("Принято.").await;
    browser.open("/accounts/1").await;
    browser.sees("549,50").await;
    assert_ne!(saldo(), before);
    hall.rig.settle();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_replaces_a_drive_by_the_page_at_the_rack() {
    let mut hall = Hall::open(2, 1);
    hall.add("ivan", "Иван Техников", "technician");
    let number = hall.rig.drives[1].number.clone();
    let mut browser = hall.logged_in("ivan", Screen::PHONE).await;
    browser.open("/cassette/2").await;
    browser.click("Замен").await;
    browser.fill("Причина", "кончается срок").await;
    browser.click("Начать замену").await;
    browser.finds("dialog[open]").await;
    browser.click("Начать замену").await;
    browser.sees("Выньте старый накопитель").await;
    assert_eq!(browser.faults().await, [""; 0]);
    hall.rig.drives[1].kill();
    browser.sees("Вставьте новый накопитель").await;
    let new = format!("9999{}", number[4..].chars().rev().collect::<String>());
    hall.rig.drives[1].become_another(new.clone());
    browser.sees("Сверьте номер").await;
    browser.sees(&new).await;
    browser.expect_status(422);
    browser
        .fill("Последние 4 цифры номера на корпусе", "12345")
        .await;
    browser.click("Номер верный").await;
    browser.sees("Не совпадает").await;
    browser
        .fill("Последние 4 цифры номера на корпусе", &new[12..])
        .await;
    browser.click("Номер верный").await;
    browser.sees("Замена закончена").await;
    assert_eq!(browser.faults().await, [""; 0]);
    let cassette: Value = hall.rig.request("GET", "cassette", "").unwrap().1;
    assert_eq!(
        cassette["slots"][1]["fn_number"],
        new.as_str(),
        "{cassette}"
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restoration_is_approved_by_a_second_person() {
    let hall = Hall::open(1, 1);
    hall.add("boris", "Борис Бухгалтер", "chief_accountant");
    hall.add("anna", "Анна Главбухова", "chief_accountant");
    let (status, _) = hall.rig.request("PUT", "accounts/100001", "{}").unwrap();
    assert_eq!(status, 201);
    let lost: LocalDate = "2026-09-20".parse().unwrap();
    let date = "20-09-2026";
    let registry = format!(
        "{date};09-32-33;1;V;7001;100001;ИВАНОВ ИВАН;;1025;650.00;650.00;0,00;5\r\n\
         =1;650.00;650.00;0,00;686333;{date}\r\n"
    );
    let file = hall.rig.folder().join("реестр.txt");
    std::fs::write(&file, registry).unwrap();
    let receipts = || {
        let listed = hall.rig.request("GET", "receipts", "").unwrap().1;
        listed["items"].as_array().map_or(0, Vec::len)
    };
    let before = receipts();

    let mut author = hall.logged_in("boris", Screen::DESK).await;
    author.open("/restoring/lost").await;
    author.attach("#file", &file).await;
    author.set_day("#from", &lost.to_string()).await;
    author.set_day("#to", &lost.to_string()).await;
    author.click("Составить план").await;
    author.sees("ждёт утверждения").await;
    author.sees("Этот план составили вы").await;
    assert_eq!(author.faults().await, [""; 0]);
    let plan = author.path().await;
    author.open(&format!("{plan}/approve")).await;
    author.sees("Этот план составили вы").await;
    assert_eq!(
        author.count("main form button").await,
        0,
        "nothing to press"
    );

    let mut second = hall.logged_in("anna", Screen::PHONE).await;
    second.open(&plan).await;
    second.sees("Утвердить должен другой человек").await;
    second.click("Утвердить").await;
    second.sees("Вы подтверждаете").await;
    assert_eq!(second.faults().await, [""; 0]);
    second.click("Утвердить").await;
    second.sees("утверждён").await;
    assert_eq!(receipts(), before, "nothing is formed yet");
    second.open(&format!("{plan}/run")).await;
    second.click("Сразу всё").await;
    second.click("Запустить").await;
    second.sees("1 из 1 строк").await;
    second.sees("выполнен").await;
    assert_eq!(receipts(), before + 1);
    // Who has made the plan sees it without having done anything.
    author.open("/restoring").await;
    author.sees("Анна Главбухова").await;
    author.close().await;
    second.close().await;
}
