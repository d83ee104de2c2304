//! The local web requests of ATOL, v1 and v2: JSON tasks that a driver on the cashier's computer
//! took, here formed by the cassette.
//!
//! | request | answer |
//! |---|---|
//! | `POST /requests`, `POST /api/v2/requests` `{"uuid", "request"}` | 201; 400 unreadable or more than one fiscal task; 409 the uuid is known |
//! | `GET /requests/{uuid}`, `GET /api/v2/requests/{uuid}` | `{"results": [{"status", "error", "result"}]}`, one for each task; 404 |
//! | `DELETE` of the same | 200 withdrawn; 405 too late; 404 |
//! | `GET /stat/requests` | how many are ready, wait, are withdrawn |
//! | `POST /api/v2/devices`, `PUT /api/v2/devices/{id}`, `POST /api/v2/activateDevice` | slots are devices; nothing of them is changed here |
//!
//! A task that makes a receipt becomes an operation with a ready receipt; its key is made of the
//! uuid, and its body is the whole request. So the journal alone says what has become of it, also
//! after a restart, and a uuid is never taken twice. Tasks without a receipt are answered at once;
//! what they were answered is kept in a bounded memory and not stored.
//!
//! **Invariant:** while a receipt may still be formed, its task is never told to have failed: the
//! client would send it again under another uuid.
//!
//! What no source says is marked \[unverified\]. The protocol is told in ATOL web requests §9 (the
//! server), §10 (tasks) and §12 (what clients rely on).

mod accept;
mod answer;
mod devices;
mod door;
mod journaled;
mod parts;
mod paths;
mod recent;
mod request;
mod router;
mod slots;
mod stat;
mod status;
mod task;

use std::sync::Arc;

use desk::Desk;

pub use paths::{BadPath, Paths};
pub use router::{own_router, router};

/// How this face is set up.
#[derive(Clone, Debug, Default)]
pub struct LocalSetup {
    /// Where it is found.
    pub paths: Paths,
    /// Callers from this machine need no login, as the protocol's v1 has none.
    pub trust_loopback: bool,
    /// A receipt that a drive is forming is told as `inProgress`, as the protocol has it. Some
    /// clients take that for an error (ATOL web requests §12 item 10), so it is `wait` otherwise.
    pub tells_in_progress: bool,
}

/// What the handlers share; clones are the same face.
#[derive(Clone)]
struct Face {
    desk: Desk,
    setup: Arc<LocalSetup>,
    recent: Arc<recent::Recent>,
    lately: Arc<stat::Lately>,
}

impl Face {
    fn new(desk: Desk, setup: LocalSetup) -> Self {
        Self {
            desk,
            setup: Arc::new(setup),
            recent: Arc::default(),
            lately: Arc::default(),
        }
    }

    /// A time of documents in ISO 8601 with the zone of the place: `2026-11-22T12:05:00+03:00`.
    fn zoned(&self, minute: &str) -> String {
        let offset = self.desk.setup().organisation.utc_offset;
        format!("{minute}:00{offset}")
    }
}
