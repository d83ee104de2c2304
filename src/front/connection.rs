//! One connection, from its beginning to its end.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    Limits,
    places::Place,
    pulse::{Late, Pulse},
    request::Counter,
    wire::{Stream, Wire},
};

/// How long a client that is told off may still send: closed before, it would not read the answer.
const LINGER: Duration = Duration::from_secs(2);

/// How far the program's stop is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Phase {
    #[default]
    Open,
    /// Requests under way are ended.
    Stopping,
    /// Nothing is waited for any more.
    Over,
}

/// A client that has connected.
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) counter: Arc<Counter>,
    pub(super) limits: Limits,
}

/// Why a connection ends before hyper has ended it.
enum Cut {
    Wanted,
    Stopping,
    Over,
    Late(Late),
}

impl Connection {
    /// Serves it until it ends.
    pub(super) async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are written whole: waiting for more to send along would only cost time.
        let _ = stream.set_nodelay(true);
        let peer = self.peer;
        let cut = match tls {
            None => self.speak(Stream::Plain(stream)).await,
            Some(acceptor) => {
                let mut cut = self.phase.clone();
                let shaken = tokio::select! {
                    shaken = acceptor.accept(stream) => shaken,
                    cut = self.cut(&mut cut) => return log(peer, &cut),
                };
                match shaken {
                    Ok(stream) => self.speak(Stream::Tls(Box::new(stream))).await,
                    Err(error) => {
                        tracing::debug!(%peer, %error, "the TLS handshake has failed");
                        return;
                    }
                }
            }
        };
        if let Some(cut) = cut {
            log(peer, &cut);
        }
    }

    async fn speak(self, stream: Stream) -> Option<Cut> {
        let (counter, pulse, peer) = (self.counter.clone(), self.place.pulse.clone(), self.peer);
        let tls = matches!(stream, Stream::Tls(_));
        let service = service_fn(move |request| {
            let answer = Arc::clone(&counter).answer(request, (peer, tls), pulse.begin());
            Box::pin(async move { Ok::<_, Infallible>(answer.await) })
        });
        let wire = Wire::new(stream, Arc::clone(&self.place.pulse));
        let mut http = http1::Builder::new()
            .timer(TokioTimer::new())
            // Its one time would be that of a head and that of an idle connection as well.
            .header_read_timeout(None)
            .max_headers(self.limits.headers)
            .max_header_size(self.limits.header_bytes)
            .max_buf_size(self.limits.header_bytes)
            .serve_connection(TokioIo::new(wire), service);
        let mut phase = self.phase.clone();
        loop {
            let cut = tokio::select! {
                biased;
                ended = poll_fn(|context| http.poll_without_shutdown(context)) => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "a connection has failed");
                    }
                    break;
                }
                cut = self.cut(&mut phase) => cut,
            };
            if !matches!(cut, Cut::Stopping) || self.is_idle() {
                return Some(cut);
            }
            Pin::new(&mut http).graceful_shutdown();
        }
        let wire = http.into_parts().io.into_inner();
        tokio::select! {
            () = part(wire) => None,
            cut = self.cut(&mut phase) => Some(cut),
        }
    }

    /// Waits for a reason to cut it.
    async fn cut(&self, phase: &mut watch::Receiver<Phase>) -> Cut {
        let pulse = &self.place.pulse;
        tokio::select! {
            () = self.place.wanted() => Cut::Wanted,
            late = overdue(pulse, &self.limits) => Cut::Late(late),
            changed = phase.changed() => match *phase.borrow_and_update() {
                Phase::Stopping if changed.is_ok() => Cut::Stopping,
                // Whoever could end it in order has gone, too.
                _ => Cut::Over,
            },
        }
    }

    fn is_idle(&self) -> bool {
        self.place.pulse.idle_since().is_some()
    }
}

/// Ends when the client has been too slow. What it is waited for may change at every poll.
async fn overdue(pulse: &Pulse, limits: &Limits) -> Late {
    let mut end = pin!(sleep_until(Instant::now()));
    poll_fn(|context| {
        let Some((deadline, late)) = pulse.deadline(limits) else {
            return Poll::Pending;
        };
        if end.deadline() != deadline {
            end.as_mut().reset(deadline);
        }
        end.as_mut().poll(context).map(|()| late)
    })
    .await
}

/// Says that nothing more will be written, and waits a little for the client to hang up.
async fn part(mut wire: Wire) {
    let farewell = async {
        wire.shutdown().await?;
        let mut rest = [0; 4_096];
        while wire.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whether it goes well makes no difference: the connection is closed now.
    let _ = timeout(LINGER, farewell).await;
}

fn log(peer: SocketAddr, cut: &Cut) {
    let why = match cut {
        Cut::Wanted => "it was idle and its place was wanted",
        Cut::Stopping | Cut::Over => "the program stops",
        Cut::Late(Late::Head) => "no whole head came in time",
        Cut::Late(Late::Next) => "it was idle for long",
        Cut::Late(Late::Answer) => "the client did not take its answer",
    };
    tracing::debug!(%peer, "a connection is closed: {why}");
}
