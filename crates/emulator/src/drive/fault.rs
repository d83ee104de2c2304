//! Knobs that make the drive or its wire fail.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fn_proto::AnswerCode;

use super::DriveError;

/// More noise than that is none that a test needs.
const MOST_NOISE: usize = 1024 * 1024;

/// One way to fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// The command is carried out, its answer never comes. 05h gives it.
    DropAnswer,
    /// The command is not heard.
    Silent,
    /// The drive answers nothing any more, until the fault is cleared.
    Dead,
    /// The answer's CRC is wrong. 05h gives it right.
    CorruptCrc,
    /// Only the first bytes of the answer come. 05h gives it whole.
    CutAnswer {
        /// How many bytes.
        keep: usize,
    },
    /// A byte of the answer is lost on its way. 05h gives it whole.
    LoseByte {
        /// Which, from 0 on; the last one when the answer has not so many.
        at: usize,
    },
    /// Bytes of noise come before the answer: none of them begins a frame.
    Noise {
        /// How many bytes.
        bytes: usize,
    },
    /// The answer comes twice.
    DuplicateAnswer,
    /// The answer comes late.
    Delay(Duration),
    /// The drive loses power instead of carrying out the command: a begun document is gone.
    PowerLoss,
    /// The drive carries out the command and loses power before it answers: what the command has
    /// committed is there, the answer is gone for good.
    PowerLossAfter,
    /// The drive refuses with this code and does nothing.
    Refuse(AnswerCode),
}

/// A fault and when it strikes. As text: `drop-answer:16h:every=7`, `silent`, `dead:times=1`,
/// `corrupt-crc:30h`, `cut-answer:keep=5`, `delay:16h:ms=12000`, `power-loss:07h`,
/// `power-loss-after:16h`, `lose-byte:at=4`, `noise:bytes=20`, `duplicate-answer:30h`,
/// `refuse:16h:code=03h`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// To which command; none: to every one.
    pub command: Option<u8>,
    /// At every so many of them, the first time at the `every`-th; at least 1.
    pub every: u32,
    /// How often in all; none: without end.
    pub times: Option<u32>,
}

impl Fault {
    /// `kind` at every command, without end.
    pub const fn always(kind: FaultKind) -> Self {
        Self {
            kind,
            command: None,
            every: 1,
            times: None,
        }
    }

    /// The same, at the command with this code only.
    #[must_use]
    pub const fn at(mut self, command: u8) -> Self {
        self.command = Some(command);
        self
    }

    /// The same, `times` times only.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// The faults of a drive: shared with whoever turns the knobs while it runs.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Armed>>>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// Commands that it could have struck.
    seen: u32,
    struck: u32,
}

impl Faults {
    /// Adds one.
    pub fn add(&self, fault: Fault) {
        self.armed().push(Armed {
            fault,
            seen: 0,
            struck: 0,
        });
    }

    /// Removes all; a dead drive lives again.
    pub fn clear(&self) {
        self.armed().clear();
    }

    /// Those that are set, in the order of setting.
    pub fn list(&self) -> Vec<Fault> {
        self.armed().iter().map(|armed| armed.fault).collect()
    }

    /// How often faults have struck since they were set.
    pub fn struck(&self) -> u32 {
        self.armed().iter().map(|armed| armed.struck).sum()
    }

    /// What strikes this command.
    pub(crate) fn draw(&self, command: u8) -> Vec<FaultKind> {
        let mut armed = self.armed();
        armed
            .iter_mut()
            .filter_map(|armed| armed.strikes(command).then_some(armed.fault.kind))
            .collect()
    }

    /// Whether the drive is dead.
    pub(crate) fn is_dead(&self) -> bool {
        self.armed()
            .iter()
            .any(|armed| armed.fault.kind == FaultKind::Dead && armed.struck > 0)
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn strikes(&mut self, command: u8) -> bool {
        let Fault {
            command: of,
            every,
            times,
            ..
        } = self.fault;
        if of.is_some_and(|of| of != command) || times.is_some_and(|times| self.struck >= times) {
            return false;
        }
        self.seen = self.seen.wrapping_add(1);
        let strikes = self.seen.is_multiple_of(every.max(1));
        self.struck = self.struck.saturating_add(u32::from(strikes));
        strikes
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::DropAnswer => "drop-answer",
            FaultKind::Silent => "silent",
            FaultKind::Dead => "dead",
            FaultKind::CorruptCrc => "corrupt-crc",
            FaultKind::CutAnswer { .. } => "cut-answer",
            FaultKind::LoseByte { .. } => "lose-byte",
            FaultKind::Noise { .. } => "noise",
            FaultKind::DuplicateAnswer => "duplicate-answer",
            FaultKind::Delay(_) => "delay",
            FaultKind::PowerLoss => "power-loss",
            FaultKind::PowerLossAfter => "power-loss-after",
            FaultKind::Refuse(_) => "refuse",
        })?;
        if let Some(command) = self.command {
            write!(f, ":{command:02X}h")?;
        }
        match self.kind {
            FaultKind::CutAnswer { keep } => write!(f, ":keep={keep}")?,
            FaultKind::LoseByte { at } => write!(f, ":at={at}")?,
            FaultKind::Noise { bytes } => write!(f, ":bytes={bytes}")?,
            FaultKind::Delay(delay) => write!(f, ":ms={}", delay.as_millis())?,
            FaultKind::Refuse(code) => write!(f, ":code={:02X}h", code.get())?,
            _ => {}
        }
        if self.every > 1 {
            write!(f, ":every={}", self.every)?;
        }
        match self.times {
            Some(times) => write!(f, ":times={times}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Fault {
    type Err = DriveError;

    fn from_str(text: &str) -> Result<Self, DriveError> {
        read(text).ok_or_else(|| DriveError::BadSetting {
            what: "fault",
            given: text.to_owned(),
            rule: "write KIND[:COMMANDh][:every=N][:times=N]; kinds are drop-answer, silent, dead, \
                   corrupt-crc, cut-answer:keep=BYTES, lose-byte:at=N, noise:bytes=N, \
                   duplicate-answer, delay:ms=N, power-loss, power-loss-after, \
                   refuse:code=CODEh",
        })
    }
}

fn read(text: &str) -> Option<Fault> {
    let mut parts = text.split(':');
    let name = parts.next()?;
    let mut fault = Fault::always(FaultKind::Silent);
    let mut parameter = None;
    for part in parts {
        match part.split_once('=') {
            None => fault.command = Some(hex(part)?),
            Some(("every", n)) => fault.every = n.parse().ok().filter(|n| *n > 0)?,
            Some(("times", n)) => fault.times = Some(n.parse().ok()?),
            Some(given) if parameter.is_none() => parameter = Some(given),
            Some(_) => return None,
        }
    }
    fault.kind = read_kind(name, parameter)?;
    Some(fault)
}

fn read_kind(name: &str, parameter: Option<(&str, &str)>) -> Option<FaultKind> {
    Some(match (name, parameter) {
        ("drop-answer", None) => FaultKind::DropAnswer,
        ("silent", None) => FaultKind::Silent,
        ("dead", None) => FaultKind::Dead,
        ("corrupt-crc", None) => FaultKind::CorruptCrc,
        ("cut-answer", Some(("keep", n))) => FaultKind::CutAnswer {
            keep: n.parse().ok()?,
        },
        ("lose-byte", Some(("at", n))) => FaultKind::LoseByte {
            at: n.parse().ok()?,
        },
        ("noise", Some(("bytes", n))) => FaultKind::Noise {
            bytes: n.parse().ok().filter(|n| *n <= MOST_NOISE)?,
        },
        ("duplicate-answer", None) => FaultKind::DuplicateAnswer,
        ("delay", Some(("ms", n))) => FaultKind::Delay(Duration::from_millis(n.parse().ok()?)),
        ("power-loss", None) => FaultKind::PowerLoss,
        ("power-loss-after", None) => FaultKind::PowerLossAfter,
        ("refuse", Some(("code", n))) => {
            let code = hex(n).filter(|code| (1..0x80).contains(code))?;
            FaultKind::Refuse(AnswerCode::from_byte(code))
        }
        _ => return None,
    })
}

/// `16h`.
fn hex(text: &str) -> Option<u8> {
    let digits = text.strip_suffix('h')?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_they_are_read() {
        for text in [
            "drop-answer:16h:every=7",
            "silent",
            "dead:times=1",
            "corrupt-crc:30h",
            "cut-answer:keep=5",
            "delay:16h:ms=12000",
            "power-loss:07h:every=3:times=2",
            "power-loss-after:16h",
            "lose-byte:at=4",
            "noise:30h:bytes=20",
            "duplicate-answer",
            "refuse:16h:code=03h",
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "explode",
            "silent:16",
            "silent:every=0",
            "silent:keep=3",
            "cut-answer",
            "refuse:code=80h",
            "delay:ms=-1",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_fault_strikes_its_command_at_its_turn_and_then_no_more() {
        let faults = Faults::default();
        faults.add("silent:16h:every=3:times=2".parse().unwrap());
        let strikes = |command: u8| !faults.draw(command).is_empty();
        assert!(!strikes(0x30));
        let turns: Vec<bool> = (0..9).map(|_| strikes(0x16)).collect();
        assert_eq!(
            turns,
            [false, false, true, false, false, true, false, false, false]
        );
        assert_eq!(faults.struck(), 2);
    }
}
