//! What events do to the entries of an account. Every step is checked; entries that reach zero stay
//! in their place until the event is done.

use terms::{Kopecks, Period, ServiceCode, VatRate};

use crate::{Account, Debt, Lot, Penalty, Refusal, Settled};

/// A part of an advance that is being consumed.
pub(crate) struct Taken {
    /// The place of the lot in the account.
    pub(crate) lot: usize,
    /// How much of it.
    pub(crate) amount: Kopecks,
}

impl Account {
    /// Takes up to `amount` from the advances that fit, oldest first, and returns what is missing.
    pub(crate) fn take(
        &mut self,
        fits: impl Fn(&Lot) -> bool,
        amount: Kopecks,
        taken: &mut Vec<Taken>,
    ) -> Result<Kopecks, Refusal> {
        if amount.is_zero() || self.advances.is_empty() {
            return Ok(amount);
        }
        let mut places: Vec<usize> = (0..self.advances.len())
            .filter(|place| {
                self.advances[*place].amount.is_positive() && fits(&self.advances[*place])
            })
            .collect();
        places.sort_by(|a, b| {
            let (a, b) = (&self.advances[*a], &self.advances[*b]);
            (a.date, &a.id).cmp(&(b.date, &b.id))
        });
        let mut missing = amount;
        for place in places {
            if missing.is_zero() {
                break;
            }
            let lot = &mut self.advances[place];
            let part = missing.min(lot.amount);
            lot.amount = lot.amount.sub(part)?;
            missing = missing.sub(part)?;
            taken.push(Taken {
                lot: place,
                amount: part,
            });
        }
        Ok(missing)
    }

    /// Takes exactly `amount` from the advances of `service` (none: the pool), oldest first.
    pub(crate) fn take_all(
        &mut self,
        service: Option<&ServiceCode>,
        period: Option<Period>,
        amount: Kopecks,
    ) -> Result<Vec<Taken>, Refusal> {
        let mut taken = Vec::new();
        let fits = |lot: &Lot| {
            lot.service.as_ref() == service && (period.is_none() || lot.period == period)
        };
        let missing = self.take(fits, amount, &mut taken)?;
        if missing.is_positive() {
            return Err(Refusal::InsufficientAdvance {
                service: service.map_or_else(|| "the pool".to_owned(), ToString::to_string),
                account: self.number.clone(),
                amount,
                available: amount.sub(missing)?,
            });
        }
        Ok(taken)
    }

    /// Adds a new advance.
    pub(crate) fn add_lot(&mut self, lot: Lot) -> Result<(), Refusal> {
        match self.advances.iter_mut().find(|other| other.id == lot.id) {
            None => self.advances.push(lot),
            Some(emptied) if emptied.amount.is_zero() => *emptied = lot,
            Some(_) => return Err(self.conflict(lot.id)),
        }
        Ok(())
    }

    /// Adds a new debt.
    pub(crate) fn add_debt(&mut self, debt: Debt) -> Result<(), Refusal> {
        if self.debts.iter().any(|other| other.id == debt.id) {
            return Err(self.conflict(debt.id));
        }
        self.debts.push(debt);
        Ok(())
    }

    /// Notes that `amount` of a charge is paid or offset.
    pub(crate) fn settle(
        &mut self,
        service: &ServiceCode,
        period: Period,
        vat: VatRate,
        amount: Kopecks,
    ) -> Result<(), Refusal> {
        let same = |entry: &&mut Settled| {
            entry.period == period && entry.vat == vat && entry.service == *service
        };
        match self.settled.iter_mut().rev().find(same) {
            Some(entry) => entry.amount = entry.amount.add(amount)?,
            None => self.settled.push(Settled {
                service: service.clone(),
                period,
                amount,
                vat,
            }),
        }
        Ok(())
    }

    /// How much of a charge is paid or offset.
    pub(crate) fn settled_of(
        &self,
        service: &ServiceCode,
        period: Period,
    ) -> Result<Kopecks, Refusal> {
        let same = |entry: &&Settled| entry.period == period && entry.service == *service;
        let amounts = self.settled.iter().filter(same).map(|entry| entry.amount);
        Ok(Kopecks::sum(amounts)?)
    }

    /// Takes `amount` out of what is settled of a charge; returns it by rate.
    pub(crate) fn unsettle(
        &mut self,
        service: &ServiceCode,
        period: Period,
        amount: Kopecks,
    ) -> Result<Vec<(VatRate, Kopecks)>, Refusal> {
        let settled = self.settled_of(service, period)?;
        if amount > settled {
            return Err(Refusal::ExceedsSettled {
                service: service.clone(),
                period,
                account: self.number.clone(),
                amount,
                settled,
            });
        }
        let mut by_rate = Vec::new();
        let mut left = amount;
        let same = |entry: &&mut Settled| entry.period == period && entry.service == *service;
        for entry in self.settled.iter_mut().filter(same) {
            let part = left.min(entry.amount);
            if part.is_positive() {
                entry.amount = entry.amount.sub(part)?;
                left = left.sub(part)?;
                by_rate.push((entry.vat, part));
            }
        }
        Ok(by_rate)
    }

    /// Moves `amount` from settled back to the debt `id`, which is re-created when it vanished.
    ///
    /// A debt whose lost charge receipt was restored meanwhile has the other kind of `credit`: what
    /// was paid by 1214 = 4 then has no credit receipt even so, and is a debt of its own, `{id}/4`.
    pub(crate) fn reopen(
        &mut self,
        list: DebtList,
        id: &str,
        (service, period): (&ServiceCode, Period),
        amount: Kopecks,
        credit: bool,
    ) -> Result<(), Refusal> {
        let vat = match self.unsettle(service, period, amount)?.first() {
            Some((vat, _)) => *vat,
            None => return Ok(()),
        };
        let debts = match list {
            DebtList::Open => &mut self.debts,
            DebtList::WrittenOff => &mut self.written_off,
        };
        let named = |debt: &&Debt| debt.id == id && !debt.open.is_zero();
        let mut named = debts.iter().filter(named).peekable();
        let is_other = named.peek().is_some() && named.all(|debt| debt.credit != credit);
        let id = match is_other {
            true => format!("{id}/{}", if credit { 7 } else { 4 }),
            false => id.to_owned(),
        };
        let same =
            |debt: &&mut Debt| debt.id == id && (debt.credit == credit || debt.open.is_zero());
        match debts.iter_mut().find(same) {
            Some(debt) if (&debt.service, debt.period) != (service, period) => {
                return Err(self.conflict(id));
            }
            Some(debt) => {
                debt.open = debt.open.add(amount)?;
                debt.credit = credit;
            }
            None => debts.push(Debt {
                id,
                service: service.clone(),
                period,
                open: amount,
                vat,
                credit,
            }),
        }
        Ok(())
    }

    /// Adds `amount` to the penalty `id`, which is re-created when it vanished.
    pub(crate) fn reopen_penalty(
        &mut self,
        id: &str,
        service: &ServiceCode,
        amount: Kopecks,
    ) -> Result<(), Refusal> {
        match self.penalties.iter_mut().find(|penalty| penalty.id == id) {
            Some(penalty) => penalty.open = penalty.open.add(amount)?,
            None => self.penalties.push(Penalty {
                id: id.to_owned(),
                service: service.clone(),
                open: amount,
            }),
        }
        Ok(())
    }

    /// The place of the debt `id`.
    pub(crate) fn debt(&self, list: DebtList, id: &str) -> Result<usize, Refusal> {
        let (debts, what) = match list {
            DebtList::Open => (&self.debts, "debt"),
            DebtList::WrittenOff => (&self.written_off, "written-off debt"),
        };
        debts
            .iter()
            .position(|debt| debt.id == id)
            .ok_or_else(|| self.unknown(what, id))
    }

    /// The place of the penalty `id`.
    pub(crate) fn penalty(&self, id: &str) -> Result<usize, Refusal> {
        self.penalties
            .iter()
            .position(|penalty| penalty.id == id)
            .ok_or_else(|| self.unknown("penalty", id))
    }

    /// Drops what reached zero.
    pub(crate) fn drop_zeros(&mut self) {
        self.debts.retain(|debt| !debt.open.is_zero());
        self.written_off.retain(|debt| !debt.open.is_zero());
        self.penalties.retain(|penalty| !penalty.open.is_zero());
        self.advances.retain(|lot| !lot.amount.is_zero());
        self.settled.retain(|settled| !settled.amount.is_zero());
    }

    /// «`id` is in use already.»
    pub(crate) fn conflict(&self, id: String) -> Refusal {
        Refusal::Conflict {
            id,
            account: self.number.clone(),
        }
    }

    fn unknown(&self, what: &'static str, id: &str) -> Refusal {
        Refusal::UnknownDebt {
            what,
            id: id.to_owned(),
            account: self.number.clone(),
        }
    }
}

/// The list that holds a debt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DebtList {
    /// On the balance.
    Open,
    /// Off the balance.
    WrittenOff,
}
