//! The worked examples of the receipt rules, all of them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it is wrong"
)]

mod json;
mod world;

use json::{read, write};
use serde_json::{Map, Value};
use world::World;

const FILE: &str = include_str!("../../../protocol-fixtures/receipts/examples.json");

#[test]
fn every_worked_example_comes_out_to_the_kopeck() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let examples = file["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 48);
    let mut differences = Vec::new();
    for example in examples {
        let got = play(&file["defaults"], example);
        let expected = without_refs(example["expect"].clone());
        let mut found = Vec::new();
        compare("", &expected, &got, &mut found);
        if !found.is_empty() {
            let title = format!("{} {}", example["id"], example["title"]);
            differences.push(format!("{title}\n  {}", found.join("\n  ")));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn every_line_of_the_examples_explains_itself() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    for example in file["examples"].as_array().unwrap() {
        let world = lived(&file["defaults"], example).0;
        for line in world
            .receipts
            .iter()
            .flat_map(|receipt| receipt.all_lines())
        {
            let ru = line.why.ru().replace(',', ".");
            let en = line.why.en();
            let largest = line
                .why
                .from
                .iter()
                .map(|source| source.amount)
                .max()
                .unwrap();
            for sentence in [&ru, &en] {
                assert!(sentence.contains(&largest.to_string()), "{sentence}");
            }
            assert!(largest >= line.amount, "{}: {ru}", example["id"]);
        }
    }
}

fn play(defaults: &Value, example: &Value) -> Value {
    let (world, error) = lived(defaults, example);
    let accounts: Map<String, Value> = world
        .state
        .accounts
        .values()
        .map(|account| (account.number.to_string(), write::account(account)))
        .collect();
    serde_json::json!({
        "error": error,
        "receipts": world.receipts.iter().map(write::receipt).collect::<Vec<_>>(),
        "non_fiscal": world.records.iter().map(write::record).collect::<Vec<_>>(),
        "after": { "accounts": accounts },
    })
}

fn lived(defaults: &Value, example: &Value) -> (World, Option<&'static str>) {
    let mut world = World {
        setup: read::setup(defaults, example),
        state: read::before(example),
        ..World::default()
    };
    for event in example["events"].as_array().unwrap() {
        if let Err(refusal) = world.step(&read::event(event)) {
            return (world, Some(refusal.code()));
        }
    }
    (world, None)
}

fn without_refs(mut expected: Value) -> Value {
    for receipt in expected["receipts"].as_array_mut().unwrap() {
        for line in receipt["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("ref");
        }
    }
    expected
}

/// Notes every place where the two differ.
fn compare(path: &str, expected: &Value, got: &Value, differences: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(left), Value::Object(right)) => {
            let mut keys: Vec<_> = left.keys().chain(right.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = format!("{path}/{key}");
                compare(&path, &expected[key], &got[key], differences);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (place, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}/{place}"), left, right, differences);
            }
        }
        _ if expected == got => {}
        _ => differences.push(format!("{path}: expected {expected}, got {got}")),
    }
}
