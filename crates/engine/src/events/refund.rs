//! Money goes back (receipt rules §2.4 D10, D11; a lost refund: §4.2).

use terms::{FfdVersion, OperationSign, PaymentMethod, Period, ServiceCode};

use crate::{
    Correction, MoneyKind, PayerKind, RecordKind, Refund, RefundOf, Refusal, Rule, Source, What,
    Why,
    apply::{Work, check_past, check_positive},
    compose::{Heading, Purse, compose},
    lines::{self, Draft},
};

pub(crate) fn refund(work: &mut Work<'_>, refund: &Refund) -> Result<(), Refusal> {
    check_positive("the refund", refund.amount)?;
    if let Some(lost) = refund.lost_date {
        check_past("the lost day", lost, work.event.date)?;
    }
    let place = work.open(&refund.account)?;
    let drafts = match &refund.of {
        RefundOf::Advance { service, period } => {
            of_advance(work, place, refund, service.as_ref(), *period)?
        }
        RefundOf::Service { service, period } => of_service(work, place, refund, service, *period)?,
    };
    if refund.kind == MoneyKind::Cashless
        && work.plan.accounts[place].payer_kind == PayerKind::Business
    {
        work.record(RecordKind::B2b, place, None, refund.amount);
        return Ok(());
    }
    // In FFD 1.05 a correction receipt knows приход and расход only.
    let operation = match (refund.lost_date, work.setup.config.ffd) {
        (Some(_), FfdVersion::V1_05) => OperationSign::Expense,
        _ => OperationSign::IncomeReturn,
    };
    let heading = Heading {
        correction: refund
            .lost_date
            .map(|date| Correction { date, order: None }),
        ..Heading::receipt(operation, place)
    };
    let mut purse = Purse::of(refund.kind, refund.amount);
    compose(work, &heading, drafts, &mut purse)?;
    Ok(())
}

/// D10: lots oldest first, each at its own rate; lines by (month, age).
fn of_advance(
    work: &mut Work<'_>,
    place: usize,
    refund: &Refund,
    service: Option<&ServiceCode>,
    period: Option<Period>,
) -> Result<Vec<Draft>, Refusal> {
    let account = &mut work.plan.accounts[place];
    let mut taken = account.take_all(service, period, refund.amount)?;
    taken.sort_by_key(|taken| account.advances[taken.lot].period);
    taken
        .iter()
        .map(|taken| {
            let lot = &account.advances[taken.lot];
            let why = Why {
                rule: Rule::D10,
                from: vec![Source {
                    what: What::Lot(lot.id.clone()),
                    amount: taken.amount,
                }],
            };
            lines::advance(work.setup, &account.number, lot, taken.amount, why)
        })
        .collect()
}

/// D11: a settled service.
fn of_service(
    work: &mut Work<'_>,
    place: usize,
    refund: &Refund,
    code: &ServiceCode,
    period: Period,
) -> Result<Vec<Draft>, Refusal> {
    let service = work.setup.service(code)?;
    let by_rate = work.plan.accounts[place].unsettle(code, period, refund.amount)?;
    Ok(by_rate
        .into_iter()
        .map(|(vat, amount)| {
            let why = Why {
                rule: Rule::D11,
                from: vec![Source {
                    what: What::Settled(period),
                    amount,
                }],
            };
            let method = PaymentMethod::FullSettlement;
            lines::supplied((code, service), (period, vat), method, amount, "", why)
        })
        .collect())
}
