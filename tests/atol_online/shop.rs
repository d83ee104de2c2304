//! A shop that speaks ATOL Online with the two emulated drives of the tests of billing.

use std::time::Duration;

use atol::online::{Group, OnlineSetup, router};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use terms::FfdVersion;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::stand::{KEY, Stand, until};

/// The key of the stand's billing is the shop's password.
pub(crate) const LOGIN: &str = "billing";

pub(crate) struct Shop {
    pub(crate) stand: Stand,
    pub(crate) setup: OnlineSetup,
    /// `v4` or `v5`.
    pub(crate) version: &'static str,
    pub(crate) token: String,
    client: Client,
    base: String,
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// An answer: HTTP status and JSON.
pub(crate) type Answer = (u16, Value);

impl Shop {
    /// Of an organisation with ФФД 1.2.
    pub(crate) async fn v5() -> Self {
        Self::with("v5", |_| ()).await
    }

    /// Of an organisation with ФФД 1.05.
    pub(crate) async fn v4() -> Self {
        Self::with("v4", |setup| setup.receipts.ffd = FfdVersion::V1_05).await
    }

    pub(crate) async fn with(version: &'static str, change: impl FnOnce(&mut desk::Setup)) -> Self {
        let group = |code: &str, contact: Option<&str>, keys: &[&str]| Group {
            code: code.to_owned(),
            fallback_contact: contact.map(str::to_owned),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let setup = OnlineSetup {
            groups: vec![
                group("main", None, &[]),
                group("kind", Some("nobody@example.ru"), &[LOGIN]),
                group("others", None, &["somebody-else"]),
            ],
            prefixes: OnlineSetup::default_prefixes(),
            wait_timeout: Duration::from_secs(300),
            strict_v5: true,
            numeric_strings: true,
            token_secret: [7; 32],
        };
        setup.check().unwrap();
        let mut shop = Self {
            stand: Stand::ready_with(change).await,
            setup,
            version,
            token: String::new(),
            client: Client::new(),
            base: String::new(),
            server: None,
        };
        shop.open().await;
        shop.log_in().await;
        shop
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.base = format!("http://{}", listener.local_addr().unwrap());
        let faces = router(self.stand.desk().clone(), self.setup.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, faces).with_graceful_shutdown(async {
                stopped.await.ok();
            });
            served.await.unwrap();
        });
        self.server = Some((stop, server));
    }

    /// The program stops and starts again; the drives stay.
    pub(crate) async fn restart(&mut self) {
        let (stop, server) = self.server.take().unwrap();
        stop.send(()).unwrap();
        self.client = Client::new();
        server.await.unwrap();
        self.stand.close().await;
        self.stand.open().await;
        self.open().await;
    }

    async fn log_in(&mut self) {
        let path = self.path("/getToken");
        let login = json!({"login": LOGIN, "pass": KEY});
        let (status, answer) = self.send("POST", &path, &[], &login.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        self.token = answer["token"].as_str().unwrap().to_owned();
    }

    /// A path under the prefix of the shop's version.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/possystem/{}{rest}", self.version)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.base);
        let mut request = self.client.request(method, url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        let json = serde_json::from_str(&body);
        (
            status,
            json.unwrap_or_else(|error| panic!("{path}: {status} {error}: {body}")),
        )
    }

    /// Sends text to a path under the prefix, as JSON and with the token.
    pub(crate) async fn post_text(&self, rest: &str, body: &str) -> Answer {
        let headers = [
            ("token", self.token.as_str()),
            ("content-type", "application/json; charset=utf-8"),
        ];
        self.send("POST", &self.path(rest), &headers, body).await
    }

    /// Registers a document in the group `main`.
    pub(crate) async fn register(&self, operation: &str, body: &Value) -> Answer {
        self.post_text(&format!("/main/{operation}"), &body.to_string())
            .await
    }

    /// The same for one that is taken; its uuid.
    pub(crate) async fn registered(&self, operation: &str, body: &Value) -> String {
        let (status, answer) = self.register(operation, body).await;
        assert_eq!(status, 200, "{body}: {answer}");
        assert_eq!(
            (&answer["error"], &answer["status"]),
            (&Value::Null, &json!("wait"))
        );
        answer["uuid"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("token", &self.token)], "").await
    }

    pub(crate) async fn report(&self, uuid: &str) -> Answer {
        self.get(&self.path(&format!("/main/report/{uuid}"))).await
    }

    /// The report of a document once it is done; until then it waits with code 34.
    pub(crate) async fn done(&self, uuid: &str) -> Value {
        until("the document is done", async || {
            let (status, report) = self.report(uuid).await;
            assert_eq!(status, 200, "{report}");
            if report["status"] == "done" {
                return Some(report);
            }
            assert_eq!(report["status"], "wait", "{report}");
            assert_eq!(report["error"]["code"], 34, "{report}");
            None
        })
        .await
    }
}

/// The code of an answer's error, which is whole.
pub(crate) fn code((status, answer): &Answer) -> i64 {
    let error = &answer["error"];
    assert!(
        *status != 200 && answer["timestamp"].is_string(),
        "{status} {answer}"
    );
    assert_eq!(error["error_id"].as_str().unwrap().len(), 36, "{answer}");
    assert!(!error["text"].as_str().unwrap().is_empty(), "{answer}");
    assert!(error["type"].is_string(), "{answer}");
    error["code"].as_i64().unwrap()
}

/// A sale of 1000 roubles in v4.
pub(crate) fn sale_v4(id: &str) -> Value {
    json!({
        "timestamp": "20.11.2026 10:00:00", "external_id": id,
        "service": {"callback_url": ""},
        "receipt": {
            "client": {"email": "abonent@example.ru"},
            "company": {
                "email": "chek@example.ru", "inn": "7802781104", "payment_address": "example.ru"
            },
            "items": [{
                "name": "Доступ в интернет", "price": 500, "quantity": 2, "sum": 1000,
                "measurement_unit": "мес.", "payment_method": "full_payment",
                "payment_object": "service", "vat": {"type": "vat22"}
            }],
            "payments": [{"type": 1, "sum": 1000}],
            "total": 1000
        }
    })
}

/// The same in v5.
pub(crate) fn sale_v5(id: &str) -> Value {
    let mut sale = sale_v4(id);
    sale["receipt"]["company"]["sno"] = "osn".into();
    let item = sale["receipt"]["items"][0].as_object_mut().unwrap();
    item.remove("measurement_unit");
    item.insert("measure".to_owned(), 0.into());
    item.insert("payment_object".to_owned(), 4.into());
    sale
}

/// A correction in v5 of the same.
pub(crate) fn correction_v5(id: &str) -> Value {
    let mut body = sale_v5(id);
    let mut correction = body.as_object_mut().unwrap().remove("receipt").unwrap();
    correction
        .as_object_mut()
        .unwrap()
        .remove("client")
        .unwrap();
    correction["correction_info"] =
        json!({"type": "self", "base_date": "15.10.2026", "base_number": "1"});
    body["correction"] = correction;
    body
}

/// A body with one value replaced, or with a new one.
pub(crate) fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.insert(name.to_owned(), value)),
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer}: {other}"),
    }
    body
}

/// A body without one value.
pub(crate) fn without(body: &Value, pointer: &str) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    assert!(parent.remove(name).is_some(), "{pointer}");
    body
}
