//! Who may come in.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use desk::{KeyIdentity, KeyRefusal, Scope, basic_login};

use super::{Face, answer::Fault, task::code};

/// Whose request it is; none: somebody on this machine, without a login.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Option<KeyIdentity>);

/// Lets in who logs in by HTTP Basic with the name of a key and the key, and whoever is on this
/// machine if the set-up trusts them.
pub(super) async fn enter(State(face): State<Face>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let caller = if let Some(shown) = headers.get(header::AUTHORIZATION) {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let from = peer.map(|ConnectInfo(address)| address.ip());
        let entered = match shown.to_str().ok().and_then(basic_login) {
            Some((name, key)) => face.desk.enter_named(&name, &key, from),
            None => Err(face.desk.stranger(from)),
        };
        match entered {
            Ok(identity) => Caller(Some(identity)),
            Err(KeyRefusal::Unknown) => return refused("Неверное имя или ключ"),
            Err(KeyRefusal::TooManyRequests { .. } | KeyRefusal::TooManyTries { .. }) => {
                let why = "Слишком много обращений: подождите";
                return Fault::new(StatusCode::TOO_MANY_REQUESTS, code::INTERNAL, why)
                    .into_response();
            }
            Err(refusal) => {
                return Fault::new(StatusCode::FORBIDDEN, code::INTERNAL, refusal.to_string())
                    .into_response();
            }
        }
    } else if face.setup.trust_loopback && is_from_here(&request) {
        Caller(None)
    } else {
        return refused("Нужен вход: HTTP Basic, имя и сам ключ («kassette key add»)");
    };
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if !asks && !caller.may_push() {
        let why = "У этого ключа нет права передавать задания: нужен ключ для биллинга";
        return Fault::new(StatusCode::FORBIDDEN, code::INTERNAL, why).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

impl Caller {
    /// Whether it may hand in receipts.
    fn may_push(&self) -> bool {
        let identity = self.0.as_ref();
        identity.is_none_or(|identity| identity.scopes.contains_any(&[Scope::Push]))
    }
}

fn refused(why: &str) -> Response {
    Fault::new(StatusCode::UNAUTHORIZED, code::INTERNAL, why).into_response()
}

/// Whether it comes from this machine, and no page in a browser has sent it: a foreign page could
/// reach this address, too, and browsers name it in `Origin`.
fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback())
        && !request.headers().contains_key(header::ORIGIN)
}
