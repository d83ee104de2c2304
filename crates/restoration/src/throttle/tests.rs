use proptest::{collection::vec, prelude::*};

use super::*;

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn throttle(packet: u32, pace: Pace) -> Throttle {
    Throttle {
        packet: NonZeroU32::new(packet).unwrap(),
        max_share: MaxShare::default(),
        pace,
        pause_on: PauseOn::default(),
    }
}

const CORRECTION: Counts = Counts {
    income: 0,
    returns: 0,
    corrections: 1,
    other: 0,
};

const INCOME: Counts = Counts {
    income: 1,
    corrections: 0,
    ..CORRECTION
};

/// The mirror and the right receipt of FFD 1.05.
const PAIR: Counts = Counts {
    returns: 1,
    ..INCOME
};

fn facts<'a>(rows_left: u64, row: Counts, registers: &'a [Register<'a>]) -> Facts<'a> {
    Facts {
        rows_left,
        limit_left: None,
        row,
        outstanding: Counts::default(),
        registers,
        drive_errors: 0,
        ofd_rejections: 0,
        unsent: 0,
        changed: 0,
    }
}

fn with(counts: Counts) -> Shares {
    let mut shares = Shares::new(day("2026-11-30"));
    shares.add(day("2026-11-20"), counts);
    shares
}

fn go(rows: u64) -> Decision {
    Decision::Go(NonZeroU64::new(rows).unwrap())
}

#[test]
fn each_setting_stops_the_run_and_no_other_does() {
    let shares = with(INCOME.times(10_000));
    let registers = [Register {
        name: "1",
        shares: &shares,
    }];
    let calm = facts(100, CORRECTION, &registers);
    let limit_left = Some(0);
    let cases = [
        (Facts { limit_left, ..calm }, "", "limited to"),
        (
            Facts {
                drive_errors: 1,
                ..calm
            },
            "drive-error",
            "1 errors of drives",
        ),
        (
            Facts {
                ofd_rejections: 4,
                ..calm
            },
            "ofd-rejections=3",
            "rejected 4",
        ),
        (
            Facts {
                unsent: 5_001,
                ..calm
            },
            "unsent=5000",
            "5001 documents wait",
        ),
        (
            Facts { changed: 2, ..calm },
            "changed",
            "2 rows have changed",
        ),
    ];
    for (facts, setting, words) in &cases {
        let decide = |pause_on| {
            let throttle = Throttle {
                pause_on,
                ..throttle(500, Pace::Spread)
            };
            throttle.decide(facts)
        };
        let set = setting.parse().unwrap_or(PauseOn::NONE);
        let Decision::Pause(why) = decide(set) else {
            panic!("{setting} does not pause");
        };
        assert!(why.to_string().contains(words), "{why}");
        if !setting.is_empty() {
            assert_eq!(decide(PauseOn::NONE), go(100), "{setting}");
        }
    }
    // At the limit itself it goes on.
    let near = Facts {
        ofd_rejections: 3,
        unsent: 5_000,
        changed: 7,
        ..calm
    };
    assert_eq!(throttle(500, Pace::Spread).decide(&near), go(100));
}

#[test]
fn a_full_register_makes_it_wait_and_the_letter_lets_it_go() {
    let full = with(INCOME.times(300).plus(CORRECTION.times(100)));
    let registers = [Register {
        name: "0001",
        shares: &full,
    }];
    let facts = facts(5, CORRECTION, &registers);
    let Decision::Wait { why, until } = throttle(500, Pace::Spread).decide(&facts) else {
        panic!("it goes on above the share");
    };
    assert!(
        why.to_string()
            .starts_with("register 0001 has corrections 25.00 %"),
        "{why}"
    );
    assert_eq!(until, Some(day("2026-12-20")));
    assert_eq!(throttle(500, Pace::AtOnce).decide(&facts), go(5));
}

#[test]
fn it_is_over_when_the_last_receipt_is_formed() {
    let throttle = throttle(500, Pace::AtOnce);
    let outstanding = CORRECTION.times(3);
    let last = Facts {
        outstanding,
        drive_errors: 9,
        ..facts(0, CORRECTION, &[])
    };
    let why = WaitReason::Outstanding { receipts: 3 };
    assert_eq!(throttle.decide(&last), Decision::Wait { why, until: None });
    assert_eq!(
        throttle.decide(&facts(0, CORRECTION, &[])),
        Decision::Finish
    );
}

fn counts() -> impl Strategy<Value = Counts> {
    (0_u64..3_000, 0_u64..600, 0_u64..600).prop_map(|(income, returns, corrections)| Counts {
        income,
        returns,
        corrections,
        other: 0,
    })
}

proptest! {
    /// Wherever the cassette forms what waits and what is let go, the share and the packet hold.
    #[test]
    fn what_is_let_go_stays_within_share_and_packet(
        registers in vec(counts(), 1..4),
        waiting in 0_u64..40,
        rows_left in 1_u64..2_000,
        packet in 1_u32..600,
        row in prop_oneof![Just(CORRECTION), Just(PAIR), Just(CORRECTION.times(2))],
        dealt in vec(0_usize..4, 0..1_300),
    ) {
        let throttle = throttle(packet, Pace::Spread);
        let shares: Vec<Shares> = registers.iter().map(|counts| with(*counts)).collect();
        let register = |shares| Register { name: "r", shares };
        let view: Vec<Register<'_>> = shares.iter().map(register).collect();
        let outstanding = row.times(waiting);
        let facts = Facts { outstanding, ..facts(rows_left, row, &view) };
        let Decision::Go(rows) = throttle.decide(&facts) else { return Ok(()) };
        let all = outstanding.plus(row.times(rows.get()));
        prop_assert!(all.documents() <= u64::from(packet).max(row.documents()));
        prop_assert!(rows.get() <= rows_left);

        // Every receipt goes where the random numbers say; what they do not reach, to the first.
        let mut formed = registers.clone();
        let one = |income, returns, corrections| Counts { income, returns, corrections, other: 0 };
        let kinds = [
            (all.corrections, one(0, 0, 1)),
            (all.returns, one(0, 1, 0)),
            (all.income, one(1, 0, 0)),
        ];
        let mut dealt = dealt.iter();
        for (count, receipt) in kinds {
            for _ in 0..count {
                let place = dealt.next().map_or(0, |place| place % formed.len());
                formed[place] = formed[place].plus(receipt);
                let raised = formed[place].share();
                let most = 2_500;
                prop_assert!(receipt.corrections == 0 || raised.corrections <= most);
                prop_assert!(receipt.returns == 0 || raised.returns <= most);
            }
        }
    }

    /// A restoration that is asked again and again comes to its end on the day that was foretold,
    /// and is within the share on every day.
    #[test]
    fn a_spread_restoration_comes_to_its_end_as_foretold(
        a_day in 4_u64..40,
        rows in 1_u64..400,
        packet in 1_u32..60,
    ) {
        let throttle = throttle(packet, Pace::Spread);
        let first = day("2026-01-31");
        let mut formed: Vec<(LocalDate, Counts)> = (0..30)
            .map(|ago| (first.plus_days(-ago).unwrap(), INCOME.times(a_day)))
            .collect();
        let window = |formed: &[(LocalDate, Counts)], today| {
            let mut shares = Shares::new(today);
            for (date, counts) in formed {
                shares.add(*date, *counts);
            }
            shares
        };
        let start = window(&formed, first);
        let foretold = crate::days_to_spread(rows, CORRECTION, &[start], throttle.max_share);
        let (mut left, mut today, mut days) = (rows, first, 1);
        while left > 0 {
            let shares = window(&formed, today);
            let registers = [Register { name: "1", shares: &shares }];
            match throttle.decide(&facts(left, CORRECTION, &registers)) {
                Decision::Go(rows) => {
                    left -= rows.get();
                    formed.push((today, CORRECTION.times(rows.get())));
                    let share = window(&formed, today).counts().share();
                    prop_assert!(share.is_within(throttle.max_share), "{share}");
                }
                Decision::Wait { until, .. } => {
                    prop_assert!(until.is_some_and(|until| until > today));
                    today = today.plus_days(1).unwrap();
                    formed.push((today, INCOME.times(a_day)));
                    days += 1;
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert_eq!(Some(days), foretold);
    }
}
