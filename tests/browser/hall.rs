//! The program at work, with people who may log in.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    browser::{Browser, Screen},
    rig::{Rig, Variant},
};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "четыре разных слова";

/// Passwords cost little: what is proved here does not depend on it.
const CHEAP: &str = "[panel]\npassword_memory_kib = 1024\npassword_passes = 1\n";

/// One installation, and the browsers that come to it.
pub(crate) struct Hall {
    pub(crate) rig: Rig,
    browsers: AtomicU32,
}

impl Hall {
    /// Drives that are registered, accounts without anything on them, and nobody who may log in.
    pub(crate) fn open(drives: usize, accounts: usize) -> Self {
        Self::of(Rig::start(drives, accounts, variant()))
    }

    /// Drives that nobody has registered.
    pub(crate) fn new(drives: usize) -> Self {
        let rig = Rig::unregistered(drives);
        rig.change_config("[organisation]", &format!("{CHEAP}[organisation]"));
        let mut hall = Self::of(rig);
        hall.rig.start_daemon();
        hall
    }

    const fn of(rig: Rig) -> Self {
        Self {
            rig,
            browsers: AtomicU32::new(0),
        }
    }

    /// Lets somebody log in with [`PASSWORD`].
    pub(crate) fn add(&self, login: &str, name: &str, roles: &str) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args(["user", "add", login, "--name", name, "--role", roles])
            .args(["--password-stdin", "--config"])
            .arg(self.rig.folder().join("kassette.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{PASSWORD}").unwrap();
        drop(input);
        assert!(child.wait().unwrap().success(), "{login} is added");
    }

    /// A browser that has never been here.
    pub(crate) async fn browser(&self, screen: Screen) -> Browser {
        let base = format!("http://{}", self.rig.address());
        Browser::start(&self.folder(), &base, screen).await
    }

    /// The browser of somebody who has logged in.
    pub(crate) async fn logged_in(&self, login: &str, screen: Screen) -> Browser {
        let browser = self.browser(screen).await;
        browser.open("/login").await;
        log_in(&browser, login).await;
        browser
    }

    /// A folder of a browser's own.
    fn folder(&self) -> PathBuf {
        let number = self.browsers.fetch_add(1, Ordering::Relaxed);
        let folder = self.rig.folder().join(format!("browser-{number}"));
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

/// Fills in the page of the door, in the language that it has.
pub(crate) async fn log_in(browser: &Browser, login: &str) {
    let [login_label, password_label, enter] = match browser.screen().language {
        "en" => ["Login", "Password", "Log in"],
        _ => ["Логин", "Пароль", "Войти"],
    };
    browser.fill(login_label, login).await;
    browser.fill(password_label, PASSWORD).await;
    browser.click(enter).await;
    browser.finds("nav.sections").await;
    // Whoever has logged in is spoken to as they have chosen before.
    if browser.screen().language == "en" && browser.count("html[lang=ru]").await == 1 {
        browser.click("EN").await;
        browser.finds("html[lang=en]").await;
    }
}

const fn variant() -> Variant {
    Variant {
        timing: "none",
        fault: None,
        config: CHEAP,
        drive: &[],
        organisation: "",
    }
}
