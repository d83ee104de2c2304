//! The tasks that watch: one looks at touched accounts every few seconds when something was accepted,
//! and at everything once a day and when there has never been a pass; the other runs the rules of the
//! minute. What reads runs on a thread for blocking work, slice by slice, and rests between slices as
//! long as it has worked.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use journal::{Reader, Reply, Writer};
use terms::{DriveNumber, Id, LocalDateTime};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle, time::timeout};

use super::{
    PassKind, PassView, WatchState,
    pass::{Halt, Pass},
};
use crate::{Desk, DeskError, Reason, desk::Inner, restore::ShareBook};

/// How often the rules of the minute run.
const MINUTE: Duration = Duration::from_secs(60);

/// So long a full pass that failed is not tried again by itself.
const AFTER_FAILURE: Duration = Duration::from_secs(600);

/// What the desk keeps of its watch besides the journal.
pub(crate) struct Watching {
    orders: watch::Sender<Orders>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    state: Mutex<WatchState>,
    book: Mutex<ShareBook>,
}

/// What the tasks are to do besides their hours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Orders {
    /// How many full passes were ordered.
    full: u64,
    stop: bool,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            orders: watch::Sender::new(Orders::default()),
            tasks: Mutex::default(),
            state: Mutex::default(),
            book: Mutex::default(),
        }
    }
}

impl Watching {
    fn state(&self) -> MutexGuard<'_, WatchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the tasks; a pass ends at its next slice.
    pub(crate) async fn stop(&self) {
        self.orders.send_modify(|orders| orders.stop = true);
        let tasks = std::mem::take(&mut *self.tasks());
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the watch has failed");
            }
        }
    }
}

impl Desk {
    /// When the watch has looked last, for how long, and at how much.
    pub fn watch_state(&self) -> WatchState {
        self.inner.watching.state().clone()
    }

    /// Orders a pass over everything. It is carried out by the watch, and begins at once unless one is
    /// under way.
    pub fn order_full_watch(&self) {
        self.inner
            .watching
            .orders
            .send_modify(|orders| orders.full += 1);
    }
}

/// Starts the tasks.
pub(crate) fn start(inner: &Arc<Inner>) {
    let watching = &inner.watching;
    let bells = (watching.orders.subscribe(), inner.changes());
    let tasks = [
        tokio::spawn(look_at_accounts(Arc::downgrade(inner), bells)),
        tokio::spawn(look_every_minute(
            Arc::downgrade(inner),
            watching.orders.subscribe(),
        )),
    ];
    watching.tasks().extend(tasks);
}

/// Accounts, documents, sources: by their hours, by orders, and when something was accepted.
async fn look_at_accounts(
    desk: Weak<Inner>,
    (mut orders, mut changes): (watch::Receiver<Orders>, watch::Receiver<()>),
) {
    let mut done_orders = 0;
    let mut failed: Option<Instant> = None;
    // What was accepted while nobody watched.
    let mut has_rung = true;
    loop {
        let ordered = *orders.borrow_and_update();
        let Some(inner) = desk.upgrade().filter(|_| !ordered.stop) else {
            return;
        };
        let every = inner.setup().watch.every;
        has_rung |= changes.has_changed().unwrap_or(false);
        changes.mark_unchanged();
        let may_try = failed.is_none_or(|at| at.elapsed() >= AFTER_FAILURE);
        let is_full = ordered.full > done_orders || (may_try && full_is_due(&inner));
        if is_full || has_rung {
            let kind = match is_full {
                true => PassKind::Full,
                false => PassKind::Touched,
            };
            match pass(&inner, kind, orders.clone()).await {
                Ok(()) => has_rung = false,
                Err(DeskError::Stopping) => return,
                Err(_) => failed = Some(Instant::now()),
            }
            done_orders = ordered.full;
        }
        drop(inner);
        let ordered = async { orders.changed().await };
        if matches!(timeout(every, ordered).await, Ok(Err(_))) {
            return;
        }
    }
}

/// Money that is due, drives, registers, tickets, the buffer: they do not wait for a long pass.
async fn look_every_minute(desk: Weak<Inner>, mut orders: watch::Receiver<Orders>) {
    loop {
        let Some(inner) = desk.upgrade() else { return };
        if let Err(DeskError::Stopping) = pass(&inner, PassKind::Minute, orders.clone()).await {
            return;
        }
        drop(inner);
        let stopped = async { orders.wait_for(|orders| orders.stop).await.map(drop) };
        if timeout(MINUTE, stopped).await.is_ok() {
            return;
        }
    }
}

/// Whether the hour of the full pass has come since the last one, or there has never been one.
fn full_is_due(inner: &Inner) -> bool {
    let clock = inner.clock();
    let now = clock.local();
    let last = match inner.reader().watched_fully_at() {
        Ok(Some(at)) => clock.local_at(at),
        Ok(None) => None,
        Err(error) => {
            tracing::error!(%error, "nobody knows when everything was looked at last");
            return false;
        }
    };
    let Some(last) = last else { return true };
    let hour = inner.setup().watch.full_at;
    let today = now.date().at(hour, 0).ok();
    let yesterday = now
        .date()
        .plus_days(-1)
        .and_then(|day| day.at(hour, 0))
        .ok();
    let due = today.filter(|due| *due <= now).or(yesterday);
    due.is_some_and(|due| last < due)
}

async fn pass(
    inner: &Arc<Inner>,
    kind: PassKind,
    orders: watch::Receiver<Orders>,
) -> Result<(), DeskError> {
    let clocks = match kind {
        PassKind::Minute => clocks(&Desk::of(inner.clone())).await?,
        _ => Vec::new(),
    };
    if kind != PassKind::Minute {
        inner.watching.state().running = Some(kind);
    }
    let of_pass = inner.clone();
    let halt = Gentle {
        orders,
        since: Instant::now(),
    };
    let done = tokio::task::spawn_blocking(move || look(&of_pass, kind, &clocks, halt)).await;
    let mut state = inner.watching.state();
    if kind != PassKind::Minute {
        state.running = None;
    }
    let view = done
        .map_err(|_| DeskError::Stopping)?
        .inspect_err(|error| {
            tracing::error!(%error, pass = kind.name(), "the watch could not look");
            state.trouble = Some(error.to_string());
        })?;
    tracing::debug!(
        pass = kind.name(),
        took_ms = view.took_ms,
        accounts = view.accounts,
        findings = view.findings,
        "the watch has looked"
    );
    state.trouble = None;
    state.passes.retain(|known| known.kind != kind);
    state.passes.push(view);
    Ok(())
}

/// One pass, on a thread for blocking work.
fn look(
    inner: &Arc<Inner>,
    kind: PassKind,
    clocks: &[(DriveNumber, i64)],
    mut halt: Gentle,
) -> Result<PassView, DeskError> {
    let (reader, clock) = (inner.reader(), inner.clock());
    let now = clock.local();
    let pass = Pass::new(reader, inner.setup(), clock, now)?;
    let mut take = |findings, looked: &audit::Looked| inner.take(findings, looked);
    match kind {
        PassKind::Full => {
            // What is accepted meanwhile is looked at again by the next pass.
            let (upto, begun) = (reader.last_operation()?, clock.unix_ms());
            let view = pass.full(&mut halt, &mut take)?;
            wait(inner, |writer, reply| {
                writer.put_watched(upto, Some(begun), reply)
            })?;
            Ok(view)
        }
        PassKind::Touched => {
            let (after, upto) = (watched_upto(reader)?, reader.last_operation()?);
            let view = pass.touched((after, upto), &mut halt, &mut take)?;
            if upto > after {
                wait(inner, |writer, reply| writer.put_watched(upto, None, reply))?;
            }
            Ok(view)
        }
        PassKind::Minute => {
            let book = &inner.watching.book;
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            pass.machine(clocks, &mut book, &mut take)
        }
    }
}

pub(super) fn watched_upto(reader: &Reader) -> Result<Id, DeskError> {
    Ok(match reader.watched_upto()? {
        Some(upto) => upto,
        None => Id::from_number(0)?,
    })
}

fn wait<T: Send + 'static>(
    inner: &Arc<Inner>,
    command: impl FnOnce(&Writer, Reply<T>),
) -> Result<T, DeskError> {
    Handle::current().block_on(Desk::of(inner.clone()).ask(command))
}

/// By how many seconds the clock is off, seen from each drive: behind the last document, or by as much
/// as it has jumped. True time itself is the host's affair (NTP).
async fn clocks(desk: &Desk) -> Result<Vec<(DriveNumber, i64)>, DeskError> {
    let cassette = desk.cassette().await?;
    let mut clocks = Vec::new();
    for slot in cassette.slots {
        let seconds = |from: LocalDateTime, to: LocalDateTime| to.minutes_since(from) * 60;
        let off = match &slot.reason {
            Some(Reason::ClockBehind { last, now }) => seconds(*last, *now),
            Some(Reason::ClockJumped { minutes, .. }) => minutes * 60,
            _ => continue,
        };
        if let Some(drive) = slot.drive {
            clocks.push((drive.parse()?, off));
        }
    }
    Ok(clocks)
}

/// Rests as long as it has worked, and stops when it is told to.
struct Gentle {
    orders: watch::Receiver<Orders>,
    since: Instant,
}

impl Halt for Gentle {
    fn breathe(&mut self) -> Result<(), DeskError> {
        if self.orders.borrow().stop {
            return Err(DeskError::Stopping);
        }
        std::thread::sleep(self.since.elapsed());
        self.since = Instant::now();
        Ok(())
    }
}
