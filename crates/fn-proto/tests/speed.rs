//! Raising the speed of a line to a drive that keeps its word, breaks it, or dies of it.
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use fn_proto::{
    Answer, AnswerCode, CurrentDocument, Failure, LineSpeed, Outcome, POWER_ON_SPEED, Phase,
    Refusal, Request, SpeedRaise, SpeedStep, Status, WarningFlags,
};
use terms::DocumentNumber;

const HIGH: u32 = 921_600;

/// A drive behind a port, each with its own speed.
struct Line {
    drive: u32,
    port: u32,
    /// What becomes of ABh.
    on_raise: OnRaise,
    /// The machine's port knows the higher speed.
    has_speed: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum OnRaise {
    Obeys,
    /// Obeys, and its answer is lost.
    ObeysSilently,
    Refuses,
    /// Answers success and stays at its speed.
    Lies,
    /// The command is lost.
    Deaf,
    /// Goes to a speed that nobody asked for.
    Strays,
    /// Obeys and is unplugged.
    Leaves,
}

fn status() -> Outcome {
    Ok(Answer::Status(Status {
        phase: Phase::Fiscal,
        current: CurrentDocument::None,
        has_data: false,
        shift_open: false,
        warnings: WarningFlags::NONE,
        last_time: None,
        drive: "9999078902003867"
            .parse()
            .unwrap_or_else(|error| panic!("{error}")),
        last_document: DocumentNumber(1),
    }))
}

fn silent(request: &Request) -> Failure {
    Failure::Silent {
        command: request.name(),
    }
}

fn refusal() -> Failure {
    Failure::Refused(Refusal {
        command: "ABh set speed",
        code: AnswerCode::UNKNOWN_COMMAND,
        data: Vec::new(),
    })
}

fn gone() -> Failure {
    Failure::LinkDown {
        reason: "unplugged".to_owned(),
    }
}

impl Line {
    fn ask(&mut self, request: &Request) -> Outcome {
        if self.on_raise == OnRaise::Leaves && *request == Request::Status {
            return Err(gone());
        }
        if self.drive != self.port {
            return Err(silent(request));
        }
        let Request::SetSpeed(speed) = *request else {
            return status();
        };
        match self.on_raise {
            OnRaise::Obeys | OnRaise::Leaves => {
                self.drive = speed;
                Ok(Answer::Done)
            }
            OnRaise::ObeysSilently => {
                self.drive = speed;
                Err(silent(request))
            }
            OnRaise::Refuses => Err(refusal()),
            OnRaise::Lies => Ok(Answer::Done),
            OnRaise::Deaf => Err(silent(request)),
            OnRaise::Strays => {
                self.drive = 1_000_000;
                Ok(Answer::Done)
            }
        }
    }

    fn reopen(&mut self, speed: u32) -> Result<(), Failure> {
        if speed == HIGH && !self.has_speed {
            return Err(gone());
        }
        self.port = speed;
        Ok(())
    }
}

/// How it ends, and the speed of the port then.
fn raise(on_raise: OnRaise, has_speed: bool) -> (LineSpeed, u32) {
    let mut line = Line {
        drive: POWER_ON_SPEED,
        port: POWER_ON_SPEED,
        on_raise,
        has_speed,
    };
    let (mut machine, mut step) = SpeedRaise::begin(HIGH);
    for _ in 0..10 {
        step = match step {
            SpeedStep::Ask(request) => machine.answered(line.ask(&request)),
            SpeedStep::Reopen(speed) => machine.reopened(line.reopen(speed)),
            SpeedStep::Done(speed) => return (speed, line.port),
        };
    }
    panic!("it never ends: {step:?}");
}

#[test]
fn a_drive_that_obeys_is_reached_at_the_higher_speed_even_if_its_answer_was_lost() {
    let raised = (LineSpeed::Raised(HIGH), HIGH);
    assert_eq!(raise(OnRaise::Obeys, true), raised);
    assert_eq!(raise(OnRaise::ObeysSilently, true), raised);
}

#[test]
fn a_drive_that_does_not_obey_is_reached_at_the_old_speed() {
    let kept = |why| (LineSpeed::Kept(why), POWER_ON_SPEED);
    assert_eq!(raise(OnRaise::Refuses, true), kept(refusal()));
    let silent = silent(&Request::Status);
    assert_eq!(raise(OnRaise::Lies, true), kept(silent.clone()));
    assert_eq!(raise(OnRaise::Deaf, true), kept(silent));
}

#[test]
fn a_drive_that_answers_at_no_speed_has_to_lose_its_power() {
    let (ended, port) = raise(OnRaise::Strays, true);
    assert_eq!(ended, LineSpeed::NeedsRestart(silent(&Request::Status)));
    assert_eq!(port, POWER_ON_SPEED);
    // The drive has the higher speed already, and this machine's port has it not.
    let (ended, port) = raise(OnRaise::Obeys, false);
    assert_eq!(ended, LineSpeed::NeedsRestart(silent(&Request::Status)));
    assert_eq!(port, POWER_ON_SPEED);
}

#[test]
fn a_port_without_the_speed_does_no_harm_to_a_drive_that_did_not_obey() {
    let (ended, port) = raise(OnRaise::Lies, false);
    assert_eq!(ended, LineSpeed::Kept(gone()));
    assert_eq!(port, POWER_ON_SPEED);
}

#[test]
fn a_drive_that_is_unplugged_ends_it() {
    let (ended, _) = raise(OnRaise::Leaves, true);
    assert_eq!(ended, LineSpeed::Lost(gone()));
}
