//! Every page that links lead to, in both languages, both themes, on a desk and on a phone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::{
    browser::{Browser, Screen},
    hall::Hall,
    rig::Rig,
};

/// Not pages: files, and the way out.
const NOT_PAGES: [&str; 5] = [".csv", ".zip", ".pdf", ".xlsx", "/v1/"];
/// Pages that no link leads to.
const BESIDE: [&str; 1] = ["/nothing-is-here"];

/// A path with its identifiers left out: pages of one kind have the same.
fn kind_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_name = |part: &str| {
        let has_digit = part.contains(|letter: char| letter.is_ascii_digit());
        has_digit || part.contains('%')
    };
    let parts = path
        .split('/')
        .map(|part| if is_name(part) { "_" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Goes wherever links lead, one page of each kind; what it finds is handed to `look`.
pub(crate) async fn walk(
    browser: &mut Browser,
    mut look: impl AsyncFnMut(&mut Browser, &str),
) -> BTreeSet<String> {
    let mut ahead = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    while let Some(path) = ahead.pop_front() {
        browser.open(&path).await;
        look(browser, &kind_of(&path)).await;
        let links = browser.run(LINKS, &[]).await;
        for link in links
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let is_page = !NOT_PAGES.iter().any(|it| link.contains(it));
            if is_page && seen.insert(kind_of(link)) {
                ahead.push_back(link.to_owned());
            }
        }
    }
    seen
}

const LINKS: &str = "return [...document.querySelectorAll('a[href^=\"/\"]:not([download])')]
    .map((link) => link.getAttribute('href'))";

/// A provider with a history: payments, charges, debts, and a drive that is away.
pub(crate) fn with_history() -> Hall {
    let mut hall = Hall::open(3, 4);
    hall.add("olga", "Ольга Петрова", "admin,chief_accountant,operator");
    hall.add("ivan", "Иван Техников", "technician");
    push(&hall.rig, 1, "650.00");
    push(&hall.rig, 0, "1300.00");
    let charge = r#"{"type":"charge","key":"c1","account":"0","date":"2026-11-30",
        "lines":[{"service":"INET","period":"2026-11","amount":"1900.00"}]}"#;
    accepted(&hall.rig, charge);
    hall.rig.settle();
    hall.rig.drives[2].kill();
    hall
}

fn push(rig: &Rig, account: u32, roubles: &str) {
    let payment = format!(
        r#"{{"type":"payment","key":"p{account}","account":"{account}","date":"2026-11-20",
        "parts":[{{"kind":"cashless","amount":"{roubles}"}}]}}"#
    );
    accepted(rig, &payment);
}

fn accepted(rig: &Rig, body: &str) {
    let (status, answer) = rig.request("POST", "operations", body).unwrap();
    assert!(matches!(status, 201 | 202), "{status} {answer}");
}

/// Walks in this language, on a desk and on a phone, and tells what is wrong with the pages.
async fn assert_fit(language: &'static str) {
    let hall = with_history();
    let desk = Screen {
        language,
        ..Screen::DESK
    };
    let mut browser = hall.logged_in("olga", desk).await;
    browser.expect_status(404);
    let mut wrong = BTreeMap::new();
    let phone = Screen {
        language,
        ..Screen::PHONE
    };
    let mut look = async |browser: &mut Browser, kind: &str| {
        let mut faults = browser.faults().await;
        faults.extend(browser.faults_of_focus().await);
        browser.change_screen(phone).await;
        faults.extend(browser.faults().await);
        browser.change_screen(desk).await;
        if !faults.is_empty() {
            wrong.insert(kind.to_owned(), faults);
        }
    };
    let seen = walk(&mut browser, &mut look).await;
    for path in BESIDE {
        browser.open(path).await;
        look(&mut browser, path).await;
    }
    assert!(seen.len() > 5, "links lead to pages: {seen:?}");
    let wrong = wrong
        .iter()
        .map(|(kind, faults)| format!("{kind}\n  {}", faults.join("\n  ")));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_fit_for_everybody_in_russian() {
    assert_fit("ru").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_fit_for_everybody_in_english() {
    assert_fit("en").await;
}
