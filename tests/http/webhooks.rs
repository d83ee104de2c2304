//! Letters to webhooks and callbacks, over real HTTP to a receiver that remembers.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use desk::{Delivering, OutboxSetup, ReceiptState, Secret, Webhook};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::stand::{Answer, Stand, payment, until};

const SECRET: [u8; 32] = [42; 32];

/// A letter as it came.
#[derive(Clone, Debug)]
struct Letter {
    id: String,
    timestamp: String,
    signature: Option<String>,
    text: String,
    body: Value,
}

/// Answers as it is told to, and remembers every letter.
#[derive(Clone, Default)]
struct Memory {
    letters: Arc<Mutex<Vec<Letter>>>,
    /// The statuses of the next answers; 204 after them.
    answers: Arc<Mutex<VecDeque<u16>>>,
    led_astray: Arc<Mutex<u32>>,
}

struct Receiver {
    memory: Memory,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Receiver {
    async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), Memory::default()).await
    }

    async fn start_at(address: SocketAddr, memory: Memory) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new()
            .route("/hook", post(take))
            .route("/elsewhere", any(astray))
            .with_state(memory.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.ok();
        });
        Self {
            memory,
            address,
            server,
        }
    }

    fn url(&self) -> String {
        format!("http://{}/hook?token=hidden", self.address)
    }

    fn answer_with(&self, statuses: &[u16]) {
        self.memory.answers.lock().unwrap().extend(statuses);
    }

    fn letters(&self) -> Vec<Letter> {
        self.memory.letters.lock().unwrap().clone()
    }

    async fn wait_for(&self, count: usize) -> Vec<Letter> {
        until("so many letters have come", async || {
            let letters = self.letters();
            (letters.len() >= count).then_some(letters)
        })
        .await
    }
}

async fn take(State(memory): State<Memory>, headers: HeaderMap, text: String) -> Response {
    let said = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    memory.letters.lock().unwrap().push(Letter {
        id: said("webhook-id").unwrap_or_default(),
        timestamp: said("webhook-timestamp").unwrap_or_default(),
        signature: said("webhook-signature"),
        body: serde_json::from_str(&text).unwrap(),
        text,
    });
    let status = memory.answers.lock().unwrap().pop_front().unwrap_or(204);
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        return (status, [(header::LOCATION, "/elsewhere")]).into_response();
    }
    (status, "так-то").into_response()
}

async fn astray(State(memory): State<Memory>) {
    *memory.led_astray.lock().unwrap() += 1;
}

fn setup(url: &str, events: &[ReceiptState]) -> OutboxSetup {
    let how = Delivering {
        secrets: vec![Secret::of(&SECRET).unwrap()],
        timeout: Duration::from_secs(5),
        allow_private: true,
        ..Delivering::default()
    };
    OutboxSetup {
        webhooks: vec![Webhook {
            name: "billing".to_owned(),
            url: url.to_owned(),
            events: events.to_vec(),
            paused: false,
            how: how.clone(),
        }],
        callbacks: Delivering {
            secrets: Vec::new(),
            ..how
        },
    }
}

async fn ready(setup: OutboxSetup) -> Stand {
    let stand = Stand::ready_to_tell(setup).await;
    for account in ["100001", "100002"] {
        stand.open_account(account).await;
    }
    stand
}

async fn pay(stand: &Stand, key: &str, account: &str) -> String {
    let paid = stand.post("?wait=30", &payment(key, account, "100")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    paid.body["receipts"][0]["id"].as_str().unwrap().to_owned()
}

/// Orders something, with or without a body.
async fn order(stand: &Stand, path: &str, body: &Value) -> Answer {
    stand.order_as_it_is(path, body).await
}

/// The only webhook, once it is as wanted.
async fn webhook(stand: &Stand, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until(what, async || {
        let webhook = stand.get("/v1/webhooks").await.body[0].clone();
        wanted(&webhook).then_some(webhook)
    })
    .await
}

fn signed(letter: &Letter) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&SECRET).unwrap();
    mac.update(format!("{}.{}.{}", letter.id, letter.timestamp, letter.text).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_is_told_in_order_and_signed() {
    let receiver = Receiver::start().await;
    let stand = ready(setup(&receiver.url(), &ReceiptState::ALL)).await;
    // Some letters are not taken at first: later ones of the account wait for them.
    receiver.answer_with(&[500, 503]);
    let mut receipts = Vec::new();
    for number in 0..3 {
        for account in ["100001", "100002"] {
            receipts.push(pay(&stand, &format!("{account}-{number}"), account).await);
        }
    }
    webhook(&stand, "everything is delivered", |it| {
        it["waiting"] == 0 && receiver.letters().len() >= 6 * 4 + 2
    })
    .await;
    let mut told: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut seen = Vec::new();
    for letter in receiver.letters() {
        assert_eq!(letter.signature, Some(signed(&letter)));
        let age = desk_now() - letter.timestamp.parse::<i64>().unwrap();
        assert!((0..300).contains(&age), "{letter:?}");
        if seen.contains(&letter.id) {
            continue;
        }
        seen.push(letter.id.clone());
        let data = &letter.body["data"];
        let kind = letter.body["type"].as_str().unwrap().to_owned();
        let account = data["account"].as_str().unwrap().to_owned();
        let receipt = data["id"].as_str().unwrap().to_owned();
        told.entry(account).or_default().push((receipt, kind));
    }
    let way = ["queued", "on_drive", "fiscalized", "acknowledged"];
    for (place, account) in ["100001", "100002"].into_iter().enumerate() {
        let of_account: Vec<&String> = receipts.iter().skip(place).step_by(2).collect();
        let told = &told[account];
        assert_eq!(told.len(), of_account.len() * way.len(), "{told:?}");
        // Receipts may wait for their tickets while the next ones are formed: each has its order.
        for receipt in of_account {
            let states: Vec<_> = told.iter().filter(|(of, _)| of == receipt).collect();
            let states: Vec<&str> = states.iter().map(|(_, kind)| kind.as_str()).collect();
            assert_eq!(states, way.map(|state| format!("receipt.{state}")));
        }
    }
    let receipt = stand
        .get(&format!("/v1/receipts/{}", receipts[0]))
        .await
        .body;
    let deliveries = receipt["deliveries"].as_array().unwrap();
    let states: Vec<_> = deliveries
        .iter()
        .map(|it| it["told"].as_str().unwrap())
        .collect();
    assert_eq!(states, way);
    assert!(
        deliveries.iter().all(|it| it["state"] == "delivered"),
        "{deliveries:?}"
    );
    let shown = stand.get("/v1/webhooks").await.body.to_string();
    assert!(
        !shown.contains("hidden"),
        "what is secret is not shown: {shown}"
    );
    stand.check();
}

fn desk_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_was_down_hears_everything_once_it_is_back() {
    let receiver = Receiver::start().await;
    let (address, memory) = (receiver.address, receiver.memory.clone());
    receiver.server.abort();
    let _ = receiver.server.await;
    let url = format!("http://{address}/hook");
    let mut stand = ready(setup(&url, &[ReceiptState::Fiscalized])).await;
    for number in 0..4 {
        pay(&stand, &format!("pay-{number}"), "100001").await;
    }
    let down = webhook(&stand, "letters wait", |it| it["waiting"] == 4).await;
    assert_eq!(
        (&down["state"], &down["last_success_at_ms"]),
        (&json!("active"), &Value::Null)
    );
    let path = "/v1/deliveries?state=waiting&webhook=billing";
    let tried = until("the first was tried", async || {
        let waiting = stand.get(path).await.body;
        (waiting[0]["attempts"].as_u64() >= Some(1)).then_some(waiting)
    })
    .await;
    assert!(
        tried[0]["last"]["answer"]
            .as_str()
            .unwrap()
            .contains("error"),
        "{tried}"
    );
    assert_eq!(
        tried[1]["attempts"], 0,
        "the next of the account waits for it: {tried}"
    );
    // What is owed outlives the program.
    stand.close().await;
    let receiver = Receiver::start_at(address, memory).await;
    stand.open().await;
    let replayed = order(&stand, "/v1/webhooks/billing/replay", &json!({})).await;
    assert_eq!(replayed.status, 200, "{replayed:?}");
    let letters = receiver.wait_for(4).await;
    let keys: Vec<_> = letters
        .iter()
        .map(|it| it.body["data"]["operation"].clone())
        .collect();
    assert!(
        keys.windows(2)
            .all(|pair| pair[0].as_str() < pair[1].as_str()),
        "{keys:?}"
    );
    webhook(&stand, "all is delivered", |it| {
        it["waiting"] == 0 && it["dead"] == 0
    })
    .await;
    assert_eq!(receiver.letters().len(), 4, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_private_addresses_are_refused() {
    let receiver = Receiver::start().await;
    let stand = ready(setup(&receiver.url(), &[ReceiptState::Fiscalized])).await;
    receiver.answer_with(&[302]);
    pay(&stand, "pay-1", "100001").await;
    let last = until("it is not taken", async || {
        let waiting = stand.get("/v1/deliveries?state=waiting").await.body;
        waiting[0]["last"]["status"]
            .as_u64()
            .map(|_| waiting[0]["last"].clone())
    })
    .await;
    assert_eq!(
        (&last["status"], &last["answer"]),
        (&json!(302), &json!("")),
        "{last}"
    );
    assert_eq!(*receiver.memory.led_astray.lock().unwrap(), 0);

    // By a name: which addresses it leads to shows only when it is resolved.
    let url = format!("http://localhost:{}/hook", receiver.address.port());
    let mut private = setup(&url, &[ReceiptState::Fiscalized]);
    private.webhooks[0].how.allow_private = false;
    private.callbacks.allow_private = false;
    let stand = ready(private).await;
    let tried = order(&stand, "/v1/webhooks/billing/test", &json!({})).await;
    assert_eq!(tried.body["delivered"], false, "{tried:?}");
    let said = tried.body["answer"].as_str().unwrap();
    assert!(said.contains("private address"), "{said}");
    let mut with_callback = payment("pay-1", "100001", "100");
    with_callback["callback"] = json!(receiver.url());
    let before = receiver.letters().len();
    assert_eq!(stand.post("?wait=30", &with_callback).await.status, 201);
    until("neither is sent", async || {
        let waiting = stand.get("/v1/deliveries?state=waiting").await.body;
        let waiting = waiting.as_array().unwrap();
        let refused = |it: &&Value| it["last"]["answer"].to_string().contains("private address");
        (waiting.iter().filter(refused).count() == 2).then_some(())
    })
    .await;
    assert_eq!(receiver.letters().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_told_once_more_by_order() {
    let receiver = Receiver::start().await;
    let mut impatient = setup(&receiver.url(), &[ReceiptState::Fiscalized]);
    impatient.webhooks[0].how.patience = Duration::ZERO;
    let stand = ready(impatient).await;
    receiver.answer_with(&[500, 500, 410]);
    for number in 0..2 {
        pay(&stand, &format!("pay-{number}"), "100001").await;
    }
    webhook(&stand, "both are given up", |it| it["dead"] == 2).await;
    let dead = stand.get("/v1/deliveries?state=dead").await.body;
    assert_eq!(dead[0]["last"]["answer"], "так-то", "{dead}");
    // The receiver has had enough, and changes its mind.
    let path = format!("/v1/deliveries/{}/replay", dead[0]["id"].as_str().unwrap());
    stand.order_done(&path).await;
    webhook(&stand, "it is stopped", |it| it["state"] == "stopped").await;
    let replayed = order(&stand, "/v1/webhooks/billing/replay", &json!({})).await;
    assert_eq!(replayed.body, json!({"letters": 2}));
    webhook(&stand, "both are delivered", |it| {
        it["dead"] == 0 && it["waiting"] == 0 && it["state"] == "active"
    })
    .await;
    let letters = receiver.wait_for(5).await;
    assert_eq!(
        letters[0].id, letters[2].id,
        "a letter keeps its identifier"
    );
    let ids: Vec<&str> = letters[3..].iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, [&*letters[0].id, &*letters[1].id], "in order");
    // From an event on: also what was delivered.
    let from = json!({"from": dead[1]["event"]});
    let replayed = order(&stand, "/v1/webhooks/billing/replay", &from).await;
    assert_eq!(replayed.body, json!({"letters": 1}));
    assert_eq!(receiver.wait_for(6).await[5].id, letters[1].id);
    let unknown = order(&stand, "/v1/webhooks/nobody/replay", &json!({})).await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("unknown_webhook"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operations_callback_is_called_once_when_all_its_receipts_are_settled() {
    let receiver = Receiver::start().await;
    let mut only_callbacks = setup(&receiver.url(), &[]);
    only_callbacks.webhooks.clear();
    let stand = ready(only_callbacks).await;
    let mut paid = payment("pay-1", "100001", "100");
    paid["callback"] = json!(receiver.url());
    let answer = stand.post("?wait=30", &paid).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    stand.all_acknowledged().await;
    let repeated = stand.post("", &paid).await;
    assert_eq!(repeated.body["id"], answer.body["id"], "{repeated:?}");
    // One without receipts is settled at once.
    let mut nothing = json!({"type": "writeoff", "key": "off-1", "account": "100001",
        "reason": "limitation", "items": [{"debt": "old-1", "amount": "550.00"}]});
    nothing["callback"] = json!(receiver.url());
    let wrote_off = stand.post("", &nothing).await;
    assert_eq!(wrote_off.status, 201, "{wrote_off:?}");
    let letters = receiver.wait_for(2).await;
    assert_eq!(letters[0].body["type"], "operation.settled");
    assert_eq!(letters[0].body["data"]["key"], "pay-1");
    assert_eq!(
        letters[0].signature, None,
        "no secret is known for callbacks"
    );
    assert_eq!(
        letters[0].id,
        format!("op_{}", answer.body["id"].as_str().unwrap())
    );
    let all = until("all are delivered", async || {
        let all = stand.get("/v1/deliveries").await.body;
        let is_done = all
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["state"] == "delivered");
        is_done.then_some(all)
    })
    .await;
    assert_eq!(all.as_array().unwrap().len(), 2, "each once: {all}");
    let mut wrong = payment("pay-2", "100001", "100");
    wrong["callback"] = json!("ftp://example.ru/");
    let refused = stand.post("", &wrong).await;
    assert_eq!(
        (refused.status, &refused.body["field"]),
        (422, &json!("callback")),
        "{refused:?}"
    );
    stand.check();
}
