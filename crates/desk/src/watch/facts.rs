//! An account of the journal as rows of the rules ([`audit::AccountRow`]).
//!
//! What the journal does not say is not made up:
//!
//! * Whether a service is on: a month counts as one in which it was when something was charged in
//!   it. So «nothing is charged for a service that is on» (A25) is not looked for.
//! * Whether it has to be paid ahead is configured by service (`watch.prepaid`).
//! * The debts that an account was opened with are taken as charged before it was opened.
//! * How money for a service came that is given back after it was settled: known only where the
//!   account has ever paid in one kind of money.

use std::collections::{BTreeMap, BTreeSet};

use audit::{
    AccountRow, ChargeState, Debt, Lot, MoneyKind, MoneyReceipt, Month, Payment, Refund, Saldo,
};
use engine::{AccountChange, Service};
use journal::{MoneyReceiptRow, ReceiptState, WatchedAccount, WatchedOperation};
use terms::{Kopecks, LocalDate, LocalDateTime, OperationSign, Period, ServiceCode};

use super::{body::Body, documents::Sources};
use crate::Clock;

/// What has to be known besides the account.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) clock: Clock,
    pub(super) today: LocalDate,
    /// The services that have to be paid ahead.
    pub(super) prepaid: &'a BTreeSet<ServiceCode>,
    pub(super) services: &'a BTreeMap<ServiceCode, Service>,
}

/// The rows of an account, in the order in which the rules want them. Notes what has come from which
/// source besides files.
pub(super) fn account_rows(
    watched: &WatchedAccount,
    around: Surroundings<'_>,
    sources: &mut Sources,
) -> Vec<AccountRow> {
    let mut told = Told::default();
    for operation in &watched.operations {
        told.take(operation, around, sources);
    }
    told.rows(watched, around)
}

type OfService = (ServiceCode, Period);

/// What the operations of an account have told.
#[derive(Default)]
struct Told {
    months: BTreeMap<Period, MonthTold>,
    payments: Vec<Payment>,
    receipts: Vec<MoneyReceipt>,
    refunds: Vec<Refund>,
    charges: BTreeMap<OfService, ChargeTold>,
    /// In which month a service was charged first.
    charged_in: BTreeMap<OfService, Period>,
    /// When debts and advances came to be, and when something was last taken from an advance.
    born: BTreeMap<String, LocalDate>,
    taken: BTreeMap<String, LocalDate>,
    kinds: KindsSeen,
    moved: i64,
}

#[derive(Default)]
struct MonthTold {
    /// How the saldo changed.
    delta: i64,
    charged: i64,
    prepaid: bool,
}

/// What has happened to a charge, kopecks.
#[derive(Default)]
struct ChargeTold {
    charged: i64,
    recalculated: i64,
    refunded: i64,
    /// How settled, open and written-off sums have changed in all.
    changed: i64,
}

/// The kinds of money that the account has ever paid in.
#[derive(Clone, Copy, Default)]
struct KindsSeen {
    cash: bool,
    cashless: bool,
}

impl Told {
    fn take(
        &mut self,
        operation: &WatchedOperation,
        around: Surroundings<'_>,
        sources: &mut Sources,
    ) {
        self.moved += operation.delta;
        let Some(known) = around.clock.local_at(operation.id.unix_ms()) else {
            return;
        };
        let body = Body::read(&operation.body);
        let day = body
            .day()
            .filter(|_| operation.is_main)
            .unwrap_or(known.date());
        self.months.entry(day.period()).or_default().delta += operation.delta;
        let by_service = operation
            .change
            .as_ref()
            .map(changed_by_service)
            .unwrap_or_default();
        for (of, change) in &by_service {
            self.charges.entry(of.clone()).or_default().changed += change;
        }
        match operation.kind.as_str() {
            "payment" | "identify" | "restore_payment" if operation.is_main => {
                self.pay(operation, &body, at(day, known));
                // A restored payment has not come today, files are known by their loading, and
                // nobody expects cash.
                let source = body.bank().or(operation.sent_by.as_deref());
                let comes_by_itself = !body.is_of_file() && !body.is_at_desk();
                if let Some(source) = source
                    && comes_by_itself
                    && operation.kind == "payment"
                {
                    let paid = operation.change.as_ref().map_or(0, paid);
                    sources.note(source, known.date(), paid);
                }
            }
            "charge" => self.charge(operation, &body, (day, &by_service), around),
            "recalc" => {
                for (of, change) in &by_service {
                    self.charges.entry(of.clone()).or_default().recalculated -= change;
                    // It heals the month of the charge, and does not look like a strange charge of
                    // its own month.
                    if let Some(month) = self.charged_in.get(of) {
                        self.months.entry(*month).or_default().charged += change;
                    }
                }
            }
            "refund" => {
                for (of, change) in &by_service {
                    self.charges.entry(of.clone()).or_default().refunded -= change;
                }
                self.refund(operation, &body);
            }
            "fix_receipt" => {
                for (of, change) in &by_service {
                    self.charges.entry(of.clone()).or_default().charged += change;
                }
            }
            _ => {}
        }
        if let Some(change) = &operation.change {
            self.note_entries(change, known.date());
        }
    }

    fn pay(&mut self, operation: &WatchedOperation, body: &Body<'_>, moment: LocalDateTime) {
        self.kinds.see(body);
        let number = body.number(&operation.key);
        let reference = number.map(|number| format!("{number} / {}", moment.date()));
        let is_taken_back =
            |receipt: &MoneyReceiptRow| receipt.undone_by.as_deref() == Some("cancel_payment");
        let receipts = &operation.receipts;
        let is_undone = !receipts.is_empty() && receipts.iter().all(is_taken_back);
        let paid = operation.change.as_ref().map_or(0, paid);
        if let Ok(amount) = Kopecks::new(paid)
            && amount.is_positive()
            && !is_undone
        {
            let source = source(operation, body);
            self.payments.push(Payment {
                id: operation.id.to_string(),
                moment,
                amount,
                source: source.to_owned(),
                reference: reference.clone(),
            });
        }
        let income = receipts.iter().filter(|receipt| {
            receipt.sign == OperationSign::Income && receipt.state != ReceiptState::Refused
        });
        for (ordinal, receipt) in (0..).zip(income) {
            self.receipts.push(MoneyReceipt {
                reference: reference.clone().unwrap_or_else(|| operation.key.clone()),
                operation: operation.id.to_string(),
                ordinal,
                document: match receipt.document {
                    Some((drive, number)) => format!("ФН {drive}, ФД {number}"),
                    None => receipt.id.to_string(),
                },
                total: receipt.total,
                undone: receipt.undone_by.is_some(),
            });
        }
    }

    fn charge(
        &mut self,
        operation: &WatchedOperation,
        body: &Body<'_>,
        (day, by_service): (LocalDate, &[(OfService, i64)]),
        around: Surroundings<'_>,
    ) {
        let month = self.months.entry(day.period()).or_default();
        month.charged -= operation.delta;
        // What billing has written counts; the effects only where a body says nothing.
        let lines = match body.charged() {
            Some(lines) => lines
                .into_iter()
                .map(|(service, period, amount)| ((service, period), amount.get()))
                .collect(),
            None => by_service.to_vec(),
        };
        for (of, amount) in lines {
            month.prepaid |= around.prepaid.contains(&of.0);
            self.charged_in.entry(of.clone()).or_insert(day.period());
            self.charges.entry(of).or_default().charged += amount;
        }
    }

    /// Money that goes back, from each advance that it came from.
    fn refund(&mut self, operation: &WatchedOperation, body: &Body<'_>) {
        let (Some(went), Some(change)) = (body.kind().and_then(kind_named), &operation.change)
        else {
            return;
        };
        let mut refund = |amount: i64, came: MoneyKind| {
            if let Ok(amount) = Kopecks::new(amount) {
                let id = operation.id.to_string();
                self.refunds.push(Refund {
                    id,
                    amount,
                    came,
                    went,
                });
            }
        };
        for lot in &change.advances {
            let taken = lot.before.amount.get() - lot.after.get();
            if taken > 0 {
                refund(taken, kind_of(lot.before.kind));
            }
        }
        let settled: i64 = change
            .settled
            .iter()
            .map(|settled| settled.before.amount.get() - settled.after.get())
            .sum();
        if let Some(came) = self.kinds.only().filter(|_| settled > 0) {
            refund(settled, came);
        }
    }

    fn note_entries(&mut self, change: &AccountChange, day: LocalDate) {
        for debt in &change.debts {
            if debt.before.open.is_zero() {
                self.born.entry(debt.before.id.clone()).or_insert(day);
            }
        }
        for lot in &change.advances {
            if lot.before.amount.is_zero() {
                self.born.insert(lot.before.id.clone(), day);
            } else if lot.after < lot.before.amount {
                self.taken.insert(lot.before.id.clone(), day);
            }
        }
    }

    fn rows(mut self, watched: &WatchedAccount, around: Surroundings<'_>) -> Vec<AccountRow> {
        let opening = watched.opening_saldo.get();
        let mut rows = Vec::with_capacity(self.payments.len() + self.receipts.len() + 32);
        rows.push(AccountRow::Opening(owed(opening)));
        // The bank's day may lie before that of payments which were known earlier.
        self.payments.sort_by_key(|payment| payment.moment);
        let mut payments = std::mem::take(&mut self.payments).into_iter().peekable();
        let mut saldo = opening;
        let first = self.months.keys().next().copied();
        let mut next = first.filter(|first| *first < around.today.period());
        while let Some(period) = next {
            let told = self.months.remove(&period).unwrap_or_default();
            saldo = saldo.saturating_add(told.delta);
            let of_month = |payment: &Payment| payment.moment.date().period() <= period;
            while let Some(payment) = payments.next_if(of_month) {
                rows.push(AccountRow::Payment(payment));
            }
            rows.push(AccountRow::Month(Month {
                period,
                charged: Kopecks::new(told.charged.max(0)).unwrap_or(Kopecks::ZERO),
                debt_end: owed(saldo),
                active: told.charged > 0,
                prepaid: told.prepaid,
            }));
            next = period
                .next()
                .ok()
                .filter(|next| *next < around.today.period());
        }
        rows.extend(payments.map(AccountRow::Payment));
        rows.extend(self.receipts.drain(..).map(AccountRow::Receipt));
        rows.extend(self.refunds.drain(..).map(AccountRow::Refund));
        self.charge_rows(watched, &mut rows);
        self.entry_rows(watched, around, &mut rows);
        let closing = i64::try_from(watched.account.saldo()).ok();
        let saldo = [Some(self.moved), closing].map(|sum| Kopecks::new(sum?).ok());
        if let [Some(moved), Some(closing)] = saldo {
            rows.push(AccountRow::Saldo(Saldo {
                opening: watched.opening_saldo,
                moved,
                closing,
            }));
        }
        rows
    }

    fn charge_rows(&mut self, watched: &WatchedAccount, rows: &mut Vec<AccountRow>) {
        let account = &watched.account;
        let mut now: BTreeMap<OfService, [i64; 3]> = BTreeMap::new();
        let mut add = |of: (&ServiceCode, Period), place: usize, amount: Kopecks| {
            now.entry((of.0.clone(), of.1)).or_default()[place] += amount.get();
        };
        for settled in &account.settled {
            add((&settled.service, settled.period), 0, settled.amount);
        }
        for debt in &account.debts {
            add((&debt.service, debt.period), 1, debt.open);
        }
        for debt in &account.written_off {
            add((&debt.service, debt.period), 2, debt.open);
        }
        for of in now.keys() {
            self.charges.entry(of.clone()).or_default();
        }
        for ((service, period), told) in std::mem::take(&mut self.charges) {
            let of = (service, period);
            let there = now.get(&of).copied().unwrap_or_default();
            // What was there before all of them; the saldo proves that it is not too much.
            let before = there.iter().sum::<i64>() - told.changed;
            let sum = |amount: i64| Kopecks::new(amount).unwrap_or(Kopecks::MAX);
            rows.push(AccountRow::Charge(ChargeState {
                service: of.0,
                period: of.1,
                charged: sum(told.charged + before.max(0)),
                recalculated: sum(told.recalculated),
                refunded: sum(told.refunded),
                settled: sum(there[0]),
                open: sum(there[1]),
                written_off: sum(there[2]),
            }));
        }
    }

    fn entry_rows(
        &self,
        watched: &WatchedAccount,
        around: Surroundings<'_>,
        rows: &mut Vec<AccountRow>,
    ) {
        let born = |id: &str, otherwise: LocalDate| self.born.get(id).copied().unwrap_or(otherwise);
        rows.extend(watched.account.debts.iter().map(|debt| {
            let service = around.services.get(&debt.service);
            AccountRow::Debt(Debt {
                charged_on: born(&debt.id, debt.period.last_day()),
                id: debt.id.clone(),
                service: debt.service.clone(),
                period: debt.period,
                open: debt.open,
                credit: debt.credit,
                agent: service.is_some_and(|service| service.agent.is_some()),
            })
        }));
        rows.extend(watched.account.advances.iter().map(|lot| {
            AccountRow::Lot(Lot {
                // Money of a past day that became known later could not be used before.
                since: born(&lot.id, lot.date).max(lot.date),
                consumed_on: self.taken.get(&lot.id).copied(),
                id: lot.id.clone(),
                service: lot.service.clone(),
                period: lot.period,
                amount: lot.amount,
            })
        }));
    }
}

impl KindsSeen {
    fn see(&mut self, body: &Body<'_>) {
        for kind in body.part_kinds() {
            self.cash |= kind == "cash";
            self.cashless |= kind == "cashless";
        }
        self.cashless |= body.bank().is_some();
    }

    const fn only(self) -> Option<MoneyKind> {
        match (self.cash, self.cashless) {
            (true, false) => Some(MoneyKind::Cash),
            (false, true) => Some(MoneyKind::Cashless),
            _ => None,
        }
    }
}

/// Who has told of a payment.
fn source<'a>(operation: &'a WatchedOperation, body: &'a Body<'_>) -> &'a str {
    let known = body.bank().or(operation.sent_by.as_deref());
    known.unwrap_or("billing")
}

/// A moment of `day`: that at which it became known, where that is the same day.
fn at(day: LocalDate, known: LocalDateTime) -> LocalDateTime {
    if day == known.date() {
        return known;
    }
    day.at(known.hour(), known.minute()).unwrap_or(known)
}

/// What is owed at a saldo.
fn owed(saldo: i64) -> Kopecks {
    Kopecks::new(saldo.saturating_neg().max(0)).unwrap_or(Kopecks::MAX)
}

/// The money that a payment has brought: debts and penalties less, advances more.
fn paid(change: &AccountChange) -> i64 {
    let less = |before: Kopecks, after: Kopecks| before.get() - after.get();
    let debts = change.debts.iter().chain(&change.written_off);
    let debts: i64 = debts.map(|it| less(it.before.open, it.after)).sum();
    let penalties: i64 = change
        .penalties
        .iter()
        .map(|it| less(it.before.open, it.after))
        .sum();
    let lots: i64 = change
        .advances
        .iter()
        .map(|it| less(it.before.amount, it.after))
        .sum();
    debts + penalties - lots
}

/// How settled, open and written-off sums of each service and month have changed in all.
fn changed_by_service(change: &AccountChange) -> Vec<(OfService, i64)> {
    let mut by_service: Vec<(OfService, i64)> = Vec::new();
    let mut add = |service: &ServiceCode, period: Period, more: i64| {
        let known = by_service
            .iter_mut()
            .find(|((code, month), _)| code == service && *month == period);
        match known {
            Some((_, sum)) => *sum += more,
            None => by_service.push(((service.clone(), period), more)),
        }
    };
    for debt in change.debts.iter().chain(&change.written_off) {
        let more = debt.after.get() - debt.before.open.get();
        add(&debt.before.service, debt.before.period, more);
    }
    for settled in &change.settled {
        let more = settled.after.get() - settled.before.amount.get();
        add(&settled.before.service, settled.before.period, more);
    }
    by_service
}

const fn kind_of(kind: engine::MoneyKind) -> MoneyKind {
    match kind {
        engine::MoneyKind::Cash => MoneyKind::Cash,
        engine::MoneyKind::Cashless => MoneyKind::Cashless,
    }
}

fn kind_named(name: &str) -> Option<MoneyKind> {
    name.parse().ok().map(kind_of)
}
