//! The references of the intake: its HTTP and its SQLite work, and nothing else.
//!
//! Both take the same requests as Kassette, read the account's row, insert a row for the operation
//! and one for its receipt, write the account's row, and answer after the commit; all rows are as
//! long as Kassette's. Nothing is decided, no key is looked for, nobody has to show who he is. How
//! they commit differs: [`bare`](crate::bare::group) by groups, [`naive`](crate::naive) each request
//! for itself.

mod group;
mod rows;

use std::{io, net::SocketAddr};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::{process::GREETING, provider::Outcome};

pub(crate) use group::Group;
pub(crate) use rows::{Rows, Sizes, open};

/// Stores the operations of a request; the number of the first one, when they are durable.
pub(crate) trait Store: Clone + Send + Sync + 'static {
    fn store(
        &self,
        operations: Vec<Operation>,
    ) -> impl Future<Output = io::Result<(Vec<Operation>, i64)>> + Send;
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    key: String,
    account: String,
    #[expect(dead_code, reason = "parsed for its cost")]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[expect(dead_code, reason = "parsed for its cost")]
    kind: String,
    #[expect(dead_code, reason = "parsed for its cost")]
    amount: String,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    key: String,
    receipts: [Standing; 1],
}

#[derive(Serialize)]
struct Standing {
    id: String,
    state: &'static str,
}

/// Serves until it is killed.
pub(crate) async fn serve<S: Store>(store: S) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address: SocketAddr = listener.local_addr()?;
    println!("the reference {GREETING}{address}");
    let router = Router::new()
        .route("/v1/operations", post(accept::<S>))
        .with_state(store);
    Ok(axum::serve(listener, router).await?)
}

async fn accept<S: Store>(State(store): State<S>, body: Bytes) -> Response {
    answer(&store, &body).await.unwrap_or_else(|error| {
        let error = error.to_string();
        (StatusCode::INTERNAL_SERVER_ERROR, error).into_response()
    })
}

async fn answer(store: &impl Store, body: &[u8]) -> io::Result<Response> {
    if body.starts_with(b"[") {
        let (stored, first) = store.store(serde_json::from_slice(body)?).await?;
        let answers = (first..).step_by(2).zip(stored);
        let answers: Vec<Answer> = answers.map(|(id, stored)| accepted(id, stored)).collect();
        return Ok((StatusCode::OK, Json(answers)).into_response());
    }
    let (mut stored, first) = store.store(vec![serde_json::from_slice(body)?]).await?;
    let stored = stored.pop().ok_or(io::ErrorKind::InvalidData)?;
    Ok((StatusCode::ACCEPTED, Json(accepted(first, stored))).into_response())
}

fn accepted(id: i64, stored: Operation) -> Answer {
    Answer {
        id: format!("{id:013}"),
        key: stored.key,
        receipts: [Standing {
            id: format!("{:013}", id + 1),
            state: "queued",
        }],
    }
}
