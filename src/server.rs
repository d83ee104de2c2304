//! The running server, as the commands that give orders reach it: over HTTP, with a key of the
//! administrator's own.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

use desk::{KeyRing, Scope, Store};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

use crate::{commands::make_key, config::Config};

/// Who may read the journal's folder may give orders: the key lies there, for its owner's eyes only.
const KEY_FILE: &str = "rack.key";
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

type Answer = Result<Value, Box<dyn std::error::Error>>;

impl Server {
    /// Finds it; whether it runs shows when it is asked.
    pub(crate) fn of(config: &Config) -> Result<Self, Box<dyn std::error::Error>> {
        let (key, is_new) = own_key(&config.journal.folder)?;
        Ok(Self {
            client: Client::new(),
            base: format!("http://{}", config.http.listen),
            key,
            learning_until: is_new.then(|| Instant::now() + KEY_LEARNED),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(|| self.request(Method::GET, path)).await
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
    async fn answer_to(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, String> {
        let may_learn = || {
            self.learning_until
                .is_some_and(|until| Instant::now() < until)
        };
        loop {
            let response = request().send().await.map_err(|error| {
                format!(
                    "the server does not answer on {}: is it running? ({error})",
                    self.base
                )
            })?;
            if response.status() != StatusCode::UNAUTHORIZED || !may_learn() {
                return Ok(response);
            }
            tokio::time::sleep(KEY_ASKED).await;
        }
    }

    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Answer {
        let response = self.answer_to(request).await?;
        let status = response.status();
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
}

/// The key in the journal's folder, and whether it was made just now, as there was none.
fn own_key(folder: &Path) -> Result<(String, bool), Box<dyn std::error::Error>> {
    let path = folder.join(KEY_FILE);
    if let Ok(key) = fs::read_to_string(&path) {
        return Ok((key.trim().to_owned(), false));
    }
    let ring = KeyRing::open(&Store::in_folder(folder))?;
    let name = format!("administrator-{}", std::process::id());
    let key = make_key(&ring, &name, Scope::Rack)?;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    Ok((key, true))
}
