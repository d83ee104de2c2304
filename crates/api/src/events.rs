//! The feed of events as a stream: `GET /v1/events` (server-sent events).

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use desk::{Desk, EventFilter, Follower, KeyIdentity, ReceiptEvent, ReceiptState};
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::Id;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use crate::{
    Problem,
    request::{Params, bad_query},
};

/// A comment keeps the connection known to be alive when nothing happens for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A client that was cut off comes back after so long.
const RETRY: Duration = Duration::from_secs(2);
/// So many events wait for a client that is slower than they come…
const BUFFER: usize = 64;
/// …and one that takes nothing for so long is cut off; it resumes where it was.
const STALLED: Duration = Duration::from_secs(30);

/// Tells streams that the server stops.
#[derive(Clone)]
pub struct Ending(pub watch::Receiver<bool>);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventParams {
    /// The last event that the caller knows; `0`: all there are.
    after: Option<String>,
    /// Only of this account.
    account: Option<String>,
    /// States, with commas between them.
    state: Option<String>,
    /// Types of operations, with commas between them.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// What is told of an event.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReceiptEvent")]
pub(crate) struct EventAnswer {
    id: String,
    at_ms: i64,
    #[schemars(schema_with = "crate::openapi::receipt_state")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    receipt: String,
    operation: String,
    key: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Numbers>,
}

#[derive(JsonSchema, Serialize)]
struct Numbers {
    fn_number: String,
    emulated: bool,
    fd: u32,
    fp: u32,
}

impl EventAnswer {
    fn of(event: ReceiptEvent) -> Self {
        Self {
            id: event.id.to_string(),
            at_ms: event.id.unix_ms(),
            state: event.state.name(),
            reason: event.reason,
            receipt: event.receipt.to_string(),
            operation: event.operation.to_string(),
            key: event.key,
            kind: event.kind,
            account: event.account,
            document: event.document.map(|document| Numbers {
                fn_number: document.drive,
                emulated: document.emulated,
                fd: document.number.get(),
                fp: document.fiscal_sign,
            }),
        }
    }
}

/// `GET /v1/events`.
pub(crate) async fn stream(
    State(desk): State<Desk>,
    Extension(Ending(ending)): Extension<Ending>,
    Extension(key): Extension<KeyIdentity>,
    headers: HeaderMap,
    Params(params): Params<EventParams>,
) -> Result<Response, Problem> {
    // A client that comes back says by the header how far it has come; its URL is the first one.
    let after = match headers.get("last-event-id") {
        Some(id) => Some(id.to_str().unwrap_or("it is no text").to_owned()),
        None => params.after,
    };
    let after = after.as_deref().map(read_id).transpose()?;
    let filter = EventFilter {
        account: params.account,
        states: list(params.state.as_deref())
            .map(read_state)
            .collect::<Result<_, _>>()?,
        kinds: list(params.kind.as_deref()).map(str::to_owned).collect(),
    };
    let follower = desk.follow(filter, after)?;
    let (told, hears) = mpsc::channel(BUFFER);
    let holds = move || desk.key_by_id(key.id).is_some();
    tokio::spawn(tell(follower, Line { told, ending }, holds));
    let events = stream::unfold(hears, async |mut hears: mpsc::Receiver<Event>| {
        let event = hears.recv().await?;
        Some((Ok::<_, Infallible>(event), hears))
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // Proxies that collect answers would keep events to themselves.
    let name = HeaderName::from_static("x-accel-buffering");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static("no"));
    Ok(response)
}

/// A client's end of the stream.
struct Line {
    told: mpsc::Sender<Event>,
    ending: watch::Receiver<bool>,
}

impl Line {
    /// Says whether to go on: not after the client has gone or stalled, or when the server stops.
    async fn give(&mut self, event: Event) -> bool {
        tokio::select! {
            given = timeout(STALLED, self.told.send(event)) => matches!(given, Ok(Ok(()))),
            _ = self.ending.wait_for(|ending| *ending) => false,
        }
    }
}

/// Tells a client what happens until one of them ends it, or its key does not hold any more.
async fn tell(mut follower: Follower, mut line: Line, holds: impl Fn() -> bool) {
    // From the first moment on the client knows where to resume, even if nothing happens.
    let first = Event::default()
        .retry(RETRY)
        .id(follower.after().to_string());
    if !line.give(first).await {
        return;
    }
    loop {
        let events = tokio::select! {
            events = follower.next() => events,
            () = line.told.closed() => return,
            _ = line.ending.wait_for(|ending| *ending) => return,
        };
        let events = match events {
            Ok(events) => events,
            Err(error) => {
                tracing::error!(%error, "the feed of events cannot be read");
                return;
            }
        };
        if !holds() {
            return;
        }
        if events.is_empty() {
            // Nothing for this client in a long stretch: it need not hear of it again.
            let mark = Event::default().id(follower.after().to_string());
            if !line.give(mark).await {
                return;
            }
        }
        for event in events {
            let told = Event::default().event("receipt").id(event.id.to_string());
            // Texts and numbers: this does not fail.
            let Ok(told) = told.json_data(EventAnswer::of(event)) else {
                return;
            };
            if !line.give(told).await {
                return;
            }
        }
    }
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
}

pub(crate) fn read_state(name: &str) -> Result<ReceiptState, Problem> {
    ReceiptState::from_name(name).ok_or_else(|| {
        let states = ReceiptState::ALL.map(ReceiptState::name).join(", ");
        bad_query(format!("state «{name:.40}» is none of {states}"))
    })
}

/// An event's identifier; `0` is before all of them.
pub(crate) fn read_id(text: &str) -> Result<Id, Problem> {
    let id = if text == "0" {
        Id::from_number(0)
    } else {
        text.parse()
    };
    id.map_err(|error| bad_query(error.to_string()))
}
