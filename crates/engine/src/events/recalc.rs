//! Downward recalculation (receipt rules §2.4 D12).

use terms::{Kopecks, OperationSign, PaymentMethod, Period, ServiceCode, VatRate};

use crate::{
    AgentOffset, Lot, MoneyKind, PayerKind, Recalc, RecalcTo, RecordKind, Refusal, Rule, Service,
    Source, What, Why,
    apply::{Work, check_positive},
    compose::{Heading, Purse, compose},
    lines::{self, Draft},
    text::entry_id,
};

pub(crate) fn recalc(work: &mut Work<'_>, recalc: &Recalc) -> Result<(), Refusal> {
    let amount = recalc.delta.negated();
    check_positive("a downward recalculation", amount)?;
    let service = work.setup.service(&recalc.service)?;
    let place = work.open(&recalc.account)?;
    check_charged(work, place, recalc, amount)?;

    let mut drafts = Vec::new();
    let settled = reduce_debts(work, place, recalc, (service, amount), &mut drafts)?;
    let mut money = Kopecks::ZERO;
    let kind = recalc.kind.unwrap_or(MoneyKind::Cashless);
    if settled.is_positive() {
        let by_rate =
            work.plan.accounts[place].unsettle(&recalc.service, recalc.period, settled)?;
        if recalc.to == RecalcTo::Advance {
            keep_as_advance(work, place, recalc, &by_rate, kind)?;
        }
        match no_receipt(work, place, recalc, service, kind) {
            Some(record) => {
                let reference = match record {
                    RecordKind::SupplierRecalc => Some(recalc.service.as_str()),
                    _ => None,
                };
                work.record(record, place, reference, settled);
            }
            None => {
                for (vat, amount) in by_rate {
                    let prepaid = match recalc.to {
                        RecalcTo::Advance => amount,
                        RecalcTo::Refund => Kopecks::ZERO,
                    };
                    money = money.add(amount.sub(prepaid)?)?;
                    let method = PaymentMethod::FullSettlement;
                    let what = What::Settled(recalc.period);
                    let draft = line((recalc, service), vat, method, amount, what);
                    drafts.push(draft.paid_by(prepaid, Kopecks::ZERO));
                }
            }
        }
    }
    let heading = Heading::receipt(OperationSign::IncomeReturn, place);
    compose(work, &heading, drafts, &mut Purse::of(kind, money))?;
    Ok(())
}

fn check_charged(
    work: &Work<'_>,
    place: usize,
    recalc: &Recalc,
    amount: Kopecks,
) -> Result<(), Refusal> {
    let account = &work.plan.accounts[place];
    let (service, period) = (&recalc.service, recalc.period);
    let open = account
        .debts
        .iter()
        .filter(|debt| debt.period == period && debt.service == *service)
        .map(|debt| debt.open);
    let charged = Kopecks::sum(open)?.add(account.settled_of(service, period)?)?;
    if amount > charged {
        return Err(Refusal::RecalcExceedsCharge {
            service: service.clone(),
            period,
            account: account.number.clone(),
            amount,
            charged,
        });
    }
    Ok(())
}

/// Takes the recalculation out of open debts first; returns what is left for the settled part.
/// Only a debt with a credit receipt has something to return.
fn reduce_debts(
    work: &mut Work<'_>,
    place: usize,
    recalc: &Recalc,
    (service, amount): (&Service, Kopecks),
    drafts: &mut Vec<Draft>,
) -> Result<Kopecks, Refusal> {
    let account = &mut work.plan.accounts[place];
    let mut order: Vec<usize> = (0..account.debts.len())
        .filter(|at| {
            let debt = &account.debts[*at];
            debt.period == recalc.period && debt.service == recalc.service
        })
        .collect();
    order.sort_by(|a, b| account.debts[*a].id.cmp(&account.debts[*b].id));
    let mut left = amount;
    let mut unfiscalised = Vec::new();
    for at in order {
        let debt = &mut account.debts[at];
        let part = left.min(debt.open);
        if part.is_zero() {
            break;
        }
        debt.open = debt.open.sub(part)?;
        left = left.sub(part)?;
        if !debt.credit {
            unfiscalised.push((debt.id.clone(), part));
            continue;
        }
        let what = What::Debt(debt.id.clone(), debt.period);
        let draft = line(
            (recalc, service),
            debt.vat,
            PaymentMethod::Credit,
            part,
            what,
        );
        drafts.push(draft.paid_by(Kopecks::ZERO, part));
    }
    for (debt, amount) in unfiscalised {
        work.record(
            RecordKind::RecalcUnfiscalisedDebt,
            place,
            Some(&debt),
            amount,
        );
    }
    Ok(left)
}

/// What was paid stays on the account, at the charge's rate.
fn keep_as_advance(
    work: &mut Work<'_>,
    place: usize,
    recalc: &Recalc,
    by_rate: &[(VatRate, Kopecks)],
    kind: MoneyKind,
) -> Result<(), Refusal> {
    let event = work.event;
    for (nth, (vat, amount)) in by_rate.iter().enumerate() {
        let mut id = entry_id(&event.id, Some(&recalc.service), None);
        if nth > 0 {
            id = format!("{id}/{vat}");
        }
        work.plan.accounts[place].add_lot(Lot {
            id,
            service: Some(recalc.service.clone()),
            period: None,
            amount: *amount,
            vat: *vat,
            date: event.date,
            kind,
            method: PaymentMethod::Advance,
        })?;
    }
    Ok(())
}

/// Why the settled part leads to no receipt, if it does not.
fn no_receipt(
    work: &Work<'_>,
    place: usize,
    recalc: &Recalc,
    service: &Service,
    kind: MoneyKind,
) -> Option<RecordKind> {
    let offset = recalc.to == RecalcTo::Advance;
    if work.plan.accounts[place].payer_kind == PayerKind::Business
        && (offset || kind == MoneyKind::Cashless)
    {
        return Some(RecordKind::B2b);
    }
    let supplier_s =
        service.agent.is_some() && work.setup.config.agent_offset == AgentOffset::Supplier;
    (supplier_s && offset).then_some(RecordKind::SupplierRecalc)
}

fn line(
    (recalc, service): (&Recalc, &Service),
    vat: VatRate,
    method: PaymentMethod,
    amount: Kopecks,
    what: What,
) -> Draft {
    let of: (&ServiceCode, Period) = (&recalc.service, recalc.period);
    let why = Why {
        rule: Rule::D12,
        from: vec![Source { what, amount }],
    };
    lines::supplied(
        (of.0, service),
        (of.1, vat),
        method,
        amount,
        " (перерасчет)",
        why,
    )
}
