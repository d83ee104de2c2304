//! A server in a process of its own: what it spends can be told from what the client spends.

#![allow(dead_code, reason = "every bench uses its own part")]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use desk::{DriveAddress, KeyRing, Store};

use crate::provider::{self, Outcome};

/// The secret of the key that billing has with every server here.
pub(crate) const KEY: &str = "kst_bench";
/// What a server says before its address, as the program does.
pub(crate) const GREETING: &str = "listens on http://";

/// Of `/proc/PID/stat`: USER_HZ, the same on all Linux systems that we know.
const TICKS_PER_SECOND: f64 = 100.0;
/// Where SQLite counts the transactions in its index of the write-ahead log, as a number of four
/// bytes of this machine (`iChange` of the header in `wal.c`).
const COUNT_OF_COMMITS: usize = 8;

/// A server; it is killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    database: PathBuf,
}

impl Process {
    /// Starts a program that says where it listens, and stores in `database`.
    pub(crate) fn start(command: &mut Command, database: PathBuf) -> Outcome<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the program has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        let address = address
            .parse()
            .map_err(|_| format!("the program does not start: {line:?}"))?;
        Ok(Self {
            child,
            address,
            database,
        })
    }

    /// The real program with the journal in `folder`, these drives and the ОФД at `ofd`; billing
    /// has the key [`KEY`].
    pub(crate) fn kassette(
        folder: &Path,
        drives: &[DriveAddress],
        ofd: SocketAddr,
    ) -> Outcome<Self> {
        let scopes = [desk::Scope::Read, desk::Scope::Push];
        let hash = desk::key_hash(KEY);
        let new = desk::NewKey::new("bench", hash, scopes, provider::INN.parse()?);
        KeyRing::open(&Store::in_folder(folder))?.add(&new)?;
        let config = folder.join("kassette.toml");
        fs::write(&config, configuration(folder, drives, ofd))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_kassette"));
        let command = command.arg("serve").arg("--config").arg(&config);
        Self::start(command.stderr(Stdio::null()), folder.join("kassette.db"))
    }

    /// Processor time so far, seconds.
    pub(crate) fn cpu(&self) -> Outcome<f64> {
        cpu(&self.child.id().to_string())
    }

    /// A line of `/proc/PID/status`, MiB.
    pub(crate) fn memory(&self, name: &str) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// How many transactions it has committed to its write-ahead log; each is one fsync. The count
    /// wraps.
    pub(crate) fn commits(&self) -> Outcome<u32> {
        let mut index = self.database.clone().into_os_string();
        index.push("-shm");
        let index = fs::read(index)?;
        let count = index.get(COUNT_OF_COMMITS..).and_then(<[u8]>::first_chunk);
        Ok(u32::from_ne_bytes(*count.ok_or("no write-ahead log")?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing left to do; what it has stored is stored.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of this process so far, seconds.
pub(crate) fn own_cpu() -> Outcome<f64> {
    cpu("self")
}

fn cpu(process: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // After the name in brackets, which may hold anything.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}

fn configuration(folder: &Path, drives: &[DriveAddress], ofd: SocketAddr) -> String {
    let mut text = format!(
        r#"
[http]
listen = "127.0.0.1:0"
[journal]
folder = {folder:?}
[organisation]
inn = "{}"
name = "ООО «Образцовый провайдер»"
sno = [1]
address = "190000, Санкт-Петербург, Образцовая ул., 1"
place = "Центр обслуживания абонентов"
sender_email = "chek@example.ru"
cashier = "Система"
utc_offset = "+03:00"
[[ofd]]
inn = "{}"
name = "ЭМУЛЯТОР ОФД"
address = "{ofd}"
"#,
        provider::INN,
        provider::OFD_INN,
    );
    for address in drives {
        text.push_str(&format!("[[slot]]\naddress = \"{address}\"\n"));
    }
    text
}
