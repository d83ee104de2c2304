//! The program itself, with a drive that is not there.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// It runs until this is dropped.
pub(crate) struct Program {
    process: Child,
    /// Where it listens, in the order of the configuration.
    pub(crate) addresses: Vec<String>,
    _folder: TempDir,
}

impl Program {
    pub(crate) fn start(table: &str, listeners: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("kassette.toml");
        let journal = folder.path().join("journal");
        let text = format!(
            r#"
            [http]
            listen = "127.0.0.1:0"
            [atol_local]
            {table}
            [journal]
            folder = "{}"
            [organisation]
            inn = "7802781104"
            name = "ООО «Образцовый провайдер»"
            sno = [1]
            address = "190000, Санкт-Петербург, Образцовая ул., 1"
            place = "Центр обслуживания абонентов"
            sender_email = "chek@example.ru"
            cashier = "Система"
            utc_offset = "+03:00"
            [[ofd]]
            inn = "7704211201"
            name = "ЭМУЛЯТОР ОФД"
            address = "127.0.0.1:9"
            [[slot]]
            address = "tcp:127.0.0.1:9"
            "#,
            journal.display()
        );
        fs::write(&config, text).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args(["serve".as_ref(), "--config".as_ref(), config.as_os_str()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let address = |line: io::Result<String>| {
            let line = line.unwrap();
            line.rsplit_once(' ').unwrap().1.to_owned()
        };
        Self {
            addresses: told.lines().take(listeners).map(address).collect(),
            process,
            _folder: folder,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
