//! The journal onto the scratch: its money, its charges, and how it has moved what accounts have.

use std::collections::BTreeMap;

use engine::{Postpaid, Receipt, Service};
use journal::{BookedReceipt, BookedRow, JournalError, MoneyRow, Scratch, Side, SideRow};
use serde::Deserialize;
use terms::{Id, Kopecks, LocalDate, OperationSign, PaymentMethod, ServiceCode};

use super::{Notes, Pair, Stretch, Told};
use crate::Desk;

/// What the bodies of operations say, whichever face has written them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    paid: Option<String>,
    lost_date: Option<String>,
    date: Option<String>,
    /// Of a bank that pays by itself.
    sum: Option<serde_json::Value>,
    channel: Option<String>,
    parts: Vec<PartBody>,
    lines: Vec<LineBody>,
    /// `identify`: the key of the payment.
    payment: Option<serde_json::Value>,
    /// `cancel_payment`, `fix_receipt`: the receipt.
    original: Option<String>,
    /// `cancel_payment`.
    reason: Option<serde_json::Value>,
    /// `refund`.
    of: Option<serde_json::Value>,
    service: Option<String>,
    period: Option<String>,
    amount: Option<serde_json::Value>,
    delta: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PartBody {
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LineBody {
    service: Option<String>,
    period: Option<String>,
    amount: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct RecordBody {
    kind: String,
    #[serde(default)]
    amount: i64,
}

/// A sum as bodies write it: a text or a number with its digits.
fn sum(value: Option<&serde_json::Value>) -> i64 {
    let text = match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => return 0,
    };
    text.parse::<Kopecks>().map_or(0, Kopecks::get)
}

/// Reads operations onto the scratch.
pub(super) struct Book<'a> {
    pub(super) desk: &'a Desk,
    pub(super) scratch: &'a Scratch,
    pub(super) days: Stretch,
    pub(super) told: &'a Told,
    pub(super) services: &'a BTreeMap<ServiceCode, Service>,
    pub(super) notes: &'a mut Notes,
}

impl Book<'_> {
    /// Takes one operation.
    pub(super) fn take(&mut self, row: &BookedRow) -> journal::Result<()> {
        // A body that is none of ours tells nothing; money is counted all the same.
        let body: Body = serde_json::from_str(&row.body).unwrap_or_default();
        let records: Vec<RecordBody> =
            serde_json::from_str(&row.records).map_err(|why| spoiled(row, &why.to_string()))?;
        let day = self.day(row, &body);
        self.money(row, &body, &records, day)?;
        if self.told.balances_on.is_some_and(|upto| day > upto) {
            self.take_off_balances(row)?;
        }
        if !self.days.contains(day) {
            return Ok(());
        }
        if self.told.pairs.contains(&Pair::Charges) {
            self.charges(row, &body, &records, day)?;
        }
        self.moved(row, &records, day)
    }

    /// The day of the settlement: as the bank said it, as billing said it, or that of the acceptance.
    fn day(&self, row: &BookedRow, body: &Body) -> LocalDate {
        let told = [&body.paid, &body.lost_date, &body.date];
        let told = told.into_iter().flatten().find_map(|day| day.parse().ok());
        let clock = self.desk.clock();
        told.or_else(|| Some(clock.local_at(row.id.unix_ms())?.date()))
            .unwrap_or(self.days.to)
    }

    /// What has come in and gone out, under the key of the payment that it is about.
    fn money(
        &mut self,
        row: &BookedRow,
        body: &Body,
        records: &[RecordBody],
        day: LocalDate,
    ) -> journal::Result<()> {
        let (mut cash, mut cashless) = (0, 0);
        let mut unformed = 0;
        for booked in &row.receipts {
            let paid = &booked.receipt.payments;
            let (of_cash, of_cashless) = (
                signed(booked.sign, paid.cash),
                signed(booked.sign, paid.cashless),
            );
            if booked.state.is_formed() {
                cash += of_cash;
                cashless += of_cashless;
            } else {
                unformed += of_cash + of_cashless;
            }
        }
        let without = without_receipt(row, records);
        let is_cash = !body.parts.is_empty() && body.parts.iter().all(|part| part.kind == "cash");
        if is_cash {
            cash += without;
        } else {
            cashless += without;
        }
        let is_payment = row.kind == "payment";
        if unformed != 0 && self.days.contains(day) {
            for pair in [Pair::Bank, Pair::Payments] {
                if self.told.pairs.contains(&pair) {
                    self.notes.count(pair, "unformed", unformed);
                }
            }
        }
        // A payment holds its day for the operation that names its payer.
        if cash == 0 && cashless == 0 && !is_payment {
            return Ok(());
        }
        self.scratch.add_money(&MoneyRow {
            key: self.key(row, body)?,
            account: row.account.clone().unwrap_or_default(),
            day: day.to_string(),
            source: source(row, body),
            detail: format!("{} {}", row.kind, row.id),
            cash,
            cashless,
        })
    }

    /// The key of the payment that an operation is about: its own, of the one whose payer it names,
    /// or whose receipt it takes back because it was a duplicate or wrong.
    fn key(&self, row: &BookedRow, body: &Body) -> journal::Result<String> {
        let is_duplicate =
            body.reason.as_ref().and_then(|it| it.as_str()) == Some("duplicate_record");
        let original = match row.kind.as_str() {
            "identify" => {
                let payment = body.payment.as_ref().and_then(|payment| payment.as_str());
                return Ok(payment.unwrap_or(&row.key).to_owned());
            }
            "cancel_payment" if is_duplicate => body.original.as_deref(),
            "fix_receipt" => body.original.as_deref(),
            _ => None,
        };
        let receipt: Option<Id> = original.and_then(|original| original.parse().ok());
        let known = match receipt {
            Some(receipt) => self.desk.reader().key_of_receipt(receipt)?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| row.key.clone()))
    }

    /// Billing's balances are those of a day; what came later is taken off the journal's.
    fn take_off_balances(&self, row: &BookedRow) -> journal::Result<()> {
        let own = row.account.as_ref().map(|account| (account, row.delta));
        let further = row.further.iter().map(|(account, delta)| (account, *delta));
        for (account, delta) in own.into_iter().chain(further) {
            if delta != 0 {
                let side = SideRow {
                    key: account.clone(),
                    account: account.clone(),
                    sum: -delta,
                    ..SideRow::default()
                };
                self.scratch.add(Pair::Balances.code(), Side::Left, &side)?;
            }
        }
        Ok(())
    }

    /// E2: lines 4, 5 and 6, the buffer, agents' charges, and what is uncovered on payment.
    fn charges(
        &mut self,
        row: &BookedRow,
        body: &Body,
        records: &[RecordBody],
        day: LocalDate,
    ) -> journal::Result<()> {
        let told: Vec<(String, String, i64)> = match row.kind.as_str() {
            "charge" => {
                let line = |line: &LineBody| {
                    Some((
                        line.service.clone()?,
                        line.period.clone()?,
                        sum(line.amount.as_ref()),
                    ))
                };
                body.lines.iter().filter_map(line).collect()
            }
            "recalc" | "refund" => {
                let is_refund = row.kind == "refund";
                let of_service = body.of.as_ref().and_then(|of| of.as_str()) == Some("service");
                if is_refund && !of_service {
                    return Ok(());
                }
                let by = match is_refund {
                    true => -sum(body.amount.as_ref()),
                    false => sum(body.delta.as_ref()),
                };
                let place = body.service.clone().zip(body.period.clone());
                place
                    .map(|(service, period)| (service, period, by))
                    .into_iter()
                    .collect()
            }
            _ => return Ok(()),
        };
        // Between businesses nothing is printed: the operation alone tells of the charge.
        let is_plain = row.kind == "charge" && records.iter().all(|record| record.kind != "b2b");
        for ((service, period), amount) in added_up(told) {
            let amount = match is_plain {
                true => self.proven(row, (&service, &period), amount),
                false => amount,
            };
            self.charge(row, (service, period), amount, day)?;
        }
        Ok(())
    }

    /// What of a charge receipts and the buffer prove. The rest needs no receipt of ours when the
    /// service is an agent's, or is printed on payment; else it is missing, and the sums differ.
    fn proven(&self, row: &BookedRow, (service, period): (&str, &str), charged: i64) -> i64 {
        let is_place = |line: &engine::Line| {
            line.service
                .as_ref()
                .is_some_and(|it| it.as_str() == service)
                && line.period.is_some_and(|it| it.to_string() == period)
        };
        let lines = row.receipts.iter().flat_map(|booked| {
            let lines = booked.receipt.all_lines().iter();
            lines.map(|line| (booked.sign, line))
        });
        let printed: i64 = lines
            .filter(|(_, line)| is_place(line) && is_supply(line.method))
            .map(|(sign, line)| signed(sign, line.amount))
            .sum();
        let buffered = row.buffered.iter();
        let buffered: i64 = buffered
            .filter(|(of, month, _)| of == service && month == period)
            .map(|(_, _, amount)| amount)
            .sum();
        let setup = &self.desk.setup().receipts;
        let service = service.parse::<ServiceCode>().ok();
        let service = service.and_then(|code| self.services.get(&code));
        let is_agent = service.is_some_and(|service| service.agent.is_some());
        if is_agent || setup.postpaid == Postpaid::OnPayment {
            charged.max(printed + buffered)
        } else {
            printed + buffered
        }
    }

    fn charge(
        &self,
        row: &BookedRow,
        (service, period): (String, String),
        amount: i64,
        day: LocalDate,
    ) -> journal::Result<()> {
        let account = row.account.clone().unwrap_or_default();
        let rate = || {
            let service = self.services.get(service.as_str())?;
            let last = period.parse::<terms::Period>().ok()?.last_day();
            Some(service.vat.rate_on(last).name().to_owned())
        };
        let side = SideRow {
            vat: rate(),
            service: Some(service.clone()),
            key: format!("{account} {period}"),
            sum: amount,
            account,
            day: day.to_string(),
            source: String::new(),
            reference: row.key.clone(),
        };
        self.scratch.add(Pair::Charges.code(), Side::Right, &side)
    }

    /// E5 and E6: how lots and credit debts have changed, and what receipts say of that.
    fn moved(
        &mut self,
        row: &BookedRow,
        records: &[RecordBody],
        day: LocalDate,
    ) -> journal::Result<()> {
        let is_unprinted = |record: &RecordBody| record.kind == "b2b" || record.kind == "subsidy";
        if records.iter().any(is_unprinted) {
            for pair in [Pair::Advances, Pair::Credit] {
                self.notes.count(pair, "no_receipt", 0);
            }
            return Ok(());
        }
        let mut said = (0, 0);
        for booked in &row.receipts {
            let (advances, credit) = said_of(booked);
            said = (said.0 + advances, said.1 + credit);
        }
        let of = |kind: &str| -> i64 {
            let of = records.iter().filter(|record| record.kind == kind);
            of.map(|record| record.amount).sum()
        };
        let buffered: i64 = row.buffered.iter().map(|(_, _, amount)| amount).sum();
        said.0 += row.consolidated - buffered - of("supplier_offset") + of("supplier_recalc");
        let key = match &row.account {
            Some(account) => account.clone(),
            None => row.key.clone(),
        };
        let about = |sum| SideRow {
            key: key.clone(),
            sum,
            account: row.account.clone().unwrap_or_default(),
            day: day.to_string(),
            source: row.kind.clone(),
            reference: row.key.clone(),
            ..SideRow::default()
        };
        // A move between accounts prints what changes on both: it is added up under the first one.
        let advances: i64 = row.moved.values().map(|moved| moved.advances).sum();
        let credit: i64 = row.moved.values().map(|moved| moved.credit).sum();
        for (pair, left, right) in [
            (Pair::Advances, advances, said.0),
            (Pair::Credit, credit, said.1),
        ] {
            for (side, sum) in [(Side::Left, left), (Side::Right, right)] {
                if sum != 0 {
                    self.scratch.add(pair.code(), side, &about(sum))?;
                }
            }
        }
        Ok(())
    }
}

/// Money of an operation for which there is no receipt (receipt rules §5.1, E1).
fn without_receipt(row: &BookedRow, records: &[RecordBody]) -> i64 {
    let sign = match row.kind.as_str() {
        "payment" | "identify" | "restore_payment" => 1,
        "refund" | "cancel_payment" => -1,
        _ => return 0,
    };
    let amount = |record: &RecordBody| match record.kind.as_str() {
        "b2b" | "subsidy" | "penalty_payment" => record.amount,
        // Once the payer is known, the receipt tells of it.
        "unidentified" if row.waits_for_payer => record.amount,
        _ => 0,
    };
    sign * records.iter().map(amount).sum::<i64>()
}

/// What a receipt says of advances and of credit (receipt rules §1.9, invariants 5 and 6).
fn said_of(booked: &BookedReceipt) -> (i64, i64) {
    let receipt: &Receipt = &booked.receipt;
    let lines = receipt.all_lines().iter();
    let of = |is_wanted: fn(&engine::Line) -> bool| -> i64 {
        let wanted = lines.clone().filter(|line| is_wanted(line));
        wanted.map(|line| signed(booked.sign, line.amount)).sum()
    };
    let advances = of(engine::Line::is_advance) - signed(booked.sign, receipt.payments.prepaid);
    let paid = of(|line| line.method == PaymentMethod::CreditPayment);
    (
        advances,
        signed(booked.sign, receipt.payments.credit) - paid,
    )
}

/// 1214 = 4, 5, 6: what is supplied.
const fn is_supply(method: PaymentMethod) -> bool {
    matches!(method.code(), 4..=6)
}

/// What an income adds and its return takes away; an expense is the other way round.
pub(super) const fn signed(sign: OperationSign, amount: Kopecks) -> i64 {
    match sign {
        OperationSign::Income | OperationSign::ExpenseReturn => amount.get(),
        OperationSign::IncomeReturn | OperationSign::Expense => -amount.get(),
    }
}

/// Where the money of an operation came from: the file's kind, the bank that pays by itself, or the
/// channel.
fn source(row: &BookedRow, body: &Body) -> String {
    const FILES: [&str; 4] = ["sber", "lan", "csv", "bank"];
    let prefix = row.key.split_once(':').map_or("", |(prefix, _)| prefix);
    if FILES.contains(&prefix) || (body.sum.is_some() && !prefix.is_empty()) {
        return prefix.to_owned();
    }
    match (&body.channel, row.kind.as_str()) {
        (Some(channel), _) => channel.clone(),
        (None, "payment") => "bank_registry".to_owned(),
        (None, kind) => kind.to_owned(),
    }
}

fn added_up(told: Vec<(String, String, i64)>) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    for (service, period, amount) in told {
        *sums.entry((service, period)).or_insert(0) += amount;
    }
    sums
}

fn spoiled(row: &BookedRow, why: &str) -> JournalError {
    JournalError::Spoiled {
        row: format!("operation {}", row.id),
        why: why.to_owned(),
    }
}
