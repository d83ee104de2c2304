//! Undoing what the lines of a payment's receipt did to the account.

use terms::{Kopecks, PaymentMethod, Period, ServiceCode};

use crate::{Account, Line, Ref, RefTo, Refusal, ledger::DebtList};

/// A part of a created advance that is not there any more.
pub(crate) struct Consumed {
    /// The id of the advance.
    pub(crate) lot: String,
    /// Its service; none for the pool.
    pub(crate) service: Option<ServiceCode>,
    /// How much of it.
    pub(crate) amount: Kopecks,
}

/// Undoes lines: debts and penalties are open again, created advances vanish. What of the advances
/// is consumed already is returned.
pub(crate) fn undo(account: &mut Account, lines: &[Line]) -> Result<Vec<Consumed>, Refusal> {
    let mut consumed = Vec::new();
    for line in lines {
        check_refs(&line.name, line.amount, &line.refs)?;
        for to in &line.refs {
            let credit = line.method == PaymentMethod::CreditPayment;
            match to.to {
                RefTo::Debt => {
                    account.reopen(DebtList::Open, &to.id, charge(line)?, to.amount, credit)?;
                }
                RefTo::WrittenOff => {
                    let of = charge(line)?;
                    account.reopen(DebtList::WrittenOff, &to.id, of, to.amount, credit)?;
                }
                RefTo::Penalty => {
                    let service = line.service.as_ref().ok_or_else(|| nameless(line))?;
                    account.reopen_penalty(&to.id, service, to.amount)?;
                }
                RefTo::Advance => {
                    let lot = account.advances.iter_mut().find(|lot| lot.id == to.id);
                    let mut left = to.amount;
                    if let Some(lot) = lot {
                        let part = left.min(lot.amount);
                        lot.amount = lot.amount.sub(part)?;
                        left = left.sub(part)?;
                    }
                    if left.is_positive() {
                        consumed.push(Consumed {
                            lot: to.id.clone(),
                            service: line.service.clone(),
                            amount: left,
                        });
                    }
                }
            }
        }
    }
    Ok(consumed)
}

/// Refuses a line that does not say what it paid or created.
pub(crate) fn check_refs(name: &str, amount: Kopecks, refs: &[Ref]) -> Result<(), Refusal> {
    let positive = refs.iter().all(|to| to.amount.is_positive());
    if positive && Kopecks::sum(refs.iter().map(|to| to.amount))? == amount {
        return Ok(());
    }
    Err(Refusal::BadKind {
        what: format!("line «{name}» does not say which debt, penalty or advance its {amount} are"),
    })
}

fn charge(line: &Line) -> Result<(&ServiceCode, Period), Refusal> {
    line.service
        .as_ref()
        .zip(line.period)
        .ok_or_else(|| nameless(line))
}

fn nameless(line: &Line) -> Refusal {
    Refusal::BadKind {
        what: format!("line «{}» names no service or month", line.name),
    }
}
