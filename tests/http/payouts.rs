//! What an agent pays on to suppliers.

use serde_json::{Value, json};

use crate::stand::{Answer, Stand, bearer, payment};

/// An account on which heat and water of two suppliers are paid, with a debt for each.
async fn stand() -> Stand {
    let stand = Stand::ready().await;
    let agent = |inn: &str, name: &str| {
        json!({
            "type": 4, "supplier_inn": inn, "supplier_name": name, "supplier_phone": "+78120000000"
        })
    };
    let services = json!({
        "HEAT": {
            "name": "Отопление", "vat": "22", "sno": 1, "priority": 1, "weight": 1,
            "agent": agent("7707083893", "ООО «Тепло»")
        },
        "COLD": {
            "name": "Вода", "vat": "22", "sno": 1, "priority": 2, "weight": 1,
            "agent": agent("7704211201", "АО «Водоканал»")
        },
        "HOUS": {"name": "Содержание", "vat": "none", "sno": 1, "priority": 3, "weight": 1}
    });
    assert_eq!(stand.put("/v1/services", &services).await.status, 200);
    let debt = |service: &str| json!({"id": service, "service": service, "period": "2026-10", "open": "100.00"});
    let account = json!({"debts": [debt("HEAT"), debt("COLD"), debt("HOUS")]});
    assert_eq!(stand.put("/v1/accounts/1", &account).await.status, 201);
    stand
}

async fn post(stand: &Stand, path: &str, body: &Value) -> Answer {
    stand
        .send("POST", path, Some(&bearer()), body.to_string())
        .await
}

fn month(stand: &Stand) -> String {
    stand.desk().clock().local().date().period().to_string()
}

/// Of each supplier: ready, drafted, agreed.
async fn standings(stand: &Stand) -> Vec<[String; 3]> {
    let suppliers = stand.get("/v1/suppliers").await.body;
    let sums = |it: &Value| ["ready", "drafted", "agreed"].map(|name| text(&it[name]));
    suppliers.as_array().unwrap().iter().map(sums).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn make(stand: &Stand) -> Vec<Value> {
    let order = json!({"period": month(stand), "by": "Бухгалтер"});
    let made = post(stand, "/v1/payouts", &order).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.body.as_array().unwrap().clone()
}

async fn end(stand: &Stand, payout: &Value, what: &str) -> (u16, Value) {
    let path = format!("/v1/payouts/{}/{what}", payout["id"]);
    let signed = json!({"by": "Главный бухгалтер", "reason": "п/п 17"});
    let answer = post(stand, &path, &signed).await;
    (answer.status, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_confirmed_line_is_paid_on_once_and_refunds_go_into_the_next_payout() {
    let stand = stand().await;
    // 100 for each debt, and nothing ahead.
    assert_eq!(
        stand
            .post("?wait=30", &payment("p-1", "1", "300"))
            .await
            .status,
        201
    );
    stand.all_acknowledged().await;
    let none = ["0.00", "0.00"].map(str::to_owned);
    let ready = |sum: &str| [sum.to_owned(), none[0].clone(), none[1].clone()];
    assert_eq!(standings(&stand).await, [ready("100.00"), ready("100.00")]);

    let made = make(&stand).await;
    assert_eq!(made.len(), 2, "a draft for each supplier: {made:?}");
    assert_eq!(make(&stand).await, Vec::<Value>::new(), "nothing is left");
    // One is dropped and made again, the other agreed, once.
    assert_eq!(end(&stand, &made[0], "drop").await.1["state"], "dropped");
    let (status, agreed) = end(&stand, &made[1], "agree").await;
    assert_eq!((status, agreed["state"].as_str()), (200, Some("agreed")));
    let (status, again) = end(&stand, &made[1], "drop").await;
    assert_eq!(
        (status, again["code"].as_str()),
        (409, Some("payout_ended"))
    );
    let anew = make(&stand).await;
    assert_eq!(
        (anew.len(), text(&anew[0]["amount"])),
        (1, "100.00".to_owned())
    );
    end(&stand, &anew[0], "agree").await;
    let all_agreed = |sum: &str| ["0.00".to_owned(), "0.00".to_owned(), sum.to_owned()];
    assert_eq!(
        standings(&stand).await,
        [all_agreed("100.00"), all_agreed("100.00")]
    );

    // 30 go back to the customer, then 50 more come for heat.
    let refund = json!({
        "type": "refund", "key": "r-1", "account": "1", "date": "2026-11-21", "amount": "30.00",
        "kind": "cashless", "of": "service", "service": "HEAT",
        "period": "2026-10"
    });
    let refunded = stand.post("?wait=30", &refund).await;
    assert_eq!(refunded.status, 201, "{refunded:?}");
    stand.all_acknowledged().await;
    assert_eq!(
        make(&stand).await,
        Vec::<Value>::new(),
        "nothing is owed while more went back"
    );
    let mut ahead = payment("p-2", "1", "50");
    ahead["explicit"] = json!([{"advance": "HEAT", "amount": "50.00"}]);
    let paid = stand.post("?wait=30", &ahead).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    stand.all_acknowledged().await;
    let made = make(&stand).await;
    assert_eq!(
        (made.len(), text(&made[0]["amount"])),
        (1, "20.00".to_owned())
    );
    let shown = stand
        .get(&format!("/v1/payouts/{}", made[0]["id"]))
        .await
        .body;
    let service = &shown["services"][0];
    assert_eq!(
        (text(&service["income"]), text(&service["refunds"])),
        ("50.00".to_owned(), "30.00".to_owned())
    );
    end(&stand, &made[0], "agree").await;

    // The register names supplier, documents and sums; so does the list of documents.
    let path = |what: &str| format!("/v1/payouts/{}/{what}", made[0]["id"]);
    let (_, media, csv) = stand.fetch(&path("register")).await;
    let csv = String::from_utf8(csv).unwrap();
    assert!(media.starts_with("text/csv"), "{media}");
    assert!(
        ["7707083893", "Отопление", "20,00", "ФН 9999"]
            .iter()
            .all(|it| csv.contains(it)),
        "{csv}"
    );
    let (_, _, xlsx) = stand.fetch(&path("documents?format=xlsx")).await;
    assert!(xlsx.starts_with(b"PK"));
    let sums = [all_agreed("100.00"), all_agreed("120.00")];
    let mut stands = standings(&stand).await;
    stands.sort();
    assert_eq!(stands, sums);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paid_on_is_refused_with_a_reason() {
    let stand = stand().await;
    assert_eq!(make(&stand).await, Vec::<Value>::new());
    let ahead = json!({"period": "2199-01", "by": "Бухгалтер"});
    let refused = post(&stand, "/v1/payouts", &ahead).await;
    assert_eq!(refused.body["code"], "period_ahead");
    let misspelt = json!({"month": "2026-10"});
    let refused = post(&stand, "/v1/payouts", &misspelt).await;
    assert_eq!(refused.body["code"], "bad_value");
    let (status, _) = end(&stand, &json!({"id": 7}), "agree").await;
    assert_eq!(status, 404);
    // A receipt that the ОФД has not confirmed is not ready; one without a supplier never is.
    assert_eq!(
        stand
            .post("?wait=30", &payment("p-1", "1", "100"))
            .await
            .status,
        201
    );
    let suppliers = stand.get("/v1/suppliers").await.body;
    assert_eq!(
        suppliers.as_array().unwrap().len(),
        1,
        "only heat was paid: {suppliers}"
    );
    stand.check();
}
