//! Sums at their edges (§13.12).

use serde_json::{Value, json};

use crate::shop::{Shop, code, sale_v4, sale_v5, with};

/// Items as (price, quantity, sum), payments as (type, sum), the total; all as they are written.
type Sums = (
    &'static [(&'static str, &'static str, &'static str)],
    &'static [(u8, &'static str)],
    &'static str,
);

/// The total of the document, or the code of the error.
type Outcome = Result<&'static str, i64>;

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn body(sale: &Value, (items, payments, total): Sums) -> Value {
    let line = &sale["receipt"]["items"][0];
    let line = |(price, quantity, sum): &(&str, &str, &str)| {
        let line = with(line, "/price", number(price));
        let line = with(&line, "/quantity", number(quantity));
        with(&line, "/sum", number(sum))
    };
    let payment = |(kind, sum): &(u8, &str)| json!({"type": kind, "sum": number(sum)});
    let items = Value::Array(items.iter().map(line).collect());
    let payments = Value::Array(payments.iter().map(payment).collect());
    let body = with(sale, "/receipt/items", items);
    let body = with(&body, "/receipt/payments", payments);
    with(&body, "/receipt/total", number(total))
}

async fn judge(shop: &Shop, sale: &Value, cases: &[(Sums, Outcome)]) {
    for (sums, expected) in cases {
        let id: String = format!("{sums:?}").chars().take(120).collect();
        let body = with(&body(sale, *sums), "/external_id", json!(id));
        let answer = shop.register("sell", &body).await;
        match expected {
            Ok(total) => {
                assert_eq!(answer.0, 200, "{sums:?}: {answer:?}");
                let report = shop.done(answer.1["uuid"].as_str().unwrap()).await;
                assert_eq!(report["payload"]["total"].to_string(), *total, "{sums:?}");
            }
            Err(expected) => {
                assert_eq!(
                    (answer.0, code(&answer)),
                    (400, *expected),
                    "{sums:?}: {answer:?}"
                );
                assert_eq!(answer.1["status"], "fail");
                let kind = if *expected == 32 { "system" } else { "driver" };
                assert_eq!(answer.1["error"]["type"], kind);
            }
        }
    }
    shop.stand.check();
}

/// What both versions agree on.
const BOTH: [(Sums, Outcome); 11] = [
    (
        (
            &[("0.1", "1", "0.1"), ("0.2", "1", "0.2")],
            &[(1, "0.3")],
            "0.3",
        ),
        Ok("0.30"),
    ),
    (
        (
            &[("42949672.95", "1", "42949672.95")],
            &[(1, "42949672.95")],
            "42949672.95",
        ),
        Ok("42949672.95"),
    ),
    (
        (&[("100", "0.333", "33.3")], &[(1, "33.30")], "33.3"),
        Ok("33.30"),
    ),
    (
        (&[("0.01", "1", "0.01")], &[(1, "0.01")], "0.01"),
        Ok("0.01"),
    ),
    (
        (&[("10.500", "1.0", "10.5")], &[(1, "10.50")], "10.5000"),
        Ok("10.50"),
    ),
    (
        (&[("\"10\"", "\"2\"", "20")], &[(1, "\"20.00\"")], "20"),
        Ok("20.00"),
    ),
    // Change is given from cash.
    (
        (&[("10", "1", "10")], &[(0, "15"), (1, "5")], "10"),
        Ok("10.00"),
    ),
    (
        (&[("10", "1", "10")], &[(0, "4"), (1, "12")], "10"),
        Err(52),
    ),
    ((&[("10", "1", "10")], &[(1, "9.99")], "10"), Err(66)),
    ((&[("10", "1", "10")], &[(1, "10")], "10.01"), Err(32)),
    ((&[("1e1", "1", "10")], &[(1, "10")], "10"), Err(32)),
];

#[tokio::test(flavor = "multi_thread")]
async fn sums_of_v5_are_exact() {
    let shop = Shop::v5().await;
    judge(&shop, &sale_v5(""), &BOTH).await;
    let only_v5: [(Sums, Outcome); 3] = [
        (
            (
                &[("42949672.96", "1", "42949672.96")],
                &[(1, "42949672.96")],
                "42949672.96",
            ),
            Err(32),
        ),
        (
            (&[("1", "0.3333", "0.33")], &[(1, "0.33")], "0.33"),
            Err(32),
        ),
        (
            (&[("100.99", "1", "100.99")], &[(1, "100.99")], "100"),
            Err(32),
        ),
    ];
    judge(&shop, &sale_v5(""), &only_v5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_of_v4_may_be_rounded_down_and_is_reckoned_anew() {
    let shop = Shop::v4().await;
    judge(&shop, &sale_v4(""), &BOTH).await;
    let only_v4: [(Sums, Outcome); 4] = [
        (
            (&[("100.99", "1", "100.99")], &[(1, "100.99")], "100"),
            Ok("100.99"),
        ),
        ((&[("101", "1", "101")], &[(1, "101")], "100"), Err(32)),
        (
            (&[("100.99", "1", "100.99")], &[(1, "100")], "100"),
            Err(66),
        ),
        (
            (&[("1", "0.333333", "0.33")], &[(1, "null")], "0.33"),
            Ok("0.33"),
        ),
    ];
    judge(&shop, &sale_v4(""), &only_v4).await;
}
