//! Coming in and going out.

use desk::Role;
use reqwest::Method;

use crate::stand::{PASSWORD, Stand};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_with_the_code_of_the_start_and_nobody_after() {
    let stand = Stand::new().await;
    let code = stand.desk.new_setup_code().unwrap().unwrap();
    let browser = stand.browser();
    assert_eq!(browser.get("/").await.leads_to(), "/setup");
    assert_eq!(browser.get("/login").await.leads_to(), "/setup");
    browser.get("/setup").await;
    let fields = |code| {
        [
            ("code", code),
            ("login", "olga"),
            ("name", "Ольга"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ]
    };
    let wrong = browser.post("/setup", &fields("AAAA-BBBB-CCCC-DDDD")).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("value=\"Ольга\""),
        "it keeps what was typed"
    );
    assert!(!wrong.text.contains(PASSWORD), "but no password");
    let made = browser.post("/setup", &fields(&code.to_lowercase())).await;
    assert_eq!(made.leads_to(), "/start");
    assert!(browser.get("/").await.text.contains("Ольга"));
    let again = stand.browser();
    assert_eq!(again.get("/setup").await.leads_to(), "/start");
    assert_eq!(stand.desk.new_setup_code().unwrap(), None);
    assert_eq!(stand.acts(), ["login", "person_added"]);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_login_and_password_comes_in_and_is_led_where_they_wanted() {
    let stand = Stand::with_people().await;
    let browser = stand.browser();
    let door = browser.get("/people?after=5").await;
    assert_eq!(door.leads_to(), "/login?next=/people%3Fafter%3D5");
    let page = browser.get("/login?next=/people%3Fafter%3D5").await;
    assert!(
        page.text.contains("value=\"/people?after=5\""),
        "{}",
        page.text
    );
    let fields = [
        ("login", " Admin "),
        ("password", PASSWORD),
        ("next", "/people?after=5"),
    ];
    let inside = browser.post("/login", &fields).await;
    assert_eq!(inside.leads_to(), "/people?after=5");
    let home = browser.get("/").await;
    assert_eq!(home.status, 200);
    assert!(home.text.contains("Имя admin"));
    let out = browser.post("/logout", &[]).await;
    assert_eq!(out.leads_to(), "/login");
    assert!(browser.get("/login").await.text.contains("Вы вышли"));
    assert_eq!(browser.get("/").await.leads_to(), "/login");
    assert_eq!(stand.acts()[..2], ["session_ended", "login"]);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_told_like_unknown_logins_and_after_five_one_has_to_wait() {
    let stand = Stand::with_people().await;
    let mut told = Vec::new();
    for login in ["operator", "nobody"] {
        let browser = stand.browser();
        let page = browser.log_in(login, "wrong password").await;
        assert_eq!(page.status, 422);
        let problem = page.between("role=\"alert\">", "<").unwrap();
        told.push(problem.to_owned());
        assert!(browser.cookie("kassette_session").is_none());
    }
    assert_eq!(told[0], told[1]);
    let browser = stand.browser();
    for _ in 0..4 {
        browser.log_in("operator", "wrong password").await;
    }
    let locked = browser.log_in("operator", PASSWORD).await;
    assert_eq!(locked.status, 422, "also the right one has to wait");
    assert!(
        locked.text.contains("Слишком много попыток"),
        "{}",
        locked.text
    );
    assert_eq!(stand.acts()[0], "locked_out");
    stand.logged_in("accountant").await;
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("admin").await;
    browser.get("/").await;
    for (fields, headers) in [
        (&[][..], &[][..]),
        (&[("csrf", "")], &[]),
        (&[("csrf", "0000")], &[]),
    ] {
        let path = "/logout";
        let page = browser
            .send(Method::POST, path, Some(fields), headers)
            .await;
        assert_eq!(page.status, 403, "{fields:?}");
        assert!(page.text.contains("Страница устарела"));
    }
    let token = browser.get("/").await;
    let token = token.between("name=\"csrf\" value=\"", "\"").unwrap();
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("origin", "https://evil.example")],
    ] {
        let fields = [("csrf", token)];
        let page = browser
            .send(Method::POST, "/logout", Some(&fields), &headers)
            .await;
        assert_eq!(page.status, 403, "{headers:?}");
    }
    // The token of another session is none.
    let other = stand.logged_in("operator").await;
    let fields = [("csrf", token)];
    let page = other
        .send(Method::POST, "/logout", Some(&fields), &[])
        .await;
    assert_eq!(page.status, 403);
    assert_eq!(browser.get("/").await.status, 200, "nobody was logged out");
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_read_by_no_script_and_travel_to_no_other_site() {
    for over_tls in [false, true] {
        let stand = Stand::with(|_| (), over_tls).await;
        stand.add("olga", Role::Operator).await;
        let browser = stand.browser();
        let page = browser.log_in("olga", PASSWORD).await;
        let cookies = page.headers.get_all("set-cookie").iter();
        let session = cookies
            .map(|cookie| cookie.to_str().unwrap())
            .find(|cookie| cookie.starts_with("kassette_session="))
            .unwrap();
        assert!(session.contains("; HttpOnly"), "{session}");
        assert!(session.contains("; SameSite=Strict"), "{session}");
        assert_eq!(session.contains("; Secure"), over_tls, "{session}");
        let token = browser.cookie("kassette_session").unwrap();
        assert_eq!(token.len(), 64);
        stand.close().await;
    }
}
