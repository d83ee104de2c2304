//! The outbox: webhooks of the configuration and callbacks of operations.
//!
//! What is owed stands in the journal, written together with what it tells of; [`mailroom`] says
//! when which letter is sent, [`courier`] sends it and stores what came of it, and a face writes its
//! body. A letter goes out at least once: after a crash between the receiver's answer and its storing
//! it goes out again, under the same identifier.

mod courier;
mod letters;
mod mailroom;

use std::{collections::HashMap, sync::Arc, time::Duration};

use journal::{DeliveriesOf, ReceiptState, ReceiverKind, Replay};
use reqwest::Url;
use terms::Id;
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use courier::{Courier, News};
pub use letters::{DeliveryView, FORM_V1, LastAttempt, LetterError, Letters};
use mailroom::Terms;
pub use notify::{AddressError, Secret, URL_MAX};
use notify::{Outgoing, Post, check_host, read_url, shown};

use crate::{Desk, DeskError};

/// The longest name of a webhook, bytes.
const NAME_MAX: usize = 64;

/// What letters are sent, and where.
#[derive(Clone, Debug)]
pub struct OutboxSetup {
    /// The webhooks, each of another name.
    pub webhooks: Vec<Webhook>,
    /// How callbacks of operations are sent.
    pub callbacks: Delivering,
}

/// A receiver of events.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// What people call it; what was sent is remembered under this name.
    pub name: String,
    /// An absolute URL of http or https.
    pub url: String,
    /// The states that it wants to hear of.
    pub events: Vec<ReceiptState>,
    /// Whether letters to it wait until the configuration says otherwise.
    pub paused: bool,
    /// How letters are sent.
    pub how: Delivering,
}

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct Delivering {
    /// What signs them; several while one is exchanged for another.
    pub secrets: Vec<Secret>,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// After so long a letter that nobody takes is given up.
    pub patience: Duration,
    /// Whether they may go to private, loopback and link-local addresses.
    pub allow_private: bool,
}

impl Default for Delivering {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(3 * 24 * 3600),
            allow_private: false,
        }
    }
}

/// A webhook as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookView {
    /// Its name.
    pub name: String,
    /// Where letters go, without the query; none: the configuration does not name it any more.
    pub url: Option<String>,
    /// The states that it hears of.
    pub events: Vec<ReceiptState>,
    /// Whether it is at work.
    pub state: WebhookState,
    /// Letters that wait.
    pub waiting: u64,
    /// Letters that were given up.
    pub dead: u64,
    /// When it took the last letter, milliseconds since 1970.
    pub last_success_at: Option<i64>,
}

/// Whether a webhook is at work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WebhookState {
    /// Letters go out.
    Active,
    /// The configuration says that they wait.
    Paused,
    /// It has answered 410: letters wait until somebody orders them again.
    Stopped,
    /// The configuration does not name it any more.
    Removed,
}

impl WebhookState {
    /// The word used by API and command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Removed => "removed",
        }
    }
}

/// What came back from a letter that was sent to try a webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tried {
    /// The HTTP status; none: there was no answer.
    pub status: Option<u16>,
    /// The answer's beginning, or why there was none.
    pub answer: String,
}

/// The outbox of an open desk.
pub(crate) struct Outbox {
    webhooks: Arc<HashMap<String, Target>>,
    post: Post,
    news: mpsc::UnboundedSender<News>,
    courier: Mutex<Option<JoinHandle<()>>>,
}

/// A webhook whose URL was read.
#[derive(Clone, Debug)]
struct Target {
    url: Url,
    webhook: Webhook,
}

impl Delivering {
    const fn terms(&self, can_stop: bool) -> Terms {
        Terms {
            patience: self.patience,
            can_stop,
        }
    }
}

/// Whether callbacks may name this URL; it is not resolved.
///
/// # Errors
/// When it is no absolute URL of http or https, holds a user or is too long.
pub fn check_callback_url(url: &str) -> Result<(), AddressError> {
    read_url(url).map(|_| ())
}

impl Desk {
    /// Makes the webhooks known and starts to send letters, whose bodies are written by `letters`.
    /// Webhooks that are new hear of what happens from now on. To be called once.
    ///
    /// # Errors
    /// When the set-up cannot be used, the outbox is open, or the journal cannot store.
    pub async fn open_outbox(
        &self,
        setup: OutboxSetup,
        letters: Vec<Arc<dyn Letters>>,
    ) -> Result<(), DeskError> {
        let wrong = |what: String| DeskError::Setup { what };
        let letters: HashMap<String, Arc<dyn Letters>> = letters
            .into_iter()
            .map(|it| (it.form().to_owned(), it))
            .collect();
        if !letters.contains_key(FORM_V1) {
            return Err(wrong(format!(
                "nobody writes letters of the form {FORM_V1}"
            )));
        }
        let webhooks = Arc::new(targets(&setup)?);
        let post = Post::new()?;
        let names = webhooks.keys().cloned().collect();
        self.ask(|writer, reply| writer.put_webhooks(names, reply))
            .await?;
        let (news, heard) = mpsc::unbounded_channel();
        let bell = self.feed().bell.subscribe();
        let mut courier = Courier::new(
            self.clone(),
            (webhooks.clone(), setup.callbacks),
            letters,
            (post.clone(), news.clone()),
        );
        courier.take_up()?;
        let outbox = Outbox {
            webhooks,
            post,
            news,
            courier: Mutex::new(None),
        };
        let outbox = self
            .put_outbox(outbox)
            .ok_or_else(|| wrong("the outbox is open already".to_owned()))?;
        *outbox.courier.lock().await = Some(tokio::spawn(courier.run(heard, bell)));
        Ok(())
    }

    /// Ends the letters that are under way; those that wait go out after the next start.
    pub(crate) async fn close_outbox(&self) {
        if let Some(outbox) = self.outbox()
            && outbox.news.send(News::Stop).is_ok()
            && let Some(courier) = outbox.courier.lock().await.take()
            && let Err(error) = courier.await
        {
            tracing::error!(%error, "the outbox's task has failed");
        }
    }

    /// The webhooks of the configuration, and former ones to which letters are owed.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions here.
    pub fn webhooks(&self) -> Result<Vec<WebhookView>, DeskError> {
        let rows = self.reader().receivers()?;
        let rows = rows
            .into_iter()
            .filter(|row| row.kind == ReceiverKind::Webhook);
        let view = |row: journal::ReceiverRow| {
            let target = self
                .outbox()
                .and_then(|outbox| outbox.webhooks.get(&row.name));
            let state = match target {
                None => WebhookState::Removed,
                Some(target) if target.webhook.paused => WebhookState::Paused,
                Some(_) if row.stopped_at.is_some() => WebhookState::Stopped,
                Some(_) => WebhookState::Active,
            };
            WebhookView {
                url: target.map(|target| shown(&target.url)),
                events: target.map_or_else(Vec::new, |target| target.webhook.events.clone()),
                state,
                name: row.name,
                waiting: row.waiting,
                dead: row.dead,
                last_success_at: row.success_at,
            }
        };
        Ok(rows.map(view).collect())
    }

    /// Letters, the oldest first.
    ///
    /// # Errors
    /// See [`Desk::webhooks`].
    pub fn deliveries(&self, of: &DeliveriesOf) -> Result<Vec<DeliveryView>, DeskError> {
        let rows = self.reader().deliveries(of)?;
        Ok(rows.into_iter().map(DeliveryView::of).collect())
    }

    /// Sends a letter once more, whatever became of it.
    ///
    /// # Errors
    /// When there is no such letter, or the journal cannot store.
    pub async fn replay_delivery(&self, id: Id) -> Result<(), DeskError> {
        if self.reader().delivery(id)?.is_none() {
            return Err(DeskError::UnknownDelivery(id));
        }
        self.replay(Replay::One(id)).await.map(|_| ())
    }

    /// Sends once more what a webhook did not take: all letters that were given up, or everything
    /// that was owed to it from the event `from` on. Those that wait are due at once, and a webhook
    /// that was stopped works again. Says how many letters it is about.
    ///
    /// # Errors
    /// When there is no such webhook, or the journal cannot store.
    pub async fn replay_webhook(&self, name: &str, from: Option<Id>) -> Result<u64, DeskError> {
        if self.reader().webhook_row(name)?.is_none() {
            return Err(DeskError::UnknownWebhook(name.to_owned()));
        }
        let name = name.to_owned();
        self.replay(match from {
            Some(event) => Replay::From(name, event),
            None => Replay::Webhook(name),
        })
        .await
    }

    async fn replay(&self, which: Replay) -> Result<u64, DeskError> {
        let count = self
            .ask(|writer, reply| writer.replay(which, reply))
            .await?;
        if let Some(outbox) = self.outbox() {
            // It may have stopped: then the next start reads it.
            let _ = outbox.news.send(News::StartOver);
        }
        Ok(count)
    }

    /// Sends a letter that tells of nothing, and says what came back.
    ///
    /// # Errors
    /// When the configuration names no such webhook.
    pub async fn try_webhook(&self, name: &str) -> Result<Tried, DeskError> {
        let outbox = self.outbox();
        let target = outbox.and_then(|outbox| Some((outbox, outbox.webhooks.get(name)?)));
        let Some((outbox, Target { url, webhook })) = target else {
            return Err(DeskError::UnknownWebhook(name.to_owned()));
        };
        let now = courier::now_ms();
        let body = serde_json::json!({
            "type": "webhook.test",
            "timestamp": rfc3339(now),
            "data": { "webhook": name },
        });
        let letter = Outgoing {
            url: url.clone(),
            allow_private: webhook.how.allow_private,
            timeout: webhook.how.timeout,
            content_type: "application/json".to_owned(),
            body: body.to_string(),
            signed: Some((format!("test_{now}"), &webhook.how.secrets)),
            now: now / 1_000,
        };
        let returned = outbox.post.send(letter).await;
        Ok(Tried {
            status: returned.status,
            answer: returned.answer,
        })
    }
}

/// The webhooks by name, each with its URL read.
fn targets(setup: &OutboxSetup) -> Result<HashMap<String, Target>, DeskError> {
    let wrong = |name: &str, what: String| DeskError::Setup {
        what: format!("the webhook «{name}»: {what}"),
    };
    let mut targets = HashMap::new();
    for webhook in &setup.webhooks {
        let name = &webhook.name;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(is_plain) {
            let what = format!("its name has 1 to {NAME_MAX} letters a-z, digits, - _ and .");
            return Err(wrong(name, what));
        }
        if webhook.how.secrets.is_empty() {
            let what = "it has no secret: make one by «kassette webhook secret»".to_owned();
            return Err(wrong(name, what));
        }
        let url = read_url(&webhook.url);
        let url = url.map_err(|error| wrong(name, format!("its url cannot be used: {error}")))?;
        if !webhook.how.allow_private {
            check_host(&url).map_err(|error| wrong(name, error.to_string()))?;
        }
        let webhook = webhook.clone();
        if targets
            .insert(name.clone(), Target { url, webhook })
            .is_some()
        {
            return Err(wrong(name, "there are two of this name".to_owned()));
        }
    }
    Ok(targets)
}

/// A moment as RFC 3339 writes it, UTC; `ms` are milliseconds since 1970.
pub fn rfc3339(ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The states that webhooks hear of unless they say otherwise: what a caller has to know.
pub const EVENTS_DEFAULT: [ReceiptState; 5] = [
    ReceiptState::Fiscalized,
    ReceiptState::Acknowledged,
    ReceiptState::Held,
    ReceiptState::InDoubt,
    ReceiptState::Refused,
];
