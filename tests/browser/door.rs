//! How people come in: the first start, the door, the language and the theme.

use crate::{
    browser::Screen,
    hall::{Hall, PASSWORD, log_in},
    rig::until,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_in_with_the_code_and_lets_in_an_operator() {
    let hall = Hall::new(1);
    let mut browser = hall.browser(Screen::DESK).await;
    let code = setup_code(&hall);
    browser.open("/").await;
    browser.sees("Первый запуск").await;
    assert_eq!(browser.faults().await, [""; 0]);
    assert_eq!(browser.faults_of_focus().await, [""; 0]);
    browser.fill("Код первого запуска", &code).await;
    browser.fill("Имя и фамилия", "Ольга Петрова").await;
    browser.fill("Логин", "olga").await;
    browser.fill("Пароль", PASSWORD).await;
    browser.fill("Пароль ещё раз", "другие четыре слова").await;
    browser.expect_status(422);
    browser.click("Создать и войти").await;
    browser.sees("Пароли не совпадают").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.fill("Код первого запуска", &code).await;
    browser.fill("Пароль", PASSWORD).await;
    browser.fill("Пароль ещё раз", PASSWORD).await;
    browser.click("Создать и войти").await;
    browser.sees("Обзор").await;
    browser.click("Люди").await;
    browser.sees("Ольга Петрова").await;
    browser.click("Ваша учётная запись").await;
    browser.click("Выйти").await;
    browser.sees("Панель фискального сервера").await;
    browser.open("/people").await;
    browser.sees("Панель фискального сервера").await;
    log_in(&browser, "olga").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn language_and_theme_are_chosen_on_any_page_and_stay() {
    let hall = Hall::new(1);
    hall.add("olga", "Ольга Петрова", "admin");
    let browser = hall.logged_in("olga", Screen::PHONE).await;
    browser.open("/trail").await;
    browser.sees("Журнал действий").await;
    browser.click("EN").await;
    browser.sees("Audit trail").await;
    assert_eq!(browser.path().await, "/trail");
    browser.click("Theme").await;
    browser.click("Dark").await;
    browser.finds("html[data-theme=dark]").await;
    browser.open("/").await;
    browser.finds("html[lang=en][data-theme=dark]").await;
    let ground = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.run(ground, &[]).await, "rgb(16, 21, 23)");
    browser.click("RU").await;
    browser.finds("html[lang=ru][data-theme=dark]").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_like_a_page_is_shown_as_it_was_typed() {
    let hall = Hall::new(1);
    let hostile = r#"<img src=x onerror=alert(1)>"'&{{7*7}}"#;
    hall.add("olga", hostile, "admin");
    let mut browser = hall.logged_in("olga", Screen::PHONE).await;
    for path in ["/people", "/profile", "/trail"] {
        browser.open(path).await;
        browser.sees(hostile).await;
        assert_eq!(browser.count("img").await, 0, "{path}");
        assert_eq!(browser.faults().await, [""; 0], "{path}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dangerous_act_asks_before_it_is_done_and_escape_leaves_it() {
    let hall = Hall::new(1);
    hall.add("olga", "Ольга Петрова", "admin");
    hall.add("ivan", "Иван Техников", "technician");
    let mut browser = hall.logged_in("olga", Screen::DESK).await;
    browser.open("/people").await;
    browser.click("Иван Техников").await;
    browser.click("Закрыть вход").await;
    browser.finds("dialog[open]").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.press('\u{e00c}').await;
    browser
        .until("sees the dialog gone", async || {
            browser.count("dialog").await == 0
        })
        .await;
    assert_eq!(browser.count(".badge.bad").await, 0);
    browser.click("Закрыть вход").await;
    browser.finds("dialog[open]").await;
    browser.click("Закрыть вход").await;
    browser.finds(".badge.bad").await;
    browser.close().await;
}

/// The code of the first start, from what the program has logged.
fn setup_code(hall: &Hall) -> String {
    let mut code = None;
    until("the program has told the code", || {
        let said = hall.rig.daemon_log();
        let rest = said.rsplit_once("the code is ").map(|(_, rest)| rest);
        let told = rest.and_then(|rest| rest.split_whitespace().next());
        code = told.map(str::to_owned);
        code.is_some()
    });
    code.unwrap_or_default()
}
