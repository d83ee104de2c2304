//! A plan on its way to the journal: its rows, and what they change.

use std::collections::BTreeMap;

use engine::{Before, Event, Plan, Receipt};
use journal::{Decider, NewRestoration, RestorationRow, RestorationStep, RestorationTurn, Turned};
use restoration::{Class, Counts, PaymentKind, RateSum, Role, Settled, Totals};
use serde::{Deserialize, Serialize};
use terms::{Kopecks, LocalDate, Saying, VatCode};

use super::{RESTORATION_ROWS_MAX, RestoreError, TotalsRow, change::json};
use crate::{Desk, DeskError, Ledger};

/// How many rows are stored in one transaction.
const SLICE: usize = 500;

/// What a plan changes, as it is kept.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    /// The most that one row adds to what risk indicators count.
    row: [u64; 4],
    totals: Vec<TotalsJson>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TotalsJson {
    month: String,
    quarter: String,
    year: String,
    flow: String,
    vat: String,
    sno: String,
    payment: String,
    /// Before, reversed, after, difference: sum and tax in it, kopecks.
    sums: [(i64, i64); 4],
}

/// Computes what rows become, one after another, and sums up what that changes.
pub(super) struct Drafting<'a> {
    pub(super) desk: &'a Desk,
    ledger: Ledger,
    setup: engine::Setup,
    totals: Totals,
    row: Counts,
}

/// What one row would become.
pub(super) struct Computed {
    /// What its receipts say, and how many they are.
    pub(super) row: (restoration::Hash, u32),
    /// What it changes; to be kept for the rows after it.
    pub(super) plan: Plan,
}

impl<'a> Drafting<'a> {
    pub(super) fn begin(desk: &'a Desk) -> Result<Self, DeskError> {
        let services = desk.ask_now(journal::Writer::services)?;
        let config = desk.setup().receipts.clone();
        Ok(Self {
            desk,
            ledger: Ledger::of(desk.setup()),
            setup: engine::Setup { config, services },
            totals: Totals::new(),
            row: Counts::default(),
        })
    }

    pub(super) fn setup(&self) -> &engine::Setup {
        &self.setup
    }

    /// What an event becomes, and its documents checked; or why the rules refuse it.
    pub(super) fn compute(
        &self,
        before: &Before,
        event: &Event,
    ) -> Result<Computed, crate::Refused> {
        let decision = self.ledger.decide(&self.setup, before, event)?;
        let receipts = &decision.plan.receipts;
        let documents = u32::try_from(receipts.len()).unwrap_or(u32::MAX);
        Ok(Computed {
            row: (journal::fingerprint(receipts), documents),
            plan: decision.plan,
        })
    }

    /// Adds the receipts of a row that is carried out to what the plan changes. `wrong` is the
    /// receipt that they correct, with the day of its settlement.
    pub(super) fn sum_up(
        &mut self,
        receipts: &[Receipt],
        wrong: Option<(&Receipt, LocalDate)>,
        is_reversed: bool,
    ) -> Result<(), DeskError> {
        if let Some((wrong, date)) = wrong {
            self.add(wrong, Role::Before, date)?;
        }
        let mut counts = Counts::default();
        for (place, receipt) in receipts.iter().enumerate() {
            let role = match place {
                0 if is_reversed => Role::Reversing,
                _ => Role::Right,
            };
            let own = receipt
                .correction
                .as_ref()
                .map(|correction| correction.date);
            let date = own.or(wrong.map(|(_, date)| date)).unwrap_or(receipt.date);
            self.add(receipt, role, date)?;
            let is_correction = receipt.correction.is_some();
            counts = counts.plus(Counts::one(receipt.operation, is_correction));
        }
        self.row = self.row.most(counts);
        Ok(())
    }

    fn add(&mut self, receipt: &Receipt, role: Role, date: LocalDate) -> Result<(), DeskError> {
        let paid = payments(receipt);
        let rates = rates(receipt)?;
        let added = self.totals.add(&Settled {
            role,
            date,
            sign: receipt.operation,
            tax_system: receipt.tax_system,
            payments: &paid,
            rates: &rates,
        });
        // A ready receipt may have a total that is rounded down: its lines say more than was paid.
        if let Err(why) = added {
            tracing::warn!(%why, "a receipt is left out of the totals of a restoration");
        }
        Ok(())
    }

    /// Stores the plan with its rows, numbered in their order, and seals it.
    pub(super) fn store(
        self,
        new: NewRestoration,
        rows: Vec<RestorationRow>,
    ) -> Result<i64, DeskError> {
        if rows.is_empty() {
            return Err(RestoreError::Nothing("no row was found").into());
        }
        check_count(rows.len())?;
        let summary = json(&Summary::of(&self.totals, self.row))?;
        let signed = (new.author.clone(), new.api_key);
        let desk = self.desk;
        let id = desk.ask_now(|writer, reply| writer.open_restoration(new, reply))?;
        let stored = store_rows(desk, (id, signed), rows, summary);
        if stored.is_err() {
            // It would keep its rows from every other plan.
            let turn = RestorationTurn {
                restoration: id,
                step: RestorationStep::Abandon,
                by: None,
                api_key: None,
                why: Some(Saying::RowsNotStored.about(&[])),
            };
            let ended = desk.ask_now(|writer, reply| writer.turn_restoration(turn, reply));
            if let Err(error) = ended {
                tracing::warn!(%error, "restoration {id} stays unfinished until the next start");
            }
        }
        stored
    }
}

/// Stores the rows of a plan in slices, and seals it.
fn store_rows(
    desk: &Desk,
    (id, (author, api_key)): (i64, (String, Option<i64>)),
    mut rows: Vec<RestorationRow>,
    summary: String,
) -> Result<i64, DeskError> {
    for (place, row) in (1..).zip(&mut rows) {
        row.place = place;
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(SLICE));
        desk.ask_now(|writer, reply| writer.add_restoration_rows(id, rows, reply))?;
        rows = rest;
    }
    let hash = desk.reader().plan_hash(id)?;
    let hash = hash.ok_or(RestoreError::Unknown(id))?;
    let turn = RestorationTurn {
        restoration: id,
        step: RestorationStep::Seal { hash, summary },
        by: Some(author),
        api_key,
        why: None,
    };
    match desk.ask_now(|writer, reply| writer.turn_restoration(turn, reply))? {
        Turned::Done => Ok(id),
        other => Err(super::not_turned(id, other)),
    }
}

/// Refuses more rows than one restoration may have.
pub(super) fn check_count(rows: usize) -> Result<(), DeskError> {
    let max = RESTORATION_ROWS_MAX;
    if rows > max {
        return Err(RestoreError::TooManyRows { rows, max }.into());
    }
    Ok(())
}

/// A row that is not looked at any further yet.
pub(super) fn new_row(class: Class, date: LocalDate, amount: Kopecks) -> RestorationRow {
    RestorationRow {
        place: 0,
        class,
        state: class.first_state(),
        reason: String::new(),
        key: String::new(),
        date,
        amount,
        account: String::new(),
        source: String::new(),
        line: None,
        wrong: None,
        body: "{}".to_owned(),
        documents: 0,
        fingerprint: None,
        operation: None,
    }
}

/// Sets a row aside.
pub(super) fn set_aside(row: &mut RestorationRow, class: Class, reason: String) {
    (row.class, row.state, row.reason) = (class, class.first_state(), reason);
}

/// Sets rows aside whose operation waits in another restoration.
pub(super) fn set_planned_aside(desk: &Desk, rows: &mut [RestorationRow]) -> Result<(), DeskError> {
    let keys = rows.iter().map(|row| row.key.as_str());
    let planned = desk.reader().planned_keys(keys)?;
    for (row, other) in rows.iter_mut().zip(planned) {
        if let Some(other) = other.filter(|_| row.class.is_carried_out()) {
            let reason = Saying::InRestoration.about(&[&other]);
            set_aside(row, Class::Refused, reason);
        }
    }
    Ok(())
}

/// The payments of a receipt, without those of nothing.
pub(super) fn payments(receipt: &Receipt) -> Vec<(PaymentKind, Kopecks)> {
    let paid = &receipt.payments;
    let all = [
        (PaymentKind::Cash, paid.cash),
        (PaymentKind::Cashless, paid.cashless),
        (PaymentKind::Prepaid, paid.prepaid),
        (PaymentKind::Credit, paid.credit),
        (PaymentKind::Counter, paid.counter),
    ];
    all.into_iter().filter(|(_, sum)| !sum.is_zero()).collect()
}

/// The lines of a receipt by rate, printed or not.
pub(super) fn rates(receipt: &Receipt) -> terms::Result<Vec<RateSum>> {
    let mut rates: BTreeMap<VatCode, (Kopecks, Kopecks)> = BTreeMap::new();
    for line in receipt.all_lines() {
        let (amount, vat) = rates.entry(line.vat_code).or_default();
        (*amount, *vat) = (amount.add(line.amount)?, vat.add(line.vat)?);
    }
    let rate = |(vat_code, (amount, vat))| RateSum {
        vat_code,
        amount,
        vat,
    };
    Ok(rates.into_iter().map(rate).collect())
}

impl Summary {
    fn of(totals: &Totals, row: Counts) -> Self {
        let sum = |sum: restoration::Sum| (sum.amount.get(), sum.vat.get());
        let totals = totals.rows().map(|row| TotalsJson {
            month: row.key.month.to_string(),
            quarter: row.key.quarter().to_string(),
            year: row.key.year().to_string(),
            flow: row.key.flow.name().to_owned(),
            vat: row.key.vat_code.to_string(),
            sno: row.key.tax_system.title().to_owned(),
            payment: row.key.kind.name().to_owned(),
            sums: [row.before, row.reversed, row.after, row.difference].map(sum),
        });
        Self {
            row: [row.income, row.returns, row.corrections, row.other],
            totals: totals.collect(),
        }
    }

    /// Reads what is stored.
    pub(super) fn read(id: i64, text: Option<&str>) -> Result<Self, DeskError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        serde_json::from_str(text).map_err(|why| {
            DeskError::Journal(journal::JournalError::Spoiled {
                row: format!("restoration {id}"),
                why: why.to_string(),
            })
        })
    }

    /// The most that one row adds.
    pub(super) fn row(&self) -> Counts {
        let [income, returns, corrections, other] = self.row;
        Counts {
            income,
            returns,
            corrections,
            other,
        }
    }

    pub(super) fn totals(&self) -> terms::Result<Vec<TotalsRow>> {
        self.totals.iter().map(TotalsJson::view).collect()
    }
}

impl TotalsJson {
    fn view(&self) -> terms::Result<TotalsRow> {
        let mut sums = [(Kopecks::ZERO, Kopecks::ZERO); 4];
        for (sum, (amount, vat)) in sums.iter_mut().zip(self.sums) {
            *sum = (Kopecks::new(amount)?, Kopecks::new(vat)?);
        }
        let [before, reversed, after, difference] = sums;
        Ok(TotalsRow {
            month: self.month.clone(),
            vat_quarter: self.quarter.clone(),
            year: self.year.clone(),
            flow: self.flow.clone(),
            vat: self.vat.clone(),
            tax_system: self.sno.clone(),
            payment: self.payment.clone(),
            before,
            reversed,
            after,
            difference,
        })
    }
}

/// The words for a wrong document: ФН, ФД, ФПД.
pub(super) fn document_in_words(drive: &str, number: u32, sign: u32) -> String {
    format!("ФН {drive} ФД {number} ФПД {sign}")
}
