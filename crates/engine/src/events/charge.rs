//! Charges (receipt rules §2.3): 4 when advances cover them, 5 in part, 6 on credit.

use terms::{Kopecks, LocalDate, OperationSign, PaymentMethod, Period, ServiceCode, VatRate};

use crate::{
    AgentOffset, BufferChange, BufferLine, Charge, ChargeLine, Debt, OffsetMode, PayerKind,
    Postpaid, RecordKind, Refusal, Rule, Service, Setup, Source, What, Why,
    apply::{Work, check_count, check_positive},
    compose::{Heading, Purse, compose},
    deadline,
    ledger::Taken,
    lines::{self, Draft},
    text::entry_id,
};

/// A charge may lie this many years before or after its event.
const MAX_YEARS_APART: u16 = 20;

pub(crate) fn charge(work: &mut Work<'_>, charge: &Charge) -> Result<(), Refusal> {
    let lines = in_order(work.setup, charge, work.event.date)?;
    let place = work.open(&charge.account)?;
    let individual = work.plan.accounts[place].payer_kind == PayerKind::Individual;
    let mut drafts = Vec::with_capacity(lines.len());
    let mut buffer = Vec::new();
    let mut b2b = Kopecks::ZERO;
    for line in lines {
        let covered = cover(work, place, &line)?;
        if !individual {
            b2b = b2b.add(covered.amount)?;
            owe(work, place, &line, covered.amount, false)?;
            continue;
        }
        if line.service.agent.is_some() && work.setup.config.agent_offset == AgentOffset::Supplier {
            if covered.amount.is_positive() {
                let code = Some(line.code.as_str());
                work.record(RecordKind::SupplierOffset, place, code, covered.amount);
            }
            owe(work, place, &line, covered.amount, false)?;
            continue;
        }
        let credit = work.setup.config.postpaid == Postpaid::Credit;
        owe(work, place, &line, covered.amount, credit)?;
        let whole = covered.amount == line.amount;
        if whole && line.service.p21 && work.setup.config.offset_mode == OffsetMode::Consolidated {
            buffer.push(buffered(work, place, &line)?);
        } else if credit || covered.amount.is_positive() {
            drafts.push(draft(work, place, &line, &covered, credit)?);
        }
    }
    if b2b.is_positive() {
        work.record(RecordKind::B2b, place, None, b2b);
    }
    if !buffer.is_empty() {
        work.plan.buffer = BufferChange::Add(buffer);
    }
    let heading = Heading::receipt(OperationSign::Income, place);
    compose(work, &heading, drafts, &mut Purse::empty())?;
    Ok(())
}

/// A line of the charge with what is known of its service.
struct Charged<'a> {
    code: &'a ServiceCode,
    service: &'a Service,
    period: Period,
    vat: VatRate,
    amount: Kopecks,
}

/// What advances cover of a line.
struct Covered {
    amount: Kopecks,
    taken: Vec<Taken>,
}

/// The lines by (priority, code, period); equal ones are one.
fn in_order<'a>(
    setup: &'a Setup,
    charge: &'a Charge,
    date: LocalDate,
) -> Result<Vec<Charged<'a>>, Refusal> {
    check_count("lines of the charge", charge.lines.len())?;
    let mut lines = Vec::with_capacity(charge.lines.len());
    for ChargeLine {
        service: code,
        period,
        amount,
    } in &charge.lines
    {
        check_positive("a charged sum", *amount)?;
        if period.year().abs_diff(date.year()) > MAX_YEARS_APART {
            return Err(Refusal::BadDate {
                what: format!(
                    "a charge for {period} on {date} is more than {MAX_YEARS_APART} years apart"
                ),
            });
        }
        let service = setup.service(code)?;
        lines.push(Charged {
            code,
            service,
            period: *period,
            vat: service.vat.rate_on(period.last_day()),
            amount: *amount,
        });
    }
    lines.sort_by_key(|line| (line.service.priority, line.code, line.period));
    let mut merged: Vec<Charged<'a>> = Vec::with_capacity(lines.len());
    for line in lines {
        match merged.last_mut() {
            Some(last) if (last.code, last.period) == (line.code, line.period) => {
                last.amount = last.amount.add(line.amount)?;
            }
            _ => merged.push(line),
        }
    }
    Ok(merged)
}

/// Consumes advances: of the service and month, of the service, then the pool (receipt rules §1.8).
fn cover(work: &mut Work<'_>, place: usize, line: &Charged<'_>) -> Result<Covered, Refusal> {
    let account = &mut work.plan.accounts[place];
    let mut taken = Vec::new();
    let mut missing = line.amount;
    for period in [Some(line.period), None] {
        missing = account.take(
            |lot| lot.period == period && lot.service.as_ref() == Some(line.code),
            missing,
            &mut taken,
        )?;
    }
    if line.service.agent.is_none() {
        missing = account.take(|lot| lot.service.is_none(), missing, &mut taken)?;
    }
    let amount = line.amount.sub(missing)?;
    if amount.is_positive() {
        account.settle(line.code, line.period, line.vat, amount)?;
    }
    // The bill has come: it is no longer a known future one.
    account
        .invoices
        .retain(|invoice| invoice.period != line.period || invoice.service != *line.code);
    Ok(Covered { amount, taken })
}

/// What advances do not cover becomes a debt.
fn owe(
    work: &mut Work<'_>,
    place: usize,
    line: &Charged<'_>,
    covered: Kopecks,
    credit: bool,
) -> Result<(), Refusal> {
    let open = line.amount.sub(covered)?;
    if open.is_zero() {
        return Ok(());
    }
    work.plan.accounts[place].add_debt(Debt {
        id: entry_id(&work.event.id, Some(line.code), Some(line.period)),
        service: line.code.clone(),
        period: line.period,
        open,
        vat: line.vat,
        credit,
    })
}

fn draft(
    work: &Work<'_>,
    place: usize,
    line: &Charged<'_>,
    covered: &Covered,
    credit: bool,
) -> Result<Draft, Refusal> {
    let rest = line.amount.sub(covered.amount)?;
    let mut from = Vec::with_capacity(covered.taken.len() + 2);
    from.push(Source {
        what: What::Charge(line.period),
        amount: line.amount,
    });
    from.extend(covered.taken.iter().map(|taken| Source {
        what: What::Lot(work.plan.accounts[place].advances[taken.lot].id.clone()),
        amount: taken.amount,
    }));
    let (rule, method, amount, on_credit) = if rest.is_zero() {
        (Rule::D06, PaymentMethod::FullSettlement, line.amount, rest)
    } else if !credit {
        let covered = covered.amount;
        (
            Rule::D09Prime,
            PaymentMethod::FullSettlement,
            covered,
            Kopecks::ZERO,
        )
    } else if covered.amount.is_zero() {
        (Rule::D08, PaymentMethod::Credit, line.amount, rest)
    } else {
        (Rule::D07, PaymentMethod::PartialCredit, line.amount, rest)
    };
    if on_credit.is_positive() {
        from.push(Source {
            what: What::Credit,
            amount: on_credit,
        });
    }
    let why = Why { rule, from };
    let service = (line.code, line.service);
    let draft = lines::supplied(service, (line.period, line.vat), method, amount, "", why);
    Ok(draft.paid_by(covered.amount, on_credit))
}

fn buffered(work: &Work<'_>, place: usize, line: &Charged<'_>) -> Result<BufferLine, Refusal> {
    let date = work.event.date;
    Ok(BufferLine {
        close: close_period(line.period, date)?,
        event: work.event.id.clone(),
        date,
        account: work.plan.accounts[place].number.clone(),
        service: line.code.clone(),
        period: line.period,
        vat: line.vat,
        amount: line.amount,
    })
}

/// The month in whose consolidated receipt an offset belongs: the month of its day. Billing that
/// closes a month within the ten days after it still belongs to that month \[C\].
fn close_period(service_period: Period, date: LocalDate) -> Result<Period, Refusal> {
    let just_ended = service_period < date.period();
    if just_ended && date <= deadline::consolidated(service_period)? {
        return Ok(service_period);
    }
    Ok(date.period())
}
