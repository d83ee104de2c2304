//! From nothing to the first receipt: the real program without a configuration, and a browser.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, Method, StatusCode, header, redirect};
use tempfile::TempDir;

const PASSWORD: &str = "четыре разных слова";
/// Longer than anything takes that comes at all.
const DEADLINE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// The program and its only visitor.
struct Stand {
    folder: TempDir,
    program: Option<Child>,
    client: Client,
    base: String,
    cookies: RefCell<BTreeMap<String, String>>,
    csrf: RefCell<String>,
}

struct Page {
    status: StatusCode,
    location: String,
    text: String,
}

impl Stand {
    /// A folder without a configuration.
    fn new() -> Self {
        // The client wants it, also where it speaks no TLS. Fails if another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(redirect::Policy::none());
        Self {
            folder: TempDir::new().unwrap(),
            program: None,
            client: client.build().unwrap(),
            base: String::new(),
            cookies: RefCell::default(),
            csrf: RefCell::default(),
        }
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("kassette.toml")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Starts the program and waits until it listens.
    fn start(&mut self) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args([
                "serve",
                "--setup",
                "--setup-listen",
                "127.0.0.1:0",
                "--config",
            ])
            .arg(self.config())
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(File::create(self.log()).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let line = said.next().expect("the program has said nothing").unwrap();
        let (_, base) = line.split_once("listens on ").unwrap();
        self.base = base.to_owned();
        // What it says later is read, too, so that it never waits for a reader.
        std::thread::spawn(move || said.for_each(drop));
        self.program = Some(program);
    }

    /// Kills it, as a power cut would.
    fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill().unwrap();
            program.wait().unwrap();
        }
    }

    /// The code that it has printed.
    fn code(&self) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let log = fs::read_to_string(self.log()).unwrap();
            let code = log.split_once("the code is ").map(|(_, rest)| rest);
            if let Some(code) = code.and_then(|rest| rest.split_whitespace().next()) {
                return code.to_owned();
            }
            assert!(Instant::now() < end, "no code: {log}");
            std::thread::sleep(LOOK);
        }
    }

    async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None).await.unwrap()
    }

    /// Sends a form of the last page.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.csrf.borrow().clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.send(Method::POST, path, Some(&fields)).await.unwrap()
    }

    /// Looks again and again until a page says something; the server may be starting anew.
    async fn until(&self, path: &str, wanted: &str) -> Page {
        let end = Instant::now() + DEADLINE;
        loop {
            let seen = self.send(Method::GET, path, None).await;
            match seen {
                Ok(page) if page.text.contains(wanted) => return page,
                Ok(page) if Instant::now() >= end => panic!("no «{wanted}»: {}", page.text),
                Err(error) if Instant::now() >= end => panic!("no «{wanted}»: {error}"),
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        form: Option<&[(&str, &str)]>,
    ) -> reqwest::Result<Page> {
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ACCEPT, "text/html");
        if let Some(fields) = form {
            let kind = "application/x-www-form-urlencoded";
            let request_with = request.header(header::CONTENT_TYPE, kind);
            request = request_with.body(encoded(fields));
        }
        let answer = request.send().await?;
        for line in answer.headers().get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(header::LOCATION);
        let location = location.map_or("", |it| it.to_str().unwrap()).to_owned();
        let page = Page {
            status: answer.status(),
            location,
            text: answer.text().await?,
        };
        if let Some(token) = page.between("name=\"csrf\" value=\"", "\"") {
            self.csrf.replace(token.to_owned());
        }
        Ok(page)
    }

    /// Makes the first administrator, who is logged in then.
    async fn come_in(&self) {
        self.get("/setup").await;
        let code = self.code();
        let fields = [
            ("code", code.as_str()),
            ("login", "olga"),
            ("name", "Ольга"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        let made = self.post("/setup", &fields).await;
        assert_eq!(made.location, "/start", "{}", made.text);
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Page {
    fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(before)?;
        Some(rest.split_once(after)?.0)
    }

    /// What is said beside a field.
    fn beside(&self, field: &str) -> &str {
        let hint = format!("id=\"{field}-hint\" class=\"hint\"><strong class=\"error\">");
        self.between(&hint, "<").unwrap_or_default()
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let letters =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", letters(name), letters(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_emulated_drives_it_is_a_few_clicks_to_the_first_receipt_and_a_key() {
    let mut stand = Stand::new();
    stand.start();
    stand.come_in().await;
    let first = stand.get("/start").await;
    assert!(first.text.contains("Попробовать с эмуляторами"));
    assert_eq!(
        stand.get("/settings").await.location,
        "/start",
        "nothing else is open"
    );
    let begun = stand.post("/start/trial", &[]).await;
    assert!(
        begun.text.contains("Сервер перезапускается"),
        "{}",
        begun.text
    );
    // The session goes on, and every page says that nothing has legal force.
    let steps = stand.until("/start", "Работают эмуляторы").await;
    assert!(steps.text.contains("не имеют юридической силы"));

    let drive = stand.until("/start/drives/1", "name=\"compose\"").await;
    assert!(drive.text.contains("9999078902000001"), "{}", drive.text);
    let strange = [("serial", "KASSETTE0001"), ("rnm", "0000000001000000")];
    let strange = stand.post("/start/drives/1", &strange).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        strange.beside("rnm").contains("не подходит к этому ИНН"),
        "{}",
        strange.text
    );
    let registered = [("serial", "KASSETTE0001"), ("compose", "yes")];
    let registered = stand.post("/start/drives/1", &registered).await;
    assert_eq!(
        registered.location, "/start/drives/1",
        "{}",
        registered.text
    );
    let report = stand.get("/start/drives/1").await;
    assert!(
        report.text.contains("Фискальный признак"),
        "{}",
        report.text
    );

    let service = [
        ("code", "internet"),
        ("name", "Интернет"),
        ("system", "1"),
        ("rate", "22"),
        ("weight", "650,00"),
        ("priority", "1"),
    ];
    stand.get("/settings/services/new").await;
    let added = stand.post("/settings/services/new", &service).await;
    assert_eq!(added.location, "/settings/services", "{}", added.text);
    let receipt = stand.get("/start/receipt").await;
    let key = receipt.between("name=\"key\" value=\"", "\"").unwrap();
    let receipt = [("service", "internet"), ("key", key)];
    let made = stand.post("/start/receipt", &receipt).await;
    let again = stand.post("/start/receipt", &receipt).await;
    assert_eq!(made.location, again.location, "pressed twice, made once");
    stand.until(&made.location, "подтверждён ОФД").await;

    stand.get("/settings/keys").await;
    let fields = [("name", "billing"), ("scope", "read")];
    let shown = stand.post("/settings/keys", &fields).await;
    let secret = shown.between("class=\"secret mono\">", "<").unwrap();
    let asked = stand.client.get(format!("{}/v1/cassette", stand.base));
    let answer = asked.bearer_auth(secret).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        !stand.get("/settings/keys").await.text.contains(secret),
        "shown once"
    );

    // Whatever is done is seen, also after a power cut.
    stand.kill();
    stand.start();
    let steps = stand.until("/start", "Всё настроено").await;
    stand.post("/start/trial/end", &[]).await;
    assert!(steps.text.contains("Закончить пробу"));
    stand.until("/start", "Попробовать с эмуляторами").await;
    assert!(!stand.config().exists());
}

/// What is wrong with the organisation in each case, and beside which field it is said.
const WRONG: [(&str, &str, &str); 6] = [
    ("inn", "7802781105", "Контрольная цифра"),
    ("inn", "78027", "10 или 12 цифр"),
    ("name", "", "Заполните"),
    ("email", "chek", "адрес почты"),
    ("slots", "65", "от 1 до 64"),
    ("ofd_address", "ofd.example.ru", "через двоеточие"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_is_checked_written_whole_and_served() {
    let right = BTreeMap::from([
        ("inn", "7802781104"),
        ("name", "ООО \"Связь\""),
        ("system", "1"),
        ("address", "190000, Санкт-Петербург, Образцовая ул., 1"),
        ("place", "Центр обслуживания"),
        ("email", "chek@example.ru"),
        ("cashier", "Система"),
        ("offset", "+05:00"),
        ("ofd", "7704211201"),
        ("ofd_address", "127.0.0.1:9"),
        ("slots", "2"),
        ("ffd", "1.2"),
    ]);
    let mut stand = Stand::new();
    // A power cut amid the writing has left this; it is no configuration.
    fs::write(stand.folder.path().join("kassette.toml.new"), "[htt").unwrap();
    stand.start();
    stand.come_in().await;
    stand.get("/start/organisation").await;
    for (field, typed, why) in WRONG {
        let mut fields = right.clone();
        fields.insert(field, typed);
        let fields: Vec<_> = fields.into_iter().collect();
        let page = stand.post("/start/organisation", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.beside(field).contains(why), "{field}: {}", page.text);
        let kept = "value=\"Центр обслуживания\"";
        assert!(page.text.contains(kept), "what was typed stays");
        assert!(!stand.config().exists(), "nothing is written");
    }
    let fields: Vec<_> = right.into_iter().collect();
    let page = stand.post("/start/organisation", &fields).await;
    assert!(
        page.text.contains("Сервер перезапускается"),
        "{}",
        page.text
    );
    let settings = stand.until("/settings", "chek@example.ru").await;
    for fact in ["7802781104", "UTC+05:00", "kassette.toml"] {
        assert!(settings.text.contains(fact), "{fact}: {}", settings.text);
    }
    assert!(!settings.text.contains("юридической силы"), "no trial");
    assert_eq!(
        only(stand.folder.path()),
        ["journal", "kassette.toml", "log"]
    );
    // Who was a step behind does not write it over.
    let was = fs::read_to_string(stand.config()).unwrap();
    let late = stand.post("/start/organisation", &fields).await;
    assert_eq!(late.location, "/start");
    assert_eq!(fs::read_to_string(stand.config()).unwrap(), was);
}

#[test]
fn a_misspelt_configuration_is_refused_and_nothing_is_set_up() {
    let folder = TempDir::new().unwrap();
    let meant = folder.path().join("kasette.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .args(["serve", "--setup-listen", "127.0.0.1:0", "--config"])
        .arg(&meant)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("kasette.toml") && said.contains("--setup"),
        "{said}"
    );
    assert_eq!(only(folder.path()), [""; 0], "not even a journal");
}

/// The names in a folder.
fn only(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
