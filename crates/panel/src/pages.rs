//! The pages, one file each.

mod cassette;
mod decisions;
mod failure;
mod home;
mod incidents;
pub(crate) mod login;
mod preferences;
pub(crate) mod profile;
mod setup;
mod shifts;

use axum::Router;

pub(crate) use failure::failure_page;

/// All of them.
pub(crate) fn routes() -> Router {
    Router::new()
        .merge(cassette::routes())
        .merge(decisions::routes())
        .merge(home::routes())
        .merge(incidents::routes())
        .merge(login::routes())
        .merge(preferences::routes())
        .merge(setup::routes())
        .merge(shifts::routes())
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> crate::failure::Failure {
    crate::failure::Failure::WrongMethod
}
