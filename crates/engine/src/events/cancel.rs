//! A fiscalised payment is cancelled (receipt rules §2.4 D22, D23).

use terms::{AccountNumber, Kopecks, OperationSign, PaymentMethod, Period, ServiceCode, VatRate};

use super::{
    mirror::{basis, in_force, mirror},
    undo::{Consumed, undo},
};
use crate::{
    Account, AgentOffset, CancelPayment, CancelReason, Debt, JournalReceipt, PayerKind, Postpaid,
    RecordKind, Refusal, Rule, Settled, Setup, Source, What, Why,
    apply::Work,
    compose::{Heading, Purse, compose},
    lines,
    text::entry_id,
};

pub(crate) fn cancel_payment(work: &mut Work<'_>, cancel: &CancelPayment) -> Result<(), Refusal> {
    let journal = in_force(work, &cancel.original)?;
    check_payment(journal, &cancel.account)?;
    let place = work.open(&cancel.account)?;
    let (rule, correction, corrects) = match cancel.reason {
        CancelReason::Chargeback => (Rule::D22, None, None),
        CancelReason::DuplicateRecord => (
            Rule::D23,
            basis(work, journal, cancel.order.as_ref()),
            Some(journal.fiscal_sign),
        ),
    };
    let receipt = mirror(work, journal, Some(place), rule, correction, corrects)?;
    work.plan.receipts.push(receipt);
    let consumed = undo(&mut work.plan.accounts[place], journal.receipt.all_lines())?;
    reverse_offsets(work, place, rule, &consumed)?;
    work.plan.cancelled.push(cancel.original.clone());
    Ok(())
}

/// Only income of real money on this account can be cancelled.
pub(crate) fn check_payment(
    journal: &JournalReceipt,
    account: &AccountNumber,
) -> Result<(), Refusal> {
    let receipt = &journal.receipt;
    let payments = &receipt.payments;
    let what = if receipt.account.as_ref() != Some(account) {
        "is not of this account"
    } else if receipt.operation != OperationSign::Income
        || !payments.prepaid.is_zero()
        || !payments.credit.is_zero()
    {
        "is not a payment of real money"
    } else {
        return Ok(());
    };
    Err(Refusal::BadKind {
        what: format!(
            "receipt {} {what} ({account}): it cannot be cancelled",
            journal.id
        ),
    })
}

/// A settled charge that loses its offset.
struct Reversed {
    service: ServiceCode,
    period: Period,
    vat: VatRate,
    amount: Kopecks,
}

/// The advance is spent already: the charges that it covered, the latest first, lose their offset
/// and are owed again. Fiscally: a return of 4 by offset, and 6 on credit for the same sum.
fn reverse_offsets(
    work: &mut Work<'_>,
    place: usize,
    rule: Rule,
    consumed: &[Consumed],
) -> Result<(), Refusal> {
    let setup = work.setup;
    let credit = setup.config.postpaid == Postpaid::Credit;
    let individual = work.plan.accounts[place].payer_kind == PayerKind::Individual;
    let mut reversed = Vec::new();
    for consumed in consumed {
        take_settled(
            setup,
            &mut work.plan.accounts[place],
            consumed,
            &mut reversed,
        )?;
    }
    reversed.sort_by(|a, b| {
        let key = |r: &Reversed| (setup.priority(&r.service), r.period, r.vat);
        let (of_a, of_b) = (key(a), key(b));
        (of_a.0, &a.service, of_a.1, of_a.2).cmp(&(of_b.0, &b.service, of_b.1, of_b.2))
    });
    let (mut returned, mut on_credit) = (Vec::new(), Vec::new());
    for reversed in reversed {
        let service = setup.service(&reversed.service)?;
        let supplier_s =
            service.agent.is_some() && setup.config.agent_offset == AgentOffset::Supplier;
        let fiscal = individual && !supplier_s;
        owe_again(work, place, &reversed, fiscal && credit)?;
        if !fiscal {
            let code = supplier_s.then_some(reversed.service.as_str());
            let kind = if individual {
                RecordKind::SupplierRecalc
            } else {
                RecordKind::B2b
            };
            work.record(kind, place, code, reversed.amount);
            continue;
        }
        let amount = reversed.amount;
        let line = |method, what| {
            let why = Why {
                rule,
                from: vec![Source { what, amount }],
            };
            let of = (&reversed.service, service);
            lines::supplied(of, (reversed.period, reversed.vat), method, amount, "", why)
        };
        let settled = What::Settled(reversed.period);
        let back = line(PaymentMethod::FullSettlement, settled);
        returned.push(back.paid_by(amount, Kopecks::ZERO));
        if credit {
            let owed = line(PaymentMethod::Credit, What::Charge(reversed.period));
            on_credit.push(owed.paid_by(Kopecks::ZERO, amount));
        }
    }
    for (operation, drafts) in [
        (OperationSign::IncomeReturn, returned),
        (OperationSign::Income, on_credit),
    ] {
        let heading = Heading::receipt(operation, place);
        compose(work, &heading, drafts, &mut Purse::empty())?;
    }
    Ok(())
}

/// Takes what an advance was spent on out of the settled charges, the latest months first.
fn take_settled(
    setup: &Setup,
    account: &mut Account,
    consumed: &Consumed,
    reversed: &mut Vec<Reversed>,
) -> Result<(), Refusal> {
    let spent_on = |entry: &Settled| match &consumed.service {
        Some(service) => entry.service == *service,
        None => setup
            .services
            .get(&entry.service)
            .is_some_and(|service| service.agent.is_none()),
    };
    let mut order: Vec<usize> = (0..account.settled.len())
        .filter(|at| spent_on(&account.settled[*at]))
        .collect();
    order.sort_by(|a, b| {
        let (a, b) = (&account.settled[*a], &account.settled[*b]);
        let (of_a, of_b) = (setup.priority(&a.service), setup.priority(&b.service));
        (b.period, of_a, &a.service).cmp(&(a.period, of_b, &b.service))
    });
    let mut left = consumed.amount;
    for at in order {
        let entry = &mut account.settled[at];
        let part = left.min(entry.amount);
        if part.is_positive() {
            entry.amount = entry.amount.sub(part)?;
            left = left.sub(part)?;
            reversed.push(Reversed {
                service: entry.service.clone(),
                period: entry.period,
                vat: entry.vat,
                amount: part,
            });
        }
    }
    if left.is_positive() {
        return Err(Refusal::AdvanceAlreadySpent {
            id: consumed.lot.clone(),
            account: account.number.clone(),
            amount: left,
        });
    }
    Ok(())
}

/// The charge is owed again, as a debt of this event.
fn owe_again(
    work: &mut Work<'_>,
    place: usize,
    reversed: &Reversed,
    credit: bool,
) -> Result<(), Refusal> {
    let Reversed {
        service,
        period,
        vat,
        amount,
    } = reversed;
    let account = &mut work.plan.accounts[place];
    let mut id = entry_id(&work.event.id, Some(service), Some(*period));
    if let Some(debt) = account.debts.iter_mut().find(|debt| debt.id == id) {
        if debt.vat == *vat && debt.credit == credit {
            debt.open = debt.open.add(*amount)?;
            return Ok(());
        }
        id = format!("{id}/{vat}");
    }
    account.add_debt(Debt {
        id,
        service: service.clone(),
        period: *period,
        open: *amount,
        vat: *vat,
        credit,
    })
}
