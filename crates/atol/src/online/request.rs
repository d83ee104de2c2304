//! A registration (ATOL Online protocol §3).

use std::cell::Cell;

use desk::{Callback, ReadyReceipt, Setup};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::Fault,
    fields::{Fields, Reading},
    receipt,
    setup::{Group, OnlineSetup, Protocol},
    stamp,
    words::Operation,
};

/// The longest `external_id`, characters.
const EXTERNAL_ID_MAX: usize = 128;
/// The longest idempotency key of a ready receipt, bytes.
const KEY_MAX: usize = 192;
/// The longest `callback_url`, characters.
const URL_MAX: usize = 256;
/// What a client is told of a bad one (ATOL Online protocol §5).
pub(super) const BAD_CALLBACK: &str = "callback_url не соответствует маске";

/// Where and as what a registration has come.
pub(super) struct Case<'a> {
    pub(super) protocol: Protocol,
    pub(super) operation: Operation,
    pub(super) group: &'a Group,
    pub(super) setup: &'a Setup,
}

/// A registration that can be submitted.
pub(super) struct Registration {
    pub(super) ready: ReadyReceipt,
    pub(super) callback: Option<Callback>,
    /// Its URL is not one.
    pub(super) bad_callback: bool,
}

/// The `external_id` of a body.
pub(super) fn external_id(body: &Value, reading: &Reading) -> Result<String, Fault> {
    let fields = Fields::of(body, "", reading)?;
    let id = fields.required_text("external_id", EXTERNAL_ID_MAX)?;
    Ok(id.to_owned())
}

/// The idempotency key of a document. What is too long is hashed; `#` is in no group's code.
pub(super) fn key(group: &Group, external_id: &str) -> String {
    let code = &group.code;
    let key = format!("atol:{code}:{external_id}");
    if key.len() <= KEY_MAX {
        return key;
    }
    let hash: [u8; 32] = Sha256::digest(external_id.as_bytes()).into();
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("atol:{code}#{digits}")
}

/// What is stored of a registration: the report is made from it. Written the same way whatever the
/// order and the blanks of the body were.
pub(super) fn stored(case: &Case<'_>, body: &Value) -> String {
    json!({
        "atol": case.protocol.name(),
        "group": case.group.code,
        "operation": case.operation.name,
        "request": body,
    })
    .to_string()
}

impl Reading {
    /// How bodies of this version are read.
    pub(super) fn of(protocol: Protocol, setup: &OnlineSetup) -> Self {
        Self {
            strict: protocol == Protocol::V5 && setup.strict_v5,
            numeric_strings: setup.numeric_strings,
            string_seen: Cell::new(false),
        }
    }
}

impl Registration {
    /// Reads the body.
    pub(super) fn read(body: &Value, case: &Case<'_>, reading: &Reading) -> Result<Self, Fault> {
        let fields = Fields::of(body, "", reading)?;
        fields.required_text("external_id", EXTERNAL_ID_MAX)?;
        let moment = stamp::read_moment(fields.required_text("timestamp", 19)?);
        let moment = moment.ok_or_else(|| {
            fields.fault("timestamp", "it is dd.mm.yyyy HH:MM:SS of this century")
        })?;
        let url = match fields.object("service")? {
            None => None,
            Some(service) => {
                let url = service.owned("callback_url", usize::MAX)?;
                service.finish()?;
                url
            }
        };
        match case.protocol {
            Protocol::V4 => drop(fields.integer("source_id")?),
            Protocol::V5 => drop(fields.flag("ism_optional")?),
        }
        let document = fields.required_object(case.operation.root())?;
        let receipt = receipt::read(document, case)?;
        fields.finish()?;
        if reading.string_seen.get() {
            tracing::warn!(
                group = case.group.code,
                "a client of ATOL Online writes numbers as strings; they were taken"
            );
        }
        let (good, bad) = match url {
            Some(url) if is_callback(&url) => (Some(url), false),
            url => (None, url.is_some()),
        };
        let form = case.protocol.callback_form().to_owned();
        Ok(Self {
            ready: ReadyReceipt {
                date: moment.date(),
                account: None,
                receipt,
            },
            callback: good.map(|url| Callback { url, form }),
            bad_callback: bad,
        })
    }
}

/// Whether a URL obeys the mask (ATOL Online protocol §5): http or https, a host of latin or
/// Russian letters, digits, dots and hyphens, perhaps a port, perhaps a path. The documented mask
/// has a slip of the pen in its port, which would refuse every port but 0; it is not copied.
pub(super) fn is_callback(url: &str) -> bool {
    let letter =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest.filter(|_| url.chars().count() <= URL_MAX) else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_host = host.starts_with(letter)
        && host.ends_with(letter)
        && host.chars().all(|it| letter(it) || "-._".contains(it));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let in_path = |it: char| letter(it) || "-.?,'/\\+&=%$#_".contains(it);
    is_host && is_port && path.chars().all(in_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_obey_the_mask_as_it_was_meant() {
        for good in [
            "http://billing",
            "https://billing.example.ru/atol?id=1&x=%20",
            "http://10.0.0.1:8080/",
            "http://биллинг.рф:80/чек",
        ] {
            assert!(is_callback(good), "{good}");
        }
        let long = format!("http://a/{}", "b".repeat(250));
        for bad in [
            "billing.example.ru",
            "ftp://billing",
            "http://",
            "http://-a",
            "http://a-/x",
            "http://a:0/",
            "http://a:99999/",
            "http://a:/",
            "http://a b/",
            "http://user@host/",
            "http://a/\u{7}",
            &long,
        ] {
            assert!(!is_callback(bad), "{bad}");
        }
    }

    #[test]
    fn long_identifiers_become_short_keys_of_their_own() {
        let group = Group {
            code: "g".repeat(64),
            fallback_contact: None,
            keys: Vec::new(),
        };
        let keys = ["ы".repeat(128), "я".repeat(128), "1".repeat(100)];
        let keys = keys.map(|id| key(&group, &id));
        assert!(keys.iter().all(|key| key.len() <= KEY_MAX));
        assert_ne!(keys[0], keys[1]);
        assert!(keys[2].ends_with("1111"));
    }
}
