//! Which addresses letters may go to.
//!
//! A name may lead anywhere, also to machines that only we can reach. So it is not the name that is
//! looked at but the addresses it leads to, and the connection is made to just those.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr as _,
    sync::LazyLock,
};

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use thiserror::Error;

/// An address or URL that letters do not go to.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AddressError {
    /// It is no URL.
    #[error("it is no URL: {0}")]
    NoUrl(String),
    /// It is a URL of another kind.
    #[error("it is not an http or https URL with a host")]
    NotHttp,
    /// A name or password in it would be seen by everybody who sees the URL.
    #[error("it holds a user name or a password: put what is secret into the path or the query")]
    HasUser,
    /// It is longer than [`URL_MAX`].
    #[error("it is longer than {URL_MAX} bytes")]
    TooLong,
    /// It leads into a private network.
    #[error(
        "{0} is a private address: letters go there only if the configuration says allow_private"
    )]
    Private(IpAddr),
    /// The name leads nowhere.
    #[error("the name {0} leads to no address")]
    Nowhere(String),
}

/// The longest URL, bytes.
pub const URL_MAX: usize = 2_048;

/// Networks of RFC 6890 and its kin that are not the public Internet.
static PRIVATE_4: LazyLock<Vec<Ipv4Net>> = LazyLock::new(|| {
    let nets = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    ];
    nets.iter()
        .filter_map(|net| Ipv4Net::from_str(net).ok())
        .collect()
});

static PRIVATE_6: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| {
    let nets = [
        "::/128",
        "::1/128",
        "100::/64",
        "2001:db8::/32",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    ];
    nets.iter()
        .filter_map(|net| Ipv6Net::from_str(net).ok())
        .collect()
});

/// Reads the URL of a webhook or a callback.
///
/// # Errors
/// When it is no absolute URL of http or https, holds a user or is too long.
pub fn read_url(text: &str) -> Result<Url, AddressError> {
    if text.len() > URL_MAX {
        return Err(AddressError::TooLong);
    }
    let url = Url::parse(text).map_err(|error| AddressError::NoUrl(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(AddressError::NotHttp);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::HasUser);
    }
    Ok(url)
}

/// Refuses a URL whose host is a private address; a name is looked at when it is resolved.
///
/// # Errors
/// When it is one.
pub fn check_host(url: &Url) -> Result<(), AddressError> {
    let host = url.host_str().unwrap_or_default();
    // The parser of URLs has brought addresses into their ordinary form already (`0x7f.1`).
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(address) if is_private(address) => Err(AddressError::Private(address)),
        _ => Ok(()),
    }
}

/// Whether an address belongs to no public network.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_4(address),
        IpAddr::V6(address) => {
            let embedded = embedded(address).is_some_and(is_private_4);
            embedded || PRIVATE_6.iter().any(|net| net.contains(&address))
        }
    }
}

fn is_private_4(address: Ipv4Addr) -> bool {
    PRIVATE_4.iter().any(|net| net.contains(&address))
}

/// The IPv4 address that an IPv6 address leads to: mapped (::ffff:0:0/96), compatible (::/96), by
/// NAT64 (64:ff9b::/96), by 6to4 (2002::/16).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let four =
        |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xFFFF, ..] => Some(four(12)),
        [0x64, 0xFF9B, 0, 0, 0, 0, ..] => Some(four(12)),
        [0x2002, ..] => Some(four(2)),
        _ => None,
    }
}

/// Resolves names to public addresses only. The connection goes to what is returned here: a name
/// cannot lead elsewhere after it was looked at.
pub(crate) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            if let Some(private) = found.iter().find(|address| is_private(address.ip())) {
                return Err(AddressError::Private(private.ip()).into());
            }
            if found.is_empty() {
                return Err(AddressError::Nowhere(host).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for host in [
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::a00:1]",
            "[2002:7f00:1::]",
        ] {
            let url = read_url(&format!("https://{host}/hook")).unwrap();
            let checked = check_host(&url);
            assert!(
                matches!(checked, Err(AddressError::Private(_))),
                "{host}: {checked:?}"
            );
        }
        for host in [
            "93.184.216.34",
            "[2606:2800:220:1::1]",
            "[::ffff:8.8.8.8]",
            "example.ru",
        ] {
            let url = read_url(&format!("https://{host}/hook")).unwrap();
            assert_eq!(check_host(&url), Ok(()), "{host}");
        }
        assert_eq!(
            (PRIVATE_4.len(), PRIVATE_6.len()),
            (13, 7),
            "each of the lists was read"
        );
    }

    #[test]
    fn urls_that_are_no_address_for_letters_are_refused() {
        assert_eq!(read_url("ftp://example.ru/"), Err(AddressError::NotHttp));
        assert_eq!(
            read_url("https://me:pw@example.ru/"),
            Err(AddressError::HasUser)
        );
        let long = format!("https://example.ru/{}", "a".repeat(URL_MAX));
        assert_eq!(read_url(&long), Err(AddressError::TooLong));
        for none in ["", "example.ru", "/hook", "https://"] {
            assert!(read_url(none).is_err(), "{none:?}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused() {
        let name = "localhost".parse().unwrap();
        let refused = PublicOnly.resolve(name).await.err().unwrap().to_string();
        assert!(refused.contains("private address"), "{refused}");
    }
}
