use axum::Router;
use desk::Desk;

/// Everything that can be asked for, at its path.
///
/// Each face is merged here. Its own paths, rights and forms of errors are its own; only `api` has a
/// fallback for paths that nobody knows (two routers with a fallback cannot be merged).
pub(crate) fn faces(desk: Desk) -> Router {
    api::router(desk)
}
