//! The provider: who pays when and how much, what is charged, and when the month is closed.

use engine::{
    Account, Channel, Charge, ChargeLine, EventKind, MoneyKind, Part, PartKind, Payment,
    PeriodClose, Refund, RefundOf, Service, VatSchedule,
};
use journal::NewOperation;
use sha2::{Digest, Sha256};
use terms::{
    AccountNumber, Basis, Kopecks, LocalDate, Period, ReasonCode, ServiceCode, TaxSystem, VatRate,
};

use crate::{
    defects::{DEFECTS, Day},
    journal_of_year::Year,
};

/// Customers; the even ones pay ahead for the Internet, the odd ones pay for heat afterwards.
pub(crate) const CUSTOMERS: usize = 120;
pub(crate) const INET: i64 = 65_000;

/// Which defects are planted.
pub(crate) struct Defects(bool);

impl Defects {
    pub(crate) const fn none() -> Self {
        Self(false)
    }

    pub(crate) const fn all() -> Self {
        Self(true)
    }
}

/// Random numbers from a seed (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// A customer's habits.
pub(crate) struct Customer {
    pub(crate) number: AccountNumber,
    /// On which day of the month it pays, 1 to 28.
    pub(crate) pays_on: u8,
    /// Who tells of its money.
    pub(crate) through: Through,
    /// What it owes for heat, kopecks.
    pub(crate) owes: i64,
    pub(crate) is_prepaid: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Through {
    /// A bank that pays by itself.
    Bank(&'static str),
    /// The desk of the provider: cash.
    Desk,
    /// A file of a bank.
    File,
}

/// Lives the year.
pub(crate) fn live(seed: u64, defects: &Defects) -> Year {
    let mut chance = Chance(seed);
    let mut year = Year::begin("2026-01-01T00:05".parse().unwrap());
    declare(&mut year, VatRate::V22);
    let mut customers: Vec<Customer> = (0..CUSTOMERS)
        .map(|place| Customer {
            number: customer(place),
            // Spread over the month, so that no source falls silent.
            pays_on: 1 + ((place / 6 * 3) as u8 + chance.below(3) as u8) % 28,
            through: [Through::Bank("qiwi"), Through::Desk, Through::File][place / 2 % 3],
            owes: 0,
            is_prepaid: place.is_multiple_of(2),
        })
        .collect();
    let opened = customers.iter().map(|it| Account::new(it.number.clone()));
    let opened: Vec<Account> = opened
        .chain([Account::new("CITY".parse().unwrap())])
        .collect();
    year.ask(|writer, reply| writer.put_accounts(opened, None, reply));
    let mut date: LocalDate = "2026-01-01".parse().unwrap();
    while date.year() == 2026 {
        let mut day = Day {
            date,
            year: &mut year,
            customers: &mut customers,
            chance: &mut chance,
            charged: 1,
        };
        let planted = DEFECTS.iter().filter(|_| defects.0);
        for defect in planted {
            (defect.plant)(&mut day);
        }
        day.live(defects.0);
        date = date.plus_days(1).unwrap();
    }
    year.end();
    year
}

impl Day<'_> {
    fn live(&mut self, is_spoiled: bool) {
        let date = self.date;
        self.payments(is_spoiled);
        // The city pays each working day, until it does no more.
        let is_silent = is_spoiled && date >= day("2026-11-01");
        if !date.is_weekend() && !is_silent {
            let amount = 10_000 + self.chance.below(2_000) as i64;
            let city = "CITY".parse().unwrap();
            let payment = pay(
                &format!("city:{date}"),
                &city,
                amount,
                Through::Bank("city"),
                date,
            );
            self.at(9, 0, vec![payment]);
        }
        let is_forgotten = is_spoiled && date.month() == 12;
        if date.day() == 3 && date.month() > 1 && !is_forgotten {
            let period = date.plus_days(-3).unwrap().period();
            let close = EventKind::PeriodClose(PeriodClose {
                period,
                late_as_correction: false,
            });
            let body = format!(r#"{{"type":"period_close","period":"{period}"}}"#);
            self.at(
                10,
                0,
                vec![operation(&format!("close:{period}"), close, body, date)],
            );
        }
        if date == date.period().last_day() {
            self.charge();
        }
        // The second drive's last shift stays open.
        let stays_open = is_spoiled && date >= day("2026-12-30");
        self.year.time = date.at(23, 10).unwrap();
        let closing: &[usize] = if stays_open { &[0, 2] } else { &[0, 1, 2] };
        self.year.close_shifts(closing);
    }

    fn payments(&mut self, is_spoiled: bool) {
        let date = self.date;
        let mut paid = Vec::new();
        for (place, customer) in self.customers.iter_mut().enumerate() {
            if customer.pays_on != date.day() || (is_spoiled && is_debtor(place, date)) {
                continue;
            }
            let amount = match customer.is_prepaid {
                true => INET,
                false => std::mem::take(&mut customer.owes),
            };
            if amount > 0 {
                let key = format!("{}:{date}", customer.number);
                paid.push(pay(&key, &customer.number, amount, customer.through, date));
            }
        }
        let minute = self.chance.below(60) as u8;
        self.at(11, minute, paid);
    }

    /// All services of the month.
    fn charge(&mut self) {
        let (date, period) = (self.date, self.date.period());
        let mut charges = Vec::new();
        for (place, customer) in self.customers.iter_mut().enumerate() {
            let (service, amount) = match customer.is_prepaid {
                true => ("INET", INET),
                false => ("HEAT", 180_000 + self.chance.below(20_000) as i64),
            };
            let amount = match place == crate::defects::OVERCHARGED && self.charged > 1 {
                true => amount * self.charged,
                false => amount,
            };
            if !customer.is_prepaid {
                customer.owes += amount;
            }
            let key = format!("charge:{}:{period}", customer.number);
            charges.push(charge(
                &key,
                &customer.number,
                (service, period, amount),
                date,
            ));
        }
        self.at(22, 0, charges);
    }

    /// Accepts operations at a moment of the day, and forms their receipts.
    pub(crate) fn at(&mut self, hour: u8, minute: u8, operations: Vec<NewOperation>) {
        if !operations.is_empty() {
            self.year.time = self.date.at(hour, minute).unwrap();
            self.year.submit(operations);
            self.year.form(None);
        }
    }

    pub(crate) fn is(&self, date: &str) -> bool {
        self.date == day(date)
    }
}

/// Who does not pay any more.
fn is_debtor(place: usize, date: LocalDate) -> bool {
    (place == crate::defects::TOKEN_PAYER && date >= day("2026-09-01"))
        || (place == crate::defects::NON_PAYER && date >= day("2026-10-01"))
}

pub(crate) fn customer(place: usize) -> AccountNumber {
    format!("10{place:04}").parse().unwrap()
}

pub(crate) fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

pub(crate) fn kopecks(amount: i64) -> Kopecks {
    Kopecks::new(amount).unwrap()
}

pub(crate) fn operation(key: &str, kind: EventKind, body: String, date: LocalDate) -> NewOperation {
    NewOperation {
        in_bulk: true,
        key: key.to_owned(),
        body_hash: Sha256::digest(body.as_bytes()).into(),
        body,
        asked: engine::Event {
            id: key.to_owned(),
            date,
            kind,
        }
        .into(),
        callback: None,
        basis: None,
        api_key: None,
    }
}

/// A payment as the one who tells of it writes it.
pub(crate) fn pay(
    key: &str,
    account: &AccountNumber,
    amount: i64,
    through: Through,
    date: LocalDate,
) -> NewOperation {
    let sum = kopecks(amount);
    let (kind, channel, body) = match through {
        Through::Bank(bank) => (
            PartKind::Cashless,
            Channel::BankRegistry,
            format!(
                r#"{{"type":"payment","key":"{key}","account":"{account}","sum":"{sum}","bank":"{bank}"}}"#
            ),
        ),
        Through::Desk => (
            PartKind::Cash,
            Channel::Desk,
            format!(
                r#"{{"type":"payment","key":"{key}","account":"{account}","parts":[{{"kind":"cash","amount":"{sum}"}}],"channel":"desk"}}"#
            ),
        ),
        Through::File => (
            PartKind::Cashless,
            Channel::BankRegistry,
            format!(
                r#"{{"type":"payment","key":"{key}","account":"{account}","paid":"{date}","parts":[{{"kind":"cashless","amount":"{sum}"}}],"bank":{{"source":"sberbank","number":"{}"}}}}"#,
                key.rsplit(':').next().unwrap()
            ),
        ),
    };
    let payment = Payment {
        account: Some(account.clone()),
        parts: vec![Part { kind, amount: sum }],
        channel,
        explicit: Vec::new(),
        purpose_period: None,
    };
    operation(key, EventKind::Payment(payment), body, date)
}

pub(crate) fn charge(
    key: &str,
    account: &AccountNumber,
    (service, period, amount): (&str, Period, i64),
    date: LocalDate,
) -> NewOperation {
    let amount = kopecks(amount);
    let body = format!(
        r#"{{"type":"charge","key":"{key}","account":"{account}","lines":[{{"service":"{service}","period":"{period}","amount":"{amount}"}}]}}"#
    );
    let charge = Charge {
        account: account.clone(),
        lines: vec![ChargeLine {
            service: service.parse().unwrap(),
            period,
            amount,
        }],
    };
    operation(key, EventKind::Charge(charge), body, date)
}

/// Money of an advance goes back.
pub(crate) fn refund(
    key: &str,
    account: &AccountNumber,
    (amount, kind): (i64, MoneyKind),
    date: LocalDate,
) -> NewOperation {
    let refund = Refund {
        account: account.clone(),
        of: RefundOf::Advance {
            service: Some("HEAT".parse().unwrap()),
            period: None,
        },
        amount: kopecks(amount),
        kind,
        lost_date: None,
    };
    let body = format!(
        r#"{{"type":"refund","key":"{key}","account":"{account}","of":"advance","amount":"{}","kind":"{kind}"}}"#,
        kopecks(amount)
    );
    operation(key, EventKind::Refund(refund), body, date)
}

/// A payment that never became a receipt is restored.
pub(crate) fn restored(
    key: &str,
    account: &AccountNumber,
    (amount, lost): (i64, LocalDate),
    date: LocalDate,
) -> NewOperation {
    let restore = engine::RestorePayment {
        account: account.clone(),
        lost_date: lost,
        parts: vec![Part {
            kind: PartKind::Cashless,
            amount: kopecks(amount),
        }],
        order: None,
    };
    let body = format!(
        r#"{{"type":"restore_payment","key":"{key}","account":"{account}","lost_date":"{lost}"}}"#
    );
    let basis = Basis {
        reason: ReasonCode::LostSource,
        settlement_date: Some(lost),
        source_doc: Some(format!("реестр от {lost}")),
        wrong_doc: None,
        act: None,
        order: None,
        comment: String::new(),
    };
    NewOperation {
        basis: Some(Box::new(basis)),
        ..operation(key, EventKind::RestorePayment(restore), body, date)
    }
}

/// Declares the services; `television`: its rate.
pub(crate) fn declare(year: &mut Year, television: VatRate) {
    let service = |name: &str, priority, p21, vat| Service {
        name: name.to_owned(),
        vat: VatSchedule::fixed(vat),
        tax_system: TaxSystem::Common,
        priority,
        weight: kopecks(INET),
        p21,
        agent: None,
    };
    let services: Vec<(ServiceCode, Service)> = vec![
        (
            "INET".parse().unwrap(),
            service("Интернет", 1, true, VatRate::V22),
        ),
        (
            "HEAT".parse().unwrap(),
            service("Отопление", 2, true, VatRate::V22),
        ),
        (
            "TV".parse().unwrap(),
            service("Телевидение", 3, true, television),
        ),
    ];
    let services = services.into_iter().collect();
    year.ask(|writer, reply| writer.put_services(services, None, reply));
}
