//! `docs/openapi.json` says what the code does: it is written from the router's own lists and types.

use std::{collections::BTreeSet, env, fs};

use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const BLESS: &str = "KASSETTE_BLESS";

#[test]
fn the_kept_description_is_what_the_code_says() {
    let said = format!("{:#}\n", api::description());
    if env::var_os(BLESS).is_some() {
        fs::write(FILE, &said).unwrap();
    }
    let kept = fs::read_to_string(FILE).unwrap_or_default();
    let differs = said.lines().zip(kept.lines()).find(|(new, old)| new != old);
    assert!(
        kept == said,
        "docs/openapi.json is not what the code says; write it anew with \
         `{BLESS}=1 cargo test -p api --test description`. The first difference: {differs:#?}"
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = api::description();
    let mut references = BTreeSet::new();
    walk(&document, &mut |name, value| {
        if name == "$ref" {
            references.insert(value.as_str().unwrap().to_owned());
        }
    });
    for reference in &references {
        let found = reference
            .strip_prefix('#')
            .and_then(|it| document.pointer(it));
        assert!(found.is_some(), "{reference} leads nowhere");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let unused: Vec<&String> = schemas
        .keys()
        // The stream of events carries it, line by line.
        .filter(|name| *name != "ReceiptEvent")
        .filter(|name| !references.contains(&format!("#/components/schemas/{name}")))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_operation_has_its_own_name_words_and_answers() {
    let document = api::description();
    let tags: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let mut names = BTreeSet::new();
    let mut steps = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{place}: {name} is twice");
            assert!(operation["summary"].as_str().unwrap().len() > 3, "{place}");
            assert!(tags.contains(&&operation["tags"][0]), "{place}");
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|it| it.starts_with('2')), "{place}");
            let given = operation["parameters"].as_array();
            let segments = given.into_iter().flatten().filter(|it| it["in"] == "path");
            let segments: BTreeSet<&str> =
                segments.map(|it| it["name"].as_str().unwrap()).collect();
            let wanted: BTreeSet<&str> = path
                .split('{')
                .skip(1)
                .map(|it| it.split('}').next().unwrap())
                .collect();
            assert_eq!(segments, wanted, "{place}");
            for example in operation["x-examples"].as_array().into_iter().flatten() {
                assert!(steps.insert(example["step"].as_u64().unwrap()), "{place}");
                let status = example["status"].to_string();
                assert!(
                    answers.contains_key(&status),
                    "{place} does not answer {status}"
                );
            }
        }
    }
}

fn walk(value: &Value, see: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // What stands in examples and shapes of data is no reference.
                see(name, value);
                walk(value, see);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        _ => {}
    }
}
