//! How much memory the receipt engine takes from the allocator for an event. It has a program of
//! its own: counting costs time, and the other benches measure that.

mod month;
mod provider;

use std::hint::black_box;

use allocation_counter::measure;
use engine::{Before, apply};

use provider::Outcome;

/// How many charges are counted: a third with advances enough, a third in part, a third without.
const CHARGES: usize = 3_000;

fn main() -> Outcome {
    let setup = month::setup()?;
    let mut before = Before::default();
    let (account, payment) = month::payment()?;
    before.accounts.insert(account.number.clone(), account);
    let mut outcome = Ok(());
    let of_payment = measure(|| {
        outcome = apply(&setup, &before, &payment).map(|plan| drop(black_box(plan)));
    });
    outcome?;
    print("a payment over 3 debts with a surplus", &of_payment, 1);

    let mut before = Before::default();
    for index in 0..CHARGES {
        let account = month::account(index)?;
        before.accounts.insert(account.number.clone(), account);
    }
    let events = (0..CHARGES)
        .map(month::charge)
        .collect::<Outcome<Vec<_>>>()?;
    let mut outcome = Ok(());
    let of_charges = measure(|| {
        outcome = events
            .iter()
            .try_for_each(|event| apply(&setup, &before, event).map(|plan| drop(black_box(plan))));
    });
    outcome?;
    print("a month-end charge for 2 services", &of_charges, CHARGES);
    Ok(())
}

fn print(what: &str, info: &allocation_counter::AllocationInfo, events: usize) {
    let events = events as f64;
    println!(
        "{what}: {:.1} allocations, {:.0} bytes",
        info.count_total as f64 / events,
        info.bytes_total as f64 / events
    );
}
