//! The invariants, computed from the outside: only from states, the event and the documents.

use std::collections::{BTreeMap, BTreeSet};

use engine::*;
use proptest::{prelude::*, test_runner::TestCaseResult};
use terms::*;

/// What is known of one accepted event.
pub(crate) struct Oracle<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) before: &'a Before,
    pub(crate) after: &'a Before,
    pub(crate) event: &'a Event,
    pub(crate) plan: &'a Plan,
}

/// Sums over both accounts, in kopecks.
#[derive(Debug)]
struct Sums {
    net: i64,
    lots: i64,
    credit: i64,
    buffer: i64,
}

impl Oracle<'_> {
    pub(crate) fn check(&self) -> TestCaseResult {
        for receipt in &self.plan.receipts {
            self.receipt(receipt)?;
        }
        self.money_that_came()?;
        self.saldo()?;
        self.charges()?;
        self.advances_and_credit()?;
        self.entries()
    }

    /// Invariants 1, 7, 8.
    fn receipt(&self, receipt: &Receipt) -> TestCaseResult {
        let lines = receipt.all_lines();
        let sum = |fits: &dyn Fn(&&Line) -> bool| -> i64 {
            lines
                .iter()
                .filter(fits)
                .map(|line| line.amount.get())
                .sum()
        };
        let payments = &receipt.payments;
        prop_assert!(!lines.is_empty());
        prop_assert!(lines.len() <= usize::from(self.setup.config.max_lines.get()));
        prop_assert!(lines.iter().all(|line| line.amount.is_positive()));
        prop_assert_eq!(sum(&|_| true), receipt.total.get());
        prop_assert_eq!(payments.total().unwrap(), receipt.total);

        let advances = sum(&|line| (1..=3).contains(&line.method.code()));
        prop_assert!(advances <= payments.cash.get() + payments.cashless.get());
        let on_credit = sum(&|line| line.method == PaymentMethod::Credit);
        let partly = sum(&|line| line.method == PaymentMethod::PartialCredit);
        prop_assert!(payments.credit.get() >= on_credit);
        prop_assert_eq!(payments.credit.get() > on_credit, partly > 0);
        prop_assert!(payments.credit.get() - on_credit <= partly);

        let mut vat_totals: BTreeMap<u8, i64> = BTreeMap::new();
        for line in lines {
            let percent = i64::from(line.vat_code.rate().percent().unwrap_or(0));
            let tax = (2 * line.amount.get() * percent + 100 + percent) / (2 * (100 + percent));
            let tax = if percent == 0 { 0 } else { tax };
            prop_assert_eq!(line.vat.get(), tax);
            let turnover = if percent == 0 { line.amount.get() } else { tax };
            *vat_totals.entry(line.vat_code.code()).or_default() += turnover;
            let has_kinds = percent > 0;
            prop_assert!(!has_kinds || line.vat_code.is_calculated() == (line.method.code() <= 3));
            let refs: i64 = line.refs.iter().map(|to| to.amount.get()).sum();
            prop_assert!(line.refs.is_empty() || refs == line.amount.get());
            prop_assert!(line.name.chars().count() <= 128);
            let service = line.service.as_ref().map(|code| &self.setup.services[code]);
            // What is fixed may be just that, and what repeats it.
            if let (Some(service), false) = (service, self.repeats_a_receipt()) {
                prop_assert_eq!(service.tax_system, receipt.tax_system);
                prop_assert_eq!(&service.agent, &line.agent);
            }
        }
        let given = receipt
            .vat_totals
            .iter()
            .map(|(code, sum)| (code.code(), sum.get()));
        prop_assert_eq!(given.collect::<BTreeMap<_, _>>(), vat_totals);
        let lineless = receipt.ffd == FfdVersion::V1_05 && receipt.correction.is_some();
        prop_assert_eq!(receipt.lines.is_empty(), lineless);
        Ok(())
    }

    fn repeats_a_receipt(&self) -> bool {
        matches!(
            self.event.kind,
            EventKind::FixReceipt(_) | EventKind::CancelPayment(_)
        )
    }

    /// Invariant 2.
    fn money_that_came(&self) -> TestCaseResult {
        let parts = match &self.event.kind {
            EventKind::Payment(payment) => &payment.parts,
            EventKind::RestorePayment(restore) => &restore.parts,
            EventKind::Identify(identify) => {
                let found = self
                    .before
                    .unidentified
                    .iter()
                    .find(|p| p.id == identify.payment);
                &found.unwrap().payment.parts
            }
            _ => return Ok(()),
        };
        let came: i64 = parts.iter().map(|part| part.amount.get()).sum();
        let receipted: i64 = self
            .plan
            .receipts
            .iter()
            .map(|receipt| &receipt.payments)
            .map(|paid| paid.cash.get() + paid.cashless.get() + paid.counter.get())
            .sum();
        let recorded: i64 = self
            .plan
            .records
            .iter()
            .map(|record| record.amount.get())
            .sum();
        prop_assert_eq!(came, receipted + recorded);
        Ok(())
    }

    /// Invariant 3, with written-off debts counted in, so that a write-off of debts is a move.
    fn saldo(&self) -> TestCaseResult {
        let amount_of = |id: &str| {
            let found = self.before.receipts.iter().find(|journal| journal.id == id);
            &found.unwrap().receipt
        };
        let parts = |parts: &[Part]| parts.iter().map(|part| part.amount.get()).sum::<i64>();
        let expected = match &self.event.kind {
            EventKind::Payment(Payment { account: None, .. })
            | EventKind::PeriodClose(_)
            | EventKind::RestoreCharge(_)
            | EventKind::Move(_) => 0,
            EventKind::Payment(payment) => parts(&payment.parts),
            EventKind::RestorePayment(restore) => parts(&restore.parts),
            EventKind::Identify(identify) => {
                let found = self
                    .before
                    .unidentified
                    .iter()
                    .find(|p| p.id == identify.payment);
                parts(&found.unwrap().payment.parts)
            }
            EventKind::Charge(charge) => -charge
                .lines
                .iter()
                .map(|line| line.amount.get())
                .sum::<i64>(),
            EventKind::Refund(refund) => match refund.of {
                RefundOf::Advance { .. } => -refund.amount.get(),
                RefundOf::Service { .. } => 0,
            },
            EventKind::Recalc(recalc) => match recalc.to {
                RecalcTo::Advance => -recalc.delta.get(),
                RecalcTo::Refund => self.owed(self.before) - self.owed(self.after),
            },
            EventKind::WriteOff(writeoff) => writeoff
                .items
                .iter()
                .filter(|item| matches!(item.target, WriteOffTarget::Penalty(_)))
                .map(|item| item.amount.get())
                .sum(),
            EventKind::CancelPayment(cancel) => -amount_of(&cancel.original).total.get(),
            EventKind::FixReceipt(fix) => {
                let wrong = amount_of(&fix.original);
                let came = |operation, total: Kopecks| match operation {
                    OperationSign::Income => total.get(),
                    _ => -total.get(),
                };
                let total = fix.right.payments.total().unwrap();
                let right = came(fix.right.operation.unwrap_or(wrong.operation), total);
                match fix.ledger {
                    true => right - came(wrong.operation, wrong.total),
                    false => 0,
                }
            }
        };
        let (before, after) = (self.sums(self.before), self.sums(self.after));
        prop_assert_eq!(after.net - before.net, expected);
        Ok(())
    }

    /// Invariant 4: settled + open + written off of a service and month only change by charges,
    /// recalculations and refunds for services.
    fn charges(&self) -> TestCaseResult {
        let mut expected = charged(self.before);
        match &self.event.kind {
            EventKind::Charge(charge) => {
                for line in &charge.lines {
                    let key = (charge.account.clone(), line.service.clone(), line.period);
                    *expected.entry(key).or_default() += line.amount.get();
                }
            }
            EventKind::Recalc(recalc) => {
                let key = (
                    recalc.account.clone(),
                    recalc.service.clone(),
                    recalc.period,
                );
                *expected.entry(key).or_default() += recalc.delta.get();
            }
            EventKind::Refund(Refund {
                account,
                of: RefundOf::Service { service, period },
                amount,
                ..
            }) => {
                let key = (account.clone(), service.clone(), *period);
                *expected.entry(key).or_default() -= amount.get();
            }
            _ => {}
        }
        expected.retain(|_, sum| *sum != 0);
        prop_assert_eq!(charged(self.after), expected);
        Ok(())
    }

    /// Invariants 5 and 6. What happened without receipts by law, or changes receipts only, is
    /// outside of them.
    fn advances_and_credit(&self) -> TestCaseResult {
        if let EventKind::RestoreCharge(restore) = &self.event.kind {
            return self.restored_charge(restore);
        }
        let unreceipted = [RecordKind::B2b, RecordKind::Subsidy];
        let only_documents = match &self.event.kind {
            EventKind::FixReceipt(fix) => !fix.ledger || !fix.accepted,
            _ => false,
        };
        if only_documents
            || self
                .plan
                .records
                .iter()
                .any(|r| unreceipted.contains(&r.kind))
        {
            return Ok(());
        }
        let recorded = |kind| -> i64 {
            let records = self
                .plan
                .records
                .iter()
                .filter(|record| record.kind == kind);
            records.map(|record| record.amount.get()).sum()
        };
        let (mut lots, mut credit) = (0, 0);
        for receipt in &self.plan.receipts {
            let sign = match receipt.operation {
                OperationSign::Income | OperationSign::ExpenseReturn => 1,
                OperationSign::IncomeReturn | OperationSign::Expense => -1,
            };
            for line in receipt.all_lines() {
                match line.method.code() {
                    1..=3 => lots += sign * line.amount.get(),
                    7 => credit -= sign * line.amount.get(),
                    _ => {}
                }
            }
            lots -= sign * receipt.payments.prepaid.get();
            credit += sign * receipt.payments.credit.get();
        }
        let (before, after) = (self.sums(self.before), self.sums(self.after));
        lots -= after.buffer - before.buffer;
        lots -= recorded(RecordKind::SupplierOffset) - recorded(RecordKind::SupplierRecalc);
        prop_assert_eq!(after.lots - before.lots, lots, "advances");
        prop_assert_eq!(after.credit - before.credit, credit, "credit");
        Ok(())
    }

    /// A charge of the past has its receipt now: the account keeps every sum, and no more of its debts
    /// than the receipt says is on credit from now on.
    fn restored_charge(&self, restore: &RestoreCharge) -> TestCaseResult {
        let (before, after) = (self.sums(self.before), self.sums(self.after));
        let said = |sum: fn(&LostChargeLine) -> Kopecks| -> i64 {
            restore.lines.iter().map(|line| sum(line).get()).sum()
        };
        let paid = |sum: fn(&Payments) -> Kopecks| -> i64 {
            let receipts = self.plan.receipts.iter();
            receipts.map(|receipt| sum(&receipt.payments).get()).sum()
        };
        prop_assert_eq!(after.lots, before.lots);
        prop_assert_eq!(self.owed(self.after), self.owed(self.before));
        prop_assert!((0..=said(|line| line.credit)).contains(&(after.credit - before.credit)));
        prop_assert_eq!(paid(|sums| sums.credit), said(|line| line.credit));
        prop_assert_eq!(paid(|sums| sums.prepaid), said(|line| line.prepaid));
        Ok(())
    }

    /// Invariant 9: what is there is more than nothing, and ids are unique.
    fn entries(&self) -> TestCaseResult {
        for account in self.after.accounts.values() {
            let debts = account
                .debts
                .iter()
                .chain(&account.written_off)
                .map(|debt| debt.open);
            let all = debts
                .chain(account.penalties.iter().map(|penalty| penalty.open))
                .chain(account.advances.iter().map(|lot| lot.amount))
                .chain(account.settled.iter().map(|settled| settled.amount));
            for amount in all {
                prop_assert!(amount.is_positive());
            }
            let ids: BTreeSet<_> = account.debts.iter().map(|debt| &debt.id).collect();
            prop_assert_eq!(ids.len(), account.debts.len());
            let ids: BTreeSet<_> = account.advances.iter().map(|lot| &lot.id).collect();
            prop_assert_eq!(ids.len(), account.advances.len());
        }
        Ok(())
    }

    fn sums(&self, state: &Before) -> Sums {
        let lots = state
            .accounts
            .values()
            .flat_map(|account| &account.advances);
        let lots: i64 = lots.map(|lot| lot.amount.get()).sum();
        let credit = debts(state).filter(|(_, debt)| debt.credit);
        let credit = credit.map(|(_, debt)| debt.open.get()).sum();
        Sums {
            net: lots - self.owed(state),
            lots,
            credit,
            buffer: state.buffer.iter().map(|line| line.amount.get()).sum(),
        }
    }

    fn owed(&self, state: &Before) -> i64 {
        let penalties = state
            .accounts
            .values()
            .flat_map(|account| &account.penalties);
        debts(state).map(|(_, debt)| debt.open.get()).sum::<i64>()
            + penalties.map(|penalty| penalty.open.get()).sum::<i64>()
    }
}

/// What an event did to `before` is taken back from `now`, which gives `then`: every sum changes by
/// exactly as much as it did then, the other way round. `buffer` is not the account's.
pub(crate) fn check_taken_back(
    setup: &Setup,
    (before, after): (&Before, &Before),
    (now, then): (&Before, &Before),
) -> TestCaseResult {
    let event = Event {
        id: String::new(),
        date: "2026-01-01".parse().unwrap(),
        kind: EventKind::PeriodClose(PeriodClose {
            period: "2026-01".parse().unwrap(),
            late_as_correction: false,
        }),
    };
    let oracle = Oracle {
        setup,
        before: now,
        after: then,
        event: &event,
        plan: &Plan::default(),
    };
    let sums = |state| {
        let Sums {
            net, lots, credit, ..
        } = oracle.sums(state);
        [net, lots, credit]
    };
    for place in 0..3 {
        let did = sums(after)[place] - sums(before)[place];
        prop_assert_eq!(sums(now)[place] - sums(then)[place], did);
    }
    let (was, is) = (charged(before), charged(after));
    let mut expected = charged(now);
    for (sums, sign) in [(was, 1), (is, -1)] {
        for (key, sum) in sums {
            *expected.entry(key).or_default() += sign * sum;
        }
    }
    expected.retain(|_, sum| *sum != 0);
    prop_assert_eq!(charged(then), expected);
    oracle.entries()
}

fn debts(state: &Before) -> impl Iterator<Item = (&AccountNumber, &Debt)> {
    state.accounts.iter().flat_map(|(number, account)| {
        let all = account.debts.iter().chain(&account.written_off);
        all.map(move |debt| (number, debt))
    })
}

fn charged(state: &Before) -> BTreeMap<(AccountNumber, ServiceCode, Period), i64> {
    let mut sums = BTreeMap::new();
    for (number, debt) in debts(state) {
        let key = (number.clone(), debt.service.clone(), debt.period);
        *sums.entry(key).or_default() += debt.open.get();
    }
    for (number, account) in &state.accounts {
        for settled in &account.settled {
            let key = (number.clone(), settled.service.clone(), settled.period);
            *sums.entry(key).or_default() += settled.amount.get();
        }
    }
    sums
}
