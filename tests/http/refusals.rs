//! What the rules refuse leaves nothing behind.

use serde_json::{Value, json};

use crate::stand::{Stand, account, charge, owing, payment, services};

/// An operation is refused with this code, and neither the journal nor the drives know of it.
async fn refused(stand: &Stand, operation: &Value, code: &str) -> String {
    let before = stand.stored();
    let answer = stand.post("?wait=30", operation).await;
    let told = (answer.status, answer.body["code"].as_str().unwrap());
    assert_eq!(told, (422, code), "{operation}: {answer:?}");
    assert_eq!(answer.content_type, "application/problem+json");
    assert_eq!(stand.stored(), before, "{operation}");
    let key = operation["key"].as_str().unwrap();
    let found = stand.get(&format!("/v1/operations?key={key}")).await;
    assert_eq!(found.status, 404, "{operation}");
    answer.body["detail"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_refuse_is_neither_stored_nor_queued() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let paid = |change: &dyn Fn(&mut Value)| {
        let mut payment = payment("k", "100001", "1");
        change(&mut payment);
        payment
    };
    let check = async |operation: Value, code: &str, named: &str| {
        let detail = refused(&stand, &operation, code).await;
        assert!(detail.contains(named), "{code}: {detail}");
    };
    check(payment("k", "999999", "1"), "unknown_account", "999999").await;
    check(charge("k", "999999", "1"), "unknown_account", "999999").await;
    let unknown = charge("k", "100001", "1")
        .to_string()
        .replace("INET", "GAS");
    check(unknown.parse().unwrap(), "unknown_service", "GAS").await;
    let early = paid(&|it| it["date"] = json!("2015-12-31"));
    check(early, "bad_date", "2015-12-31").await;
    check(paid(&|it| it["parts"] = json!([])), "bad_amount", "parts").await;
    let part = json!({"kind": "cash", "amount": 1});
    let parts = paid(&|it| it["parts"] = vec![part.clone(); 1_001].into());
    check(parts, "too_many_items", "1001").await;
    let mut long = charge("k", "100001", "1");
    long["lines"] = vec![long["lines"][0].clone(); 1_001].into();
    check(long, "too_many_items", "1001").await;
    let unknown = paid(&|it| it["explicit"] = json!([{"debt": "old-7", "amount": 1}]));
    check(unknown, "unknown_debt", "old-7").await;
    let more = paid(&|it| it["explicit"] = json!([{"debt": "old-1", "amount": 2}]));
    check(more, "explicit_exceeds_payment", "2.00").await;
    // Each part is within the range of money, their sum is not.
    let most = json!({"kind": "cash", "amount": "90071992547409.91"});
    let sum = paid(&|it| it["parts"] = json!([most, most]));
    check(sum, "bad_amount", "2^53").await;
    assert_eq!(stand.receipts_on_drives(), []);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_the_ofd_would_refuse_never_gets_to_a_drive() {
    let stand = Stand::ready().await;
    let mut declared = services();
    declared["GAS"] = json!({"name": "Газ 猫", "vat": "22", "sno": 1});
    declared["FOOD"] = json!({"name": "Питание", "vat": "none", "sno": 2});
    assert_eq!(stand.put("/v1/services", &declared).await.status, 200);
    assert_eq!(stand.put(&account("1"), &json!({})).await.status, 201);
    for (service, rule) in [("GAS", "[character:"), ("FOOD", "[tax-system:")] {
        let mut operation = charge("k", "1", "10.00");
        operation["lines"][0]["service"] = json!(service);
        let detail = refused(&stand, &operation, "format_control").await;
        assert!(detail.contains(rule), "{detail}");
    }
    let good = stand.post("?wait=30", &charge("k", "1", "10.00")).await;
    assert_eq!(good.status, 201, "the key is still free: {good:?}");
    assert_eq!(stand.receipts_on_drives().len(), 1);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn online_payments_need_a_contact_and_a_site() {
    let online = |key: &str, account: &str| {
        let mut payment = payment(key, account, "10.00");
        payment["channel"] = json!("online");
        payment
    };
    let stand = Stand::ready_with(|setup| setup.organisation.site = None).await;
    stand.open_account("100001").await;
    assert_eq!(stand.put(&account("100002"), &json!({})).await.status, 201);
    refused(&stand, &online("k", "100002"), "contact_required").await;
    let detail = refused(&stand, &online("k", "100001"), "no_site").await;
    assert!(detail.contains("organisation.site"), "{detail}");
    assert_eq!(stand.receipts_on_drives(), []);

    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let paid = stand.post("?wait=30", &online("k", "100001")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let details = stand.get("/v1/operations?key=k").await;
    assert_eq!(details.body["receipts"][0]["internet"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_account_keeps_its_balances() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let opened = stand.get(&account("100001")).await;
    let again = stand.put(&account("100001"), &owing()).await;
    assert_eq!((again.status, &again.body), (200, &opened.body));

    for (list, index, field, value) in [
        ("debts", 0, "open", json!("651")),
        ("debts", 0, "credit", json!(false)),
        ("advances", 0, "amount", json!("99.99")),
        ("advances", 0, "date", json!("2026-10-06")),
    ] {
        let mut other = owing();
        other[list][index][field] = value;
        other["contact"] = json!("petrov@example.ru");
        let conflict = stand.put(&account("100001"), &other).await;
        assert_eq!(conflict.status, 409, "{other}: {conflict:?}");
        assert_eq!(conflict.body["code"], "conflict");
        assert_eq!(stand.get(&account("100001")).await.body, opened.body);
    }

    let moved = json!({"contact": "petrov@example.ru"});
    assert_eq!(stand.put(&account("100001"), &moved).await.status, 200);
    let mut expected = opened.body;
    expected["contact"] = json!("petrov@example.ru");
    expected["set_by"] = json!("billing");
    assert_eq!(stand.get(&account("100001")).await.body, expected);

    let paid = stand.post("", &payment("k", "100001", "1")).await;
    assert_eq!(paid.status, 202, "{paid:?}");
    let late = stand.put(&account("100001"), &owing()).await;
    assert_eq!(late.status, 409, "its balances are others by now: {late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_gets_beyond_the_range_of_money() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let most = json!("90071992547409.91");
    let lot = |id: &str| {
        json!({"id": id, "service": "TV", "amount": most, "date": "2026-10-05",
                                "kind": "cash"})
    };
    let rich = json!({"advances": [lot("a"), lot("b")]});
    let refused_opening = stand.put(&account("2"), &rich).await;
    assert_eq!(refused_opening.status, 422, "{refused_opening:?}");
    assert_eq!(stand.get(&account("2")).await.status, 404);

    let rich = json!({"advances": [lot("a")]});
    assert_eq!(stand.put(&account("2"), &rich).await.status, 201);
    refused(&stand, &payment("k", "2", "0.01"), "bad_amount").await;
    assert_eq!(stand.get(&account("2")).await.body["saldo"], most);
}
