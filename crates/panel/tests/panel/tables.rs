//! Lists are taken away as workbooks that hold what their pages show; and the page of the service
//! level.

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};
use desk::{TargetOf, Targets};

use crate::{
    rack::{Rack, once_it_says},
    stand::Browser,
};

/// The sheet of a workbook, and the name of its file.
async fn sheet(browser: &Browser, path: &str) -> (Range<Data>, String) {
    let (headers, bytes) = browser.download(path).await;
    let name = headers["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(headers["x-rows-left-out"], "no", "{path}");
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let first = book.sheet_names()[0].clone();
    (book.worksheet_range(&first).unwrap(), name)
}

/// A page with its spaces as people type them.
async fn plain(browser: &Browser, path: &str) -> String {
    browser.get(path).await.text.replace('\u{a0}', " ")
}

/// The cells of a row as texts; spaces as people type them.
fn row(sheet: &Range<Data>, number: usize) -> Vec<String> {
    let cells = sheet.rows().nth(number).unwrap().iter();
    cells
        .map(|cell| cell.to_string().replace('\u{a0}', " "))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_list_is_a_workbook_with_what_its_page_shows() {
    let rack = Rack::new().await;
    for (key, kopecks) in [("k1", 123_456), ("k2", 700)] {
        rack.paid(key, kopecks).await;
    }
    let browser = rack.stand.logged_in("admin").await;
    for sum in ["7,00", "1234,56"] {
        let path = format!("/receipts?state=acknowledged&sum={sum}");
        once_it_says(&browser, &path, "data-label=\"Чек\"").await;
    }

    // All receipts, and those that a filter leaves.
    let page = plain(&browser, "/receipts").await;
    let (all, name) = sheet(&browser, "/receipts.xlsx").await;
    assert_eq!(name, "attachment; filename=\"receipts.xlsx\"");
    assert_eq!(all.height(), 3);
    for number in 1..=2 {
        let cells = row(&all, number);
        // What it is, when it was accepted, its state, drive's document.
        for place in [0, 2, 4, 7] {
            assert!(page.contains(&cells[place]), "{}: {page}", cells[place]);
        }
    }
    let (one, _) = sheet(&browser, "/receipts.xlsx?sum=1234,56").await;
    assert_eq!(one.height(), 2);
    let total = one.rows().next().unwrap().iter();
    let total = total
        .map(ToString::to_string)
        .position(|name| name == "Сумма");
    assert_eq!(one.get((1, total.unwrap())), Some(&Data::Float(1_234.56)));

    let page = plain(&browser, "/operations").await;
    let (operations, _) = sheet(&browser, "/operations.xlsx?kind=payment").await;
    assert_eq!(operations.height(), 3);
    assert!(page.contains(&row(&operations, 1)[1]), "{page}");
    assert_eq!(row(&operations, 2)[8], "k1");
    let (none, _) = sheet(&browser, "/operations.xlsx?kind=charge").await;
    assert_eq!(none.height(), 1, "the heading alone");

    let (shifts, _) = sheet(&browser, "/shifts.xlsx").await;
    let cells = row(&shifts, 1);
    assert_eq!(cells[7], "1241.56", "{cells:?}");
    assert!(plain(&browser, "/shifts").await.contains("1 241,56 ₽"));

    let page = plain(&browser, "/trail").await;
    let (trail, _) = sheet(&browser, "/trail.xlsx?act=login").await;
    let cells = row(&trail, 1);
    assert_eq!((&*cells[1], &*cells[2]), ("admin", "вход"));
    assert!(page.contains(&cells[0]), "{cells:?}: {page}");
    let text = browser.get("/trail.csv?act=login").await.text;
    assert_eq!(text.lines().count(), trail.height(), "{text}");
    // Who may not see the trail may not take it away.
    let technician = rack.stand.logged_in("operator").await;
    assert_eq!(technician.get("/trail.xlsx").await.status, 403);
    assert_eq!(
        technician.get("/receipts.xlsx?from=never").await.status,
        400
    );
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_taken_away_by_what_was_sought() {
    let rack = Rack::new().await;
    for number in ["00041", "00042", "77"] {
        let account = desk::Account::new(number.parse().unwrap());
        let opened = rack.stand.desk.put_accounts(vec![account], None).await;
        assert_eq!(opened.unwrap(), [true]);
    }
    let browser = rack.stand.logged_in("operator").await;
    let page = browser.get("/accounts?q=0004").await;
    let link = page.between("href=\"/accounts.xlsx", "\"").unwrap();
    assert_eq!(link, "?q=0004");
    let (found, _) = sheet(&browser, &format!("/accounts.xlsx{link}")).await;
    let numbers: Vec<String> = (1..found.height())
        .map(|it| row(&found, it)[0].clone())
        .collect();
    assert_eq!(numbers, ["00041", "00042"], "numbers keep their zeros");
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_level_says_what_was_promised_and_why_it_was_missed() {
    let rack = Rack::new().await;
    let targets = [(TargetOf::Fiscalized, 0), (TargetOf::Availability, 1)];
    rack.stand.desk.promise(Targets(targets.into()));
    rack.paid("k1", 10_000).await;
    let browser = rack.stand.logged_in("accountant").await;
    let page = once_it_says(&browser, "/service-level", "Не выполнено 1 обязательство").await;
    for said in [
        "95 из 100 оплат оформлены за",
        "Оформлять было можно",
        "чеков 1",
        "Когда оформлять было нельзя",
        "<rect class=\"one\"",
    ] {
        assert!(page.contains(said), "it does not say «{said}»: {page}");
    }
    let path = browser.get("/service-level").await;
    let report = path.between("href=\"/service-level.xlsx", "\"").unwrap();
    let (headers, bytes) = browser
        .download(&format!("/service-level.xlsx{report}"))
        .await;
    assert!(
        headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("service-level-20")
    );
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let promises = book.worksheet_range("Обязательства").unwrap();
    assert_eq!(row(&promises, 1)[3], "не выполнено");
    let before = browser.get("/service-level?month=2001-02").await.text;
    assert!(before.contains("Оплат в этом месяце не было"), "{before}");
    let wrong = browser.get("/service-level?month=never").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Месяц пишется так"), "{}", wrong.text);
    rack.close().await;
}
