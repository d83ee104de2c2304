//! The running server, as the commands that give orders reach it: over HTTP, with a key of the
//! administrator's own.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

use desk::{KeyRing, Scopes, Store};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::{commands::make_key, config::Config};

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

type Answer = Result<Value, Box<dyn std::error::Error>>;

impl Server {
    /// Finds it; whether it runs shows when it is asked.
    pub(crate) fn of(config: &Config) -> Result<Self, Box<dyn std::error::Error>> {
        let (key, is_new) = own_key(config)?;
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
        read(response.status(), response).await
    }
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
