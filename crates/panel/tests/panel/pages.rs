//! What all pages have in common.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use desk::{KeyRefusal, Role};
use emulator::drive::{Drive, Durability, Passport, Place, Port, Server, Timing};

use crate::stand::Stand;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_keeps_to_itself() {
    let stand = Stand::with_people().await;
    let browser = stand.browser();
    let inside = stand.logged_in("admin").await;
    let style = browser.get("/login").await;
    let style = style
        .between("rel=\"stylesheet\" href=\"", "\"")
        .unwrap()
        .to_owned();
    for (browser, path, status) in [
        (&browser, "/login", 200),
        (&browser, "/login/code", 200),
        (&browser, "/", 303),
        (&browser, "/setup", 303),
        (&browser, &style, 200),
        (&browser, "/nowhere", 404),
        (&inside, "/", 200),
        (&inside, "/nowhere", 404),
        (&inside, "/cassette/first", 404),
        (&inside, "/imports/x/1", 404),
        (&inside, "/restoring/99999999999999999999", 404),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, status, "{path}");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        let cache = page.header("cache-control");
        assert_eq!(
            cache == "no-store",
            !path.starts_with("/assets/"),
            "{path}: {cache}"
        );
    }
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn language_and_theme_are_chosen_and_kept() {
    let stand = Stand::with_people().await;
    let browser = stand.browser();
    let page = browser.get("/login").await;
    assert!(
        page.text.contains("<html lang=\"ru\" data-theme=\"auto\">"),
        "{}",
        page.text
    );
    let fields = [("language", "en"), ("back", "/login?next=/people")];
    let chosen = browser.post("/preferences/language", &fields).await;
    assert_eq!(chosen.leads_to(), "/login?next=/people");
    browser
        .post(
            "/preferences/theme",
            &[("theme", "dark"), ("back", "//evil.example")],
        )
        .await;
    let page = browser.get("/login").await;
    assert!(
        page.text.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{}",
        page.text
    );
    // Who has logged in takes the language along.
    let inside = stand.logged_in("operator").await;
    inside.get("/").await;
    inside
        .post(
            "/preferences/language",
            &[("language", "en"), ("back", "/")],
        )
        .await;
    let elsewhere = stand.logged_in("operator").await;
    assert!(elsewhere.get("/").await.text.contains("Overview"));
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulated_drive_is_told_on_every_page_and_a_missing_one_on_the_first() {
    let without = Stand::with_people().await;
    let page = without.logged_in("operator").await.get("/").await;
    assert!(page.text.contains("Гнездо 1") && page.text.contains("Накопителя нет"));
    assert!(!page.text.contains("Эмулятор: документы"));
    without.close().await;

    let folder = tempfile::tempdir().unwrap();
    let passport = Passport::new("9999078902000001".parse().unwrap()).unwrap();
    let drive = Drive::open(&folder.path().join("drive"), passport, Durability::Lazy).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::on_tcp(Port::new(drive, Timing::NONE), any).unwrap();
    let address = match server.place() {
        Place::Tcp(address) => format!("tcp:{address}"),
        Place::Pty { .. } => unreachable!("it was put on TCP"),
    };
    let change = |setup: &mut desk::Setup| setup.slots[0].address = address.parse().unwrap();
    let stand = Stand::with(change, false).await;
    stand.add("olga", Role::Operator).await;
    let browser = stand.logged_in("olga").await;
    let end = Instant::now() + Duration::from_secs(60);
    while !browser.get("/").await.text.contains("9999078902000001") {
        assert!(Instant::now() < end, "the drive is never read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for path in ["/", "/profile", "/nowhere"] {
        let page = browser.get(path).await;
        assert!(page.text.contains("Эмулятор: документы"), "{path}");
    }
    assert!(
        stand
            .browser()
            .get("/login")
            .await
            .text
            .contains("Эмулятор: документы")
    );
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_made_here_keeps_to_the_limits_that_were_typed() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("admin").await;
    let keys = "/settings/keys";
    browser.get(keys).await;
    let typed = |from, expires, rate| {
        let name = ("name", "billing");
        [
            name,
            ("scope", "read"),
            ("from", from),
            ("expires", expires),
            ("rate", rate),
        ]
    };
    for (fields, why) in [
        (typed("10.0.0.0/8, дом", "", ""), "не адреса и не сети"),
        (typed("", "01.01.2020", ""), "день после сегодняшнего"),
        (typed("", "", "0"), "число от 1 до"),
    ] {
        let refused = browser.post(keys, &fields).await;
        assert_eq!(refused.status, 422, "{why}");
        assert!(refused.text.contains(why), "{}", refused.text);
        assert!(refused.text.contains("value=\"billing\""), "{why}");
    }
    assert!(stand.desk.keys().await.unwrap().is_empty());

    let right = typed("10.0.0.0/8; 192.0.2.7", "31.12.2099", "5");
    let made = browser.post(keys, &right).await;
    let secret = made.between("class=\"secret mono\">", "<").unwrap();
    let enter = |from: &str| stand.desk.enter(secret, Some(from.parse().unwrap()));
    assert!(enter("10.1.2.3").is_ok() && enter("192.0.2.7").is_ok());
    let refused = enter("192.0.2.8");
    assert!(matches!(refused, Err(KeyRefusal::WrongAddress(_))));
    let mut comes = std::iter::repeat_with(|| enter("10.1.2.3")).take(10_000);
    assert!(comes.any(|it| matches!(it, Err(KeyRefusal::TooManyRequests { .. }))));
    let list = browser.get(keys).await.text;
    for limit in [
        "только из 10.0.0.0/8, 192.0.2.7/32",
        "не чаще 5 в секунду",
        "до 31.12.2099",
    ] {
        assert!(list.contains(limit), "{limit}: {list}");
    }
    stand.close().await;
}
