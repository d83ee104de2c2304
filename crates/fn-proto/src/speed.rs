//! Raising the speed of a drive's line (ФН protocol §1.1, §5.1 step 3).

use crate::{Answer, Failure, Outcome, Request};

/// The speed of every drive after power-on, bits per second.
pub const POWER_ON_SPEED: u32 = 115_200;

/// What a link has to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SpeedStep {
    /// Give this command and tell [`SpeedRaise::answered`] its outcome.
    Ask(Request),
    /// Open the port anew at this speed, then [`SpeedRaise::reopened`].
    Reopen(u32),
    /// It is over.
    Done(LineSpeed),
}

/// How the line is left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LineSpeed {
    /// The drive answers at the higher speed, bits per second, until it restarts.
    Raised(u32),
    /// The drive answers at [`POWER_ON_SPEED`], for this reason: it lacks the command, or did not
    /// keep its word.
    Kept(Failure),
    /// The drive answers at neither speed: only taking its power away brings it back to
    /// [`POWER_ON_SPEED`].
    NeedsRestart(Failure),
    /// There is no wire any more.
    Lost(Failure),
}

/// Raises the speed once, after a bring-up at [`POWER_ON_SPEED`], and falls back.
///
/// ABh, then the port at the new speed, then 30h. At which speed ABh itself is answered is not
/// documented (ФН protocol §9 Q24; INFERRED: the old one), so an answer that was lost proves nothing
/// and 30h is asked in any case. When 30h is not answered either, it is asked at the old speed.
///
/// Only a refusal leaves the drive surely as it was. What 30h answers must be the status of the same
/// drive: noise at the wrong speed never is, because its CRC does not fit.
#[derive(Clone, Debug)]
pub struct SpeedRaise {
    target: u32,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Asking,
    Reopening,
    /// 30h at the new speed.
    Checking,
    /// Why the new speed does not work.
    Returning(Failure),
    /// 30h at the old speed.
    CheckingOld(Failure),
}

impl SpeedRaise {
    /// The machine and its first step. `target` is in bits per second, such as 921 600.
    pub const fn begin(target: u32) -> (Self, SpeedStep) {
        let stage = Stage::Asking;
        (
            Self { target, stage },
            SpeedStep::Ask(Request::SetSpeed(target)),
        )
    }

    /// Takes the outcome of the command that was asked for.
    pub fn answered(&mut self, outcome: Outcome) -> SpeedStep {
        if let Err(failure @ Failure::LinkDown { .. }) = outcome {
            return SpeedStep::Done(LineSpeed::Lost(failure));
        }
        match (
            std::mem::replace(&mut self.stage, Stage::Reopening),
            outcome,
        ) {
            (Stage::Asking, Err(failure @ Failure::Refused(_))) => {
                SpeedStep::Done(LineSpeed::Kept(failure))
            }
            (Stage::Asking | Stage::Reopening, _) => SpeedStep::Reopen(self.target),
            (Stage::Checking, Ok(Answer::Status(_))) => {
                SpeedStep::Done(LineSpeed::Raised(self.target))
            }
            (Stage::Checking, outcome) => {
                self.stage = Stage::Returning(failure_of(outcome));
                SpeedStep::Reopen(POWER_ON_SPEED)
            }
            (Stage::Returning(why) | Stage::CheckingOld(why), Ok(Answer::Status(_))) => {
                SpeedStep::Done(LineSpeed::Kept(why))
            }
            (Stage::Returning(_) | Stage::CheckingOld(_), outcome) => {
                SpeedStep::Done(LineSpeed::NeedsRestart(failure_of(outcome)))
            }
        }
    }

    /// The port is open at the speed that was asked for, or the system refuses it and the port is
    /// gone.
    pub fn reopened(&mut self, opened: Result<(), Failure>) -> SpeedStep {
        match (std::mem::replace(&mut self.stage, Stage::Checking), opened) {
            (Stage::Returning(why) | Stage::CheckingOld(why), Ok(())) => {
                self.stage = Stage::CheckingOld(why);
                SpeedStep::Ask(Request::Status)
            }
            (_, Ok(())) => SpeedStep::Ask(Request::Status),
            // This machine's port has no such speed: back, as long as the old one works.
            (Stage::Reopening, Err(why)) => {
                self.stage = Stage::Returning(why);
                SpeedStep::Reopen(POWER_ON_SPEED)
            }
            (_, Err(why)) => SpeedStep::Done(LineSpeed::Lost(why)),
        }
    }
}

/// Why an outcome is not the expected one.
fn failure_of(outcome: Outcome) -> Failure {
    match outcome {
        Err(failure) => failure,
        Ok(answer) => Failure::Unreadable {
            command: Request::Status.name(),
            reason: format!("unexpected answer {answer:?}"),
        },
    }
}
