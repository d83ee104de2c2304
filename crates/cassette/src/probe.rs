use std::collections::VecDeque;

use fn_proto::{
    Answer, AnswerCode, ExchangeStatus, Failure, Generation, Outcome, Phase, RegistrationTotals,
    Request, ShiftStatus, Status,
};
use terms::{DriveNumber, FfdVersion, LocalDate};

/// What a drive says of itself (ФН protocol §5.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DriveFacts {
    /// 30h.
    pub status: Status,
    /// 33h: the firmware's version.
    pub version: String,
    /// 33h: whether it is a serial drive, and not a debug or emulated one.
    pub serial: bool,
    /// 32h: the last day of its life; none before registration on some drives.
    pub until: Option<LocalDate>,
    /// 32h: registration reports left.
    pub registrations_left: u8,
    /// 3Ah: the format in use; none on drives of the first generation, which lack the command.
    pub ffd: Option<FfdVersion>,
    /// 3Fh; none on drives that lack the command.
    pub model: Option<String>,
    /// 3Dh: documents that still fit, an estimate; none before registration or without the command.
    pub documents_left: Option<u32>,
    /// 43h; none before registration.
    pub registration: Option<RegistrationTotals>,
    /// 10h; only in fiscal mode.
    pub shift: Option<ShiftStatus>,
    /// 20h; after registration.
    pub exchange: Option<ExchangeStatus>,
}

impl DriveFacts {
    /// The drive's number.
    pub const fn number(&self) -> DriveNumber {
        self.status.drive
    }

    /// The version of the format in use. Drives of the first generation know 1.05 only.
    pub fn format(&self) -> FfdVersion {
        self.ffd.unwrap_or(FfdVersion::V1_05)
    }

    /// The generation of the drive: the first one lacks 3Ah.
    pub const fn generation(&self) -> Generation {
        if self.ffd.is_some() {
            Generation::Fn12
        } else {
            Generation::Fn1
        }
    }
}

/// Reads a drive, one command after another (ФН protocol §5.1). It changes nothing in the drive.
#[derive(Debug, Default)]
pub struct Probe {
    facts: Option<DriveFacts>,
    ahead: VecDeque<Request>,
}

/// What comes next in the reading of a drive.
#[derive(Debug)]
pub enum ProbeStep {
    /// Send this, and hand in what comes of it.
    Send(Request),
    /// All is read.
    Done(Box<DriveFacts>),
    /// What was answered cannot be the bring-up's answer.
    Failed(String),
}

impl Probe {
    /// The first command of a bring-up.
    pub const FIRST: Request = Request::Status;

    /// A reading that has not begun.
    pub const fn new() -> Self {
        Self {
            facts: None,
            ahead: VecDeque::new(),
        }
    }

    /// What has been read by now, once it is known which drive answers.
    pub(crate) const fn facts(&self) -> Option<&DriveFacts> {
        self.facts.as_ref()
    }

    /// Which drive answers, once that is known.
    pub(crate) fn drive(&self) -> Option<DriveNumber> {
        self.facts().map(DriveFacts::number)
    }

    /// Takes in what came of the last command.
    pub fn reply(&mut self, outcome: Outcome) -> ProbeStep {
        match (outcome, &mut self.facts) {
            (Ok(Answer::Status(status)), None) => self.begin(status),
            (Ok(answer), Some(facts)) => match take_in(facts, answer) {
                Ok(()) => self.go_on(),
                Err(answer) => ProbeStep::Failed(format!("unexpected answer {answer:?}")),
            },
            // Commands that a drive lacks (3Ah, 3Fh, 3Dh on the first generation) or that its phase
            // forbids leave their fact unknown.
            (Err(Failure::Refused(refusal)), Some(_)) if is_lacking(refusal.code) => self.go_on(),
            (Err(failure), _) => ProbeStep::Failed(failure.to_string()),
            (Ok(answer), None) => ProbeStep::Failed(format!("unexpected answer {answer:?}")),
        }
    }

    fn begin(&mut self, status: Status) -> ProbeStep {
        self.ahead.extend([
            Request::Version,
            Request::Expiry,
            Request::FfdSupport,
            Request::Model,
        ]);
        if status.phase.code() >= Phase::Fiscal.code() {
            self.ahead.extend([
                Request::FreeMemory,
                Request::RegistrationTotals,
                Request::ExchangeStatus,
            ]);
        }
        if status.phase == Phase::Fiscal {
            self.ahead.push_back(Request::ShiftStatus);
        }
        self.facts = Some(DriveFacts {
            status,
            version: String::new(),
            serial: false,
            until: None,
            registrations_left: 0,
            ffd: None,
            model: None,
            documents_left: None,
            registration: None,
            shift: None,
            exchange: None,
        });
        self.go_on()
    }

    fn go_on(&mut self) -> ProbeStep {
        match self.ahead.pop_front() {
            Some(request) => ProbeStep::Send(request),
            None => match self.facts.take() {
                Some(facts) => ProbeStep::Done(Box::new(facts)),
                None => ProbeStep::Failed("nothing was read".to_owned()),
            },
        }
    }
}

fn is_lacking(code: AnswerCode) -> bool {
    [
        AnswerCode::UNKNOWN_COMMAND,
        AnswerCode::WRONG_STATE,
        AnswerCode::NO_DATA,
        AnswerCode::WRONG_MODE,
    ]
    .contains(&code)
}

fn take_in(facts: &mut DriveFacts, answer: Answer) -> Result<(), Answer> {
    match answer {
        Answer::Version { text, serial } => {
            facts.version = text;
            facts.serial = serial;
        }
        Answer::Expiry {
            until,
            registrations_left,
            ..
        } => {
            facts.until = Some(until);
            facts.registrations_left = registrations_left;
        }
        Answer::FfdSupport { current, .. } => facts.ffd = Some(current),
        Answer::Model(model) => facts.model = Some(model),
        Answer::FreeMemory { documents, .. } => facts.documents_left = Some(documents),
        Answer::RegistrationTotals(totals) => facts.registration = Some(totals),
        Answer::ExchangeStatus(status) => facts.exchange = Some(status),
        Answer::ShiftStatus(status) => facts.shift = Some(status),
        other => return Err(other),
    }
    Ok(())
}
