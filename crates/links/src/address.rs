use std::{fmt, path::PathBuf, str::FromStr};

use thiserror::Error;

/// Speed of a drive's port after power-on, bit/s (ФН protocol §1.1).
pub const DEFAULT_BAUD: u32 = 115_200;

/// Speeds that a port may have, bit/s.
pub(crate) const BAUDS: std::ops::RangeInclusive<u32> = 9_600..=4_000_000;

/// Where a drive is reached.
///
/// ```
/// use links::DriveAddress;
/// for text in ["serial:/dev/ttyUSB0", "serial:/dev/fn1?baud=921600", "pty:/tmp/fn", "tcp:fn:7001"] {
///     assert_eq!(text.parse::<DriveAddress>()?.to_string(), text);
/// }
/// # Ok::<(), links::AddressError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum DriveAddress {
    /// A serial port, such as that of a USB adapter: `serial:/dev/ttyUSB0?baud=115200`.
    Serial {
        /// The device.
        path: PathBuf,
        /// Bits per second; [`DEFAULT_BAUD`] when the text does not say.
        baud: u32,
    },
    /// The pty of an emulated drive: `pty:/path`.
    Pty {
        /// The device or a link to it.
        path: PathBuf,
    },
    /// A drive behind a serial server, or an emulated one: `tcp:host:port`.
    Tcp(Endpoint),
}

/// An address that cannot be read.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AddressError {
    /// The text before the first colon is none of the known kinds.
    #[error(
        "«{0}» is no drive address: write serial:/dev/…, pty:/… or tcp:host:port, or auto for a slot"
    )]
    UnknownKind(String),
    /// There is no absolute path.
    #[error("«{0}»: the path must begin with /")]
    RelativePath(String),
    /// Something other than `?baud=` follows the path, or its value is impossible.
    #[error("«{0}»: after the path only ?baud= with a speed of 9600…4000000 bit/s may follow")]
    BadBaud(String),
    /// Host or port are missing.
    #[error("«{0}»: write host:port, with a port of 1…65535 (and an IPv6 host in brackets)")]
    BadEndpoint(String),
}

impl FromStr for DriveAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let absolute = |path: &str| {
            if path.starts_with('/') {
                Ok(PathBuf::from(path))
            } else {
                Err(AddressError::RelativePath(text.to_owned()))
            }
        };
        match text.split_once(':') {
            Some(("serial", rest)) => {
                let (path, baud) = match rest.split_once('?') {
                    Some((path, query)) => (path, read_baud(query)),
                    None => (rest, Some(DEFAULT_BAUD)),
                };
                Ok(Self::Serial {
                    path: absolute(path)?,
                    baud: baud.ok_or_else(|| AddressError::BadBaud(text.to_owned()))?,
                })
            }
            Some(("pty", path)) => Ok(Self::Pty {
                path: absolute(path)?,
            }),
            Some(("tcp", endpoint)) => Ok(Self::Tcp(endpoint.parse()?)),
            _ => Err(AddressError::UnknownKind(text.to_owned())),
        }
    }
}

fn read_baud(query: &str) -> Option<u32> {
    read_number(query.strip_prefix("baud=")?).filter(|baud| BAUDS.contains(baud))
}

/// Digits only: `str::parse` would take a plus sign too.
fn read_number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    digits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for DriveAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, baud } if *baud == DEFAULT_BAUD => {
                write!(f, "serial:{}", path.display())
            }
            Self::Serial { path, baud } => write!(f, "serial:{}?baud={baud}", path.display()),
            Self::Pty { path } => write!(f, "pty:{}", path.display()),
            Self::Tcp(endpoint) => write!(f, "tcp:{endpoint}"),
        }
    }
}

/// Where a slot's drive is reached: at a wire of its own, or wherever it is found.
///
/// ```
/// use links::SlotAddress;
/// for text in ["auto", "serial:/dev/ttyUSB0"] {
///     assert_eq!(text.parse::<SlotAddress>()?.to_string(), text);
/// }
/// # Ok::<(), links::AddressError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub enum SlotAddress {
    /// Any allowed port: `auto`. The drive is looked for, and known by its number.
    #[default]
    Automatic,
    /// This wire and no other.
    Fixed(DriveAddress),
}

impl From<DriveAddress> for SlotAddress {
    fn from(address: DriveAddress) -> Self {
        Self::Fixed(address)
    }
}

impl FromStr for SlotAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text {
            "auto" => Ok(Self::Automatic),
            _ => text.parse().map(Self::Fixed),
        }
    }
}

impl fmt::Display for SlotAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Automatic => f.write_str("auto"),
            Self::Fixed(address) => address.fmt(f),
        }
    }
}

/// A TCP address: `host:port`, `[::1]:7001`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// Name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 1…65535.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Endpoint {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bad = || AddressError::BadEndpoint(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = inner.unwrap_or(host);
        let possible = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if host.is_empty()
            || !host
                .chars()
                .all(|c| possible(c) || inner.is_some() && c == ':')
        {
            return Err(bad());
        }
        let port = read_number(port)
            .and_then(|port| u16::try_from(port).ok())
            .ok_or_else(bad)?;
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl From<std::net::SocketAddr> for Endpoint {
    fn from(address: std::net::SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        let check = |text: &str, written: &str| {
            let address: DriveAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), written);
            assert_eq!(written.parse(), Ok(address));
        };
        check("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0");
        check("serial:/dev/ttyUSB0?baud=115200", "serial:/dev/ttyUSB0");
        check("serial:/dev/fn?baud=9600", "serial:/dev/fn?baud=9600");
        check("pty:/run/kassette/fn 1", "pty:/run/kassette/fn 1");
        check("tcp:fn-1.local:7001", "tcp:fn-1.local:7001");
        check("tcp:[::1]:7001", "tcp:[::1]:7001");
        check("tcp:[127.0.0.1]:7001", "tcp:127.0.0.1:7001");
    }

    #[test]
    fn a_wrong_address_is_told_from_a_right_one_and_says_what_is_wrong() {
        use AddressError::*;
        let check = |text: &str, expected: fn(String) -> AddressError, about: &str| {
            let error = text.parse::<DriveAddress>().unwrap_err();
            assert_eq!(error, expected(about.to_owned()));
        };
        for text in ["", "/dev/ttyUSB0", "usb:/dev/ttyUSB0", "Serial:/dev/x"] {
            check(text, UnknownKind, text);
        }
        for text in ["serial:", "serial:ttyUSB0", "pty:fn", "pty:"] {
            check(text, RelativePath, text);
        }
        for query in [
            "?",
            "?baud=",
            "?baud=1",
            "?baud=+9600",
            "?speed=9600",
            "?baud=9600&x",
        ] {
            let text = format!("serial:/dev/fn{query}");
            check(&text, BadBaud, &text);
        }
        for rest in [
            "", "fn", "fn:", "fn:0", "fn:65536", ":7", "::1:7", "a b:7", "fn:+7",
        ] {
            check(&format!("tcp:{rest}"), BadEndpoint, rest);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_written_so_that_it_is_read_again(
            text in "(serial|pty|tcp):[/:a-z0-9?=\\[\\]]{0,20}",
        ) {
            if let Ok(address) = text.parse::<DriveAddress>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }
    }
}
