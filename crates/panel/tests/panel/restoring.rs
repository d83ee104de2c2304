//! Plans of restoring, from the file to the documents, and one wrong receipt.

use std::time::Duration;

use desk::{Order, Page as ListPage, ReceiptState, ReceiptsOf};
use terms::LocalDate;

use crate::{
    rack::{Rack, once_it_says},
    stand::{Browser, Page},
};

/// What somebody could call a file.
const HOSTILE: &str = "../../<script>alert(1)</script>&quot;.txt";

fn lost_day(rack: &Rack) -> LocalDate {
    let today = rack.stand.desk.clock().local().date();
    today.plus_days(-60).unwrap()
}

/// A bank's registry of one day with one payment of 650 roubles.
fn registry(day: LocalDate, number: &str) -> String {
    let date = format!("{:02}-{:02}-{}", day.day(), day.month(), day.year());
    format!(
        "{date};09-32-33;1;V;{number};100001;ИВАНОВ ИВАН;;1025;650.00;650.00;0,00;5\r\n\
         =1;650.00;650.00;0,00;686333;{date}\r\n"
    )
}

/// Fills in the form of lost payments and sends it.
async fn make(browser: &Browser, rack: &Rack, file: &str) -> (Page, Vec<(String, String)>) {
    let form = browser.get("/restoring/lost").await;
    let key = form.between("name=\"key\" value=\"", "\"").unwrap();
    let day = lost_day(rack).to_string();
    let fields: Vec<(String, String)> = [
        ("key", key),
        ("from", &day),
        ("to", &day),
        ("reason", "lost_source"),
        ("comment", "Реестр <b>не дошёл</b>"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let made = browser
        .post_file("/restoring/lost", &plain(&fields), (HOSTILE, file))
        .await;
    (made, fields)
}

fn plain(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

async fn receipts(rack: &Rack) -> usize {
    let page = ListPage {
        after: None,
        order: Order::Ascending,
        limit: 100,
    };
    let listed = rack.stand.desk.receipts(ReceiptsOf::default(), page).await;
    listed.unwrap().rows.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_made_by_one_person_approved_by_another_and_run() {
    let rack = Rack::new().await;
    let author = rack.stand.logged_in("chief.accountant").await;
    let file = registry(lost_day(&rack), "7001");
    let (made, fields) = make(&author, &rack, &file).await;
    let plan = made.leads_to().to_owned();
    let again = author
        .post_file("/restoring/lost", &plain(&fields), (HOSTILE, &file))
        .await;
    assert_eq!(
        again.leads_to(),
        plan,
        "the second click makes no second plan"
    );

    let shown = author.get(&plan).await;
    let hash = shown.between("<p class=\"mono small\">", "</p>").unwrap();
    let page = &shown.text;
    for said in [
        "ждёт утверждения",
        "потеряно, восстановим",
        "650,00\u{a0}₽",
        "Этот план составили вы",
        "данные об оплатах потерялись",
    ] {
        assert!(page.contains(said), "it does not say «{said}»: {page}");
    }
    assert!(
        !page.contains("<script>alert") && !page.contains("<b>не"),
        "{page}"
    );
    assert!(!page.contains("../.."), "a folder in the name: {page}");
    let rows = author.get(&format!("{plan}/rows?class=missing")).await.text;
    assert!(
        rows.contains("100001") && rows.contains("строка 1"),
        "{rows}"
    );
    let others = author.get(&format!("{plan}/rows?class=exists")).await.text;
    assert!(others.contains("Таких строк нет"), "{others}");

    let approve = format!("{plan}/approve");
    assert!(author.get(&approve).await.text.contains("составили вы"));
    let refused = author.post(&approve, &[("hash", hash)]).await;
    assert_eq!(refused.status, 422);
    assert!(author.get(&plan).await.text.contains("ждёт утверждения"));
    assert_eq!(receipts(&rack).await, 0, "a plan changes nothing");

    let second = rack.stand.logged_in("admin").await;
    let wrong = "0".repeat(64);
    second.get(&approve).await;
    let refused = second.post(&approve, &[("hash", &wrong)]).await;
    assert!(refused.text.contains("План изменился"), "{}", refused.text);
    assert_eq!(
        second.post(&approve, &[("hash", hash)]).await.leads_to(),
        plan
    );
    let run = format!("{plan}/run");
    let order = [("pace", "at-once"), ("limit", "")];
    assert!(second.get(&run).await.text.contains("Растянуть"));
    assert_eq!(second.post(&run, &order).await.leads_to(), plan);
    let done = once_it_says(&second, &plan, "1 из 1 строк").await;
    assert!(done.contains("data-live"), "{done}");
    once_it_says(&second, &plan, ">выполнен<").await;
    assert_eq!(
        second.post(&run, &order).await.status,
        422,
        "the second click"
    );
    assert_eq!(receipts(&rack).await, 1);
    let zip = second.get(&format!("{plan}/report.zip")).await;
    assert_eq!(zip.header("content-type"), "application/zip");
    assert!(zip.text.starts_with("PK"));
    assert_eq!(
        rack.stand.acts()[..3],
        [
            "restoration_report",
            "restoration_run",
            "restoration_approved"
        ]
    );
    rack.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_and_what_is_wrong_with_a_plan_are_told() {
    let rack = Rack::new().await;
    let accountant = rack.stand.logged_in("accountant").await;
    let operator = rack.stand.logged_in("operator").await;
    assert_eq!(operator.get("/restoring").await.status, 200);
    for path in ["/restoring/lost", "/restoring/wrong"] {
        assert_eq!(operator.get(path).await.status, 403, "{path}");
        assert_eq!(accountant.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/restoring/77",
        "/restoring/77/rows",
        "/restoring/77/report.zip",
    ] {
        assert_eq!(accountant.get(path).await.status, 404, "{path}");
    }
    let (wrong, _) = make(&accountant, &rack, "нет такого реестра").await;
    assert_eq!(wrong.status, 422);
    for said in ["Файл не прочитать", "&#60;b&#62;не дошёл"] {
        assert!(
            wrong.text.contains(said),
            "it does not say «{said}»: {}",
            wrong.text
        );
    }
    let form = accountant.get("/restoring/wrong").await;
    let key = form.between("name=\"key\" value=\"", "\"").unwrap();
    let fields = [("key", key), ("what", "vat"), ("vat_to", "22")];
    let all = accountant.post("/restoring/wrong", &fields).await;
    assert!(all.text.contains("Назовите дни"), "{}", all.text);

    let (made, _) = make(&accountant, &rack, &registry(lost_day(&rack), "7001")).await;
    let plan = made.leads_to().to_owned();
    assert_eq!(accountant.get(&format!("{plan}/approve")).await.status, 403);
    let abandon = format!("{plan}/abandon");
    accountant.get(&abandon).await;
    let silent = accountant.post(&abandon, &[("why", "")]).await;
    assert!(silent.text.contains("Напишите почему"), "{}", silent.text);
    accountant
        .post(&abandon, &[("why", "не те дни")])
        .await
        .leads_to();
    assert!(accountant.get(&plan).await.text.contains("отменён"));
    rack.close().await;
}

/// What the papers of a page say: lines, sums, taxes.
fn papers(page: &str) -> Vec<String> {
    let papers = page.split("<article class=\"paper\">").skip(1);
    papers
        .map(|paper| {
            let (_, lines) = paper.split_once("<ol class=\"lines\">").unwrap();
            lines.split_once("</dl>").unwrap().0.to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_receipt_becomes_the_documents_that_were_shown() {
    let rack = Rack::new().await;
    let receipt = rack.paid("k", 65_000).await;
    let browser = rack.stand.logged_in("chief.accountant").await;
    let path = format!("/receipts/{receipt}/fix");
    let link = browser.get(&format!("/receipts/{receipt}")).await.text;
    assert!(link.contains(&path), "{link}");
    let form = browser.get(&path).await.text;
    for said in [
        "Ставка НДС",
        "Не принят ФНС",
        "Возврат напечатан как оплата",
    ] {
        assert!(form.contains(said), "it does not say «{said}»: {form}");
    }
    let nothing = browser.post(&path, &[("comment", "проверка")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text.contains("Выберите одно"), "{}", nothing.text);
    assert!(
        nothing.text.contains("value=\"проверка\""),
        "it keeps what was typed"
    );

    let mut fields = vec![("what", "kind"), ("kind_to", "cash"), ("reason", "")];
    let shown = browser.post(&path, &fields).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let promised = papers(&shown.text);
    assert!(promised.len() > 1, "the wrong one, and what corrects it");
    assert_eq!(receipts(&rack).await, 1, "looking stores nothing");
    let seen = shown
        .between("name=\"seen\" value=\"", "\"")
        .unwrap()
        .to_owned();
    fields.extend([("seen", seen.as_str()), ("step", "confirm")]);
    let confirmed = browser.post(&path, &fields).await;
    let operation = confirmed.leads_to().to_owned();
    let again = browser.post(&path, &fields).await;
    assert_eq!(
        again.leads_to(),
        operation,
        "the second click changes nothing"
    );

    let id = operation.strip_prefix("/operations/").unwrap();
    let view = rack
        .stand
        .desk
        .operation(id.parse().unwrap())
        .unwrap()
        .unwrap();
    let ids: Vec<_> = view.receipts.iter().map(|it| it.id).collect();
    let patience = Duration::from_secs(60);
    rack.stand.desk.wait(&ids, patience).await.unwrap();
    let mut formed = Vec::new();
    for id in ids {
        let state = rack.stand.desk.receipt(id).unwrap().unwrap().state;
        let is_formed = matches!(state, ReceiptState::Fiscalized | ReceiptState::Acknowledged);
        assert!(is_formed, "{state:?}");
        formed.extend(papers(&browser.get(&format!("/receipts/{id}")).await.text));
    }
    assert_eq!(
        formed,
        promised[1..],
        "the documents are those that were shown"
    );
    assert_eq!(rack.stand.acts()[0], "receipt_fixed");
    let basis = rack.stand.desk.basis(view.id).unwrap().unwrap();
    assert_eq!(basis.reason.name(), "wrong_kind");
    assert!(browser.get(&path).await.text.contains("уже исправлен"));
    let operator = rack.stand.logged_in("operator").await;
    assert_eq!(operator.get(&path).await.status, 403);
    rack.close().await;
}
