//! The present day: what has come in and what was formed, and which receipts wait for a person.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use journal::{AcceptedRow, ChangeRow, Reader, ReceiptState};
use terms::{Id, Kopecks, LocalDate, OperationSign};

use crate::{Clock, Desk, DeskError};

pub use journal::IntentRow as IntentView;

/// What a receipt's money is, for people.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Turnover {
    /// Somebody has paid.
    Payments,
    /// What was rendered is charged.
    Charges,
    /// Money was given back.
    Refunds,
    /// What was wrong before is put right.
    Corrections,
}

/// The receipts of one kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TurnoverSum {
    /// How many there are.
    pub receipts: u64,
    /// What they come to, kopecks.
    pub kopecks: i64,
}

/// One hour of the day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HourView {
    /// Receipts accepted.
    pub accepted: u64,
    /// Receipts formed.
    pub formed: u64,
}

/// The present day.
#[derive(Clone, Debug)]
pub struct TodayView {
    /// Which day, at the place of settlement.
    pub day: LocalDate,
    /// Its hours from midnight on.
    pub hours: [HourView; 24],
    /// The receipts that were accepted, by kind.
    pub turnover: BTreeMap<Turnover, TurnoverSum>,
    /// Receipts that are held, of any day: the oldest first.
    pub held: Vec<Id>,
    /// Receipts that are in doubt, of any day: the oldest first.
    pub in_doubt: Vec<Id>,
    /// Rows of bank files that wait for a person.
    pub bank_rows: u64,
    /// Payments that nobody has identified.
    pub unidentified: u64,
}

/// The day as far as it was read: each receipt and each event is read once.
#[derive(Debug, Default)]
pub(crate) struct Day(Mutex<Option<Read>>);

#[derive(Debug)]
struct Read {
    day: LocalDate,
    up_to: Id,
    hours: [HourView; 24],
    turnover: BTreeMap<Turnover, TurnoverSum>,
    /// What waits is known up to here.
    standing_as_of: Id,
    standing: BTreeMap<Id, ReceiptState>,
}

impl TodayView {
    /// The receipts of one kind.
    pub fn sum(&self, of: Turnover) -> TurnoverSum {
        self.turnover.get(&of).copied().unwrap_or_default()
    }

    /// All receipts that were accepted.
    pub fn accepted(&self) -> u64 {
        self.hours.iter().map(|hour| hour.accepted).sum()
    }

    /// All receipts that were formed.
    pub fn formed(&self) -> u64 {
        self.hours.iter().map(|hour| hour.formed).sum()
    }
}

impl TurnoverSum {
    /// What they come to.
    ///
    /// # Errors
    /// When it lies beyond every sum.
    pub fn sum(self) -> terms::Result<Kopecks> {
        Kopecks::new(self.kopecks)
    }
}

impl Read {
    fn begin(reader: &Reader, day: LocalDate, start_ms: i64) -> Result<Self, DeskError> {
        let standing = reader.standing()?;
        // What is read comes after an identifier, and the first of the day may have been given out.
        let before = Id::since(start_ms).get().saturating_sub(1).max(0);
        Ok(Self {
            day,
            up_to: Id::from_number(before)?,
            hours: [HourView::default(); 24],
            turnover: BTreeMap::new(),
            standing_as_of: standing.as_of,
            standing: standing.receipts.into_iter().collect(),
        })
    }

    fn go_on(&mut self, reader: &Reader, clock: Clock) -> Result<(), DeskError> {
        let (mut accepted, mut changed) = (Vec::new(), Vec::new());
        let (mut hours, mut turnover) = (self.hours, std::mem::take(&mut self.turnover));
        let read = reader.flow(
            self.up_to,
            |row| accepted.push(row),
            |row| changed.push(row),
        );
        if let Ok(up_to) = &read {
            for row in &accepted {
                count_accepted(row, hour(clock, row.id), &mut hours, &mut turnover);
            }
            for row in &changed {
                self.note_change(row, hour(clock, row.id), &mut hours);
            }
            (self.hours, self.up_to) = (hours, *up_to);
        }
        self.turnover = turnover;
        read?;
        Ok(())
    }

    fn note_change(&mut self, row: &ChangeRow, hour: usize, hours: &mut [HourView; 24]) {
        if row.state == ReceiptState::Fiscalized {
            hours[hour].formed += 1;
        }
        if row.id <= self.standing_as_of {
            return;
        }
        match row.state {
            ReceiptState::Held | ReceiptState::InDoubt => {
                self.standing.insert(row.receipt, row.state);
            }
            _ => {
                self.standing.remove(&row.receipt);
            }
        }
    }

    fn standing(&self, state: ReceiptState) -> Vec<Id> {
        let found = self.standing.iter().filter(|(_, it)| **it == state);
        found.map(|(receipt, _)| *receipt).collect()
    }
}

fn hour(clock: Clock, id: Id) -> usize {
    let minute = clock.local_at(id.unix_ms());
    minute.map_or(0, |minute| usize::from(minute.hour())) % 24
}

fn count_accepted(
    row: &AcceptedRow,
    hour: usize,
    hours: &mut [HourView; 24],
    turnover: &mut BTreeMap<Turnover, TurnoverSum>,
) {
    hours[hour].accepted += 1;
    let of = match (row.is_correction, row.sign, row.kind.as_str()) {
        (true, ..) => Turnover::Corrections,
        (_, OperationSign::IncomeReturn | OperationSign::ExpenseReturn, _) => Turnover::Refunds,
        (_, _, "payment" | "identify" | "restore_payment") => Turnover::Payments,
        _ => Turnover::Charges,
    };
    let sum = turnover.entry(of).or_default();
    sum.receipts += 1;
    sum.kopecks = sum.kopecks.saturating_add(row.total.get());
}

impl Desk {
    /// The present day. The first call reads all of it, later ones what is new.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn today(&self) -> Result<TodayView, DeskError> {
        let desk = self.clone();
        let done = tokio::task::spawn_blocking(move || desk.read_today()).await;
        done.map_err(|_| DeskError::Stopping)?
    }

    fn read_today(&self) -> Result<TodayView, DeskError> {
        let (reader, clock) = (self.reader(), self.clock());
        let day = clock.local().date();
        let span = self.span(Some(day), None)?;
        let mut kept = self.day().0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = match kept.take().filter(|read| read.day == day) {
            Some(read) => read,
            None => Read::begin(reader, day, span.from_ms.unwrap_or_default())?,
        };
        read.go_on(reader, clock)?;
        let (bank_rows, unidentified) = reader.undecided()?;
        let view = TodayView {
            day,
            hours: read.hours,
            turnover: read.turnover.clone(),
            held: read.standing(ReceiptState::Held),
            in_doubt: read.standing(ReceiptState::InDoubt),
            bank_rows,
            unidentified,
        };
        *kept = Some(read);
        Ok(view)
    }

    /// How many documents a drive has formed on each day, in order; days without any are left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn drive_days(&self, drive: &str) -> Result<Vec<(LocalDate, u64)>, DeskError> {
        Ok(self.reader().drive_days(drive)?)
    }

    /// Which drive may have formed a receipt that is on it or in doubt.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn intent_of(&self, receipt: Id) -> Result<Option<IntentView>, DeskError> {
        Ok(self.reader().intent_of(receipt)?)
    }

    /// Rings when something new is durable.
    pub fn bell(&self) -> tokio::sync::watch::Receiver<()> {
        self.feed().bell.subscribe()
    }

    /// The newest event of the feed.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_event(&self) -> Result<Id, DeskError> {
        Ok(self.reader().last_event()?)
    }
}
