use std::{net::SocketAddr, time::Duration};

use desk::files::FILE_MAX;
use ipnet::IpNet;

use crate::config::TlsFiles;

/// How the front is set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it listens.
    pub(crate) doors: Vec<Door>,
    /// What it shows at doors with TLS.
    pub(crate) tls: Option<TlsFiles>,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Whether doors without TLS are for this machine and for these proxies only.
    pub(crate) proxies_only: bool,
    /// What a client may take.
    pub(crate) limits: Limits,
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Door {
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
    /// Where.
    pub(crate) address: SocketAddr,
}

impl Door {
    /// As callers write it: `https://192.0.2.1:8511`.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// What a client may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Connections at a time, over all doors.
    pub(crate) connections: usize,
    /// The first line and the headers of a request, bytes.
    pub(crate) header_bytes: usize,
    /// Headers of a request.
    pub(crate) headers: usize,
    /// From the first byte of a request's head to its last; also for the TLS handshake, and for the
    /// first request of a connection.
    pub(crate) header_read: Duration,
    /// The body of a request, bytes.
    pub(crate) body_bytes: usize,
    /// The same where files are taken.
    pub(crate) file_bytes: usize,
    /// From the end of the head to the end of the body; also how long a client may take nothing of
    /// its answer.
    pub(crate) body: Duration,
    /// From the end of the head to the head of the answer.
    pub(crate) request: Duration,
    /// How long a connection is kept without a request.
    pub(crate) keep_alive_idle: Duration,
    /// How long requests under way may take to end when the program stops.
    pub(crate) stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            header_bytes: 32 * 1_024,
            headers: 100,
            header_read: Duration::from_secs(10),
            body_bytes: api::BODY_MAX,
            file_bytes: FILE_MAX,
            body: Duration::from_secs(60),
            request: Duration::from_secs(120),
            keep_alive_idle: Duration::from_secs(75),
            stop: Duration::from_secs(35),
        }
    }
}
