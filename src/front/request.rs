//! What happens to every request on its way to the faces and back.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use api::Problem;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, service::Service as _};
use hyper_util::service::TowerToHyperService;
use metrics::Requests;
use panel::OverTls;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, field};

use super::{
    Limits,
    body::{CutOff, Kept, Measured, Verdict},
    panics::Contained,
    proxies::Proxies,
    pulse::UnderWay,
    request_id::{REQUEST_ID, RequestIds},
};

/// The faces and what stands before them.
pub(super) struct Counter {
    faces: TowerToHyperService<Router>,
    proxies: Proxies,
    ids: RequestIds,
    limits: Limits,
    requests: Requests,
}

/// Which template of a path a request has met: known also when nobody answers in time.
#[derive(Clone, Default)]
struct Met(Arc<OnceLock<MatchedPath>>);

impl Counter {
    pub(super) fn new(
        faces: Router,
        proxies: Proxies,
        limits: Limits,
        requests: Requests,
    ) -> Arc<Self> {
        let faces = faces.layer(middleware::from_fn(note_route));
        Arc::new(Self {
            faces: TowerToHyperService::new(faces),
            proxies,
            ids: RequestIds::new(),
            limits,
            requests,
        })
    }

    /// Answers a request, whatever it is.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        (peer, tls): (SocketAddr, bool),
        under_way: UnderWay,
    ) -> Response<Kept> {
        let id = self.ids.of(request.headers());
        let over_tls = OverTls(tls || self.proxies.say_tls(peer, request.headers()));
        let client = self.proxies.client(peer, request.headers());
        let span = tracing::info_span!(
            "request",
            request_id = id.to_str().unwrap_or_default(),
            operation_id = field::Empty,
            method = %request.method(),
            path = request.uri().path(),
            client = %client.ip(),
        );
        let (begun, met, method) = (Instant::now(), Met::default(), request.method().clone());
        let mut answer = async {
            let answer = self.ask(request, (client, over_tls), (&id, &met)).await;
            let (took, route) = (begun.elapsed(), met.0.get().map(MatchedPath::as_str));
            let status = answer.status().as_u16();
            self.requests.note(&method, route, status, took);
            tracing::debug!(status, ?took, "answered");
            answer
        }
        .instrument(span)
        .await;
        answer.headers_mut().insert(REQUEST_ID, id);
        answer.map(|body| Kept::new(body, under_way))
    }

    async fn ask(
        &self,
        request: Request<Incoming>,
        (client, over_tls): (SocketAddr, OverTls),
        (id, met): (&HeaderValue, &Met),
    ) -> Response {
        let limits = &self.limits;
        let (mut parts, body) = request.into_parts();
        let announced = parts.headers.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        let path = parts.uri.path();
        let most = match api::takes_files(path) || panel::takes_files(path) {
            true => limits.file_bytes,
            false => limits.body_bytes,
        };
        if announced.is_some_and(|length| length > most as u64) {
            return self.cut_off(CutOff::TooLarge, most);
        }
        parts.extensions.insert(ConnectInfo(client));
        parts.extensions.insert(over_tls);
        parts.extensions.insert(met.clone());
        parts.headers.insert(REQUEST_ID, id.clone());
        let verdict = Verdict::default();
        let body = Measured::new(body, most, limits.body, verdict.clone());
        let request = Request::from_parts(parts, Body::new(body));
        // Also the call itself is a handler's work.
        let work = Contained::new(async { self.faces.call(request).await });
        let answer = match timeout(limits.request, work).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(panic)) => panicked(&panic),
            Err(_) => self.timed_out(),
        };
        match verdict.get() {
            Some(cut) => self.cut_off(cut, most),
            None => answer,
        }
    }

    /// The rest of the body, of which at most `most` bytes are taken, is not read, so the connection
    /// cannot be used any more.
    fn cut_off(&self, cut: CutOff, most: usize) -> Response {
        let problem = match cut {
            CutOff::TooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("the body is longer than {most} bytes: send less at once"),
            ),
            CutOff::TooSlow => Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                format!(
                    "the body has not come within {} s: nothing was done, send the same again",
                    self.limits.body.as_secs()
                ),
            ),
        };
        let mut answer = problem.into_response();
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
        answer
    }

    fn timed_out(&self) -> Response {
        let seconds = self.limits.request.as_secs();
        tracing::warn!("no answer within {seconds} s (http.request_timeout_s)");
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed_out",
            format!(
                "there was no answer within {seconds} s; what was sent may be stored or not: send \
                 it again as it was, a known key is not accepted twice"
            ),
        )
        .into_response()
    }
}

/// Says outside which template of a path fits.
async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    if let (Some(Met(met)), Some(route)) = (request.extensions().get(), route) {
        // Nobody else sets it: a request is answered once.
        let _ = met.set(route);
    }
    next.run(request).await
}

fn panicked(panic: &str) -> Response {
    tracing::error!(panic, "a handler has panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the server has failed at this request, its log says how; what was sent may be stored or \
         not: send it again as it was, a known key is not accepted twice",
    )
    .into_response()
}
