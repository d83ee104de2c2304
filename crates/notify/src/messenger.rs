//! Messengers: a request over HTTP whose URL and body are templates of the configuration.

use std::{collections::BTreeMap, time::Duration};

use minijinja::{
    AutoEscape, Environment, Output, UndefinedBehavior, Value, context, value::ValueKind,
};

use crate::{Hidden, Message, NotifyError, Outgoing, Post, Sent, check_host, read_url};

/// The longest text that is passed to a template, characters: what Telegram takes (4 096), with room
/// for what the template adds.
const TEXT_MAX: usize = 3_900;
/// Steps that a template may take.
const FUEL: u64 = 50_000;
/// The longest body, bytes.
const BODY_MAX: usize = 256 * 1024;

/// A messenger as it is set up.
#[derive(Clone, Debug)]
pub struct MessengerSetup {
    /// The URL, a template: secrets stand in it by their names.
    pub url: String,
    /// The body, a template: `{{ text }}`, `{{ subject }}`, `{{ severity }}`, `{{ url }}`, and the
    /// secrets by their names. In JSON and in forms each value is written as the kind of body asks
    /// for, with its quotes.
    pub body: String,
    /// `application/json`, `application/x-www-form-urlencoded` or another one.
    pub content_type: String,
    /// Tokens by the names under which templates use them.
    pub secrets: BTreeMap<String, Hidden>,
    /// Whether messages may go to private, loopback and link-local addresses.
    pub allow_private: bool,
    /// How long an attempt may take.
    pub timeout: Duration,
}

/// A messenger: a request made from a template.
#[derive(Clone, Debug)]
pub struct Messenger {
    setup: MessengerSetup,
}

/// How values are written into a template's text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Writing {
    Json,
    Form,
    Plain,
}

impl Messenger {
    /// Reads a set-up and tries its templates on an invented message.
    ///
    /// # Errors
    /// When a template is wrong, its JSON cannot be read, or the URL cannot be used.
    pub fn new(setup: MessengerSetup) -> Result<Self, NotifyError> {
        let messenger = Self { setup };
        let url = read_url(&messenger.url(&sample())?)?;
        if !messenger.setup.allow_private {
            check_host(&url)?;
        }
        messenger.body(&sample())?;
        Ok(messenger)
    }

    /// The host alone: the rest may hold a token.
    pub(crate) fn shown(&self) -> String {
        let url = self.url(&sample()).ok();
        let url = url.and_then(|url| read_url(&url).ok());
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        format!("{}…", host.unwrap_or_default())
    }

    pub(crate) async fn send(&self, post: &Post, message: &Message, now: i64) -> Sent {
        let written = self
            .url(message)
            .and_then(|url| Ok((read_url(&url)?, self.body(message)?)));
        let (url, body) = match written {
            Ok(written) => written,
            Err(why) => return Sent::refused(why),
        };
        let letter = Outgoing {
            url,
            allow_private: self.setup.allow_private,
            timeout: self.setup.timeout,
            content_type: self.setup.content_type.clone(),
            body,
            signed: None,
            now,
        };
        let mut sent = Sent::over_http(post.send(letter).await);
        // A service may say our own words again.
        for secret in self.setup.secrets.values() {
            sent.answer = sent.answer.replace(secret.reveal(), "…");
        }
        sent
    }

    fn url(&self, message: &Message) -> Result<String, NotifyError> {
        self.write("url", &self.setup.url, message, Writing::Plain)
    }

    fn body(&self, message: &Message) -> Result<String, NotifyError> {
        let writing = match self.setup.content_type.split(';').next().map(str::trim) {
            Some("application/json") => Writing::Json,
            Some("application/x-www-form-urlencoded") => Writing::Form,
            _ => Writing::Plain,
        };
        let body = self.write("body", &self.setup.body, message, writing)?;
        let wrong = |why: String| NotifyError::Template { field: "body", why };
        if body.len() > BODY_MAX {
            return Err(wrong(format!("it is longer than {BODY_MAX} bytes")));
        }
        if writing == Writing::Json {
            serde_json::from_str::<serde_json::Value>(&body).map_err(|error| {
                wrong(format!(
                    "it is no JSON ({error}): values stand without quotes, as in {{\"text\": {{{{ text }}}}}}"
                ))
            })?;
        }
        Ok(body)
    }

    fn write(
        &self,
        field: &'static str,
        source: &str,
        message: &Message,
        writing: Writing,
    ) -> Result<String, NotifyError> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.set_formatter(move |out, _, value| put(out, value, writing));
        let secrets: BTreeMap<String, Value> = self
            .setup
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), Value::from(secret.reveal())))
            .collect();
        let text: String = format!("{}\n\n{}", message.subject_line(), message.text())
            .chars()
            .take(TEXT_MAX)
            .collect();
        let url = message.link.as_ref().map_or("", |(_, url)| url.as_str());
        let values = context! {
            subject => message.subject_line(),
            text => text,
            severity => message.severity,
            url => url,
            ..Value::from(secrets)
        };
        let written = environment
            .template_from_str(source)
            .and_then(|template| template.render(values));
        // The error's detail may quote the template, never a value.
        written.map_err(|error| NotifyError::Template {
            field,
            why: format!("{error}"),
        })
    }
}

/// Writes a value as the body asks for.
fn put(out: &mut Output<'_>, value: &Value, writing: Writing) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let written = match writing {
        Writing::Plain => text,
        Writing::Json if value.kind() == ValueKind::Number => text,
        Writing::Json => serde_json::Value::String(text).to_string(),
        Writing::Form => {
            let mut coded = String::new();
            for byte in text.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        coded.push(char::from(byte));
                    }
                    other => coded.push_str(&format!("%{other:02X}")),
                }
            }
            coded
        }
    };
    if value.is_undefined() {
        return Err(minijinja::Error::from(minijinja::ErrorKind::UndefinedError));
    }
    Ok(out.write_str(&written)?)
}

/// An invented message, to try templates on.
fn sample() -> Message {
    Message {
        id: "sample".to_owned(),
        language: "ru",
        subject: "Проба".to_owned(),
        severity: "info",
        lead: "«Проба» \"sample\"\n\\".to_owned(),
        items: Vec::new(),
        more: None,
        advice: None,
        link: Some(("Панель".to_owned(), "https://kassa.example.ru".to_owned())),
        footer: "Kassette".to_owned(),
        data: serde_json::Value::Null,
    }
}
