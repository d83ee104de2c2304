//! What is posted: a uuid and one task or an array of them (ATOL web requests §9.1).

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{answer::Fault, task::Kind};

/// The longest uuid, characters. Clients make them, and not always by the RFC.
const UUID_MAX: usize = 128;
/// The longest name of a device, characters.
const DEVICE_MAX: usize = 64;
/// The most tasks in a request.
const TASKS_MAX: usize = 100;

/// What the keys of our operations begin with.
pub(super) const KEY_PREFIX: &str = "atol-web";

/// A request as it was posted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Posted {
    pub(super) uuid: String,
    /// `?deviceID=`: which drive answers questions.
    pub(super) device: Option<String>,
    pub(super) tasks: Vec<Value>,
}

impl Posted {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 when it is no request, or has more than one fiscal task.
    pub(super) fn read(body: &[u8], device: Option<String>) -> Result<Self, Fault> {
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| Fault::bad(format!("Тело запроса не JSON: {error}")))?;
        let Value::Object(mut fields) = value else {
            return Err(Fault::bad("Нужен объект с полями «uuid» и «request»"));
        };
        let uuid = match fields.remove("uuid") {
            Some(Value::String(uuid)) => uuid,
            Some(_) => return Err(Fault::bad("Ошибка в поле «uuid»: нужна строка")),
            None => return Err(Fault::bad("Нет обязательного поля «uuid»")),
        };
        if !is_plain(&uuid, UUID_MAX) {
            let why = format!("Ошибка в поле «uuid»: нужны 1…{UUID_MAX} печатных символов");
            return Err(Fault::bad(why));
        }
        if device
            .as_deref()
            .is_some_and(|it| !is_plain(it, DEVICE_MAX))
        {
            return Err(Fault::bad("Ошибка в параметре deviceID"));
        }
        let tasks = match fields.remove("request") {
            Some(Value::Array(tasks)) => tasks,
            Some(task @ Value::Object(_)) => vec![task],
            Some(_) => {
                return Err(Fault::bad(
                    "Ошибка в поле «request»: нужен объект или массив",
                ));
            }
            None => return Err(Fault::bad("Нет обязательного поля «request»")),
        };
        if tasks.is_empty() || tasks.len() > TASKS_MAX {
            let why = format!("Ошибка в поле «request»: нужно 1…{TASKS_MAX} заданий");
            return Err(Fault::bad(why));
        }
        // A task that cannot be read is told as its result, not here.
        let fiscal = tasks.iter().filter_map(|task| Kind::of(task).ok());
        if fiscal.filter(|kind| kind.is_fiscal()).count() > 1 {
            return Err(Fault::bad("В массиве больше одного фискального задания"));
        }
        Ok(Self {
            uuid,
            device,
            tasks,
        })
    }

    /// The body of its operation: all that is needed to answer for it after a restart.
    pub(super) fn body(&self) -> String {
        json!({"uuid": self.uuid, "device": self.device, "request": self.tasks}).to_string()
    }

    /// Reads [`Posted::body`]; none when it is the body of something else.
    pub(super) fn of_body(body: &str) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(body).ok()?;
        let (Value::String(uuid), Value::Array(tasks)) =
            (fields.remove("uuid")?, fields.remove("request")?)
        else {
            return None;
        };
        let device = fields.remove("device")?;
        Some(Self {
            uuid,
            device: device.as_str().map(str::to_owned),
            tasks,
        })
    }
}

/// The idempotency key of a uuid. Those that are long or no plain ASCII are told by their hash.
pub(super) fn key(uuid: &str) -> String {
    let is_short = uuid.len() <= UUID_MAX && uuid.bytes().all(|byte| byte.is_ascii_graphic());
    if is_short {
        return format!("{KEY_PREFIX}:{uuid}");
    }
    let hash = Sha256::digest(uuid.as_bytes());
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{KEY_PREFIX}-sha256:{digits}")
}

fn is_plain(text: &str, max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_kept_as_it_came() {
        let body = r#"{"uuid": "8f2 б", "request": {"type": "sell", "total": 1500.10, "x": null}}"#;
        let posted = Posted::read(body.as_bytes(), Some("2".to_owned())).unwrap();
        assert_eq!(posted.tasks[0]["total"].to_string(), "1500.10");
        assert_eq!(Posted::of_body(&posted.body()), Some(posted));
        assert_eq!(Posted::of_body(r#"{"type": "payment"}"#), None);
    }

    #[test]
    fn keys_of_different_uuids_differ() {
        let uuids = [
            "a",
            "b",
            "a b",
            "б",
            "в",
            &"x".repeat(128),
            &"я".repeat(128),
        ];
        let mut keys: Vec<String> = uuids.into_iter().map(key).collect();
        assert!(keys.iter().all(|key| key.len() <= 192));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), uuids.len());
    }
}
