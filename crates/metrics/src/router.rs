use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use desk::{Desk, KeyRefusal, Scope};
use ipnet::IpNet;

use crate::{page, requests::Requests};

const PATH: &str = "/metrics";
/// What Prometheus and others know the text form by.
const MEDIA: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What a proxy adds that is not trusted: then nobody knows who calls.
const FORWARDED: [&str; 2] = ["x-forwarded-for", "forwarded"];

/// Who may read the figures: those who come from these networks, and the holders of keys with the
/// scope `read`.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Networks that need no key.
    pub networks: Vec<IpNet>,
}

struct Shared {
    desk: Desk,
    requests: Requests,
    access: Access,
}

/// The path of the figures.
pub fn router(desk: &Desk, requests: Requests, access: Access) -> Router {
    let shared = Shared {
        desk: desk.clone(),
        requests,
        access,
    };
    Router::new()
        .route(PATH, get(show))
        .with_state(Arc::new(shared))
}

async fn show(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = peer.map(|ConnectInfo(address)| *address);
    if let Err(refusal) = shared.admit(from, request.headers()) {
        return *refusal;
    }
    let view = match shared.desk.figures().await {
        Ok(view) => view,
        Err(error) => return plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    match page::written(view, &shared.requests) {
        Ok(text) => ([(header::CONTENT_TYPE, MEDIA)], text).into_response(),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

impl Shared {
    fn admit(&self, from: Option<SocketAddr>, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let ip = from.map(|address| address.ip().to_canonical());
        let is_near = |network: &IpNet| ip.is_some_and(|ip| network.contains(&ip));
        // What was passed on and still has an address of this machine came by a proxy that the
        // configuration does not name: it may be anybody's.
        let is_passed_on = FORWARDED.iter().any(|name| headers.contains_key(*name));
        let may_be_anybody = is_passed_on && ip.is_some_and(|ip| ip.is_loopback());
        if !may_be_anybody && self.access.networks.iter().any(is_near) {
            return Ok(());
        }
        let Some(key) = shown_key(headers) else {
            return Err(Box::new(refused(&KeyRefusal::Unknown)));
        };
        let key = self
            .desk
            .enter(key, ip)
            .map_err(|why| Box::new(refused(&why)))?;
        if key.scopes.contains(Scope::Read) {
            return Ok(());
        }
        let what = format!("the key «{}» has not the scope «read»", key.name);
        Err(Box::new(plain(StatusCode::FORBIDDEN, what)))
    }
}

/// The bearer key of the header.
fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn refused(refusal: &KeyRefusal) -> Response {
    let status = match refusal {
        KeyRefusal::Unknown | KeyRefusal::Expired(_) => StatusCode::UNAUTHORIZED,
        KeyRefusal::WrongOrganisation(_) | KeyRefusal::WrongAddress(_) => StatusCode::FORBIDDEN,
        KeyRefusal::TooManyRequests { .. } | KeyRefusal::TooManyTries { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
    };
    let mut answer = plain(
        status,
        format!("{refusal}; or come from a network of [metrics] networks"),
    );
    if let Some(seconds) = refusal.retry_after() {
        let headers = answer.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.get().into());
    }
    answer
}

fn plain(status: StatusCode, mut text: String) -> Response {
    text.push('\n');
    (status, text).into_response()
}
