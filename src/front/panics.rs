//! Where a panic may stay without harm, and where it may not.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    process,
    task::{Context, Poll},
};

thread_local! {
    /// Whether this thread is just working on a request.
    static AT_REQUEST: Cell<bool> = const { Cell::new(false) };
}

/// From now on a panic outside of a request's handler ends the process at once.
///
/// A handler only asks the desk, and what it was doing is gone with its request. Threads and tasks
/// that write the journal or speak with drives must not go on after they have met the impossible,
/// nor may the program go on without them.
pub(crate) fn contain() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        tell(panic);
        if !AT_REQUEST.get() {
            process::abort();
        }
    }));
}

/// A handler at work; if it panics, this ends with what the panic says.
pub(super) struct Contained<F>(Pin<Box<F>>);

impl<F> Contained<F> {
    pub(super) fn new(handler: F) -> Self {
        Self(Box::pin(handler))
    }
}

impl<F: Future> Future for Contained<F> {
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        AT_REQUEST.set(true);
        // After a panic the handler is never polled again, so nobody sees what it has left.
        let polled = panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        AT_REQUEST.set(false);
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(words(&*panic))),
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_owned())
}
