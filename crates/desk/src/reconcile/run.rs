//! A reconciliation from its order to its end, and what people see of it meanwhile.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use audit::Looked;
use engine::Service;
use journal::{
    JournalError, MoneyKinds, NewReconciliation, ReconciliationEnd, Scratch, Side, SideRow,
};
use terms::ServiceCode;
use tokio::task::JoinHandle;

use super::{
    Notes, Pair, RECONCILIATION_FILES_MAX, ReconcileError, ReconcileOrder, ReconciliationProgress,
    ReconciliationView, Stretch, Told,
    archive::Brought,
    balance::Found,
    bank::{self, BankRows},
    billing::{self, BillingRows},
    book::Book,
    drives, live,
};
use crate::{Desk, DeskError, archive::Archives, desk::Inner, orders::check_name};

/// How many days before the first one the money of a row may have been told to the journal: an
/// acquirer's day is later than the payer's.
const EARLIER: i32 = 10;
/// How many operations are read between two notes of the progress.
const NOTED: u64 = 1_000;

/// The one reconciliation that is under way.
#[derive(Debug, Default)]
pub(crate) struct Reconciling {
    under_way: Mutex<Option<ReconciliationProgress>>,
    task: Mutex<Option<JoinHandle<()>>>,
    pub(super) stop: AtomicBool,
}

impl Reconciling {
    fn progress(&self) -> MutexGuard<'_, Option<ReconciliationProgress>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn, if nobody has it.
    fn take_turn(&self, by: &str) -> Result<(), ReconcileError> {
        let mut under_way = self.progress();
        if let Some(other) = &*under_way {
            return Err(ReconcileError::Busy(match other.id {
                Some(id) => id.to_string(),
                None => format!("of {}", other.by),
            }));
        }
        *under_way = Some(ReconciliationProgress {
            id: None,
            by: by.to_owned(),
            step: "files",
            done: 0,
            of: 0,
        });
        Ok(())
    }

    /// Notes how far it has come.
    pub(super) fn tell(&self, step: &'static str, done: u64, of: u64) {
        if let Some(progress) = &mut *self.progress() {
            (progress.step, progress.done, progress.of) = (step, done, of);
        }
    }

    /// How far the reconciliation `id` has come, if it is under way.
    pub(super) fn of(&self, id: i64) -> Option<ReconciliationProgress> {
        let progress = self.progress().clone();
        progress.filter(|progress| progress.id == Some(id))
    }

    /// Ends what is under way: it is shown as interrupted.
    pub(crate) async fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task of reconciliations has failed");
        }
    }
}

/// The turn; it is given back when this is dropped.
struct Turn(Desk);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.inner.reconciling.progress() = None;
    }
}

/// What was interrupted when the program stopped is shown so.
pub(crate) fn start(inner: &Arc<Inner>) {
    let desk = Desk::of(inner.clone());
    desk.writer()
        .interrupt_reconciliations(Box::new(|interrupted| match interrupted {
            Ok(0) => {}
            Ok(many) => tracing::warn!(many, "reconciliations were interrupted"),
            Err(error) => tracing::warn!(%error, "interrupted reconciliations are not noted"),
        }));
}

/// Files that were read onto a scratch.
struct Ready {
    scratch: Scratch,
    notes: Notes,
    told: Told,
    brought: Brought,
    transfers: std::collections::HashMap<String, i64>,
    new: NewReconciliation,
}

impl Desk {
    /// Compares billing, journal, drives, ОФД and bank over some days. It returns once the files are
    /// read and the work has begun; it goes on by itself. Nothing but the result is stored.
    ///
    /// # Errors
    /// When another one is under way, the days cannot be, a file cannot be read, or a drive is not
    /// there. Nothing was stored then.
    pub async fn reconcile(&self, order: ReconcileOrder) -> Result<ReconciliationView, DeskError> {
        check_name(&order.by)?;
        let days = Stretch {
            from: order.from,
            to: order.to,
        };
        days.check(self.clock().local().date())?;
        let files = order.billing.len() + order.bank.len() + order.archives.len();
        if files > RECONCILIATION_FILES_MAX {
            return Err(ReconcileError::TooManyFiles(files).into());
        }
        live::check(self, &order.drives).await?;
        self.inner.reconciling.take_turn(&order.by)?;
        // It is begun to its end even if whoever has asked for it is gone.
        let begun = tokio::spawn(begin(Turn(self.clone()), order, days));
        let id = begun.await.map_err(|_| DeskError::Stopping)??;
        self.reconciliation(id)
    }
}

/// Reads the files, notes that it begins, and lets it go on by itself.
async fn begin(turn: Turn, order: ReconcileOrder, days: Stretch) -> Result<i64, DeskError> {
    let desk = turn.0.clone();
    let reading = desk.clone();
    let read = move || {
        let ready = read_files(&reading, &order, days);
        (order, ready)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let (order, ready) = read.map_err(|_| DeskError::Stopping)?;
    let ready = ready?;
    let new = ready.new.clone();
    let id = desk.ask(|writer, reply| writer.begin_reconciliation(new, reply));
    let id = id.await?;
    if let Some(progress) = &mut *desk.inner.reconciling.progress() {
        progress.id = Some(id);
    }
    let task = tokio::spawn(carry_out(turn, id, order, days, ready));
    let mut kept = desk
        .inner
        .reconciling
        .task
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *kept = Some(task);
    Ok(id)
}

/// Reads all files: what is wrong with one of them is told before anything is stored.
fn read_files(desk: &Desk, order: &ReconcileOrder, days: Stretch) -> Result<Ready, DeskError> {
    let (scratch, mut notes, mut told) = (Scratch::new()?, Notes::default(), Told::default());
    let brought = Brought::read(&order.archives)?;
    let looked = bank::look(desk, &order.bank, order.profile.as_ref(), &mut told)?;
    let mut files = Vec::new();
    let mut billing = BillingRows {
        scratch: &scratch,
        days,
        notes: &mut notes,
        told: &mut told,
    };
    for file in &order.billing {
        files.push(billing.read(file)?);
    }
    files.extend(looked.files);
    files.extend(brought.files.iter().cloned());
    let new = NewReconciliation {
        from: days.from,
        to: days.to,
        by: order.by.clone(),
        api_key: order.sender.as_ref().map(|key| key.id),
        files,
    };
    Ok(Ready {
        scratch,
        notes,
        told,
        brought,
        transfers: looked.transfers,
        new,
    })
}

/// Compares, and stores how that ended.
async fn carry_out(turn: Turn, id: i64, order: ReconcileOrder, days: Stretch, ready: Ready) {
    let desk = turn.0.clone();
    let done = compare_all(&desk, id, order, days, ready).await;
    let (end, found) = match done {
        Ok((end, found)) => (end, found),
        Err(_) if desk.inner.reconciling.stop.load(Ordering::Relaxed) => {
            (ReconciliationEnd::Interrupted, None)
        }
        Err(error) => {
            tracing::error!(reconciliation = id, %error, "it could not be done");
            (ReconciliationEnd::Failed(error.to_string()), None)
        }
    };
    if let Some((findings, looked)) = found {
        let inner = desk.inner.clone();
        let taken = tokio::task::spawn_blocking(move || inner.take(findings, &looked)).await;
        if let Ok(Err(error)) = taken {
            tracing::error!(reconciliation = id, %error, "its incidents are not stored");
        }
    }
    // Whoever sees its end may order the next one.
    drop(turn);
    let stored = desk.ask(|writer, reply| writer.end_reconciliation(id, end, reply));
    if let Err(error) = stored.await {
        tracing::error!(reconciliation = id, %error, "its end is not stored");
    }
}

type Ended = (ReconciliationEnd, Option<(Vec<audit::Finding>, Looked)>);

async fn compare_all(
    desk: &Desk,
    id: i64,
    order: ReconcileOrder,
    days: Stretch,
    ready: Ready,
) -> Result<Ended, DeskError> {
    live::read(desk, &order, &desk.inner.reconciling).await?;
    let services = desk.services().await?;
    let desk = desk.clone();
    let work = move || compare_now(&desk, id, &order, days, ready, &services);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| DeskError::Stopping)?
}

/// The whole of it, on a thread that may wait.
fn compare_now(
    desk: &Desk,
    id: i64,
    order: &ReconcileOrder,
    days: Stretch,
    mut ready: Ready,
    services: &BTreeMap<ServiceCode, Service>,
) -> Result<Ended, DeskError> {
    read_book(desk, days, &mut ready, services)?;
    find_money(desk, order, days, &mut ready)?;
    let Ready {
        scratch,
        notes,
        told,
        brought,
        ..
    } = ready;
    let mut found = Found::new(desk, id, days);
    let own = [Pair::Advances, Pair::Credit];
    let pairs: std::collections::BTreeSet<Pair> = told.pairs.iter().copied().chain(own).collect();
    let all = pairs.len() as u64 + 3;
    // E7 reads its sides and E8 in one go.
    let of_documents = [Pair::Vat, Pair::SalesBook];
    for (done, pair) in pairs.iter().enumerate() {
        if !of_documents.contains(pair) {
            desk.inner.reconciling.tell("equations", done as u64, all);
            found.compare(&scratch, *pair, &notes.of(*pair))?;
        }
    }
    desk.inner.reconciling.tell("documents", all - 3, all);
    drives::read_documents(desk, &scratch, &mut found, &told)?;
    found.compare(&scratch, Pair::Vat, &[])?;
    if told.pairs.contains(&Pair::SalesBook) {
        found.compare(&scratch, Pair::SalesBook, &notes.of(Pair::SalesBook))?;
    }
    desk.inner.reconciling.tell("archives", all - 1, all);
    let archives = Archives::in_folder(&desk.setup().folder);
    drives::compare_drives(desk, &mut found, &brought, &archives)?;
    let looked = Looked::at(found.looked);
    let taken = Some((found.findings, looked));
    Ok((ReconciliationEnd::Done(found.results), taken))
}

/// Streams the journal onto the scratch.
fn read_book(
    desk: &Desk,
    days: Stretch,
    ready: &mut Ready,
    services: &BTreeMap<ServiceCode, Service>,
) -> Result<(), DeskError> {
    let first = days.from.plus_days(-EARLIER).unwrap_or(days.from);
    let offset = i64::from(desk.setup().organisation.utc_offset.local_minus_utc());
    let since = (first.at(0, 0)?.unix_local() - offset).saturating_mul(1_000);
    let of = desk.reader().booked_since(since)?;
    let Ready {
        scratch,
        notes,
        told,
        ..
    } = ready;
    if told.pairs.contains(&Pair::Balances) {
        desk.reader().each_saldo(|account, saldo| {
            let row = SideRow {
                key: account.to_owned(),
                account: account.to_owned(),
                sum: saldo,
                ..SideRow::default()
            };
            scratch.add(Pair::Balances.code(), Side::Left, &row)
        })?;
    }
    let mut book = Book {
        desk,
        scratch,
        days,
        told,
        services,
        notes,
    };
    let (reconciling, mut done) = (&desk.inner.reconciling, 0);
    desk.reader().each_booked(since, |row| {
        if done % NOTED == 0 {
            reconciling.tell("journal", done, of);
            if reconciling.stop.load(Ordering::Relaxed) {
                return Err(JournalError::Stopped);
            }
        }
        done += 1;
        book.take(&row)
    })?;
    Ok(())
}

/// Finds the money of banks and of billing's payments in the journal's.
fn find_money(
    desk: &Desk,
    order: &ReconcileOrder,
    days: Stretch,
    ready: &mut Ready,
) -> Result<(), DeskError> {
    let Ready {
        scratch,
        notes,
        told,
        transfers,
        ..
    } = ready;
    let ends = days.ends();
    let ends = (ends.0.as_str(), ends.1.as_str());
    let files = (order.bank.len() + order.billing.len()) as u64;
    if told.pairs.contains(&Pair::Bank) {
        let mut rows = BankRows {
            desk,
            scratch,
            days,
            notes,
            transfers,
        };
        for (place, file) in order.bank.iter().enumerate() {
            desk.inner.reconciling.tell("money", place as u64, files);
            rows.compare(place, file, order.profile.as_ref())?;
        }
        let pair = Pair::Bank.code();
        let sources = Some(told.sources.as_slice());
        for other in scratch.settle(pair, MoneyKinds::Cashless, ends, sources)? {
            let (rows, sum) = (other.rows, other.sum);
            notes.add(Some(Pair::Bank), "other_source", &other.source, rows, sum);
        }
    }
    if told.pairs.contains(&Pair::Payments) {
        for file in &order.billing {
            billing::find_payments(scratch, days, file)?;
        }
        scratch.settle(Pair::Payments.code(), MoneyKinds::All, ends, None)?;
    }
    if told.pairs.contains(&Pair::Charges) {
        let tell = told.charges;
        scratch.make_alike(Pair::Charges.code(), tell.ids, tell.services, tell.rates)?;
    }
    Ok(())
}
