//! Equations: streams that are merged find what a plain comparison of whole lists finds.

#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use std::collections::BTreeMap;

use audit::*;
use proptest::{collection::vec, prelude::*};
use terms::{DocumentNumber, DriveNumber, FiscalSign, Kopecks, VatRate};

const RATES: [VatRate; 2] = [VatRate::V22, VatRate::Exempt];

fn kopecks(amount: i64) -> Kopecks {
    Kopecks::new(amount).unwrap()
}

fn drive() -> DriveNumber {
    "9999078900000001".parse().unwrap()
}

fn row((key, sum, service, rate): (u8, i64, usize, usize)) -> Row<u8> {
    Row {
        key,
        sum: kopecks(sum),
        service: Some(["INET", "TV"][service].parse().unwrap()),
        vat: Some(RATES[rate]),
    }
}

/// A side of few keys and few sums, so that much of it agrees by chance.
fn side() -> impl Strategy<Value = Vec<Row<u8>>> {
    vec((0_u8..6, -2_i64..3, 0_usize..2, 0_usize..2), 0..12).prop_map(|rows| {
        let mut rows: Vec<_> = rows.into_iter().map(row).collect();
        rows.sort_by_key(|row| row.key);
        rows
    })
}

type Parts = BTreeMap<String, i128>;

/// Everything of one side by key, then by service and rate.
fn whole(rows: &[Row<u8>]) -> BTreeMap<u8, Parts> {
    let mut keys: BTreeMap<u8, Parts> = BTreeMap::new();
    for row in rows {
        let part = format!("{:?} {:?}", row.service, row.vat);
        *keys.entry(row.key).or_default().entry(part).or_default() += i128::from(row.sum.get());
    }
    for parts in keys.values_mut() {
        parts.retain(|_, sum| *sum != 0);
    }
    keys
}

proptest! {
    #[test]
    fn merging_finds_what_whole_lists_find(left in side(), right in side()) {
        let balance = Balance::of(EquationId::E2, left.clone(), right.clone(), 100).unwrap();
        let (of_left, of_right) = (whole(&left), whole(&right));
        let none = Parts::new();
        for key in 0..6_u8 {
            let here = of_left.get(&key).unwrap_or(&none);
            let there = of_right.get(&key).unwrap_or(&none);
            let named = [&balance.left_only, &balance.right_only, &balance.differing]
                .into_iter()
                .flat_map(|list| &list.shown)
                .filter(|mismatch| match mismatch {
                    Mismatch::LeftOnly(group) | Mismatch::RightOnly(group) => group.key == key,
                    Mismatch::Differs { left, .. } => left.key == key,
                })
                .count();
            prop_assert_eq!(named, usize::from(here != there), "key {}", key);
        }
        let sum = |rows: &[Row<u8>]| rows.iter().map(|row| Sum::from(row.sum)).sum::<Sum>();
        prop_assert_eq!(balance.difference(), sum(&left) - sum(&right));
        prop_assert_eq!(balance.left.rows, left.len() as u64);
        prop_assert_eq!(balance.finding("2026-03").is_none(), of_left_equals(&of_left, &of_right));
    }

    #[test]
    fn streams_merged_are_one_sorted_stream(streams in vec(side(), 0..4)) {
        let mut all: Vec<_> = streams.concat();
        all.sort_by_key(|row| row.key);
        let merged: Vec<_> = Merge::new(streams.into_iter().map(Vec::into_iter)).collect();
        prop_assert!(merged.is_sorted_by_key(|row| row.key));
        let total = |rows: Vec<Row<u8>>| Balance::of(EquationId::E2, rows, [], 0).unwrap().left;
        prop_assert_eq!(total(merged), total(all));
    }

    #[test]
    fn numbers_are_told_by_what_each_side_has(
        has in vec((0_u8..8, any::<bool>()), 0..30),
        told in 0_u32..30,
    ) {
        // Three bits for journal, archive and ОФД; the flag gives the archive another sign.
        let side = |bit: u8| {
            has.iter().zip(1_u32..).filter(move |((bits, _), _)| bits & bit != 0).map(
                move |((_, other), number)| DocumentMark {
                    number: DocumentNumber(number),
                    sign: FiscalSign(u32::from(bit == 2 && *other)),
                },
            )
        };
        let told = DocumentNumber(told);
        let report = NumberReport::of(drive(), side(1), side(2), side(4), told, 100).unwrap();
        let known = has.iter().rposition(|(bits, _)| *bits != 0).map_or(0, |last| last + 1);
        let numbers = |list: Vec<Numbers>| -> Vec<u32> {
            list.iter().flat_map(|numbers| numbers.first.get()..=numbers.last.get()).collect()
        };
        let expected = |holds: &dyn Fn(u8, u32) -> bool| -> Vec<u32> {
            has[..known].iter().zip(1_u32..)
                .filter(|((bits, _), number)| holds(*bits, *number))
                .map(|(_, number)| number)
                .collect()
        };
        prop_assert_eq!(numbers(report.gaps.shown.clone()), expected(&|bits, _| bits == 0));
        for (source, bit) in [(Source::Journal, 1), (Source::Archive, 2), (Source::Ofd, 4)] {
            let lacking = report.lacking.shown.iter().filter(|(of, _)| *of == source);
            let lacking = numbers(lacking.map(|(_, numbers)| *numbers).collect());
            let due = expected(&|bits, number| {
                bits != 0 && bits & bit == 0 && (bit != 4 || number <= told.get())
            });
            prop_assert_eq!(lacking, due, "{:?}", source);
        }
        let differing: Vec<u32> = report.differing.shown.iter().map(|number| number.get()).collect();
        let due: Vec<u32> = has.iter().zip(1_u32..)
            .filter(|((bits, other), _)| *other && bits & 2 != 0 && bits & 5 != 0)
            .map(|(_, number)| number)
            .collect();
        prop_assert_eq!(differing, due);
    }
}

fn of_left_equals(left: &BTreeMap<u8, Parts>, right: &BTreeMap<u8, Parts>) -> bool {
    let rows = |side: &BTreeMap<u8, Parts>| {
        let mut side = side.clone();
        side.retain(|_, parts| !parts.is_empty());
        side
    };
    rows(left) == rows(right)
}

#[test]
fn a_difference_says_whether_it_is_in_sum_service_or_rate() {
    let differs = |left, right| {
        let mut compare = Compare::new([row(left)], [row(right)]);
        match compare.next() {
            Some(Ok(Mismatch::Differs { what, .. })) => Some(what),
            _ => None,
        }
    };
    assert_eq!(differs((1, 5, 0, 0), (1, 5, 0, 0)), None);
    assert_eq!(differs((1, 5, 0, 0), (1, 6, 1, 1)), Some(Difference::Sum));
    assert_eq!(
        differs((1, 5, 0, 0), (1, 5, 1, 1)),
        Some(Difference::Service)
    );
    assert_eq!(differs((1, 5, 0, 0), (1, 5, 0, 1)), Some(Difference::Vat));
}

#[test]
fn a_payment_and_its_cancellation_match_a_side_without_either() {
    let cancelled = [row((1, 5, 0, 0)), row((1, -5, 0, 0))];
    assert!(
        Balance::of(EquationId::E1, [], cancelled, 10)
            .unwrap()
            .holds()
    );
}

#[test]
fn what_is_not_sorted_is_refused_and_not_compared() {
    let unsorted = [row((2, 5, 0, 0)), row((1, 5, 0, 0))];
    let error = Balance::of(EquationId::E1, unsorted.clone(), [], 10).unwrap_err();
    assert!(
        error.to_string().starts_with("the left side: the row «1»"),
        "{error}"
    );
    let error = Balance::of(EquationId::E1, [], unsorted, 10).unwrap_err();
    assert!(error.to_string().starts_with("the right side"), "{error}");
    let marks = [2, 1].map(|number| DocumentMark {
        number: DocumentNumber(number),
        sign: FiscalSign(0),
    });
    let one = [DocumentMark {
        number: DocumentNumber(1),
        sign: FiscalSign(0),
    }];
    let told = DocumentNumber(0);
    let unsorted = NumberReport::of(drive(), marks, one, [], told, 10);
    assert!(unsorted.is_err(), "{unsorted:?}");
}

#[test]
fn a_million_rows_leave_a_short_list() {
    let left = (0..1_000_000_u32).map(|key| Row::new(key, kopecks(1)));
    let right = (0..1_000_000_u32)
        .step_by(2)
        .map(|key| Row::new(key, kopecks(1)));
    let balance = Balance::of(EquationId::E1, left, right, 100).unwrap();
    assert_eq!(
        (balance.left_only.count, balance.left_only.shown.len()),
        (500_000, 100)
    );
    let finding = balance.finding("2026-03-05").unwrap();
    assert_eq!(finding.key().as_str(), "A20:equation:E1:2026-03-05");
    assert_eq!(
        finding.number("difference"),
        Some(&Value::Money(Sum(500_000)))
    );
}
