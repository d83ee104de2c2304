//! What billing sends while drives work: payments of debts, charges that advances cover, and
//! refunds of advances, each of an account of its own and each with one receipt.

use std::{
    collections::BTreeMap,
    ops::Range,
    time::{Duration, Instant},
};

use desk::{
    Account, Channel, Charge, ChargeLine, Debt, Desk, Event, EventKind, Lot, MoneyKind,
    NewOperation, Part, PartKind, Payment, Refund, RefundOf, Service, Submitted, VatSchedule,
};
use terms::{Id, Kopecks, LocalDate, PaymentMethod, ServiceCode, TaxSystem, VatRate};

use crate::provider::{self, Outcome};

const SERVICES: [(&str, &str); 2] = [("INET", "Доступ в интернет"), ("TV", "Кабельное ТВ")];
const PERIOD: &str = "2026-09";
/// Of ten operations.
const PAYMENTS: usize = 6;
const CHARGES: usize = 3;

/// What an operation is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// A debt is paid: a receipt of one line.
    Payment,
    /// Two services are charged, an advance covers them: a receipt of two lines.
    Charge,
    /// A part of an advance goes back: a receipt of one line.
    Refund,
}

impl Kind {
    const fn of(index: usize) -> Self {
        match index % 10 {
            place if place < PAYMENTS => Self::Payment,
            place if place < PAYMENTS + CHARGES => Self::Charge,
            _ => Self::Refund,
        }
    }
}

/// Operations in an endless row, and the receipts of those that were submitted.
pub(crate) struct Load {
    desk: Desk,
    date: LocalDate,
    next: usize,
    end: usize,
    pub(crate) receipts: BTreeMap<Id, Kind>,
}

impl Load {
    /// Opens accounts for `most` operations.
    pub(crate) async fn prepare(desk: &Desk, most: usize) -> Outcome<Self> {
        Self::prepare_after(desk, 0, most).await
    }

    /// The same, after so many accounts that belong to somebody else.
    pub(crate) async fn prepare_after(desk: &Desk, after: usize, most: usize) -> Outcome<Self> {
        let service = |name: &str| Service {
            name: name.to_owned(),
            vat: VatSchedule::fixed(VatRate::V22),
            tax_system: TaxSystem::Common,
            priority: 1,
            weight: Kopecks::ZERO,
            p21: true,
            agent: None,
        };
        let services = SERVICES
            .iter()
            .map(|(code, name)| Ok((code.parse()?, service(name))))
            .collect::<terms::Result<BTreeMap<ServiceCode, Service>>>()?;
        desk.put_services(services, None).await?;
        let accounts = (after..after + most)
            .map(account)
            .collect::<Outcome<Vec<_>>>()?;
        desk.put_accounts(accounts, None).await?;
        Ok(Self {
            desk: desk.clone(),
            date: desk.clock().local().date(),
            next: after,
            end: after + most,
            receipts: BTreeMap::new(),
        })
    }

    /// Submits the next `count` operations together, as a registry.
    pub(crate) async fn submit(&mut self, count: usize) -> Outcome {
        let upto = (self.next + count).min(self.end);
        let range = std::mem::replace(&mut self.next, upto)..upto;
        let kinds = range.clone().map(Kind::of);
        let operations = self.operations(range.clone())?;
        for (submitted, kind) in self.desk.submit(operations, None).await?.iter().zip(kinds) {
            match submitted {
                Submitted::Accepted { receipts, .. } if receipts.len() == 1 => {
                    self.receipts.extend(receipts.iter().map(|it| (*it, kind)));
                }
                other => return Err(format!("a {kind:?} came to {other:?}").into()),
            }
        }
        Ok(())
    }

    /// Submits the next operations one by one until `end`, `rate` a second.
    pub(crate) async fn trickle(&mut self, rate: f64, end: Instant) -> Outcome {
        let pause = Duration::from_secs_f64(1.0 / rate);
        let mut next = Instant::now();
        while next < end {
            tokio::time::sleep_until(next.into()).await;
            self.submit(1).await?;
            next += pause;
        }
        Ok(())
    }

    fn operations(&self, range: Range<usize>) -> Outcome<Vec<NewOperation>> {
        range
            .map(|index| {
                let key = format!("operation-{index}");
                let event = Event {
                    id: key.clone(),
                    date: self.date,
                    kind: event(index)?,
                };
                let body = format!("{{\"operation\":{index}}}");
                Ok(NewOperation {
                    key,
                    body,
                    asked: event.into(),
                    callback: None,
                    basis: None,
                })
            })
            .collect()
    }
}

/// Sums of all lengths that are usual.
fn sum(index: usize) -> terms::Result<Kopecks> {
    Kopecks::new(10_000 + 1_777 * (index as i64 % 100))
}

fn account(index: usize) -> Outcome<Account> {
    let number = provider::account(index);
    let mut account = Account {
        contact: Some(format!("abonent{number}@example.ru")),
        ..Account::new(number.parse()?)
    };
    let (service, _) = SERVICES[0];
    match Kind::of(index) {
        Kind::Payment => account.debts.push(Debt {
            id: format!("{PERIOD}/{service}/{number}"),
            service: service.parse()?,
            period: PERIOD.parse()?,
            open: sum(index)?,
            vat: VatRate::V22,
            credit: true,
        }),
        Kind::Charge | Kind::Refund => {
            for (service, _) in SERVICES {
                account.advances.push(Lot {
                    id: format!("before/{number}/{service}"),
                    service: Some(service.parse()?),
                    period: None,
                    amount: Kopecks::new(1_000_000)?,
                    vat: VatRate::V22,
                    date: "2026-09-10".parse()?,
                    kind: MoneyKind::Cashless,
                    method: PaymentMethod::Advance,
                });
            }
        }
    }
    Ok(account)
}

fn event(index: usize) -> Outcome<EventKind> {
    let account = provider::account(index).parse()?;
    let amount = sum(index)?;
    Ok(match Kind::of(index) {
        Kind::Payment => EventKind::Payment(Payment {
            account: Some(account),
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount,
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        }),
        Kind::Charge => {
            let line = |(service, _): &(&str, &str)| -> Outcome<ChargeLine> {
                Ok(ChargeLine {
                    service: service.parse()?,
                    period: PERIOD.parse()?,
                    amount,
                })
            };
            EventKind::Charge(Charge {
                account,
                lines: SERVICES.iter().map(line).collect::<Outcome<_>>()?,
            })
        }
        Kind::Refund => EventKind::Refund(Refund {
            account,
            of: RefundOf::Advance {
                service: Some(SERVICES[0].0.parse()?),
                period: None,
            },
            amount,
            kind: MoneyKind::Cashless,
            lost_date: None,
        }),
    })
}
