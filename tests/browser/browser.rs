//! Somebody's browser: what people do with pages, and what the browser has to say about them.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::{Element, ElementRef},
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::driver::{Driver, browser};

/// Longer than anything takes that comes at all.
const DEADLINE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(25);

type ParseError = <Url as FromStr>::Err;

/// A screen and its owner's wishes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_dark: bool,
    /// What the browser asks for.
    pub(crate) language: &'static str,
}

impl Screen {
    pub(crate) const DESK: Self = Self {
        width: 1280,
        height: 900,
        is_dark: false,
        language: "ru",
    };
    /// The narrowest that is still sold.
    pub(crate) const PHONE: Self = Self {
        width: 360,
        height: 780,
        ..Self::DESK
    };
}

/// A browser with a session of its own. [`Browser::close`] looks at what it has noted.
pub(crate) struct Browser {
    client: Client,
    base: String,
    screen: Screen,
    /// What the console may say: answers of failure that the test has asked for.
    forgiven: Vec<String>,
    /// Where a picture of a failure goes.
    folder: PathBuf,
    _driver: Driver,
}

impl Browser {
    /// Starts it; nothing is open.
    pub(crate) async fn start(folder: &Path, base: &str, screen: Screen) -> Self {
        let driver = Driver::start(folder);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(capabilities(screen.language))
            .connect(&driver.url())
            .await
            .unwrap();
        let mut browser = Self {
            client,
            base: base.to_owned(),
            screen,
            forgiven: Vec::new(),
            folder: folder.to_owned(),
            _driver: driver,
        };
        browser.change_screen(screen).await;
        browser
    }

    /// Another screen; the page that is open is shown on it.
    pub(crate) async fn change_screen(&mut self, screen: Screen) {
        self.screen = screen;
        let (width, height) = (screen.width, screen.height);
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let scheme = if screen.is_dark { "dark" } else { "light" };
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    pub(crate) const fn screen(&self) -> Screen {
        self.screen
    }

    pub(crate) async fn open(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .unwrap();
    }

    /// Path and query of the page.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.base).to_owned()
    }

    /// The text that can be seen.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText", &[]).await;
        text.as_str().unwrap_or_default().replace('\u{a0}', " ")
    }

    /// Waits until the text is on the page.
    pub(crate) async fn sees(&self, text: &str) {
        self.until(&format!("sees «{text}»"), async || {
            self.text().await.contains(text)
        })
        .await;
    }

    /// Waits until an element is there.
    pub(crate) async fn finds(&self, css: &str) -> Element {
        self.until(&format!("finds {css}"), async || {
            self.client.find(Locator::Css(css)).await.is_ok()
        })
        .await;
        self.client.find(Locator::Css(css)).await.unwrap()
    }

    /// How many there are.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Waits until the page is as wanted.
    pub(crate) async fn until(&self, what: &str, look: impl AsyncFn() -> bool) {
        let end = Instant::now() + DEADLINE;
        while !look().await {
            if Instant::now() > end {
                let picture = self.folder.with_extension("png");
                std::fs::write(&picture, self.picture().await).unwrap();
                panic!(
                    "nobody {what} at {}, see {}:\n{}\n{:?}",
                    self.path().await,
                    picture.display(),
                    self.text().await,
                    self.client.issue_cmd(Log("browser")).await
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Clicks what is called so: a button, a link, a menu, a choice.
    pub(crate) async fn click(&self, name: &str) {
        let what = format!("finds something called «{name}»");
        let find = include_str!("called.js");
        self.until(&what, async || {
            !self.run(find, &[json!(name)]).await.is_null()
        })
        .await;
        let found = self.run(find, &[json!(name)]).await;
        let element: Element = Element::from_element_id(self.client.clone(), reference(&found));
        element.click().await.unwrap();
    }

    /// Types into the field with this label, in place of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let what = format!("finds a field labelled «{label}»");
        let find = include_str!("labelled.js");
        self.until(&what, async || {
            !self.run(find, &[json!(label)]).await.is_null()
        })
        .await;
        let found = self.run(find, &[json!(label)]).await;
        let element = Element::from_element_id(self.client.clone(), reference(&found));
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Chooses the option whose text begins so.
    pub(crate) async fn choose(&self, label: &str, option: &str) {
        let find = include_str!("labelled.js");
        let what = format!("finds a choice «{label}»");
        self.until(&what, async || {
            !self.run(find, &[json!(label)]).await.is_null()
        })
        .await;
        let choose = "const [field, text] = arguments;
            const option = [...field.options].find((it) => it.text.trim().startsWith(text));
            field.value = option.value;
            field.dispatchEvent(new Event('change', { bubbles: true }));";
        let found = self.run(find, &[json!(label)]).await;
        self.run(choose, &[found, json!(option)]).await;
    }

    /// Sends a file with a form: the field is found by its selector.
    pub(crate) async fn attach(&self, css: &str, file: &Path) {
        let field = self.finds(css).await;
        field.send_keys(&file.display().to_string()).await.unwrap();
    }

    /// Sets the day of a field, which browsers let people type in their own ways.
    pub(crate) async fn set_day(&self, css: &str, day: &str) {
        self.finds(css).await;
        let set = "document.querySelector(arguments[0]).value = arguments[1]";
        self.run(set, &[json!(css), json!(day)]).await;
    }

    /// Scripts of pages that are opened from now on do not run.
    pub(crate) async fn without_scripts(&self) {
        let off = json!({"value": true});
        self.devtools("Emulation.setScriptExecutionDisabled", off)
            .await;
    }

    /// Types into the element of this selector; needs no script.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        self.finds(css).await.send_keys(text).await.unwrap();
    }

    /// Clicks the element of this selector; needs no script.
    pub(crate) async fn press_on(&self, css: &str) {
        self.finds(css).await.click().await.unwrap();
    }

    /// Something that the test does on purpose: the console may tell it.
    pub(crate) fn forgive(&mut self, what: &str) {
        self.forgiven.push(what.to_owned());
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: char) {
        let stroke = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.client.perform_actions(stroke).await.unwrap();
    }

    /// What a script finds; the page's own policy does not concern it.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let ran = self.client.execute(script, arguments.to_vec()).await;
        ran.unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    /// The whole page, as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let shot = self.devtools("Page.captureScreenshot", whole).await;
        BASE64_STANDARD
            .decode(shot["data"].as_str().unwrap_or_default())
            .unwrap()
    }

    /// An answer that the test asks for on purpose: the console may tell it.
    pub(crate) fn expect_status(&mut self, status: u16) {
        self.forgiven.push(format!("with a status of {status} "));
    }

    /// Ends it. The console has told no error, and everything came from the server itself.
    pub(crate) async fn close(self) {
        let wrong = self.noted().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.client.clone().close().await.unwrap();
    }

    async fn noted(&self) -> Vec<String> {
        let entries = |log: Value| log.as_array().cloned().unwrap_or_default();
        let console = self.client.issue_cmd(Log("browser")).await.unwrap();
        let is_wrong = |entry: &&Value| {
            let message = entry["message"].as_str().unwrap_or_default();
            let is_forgiven = self.forgiven.iter().any(|it| message.contains(it));
            matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")) && !is_forgiven
        };
        let console = entries(console);
        let mut wrong: Vec<String> = console
            .iter()
            .filter(is_wrong)
            .map(|entry| format!("the console: {}", entry["message"]))
            .collect();
        let traffic = entries(self.client.issue_cmd(Log("performance")).await.unwrap());
        let mut asked = 0;
        for entry in &traffic {
            let note: Value =
                serde_json::from_str(entry["message"].as_str().unwrap_or_default()).unwrap();
            let note = &note["message"];
            if note["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let url = note["params"]["request"]["url"]
                .as_str()
                .unwrap_or_default();
            let is_ours = url.starts_with(&format!("{}/", self.base));
            asked += usize::from(is_ours);
            if !is_ours && !url.starts_with("data:") && !url.starts_with("about:") {
                wrong.push(format!("a request to another host: {url}"));
            }
        }
        if asked == 0 {
            wrong.push("the log of requests has none".to_owned());
        }
        wrong
    }

    async fn devtools(&self, method: &'static str, parameters: Value) -> Value {
        let command = Devtools(method, parameters);
        let answer = self.client.issue_cmd(command).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the browser had a screen of {:?}", self.screen);
        }
    }
}

fn capabilities(language: &str) -> Capabilities {
    let capabilities = json!({
        "goog:chromeOptions": {
            "binary": browser(),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update",
                "--no-first-run", "--hide-scrollbars", format!("--accept-lang={language}"),
            ],
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    let Value::Object(capabilities) = capabilities else {
        unreachable!("it was written as an object")
    };
    capabilities
}

fn reference(found: &Value) -> ElementRef {
    let named = found.as_object().and_then(|object| object.values().next());
    named.and_then(Value::as_str).unwrap().to_owned().into()
}

/// A command of Chromium's own, and what goes with it.
#[derive(Debug)]
struct Devtools(&'static str, Value);

/// What has come into one of the driver's logs since it was last read.
#[derive(Debug)]
struct Log(&'static str);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.0, "params": self.1});
        (Method::POST, Some(body.to_string()))
    }
}

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"type": self.0}).to_string()))
    }
}
