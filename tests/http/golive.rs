//! Before the switch: what is not ready is named, what people say is kept, and test receipts of each
//! kind are formed.

use serde_json::{Value, json};

use crate::stand::{RACK_KEY, Stand, account, bearer};

fn check<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["id"] == id);
    found.unwrap_or_else(|| panic!("no check {id}: {answer:#}"))
}

fn verdict(answer: &Value, id: &str) -> String {
    check(answer, id)["verdict"].as_str().unwrap().to_owned()
}

fn step<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let steps = answer["steps"].as_array().unwrap();
    steps.iter().find(|step| step["id"] == id).unwrap()
}

/// Three services: an own one, an exempt one, and one of an agent.
fn services() -> Value {
    json!({
        "INET": {"name": "Доступ в интернет", "vat": "22", "sno": 1, "priority": 1, "weight": 600},
        "RENT": {"name": "Содержание жилья", "vat": "none", "sno": 1, "priority": 2, "weight": 300},
        "HEAT": {
            "name": "Отопление", "vat": "22", "sno": 1, "priority": 3, "weight": 900,
            "agent": {
                "type": 64, "supplier_inn": "7707329152", "supplier_name": "ООО «Тепло»",
                "supplier_phone": "+78121234567"
            }
        }
    })
}

async fn golive(stand: &Stand, table: &str) -> Value {
    let key = format!("Bearer {RACK_KEY}");
    let answer = stand
        .send("POST", "/v1/golive", Some(&key), table.to_owned())
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_receipt_of_each_service_is_formed_in_memory_and_none_is_stored() {
    let stand = Stand::ready().await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    let formed_before = stand.receipts_on_drives();
    let answer = golive(&stand, "").await;
    assert_eq!(verdict(&answer, "test_receipts"), "ok", "{answer:#}");
    let tried = answer["test_receipts"].as_array().unwrap();
    assert_eq!(tried.len(), 3 * 7);
    let methods = |service: &str, kind: &str| -> Vec<u64> {
        let of = |it: &&Value| it["service"] == service && it["kind"] == kind;
        let documents = tried.iter().find(of).unwrap()["documents"].as_array();
        let lines = documents
            .unwrap()
            .iter()
            .flat_map(|it| it["lines"].as_array().unwrap());
        lines.map(|line| line["method"].as_u64().unwrap()).collect()
    };
    for (kind, method) in [
        ("advance", 3),
        ("offset", 4),
        ("credit", 6),
        ("credit_payment", 7),
        ("debt", 4),
        ("refund", 3),
    ] {
        assert_eq!(methods("INET", kind), [method], "{kind}");
        assert_eq!(methods("RENT", kind), [method], "{kind}");
    }
    assert!(!methods("INET", "correction").is_empty());
    // The supplier makes receipts of charges himself; money goes through us.
    assert_eq!(methods("HEAT", "advance"), [3]);
    assert_eq!(methods("HEAT", "offset"), [0; 0]);
    assert_eq!(stand.receipts_on_drives(), formed_before);
    assert_eq!(stand.stored().0, 0, "no operation is stored");
    assert_eq!(stand.get("/v1/accounts/T1").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ready_is_named_with_what_to_do() {
    let mut stand = Stand::new();
    stand.open().await;
    let bare = golive(&stand, "").await;
    assert_eq!(bare["verdict"], "stop");
    for id in [
        "services",
        "contacts",
        "drives_registered",
        "administrator",
        "chief_accountant",
    ] {
        assert_eq!(verdict(&bare, id), "stop", "{id}");
        assert!(check(&bare, id)["remedy"]["ru"].is_string(), "{id}");
    }
    assert_eq!(verdict(&bare, "balances"), "unknown");
    stand.register().await;
    let mut wrong = services();
    wrong["INET"]["vat"] = json!("20");
    wrong["RENT"]["name"] = json!("Жильё 🏠");
    wrong["HEAT"]["sno"] = json!(32);
    assert_eq!(stand.put("/v1/services", &wrong).await.status, 200);
    assert_eq!(stand.put(&account("100001"), &json!({})).await.status, 201);

    let answer = golive(&stand, "").await;
    for (id, example) in [
        ("service_vat", "INET"),
        ("service_name", "RENT"),
        ("service_tax_system", "HEAT"),
    ] {
        assert_eq!(verdict(&answer, id), "stop", "{answer:#}");
        assert_eq!(check(&answer, id)["examples"], json!([example]), "{id}");
    }
    assert_eq!(verdict(&answer, "test_receipts"), "stop");
    assert_eq!(verdict(&answer, "drives_registered"), "ok");
    assert_eq!(verdict(&answer, "drives_owner"), "ok");
    assert_eq!(verdict(&answer, "drives_emulated"), "stop");
    assert_eq!(check(&answer, "contacts")["examples"], json!(["100001"]));
    assert_eq!(check(&answer, "contacts")["figures"]["without_contact"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_compared_with_billings_file_account_by_account() {
    let stand = Stand::ready().await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    let row = |account: &str, sum: &str| {
        format!("{account};{account}@example.ru;debt;d1;INET;2026-10;{sum}\n")
    };
    let head = "account;contact;item;id;service;period;amount\n";
    let opened = format!("{head}{}{}", row("1", "650,00"), row("2", "100,00"));
    let key = bearer();
    let imported = stand
        .send("POST", "/v1/balances", Some(&key), opened.clone())
        .await;
    assert_eq!(imported.status, 200, "{imported:?}");
    let agreed = golive(&stand, &opened).await;
    assert_eq!(verdict(&agreed, "balances"), "ok", "{agreed:#}");
    assert_eq!(step(&agreed, "balances_moved")["state"], "done");
    let other = format!("{head}{}{}", row("1", "650,01"), row("3", "5,00"));
    let differs = golive(&stand, &other).await;
    let compared = &differs["balances"];
    assert_eq!(verdict(&differs, "balances"), "stop");
    assert_eq!(step(&differs, "balances_moved")["state"], "open");
    let accounts: Vec<&str> = compared["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["account"].as_str().unwrap())
        .collect();
    assert_eq!(accounts, ["1", "2", "3"]);
    assert_eq!(compared["file_saldo"], "-655.01");
    assert_eq!(compared["journal_saldo"], "-750.00");
    let unreadable = golive(&stand, &format!("{head}1;;debt;d;NOBODY;2026-10;1\n")).await;
    assert_eq!(verdict(&unreadable, "balances"), "stop");
    assert_eq!(
        unreadable["balances"]["errors"].as_array().unwrap().len(),
        1
    );
    // Nobody has changed an account by comparing.
    assert_eq!(stand.get(&account("1")).await.body["saldo"], "-650.00");
    assert_eq!(stand.get(&account("3")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_plan_the_day_and_tick_only_what_nobody_else_can_know() {
    let mut stand = Stand::ready().await;
    let plan =
        json!({"switch_on": "2030-12-01", "receipts_a_month": 1000, "by": "Анна Главбухова"});
    let planned = stand.order_as_it_is("/v1/golive/plan", &plan).await;
    assert_eq!(planned.status, 200, "{planned:?}");
    assert_eq!(step(&planned.body, "ofd_contract")["due"], "2030-11-01");
    let done = json!({"by": "Анна Главбухова", "note": "№ 17"});
    let path = "/v1/golive/steps/ofd_contract";
    assert_eq!(stand.order_as_it_is(path, &done).await.status, 200);
    let again = json!({"by": "Кто-то другой"});
    let again = stand.order_as_it_is(path, &again).await.body;
    assert_eq!(
        step(&again, "ofd_contract")["done"]["by"],
        "Анна Главбухова"
    );
    let by_hand = stand
        .order_as_it_is("/v1/golive/steps/drives_ready", &done)
        .await;
    assert_eq!(by_hand.status, 409);
    assert_eq!(by_hand.body["code"], "shown_by_checks");
    for (path, body, status) in [
        ("/v1/golive/steps/nothing", json!({"by": "Анна"}), 404),
        (path, json!({"by": " "}), 422),
        (
            "/v1/golive/steps/staff_told",
            json!({"by": "Анна", "note": "я".repeat(501)}),
            422,
        ),
        (
            "/v1/golive/steps/staff_told",
            json!({"by": "Анна", "note": "a\nb"}),
            422,
        ),
        (
            "/v1/golive/plan",
            json!({"switch_on": "31.12.2030", "by": "Анна"}),
            422,
        ),
        (
            "/v1/golive/plan",
            json!({"switch_on": "2030-12-31", "by": "Анна", "receipts_a_month": 0}),
            422,
        ),
    ] {
        let answer = stand.order_as_it_is(path, &body).await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
    }
    // Billing may look, and change nothing.
    let key = bearer();
    let refused = stand.send("POST", path, Some(&key), done.to_string()).await;
    assert_eq!(refused.status, 403);
    // It is there after a restart.
    stand.close().await;
    stand.open().await;
    let answer = stand.get("/v1/golive").await.body;
    assert_eq!(answer["plan"]["switch_on"], "2030-12-01");
    assert_eq!(step(&answer, "ofd_contract")["state"], "done");
    assert_eq!(step(&answer, "ofd_contract")["done"]["note"], "№ 17");
    assert_eq!(
        verdict(&answer, "ofd_links"),
        "unknown",
        "nobody has looked since"
    );
    let open = json!({"by": "Анна Главбухова", "done": false});
    let reopened = stand.order_as_it_is(path, &open).await.body;
    assert_eq!(step(&reopened, "ofd_contract")["state"], "open");
    let trail = stand
        .desk()
        .trail(
            &desk::TrailOf::default(),
            &desk::Page {
                after: None,
                order: desk::Order::Ascending,
                limit: 100,
            },
        )
        .unwrap();
    let acts: Vec<&str> = trail.rows.iter().map(|row| row.act.as_str()).collect();
    assert_eq!(
        acts,
        ["golive_planned", "golive_step_done", "golive_step_reopened"]
    );
    let (status, kind, xlsx) = stand.fetch("/v1/golive/protocol").await;
    assert_eq!((status, &xlsx[..2]), (200, &b"PK"[..]), "{kind}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ofd_and_the_disk_are_seen_as_they_are() {
    let stand = Stand::ready().await;
    let answer = golive(&stand, "").await;
    assert_eq!(verdict(&answer, "ofd_links"), "ok", "{answer:#}");
    assert_eq!(check(&answer, "ofd_links")["figures"]["drives"], 2);
    assert!(check(&answer, "disk")["figures"]["total"].as_i64().unwrap() > 0);
    let quick = stand.get("/v1/golive").await.body;
    assert_eq!(
        quick["looked_outside_at_ms"],
        answer["looked_outside_at_ms"]
    );
    assert_eq!(
        verdict(&quick, "ofd_links"),
        "ok",
        "it counts until the next look"
    );
}
