//! The pages, one file each.

mod account;
mod accounts;
mod act;
mod failure;
mod home;
pub(crate) mod login;
mod operations;
mod preferences;
pub(crate) mod profile;
mod receipt;
mod receipts;
mod setup;

use axum::Router;

pub(crate) use failure::failure_page;

/// All of them.
pub(crate) fn routes() -> Router {
    Router::new()
        .merge(account::routes())
        .merge(accounts::routes())
        .merge(act::routes())
        .merge(home::routes())
        .merge(login::routes())
        .merge(operations::routes())
        .merge(preferences::routes())
        .merge(receipt::routes())
        .merge(receipts::routes())
        .merge(setup::routes())
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> crate::failure::Failure {
    crate::failure::Failure::WrongMethod
}
