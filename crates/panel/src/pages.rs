//! The pages, one file each.

mod failure;
mod help;
mod home;
pub(crate) mod login;
mod people;
mod preferences;
pub(crate) mod profile;
mod settings;
mod setup;
pub(crate) mod start;
mod trail;

use axum::Router;

pub(crate) use failure::failure_page;

/// All of them.
pub(crate) fn routes() -> Router {
    Router::new()
        .merge(help::routes())
        .merge(home::routes())
        .merge(login::routes())
        .merge(people::routes())
        .merge(preferences::routes())
        .merge(profile::routes())
        .merge(settings::routes())
        .merge(setup::routes())
        .merge(start::routes())
        .merge(trail::routes())
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> crate::failure::Failure {
    crate::failure::Failure::WrongMethod
}
