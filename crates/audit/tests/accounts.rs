//! Rules of one account: what they must not take for a defect, and how a pass goes.

#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use audit::*;
use terms::{AccountNumber, Kopecks, LocalDate, Period};

fn kopecks(amount: i64) -> Kopecks {
    Kopecks::new(amount).unwrap()
}

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn account() -> AccountNumber {
    "00120034".parse().unwrap()
}

/// The rules that speak up, in order.
#[track_caller]
fn rules(rows: Vec<AccountRow>) -> Vec<&'static str> {
    let thresholds = Thresholds::default();
    let mut pass = AccountPass::new(&thresholds, day("2026-12-31"));
    let found = pass.account(&account(), rows).unwrap();
    found.iter().map(|finding| finding.rule.name()).collect()
}

fn receipt(operation: &str, ordinal: u16, document: &str, undone: bool) -> AccountRow {
    AccountRow::Receipt(MoneyReceipt {
        reference: "bank-4711".to_owned(),
        operation: operation.to_owned(),
        ordinal,
        document: document.to_owned(),
        total: kopecks(65_000),
        undone,
    })
}

#[test]
fn one_payment_may_make_several_receipts_but_not_the_same_one_twice() {
    let two_systems = vec![
        receipt("op-1", 0, "ФД 1", false),
        receipt("op-1", 1, "ФД 2", false),
    ];
    assert!(rules(two_systems).is_empty());
    let told_twice = vec![
        receipt("op-1", 0, "ФД 1", false),
        receipt("op-1", 0, "ФД 1", false),
    ];
    assert!(rules(told_twice).is_empty(), "one document, told of twice");
    let formed_twice = vec![
        receipt("op-1", 0, "ФД 1", false),
        receipt("op-1", 0, "ФД 2", false),
    ];
    assert_eq!(rules(formed_twice), ["A05"]);
    let loaded_twice = vec![
        receipt("op-1", 0, "ФД 1", false),
        receipt("op-2", 0, "ФД 2", false),
    ];
    assert_eq!(rules(loaded_twice), ["A05"]);
    let undone = vec![
        receipt("op-1", 0, "ФД 1", true),
        receipt("op-2", 0, "ФД 2", false),
    ];
    assert!(rules(undone).is_empty(), "the first was undone");
}

fn payment(id: &str, moment: &str, source: &str, reference: Option<&str>) -> AccountRow {
    AccountRow::Payment(Payment {
        id: id.to_owned(),
        moment: moment.parse().unwrap(),
        amount: kopecks(65_000),
        source: source.to_owned(),
        reference: reference.map(str::to_owned),
    })
}

#[test]
fn a_double_payment_is_near_in_time_and_not_known_as_one() {
    let pair = |moment, source, reference| {
        let first = payment("1", "2026-03-02T10:00", "bank", Some("4711"));
        rules(vec![first, payment("2", moment, source, reference)])
    };
    assert_eq!(pair("2026-03-02T10:10", "bank", Some("4712")), ["A06"]);
    assert!(pair("2026-03-02T10:11", "bank", Some("4712")).is_empty());
    assert_eq!(pair("2026-03-05T23:59", "desk", None), ["A06"]);
    assert!(pair("2026-03-06T00:00", "desk", None).is_empty());
    assert!(
        pair("2026-03-03T10:00", "statement", Some("4711")).is_empty(),
        "one number, one money"
    );
}

fn debt(agent: bool) -> AccountRow {
    AccountRow::Debt(Debt {
        id: "INET/2026-11".to_owned(),
        service: "INET".parse().unwrap(),
        period: Period::new(2026, 11).unwrap(),
        charged_on: day("2026-11-30"),
        open: kopecks(500),
        credit: true,
        agent,
    })
}

fn lot(service: Option<&str>, period: Option<&str>, since: &str) -> AccountRow {
    AccountRow::Lot(Lot {
        id: "lot".to_owned(),
        service: service.map(|service| service.parse().unwrap()),
        period: period.map(|period| period.parse().unwrap()),
        amount: kopecks(700),
        since: day(since),
        consumed_on: None,
    })
}

#[test]
fn only_an_older_advance_that_could_pay_was_missed() {
    let with = |agent, lot| rules(vec![debt(agent), lot]);
    assert_eq!(with(false, lot(Some("INET"), None, "2026-11-29")), ["A13"]);
    assert_eq!(with(false, lot(None, None, "2026-11-29")), ["A13"]);
    assert_eq!(
        with(false, lot(Some("INET"), Some("2026-11"), "2026-11-29")),
        ["A13"]
    );
    assert!(
        with(true, lot(None, None, "2026-11-29")).is_empty(),
        "the pool pays no agent's debt"
    );
    assert!(with(false, lot(Some("TV"), None, "2026-11-29")).is_empty());
    assert!(with(false, lot(Some("INET"), Some("2026-12"), "2026-11-29")).is_empty());
    assert!(
        with(false, lot(Some("INET"), None, "2026-11-30")).is_empty(),
        "it came too late"
    );
}

fn month(period: &str, charged: i64) -> AccountRow {
    AccountRow::Month(Month {
        period: period.parse().unwrap(),
        charged: kopecks(charged),
        debt_end: Kopecks::ZERO,
        active: true,
        prepaid: true,
    })
}

#[test]
fn a_charge_is_out_of_pattern_beyond_half_of_the_median_of_six_months() {
    let year = |last: i64| {
        let usual = [900, 1_000, 1_000, 1_000, 1_000, 1_100];
        let mut rows: Vec<_> = usual
            .into_iter()
            .zip(6..)
            .map(|(charged, month_number)| month(&format!("2026-{month_number:02}"), charged))
            .collect();
        rows.push(month("2026-12", last));
        rules(rows)
    };
    assert!(year(1_500).is_empty() && year(500).is_empty());
    assert_eq!(year(1_501), ["A25"]);
    assert_eq!(year(499), ["A25"]);
    let young = vec![month("2026-11", 1_000), month("2026-12", 9_000)];
    assert!(rules(young).is_empty(), "two months make no pattern");
}

#[test]
fn rows_out_of_order_are_refused_by_name() {
    let thresholds = Thresholds::default();
    let refused = |rows: Vec<AccountRow>| {
        let mut pass = AccountPass::new(&thresholds, day("2026-12-31"));
        pass.account(&account(), rows).unwrap_err().to_string()
    };
    let march = || payment("1", "2026-03-02T10:00", "bank", None);
    let late = refused(vec![month("2026-03", 1), march()]);
    assert!(
        late.contains("payment 1") && late.contains("00120034"),
        "{late}"
    );
    assert!(refused(vec![month("2026-03", 1), month("2026-03", 1)]).contains("month 2026-03"));
    assert!(refused(vec![march(), month("2026-02", 1)]).contains("month 2026-02"));
    assert!(refused(vec![march(), AccountRow::Opening(Kopecks::ZERO)]).contains("opening"));
}

/// Three months of 10 roubles at the end of each.
fn token_payer() -> Vec<AccountRow> {
    let mut rows = vec![AccountRow::Opening(Kopecks::ZERO)];
    for (number, debt) in (10..=12).zip([64_000, 128_000, 192_000]) {
        let period = Period::new(2026, number).unwrap();
        rows.push(AccountRow::Payment(Payment {
            id: period.to_string(),
            moment: period.last_day().at(20, 0).unwrap(),
            amount: kopecks(1_000),
            source: "app".to_owned(),
            reference: None,
        }));
        rows.push(AccountRow::Month(Month {
            period,
            charged: kopecks(65_000),
            debt_end: kopecks(debt),
            active: true,
            prepaid: true,
        }));
    }
    rows
}

#[test]
fn a_month_that_is_missing_breaks_the_row() {
    let is_november = |row: &AccountRow| match row {
        AccountRow::Payment(payment) => payment.moment.date().month() == 11,
        AccountRow::Month(month) => month.period.month() == 11,
        _ => false,
    };
    let autumn = |month: &Month, number| Month {
        period: Period::new(2026, number).unwrap(),
        ..*month
    };
    let mut rows = token_payer();
    let before: Vec<_> = rows.drain(..).filter(|row| !is_november(row)).collect();
    assert!(rules(before).is_empty());
    // Nothing paid in ten months, of which only the first and the last are told.
    let month = Month {
        period: Period::new(2026, 1).unwrap(),
        charged: kopecks(65_000),
        debt_end: kopecks(65_000),
        active: true,
        prepaid: true,
    };
    let later = Month {
        debt_end: kopecks(130_000),
        ..month
    };
    let told = |second| {
        let months = [month, autumn(&later, second)].map(AccountRow::Month);
        rules([vec![AccountRow::Opening(Kopecks::ZERO)], months.into()].concat())
    };
    assert_eq!(told(2), ["A02"]);
    assert!(told(10).is_empty());
}

#[test]
fn a_dormant_advance_is_more_than_a_month_s_charge() {
    let with = |charged| {
        rules(vec![
            month("2026-06", charged),
            lot(None, None, "2025-11-30"),
        ])
    };
    assert_eq!(with(699), ["A22"]);
    assert!(with(700).is_empty());
    assert!(
        rules(vec![lot(None, None, "2025-12-01")]).is_empty(),
        "twelve months are not more"
    );
}

#[test]
fn a_refund_in_cash_of_cashless_money_is_told_as_such() {
    let part = |came, went| {
        let (id, amount) = ("refund".to_owned(), kopecks(100));
        AccountRow::Refund(Refund {
            id,
            amount,
            came,
            went,
        })
    };
    let (cash, cashless) = (MoneyKind::Cash, MoneyKind::Cashless);
    let thresholds = Thresholds::default();
    let told = |rows: Vec<AccountRow>| {
        let mut pass = AccountPass::new(&thresholds, day("2026-12-31"));
        pass.account(&account(), rows).unwrap()
    };
    assert!(told(vec![part(cash, cash), part(cashless, cashless)]).is_empty());
    let found = told(vec![
        part(cashless, cash),
        part(cash, cash),
        part(cashless, cash),
    ]);
    assert_eq!(found.len(), 1, "one refund, one finding");
    assert_eq!(found[0].number("amount"), Some(&Value::Money(Sum(200))));
    assert_eq!(found[0].number("in_cash"), Some(&Value::Flag(true)));
    assert_eq!(
        told(vec![part(cash, cashless)])[0].number("in_cash"),
        Some(&Value::Flag(false))
    );
}

#[test]
fn more_than_a_percent_of_token_payers_is_a_broken_blocking_rule() {
    let thresholds = Thresholds::default();
    let portfolio = |hit: usize| {
        let mut pass = AccountPass::new(&thresholds, day("2026-12-31"));
        for place in 0..200 {
            let rows = if place < hit {
                token_payer()
            } else {
                Vec::new()
            };
            pass.account(&format!("{place:06}").parse().unwrap(), rows)
                .unwrap();
        }
        pass.portfolio().clone()
    };
    let limits = &thresholds.token_payments;
    assert_eq!(portfolio(2).finding(limits), None, "exactly one percent");
    let three = portfolio(3);
    assert_eq!(
        (three.accounts, three.hit, three.loss),
        (200, 3, Sum(576_000))
    );
    let finding = three.finding(limits).unwrap();
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(finding.number("share").unwrap().to_string(), "1.50 %");
    assert_eq!(finding.key().as_str(), "A01:portfolio");
    assert_eq!(portfolio(30).worst.len(), 20);
}
