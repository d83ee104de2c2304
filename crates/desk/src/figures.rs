//! Figures about the work: counted as it is done, or found by an index. Nothing here reads a table, so
//! they may be asked for every few seconds, however many accounts and receipts there are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cassette::{Record, SlotId, SlotState, Token};
use journal::{Counted, Histogram, HistogramView, IncidentCount, Sizes};
use terms::{DriveNumber, LocalDate};
use tokio::time::Instant;

use crate::{Answers, CassetteView, Clock, Desk, DeskError};

/// Bounds of what lasts as long as a write to a disk, with its queue: seconds.
const DURABLE_BOUNDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Bounds of a document in a drive, seconds: it takes some hundred milliseconds.
const DOCUMENT_BOUNDS: &[f64] = &[
    0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0,
];

/// How long figures wait for the journal and for the rack.
const PATIENCE: Duration = Duration::from_secs(2);

/// Figures about the work since the program's start, and how everything stands now.
#[derive(Clone, Debug)]
pub struct FiguresView {
    /// Whether those who have to answer do.
    pub answers: Answers,
    /// The cassette; none while the rack does not answer.
    pub cassette: Option<CassetteView>,
    /// The slots, in the order of the rack.
    pub slots: Vec<SlotFigures>,
    /// What the journal has counted.
    pub journal: journal::FiguresView,
    /// What waits in the journal.
    pub counted: Counted,
    /// The journal's files; none when the system does not tell.
    pub sizes: Option<Sizes>,
    /// From the arrival of operations until they were durable, for each request: seconds.
    pub durable: HistogramView,
    /// Incidents that last.
    pub incidents: IncidentCount,
    /// How long ago a pass of the watch has ended; none since the start.
    pub last_pass: Option<Duration>,
    /// How far the wall clock has been set ahead since the start, milliseconds; behind when negative.
    pub clock_shift_ms: i64,
}

/// Figures about one slot.
#[derive(Clone, Debug)]
pub struct SlotFigures {
    /// Counted from 1.
    pub slot: u8,
    /// How long its drive took for documents: from the note that it is begun to its answer; seconds.
    pub documents: HistogramView,
    /// Days until its drive is full or its life is over, if that is in sight.
    pub ends_in_days: Option<i64>,
    /// How long its shift has been open.
    pub shift_age: Option<Duration>,
    /// How old the first document is that has no ticket of the ОФД.
    pub unsent_age: Option<Duration>,
}

/// What the desk itself measures.
#[derive(Debug)]
pub(crate) struct Measures {
    pub(crate) durable: Histogram,
    pub(crate) documents: Arc<DocumentTimes>,
    last_pass: Mutex<Option<Instant>>,
}

/// How long drives take for documents. The rack tells what it does; documents that were begun in an
/// earlier life of the program are not measured.
#[derive(Debug)]
pub(crate) struct DocumentTimes {
    slots: Vec<Histogram>,
    under_way: Mutex<UnderWay>,
}

#[derive(Debug, Default)]
struct UnderWay {
    /// Notes of documents that are not durable yet: nothing was sent to their drives.
    noted: HashMap<Token, (SlotId, DriveNumber)>,
    /// Documents that drives are forming.
    begun: HashMap<DriveNumber, (SlotId, Instant)>,
}

impl Measures {
    pub(crate) fn of(slots: usize) -> Self {
        Self {
            durable: Histogram::new(DURABLE_BOUNDS),
            documents: Arc::new(DocumentTimes {
                slots: (0..slots)
                    .map(|_| Histogram::new(DOCUMENT_BOUNDS))
                    .collect(),
                under_way: Mutex::default(),
            }),
            last_pass: Mutex::default(),
        }
    }

    /// A pass of the watch has ended.
    pub(crate) fn note_pass(&self) {
        *self.last_pass() = Some(Instant::now());
    }

    fn last_pass(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last_pass
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl DocumentTimes {
    /// A record is on its way to the journal.
    pub(crate) fn storing(&self, token: Token, record: &Record) {
        let mut under_way = self.under_way();
        match record {
            Record::Intent { slot, drive, .. } => {
                under_way.noted.insert(token, (*slot, *drive));
            }
            Record::Formed { drive, .. } => {
                if let Some((slot, begun)) = under_way.begun.remove(drive) {
                    let place = usize::from(slot.0).saturating_sub(1);
                    if let Some(histogram) = self.slots.get(place) {
                        histogram.observe(begun.elapsed().as_secs_f64());
                    }
                }
            }
            Record::Void { drive, .. } => {
                under_way.begun.remove(drive);
            }
            _ => {}
        }
    }

    /// A record is durable.
    pub(crate) fn stored(&self, token: Token) {
        let mut under_way = self.under_way();
        if let Some((slot, drive)) = under_way.noted.remove(&token) {
            under_way.begun.insert(drive, (slot, Instant::now()));
        }
    }

    /// A record was refused by the journal.
    pub(crate) fn not_stored(&self, token: Token) {
        self.under_way().noted.remove(&token);
    }

    fn views(&self) -> impl Iterator<Item = (u8, HistogramView)> {
        (1..=u8::MAX).zip(self.slots.iter().map(Histogram::view))
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Figures about the work. They are there also while the rack or the writer do not answer.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn figures(&self) -> Result<FiguresView, DeskError> {
        let (answers, cassette) = tokio::join!(self.answers(PATIENCE), self.cassette_in(PATIENCE));
        let cassette = cassette?;
        let counted = self.reader().counted()?;
        let (clock, measures) = (self.clock(), &self.inner.measures);
        let slots = measures.documents.views();
        let slots = slots.map(|(slot, documents)| {
            let views = cassette.iter().flat_map(|cassette| &cassette.slots);
            let view = views.into_iter().find(|view| view.slot == slot);
            SlotFigures {
                slot,
                documents,
                ends_in_days: view.and_then(|view| view.ends_in_days(clock)),
                shift_age: view.and_then(|view| view.shift_age(clock)),
                unsent_age: view.and_then(|view| view.unsent_age(&counted, clock)),
            }
        });
        Ok(FiguresView {
            answers,
            slots: slots.collect(),
            journal: self.writer().figures().view(),
            sizes: self.reader().sizes().ok(),
            durable: measures.durable.view(),
            incidents: self.reader().incident_count()?,
            last_pass: measures.last_pass().map(|at| at.elapsed()),
            clock_shift_ms: clock.shift_ms(),
            cassette,
            counted,
        })
    }

    /// The cassette; none when the rack does not answer so soon.
    pub(crate) async fn cassette_in(
        &self,
        patience: Duration,
    ) -> Result<Option<CassetteView>, DeskError> {
        match tokio::time::timeout(patience, self.cassette()).await {
            Ok(Ok(cassette)) => Ok(Some(cassette)),
            Ok(Err(DeskError::Stopping)) | Err(_) => Ok(None),
            Ok(Err(error)) => Err(error),
        }
    }
}

impl CassetteView {
    /// How many slots form documents.
    pub fn at_work(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_at_work()).count()
    }
}

impl crate::SlotView {
    /// Whether it forms documents.
    pub const fn is_at_work(&self) -> bool {
        matches!(self.state, SlotState::Ready | SlotState::Working)
    }

    /// Days until its drive is full or its life is over.
    fn ends_in_days(&self, clock: Clock) -> Option<i64> {
        let day: LocalDate = self.outlook.as_ref()?.ends_on.as_ref()?.parse().ok()?;
        Some(i64::from(day.days_since(clock.local().date())))
    }

    /// How long its shift has been open, if one is and the journal knows.
    pub(crate) fn shift_age(&self, clock: Clock) -> Option<Duration> {
        let opened = self.shift_opened.filter(|_| self.shift_open)?;
        let minutes = clock.local().minutes_since(opened);
        Some(Duration::from_secs(
            u64::try_from(minutes).unwrap_or_default() * 60,
        ))
    }

    /// How old the first document of its drive is that has no ticket of the ОФД.
    pub(crate) fn unsent_age(&self, counted: &Counted, clock: Clock) -> Option<Duration> {
        let drive = self.drive.as_deref()?;
        let mut unsent = counted.unsent.iter();
        let first = unsent.find(|unsent| unsent.drive.as_str() == drive)?;
        let age = clock.unix_ms().saturating_sub(first.since);
        Some(Duration::from_millis(
            u64::try_from(age).unwrap_or_default(),
        ))
    }
}
