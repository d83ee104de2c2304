//! What a connection is doing, as those see it who may have to close it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{sync::Notify, time::Instant};

use super::Limits;

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Pulse {
    state: Mutex<State>,
    /// Told whenever a connection has become idle.
    idle: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    /// Requests whose answers are not written yet: 0 or 1.
    requests: u32,
    /// The last answer may not have left yet.
    unflushed: bool,
    /// Since when there is nothing to do: the beginning, or the end of the last answer.
    quiet_since: Instant,
    /// Since when a head is coming in; the first one is expected from the beginning.
    head_since: Option<Instant>,
    /// Since when the client takes nothing of its answer.
    stalled_since: Option<Instant>,
}

/// What a client has been too slow with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Late {
    /// It has sent no whole head.
    Head,
    /// It has asked for nothing more.
    Next,
    /// It does not take its answer.
    Answer,
}

/// A request is under way; dropped with the last of its answer.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Pulse>);

impl Pulse {
    pub(super) fn new(idle: Arc<Notify>) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            state: Mutex::new(State {
                requests: 0,
                unflushed: false,
                quiet_since: now,
                head_since: Some(now),
                stalled_since: None,
            }),
            idle,
        })
    }

    /// A head has come in whole.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut state = self.state();
        state.requests += 1;
        state.head_since = None;
        UnderWay(Arc::clone(self))
    }

    /// Bytes have come in.
    pub(super) fn has_read(&self) {
        let mut state = self.state();
        if state.is_idle() && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// The client does not take what is written now.
    pub(super) fn stalls(&self) {
        self.state().stalled_since.get_or_insert_with(Instant::now);
    }

    /// It has taken something.
    pub(super) fn takes(&self) {
        self.state().stalled_since = None;
    }

    /// All that was written has left.
    pub(super) fn has_flushed(&self) {
        let mut state = self.state();
        state.stalled_since = None;
        if state.requests == 0 && state.unflushed {
            state.unflushed = false;
            state.quiet_since = Instant::now();
            drop(state);
            self.idle.notify_waiters();
        }
    }

    /// Since when it may be closed without harm.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        state.is_idle().then_some(state.quiet_since)
    }

    /// When the client will be too slow, and with what.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<(Instant, Late)> {
        let state = self.state();
        if let Some(since) = state.stalled_since {
            return Some((since + limits.body, Late::Answer));
        }
        if !state.is_idle() {
            return None;
        }
        Some(match state.head_since {
            Some(since) => (since + limits.header_read, Late::Head),
            None => (state.quiet_since + limits.keep_alive_idle, Late::Next),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole; a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.requests == 0 && !self.unflushed
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests -= 1;
        state.unflushed = true;
    }
}
