//! Pages that stay true while one looks at them: a stream says that something has changed, and the
//! page asks for itself again. The stream carries nothing else, and ends now and then, so that
//! whoever has logged out is not told for long.

use std::{
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use axum::{
    Extension, Router,
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use desk::{Desk, DeskError, Right};
use futures_util::stream;
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::sleep,
};

use crate::{
    answer::{Answer, see_other},
    visit::Member,
};

/// Slots change without the journal: they are looked at so often.
const LOOK: Duration = Duration::from_secs(1);
/// Changes are not told faster than this.
const PAUSE: Duration = Duration::from_millis(300);
/// The browser comes back after the end, and shows its session again.
const LIFE: Duration = Duration::from_secs(120);
const RETRY: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams at once.
static PLACES: Semaphore = Semaphore::const_new(64);

/// Tells streams that the server stops: an extension of requests.
#[derive(Clone, Debug)]
pub struct Ending(pub watch::Receiver<bool>);

struct Watch {
    desk: Desk,
    bell: watch::Receiver<()>,
    ending: Option<watch::Receiver<bool>>,
    told: Option<u64>,
    end: Instant,
    _place: SemaphorePermit<'static>,
}

pub(crate) fn routes() -> Router {
    Router::new().route("/live", get(follow))
}

async fn follow(member: Member, ending: Option<Extension<Ending>>) -> Answer {
    member.needs(Right::Look)?;
    let Ok(place) = PLACES.try_acquire() else {
        // Whoever finds no place sees pages that stand still.
        return Ok(see_other("/"));
    };
    let watch = Watch {
        desk: member.desk.clone(),
        bell: member.desk.bell(),
        ending: ending.map(|Extension(Ending(ending))| ending),
        told: None,
        end: Instant::now() + LIFE,
        _place: place,
    };
    let events = stream::unfold(watch, |mut watch| async move {
        let digest = watch.next().await?;
        let event = Event::default().event("changed").retry(RETRY);
        Some((
            Ok::<_, Infallible>(event.data(format!("{digest:016x}"))),
            watch,
        ))
    });
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    let mut response = stream.into_response();
    // Proxies that collect answers would keep events to themselves.
    let name = HeaderName::from_static("x-accel-buffering");
    let headers = response.headers_mut();
    headers.insert(name, HeaderValue::from_static("no"));
    Ok(response)
}

impl Watch {
    /// Waits for a change; none: the stream ends.
    async fn next(&mut self) -> Option<u64> {
        loop {
            if Instant::now() >= self.end {
                return None;
            }
            let digest = digest(&self.desk).await.ok()?;
            if self.told != Some(digest) {
                self.told = Some(digest);
                return Some(digest);
            }
            tokio::select! {
                rung = self.bell.changed() => {
                    rung.ok()?;
                    sleep(PAUSE).await;
                }
                () = sleep(LOOK) => {}
                () = ended(&mut self.ending) => return None,
            }
        }
    }
}

async fn ended(ending: &mut Option<watch::Receiver<bool>>) {
    match ending {
        Some(ending) => {
            // Whoever would tell is gone: the server is, too.
            let _ = ending.wait_for(|stops| *stops).await;
        }
        None => std::future::pending().await,
    }
}

/// What pages show changes with it.
async fn digest(desk: &Desk) -> Result<u64, DeskError> {
    let mut hasher = DefaultHasher::new();
    format!("{:?}", desk.cassette().await?).hash(&mut hasher);
    desk.last_event()?.hash(&mut hasher);
    Ok(hasher.finish())
}
