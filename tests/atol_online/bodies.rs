//! Bodies that are refused, and bodies that nobody would send (§13.3, §13.9).

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde_json::{Value, json};

use crate::shop::{Shop, code, correction_v5, sale_v4, sale_v5, with, without};

/// Where, what instead of what is there (nothing: it is left out), and the field that is named.
type Spoiled = (&'static str, Option<Value>, &'static str);

async fn refused(shop: &Shop, sale: &Value, spoiled: Vec<Spoiled>) {
    for (pointer, value, field) in spoiled {
        let body = match value {
            Some(value) => with(sale, pointer, value),
            None => without(sale, pointer),
        };
        let answer = shop.register("sell", &body).await;
        let told = format!(
            "{}: {pointer} {}: {answer:?}",
            shop.version, body["receipt"]
        );
        assert_eq!((answer.0, code(&answer)), (400, 32), "{told}");
        assert_eq!(answer.1["status"], "fail", "{told}");
        let text = answer.1["error"]["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("{field}: ")), "{field}: {told}");
    }
    assert_eq!(shop.stand.stored().0, 0, "nothing was stored");
}

/// What both versions refuse.
fn spoiled(item: &Value) -> Vec<Spoiled> {
    let items = |count| Some(Value::Array(vec![item.clone(); count]));
    let many = |value: Value, count| Some(Value::Array(vec![value; count]));
    let vats: Vec<Value> = ["none", "vat0", "vat5", "vat7", "vat10", "vat20", "vat22"]
        .map(|rate| json!({"type": rate, "sum": 0}))
        .into();
    vec![
        ("/external_id", None, "external_id"),
        ("/external_id", Some(json!("")), "external_id"),
        ("/external_id", Some(json!("1".repeat(129))), "external_id"),
        ("/external_id", Some(json!(17)), "external_id"),
        (
            "/timestamp",
            Some(json!("2026-11-20T10:00:00")),
            "timestamp",
        ),
        (
            "/timestamp",
            Some(json!("31.11.2026 10:00:00")),
            "timestamp",
        ),
        ("/receipt", None, "receipt"),
        ("/receipt", Some(json!([])), "receipt"),
        ("/receipt/client", None, "receipt.client"),
        ("/receipt/client", Some(json!({})), "receipt.client.email"),
        (
            "/receipt/client/email",
            Some(json!("")),
            "receipt.client.email",
        ),
        (
            "/receipt/client/email",
            Some(json!("abonent")),
            "receipt.client.email",
        ),
        (
            "/receipt/client/inn",
            Some(json!("7802781105")),
            "receipt.client.inn",
        ),
        ("/receipt/company/inn", None, "receipt.company.inn"),
        ("/receipt/company/email", None, "receipt.company.email"),
        (
            "/receipt/company/email",
            Some(json!("nobody")),
            "receipt.company.email",
        ),
        (
            "/receipt/company/sno",
            Some(json!("usn")),
            "receipt.company.sno",
        ),
        (
            "/receipt/company/sno",
            Some(json!("patent")),
            "receipt.company.sno",
        ),
        (
            "/receipt/company/payment_address",
            None,
            "receipt.company.payment_address",
        ),
        ("/receipt/items", Some(json!([])), "receipt.items"),
        ("/receipt/items", items(101), "receipt.items"),
        ("/receipt/items/0/name", None, "receipt.items[0].name"),
        (
            "/receipt/items/0/name",
            Some(json!("ы".repeat(129))),
            "receipt.items[0].name",
        ),
        (
            "/receipt/items/0/name",
            Some(json!("猫")),
            "receipt.items[0].name",
        ),
        (
            "/receipt/items/0/price",
            Some(json!(-1)),
            "receipt.items[0].price",
        ),
        (
            "/receipt/items/0/price",
            Some(json!(500.001)),
            "receipt.items[0].price",
        ),
        (
            "/receipt/items/0/price",
            Some(json!(true)),
            "receipt.items[0].price",
        ),
        (
            "/receipt/items/0/price",
            Some(json!(400)),
            "receipt.items[0].sum",
        ),
        (
            "/receipt/items/0/quantity",
            Some(json!(0)),
            "receipt.items[0].quantity",
        ),
        (
            "/receipt/items/0/payment_method",
            Some(json!("cash")),
            "receipt.items[0].payment_method",
        ),
        ("/receipt/items/0/vat", None, "receipt.items[0].vat"),
        (
            "/receipt/items/0/vat/type",
            Some(json!("vat18")),
            "receipt.items[0].vat.type",
        ),
        (
            "/receipt/items/0/vat/sum",
            Some(json!(200)),
            "receipt.items[0].vat.sum",
        ),
        (
            "/receipt/items/0/supplier_info",
            Some(json!({"inn": "7707083893"})),
            "receipt.items[0].agent_info",
        ),
        ("/receipt/payments", Some(json!([])), "receipt.payments"),
        (
            "/receipt/payments",
            many(json!({"type": 1, "sum": 1}), 11),
            "receipt.payments",
        ),
        (
            "/receipt/payments/0/type",
            Some(json!(10)),
            "receipt.payments[0].type",
        ),
        ("/receipt/vats", Some(Value::Array(vats)), "receipt.vats"),
        (
            "/receipt/vats",
            Some(json!([{"type": "vat22", "sum": 100}])),
            "receipt.vats[0].sum",
        ),
        ("/receipt/total", None, "receipt.total"),
        ("/receipt/total", Some(json!(1000.01)), "receipt.total"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_of_v5_is_named() {
    let shop = Shop::v5().await;
    let sale = sale_v5("A-1");
    let item = &sale["receipt"]["items"][0];
    refused(&shop, &sale, spoiled(item)).await;
    let only_v5 = vec![
        ("/receipt/company/sno", None, "receipt.company.sno"),
        (
            "/receipt/items/0/payment_object",
            Some(json!("service")),
            "receipt.items[0].payment_object",
        ),
        (
            "/receipt/items/0/payment_object",
            Some(json!(28)),
            "receipt.items[0].payment_object",
        ),
        (
            "/receipt/items/0/payment_method",
            None,
            "receipt.items[0].payment_method",
        ),
        ("/receipt/items/0/measure", None, "receipt.items[0].measure"),
        (
            "/receipt/items/0/measure",
            Some(json!(1)),
            "receipt.items[0].measure",
        ),
        (
            "/receipt/items/0/measurement_unit",
            Some(json!("м3")),
            "receipt.items[0].measurement_unit",
        ),
        (
            "/receipt/items/0/mark_code",
            Some(json!({"ean8": "1"})),
            "receipt.items[0].mark_code",
        ),
        ("/receipt/unheard_of", Some(json!(1)), "receipt.unheard_of"),
        ("/receipt/total", Some(json!(999.5)), "receipt.total"),
        (
            "/receipt/cashier_inn",
            Some(json!("7802781104")),
            "receipt.cashier_inn",
        ),
        ("/correction", Some(json!({})), "correction"),
    ];
    let with_phone = without(&sale, "/receipt/client/email");
    let with_phone = with(&with_phone, "/receipt/client/phone", json!("9161234567"));
    let answer = shop.register("sell", &with_phone).await;
    assert_eq!(code(&answer), 32, "v5 wants the whole number: {answer:?}");
    refused(&shop, &sale, only_v5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_of_v4_is_named() {
    let shop = Shop::v4().await;
    let sale = sale_v4("A-1");
    refused(&shop, &sale, spoiled(&sale["receipt"]["items"][0])).await;
    let only_v4 = vec![
        (
            "/receipt/items/0/payment_object",
            Some(json!("goods")),
            "receipt.items[0].payment_object",
        ),
        (
            "/receipt/items/0/nomenclature_code",
            Some(json!("00 01")),
            "receipt.items[0].nomenclature_code",
        ),
        ("/receipt/total", Some(json!(998.99)), "receipt.total"),
    ];
    refused(&shop, &sale, only_v4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_apart_from_what_is_a_wrong_one() {
    let shop = Shop::v5().await;
    let sale = sale_v5("A-1");
    let token = shop.token.as_str();
    let path = shop.path("/main/sell");
    for (kind, body, expected) in [
        ("text/plain", sale.to_string(), (415, 41)),
        (
            "application/json",
            "{\"external_id\":".to_owned(),
            (400, 40),
        ),
        ("application/json", String::new(), (400, 40)),
        ("application/json", "1 2".to_owned(), (400, 40)),
        ("application/json", "[]".to_owned(), (400, 32)),
        ("application/json", " ".repeat(1024 * 1024 + 1), (413, 40)),
    ] {
        let headers = [("token", token), ("content-type", kind)];
        let answer = shop.send("POST", &path, &headers, &body).await;
        assert_eq!((answer.0, code(&answer)), expected, "{kind} {body:.40}");
    }
    // The registers of another organisation would refuse it.
    let foreign = with(&sale, "/receipt/company/inn", json!("7707083893"));
    let answer = shop.register("sell", &foreign).await;
    assert_eq!((answer.0, code(&answer)), (400, 2009), "{answer:?}");
    assert_eq!(answer.1["error"]["type"], "agent");
    assert_eq!(answer.1["status"], "fail");
    // Whatever was refused, its external_id is free, and a missing charset is none of our business.
    let headers = [("token", token), ("content-type", "application/json")];
    let answer = shop.send("POST", &path, &headers, &sale.to_string()).await;
    assert_eq!(answer.0, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_the_schemas_is_known_to_the_reader() {
    let shop = Shop::v5().await;
    let answer = shop.get(&shop.path("/schema/buy")).await;
    assert_eq!((answer.0, code(&answer)), (404, 40));
    for (name, operation, body) in [
        ("sell", "sell", sale_v5("A-1")),
        ("correction", "sell_correction", correction_v5("A-1")),
    ] {
        let (status, schema) = shop.get(&shop.path(&format!("/schema/{name}"))).await;
        assert_eq!(status, 200);
        let refused = async |pointer: &str| {
            let body = with(&body, pointer, json!([[]]));
            let answer = shop.register(operation, &body).await;
            assert_eq!(code(&answer), 32, "{pointer}");
            let text = answer.1["error"]["text"].as_str().unwrap();
            text.contains("no such field")
        };
        let mut seen = 0;
        let mut objects = vec![(String::new(), schema)];
        while let Some((place, schema)) = objects.pop() {
            for (name, property) in schema["properties"].as_object().unwrap() {
                let pointer = format!("{place}/{name}");
                seen += 1;
                assert!(!refused(&pointer).await, "{pointer}");
                let (inner, pointer) = match property.get("items") {
                    Some(items) => (items, format!("{pointer}/0")),
                    None => (property, pointer),
                };
                if inner.get("properties").is_some() && body.pointer(&pointer).is_some() {
                    objects.push((pointer, inner.clone()));
                }
            }
            assert!(refused(&format!("{place}/unheard_of")).await, "{place}");
        }
        assert!(seen > 50, "{seen} fields");
    }
}

/// The path of a field as refusals tell it: `/receipt/items/0/name` is `receipt.items[0].name`.
fn told_path(pointer: &str) -> String {
    let steps = pointer.trim_start_matches('/').split('/');
    steps.fold(String::new(), |path, step| match step.parse::<usize>() {
        Ok(place) => format!("{path}[{place}]"),
        Err(_) if path.is_empty() => step.to_owned(),
        Err(_) => format!("{path}.{step}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_of_v4_reads_every_field_of_its_schemas_as_they_say() {
    // v4 passes over what it does not know, so only values tell whether a field is read.
    let shop = Shop::v4().await;
    for (name, operation, body) in [
        ("sell", "sell", rich_sale_v4()),
        ("correction", "sell_correction", rich_correction_v4()),
    ] {
        let (status, schema) = shop.get(&shop.path(&format!("/schema/{name}"))).await;
        assert_eq!(status, 200);
        let refusal = async |body: &Value| {
            let answer = shop.register(operation, body).await;
            if answer.0 == 200 {
                return None;
            }
            assert_eq!(code(&answer), 32, "{answer:?}");
            Some(answer.1["error"]["text"].as_str().unwrap().to_owned())
        };
        let (mut fields, mut words) = (0, 0);
        let mut objects = vec![(String::new(), schema)];
        while let Some((place, schema)) = objects.pop() {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for name in required {
                let pointer = format!("{place}/{}", name.as_str().unwrap());
                let told = refusal(&without(&body, &pointer)).await;
                let told = told.unwrap_or_else(|| panic!("{pointer} is not required"));
                assert!(told.starts_with(&told_path(&pointer)), "{pointer}: {told}");
            }
            for (name, property) in schema["properties"].as_object().unwrap() {
                let pointer = format!("{place}/{name}");
                fields += 1;
                let told = refusal(&with(&body, &pointer, json!([[]]))).await;
                let told = told.unwrap_or_else(|| panic!("{pointer} is not read"));
                assert!(told.starts_with(&told_path(&pointer)), "{pointer}: {told}");
                for word in property["enum"].as_array().unwrap_or(&Vec::new()) {
                    words += 1;
                    let said = with(&body, &pointer, word.clone());
                    let said = with(&said, "/external_id", json!(format!("{pointer} {word}")));
                    let told = refusal(&said).await;
                    let told = told.unwrap_or_default();
                    assert!(!told.contains("none of the words"), "{pointer}: {told}");
                }
                let (inner, pointer) = match property.get("items") {
                    Some(items) => (items, format!("{pointer}/0")),
                    None => (property, pointer),
                };
                if inner.get("properties").is_some() {
                    assert!(body.pointer(&pointer).is_some(), "the body lacks {pointer}");
                    objects.push((pointer, inner.clone()));
                }
            }
        }
        assert!(fields > 25 && words > 20, "{name}: {fields}, {words}");
        assert_eq!(refusal(&body).await, None, "the body itself is taken");
    }
}

/// A sale with every object that the schema of v4 knows.
fn rich_sale_v4() -> Value {
    let agent = json!({
        "type": "paying_agent",
        "paying_agent": {"operation": "Оплата", "phones": ["+79161234567"]},
        "receive_payments_operator": {"phones": ["+79161234567"]},
        "money_transfer_operator": {
            "phones": ["+79161234567"], "name": "Оператор", "address": "Москва",
            "inn": "7707083893"
        }
    });
    let supplier = json!({"phones": ["+79161234567"], "name": "Водоканал", "inn": "7707083893"});
    let mut sale = sale_v4("R-1");
    let receipt = sale["receipt"].as_object_mut().unwrap();
    receipt["items"][0]["agent_info"] = agent.clone();
    receipt["items"][0]["supplier_info"] = supplier.clone();
    receipt.insert("agent_info".to_owned(), agent);
    receipt.insert("supplier_info".to_owned(), supplier);
    let vats = json!([{"type": "vat22", "sum": 180.33}]);
    receipt.insert("vats".to_owned(), vats);
    let props = json!({"name": "Договор", "value": "17"});
    receipt.insert("additional_user_props".to_owned(), props);
    let cashless = json!([{"sum": 1000, "method": 1, "id": "1", "additional_info": "карта"}]);
    receipt.insert("cashless_payments".to_owned(), cashless);
    sale
}

/// A correction with the same; details of cashless payments have no place there (ATOL Online
/// protocol §3.8, FFD documents §6).
fn rich_correction_v4() -> Value {
    let mut body = rich_sale_v4();
    let mut correction = body.as_object_mut().unwrap().remove("receipt").unwrap();
    for name in [
        "items",
        "total",
        "additional_user_props",
        "cashless_payments",
    ] {
        correction.as_object_mut().unwrap().remove(name);
    }
    let company = correction["company"].as_object_mut().unwrap();
    company.remove("email");
    let info = json!({"type": "self", "base_date": "15.10.2026", "base_number": "1"});
    correction["correction_info"] = info;
    body["correction"] = correction;
    body["external_id"] = json!("R-2");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn how_strictly_bodies_are_read_is_configured() {
    let mut shop = Shop::v5().await;
    let stray = with(&sale_v5("A-1"), "/receipt/unheard_of", json!(1));
    let text = with(&sale_v5("A-2"), "/receipt/total", json!("1000.00"));
    let answers = async |shop: &Shop| {
        let (stray, text) = (
            shop.register("sell", &stray).await,
            shop.register("sell", &text).await,
        );
        (stray.0, text.0)
    };
    shop.setup.numeric_strings = false;
    shop.restart().await;
    assert_eq!(answers(&shop).await, (400, 400));
    (shop.setup.strict_v5, shop.setup.numeric_strings) = (false, true);
    shop.restart().await;
    assert_eq!(answers(&shop).await, (200, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_is_answered_with_json() {
    let shop = Shop::v5().await;
    let mut chance = ChaCha8Rng::seed_from_u64(54);
    for round in 0..300 {
        let mut body = sale_v5(&format!("A-{round}"));
        for _ in 0..=chance.next_u32() % 3 {
            spoil(&mut body, &mut chance);
        }
        let mut text = body.to_string();
        if round % 10 == 0 {
            let mut end = chance.next_u32() as usize % text.len();
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        let operation = ["sell", "sell_correction", "buy_refund"][round % 3];
        let answer = shop.post_text(&format!("/main/{operation}"), &text).await;
        match answer.0 {
            200 => assert!(answer.1["uuid"].is_string(), "{text}: {answer:?}"),
            400 => assert!(code(&answer) > 0, "{text}"),
            _ => panic!("{text}: {answer:?}"),
        }
    }
    shop.stand.check();
}

/// Replaces one value somewhere by another that makes little sense there.
fn spoil(value: &mut Value, chance: &mut ChaCha8Rng) {
    let mut pick = |count: usize| chance.next_u32() as usize % count.max(1);
    let stop = pick(4) == 0;
    let place = match value {
        Value::Object(map) if !stop && !map.is_empty() => {
            let place = pick(map.len());
            map.values_mut().nth(place)
        }
        Value::Array(list) if !stop && !list.is_empty() => {
            let place = pick(list.len());
            list.get_mut(place)
        }
        _ => None,
    };
    if let Some(inner) = place {
        return spoil(inner, chance);
    }
    let junk = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(99_999_999_999_999_999_u64),
        json!(0.000_000_1),
        json!(""),
        json!("a\u{0}b"),
        json!("ы".repeat(2_000)),
        json!("9007199254740992.99"),
        json!([[], {}]),
        json!({"$serde_json::private::Number": "1x"}),
        json!({"$serde_json::private::RawValue": "{"}),
        Value::Array(vec![json!({}); 2_000]),
    ];
    let place = pick(junk.len());
    *value = junk[place].clone();
}
