//! The pages, one file each.

mod account;
mod accounts;
mod act;
mod calculator;
mod cassette;
mod contracts;
mod decisions;
mod failure;
mod golive;
mod held_charges;
mod help;
mod home;
mod import;
mod imports;
mod incidents;
pub(crate) mod login;
mod operations;
mod payouts;
mod people;
mod preferences;
pub(crate) mod profile;
mod receipt;
mod receipt_fix;
mod receipts;
mod reconciling;
mod remarks;
mod restoring;
mod service_level;
mod settings;
mod setup;
mod shifts;
pub(crate) mod start;
mod trail;

use axum::Router;

pub(crate) use failure::failure_page;
pub(crate) use golive::CHECK as BALANCES;
pub(crate) use imports::PATH as FILES;
pub(crate) use reconciling::PATH as RECONCILED;
pub(crate) use restoring::LOST as REGISTRIES;

/// All of them.
pub(crate) fn routes() -> Router {
    Router::new()
        .merge(account::routes())
        .merge(accounts::routes())
        .merge(act::routes())
        .merge(calculator::routes())
        .merge(cassette::routes())
        .merge(contracts::routes())
        .merge(decisions::routes())
        .merge(golive::routes())
        .merge(held_charges::routes())
        .merge(help::routes())
        .merge(home::routes())
        .merge(import::routes())
        .merge(imports::routes())
        .merge(remarks::routes())
        .merge(incidents::routes())
        .merge(login::routes())
        .merge(operations::routes())
        .merge(payouts::routes())
        .merge(people::routes())
        .merge(preferences::routes())
        .merge(profile::routes())
        .merge(receipt::routes())
        .merge(receipt_fix::routes())
        .merge(receipts::routes())
        .merge(reconciling::routes())
        .merge(restoring::routes())
        .merge(service_level::routes())
        .merge(settings::routes())
        .merge(setup::routes())
        .merge(shifts::routes())
        .merge(start::routes())
        .merge(trail::routes())
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> crate::failure::Failure {
    crate::failure::Failure::WrongMethod
}
