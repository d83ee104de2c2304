use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// Whose word on the client's address counts.
#[derive(Debug)]
pub(super) struct Proxies(pub(super) Vec<IpNet>);

impl Proxies {
    pub(super) fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// Whether the peer is a trusted proxy that says (`X-Forwarded-Proto`) that the client speaks TLS
    /// with it.
    pub(super) fn say_tls(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let said = headers.get(FORWARDED_PROTO);
        said.is_some_and(|said| said.as_bytes().eq_ignore_ascii_case(b"https"))
            && self.trusts(peer.ip())
    }

    /// Who asks: the peer of the connection or, if that is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is none. Whatever stands before it the client may have written itself.
    /// The port is 0 when the proxy does not tell it.
    pub(super) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        let hops = lines
            .iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            if !self.trusts(client.ip()) {
                break;
            }
            match read(hop) {
                Some(before) => client = before,
                None => break,
            }
        }
        client
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn read(hop: &[u8]) -> Option<SocketAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(SocketAddr::new(address.ip().to_canonical(), address.port()));
    }
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let ip: IpAddr = bare.unwrap_or(text).parse().ok()?;
    Some(SocketAddr::new(ip.to_canonical(), 0))
}
