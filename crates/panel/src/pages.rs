//! The pages, one file each.

mod cassette;
mod decisions;
mod failure;
mod home;
mod incidents;
pub(crate) mod login;
mod people;
mod preferences;
pub(crate) mod profile;
mod setup;
mod shifts;
mod trail;

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
        .merge(people::routes())
        .merge(preferences::routes())
        .merge(profile::routes())
        .merge(setup::routes())
        .merge(shifts::routes())
        .merge(trail::routes())
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> crate::failure::Failure {
    crate::failure::Failure::WrongMethod
}
