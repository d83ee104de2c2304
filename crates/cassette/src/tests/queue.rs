//! The queue before the slots.

use terms::{TaxSystem, TaxSystems};

use super::world::job;
use crate::{Class, Dispatch, Job};

#[test]
fn urgent_receipts_go_first_and_the_others_do_not_starve() {
    let systems = TaxSystems::of([TaxSystem::Common]).unwrap();
    let mut dispatch = Dispatch::default();
    for number in 1..=8 {
        dispatch.push(job(number, number, Class::Charge, 0));
        dispatch.push(job(100 + number, 100 + number, Class::Payment, 0));
    }
    let taken: Vec<i64> = std::iter::from_fn(|| dispatch.take(systems))
        .map(|job| job.id.get())
        .collect();
    let (first, last) = taken.split_at(8);
    assert_eq!(first, [101, 102, 103, 1, 104, 105, 106, 2]);
    assert_eq!(last, [107, 108, 3, 4, 5, 6, 7, 8]);
    assert!(dispatch.is_empty());
}

#[test]
fn a_payment_pulls_its_accounts_charge_with_it_and_never_overtakes_it() {
    let systems = TaxSystems::of([TaxSystem::Common]).unwrap();
    let mut dispatch = Dispatch::default();
    for number in 1..=5 {
        dispatch.push(job(number, number, Class::Charge, 0));
    }
    dispatch.push(job(6, 5, Class::Payment, 0));
    let charge = dispatch.take(systems).unwrap();
    assert_eq!(charge.id.get(), 5);
    assert_eq!(dispatch.offered(systems), 4, "its account waits");
    dispatch.give_back(charge);
    let charge = dispatch.take(systems).unwrap();
    assert_eq!(charge.id.get(), 5);
    dispatch.finished(5);
    assert_eq!(dispatch.take(systems).unwrap().id.get(), 6);
}

#[test]
fn receipts_of_a_tax_system_that_no_drive_has_do_not_stop_the_others() {
    let systems = TaxSystems::of([TaxSystem::Common]).unwrap();
    let mut dispatch = Dispatch::default();
    for number in 1..=5_000 {
        let tax_system = TaxSystem::Patent;
        dispatch.push(Job {
            tax_system,
            ..job(number, number, Class::Payment, 0)
        });
    }
    dispatch.push(job(6_000, 6_000, Class::Payment, 0));
    assert_eq!(dispatch.take(systems).unwrap().id.get(), 6_000);
    assert_eq!((dispatch.offered(systems), dispatch.len()), (0, 5_000));
}
