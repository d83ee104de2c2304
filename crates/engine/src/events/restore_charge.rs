//! The receipt of a past charge was never fiscalised (receipt rules §4.2, «lost charge receipt»).

use terms::{Kopecks, OperationSign, PaymentMethod, Period, ServiceCode};

use crate::{
    Account, AgentOffset, Correction, Debt, LostChargeLine, PayerKind, Refusal, RestoreCharge,
    Rule, Service, Source, What, Why,
    apply::{Work, check_count, check_past, check_positive},
    compose::{Heading, Purse, compose},
    lines::{self, Draft},
    text::entry_id,
};

pub(crate) fn restore_charge(work: &mut Work<'_>, restore: &RestoreCharge) -> Result<(), Refusal> {
    check_past("the lost day", restore.lost_date, work.event.date)?;
    check_count("lines of the lost charge", restore.lines.len())?;
    let place = work.open(&restore.account)?;
    if work.plan.accounts[place].payer_kind == PayerKind::Business {
        return Err(Refusal::BadKind {
            what: format!(
                "account {} is of a business: its charges have no receipts",
                restore.account
            ),
        });
    }
    let lines = in_order(work, restore)?;
    let mut drafts = Vec::with_capacity(lines.len());
    for (service, line) in lines {
        check_line(work, line, service)?;
        check_charged(&work.plan.accounts[place], restore, line)?;
        drafts.push(draft(line, service));
        let base = entry_id(&work.event.id, Some(&line.service), Some(line.period));
        has_credit_receipt(&mut work.plan.accounts[place], line, &base)?;
    }
    let heading = Heading {
        correction: Some(Correction {
            date: restore.lost_date,
            order: restore.order.clone(),
        }),
        ..Heading::receipt(OperationSign::Income, place)
    };
    compose(work, &heading, drafts, &mut Purse::empty())?;
    Ok(())
}

/// The lines by (priority, code, period), as those of a charge.
fn in_order<'a, 'b>(
    work: &Work<'a>,
    restore: &'b RestoreCharge,
) -> Result<Vec<(&'a Service, &'b LostChargeLine)>, Refusal> {
    let lines = restore.lines.iter();
    let lines = lines.map(|line| Ok((work.setup.service(&line.service)?, line)));
    let mut lines = lines.collect::<Result<Vec<_>, Refusal>>()?;
    lines.sort_by_key(|(service, line)| (service.priority, &line.service, line.period));
    Ok(lines)
}

fn check_line(work: &Work<'_>, line: &LostChargeLine, service: &Service) -> Result<(), Refusal> {
    check_positive("a lost charge", line.amount)?;
    let negative = line.prepaid < Kopecks::ZERO || line.credit < Kopecks::ZERO;
    if negative || line.prepaid.add(line.credit)? != line.amount {
        return Err(Refusal::BadAmount {
            what: format!(
                "offset {} and credit {} of {} for {} must add up to {}",
                line.prepaid, line.credit, line.service, line.period, line.amount
            ),
        });
    }
    if service.agent.is_some() && work.setup.config.agent_offset == AgentOffset::Supplier {
        return Err(Refusal::BadKind {
            what: format!(
                "{} is of a supplier: its charges are the supplier's receipts",
                line.service
            ),
        });
    }
    Ok(())
}

/// Refuses to restore the receipt of a charge that the account does not have: what all lines of a
/// service and month say together is settled, open or written off.
fn check_charged(
    account: &Account,
    restore: &RestoreCharge,
    line: &LostChargeLine,
) -> Result<(), Refusal> {
    let of = (&line.service, line.period);
    let same = restore.lines.iter();
    let same = same.filter(|other| (&other.service, other.period) == of);
    let amount = Kopecks::sum(same.map(|other| other.amount))?;
    let debts = account.debts.iter().chain(&account.written_off);
    let debts = debts.filter(|debt| is_of(debt, of));
    let owed = Kopecks::sum(debts.map(|debt| debt.open))?;
    let charged = account.settled_of(&line.service, line.period)?.add(owed)?;
    if amount > charged {
        return Err(Refusal::LostExceedsCharge {
            service: line.service.clone(),
            period: line.period,
            account: account.number.clone(),
            amount,
            charged,
        });
    }
    Ok(())
}

fn is_of(debt: &Debt, (service, period): (&ServiceCode, Period)) -> bool {
    debt.period == period && debt.service == *service
}

fn draft(line: &LostChargeLine, service: &Service) -> Draft {
    let (rule, method) = if line.credit.is_zero() {
        (Rule::D06, PaymentMethod::FullSettlement)
    } else if line.prepaid.is_zero() {
        (Rule::D08, PaymentMethod::Credit)
    } else {
        (Rule::D07, PaymentMethod::PartialCredit)
    };
    let mut from = vec![Source {
        what: What::Charge(line.period),
        amount: line.amount,
    }];
    if line.credit.is_positive() {
        from.push(Source {
            what: What::Credit,
            amount: line.credit,
        });
    }
    let vat = service.vat.rate_on(line.period.last_day());
    let of = (&line.service, service);
    let why = Why { rule, from };
    let draft = lines::supplied(of, (line.period, vat), method, line.amount, "", why);
    draft.paid_by(line.prepaid, line.credit)
}

/// Debts of the line's service and month that had no credit receipt have one now, up to its credit:
/// open ones by their ids, then written-off ones. A debt that is larger is split; the part with the
/// receipt is a debt of this event, `base`.
fn has_credit_receipt(
    account: &mut Account,
    line: &LostChargeLine,
    base: &str,
) -> Result<(), Refusal> {
    let mut left = line.credit;
    for debts in [&mut account.debts, &mut account.written_off] {
        let mut order: Vec<usize> = (0..debts.len())
            .filter(|at| !debts[*at].credit && is_of(&debts[*at], (&line.service, line.period)))
            .collect();
        order.sort_by(|a, b| debts[*a].id.cmp(&debts[*b].id));
        for at in order {
            let part = left.min(debts[at].open);
            if part.is_zero() {
                break;
            }
            left = left.sub(part)?;
            if part == debts[at].open {
                debts[at].credit = true;
                continue;
            }
            debts[at].open = debts[at].open.sub(part)?;
            let split = Debt {
                id: base.to_owned(),
                open: part,
                credit: true,
                ..debts[at].clone()
            };
            if debts.iter().any(|other| other.id == split.id) {
                return Err(Refusal::Conflict {
                    id: split.id,
                    account: account.number.clone(),
                });
            }
            debts.push(split);
        }
    }
    Ok(())
}
