//! A sample provider's billing: it knows nothing of Kassette but its HTTP interface.

use std::{collections::BTreeMap, error::Error, net::SocketAddr};

use serde_json::value::RawValue;

use super::progress;

const SERVICES: &str = include_str!("../../../config/demo/services.json");
const ACCOUNTS: &str = include_str!("../../../config/demo/accounts.json");
const OPERATIONS: &str = include_str!("../../../config/demo/operations.jsonl");

/// How many operations go into one request.
const BATCH: usize = 50;

pub(super) struct Provider {
    client: reqwest::Client,
    base: String,
    key: String,
}

impl Provider {
    pub(super) fn new(server: SocketAddr, key: String) -> Self {
        Self {
            client: reqwest::Client::new(),
            base: format!("http://{server}/v1"),
            key,
        }
    }

    /// Declares the services and opens the accounts.
    pub(super) async fn set_up(&self) -> Result<(), Box<dyn Error>> {
        self.put("services", SERVICES.to_owned()).await?;
        let accounts: BTreeMap<&str, &RawValue> = serde_json::from_str(ACCOUNTS)?;
        let bar = progress("opening accounts").with_elapsed(std::time::Duration::ZERO);
        bar.set_length(accounts.len() as u64);
        for (number, account) in accounts {
            let status = self
                .put(&format!("accounts/{number}"), account.get().to_owned())
                .await?;
            // A demo that goes on finds its accounts open, with other balances.
            if !status.is_success() && status != reqwest::StatusCode::CONFLICT {
                return Err(format!("account {number}: {status}").into());
            }
            bar.inc(1);
        }
        bar.finish();
        Ok(())
    }

    /// Pushes the month's payments and charges.
    pub(super) async fn push_month(&self) -> Result<(), Box<dyn Error>> {
        let operations: Vec<&str> = OPERATIONS.lines().collect();
        let bar = progress("pushing payments and charges");
        bar.set_length(operations.len() as u64);
        for batch in operations.chunks(BATCH) {
            let answer = self
                .client
                .post(format!("{}/operations", self.base))
                .bearer_auth(&self.key)
                .body(format!("[{}]", batch.join(",")))
                .send()
                .await?;
            let status = answer.status();
            let answer: serde_json::Value = answer.json().await?;
            let problems: Vec<&serde_json::Value> = answer
                .as_array()
                .into_iter()
                .flatten()
                .filter(|element| element.get("code").is_some())
                .collect();
            if !status.is_success() || !problems.is_empty() {
                return Err(format!("the server refused: {status} {problems:?}").into());
            }
            bar.inc(batch.len() as u64);
        }
        bar.finish();
        Ok(())
    }

    async fn put(&self, path: &str, body: String) -> Result<reqwest::StatusCode, Box<dyn Error>> {
        let answer = self
            .client
            .put(format!("{}/{path}", self.base))
            .bearer_auth(&self.key)
            .body(body)
            .send()
            .await?;
        Ok(answer.status())
    }
}
