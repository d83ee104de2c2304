//! The month of a provider with two services: accounts with an advance that covers their charge,
//! covers it in part, or is not there; what is charged; and a payment over three debts.

#![allow(dead_code, reason = "every bench uses its own part")]

use engine::{
    Account, AdvancePolicy, Before, Channel, Charge, ChargeLine, Config, Debt, Event, EventKind,
    Lot, MoneyKind, Part, PartKind, Payment, Service, Setup, VatSchedule,
};
use terms::{Kopecks, PaymentMethod, TaxSystem, VatRate};

use crate::provider::Outcome;

const INTERNET: &str = "INET";
const TELEVISION: &str = "TV";
const PERIOD: &str = "2026-03";
const DAY: &str = "2026-03-31";

pub(crate) fn setup() -> Outcome<Setup> {
    let service = |name: &str, priority, weight| -> Outcome<Service> {
        Ok(Service {
            name: name.to_owned(),
            vat: VatSchedule::new([
                ("2019-01-01".parse()?, VatRate::V20),
                ("2026-01-01".parse()?, VatRate::V22),
            ])?,
            tax_system: TaxSystem::Common,
            priority,
            weight: Kopecks::new(weight)?,
            p21: true,
            agent: None,
        })
    };
    Ok(Setup {
        config: Config {
            advance: AdvancePolicy::Pool,
            ..Config::default()
        },
        services: [
            (INTERNET.parse()?, service("Доступ в интернет", 1, 65_000)?),
            (TELEVISION.parse()?, service("Кабельное ТВ", 2, 30_000)?),
        ]
        .into(),
    })
}

pub(crate) fn account(index: usize) -> Outcome<Account> {
    let number = number(index);
    // Enough, a part, nothing.
    let advance = [120_000, 40_000, 0][index % 3];
    let mut account = Account {
        contact: Some(format!("abonent{number}@example.ru")),
        ..Account::new(number.parse()?)
    };
    if advance > 0 {
        account.advances.push(Lot {
            id: format!("2026-03/{number}/POOL"),
            service: None,
            period: None,
            amount: Kopecks::new(advance)?,
            vat: VatRate::V22,
            date: "2026-03-10".parse()?,
            kind: MoneyKind::Cashless,
            method: PaymentMethod::Advance,
        });
    }
    Ok(account)
}

pub(crate) fn charge(index: usize) -> Outcome<Event> {
    let number = number(index);
    let line = |service: &str, amount| -> Outcome<ChargeLine> {
        Ok(ChargeLine {
            service: service.parse()?,
            period: PERIOD.parse()?,
            amount: Kopecks::new(amount)?,
        })
    };
    Ok(Event {
        id: format!("2026-03/charge/{number}"),
        date: DAY.parse()?,
        kind: EventKind::Charge(Charge {
            account: number.parse()?,
            lines: vec![line(INTERNET, 65_000)?, line(TELEVISION, 30_000)?],
        }),
    })
}

/// The number of the account with this index.
pub(crate) fn number(index: usize) -> String {
    format!("{}", 1_000_000 + index)
}

/// An account with three debts, and a payment that leaves something.
pub(crate) fn payment() -> Outcome<(Account, Event)> {
    let debt = |service: &str, period: &str, open| -> Outcome<Debt> {
        Ok(Debt {
            id: format!("{period}/{service}/1000001"),
            service: service.parse()?,
            period: period.parse()?,
            open: Kopecks::new(open)?,
            vat: VatRate::V22,
            credit: true,
        })
    };
    let account = Account {
        contact: Some("abonent@example.ru".to_owned()),
        debts: vec![
            debt(INTERNET, "2026-02", 65_000)?,
            debt(INTERNET, "2026-01", 65_000)?,
            debt(TELEVISION, "2026-02", 30_000)?,
        ],
        ..Account::new("1000001".parse()?)
    };
    let event = Event {
        id: "bank/2026-03-05/000001".to_owned(),
        date: "2026-03-05".parse()?,
        kind: EventKind::Payment(Payment {
            account: Some(account.number.clone()),
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount: Kopecks::new(200_000)?,
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        }),
    };
    Ok((account, event))
}

/// Only the sums of such a payment: what goes to which debt, what is left, the taxes.
pub(crate) fn payment_arithmetic(before: &Before, event: &Event) -> Outcome<(Kopecks, Kopecks)> {
    let EventKind::Payment(payment) = &event.kind else {
        return Err("a payment".into());
    };
    let number = payment.account.as_ref().ok_or("a payer")?;
    let account = before.accounts.get(number).ok_or("an account")?;
    let mut left = Kopecks::sum(payment.parts.iter().map(|part| part.amount))?;
    let mut tax = Kopecks::ZERO;
    for debt in &account.debts {
        let paid = left.min(debt.open);
        left = left.sub(paid)?;
        tax = tax.add(debt.vat.tax_in(paid))?;
    }
    Ok((left, tax.add(VatRate::V22.tax_in(left))?))
}

/// Only the sums of such a charge: what advances cover, what is owed, the taxes.
pub(crate) fn charge_arithmetic(
    setup: &Setup,
    before: &Before,
    event: &Event,
) -> Outcome<[Kopecks; 4]> {
    let EventKind::Charge(charge) = &event.kind else {
        return Err("a charge".into());
    };
    let account = before.accounts.get(&charge.account).ok_or("an account")?;
    let mut left = Kopecks::sum(account.advances.iter().map(|lot| lot.amount))?;
    let (mut total, mut prepaid, mut tax) = (Kopecks::ZERO, Kopecks::ZERO, Kopecks::ZERO);
    for line in &charge.lines {
        let service = setup.services.get(&line.service).ok_or("a service")?;
        let covered = left.min(line.amount);
        left = left.sub(covered)?;
        prepaid = prepaid.add(covered)?;
        total = total.add(line.amount)?;
        let rate = service.vat.rate_on(line.period.last_day());
        tax = tax.add(rate.tax_in(line.amount))?;
    }
    Ok([total, prepaid, total.sub(prepaid)?, tax])
}
