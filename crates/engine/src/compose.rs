//! From lines to receipts (receipt rules §1.10): one receipt per tax system, equal lines merged,
//! long receipts cut, payment parts consumed in the order given.

use std::collections::BTreeMap;

use terms::{FfdVersion, FiscalSign, Kopecks, OperationSign, TaxSystem, VatRate};

use crate::{
    Correction, Line, MoneyKind, Part, PartKind, Payments, Receipt, Refusal,
    apply::{Work, check_positive},
    lines::Draft,
};

/// What the receipts of one call share.
pub(crate) struct Heading {
    /// Tag 1054.
    pub(crate) operation: OperationSign,
    /// The place of the account in the plan.
    pub(crate) account: Option<usize>,
    /// Tag 1125.
    pub(crate) internet: bool,
    /// The basis of correction receipts.
    pub(crate) correction: Option<Correction>,
    /// Tag 1192.
    pub(crate) corrects: Option<FiscalSign>,
}

impl Heading {
    /// An ordinary receipt on an account.
    pub(crate) const fn receipt(operation: OperationSign, account: usize) -> Self {
        Self {
            operation,
            account: Some(account),
            internet: false,
            correction: None,
            corrects: None,
        }
    }
}

/// The real money that pays for lines.
pub(crate) struct Purse {
    parts: Vec<Part>,
    next: usize,
}

impl Purse {
    /// The parts of a payment, in their order.
    pub(crate) fn new(parts: &[Part]) -> Self {
        Self {
            parts: parts.to_vec(),
            next: 0,
        }
    }

    /// No real money.
    pub(crate) const fn empty() -> Self {
        Self {
            parts: Vec::new(),
            next: 0,
        }
    }

    /// Money of one kind.
    pub(crate) fn of(kind: MoneyKind, amount: Kopecks) -> Self {
        let kind = match kind {
            MoneyKind::Cash => PartKind::Cash,
            MoneyKind::Cashless => PartKind::Cashless,
        };
        Self::new(&[Part { kind, amount }])
    }

    /// Pays `due` into `payments`; returns the kind of the last real money used.
    fn pay(&mut self, due: Kopecks, payments: &mut Payments) -> Result<Option<MoneyKind>, Refusal> {
        let mut left = due;
        let mut last = None;
        while left.is_positive() {
            let Some(part) = self.parts.get_mut(self.next) else {
                return Err(Refusal::BadAmount {
                    what: format!("the money is {left} short of the lines"),
                });
            };
            let paid = left.min(part.amount);
            part.amount = part.amount.sub(paid)?;
            left = left.sub(paid)?;
            if part.amount.is_zero() {
                self.next += 1;
            }
            let (purpose, kind) = match part.kind {
                PartKind::Cash => (&mut payments.cash, Some(MoneyKind::Cash)),
                PartKind::Cashless => (&mut payments.cashless, Some(MoneyKind::Cashless)),
                PartKind::Counter => (&mut payments.counter, None),
            };
            *purpose = purpose.add(paid)?;
            last = kind.or(last);
        }
        Ok(last)
    }
}

/// Adds the receipts with these lines, given in canonical order, to the plan. For each of them the
/// kind of the last real money is returned.
pub(crate) fn compose(
    work: &mut Work<'_>,
    heading: &Heading,
    mut drafts: Vec<Draft>,
    purse: &mut Purse,
) -> Result<Vec<Option<MoneyKind>>, Refusal> {
    let max_lines = usize::from(work.setup.config.max_lines.get());
    let mut kinds = Vec::with_capacity(1);
    while let Some(first) = drafts.first() {
        let tax_system = first.tax_system;
        let mut lines = merged(take_group(&mut drafts, tax_system))?;
        while !lines.is_empty() {
            let rest = lines.split_off(max_lines.min(lines.len()));
            let (receipt, kind) = receipt(work, heading, tax_system, lines, purse)?;
            work.plan.receipts.reserve_exact(1);
            work.plan.receipts.push(receipt);
            kinds.push(kind);
            lines = rest;
        }
    }
    Ok(kinds)
}

/// Takes the lines of a tax system; the others stay, all in their order.
fn take_group(drafts: &mut Vec<Draft>, tax_system: TaxSystem) -> Vec<Draft> {
    let all = std::mem::take(drafts);
    if all.iter().all(|draft| draft.tax_system == tax_system) {
        return all;
    }
    let (group, others) = all
        .into_iter()
        .partition(|draft| draft.tax_system == tax_system);
    *drafts = others;
    group
}

/// Makes equal lines one, where the first of them stands.
pub(crate) fn merged(mut drafts: Vec<Draft>) -> Result<Vec<Draft>, Refusal> {
    let mut kept = 0;
    for next in 0..drafts.len() {
        let (before, from_next) = drafts.split_at_mut(next);
        let Some(draft) = from_next.first_mut() else {
            break;
        };
        // In canonical order equal lines are not far apart: only others of the same service and
        // month can be between them.
        let equal = before[..kept]
            .iter_mut()
            .rev()
            .take_while(|other| {
                other.line.service == draft.line.service && other.line.period == draft.line.period
            })
            .find(|other| other.line.merges_with(&draft.line));
        match equal {
            Some(other) => other.merge(draft)?,
            None => {
                drafts.swap(kept, next);
                kept += 1;
            }
        }
    }
    drafts.truncate(kept);
    Ok(drafts)
}

impl Line {
    fn merges_with(&self, other: &Self) -> bool {
        self.name == other.name
            && self.method == other.method
            && self.subject == other.subject
            && self.vat_code == other.vat_code
            && self.agent == other.agent
    }
}

impl Draft {
    /// Takes over what `other` is worth.
    fn merge(&mut self, other: &mut Self) -> Result<(), Refusal> {
        self.prepaid = self.prepaid.add(other.prepaid)?;
        self.credit = self.credit.add(other.credit)?;
        self.line.amount = self.line.amount.add(other.line.amount)?;
        self.line.refs.append(&mut other.line.refs);
        for source in other.line.why.from.drain(..) {
            if !self.line.why.from.contains(&source) {
                self.line.why.from.push(source);
            }
        }
        Ok(())
    }
}

fn receipt(
    work: &Work<'_>,
    heading: &Heading,
    tax_system: TaxSystem,
    drafts: Vec<Draft>,
    purse: &mut Purse,
) -> Result<(Receipt, Option<MoneyKind>), Refusal> {
    let total = Kopecks::sum(drafts.iter().map(|draft| draft.line.amount))?;
    let mut payments = Payments {
        prepaid: Kopecks::sum(drafts.iter().map(|draft| draft.prepaid))?,
        credit: Kopecks::sum(drafts.iter().map(|draft| draft.credit))?,
        ..Payments::default()
    };
    let due = total.sub(payments.prepaid)?.sub(payments.credit)?;
    let kind = purse.pay(due, &mut payments)?;
    let mut lines: Vec<Line> = drafts.into_iter().map(|draft| draft.line).collect();
    for line in &mut lines {
        // Invariant 1, whatever the state held.
        check_positive("a line", line.amount)?;
        line.vat = line.vat_code.tax_in(line.amount);
    }
    check_counter(&lines, &payments, total)?;

    let vat_totals = vat_totals(&lines)?;
    let lineless = heading.correction.is_some() && work.setup.config.ffd == FfdVersion::V1_05;
    let (lines, unprinted) = if lineless {
        (Vec::new(), lines)
    } else {
        (lines, Vec::new())
    };
    let account = heading.account.map(|place| &work.plan.accounts[place]);
    let contact = account.and_then(|account| account.contact.clone());
    let receipt = Receipt {
        event: work.event.id.clone(),
        ffd: work.setup.config.ffd,
        operation: heading.operation,
        tax_system,
        date: work.event.date,
        account: account.map(|account| account.number.clone()),
        deliver: contact.is_some(),
        contact,
        internet: heading.internet,
        lines,
        unprinted,
        payments,
        total,
        vat_totals,
        correction: heading.correction.clone(),
        corrects: heading.corrects,
        settled_on: None,
    };
    Ok((receipt, kind))
}

/// Advances are paid by real money only (receipt rules §1.9 invariant 7).
fn check_counter(lines: &[Line], payments: &Payments, total: Kopecks) -> Result<(), Refusal> {
    if payments.counter.is_zero() {
        return Ok(());
    }
    let advances = lines.iter().filter(|line| line.is_advance());
    let debts = total.sub(Kopecks::sum(advances.map(|line| line.amount))?)?;
    if payments.counter > debts {
        return Err(Refusal::CounterOnlyForDebt {
            counter: payments.counter,
            debts,
        });
    }
    Ok(())
}

/// Per VAT code the sum of the lines' taxes; for 0 % and exempt the turnover (receipt rules §1.3
/// rule 3).
pub(crate) fn vat_totals(lines: &[Line]) -> Result<BTreeMap<terms::VatCode, Kopecks>, Refusal> {
    let mut totals = BTreeMap::new();
    for line in lines {
        let part = match line.vat_code.rate() {
            VatRate::V0 | VatRate::Exempt => line.amount,
            _ => line.vat,
        };
        let total: &mut Kopecks = totals.entry(line.vat_code).or_default();
        *total = total.add(part)?;
    }
    Ok(totals)
}
