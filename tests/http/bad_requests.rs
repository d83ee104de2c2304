//! Requests that cannot be: each gets its documented status and code as a problem, and changes
//! nothing.

use desk::{KeyRing, NewKey, Scope, Store};
use serde_json::{Value, json};

use crate::stand::{Answer, KEY, Stand, Stored, account, bearer, owing, payment, until};

/// All that a request could have changed.
async fn state(stand: &Stand) -> (Stored, [Value; 3]) {
    let services = stand.get("/v1/services").await.body;
    let known = stand.get(&account("100001")).await.body;
    let unknown = stand.get(&account("100002")).await.body;
    (stand.stored(), [services, known, unknown])
}

#[track_caller]
fn assert_problem(request: &str, answer: &Answer, status: u16, code: &str) {
    let body = &answer.body;
    assert_eq!(
        (answer.status, &body["code"]),
        (status, &json!(code)),
        "{request}: {answer:?}"
    );
    assert_eq!(answer.content_type, "application/problem+json", "{request}");
    assert_eq!(body["status"], status, "{request}");
    assert_eq!(
        body["type"],
        format!("urn:kassette:problem:{code}"),
        "{request}"
    );
    let text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    assert!(text("title") && text("detail"), "{request}: {answer:?}");
}

/// The request gets the problem, and nothing has changed.
async fn check(
    stand: &Stand,
    request: &str,
    body: impl Into<Vec<u8>>,
    (status, code): (u16, &str),
) -> Answer {
    let before = state(stand).await;
    let body = body.into();
    let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    let shown = format!("{request} {shown}");
    let (method, path) = request.split_once(' ').unwrap();
    let answer = stand.send(method, path, Some(&bearer()), body).await;
    assert_problem(&shown, &answer, status, code);
    assert_eq!(state(stand).await, before, "{shown}");
    answer
}

const MALFORMED: (u16, &str) = (400, "malformed");
const BAD_QUERY: (u16, &str) = (400, "bad_query");
const BAD_VALUE: (u16, &str) = (422, "bad_value");

async fn stand() -> Stand {
    let mut stand = Stand::new();
    stand.open().await;
    stand.open_account("100001").await;
    stand
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json() {
    let stand = stand().await;
    let good = payment("k", "100001", "1.00").to_string();
    let deep = "[".repeat(200_000);
    let bodies = [
        Vec::new(),
        b" ".to_vec(),
        b"payment".to_vec(),
        b"{".to_vec(),
        b"[".to_vec(),
        b"[{}".to_vec(),
        good.as_bytes()[..good.len() - 1].to_vec(),
        format!("{good}{good}").into_bytes(),
        format!("{good},").into_bytes(),
        format!("\u{feff}{good}").into_bytes(),
        good.replace('k', "\n").into_bytes(),
        b"{\"type\":\"payment\",\"key\":\"\xFF\"}".to_vec(),
        good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        deep.clone().into_bytes(),
        good.replace("\"1.00\"", &deep).into_bytes(),
        format!("{{\"type\":{deep}").into_bytes(),
    ];
    let lone_surrogate = good.replace("100001", "\\ud800");
    check(&stand, "POST /v1/operations", lone_surrogate, MALFORMED).await;
    for body in &bodies {
        for request in [
            "POST /v1/operations",
            "PUT /v1/services",
            "PUT /v1/accounts/100002",
        ] {
            check(&stand, request, body.clone(), MALFORMED).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_with_a_wrong_field() {
    let stand = stand().await;
    let post = "POST /v1/operations";
    let with = |change: &dyn Fn(&mut Value)| {
        let mut operation = payment("k", "100001", "1.00");
        change(&mut operation);
        operation.to_string()
    };
    let check_field = async |body: String, field: Option<&str>| {
        let answer = check(&stand, post, body.clone(), BAD_VALUE).await;
        assert_eq!(answer.body["field"].as_str(), field, "{body}: {answer:?}");
    };
    for (field, value) in [
        ("amount", json!("1.001")),
        ("amount", json!("1e3")),
        ("amount", json!("-1.00")),
        ("amount", json!("0.00")),
        ("amount", json!("NaN")),
        ("amount", json!("")),
        ("amount", json!("9".repeat(100_000))),
        ("amount", json!({"roubles": 1})),
        ("amount", json!({"$serde_json::private::Number": "1.00"})),
        ("amount", json!([1])),
        ("amount", json!(null)),
        ("amount", json!(true)),
        ("kind", json!("gold")),
        ("kind", json!(1)),
    ] {
        let body = with(&|it| it["parts"][0][field] = value.clone());
        check_field(body, Some(&format!("parts[0].{field}"))).await;
    }
    for number in ["1.001", "1e3", "-1", "0", "90071992547409.92", "1E400"] {
        let body = with(&|_| ()).replace("\"1.00\"", number);
        check_field(body, Some("parts[0].amount")).await;
    }
    for (field, value) in [
        ("key", json!("")),
        ("key", json!("k".repeat(65))),
        ("key", json!("ы".repeat(33))),
        ("key", json!("a\u{0}b")),
        ("key", json!("a\nb")),
        ("key", json!(7)),
        ("account", json!("")),
        ("account", json!("1".repeat(41))),
        ("account", json!("1'; drop table account")),
        ("account", json!(100_001)),
        ("date", json!("2026-02-30")),
        ("date", json!("22.11.2026")),
        ("date", json!("2026-11-20T10:00")),
        ("date", json!(20_261_120)),
        ("purpose_period", json!("2026-13")),
        ("purpose_period", json!("11.2026")),
        ("channel", json!("pigeon")),
        ("parts", json!({})),
        ("parts", json!("1.00")),
        ("explicit", json!(7)),
        ("unknown", json!(1)),
        ("Amount", json!(1)),
    ] {
        check_field(with(&|it| it[field] = value.clone()), Some(field)).await;
    }
    for field in ["key", "account", "parts", "type"] {
        let body = with(&|it| drop(it.as_object_mut().unwrap().remove(field)));
        let answer = check(&stand, post, body, BAD_VALUE).await;
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("`{field}`")), "{detail}");
    }
    check_field(
        with(&|it| it["parts"] = json!([["cash", "1.00"]])),
        Some("parts[0]"),
    )
    .await;
    check_field("7".to_owned(), None).await;
    check_field("null".to_owned(), None).await;
    let unknown = with(&|it| it["type"] = json!("gift"));
    check(&stand, post, unknown, (422, "unknown_type")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_services_with_a_wrong_field() {
    let stand = stand().await;
    let put = "PUT /v1/accounts/100002";
    for (pointer, value) in [
        ("/contact", json!("ivanov")),
        ("/contact", json!("ivanov@localhost")),
        ("/contact", json!("i v@example.ru")),
        ("/contact", json!("89161234567")),
        ("/contact", json!(format!("{}@example.ru", "i".repeat(60)))),
        ("/payer_kind", json!("robot")),
        ("/debts/0/id", json!("")),
        ("/debts/0/id", json!("d".repeat(129))),
        ("/debts/0/id", json!("d\t1")),
        ("/debts/0/open", json!("0")),
        ("/debts/0/open", json!("-1")),
        ("/debts/0/open", json!("1.234")),
        ("/debts/0/period", json!("2026-10-01")),
        ("/debts/0/vat", json!("18")),
        ("/debts/0/credit", json!("yes")),
        ("/debts/0/colour", json!("red")),
        ("/advances/0/date", json!("2026-13-01")),
        ("/advances/0/kind", json!("counter")),
        ("/advances/0/method", json!(7)),
        ("/advances/0/method", json!(300)),
        ("/advances/0/amount", json!(0)),
        ("/saldo", json!("1.00")),
    ] {
        let mut body = owing();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        let answer = check(&stand, put, body.to_string(), BAD_VALUE).await;
        let named = pointer[1..].replace("/0/", "[0].");
        assert_eq!(answer.body["field"], named, "{body}");
    }
    let mut unknown = owing();
    unknown["debts"][0]["service"] = json!("GAS");
    let answer = check(&stand, put, unknown.to_string(), (422, "unknown_service")).await;
    assert_eq!(answer.body["field"], "debts[0].service");
    let mut twice = owing();
    twice["debts"] = json!([owing()["debts"][0], owing()["debts"][0]]);
    let answer = check(&stand, put, twice.to_string(), BAD_VALUE).await;
    assert_eq!(answer.body["field"], "debts[1].id");
    let mut many = owing();
    many["invoices"] =
        vec![json!({"service": "TV", "period": "2026-11", "amount": 1}); 1_001].into();
    let answer = check(&stand, put, many.to_string(), BAD_VALUE).await;
    assert_eq!(answer.body["field"], "invoices");
    let pool =
        json!({"advances": [{"id": "a", "amount": 1, "date": "2026-10-05", "kind": "cash"}]});
    let answer = check(&stand, put, pool.to_string(), BAD_VALUE).await;
    assert_eq!(answer.body["field"], "advances[0].vat");
    check(&stand, "PUT /v1/accounts/1%3B2", "{}", BAD_VALUE).await;

    let put = "PUT /v1/services";
    let agent = |field: &str, value: Value| {
        let mut agent = json!({
            "type": 64, "supplier_inn": "7802781104", "supplier_name": "Поставщик",
            "supplier_phone": "+78121234567"
        });
        agent[field] = value;
        agent
    };
    for (field, value, named) in [
        ("name", json!(""), "name"),
        ("name", json!("  "), "name"),
        ("name", json!("я".repeat(129)), "name"),
        ("name", json!("a\nb"), "name"),
        ("vat", json!("18"), "vat"),
        ("vat", json!(22), "vat"),
        ("vat", json!([]), "vat"),
        (
            "vat",
            json!([{"from": "2026-01-01", "rate": "21"}]),
            "vat[0].rate",
        ),
        (
            "vat",
            json!([{"from": "2026-01-01", "rate": "22"}, {"from": "2019-01-01", "rate": "20"}]),
            "vat",
        ),
        (
            "vat",
            vec![json!({"from": "2026-01-01", "rate": "22"}); 101].into(),
            "vat",
        ),
        ("sno", json!(3), "sno"),
        ("sno", json!("1"), "sno"),
        ("priority", json!(-1), "priority"),
        ("weight", json!("-1"), "weight"),
        ("p21", json!(1), "p21"),
        ("price", json!(1), "price"),
        (
            "agent",
            agent("supplier_inn", json!("7802781105")),
            "agent.supplier_inn",
        ),
        (
            "agent",
            agent("supplier_phone", json!("8".repeat(20))),
            "agent.supplier_phone",
        ),
        ("agent", agent("type", json!(256)), "agent.type"),
        ("agent", agent("type", json!(128)), "agent.type"),
        ("agent", agent("type", json!(0)), "agent.type"),
    ] {
        let mut service = json!({"name": "Газ", "vat": "22", "sno": 1});
        service[field] = value;
        let body = json!({"GAS": service}).to_string();
        let answer = check(&stand, put, body, BAD_VALUE).await;
        assert_eq!(answer.body["field"], format!("GAS.{named}"), "{service}");
    }
    let gas = r#"{"name": "Газ", "vat": "22", "sno": 1}"#;
    check(
        &stand,
        put,
        format!("{{\"GAS\":{gas},\"GAS\":{gas}}}"),
        BAD_VALUE,
    )
    .await;
    check(&stand, put, format!("{{\"ГАЗ\":{gas}}}"), BAD_VALUE).await;
    check(&stand, put, format!("[{gas}]"), BAD_VALUE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_above_the_limit() {
    let stand = stand().await;
    let padded = |length: usize| {
        let good = payment("k", "100001", "1.00").to_string();
        format!("{good}{}", " ".repeat(length - good.len()))
    };
    let too_large = (413, "body_too_large");
    for request in [
        "POST /v1/operations",
        "PUT /v1/services",
        "PUT /v1/accounts/1",
    ] {
        check(&stand, request, padded(api::BODY_MAX + 1), too_large).await;
    }
    let most = stand.post_text("", &padded(api::BODY_MAX)).await;
    assert_eq!(most.status, 202, "{most:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_queries_and_methods_that_do_not_exist() {
    let stand = stand().await;
    let good = payment("k", "100001", "1.00").to_string();
    for query in [
        "wait=31",
        "wait=-1",
        "wait=1.5",
        "wait=soon",
        "wait=",
        "wait=1&wait=2",
        "wait=99999999999999999999",
        "weight=1",
        "wait=1&dry_run=true",
        "key=k",
    ] {
        let request = format!("POST /v1/operations?{query}");
        check(&stand, &request, good.clone(), BAD_QUERY).await;
    }
    for request in [
        "GET /v1/operations?id=1&limit=1",
        "GET /v1/operations?key=k&wait=1",
        "GET /v1/operations/0000000000000?wait=1",
        "GET /v1/receipts/0000000000000?format=html",
        "GET /v1/accounts/100001?date=2026-01-01",
        "PUT /v1/accounts/100001?force=1",
        "GET /v1/services?code=INET",
        "PUT /v1/services?code=INET",
        "GET /v1/cassette?slot=1",
    ] {
        check(&stand, request, "", BAD_QUERY).await;
    }
    for (request, code) in [
        ("GET /v1/operations?key=k", "unknown_operation"),
        ("GET /v1/operations?key=", "unknown_operation"),
        ("GET /v1/operations?key=%FF%00", "unknown_operation"),
        ("GET /v1/operations/0000000000000", "unknown_operation"),
        ("GET /v1/operations/1", "unknown_operation"),
        ("GET /v1/receipts/0000000000000", "unknown_receipt"),
        ("GET /v1/receipts/zzzzzzzzzzzzz", "unknown_receipt"),
        ("GET /v1/accounts/100002", "unknown_account"),
        ("GET /", "unknown_path"),
        ("GET /v1", "unknown_path"),
        ("GET /v1/", "unknown_path"),
        ("GET /v2/operations?key=k", "unknown_path"),
        ("POST /v1/operations/", "unknown_path"),
        ("POST /v1/refunds", "unknown_path"),
        ("GET /v1/accounts/100001/debts", "unknown_path"),
    ] {
        check(&stand, request, "", (404, code)).await;
    }
    check(&stand, "GET /v1/accounts/%FF", "", MALFORMED).await;
    check(&stand, "GET /v1/receipts/%C3%28", "", MALFORMED).await;
    check(&stand, "GET /v1/accounts/1%002", "", BAD_VALUE).await;
    for (request, allow) in [
        ("DELETE /v1/operations", "POST,GET,HEAD"),
        ("PATCH /v1/accounts/100001", "GET,HEAD,PUT"),
        ("POST /v1/services", "GET,HEAD,PUT"),
        ("PUT /v1/receipts/0000000000000", "GET,HEAD"),
        ("POST /health", "GET,HEAD"),
    ] {
        let answer = check(&stand, request, "{}", (405, "wrong_method")).await;
        assert_eq!(answer.allow.as_deref(), Some(allow), "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_without_a_valid_key() {
    let mut stand = Stand::new();
    let ring = KeyRing::open(&Store::in_folder(&stand.setup.folder)).unwrap();
    let inn = stand.setup.organisation.inn;
    let key = NewKey::new("lost", desk::key_hash("kst_lost"), [Scope::Read], inn);
    ring.add(&key).unwrap();
    drop(ring);
    stand.open().await;
    stand.open_account("100001").await;
    let before = state(&stand).await;
    let body = payment("k", "100001", "1.00").to_string();
    let wrong = [
        "Bearer",
        "Bearer ",
        "Bearer kst_wrong",
        "Basic a2V5OmtleQ==",
        KEY,
    ];
    for key in wrong.map(Some).into_iter().chain([None]) {
        for request in [
            "POST /v1/operations",
            "GET /v1/operations?key=k",
            "GET /v1/operations/0000000000000",
            "GET /v1/receipts/0000000000000",
            "GET /v1/accounts/100001",
            "PUT /v1/accounts/100001",
            "GET /v1/services",
            "PUT /v1/services",
            "GET /v1/cassette",
        ] {
            let (method, path) = request.split_once(' ').unwrap();
            let answer = stand.send(method, path, key, body.clone()).await;
            assert_problem(&format!("{request} {key:?}"), &answer, 401, "unauthorized");
        }
    }
    assert_eq!(state(&stand).await, before);
    let spelled = format!("bearer  {KEY}");
    let answer = stand.send("GET", "/v1/services", Some(&spelled), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");

    let lost = "Bearer kst_lost";
    let answer = stand.send("GET", "/v1/services", Some(lost), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let ring = KeyRing::open(&Store::in_folder(&stand.setup.folder)).unwrap();
    assert!(ring.revoke("lost").unwrap());
    let answer = until("the key is known to be revoked", async || {
        let answer = stand.send("GET", "/v1/services", Some(lost), "").await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    assert_problem("a revoked key", &answer, 401, "unauthorized");
    assert_eq!(stand.get("/v1/services").await.status, 200);
}
