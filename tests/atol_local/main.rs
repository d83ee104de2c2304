//! The local web requests of ATOL over real HTTP, with emulated drives on real wires.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that cannot go on fails; the stand has more than is used here"
)]

mod face;
mod program;
#[path = "../http/stand.rs"]
mod stand;

use std::time::Duration;

use atol::local::LocalSetup;
use emulator::drive::{Fault, FaultKind};
use proptest::prelude::*;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use face::{Face, told};
use program::Program;
use stand::{KEY, Stand, until};

/// «Form the receipt» of the ФН protocol.
const FORM_RECEIPT: u8 = 0x16;
/// The name of the key of the tests' billing.
const NAME: &str = "billing";
const V1: &str = "/requests";
const V2: &str = "/api/v2/requests";

fn request(uuid: &str, tasks: Value) -> Value {
    json!({"uuid": uuid, "request": tasks})
}

fn sell(roubles: &str) -> Value {
    json!({
        "type": "sell", "electronically": true,
        "operator": {"name": "Кассир Иванова"},
        "clientInfo": {"emailOrPhone": "abonent@example.ru"},
        "items": [{
            "type": "position", "name": "Доступ в интернет", "price": roubles, "quantity": 1,
            "amount": roubles, "paymentMethod": "advance", "paymentObject": "payment",
            "tax": {"type": "vat122"},
        }],
        "payments": [{"type": "cash", "sum": 100_000}],
    })
}

/// Drives are given up soon.
async fn impatient() -> Stand {
    Stand::ready_with(|setup| {
        setup.limits.doubt_after = Duration::from_millis(100);
        setup.limits.retry_after = Duration::from_millis(100);
        let answers = &mut setup.link_timeouts.answers;
        answers.finish = Duration::from_millis(300);
        answers.status = Duration::from_millis(300);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_becomes_a_document_in_both_versions_and_outlives_a_restart() {
    let mut stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    assert_eq!(face.get("/").await.0, 200, "the ping");
    let mut known = Vec::new();
    // Clients end the path with a slash, make their uuids as they like, send an array of one.
    for (root, path, uuid, tasks) in [
        (V1, "/requests/", "qwertyui", json!([sell("650.10")])),
        (
            V2,
            "/api/v2/requests",
            "uuid и не по RFC",
            sell("0.30000000000000004"),
        ),
    ] {
        let (status, body) = face.post(path, &request(uuid, tasks.clone())).await;
        assert_eq!((status, &body["uuid"]), (201, &json!(uuid)), "{body}");
        assert_eq!(body["isBlocked"], false);
        let told = face.one_result(root, uuid).await;
        assert_eq!(
            (&told["status"], &told["error"]["code"]),
            (&json!("ready"), &json!(0))
        );
        let params = &told["result"]["fiscalParams"];
        assert!(params["fiscalDocumentSign"].is_string(), "{params}");
        assert_eq!(params["shiftNumber"], 1);
        assert_eq!(params["registrationNumber"].as_str().unwrap().len(), 16);
        let time = params["fiscalDocumentDateTime"].as_str().unwrap();
        assert!(time.ends_with(":00+03:00"), "{time}");
        known.push((root, uuid, tasks, told));
    }
    let mut formed = stand.receipts_on_drives();
    formed.sort_by_key(|(.., total)| *total);
    assert_eq!([formed[0].2, formed[1].2], [30, 65_010]);
    let totals: Vec<&Value> = known
        .iter()
        .map(|it| &it.3["result"]["fiscalParams"]["total"])
        .collect();
    assert_eq!(
        [totals[0].to_string(), totals[1].to_string()],
        ["650.10", "0.30"]
    );

    drop(face);
    stand.close().await;
    stand.open().await;
    let face = Face::trusting(&stand).await;
    for (root, uuid, tasks, told) in known {
        assert_eq!(face.one_result(root, uuid).await, told, "after a restart");
        let (status, body) = face.post(root, &request(uuid, tasks)).await;
        assert_eq!(status, 409, "{body}");
        // Both versions see the same requests.
        assert_eq!(face.get(&format!("{V1}/{uuid}")).await.0, 200);
    }
    assert_eq!(stand.receipts_on_drives().len(), 2);
    let (_, stat) = face.get("/stat/requests").await;
    let expected = json!({
        "ready_count": 2, "not_ready_count": 0, "canceled_count": 0, "is_blocked": false,
        "block_request_uuid": null,
    });
    assert_eq!(stat, expected);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_equal_requests_at_once_make_one_document() {
    let stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    let body = request("same", sell("10"));
    let posts = (0..20).map(|_| {
        let sent = face.request(Method::POST, V1).body(body.to_string());
        tokio::spawn(told(sent))
    });
    let mut statuses = Vec::new();
    for post in posts.collect::<Vec<_>>() {
        statuses.push(post.await.unwrap().0);
    }
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 19][..]));
    assert_eq!(face.one_result(V1, "same").await["status"], "ready");
    assert_eq!(stand.receipts_on_drives().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_cannot_be_read_are_refused_and_tasks_tell_what_is_wrong_with_them() {
    let stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    for body in [
        json!({"uuid": "a", "request": [sell("1"), sell("2")]}),
        json!({"uuid": "a", "request": [{"type": "openShift"}, sell("2")]}),
        json!({"uuid": "a"}),
        json!({"request": sell("1")}),
        json!({"uuid": 5, "request": sell("1")}),
        json!({"uuid": "", "request": sell("1")}),
        json!({"uuid": "x".repeat(129), "request": sell("1")}),
        json!({"uuid": "a", "request": []}),
        json!({"uuid": "a", "request": "sell"}),
        json!([]),
    ] {
        let (status, told) = face.post(V2, &body).await;
        assert_eq!(status, 400, "{body}: {told}");
        assert!(told["error"]["description"].is_string(), "{told}");
    }
    let broken = face.request(Method::POST, V1).body("{\"uuid\": ");
    assert_eq!(told(broken).await.0, 400);
    let huge = face.request(Method::POST, V1).body(vec![b' '; 2 << 20]);
    assert_eq!(told(huge).await.0, 413);
    assert_eq!(
        face.get(&format!("{V1}/a")).await.0,
        404,
        "none of them was taken"
    );
    assert_eq!(face.get(V1).await.0, 405);

    let mut unpriced = sell("5");
    unpriced["items"][0]["price"] = Value::Null;
    let mut unpaid = sell("5");
    unpaid["payments"][0]["sum"] = json!(4);
    let mut wrong_cost = sell("5");
    wrong_cost["items"][0]["quantity"] = json!(3);
    for (uuid, task, code, words) in [
        ("parse", unpriced, 501, "items[0].price"),
        ("unpaid", unpaid, 66, "4.00"),
        ("cost", wrong_cost, 16, "line-cost"),
        ("unknown", json!({"type": "dance"}), 501, "type"),
        ("no object", json!("sell"), 501, "задание"),
    ] {
        let tasks = json!([{"type": "getShiftStatus"}, task, {"type": "getFnStatus"}]);
        let (status, body) = face.post(V2, &request(uuid, tasks)).await;
        assert_eq!(status, 201, "{body}");
        let results = face.results_after(V2, uuid, &[]).await;
        let words_of = |place: usize| results[place]["status"].as_str().unwrap();
        assert_eq!(
            [words_of(0), words_of(1), words_of(2)],
            ["ready", "error", "interrupted"]
        );
        assert_eq!(results[1]["error"]["code"], code, "{results:?}");
        let described = results[1]["error"]["description"].as_str().unwrap();
        assert!(described.contains(words), "{described}");
        assert_eq!(
            results[2]["errorCode"], 502,
            "flat for those that copied v1"
        );
        assert_eq!(face.post(V2, &request(uuid, sell("5"))).await.0, 409);
    }
    assert_eq!(stand.stored().0, 0, "nothing was accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_dies_in_a_receipt_blocks_it_until_the_drive_tells() {
    let stand = impatient().await;
    let face = Face::trusting(&stand).await;
    for faults in &stand.faults {
        faults.add(Fault::always(FaultKind::Dead).at(FORM_RECEIPT));
    }
    let tasks = json!([sell("650"), {"type": "getFnStatus"}]);
    assert_eq!(face.post(V1, &request("u", tasks)).await.0, 201);
    let blocked = until("the receipt is in doubt", async || {
        let (_, body) = face.get("/requests/u").await;
        (body["results"][0]["status"] == "blocked").then_some(body)
    })
    .await;
    assert_eq!(blocked["results"][1]["status"], "wait", "{blocked}");
    let withdrawn = told(face.request(Method::DELETE, "/requests/u")).await;
    assert_eq!(withdrawn.0, 405, "it may be a document: {withdrawn:?}");
    let (_, stat) = face.get("/stat/requests").await;
    assert_eq!(
        (
            &stat["is_blocked"],
            &stat["block_request_uuid"],
            &stat["not_ready_count"]
        ),
        (&json!(true), &json!("u"), &json!(1))
    );

    stand.faults.iter().for_each(emulator::drive::Faults::clear);
    let results = face.results_after(V1, "u", &["wait"]).await;
    let params = &results[0]["result"]["fiscalParams"];
    let [(drive, number, 65_000)] = &stand.receipts_on_drives()[..] else {
        panic!("it is formed once: {:?}", stand.receipts_on_drives());
    };
    assert_eq!(params["fnNumber"], json!(drive));
    assert_eq!(params["fiscalDocumentNumber"], json!(number));
    assert_eq!(
        results[1]["status"], "ready",
        "what stands behind it goes on"
    );
    assert_eq!(face.get("/stat/requests").await.1["is_blocked"], false);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_drive_refuses_waits_for_a_person_and_is_no_error_yet() {
    let stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    for faults in &stand.faults {
        let refuse = FaultKind::Refuse(fn_proto::AnswerCode::BAD_ATTRIBUTE);
        faults.add(Fault::always(refuse).at(FORM_RECEIPT));
    }
    assert_eq!(face.post(V2, &request("u", sell("5"))).await.0, 201);
    let results = face.results_after(V2, "u", &["wait"]).await;
    assert_eq!(results[0]["status"], "blocked", "{results:?}");
    let described = results[0]["error"]["description"].as_str().unwrap();
    assert!(described.contains("18h"), "the drive's code: {described}");
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_by_the_drive_on_duty_or_the_one_named() {
    let stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    let closed = face.ask("shift-1", json!({"type": "getShiftStatus"})).await;
    assert_eq!(
        closed["result"]["shiftStatus"]["state"], "closed",
        "{closed}"
    );
    let opened = face.ask("open-1", json!({"type": "openShift"})).await;
    assert_eq!(
        (&opened["status"], &opened["result"]),
        (&json!("ready"), &Value::Null)
    );
    let sold = face.ask("sell", sell("100")).await;
    let drive = sold["result"]["fiscalParams"]["fnNumber"].clone();
    stand.all_acknowledged().await;

    let named = format!("{V2}?deviceID={}", drive.as_str().unwrap());
    let mut place = 0;
    let mut ask = async |task: &str| {
        place += 1;
        let uuid = format!("ask-{place}");
        let (status, body) = face
            .post(&named, &request(&uuid, json!({"type": task})))
            .await;
        assert_eq!(status, 201, "{body}");
        let told = face.one_result(V2, &uuid).await;
        assert_eq!(told["status"], "ready", "{task}: {told}");
        told["result"].clone()
    };
    let shift = ask("getShiftStatus").await["shiftStatus"].clone();
    assert_eq!(
        (&shift["state"], &shift["documentsCount"]),
        (&json!("opened"), &json!(1))
    );
    let opening = ask("openShift").await["fiscalParams"].clone();
    assert_eq!(
        (&opening["fnNumber"], &opening["shiftNumber"]),
        (&drive, &json!(1))
    );
    assert_eq!(ask("getFnInfo").await["fnInfo"]["livePhase"], "fiscalMode");
    let fn_status = ask("getFnStatus").await["fnStatus"].clone();
    let number = &sold["result"]["fiscalParams"]["fiscalDocumentNumber"];
    assert_eq!(&fn_status["fiscalDocumentNumber"], number);
    assert_eq!(
        ask("getDeviceInfo").await["deviceInfo"]["ffdVersion"],
        "1.2"
    );
    assert_eq!(
        ask("getDeviceStatus").await["deviceStatus"]["blocked"],
        false
    );
    let registered = ask("getRegistrationInfo").await;
    assert_eq!(registered["organization"]["vatin"], "7802781104");
    assert_eq!(registered["organization"]["taxationTypes"], json!(["osn"]));
    let exchange = until("the report on the shift is sent, too", async || {
        let exchange = face
            .ask(&fresh(), json!({"type": "ofdExchangeStatus"}))
            .await;
        (exchange["result"]["status"]["notSentCount"] == 0).then_some(exchange)
    })
    .await;
    assert_eq!(exchange["result"]["errors"]["network"]["code"], 0);
    for harmless in ["closeShift", "cashIn", "cashOut", "reportX", "nonFiscal"] {
        assert_eq!(ask(harmless).await, Value::Null, "{harmless}");
    }

    let refused = face.ask("archive", json!({"type": "closeArchive"})).await;
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!("error"), &json!(11))
    );
    let (status, _) = face
        .post("/requests?deviceID=99", &request("x", sell("1")))
        .await;
    assert_eq!(status, 404, "there is no such slot");
    let device = json!({"id": "1", "settings": {"model": 500}});
    assert_eq!(
        face.post("/api/v2/devices", &device).await.0,
        409,
        "it is there already"
    );
    let activated = face
        .post("/api/v2/activateDevice?deviceID=1", &Value::Null)
        .await;
    assert_eq!(activated.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_closing_of_a_shift_is_told_when_it_is_asked_to_be_closed() {
    let stand = Stand::ready().await;
    let face = Face::trusting(&stand).await;
    let sold = face.ask("sell", sell("100")).await["result"]["fiscalParams"].clone();
    let cassette = stand.get("/v1/cassette").await.body;
    let mut slots = cassette["slots"].as_array().unwrap().iter();
    let slot = slots
        .find(|slot| slot["fn_number"] == sold["fnNumber"])
        .unwrap();
    // To be replaced, a drive closes its shift.
    let swap = format!("/v1/cassette/{}/swap", slot["slot"]);
    let ordered = stand.order(&swap, &json!({})).await;
    assert_eq!(ordered.status, 200, "{ordered:?}");
    let path = format!("{V1}?deviceID={}", sold["fnNumber"].as_str().unwrap());
    let params = until("the shift is closed", async || {
        let uuid = fresh();
        let task = request(&uuid, json!({"type": "closeShift"}));
        assert_eq!(face.post(&path, &task).await.0, 201);
        let told = face.one_result(V1, &uuid).await;
        assert_eq!(told["status"], "ready", "{told}");
        let params = told["result"]["fiscalParams"].clone();
        params.is_object().then_some(params)
    })
    .await;
    assert_eq!(
        (&params["receiptsCount"], &params["shiftNumber"]),
        (&json!(1), &json!(1))
    );
    let after_the_receipt = sold["fiscalDocumentNumber"].as_u64().unwrap() + 1;
    assert_eq!(params["fiscalDocumentNumber"], after_the_receipt);
    assert_eq!(params["fnNumber"], sold["fnNumber"]);
}

/// A uuid that was not used before.
fn fresh() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("fresh-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_logs_in_with_a_key() {
    let stand = Stand::ready().await;
    let strict = Face::of(&stand, LocalSetup::default()).await;
    let post = |face: &Face, uuid: &str| {
        let body = request(uuid, sell("1")).to_string();
        face.request(Method::POST, V1).body(body)
    };
    assert_eq!(told(post(&strict, "a")).await.0, 401);
    for (name, key) in [(NAME, "wrong"), ("rack", KEY), ("", "")] {
        let request = post(&strict, "a").basic_auth(name, Some(key));
        assert_eq!(told(request).await.0, 401, "{name}");
    }
    let rack = post(&strict, "a").basic_auth("rack", Some(crate::stand::RACK_KEY));
    assert_eq!(told(rack).await.0, 403, "it is for the drives");
    let good = post(&strict, "a").basic_auth(NAME, Some(KEY));
    assert_eq!(told(good).await.0, 201);

    let trusting = Face::trusting(&stand).await;
    let page = post(&trusting, "b").header("origin", "http://foreign.example");
    assert_eq!(
        told(page).await.0,
        401,
        "a page of somebody else in a browser here"
    );
    let wrong = post(&trusting, "b").basic_auth(NAME, Some("wrong"));
    assert_eq!(told(wrong).await.0, 401, "who logs in does it right");
    assert_eq!(told(post(&trusting, "b")).await.0, 201);
}

#[test]
fn no_body_breaks_the_server_and_every_answer_is_json() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (stand, face) = runtime.block_on(async {
        let stand = Stand::ready().await;
        let face = Face::trusting(&stand).await;
        (stand, face)
    });
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[{}\\[\\]\",:a-z0-9 ]{0,200}".prop_map(String::into_bytes),
        ("[a-zA-Z]{1,12}", "\\PC{0,20}", "\\PC{0,20}").prop_map(|(kind, name, value)| {
            let task = json!({"type": kind, name: value});
            request(&fresh(), task).to_string().into_bytes()
        }),
        (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| {
            let mut body = request(&fresh(), sell("1")).to_string().into_bytes();
            let place = place % body.len();
            body[place] = byte;
            body
        }),
    ];
    let config = ProptestConfig::with_cases(200);
    proptest!(config, |(body in body, path in prop::sample::select(vec![V1, V2]))| {
        let (status, _) = runtime.block_on(told(face.request(Method::POST, path).body(body)));
        prop_assert!([201, 400, 409].contains(&status), "{}", status);
    });
    runtime.block_on(async { assert_eq!(face.get("/").await.0, 200) });
    stand.check();
    drop(runtime.enter());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_offers_the_face_where_its_configuration_says() {
    let client = Client::new();
    let post = |base: &str, path: &str| {
        let body = request(&fresh(), json!({"type": "getDeviceStatus"}));
        told(client.post(format!("{base}{path}")).body(body.to_string()))
    };
    let health = async |base: &str| told(client.get(format!("{base}/health"))).await;

    let off = Program::start("", 1);
    assert_eq!(post(&off.addresses[0], V1).await.0, 404);

    let beside = Program::start("enabled = true\nv1_path = \"/till\"", 1);
    assert_eq!(post(&beside.addresses[0], "/till").await.0, 401);
    assert_eq!(post(&beside.addresses[0], V1).await.0, 404);
    assert_eq!(health(&beside.addresses[0]).await.1["status"], "no_slot");

    let table = "enabled = true\ntrust_loopback = true\nlisten = \"127.0.0.1:0\"";
    let apart = Program::start(table, 2);
    assert_eq!(post(&apart.addresses[0], V1).await.0, 404);
    assert_eq!(post(&apart.addresses[1], V1).await.0, 201);
    assert_eq!(post(&apart.addresses[1], V2).await.0, 201);
    assert_eq!(health(&apart.addresses[1]).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_taken_back_and_never_formed() {
    let mut stand = Stand::new();
    stand.open().await;
    // No drive is registered: receipts wait.
    let face = Face::trusting(&stand).await;
    assert_eq!(face.post(V1, &request("back", sell("10"))).await.0, 201);
    assert_eq!(face.post(V1, &request("stays", sell("20"))).await.0, 201);
    let (_, waits) = face.get("/requests/back").await;
    assert_eq!(waits["results"][0]["status"], "wait", "{waits}");
    let withdrawn = face.request(Method::DELETE, "/requests/back").send().await;
    assert_eq!(withdrawn.unwrap().status().as_u16(), 200);
    let (_, gone) = face.get("/requests/back").await;
    assert_eq!(gone["results"][0]["status"], "canceled", "{gone}");
    let again = face.request(Method::DELETE, "/requests/back").send().await;
    assert_eq!(
        again.unwrap().status().as_u16(),
        405,
        "it does not wait any more"
    );

    stand.register().await;
    face.results_after(V1, "stays", &["wait"]).await;
    let formed: Vec<i64> = stand
        .receipts_on_drives()
        .iter()
        .map(|(.., sum)| *sum)
        .collect();
    assert_eq!(formed, [2_000]);
    stand.check();
}
