//! Corrections of receipts and receipts that were lost (receipt rules §4.2).

use engine::*;
use terms::{FfdVersion, Kopecks};

use crate::{
    BANK,
    told::{self, account, charge, payment, rub, tell},
    world,
};

/// A correction is wrong, too: what then?
#[test]
fn a_second_correction_names_the_first_and_keeps_the_day_of_the_settlement() {
    for (ffd, day) in [
        (FfdVersion::V1_05, ""),
        (FfdVersion::V1_2, " коррекция за 2026-03-10"),
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
        let fix = |world: &world::World, which: usize, kind: PaidIn| {
            let change = Change {
                kind: Some(Swap {
                    from: None,
                    to: kind,
                }),
                ..Change::default()
            };
            let (setup, accounts) = (&world.setup, &world.state.accounts);
            fix_of(&world.state.receipts[which], &change, setup, accounts)
        };
        let first = fix(&world, 0, PaidIn::Cash).unwrap();
        tell(&mut world, "X1", "2026-04-01", first);
        assert_eq!(account(&world, "1"), "ahead P1/INET 200.00 cash");
        for (wrong, code) in [(0, "already_cancelled"), (1, "bad_kind")] {
            let refusal = fix(&world, wrong, PaidIn::Cashless).unwrap_err();
            assert_eq!(refusal.code(), code, "{refusal}");
        }
        let second = fix(&world, 2, PaidIn::Cashless).unwrap();
        let line = "Аванс: Интернет, л/с 1 3 200.00 22/122 36.07";
        assert_eq!(
            tell(&mut world, "X2", "2026-05-01", second),
            format!(
                "возврат прихода{day} вместо 3 | {line} = 1031 200.00\n\
                 приход{day} вместо 3 | {line} = 1081 200.00"
            )
        );
        assert_eq!(account(&world, "1"), "ahead P1/INET 200.00 cashless");
        let told = world.receipts.iter().skip(1).map(|receipt| {
            let correction = receipt.correction.as_ref();
            correction.map_or(receipt.settled_on, |basis| Some(basis.date))
        });
        let settled = "2026-03-10".parse().unwrap();
        assert!(told.eq([Some(settled); 4]), "{ffd:?}");
    }
}

#[test]
fn a_lost_charge_receipt_changes_how_its_debts_are_paid() {
    let mut world = told::world(Config {
        postpaid: Postpaid::OnPayment,
        ..Config::default()
    });
    let mut tell = |id, date, kind| tell(&mut world, id, date, kind);
    assert_eq!(
        tell("C1", "2026-03-31", charge("1", &["INET 2026-03 650.00"])),
        ""
    );
    let lost = |amount: &str| {
        EventKind::RestoreCharge(RestoreCharge {
            account: "1".parse().unwrap(),
            lost_date: "2026-03-31".parse().unwrap(),
            lines: vec![LostChargeLine {
                service: "INET".parse().unwrap(),
                period: "2026-03".parse().unwrap(),
                amount: rub(amount),
                prepaid: Kopecks::ZERO,
                credit: rub(amount),
            }],
            order: None,
        })
    };
    assert_eq!(
        tell("R1", "2026-05-01", lost("650.01")),
        "lost_exceeds_charge: the lost receipt of 650.01 exceeds the 650.00 charged for INET for \
         2026-03 on 1: charge the account first"
    );
    assert_eq!(
        tell("R2", "2026-05-01", lost("400.00")),
        "приход коррекция за 2026-03-31 | Интернет за 03.2026 6 400.00 22% 72.13 = 1216 400.00"
    );
    // What the receipt says is on credit now, the rest is as before.
    assert_eq!(
        tell("P1", "2026-05-02", payment("1", BANK, &["cashless 650.00"])),
        "приход | Интернет за 03.2026 4 250.00 22% 45.08 \
         | Оплата долга: Интернет за 03.2026 7 400.00 22% 72.13 = 1081 650.00"
    );
}

#[test]
fn a_sum_that_was_too_small_keeps_what_was_consumed_of_its_advance() {
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
        charge("1", &["INET 2026-03 160.00"]),
    );
    let fix = |total: &str| {
        let change = Change {
            amount: Some(RightAmount::Total(rub(total))),
            ..Change::default()
        };
        let (setup, accounts) = (&world.setup, &world.state.accounts);
        fix_of(&world.state.receipts[0], &change, setup, accounts)
    };
    // 100.00 went into the receipt of the charge, which stays.
    assert_eq!(
        fix("90").unwrap_err().to_string(),
        "10.00 of the cancelled advance P1/INET on account 1 is spent, and no settled charge holds \
         it: refund by hand"
    );
    let right = fix("170").unwrap();
    assert_eq!(
        tell(&mut world, "X1", "2026-04-05", right),
        "возврат прихода коррекция за 2026-03-10 вместо 1 \
         | Аванс: Интернет, л/с 1 3 100.00 22/122 18.03 = 1081 100.00\n\
         приход коррекция за 2026-03-10 вместо 1 \
         | Оплата долга: Интернет за 03.2026 7 60.00 22% 10.82 \
         | Аванс: Интернет, л/с 1 3 110.00 22/122 19.84 = 1081 170.00"
    );
    assert_eq!(
        account(&world, "1"),
        "ahead P1/INET 10.00 cashless, settled INET 2026-03 160.00"
    );
}
