//! Money comes: payments, identified payments, restored payments (receipt rules §2.1, D25, D27).

use terms::{AccountNumber, Kopecks, LocalDate, OperationSign, Period};

use super::settle::{of_payment, pay_debts, pay_penalties};
use crate::{
    Channel, Correction, ExplicitItem, ExplicitTarget, Identify, MoneyKind, Part, PartKind,
    PayerKind, Payment, PenaltyReceipt, Record, RecordKind, RefTo, Refusal, RestorePayment, Rule,
    Source, Unidentified, UnidentifiedChange, What, Why,
    allocate::{self, Shares, Wishes},
    apply::{Work, check_count, check_past, check_positive},
    compose::{Heading, Purse, compose},
    deadline, lines,
    surplus::Surplus,
};

/// Money with all that decides its receipts.
struct Money<'a> {
    account: &'a AccountNumber,
    parts: &'a [Part],
    channel: Channel,
    explicit: &'a [ExplicitItem],
    purpose: Option<Period>,
    /// The day it came: decides the rates of advances.
    came: LocalDate,
    /// The day whose ledger decides, when it is not today's.
    as_of: Option<LocalDate>,
    /// For money whose receipt is too late or was lost.
    correction: Option<Correction>,
}

pub(crate) fn payment(work: &mut Work<'_>, payment: &Payment) -> Result<(), Refusal> {
    let Some(account) = &payment.account else {
        return unidentified(work, payment);
    };
    receive(
        work,
        Money {
            account,
            parts: &payment.parts,
            channel: payment.channel,
            explicit: &payment.explicit,
            purpose: payment.purpose_period,
            came: work.event.date,
            as_of: None,
            correction: None,
        },
    )
}

/// D27: bank money of an unknown payer waits.
fn unidentified(work: &mut Work<'_>, payment: &Payment) -> Result<(), Refusal> {
    if payment.channel != Channel::BankRegistry {
        return Err(Refusal::UnknownAccount {
            account: "of the payer".to_owned(),
        });
    }
    let amount = total(&payment.parts)?;
    check_items(&payment.explicit)?;
    let id = &work.event.id;
    if work.before.unidentified.iter().any(|other| other.id == *id) {
        return Err(Refusal::BadKind {
            what: format!("unidentified payment {id} is there already"),
        });
    }
    work.plan.records.push(Record {
        event: id.clone(),
        kind: RecordKind::Unidentified,
        account: None,
        reference: None,
        amount,
    });
    work.plan.unidentified = UnidentifiedChange::Add(Unidentified {
        id: id.clone(),
        date: work.event.date,
        payment: payment.clone(),
    });
    Ok(())
}

/// D27: the payer became known. After the next working day it is too late for a receipt: a
/// correction receipt is formed.
pub(crate) fn identify(work: &mut Work<'_>, identify: &Identify) -> Result<(), Refusal> {
    let waiting = work
        .before
        .unidentified
        .iter()
        .find(|waiting| waiting.id == identify.payment)
        .ok_or_else(|| Refusal::UnknownPayment {
            payment: identify.payment.clone(),
        })?;
    check_past("the payment's day", waiting.date, work.event.date)?;
    let late = work.event.date > deadline::bank_money(&work.setup.config, waiting.date)?;
    let payment = &waiting.payment;
    receive(
        work,
        Money {
            account: &identify.account,
            parts: &payment.parts,
            channel: payment.channel,
            explicit: &payment.explicit,
            purpose: payment.purpose_period,
            came: waiting.date,
            as_of: None,
            correction: late.then_some(Correction {
                date: waiting.date,
                order: None,
            }),
        },
    )?;
    work.plan.unidentified = UnidentifiedChange::Remove(waiting.id.clone());
    Ok(())
}

/// D25: money of a past day that was never fiscalised. It is allocated by the ledger of that day
/// ([`Wishes::as_of`]); receipts printed since stay as they are (receipt rules §4.2 step 4).
pub(crate) fn restore_payment(
    work: &mut Work<'_>,
    restore: &RestorePayment,
) -> Result<(), Refusal> {
    check_past("the lost day", restore.lost_date, work.event.date)?;
    receive(
        work,
        Money {
            account: &restore.account,
            parts: &restore.parts,
            channel: Channel::BankRegistry,
            explicit: &[],
            purpose: None,
            came: restore.lost_date,
            as_of: Some(restore.lost_date),
            correction: Some(Correction {
                date: restore.lost_date,
                order: restore.order.clone(),
            }),
        },
    )
}

fn receive(work: &mut Work<'_>, money: Money<'_>) -> Result<(), Refusal> {
    let total = total(money.parts)?;
    check_items(money.explicit)?;
    let place = work.open(money.account)?;
    let account = &work.plan.accounts[place];
    if money.channel == Channel::Online && account.contact.is_none() {
        return Err(Refusal::ContactRequired {
            account: account.number.clone(),
        });
    }
    let setup = work.setup;
    let wishes = Wishes {
        explicit: money.explicit,
        purpose: money.purpose,
        as_of: money.as_of,
        ..Wishes::default()
    };
    let shares = allocate::allocate(setup, account, total, wishes)?;
    let unreceipted = unreceipted(account.payer_kind, &money);
    if unreceipted == Some(RecordKind::Subsidy) {
        check_subsidy(&money, &shares)?;
    }

    let mut drafts = Vec::new();
    let account = &mut work.plan.accounts[place];
    pay_debts(setup, account, &shares, total, &mut drafts)?;
    let skip = setup.config.penalty_receipt == PenaltyReceipt::Skip && unreceipted.is_none();
    let skipped = pay_penalties(setup, account, &shares, (total, skip), &mut drafts)?;
    // The rest is ahead of any service.
    let rule = if drafts.is_empty() && skipped.is_empty() {
        Rule::D04
    } else {
        Rule::D03
    };
    let mut surplus = Surplus::new(setup, &work.event.id, money.came);
    for (service, amount) in &shares.advances {
        surplus.named(service.as_ref(), *amount)?;
    }
    surplus.by_policy(&work.plan.accounts[place], shares.surplus, rule)?;
    let mut lots = surplus.into_lots();
    for (lot, rule) in &lots {
        let why = Why {
            rule: *rule,
            from: vec![
                Source {
                    what: What::Advance(lot.id.clone()),
                    amount: lot.amount,
                },
                of_payment(total),
            ],
        };
        drafts.push(lines::advance(setup, money.account, lot, lot.amount, why)?);
    }

    if let Some(kind) = unreceipted {
        let last = last_real(money.parts);
        for (lot, _) in &mut lots {
            lot.kind = last;
        }
        work.record(kind, place, None, total);
    } else {
        let heading = Heading {
            internet: money.channel == Channel::Online,
            correction: money.correction,
            ..Heading::receipt(OperationSign::Income, place)
        };
        let first = work.plan.receipts.len();
        let kinds = compose(work, &heading, drafts, &mut Purse::new(money.parts))?;
        for (receipt, kind) in work.plan.receipts[first..].iter().zip(kinds) {
            let refs = receipt.all_lines().iter().flat_map(|line| &line.refs);
            for created in refs.filter(|to| to.to == RefTo::Advance) {
                let lot = lots.iter_mut().find(|(lot, _)| lot.id == created.id);
                if let (Some((lot, _)), Some(kind)) = (lot, kind) {
                    lot.kind = kind;
                }
            }
        }
        for (penalty, amount) in skipped {
            work.record(RecordKind::PenaltyPayment, place, Some(&penalty), amount);
        }
    }
    for (lot, _) in lots {
        work.plan.accounts[place].add_lot(lot)?;
    }
    Ok(())
}

/// Why money leads to no receipt at all, if it does not (D31, D32).
fn unreceipted(payer: PayerKind, money: &Money<'_>) -> Option<RecordKind> {
    if money.channel == Channel::Subsidy {
        return Some(RecordKind::Subsidy);
    }
    let without_card = money.channel == Channel::BankRegistry
        && money
            .parts
            .iter()
            .all(|part| part.kind == PartKind::Cashless);
    (payer == PayerKind::Business && without_card).then_some(RecordKind::B2b)
}

/// A subsidy pays debts, cashless; it never becomes an advance.
fn check_subsidy(money: &Money<'_>, shares: &Shares) -> Result<(), Refusal> {
    if money
        .parts
        .iter()
        .any(|part| part.kind != PartKind::Cashless)
    {
        return Err(Refusal::BadKind {
            what: "a subsidy is cashless money of a budget".to_owned(),
        });
    }
    let named = money
        .explicit
        .iter()
        .any(|item| matches!(item.target, ExplicitTarget::Advance(_)));
    if named || shares.surplus.is_positive() {
        return Err(Refusal::BadAmount {
            what: format!(
                "the subsidy exceeds the debts of account {} by {}: it cannot become an advance",
                money.account, shares.surplus
            ),
        });
    }
    Ok(())
}

/// The whole of a payment.
fn total(parts: &[Part]) -> Result<Kopecks, Refusal> {
    check_count("parts of the payment", parts.len())?;
    for part in parts {
        check_positive(part.kind.name(), part.amount)?;
    }
    Ok(Kopecks::sum(parts.iter().map(|part| part.amount))?)
}

fn check_items(items: &[ExplicitItem]) -> Result<(), Refusal> {
    if !items.is_empty() {
        check_count("explicit items", items.len())?;
    }
    for item in items {
        check_positive("an explicit item", item.amount)?;
    }
    Ok(())
}

fn last_real(parts: &[Part]) -> MoneyKind {
    match parts
        .iter()
        .rev()
        .find(|part| part.kind != PartKind::Counter)
    {
        Some(part) if part.kind == PartKind::Cash => MoneyKind::Cash,
        _ => MoneyKind::Cashless,
    }
}
