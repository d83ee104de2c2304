//! Files of examples: what is accepted, how errors are told, what counts as a difference.
#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use casebook::{Casebook, CasebookError, results_json};
use proptest::prelude::*;
use serde_json::{Value, json};

const FILE: &str = include_str!("../../../protocol-fixtures/receipts/examples.json");

fn file() -> Value {
    serde_json::from_str(FILE).unwrap()
}

fn read(file: &Value) -> Result<Casebook, CasebookError> {
    Casebook::read(file.to_string().as_bytes())
}

/// A file with only the example at `place`.
fn alone(place: usize) -> Value {
    let mut file = file();
    file["examples"] = json!([file["examples"][place]]);
    file
}

/// How often and where the first example of a file differs from what it expects.
fn differences(file: &Value) -> Vec<String> {
    let book = read(file).unwrap();
    let example = &book.examples[0];
    let found = example.differences(&example.compute()).unwrap().unwrap();
    found.iter().map(ToString::to_string).collect()
}

fn without_refs(mut expect: Value) -> Value {
    for receipt in expect["receipts"].as_array_mut().unwrap() {
        for line in receipt["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("ref");
        }
    }
    expect
}

#[test]
fn errors_name_the_example_the_path_and_the_rule() {
    let check = |path: &str, value: Value, expected: &str| {
        let mut file = alone(0);
        *file.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        let error = read(&file).unwrap_err().to_string();
        assert_eq!(error, expected, "{path}");
    };
    check(
        "/schema",
        json!("receipt-examples/2"),
        "schema «receipt-examples/2» is not known here: `receipt-examples/1` is read",
    );
    check("/unit", json!("rouble"), "unit: sums are in `kopeck`");
    check(
        "/defaults/allocation",
        json!("lifo"),
        "defaults.allocation: allocation «lifo» is not valid: it is one of: fifo priority \
         proportional period_first",
    );
    check(
        "/examples/0/id",
        json!(7),
        "examples[0].id: invalid type: integer `7`, expected a string",
    );
    check(
        "/examples/0/events/0/parts/0/amount",
        json!(650.5),
        "example R01: events[0].parts[0].amount: 650.5 is no sum in whole kopecks",
    );
    check(
        "/examples/0/events/0/date",
        json!("2026-02-30"),
        "example R01: events[0].date: date «2026-02-30» is not valid: a date of the years \
         2000…2255",
    );
    check(
        "/examples/0/events/0/type",
        json!("gift"),
        "example R01: events[0].type: «gift» is none of payment, identify, charge, period_close, \
         refund, recalc, writeoff, move, cancel_payment, restore_payment, restore_charge, fix_receipt",
    );
    check(
        "/examples/0/events/0",
        json!({"type": "payment", "id": "P1", "date": "2026-03-05", "parts": [], "sum": 1}),
        "example R01: events[0].sum: unknown field `sum`, expected one of `account`, `parts`, \
         `channel`, `explicit`, `purpose_period`",
    );
    check(
        "/examples/0/before/accounts/100001/debts/0/open",
        json!(1_u64 << 60),
        "example R01: before.accounts.100001.debts[0].open: amount «1152921504606846976» is not \
         valid: it must lie within ±(2^53 − 1) kopecks",
    );
    check(
        "/examples/0/services/INET/vat",
        json!([{"from": "2026-01-01", "rate": "22"}, {"from": "2026-01-01", "rate": "20"}]),
        "example R01: services.INET.vat: VAT schedule «[(LocalDate(2026-01-01), V22), \
         (LocalDate(2026-01-01), V20)]» is not valid: its days ascend",
    );
}

#[test]
fn two_examples_of_one_id_are_refused() {
    let mut file = file();
    file["examples"][1]["id"] = json!("R01");
    let error = read(&file).unwrap_err().to_string();
    assert_eq!(error, "example R01: id: another example has it already");
}

#[test]
fn what_is_written_can_be_expected() {
    let book = Casebook::read(FILE.as_bytes()).unwrap();
    let outcomes: Vec<_> = book.examples.iter().map(|it| (it, it.compute())).collect();
    let pairs = outcomes
        .iter()
        .map(|(example, outcome)| (example.id.as_str(), outcome));
    let results: Value = serde_json::from_str(&results_json(pairs).unwrap()).unwrap();
    assert_eq!(results["schema"], "receipt-results/1");
    let mut file = file();
    let results = results["results"].as_array().unwrap();
    for (example, result) in file["examples"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(results)
    {
        let mut expect = result.clone();
        assert_eq!(
            expect.as_object_mut().unwrap().remove("id").unwrap(),
            example["id"]
        );
        assert_eq!(
            without_refs(expect.clone()),
            without_refs(example["expect"].clone()),
            "{}",
            example["id"]
        );
        example["expect"] = expect;
    }
    for example in read(&file).unwrap().examples {
        assert_eq!(
            example.differences(&example.compute()).unwrap(),
            Some(Vec::new())
        );
    }
}

#[test]
fn a_kopeck_more_or_less_anywhere_is_a_difference() {
    fn numbers(path: String, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .filter(|(key, _)| *key != "ref")
                .for_each(|(key, value)| numbers(format!("{path}/{key}"), value, found)),
            Value::Array(entries) => (0..).zip(entries).for_each(|(place, value): (usize, _)| {
                numbers(format!("{path}/{place}"), value, found);
            }),
            // Codes have no neighbours everywhere: they are tried by the texts of the rules.
            Value::Number(_) if !path.ends_with("method") && !path.ends_with("subject") => {
                found.push(path);
            }
            _ => {}
        }
    }
    for place in (0..48).step_by(5) {
        let file = alone(place);
        let mut paths = Vec::new();
        numbers(String::new(), &file["examples"][0]["expect"], &mut paths);
        for path in paths {
            let mut file = file.clone();
            let value = file
                .pointer_mut(&format!("/examples/0/expect{path}"))
                .unwrap();
            *value = json!(value.as_i64().unwrap() + 1);
            if let Ok(book) = read(&file) {
                let example = &book.examples[0];
                let found = example.differences(&example.compute()).unwrap().unwrap();
                assert_eq!(found.len(), 1, "{} {path}: {found:?}", example.id);
            }
        }
    }
}

#[test]
fn new_entries_may_have_ids_of_their_own_and_old_ones_may_not() {
    // R03: a payment leaves an advance; R02: an old debt is left.
    let mut of_new = alone(2);
    let lot = &mut of_new["examples"][0]["expect"]["after"]["accounts"]["100001"]["advances"][0];
    lot["id"] = json!("advance-77");
    assert_eq!(differences(&of_new), [""; 0]);
    let mut of_old = alone(1);
    let debt = &mut of_old["examples"][0]["expect"]["after"]["accounts"]["100001"]["debts"][0];
    debt["id"] = json!("debt-77");
    assert_eq!(
        differences(&of_old),
        ["after.accounts.100001.debts[0].id: expected \"debt-77\", found \"C2/INET\""]
    );
}

#[test]
fn what_is_missing_and_what_is_too_much_are_told() {
    let mut file = alone(2);
    let expect = &mut file["examples"][0]["expect"];
    let zero = json!({"service": "INET", "period": "2026-01", "amount": 0, "vat": "22"});
    let settled = &mut expect["after"]["accounts"]["100001"]["settled"];
    settled.as_array_mut().unwrap().push(zero);
    assert_eq!(
        differences(&file),
        [""; 0],
        "an entry at zero does not count"
    );
    let expect = &mut file["examples"][0]["expect"];
    expect["receipts"][0]["lines"].as_array_mut().unwrap().pop();
    expect["error"] = json!("bad_amount");
    let found = differences(&file);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "error: expected \"bad_amount\", found null");
    let starts = "receipts[0].lines[2]: expected nothing, found {\"amount\":20000,";
    assert!(found[1].starts_with(starts), "{found:?}");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let bytes = vec![b' '; casebook::MAX_FILE_BYTES + 1];
    assert!(matches!(
        Casebook::read(&bytes),
        Err(CasebookError::TooLarge { .. })
    ));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Casebook::read(&bytes);
    }

    #[test]
    fn no_spoiled_example_makes_it_panic(
        place in 0..48_usize,
        spots in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = alone(place).to_string().into_bytes();
        for (spot, byte) in spots {
            let spot = spot.index(bytes.len());
            // Digits for digits: most of these are still read, and then computed.
            bytes[spot] = if bytes[spot].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        if let Ok(book) = Casebook::read(&bytes) {
            for example in &book.examples {
                let outcome = example.compute();
                example.differences(&outcome).unwrap();
                results_json([("R", &outcome)]).unwrap();
            }
        }
    }
}
