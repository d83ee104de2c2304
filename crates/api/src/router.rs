use std::net::SocketAddr;

use axum::{Extension, Router, extract::DefaultBodyLimit, http::StatusCode, middleware};
use desk::Desk;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    time::{Duration, sleep},
};

use crate::{
    Problem, auth, docs,
    events::Ending,
    routes::{self, Route},
};

/// What needs a key is under this path.
pub(crate) const V1: &str = "/v1";
/// The largest body, bytes.
pub const BODY_MAX: usize = 4 * 1024 * 1024;
/// When the server stops, answers that are under way may take so long: longer than anybody may wait
/// for receipts.
const LAST_ANSWERS: Duration = Duration::from_secs(40);
/// The most operations in one request.
pub const OPERATIONS_MAX: usize = 1_000;

/// Answers requests on `listener` until `stop`, then ends those under way: the face alone, without
/// what the program puts before it (TLS, limits of connections and time).
///
/// # Errors
/// When the system refuses to go on.
pub async fn serve(
    desk: Desk,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (ending, ended) = watch::channel(false);
    let (stopped, is_stopped) = oneshot::channel::<()>();
    let stop = async move {
        stop.await;
        // Streams never end by themselves.
        let _ = ending.send(true);
        drop(stopped);
    };
    let router = router(desk, Ending(ended)).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(stop);
    // A caller that does not take its answer is not waited for.
    let patience = async {
        let _ = is_stopped.await;
        sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = server => served,
        () = patience => Ok(()),
    }
}

/// All paths of this face, with its answers for those that nobody knows. Those of other faces may be
/// merged with them. `ending` lets streams end, which never do by themselves.
pub fn router(desk: Desk, ending: Ending) -> Router {
    let (mut v1, mut open) = (Router::new(), Router::new());
    for Route { path, handler, .. } in routes::all() {
        match path.strip_prefix(V1) {
            Some(path) => v1 = v1.route(path, handler),
            None => open = open.route(path, handler),
        }
    }
    let v1 = v1
        .layer(Extension(ending))
        .route_layer(middleware::from_fn(auth::authorize))
        .layer(middleware::from_fn_with_state(
            desk.clone(),
            auth::authenticate,
        ));
    open.nest(V1, v1)
        .merge(docs::router())
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk)
}

/// Whether a path takes whole files: its bodies may have more than [`BODY_MAX`] bytes, up to
/// [`desk::files::FILE_MAX`].
pub fn takes_files(path: &str) -> bool {
    matches!(
        path,
        "/v1/golive" | "/v1/imports" | "/v1/restorations:lost" | "/v1/reconciliations"
    )
}

async fn nothing_here() -> Problem {
    Problem::not_found(
        "unknown_path",
        "there is nothing at this path; see the documentation",
    )
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        "this path does not know this method; the header Allow lists those it knows",
    )
}
