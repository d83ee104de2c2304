use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use metrics::Requests;
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    Door, Limits, Settings, Tls,
    certificate::CertificateError,
    connection::{Connection, Phase},
    places::Places,
    proxies::Proxies,
    request::Counter,
};

/// How long nobody is let in after the system could not accept a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the front cannot be opened.
#[derive(Debug, Error)]
pub(crate) enum FrontError {
    /// An address is taken, or is none of this machine's.
    #[error("cannot listen on {url} (http.listen)")]
    Address {
        /// Which.
        url: String,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate cannot be used.
    #[error("cannot speak TLS (http.tls)")]
    Certificate(#[from] CertificateError),
}

/// Open doors that nobody is served at yet.
#[derive(Debug)]
pub(crate) struct Front {
    doors: Vec<(Door, TcpListener)>,
    tls: Option<Arc<Tls>>,
    settings: Settings,
    requests: Requests,
}

impl Front {
    /// Reads the certificate and opens the doors.
    ///
    /// # Errors
    /// When a file or an address cannot be used.
    pub(crate) async fn open(settings: Settings) -> Result<Self, FrontError> {
        let tls = settings
            .tls
            .clone()
            .map(Tls::open)
            .transpose()?
            .map(Arc::new);
        let mut doors = Vec::new();
        for door in &settings.doors {
            let address = |source| FrontError::Address {
                url: door.url(),
                source,
            };
            let listener = TcpListener::bind(door.address).await.map_err(address)?;
            let opened = Door {
                address: listener.local_addr().map_err(address)?,
                ..*door
            };
            doors.push((opened, listener));
        }
        Ok(Self {
            doors,
            tls,
            settings,
            requests: Requests::default(),
        })
    }

    /// Counts the requests together with those of another front.
    pub(crate) fn counting(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }

    /// What it counts.
    pub(crate) fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Where it listens, with the ports that the system has given.
    pub(crate) fn doors(&self) -> impl Iterator<Item = Door> {
        self.doors.iter().map(|(door, _)| *door)
    }

    /// The certificate that is shown.
    pub(crate) fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// Serves `faces` until `stop`, then ends the requests under way in their time.
    pub(crate) async fn serve(self, faces: Router, stop: impl Future<Output = ()>) {
        let Settings {
            trusted_proxies,
            proxies_only,
            limits,
            ..
        } = self.settings;
        let (tell, phase) = watch::channel(Phase::Open);
        let places = Places::new(limits.connections);
        let proxies = Proxies(trusted_proxies.clone());
        let counter = Counter::new(faces, proxies, limits.clone(), self.requests);
        for (door, listener) in self.doors {
            let doorkeeper = Doorkeeper {
                tls: self.tls.clone().filter(|_| door.tls),
                proxies: (proxies_only && !door.tls).then(|| Proxies(trusted_proxies.clone())),
                places: Arc::clone(&places),
                counter: Arc::clone(&counter),
                phase: phase.clone(),
                limits: limits.clone(),
            };
            tokio::spawn(doorkeeper.keep(listener));
        }
        stop.await;
        tell.send_replace(Phase::Stopping);
        if timeout(limits.stop, places.emptied()).await.is_err() {
            let seconds = limits.stop.as_secs();
            tracing::warn!("requests that took longer than {seconds} s are cut off");
            tell.send_replace(Phase::Over);
            places.emptied().await;
        }
    }
}

/// Lets clients in at one door.
struct Doorkeeper {
    tls: Option<Arc<Tls>>,
    /// Nobody but these and this machine may come in, if there are some.
    proxies: Option<Proxies>,
    places: Arc<Places>,
    counter: Arc<Counter>,
    phase: watch::Receiver<Phase>,
    limits: Limits,
}

impl Doorkeeper {
    async fn keep(mut self, listener: TcpListener) {
        let mut phase = self.phase.clone();
        tokio::select! {
            () = self.let_in(&listener) => {}
            _ = phase.changed() => {}
        }
    }

    async fn let_in(&mut self, listener: &TcpListener) {
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) if is_the_clients(&error) => continue,
                Err(error) => {
                    // Most likely there are no more file descriptors.
                    tracing::error!(%error, "cannot accept a connection: somebody has to leave");
                    self.places.ask_one_to_leave();
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if !admits(self.proxies.as_ref(), peer) {
                tracing::warn!(
                    client = %peer.ip(),
                    "a client that is no trusted proxy has called without TLS and was sent away"
                );
                continue;
            }
            self.lead(stream, peer).await;
        }
    }

    /// To a place, and serves it there.
    async fn lead(&self, stream: TcpStream, peer: SocketAddr) {
        let connection = Connection {
            peer,
            place: self.places.take().await,
            phase: self.phase.clone(),
            counter: Arc::clone(&self.counter),
            limits: self.limits.clone(),
        };
        let acceptor = self.tls.as_ref().map(|tls| tls.acceptor());
        tokio::spawn(connection.serve(stream, acceptor));
    }
}

/// Whether a client may come in at a door that is for these proxies and this machine only, or for all.
pub(super) fn admits(proxies: Option<&Proxies>, peer: SocketAddr) -> bool {
    let ip = peer.ip().to_canonical();
    proxies.is_none_or(|proxies| ip.is_loopback() || proxies.trusts(ip))
}

/// The client has gone before it was let in.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
