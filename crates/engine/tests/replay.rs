//! Lost payments, restored later, leave the account as if they had never been lost (receipt rules
//! §4.2): as far as the receipts that were printed meanwhile allow.
#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

mod world;

use std::collections::BTreeMap;

use engine::*;
use proptest::{prelude::*, sample::select};
use terms::*;
use world::World;

/// A month of the account: a payment, then the charges of its last day.
#[derive(Clone, Debug)]
struct Month {
    day: u8,
    paid: i64,
    lost: bool,
    charged: [i64; 2],
}

fn months() -> impl Strategy<Value = Vec<Month>> {
    let sum = || prop_oneof![1 => Just(0), 4 => 1_i64..100_000];
    // On the last day of February nobody knows which came first.
    let month = (1_u8..28, sum(), any::<bool>(), [sum(), sum()]);
    let month = month.prop_map(|(day, paid, lost, charged)| Month {
        day,
        paid,
        lost,
        charged,
    });
    prop::collection::vec(month, 1..7)
}

fn config(postpaid: Postpaid, advance: AdvancePolicy) -> impl Strategy<Value = Config> {
    (select(FfdVersion::ALL), select(Allocation::ALL)).prop_map(move |(ffd, allocation)| Config {
        ffd,
        allocation,
        postpaid,
        advance,
        ..Config::default()
    })
}

fn number() -> AccountNumber {
    "1".parse().unwrap()
}

/// Internet and TV at the main rate, which rises on the way.
fn world(config: &Config, services: usize) -> World {
    let main = VatSchedule::new([
        ("2019-01-01".parse().unwrap(), VatRate::V20),
        ("2026-01-01".parse().unwrap(), VatRate::V22),
    ]);
    let main = main.unwrap();
    let service = |(code, priority): (&str, u32)| {
        let service = Service {
            name: code.to_owned(),
            vat: main.clone(),
            tax_system: TaxSystem::Common,
            priority,
            weight: Kopecks::new(1).unwrap(),
            p21: true,
            agent: None,
        };
        (code.parse().unwrap(), service)
    };
    let mut world = World::default();
    world.setup.config = config.clone();
    world.setup.services = [("TV", 2), ("INET", 1)].into_iter().map(service).collect();
    if services == 1 {
        world.setup.services.remove("TV");
    }
    let account = Account::new(number());
    world.state.accounts.insert(number(), account);
    world
}

/// Lives through the months; returns the payments that were lost.
fn live(
    world: &mut World,
    months: &[Month],
    is_lost: impl Fn(&Month) -> bool,
) -> Vec<(usize, LocalDate, Vec<Part>)> {
    let mut lost = Vec::new();
    let mut period: Period = "2025-10".parse().unwrap();
    for (nth, month) in months.iter().enumerate() {
        let day = LocalDate::new(period.year(), period.month(), month.day).unwrap();
        if month.paid > 0 {
            let parts = vec![Part {
                kind: PartKind::Cashless,
                amount: Kopecks::new(month.paid).unwrap(),
            }];
            if is_lost(month) {
                lost.push((nth, day, parts));
            } else {
                let payment = Payment {
                    account: Some(number()),
                    parts,
                    channel: Channel::BankRegistry,
                    explicit: Vec::new(),
                    purpose_period: None,
                };
                step(world, format!("P{nth}"), day, EventKind::Payment(payment));
            }
        }
        let lines = ["INET", "TV"].into_iter().zip(month.charged);
        let lines =
            lines.filter(|(code, sum)| *sum > 0 && world.setup.services.contains_key(*code));
        let lines: Vec<ChargeLine> = lines
            .map(|(code, sum)| ChargeLine {
                service: code.parse().unwrap(),
                period,
                amount: Kopecks::new(sum).unwrap(),
            })
            .collect();
        if !lines.is_empty() {
            let charge = Charge {
                account: number(),
                lines,
            };
            let kind = EventKind::Charge(charge);
            step(world, format!("C{nth}"), period.last_day(), kind);
        }
        period = period.next().unwrap();
    }
    lost
}

fn step(world: &mut World, id: String, date: LocalDate, kind: EventKind) -> Plan {
    world.step(&Event { id, date, kind }).unwrap()
}

/// Restores the lost payments in the order of their days.
fn restore(world: &mut World, lost: Vec<(usize, LocalDate, Vec<Part>)>) -> Vec<Plan> {
    let restore = |(nth, lost_date, parts)| {
        let restore = RestorePayment {
            account: number(),
            lost_date,
            parts,
            order: None,
        };
        let today = "2026-06-01".parse().unwrap();
        let kind = EventKind::RestorePayment(restore);
        step(world, format!("P{nth}"), today, kind)
    };
    lost.into_iter().map(restore).collect()
}

/// What is owed and what is settled, by service and month; what is ahead, by its id.
type Sums = BTreeMap<(&'static str, String, String), i64>;

fn sums(world: &World) -> Sums {
    let account = &world.state.accounts[&number()];
    let mut sums = Sums::new();
    let mut add = |what, of: String, month: String, sum: Kopecks| {
        *sums.entry((what, of, month)).or_default() += sum.get();
    };
    for debt in &account.debts {
        add(
            "owed",
            debt.service.to_string(),
            debt.period.to_string(),
            debt.open,
        );
    }
    for settled in &account.settled {
        let (service, month) = (settled.service.to_string(), settled.period.to_string());
        add("settled", service, month, settled.amount);
    }
    for lot in &account.advances {
        let of = format!("{} {} {}", lot.id, lot.vat, lot.kind);
        add("ahead", of, lot.date.to_string(), lot.amount);
    }
    sums
}

fn ahead(sums: &Sums) -> i64 {
    let lots = sums.iter().filter(|((what, ..), _)| *what == "ahead");
    lots.map(|(_, sum)| sum).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn payments_all_lost_and_restored_leave_what_they_would_have_left(
        config in config(Postpaid::Credit, AdvancePolicy::Pool), months in months(),
    ) {
        let mut paid = world(&config, 2);
        live(&mut paid, &months, |_| false);
        let mut restored = world(&config, 2);
        let lost = live(&mut restored, &months, |_| true);
        for plan in restore(&mut restored, lost) {
            prop_assert!(plan.receipts.iter().all(|receipt| receipt.correction.is_some()));
        }
        prop_assert_eq!(sums(&restored), sums(&paid));
    }

    #[test]
    fn some_payments_lost_and_restored_leave_the_same_debts_and_as_much_ahead(
        config in config(Postpaid::Credit, AdvancePolicy::ByService), months in months(),
    ) {
        let mut paid = world(&config, 1);
        live(&mut paid, &months, |_| false);
        let mut restored = world(&config, 1);
        let lost = live(&mut restored, &months, |month| month.lost);
        restore(&mut restored, lost);
        let (mut expected, mut left) = (sums(&paid), sums(&restored));
        prop_assert_eq!(ahead(&left), ahead(&expected));
        expected.retain(|(what, ..), _| *what != "ahead");
        left.retain(|(what, ..), _| *what != "ahead");
        if config.allocation == Allocation::Fifo {
            prop_assert_eq!(left, expected);
        } else {
            let all = |sums: &Sums| sums.values().sum::<i64>();
            prop_assert_eq!(all(&left), all(&expected));
        }
    }

    #[test]
    fn a_restored_payment_makes_no_advance_while_a_debt_waits_and_leaves_later_bare_debts_alone(
        config in config(Postpaid::OnPayment, AdvancePolicy::ByService), months in months(),
        credit in any::<u16>(),
    ) {
        let mut world = world(&config, 2);
        let lost = live(&mut world, &months, |_| true);
        let account = world.state.accounts.get_mut(&number()).unwrap();
        for (nth, debt) in account.debts.iter_mut().enumerate() {
            debt.credit = credit >> nth & 1 == 1;
        }
        let days: Vec<LocalDate> = lost.iter().map(|(_, day, _)| *day).collect();
        let mut before = world.state.accounts[&number()].clone();
        for (plan, day) in restore(&mut world, lost).into_iter().zip(days) {
            let [after] = &plan.accounts[..] else { panic!("one account") };
            let came: Kopecks = plan.receipts[0].total;
            prop_assert_eq!(after.saldo() - before.saldo(), i128::from(came.get()));
            let was_there = |debt: &&Debt| debt.period.last_day() <= day;
            let waits = |debt: &&Debt| was_there(debt) || debt.credit;
            if after.advances.len() > before.advances.len() {
                prop_assert_eq!(after.debts.iter().find(waits), None);
            }
            let bare = |account: &Account| -> Vec<Debt> {
                let bare = account.debts.iter().filter(|debt| !waits(debt));
                bare.cloned().collect()
            };
            prop_assert_eq!(bare(after), bare(&before));
            // A debt of the day is open only when no later one was paid.
            if after.debts.iter().any(|debt| was_there(&debt)) {
                let later = |account: &Account| -> Vec<Debt> {
                    let later = account.debts.iter().filter(|debt| !was_there(debt));
                    later.cloned().collect()
                };
                prop_assert_eq!(later(after), later(&before));
            }
            before = after.clone();
        }
    }
}
