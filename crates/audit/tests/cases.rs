//! The worked cases of anomalies and deadlines.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use audit::{
    AccountPass, AccountRow, Calendar, Finding, Month, Payment, RuleId, Sum, Thresholds, Value,
    deadline,
};
use serde_json::Value as Json;
use terms::{Kopecks, LocalDate};

fn fixture(name: &str) -> Vec<Json> {
    let path = format!(
        "{}/../../protocol-fixtures/audit/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).expect(&path);
    serde_json::from_str(&text).expect(&path)
}

fn text<'a>(case: &'a Json, field: &str) -> &'a str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn number(case: &Json, field: &str) -> i64 {
    case[field]
        .as_i64()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn sum(case: &Json, field: &str) -> Kopecks {
    Kopecks::new(number(case, field)).unwrap()
}

fn days(case: &Json, field: &str) -> Vec<LocalDate> {
    let days = case[field].as_array().cloned().unwrap_or_default();
    days.iter()
        .map(|day| day.as_str().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn every_deadline_is_the_one_of_its_case() {
    let cases = fixture("deadlines.json");
    assert_eq!(cases.len(), 9);
    for case in &cases {
        let calendar = Calendar {
            holidays: days(case, "holidays").into_iter().collect(),
            working_weekends: days(case, "working_weekends").into_iter().collect(),
        };
        let parse = |field| text(case, field).parse().unwrap();
        let deadline = match text(case, "rule") {
            "cashless_next_workday" => {
                let date = text(case, "date").parse().unwrap();
                deadline::cashless_next_workday(date, &calendar)
                    .unwrap()
                    .to_string()
            }
            "consolidated_offset" => {
                let period = text(case, "period").parse().unwrap();
                deadline::consolidated_offset(period).unwrap().to_string()
            }
            "shift_close" => deadline::shift_close(parse("opened")).unwrap().to_string(),
            "fn_unsent_block" => deadline::fn_unsent_block(parse("first_unsent"))
                .unwrap()
                .to_string(),
            other => panic!("there is no deadline {other}"),
        };
        assert_eq!(deadline, text(case, "deadline"), "{}", text(case, "title"));
    }
}

#[test]
fn the_cases_beside_the_receipt_examples_agree_too() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../protocol-fixtures/receipts/examples.json"
    );
    let book: Json = serde_json::from_str(&std::fs::read_to_string(path).expect(path)).unwrap();
    let cases = book["anomaly_cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let thresholds = thresholds(&case["params"]);
        let mut pass = AccountPass::new(&thresholds, "2026-04-01".parse().unwrap());
        let found = pass
            .account(&"00120034".parse().unwrap(), rows(case))
            .unwrap();
        let hit = found.iter().find(|finding| finding.rule == RuleId::A01);
        let expected = &case["expect"];
        assert_eq!(hit.is_some(), expected["hit"].as_bool().unwrap(), "{case}");
        if let Some(hit) = hit {
            assert_eq!(hit.severity.name(), text(expected, "severity"));
            let loss = Value::Money(sum(expected, "estimated_loss").into());
            assert_eq!(hit.number("estimated_loss"), Some(&loss));
        }
    }
}

#[test]
fn every_anomaly_case_is_judged_as_written() {
    let cases = fixture("anomalies.json");
    assert_eq!(cases.len(), 13);
    for case in &cases {
        let thresholds = thresholds(&case["params"]);
        let mut pass = AccountPass::new(&thresholds, "2026-04-01".parse().unwrap());
        let found = pass
            .account(&"00120034".parse().unwrap(), rows(case))
            .unwrap();
        let title = text(case, "title");
        let expected = case["expect"].as_array().unwrap();
        let rules: Vec<&str> = found.iter().map(|finding| finding.rule.name()).collect();
        let due: Vec<&str> = expected
            .iter()
            .map(|expected| text(expected, "rule"))
            .collect();
        assert_eq!(rules, due, "{title}");
        for (finding, expected) in found.iter().zip(expected) {
            agree(title, finding, expected);
        }
    }
}

fn agree(title: &str, finding: &Finding, expected: &Json) {
    for (name, value) in expected.as_object().unwrap() {
        match name.as_str() {
            "rule" => {}
            "severity" => assert_eq!(finding.severity.name(), value.as_str().unwrap(), "{title}"),
            _ => {
                let due = Value::Money(Sum::from(sum(expected, name)));
                assert_eq!(finding.number(name), Some(&due), "{title}: {name}");
            }
        }
    }
    assert!(finding.what.ru.contains("00120034") && finding.what.en.contains("00120034"));
}

fn thresholds(params: &Json) -> Thresholds {
    let mut thresholds = Thresholds::default();
    let limits = &mut thresholds.token_payments;
    limits.min_periods = number(params, "min_periods") as u32;
    limits.token_abs = sum(params, "token_abs").into();
    limits.token_share_pct = number(params, "token_share_pct") as u32;
    limits.window_days = number(params, "window_days") as u32;
    thresholds
}

fn rows(case: &Json) -> Vec<AccountRow> {
    let months = case["months"]
        .as_array()
        .or(case["periods"].as_array())
        .unwrap();
    let mut rows = vec![AccountRow::Opening(sum(case, "debt_start"))];
    for month in months {
        for payment in month["payments"].as_array().unwrap() {
            let date: LocalDate = text(payment, "date").parse().unwrap();
            rows.push(AccountRow::Payment(Payment {
                id: format!("payment of {date}"),
                moment: date.at(12, 0).unwrap(),
                amount: sum(payment, "amount"),
                source: "bank".to_owned(),
                reference: None,
            }));
        }
        rows.push(AccountRow::Month(Month {
            period: text(month, "period").parse().unwrap(),
            charged: sum(month, "charged"),
            debt_end: sum(month, "debt_end"),
            active: month["active"].as_bool().unwrap(),
            prepaid: case["prepaid"].as_bool().unwrap_or(false),
        }));
    }
    rows
}
