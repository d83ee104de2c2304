use std::net::SocketAddr;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use desk::{Desk, files::FILE_MAX};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    time::{Duration, sleep},
};

use crate::{
    Problem, accounts, auth, cassette, drives,
    events::{self, Ending},
    imports, incidents, operations, orders, receipts, services, tables, webhooks,
};

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
    let v1 = Router::new()
        .route("/operations", post(operations::post).get(operations::list))
        .route("/operations/{id}", get(operations::get))
        .route("/preview", post(operations::preview))
        .route("/balances", post(tables::post_balances))
        .route("/offsets", get(tables::get_offsets))
        .route("/receipts", get(receipts::list))
        .route("/receipts/{id}", get(receipts::get))
        .route("/accounts", get(accounts::list))
        .route("/accounts/{number}", get(accounts::get).put(accounts::put))
        .route("/accounts/{number}/statement", get(accounts::statement))
        .route(
            "/accounts/{number}/statement.csv",
            get(accounts::statement_csv),
        )
        .route("/drives", get(drives::list))
        .route("/drives/{fn_number}", get(drives::get))
        .route("/shifts", get(drives::shifts))
        .route("/documents", get(drives::documents))
        .route("/services", get(services::get).put(services::put))
        .route("/cassette", get(cassette::get))
        .route("/history", get(orders::history))
        .route("/incidents", get(incidents::list))
        .route("/operations:cancel", post(operations::cancel))
        .route("/events", get(events::stream).layer(Extension(ending)))
        .route("/webhooks", get(webhooks::list))
        .route("/deliveries", get(webhooks::deliveries))
        .merge(orders())
        .merge(imports())
        .route_layer(middleware::from_fn(auth::authorize))
        .layer(middleware::from_fn_with_state(
            desk.clone(),
            auth::authenticate,
        ));
    Router::new()
        .nest("/v1", v1)
        .route("/health", get(cassette::health))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk)
}

/// Whether a path takes whole files: its bodies may have more than [`BODY_MAX`] bytes, up to
/// [`FILE_MAX`].
pub fn takes_files(path: &str) -> bool {
    path == "/v1/imports"
}

/// Files of payments: billing pushes them, and people at the machine load them.
fn imports() -> Router<Desk> {
    let file = post(imports::post).layer(DefaultBodyLimit::max(FILE_MAX));
    Router::new()
        .route("/imports", file.get(imports::list))
        .route("/imports/{id}", get(imports::get))
        .route("/imports/{id}/rows/{line}", post(imports::decide))
}

/// What people order.
fn orders() -> Router<Desk> {
    Router::new()
        .route("/receipts/{id}/form-anew", post(orders::form_anew))
        .route("/receipts/{id}/release", post(orders::release))
        .route("/cassette/{slot}/swap", post(orders::swap))
        .route("/cassette/{slot}/swap/confirm", post(orders::confirm))
        .route("/cassette/{slot}/swap/abandon", post(orders::abandon))
        .route("/cassette/{slot}/adopt", post(orders::adopt))
        .route("/cassette/{slot}/export", post(orders::export))
        .route("/cassette/{slot}/register", post(orders::register))
        .route("/cassette/{slot}/reprobe", post(orders::reprobe))
        .route("/clock/trust", post(orders::trust_clock))
        .route("/webhooks/{name}/replay", post(webhooks::replay))
        .route("/webhooks/{name}/test", post(webhooks::test))
        .route("/deliveries/{id}/replay", post(webhooks::replay_one))
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
