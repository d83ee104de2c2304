//! How a payment is spread over what is owed (receipt rules §1.7).

use terms::{Kopecks, Period, ServiceCode};

use crate::{
    Account, Allocation, Debt, ExplicitItem, ExplicitTarget, PenaltyPlace, Refusal, Setup,
    ledger::DebtList, share,
};

/// What each entry of the account gets.
pub(crate) struct Shares {
    /// Per debt of the account, in its order.
    pub(crate) debts: Vec<Kopecks>,
    /// Per debt: whether billing itself named it.
    pub(crate) named: Vec<bool>,
    /// Per written-off debt.
    pub(crate) written_off: Vec<Kopecks>,
    /// Per penalty.
    pub(crate) penalties: Vec<Kopecks>,
    /// Advances that billing itself named; none for the pool.
    pub(crate) advances: Vec<(Option<ServiceCode>, Kopecks)>,
    /// What is left.
    pub(crate) surplus: Kopecks,
}

/// Spreads `amount`: billing's own split first, then debts and penalties by policy.
pub(crate) fn allocate(
    setup: &Setup,
    account: &Account,
    amount: Kopecks,
    explicit: &[ExplicitItem],
    purpose: Option<Period>,
) -> Result<Shares, Refusal> {
    let mut shares = Shares {
        debts: vec![Kopecks::ZERO; account.debts.len()],
        named: vec![false; account.debts.len()],
        written_off: vec![Kopecks::ZERO; account.written_off.len()],
        penalties: vec![Kopecks::ZERO; account.penalties.len()],
        advances: Vec::new(),
        surplus: amount,
    };
    shares.by_billing(account, explicit)?;
    if setup.config.penalties == PenaltyPlace::First {
        shares.pay_penalties(setup, account)?;
    }
    shares.pay_debts(setup, account, purpose)?;
    if setup.config.penalties == PenaltyPlace::Last {
        shares.pay_penalties(setup, account)?;
    }
    Ok(shares)
}

impl Shares {
    fn by_billing(&mut self, account: &Account, items: &[ExplicitItem]) -> Result<(), Refusal> {
        let sum = Kopecks::sum(items.iter().map(|item| item.amount))?;
        if sum > self.surplus {
            return Err(Refusal::ExplicitExceedsPayment {
                items: sum,
                payment: self.surplus,
            });
        }
        for item in items {
            let (share, open, id) = match &item.target {
                ExplicitTarget::Debt(id) => {
                    let place = account.debt(DebtList::Open, id)?;
                    self.named[place] = true;
                    (&mut self.debts[place], account.debts[place].open, id)
                }
                ExplicitTarget::WrittenOff(id) => {
                    let place = account.debt(DebtList::WrittenOff, id)?;
                    let open = account.written_off[place].open;
                    (&mut self.written_off[place], open, id)
                }
                ExplicitTarget::Penalty(id) => {
                    let place = account.penalty(id)?;
                    let open = account.penalties[place].open;
                    (&mut self.penalties[place], open, id)
                }
                ExplicitTarget::Advance(service) => {
                    self.advances.push((service.clone(), item.amount));
                    continue;
                }
            };
            *share = share.add(item.amount)?;
            if *share > open {
                return Err(Refusal::ExplicitExceedsDebt {
                    id: id.clone(),
                    account: account.number.clone(),
                    amount: *share,
                    open,
                });
            }
        }
        self.surplus = self.surplus.sub(sum)?;
        Ok(())
    }

    fn pay_debts(
        &mut self,
        setup: &Setup,
        account: &Account,
        purpose: Option<Period>,
    ) -> Result<(), Refusal> {
        if self.surplus.is_zero() {
            return Ok(());
        }
        let queue = queue(setup, account, purpose);
        if setup.config.allocation == Allocation::Proportional {
            return self.pay_in_proportion(account, &queue);
        }
        for place in queue {
            let open = account.debts[place].open.sub(self.debts[place])?;
            let part = self.surplus.min(open);
            self.debts[place] = self.debts[place].add(part)?;
            self.surplus = self.surplus.sub(part)?;
        }
        Ok(())
    }

    fn pay_in_proportion(&mut self, account: &Account, queue: &[usize]) -> Result<(), Refusal> {
        let open = queue
            .iter()
            .map(|place| account.debts[*place].open.sub(self.debts[*place]))
            .collect::<terms::Result<Vec<_>>>()?;
        // Debts beyond the range of money only mean that all the money goes to them.
        let amount = Kopecks::sum(open.iter().copied())
            .map_or(self.surplus, |all_open| all_open.min(self.surplus));
        for (place, part) in queue.iter().zip(share::in_proportion(amount, &open)?) {
            self.debts[*place] = self.debts[*place].add(part)?;
            self.surplus = self.surplus.sub(part)?;
        }
        Ok(())
    }

    fn pay_penalties(&mut self, setup: &Setup, account: &Account) -> Result<(), Refusal> {
        if self.surplus.is_zero() {
            return Ok(());
        }
        for place in penalty_order(setup, account) {
            let open = account.penalties[place].open.sub(self.penalties[place])?;
            let part = self.surplus.min(open);
            self.penalties[place] = self.penalties[place].add(part)?;
            self.surplus = self.surplus.sub(part)?;
        }
        Ok(())
    }
}

/// The places of the debts in the order in which they are paid.
fn queue(setup: &Setup, account: &Account, purpose: Option<Period>) -> Vec<usize> {
    let mut queue: Vec<usize> = (0..account.debts.len()).collect();
    let debt = |place: &usize| &account.debts[*place];
    match setup.config.allocation {
        Allocation::Fifo | Allocation::Proportional => {
            queue.sort_by_key(|place| canonical(setup, debt(place)));
        }
        Allocation::Priority => queue.sort_by_key(|place| {
            let (period, priority, code, id) = canonical(setup, debt(place));
            (priority, code, period, id)
        }),
        Allocation::PeriodFirst => queue.sort_by_key(|place| {
            let named = Some(debt(place).period) == purpose;
            (!named, canonical(setup, debt(place)))
        }),
    }
    queue
}

/// The places of the penalties in canonical order.
pub(crate) fn penalty_order(setup: &Setup, account: &Account) -> Vec<usize> {
    let mut places: Vec<usize> = (0..account.penalties.len()).collect();
    places.sort_by_key(|place| {
        let penalty = &account.penalties[*place];
        (
            setup.priority(&penalty.service),
            &penalty.service,
            &penalty.id,
        )
    });
    places
}

/// The canonical order of debts, and the oldest-first queue (receipt rules §1.7, §1.10).
pub(crate) fn canonical<'a>(
    setup: &Setup,
    debt: &'a Debt,
) -> (Period, u32, &'a ServiceCode, &'a str) {
    let priority = setup.priority(&debt.service);
    (debt.period, priority, &debt.service, &debt.id)
}
