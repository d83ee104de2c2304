//! A provider whose bank's registries of six months were lost, made of a seed.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde_json::{Value, json};

/// How many months were lost.
pub(crate) const MONTHS: u32 = 6;
/// Sums of lost payments begin here, kopecks; each has one of its own.
const FIRST_SUM: i64 = 1_000_000;

/// What the test knows of the provider, and what the program is told of it.
pub(crate) struct Provider {
    pub(crate) accounts: usize,
    /// The first days of the lost months.
    pub(crate) months: Vec<NaiveDate>,
    /// What the bank took and nobody heard of.
    pub(crate) lost: Vec<Payment>,
    /// What stands in the same registries and was loaded in its time.
    pub(crate) known: Vec<Payment>,
    /// What billing has pushed: charges, and payments of other ways.
    pub(crate) pushed: Vec<Value>,
    /// A payment of another way that looks like one of the registries'.
    pub(crate) alike: Payment,
}

/// A payment in a bank's registry.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) number: String,
    pub(crate) account: String,
    pub(crate) day: NaiveDate,
    pub(crate) kopecks: i64,
}

/// The day at the place of settlement.
pub(crate) fn today() -> NaiveDate {
    let now: DateTime<Utc> = (SystemTime::now() + Duration::from_secs(3 * 3600)).into();
    now.date_naive()
}

/// The number of an account.
pub(crate) fn account(index: usize) -> String {
    format!("{:07}", 1_000_000 + index)
}

impl Provider {
    /// With so many lost payments.
    pub(crate) fn of(seed: u64, lost: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |limit: u32| chance.next_u32() % limit;
        let this_month = today().with_day(1).unwrap();
        let months: Vec<NaiveDate> = (1..=MONTHS)
            .rev()
            .map(|back| this_month - Months::new(back))
            .collect();
        let accounts = lost.div_ceil(MONTHS as usize);
        let (mut payments, mut known, mut pushed) = (Vec::new(), Vec::new(), Vec::new());
        for (index, month) in months.iter().enumerate() {
            for place in 0..accounts {
                let (account, day) = (account(place), *month + Days::new(u64::from(below(28))));
                let number = index * accounts + place;
                if payments.len() < lost {
                    payments.push(Payment {
                        number: format!("L{number}"),
                        account: account.clone(),
                        day,
                        kopecks: FIRST_SUM + number as i64,
                    });
                }
                let charged = 30_000 + i64::from(below(120_000));
                pushed.push(charge(&account, *month, charged));
                if below(3) == 0 {
                    let paid = 10_000 + i64::from(below(80_000));
                    pushed.push(payment(&format!("portal-{number}"), &account, day, paid));
                }
            }
            known.push(Payment {
                number: format!("K{index}"),
                account: account(index % accounts),
                day: *month,
                kopecks: 77_700 + index as i64,
            });
        }
        let alike = Payment {
            number: "A1".to_owned(),
            account: account(0),
            day: months[1],
            kopecks: 55_500,
        };
        pushed.push(payment(
            "portal-alike",
            &alike.account,
            alike.day,
            alike.kopecks,
        ));
        Self {
            accounts,
            months,
            lost: payments,
            known,
            pushed,
            alike,
        }
    }

    /// The first and the last day of what was lost.
    pub(crate) fn days(&self) -> (NaiveDate, NaiveDate) {
        let last = *self.months.last().unwrap() + Months::new(1) - Days::new(1);
        (self.months[0], last)
    }

    /// The bank's registry of each month, with what was known, what may be known and what is not
    /// ours beside what was lost.
    pub(crate) fn registries(&self) -> Vec<String> {
        let others = self.known.iter().chain([&self.alike]);
        let all: Vec<&Payment> = self.lost.iter().chain(others).collect();
        let registry = |(index, month): (usize, &NaiveDate)| {
            let stranger = Payment {
                number: format!("S{index}"),
                account: "9999999".to_owned(),
                day: *month,
                kopecks: 12_300,
            };
            let of_month = |payment: &&&Payment| payment.day.month() == month.month();
            let mut payments: Vec<&Payment> = all.iter().filter(of_month).copied().collect();
            payments.push(&stranger);
            payments.sort_by_key(|payment| payment.day);
            registry(&payments)
        };
        self.months.iter().enumerate().map(registry).collect()
    }

    /// The sums of what was lost: each occurs once.
    pub(crate) fn sums(&self) -> BTreeSet<i64> {
        let sums: BTreeSet<i64> = self.lost.iter().map(|payment| payment.kopecks).collect();
        assert_eq!(sums.len(), self.lost.len());
        sums
    }
}

/// Sberbank's registry.
pub(crate) fn registry(payments: &[&Payment]) -> String {
    let mut text = String::new();
    for Payment {
        number,
        account,
        day,
        kopecks,
    } in payments.iter().copied()
    {
        let (day, sum) = (day.format("%d-%m-%Y"), comma(*kopecks));
        writeln!(
            text,
            "{day};09-32-33;1111;1111999V;{number};{account};ИВАНОВ ИВАН ИВАНОВИЧ;Г МОСКВА, \
             КВ.1;1025;{sum};{sum};0,00;5\r"
        )
        .unwrap();
    }
    let all = comma(payments.iter().map(|payment| payment.kopecks).sum());
    let last = payments.iter().map(|payment| payment.day).max().unwrap();
    let last = last.format("%d-%m-%Y");
    text + &format!("={};{all};{all};0,00;686333;{last}\r\n", payments.len())
}

fn comma(kopecks: i64) -> String {
    format!("{},{:02}", kopecks / 100, kopecks % 100)
}

/// A cashless payment as billing pushes it; `amount` in kopecks.
pub(crate) fn payment(key: &str, account: &str, day: NaiveDate, kopecks: i64) -> Value {
    json!({"type": "payment", "key": key, "account": account, "date": day.to_string(),
        "parts": [{"kind": "cashless", "amount": crate::archive::roubles(kopecks)}]})
}

/// The charge of a month, on its last day.
fn charge(account: &str, month: NaiveDate, kopecks: i64) -> Value {
    let day = month + Months::new(1) - Days::new(1);
    let period = month.format("%Y-%m").to_string();
    json!({"type": "charge", "key": format!("charge-{account}-{period}"), "account": account,
        "date": day.to_string(), "lines": [{"service": "INET", "period": period,
        "amount": crate::archive::roubles(kopecks)}]})
}
