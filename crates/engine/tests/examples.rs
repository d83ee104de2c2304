//! The worked examples of the receipt rules, all of them.

use casebook::Casebook;

const FILE: &[u8] = include_bytes!("../../../protocol-fixtures/receipts/examples.json");

#[test]
fn every_worked_example_comes_out_to_the_kopeck() {
    let book = Casebook::read(FILE).unwrap();
    assert_eq!(book.examples.len(), 48);
    let mut wrong = Vec::new();
    for example in &book.examples {
        let differences = example.differences(&example.compute()).unwrap().unwrap();
        let places = differences.iter().map(|place| format!("\n  {place}"));
        let places: String = places.collect();
        if !places.is_empty() {
            wrong.push(format!("{} {}{places}", example.id, example.title));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_line_of_the_examples_explains_itself() {
    for example in Casebook::read(FILE).unwrap().examples {
        let receipts = example.compute().receipts;
        for line in receipts.iter().flat_map(|receipt| receipt.all_lines()) {
            let ru = line.why.ru().replace(',', ".");
            let en = line.why.en();
            let amounts = line.why.from.iter().map(|source| source.amount);
            let largest = amounts.max().unwrap();
            for sentence in [&ru, &en] {
                assert!(sentence.contains(&largest.to_string()), "{sentence}");
            }
            assert!(largest >= line.amount, "{}: {ru}", example.id);
        }
    }
}
