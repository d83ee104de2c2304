use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use desk::Desk;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    time::{Duration, sleep},
};

use crate::{
    Problem, accounts, auth, cassette,
    events::{self, Ending},
    incidents, operations, orders, receipts, services, tables, webhooks,
};

/// The largest body, bytes.
pub const BODY_MAX: usize = 4 * 1024 * 1024;
/// When the server stops, answers that are under way may take so long: longer than anybody may wait
/// for receipts.
const LAST_ANSWERS: Duration = Duration::from_secs(40);
/// The most operations in one request.
pub const OPERATIONS_MAX: usize = 1_000;

/// Answers requests on `listener` until `stop`, then ends those under way.
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
    let server = axum::serve(listener, router(desk, Ending(ended))).with_graceful_shutdown(stop);
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

fn router(desk: Desk, ending: Ending) -> Router {
    let v1 = Router::new()
        .route(
            "/operations",
            post(operations::post).get(operations::get_by_key),
        )
        .route("/operations/{id}", get(operations::get))
        .route("/preview", post(operations::preview))
        .route("/balances", post(tables::post_balances))
        .route("/offsets", get(tables::get_offsets))
        .route("/receipts/{id}", get(receipts::get))
        .route("/accounts/{number}", get(accounts::get).put(accounts::put))
        .route("/services", get(services::get).put(services::put))
        .route("/cassette", get(cassette::get))
        .route("/history", get(orders::history))
        .route("/incidents", get(incidents::list))
        .route("/events", get(events::stream).layer(Extension(ending)))
        .route("/webhooks", get(webhooks::list))
        .route("/deliveries", get(webhooks::deliveries))
        .route_layer(middleware::from_fn(auth::for_billing))
        .merge(orders())
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

/// What people order; a key of the rack's scope may.
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
        .route_layer(middleware::from_fn(auth::for_rack))
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
