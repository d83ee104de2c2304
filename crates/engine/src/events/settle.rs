//! Debts and penalties are paid: what a payment's shares do to the account, and its lines.

use terms::Kopecks;

use crate::{
    Account, RefTo, Refusal, Rule, Setup, Source, What, Why,
    allocate::{self, Shares, Via},
    ledger::DebtList,
    lines::{self, Draft},
};

/// Pays debts and written-off debts; their lines stand in canonical order.
pub(crate) fn pay_debts(
    setup: &Setup,
    account: &mut Account,
    shares: &Shares,
    total: Kopecks,
    drafts: &mut Vec<Draft>,
) -> Result<(), Refusal> {
    let open = shares.debts.iter().zip(0..);
    let open = open.map(|(amount, at)| (amount, DebtList::Open, at));
    let written_off = shares.written_off.iter().zip(0..);
    let written_off = written_off.map(|(amount, at)| (amount, DebtList::WrittenOff, at));
    let mut order: Vec<(DebtList, usize)> = open
        .chain(written_off)
        .filter(|(amount, ..)| amount.is_positive())
        .map(|(_, list, at)| (list, at))
        .collect();
    // Penalties and an advance may follow.
    drafts.reserve(order.len() + 1);
    let debt = |(list, place): (DebtList, usize)| match list {
        DebtList::Open => &account.debts[place],
        DebtList::WrittenOff => &account.written_off[place],
    };
    order.sort_by_key(|at| allocate::canonical(setup, debt(*at)));

    for (list, at) in order {
        let (debt, amount, to) = match list {
            DebtList::Open => (&mut account.debts[at], shares.debts[at], RefTo::Debt),
            DebtList::WrittenOff => (
                &mut account.written_off[at],
                shares.written_off[at],
                RefTo::WrittenOff,
            ),
        };
        debt.open = debt.open.sub(amount)?;
        let rule = match list {
            DebtList::WrittenOff => Rule::D29,
            DebtList::Open if shares.via[at] == Via::Billing => Rule::D05,
            DebtList::Open if shares.via[at] == Via::Later => Rule::D25,
            DebtList::Open if !debt.credit => agent_or(setup.service(&debt.service)?, Rule::D09),
            DebtList::Open if debt.open.is_zero() => Rule::D01,
            DebtList::Open => Rule::D02,
        };
        let why = Why {
            rule,
            from: vec![
                Source {
                    what: What::Debt(debt.id.clone(), debt.period),
                    amount,
                },
                of_payment(total),
            ],
        };
        drafts.push(lines::debt_paid(setup, debt, to, amount, why)?);
        let (service, period, vat) = (debt.service.clone(), debt.period, debt.vat);
        account.settle(&service, period, vat, amount)?;
    }
    Ok(())
}

/// The agent's rule for an agent's service, else `rule`.
fn agent_or(service: &crate::Service, rule: Rule) -> Rule {
    match service.agent {
        Some(_) => Rule::D16,
        None => rule,
    }
}

/// Pays penalties of a payment of `total`; returns those that stay outside the receipt because of
/// `skip`.
pub(crate) fn pay_penalties(
    setup: &Setup,
    account: &mut Account,
    shares: &Shares,
    (total, skip): (Kopecks, bool),
    drafts: &mut Vec<Draft>,
) -> Result<Vec<(String, Kopecks)>, Refusal> {
    let mut skipped = Vec::new();
    for at in allocate::penalty_order(setup, account) {
        let amount = shares.penalties[at];
        if !amount.is_positive() {
            continue;
        }
        let penalty = &mut account.penalties[at];
        penalty.open = penalty.open.sub(amount)?;
        if skip {
            skipped.push((penalty.id.clone(), amount));
            continue;
        }
        let why = Why {
            rule: Rule::D14,
            from: vec![
                Source {
                    what: What::Penalty(penalty.id.clone()),
                    amount,
                },
                of_payment(total),
            ],
        };
        drafts.push(lines::penalty_paid(setup, penalty, amount, why)?);
    }
    Ok(skipped)
}

/// The payment behind a line.
pub(crate) const fn of_payment(total: Kopecks) -> Source {
    Source {
        what: What::Payment,
        amount: total,
    }
}
