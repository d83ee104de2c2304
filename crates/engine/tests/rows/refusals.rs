//! What is refused, and in which words.

use engine::*;

use crate::{
    BANK,
    told::{self, charge, payment, rub, tell},
};

#[test]
fn one_supplier_s_money_pays_another_only_by_the_payer_s_order() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "P1",
        "2026-03-10",
        payment("1", BANK, &["cashless 100.00"]),
    );
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["COLD 2026-03 60.00"]),
    );
    let moved = |payer_order| {
        EventKind::Move(Move {
            from_account: "1".parse().unwrap(),
            from_service: Some("INET".parse().unwrap()),
            to_account: "1".parse().unwrap(),
            to_service: None,
            to_debt: Some("C1/COLD/2026-03".to_owned()),
            amount: rub("60"),
            payer_order,
        })
    };
    assert_eq!(
        tell(&mut world, "M1", "2026-04-01", moved(false)),
        "supplier_mismatch: INET and COLD have different suppliers: the payer's order is needed"
    );
    assert_eq!(
        tell(&mut world, "M1", "2026-04-01", moved(true)),
        "record supplier_offset COLD 60.00"
    );
}

#[test]
fn refusals_name_the_object_and_the_numbers() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 650.00"]),
    );
    let refund = |of, amount| {
        EventKind::Refund(Refund {
            account: "1".parse().unwrap(),
            of,
            amount: rub(amount),
            kind: MoneyKind::Cash,
            lost_date: None,
        })
    };
    let service = RefundOf::Service {
        service: "INET".parse().unwrap(),
        period: "2026-03".parse().unwrap(),
    };
    let recalc = EventKind::Recalc(Recalc {
        account: "1".parse().unwrap(),
        service: "INET".parse().unwrap(),
        period: "2026-03".parse().unwrap(),
        delta: rub("-650.01"),
        to: RecalcTo::Advance,
        kind: None,
    });
    let nothing = RefundOf::Advance {
        service: None,
        period: None,
    };
    for (kind, expected) in [
        (
            payment("9", BANK, &["cash 1.00"]),
            "unknown_account: account 9 is not known: create it first",
        ),
        (
            charge("1", &["GAS 2026-03 1.00"]),
            "unknown_service: service GAS is not set up: add it to the services",
        ),
        (
            payment("1", Channel::Online, &["cash 1.00"]),
            "contact_required: an online payment on account 1 needs the customer's phone or e-mail",
        ),
        (
            payment("1", BANK, &[]),
            "bad_amount: parts of the payment: there are none",
        ),
        (
            payment("1", BANK, &["cash 1.00", "cashless 0.00"]),
            "bad_amount: cashless is 0.00: it must be more than nothing",
        ),
        (
            payment("1", BANK, &["cash 1.00"; 1_001]),
            "too_many_items: parts of the payment: 1001 entries, at most 1000 are accepted: split \
             the event",
        ),
        (
            refund(service, "0.01"),
            "exceeds_settled: 0.01 exceeds the 0.00 settled of INET for 2026-03 on 1",
        ),
        (
            refund(nothing, "5"),
            "insufficient_advance: 5.00 exceeds advance 0.00 of the pool on account 1",
        ),
        (
            recalc,
            "recalc_exceeds_charge: 650.01 exceeds the 650.00 charged for INET for 2026-03 on 1",
        ),
    ] {
        assert_eq!(tell(&mut world, "E1", "2026-04-01", kind), expected);
    }
    assert_eq!(
        tell(
            &mut world,
            "C1",
            "2026-03-31",
            charge("1", &["INET 2026-03 1.00"])
        ),
        "conflict: C1/INET/2026-03 exists on account 1 already: each event needs its own id"
    );
    assert_eq!(
        tell(
            &mut world,
            "C2",
            "2015-03-31",
            charge("1", &["INET 2015-03 1.00"])
        ),
        "bad_date: 2015-03-31 lies before 2016, when such receipts began"
    );
}
