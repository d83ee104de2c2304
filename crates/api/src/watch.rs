//! How the watch is doing: `GET /v1/watch`.

use axum::{Json, extract::State};
use desk::{Desk, PassView, WatchState};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(JsonSchema, Serialize)]
pub(crate) struct WatchAnswer {
    /// The last pass of each kind since the start of the program.
    passes: Vec<PassAnswer>,
    /// The kind of the pass that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<&'static str>,
    /// Why the last pass could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct PassAnswer {
    /// `full`: all accounts, documents and sources; `touched`: the accounts of new operations;
    /// `minute`: money that is due, drives, registers, tickets, the buffer of offsets.
    kind: &'static str,
    /// When it began, by the clock of the place.
    at: String,
    took_ms: u64,
    accounts: u64,
    /// The operations of these accounts.
    operations: u64,
    documents: u64,
    findings: u64,
}

/// `GET /v1/watch`.
pub(crate) async fn get(State(desk): State<Desk>) -> Json<WatchAnswer> {
    Json(WatchAnswer::of(desk.watch_state()))
}

impl WatchAnswer {
    fn of(state: WatchState) -> Self {
        Self {
            passes: state.passes.iter().map(PassAnswer::of).collect(),
            running: state.running.map(|kind| kind.name()),
            trouble: state.trouble,
        }
    }
}

impl PassAnswer {
    fn of(pass: &PassView) -> Self {
        Self {
            kind: pass.kind.name(),
            at: pass.at.to_string(),
            took_ms: pass.took_ms,
            accounts: pass.accounts,
            operations: pass.operations,
            documents: pass.documents,
            findings: pass.findings,
        }
    }
}
