//! The task that tells: a thin shell round the journal's notices and [`super::routing`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use audit::Looked;
use journal::{IncidentsChanged, NoticeAttempt, NoticeOutcome, NoticeRow};
use notify::{Post, Sent};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    TellingSetup,
    message::{Sender, message},
    routing::{ChannelSetup, judge},
    view::IncidentView,
};
use crate::{Desk, DeskError};

/// How often it is looked whether something is to be told again.
const TICK: Duration = Duration::from_secs(30);
/// Nothing is overlooked for longer; a wall clock that was set is noticed by then.
const LOOK: Duration = Duration::from_secs(10);
/// After a failure of the journal it is tried again after so long.
const JOURNAL_PAUSE: Duration = Duration::from_secs(1);
/// At the end what is under way may take so long.
const LAST_NOTICES: Duration = Duration::from_secs(5);

pub(super) struct Teller {
    desk: Desk,
    setup: Arc<TellingSetup>,
    post: Post,
    wake: Arc<Notify>,
    /// Channels to which something is under way: to each one message after another.
    busy: BTreeSet<String>,
    under_way: JoinSet<String>,
    ticked: Option<Instant>,
}

impl Teller {
    pub(super) fn new(
        desk: Desk,
        (setup, post): (Arc<TellingSetup>, Post),
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            desk,
            setup,
            post,
            wake,
            busy: BTreeSet::new(),
            under_way: JoinSet::new(),
            ticked: None,
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let wake = self.wake.clone();
        loop {
            let pause = match self.work().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "notices cannot be sent yet");
                    JOURNAL_PAUSE
                }
            };
            tokio::select! {
                // The sender is gone only when the desk is.
                _ = stop.wait_for(|stop| *stop) => break,
                () = wake.notified() => {}
                Some(ended) = self.under_way.join_next() => if let Ok(channel) = ended {
                    self.busy.remove(&channel);
                },
                () = sleep(pause) => {}
            }
        }
        // What is under way and is not stored goes out again after the next start.
        let ends = async { while self.under_way.join_next().await.is_some() {} };
        let _ = timeout(LAST_NOTICES, ends).await;
    }

    /// Does what is due, and says how long nothing will be.
    async fn work(&mut self) -> Result<Duration, DeskError> {
        let is_tick = self.ticked.is_none_or(|at| at.elapsed() >= TICK);
        let desk = self.desk.clone();
        let looked = move || {
            if is_tick {
                desk.tell_again()?;
            }
            desk.seal_notices()
        };
        tokio::task::spawn_blocking(looked)
            .await
            .map_err(|_| DeskError::Stopping)??;
        if is_tick {
            self.ticked = Some(Instant::now());
        }
        self.give_up_unknown().await?;
        let now = self.desk.clock().unix_ms();
        for place in 0..self.setup.channels.len() {
            let name = &self.setup.channels[place].name;
            if self.busy.contains(name) {
                continue;
            }
            let due = self.desk.reader().due_notices(name, now, 1)?;
            if let Some(notice) = due.into_iter().next() {
                self.begin(place, notice);
            }
        }
        let next = self.desk.reader().next_notice_at()?;
        let left = next.map(|at| at.saturating_sub(self.desk.clock().unix_ms()));
        let left = left.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        // What is due of a busy channel is begun when that is free.
        let least = match self.busy.is_empty() {
            true => Duration::from_millis(50),
            false => LOOK,
        };
        Ok(left.unwrap_or(LOOK).clamp(least, LOOK))
    }

    /// Nobody can be told by a channel that the configuration does not name any more.
    async fn give_up_unknown(&self) -> Result<(), DeskError> {
        let counts = self.desk.reader().notice_counts()?;
        let known = &self.setup.channels;
        let unknown = counts.into_iter().filter(|(name, waiting, _)| {
            *waiting > 0 && known.iter().all(|channel| channel.name != *name)
        });
        for (name, ..) in unknown {
            for notice in self.desk.reader().due_notices(&name, i64::MAX, 1_000)? {
                let attempt = NoticeAttempt {
                    answer: "the configuration names no such channel".to_owned(),
                    outcome: NoticeOutcome::Dead,
                };
                store(&self.desk, &notice, attempt).await?;
            }
        }
        Ok(())
    }

    /// Sends a notice, in a task of its own.
    fn begin(&mut self, place: usize, notice: NoticeRow) {
        let (desk, setup, post) = (self.desk.clone(), self.setup.clone(), self.post.clone());
        self.busy.insert(notice.channel.clone());
        self.under_way.spawn(async move {
            let channel = &setup.channels[place];
            let sent = match written(&desk, &setup, channel, &notice) {
                Ok(message) => {
                    let now = desk.clock().unix_ms() / 1_000;
                    channel.channel.send(&post, &message, now).await
                }
                Err(why) => Sent {
                    is_taken: false,
                    answer: why.to_string(),
                },
            };
            if let Err(error) = ended(&desk, &setup, &notice, sent).await {
                // It goes out again: better twice than never.
                tracing::error!(notice = notice.id, %error, "what came of a notice is not stored");
                sleep(JOURNAL_PAUSE).await;
            }
            notice.channel
        });
    }
}

/// The message of a notice, as things stand now.
fn written(
    desk: &Desk,
    setup: &TellingSetup,
    channel: &ChannelSetup,
    notice: &NoticeRow,
) -> Result<notify::Message, DeskError> {
    let rows = desk
        .reader()
        .incidents_of_notice(notice.id, channel.items_max)?;
    let incidents: Vec<_> = rows.into_iter().map(IncidentView::of).collect();
    let sender = Sender {
        organisation: &desk.setup().organisation.name,
        panel: setup.panel.as_deref(),
    };
    Ok(message(notice, &incidents, &sender, channel.language))
}

async fn ended(
    desk: &Desk,
    setup: &TellingSetup,
    notice: &NoticeRow,
    sent: Sent,
) -> Result<(), DeskError> {
    let mut random = [0; 4];
    // Without randomness notices that failed together come back together.
    let _ = getrandom::fill(&mut random);
    let attempt = (notice.attempts, notice.since, desk.clock().unix_ms());
    let random = u32::from_le_bytes(random);
    let outcome = judge(sent.is_taken, attempt, setup.patience, random);
    let (id, channel) = (notice.id, &notice.channel);
    match outcome {
        NoticeOutcome::Told => tracing::info!(notice = id, channel, "a notice was taken"),
        NoticeOutcome::Again(_) => {
            tracing::warn!(notice = id, channel, answer = %sent.answer, "a notice was not taken");
        }
        NoticeOutcome::Dead => {
            tracing::error!(notice = id, channel, answer = %sent.answer, "a notice was given up");
        }
    }
    let attempt = NoticeAttempt {
        answer: sent.answer,
        outcome,
    };
    store(desk, notice, attempt).await
}

async fn store(desk: &Desk, notice: &NoticeRow, attempt: NoticeAttempt) -> Result<(), DeskError> {
    let id = notice.id;
    desk.ask(|writer, reply| writer.notice_attempted(id, attempt, reply))
        .await
}

impl Desk {
    /// Has people told again of what lasts; those whose mute is over, too.
    fn tell_again(&self) -> Result<(), DeskError> {
        let room = &self.inner.incidents;
        let _turn = room.turn();
        let now = self.clock().unix_ms();
        let keys = self.reader().incidents_to_tell(&room.tempos(), now)?;
        let waiting: BTreeMap<_, _> = keys.into_iter().map(|key| (key, Vec::new())).collect();
        let changed = self.inner.take_all(waiting, &Looked::default())?;
        if changed != IncidentsChanged::default() {
            self.inner.ring();
        }
        Ok(())
    }

    /// Nothing joins the notices any more that were gathered until now; not in the middle of a pass.
    fn seal_notices(&self) -> Result<(), DeskError> {
        let _turn = self.inner.incidents.turn();
        let due = self.reader().next_notice_at()?;
        if due.is_some_and(|at| at <= self.clock().unix_ms()) {
            self.inner
                .ask_and_wait(|writer, reply| writer.seal_notices(reply))?;
        }
        Ok(())
    }
}
