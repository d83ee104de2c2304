use proptest::{collection::vec, prelude::*};

use super::*;

fn money(kopecks: i64) -> Kopecks {
    Kopecks::new(kopecks).unwrap()
}

fn rate(vat_code: VatCode, kopecks: i64) -> RateSum {
    let amount = money(kopecks);
    RateSum {
        vat_code,
        amount,
        vat: vat_code.tax_in(amount),
    }
}

struct Document {
    role: Role,
    date: &'static str,
    sign: OperationSign,
    tax_system: TaxSystem,
    payments: Vec<(PaymentKind, Kopecks)>,
    rates: Vec<RateSum>,
}

impl Document {
    fn add_to(&self, totals: &mut Totals) -> Result<(), TotalsError> {
        totals.add(&Settled {
            role: self.role,
            date: self.date.parse().unwrap(),
            sign: self.sign,
            tax_system: self.tax_system,
            payments: &self.payments,
            rates: &self.rates,
        })
    }
}

fn cashless(role: Role, sign: OperationSign, date: &'static str, line: RateSum) -> Document {
    Document {
        role,
        date,
        sign,
        tax_system: TaxSystem::Common,
        payments: vec![(PaymentKind::Cashless, line.amount)],
        rates: vec![line],
    }
}

#[test]
fn a_wrong_rate_moves_from_one_row_to_another() {
    use OperationSign::{Income, IncomeReturn};
    // Receipt rules, example R33: 20 % instead of 22 %.
    let (wrong, right) = (rate(VatCode::V20, 122_000), rate(VatCode::V22, 122_000));
    let mut totals = Totals::new();
    for document in [
        cashless(Role::Before, Income, "2026-02-10", wrong),
        cashless(Role::Reversing, IncomeReturn, "2026-02-10", wrong),
        cashless(Role::Right, Income, "2026-02-10", right),
    ] {
        document.add_to(&mut totals).unwrap();
    }
    let rows: Vec<_> = totals
        .rows()
        .map(|row| {
            let sums = [row.before, row.reversed, row.after, row.difference];
            (
                row.key.vat_code,
                sums.map(|sum| (sum.amount.get(), sum.vat.get())),
            )
        })
        .collect();
    let none = (0, 0);
    let (old, new) = ((122_000, 20_333), (122_000, 22_000));
    assert_eq!(
        rows,
        [
            (VatCode::V20, [old, old, none, (-122_000, -20_333)]),
            (VatCode::V22, [none, none, new, new]),
        ],
    );
    let changes = totals.returns().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(
        (changes[0].tax_return, changes[0].period.as_str()),
        (TaxReturn::Vat, "2026-Q1"),
    );
    let difference = changes[0].difference;
    assert_eq!((difference.amount.get(), difference.vat.get()), (0, 1_667));
}

#[test]
fn the_year_of_usn_counts_received_money_and_no_offset() {
    let mut totals = Totals::new();
    Document {
        role: Role::Right,
        date: "2025-12-31",
        sign: OperationSign::Income,
        tax_system: TaxSystem::SimplifiedIncome,
        payments: vec![
            (PaymentKind::Cash, money(10_000)),
            (PaymentKind::Prepaid, money(30_000)),
        ],
        rates: vec![rate(VatCode::Exempt, 40_000)],
    }
    .add_to(&mut totals)
    .unwrap();
    let changes = totals.returns().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (
            changes[0].tax_return,
            changes[0].period.as_str(),
            changes[0].difference.amount.get()
        ),
        (TaxReturn::Simplified, "2025", 10_000),
    );
}

#[test]
fn a_document_that_contradicts_itself_is_not_summed_up() {
    let mut totals = Totals::new();
    let good = cashless(
        Role::Right,
        OperationSign::Income,
        "2026-02-10",
        rate(VatCode::V22, 500),
    );
    let mut uneven = cashless(
        Role::Right,
        OperationSign::Income,
        "2026-02-10",
        rate(VatCode::V22, 500),
    );
    uneven.payments[0].1 = money(499);
    let refused = uneven.add_to(&mut totals).unwrap_err();
    assert!(refused.to_string().contains("5.00 and payments of 4.99"));
    let mut negative = uneven;
    negative.payments[0].1 = money(-500);
    negative.rates[0].amount = money(-500);
    assert!(matches!(
        negative.add_to(&mut totals),
        Err(TotalsError::Negative { .. })
    ));
    assert_eq!(totals.rows().count(), 0);
    good.add_to(&mut totals).unwrap();
    assert_eq!(totals.rows().count(), 1);
}

#[test]
fn endless_months_do_not_fill_the_memory() {
    let mut totals = Totals::new();
    let mut month: Period = "2000-01".parse().unwrap();
    let mut refused = None;
    'months: while let Ok(next) = month.next() {
        month = next;
        for vat_code in VatCode::ALL {
            let lines = [rate(vat_code, 100)];
            let document = Settled {
                role: Role::Right,
                date: month.last_day(),
                sign: OperationSign::Income,
                tax_system: TaxSystem::Common,
                payments: &[(PaymentKind::Cash, money(100))],
                rates: &lines,
            };
            if let Err(error) = totals.add(&document) {
                refused = Some(error);
                break 'months;
            }
        }
    }
    let max = Totals::ROWS_MAX;
    assert_eq!(refused, Some(TotalsError::TooMany { max }));
    assert_eq!(totals.rows().count(), max);
}

proptest! {
    /// However rates and payments mix, each rate and each kind keeps its sum to the kopeck, and no
    /// part is negative.
    #[test]
    fn spreading_a_document_keeps_every_kopeck(
        lines in vec((0_usize..12, 0_i64..1_000_000), 1..6),
        cuts in vec(0_i64..=1_000, 4),
    ) {
        let rates: Vec<RateSum> =
            lines.iter().map(|(code, sum)| rate(VatCode::ALL[*code], *sum)).collect();
        let mut left: i64 = lines.iter().map(|(_, sum)| sum).sum();
        let mut payments = Vec::new();
        for (kind, cut) in PaymentKind::ALL.iter().zip(cuts.iter().chain([&1_000])) {
            let part = left * cut / 1_000;
            payments.push((*kind, money(part)));
            left -= part;
        }
        let document = Settled {
            role: Role::Right,
            date: "2026-01-15".parse().unwrap(),
            sign: OperationSign::Income,
            tax_system: TaxSystem::Common,
            payments: &payments,
            rates: &rates,
        };
        let parts = spread(&document).unwrap();
        for (_, _, part) in &parts {
            prop_assert!(part.amount.is_positive() && part.vat >= Kopecks::ZERO);
            prop_assert!(part.vat <= part.amount);
        }
        for (kind, payment) in &payments {
            let of_kind = parts.iter().filter(|part| part.1 == *kind).map(|part| part.2.amount);
            prop_assert_eq!(Kopecks::sum(of_kind).unwrap(), *payment);
        }
        for code in VatCode::ALL {
            let parts = parts.iter().filter(|part| part.0 == code).map(|part| part.2);
            let lines = rates.iter().filter(|rate| rate.vat_code == code);
            let expected = lines.clone().map(|rate| rate.amount);
            prop_assert_eq!(
                Kopecks::sum(parts.clone().map(|part| part.amount)).unwrap(),
                Kopecks::sum(expected).unwrap()
            );
            prop_assert_eq!(
                Kopecks::sum(parts.map(|part| part.vat)).unwrap(),
                Kopecks::sum(lines.map(|rate| rate.vat)).unwrap()
            );
        }
        let mut totals = Totals::new();
        totals.add(&document).unwrap();
        for row in totals.rows() {
            prop_assert_eq!(row.after, row.difference);
        }
    }
}
