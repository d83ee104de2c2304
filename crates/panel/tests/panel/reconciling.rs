//! Files dropped, compared, and what does not match.

use crate::{
    rack::once_it_says,
    stand::{Browser, Page, Stand},
};

/// What somebody could call a file.
const HOSTILE: &str = "<script>alert(1)</script>&quot;.csv";

async fn compare(browser: &Browser, stand: &Stand, file: (&str, &str)) -> Page {
    browser.get("/reconciling").await;
    let day = stand.desk.clock().local().date().to_string();
    browser
        .post_file("/reconciling", &[("from", &day), ("to", &day)], file)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accountant_drops_files_and_sees_each_row_that_does_not_match() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("accountant").await;
    let home = browser.get("/").await;
    assert!(
        home.text.contains("href=\"/reconciling\""),
        "it is in the navigation"
    );
    assert!(
        browser
            .get("/reconciling")
            .await
            .text
            .contains("Сверок ещё не было")
    );

    let day = stand.desk.clock().local().date();
    let bank = format!("account;date;amount;number\n<b>7</b>;{day};650,00;B-77\n");
    let sent = compare(&browser, &stand, (HOSTILE, &bank)).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let path = sent.leads_to().to_owned();
    let page = once_it_says(&browser, &path, "есть расхождения").await;
    for told in [
        "файлы банков",
        "650,00\u{a0}₽",
        "только слева",
        "B-77",
        "&#60;b&#62;7&#60;/b&#62;",
        "банк",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(
        !page.contains("<script>alert"),
        "what others call files is text"
    );
    let restore = format!("/restoring/lost?from={day}&#38;to={day}");
    assert!(page.contains(&restore), "{page}");
    let form = browser.get(&restore.replace("&#38;", "&")).await;
    assert!(
        form.text.contains(&format!("value=\"{day}\"")),
        "the days are there"
    );

    let filtered = browser.get(&format!("{path}?kind=sum")).await;
    assert!(
        filtered.text.contains("Таких строк нет"),
        "{}",
        filtered.text
    );
    let table = browser.get(&format!("{path}/table.csv")).await;
    assert!(table.text.contains("B-77"), "{}", table.text);
    let xlsx = browser.get(&format!("{path}/table.xlsx")).await;
    assert!(
        xlsx.header("content-disposition")
            .contains("reconciliation-1.xlsx")
    );
    assert!(
        browser
            .get("/reconciling")
            .await
            .text
            .contains("Не сошлось: 1 из")
    );
    let acts = stand.acts();
    assert!(
        acts.iter().any(|act| act == "reconciliation_made"),
        "{acts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_told_with_its_line_and_nothing_is_compared() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("chief.accountant").await;
    let bad = "record;date;account;amount\ncharge;2026-02-30;1;1,00\n";
    let page = compare(&browser, &stand, ("b.csv", bad)).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("line 2, date"), "{}", page.text);
    assert!(page.text.contains("Сверок ещё не было"));
    assert_eq!(browser.get("/reconciling/1").await.status, 404);
    for login in ["operator", "technician"] {
        let other = stand.logged_in(login).await;
        assert_eq!(other.get("/reconciling").await.status, 403, "{login}");
        assert!(!other.get("/").await.text.contains("href=\"/reconciling\""));
    }
}
