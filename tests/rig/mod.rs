//! The real program with emulated drives and ОФД, each in a process of its own, to be killed.

#![allow(dead_code, reason = "each test uses its own part")]

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Rigs of this process so far.
static RIGS: AtomicU32 = AtomicU32::new(0);

const INN: &str = "7802781104";
const OFD_INN: &str = "7704211201";

/// Everything of one installation.
pub(crate) struct Rig {
    folder: TempDir,
    http: SocketAddr,
    key: String,
    daemon: Option<Child>,
    /// None while it is away.
    ofd: Option<Child>,
    ofd_address: String,
    pub(crate) drives: Vec<Drive>,
}

/// An emulated drive and how to start it again.
pub(crate) struct Drive {
    pub(crate) number: String,
    pub(crate) state: PathBuf,
    arguments: Vec<String>,
    process: Option<Child>,
}

/// How a rig differs from the ordinary one.
#[derive(Clone, Copy, Default)]
pub(crate) struct Variant {
    /// `none` or `real`.
    pub(crate) timing: &'static str,
    /// A fault of all drives.
    pub(crate) fault: Option<&'static str>,
    /// More lines of configuration.
    pub(crate) config: &'static str,
    /// Lines of the table `[organisation]` in the place of `sno = [1]`.
    pub(crate) organisation: &'static str,
    /// How all drives are made.
    pub(crate) drive: &'static [&'static str],
}

impl Rig {
    /// Starts the drives (the first over a pty, the others over TCP) and the ОФД, registers the
    /// drives, and declares a service and `accounts` accounts; the daemon runs then.
    pub(crate) fn start(drives: usize, accounts: usize, variant: Variant) -> Self {
        let mut rig = Self::plugged_in(drives, variant);
        for slot in 1..=rig.drives.len() {
            let (slot, serial) = (slot.to_string(), format!("RIG{slot:04}"));
            let rnm = rig.run(&["drive", "compose-rnm", &slot, "--serial", &serial]);
            rig.run(&[
                "drive",
                "register",
                &slot,
                "--serial",
                &serial,
                "--rnm",
                rnm.trim(),
            ]);
        }
        rig.key = rig.run(&["key", "add", "billing"]).trim().to_owned();
        rig.start_daemon();
        let service = r#"{"INET":{"name":"Доступ в интернет","vat":"22","sno":1,"weight":"650"}}"#;
        assert_eq!(rig.request("PUT", "services", service).unwrap().0, 200);
        for account in 0..accounts {
            let (status, _) = rig
                .request("PUT", &format!("accounts/{account}"), "{}")
                .unwrap();
            assert_eq!(status, 201);
        }
        rig
    }

    /// Drives that nobody has registered, and no daemon.
    pub(crate) fn unregistered(drives: usize) -> Self {
        let variant = Variant {
            timing: "none",
            ..Variant::default()
        };
        Self::plugged_in(drives, variant)
    }

    fn plugged_in(drives: usize, variant: Variant) -> Self {
        // On a disk: the doctor refuses a journal in memory, as /tmp may be.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let ofd_address = free_address().to_string();
        let ofd = start_ofd(folder.path(), &ofd_address);
        // Rigs live at the same time: a drive that another rig takes for its own would get its
        // documents.
        let rig = process::id() * 100 + RIGS.fetch_add(1, Ordering::Relaxed);
        let drives: Vec<Drive> = (0..drives)
            .map(|index| format!("9999{rig:010}{index:02}"))
            .map(|number| Drive::start(folder.path(), number, variant))
            .collect();
        let http = free_address();
        let config = configuration(folder.path(), http, &ofd_address, &drives, variant);
        std::fs::write(folder.path().join("kassette.toml"), config).unwrap();
        Self {
            folder,
            http,
            key: String::new(),
            daemon: None,
            ofd: Some(ofd),
            ofd_address,
            drives,
        }
    }

    pub(crate) fn start_daemon(&mut self) {
        self.start_daemon_in(&[]);
    }

    /// Starts the server with variables of its environment.
    pub(crate) fn start_daemon_in(&mut self, environment: &[(&str, &str)]) {
        let config = self.config().display().to_string();
        let (daemon, _) = start_in(
            environment,
            self.folder.path(),
            "daemon",
            &["serve".to_owned(), "--config".to_owned(), config],
        );
        self.daemon = Some(daemon);
    }

    /// Sends the server a signal, such as `-HUP`.
    pub(crate) fn signal_daemon(&self, name: &str) {
        let pid = self.daemon.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// What the server has logged.
    pub(crate) fn daemon_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("daemon.log")).unwrap()
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.http
    }

    /// Where everything lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// kill -9.
    pub(crate) fn kill_daemon(&mut self) {
        end(&mut self.daemon);
    }

    /// The ОФД is gone.
    pub(crate) fn kill_ofd(&mut self) {
        end(&mut self.ofd);
    }

    /// It is back, with what it has received.
    pub(crate) fn revive_ofd(&mut self) {
        self.ofd = Some(start_ofd(self.folder.path(), &self.ofd_address));
    }

    /// Stops the server's process for a while, as a machine does that swaps.
    pub(crate) fn freeze_daemon(&self, for_how_long: Duration) {
        freeze(self.daemon.as_ref(), for_how_long);
    }

    /// Two drives change places: each is reached where the other one was.
    pub(crate) fn exchange(&mut self, one: usize, other: usize) {
        self.drives[one].kill();
        self.drives[other].kill();
        let port = self.drives[one].port().clone();
        let port = std::mem::replace(self.drives[other].port(), port);
        *self.drives[one].port() = port;
        self.drives[one].revive();
        self.drives[other].revive();
    }

    /// Runs a command of the program against this installation; it must end well.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let (is_well, said) = self.try_run(arguments);
        assert!(is_well, "{arguments:?}: {said}");
        said
    }

    /// Runs a command: whether it ended well, and what it said.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args(arguments)
            .args(["--config".as_ref(), self.config().as_os_str()])
            .output()
            .unwrap();
        let mut said = String::from_utf8(output.stdout).unwrap();
        if !output.status.success() {
            said.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status.success(), said)
    }

    /// What the doctor finds about a part of the machine.
    pub(crate) fn doctor_part(&self, name: &str) -> Vec<Value> {
        let (_, said) = self.try_run(&["doctor", "--json"]);
        // Code 1 adds what is said to people.
        let mut said = serde_json::Deserializer::from_str(&said).into_iter::<Value>();
        let said = said.next().unwrap().unwrap();
        let parts = said["machine"].as_array().unwrap();
        let part = parts.iter().find(|part| part["part"] == name).unwrap();
        part["findings"].as_array().unwrap().clone()
    }

    /// Replaces a text in the configuration file.
    pub(crate) fn change_config(&self, from: &str, to: &str) {
        let config = std::fs::read_to_string(self.config()).unwrap();
        std::fs::write(self.config(), config.replace(from, to)).unwrap();
    }

    /// The documents in a drive's archive.
    pub(crate) fn dump(&self, drive: &Drive) -> Vec<Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_kassette"))
            .args(["emulate", "dump", "--json"])
            .arg(&drive.state)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller {
            http: self.http,
            key: self.key.clone(),
        }
    }

    /// A key of this name with these scopes, separated by commas; the daemon runs.
    pub(crate) fn caller_with(&self, name: &str, scopes: &str) -> Caller {
        let key = self.run(&["key", "add", name, "--scope", scopes]);
        let caller = Caller {
            http: self.http,
            key: key.trim().to_owned(),
        };
        until("the server knows the key", || {
            let asked = caller.request("GET", "services", "");
            asked.is_ok_and(|(status, _)| status != 401)
        });
        caller
    }

    /// Where the server listens, and a key of billing.
    pub(crate) fn address_and_key(&self) -> (String, String) {
        (format!("http://{}", self.http), self.key.clone())
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> io::Result<(u16, Value)> {
        self.caller().request(method, path, body)
    }

    /// Waits until nothing waits for a drive or the ОФД.
    pub(crate) fn settle(&self) {
        let settled = || {
            let Ok((200, cassette)) = self.request("GET", "cassette", "") else {
                return false;
            };
            let slots = cassette["slots"].as_array().unwrap();
            cassette["waiting"] == 0
                && slots
                    .iter()
                    .all(|slot| slot["unacknowledged"] == 0 && slot["state"] == "ready")
        };
        until("everything is formed and acknowledged", settled);
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("kassette.toml")
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let drives = self
            .drives
            .iter_mut()
            .filter_map(|drive| drive.process.as_mut());
        for process in self.daemon.iter_mut().chain(&mut self.ofd).chain(drives) {
            let _ = process.kill();
            let _ = process.wait();
        }
        if thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("daemon.log"));
            let log = log.unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            for line in tail.iter().rev() {
                eprintln!("daemon: {line}");
            }
        }
    }
}

impl Drive {
    fn start(folder: &Path, number: String, variant: Variant) -> Self {
        let state = folder.join(format!("{number}.state"));
        let mut arguments: Vec<String> = ["emulate", "drive", "--lazy", "--number", &number]
            .into_iter()
            .chain(["--timing", variant.timing])
            .chain(variant.drive.iter().copied())
            .map(str::to_owned)
            .collect();
        arguments.extend(["--state".to_owned(), state.display().to_string()]);
        if let Some(fault) = variant.fault {
            arguments.extend(["--fault".to_owned(), fault.to_owned()]);
        }
        if number.ends_with("00") {
            arguments.extend(["--pty".to_owned(), folder.join("fn").display().to_string()]);
        } else {
            arguments.extend(["--tcp".to_owned(), free_address().to_string()]);
        }
        let mut drive = Self {
            number,
            state,
            arguments,
            process: None,
        };
        drive.revive();
        drive
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        end(&mut self.process);
        let port = self.port().clone();
        if port.starts_with('/') {
            // It leads to a pty whose number somebody else may get.
            std::fs::remove_file(port).unwrap();
        }
    }

    /// It answers nothing for a while, then everything at once.
    pub(crate) fn freeze(&self, for_how_long: Duration) {
        freeze(self.process.as_ref(), for_how_long);
    }

    /// Where it is reached; only those over TCP may change it.
    fn port(&mut self) -> &mut String {
        self.arguments.last_mut().unwrap()
    }

    /// Starts it where it was, with what it has stored.
    pub(crate) fn revive(&mut self) {
        let folder = self.state.parent().unwrap();
        self.process = Some(start(folder, &self.number, &self.arguments).0);
    }

    /// Another drive, blank, is plugged in where this one was, which has been killed.
    pub(crate) fn become_another(&mut self, number: String) {
        let state = self.state.with_file_name(format!("{number}.state"));
        let former = [self.number.clone(), self.state.display().to_string()];
        let latter = [number.clone(), state.display().to_string()];
        for argument in &mut self.arguments {
            if let Some(at) = former.iter().position(|it| it == argument) {
                argument.clone_from(&latter[at]);
            }
        }
        (self.number, self.state) = (number, state);
        self.revive();
    }

    fn address(&self) -> String {
        let last = self.arguments.last().unwrap();
        let kind = if last.starts_with('/') { "pty" } else { "tcp" };
        format!("{kind}:{last}")
    }
}

/// Billing: knows where the server is.
#[derive(Clone)]
pub(crate) struct Caller {
    http: SocketAddr,
    key: String,
}

impl Caller {
    /// One request on a connection of its own, to a path of `/v1` or to an absolute one.
    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> io::Result<(u16, Value)> {
        let root = if path.starts_with('/') { "" } else { "/v1/" };
        let mut stream = TcpStream::connect_timeout(&self.http, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(
            stream,
            "{method} {root}{path} HTTP/1.1\r\nHost: kassette\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut short");
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let body = serde_json::from_str(body).map_err(|_| cut())?;
        Ok((status.ok_or_else(cut)?, body))
    }
}

/// Waits for a condition; two minutes are enough for everything here.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert!(Instant::now() < end, "two minutes were not enough: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn end(process: &mut Option<Child>) {
    let mut process = process.take().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
}

fn freeze(process: Option<&Child>, for_how_long: Duration) {
    let pid = process.unwrap().id().to_string();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    };
    signal("-STOP");
    thread::sleep(for_how_long);
    signal("-CONT");
}

fn start_ofd(folder: &Path, address: &str) -> Child {
    let log = folder.join("ofd.jsonl").display().to_string();
    let arguments = [
        "emulate", "ofd", "--listen", address, "--inn", OFD_INN, "--log", &log,
    ];
    start(folder, "ofd", &arguments.map(str::to_owned)).0
}

fn start(folder: &Path, name: &str, arguments: &[String]) -> (Child, String) {
    start_in(&[], folder, name, arguments)
}

/// Starts the program and waits for its first line; the word after «on» is its address.
fn start_in(
    environment: &[(&str, &str)],
    folder: &Path,
    name: &str,
    arguments: &[String],
) -> (Child, String) {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join(format!("{name}.log")));
    let mut child = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .args(arguments)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(log.unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    // Nobody is left alone with a pipe that nobody reads.
    thread::spawn(move || io::copy(&mut said, &mut io::sink()));
    let log = || std::fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
    let address = line
        .rsplit_once(" on ")
        .map(|(_, address)| address.trim().to_owned());
    (
        child,
        address.unwrap_or_else(|| panic!("{arguments:?} said {line:?}; {}", log())),
    )
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn configuration(
    folder: &Path,
    http: SocketAddr,
    ofd: &str,
    drives: &[Drive],
    variant: Variant,
) -> String {
    let organisation = match variant.organisation {
        "" => "sno = [1]",
        other => other,
    };
    let more = variant.config;
    let mut text = format!(
        r#"
[http]
listen = "{http}"
[journal]
folder = {:?}
[organisation]
inn = "{INN}"
name = "ООО «Образцовый провайдер»"
{organisation}
address = "190000, Санкт-Петербург, Образцовая ул., 1"
place = "Центр обслуживания абонентов"
sender_email = "chek@example.ru"
cashier = "Система"
utc_offset = "+03:00"
[[ofd]]
inn = "{OFD_INN}"
name = "ЭМУЛЯТОР ОФД"
address = "{}"
{more}
"#,
        folder.join("journal"),
        ofd.trim_start_matches("tcp:"),
    );
    for drive in drives {
        text.push_str(&format!("[[slot]]\naddress = {:?}\n", drive.address()));
    }
    text
}
