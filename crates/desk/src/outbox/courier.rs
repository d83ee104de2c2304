//! The task that sends letters: a thin shell round the [`Mailroom`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use journal::{Attempt, DeliveryRow, Outcome, Owed};
use notify::{Outgoing, Post, Returned};
use terms::Id;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Delivering, DeliveryView, FORM_V1, Letters, Target,
    mailroom::{Answer, Habits, Letter, Mailroom},
};
use crate::{Desk, DeskError};

/// How much is done at once.
const HABITS: Habits = Habits {
    at_once: 64,
    to_one: 16,
    window: 4_096,
};
/// How many events are looked at in one transaction.
const OWED_AT_ONCE: u32 = 512;
/// Nothing is overlooked for longer; a wall clock that was set is noticed by then.
const LOOK: Duration = Duration::from_secs(30);
/// After a failure of the journal it is tried again after so long.
const JOURNAL_PAUSE: Duration = Duration::from_secs(1);
/// At the end letters that are under way may take so long.
const LAST_LETTERS: Duration = Duration::from_secs(5);

/// What the task is told.
pub(super) enum News {
    /// Events have come into a webhook's outbox.
    Owed(i64, journal::Result<Owed>),
    /// A letter was sent, or not; when that began.
    Sent(i64, Id, i64, Returned),
    /// What came of it is durable, or not.
    Stored(i64, Id, Outcome, journal::Result<()>),
    /// Letters were ordered again.
    StartOver,
    /// Begin nothing new, and end.
    Stop,
}

/// A receiver that letters go to.
#[derive(Clone)]
enum Receiver {
    Webhook(String),
    /// A host of callbacks.
    Host,
}

/// A webhook's way from the feed to its outbox.
#[derive(Clone, Copy, Default)]
struct Telling {
    /// Something has happened since it was told last.
    is_due: bool,
    /// It is being told.
    is_under_way: bool,
}

pub(super) struct Courier {
    desk: Desk,
    webhooks: Arc<HashMap<String, Target>>,
    callbacks: Delivering,
    letters: HashMap<String, Arc<dyn Letters>>,
    post: Post,
    news: mpsc::UnboundedSender<News>,
    mailroom: Mailroom,
    receivers: BTreeMap<i64, Receiver>,
    telling: BTreeMap<i64, Telling>,
    /// The last host of callbacks that is known.
    last_host: i64,
    under_way: JoinSet<()>,
    stopping: bool,
}

impl Courier {
    pub(super) fn new(
        desk: Desk,
        (webhooks, callbacks): (Arc<HashMap<String, Target>>, Delivering),
        letters: HashMap<String, Arc<dyn Letters>>,
        (post, news): (Post, mpsc::UnboundedSender<News>),
    ) -> Self {
        Self {
            desk,
            webhooks,
            callbacks,
            letters,
            post,
            news,
            mailroom: Mailroom::new(HABITS),
            receivers: BTreeMap::new(),
            telling: BTreeMap::new(),
            last_host: 0,
            under_way: JoinSet::new(),
            stopping: false,
        }
    }

    /// Takes up what the last life has left.
    pub(super) fn take_up(&mut self) -> Result<(), DeskError> {
        for (name, target) in self.webhooks.iter() {
            let Some((row, is_stopped)) = self.desk.reader().webhook_row(name)? else {
                continue;
            };
            let is_shut = is_stopped || target.webhook.paused;
            let terms = target.webhook.how.terms(true);
            self.mailroom.receiver(row, terms, is_shut);
            self.receivers.insert(row, Receiver::Webhook(name.clone()));
            if !target.webhook.paused {
                let is_due = true;
                let telling = Telling {
                    is_due,
                    ..Telling::default()
                };
                self.telling.insert(row, telling);
            }
        }
        self.new_hosts()
    }

    pub(super) async fn run(
        mut self,
        mut heard: mpsc::UnboundedReceiver<News>,
        mut bell: watch::Receiver<()>,
    ) {
        while !self.stopping {
            let pause = match self.work() {
                Ok(()) => self.pause(),
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read yet");
                    JOURNAL_PAUSE
                }
            };
            tokio::select! {
                news = heard.recv() => if let Some(news) = news {
                    self.hear(news);
                    // What came at the same time is heard before the next look.
                    while let Ok(news) = heard.try_recv() {
                        self.hear(news);
                    }
                },
                changed = bell.changed() => match changed {
                    Ok(()) => self.something_happened(),
                    Err(_) => self.stopping = true,
                },
                // Whatever rang in vain is seen by then.
                () = sleep(pause) => self.something_happened(),
            }
        }
        self.end(&mut heard).await;
    }

    /// Lets the letters that are under way come to their end.
    async fn end(mut self, heard: &mut mpsc::UnboundedReceiver<News>) {
        let end = Instant::now() + LAST_LETTERS;
        while self.mailroom.under_way() > 0
            && let Ok(Some(news)) = timeout_at(end, heard.recv()).await
        {
            self.hear(news);
        }
        // Those that are left go out again after the next start.
        self.under_way.abort_all();
    }

    fn something_happened(&mut self) {
        for telling in self.telling.values_mut() {
            telling.is_due = true;
        }
        let hosts = self.receivers.iter();
        let hosts = hosts.filter(|(_, receiver)| matches!(receiver, Receiver::Host));
        for (host, _) in hosts {
            self.mailroom.more(*host);
        }
    }

    fn work(&mut self) -> Result<(), DeskError> {
        self.new_hosts()?;
        self.tell();
        self.load()?;
        let now = now_ms();
        while let Some((receiver, letter)) = self.mailroom.next(now) {
            self.send(receiver, letter.id);
        }
        while self.under_way.try_join_next().is_some() {}
        Ok(())
    }

    fn pause(&self) -> Duration {
        let Some(due) = self.mailroom.next_due() else {
            return LOOK;
        };
        let left = u64::try_from(due.saturating_sub(now_ms())).unwrap_or(0);
        Duration::from_millis(left).min(LOOK)
    }

    fn new_hosts(&mut self) -> Result<(), DeskError> {
        for (row, _) in self.desk.reader().callback_hosts(self.last_host)? {
            self.mailroom
                .receiver(row, self.callbacks.terms(false), false);
            self.receivers.insert(row, Receiver::Host);
            self.last_host = row;
        }
        Ok(())
    }

    /// Has the webhooks told of what has happened.
    fn tell(&mut self) {
        for (row, telling) in &mut self.telling {
            let target = match self.receivers.get(row) {
                Some(Receiver::Webhook(name)) => self.webhooks.get(name),
                _ => None,
            };
            let Some(target) = target.filter(|_| telling.is_due && !telling.is_under_way) else {
                continue;
            };
            *telling = Telling {
                is_due: false,
                is_under_way: true,
            };
            let (row, news) = (*row, self.news.clone());
            let reply = move |owed| {
                let _ = news.send(News::Owed(row, owed));
            };
            let states = target.webhook.events.clone();
            let reply = Box::new(reply);
            self.desk.writer().owe(row, states, OWED_AT_ONCE, reply);
        }
    }

    fn load(&mut self) -> Result<(), DeskError> {
        for receiver in self.receivers.keys() {
            let Some((after, wanted)) = self.mailroom.wanted(*receiver) else {
                continue;
            };
            let limit = u32::try_from(wanted).unwrap_or(u32::MAX);
            let rows = self
                .desk
                .reader()
                .waiting_letters(*receiver, after, limit)?;
            let letters = rows.iter().map(letter).collect();
            self.mailroom.take_in(*receiver, letters, wanted);
        }
        Ok(())
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Owed(receiver, owed) => self.owed(receiver, owed),
            News::Sent(receiver, id, began, returned) => self.sent(receiver, id, (began, returned)),
            News::Stored(receiver, id, outcome, stored) => {
                if let Err(error) = stored {
                    // It goes out again: better twice than never.
                    tracing::error!(delivery = %id, %error, "what came of a letter is not stored");
                    let later = Outcome::Again(now_ms() + JOURNAL_PAUSE.as_millis() as i64);
                    return self.mailroom.ended(receiver, id, later);
                }
                self.mailroom.ended(receiver, id, outcome);
            }
            News::StartOver => {
                if let Err(error) = self.start_over() {
                    tracing::error!(%error, "what was ordered again cannot be read: restart");
                }
            }
            News::Stop => self.stopping = true,
        }
    }

    /// Letters were ordered again, to whom the journal knows.
    fn start_over(&mut self) -> Result<(), DeskError> {
        for (row, receiver) in &self.receivers {
            let is_shut = match receiver {
                Receiver::Host => false,
                Receiver::Webhook(name) => {
                    let target = self.webhooks.get(name);
                    let known = self.desk.reader().webhook_row(name)?;
                    // What the configuration says is not changed by an order.
                    target.is_none_or(|target| target.webhook.paused)
                        || known.is_none_or(|(_, is_stopped)| is_stopped)
                }
            };
            self.mailroom.start_over(*row, is_shut);
        }
        Ok(())
    }

    fn owed(&mut self, receiver: i64, owed: journal::Result<Owed>) {
        let telling = self.telling.entry(receiver).or_default();
        telling.is_under_way = false;
        match owed {
            Ok(owed) => {
                telling.is_due |= owed.more;
                if owed.letters > 0 {
                    self.mailroom.more(receiver);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a webhook's outbox cannot be written yet");
                telling.is_due = true;
            }
        }
    }

    /// Sends a letter, in a task of its own.
    fn send(&mut self, receiver: i64, id: Id) {
        let (desk, post, news) = (self.desk.clone(), self.post.clone(), self.news.clone());
        let (webhooks, callbacks) = (self.webhooks.clone(), self.callbacks.clone());
        let (letters, began) = (self.letters.clone(), now_ms());
        self.under_way.spawn(async move {
            let returned = match written(&desk, &letters, &webhooks, &callbacks, id) {
                Ok(Written {
                    url,
                    how,
                    view,
                    body,
                    by,
                }) => {
                    let signed = by.is_signed().then(|| (view.letter_id(), &how.secrets[..]));
                    post.send(Outgoing {
                        url,
                        allow_private: how.allow_private,
                        timeout: how.timeout,
                        content_type: by.content_type().to_owned(),
                        body,
                        signed,
                        now: now_ms() / 1_000,
                    })
                    .await
                }
                Err(why) => Returned::nothing(why),
            };
            let _ = news.send(News::Sent(receiver, id, began, returned));
        });
    }

    /// Stores what came of a letter.
    fn sent(&mut self, receiver: i64, id: Id, (began, returned): (i64, Returned)) {
        let now = now_ms();
        let answer = returned.status.map_or(Answer::None, Answer::Status);
        let mut random = [0; 4];
        // Without randomness letters that failed together come back together.
        let _ = getrandom::fill(&mut random);
        let random = u32::from_le_bytes(random);
        let Some(outcome) = self.mailroom.judge(receiver, id, now, answer, random) else {
            return;
        };
        match outcome {
            Outcome::Delivered => {}
            Outcome::Again(_) => {
                tracing::info!(delivery = %id, status = returned.status, "a letter was not taken");
            }
            Outcome::Dead => tracing::warn!(delivery = %id, "a letter was given up"),
            Outcome::Stopped => {
                tracing::warn!(delivery = %id, "a webhook has answered 410: its letters wait");
            }
        }
        let attempt = Attempt {
            began,
            at: now,
            status: returned.status,
            answer: returned.answer,
            outcome,
        };
        let news = self.news.clone();
        let reply = move |stored| {
            let _ = news.send(News::Stored(receiver, id, outcome, stored));
        };
        self.desk.writer().attempted(id, attempt, Box::new(reply));
    }
}

/// A letter that can be sent.
struct Written<'a> {
    url: reqwest::Url,
    how: &'a Delivering,
    view: DeliveryView,
    body: String,
    by: &'a dyn Letters,
}

/// Writes a letter, or says why it cannot be written.
fn written<'a>(
    desk: &Desk,
    letters: &'a HashMap<String, Arc<dyn Letters>>,
    webhooks: &'a HashMap<String, Target>,
    callbacks: &'a Delivering,
    id: Id,
) -> Result<Written<'a>, String> {
    let row = desk
        .reader()
        .delivery(id)
        .map_err(|error| error.to_string())?;
    let view = DeliveryView::of(row.ok_or("the letter is not in the journal")?);
    let (url, how, form) = match &view.callback {
        Some(callback) => {
            let url = notify::read_url(&callback.url);
            let url = url.map_err(|error| format!("its url cannot be used: {error}"))?;
            (url, callbacks, callback.form.as_str())
        }
        None => {
            let name = view.webhook.as_deref().unwrap_or_default();
            let target = webhooks.get(name);
            let target = target.ok_or("the configuration does not name its webhook")?;
            (target.url.clone(), &target.webhook.how, FORM_V1)
        }
    };
    let by = letters
        .get(form)
        .ok_or_else(|| format!("nobody writes letters of the form «{form}»"))?;
    let body = by.body(desk, &view).map_err(|error| error.to_string())?;
    Ok(Written {
        url,
        how,
        view,
        body,
        by: by.as_ref(),
    })
}

fn letter(row: &DeliveryRow) -> Letter {
    Letter {
        id: row.id,
        lane: row.lane,
        since: row.since,
        attempts: row.attempts,
        next_at: row.next_at,
    }
}

/// The wall clock, milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
