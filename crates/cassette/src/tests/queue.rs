//! The queue before the slots.

use terms::{TaxSystem, TaxSystems};

use super::world::job;
use crate::{Class, Dispatch, Fit, Job};

#[test]
fn urgent_receipts_go_first_and_the_others_do_not_starve() {
    let fit = Fit::all(TaxSystems::of([TaxSystem::Common]).unwrap());
    let mut dispatch = Dispatch::default();
    for number in 1..=8 {
        dispatch.push(job(number, number, Class::Charge, 0));
        dispatch.push(job(100 + number, 100 + number, Class::Payment, 0));
    }
    let taken: Vec<i64> = std::iter::from_fn(|| dispatch.take(fit))
        .map(|job| job.id.get())
        .collect();
    let (first, last) = taken.split_at(8);
    assert_eq!(first, [101, 102, 103, 1, 104, 105, 106, 2]);
    assert_eq!(last, [107, 108, 3, 4, 5, 6, 7, 8]);
    assert!(dispatch.is_empty());
}

#[test]
fn each_class_has_its_turn_while_more_urgent_ones_keep_coming() {
    let fit = Fit::all(TaxSystems::of([TaxSystem::Common]).unwrap());
    let mut dispatch = Dispatch::default();
    for (class, first) in Class::ALL.into_iter().zip([0, 100, 200, 300]) {
        for number in first + 1..=first + 40 {
            dispatch.push(job(number, number, class, 0));
        }
    }
    let classes: Vec<Class> = std::iter::from_fn(|| dispatch.take(fit))
        .map(|job| job.class)
        .collect();
    let count = |class| classes[..42].iter().filter(|it| **it == class).count();
    assert!(
        count(Class::Payment) > count(Class::Registry),
        "{classes:?}"
    );
    for class in Class::ALL {
        let longest = classes[..42].split(|it| *it == class).map(<[_]>::len).max();
        assert!(longest <= Some(6), "{class:?} waits {longest:?} turns");
    }
    let corrections = Fit {
        corrections_only: true,
        ..fit
    };
    dispatch.push(job(901, 901, Class::Charge, 0));
    assert_eq!(
        (dispatch.offered(corrections), dispatch.offered(fit)),
        (0, 1)
    );
    dispatch.push(job(902, 902, Class::Correction, 0));
    assert_eq!(dispatch.take(corrections).unwrap().id.get(), 902);
}

#[test]
fn a_payment_pulls_its_accounts_charge_with_it_and_never_overtakes_it() {
    let fit = Fit::all(TaxSystems::of([TaxSystem::Common]).unwrap());
    let mut dispatch = Dispatch::default();
    for number in 1..=5 {
        dispatch.push(job(number, number, Class::Charge, 0));
    }
    dispatch.push(job(6, 5, Class::Payment, 0));
    let charge = dispatch.take(fit).unwrap();
    assert_eq!(charge.id.get(), 5);
    assert_eq!(dispatch.offered(fit), 4, "its account waits");
    dispatch.give_back(charge);
    let charge = dispatch.take(fit).unwrap();
    assert_eq!(charge.id.get(), 5);
    dispatch.finished(5);
    assert_eq!(dispatch.take(fit).unwrap().id.get(), 6);
}

#[test]
fn receipts_of_a_tax_system_that_no_drive_has_do_not_stop_the_others() {
    let fit = Fit::all(TaxSystems::of([TaxSystem::Common]).unwrap());
    let mut dispatch = Dispatch::default();
    for number in 1..=5_000 {
        let tax_system = TaxSystem::Patent;
        dispatch.push(Job {
            tax_system,
            ..job(number, number, Class::Payment, 0)
        });
    }
    dispatch.push(job(6_000, 6_000, Class::Payment, 0));
    assert_eq!(dispatch.take(fit).unwrap().id.get(), 6_000);
    assert_eq!((dispatch.offered(fit), dispatch.len()), (0, 5_000));
}
