//! `GET {prefix}/schema/sell` and `…/correction`: what bodies look like, as JSON Schema.

use super::setup::Protocol;

/// The schema of this name.
pub(super) fn schema(protocol: Protocol, name: &str) -> Option<&'static str> {
    Some(match (protocol, name) {
        (Protocol::V4, "sell") => include_str!("schema/v4-sell.json"),
        (Protocol::V4, "correction") => include_str!("schema/v4-correction.json"),
        (Protocol::V5, "sell") => include_str!("schema/v5-sell.json"),
        (Protocol::V5, "correction") => include_str!("schema/v5-correction.json"),
        _ => return None,
    })
}
