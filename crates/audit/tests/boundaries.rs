//! Each threshold: silent just below it, heard just at it. And the silent source.

#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use audit::*;
use terms::{DriveNumber, Kopecks, LocalDate, LocalDateTime, Rnm};

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn at(text: &str) -> LocalDateTime {
    text.parse().unwrap()
}

fn drive() -> DriveNumber {
    "9999078900000001".parse().unwrap()
}

fn register() -> Rnm {
    Rnm::compose(1, "7707083893".parse().unwrap(), "00106900000001").unwrap()
}

fn name(finding: Option<Finding>) -> &'static str {
    finding.map_or("-", |finding| finding.severity.name())
}

/// Runs a check over a table of inputs and severities.
#[track_caller]
fn table<T: Copy + std::fmt::Debug>(cases: &[(T, &str)], check: impl Fn(T) -> Option<Finding>) {
    for (input, severity) in cases {
        assert_eq!(name(check(*input)), *severity, "{input:?}");
    }
}

#[test]
fn unsent_documents_are_high_after_a_day_and_critical_after_five() {
    let limits = UnsentLimits::default();
    let check = |minutes: i64| {
        let oldest = at("2026-03-01T12:00");
        let unsent = DriveUnsent {
            drive: drive(),
            documents: 2,
            oldest: Some(oldest),
        };
        let now = oldest.plus_minutes(minutes).unwrap();
        unsent_documents(&limits, now, &unsent).unwrap()
    };
    let day = 24 * 60;
    table(
        &[
            (day, "-"),
            (day + 1, "high"),
            (5 * day, "high"),
            (5 * day + 1, "critical"),
        ],
        check,
    );
    let blocks = at("2026-03-31T12:00").into();
    let late = check(26 * day).unwrap();
    assert_eq!(late.number("blocks"), Some(&blocks));
    assert_eq!(late.number("no_big_jobs"), Some(&Value::Flag(true)));
    assert_eq!(
        check(25 * day).unwrap().number("no_big_jobs"),
        Some(&Value::Flag(false))
    );
}

#[test]
fn a_shift_warns_after_23_hours_and_alarms_at_24() {
    let limits = ShiftLimits::default();
    let shift = OpenShift {
        drive: drive(),
        opened: at("2026-03-05T08:00"),
    };
    table(
        &[
            ("2026-03-06T07:00", "-"),
            ("2026-03-06T07:01", "high"),
            ("2026-03-06T07:59", "high"),
            ("2026-03-06T08:00", "critical"),
        ],
        |now| shift_too_long(&limits, at(now), &shift).unwrap(),
    );
}

#[test]
fn a_clock_may_be_a_minute_off_either_way() {
    let limits = ClockLimits::default();
    table(
        &[
            (60, "-"),
            (-61, "high"),
            (300, "high"),
            (-301, "critical"),
            (i64::MIN, "critical"),
        ],
        |seconds| clock_difference(&limits, drive(), seconds),
    );
}

#[test]
fn a_drive_ends_by_days_or_by_documents() {
    let limits = DriveEndLimits::default();
    let check = |(expires, documents_left): (&str, u32)| {
        let life = DriveLife {
            drive: drive(),
            expires: day(expires),
            documents_left,
            capacity: 1_000,
            spare_ready: false,
        };
        drive_ends(&limits, day("2026-03-01"), &life)
    };
    let cases = [
        (("2026-04-01", 101), "-"),
        (("2026-03-31", 101), "high"),
        (("2026-04-01", 100), "high"),
        (("2026-03-08", 101), "critical"),
        (("2026-04-01", 30), "critical"),
        (("2026-02-01", 900), "critical"),
    ];
    table(&cases, check);
    assert!(
        check(("2026-03-31", 101))
            .unwrap()
            .what
            .ru
            .contains("готового запасного нет")
    );
}

#[test]
fn bank_money_of_friday_is_due_on_monday_noon() {
    let (thresholds, calendar) = (Thresholds::default(), Calendar::default());
    let mut money = Money {
        reference: "op-1".to_owned(),
        account: None,
        channel: Channel::Bank,
        received: at("2026-01-30T10:00"),
        amount: Kopecks::new(65_000).unwrap(),
        done: false,
    };
    let check = |money: &Money, now: &str| {
        money_without_receipt(&thresholds, &calendar, at(now), money).unwrap()
    };
    table(
        &[
            ("2026-01-31T23:59", "-"),
            ("2026-02-02T11:59", "-"),
            ("2026-02-02T12:00", "high"),
            ("2026-02-02T18:00", "critical"),
            ("2026-03-02T00:00", "critical"),
        ],
        |now| check(&money, now),
    );
    money.channel = Channel::AtOnce;
    assert_eq!(name(check(&money, "2026-01-30T10:04")), "-");
    assert_eq!(name(check(&money, "2026-01-30T10:05")), "critical");
    money.done = true;
    assert_eq!(name(check(&money, "2026-03-02T00:00")), "-");
}

#[test]
fn offsets_of_a_month_warn_on_the_seventh_and_alarm_on_the_tenth() {
    let limits = OffsetLimits::default();
    let period = "2026-12".parse().unwrap();
    let mut buffer = OffsetBuffer {
        period,
        lines: 3,
        sum: Sum(9_000),
    };
    let check =
        |buffer: &OffsetBuffer, today: &str| unclosed_offsets(&limits, day(today), buffer).unwrap();
    let cases = [
        ("2026-12-31", "-"),
        ("2027-01-06", "-"),
        ("2027-01-07", "high"),
        ("2027-01-09", "high"),
        ("2027-01-10", "critical"),
    ];
    table(&cases, |today| check(&buffer, today));
    buffer.lines = 0;
    assert_eq!(name(check(&buffer, "2027-01-20")), "-");
}

#[test]
fn unidentified_money_counts_working_days() {
    let calendar = Calendar {
        holidays: [day("2026-02-23")].into(),
        ..Calendar::default()
    };
    let money = Unidentified {
        reference: "op-2".to_owned(),
        received: day("2026-02-20"),
        amount: Kopecks::new(100).unwrap(),
    };
    let limits = UnidentifiedLimits::default();
    let cases = [
        ("2026-02-24", "-"),
        ("2026-02-25", "high"),
        ("2026-03-02", "high"),
        ("2026-03-03", "critical"),
    ];
    table(&cases, |today| {
        unidentified_money(&limits, &calendar, day(today), &money)
    });
}

#[test]
fn a_silent_register_and_bounced_receipts_speak_at_their_limits() {
    let limits = SilentRegisterLimits::default();
    table(
        &[
            ("2026-03-30", "-"),
            ("2026-03-31", "medium"),
            ("2026-04-29", "medium"),
            ("2026-04-30", "high"),
        ],
        |today| silent_register(&limits, day(today), register(), day("2026-03-01")),
    );
    let limits = BounceLimits::default();
    table(
        &[((200, 4), "-"), ((200, 5), "medium"), ((0, 0), "-")],
        |(sent, bounced)| {
            bounces_of_day(
                &limits,
                &DayDeliveries {
                    day: day("2026-03-01"),
                    sent,
                    bounced,
                },
            )
        },
    );
    let account = "0012".parse().unwrap();
    table(&[(0, "-"), (2, "-"), (3, "medium")], |times| {
        bounces_of_account(&limits, &account, times)
    });
}

#[test]
fn shares_are_counted_over_exactly_thirty_days() {
    let thresholds = Thresholds::default();
    let look = |returns: u32, corrections: u32, today: &str| {
        let mut shares = RegisterShares::new(register());
        let day_of = |day, income, returns, corrections| DayDocuments {
            day,
            income,
            returns,
            corrections,
            all: income + returns + corrections,
        };
        shares
            .see(
                &thresholds,
                day_of(day("2026-03-01"), 0, returns, corrections),
            )
            .unwrap();
        shares
            .see(&thresholds, day_of(day("2026-03-02"), 100, 0, 0))
            .unwrap();
        let found = shares.look(&thresholds, day(today));
        let told: Vec<String> = found
            .iter()
            .map(|found| format!("{} {}", found.rule, found.severity))
            .collect();
        told.join(", ")
    };
    assert_eq!(look(19, 0, "2026-03-30"), "");
    assert_eq!(look(20, 0, "2026-03-30"), "A15 medium");
    assert_eq!(look(30, 0, "2026-03-30"), "A15 high");
    assert_eq!(
        look(30, 0, "2026-03-31"),
        "",
        "the first of March has left the window"
    );
    // 25 of 125 documents are a fifth; 43 of 143 are three tenths.
    assert_eq!(look(0, 24, "2026-03-30"), "");
    assert_eq!(look(0, 25, "2026-03-30"), "A16 medium");
    assert_eq!(look(0, 43, "2026-03-30"), "A16 high");
}

/// A source that sends on `days`, always the same sum.
fn watch(days: impl IntoIterator<Item = LocalDate>) -> SourceWatch {
    let limits = SilenceLimits::default();
    let mut watch = SourceWatch::new("bank");
    for day in days {
        let sum = Kopecks::new(1_000_000).unwrap();
        watch.see(&limits, Arrival { day, sum }).unwrap();
    }
    watch
}

fn days_from(first: &str, count: i32) -> impl Iterator<Item = LocalDate> {
    let first = day(first);
    (0..count).map(move |days| first.plus_days(days).unwrap())
}

#[test]
fn a_source_of_every_working_day_is_missed_on_the_fourth_one() {
    let (limits, calendar) = (SilenceLimits::default(), Calendar::default());
    // Monday 2026-03-02 to Friday 2026-03-13.
    let bank = watch(days_from("2026-03-02", 12).filter(|day| !day.is_weekend()));
    table(
        &[
            ("2026-03-15", "-"),
            ("2026-03-18", "-"),
            ("2026-03-19", "critical"),
        ],
        |today| bank.look(&limits, &calendar, day(today)),
    );
    let may = Calendar {
        holidays: days_from("2026-03-16", 3).collect(),
        ..Calendar::default()
    };
    assert_eq!(
        name(bank.look(&limits, &may, day("2026-03-19"))),
        "-",
        "nobody worked meanwhile"
    );
}

#[test]
fn a_weekly_source_is_not_taken_for_silent_each_thursday() {
    let (limits, calendar) = (SilenceLimits::default(), Calendar::default());
    let weekly = watch(days_from("2026-03-02", 92).step_by(7));
    // The last one is Monday 2026-06-01; three weeks are 15 working days.
    table(
        &[
            ("2026-06-07", "-"),
            ("2026-06-22", "-"),
            ("2026-06-23", "critical"),
        ],
        |today| weekly.look(&limits, &calendar, day(today)),
    );
}

#[test]
fn a_source_of_weekends_may_rest_for_three_working_days() {
    let (limits, calendar) = (SilenceLimits::default(), Calendar::default());
    // Sat 7, Sun 8, Thu 12…Sun 15: the median interval is less than a working day.
    let source = watch(days_from("2026-03-07", 2).chain(days_from("2026-03-12", 4)));
    table(
        &[("2026-03-18", "-"), ("2026-03-19", "critical")],
        |today| source.look(&limits, &calendar, day(today)),
    );
}

#[test]
fn a_new_source_is_given_time() {
    let (limits, calendar) = (SilenceLimits::default(), Calendar::default());
    let four = watch(days_from("2026-03-02", 4));
    assert_eq!(name(four.look(&limits, &calendar, day("2026-09-01"))), "-");
    let five = watch(days_from("2026-03-02", 5));
    assert_eq!(
        name(five.look(&limits, &calendar, day("2026-09-01"))),
        "critical"
    );
}

#[test]
fn arrivals_and_days_out_of_order_are_refused() {
    let limits = SilenceLimits::default();
    let mut watch = watch([day("2026-03-02")]);
    let sum = Kopecks::ZERO;
    assert!(
        watch
            .see(
                &limits,
                Arrival {
                    day: day("2026-03-02"),
                    sum
                }
            )
            .is_ok()
    );
    let error = watch
        .see(
            &limits,
            Arrival {
                day: day("2026-03-01"),
                sum,
            },
        )
        .unwrap_err();
    assert!(error.to_string().contains("bank: 2026-03-01"), "{error}");
}
