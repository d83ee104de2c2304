//! Pictures of every page, to be looked at:
//! `KASSETTE_SHOTS=folder cargo test --test browser screenshots -- --ignored`.

use std::{env, fs, path::PathBuf};

use crate::{
    browser::{Browser, Screen},
    pages::{walk, with_history},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes pictures to be looked at"]
async fn screenshots_of_every_page() {
    let folder = env::var_os("KASSETTE_SHOTS").expect("KASSETTE_SHOTS says where they go");
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder).unwrap();
    let hall = with_history();
    for language in ["ru", "en"] {
        let desk = Screen {
            language,
            ..Screen::DESK
        };
        let mut browser = hall.browser(desk).await;
        browser.open("/login").await;
        take(&mut browser, "login", &folder).await;
        crate::hall::log_in(&browser, "olga").await;
        walk(&mut browser, async |browser, kind| {
            let name = kind.trim_matches('/').replace('/', "-");
            let name = if name.is_empty() { "home" } else { &name };
            take(browser, name, &folder).await;
        })
        .await;
        browser.close().await;
    }
}

/// The page that is open, in both themes, on a desk and on a phone.
async fn take(browser: &mut Browser, name: &str, folder: &std::path::Path) {
    let before = browser.screen();
    for (device, screen) in [("desk", Screen::DESK), ("phone", Screen::PHONE)] {
        for (theme, is_dark) in [("light", false), ("dark", true)] {
            let language = before.language;
            browser
                .change_screen(Screen {
                    is_dark,
                    language,
                    ..screen
                })
                .await;
            let path = folder.join(format!("{name}.{language}.{device}.{theme}.png"));
            fs::write(path, browser.picture().await).unwrap();
        }
    }
    browser.change_screen(before).await;
}
