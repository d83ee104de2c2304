//! A printed receipt is wrong: it is reversed, and the right one is formed (receipt rules §2.4 D26,
//! §4.2).

use terms::{Kopecks, OperationSign, PaymentMethod};

use super::{
    mirror::{basis, by_receipt, in_force, mirror, ordinary, settled_on},
    undo::{Consumed, check_refs, undo},
};
use crate::{
    Account, FixReceipt, JournalReceipt, Line, Lot, MoneyKind, Payments, Receipt, Ref, RefTo,
    Refusal, RightAgent, RightLine, RightReceipt, Rule, Setup,
    apply::{Work, check_count, check_positive},
    compose::vat_totals,
    ledger::DebtList,
};

pub(crate) fn fix_receipt(work: &mut Work<'_>, fix: &FixReceipt) -> Result<(), Refusal> {
    let journal = in_force(work, &fix.original)?;
    check_right(work.setup, &fix.right)?;
    let wrong_account = journal.receipt.account.as_ref();
    let from = wrong_account.map(|number| work.open(number)).transpose()?;
    let right_account = fix.right.account.as_ref().or(wrong_account);
    let to = right_account.map(|number| work.open(number)).transpose()?;
    if fix.ledger {
        follow(work, journal, fix, from, to)?;
    }
    let correction = basis(work, journal, fix.order.as_ref());
    let corrects = Some(journal.fiscal_sign);
    if fix.accepted {
        let reverse = mirror(
            work,
            journal,
            from,
            Rule::D26Prime,
            correction.clone(),
            corrects,
        )?;
        work.plan.receipts.push(reverse);
    }
    let right = Receipt {
        settled_on: ordinary(correction.as_ref(), corrects, journal),
        correction,
        corrects,
        ..right(work, journal, &fix.right, to)?
    };
    work.plan.receipts.push(right);
    work.plan.cancelled.push(fix.original.clone());
    Ok(())
}

/// The right document, taxes computed.
fn right(
    work: &Work<'_>,
    journal: &JournalReceipt,
    right: &RightReceipt,
    place: Option<usize>,
) -> Result<Receipt, Refusal> {
    let services = &work.setup.services;
    let agent = |line: &RightLine| match &line.agent {
        RightAgent::Given(agent) => agent.clone(),
        RightAgent::OfService => {
            let code = line.service.as_ref()?;
            services.get(code)?.agent.clone()
        }
    };
    let lines: Vec<Line> = right
        .lines
        .iter()
        .map(|line| Line {
            name: line.name.clone(),
            method: line.method,
            subject: line.subject,
            amount: line.amount,
            vat_code: line.vat_code,
            vat: line.vat_code.tax_in(line.amount),
            agent: agent(line),
            service: line.service.clone(),
            period: line.period,
            refs: line.refs.clone(),
            why: by_receipt(Rule::D26, journal, line.amount),
        })
        .collect();
    let account = place.map(|place| &work.plan.accounts[place]);
    let contact = account.and_then(|account| account.contact.clone());
    Ok(Receipt {
        event: work.event.id.clone(),
        ffd: work.setup.config.ffd,
        operation: right.operation.unwrap_or(journal.receipt.operation),
        tax_system: right.tax_system.unwrap_or(journal.receipt.tax_system),
        date: work.event.date,
        account: account.map(|account| account.number.clone()),
        deliver: contact.is_some(),
        contact,
        internet: false,
        vat_totals: vat_totals(&lines)?,
        lines,
        unprinted: Vec::new(),
        payments: right.payments,
        total: right.payments.total()?,
        correction: None,
        corrects: None,
        settled_on: None,
    })
}

/// Refuses a right receipt that breaks the invariants of every receipt (receipt rules §1.9).
pub(crate) fn check_right(setup: &Setup, right: &RightReceipt) -> Result<(), Refusal> {
    check_count("lines of the right receipt", right.lines.len())?;
    let max = usize::from(setup.config.max_lines.get());
    if right.lines.len() > max {
        return Err(Refusal::TooManyItems {
            what: "lines of the right receipt",
            count: right.lines.len(),
            max,
        });
    }
    for line in &right.lines {
        check_line(line)?;
    }
    let sum = |methods: &[PaymentMethod]| {
        let lines = right
            .lines
            .iter()
            .filter(|line| methods.contains(&line.method));
        Kopecks::sum(lines.map(|line| line.amount))
    };
    let Payments {
        cash,
        cashless,
        prepaid,
        credit,
        counter,
    } = right.payments;
    let total = Kopecks::sum(right.lines.iter().map(|line| line.amount))?;
    let negative = [cash, cashless, prepaid, credit, counter]
        .iter()
        .any(|payment| *payment < Kopecks::ZERO);
    if negative || right.payments.total()? != total {
        return Err(Refusal::BadAmount {
            what: format!("the payments of the right receipt must add up to its {total}"),
        });
    }
    let ahead = sum(&[
        PaymentMethod::FullPrepayment,
        PaymentMethod::Prepayment,
        PaymentMethod::Advance,
    ])?;
    if ahead > cash.add(cashless)? {
        return Err(Refusal::BadKind {
            what: format!("advances of {ahead} are paid by real money only"),
        });
    }
    let wholly = sum(&[PaymentMethod::Credit])?;
    let partly = sum(&[PaymentMethod::PartialCredit])?;
    let fits = if partly.is_zero() {
        credit == wholly
    } else {
        wholly < credit && credit < wholly.add(partly)?
    };
    if !fits {
        return Err(Refusal::BadKind {
            what: format!("credit of {credit} does not fit the lines with 1214 = 5 and 6"),
        });
    }
    Ok(())
}

fn check_line(line: &RightLine) -> Result<(), Refusal> {
    check_positive("a right line", line.amount)?;
    let length = line.name.chars().take(Line::MAX_NAME + 1).count();
    if !(1..=Line::MAX_NAME).contains(&length) {
        return Err(Refusal::BadKind {
            what: format!(
                "a right line's name must have 1…{} characters",
                Line::MAX_NAME
            ),
        });
    }
    let rate = line.vat_code.rate();
    let code = if line.method.has_calculated_vat() {
        rate.calculated()
    } else {
        rate.direct()
    };
    if code != line.vat_code {
        return Err(Refusal::BadKind {
            what: format!(
                "line «{}» with 1214 = {} needs the VAT rate {code}, not {}",
                line.name,
                line.method.code(),
                line.vat_code
            ),
        });
    }
    Ok(())
}

/// The account follows: the wrong lines are undone, the right ones applied. Lines that are the same
/// in both stay as they are, unless they hold advances: those have the kind of the money.
fn follow(
    work: &mut Work<'_>,
    journal: &JournalReceipt,
    fix: &FixReceipt,
    from: Option<usize>,
    to: Option<usize>,
) -> Result<(), Refusal> {
    let (wrong, right) = (&journal.receipt, &fix.right);
    let none = wrong.all_lines().iter().all(|line| line.refs.is_empty())
        && right.lines.iter().all(|line| line.refs.is_empty());
    let operation = right.operation.unwrap_or(wrong.operation);
    let same_sum = wrong.payments.total()? == right.payments.total()?;
    if none && from == to && operation == wrong.operation && same_sum {
        return Ok(());
    }
    let (Some(from), Some(to)) = (from, to) else {
        return Err(cannot_follow(&journal.id, "it has no account"));
    };
    if !is_real(&wrong.payments) || !is_real(&right.payments) {
        return Err(cannot_follow(
            &journal.id,
            "offsets and credits have their own events",
        ));
    }
    let comparable = from == to && operation == wrong.operation;
    let (undone, applied) = if comparable {
        differing(wrong.all_lines(), &right.lines)
    } else {
        (wrong.all_lines().to_vec(), right.lines.iter().collect())
    };
    let account = &mut work.plan.accounts[from];
    let mut consumed = match wrong.operation {
        OperationSign::Income => undo(account, &undone)?,
        operation if is_refund(operation) => {
            give_back(account, journal, &undone)?;
            Vec::new()
        }
        _ => return Err(cannot_follow(&journal.id, "it is no income")),
    };
    for line in applied {
        check_refs(&line.name, line.amount, &line.refs)?;
        for reference in &line.refs {
            let account = &mut work.plan.accounts[to];
            match operation {
                OperationSign::Income => {
                    // What of an advance is consumed already stays consumed.
                    let before = (from == to).then_some(&mut consumed);
                    pay(account, journal, fix, line, reference, before)?;
                }
                operation if is_refund(operation) => refund(account, journal, reference)?,
                _ => return Err(cannot_follow(&journal.id, "the right one is no income")),
            }
        }
    }
    match consumed.into_iter().next() {
        None => Ok(()),
        Some(consumed) => Err(Refusal::AdvanceAlreadySpent {
            id: consumed.lot,
            account: work.plan.accounts[from].number.clone(),
            amount: consumed.amount,
        }),
    }
}

/// Whether no part of it is an offset or on credit.
pub(crate) fn is_real(payments: &Payments) -> bool {
    payments.prepaid.is_zero() && payments.credit.is_zero()
}

/// Whether money goes back to the customer: in FFD 1.05 the correction receipt of a lost refund is
/// an expense (receipt rules §4.1 rule 2).
pub(crate) const fn is_refund(operation: OperationSign) -> bool {
    matches!(
        operation,
        OperationSign::IncomeReturn | OperationSign::Expense
    )
}

/// The lines that one of both receipts has and the other has not.
fn differing<'a>(wrong: &[Line], right: &'a [RightLine]) -> (Vec<Line>, Vec<&'a RightLine>) {
    let mut undone = wrong.to_vec();
    let mut applied = Vec::new();
    for line in right {
        let same = |other: &Line| {
            !other.is_advance()
                && (other.method, other.period, other.amount)
                    == (line.method, line.period, line.amount)
                && other.service == line.service
                && other.refs == line.refs
        };
        match undone.iter().position(same) {
            Some(at) => drop(undone.remove(at)),
            None => applied.push(line),
        }
    }
    (undone, applied)
}

/// Undoes a wrong refund of advances: they are there again.
pub(crate) fn give_back(
    account: &mut Account,
    journal: &JournalReceipt,
    lines: &[Line],
) -> Result<(), Refusal> {
    for line in lines {
        check_refs(&line.name, line.amount, &line.refs)?;
        for reference in &line.refs {
            if reference.to != RefTo::Advance || !line.is_advance() {
                return Err(cannot_follow(
                    &journal.id,
                    "only refunds of advances can be undone",
                ));
            }
            match account
                .advances
                .iter_mut()
                .find(|lot| lot.id == reference.id)
            {
                Some(lot) => lot.amount = lot.amount.add(reference.amount)?,
                None => account.advances.push(Lot {
                    id: reference.id.clone(),
                    service: line.service.clone(),
                    period: line.period,
                    amount: reference.amount,
                    vat: line.vat_code.rate(),
                    date: settled_on(journal),
                    kind: kind(&journal.receipt.payments),
                    method: line.method,
                }),
            }
        }
    }
    Ok(())
}

/// Applies a right line of income. What is `consumed` of an advance that the line creates again is
/// not there to be consumed once more.
fn pay(
    account: &mut Account,
    journal: &JournalReceipt,
    fix: &FixReceipt,
    line: &RightLine,
    reference: &Ref,
    consumed: Option<&mut Vec<Consumed>>,
) -> Result<(), Refusal> {
    if (reference.to == RefTo::Advance) != line.method.has_calculated_vat() {
        return Err(cannot_follow(
            &journal.id,
            "1214 = 1, 2, 3 create advances, others do not",
        ));
    }
    let list = match reference.to {
        RefTo::Debt => DebtList::Open,
        RefTo::WrittenOff => DebtList::WrittenOff,
        RefTo::Penalty => {
            let at = account.penalty(&reference.id)?;
            let open = account.penalties[at].open;
            account.penalties[at].open = less(account, reference, open)?;
            return Ok(());
        }
        RefTo::Advance => {
            let mut amount = reference.amount;
            if let Some(consumed) = consumed {
                let gone =
                    |gone: &&mut Consumed| gone.lot == reference.id && gone.service == line.service;
                if let Some(gone) = consumed.iter_mut().find(gone) {
                    let part = gone.amount.min(amount);
                    amount = amount.sub(part)?;
                    gone.amount = gone.amount.sub(part)?;
                }
                consumed.retain(|gone| gone.amount.is_positive());
            }
            return account.add_lot(Lot {
                id: reference.id.clone(),
                service: line.service.clone(),
                period: line.period,
                amount,
                vat: line.vat_code.rate(),
                date: settled_on(journal),
                kind: kind(&fix.right.payments),
                method: line.method,
            });
        }
    };
    let at = account.debt(list, &reference.id)?;
    let debt = match list {
        DebtList::Open => account.debts[at].clone(),
        DebtList::WrittenOff => account.written_off[at].clone(),
    };
    if debt.credit != (line.method == PaymentMethod::CreditPayment) {
        return Err(cannot_follow(
            &journal.id,
            "a debt is paid by 7 exactly when it is on credit",
        ));
    }
    let open = less(account, reference, debt.open)?;
    match list {
        DebtList::Open => account.debts[at].open = open,
        DebtList::WrittenOff => account.written_off[at].open = open,
    }
    account.settle(&debt.service, debt.period, debt.vat, reference.amount)
}

/// What is left of `open`.
fn less(account: &Account, reference: &Ref, open: Kopecks) -> Result<Kopecks, Refusal> {
    if reference.amount > open {
        return Err(Refusal::ExplicitExceedsDebt {
            id: reference.id.clone(),
            account: account.number.clone(),
            amount: reference.amount,
            open,
        });
    }
    Ok(open.sub(reference.amount)?)
}

/// Applies a right line of a refund: it takes from an advance.
fn refund(account: &mut Account, journal: &JournalReceipt, reference: &Ref) -> Result<(), Refusal> {
    if reference.to != RefTo::Advance {
        return Err(cannot_follow(
            &journal.id,
            "only refunds of advances can be applied",
        ));
    }
    let lot = account
        .advances
        .iter_mut()
        .find(|lot| lot.id == reference.id);
    let available = lot.as_ref().map_or(Kopecks::ZERO, |lot| lot.amount);
    match lot {
        Some(lot) if reference.amount <= available => {
            lot.amount = available.sub(reference.amount)?;
            Ok(())
        }
        _ => Err(Refusal::InsufficientAdvance {
            service: reference.id.clone(),
            account: account.number.clone(),
            amount: reference.amount,
            available,
        }),
    }
}

const fn kind(payments: &Payments) -> MoneyKind {
    if payments.cashless.is_zero() {
        MoneyKind::Cash
    } else {
        MoneyKind::Cashless
    }
}

/// «The account cannot follow.»
pub(crate) fn cannot_follow(receipt: &str, why: &str) -> Refusal {
    Refusal::BadKind {
        what: format!(
            "the account cannot follow the fix of {receipt}: {why}; send it with ledger = false"
        ),
    }
}
