//! Random histories: small numbers, so that they shrink, turned into events that mostly fit the
//! state they meet.

use engine::*;
use proptest::prelude::*;
use terms::*;

use crate::world::World;

/// One step of a history; what it means depends on the state.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: u8,
    account: usize,
    pick: usize,
    other: usize,
    money: i64,
    exact: u8,
    flag: bool,
    days: i32,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        (0_u8..21, 0..2_usize, 0..6_usize, 0..6_usize),
        (1_i64..200_000, 0_u8..8, any::<bool>(), 0_i32..12),
    );
    let step = step.prop_map(
        |((kind, account, pick, other), (money, exact, flag, days))| Step {
            kind,
            account,
            pick,
            other,
            money,
            exact,
            flag,
            days,
        },
    );
    prop::collection::vec(step, 1..24)
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

pub(crate) fn config() -> impl Strategy<Value = Config> {
    (
        (
            one_of(FfdVersion::ALL),
            one_of(Postpaid::ALL),
            one_of(OffsetMode::ALL),
            one_of(Allocation::ALL),
            one_of(PenaltyPlace::ALL),
        ),
        (
            one_of(PenaltyReceipt::ALL),
            one_of(AdvancePolicy::ALL),
            one_of(CreditPaymentVat::ALL),
            one_of(AgentOffset::ALL),
            one_of(&[100_u16, 3, 1]),
        ),
    )
        .prop_map(|(first, second)| Config {
            ffd: first.0,
            postpaid: first.1,
            offset_mode: first.2,
            allocation: first.3,
            penalties: first.4,
            penalty_receipt: second.0,
            advance: second.1,
            credit_payment_vat: second.2,
            agent_offset: second.3,
            max_lines: second.4.try_into().unwrap(),
            holidays: Default::default(),
        })
}

/// Two services of one kind, then one of another tax system, then one of another supplier.
pub(crate) fn services(count: usize) -> Vec<(ServiceCode, Service)> {
    let main = VatSchedule::new([
        ("2019-01-01".parse().unwrap(), VatRate::V20),
        ("2026-01-01".parse().unwrap(), VatRate::V22),
    ])
    .unwrap();
    let five = VatSchedule::fixed(VatRate::V5);
    let service = |name: &str, vat: &VatSchedule, tax_system, priority, weight| Service {
        name: name.to_owned(),
        vat: vat.clone(),
        tax_system,
        priority,
        weight: rub(weight),
        p21: name != "Master",
        agent: None,
    };
    let agent = Agent {
        kind: 4,
        supplier_inn: "7701000019".parse().unwrap(),
        supplier_name: "АО Водоканал".to_owned(),
        supplier_phone: "+74950000001".to_owned(),
    };
    let all = [
        (
            "INET",
            service("Internet", &main, TaxSystem::Common, 1, 65_000),
        ),
        ("TV", service("TV", &main, TaxSystem::Common, 2, 30_000)),
        ("MAST", service("Master", &five, TaxSystem::Patent, 2, 0)),
        (
            "COLD",
            Service {
                agent: Some(agent),
                ..service("Water", &main, TaxSystem::Common, 4, 60_000)
            },
        ),
    ];
    let all = all.into_iter().take(count);
    all.map(|(code, service)| (code.parse().unwrap(), service))
        .collect()
}

fn rub(kopecks: i64) -> Kopecks {
    Kopecks::new(kopecks).unwrap()
}

/// What may be wrong in a receipt; what it means depends on the receipt.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    kind: u8,
    receipt: prop::sample::Index,
    pick: usize,
    money: i64,
    from: bool,
    rejected: bool,
}

pub(crate) fn wrong() -> impl Strategy<Value = Wrong> {
    let of = (0_u8..12, any::<prop::sample::Index>(), 0_usize..6);
    let how = (1_i64..200_000, any::<bool>(), prop::bool::weighted(0.1));
    (of, how).prop_map(|((kind, receipt, pick), (money, from, rejected))| Wrong {
        kind,
        receipt,
        pick,
        money,
        from,
        rejected,
    })
}

impl Wrong {
    pub(crate) fn of(&self, world: &World) -> Option<(JournalReceipt, Change)> {
        let receipts: Vec<&JournalReceipt> = world.state.receipts.iter().collect();
        let journal = (*receipts.get(self.receipt.index(receipts.len().max(1)))?).clone();
        let line = journal.receipt.all_lines().first()?;
        let mut change = Change {
            rejected: self.rejected,
            ..Change::default()
        };
        let services: Vec<&ServiceCode> = world.setup.services.keys().collect();
        let service = services[self.pick % services.len()].clone();
        let from = |is: bool| is && self.from;
        match self.kind {
            0 => {
                let from = from(true).then(|| line.vat_code.rate());
                let to = VatRate::ALL[self.pick];
                change.vat = Some(Swap { from, to });
            }
            1 => change.tax_system = Some(TaxSystem::ALL[self.pick]),
            2 => {
                let from = from(true).then_some(PaidIn::Cash);
                let to = PaidIn::ALL[self.pick % 3];
                change.kind = Some(Swap { from, to });
            }
            3 | 4 => change.amount = Some(RightAmount::Total(rub(self.money))),
            5 => {
                let lines = journal.receipt.all_lines().iter().enumerate();
                let lines = lines.map(|(at, line)| match at == self.pick % 3 {
                    true => rub(line.amount.get().min(self.money) / 2),
                    false => line.amount,
                });
                change.amount = Some(RightAmount::Lines(lines.collect()));
            }
            6 | 7 => {
                let from = from(true).then(|| line.service.clone()).flatten();
                change.service = Some(Swap { from, to: service });
            }
            8 => {
                let from = from(line.period.is_some()).then_some(line.period).flatten();
                let to = journal.receipt.date.period();
                change.period = Some(Swap { from, to });
            }
            9 => {
                let numbers: Vec<_> = world.state.accounts.keys().cloned().collect();
                change.account = numbers.get(self.pick % 2).cloned();
            }
            10 => change.sign = Some(OperationSign::ALL[self.pick % 4]),
            _ => change.duplicate = true,
        }
        Some((journal, change))
    }
}

/// Makes the event of a step.
pub(crate) struct Teller<'a> {
    pub(crate) world: &'a World,
    pub(crate) step: &'a Step,
    pub(crate) number: usize,
    pub(crate) date: LocalDate,
}

impl Step {
    pub(crate) fn days(&self) -> i32 {
        self.days
    }

    pub(crate) fn is_fix(&self) -> bool {
        self.kind == 17
    }

    /// Things that reach an account without the engine: penalties and known invoices.
    pub(crate) fn happens_outside(
        &self,
        world: &mut World,
        number: usize,
        date: LocalDate,
    ) -> bool {
        let service = world
            .setup
            .services
            .keys()
            .nth(self.pick % world.setup.services.len());
        let service = service.unwrap().clone();
        let account = world.state.accounts.values_mut().nth(self.account).unwrap();
        match self.kind {
            18 => account.penalties.push(Penalty {
                id: format!("N{number}"),
                service,
                open: rub(self.money % 5_000 + 1),
            }),
            19 => account.invoices.push(Invoice {
                service,
                period: date.period().next().unwrap(),
                amount: rub(self.money),
            }),
            _ => return false,
        }
        true
    }
}

impl Teller<'_> {
    pub(crate) fn event(&self) -> Event {
        let account = self.account().number.clone();
        let kind = match self.step.kind {
            0 | 1 => EventKind::Payment(self.payment(Some(account), self.step.exact % 4, true)),
            2 => EventKind::Payment(self.payment(None, 0, false)),
            3 => EventKind::Identify(Identify {
                payment: self
                    .nth(&self.world.state.unidentified)
                    .map_or("P0".into(), |p| p.id.clone()),
                account,
            }),
            4..=6 => EventKind::Charge(self.charge(account)),
            7 => EventKind::PeriodClose(PeriodClose {
                period: self.month(),
                late_as_correction: self.step.flag,
            }),
            8 | 9 => EventKind::Refund(self.refund(account)),
            10 => EventKind::Recalc(self.recalc(account)),
            11 => EventKind::WriteOff(self.write_off(account)),
            12 | 13 => EventKind::Move(self.moved(account)),
            14 => EventKind::RestorePayment(RestorePayment {
                account,
                lost_date: self.date.plus_days(-(self.step.pick as i32) * 20).unwrap(),
                parts: self.parts(false),
                order: self.step.flag.then(|| "12-34".to_owned()),
            }),
            20 => EventKind::RestoreCharge(self.lost_charge(account)),
            15 | 16 => EventKind::CancelPayment(CancelPayment {
                account,
                original: self.journal(),
                reason: CancelReason::ALL[usize::from(self.step.flag)],
                order: None,
            }),
            _ => EventKind::FixReceipt(self.fix()),
        };
        Event {
            id: format!("E{}", self.number),
            date: self.date,
            kind,
        }
    }

    fn account(&self) -> &Account {
        self.world
            .state
            .accounts
            .values()
            .nth(self.step.account)
            .unwrap()
    }

    fn nth<'b, T>(&self, list: &'b [T]) -> Option<&'b T> {
        list.get(self.step.pick % list.len().max(1))
    }

    fn service(&self, nth: usize) -> ServiceCode {
        let services = &self.world.setup.services;
        services.keys().nth(nth % services.len()).unwrap().clone()
    }

    /// This month or one of the two before.
    fn month(&self) -> Period {
        let mut day = self.date;
        for _ in 0..self.step.other % 3 {
            day = day.plus_days(-i32::from(day.day())).unwrap();
        }
        day.period()
    }

    /// Often exactly what there is, sometimes a kopeck more.
    fn money(&self, there_is: Kopecks) -> Kopecks {
        match self.step.exact {
            0 | 1 if there_is.is_positive() => there_is,
            2 | 3 if there_is.get() > 1 => rub(there_is.get() / 2),
            4 => rub(there_is.get() + 1),
            _ => rub(self.step.money),
        }
    }

    fn parts(&self, counter: bool) -> Vec<Part> {
        let part = |kind, amount| Part {
            kind,
            amount: rub(amount),
        };
        let money = self.step.money;
        match (self.step.exact, counter) {
            (0, true) => vec![part(PartKind::Counter, money)],
            (1, true) => vec![
                part(PartKind::Counter, money / 2 + 1),
                part(PartKind::Cash, money),
            ],
            (2 | 3, _) => vec![
                part(PartKind::Cash, money / 3 + 1),
                part(PartKind::Cashless, money),
            ],
            (4, _) => vec![part(PartKind::Cash, money)],
            _ => vec![part(PartKind::Cashless, money)],
        }
    }

    fn payment(&self, account: Option<AccountNumber>, items: u8, any: bool) -> Payment {
        let mut explicit = Vec::new();
        let owner = self.account();
        let small = |open: Kopecks| rub(open.get().min(self.step.money) / 3 + 1);
        if items > 0
            && let Some(debt) = self.nth(&owner.debts)
        {
            explicit.push((ExplicitTarget::Debt(debt.id.clone()), small(debt.open)));
        }
        if items > 1
            && let Some(debt) = self.nth(&owner.written_off)
        {
            explicit.push((
                ExplicitTarget::WrittenOff(debt.id.clone()),
                small(debt.open),
            ));
        }
        if items > 2 {
            let service = self.step.flag.then(|| self.service(self.step.pick));
            explicit.push((
                ExplicitTarget::Advance(service),
                rub(self.step.money / 4 + 1),
            ));
            if let Some(penalty) = self.nth(&owner.penalties) {
                explicit.push((
                    ExplicitTarget::Penalty(penalty.id.clone()),
                    small(penalty.open),
                ));
            }
        }
        let channel = match self.step.other {
            0 if any => Channel::Desk,
            1 if any => Channel::Online,
            2 if any => Channel::Subsidy,
            _ => Channel::BankRegistry,
        };
        Payment {
            account,
            parts: self.parts(any),
            channel,
            explicit: explicit
                .into_iter()
                .map(|(target, amount)| ExplicitItem { target, amount })
                .collect(),
            purpose_period: self.step.flag.then(|| self.month()),
        }
    }

    fn charge(&self, account: AccountNumber) -> Charge {
        let line = |nth: usize, amount| ChargeLine {
            service: self.service(self.step.pick + nth),
            period: self.month(),
            amount,
        };
        let ahead = self
            .account()
            .advances
            .first()
            .map_or(Kopecks::ZERO, |lot| lot.amount);
        let mut lines = vec![line(0, self.money(ahead))];
        if self.step.flag {
            lines.push(line(1, rub(self.step.money / 2 + 1)));
        }
        Charge { account, lines }
    }

    /// The receipt of something that is charged: sometimes of too much.
    fn lost_charge(&self, account: AccountNumber) -> RestoreCharge {
        let owner = self.account();
        let debt = self.nth(&owner.debts);
        let settled = self.nth(&owner.settled).filter(|_| self.step.flag);
        let (service, period) = match (debt, settled) {
            (_, Some(settled)) => (settled.service.clone(), settled.period),
            (Some(debt), _) => (debt.service.clone(), debt.period),
            _ => (self.service(self.step.pick), self.month()),
        };
        let credit = debt.map_or(Kopecks::ZERO, |debt| self.money(debt.open));
        let prepaid = settled.map_or(Kopecks::ZERO, |settled| settled.amount);
        RestoreCharge {
            account,
            lost_date: self.date.plus_days(-(self.step.other as i32) * 20).unwrap(),
            lines: vec![LostChargeLine {
                service,
                period,
                amount: credit.add(prepaid).unwrap(),
                prepaid,
                credit,
            }],
            order: None,
        }
    }

    fn refund(&self, account: AccountNumber) -> Refund {
        let owner = self.account();
        let (of, there_is) = if self.step.kind == 8 {
            let lot = self.nth(&owner.advances);
            let service = lot.and_then(|lot| lot.service.clone());
            let period = lot.filter(|_| self.step.flag).and_then(|lot| lot.period);
            (
                RefundOf::Advance { service, period },
                lot.map(|lot| lot.amount),
            )
        } else {
            let settled = self.nth(&owner.settled);
            let of = RefundOf::Service {
                service: settled.map_or_else(|| self.service(0), |settled| settled.service.clone()),
                period: settled.map_or_else(|| self.month(), |settled| settled.period),
            };
            (of, settled.map(|settled| settled.amount))
        };
        Refund {
            account,
            of,
            amount: self.money(there_is.unwrap_or_default()),
            kind: MoneyKind::ALL[self.step.other % 2],
            lost_date: (self.step.other == 5).then(|| self.date.plus_days(-9).unwrap()),
        }
    }

    fn recalc(&self, account: AccountNumber) -> Recalc {
        let owner = self.account();
        let (service, period, there_is) = match (self.nth(&owner.debts), self.nth(&owner.settled)) {
            (Some(debt), _) if self.step.flag => (debt.service.clone(), debt.period, debt.open),
            (_, Some(settled)) => (settled.service.clone(), settled.period, settled.amount),
            _ => (self.service(self.step.pick), self.month(), Kopecks::ZERO),
        };
        Recalc {
            account,
            service,
            period,
            delta: self.money(there_is).negated(),
            to: RecalcTo::ALL[self.step.other % 2],
            kind: MoneyKind::ALL.get(self.step.other).copied(),
        }
    }

    fn write_off(&self, account: AccountNumber) -> WriteOff {
        let owner = self.account();
        let debt = self.nth(&owner.debts).map(|debt| WriteOffItem {
            target: WriteOffTarget::Debt(debt.id.clone()),
            amount: self.money(debt.open),
        });
        let penalty = self.nth(&owner.penalties).map(|penalty| WriteOffItem {
            target: WriteOffTarget::Penalty(penalty.id.clone()),
            amount: penalty.open,
        });
        WriteOff {
            account,
            reason: "limitation".to_owned(),
            items: debt.into_iter().chain(penalty).collect(),
        }
    }

    fn moved(&self, from_account: AccountNumber) -> Move {
        let lot = self.nth(&self.account().advances);
        let to = self
            .world
            .state
            .accounts
            .values()
            .nth(self.step.other % 2)
            .unwrap();
        let debt = self.nth(&to.debts).filter(|_| self.step.kind == 12);
        let there_is = match (lot, debt) {
            (Some(lot), Some(debt)) => lot.amount.min(debt.open),
            (Some(lot), None) => lot.amount,
            _ => Kopecks::ZERO,
        };
        let anywhere = (self.step.other < 5).then(|| self.service(self.step.other));
        Move {
            from_account,
            from_service: lot.and_then(|lot| lot.service.clone()),
            to_account: to.number.clone(),
            to_service: debt.map_or(anywhere, |debt| Some(debt.service.clone())),
            to_debt: debt.map(|debt| debt.id.clone()),
            amount: self.money(there_is),
            payer_order: self.step.flag,
        }
    }

    /// Mostly a payment of this account.
    fn journal(&self) -> String {
        let own = |journal: &&JournalReceipt| {
            self.step.exact == 0
                || journal.receipt.account.as_ref() == Some(&self.account().number)
                    && journal.receipt.operation == OperationSign::Income
                    && journal.receipt.payments.prepaid.is_zero()
                    && journal.receipt.payments.credit.is_zero()
        };
        let own: Vec<_> = self.world.state.receipts.iter().filter(own).collect();
        self.nth(&own)
            .map_or("J0".to_owned(), |journal| journal.id.clone())
    }

    /// The same receipt again, with another kind of money or another sum.
    fn fix(&self) -> FixReceipt {
        let original = self.journal();
        let wrong = self
            .world
            .state
            .receipts
            .iter()
            .find(|journal| journal.id == original);
        let mut payments = wrong
            .map(|journal| journal.receipt.payments)
            .unwrap_or_default();
        let mut lines: Vec<RightLine> = wrong
            .map(|journal| journal.receipt.all_lines())
            .unwrap_or_default()
            .iter()
            .map(|line| RightLine {
                name: line.name.clone(),
                method: line.method,
                subject: line.subject,
                amount: line.amount,
                vat_code: line.vat_code,
                service: line.service.clone(),
                period: line.period,
                agent: RightAgent::OfService,
                refs: line.refs.clone(),
            })
            .collect();
        if self.step.other < 3 {
            std::mem::swap(&mut payments.cash, &mut payments.cashless);
        } else if let Some(line) = lines.first_mut() {
            let more = rub(self.step.money % 100);
            line.amount = line.amount.add(more).unwrap();
            if let Some(reference) = line.refs.first_mut() {
                reference.amount = reference.amount.add(more).unwrap();
            }
            payments.cash = payments.cash.add(more).unwrap();
        }
        FixReceipt {
            original,
            right: RightReceipt {
                account: None,
                tax_system: None,
                operation: None,
                lines,
                payments,
            },
            ledger: self.step.flag,
            accepted: self.step.exact != 1,
            order: None,
        }
    }
}
