//! Restorations as faces speak of them: made, approved by another key, run, reported; and what is
//! wrong with an order.

use desk::Scope;
use serde_json::{Value, json};
use terms::{Kopecks, LocalDate};

use crate::{
    imports::{load, registry},
    keys::{bearer_of, key, stand_with},
    stand::{Answer, Stand, account, payment, services, until},
};

const ONE: &str = "0000001001";
const TWO: &str = "0000001002";
const LOST: &str = "/v1/restorations:lost";
const FIX: &str = "/v1/restorations:fix";

/// Two people with keys of their own, the administrator, two accounts, and billing.
async fn ready() -> Stand {
    let correcting = [Scope::Read, Scope::Correct];
    let stand = stand_with([
        key("anna", &correcting),
        key("boris", &correcting),
        key("admin", &[Scope::Admin, Scope::Correct, Scope::Read]),
    ])
    .await;
    stand.register().await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    for number in [ONE, TWO] {
        assert_eq!(stand.put(&account(number), &json!({})).await.status, 201);
    }
    stand
}

async fn order(stand: &Stand, who: &str, path: &str, body: &Value) -> Answer {
    let bearer = bearer_of(who);
    stand
        .send("POST", path, Some(&bearer), body.to_string())
        .await
}

/// A plan is made of these files.
async fn plan(stand: &Stand, order: &Value, files: &[(&str, String)]) -> Answer {
    stand.send_form(LOST, "kst_anna", order, files).await
}

fn lost_day(stand: &Stand) -> LocalDate {
    let today = stand.desk().clock().local().date();
    today.plus_days(-60).unwrap()
}

fn lost(day: LocalDate) -> Value {
    json!({"from": day.to_string(), "to": day.to_string(),
        "basis": {"reason": "lost_source",
            "act": {"number": "17", "date": "2026-11-20", "author": "Иванова А. А."}}})
}

fn told(answer: &Answer) -> (u16, &str) {
    let code = answer.body["code"].as_str();
    (answer.status, code.unwrap_or_default())
}

fn path(plan: &Value) -> String {
    format!("/v1/restorations/{}", plan["id"])
}

/// Rows by class.
fn classes(plan: &Value) -> Vec<(&str, u64)> {
    let classes = plan["classes"].as_array().unwrap().iter();
    let mut classes: Vec<(&str, u64)> = classes
        .map(|it| (it["class"].as_str().unwrap(), it["rows"].as_u64().unwrap()))
        .collect();
    classes.sort_unstable();
    classes
}

async fn approved(stand: &Stand, plan: &Value) {
    let hash = json!({"hash": plan["hash"]});
    let done = order(stand, "boris", &format!("{}/approve", path(plan)), &hash).await;
    assert_eq!(
        (done.status, &done.body["state"]),
        (200, &json!("approved"))
    );
    assert_eq!(done.body["approved_by"], "boris");
}

async fn comes_to(stand: &Stand, plan: &Value, state: &str) -> Value {
    until(&format!("the plan is {state}"), async || {
        let plan = stand.get(&path(plan)).await.body;
        (plan["state"] == state).then_some(plan)
    })
    .await
}

async fn run(stand: &Stand, plan: &Value, more: Value) -> Answer {
    let mut body = json!({"pace": "at-once"});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    order(stand, "anna", &format!("{}/run", path(plan)), &body).await
}

async fn rows(stand: &Stand, plan: &Value, query: &str) -> Vec<Value> {
    let page = stand.get(&format!("{}/rows{query}", path(plan))).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_registry_is_planned_by_one_approved_by_another_and_restored() {
    let stand = ready().await;
    let day = lost_day(&stand);
    let known = registry(day, &[("7001", ONE, "650.00")]);
    assert_eq!(load(&stand, "known.txt", "", &known).await.status, 201);
    let all = [
        ("7001", ONE, "650.00"),
        ("7002", TWO, "12.34"),
        ("7003", ONE, "5.00"),
        ("7004", "0000009999", "1.00"),
    ];
    let earlier = day.plus_days(-1).unwrap();
    let files = [
        ("lost.txt", registry(day, &all)),
        ("earlier.txt", registry(earlier, &[("6001", ONE, "2.00")])),
    ];
    let (operations, _) = stand.stored();
    let made = plan(&stand, &lost(day), &files).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.body;
    let expected = [
        ("exists", 1),
        ("missing", 2),
        ("not_ours", 1),
        ("outside", 1),
    ];
    assert_eq!(classes(&made), expected, "{made}");
    assert_eq!(
        (&made["state"], &made["author"]),
        (&json!("draft"), &json!("anna"))
    );
    assert_eq!(made["basis"]["act"]["number"], "17");
    assert_eq!(made["files"][0]["amount"], "668.34");
    assert_eq!(stand.stored().0, operations, "a plan changes nothing");

    let to = format!("{}/approve", path(&made));
    let hash = json!({"hash": made["hash"]});
    let mut as_other = hash.clone();
    as_other["by"] = json!("boris");
    let other_hash = json!({"hash": "0".repeat(64)});
    for (who, body, expected) in [
        ("anna", &hash, (403, "same_person")),
        ("anna", &as_other, (403, "wrong_person")),
        ("boris", &other_hash, (409, "other_hash")),
        ("boris", &json!({"hash": "5f2c"}), (422, "bad_value")),
        ("boris", &json!({}), (422, "bad_value")),
    ] {
        let refused = order(&stand, who, &to, body).await;
        assert_eq!(told(&refused), expected, "{who} {body} {refused:?}");
    }
    let early = run(&stand, &made, json!({})).await;
    assert_eq!(told(&early), (409, "not_now"), "{early:?}");
    approved(&stand, &made).await;

    let begun = run(
        &stand,
        &made,
        json!({"limit": 1, "pause_on": {"unsent": 100}}),
    )
    .await;
    assert_eq!(
        (begun.status, &begun.body["run"]["limit"]),
        (200, &json!(1)),
        "{begun:?}"
    );
    let paused = comes_to(&stand, &made, "paused").await;
    assert_eq!(paused["progress"]["accepted"], 1, "{paused}");
    assert_eq!(paused["run"]["pause_on"]["unsent"], 100);
    let gone_on = order(
        &stand,
        "boris",
        &format!("{}/resume", path(&made)),
        &json!({}),
    )
    .await;
    assert_eq!(gone_on.status, 200, "{gone_on:?}");
    let done = comes_to(&stand, &made, "done").await;
    assert_eq!(done["progress"]["accepted"], 2, "{done}");
    stand.all_acknowledged().await;

    let restored = rows(&stand, &made, "?class=missing").await;
    for row in &restored {
        assert_eq!(row["state"], "accepted", "{row}");
        let operation = row["operation"].as_str().unwrap();
        let details = stand.get(&format!("/v1/operations/{operation}")).await.body;
        assert_eq!(
            details["basis"]["settlement_date"],
            day.to_string().as_str()
        );
        assert_eq!(details["basis"]["source_doc"], row["source"]);
        assert_eq!(details["receipts"][0]["kind"], "correction");
        assert_eq!(
            details["receipts"][0]["correction"]["date"],
            day.to_string().as_str()
        );
    }
    assert_eq!(
        rows(&stand, &made, "?state=accepted&limit=1").await,
        restored[..1]
    );
    // One operation of the bank is one operation, whichever way it comes.
    let loaded = load(&stand, "lost.txt", "", &files[0].1).await;
    assert_eq!(loaded.body["duplicates"], 3, "{loaded:?}");
    let again = plan(&stand, &lost(day), &files[..1]).await.body;
    assert_eq!(classes(&again), [("exists", 3), ("not_ours", 1)], "{again}");

    let (status, media, zip) = stand.fetch(&format!("{}/report", path(&made))).await;
    assert_eq!((status, &*media), (200, "application/zip"));
    assert!(zip.starts_with(b"PK\x03\x04"), "{} bytes", zip.len());
    let names = String::from_utf8_lossy(&zip);
    assert!(names.contains("index.txt") && names.contains(".xlsx"));
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_another_plan_or_cannot_be_read_is_not_planned() {
    let stand = ready().await;
    let day = lost_day(&stand);
    let file = registry(day, &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")]);
    let first = plan(&stand, &lost(day), &[("a.txt", file.clone())])
        .await
        .body;
    assert_eq!(classes(&first), [("missing", 2)], "{first}");
    let second = plan(&stand, &lost(day), &[("b.txt", file.clone())])
        .await
        .body;
    assert_eq!(second["to_do"], 0, "{second}");
    let row = &rows(&stand, &second, "").await[0];
    assert_eq!(row["state"], "aside");
    let number = first["id"].to_string();
    assert!(row["reason"].as_str().unwrap().contains(&number), "{row}");
    // Given up, its rows are free again.
    let to = format!("{}/abandon", path(&first));
    let nameless = order(&stand, "anna", &to, &json!({})).await;
    assert_eq!(told(&nameless), (422, "not_signed"), "{nameless:?}");
    let given_up = order(&stand, "anna", &to, &json!({"reason": "не тот месяц"})).await;
    assert_eq!(given_up.body["state"], "abandoned", "{given_up:?}");
    assert_eq!(rows(&stand, &first, "").await[0]["state"], "dropped");
    let third = plan(&stand, &lost(day), &[("c.txt", file.clone())])
        .await
        .body;
    assert_eq!(classes(&third), [("missing", 2)], "{third}");

    let plans = stand.get("/v1/restorations?limit=2").await.body;
    assert_eq!(plans[0]["id"], third["id"]);
    assert_eq!(plans[1]["id"], second["id"]);
    let count = stand.get("/v1/restorations").await.body;
    assert_eq!(count.as_array().unwrap().len(), 3);

    let wrong_totals = file.replace("=2;662.34;662.34", "=2;662.35;662.35");
    assert_ne!(wrong_totals, file);
    let cut = file[..file.find("=2;").unwrap()].to_owned();
    let mut backwards = lost(day);
    backwards["to"] = json!("2020-01-01");
    let mut with_source = lost(day);
    with_source["basis"]["source_doc"] = json!("реестр");
    let mut spelled = lost(day);
    spelled["form"] = json!("2026-01-01");
    let good = [("a.txt", file.clone())];
    for (order, files, expected, field) in [
        (
            lost(day),
            &[("a.txt", wrong_totals)],
            (422, "bad_file"),
            None,
        ),
        (lost(day), &[("a.txt", cut)], (422, "bad_file"), None),
        (
            lost(day),
            &[("../a.txt", file)],
            (400, "bad_query"),
            Some("file"),
        ),
        (backwards, &good, (422, "bad_days"), None),
        (with_source, &good, (422, "basis_required"), None),
        (spelled, &good, (422, "bad_value"), Some("form")),
    ] {
        let refused = plan(&stand, &order, files).await;
        assert_eq!(told(&refused), expected, "{refused:?}");
        assert_eq!(refused.body["field"].as_str(), field, "{refused:?}");
    }
    let without = plan(&stand, &lost(day), &[]).await;
    assert_eq!(without.body["field"], "file", "{without:?}");
    let no_form = order(&stand, "anna", LOST, &lost(day)).await;
    assert_eq!(told(&no_form), (400, "malformed"), "{no_form:?}");
    let plans = stand.get("/v1/restorations").await.body;
    assert_eq!(plans.as_array().unwrap().len(), 3, "nothing was planned");
    for (id, code) in [
        ("99", "unknown_restoration"),
        ("first", "unknown_restoration"),
    ] {
        let unknown = stand.get(&format!("/v1/restorations/{id}")).await;
        assert_eq!(told(&unknown), (404, code), "{unknown:?}");
    }
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_that_a_query_finds_are_fixed_once() {
    let stand = ready().await;
    for (place, number) in [ONE, TWO, ONE].into_iter().enumerate() {
        let pay = payment(&format!("pay-{place}"), number, "100.00");
        assert_eq!(stand.post("?wait=30", &pay).await.status, 201);
    }
    let query = format!("account={ONE}&kind=receipt");
    let listed = stand.get(&format!("/v1/receipts?{query}")).await.body;
    let receipts = listed["items"].as_array().unwrap();
    assert_eq!(receipts.len(), 2);
    // One of them was fixed before.
    let one = receipts[0]["id"].as_str().unwrap();
    let change = json!({"change": {"kind": "cash"}, "basis": {"reason": "wrong_kind"}});
    let fixed = order(
        &stand,
        "anna",
        &format!("/v1/receipts/{one}/fix?wait=30"),
        &change,
    )
    .await;
    assert_eq!(fixed.status, 201, "{fixed:?}");

    let mut wanted = change.clone();
    wanted["query"] = json!(query);
    wanted["by"] = json!("Вера");
    let made = order(&stand, "admin", FIX, &wanted).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.body;
    assert_eq!(
        made["author"], "Вера",
        "the administrator's key speaks for others"
    );
    assert_eq!(classes(&made), [("corrected", 1), ("wrong", 1)], "{made}");
    let corrected = &rows(&stand, &made, "?class=corrected").await[0];
    assert_eq!(corrected["wrong"], one);
    let later = fixed.body["id"].as_str().unwrap();
    assert!(
        corrected["reason"].as_str().unwrap().contains(later),
        "{corrected}"
    );
    let sum = |kind: &str, column: &str| {
        let rows = made["totals"].as_array().unwrap().iter();
        let rows = rows.filter(|row| row["payment"] == kind);
        let sums = rows.map(|row| row[column]["sum"].as_str().unwrap().parse().unwrap());
        Kopecks::sum(sums).unwrap().to_string()
    };
    assert_eq!(sum("cashless", "before"), "100.00", "{made}");
    assert_eq!(sum("cashless", "reversed"), "100.00", "{made}");
    assert_eq!(sum("cash", "after"), "100.00", "{made}");

    approved(&stand, &made).await;
    assert_eq!(run(&stand, &made, json!({})).await.status, 200);
    comes_to(&stand, &made, "done").await;
    stand.all_acknowledged().await;
    let again = order(&stand, "admin", FIX, &wanted).await.body;
    assert_eq!(again["to_do"], 0, "{again}");

    let unknown = json!({"receipts": ["0000000000000"], "change": {"kind": "cash"},
        "basis": {"reason": "wrong_kind"}});
    let refused = order(&stand, "anna", FIX, &unknown).await;
    assert_eq!(told(&refused), (422, "unknown_receipt"), "{refused:?}");
    for (field, value, expected) in [
        ("receipts", json!([]), (422, "bad_value")),
        ("query", json!("colour=red"), (400, "bad_query")),
        ("by", json!("Вера"), (403, "wrong_person")),
        ("basis", json!({"reason": "whim"}), (422, "bad_value")),
        ("change", json!({}), (422, "bad_value")),
    ] {
        let mut wrong = unknown.clone();
        if field == "query" {
            wrong.as_object_mut().unwrap().remove("receipts");
        }
        wrong[field] = value;
        let refused = order(&stand, "anna", FIX, &wrong).await;
        assert_eq!(told(&refused), expected, "{field}: {refused:?}");
    }
    stand.check();
}
