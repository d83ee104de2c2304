//! The machine of one exchange.

use std::time::Duration;

use fn_proto::{ENQ, Request, Session, Step, Timeouts};

/// Pieces of a byte for the wait, a byte for the length, and so many bytes. Whatever they are, the
/// exchange ends in time, and only a drive that was heard is asked again, at most twice.
pub(crate) fn check(bytes: &[u8]) {
    let timeouts = Timeouts::default();
    let mut session = Session::new(timeouts);
    let mut now = Duration::ZERO;
    session.begin(Request::ShiftStatus, now);
    let (mut rest, mut heard, mut repeats) = (bytes, false, 0);
    loop {
        let deadline = session.deadline().expect("a running exchange ends");
        assert!(deadline <= 4 * timeouts.status + timeouts.byte_gap);
        let step = match rest {
            [wait, length, behind @ ..]
                if now + Duration::from_millis(u64::from(*wait)) < deadline =>
            {
                now += Duration::from_millis(u64::from(*wait));
                let (piece, behind) = behind.split_at(usize::from(*length).min(behind.len()));
                rest = behind;
                heard |= !piece.is_empty();
                session.on_bytes(now, piece)
            }
            _ => {
                now = deadline;
                session.on_timeout(now)
            }
        };
        match step {
            Step::Wait => {}
            Step::Write(written) => {
                repeats += 1;
                assert!(heard && written == [ENQ] && repeats <= 2);
            }
            Step::Done(_) => break,
        }
    }
    assert_eq!(session.deadline(), None);
}
