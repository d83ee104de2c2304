//! The consolidated offset receipt of a month (receipt rules §2.3, D24).

use std::collections::BTreeMap;

use terms::{Kopecks, OperationSign, PaymentMethod, Period, ServiceCode, VatRate};

use crate::{
    BufferChange, Correction, PeriodClose, Refusal, Rule, Source, What, Why,
    apply::Work,
    compose::{Heading, Purse, compose},
    deadline, lines,
};

pub(crate) fn period_close(work: &mut Work<'_>, close: &PeriodClose) -> Result<(), Refusal> {
    let (period, date) = (close.period, work.event.date);
    let deadline = deadline::consolidated(period)?;
    let late = date > deadline;
    if late && !close.late_as_correction {
        return Err(Refusal::ConsolidatedDeadlinePassed {
            period,
            deadline,
            date,
        });
    }

    let setup = work.setup;
    let mut drafts = Vec::new();
    for ((priority_code, service_period, vat), (amount, count)) in sums(work, period)? {
        let (_, code) = priority_code;
        let service = setup.service(code)?;
        let why = Why {
            rule: Rule::D24,
            from: vec![Source {
                what: What::Offsets(count, service_period),
                amount,
            }],
        };
        let draft = lines::supplied(
            (code, service),
            (service_period, vat),
            PaymentMethod::FullSettlement,
            amount,
            " (зачет авансов)",
            why,
        );
        drafts.push(draft.paid_by(amount, Kopecks::ZERO));
    }
    let heading = Heading {
        operation: OperationSign::Income,
        account: None,
        internet: false,
        correction: late.then(|| Correction {
            date: period.last_day(),
            order: None,
        }),
        corrects: None,
    };
    compose(work, &heading, drafts, &mut Purse::empty())?;
    work.plan.buffer = BufferChange::Close(period);
    Ok(())
}

/// A line of the consolidated receipt, in canonical order: (priority, code), month, rate.
type Key<'a> = ((u32, &'a ServiceCode), Period, VatRate);

/// The sums and counts of what waits for `period`.
fn sums<'a>(
    work: &Work<'a>,
    period: Period,
) -> Result<BTreeMap<Key<'a>, (Kopecks, usize)>, Refusal> {
    let mut sums = BTreeMap::new();
    for line in work
        .before
        .buffer
        .iter()
        .filter(|line| line.close == period)
    {
        let priority = work.setup.priority(&line.service);
        let key = ((priority, &line.service), line.period, line.vat);
        let (amount, count): &mut (Kopecks, usize) = sums.entry(key).or_default();
        *amount = amount.add(line.amount)?;
        *count += 1;
    }
    Ok(sums)
}
