//! Overpayments are moved (receipt rules §2.4 D19–D21).

use terms::{Inn, Kopecks, LocalDate, OperationSign, PaymentMethod, ServiceCode, VatRate};

use crate::{
    AgentOffset, Lot, MoneyKind, Move, Part, PartKind, PayerKind, RecordKind, RefTo, Refusal, Rule,
    Setup, Source, What, Why,
    apply::{Work, check_positive},
    compose::{Heading, Purse, compose},
    ledger::{DebtList, Taken},
    lines,
    surplus::pool,
    text::entry_id,
};

pub(crate) fn move_overpayment(work: &mut Work<'_>, moved: &Move) -> Result<(), Refusal> {
    check_positive("the moved sum", moved.amount)?;
    let from = work.open(&moved.from_account)?;
    let to = work.open(&moved.to_account)?;
    match &moved.to_debt {
        Some(debt) => close_debt(work, moved, (from, to), debt),
        None => move_advance(work, moved, (from, to)),
    }
}

/// D19, D21: the overpayment closes a debt.
fn close_debt(
    work: &mut Work<'_>,
    moved: &Move,
    (from, to): (usize, usize),
    id: &str,
) -> Result<(), Refusal> {
    let setup = work.setup;
    let at = work.plan.accounts[to].debt(DebtList::Open, id)?;
    let debt = work.plan.accounts[to].debts[at].clone();
    if let Some(other) = moved
        .to_service
        .as_ref()
        .filter(|code| **code != debt.service)
    {
        return Err(Refusal::BadKind {
            what: format!("debt {id} is of {}, not of {other}", debt.service),
        });
    }
    if moved.amount > debt.open {
        return Err(Refusal::ExplicitExceedsDebt {
            id: id.to_owned(),
            account: moved.to_account.clone(),
            amount: moved.amount,
            open: debt.open,
        });
    }
    let service = setup.service(&debt.service)?;
    let from_supplier = supplier(setup, moved.from_service.as_ref())?;
    if from_supplier != service.supplier() && !moved.payer_order {
        return Err(Refusal::SupplierMismatch {
            from: named(moved.from_service.as_ref()),
            to: debt.service,
        });
    }

    let source = &mut work.plan.accounts[from];
    let taken = source.take_all(moved.from_service.as_ref(), None, moved.amount)?;
    let mut why = Why {
        rule: if from == to { Rule::D19 } else { Rule::D21 },
        from: vec![Source {
            what: What::Debt(debt.id.clone(), debt.period),
            amount: moved.amount,
        }],
    };
    why.from.extend(taken.iter().map(|taken| Source {
        what: What::Lot(source.advances[taken.lot].id.clone()),
        amount: taken.amount,
    }));
    let target = &mut work.plan.accounts[to];
    target.debts[at].open = debt.open.sub(moved.amount)?;
    target.settle(&debt.service, debt.period, debt.vat, moved.amount)?;

    let supplier_s = service.agent.is_some() && setup.config.agent_offset == AgentOffset::Supplier;
    if target.payer_kind == PayerKind::Business {
        work.record(RecordKind::B2b, to, None, moved.amount);
    } else if supplier_s && !debt.credit {
        let code = Some(debt.service.as_str());
        work.record(RecordKind::SupplierOffset, to, code, moved.amount);
    } else {
        let line = lines::debt_paid(setup, &debt, RefTo::Debt, moved.amount, why)?;
        let heading = Heading::receipt(OperationSign::Income, to);
        let drafts = vec![line.paid_by(moved.amount, Kopecks::ZERO)];
        compose(work, &heading, drafts, &mut Purse::empty())?;
    }
    Ok(())
}

/// D20, D20′: the overpayment stays an advance.
fn move_advance(
    work: &mut Work<'_>,
    moved: &Move,
    (from, to): (usize, usize),
) -> Result<(), Refusal> {
    let setup = work.setup;
    let target = moved.to_service.as_ref();
    if from == to && moved.from_service == moved.to_service {
        return Err(Refusal::BadKind {
            what: format!("the advance is on {} already", named(target)),
        });
    }
    // Refuses a pool that is not allowed before anything is taken.
    rate_on(setup, target, work.event.date)?;
    let alike = from == to
        && setup.tax_system(moved.from_service.as_ref())? == setup.tax_system(target)?
        && supplier(setup, moved.from_service.as_ref())? == supplier(setup, target)?;
    let taken =
        work.plan.accounts[from].take_all(moved.from_service.as_ref(), None, moved.amount)?;
    let (mut relabelled, mut renewed) = (Vec::new(), Vec::new());
    for taken in taken {
        let lot = &work.plan.accounts[from].advances[taken.lot];
        let same = alike
            && lot.method == PaymentMethod::Advance
            && rate_on(setup, target, lot.date).is_ok_and(|rate| rate == lot.vat);
        if same { &mut relabelled } else { &mut renewed }.push(taken);
    }
    let mut ids = NewIds {
        base: entry_id(&work.event.id, target, None),
        given: 0,
    };
    relabel(work, moved, from, relabelled, &mut ids)?;
    renew(work, moved, (from, to), renewed, &mut ids)
}

/// D20: the same rate, tax system, supplier and account: the lots keep their day, no receipt.
fn relabel(
    work: &mut Work<'_>,
    moved: &Move,
    place: usize,
    taken: Vec<Taken>,
    ids: &mut NewIds,
) -> Result<(), Refusal> {
    if taken.is_empty() {
        return Ok(());
    }
    let amount = Kopecks::sum(taken.iter().map(|taken| taken.amount))?;
    for taken in taken {
        let account = &mut work.plan.accounts[place];
        let lot = Lot {
            id: ids.next(),
            service: moved.to_service.clone(),
            amount: taken.amount,
            ..account.advances[taken.lot].clone()
        };
        account.add_lot(lot)?;
    }
    let reference = named(moved.to_service.as_ref());
    work.record(RecordKind::AdvanceRelabel, place, Some(&reference), amount);
    Ok(())
}

/// D20′: a return of the old advances, then a receipt for new ones with today's day and rate.
fn renew(
    work: &mut Work<'_>,
    moved: &Move,
    (from, to): (usize, usize),
    mut taken: Vec<Taken>,
    ids: &mut NewIds,
) -> Result<(), Refusal> {
    let (setup, date) = (work.setup, work.event.date);
    let source = &work.plan.accounts[from];
    taken.sort_by_key(|taken| source.advances[taken.lot].period);
    let mut returned = Vec::new();
    let mut kinds = [
        (MoneyKind::Cash, Kopecks::ZERO),
        (MoneyKind::Cashless, Kopecks::ZERO),
    ];
    for taken in &taken {
        let lot = &source.advances[taken.lot];
        for (kind, sum) in &mut kinds {
            if *kind == lot.kind {
                *sum = sum.add(taken.amount)?;
            }
        }
        let why = because(What::Lot(lot.id.clone()), taken.amount);
        returned.push(lines::advance(
            setup,
            &source.number,
            lot,
            taken.amount,
            why,
        )?);
    }
    let mut parts = Vec::new();
    let mut renewed = Vec::new();
    for (kind, amount) in kinds.into_iter().filter(|(_, sum)| sum.is_positive()) {
        let lot = Lot {
            id: ids.next(),
            service: moved.to_service.clone(),
            period: None,
            amount,
            vat: rate_on(setup, moved.to_service.as_ref(), date)?,
            date,
            kind,
            method: PaymentMethod::Advance,
        };
        let why = because(What::Advance(lot.id.clone()), amount);
        renewed.push(lines::advance(setup, &moved.to_account, &lot, amount, why)?);
        work.plan.accounts[to].add_lot(lot)?;
        parts.push(Part {
            kind: match kind {
                MoneyKind::Cash => PartKind::Cash,
                MoneyKind::Cashless => PartKind::Cashless,
            },
            amount,
        });
    }
    for (place, operation, drafts) in [
        (from, OperationSign::IncomeReturn, returned),
        (to, OperationSign::Income, renewed),
    ] {
        let cashless = parts.iter().all(|part| part.kind == PartKind::Cashless);
        let business = work.plan.accounts[place].payer_kind == PayerKind::Business;
        if business && cashless && !drafts.is_empty() {
            let amount = Kopecks::sum(parts.iter().map(|part| part.amount))?;
            work.record(RecordKind::B2b, place, None, amount);
            continue;
        }
        let heading = Heading::receipt(operation, place);
        compose(work, &heading, drafts, &mut Purse::new(&parts))?;
    }
    Ok(())
}

/// The ids of the advances that a move creates.
struct NewIds {
    base: String,
    given: usize,
}

impl NewIds {
    fn next(&mut self) -> String {
        self.given += 1;
        match self.given {
            1 => self.base.clone(),
            nth => format!("{}/{nth}", self.base),
        }
    }
}

fn because(what: What, amount: Kopecks) -> Why {
    Why {
        rule: Rule::D20Prime,
        from: vec![Source { what, amount }],
    }
}

fn named(service: Option<&ServiceCode>) -> String {
    service.map_or_else(|| "POOL".to_owned(), ToString::to_string)
}

fn supplier(setup: &Setup, service: Option<&ServiceCode>) -> Result<Option<Inn>, Refusal> {
    Ok(service
        .map(|code| setup.service(code))
        .transpose()?
        .and_then(|service| service.supplier()))
}

fn rate_on(
    setup: &Setup,
    service: Option<&ServiceCode>,
    date: LocalDate,
) -> Result<VatRate, Refusal> {
    match service {
        Some(code) => Ok(setup.service(code)?.vat.rate_on(date)),
        None => pool(setup, date)
            .map(|(rate, _)| rate)
            .ok_or_else(|| Refusal::BadKind {
                what: "services differ in rate, tax system or supplier: there is no pool"
                    .to_owned(),
            }),
    }
}
