//! How a payment is spread over what is owed (receipt rules §1.7).

use terms::{Kopecks, LocalDate, Period, ServiceCode};

use crate::{
    Account, Allocation, Debt, ExplicitItem, ExplicitTarget, PenaltyPlace, Refusal, Setup,
    ledger::DebtList, share,
};

/// What each entry of the account gets.
pub(crate) struct Shares {
    /// Per debt of the account, in its order.
    pub(crate) debts: Vec<Kopecks>,
    /// Per debt: what its share rests on.
    pub(crate) via: Vec<Via>,
    /// Per written-off debt.
    pub(crate) written_off: Vec<Kopecks>,
    /// Per penalty.
    pub(crate) penalties: Vec<Kopecks>,
    /// Advances that billing itself named; none for the pool.
    pub(crate) advances: Vec<(Option<ServiceCode>, Kopecks)>,
    /// What is left.
    pub(crate) surplus: Kopecks,
}

/// What the share of a debt rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Via {
    /// The policies.
    Policy,
    /// Billing itself named the debt.
    Billing,
    /// The debt came after the money: an advance would have been consumed by its credit receipt.
    Later,
}

/// What decides about a split besides the account and the policies.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wishes<'a> {
    /// Billing's own split.
    pub(crate) explicit: &'a [ExplicitItem],
    /// The month that the payer named.
    pub(crate) purpose: Option<Period>,
    /// The past day on which the money came: the split is that of the ledger of this day.
    ///
    /// A debt knows no day of its charge, only the month of its service. \[C\] It was open on the
    /// day when its month had ended by then (the last day of a month counts as ended: charges are
    /// made on it). Debts of later months did not exist: the money would have been an advance, to
    /// be consumed by the charges as they came. Where such a charge has a credit receipt that is
    /// still open, the money pays it now (1214 = 7, receipt rules §4.2 step 4), oldest month first
    /// whatever the policy. A later debt without a credit receipt is left alone: that money is an
    /// advance, and its offset (`move`) has a receipt of its own.
    ///
    /// Penalties know no day at all \[C\]: they keep their place before or after all debts.
    pub(crate) as_of: Option<LocalDate>,
    /// Only debts of this service, and no penalties; those of [`purpose`](Self::purpose) first.
    pub(crate) only: Option<&'a ServiceCode>,
    /// Whether penalties are left out.
    pub(crate) no_penalties: bool,
}

/// Spreads `amount`: billing's own split first, then debts and penalties by policy.
pub(crate) fn allocate(
    setup: &Setup,
    account: &Account,
    amount: Kopecks,
    wishes: Wishes<'_>,
) -> Result<Shares, Refusal> {
    let mut shares = Shares {
        debts: vec![Kopecks::ZERO; account.debts.len()],
        via: vec![Via::Policy; account.debts.len()],
        written_off: vec![Kopecks::ZERO; account.written_off.len()],
        penalties: vec![Kopecks::ZERO; account.penalties.len()],
        advances: Vec::new(),
        surplus: amount,
    };
    let penalties = wishes.only.is_none() && !wishes.no_penalties;
    shares.by_billing(account, wishes.explicit)?;
    if penalties && setup.config.penalties == PenaltyPlace::First {
        shares.pay_penalties(setup, account)?;
    }
    shares.pay_debts(setup, account, wishes)?;
    if penalties && setup.config.penalties == PenaltyPlace::Last {
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
                    self.via[place] = Via::Billing;
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
        wishes: Wishes<'_>,
    ) -> Result<(), Refusal> {
        if self.surplus.is_zero() {
            return Ok(());
        }
        let mut queue = queue(setup, account, wishes);
        let mut later = Vec::new();
        if let Some(day) = wishes.as_of {
            let was_open = |place: &usize| {
                let period = account.debts[*place].period;
                period.last_day() <= day || wishes.only.is_some() && wishes.purpose == Some(period)
            };
            later = queue.extract_if(.., |place| !was_open(place)).collect();
            later.retain(|place| account.debts[*place].credit);
            later.sort_by_key(|place| canonical(setup, &account.debts[*place]));
        }
        if setup.config.allocation == Allocation::Proportional && wishes.only.is_none() {
            self.pay_in_proportion(account, &queue)?;
        } else {
            self.pay_in_order(account, &queue)?;
        }
        for place in &later {
            self.via[*place] = Via::Later;
        }
        self.pay_in_order(account, &later)
    }

    fn pay_in_order(&mut self, account: &Account, queue: &[usize]) -> Result<(), Refusal> {
        for place in queue {
            let open = account.debts[*place].open.sub(self.debts[*place])?;
            let part = self.surplus.min(open);
            self.debts[*place] = self.debts[*place].add(part)?;
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
fn queue(setup: &Setup, account: &Account, wishes: Wishes<'_>) -> Vec<usize> {
    let debt = |place: &usize| &account.debts[*place];
    let mut queue: Vec<usize> = (0..account.debts.len())
        .filter(|place| wishes.only.is_none_or(|only| debt(place).service == *only))
        .collect();
    // Who asks for one service names its month.
    let allocation = match wishes.only {
        Some(_) => Allocation::PeriodFirst,
        None => setup.config.allocation,
    };
    match allocation {
        Allocation::Fifo | Allocation::Proportional => {
            queue.sort_by_key(|place| canonical(setup, debt(place)));
        }
        Allocation::Priority => queue.sort_by_key(|place| {
            let (period, priority, code, id) = canonical(setup, debt(place));
            (priority, code, period, id)
        }),
        Allocation::PeriodFirst => queue.sort_by_key(|place| {
            let named = Some(debt(place).period) == wishes.purpose;
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
