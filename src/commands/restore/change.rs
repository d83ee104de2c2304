//! What was wrong in a receipt, as the options of the commands say it.

use std::str::FromStr;

use serde_json::{Map, Value, json};

/// What may be set, for the help and for mistakes.
const KNOWN: &str = "vat, sno, kind, amount, amounts, service, period, account, sign (each as \
                     NAME=VALUE), duplicate, rejected";

/// One thing that was wrong: `NAME=VALUE`, `NAME=WRONG..RIGHT`, or a word alone.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands) struct Setting {
    name: &'static str,
    value: Value,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let set = |name, value| Ok(Self { name, value });
        let number = |value: &str| {
            let number: Result<u8, _> = value.parse();
            number.map_err(|_| format!("{name} is a small number, not «{value}»"))
        };
        match (name, value) {
            ("duplicate", None) => set("duplicate", true.into()),
            ("rejected", None) => set("rejected", true.into()),
            ("sno", Some(value)) => set("sno", number(value)?.into()),
            ("sign", Some(value)) => set("sign", number(value)?.into()),
            ("amount", Some(value)) => set("amount", value.into()),
            ("account", Some(value)) => set("account", value.into()),
            ("amounts", Some(value)) => set("amounts", value.split(',').collect()),
            ("vat", Some(value)) => set("vat", swap(value)),
            ("kind", Some(value)) => set("kind", swap(value)),
            ("service", Some(value)) => set("service", swap(value)),
            ("period", Some(value)) => set("period", swap(value)),
            _ => Err(format!("«{text}» is none of: {KNOWN}")),
        }
    }
}

/// The right value, or the wrong one and the right one.
fn swap(value: &str) -> Value {
    match value.split_once("..") {
        Some((from, to)) => json!({ "from": from, "to": to }),
        None => value.into(),
    }
}

impl Setting {
    /// All settings as the HTTP interface takes them; the same may not be set twice.
    pub(in crate::commands) fn change(settings: &[Self]) -> Result<Value, String> {
        let mut change = Map::new();
        for Self { name, value } in settings {
            if change.insert((*name).to_owned(), value.clone()).is_some() {
                return Err(format!("{name} is set twice"));
            }
        }
        Ok(Value::Object(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(settings: &[&str]) -> Result<Value, String> {
        let read: Result<Vec<Setting>, String> = settings.iter().map(|it| it.parse()).collect();
        Setting::change(&read?)
    }

    #[test]
    fn settings_become_the_change_of_the_http_interface() {
        for (settings, expected) in [
            (&["vat=22"][..], json!({"vat": "22"})),
            (&["vat=20..22"], json!({"vat": {"from": "20", "to": "22"}})),
            (&["duplicate"], json!({"duplicate": true})),
            (
                &["amounts=1.00,2", "sno=1", "account=№ 7"],
                json!({"amounts": ["1.00", "2"], "sno": 1, "account": "№ 7"}),
            ),
        ] {
            assert_eq!(change(settings), Ok(expected), "{settings:?}");
        }
        for wrong in [
            &["vat"][..],
            &["duplicate=yes"],
            &["sno=general"],
            &["colour=red"],
            &["vat=20", "vat=22"],
        ] {
            assert!(change(wrong).is_err(), "{wrong:?}");
        }
    }
}
