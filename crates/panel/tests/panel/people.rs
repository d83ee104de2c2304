//! People, their roles and sessions, and the trail.

use std::time::Duration;

use desk::{Actor, PeopleChange, Right, Role};

use crate::stand::{PASSWORD, Stand};

/// Pages and the right that each needs.
const PAGES: [(&str, Right); 4] = [
    ("/", Right::Look),
    ("/people", Right::People),
    ("/people/new", Right::People),
    ("/trail", Right::Trail),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_role_opens_its_pages_and_no_others() {
    let stand = Stand::with_people().await;
    for role in Role::ALL {
        let browser = stand.logged_in(&role.name().replace('_', ".")).await;
        let home = browser.get("/").await;
        for (path, right) in PAGES {
            let page = browser.get(path).await;
            let expected = if right.is_of(role) { 200 } else { 403 };
            assert_eq!(page.status, expected, "{} {path}", role.name());
            let link = format!("<a href=\"{path}\"");
            let is_linked = home.text.contains(&link) || path == "/people/new";
            assert_eq!(
                is_linked,
                expected == 200 || path == "/people/new",
                "{path}"
            );
        }
        if role != Role::Admin {
            let fields = [("name", "X"), ("login", "xx"), ("role", "admin")];
            for path in [
                "/people/new",
                "/people/1",
                "/people/1/password",
                "/people/1/disable",
            ] {
                let page = browser.post(path, &fields).await;
                assert_eq!(page.status, 403, "{} {path}", role.name());
            }
        }
    }
    assert_eq!(stand.desk.people().unwrap().len(), Role::ALL.len());
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_changes_the_password_first() {
    let stand = Stand::with_people().await;
    let admin = stand.logged_in("admin").await;
    admin.get("/people/new").await;
    let wrong = [("name", "Пётр"), ("login", "Пётр")];
    let wrong = admin.post("/people/new", &wrong).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"Пётр\"") && wrong.text.contains("aria-invalid"));
    let fields = [("name", "Пётр"), ("login", "petr"), ("role", "operator")];
    let added = admin.post("/people/new", &fields).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let password = added.between("class=\"secret mono\">", "<").unwrap();
    let petr = stand.browser();
    assert_eq!(petr.log_in("petr", password).await.leads_to(), "/");
    assert_eq!(petr.get("/").await.leads_to(), "/profile/password");
    petr.get("/profile/password").await;
    let other = [
        ("old", "wrong one"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    assert_eq!(petr.post("/profile/password", &other).await.status, 422);
    let right = [
        ("old", password),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let changed = petr.post("/profile/password", &right).await;
    assert_eq!(changed.leads_to(), "/profile");
    assert_eq!(petr.get("/").await.status, 200, "the session goes on");
    stand.logged_in("petr").await;
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_text_wherever_they_are_shown() {
    let stand = Stand::with_people().await;
    let admin = stand.logged_in("admin").await;
    admin.get("/people/new").await;
    let hostile = "<script>alert('1')</script>\"&";
    let fields = [("name", hostile), ("login", "petr"), ("role", "operator")];
    assert_eq!(admin.post("/people/new", &fields).await.status, 200);
    let browser = stand.browser();
    browser
        .log_in("<img src=x onerror=alert(1)>", "\"><script>")
        .await;
    let id = stand.desk.people().unwrap();
    let id = id.iter().find(|person| person.login == "petr").unwrap().id;
    for path in [
        "/people".to_owned(),
        format!("/people/{id}"),
        "/trail".to_owned(),
    ] {
        let page = admin.get(&path).await;
        assert_eq!(page.status, 200);
        let text = page.text.to_lowercase();
        assert!(
            !text.contains("<script>alert") && !text.contains("<img src=x"),
            "{path}"
        );
        assert!(
            text.contains("script&#62;alert") || text.contains("img src=x"),
            "{path}"
        );
    }
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_when_somebody_ends_them_and_when_their_time_is_over() {
    let stand = Stand::with_people().await;
    let admin = stand.logged_in("admin").await;
    let (first, second) = (
        stand.logged_in("operator").await,
        stand.logged_in("operator").await,
    );
    let people = stand.desk.people().unwrap();
    let id = people
        .iter()
        .find(|person| person.login == "operator")
        .unwrap()
        .id;
    let page = admin.get(&format!("/people/{id}")).await;
    assert!(page.text.contains("127.0.0.1"), "{}", page.text);
    let eldest = stand.desk.sessions_of(id).unwrap().pop().unwrap().id;
    let path = format!("/people/{id}/sessions/{eldest}");
    assert_eq!(
        admin.post(&path, &[]).await.leads_to(),
        format!("/people/{id}")
    );
    assert_eq!(first.get("/").await.status, 303);
    assert_eq!(second.get("/").await.status, 200);
    // Nobody ends the sessions of others as their own.
    let others = stand.desk.sessions_of(id).unwrap()[0].id;
    admin
        .post(&format!("/profile/sessions/{others}"), &[])
        .await;
    assert_eq!(second.get("/").await.status, 200);
    admin.get(&format!("/people/{id}")).await;
    admin.post(&format!("/people/{id}/disable"), &[]).await;
    assert_eq!(second.get("/").await.status, 303);
    assert_eq!(
        stand.browser().log_in("operator", PASSWORD).await.status,
        422
    );
    stand.close().await;

    let over = Stand::with(|setup| setup.people.idle = Duration::ZERO, false).await;
    over.add("olga", Role::Operator).await;
    let browser = over.logged_in("olga").await;
    assert_eq!(browser.get("/").await.leads_to(), "/login");
    over.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_one() {
    let stand = Stand::with_people().await;
    let admin = stand.logged_in("admin").await;
    let people = stand.desk.people().unwrap();
    let id = people
        .iter()
        .find(|person| person.login == "admin")
        .unwrap()
        .id;
    let path = format!("/people/{id}");
    admin.get(&path).await;
    let page = admin.post(&format!("{path}/disable"), &[]).await;
    assert_eq!(page.status, 422);
    let page = admin
        .post(&path, &[("name", "Имя"), ("role", "operator")])
        .await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("последний администратор"),
        "{}",
        page.text
    );
    assert_eq!(admin.get("/people").await.status, 200);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_filtered_and_walked() {
    let stand = Stand::with_people().await;
    let by = Actor {
        person: None,
        login: "robot".to_owned(),
        address: None,
    };
    for number in 0..60 {
        stand
            .desk
            .note_act(&by, "counted", number, "")
            .await
            .unwrap();
    }
    let note = PeopleChange::Note {
        act: "noted".to_owned(),
        object: "once".to_owned(),
        detail: String::new(),
    };
    stand.desk.change_people(&by, note).await.unwrap();
    let browser = stand.logged_in("chief.accountant").await;
    let page = browser.get("/trail?act=counted").await;
    assert!(page.text.contains(">59<") && !page.text.contains(">9<"));
    assert!(!page.text.contains("once"));
    let next = page
        .between("href=\"/trail?", "\"")
        .unwrap()
        .replace("&#38;", "&");
    let next = browser.get(&format!("/trail?{next}")).await;
    assert!(
        next.text.contains(">9<") && !next.text.contains(">59<"),
        "{}",
        next.text
    );
    let none = browser.get("/trail?from=2100-01-01").await;
    assert!(none.text.contains("Записей нет"));
    let wrong = browser.get("/trail?from=yesterday").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Нет такого дня"));
    stand.close().await;
}
