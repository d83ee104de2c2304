//! Sending letters over HTTP.

use std::{error::Error, sync::Arc, time::Duration};

use reqwest::{Client, Url, header, redirect::Policy};

use crate::NotifyError;
use crate::{
    address::{PublicOnly, check_host},
    signature::{Secret, signatures},
};

/// At most so much of an answer is read, bytes.
const ANSWER_MAX: usize = 64 * 1024;
/// And so much of it is kept, characters.
const KEPT_MAX: usize = 1_000;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// What sends letters: over connections that go to public addresses only, or anywhere.
#[derive(Clone, Debug)]
pub struct Post {
    public: Client,
    any: Client,
}

/// A letter as it goes out.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Where it goes.
    pub url: Url,
    /// Whether it may go to private, loopback and link-local addresses.
    pub allow_private: bool,
    /// How long the attempt may take.
    pub timeout: Duration,
    /// What kind of body it is.
    pub content_type: String,
    /// What it says.
    pub body: String,
    /// Standard Webhooks: the letter's identifier and the secrets that sign it.
    pub signed: Option<(String, &'a [Secret])>,
    /// Seconds since 1970.
    pub now: i64,
}

/// What came back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Returned {
    /// None: there was no answer.
    pub status: Option<u16>,
    /// The answer's beginning, or why there was none.
    pub answer: String,
}

impl Returned {
    /// There was no answer.
    pub fn nothing(why: impl ToString) -> Self {
        Self {
            status: None,
            answer: cut(&why.to_string()),
        }
    }
}

impl Post {
    /// What sends letters from now on.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn new() -> Result<Self, NotifyError> {
        // It may be there already: then it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .user_agent(concat!("Kassette/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                // The address that was looked at is the one that is spoken to.
                .redirect(Policy::none())
                .no_proxy()
        };
        let wrong = |error: reqwest::Error| NotifyError::Http(with_causes(&error));
        Ok(Self {
            public: builder()
                .dns_resolver(Arc::new(PublicOnly))
                .build()
                .map_err(wrong)?,
            any: builder().build().map_err(wrong)?,
        })
    }

    /// Sends a letter and waits for the answer.
    pub async fn send(&self, letter: Outgoing<'_>) -> Returned {
        let client = if letter.allow_private {
            &self.any
        } else if let Err(error) = check_host(&letter.url) {
            return Returned::nothing(error);
        } else {
            &self.public
        };
        let mut request = client
            .post(letter.url)
            .timeout(letter.timeout)
            .header(header::CONTENT_TYPE, letter.content_type);
        if let Some((id, secrets)) = &letter.signed {
            let at = letter.now.to_string();
            if !secrets.is_empty() {
                let signatures = signatures(secrets, id, &at, &letter.body);
                request = request.header("webhook-signature", signatures);
            }
            request = request
                .header("webhook-id", id)
                .header("webhook-timestamp", at);
        }
        match request.body(letter.body).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                Returned {
                    status: Some(status),
                    answer: cut(&beginning(response).await),
                }
            }
            // The URL may hold what is secret.
            Err(error) => Returned::nothing(with_causes(&error.without_url())),
        }
    }
}

/// What an answer says, as far as it is read. Once the status is known, a body that breaks off
/// changes nothing.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = ANSWER_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn cut(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.trim().chars().take(KEPT_MAX).map(shown).collect()
}

pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Scheme, host, port and path of a URL: what may be shown. Tokens stand in the query.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let had_query = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    if had_query {
        format!("{url}?…")
    } else {
        url.to_string()
    }
}
