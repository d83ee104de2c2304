//! What an event has changed on an account, entry by entry, and how that is taken back while nothing
//! of it was formed.

use terms::{AccountNumber, Kopecks};

use crate::{Account, Debt, Invoice, Lot, Penalty, Plan, Refusal, Settled};

/// What one event has changed on one account.
///
/// It is noted when the event is accepted, because later nobody can tell: an entry that reaches zero
/// is dropped, with the day and the rate that it had.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountChange {
    /// The account.
    pub account: AccountNumber,
    /// Changes of [`Account::debts`]; the other lists in the same way.
    pub debts: Vec<EntryChange<Debt>>,
    /// Penalties.
    pub penalties: Vec<EntryChange<Penalty>>,
    /// Advances.
    pub advances: Vec<EntryChange<Lot>>,
    /// What is settled.
    pub settled: Vec<EntryChange<Settled>>,
    /// Debts off the balance.
    pub written_off: Vec<EntryChange<Debt>>,
    /// Bills that a charge has ended.
    pub invoices: Vec<EntryChange<Invoice>>,
}

/// How one entry has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryChange<T> {
    /// Its place in the list before the event; for a new entry the length of that list.
    pub place: usize,
    /// The entry as it was; of nothing, when the event made it.
    pub before: T,
    /// What was left of it; nothing, when it was dropped.
    pub after: Kopecks,
}

impl AccountChange {
    /// What lies between two states of one account. Contact and payer are no event's.
    pub fn between(before: &Account, after: &Account) -> Self {
        Self {
            account: after.number.clone(),
            debts: differences(&before.debts, &after.debts),
            penalties: differences(&before.penalties, &after.penalties),
            advances: differences(&before.advances, &after.advances),
            settled: differences(&before.settled, &after.settled),
            written_off: differences(&before.written_off, &after.written_off),
            invoices: differences(&before.invoices, &after.invoices),
        }
    }

    /// Whether nothing has changed.
    pub const fn is_nothing(&self) -> bool {
        self.debts.is_empty()
            && self.penalties.is_empty()
            && self.advances.is_empty()
            && self.settled.is_empty()
            && self.written_off.is_empty()
            && self.invoices.is_empty()
    }
}

impl Plan {
    /// What the plan changes on each account, against the accounts before it.
    pub fn changes<'a>(
        &'a self,
        before: impl Fn(&AccountNumber) -> Option<&'a Account>,
    ) -> Vec<AccountChange> {
        let changes = self
            .accounts
            .iter()
            .map(|after| match before(&after.number) {
                Some(before) => AccountChange::between(before, after),
                None => AccountChange::between(&Account::new(after.number.clone()), after),
            });
        changes.filter(|change| !change.is_nothing()).collect()
    }
}

/// The account as if the event had not been: what the event has made vanishes, what it has used is
/// there again, to the kopeck. What other events have changed meanwhile stays.
///
/// Only receipts that were never formed may be taken back so; a formed one is undone by a receipt.
///
/// # Errors
/// [`Refusal::UsedSince`] when a later event has used what this one made, or has given another
/// meaning to what this one used: then the two cannot be told apart.
pub fn take_back(now: &Account, change: &AccountChange) -> Result<Account, Refusal> {
    let used = |what: String| Refusal::UsedSince {
        what,
        account: change.account.clone(),
    };
    Ok(Account {
        debts: restored(&now.debts, &change.debts).map_err(used)?,
        penalties: restored(&now.penalties, &change.penalties).map_err(used)?,
        advances: restored(&now.advances, &change.advances).map_err(used)?,
        settled: restored(&now.settled, &change.settled).map_err(used)?,
        written_off: restored(&now.written_off, &change.written_off).map_err(used)?,
        invoices: restored(&now.invoices, &change.invoices).map_err(used)?,
        ..now.clone()
    })
}

/// An entry of an account's list: a sum, and what the sum is of.
trait Entry: Clone {
    fn amount(&self) -> Kopecks;
    fn amount_mut(&mut self) -> &mut Kopecks;
    /// Whether both are of the same, whatever their sums.
    fn is_like(&self, other: &Self) -> bool;
    /// Whether what comes back of `other` is added to this one.
    fn takes_up(&self, other: &Self) -> bool {
        self.is_like(other)
    }
    /// Whether both have one identifier: then they must be alike.
    fn is_named_like(&self, other: &Self) -> bool;
    /// For messages.
    fn name(&self) -> String;
}

fn differences<T: Entry>(before: &[T], after: &[T]) -> Vec<EntryChange<T>> {
    let mut changes: Vec<EntryChange<T>> = Vec::new();
    let mut rest = after.iter().peekable();
    for (place, entry) in before.iter().enumerate() {
        // Events keep the order: what is not at its turn is dropped.
        let left = rest.next_if(|next| next.is_like(entry));
        let after = left.map_or(Kopecks::ZERO, Entry::amount);
        if after != entry.amount() {
            changes.push(EntryChange {
                place,
                before: entry.clone(),
                after,
            });
        }
    }
    for new in rest {
        let dropped =
            |change: &EntryChange<T>| change.after.is_zero() && change.before.is_like(new);
        match changes.iter_mut().find(|change| dropped(change)) {
            Some(change) => change.after = new.amount(),
            None => {
                let mut nothing = new.clone();
                *nothing.amount_mut() = Kopecks::ZERO;
                changes.push(EntryChange {
                    place: before.len(),
                    before: nothing,
                    after: new.amount(),
                });
            }
        }
    }
    changes.retain(|change| change.before.amount() != change.after);
    changes
}

/// The list without the changes; what was used since is the error.
fn restored<T: Entry>(now: &[T], changes: &[EntryChange<T>]) -> Result<Vec<T>, String> {
    let mut list = now.to_vec();
    let (grown, shrunk): (Vec<_>, Vec<_>) = changes
        .iter()
        .partition(|change| change.after > change.before.amount());
    for EntryChange { before, after, .. } in grown {
        let used = || format!("what it added to {} was used since", before.name());
        let place = list.iter().position(|entry| entry.is_like(before));
        let place = place.ok_or_else(used)?;
        let left = list[place].amount();
        // Less than it left behind: some of it is gone, and whose part that was cannot be told.
        if left < *after {
            return Err(used());
        }
        let beyond = || format!("{} leaves the range of money", before.name());
        let added = after.sub(before.amount()).map_err(|_| beyond())?;
        *list[place].amount_mut() = left.sub(added).map_err(|_| beyond())?;
    }
    list.retain(|entry| !entry.amount().is_zero());
    for EntryChange {
        place,
        before,
        after,
    } in shrunk
    {
        let beyond = || format!("{} leaves the range of money", before.name());
        let taken = before.amount().sub(*after).map_err(|_| beyond())?;
        if let Some(entry) = list.iter_mut().find(|entry| entry.takes_up(before)) {
            *entry.amount_mut() = entry.amount().add(taken).map_err(|_| beyond())?;
            continue;
        }
        if list.iter().any(|entry| entry.is_named_like(before)) {
            return Err(format!("{} was changed since", before.name()));
        }
        let mut again = before.clone();
        *again.amount_mut() = taken;
        list.insert((*place).min(list.len()), again);
    }
    Ok(list)
}

impl Entry for Debt {
    fn amount(&self) -> Kopecks {
        self.open
    }

    fn amount_mut(&mut self) -> &mut Kopecks {
        &mut self.open
    }

    fn is_like(&self, other: &Self) -> bool {
        let of = |debt: &Self| (debt.period, debt.vat, debt.credit);
        of(self) == of(other) && self.id == other.id && self.service == other.service
    }

    fn is_named_like(&self, other: &Self) -> bool {
        self.id == other.id
    }

    fn name(&self) -> String {
        format!("debt {}", self.id)
    }
}

impl Entry for Penalty {
    fn amount(&self) -> Kopecks {
        self.open
    }

    fn amount_mut(&mut self) -> &mut Kopecks {
        &mut self.open
    }

    fn is_like(&self, other: &Self) -> bool {
        self.id == other.id && self.service == other.service
    }

    fn is_named_like(&self, other: &Self) -> bool {
        self.id == other.id
    }

    fn name(&self) -> String {
        format!("penalty {}", self.id)
    }
}

impl Entry for Lot {
    fn amount(&self) -> Kopecks {
        self.amount
    }

    fn amount_mut(&mut self) -> &mut Kopecks {
        &mut self.amount
    }

    fn is_like(&self, other: &Self) -> bool {
        let of = |lot: &Self| (lot.period, lot.vat, lot.date, lot.kind, lot.method);
        of(self) == of(other) && self.id == other.id && self.service == other.service
    }

    fn is_named_like(&self, other: &Self) -> bool {
        self.id == other.id
    }

    fn name(&self) -> String {
        format!("advance {}", self.id)
    }
}

impl Entry for Settled {
    fn amount(&self) -> Kopecks {
        self.amount
    }

    fn amount_mut(&mut self) -> &mut Kopecks {
        &mut self.amount
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.period, self.vat) == (other.period, other.vat) && self.service == other.service
    }

    fn is_named_like(&self, _: &Self) -> bool {
        false
    }

    fn name(&self) -> String {
        format!("the settled {} for {}", self.service, self.period)
    }
}

impl Entry for Invoice {
    fn amount(&self) -> Kopecks {
        self.amount
    }

    fn amount_mut(&mut self) -> &mut Kopecks {
        &mut self.amount
    }

    /// A bill is ended as a whole.
    fn is_like(&self, other: &Self) -> bool {
        self == other
    }

    fn takes_up(&self, _: &Self) -> bool {
        false
    }

    fn is_named_like(&self, _: &Self) -> bool {
        false
    }

    fn name(&self) -> String {
        format!("the bill of {} for {}", self.service, self.period)
    }
}
