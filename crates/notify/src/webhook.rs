use std::time::Duration;

use reqwest::Url;

use crate::{Message, NotifyError, Outgoing, Post, Secret, Sent, check_host, read_url, shown};

/// A receiver of notices over HTTP, as it is set up.
#[derive(Clone, Debug)]
pub struct NoticeHookSetup {
    /// An absolute URL of http or https.
    pub url: String,
    /// What signs the letters; none: they are not signed.
    pub secrets: Vec<Secret>,
    /// Whether they may go to private, loopback and link-local addresses.
    pub allow_private: bool,
    /// How long an attempt may take.
    pub timeout: Duration,
}

/// A receiver of notices over HTTP: JSON of the type `incident.notice`, signed like our webhooks.
#[derive(Clone, Debug)]
pub struct NoticeHook {
    url: Url,
    setup: NoticeHookSetup,
}

impl NoticeHook {
    /// Reads a set-up.
    ///
    /// # Errors
    /// When the URL cannot be used.
    pub fn new(setup: NoticeHookSetup) -> Result<Self, NotifyError> {
        let url = read_url(&setup.url)?;
        if !setup.allow_private {
            check_host(&url)?;
        }
        Ok(Self { url, setup })
    }

    pub(crate) fn shown(&self) -> String {
        shown(&self.url)
    }

    pub(crate) async fn send(&self, post: &Post, message: &Message, now: i64) -> Sent {
        let letter = Outgoing {
            url: self.url.clone(),
            allow_private: self.setup.allow_private,
            timeout: self.setup.timeout,
            content_type: "application/json".to_owned(),
            body: message.data.to_string(),
            signed: Some((message.id.clone(), &self.setup.secrets)),
            now,
        };
        Sent::over_http(post.send(letter).await)
    }
}
