//! The questions «which receipt do I need?».
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it is wrong"
)]

use std::collections::BTreeSet;

use casebook::{Casebook, Example, Scenario, Scenarios, Worked};

const EXAMPLES: &[u8] = include_bytes!("../../../protocol-fixtures/receipts/examples.json");
const SCENARIOS: &[u8] = include_bytes!("../../../protocol-fixtures/receipts/scenarios.json");

/// All rows of the decision table (receipt rules §2).
fn table() -> BTreeSet<String> {
    let numbered = (1..=32).map(|number| format!("D{number:02}"));
    let primed = ["D09′", "D20′"].map(str::to_owned);
    numbered.chain(primed).collect()
}

fn example(scenario: &Scenario) -> Example {
    match &scenario.worked {
        Worked::Own(example) => *example.clone(),
        Worked::Of(id) => {
            let book = Casebook::read(EXAMPLES).unwrap();
            let found = book.examples.into_iter().find(|example| example.id == *id);
            found.unwrap_or_else(|| panic!("{}: no example {id}", scenario.id))
        }
    }
}

#[test]
fn every_row_of_the_decision_table_has_a_question() {
    let scenarios = Scenarios::read(SCENARIOS).unwrap();
    let rows = scenarios.all.iter().flat_map(|scenario| &scenario.rows);
    assert_eq!(rows.cloned().collect::<BTreeSet<_>>(), table());
    for row in table() {
        assert!(scenarios.find(&row).unwrap().rows.contains(&row));
    }
    assert_eq!(scenarios.find("d20'").unwrap().id, "D20′");
    assert!(scenarios.find("D33").is_none());
}

#[test]
fn every_answer_shows_a_computed_example_of_its_row() {
    for scenario in Scenarios::read(SCENARIOS).unwrap().all {
        let example = example(&scenario);
        // The examples know one row for both ways of moving an advance.
        let shown = |row: &String| {
            let row = if row == "D20′" { "D20" } else { row };
            example
                .rules
                .iter()
                .any(|rule| rule.trim_end_matches('′') == row.trim_end_matches('′'))
        };
        assert!(
            scenario.rows.iter().all(shown),
            "{}: {}",
            scenario.id,
            example.id
        );
        let outcome = example.compute();
        assert_eq!(outcome.refused, None, "{}", scenario.id);
        assert!(
            !(outcome.receipts.is_empty() && outcome.records.is_empty()),
            "{} leads to nothing",
            scenario.id
        );
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    let cyrillic = |text: &str| text.chars().any(|letter| ('а'..='я').contains(&letter));
    for scenario in Scenarios::read(SCENARIOS).unwrap().all {
        let basis = scenario.basis.iter().map(|basis| &basis.what);
        for text in [&scenario.question, &scenario.answer]
            .into_iter()
            .chain(basis)
        {
            assert!(cyrillic(&text.ru), "{}: {}", scenario.id, text.ru);
            assert!(
                text.en.is_char_boundary(1) && text.en != text.ru,
                "{}",
                text.en
            );
        }
        for text in [&scenario.question, &scenario.answer] {
            assert!(
                text.en
                    .starts_with(|letter: char| letter.is_ascii_uppercase())
            );
        }
    }
}

#[test]
fn a_text_that_is_missing_in_one_language_is_refused() {
    let file = r#"{"schema":"receipt-scenarios/1","scenarios":[{"id":"D01","rows":["D01"],
        "question":{"ru":"Какой чек?","en":" "},"answer":{"ru":"Приход","en":"Income"},
        "basis":[],"example":"R01"}]}"#;
    assert_eq!(
        Scenarios::read(file.as_bytes()).unwrap_err().to_string(),
        "scenarios.D01.question: it is there in both languages"
    );
}

#[test]
fn a_payment_of_a_written_off_debt_pays_the_credit() {
    let scenarios = Scenarios::read(SCENARIOS).unwrap();
    let outcome = example(scenarios.find("D29").unwrap()).compute();
    assert_eq!(outcome.receipts.len(), 1, "the write-off itself has none");
    assert_eq!(outcome.receipts[0].lines[0].method.code(), 7);
    assert_eq!(outcome.receipts[0].payments.cash.to_string(), "300.00");
    let account = &outcome.after.accounts["100001"];
    assert_eq!(account.written_off[0].open.to_string(), "350.00");
}
