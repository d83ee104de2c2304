//! `[http]`: where the program listens, what it shows, and how much it lets a client take.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use desk::{DeskError, files::FILE_MAX};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::front::{Door, Limits, Settings};

/// `[http]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Where callers connect, one or several.
    #[serde(deserialize_with = "one_or_several")]
    pub(crate) listen: Vec<Listen>,
    /// What is shown to callers of `https`.
    pub(crate) tls: Option<TlsFiles>,
    /// Who may call without TLS.
    #[serde(deserialize_with = "super::parsed")]
    pub(crate) plain_http: PlainHttp,
    /// Whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "networks")]
    pub(crate) trusted_proxies: Vec<IpNet>,
    max_connections: usize,
    header_bytes: usize,
    headers_max: usize,
    header_read_timeout_s: u64,
    body_bytes: usize,
    file_bytes: usize,
    body_timeout_s: u64,
    request_timeout_s: u64,
    keep_alive_idle_s: u64,
    stop_timeout_s: u64,
    /// How many may follow the events at a time.
    pub(crate) streams: u16,
    /// Whether `/ready` also asks for a slot that forms documents.
    pub(crate) ready_needs_slot: bool,
}

/// The files of the certificate, PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsFiles {
    /// The server's certificate and those that lead to its authority, in this order.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
}

/// An address to listen on: `127.0.0.1:8510`, or with its scheme `https://0.0.0.0:8511`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Listen {
    /// Whether it speaks TLS; by default it does if there is a certificate.
    scheme: Option<Scheme>,
    address: SocketAddr,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scheme {
    Http,
    Https,
}

/// Who may call without TLS from other machines. Keys then travel as everybody on the way can read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum PlainHttp {
    /// Nobody.
    #[default]
    LoopbackOnly,
    /// The trusted proxies, which speak TLS with the callers.
    BehindProxy,
    /// Anybody.
    Unprotected,
}

impl PlainHttp {
    const ALL: [(Self, &'static str); 3] = [
        (Self::LoopbackOnly, "loopback only"),
        (Self::BehindProxy, "behind a reverse proxy"),
        (Self::Unprotected, "I accept that keys travel unprotected"),
    ];
}

impl fmt::Display for PlainHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::ALL.iter().find(|(it, _)| it == self);
        f.write_str(words.map_or("", |(_, words)| words))
    }
}

impl FromStr for PlainHttp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, words)| *words == text);
        let choice = Self::ALL.map(|(_, words)| format!("«{words}»")).join(", ");
        found
            .map(|(it, _)| *it)
            .ok_or_else(|| format!("«{text}»: write one of {choice}"))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, address) = match text.split_once("://") {
            None => (None, text),
            Some(("http", address)) => (Some(Scheme::Http), address),
            Some(("https", address)) => (Some(Scheme::Https), address),
            Some((other, _)) => return Err(format!("«{other}://»: write http:// or https://")),
        };
        match address.parse() {
            Ok(address) => Ok(Self { scheme, address }),
            Err(_) => Err(format!(
                "«{address}» is no address and port, such as 127.0.0.1:8510 or [::1]:8510"
            )),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            listen: vec![Listen {
                scheme: None,
                address: SocketAddr::from(([127, 0, 0, 1], 8510)),
            }],
            tls: None,
            plain_http: PlainHttp::default(),
            trusted_proxies: Vec::new(),
            max_connections: limits.connections,
            header_bytes: limits.header_bytes,
            headers_max: limits.headers,
            header_read_timeout_s: limits.header_read.as_secs(),
            body_bytes: limits.body_bytes,
            file_bytes: limits.file_bytes,
            body_timeout_s: limits.body.as_secs(),
            request_timeout_s: limits.request.as_secs(),
            keep_alive_idle_s: limits.keep_alive_idle.as_secs(),
            stop_timeout_s: limits.stop.as_secs(),
            streams: 64,
            ready_needs_slot: false,
        }
    }
}

impl Http {
    /// Listens at one address without a certificate, to whoever is there: for trying things out.
    pub(crate) fn for_trial(address: SocketAddr) -> Self {
        let scheme = Some(Scheme::Http);
        Self {
            listen: vec![Listen { scheme, address }],
            plain_http: match address.ip().is_loopback() {
                true => PlainHttp::LoopbackOnly,
                false => PlainHttp::Unprotected,
            },
            ..Self::default()
        }
    }

    /// What the front has to know.
    ///
    /// # Errors
    /// When values cannot be, do not fit one another, or would let keys travel unprotected.
    pub(crate) fn settings(&self) -> Result<Settings, DeskError> {
        let doors = self.doors()?;
        let limits = self.limits()?;
        for door in &doors {
            self.check_plain(door)?;
        }
        Ok(Settings {
            doors,
            tls: self.tls.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            proxies_only: self.plain_http == PlainHttp::BehindProxy,
            limits,
        })
    }

    /// The same for one address alone, without TLS.
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub(crate) fn settings_at(&self, address: SocketAddr) -> Result<Settings, DeskError> {
        let scheme = Some(Scheme::Http);
        let alone = Self {
            listen: vec![Listen { scheme, address }],
            ..self.clone()
        };
        alone.settings()
    }

    /// Where a program on this machine reaches the server best: without TLS if that is offered.
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub(crate) fn nearest(&self) -> Result<Door, DeskError> {
        let doors = self.doors()?;
        let on_loopback = |door: &&Door| !door.tls && is_near(door.address.ip());
        let nearest = doors.iter().find(on_loopback).or(doors.first());
        let mut door = nearest
            .copied()
            .ok_or_else(|| wrong("listen names no address"))?;
        if door.address.ip().is_unspecified() {
            door.address.set_ip(match door.address {
                SocketAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
                SocketAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]),
            });
        }
        Ok(door)
    }

    fn doors(&self) -> Result<Vec<Door>, DeskError> {
        if self.listen.is_empty() || self.listen.len() > 16 {
            return Err(wrong("listen names 1 to 16 addresses"));
        }
        let doors = self.listen.iter().map(|listen| {
            let tls = match listen.scheme {
                Some(Scheme::Https) if self.tls.is_none() => {
                    return Err(wrong(format!(
                        "https://{} needs a certificate: write tls = {{ certificate = \"…\", key = \
                         \"…\" }}",
                        listen.address
                    )));
                }
                Some(scheme) => scheme == Scheme::Https,
                None => self.tls.is_some(),
            };
            Ok(Door {
                tls,
                address: listen.address,
            })
        });
        doors.collect()
    }

    fn check_plain(&self, door: &Door) -> Result<(), DeskError> {
        if door.tls || door.address.ip().is_loopback() {
            return Ok(());
        }
        match self.plain_http {
            PlainHttp::Unprotected => Ok(()),
            PlainHttp::BehindProxy if !self.trusted_proxies.is_empty() => Ok(()),
            PlainHttp::BehindProxy => Err(wrong(format!(
                "plain_http = \"{}\" needs trusted_proxies: the addresses that the proxy connects \
                 from",
                PlainHttp::BehindProxy
            ))),
            PlainHttp::LoopbackOnly => Err(wrong(format!(
                "http://{} would let other machines call without TLS, and everybody on the way \
                 read their keys: give it a certificate (tls), listen on 127.0.0.1, or write \
                 plain_http = \"{}\" or \"{}\"",
                door.address,
                PlainHttp::BehindProxy,
                PlainHttp::Unprotected
            ))),
        }
    }

    fn limits(&self) -> Result<Limits, DeskError> {
        let count = |name, value: usize, least, most| {
            within(name, value as u64, least, most).map(|()| value)
        };
        let seconds =
            |name, value| within(name, value, 1, 3_600).map(|()| Duration::from_secs(value));
        Ok(Limits {
            connections: count("max_connections", self.max_connections, 1, 65_536)?,
            header_bytes: count("header_bytes", self.header_bytes, 8_192, 1_048_576)?,
            headers: count("headers_max", self.headers_max, 16, 1_000)?,
            header_read: seconds("header_read_timeout_s", self.header_read_timeout_s)?,
            body_bytes: count("body_bytes", self.body_bytes, 1_024, FILE_MAX as u64)?,
            file_bytes: count("file_bytes", self.file_bytes, 1_024, FILE_MAX as u64)?,
            body: seconds("body_timeout_s", self.body_timeout_s)?,
            request: seconds("request_timeout_s", self.request_timeout_s)?,
            keep_alive_idle: seconds("keep_alive_idle_s", self.keep_alive_idle_s)?,
            stop: seconds("stop_timeout_s", self.stop_timeout_s)?,
        })
    }
}

fn is_near(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Result<(), DeskError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(format!("{name} is {value}: write {least} to {most}")))
}

fn wrong(what: impl fmt::Display) -> DeskError {
    DeskError::Setup {
        what: format!("[http]: {what}"),
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a string or a list of strings")]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Listen>, D::Error> {
    let texts = match OneOrSeveral::deserialize(deserializer)? {
        OneOrSeveral::One(text) => vec![text],
        OneOrSeveral::Several(texts) => texts,
    };
    let listen: Result<_, _> = texts.iter().map(|text| text.parse()).collect();
    listen.map_err(D::Error::custom)
}

/// Networks such as `10.1.0.0/16`, or single addresses.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let networks: Result<_, String> = texts
        .iter()
        .map(|text| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            address
                .or_else(|_| text.parse::<IpNet>())
                .map_err(|_| format!("«{text}» is no address and no network such as 10.1.0.0/16"))
        })
        .collect();
    networks.map_err(D::Error::custom)
}

#[cfg(test)]
mod tests;
