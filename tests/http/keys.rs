//! What the holders of keys may do, and that everything says whose key it came with.

use desk::{KeyRing, NewKey, Scope, Store};
use serde_json::{Value, json};

use crate::stand::{Stand, account, charge, owing, payment, services, until};

/// A stand whose journal has these keys besides the usual ones; the secret is `kst_` and the name.
pub(crate) async fn stand_with(keys: impl IntoIterator<Item = NewKey>) -> Stand {
    let mut stand = Stand::new();
    let ring = ring(&stand);
    for key in keys {
        ring.add(&key).unwrap();
    }
    drop(ring);
    stand.open().await;
    stand
}

/// A key without limits for the organisation of the stand.
pub(crate) fn key(name: &str, scopes: &[Scope]) -> NewKey {
    let inn = "7802781104".parse().unwrap();
    let hash = desk::key_hash(&format!("kst_{name}"));
    NewKey::new(name, hash, scopes.iter().copied(), inn)
}

pub(crate) fn ring(stand: &Stand) -> KeyRing {
    KeyRing::open(&Store::in_folder(&stand.setup.folder)).unwrap()
}

pub(crate) fn bearer_of(name: &str) -> String {
    format!("Bearer kst_{name}")
}

fn cancel(key: &str) -> Value {
    json!({"type": "cancel_payment", "key": key, "account": "A", "original": "0000000000000",
        "reason": "duplicate_record"})
}

fn ready(key: &str) -> Value {
    json!({"type": "receipt", "key": key, "sign": 1, "sno": 1, "contact": "a@example.ru",
        "lines": [{"name": "Установка", "amount": "100.00", "method": 4, "subject": 4,
            "vat_code": 6}],
        "payments": {"cashless": "100.00"}})
}

fn correction(key: &str) -> Value {
    let mut receipt = ready(key);
    receipt["correction"] = json!({"date": "2026-11-01"});
    receipt
}

/// One operation of each type, with the scope that it needs.
fn operations() -> [(Scope, Value); 14] {
    let on = |kind: &str, more: Value| {
        let mut operation = json!({"type": kind, "key": kind, "account": "A"});
        let fields = more.as_object().unwrap().clone();
        operation.as_object_mut().unwrap().extend(fields);
        operation
    };
    [
        (Scope::Push, payment("payment", "A", "10")),
        (Scope::Push, charge("charge", "A", "10")),
        (Scope::Push, on("identify", json!({"payment": "nobody's"}))),
        (
            Scope::Push,
            json!({"type": "period_close", "key": "period_close", "period": "2026-11"}),
        ),
        (
            Scope::Push,
            on(
                "refund",
                json!({"of": "advance", "service": "INET", "amount": "1", "kind": "cash"}),
            ),
        ),
        (
            Scope::Push,
            on(
                "recalc",
                json!({"service": "INET", "period": "2026-11", "delta": "-1", "to": "advance"}),
            ),
        ),
        (
            Scope::Push,
            on(
                "writeoff",
                json!({"reason": "limitation", "items": [{"debt": "old-1", "amount": "1"}]}),
            ),
        ),
        (
            Scope::Push,
            json!({"type": "move", "key": "move", "amount": "1", "payer_order": true,
                "from": {"account": "A", "service": "INET"},
                "to": {"account": "A", "service": "TV"}}),
        ),
        (Scope::Push, ready("ready")),
        (Scope::Correct, cancel("cancel")),
        (
            Scope::Correct,
            on(
                "restore_payment",
                json!({"lost_date": "2026-10-15", "parts": [{"kind": "cash", "amount": "1"}]}),
            ),
        ),
        (
            Scope::Correct,
            on(
                "restore_charge",
                json!({"lost_date": "2026-10-31", "lines": [
                    {"service": "INET", "period": "2026-10", "amount": "1", "credit": "1"}]}),
            ),
        ),
        (
            Scope::Correct,
            json!({"type": "fix_receipt", "key": "fix", "original": "0000000000000",
                "ledger": false,
                "right": {"lines": [], "payments": {"cashless": "1"}}}),
        ),
        (Scope::Correct, correction("correction")),
    ]
}

/// Requests, with the scopes of which one suffices.
fn requests() -> Vec<(&'static [Scope], String, String)> {
    const READ: &[Scope] = &[Scope::Read];
    const PUSH: &[Scope] = &[Scope::Push];
    const CORRECT: &[Scope] = &[Scope::Correct];
    const ADMIN: &[Scope] = &[Scope::Admin];
    let mut requests: Vec<(&'static [Scope], String, String)> = Vec::new();
    let mut add = |scopes, line: &str, body: &str| {
        requests.push((scopes, line.to_owned(), body.to_owned()));
    };
    for path in [
        "/v1/operations?key=nobody",
        "/v1/operations/0000000000000",
        "/v1/receipts/0000000000000",
        "/v1/receipts/0000000000000.html",
        "/v1/accounts/A",
        "/v1/services",
        "/v1/cassette",
        "/v1/history",
        "/v1/remarks",
        "/v1/offsets?period=2026-13",
        "/v1/restorations",
        "/v1/restorations/1",
        "/v1/restorations/1/rows",
        "/v1/restorations/1/report",
    ] {
        add(READ, &format!("GET {path}"), "");
    }
    add(PUSH, "PUT /v1/services", &services().to_string());
    add(PUSH, "PUT /v1/accounts/A", &owing().to_string());
    add(PUSH, "POST /v1/balances", "wrong");
    add(
        &[Scope::Push, Scope::Correct],
        "POST /v1/preview",
        &cancel("preview").to_string(),
    );
    for order in [
        "operations:cancel",
        "receipts/0000000000000/fix",
        "restorations:lost",
        "restorations:fix",
        "restorations/1/approve",
        "restorations/1/run",
        "restorations/1/pause",
        "restorations/1/resume",
        "restorations/1/abandon",
    ] {
        add(CORRECT, &format!("POST /v1/{order}"), "{}");
    }
    for order in [
        "receipts/0000000000000/form-anew",
        "receipts/0000000000000/release",
        "cassette/9/swap",
        "cassette/9/swap/confirm",
        "cassette/9/swap/abandon",
        "cassette/9/adopt",
        "cassette/9/export",
        "cassette/9/register",
        "cassette/9/reprobe",
        "clock/trust",
    ] {
        add(ADMIN, &format!("POST /v1/{order}"), "{}");
    }
    for (scope, operation) in operations() {
        let scopes = if scope == Scope::Push { PUSH } else { CORRECT };
        add(scopes, "POST /v1/operations", &operation.to_string());
        add(
            &[Scope::Push, Scope::Correct],
            "POST /v1/operations",
            &format!("[{operation}]"),
        );
    }
    requests
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_opens_its_class_of_requests_and_no_other() {
    let stand = stand_with(Scope::ALL.map(|scope| key(scope.name(), &[scope]))).await;
    stand.open_account("A").await;
    for (needed, line, body) in requests() {
        let (method, path) = line.split_once(' ').unwrap();
        for scope in Scope::ALL {
            let bearer = bearer_of(scope.name());
            let answer = stand.send(method, path, Some(&bearer), body.clone()).await;
            let what = format!("{} {line} {body}: {answer:?}", scope.name());
            let is_refused = answer.status == 403;
            assert_eq!(is_refused, !needed.contains(&scope), "{what}");
            if is_refused {
                assert_eq!(answer.body["code"], "wrong_scope", "{what}");
                assert_eq!(answer.content_type, "application/problem+json", "{what}");
            }
            assert!(![401, 429, 500].contains(&answer.status), "{what}");
        }
    }
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_array_each_operation_is_judged_for_itself_and_nothing_of_a_refused_one_happens() {
    let stand = stand_with([
        key("pusher", &[Scope::Push]),
        key("corrector", &[Scope::Correct]),
    ])
    .await;
    stand.open_account("A").await;
    let array = json!([
        payment("one", "A", "10"),
        cancel("two"),
        {"type": "payment", "key": "three"},
        correction("four"),
        payment("five", "A", "20"),
    ]);
    let told = async |holder: &str| -> Vec<String> {
        let bearer = bearer_of(holder);
        let answer = stand
            .send("POST", "/v1/operations", Some(&bearer), array.to_string())
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let elements = answer.body.as_array().unwrap();
        elements
            .iter()
            .map(|it| {
                let word = it["code"].as_str().or(it["key"].as_str());
                word.unwrap().to_owned()
            })
            .collect()
    };
    let (wrong, bad) = ("wrong_scope", "bad_value");
    assert_eq!(told("pusher").await, ["one", wrong, bad, wrong, "five"]);
    assert_eq!(stand.stored().0, 2);
    // Of the other key's operations even a repetition is refused.
    assert_eq!(
        told("corrector").await,
        [wrong, "unknown_receipt", bad, "four", wrong]
    );
    assert_eq!(stand.stored().0, 3);
    for (key, sender) in [("one", "pusher"), ("four", "corrector")] {
        let operation = stand.get(&format!("/v1/operations?key={key}")).await;
        assert_eq!(operation.body["sent_by"], sender, "{operation:?}");
    }
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_changed_says_with_whose_key() {
    let mut stand = stand_with([
        key("billing-2", &[Scope::Push]),
        key("engineer", &[Scope::Admin]),
    ])
    .await;
    let send = async |stand: &Stand, holder: &str, line: &str, body: &Value| {
        let (method, path) = line.split_once(' ').unwrap();
        let bearer = bearer_of(holder);
        stand
            .send(method, path, Some(&bearer), body.to_string())
            .await
    };
    let declared = send(&stand, "billing-2", "PUT /v1/services", &services()).await;
    assert_eq!(declared.status, 200, "{declared:?}");
    // The same once more is no change.
    stand.open_account("A").await;
    let contact = json!({"contact": "b@example.ru"});
    let set = send(&stand, "billing-2", "PUT /v1/accounts/A", &contact).await;
    assert_eq!(set.status, 200, "{set:?}");
    let known = stand.get(&account("A")).await.body;
    assert_eq!(
        (&known["opened_by"], &known["set_by"]),
        (&json!("billing"), &json!("billing-2"))
    );
    let table = "account;contact;item;id;service;period;amount;credit;date;kind\n1;;;;;;;;;\n";
    let path = "/v1/balances";
    let bearer = bearer_of("billing-2");
    let imported = stand.send("POST", path, Some(&bearer), table).await;
    assert_eq!(imported.status, 200, "{imported:?}");
    assert_eq!(
        stand.get(&account("1")).await.body["opened_by"],
        "billing-2"
    );

    stand.register().await;
    let order = json!({"by": "Дежурный инженер", "reason": "он почти полон"});
    let swap = "POST /v1/cassette/2/swap";
    let ordered = send(&stand, "engineer", swap, &order).await;
    assert_eq!(ordered.status, 200, "{ordered:?}");
    let history = stand.get("/v1/history").await.body;
    let keys = |what: &str| -> Vec<Value> {
        let entries = history.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["what"] == what)
            .map(|entry| json!([entry["by"], entry["key"]]))
            .collect()
    };
    assert_eq!(keys("services_changed"), [json!([null, "billing-2"])]);
    assert_eq!(
        keys("swap_ordered"),
        [json!(["Дежурный инженер", "engineer"])]
    );
    let registered = keys("registration_ordered");
    assert_eq!(registered, [json!([null, "engineer"])]);

    // When a key was used last is written down at the latest when the server stops.
    stand.close().await;
    let keys = ring(&stand).list().unwrap();
    let used = |name: &str| {
        let key = keys.iter().find(|key| key.name == name).unwrap();
        key.last_used_at.is_some_and(|at| at >= key.created_at)
    };
    assert!(
        used("billing-2") && used("engineer") && !used("rack"),
        "{keys:?}"
    );
    stand.open().await;
    let keys = until("the keys are read", async || stand.desk().key_by_id(1)).await;
    assert_eq!(keys.name, "billing");
}
