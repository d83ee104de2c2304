use crate::{Email, Message, Messenger, NoticeHook, Post, post};

/// A way to tell somebody.
#[derive(Clone, Debug)]
pub enum Channel {
    /// A letter by e-mail.
    Email(Box<Email>),
    /// JSON to a URL, signed.
    Webhook(NoticeHook),
    /// A request made from a template.
    Messenger(Messenger),
}

/// What came of an attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sent {
    /// Whether the other side has taken it.
    pub is_taken: bool,
    /// What it said, or why it could not be asked.
    pub answer: String,
}

impl Channel {
    /// The word of configuration and JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
            Self::Messenger(_) => "messenger",
        }
    }

    /// Where it goes, as far as it may be shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Email(email) => email.shown(),
            Self::Webhook(hook) => hook.shown(),
            Self::Messenger(messenger) => messenger.shown(),
        }
    }

    /// Sends a message and waits for what comes of it. `now` are seconds since 1970.
    pub async fn send(&self, post: &Post, message: &Message, now: i64) -> Sent {
        match self {
            Self::Email(email) => email.send(message).await,
            Self::Webhook(hook) => hook.send(post, message, now).await,
            Self::Messenger(messenger) => messenger.send(post, message, now).await,
        }
    }
}

impl Sent {
    pub(crate) fn refused(why: impl ToString) -> Self {
        Self {
            is_taken: false,
            answer: post::cut(&why.to_string()),
        }
    }

    /// What an answer over HTTP means.
    pub(crate) fn over_http(returned: post::Returned) -> Self {
        let is_taken = returned
            .status
            .is_some_and(|status| (200..300).contains(&status));
        let answer = match returned.status {
            Some(status) => format!("HTTP {status}: {}", returned.answer),
            None => returned.answer,
        };
        Self {
            is_taken,
            answer: post::cut(&answer),
        }
    }
}
