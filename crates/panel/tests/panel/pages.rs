//! What all pages have in common.

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
