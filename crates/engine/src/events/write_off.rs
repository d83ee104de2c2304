//! Debts leave the balance (receipt rules §2.4 D13): records, no receipt.

use terms::Kopecks;

use crate::{
    Debt, RecordKind, Refusal, WriteOff, WriteOffTarget,
    apply::{Work, check_count, check_positive},
    ledger::DebtList,
};

pub(crate) fn write_off(work: &mut Work<'_>, writeoff: &WriteOff) -> Result<(), Refusal> {
    check_count("items of the write-off", writeoff.items.len())?;
    let place = work.open(&writeoff.account)?;
    for item in &writeoff.items {
        check_positive("a written-off sum", item.amount)?;
        let id = match &item.target {
            WriteOffTarget::Debt(id) => {
                debt(work, place, id, item.amount)?;
                id
            }
            WriteOffTarget::Penalty(id) => {
                let account = &mut work.plan.accounts[place];
                let at = account.penalty(id)?;
                let open = account.penalties[at].open;
                check_open(work, place, id, item.amount, open)?;
                work.plan.accounts[place].penalties[at].open = open.sub(item.amount)?;
                id
            }
        };
        work.record(RecordKind::WriteOff, place, Some(id), item.amount);
    }
    Ok(())
}

fn debt(work: &mut Work<'_>, place: usize, id: &str, amount: Kopecks) -> Result<(), Refusal> {
    let at = work.plan.accounts[place].debt(DebtList::Open, id)?;
    check_open(
        work,
        place,
        id,
        amount,
        work.plan.accounts[place].debts[at].open,
    )?;
    let account = &mut work.plan.accounts[place];
    let debt = &mut account.debts[at];
    debt.open = debt.open.sub(amount)?;
    // A part that was written off before may differ in its credit receipt: it stays apart.
    let same = |other: &&mut Debt| {
        other.id == debt.id
            && other.credit == debt.credit
            && (&other.service, other.period, other.vat) == (&debt.service, debt.period, debt.vat)
    };
    match account.written_off.iter_mut().find(same) {
        Some(other) => other.open = other.open.add(amount)?,
        None => account.written_off.push(Debt {
            open: amount,
            ..debt.clone()
        }),
    }
    Ok(())
}

fn check_open(
    work: &Work<'_>,
    place: usize,
    id: &str,
    amount: Kopecks,
    open: Kopecks,
) -> Result<(), Refusal> {
    if amount > open {
        return Err(Refusal::WriteOffExceedsDebt {
            id: id.to_owned(),
            account: work.plan.accounts[place].number.clone(),
            amount,
            open,
        });
    }
    Ok(())
}
