//! The front over real sockets, with a router that does what the tests ask for.

mod calls;
mod crowd;
mod slowness;
mod stop;
mod tls;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::HeaderMap,
    routing::{get, post},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, Semaphore, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::{Door, Front, Limits, Settings, Tls};

/// Longer than anything takes that comes at all.
const DEADLINE: Duration = Duration::from_secs(60);
/// So short that a test need not wait for it, and so long that a busy machine keeps to it.
const SHORT: Duration = Duration::from_millis(300);

/// A front at work.
struct Stand {
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    /// Handlers of `/wait` that have begun.
    begun: Arc<Semaphore>,
    /// Lets one of them end.
    go: Arc<Notify>,
    /// Told when the answer of `/large` is gone.
    gone: Arc<Notify>,
}

fn settings() -> Settings {
    Settings {
        doors: vec![Door {
            tls: false,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }],
        tls: None,
        trusted_proxies: Vec::new(),
        proxies_only: false,
        limits: Limits {
            header_read: DEADLINE,
            body: DEADLINE,
            ..Limits::default()
        },
    }
}

impl Stand {
    async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let front = Front::open(settings).await.unwrap();
        let address = front.doors().next().unwrap().address;
        let tls = front.tls().cloned();
        let (begun, go, gone) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
        let faces = faces(Arc::clone(&begun), Arc::clone(&go), Arc::clone(&gone));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(front.serve(faces, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            tls,
            stop,
            served,
            begun,
            go,
            gone,
        }
    }

    async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends one request on a connection of its own.
    async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer().await.unwrap()
    }

    /// A client whose request is just being worked on.
    async fn at_work(&self) -> Client<TcpStream> {
        let mut client = self.connect().await;
        client.send("GET /wait HTTP/1.1\r\nhost: k\r\n\r\n").await;
        let begun = timeout(DEADLINE, self.begun.acquire()).await;
        begun.unwrap().unwrap().forget();
        client
    }
}

/// Tells when it is dropped.
struct Large(Vec<u8>, Arc<Notify>);

impl AsRef<[u8]> for Large {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        self.1.notify_one();
    }
}

fn faces(begun: Arc<Semaphore>, go: Arc<Notify>, gone: Arc<Notify>) -> Router {
    let who = async |ConnectInfo(client): ConnectInfo<SocketAddr>| client.to_string();
    let wait = async move || {
        begun.add_permits(1);
        go.notified().await;
        "done"
    };
    let large = async move || {
        let bytes = Large(vec![b'x'; 64 << 20], gone);
        Body::from(Bytes::from_owner(bytes))
    };
    let id = async |headers: HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned();
    // A face that takes whatever it gets of a body.
    let body = async |body: Result<Bytes, _>| {
        body.map_or_else(
            |_: axum::extract::rejection::BytesRejection| "none".to_owned(),
            |body| body.len().to_string(),
        )
    };
    Router::new()
        .route("/who", get(who))
        .route("/id", get(id))
        .route("/wait", get(wait))
        .route("/large", get(large))
        .route("/panic", get(async || -> String { panic!("on purpose") }))
        .route("/body", post(body))
        .route("/v1/imports", post(body))
}

/// A client that speaks as it likes.
struct Client<S>(S);

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(it, _)| it.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// The code of a problem (RFC 9457).
    fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// The next answer; none if the connection ends before it is whole.
    async fn answer(&mut self) -> Option<Answer> {
        timeout(DEADLINE, self.read(true)).await.expect("an answer")
    }

    /// The next answer of a request with HEAD.
    async fn head(&mut self) -> Option<Answer> {
        timeout(DEADLINE, self.read(false))
            .await
            .expect("an answer")
    }

    /// Waits for the end of the connection.
    async fn end(&mut self) {
        let mut rest = Vec::new();
        let end = timeout(DEADLINE, self.0.read_to_end(&mut rest)).await;
        let _ = end.expect("the connection is closed");
        assert_eq!(rest, b"", "nothing more is said");
    }

    async fn read(&mut self, with_body: bool) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |it| it.parse().unwrap());
        if with_body {
            answer.body = vec![0; length];
            self.0.read_exact(&mut answer.body).await.ok()?;
        }
        Some(answer)
    }
}

/// Writes a new certificate and its key for `localhost`; the certificate's DER.
fn write_certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().to_vec()
}
