//! Bodies: those of requests have an end and a time, those of answers keep their connection busy.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{BoxError, body::Bytes};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use thiserror::Error;
use tokio::time::{Sleep, sleep};

use super::pulse::UnderWay;

/// Why the rest of a request's body is not read.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum CutOff {
    /// There is more than may be.
    #[error("the body is too large")]
    TooLarge,
    /// It has not come in its time.
    #[error("the body has not come in time")]
    TooSlow,
}

/// Says afterwards whether a body was cut off.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict(Arc<AtomicU8>);

/// The body of a request.
pub(super) struct Measured {
    inner: Incoming,
    left: usize,
    end: Pin<Box<Sleep>>,
    verdict: Verdict,
}

/// The body of an answer.
pub(super) struct Kept {
    inner: axum::body::Body,
    _under_way: UnderWay,
}

impl Verdict {
    fn give(&self, cut: CutOff) -> CutOff {
        let code = match cut {
            CutOff::TooLarge => 1,
            CutOff::TooSlow => 2,
        };
        self.0.store(code, Ordering::Relaxed);
        cut
    }

    pub(super) fn get(&self) -> Option<CutOff> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(CutOff::TooLarge),
            2 => Some(CutOff::TooSlow),
            _ => None,
        }
    }
}

impl Measured {
    /// At most `most` bytes within `time`.
    pub(super) fn new(inner: Incoming, most: usize, time: Duration, verdict: Verdict) -> Self {
        Self {
            inner,
            left: most,
            end: Box::pin(sleep(time)),
            verdict,
        }
    }
}

impl Body for Measured {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            return match self.end.as_mut().poll(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(()) => {
                    let cut = self.verdict.give(CutOff::TooSlow);
                    Poll::Ready(Some(Err(cut.into())))
                }
            };
        };
        let Some(frame) = frame else {
            return Poll::Ready(None);
        };
        let length = frame
            .as_ref()
            .ok()
            .and_then(Frame::data_ref)
            .map_or(0, Bytes::len);
        Poll::Ready(Some(match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                frame.map_err(Into::into)
            }
            None => Err(self.verdict.give(CutOff::TooLarge).into()),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Kept {
    pub(super) fn new(inner: axum::body::Body, under_way: UnderWay) -> Self {
        Self {
            inner,
            _under_way: under_way,
        }
    }
}

impl Body for Kept {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
