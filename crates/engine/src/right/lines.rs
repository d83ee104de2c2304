//! The right lines, when the money was of something else: the wrong lines are undone on a copy of the
//! account, and the right sum is allocated there by the rules.

use std::collections::BTreeMap;

use terms::{AccountNumber, Kopecks, LocalDate, OperationSign, Period, ServiceCode, TaxSystem};

use super::{
    Change, RightAmount,
    fix::{kept, refuse},
};
use crate::{
    Account, JournalReceipt, Line, Lot, MoneyKind, PenaltyReceipt, Ref, RefTo, Refusal, RightLine,
    Rule, Setup, Source, What, Why,
    allocate::{Wishes, allocate},
    compose::merged,
    events::{
        fix::{give_back, is_refund},
        mirror::settled_on,
        settle::{of_payment, pay_debts, pay_penalties},
        undo::{Consumed, undo},
    },
    ledger::DebtList,
    lines::{self, Draft},
    surplus::Surplus,
};

/// What becomes of a line of the wrong receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Becomes {
    /// It was right.
    Kept,
    /// It pays the same, with another sum.
    Of(Kopecks),
    /// Its sum was of this service, of this month first.
    OfService {
        service: ServiceCode,
        period: Option<Period>,
    },
    /// Its sum is allocated anew.
    Anew,
}

/// The right lines, and their tax system where it is the services' and not the wrong receipt's.
pub(super) fn lines_of(
    journal: &JournalReceipt,
    change: &Change,
    becomes: &[Becomes],
    setup: &Setup,
    accounts: &BTreeMap<AccountNumber, Account>,
) -> Result<(Vec<RightLine>, Option<TaxSystem>), Refusal> {
    let wrong = &journal.receipt;
    let number = wrong.account.as_ref();
    let number = number.ok_or_else(|| refuse(journal, "it has no account"))?;
    let unknown = |number: &AccountNumber| Refusal::UnknownAccount {
        account: number.to_string(),
    };
    let mut account = accounts.get(number).ok_or_else(|| unknown(number))?.clone();
    let moved = wrong.all_lines().iter().zip(becomes);
    let moved: Vec<Line> = moved
        .filter(|(_, becomes)| !matches!(becomes, Becomes::Kept))
        .map(|(line, _)| line.clone())
        .collect();
    let mut consumed = Vec::new();
    match wrong.operation {
        OperationSign::Income => consumed = undo(&mut account, &moved)?,
        operation if is_refund(operation) => give_back(&mut account, journal, &moved)?,
        _ => return Err(refuse(journal, "it is neither income nor a return of it")),
    }
    account.drop_zeros();
    let operation = change.sign.unwrap_or(wrong.operation);
    if let Some(other) = &change.account {
        account = accounts.get(other).ok_or_else(|| unknown(other))?.clone();
    }
    // Only the same account and service can go on without what is consumed.
    let elsewhere = change.account.is_some()
        || operation != wrong.operation
        || moved_to_service(becomes).next().is_some();
    if elsewhere && let Some(consumed) = consumed.first() {
        return Err(Refusal::AdvanceAlreadySpent {
            id: consumed.lot.clone(),
            account: number.clone(),
            amount: consumed.amount,
        });
    }
    let stays = |becomes: &Becomes| matches!(becomes, Becomes::Kept | Becomes::Of(_));
    let kept_lines = wrong.all_lines().iter().zip(becomes);
    let kept_lines = kept_lines.filter(|(_, becomes)| stays(becomes));
    let kept_ids = kept_lines.flat_map(|(line, _)| &line.refs);
    let mut relining = Relining {
        kept_ids: kept_ids.map(|to| to.id.clone()).collect(),
        journal,
        setup,
        account,
        day: settled_on(journal),
        consumed,
        is_refund: is_refund(operation),
        drafts: Vec::new(),
    };
    relining.all(change, becomes)?;
    relining.into_lines()
}

/// The services to which lines move.
fn moved_to_service(becomes: &[Becomes]) -> impl Iterator<Item = &ServiceCode> {
    becomes.iter().filter_map(|becomes| match becomes {
        Becomes::OfService { service, .. } => Some(service),
        _ => None,
    })
}

/// Right lines in the making.
struct Relining<'a> {
    journal: &'a JournalReceipt,
    setup: &'a Setup,
    /// The right account, without the wrong lines.
    account: Account,
    /// The day of the settlement.
    day: LocalDate,
    /// What of the wrong receipt's advances is consumed.
    consumed: Vec<Consumed>,
    is_refund: bool,
    /// The ids that lines which stay have given already, even if nothing is left of the entries.
    kept_ids: Vec<String>,
    drafts: Vec<Draft>,
}

impl Relining<'_> {
    fn all(&mut self, change: &Change, becomes: &[Becomes]) -> Result<(), Refusal> {
        let wrong = &self.journal.receipt;
        let total = match change.amount {
            Some(RightAmount::Total(total)) => Some(total),
            _ => None,
        };
        let anew = wrong.all_lines().iter().zip(becomes);
        let anew = anew.filter(|(_, becomes)| **becomes == Becomes::Anew);
        let anew = Kopecks::sum(anew.map(|(line, _)| line.amount))?;
        let mut anew = Some(total.unwrap_or(anew));
        for (line, becomes) in wrong.all_lines().iter().zip(becomes) {
            match becomes {
                Becomes::Kept => self.keep(line, line.amount, line.refs.clone()),
                Becomes::Of(amount) => self.resize(line, *amount)?,
                Becomes::OfService { service, period } => {
                    let amount = total.unwrap_or(line.amount);
                    if self.is_refund {
                        self.take(Some(service), *period, amount)?;
                    } else {
                        self.allocate(amount, Some((service, *period)))?;
                    }
                }
                Becomes::Anew if self.is_refund => {
                    let amount = total.unwrap_or(line.amount);
                    self.take(line.service.as_ref(), None, amount)?;
                }
                // All of them together, where the first one stood.
                Becomes::Anew => {
                    if let Some(amount) = anew.take() {
                        self.allocate(amount, None)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, line: &Line, amount: Kopecks, refs: Vec<Ref>) {
        let line = Line {
            amount,
            refs,
            ..line.clone()
        };
        self.drafts
            .push(Draft::of_money(line, self.journal.receipt.tax_system));
    }

    /// The line pays the same with another sum: debts and penalties in the order of the line, as far
    /// as they are open; an advance as a whole.
    fn resize(&mut self, line: &Line, amount: Kopecks) -> Result<(), Refusal> {
        if amount.is_zero() {
            return Ok(());
        }
        let mut left = amount;
        let mut refs = Vec::with_capacity(line.refs.len());
        for (place, reference) in line.refs.iter().enumerate() {
            let is_last = place + 1 == line.refs.len();
            let open = self.open(reference)?;
            let part = match open {
                Some(open) => left.min(open),
                None if is_last => left,
                None => left.min(reference.amount),
            };
            if part.is_positive() {
                refs.push(Ref {
                    amount: part,
                    ..reference.clone()
                });
                left = left.sub(part)?;
            }
            if let (true, true, Some(open)) = (is_last, left.is_positive(), open) {
                return Err(Refusal::ExplicitExceedsDebt {
                    id: reference.id.clone(),
                    account: self.account.number.clone(),
                    amount: part.add(left)?,
                    open,
                });
            }
        }
        self.keep(line, amount, refs);
        Ok(())
    }

    /// What can be paid of an entry; none: an advance, which takes everything, or gives what it has.
    fn open(&self, reference: &Ref) -> Result<Option<Kopecks>, Refusal> {
        let account = &self.account;
        Ok(match reference.to {
            RefTo::Debt => {
                let at = account.debt(DebtList::Open, &reference.id)?;
                Some(account.debts[at].open)
            }
            RefTo::WrittenOff => {
                let at = account.debt(DebtList::WrittenOff, &reference.id)?;
                Some(account.written_off[at].open)
            }
            RefTo::Penalty => Some(account.penalties[account.penalty(&reference.id)?].open),
            RefTo::Advance => None,
        })
    }

    /// Takes a refund out of the advances of a service, oldest first (D10).
    fn take(
        &mut self,
        service: Option<&ServiceCode>,
        period: Option<Period>,
        amount: Kopecks,
    ) -> Result<(), Refusal> {
        for taken in self.account.take_all(service, period, amount)? {
            let lot = &self.account.advances[taken.lot];
            let why = because(What::Lot(lot.id.clone()), taken.amount);
            let number = &self.account.number;
            let draft = lines::advance(self.setup, number, lot, taken.amount, why)?;
            self.drafts.push(draft);
        }
        Ok(())
    }

    /// Allocates a sum by the ledger of the settlement's day: all of it, or to one service.
    fn allocate(
        &mut self,
        amount: Kopecks,
        only: Option<(&ServiceCode, Option<Period>)>,
    ) -> Result<(), Refusal> {
        let setup = self.setup;
        let reserved = self.reserve(amount)?;
        let left = amount.sub(Kopecks::sum(reserved.iter().map(|lot| lot.amount))?)?;
        let wishes = Wishes {
            as_of: Some(self.day),
            only: only.map(|(service, _)| service),
            purpose: only.and_then(|(_, period)| period),
            no_penalties: setup.config.penalty_receipt == PenaltyReceipt::Skip,
            ..Wishes::default()
        };
        let shares = allocate(setup, &self.account, left, wishes)?;
        let (account, drafts) = (&mut self.account, &mut self.drafts);
        let first = drafts.len();
        pay_debts(setup, account, &shares, amount, drafts)?;
        pay_penalties(setup, account, &shares, (amount, false), drafts)?;
        let rule = match drafts.len() == first {
            true => Rule::D04,
            false => Rule::D03,
        };
        let event = match self.journal.receipt.event.as_str() {
            "" => &self.journal.id,
            event => event,
        };
        let mut surplus = Surplus::new(setup, event, self.day);
        match only {
            Some((service, _)) => surplus.named(Some(service), shares.surplus)?,
            None => surplus.by_policy(account, shares.surplus, rule)?,
        }
        let mut lots = reserved;
        for (lot, _) in surplus.into_lots() {
            let same = |other: &&mut Lot| {
                other.id == lot.id && (other.vat, other.method) == (lot.vat, lot.method)
            };
            match lots.iter_mut().find(same) {
                Some(other) => other.amount = other.amount.add(lot.amount)?,
                None => lots.push(lot),
            }
        }
        for mut lot in lots {
            lot.id = unused(account, &self.kept_ids, lot.id);
            let why = Why {
                rule,
                from: vec![
                    Source {
                        what: What::Advance(lot.id.clone()),
                        amount: lot.amount,
                    },
                    of_payment(amount),
                ],
            };
            drafts.push(lines::advance(
                setup,
                &account.number,
                &lot,
                lot.amount,
                why,
            )?);
            account.add_lot(lot)?;
        }
        Ok(())
    }

    /// What of the wrong receipt's advances is consumed by receipts that stay: the right sum holds
    /// it, too.
    fn reserve(&mut self, amount: Kopecks) -> Result<Vec<Lot>, Refusal> {
        let mut left = amount;
        let mut reserved = Vec::new();
        for consumed in self.consumed.drain(..) {
            let lines = self.journal.receipt.all_lines().iter();
            let mut lines = lines.filter(|line| line.is_advance());
            let made = lines.find(|line| line.refs.iter().any(|to| to.id == consumed.lot));
            let spent = |amount| Refusal::AdvanceAlreadySpent {
                id: consumed.lot.clone(),
                account: self.account.number.clone(),
                amount,
            };
            let made = made.ok_or_else(|| spent(consumed.amount))?;
            if consumed.amount > left {
                return Err(spent(consumed.amount.sub(left)?));
            }
            left = left.sub(consumed.amount)?;
            reserved.push(Lot {
                id: consumed.lot.clone(),
                service: made.service.clone(),
                period: made.period,
                amount: consumed.amount,
                vat: made.vat_code.rate(),
                date: self.day,
                kind: MoneyKind::Cashless,
                method: made.method,
            });
        }
        Ok(reserved)
    }

    fn into_lines(self) -> Result<(Vec<RightLine>, Option<TaxSystem>), Refusal> {
        let wrong = self.journal.receipt.tax_system;
        let tax_system = self.drafts.first().map(|draft| draft.tax_system);
        if self
            .drafts
            .iter()
            .any(|draft| Some(draft.tax_system) != tax_system)
        {
            return Err(refuse(
                self.journal,
                "the right lines are of several tax systems, a receipt has one",
            ));
        }
        let lines = merged(self.drafts)?;
        let lines = lines.iter().map(|draft| kept(&draft.line)).collect();
        Ok((lines, tax_system.filter(|system| *system != wrong)))
    }
}

/// The id, or the first one made of it that no advance of the account has, nor a line that stays.
fn unused(account: &Account, kept: &[String], id: String) -> String {
    let is_used = |id: &str| {
        kept.iter().any(|kept| kept == id) || account.advances.iter().any(|lot| lot.id == id)
    };
    if !is_used(&id) {
        return id;
    }
    let mut nth = 2_usize;
    while is_used(&format!("{id}/{nth}")) {
        nth += 1;
    }
    format!("{id}/{nth}")
}

fn because(what: What, amount: Kopecks) -> Why {
    Why {
        rule: Rule::D10,
        from: vec![Source { what, amount }],
    }
}
