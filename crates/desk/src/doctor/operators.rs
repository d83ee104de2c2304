//! Whether the operators of fiscal data can be reached.

use std::time::Duration;

use links::{Endpoint, ExchangeError, OfdError, OfdLink, OfdTimeouts};
use terms::{DriveNumber, FfdVersion, Inn};
use tokio::task::JoinSet;

use super::Diagnosis;
use crate::{Ofd, Setup};

/// An ОФД that answers headers does it at once (GENERAL KNOWLEDGE); nobody waits minutes for it, as
/// for a ticket.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// An operator of the configuration and whether it is there.
#[derive(Clone, Debug)]
pub struct OperatorCheckup {
    /// Which one.
    pub operator: Ofd,
    /// What was seen.
    pub presence: Presence,
    /// What is the matter, the worst first.
    pub findings: Vec<Diagnosis>,
}

/// How much is seen of an operator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// It has answered the probe: a message of a header alone.
    Answers,
    /// It takes the connection; the probe had no answer, or none was sent.
    Connects,
    /// It cannot be reached.
    Unreachable,
}

impl Presence {
    /// The stable word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Connects => "connects",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A drive in whose name an operator may be asked: the probe carries its number and its version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KnownDrive {
    /// Its number.
    pub number: DriveNumber,
    /// The version that it is registered by.
    pub ffd: FfdVersion,
    /// The operator that its registration names, as far as it is known.
    pub ofd: Option<Inn>,
}

/// Asks every operator of the set-up, all at once, whether it is there (ККТ–ОФД protocol §6), in the
/// name of a drive that is registered with it, or of any other: no document is sent.
///
/// It takes as long as the slowest one, seconds at most. In the order of the configuration, the
/// organisation's own operator first.
pub async fn examine_operators(setup: &Setup, drives: &[KnownDrive]) -> Vec<OperatorCheckup> {
    let timeouts = OfdTimeouts {
        connect: setup.ofd_timeouts.connect,
        answer: setup.ofd_timeouts.answer.min(ANSWER_MAX),
    };
    let mut running = JoinSet::new();
    for (place, operator) in setup.operators().cloned().enumerate() {
        let mut own_first = drives.iter();
        let own = own_first.find(|drive| drive.ofd == Some(operator.inn));
        let drive = own.or(drives.first()).copied();
        running.spawn(async move { (place, examine(operator, drive, timeouts).await) });
    }
    let mut checkups = running.join_all().await;
    checkups.sort_by_key(|(place, _)| *place);
    checkups.into_iter().map(|(_, checkup)| checkup).collect()
}

async fn examine(
    operator: Ofd,
    drive: Option<KnownDrive>,
    timeouts: OfdTimeouts,
) -> OperatorCheckup {
    let address = &operator.address;
    let mut link = OfdLink::new(timeouts);
    let (presence, findings) = match (link.connect(address).await, drive) {
        (Err(error), _) => (Presence::Unreachable, vec![unreachable(address, &error)]),
        (Ok(()), None) => (Presence::Connects, vec![nobody_to_ask_for()]),
        (Ok(()), Some(drive)) => match link.probe(address, drive.number, drive.ffd).await {
            Ok(()) => (Presence::Answers, Vec::new()),
            Err(error) => (Presence::Connects, vec![no_answer(&error)]),
        },
    };
    OperatorCheckup {
        operator,
        presence,
        findings,
    }
}

fn unreachable(address: &Endpoint, error: &OfdError) -> Diagnosis {
    let (host, port) = (address.host(), address.port());
    Diagnosis::look(
        error.to_string(),
        format!(
            "compare the address in its table [[ofd]] with the ОФД's contract; then its name \
             (getent hosts {host}) and whether a firewall lets TCP port {port} out \
             (nc -vz {host} {port})"
        ),
    )
}

fn nobody_to_ask_for() -> Diagnosis {
    Diagnosis::note(
        "it takes the connection; it was not asked, because no drive has told its number",
        "ask again when a drive answers",
    )
}

/// That operators may leave a message without a document unanswered is GENERAL KNOWLEDGE; so this
/// is no fault by itself.
fn no_answer(error: &OfdError) -> Diagnosis {
    match &error.failure {
        ExchangeError::BadAnswer(_) => Diagnosis::look(
            format!("what listens at {error}: it is no ОФД, or something stands in between"),
            "compare the address in its table [[ofd]] with the ОФД's contract; look for a proxy",
        ),
        _ => Diagnosis::note(
            format!(
                "it takes the connection and does not answer a message without a document: {error}"
            ),
            "nothing while documents get their tickets: some ОФД answer only documents",
        ),
    }
}
