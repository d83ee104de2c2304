//! From a wrong receipt and what was wrong in it to the event that corrects it.

use std::collections::BTreeMap;

use terms::{AccountNumber, Kopecks, OperationSign, TaxSystem};

use super::{
    Change, PaidIn, RightAmount, RightSupplier, Swap,
    lines::{Becomes, lines_of},
};
use crate::{
    Account, CancelPayment, CancelReason, EventKind, FixReceipt, JournalReceipt, Payments, Receipt,
    Refusal, RightAgent, RightLine, RightReceipt, Setup,
    apply::check_positive,
    events::{
        cancel::check_payment,
        fix::{check_right, is_real},
        mirror::check_in_force,
    },
};

/// The event that corrects `journal`, in which `change` was wrong: [`EventKind::CancelPayment`] of a
/// duplicate, else [`EventKind::FixReceipt`].
///
/// `accounts` holds the account of the receipt and the right one, as they are now. Money that is
/// allocated anew (sum, account, service, month, sign) goes by the ledger of the settlement's day,
/// like a restored payment ([`RestorePayment`](crate::RestorePayment)). What of a wrong advance is
/// consumed already stays consumed.
///
/// # Errors
/// [`Refusal::NothingToChange`] when the right receipt would say what the wrong one says;
/// [`Refusal::BadKind`] when the change does not fit the receipt, or does not say which of several
/// lines or payments it means; what the rules refuse else.
pub fn fix_of(
    journal: &JournalReceipt,
    change: &Change,
    setup: &Setup,
    accounts: &BTreeMap<AccountNumber, Account>,
) -> Result<EventKind, Refusal> {
    check_in_force(journal)?;
    if change.duplicate {
        return duplicate(journal, change);
    }
    let change = &meant(journal, change);
    let wrong = &journal.receipt;
    let known = |sign| matches!(sign, OperationSign::Income | OperationSign::IncomeReturn);
    if change
        .sign
        .is_some_and(|right| !known(right) || !known(wrong.operation))
    {
        return Err(refuse(
            journal,
            "its sign can only be mistaken between income and return of income",
        ));
    }
    let moves = Moves::of(journal, change)?;
    let (mut lines, tax_system) = if moves.is_any() {
        if !is_real(&wrong.payments) {
            return Err(refuse(
                journal,
                "it is of a charge: its sum, service, month and account are changed by recalc and \
                 charge, which form their own documents",
            ));
        }
        lines_of(journal, change, &moves.0, setup, accounts)?
    } else {
        (wrong.all_lines().iter().map(kept).collect(), None)
    };
    if let Some(swap) = &change.vat {
        swap_vat(journal, swap, &mut lines)?;
    }
    if let Some(right) = &change.agent {
        swap_agent(journal, right, &mut lines)?;
    }
    let total = Kopecks::sum(lines.iter().map(|line| line.amount))?;
    let right = RightReceipt {
        account: change.account.clone(),
        tax_system: change.tax_system.or(tax_system),
        operation: change.sign,
        payments: payments(journal, change, total)?,
        lines,
    };
    if !change.rejected && says_the_same(wrong, &right) {
        return Err(Refusal::NothingToChange {
            receipt: journal.id.clone(),
        });
    }
    check_right(setup, &right)?;
    // Advances have the kind and the rate of their receipt: their refunds repeat it.
    let lots_change = wrong.operation == OperationSign::Income
        && (change.kind.is_some() || change.vat.is_some())
        && is_real(&wrong.payments)
        && is_real(&right.payments)
        && wrong.all_lines().iter().any(|line| line.is_advance());
    Ok(EventKind::FixReceipt(FixReceipt {
        original: journal.id.clone(),
        right,
        ledger: moves.is_any() || lots_change,
        accepted: !change.rejected,
        order: change.order.clone(),
    }))
}

fn duplicate(journal: &JournalReceipt, change: &Change) -> Result<EventKind, Refusal> {
    if change.names() != ["duplicate"] {
        return Err(refuse(
            journal,
            "a duplicate is only reversed: there is nothing else to change in it",
        ));
    }
    let account = journal.receipt.account.as_ref();
    let account = account.ok_or_else(|| refuse(journal, "it has no account"))?;
    check_payment(journal, account)?;
    Ok(EventKind::CancelPayment(CancelPayment {
        account: account.clone(),
        original: journal.id.clone(),
        reason: CancelReason::DuplicateRecord,
        order: change.order.clone(),
    }))
}

/// The change without what the receipt says already.
fn meant(journal: &JournalReceipt, change: &Change) -> Change {
    let wrong = &journal.receipt;
    let mut meant = change.clone();
    meant.tax_system = meant.tax_system.filter(|right| *right != wrong.tax_system);
    meant.account = meant
        .account
        .filter(|right| Some(right) != wrong.account.as_ref());
    meant.sign = meant.sign.filter(|right| *right != wrong.operation);
    let amounts = wrong.all_lines().iter().map(|line| line.amount);
    meant.amount = meant.amount.filter(|right| match right {
        RightAmount::Total(total) => *total != wrong.total,
        RightAmount::Lines(lines) => !amounts.eq(lines.iter().copied()),
    });
    meant
}

/// What becomes of each line of the wrong receipt.
struct Moves(Vec<Becomes>);

impl Moves {
    fn of(journal: &JournalReceipt, change: &Change) -> Result<Self, Refusal> {
        let lines = journal.receipt.all_lines();
        let mut becomes = vec![Becomes::Kept; lines.len()];
        match &change.amount {
            None => {}
            Some(RightAmount::Total(total)) if lines.len() == 1 => {
                check_positive("the right sum", *total)?;
            }
            Some(RightAmount::Total(_)) => {
                let why = format!("it has {} lines: say the sum of each", lines.len());
                return Err(refuse(journal, &why));
            }
            Some(RightAmount::Lines(amounts)) => {
                let elsewhere = change.account.is_some()
                    || change.sign.is_some()
                    || change.service.is_some()
                    || change.period.is_some();
                if elsewhere || amounts.len() != lines.len() {
                    return Err(refuse(
                        journal,
                        "sums per line need one for each line, and no other account, sign, \
                         service or month",
                    ));
                }
                for (place, (amount, line)) in amounts.iter().zip(lines).enumerate() {
                    if !amount.is_zero() {
                        check_positive("the right sum of a line", *amount)?;
                    }
                    if *amount != line.amount {
                        becomes[place] = Becomes::Of(*amount);
                    }
                }
            }
        }
        for (place, line) in lines.iter().enumerate() {
            let service = named_by(journal, change.service.as_ref(), |line| {
                line.service.as_ref()
            })?;
            let period = named_by(journal, change.period.as_ref(), |line| line.period.as_ref())?;
            let service = service.filter(|(from, _)| line.service.as_ref() == Some(from));
            let period = period.filter(|(from, _)| line.period.as_ref() == Some(from));
            if is_penalty_line(line.subject) || (service.is_none() && period.is_none()) {
                continue;
            }
            let to = service.map(|(_, to)| to).or(line.service.as_ref());
            let to = to.ok_or_else(|| refuse(journal, "its line names no service"))?;
            becomes[place] = Becomes::OfService {
                service: to.clone(),
                period: period.map(|(_, to)| *to).or(line.period),
            };
        }
        Ok(Self::whole(change, becomes))
    }

    /// Another account, sign or total: no line stays what it was.
    fn whole(change: &Change, mut becomes: Vec<Becomes>) -> Self {
        let total = match change.amount {
            Some(RightAmount::Total(total)) => Some(total),
            _ => None,
        };
        if total.is_none() && change.account.is_none() && change.sign.is_none() {
            return Self(becomes);
        }
        for becomes in &mut becomes {
            if *becomes == Becomes::Kept {
                *becomes = Becomes::Anew;
            }
        }
        Self(becomes)
    }

    fn is_any(&self) -> bool {
        self.0
            .iter()
            .any(|becomes| !matches!(becomes, Becomes::Kept))
    }
}

/// From which value to which a swap leads; refused when it does not say which of several it means.
fn named_by<'a, T: PartialEq + 'a>(
    journal: &'a JournalReceipt,
    swap: Option<&'a Swap<T>>,
    value: impl Fn(&'a crate::Line) -> Option<&'a T>,
) -> Result<Option<(&'a T, &'a T)>, Refusal> {
    let Some(swap) = swap else { return Ok(None) };
    let lines = journal.receipt.all_lines().iter();
    let lines = lines.filter(|line| !is_penalty_line(line.subject));
    let mut values = lines.filter_map(value);
    let from = match &swap.from {
        Some(from) => Some(from),
        None => {
            let first = values.next();
            if values.any(|other| Some(other) != first) {
                return Err(ambiguous(journal));
            }
            first
        }
    };
    let changes = from.filter(|from| **from != swap.to);
    Ok(changes.map(|from| (from, &swap.to)))
}

const fn is_penalty_line(subject: terms::SettlementSubject) -> bool {
    matches!(subject, terms::SettlementSubject::PayOut)
}

/// A wrong line as a right one.
pub(super) fn kept(line: &crate::Line) -> RightLine {
    RightLine {
        name: line.name.clone(),
        method: line.method,
        subject: line.subject,
        amount: line.amount,
        vat_code: line.vat_code,
        service: line.service.clone(),
        period: line.period,
        agent: RightAgent::Given(line.agent.clone()),
        refs: line.refs.clone(),
    }
}

fn swap_vat(
    journal: &JournalReceipt,
    swap: &Swap<terms::VatRate>,
    lines: &mut [RightLine],
) -> Result<(), Refusal> {
    let taxed = lines
        .iter_mut()
        .filter(|line| !is_penalty_line(line.subject));
    let mut taxed: Vec<&mut RightLine> = taxed.collect();
    let from = match (swap.from, taxed.first()) {
        (Some(from), _) => from,
        (None, None) => return Ok(()),
        (None, Some(first)) => first.vat_code.rate(),
    };
    let all = taxed.iter().all(|line| line.vat_code.rate() == from);
    if swap.from.is_none() && !all {
        return Err(ambiguous(journal));
    }
    for line in &mut taxed {
        if line.vat_code.rate() == from {
            line.vat_code = if line.method.has_calculated_vat() {
                swap.to.calculated()
            } else {
                swap.to.direct()
            };
        }
    }
    Ok(())
}

fn swap_agent(
    journal: &JournalReceipt,
    right: &RightSupplier,
    lines: &mut [RightLine],
) -> Result<(), Refusal> {
    let Some(first) = lines.first() else {
        return Ok(());
    };
    let service = right.service.clone().or_else(|| first.service.clone());
    let one = lines.iter().all(|line| line.service == service);
    if right.service.is_none() && !one {
        return Err(ambiguous(journal));
    }
    for line in lines.iter_mut().filter(|line| line.service == service) {
        line.agent = RightAgent::Given(right.agent.clone());
    }
    Ok(())
}

/// The payments of the right receipt of `total`.
fn payments(
    journal: &JournalReceipt,
    change: &Change,
    total: Kopecks,
) -> Result<Payments, Refusal> {
    let wrong = &journal.receipt;
    let mut payments = wrong.payments;
    if let Some(swap) = &change.kind {
        swap_kind(&mut payments, swap)?;
    }
    if total == wrong.total {
        return Ok(payments);
    }
    let Payments {
        cash,
        cashless,
        prepaid,
        credit,
        counter,
    } = &mut payments;
    let all = [cash, cashless, prepaid, credit, counter];
    let mut used: Vec<&mut Kopecks> = all.into_iter().filter(|sum| !sum.is_zero()).collect();
    match &mut used[..] {
        [one] => **one = total,
        _ => {
            return Err(refuse(
                journal,
                "it was paid in several ways: say how the right sum was paid",
            ));
        }
    }
    Ok(payments)
}

/// Moves what was paid in one way to another.
fn swap_kind(payments: &mut Payments, swap: &Swap<PaidIn>) -> Result<(), Refusal> {
    let money = [PaidIn::Cash, PaidIn::Cashless];
    let real = payments.cash.add(payments.cashless)?;
    let from: &[PaidIn] = match &swap.from {
        Some(from) => std::slice::from_ref(from),
        None if real.is_zero() => &[PaidIn::Prepaid],
        None => &money,
    };
    let mut moved = Kopecks::ZERO;
    for from in from {
        moved = moved.add(std::mem::take(from.of(payments)))?;
    }
    let to = swap.to.of(payments);
    *to = to.add(moved)?;
    Ok(())
}

/// Whether the right document would be the wrong one again.
fn says_the_same(wrong: &Receipt, right: &RightReceipt) -> bool {
    let differs = |tax_system: TaxSystem| tax_system != wrong.tax_system;
    let sign = |sign: OperationSign| sign != wrong.operation;
    let lines = wrong.all_lines();
    !right.tax_system.is_some_and(differs)
        && !right.operation.is_some_and(sign)
        && right.account.is_none()
        && right.payments == wrong.payments
        && right.lines.len() == lines.len()
        && right.lines.iter().zip(lines).all(|(right, wrong)| {
            let wrong = kept(wrong);
            let without_refs = RightLine {
                refs: wrong.refs.clone(),
                ..right.clone()
            };
            without_refs == wrong
        })
}

fn ambiguous(journal: &JournalReceipt) -> Refusal {
    refuse(journal, "its lines differ there: say which value is wrong")
}

/// «The receipt cannot be changed so.»
pub(super) fn refuse(journal: &JournalReceipt, why: &str) -> Refusal {
    Refusal::BadKind {
        what: format!("receipt {} cannot be changed so: {why}", journal.id),
    }
}
