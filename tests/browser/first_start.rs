//! From nothing to the first receipt, as somebody does it who has just installed the program: no
//! configuration, no drive at hand, a real browser.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    browser::{Browser, Screen},
    hall::PASSWORD,
    rig::until,
};

/// The program without a configuration.
struct FirstStart {
    folder: TempDir,
    program: Child,
    base: String,
}

impl FirstStart {
    fn begin() -> Self {
        let folder = TempDir::new().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args([
                "serve",
                "--setup",
                "--setup-listen",
                "127.0.0.1:0",
                "--config",
            ])
            .arg(folder.path().join("kassette.toml"))
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let line = said.next().expect("the program has said nothing").unwrap();
        let (_, base) = line.split_once("listens on ").unwrap();
        let base = base.to_owned();
        // What it says later is read, too, so that it never waits for a reader.
        std::thread::spawn(move || said.for_each(drop));
        Self {
            folder,
            program,
            base,
        }
    }

    /// The code that it has logged.
    fn code(&self) -> String {
        let log: PathBuf = self.folder.path().join("log");
        let mut code = None;
        until("the program has told the code", || {
            let said = fs::read_to_string(&log).unwrap();
            let rest = said.rsplit_once("the code is ").map(|(_, rest)| rest);
            let told = rest.and_then(|rest| rest.split_whitespace().next());
            code = told.map(str::to_owned);
            code.is_some()
        });
        code.unwrap_or_default()
    }
}

impl Drop for FirstStart {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Opens a page once the server is there again and the page says so.
async fn open_when(browser: &Browser, path: &str, text: &str) {
    browser
        .until(&format!("sees «{text}» at {path}"), async || {
            browser.open(path).await;
            browser.text().await.contains(text)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_start_to_the_first_receipt_and_a_key() {
    let program = FirstStart::begin();
    let folder = program.folder.path().join("browser");
    fs::create_dir_all(&folder).unwrap();
    let mut browser = Browser::start(&folder, &program.base, Screen::PHONE).await;
    browser.open("/").await;
    browser.sees("Первый запуск").await;
    browser.fill("Код первого запуска", &program.code()).await;
    browser.fill("Имя и фамилия", "Ольга Петрова").await;
    browser.fill("Логин", "olga").await;
    browser.fill("Пароль", PASSWORD).await;
    browser.fill("Пароль ещё раз", PASSWORD).await;
    browser.click("Создать и войти").await;
    browser.sees("Сначала попробовать").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.click("Попробовать с эмуляторами").await;
    browser.sees("Сервер перезапускается").await;
    // The page comes back by itself; the server may not be there at the first try.
    open_when(&browser, "/start", "Работают эмуляторы").await;

    open_when(&browser, "/start/drives/1", "Придумать номер").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.fill("Заводской номер ККТ", "KASSETTE0001").await;
    browser.click("Придумать номер и зарегистрировать").await;
    browser.sees("Фискальный признак").await;

    browser.open("/settings/services").await;
    browser.click("Добавить").await;
    browser.fill("Код", "internet").await;
    browser.fill("Название в чеке", "Доступ в интернет").await;
    browser.choose("Ставка НДС", "22").await;
    browser.fill("Обычная плата за месяц, ₽", "650,00").await;
    browser.fill("Очередь погашения долга", "1").await;
    browser.click("Сохранить").await;
    browser.sees("Доступ в интернет").await;

    browser.open("/start/receipt").await;
    browser.sees("Доступ в интернет").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.click("Сформировать чек").await;
    browser.sees("Оформлен и подтверждён ОФД").await;

    // What is left to do before the switch is one click away.
    browser.open("/golive").await;
    browser.sees("Переключаться рано").await;
    browser.sees("Эмуляторы или отладочные накопители").await;
    browser.click("Проверить сейчас").await;
    browser.sees("ОФД и вебхуки спрошены").await;
    browser.sees("ОФД отвечает каждому накопителю").await;
    assert_eq!(browser.faults().await, [""; 0]);
    browser.forgive("net::ERR_CONNECTION_REFUSED");
    browser.close().await;
}
