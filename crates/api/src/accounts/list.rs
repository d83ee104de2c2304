//! `GET /v1/accounts`.

use axum::{Json, extract::State};
use desk::{AccountListed, AccountsOf, Desk, Order, SaldoSign, contact};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::AccountNumber;

use super::AccountAnswer;
use crate::{
    Problem,
    list::{ListAnswer, Listing},
    request::bad_query,
};

/// Which accounts are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountParams {
    /// What their numbers begin with.
    prefix: Option<String>,
    /// Their contact, tag 1008.
    contact: Option<String>,
    /// Who owes, who has an advance, who has neither.
    #[schemars(extend("enum" = ["debt", "advance", "zero"]))]
    saldo: Option<String>,
    /// Those that have changed since; milliseconds since 1970.
    changed_since_ms: Option<i64>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct AccountItem {
    #[serde(flatten)]
    account: AccountAnswer,
    changed_at_ms: i64,
}

/// `GET /v1/accounts`.
pub(crate) async fn list(
    State(desk): State<Desk>,
    listing: Listing<AccountParams>,
) -> Result<Json<ListAnswer<AccountItem>>, Problem> {
    let of = listing.of.accounts()?;
    let page = listing.page::<AccountNumber>(Order::Ascending)?;
    let order = page.order;
    let listed = desk.accounts(of, page).await?;
    let item = |listed: AccountListed| AccountItem {
        account: AccountAnswer::of(listed.view),
        changed_at_ms: listed.changed_at,
    };
    Ok(Json(listing.answer(order, listed.map(item))))
}

impl AccountParams {
    fn accounts(&self) -> Result<AccountsOf, Problem> {
        // What begins an account's number would be one.
        let prefix = self.prefix.as_deref().map(str::parse::<AccountNumber>);
        let prefix = prefix.transpose();
        let contact = self.contact.as_deref().map(contact).transpose();
        let sign = |name: &str| {
            let found = SaldoSign::ALL.into_iter().find(|sign| sign.name() == name);
            found.ok_or_else(|| bad_query("saldo is debt, advance or zero").in_field("saldo"))
        };
        let wrong = |field: &'static str| {
            move |error: terms::TermError| bad_query(format!("{field}: {error}")).in_field(field)
        };
        Ok(AccountsOf {
            prefix: prefix
                .map_err(wrong("prefix"))?
                .map(|prefix| prefix.to_string()),
            contact: contact.map_err(wrong("contact"))?,
            saldo: self.saldo.as_deref().map(sign).transpose()?,
            changed_since_ms: self.changed_since_ms,
        })
    }
}
