//! The running server, as the commands that give orders reach it: over HTTP, with a key of the
//! administrator's own. A server with TLS has to show the certificate that the configuration names.

mod pinned;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

use desk::{KeyRing, Scopes, Store};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, Url,
    multipart::{Form, Part},
};
use serde_json::Value;
use thiserror::Error;

use crate::{
    commands::make_key,
    config::Config,
    front::{Certificate, Door},
};

/// Who may read the journal's folder may do everything: the key lies there, for its owner's eyes
/// only.
const KEY_FILE: &str = "administrator.key";
/// A running server may take so long to learn of a key that was made just now.
const KEY_LEARNED: Duration = Duration::from_secs(2);
/// How often it is asked meanwhile.
const KEY_ASKED: Duration = Duration::from_millis(100);

/// The server of a configuration.
pub(crate) struct Server {
    client: Client,
    base: String,
    key: String,
    /// Until then the server may not know the key yet.
    learning_until: Option<Instant>,
}

/// A server runs, but its certificate is not that of the configuration.
#[derive(Debug, Error)]
#[error(
    "{base} shows another certificate than the file of the configuration (http.tls.certificate): if \
     the file is new, let the server read it: systemctl reload kassette"
)]
pub(crate) struct OtherCertificate {
    base: String,
}

type Answer = Result<Value, Box<dyn std::error::Error>>;

impl Server {
    /// Finds it; whether it runs shows when it is asked.
    pub(crate) fn of(config: &Config) -> Result<Self, Box<dyn std::error::Error>> {
        let door = config.http.nearest()?;
        let (key, is_new) = own_key(config)?;
        Ok(Self {
            client: client(config, &door)?,
            base: door.url(),
            key,
            learning_until: is_new.then(|| Instant::now() + KEY_LEARNED),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(|| self.request(Method::GET, path)).await
    }

    /// The same, if there is anything of this name; none also when nothing can have it.
    pub(crate) async fn find(
        &self,
        path: &str,
    ) -> Result<Option<Value>, Box<dyn std::error::Error>> {
        let response = self.answer_to(|| self.request(Method::GET, path)).await?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(None),
            status => read(status, response).await.map(Some),
        }
    }

    /// What stands at a path, as it is.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let response = self.answer_to(|| self.request(Method::GET, path)).await?;
        let is_fine = response.status().is_success();
        let bytes = response.bytes().await?;
        if is_fine {
            return Ok(bytes.into());
        }
        let problem: Option<Value> = serde_json::from_slice(&bytes).ok();
        let detail = problem.as_ref().and_then(|it| it["detail"].as_str());
        let detail = detail.map_or_else(|| String::from_utf8_lossy(&bytes), Into::into);
        Err(detail.into())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(|| self.request(Method::POST, path).json(body))
            .await
    }

    /// The same: whether it was taken, and the answer or the problem.
    pub(crate) async fn try_post(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<(bool, Value), Box<dyn std::error::Error>> {
        let request = || self.request(Method::POST, path).json(body);
        let response = self.answer_to(request).await?;
        let is_fine = response.status().is_success();
        Ok((is_fine, response.json().await?))
    }

    /// Sends an order with files, as a form with parts: whether it was taken, and the answer or the
    /// problem.
    pub(crate) async fn post_form(
        &self,
        path: &str,
        order: &Value,
        files: &[(String, Vec<u8>)],
    ) -> Result<(bool, Value), Box<dyn std::error::Error>> {
        let parts = files.iter();
        let parts = parts.map(|(name, bytes)| ("file", name.clone(), bytes.clone()));
        self.post_parts(path, order, &parts.collect::<Vec<_>>())
            .await
    }

    /// The same with a name for each part.
    pub(crate) async fn post_parts(
        &self,
        path: &str,
        order: &Value,
        files: &[(&'static str, String, Vec<u8>)],
    ) -> Result<(bool, Value), Box<dyn std::error::Error>> {
        let request = || {
            let form = files.iter().fold(
                Form::new().text("order", order.to_string()),
                |form, (part, name, bytes)| {
                    form.part(*part, Part::bytes(bytes.clone()).file_name(name.clone()))
                },
            );
            self.request(Method::POST, path).multipart(form)
        };
        let response = self.answer_to(request).await?;
        let is_fine = response.status().is_success();
        Ok((is_fine, response.json().await?))
    }

    /// Sends a file as it is: whether it was taken, and the answer or the problem.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        parameters: &[(&str, String)],
        bytes: Vec<u8>,
    ) -> Result<(bool, Value), Box<dyn std::error::Error>> {
        let url = Url::parse_with_params(&format!("{}{path}", self.base), parameters)?;
        let request = || {
            let request = self.client.post(url.clone()).bearer_auth(&self.key);
            request.body(bytes.clone())
        };
        let response = self.answer_to(request).await?;
        let is_fine = response.status().is_success();
        Ok((is_fine, response.json().await?))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.client.request(method, url).bearer_auth(&self.key)
    }

    /// Sends a request, again while the server may not have learned of a new key.
    async fn answer_to(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, Box<dyn std::error::Error>> {
        let may_learn = || {
            self.learning_until
                .is_some_and(|until| Instant::now() < until)
        };
        loop {
            let response = request()
                .send()
                .await
                .map_err(|error| self.silence(&error))?;
            if response.status() != StatusCode::UNAUTHORIZED || !may_learn() {
                return Ok(response);
            }
            tokio::time::sleep(KEY_ASKED).await;
        }
    }

    /// Why there is no answer.
    fn silence(&self, error: &reqwest::Error) -> Box<dyn std::error::Error> {
        let base = &self.base;
        if is_other_certificate(error) {
            return Box::new(OtherCertificate { base: base.clone() });
        }
        format!("the server does not answer on {base}: is it running? ({error})").into()
    }

    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Answer {
        let response = self.answer_to(request).await?;
        read(response.status(), response).await
    }
}

/// The text as a part of a URL: all but letters, digits and `-_.~` as bytes.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// The answer's body, or what is wrong.
async fn read(status: StatusCode, response: Response) -> Answer {
    if status == StatusCode::NO_CONTENT {
        return Ok(Value::Null);
    }
    let value: Value = response.json().await?;
    if status.is_success() {
        return Ok(value);
    }
    let detail = value["detail"].as_str().unwrap_or("no reason is given");
    Err(detail.to_owned().into())
}

/// Speaks with the door, and with nothing between.
fn client(config: &Config, door: &Door) -> Result<Client, Box<dyn std::error::Error>> {
    let mut builder = Client::builder().no_proxy();
    if let (true, Some(files)) = (door.tls, &config.http.tls) {
        let certificate = Certificate::read(&files.certificate)?;
        builder = builder.tls_backend_preconfigured(pinned::trusting(&certificate)?);
    }
    Ok(builder.build()?)
}

/// Whether somewhere in the causes TLS refuses a certificate.
fn is_other_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // An error of the system does not count what it holds among its causes.
    let held = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    held.is_some_and(|held| is_other_certificate(held))
        || error.source().is_some_and(is_other_certificate)
}

/// The key in the journal's folder, and whether it was made just now, as there was none.
fn own_key(config: &Config) -> Result<(String, bool), Box<dyn std::error::Error>> {
    let folder: &Path = &config.journal.folder;
    let path = folder.join(KEY_FILE);
    if let Ok(key) = fs::read_to_string(&path) {
        return Ok((key.trim().to_owned(), false));
    }
    let ring = KeyRing::open(&Store::in_folder(folder))?;
    let name = format!("administrator-{}", std::process::id());
    let key = make_key(&ring, &name, Scopes::all(), config.organisation.inn)?;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    Ok((key, true))
}
