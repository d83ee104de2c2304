//! One command and its answer over an open wire.

use std::{
    io,
    time::{Duration, Instant},
};

use fn_proto::{Answer, Direction, Failure, Outcome, Request, Session, Step};
use terms::DriveNumber;

use crate::{Tap, wire::Wire};

/// How often a running exchange looks whether it shall end.
const POLL: Duration = Duration::from_millis(50);

/// Why an exchange came to no end.
pub(crate) enum Interrupted<W, E> {
    /// There is no wire, or it is gone.
    Wire(W),
    /// Whoever was asked in between wants it to stop.
    Asked(E),
}

impl<E> From<io::Error> for Interrupted<io::Error, E> {
    fn from(error: io::Error) -> Self {
        Self::Wire(error)
    }
}

/// Runs a command to its end, or to the end of the wire; asks `look` every now and then whether to
/// go on. What goes over the wire is told to `tap`.
pub(crate) fn exchange<E>(
    (wire, tap): (&mut Wire, &Tap),
    session: &mut Session,
    clock: Instant,
    request: Request,
    mut look: impl FnMut() -> Result<(), E>,
) -> Result<Outcome, Interrupted<io::Error, E>> {
    let mut buffer = [0; 2048];
    wire.discard()?;
    let frame = session.begin(request, clock.elapsed());
    wire.write(&frame)?;
    tap.note(Direction::ToDrive, &frame);
    loop {
        let now = clock.elapsed();
        let left = session
            .deadline()
            .map_or(POLL, |deadline| deadline.saturating_sub(now));
        let count = wire.read(&mut buffer, left.min(POLL))?;
        tap.note(Direction::ToHost, &buffer[..count]);
        match session.on_bytes(clock.elapsed(), &buffer[..count]) {
            Step::Wait => look().map_err(Interrupted::Asked)?,
            Step::Write(bytes) => {
                wire.discard()?;
                wire.write(bytes)?;
                tap.note(Direction::ToDrive, bytes);
            }
            Step::Done(outcome) => return Ok(outcome),
        }
    }
}

/// Asks which drive is behind an open wire; none when nothing answers as a drive does.
///
/// 30h says it. Drives of the first generation may refuse it before they are set up: then 31h
/// (INFERRED).
pub(crate) fn identify<E>(
    wire: &mut Wire,
    session: &mut Session,
    clock: Instant,
    mut look: impl FnMut() -> Result<(), E>,
) -> Result<Option<DriveNumber>, Interrupted<io::Error, E>> {
    // Nobody can look at a wire that belongs to no slot yet.
    let tap = Tap::default();
    for request in [Request::Status, Request::DriveNumber] {
        match exchange((wire, &tap), session, clock, request, &mut look)? {
            Ok(Answer::Status(status)) => return Ok(Some(status.drive)),
            Ok(Answer::DriveNumber(drive)) => return Ok(Some(drive)),
            Err(Failure::Refused(_) | Failure::Unreadable { .. }) => {}
            _ => break,
        }
    }
    Ok(None)
}
