//! Whatever is said to be wrong in a receipt: an event or a refusal, never a panic.

use engine::*;
use proptest::{prelude::*, sample::select};
use terms::{OperationSign, VatRate};

use crate::{few, money, number, service, setup, state};

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn absurd_changes_are_answered_calmly(
        setup in setup(), state in state(), changes in prop::collection::vec(change(), 1..6),
    ) {
        for (change, journal) in changes.iter().zip(&state.receipts) {
            match fix_of(journal, change, &setup, &state.accounts) {
                Ok(kind) => {
                    let date = "2026-11-01".parse().unwrap();
                    let event = Event { id: "X".to_owned(), date, kind };
                    let _: Result<Plan, Refusal> = apply(&setup, &state, &event);
                }
                Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
            }
        }
    }
}

fn swap<T: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Option<Swap<T>>> {
    let swap = (prop::option::of(value.clone()), value).prop_map(|(from, to)| Swap { from, to });
    prop::option::weighted(0.2, swap)
}

fn change() -> impl Strategy<Value = Change> {
    let amount = prop_oneof![
        money().prop_map(RightAmount::Total),
        few(money()).prop_map(RightAmount::Lines),
    ];
    let supplier = prop::option::of(service()).prop_map(|service| RightSupplier {
        service,
        agent: None,
    });
    let swaps = (
        swap(select(&VatRate::ALL[..])),
        swap(select(PaidIn::ALL)),
        swap(select(&["INET", "TV", "X"][..]).prop_map(|code| code.parse().unwrap())),
        swap(select(&["2025-12", "2026-01"][..]).prop_map(|month| month.parse().unwrap())),
    );
    let others = (
        prop::option::weighted(0.4, amount),
        prop::option::weighted(0.2, number()),
        prop::option::weighted(0.2, select(OperationSign::ALL)),
        prop::option::weighted(0.2, supplier),
        prop::bool::weighted(0.05),
        any::<bool>(),
    );
    (swaps, others).prop_map(|(swaps, others)| Change {
        vat: swaps.0,
        tax_system: None,
        kind: swaps.1,
        amount: others.0,
        service: swaps.2,
        period: swaps.3,
        account: others.1,
        sign: others.2,
        agent: others.3,
        duplicate: others.4,
        rejected: others.5,
        order: None,
    })
}
