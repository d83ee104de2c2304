//! What the server does for itself once a day: a copy of the journal, and removing what is old.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use desk::{
    Backup, BackupError, BackupPlace, BackupPlan, BackupState, Clock, Desk, Retention, back_up,
    backups_in, golive::Backups,
};
use terms::{LocalDate, LocalDateTime};
use tokio::{
    sync::oneshot,
    time::{Instant, MissedTickBehavior, interval},
};

/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_secs(20);
/// After a copy that failed the next one is tried so much later.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// The daily work of a server.
#[derive(Debug)]
pub(crate) struct Upkeep {
    journal: PathBuf,
    plan: Option<BackupPlan>,
    retention: Retention,
    /// None until the folder was looked at.
    state: Mutex<Option<BackupState>>,
    /// The server stops: a copy that is being made is given up.
    stopping: Arc<AtomicBool>,
}

impl Upkeep {
    pub(crate) fn new(journal: PathBuf, plan: Option<BackupPlan>, retention: Retention) -> Self {
        Self {
            journal,
            plan,
            retention,
            state: Mutex::default(),
            stopping: Arc::default(),
        }
    }

    /// How the copies stand; none: none are made, or nobody has looked yet.
    pub(crate) fn backups(&self) -> Option<BackupState> {
        self.state().clone()
    }

    /// Gives up what is under way.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Works until it is dropped.
    pub(crate) async fn run(&self, desk: Desk) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut not_before, mut pruned_on) = (Instant::now(), None);
        loop {
            ticks.tick().await;
            if let Some(plan) = &self.plan
                && Instant::now() >= not_before
                && !self.look(plan, desk.clock()).await
            {
                not_before = Instant::now() + AGAIN;
            }
            desk.tell_backups(self.told());
            self.prune(&desk, &mut pruned_on).await;
        }
    }

    /// How the copies stand, as the audit before the switch wants to know it.
    fn told(&self) -> Backups {
        let Some(plan) = &self.plan else {
            return Backups::None;
        };
        let state = self.backups().unwrap_or_default();
        Backups::Made {
            place: plan.folder.display().to_string(),
            newest: state.newest,
            failure: state.failure,
        }
    }

    /// Makes a copy if one is due; says whether all is well.
    async fn look(&self, plan: &BackupPlan, clock: Clock) -> bool {
        let newest = match backups_in(&plan.folder) {
            Ok(backups) => backups.into_iter().next(),
            Err(error) => return self.fail(&error),
        };
        let made = newest.as_ref().and_then(|it| made_at(it, clock));
        self.note(newest.as_ref(), made);
        if !plan.is_due(clock.local(), made) {
            return true;
        }
        match self.make(plan, clock).await {
            // It is stopping: nobody asks any more.
            None => true,
            Some(Ok(backup)) => {
                let (file, bytes) = (backup.file.display(), backup.manifest.bytes);
                tracing::info!(%file, bytes, "the journal is backed up, and the copy proven");
                self.note(Some(&backup), made_at(&backup, clock));
                self.state().get_or_insert_default().failure = None;
                true
            }
            Some(Err(error)) => self.fail(&error),
        }
    }

    /// Makes a copy, in a thread of its own: it takes as long as a disk needs, and ends with the
    /// process if that ends first.
    async fn make(&self, plan: &BackupPlan, clock: Clock) -> Option<Result<Backup, BackupError>> {
        let (reply, answer) = oneshot::channel();
        let (journal, plan, stopping) = (self.journal.clone(), plan.clone(), self.stopping.clone());
        let work = move || {
            let place = BackupPlace::Folder(plan.folder);
            let go_on = |_| !stopping.load(Ordering::Relaxed);
            let made = back_up(&journal, &place, Some(plan.keep), clock.unix_ms(), go_on);
            // Whoever waited may have gone.
            let _ = reply.send(made);
        };
        if let Err(error) = thread::Builder::new().name("backup".to_owned()).spawn(work) {
            tracing::error!(%error, "no thread for the backup");
        }
        let made = answer.await.ok()?;
        (!self.stopping.load(Ordering::Relaxed)).then_some(made)
    }

    fn fail(&self, error: &BackupError) -> bool {
        let mut why = error.to_string();
        if let Some(cause) = std::error::Error::source(error) {
            why = format!("{why}: {cause}");
        }
        tracing::error!("the journal is not backed up, it is tried again in an hour: {why}");
        self.state().get_or_insert_default().failure = Some(why);
        false
    }

    fn note(&self, newest: Option<&Backup>, made: Option<LocalDateTime>) {
        let mut state = self.state();
        let state = state.get_or_insert_default();
        state.newest = made;
        state.bytes = newest.map_or(0, |it| it.manifest.bytes);
    }

    /// Removes what is old, once a day.
    async fn prune(&self, desk: &Desk, on: &mut Option<LocalDate>) {
        let today = desk.clock().local().date();
        if *on == Some(today) {
            return;
        }
        *on = Some(today);
        match desk.prune(self.retention).await {
            Ok(pruned) if pruned.letters + pruned.sessions > 0 => tracing::info!(
                letters = pruned.letters,
                sessions = pruned.sessions,
                "old letters and sessions are removed"
            ),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "old letters and sessions are not removed"),
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<BackupState>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When it was made, on the clock of the place.
fn made_at(backup: &Backup, clock: Clock) -> Option<LocalDateTime> {
    clock.local_at(backup.manifest.made_at_ms)
}
