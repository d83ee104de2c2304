//! The worked examples of the receipt rules, all of them.
#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use casebook::{Casebook, Example};
use engine::{Agent, Change, Event, PaidIn, Plan, RightAmount, RightSupplier, Swap, apply, fix_of};
use terms::{OperationSign, TaxSystem, VatRate};

const EXAMPLES: &[u8] = include_bytes!("../../../protocol-fixtures/receipts/examples.json");
const CORRECTIONS: &[u8] = include_bytes!("../../../protocol-fixtures/receipts/corrections.json");

fn all() -> Vec<Example> {
    [EXAMPLES, CORRECTIONS]
        .iter()
        .flat_map(|file| Casebook::read(file).unwrap().examples)
        .collect()
}

#[test]
fn every_worked_example_comes_out_to_the_kopeck() {
    let examples = all();
    assert_eq!(examples.len(), 48 + 32);
    let mut wrong = Vec::new();
    for example in &examples {
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
    for example in all() {
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

/// What was wrong in the receipts of the examples: by the id of the example, for all versions of the
/// FFD.
fn what_was_wrong(example: &str) -> Option<Change> {
    let mut change = Change::default();
    match example.trim_end_matches(['a', 'b']) {
        "R33" | "K05" => {
            let (from, to) = (Some(VatRate::V20), VatRate::V22);
            change.vat = Some(Swap { from, to });
        }
        "K16" => {
            let (from, to) = (None, VatRate::V20);
            change.vat = Some(Swap { from, to });
            change.order = Some("17-08/0042".to_owned());
        }
        "R34" => change.amount = Some(RightAmount::Total("650".parse().unwrap())),
        "K04" => change.amount = Some(RightAmount::Total("700".parse().unwrap())),
        "R40" | "K06" => change.tax_system = Some(TaxSystem::Patent),
        "R41" | "K07" => {
            let (from, to) = (None, PaidIn::Cashless);
            change.kind = Some(Swap { from, to });
        }
        "K08" => {
            let (from, to) = (Some(PaidIn::Prepaid), PaidIn::Cashless);
            change.kind = Some(Swap { from, to });
        }
        "K09" => {
            let (from, to) = (None, "TV".parse().unwrap());
            change.service = Some(Swap { from, to });
        }
        "K10" => {
            let (from, to) = (None, "2025-12".parse().unwrap());
            change.period = Some(Swap { from, to });
        }
        "K11" => change.account = Some("100002".parse().unwrap()),
        "K12" => {
            let agent = Agent {
                kind: 64,
                supplier_inn: "7701000026".parse().unwrap(),
                supplier_name: "АО Теплосеть".to_owned(),
                supplier_phone: "+74950000002".to_owned(),
            };
            change.agent = Some(RightSupplier {
                service: None,
                agent: Some(agent),
            });
        }
        "K13" => change.sign = Some(OperationSign::IncomeReturn),
        "K14" => change.rejected = true,
        "R27" | "R28" => change.duplicate = true,
        "K15" => {
            change.duplicate = true;
            change.order = Some("17-08/0042".to_owned());
        }
        _ => return None,
    }
    Some(change)
}

/// An example need not say what its lines pay where the account does not change.
fn without_refs(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for receipt in &mut plan.receipts {
        receipt.lines.iter_mut().for_each(|line| line.refs.clear());
    }
    plan
}

#[test]
fn what_was_wrong_leads_to_the_documents_of_the_examples() {
    let mut found = 0;
    for example in all() {
        let Some(change) = what_was_wrong(&example.id) else {
            continue;
        };
        let ([journal], [by_hand]) = (&example.before.receipts[..], &example.events[..]) else {
            panic!("{}: one receipt and one event", example.id);
        };
        let (setup, before) = (&example.setup, &example.before);
        let kind = fix_of(journal, &change, setup, &before.accounts)
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", example.id));
        assert_eq!(kind.name(), by_hand.kind.name(), "{}", example.id);
        let fixed = apply(
            setup,
            before,
            &Event {
                kind,
                ..by_hand.clone()
            },
        )
        .unwrap();
        let expected = apply(setup, before, by_hand).unwrap();
        assert_eq!(
            without_refs(&fixed),
            without_refs(&expected),
            "{}",
            example.id
        );
        found += 1;

        // Once it says so, there is nothing left to change.
        let Some(right) = fixed.receipts.last().filter(|_| !change.duplicate) else {
            continue;
        };
        let mut journal = journal.clone();
        journal.receipt = right.clone();
        let accounts = fixed.accounts.into_iter();
        let accounts = accounts.map(|account| (account.number.clone(), account));
        let again = Change {
            rejected: false,
            amount: None,
            ..change
        };
        let refusal = fix_of(&journal, &again, setup, &accounts.collect()).unwrap_err();
        assert_eq!(refusal.code(), "nothing_to_change", "{}", example.id);
    }
    assert_eq!(found, 6 + 2 * 13);
}
