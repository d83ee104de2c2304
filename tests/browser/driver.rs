//! Chromium's driver as a process of its own.

use std::{
    env,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::rig::{free_address, until};

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// How long browsers may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Its browsers end with it.
pub(crate) struct Driver {
    process: Child,
    address: SocketAddr,
}

impl Driver {
    /// Starts it; browsers keep what they write in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let address = free_address();
        let process = Command::new(installed(&["chromedriver"]))
            .arg(format!("--port={}", address.port()))
            .env("TMPDIR", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("the driver listens", || TcpStream::connect(address).is_ok());
        Self { process, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks it to end its browsers and itself.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = self.address;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Where the browser is.
pub(crate) fn browser() -> PathBuf {
    installed(&BROWSERS)
}

/// The first of these programs that is there.
fn installed(names: &[&str]) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("there is no {}: run tests/install-browser.sh", names[0]))
}
