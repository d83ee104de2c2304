//! How the requests stand: `GET /stat/requests`, and what is told at each acceptance (ATOL web
//! requests §9.1, §9.2).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{Json, extract::State};
use desk::{Desk, DeskError};
use serde_json::{Value, json};

use super::{
    Face,
    answer::Fault,
    request::{KEY_PREFIX, Posted},
};

/// Requests at their end are counted if they came within so many hours: the server of the
/// protocol forgets them after a while, too \[unverified\].
const HOURS: u32 = 24;
/// What acceptances tell of other requests may be so old: it costs a look at all that wait.
const FRESH: Duration = Duration::from_secs(5);

/// How the requests stand that have a receipt.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Those that are not at their end.
    pub(super) pending: u64,
    formed: u64,
    canceled: u64,
    /// The oldest that stands in doubt or waits for a person. Others go on meanwhile.
    pub(super) blocked: Option<String>,
}

/// How they stood a moment ago.
#[derive(Debug, Default)]
pub(super) struct Lately(Mutex<Option<(Instant, Standing)>>);

impl Standing {
    async fn of(desk: &Desk, hours: Option<u32>) -> Result<Self, DeskError> {
        let desk = desk.clone();
        let look = move || {
            let tally = desk.tally_of_keys(KEY_PREFIX, hours)?;
            let stuck = tally.stuck.map(|id| desk.operation(id)).transpose()?;
            let posted = stuck.flatten().and_then(|it| Posted::of_body(&it.body));
            Ok(Self {
                pending: tally.pending,
                formed: tally.formed,
                canceled: tally.refused,
                blocked: posted.map(|posted| posted.uuid),
            })
        };
        tokio::task::spawn_blocking(look)
            .await
            .map_err(|_| DeskError::Stopping)?
    }
}

impl Lately {
    /// How they stand, or stood a moment ago.
    pub(super) async fn look(&self, desk: &Desk) -> Result<Standing, DeskError> {
        let known = self.known().clone();
        if let Some((_, standing)) = known.filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(standing);
        }
        let standing = Standing::of(desk, None).await?;
        *self.known() = Some((Instant::now(), standing.clone()));
        Ok(standing)
    }

    fn known(&self) -> MutexGuard<'_, Option<(Instant, Standing)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers, and which request is stuck.
pub(super) async fn get(State(face): State<Face>) -> Result<Json<Value>, Fault> {
    let standing = Standing::of(&face.desk, Some(HOURS)).await?;
    let (answered, failed) = face.recent.count();
    Ok(Json(json!({
        "ready_count": standing.formed + answered + failed,
        "not_ready_count": standing.pending,
        "canceled_count": standing.canceled,
        "is_blocked": standing.blocked.is_some(),
        "block_request_uuid": standing.blocked,
    })))
}
