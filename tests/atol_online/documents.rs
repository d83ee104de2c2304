//! What of a body stands in the document (§13.10).

use ffd::Tree;
use serde_json::{Value, json};

use crate::shop::{Shop, code, correction_v5, sale_v4, sale_v5, with, without};

/// The values at a path of tags in a TLV list, without the blanks that fill an ИНН.
fn at(list: &Value, path: &[u16]) -> Vec<Value> {
    let (tag, rest) = path.split_first().unwrap();
    let elements = list.as_array().unwrap().iter();
    let found = elements.filter(|element| element["tag"] == *tag);
    found
        .flat_map(|element| match rest {
            [] => match &element["value"] {
                Value::String(text) => vec![json!(text.trim_end())],
                value => vec![value.clone()],
            },
            rest => at(&element["value"], rest),
        })
        .collect()
}

/// Registers a document and waits until it is formed; what was passed to the drive.
async fn formed(shop: &Shop, operation: &str, body: &Value) -> Value {
    let uuid = shop.registered(operation, body).await;
    shop.done(&uuid).await;
    let key = format!("atol:main:{}", body["external_id"].as_str().unwrap());
    let found = shop.stand.desk().operation_by_key(&key).await.unwrap();
    let receipt = &found.unwrap().receipts[0];
    desk::tlv_json(&Tree::parse(&receipt.tlv).unwrap())
}

fn expect(tlv: &Value, expected: &[(&[u16], Value)]) {
    for (path, value) in expected {
        assert_eq!(
            at(tlv, path),
            std::slice::from_ref(value),
            "{path:?} of {tlv}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_of_v5_says_all_that_its_body_says() {
    let shop = Shop::v5().await;
    let mut sale = sale_v5("A-1");
    let receipt = &mut sale["receipt"];
    receipt["client"] = json!({
        "email": "none", "phone": "+79161234567", "name": "Иванов Иван", "inn": "500100732259",
        "address": "Москва"
    });
    receipt["company"]["location"] = json!("Москва, Образцовая ул., 2");
    receipt["cashier"] = json!("Петрова");
    receipt["cashier_inn"] = json!("500100732259");
    receipt["additional_check_props"] = json!("заказ 17");
    receipt["additional_user_props"] = json!({"name": "договор", "value": "100001"});
    receipt["operating_check_props"] =
        json!({"name": "0", "value": "данные", "timestamp": "20.11.2026 09:00:00"});
    receipt["items"][0]["user_data"] = json!("ноябрь");
    receipt["items"][0]["agent_info"] = json!({
        "type": "paying_agent",
        "paying_agent": {"operation": "прием платежа", "phones": ["+74950000001"]},
        "receive_payments_operator": {"phones": ["+74950000002"]}
    });
    receipt["items"][0]["supplier_info"] =
        json!({"inn": "7707083893", "name": "ООО «Водоканал»", "phones": ["+74950000003"]});
    let tlv = formed(&shop, "sell", &sale).await;
    expect(
        &tlv,
        &[
            (&[1008], json!("+79161234567")),
            (&[1256, 1227], json!("Иванов Иван")),
            (&[1256, 1228], json!("500100732259")),
            (&[1256, 1254], json!("Москва")),
            (&[1117], json!("chek@example.ru")),
            (&[1187], json!("example.ru")),
            (&[1009], json!("Москва, Образцовая ул., 2")),
            (&[1021], json!("Петрова")),
            (&[1203], json!("500100732259")),
            (&[1192], json!("заказ 17")),
            (&[1084, 1085], json!("договор")),
            (&[1084, 1086], json!("100001")),
            (&[1270, 1272], json!("данные")),
            (&[1081], json!("1000.00")),
            (&[1059, 1030], json!("Доступ в интернет")),
            (&[1059, 1079], json!("500.00")),
            (&[1059, 1023], json!("2")),
            (&[1059, 1043], json!("1000.00")),
            (&[1059, 1191], json!("ноябрь")),
            (&[1059, 1223, 1044], json!("прием платежа")),
            (&[1059, 1223, 1073], json!("+74950000001")),
            (&[1059, 1223, 1074], json!("+74950000002")),
            (&[1059, 1224, 1225], json!("ООО \"Водоканал\"")),
            (&[1059, 1224, 1171], json!("+74950000003")),
            (&[1059, 1226], json!("7707083893")),
        ],
    );
    // Some clients name the agent once for the whole document.
    let items = &mut sale["receipt"]["items"][0];
    let agent = items.as_object_mut().unwrap().remove("agent_info").unwrap();
    let supplier = items
        .as_object_mut()
        .unwrap()
        .remove("supplier_info")
        .unwrap();
    let sale = with(&sale, "/receipt/agent_info", agent);
    let sale = with(&sale, "/receipt/supplier_info", supplier);
    let again = formed(&shop, "sell", &with(&sale, "/external_id", json!("A-2"))).await;
    assert_eq!(at(&again, &[1059, 1226]), at(&tlv, &[1059, 1226]));
    assert_eq!(
        at(&again, &[1059, 1223, 1044]),
        at(&tlv, &[1059, 1223, 1044])
    );
    shop.stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_of_v5_carry_items_and_may_correct_returns() {
    let shop = Shop::v5().await;
    let correction = correction_v5("");
    for operation in [
        "sell_correction",
        "buy_correction",
        "sell_refund_correction",
        "buy_refund_correction",
    ] {
        let body = with(&correction, "/external_id", json!(operation));
        let tlv = formed(&shop, operation, &body).await;
        expect(
            &tlv,
            &[
                (&[1174, 1178], json!("2026-10-15T00:00:00")),
                (&[1059, 1043], json!("1000.00")),
            ],
        );
        assert_eq!(at(&tlv, &[1174, 1179]), [] as [Value; 0], "{operation}");
    }
    let info = json!({"type": "instruction", "base_date": "15.10.2026"});
    let ordered = with(&correction, "/external_id", json!("ordered"));
    let ordered = with(&ordered, "/correction/correction_info", info);
    let answer = shop.register("sell_correction", &ordered).await;
    assert_eq!(
        (answer.0, code(&answer)),
        (400, 32),
        "an order has a number: {answer:?}"
    );
    let ordered = with(
        &ordered,
        "/correction/correction_info/base_number",
        json!("17-08/1"),
    );
    let tlv = formed(&shop, "sell_correction", &ordered).await;
    expect(&tlv, &[(&[1174, 1179], json!("17-08/1"))]);
    let empty = without(&ordered, "/correction/items");
    let answer = shop
        .register("sell_correction", &with(&empty, "/external_id", json!("0")))
        .await;
    assert_eq!(code(&answer), 32, "{answer:?}");
    shop.stand.all_acknowledged().await;
    shop.stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_of_v4_have_sums_and_no_items() {
    let shop = Shop::v4().await;
    let correction = json!({
        "timestamp": "20.11.2026 10:00:00", "external_id": "C-1",
        "correction": {
            "company": {"sno": "osn", "inn": "7802781104", "payment_address": "example.ru"},
            "correction_info": {
                "type": "self", "base_date": "15.10.2026", "base_number": "12",
                "base_name": "Акт о сбое"
            },
            "payments": [{"type": 0, "sum": 122.00}],
            "vats": [{"type": "vat22", "sum": 22}],
            "cashier": "Петрова"
        }
    });
    let tlv = formed(&shop, "sell_correction", &correction).await;
    expect(
        &tlv,
        &[
            (&[1031], json!("122.00")),
            (&[1021], json!("Петрова")),
            (&[1174, 1177], json!("Акт о сбое")),
            (&[1174, 1178], json!("2026-10-15T00:00:00")),
            (&[1174, 1179], json!("12")),
        ],
    );
    assert_eq!(at(&tlv, &[1059]), [] as [Value; 0]);
    // What it says of the settlement and of the shop's paper is its basis.
    let kept = shop.stand.get("/v1/operations?type=receipt").await.body;
    assert_eq!(
        kept["items"][0]["basis"],
        json!({"reason": "lost_source", "settlement_date": "2026-10-15", "source_doc": "C-1",
            "comment": "Акт о сбое 12"})
    );
    let exempt = with(&correction, "/correction/vats", json!([{"type": "none"}]));
    let exempt = with(&exempt, "/external_id", json!("C-2"));
    let tlv = formed(&shop, "buy_correction", &exempt).await;
    expect(&tlv, &[(&[1105], json!("122.00"))]);
    for (operation, body, expected) in [
        ("sell_refund_correction", exempt.clone(), 31),
        (
            "sell_correction",
            with(&exempt, "/correction/vats", json!([])),
            32,
        ),
        (
            "sell_correction",
            without(&exempt, "/correction/correction_info"),
            32,
        ),
    ] {
        let body = with(&body, "/external_id", json!("C-3"));
        let answer = shop.register(operation, &body).await;
        assert_eq!((answer.0, code(&answer)), (400, expected), "{answer:?}");
    }
    shop.stand.all_acknowledged().await;
    shop.stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_v4_may_leave_out_what_newer_editions_do() {
    let shop = Shop::v4().await;
    let mut sale = sale_v4("A-1");
    let item = sale["receipt"]["items"][0].as_object_mut().unwrap();
    item.remove("payment_method");
    item.remove("payment_object");
    item["vat"] = json!({"type": "vat122"});
    sale["receipt"]["client"] = json!({"email": "", "phone": "8 (916) 123-45-67"});
    sale["receipt"]["some_new_field"] = json!({"of": "2027"});
    let tlv = formed(&shop, "sell", &sale).await;
    expect(
        &tlv,
        &[
            (&[1008], json!("+79161234567")),
            (&[1055], json!(1)),
            (&[1059, 1214], json!(1)),
            (&[1059, 1197], json!("мес.")),
        ],
    );
    // A group may have a contact for customers who leave none.
    let sale = without(
        &with(&sale, "/external_id", json!("A-2")),
        "/receipt/client",
    );
    let answer = shop.register("sell", &sale).await;
    assert_eq!(code(&answer), 32);
    let answer = shop.post_text("/kind/sell", &sale.to_string()).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    let found = shop
        .stand
        .desk()
        .operation_by_key("atol:kind:A-2")
        .await
        .unwrap()
        .unwrap();
    let contact = found.receipts[0].receipt.contact.as_deref();
    assert_eq!(contact, Some("nobody@example.ru"));
    shop.stand.all_acknowledged().await;
    shop.stand.check();
}
