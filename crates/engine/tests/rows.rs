//! The rows of the decision table that the worked examples leave out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it is wrong"
)]

#[path = "rows/corrections.rs"]
mod corrections;
#[path = "rows/refusals.rs"]
mod refusals;
mod told;
mod world;

use engine::*;
use terms::{FfdVersion, PaymentMethod, VatRate};
use told::{account, charge, parts, payment, rub, tell};

const BANK: Channel = Channel::BankRegistry;

#[test]
fn money_identified_after_the_next_working_day_gets_a_correction_receipt() {
    let unknown = EventKind::Payment(Payment {
        account: None,
        parts: parts(&["cashless 650.00"]),
        channel: BANK,
        explicit: Vec::new(),
        purpose_period: None,
    });
    let identify = EventKind::Identify(Identify {
        payment: "P1".to_owned(),
        account: "1".parse().unwrap(),
    });
    // 6 March 2026 is a Friday; Monday the 9th is a holiday.
    let config = Config {
        holidays: ["2026-03-09".parse().unwrap()].into(),
        ..Config::default()
    };
    let lines = "Аванс: Интернет, л/с 1 3 650.00 22/122 117.21 = 1081 650.00";
    for (day, expected) in [
        ("2026-03-10", format!("приход | {lines}")),
        (
            "2026-03-11",
            format!("приход коррекция за 2026-03-06 | {lines}"),
        ),
    ] {
        let mut world = told::world(config.clone());
        assert_eq!(
            tell(&mut world, "P1", "2026-03-06", unknown.clone()),
            "record unidentified - 650.00"
        );
        assert_eq!(tell(&mut world, "I1", day, identify.clone()), expected);
        let lot = &world.state.accounts["1"].advances[0];
        assert_eq!(lot.date, "2026-03-06".parse().unwrap());
        assert_eq!(
            tell(&mut world, "I2", day, identify.clone()),
            "unknown_payment: there is no unidentified payment P1: it may be identified already"
        );
    }
}

#[test]
fn a_lost_refund_is_an_expense_in_ffd_1_05_and_a_return_later() {
    for (ffd, expected) in [
        (
            FfdVersion::V1_05,
            "расход коррекция за 2026-03-12 = 1031 50.00",
        ),
        (
            FfdVersion::V1_2,
            "возврат прихода коррекция за 2026-03-12 | Аванс: Интернет, л/с 1 3 50.00 22/122 9.02 \
             = 1031 50.00",
        ),
    ] {
        let mut world = told::world(Config {
            ffd,
            ..Config::default()
        });
        tell(
            &mut world,
            "P1",
            "2026-03-10",
            payment("1", BANK, &["cashless 200.00"]),
        );
        let refund = EventKind::Refund(Refund {
            account: "1".parse().unwrap(),
            of: RefundOf::Advance {
                service: Some("INET".parse().unwrap()),
                period: None,
            },
            amount: rub("50"),
            kind: MoneyKind::Cash,
            lost_date: Some("2026-03-12".parse().unwrap()),
        });
        assert_eq!(tell(&mut world, "F1", "2026-03-20", refund), expected);
        assert_eq!(account(&world, "1"), "ahead P1/INET 150.00 cashless");
        assert_eq!(world.receipts[1].all_lines().len(), 1);
    }
}

#[test]
fn a_chargeback_of_a_spent_advance_takes_the_offset_back_and_asks_again() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "P1",
        "2026-03-10",
        payment("1", BANK, &["cashless 900.00"]),
    );
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 650.00"]),
    );
    let chargeback = EventKind::CancelPayment(CancelPayment {
        account: "1".parse().unwrap(),
        original: "J1".to_owned(),
        reason: CancelReason::Chargeback,
        order: None,
    });
    assert_eq!(
        tell(&mut world, "X1", "2026-04-02", chargeback.clone()),
        "возврат прихода | Аванс: Интернет, л/с 1 3 900.00 22/122 162.30 = 1081 900.00\n\
         возврат прихода | Интернет за 03.2026 4 650.00 22% 117.21 = 1215 650.00\n\
         приход | Интернет за 03.2026 6 650.00 22% 117.21 = 1216 650.00"
    );
    assert_eq!(account(&world, "1"), "owes X1/INET/2026-03 650.00 credit");
    assert_eq!(
        tell(&mut world, "X2", "2026-04-03", chargeback),
        "already_cancelled: receipt J1 is cancelled or fixed already: name the latest document \
         instead"
    );
}

#[test]
fn a_written_off_debt_can_still_be_paid() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 650.00"]),
    );
    let off = EventKind::WriteOff(WriteOff {
        account: "1".parse().unwrap(),
        reason: "limitation".to_owned(),
        items: vec![WriteOffItem {
            target: WriteOffTarget::Debt("C1/INET/2026-03".to_owned()),
            amount: rub("650"),
        }],
    });
    assert_eq!(
        tell(&mut world, "W1", "2026-05-01", off),
        "record writeoff C1/INET/2026-03 650.00"
    );
    let paid = EventKind::Payment(Payment {
        account: Some("1".parse().unwrap()),
        parts: parts(&["cash 400.00"]),
        channel: Channel::Desk,
        explicit: vec![ExplicitItem {
            target: ExplicitTarget::WrittenOff("C1/INET/2026-03".to_owned()),
            amount: rub("400"),
        }],
        purpose_period: None,
    });
    assert_eq!(
        tell(&mut world, "P1", "2026-05-02", paid),
        "приход | Оплата долга: Интернет за 03.2026 7 400.00 22% 72.13 = 1031 400.00"
    );
    assert_eq!(
        account(&world, "1"),
        "settled INET 2026-03 400.00, off C1/INET/2026-03 250.00"
    );
}

#[test]
fn a_firm_gets_receipts_only_for_cash_and_cards() {
    let mut world = told::world(Config::default());
    let mut tell = |id, kind| tell(&mut world, id, "2026-03-31", kind);
    assert_eq!(
        tell("P1", payment("2", BANK, &["cashless 100.00"])),
        "record b2b - 100.00"
    );
    assert_eq!(
        tell("C1", charge("2", &["INET 2026-03 650.00"])),
        "record b2b - 100.00"
    );
    assert_eq!(
        tell("P2", payment("2", Channel::Desk, &["cash 550.00"])),
        "приход | Интернет за 03.2026 4 550.00 22% 99.18 = 1031 550.00"
    );
}

#[test]
fn a_subsidy_pays_debts_without_a_receipt_and_never_more() {
    let mut world = told::world(Config::default());
    let mut tell = |id, kind| tell(&mut world, id, "2026-03-31", kind);
    tell("C1", charge("1", &["INET 2026-03 650.00"]));
    assert_eq!(
        tell("P1", payment("1", Channel::Subsidy, &["cashless 600.00"])),
        "record subsidy - 600.00"
    );
    assert_eq!(
        tell("P2", payment("1", Channel::Subsidy, &["cashless 60.00"])),
        "bad_amount: the subsidy exceeds the debts of account 1 by 10.00: it cannot become an \
         advance"
    );
}

#[test]
fn a_late_consolidated_receipt_becomes_a_correction_of_the_months_last_day() {
    let mut world = told::world(Config {
        offset_mode: OffsetMode::Consolidated,
        ..Config::default()
    });
    tell(
        &mut world,
        "P1",
        "2026-03-10",
        payment("1", BANK, &["cashless 900.00"]),
    );
    // Billing closes March within the ten days: the offset still belongs to March.
    assert_eq!(
        tell(
            &mut world,
            "C1",
            "2026-04-02",
            charge("1", &["INET 2026-03 650.00"])
        ),
        ""
    );
    let close = |late_as_correction| {
        EventKind::PeriodClose(PeriodClose {
            period: "2026-03".parse().unwrap(),
            late_as_correction,
        })
    };
    assert_eq!(
        tell(&mut world, "Z1", "2026-04-11", close(false)),
        "consolidated_deadline_passed: the consolidated receipt of 2026-03 was due by 2026-04-10, \
         it is 2026-04-11: form correction receipts"
    );
    assert_eq!(
        tell(&mut world, "Z2", "2026-04-11", close(true)),
        "приход коррекция за 2026-03-31 | Интернет за 03.2026 (зачет авансов) 4 650.00 22% 117.21 \
         = 1215 650.00"
    );
    assert_eq!(tell(&mut world, "Z3", "2026-04-11", close(true)), "");
}

#[test]
fn services_outside_the_law_s_list_keep_their_own_receipts() {
    let mut world = told::world(Config {
        offset_mode: OffsetMode::Consolidated,
        ..Config::default()
    });
    let advance = EventKind::Payment(Payment {
        account: Some("1".parse().unwrap()),
        parts: parts(&["cashless 500.00"]),
        channel: BANK,
        explicit: vec![ExplicitItem {
            target: ExplicitTarget::Advance(Some("MAST".parse().unwrap())),
            amount: rub("500"),
        }],
        purpose_period: None,
    });
    tell(&mut world, "P1", "2026-03-10", advance);
    assert_eq!(
        tell(
            &mut world,
            "C1",
            "2026-03-31",
            charge("1", &["MAST 2026-03 500.00"])
        ),
        "приход | Мастер за 03.2026 4 500.00 без НДС 0.00 = 1215 500.00"
    );
}

#[test]
fn long_receipts_are_cut_and_the_parts_go_in_their_order() {
    let mut world = told::world(Config {
        max_lines: 2.try_into().unwrap(),
        postpaid: Postpaid::OnPayment,
        ..Config::default()
    });
    let months = [
        "INET 2026-01 10.00",
        "INET 2026-02 20.00",
        "INET 2026-03 30.00",
    ];
    assert_eq!(
        tell(&mut world, "C1", "2026-03-31", charge("1", &months)),
        ""
    );
    let paid = payment("1", Channel::Desk, &["cash 25.00", "cashless 45.00"]);
    assert_eq!(
        tell(&mut world, "P1", "2026-04-01", paid),
        "приход | Интернет за 01.2026 4 10.00 22% 1.80 | Интернет за 02.2026 4 20.00 22% 3.61 \
         = 1031 25.00 = 1081 5.00\n\
         приход | Интернет за 03.2026 4 30.00 22% 5.41 | Аванс: Интернет, л/с 1 3 10.00 22/122 1.80 \
         = 1081 40.00"
    );
}

#[test]
fn tax_is_rounded_per_line_and_then_summed() {
    let mut world = told::world(Config::default());
    let months: Vec<String> = (1..=7)
        .map(|month| format!("INET 2026-0{month} 0.03"))
        .collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    tell(&mut world, "C1", "2026-07-31", charge("1", &months));
    let totals = &world.receipts[0].vat_totals;
    assert_eq!(
        totals.values().map(|tax| tax.get()).collect::<Vec<_>>(),
        [7]
    );
}

#[test]
fn a_long_name_is_cut_but_keeps_its_month() {
    let mut world = told::world(Config::default());
    let inet = world.setup.services.get_mut("INET").unwrap();
    inet.name = "Ы".repeat(200);
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 1.00"]),
    );
    let name = &world.receipts[0].lines[0].name;
    assert_eq!(name.chars().count(), Line::MAX_NAME);
    assert!(name.ends_with("Ы за 03.2026"), "{name}");
}

#[test]
fn counter_provision_never_becomes_an_advance() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 650.00"]),
    );
    assert_eq!(
        tell(
            &mut world,
            "P1",
            "2026-04-01",
            payment("1", Channel::Desk, &["counter 650.01"])
        ),
        "counter_only_for_debt: counter-provision of 650.01 exceeds the 650.00 of debts in its \
         receipt"
    );
}

#[test]
fn a_pool_kept_from_before_never_pays_a_supplier() {
    let mut world = told::world(Config::default());
    let account = world.state.accounts.get_mut("1").unwrap();
    account.advances.push(Lot {
        id: "L1".to_owned(),
        service: None,
        period: None,
        amount: rub("100"),
        vat: VatRate::V22,
        date: "2026-03-01".parse().unwrap(),
        kind: MoneyKind::Cash,
        method: PaymentMethod::Advance,
    });
    assert_eq!(
        tell(
            &mut world,
            "C1",
            "2026-03-31",
            charge("1", &["COLD 2026-03 60.00"])
        ),
        ""
    );
    assert_eq!(
        told::account(&world, "1"),
        "owes C1/COLD/2026-03 60.00, ahead L1 100.00 cash"
    );
}

#[test]
fn a_payment_by_priority_closes_the_first_service_whatever_its_month() {
    let mut world = told::world(Config {
        allocation: Allocation::Priority,
        ..Config::default()
    });
    tell(
        &mut world,
        "C1",
        "2026-02-28",
        charge("1", &["COLD 2026-02 60.00", "TV 2026-02 30.00"]),
    );
    tell(
        &mut world,
        "C2",
        "2026-03-31",
        charge("1", &["INET 2026-03 50.00"]),
    );
    let paid = payment("1", BANK, &["cashless 65.00"]);
    assert_eq!(
        tell(&mut world, "P1", "2026-04-01", paid),
        "приход | Оплата долга: ТВ за 02.2026 7 15.00 22% 2.70 \
         | Оплата долга: Интернет за 03.2026 7 50.00 22% 9.02 = 1081 65.00"
    );
    let whys = world
        .receipts
        .last()
        .unwrap()
        .lines
        .iter()
        .map(|line| line.why.ru());
    assert_eq!(
        whys.collect::<Vec<_>>(),
        [
            "Частичная оплата долга за 02.2026: 15,00 (долг C1/TV/2026-02) из платежа 65,00; \
             чек «в долг» был → оплата кредита",
            "Оплата долга за 03.2026: 50,00 (долг C2/INET/2026-03) из платежа 65,00; \
             чек «в долг» был → оплата кредита",
        ]
    );
}

#[test]
fn equal_lines_are_one_with_all_their_debts_and_credits() {
    let mut world = told::world(Config::default());
    tell(
        &mut world,
        "C1",
        "2026-03-31",
        charge("1", &["INET 2026-03 50.00"]),
    );
    tell(
        &mut world,
        "C2",
        "2026-03-31",
        charge("1", &["INET 2026-03 30.00"]),
    );
    assert_eq!(
        tell(
            &mut world,
            "P1",
            "2026-04-01",
            payment("1", BANK, &["cashless 60.00"])
        ),
        "приход | Оплата долга: Интернет за 03.2026 7 60.00 22% 10.82 = 1081 60.00"
    );
    let line = &world.receipts[2].lines[0];
    let refs = line
        .refs
        .iter()
        .map(|to| format!("{} {} {}", to.to, to.id, to.amount));
    assert_eq!(
        refs.collect::<Vec<_>>(),
        ["debt C1/INET/2026-03 50.00", "debt C2/INET/2026-03 10.00"]
    );
    tell(
        &mut world,
        "C3",
        "2026-04-02",
        charge("1", &["INET 2026-03 5.00"]),
    );
    let recalc = EventKind::Recalc(Recalc {
        account: "1".parse().unwrap(),
        service: "INET".parse().unwrap(),
        period: "2026-03".parse().unwrap(),
        delta: rub("-25"),
        to: RecalcTo::Advance,
        kind: None,
    });
    assert_eq!(
        tell(&mut world, "K1", "2026-04-03", recalc),
        "возврат прихода | Интернет за 03.2026 (перерасчет) 6 25.00 22% 4.51 = 1216 25.00"
    );
}

#[test]
fn an_invoice_paid_at_once_is_a_full_prepayment() {
    let mut world = told::world(Config {
        advance: AdvancePolicy::PrepayKnown,
        ..Config::default()
    });
    let account = world.state.accounts.get_mut("1").unwrap();
    account.invoices.push(Invoice {
        service: "TV".parse().unwrap(),
        period: "2026-04".parse().unwrap(),
        amount: rub("300"),
    });
    assert_eq!(
        tell(
            &mut world,
            "P1",
            "2026-03-20",
            payment("1", BANK, &["cashless 350.00"])
        ),
        "приход | Аванс: Интернет, л/с 1 3 50.00 22/122 9.02 \
         | Предоплата: ТВ за 04.2026 1 300.00 22/122 54.10 = 1081 350.00"
    );
    // The bill has come and is covered: a later surplus does not prepay it again.
    tell(
        &mut world,
        "C1",
        "2026-04-30",
        charge("1", &["TV 2026-04 300.00"]),
    );
    assert_eq!(
        tell(
            &mut world,
            "P2",
            "2026-05-02",
            payment("1", BANK, &["cashless 10.00"])
        ),
        "приход | Аванс: Интернет, л/с 1 3 10.00 22/122 1.80 = 1081 10.00"
    );
}
