//! What is the matter with drives and operators, and what to do: facts in, findings out.

mod operators;

use cassette::{Capacity, DriveFacts, Forecast, Probe, ProbeStep, forecast};
use fn_proto::{Answer, CurrentDocument, Outcome, Phase, Request, WarningFlags, work_mode};
use links::{DriveAddress, PortTrouble, Sight, SlotAddress, SurveyedPort, converse};
pub use operators::{KnownDrive, OperatorCheckup, Presence, examine_operators};
use terms::LocalDateTime;

use crate::{Clock, Setup, SlotPlan, ports::survey_ports, rack};

/// A shift lasts at most so many minutes.
const SHIFT_MAX: i64 = 24 * 60;
/// After so many days without a ticket a drive takes no more documents (ФН protocol §2.6).
const OFD_DAYS_MAX: i64 = 30;
/// After so many days without a ticket somebody should look.
const OFD_DAYS_LOOK: i64 = 1;
/// The drive takes times that differ from its own by at most so many minutes (code 17h).
const CLOCK_MINUTES: i64 = 5;
const DAY: i64 = 24 * 60;

/// A port of the configuration and what was seen behind it.
#[derive(Clone, Debug)]
pub struct Checkup {
    /// The slot whose fixed address it is; none for a port that automatic slots may open.
    pub slot: Option<u8>,
    /// The port or the address.
    pub port: String,
    /// What the drive says of itself, or why there is none.
    pub examined: Result<Box<Examined>, PortTrouble>,
    /// What is the matter, the worst first.
    pub findings: Vec<Diagnosis>,
}

/// All that a drive says of itself without being changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Examined {
    /// What each bring-up reads.
    pub facts: DriveFacts,
    /// 42h: documents without ticket.
    pub unacknowledged: Option<u16>,
    /// 3Bh: days left, as the drive counts them.
    pub days_left: Option<u16>,
    /// 35h: what it remembers of its errors, in the vendor's own format (ФН protocol §9 Q16).
    pub last_errors: Vec<u8>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// The drive cannot form documents until something is done.
    Stop,
    /// It works, but somebody should look.
    Look,
    /// Good to know.
    Note,
}

impl Grade {
    /// The stable word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Look => "look",
            Self::Note => "note",
        }
    }
}

/// What is the matter, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// How bad it is.
    pub grade: Grade,
    /// What was found.
    pub what: String,
    /// What to do; empty when nothing has to be done.
    pub remedy: String,
}

/// Talks to the drives of the slots with fixed addresses and to those behind allowed ports. Ports
/// in use are not disturbed; TCP addresses are asked only if `with_tcp` says that no server is
/// connected to them.
///
/// It blocks, a slow or dead port for seconds.
pub fn examine(setup: &Setup, with_tcp: bool) -> Vec<Checkup> {
    let now = Clock::at(setup.organisation.utc_offset).local();
    let ports = survey_ports(setup);
    let behind_ports = ports.iter().filter_map(|port| {
        let address = port.address.clone()?;
        let examined = match &port.sight {
            Sight::Unopened => return None,
            Sight::Trouble(trouble) => Err(trouble.clone()),
            Sight::Drive(_) => read(&address, setup, now),
        };
        Some((port.slot, shown(port), examined))
    });
    let over_tcp = rack::slots(setup).filter_map(|(slot, SlotPlan { address, .. })| {
        let SlotAddress::Fixed(address @ DriveAddress::Tcp(_)) = address else {
            return None;
        };
        let examined = if with_tcp {
            read(address, setup, now)
        } else {
            Err(PortTrouble::Busy)
        };
        Some((Some(slot.0), address.to_string(), examined))
    });
    let mut checkups: Vec<Checkup> = behind_ports
        .chain(over_tcp)
        .map(|(slot, port, examined)| Checkup {
            slot,
            port,
            findings: match &examined {
                Ok(examined) => diagnose(examined, setup, now),
                Err(trouble) => vec![Diagnosis::stop(trouble.to_string(), "")],
            },
            examined,
        })
        .collect();
    checkups.sort_by_key(|checkup| (checkup.slot.is_none(), checkup.slot));
    checkups
}

fn shown(port: &SurveyedPort) -> String {
    port.name
        .as_ref()
        .unwrap_or(&port.device)
        .display()
        .to_string()
}

/// Asks everything that a drive tells without being changed.
fn read(
    address: &DriveAddress,
    setup: &Setup,
    now: LocalDateTime,
) -> Result<Box<Examined>, PortTrouble> {
    let mut reading = Reading::default();
    converse(
        address,
        setup.link_timeouts.answers,
        Probe::FIRST,
        |outcome| reading.reply(outcome, now),
    )?;
    match (reading.facts, reading.failed) {
        (Some(facts), _) => Ok(Box::new(Examined {
            facts: *facts,
            unacknowledged: reading.unacknowledged,
            days_left: reading.days_left,
            last_errors: reading.last_errors,
        })),
        (None, Some(why)) => Err(PortTrouble::Lost(why)),
        (None, None) => Err(PortTrouble::Silent),
    }
}

/// The bring-up's reading, and what only a doctor asks.
#[derive(Default)]
struct Reading {
    probe: Probe,
    facts: Option<Box<DriveFacts>>,
    failed: Option<String>,
    ahead: Vec<Request>,
    unacknowledged: Option<u16>,
    days_left: Option<u16>,
    last_errors: Vec<u8>,
}

impl Reading {
    fn reply(&mut self, outcome: Outcome, now: LocalDateTime) -> Option<Request> {
        if self.facts.is_some() {
            match outcome {
                Ok(Answer::UnacknowledgedCount(count)) => self.unacknowledged = Some(count),
                Ok(Answer::DaysLeft(days)) => self.days_left = Some(days),
                Ok(Answer::Bytes(bytes)) => self.last_errors = bytes,
                // What a drive does not tell stays unknown.
                _ => {}
            }
            return self.ahead.pop();
        }
        match self.probe.reply(outcome) {
            ProbeStep::Send(request) => Some(request),
            ProbeStep::Failed(why) => {
                self.failed = Some(why);
                None
            }
            ProbeStep::Done(facts) => {
                // A drive that is not registered would note an error of ours.
                self.ahead = match facts.status.phase {
                    Phase::Fiscal | Phase::PostFiscal | Phase::ArchiveOnly => {
                        vec![Request::UnacknowledgedCount, Request::DaysLeft(now)]
                    }
                    _ => Vec::new(),
                };
                self.facts = Some(facts);
                Some(Request::LastErrors)
            }
        }
    }
}

/// What is the matter with a drive of the set-up's organisation, the worst first. An empty list: it
/// is well and works.
pub fn diagnose(examined: &Examined, setup: &Setup, now: LocalDateTime) -> Vec<Diagnosis> {
    let facts = &examined.facts;
    let mut found = Vec::new();
    of_life(&mut found, facts);
    of_registration(&mut found, facts, setup);
    of_time(&mut found, facts, now);
    of_exchange(&mut found, facts, now);
    of_warnings(&mut found, facts.status.warnings);
    of_resource(&mut found, examined, now);
    if !examined.last_errors.iter().all(|byte| *byte == 0) {
        found.push(Diagnosis::note(
            "it remembers errors (35h, in its vendor's format)",
            "send the bytes to the drive's vendor if it fails again",
        ));
    }
    found.sort_by_key(|diagnosis| diagnosis.grade);
    found
}

fn of_life(found: &mut Vec<Diagnosis>, facts: &DriveFacts) {
    if !facts.serial {
        found.push(Diagnosis::note(
            "it is a debug or emulated drive: its documents have no legal force",
            "use it for trials only",
        ));
    }
    match facts.status.phase {
        Phase::Fiscal => {}
        Phase::Ready => found.push(Diagnosis::stop(
            "it has no registration",
            "register it: kassette drive register, or a swap of the slot's drive",
        )),
        Phase::PostFiscal => found.push(Diagnosis::stop(
            "its archive is closed, but the ОФД has not yet confirmed all its documents",
            "leave it plugged in until the server has sent them, then keep it for five years",
        )),
        Phase::ArchiveOnly => found.push(Diagnosis::stop(
            "its archive is closed: it can only be read",
            "pull it out and keep it for five years; put a new drive in",
        )),
        other => found.push(Diagnosis::stop(
            format!("its phase is {other}"),
            "it cannot be used; ask the drive's vendor",
        )),
    }
    if facts.status.current != CurrentDocument::None {
        found.push(Diagnosis::look(
            format!(
                "a document was begun and not ended: {}",
                facts.status.current
            ),
            "nothing: the server settles it when it starts",
        ));
    }
}

fn of_registration(found: &mut Vec<Diagnosis>, facts: &DriveFacts, setup: &Setup) {
    let Some(registration) = &facts.registration else {
        return;
    };
    let organisation = &setup.organisation;
    if registration.user_inn != organisation.inn {
        found.push(Diagnosis::stop(
            format!(
                "it is registered for ИНН {}, the configuration names {}",
                registration.user_inn, organisation.inn
            ),
            "put it back where it belongs, or correct organisation.inn",
        ));
    }
    if facts.format() != setup.ffd() {
        found.push(Diagnosis::stop(
            format!(
                "it works by ФФД {}, organisation.ffd is {}",
                facts.format(),
                setup.ffd()
            ),
            "register another drive by that version, or correct organisation.ffd if all drives \
             work by the other",
        ));
    }
    if registration.work_mode & work_mode::STRICT_FORMS != 0 {
        found.push(Diagnosis::stop(
            "it is registered for БСО instead of receipts",
            "register another drive for receipts",
        ));
    }
    if registration.work_mode & work_mode::AUTONOMOUS != 0 {
        found.push(Diagnosis::stop(
            "it works without ОФД (autonomous mode)",
            "register another drive in transfer mode",
        ));
    }
    // Its documents go to the operator that its registration names.
    if let Some(inn) = registration.ofd_inn
        && setup.operators().all(|ofd| ofd.inn != inn)
    {
        found.push(Diagnosis::look(
            format!(
                "its registration names the ОФД with ИНН {inn}, and no [[ofd]] has its address: \
                 nothing is sent"
            ),
            "write a table [[ofd]] for it, or register the change of the ОФД",
        ));
    }
    if facts.registrations_left == 0 {
        found.push(Diagnosis::look(
            "it takes no further change of its registration",
            "when its registration must change, replace it",
        ));
    }
}

fn of_time(found: &mut Vec<Diagnosis>, facts: &DriveFacts, now: LocalDateTime) {
    let Some(last) = facts.status.last_time else {
        return;
    };
    let since = now.minutes_since(last);
    if since < -CLOCK_MINUTES {
        found.push(Diagnosis::stop(
            format!(
                "this machine's clock ({now}) is {} minutes behind its last document ({last})",
                -since
            ),
            "set the clock (timedatectl), or organisation.utc_offset if the zone is wrong",
        ));
    }
    if facts.status.shift_open && since > SHIFT_MAX {
        found.push(Diagnosis::look(
            format!("its shift is open for more than 24 hours (last document {last})"),
            "nothing: the server closes it before the next receipt",
        ));
    }
}

fn of_exchange(found: &mut Vec<Diagnosis>, facts: &DriveFacts, now: LocalDateTime) {
    let Some((exchange, since)) = facts
        .exchange
        .as_ref()
        .and_then(|exchange| Some((exchange, exchange.first_time?)))
        .filter(|(exchange, _)| exchange.queued > 0)
    else {
        return;
    };
    let days = now.minutes_since(since) / DAY;
    let left = OFD_DAYS_MAX - days;
    let what = format!(
        "{} documents wait for the ОФД, the first since {since} ({days} days)",
        exchange.queued
    );
    if left <= 0 {
        found.push(Diagnosis::stop(
            what,
            "it forms nothing more until they are sent: mend the way to the ОФД",
        ));
    } else if days >= OFD_DAYS_LOOK {
        found.push(Diagnosis::look(
            what,
            format!("mend the way to the ОФД: in {left} days the drive stops"),
        ));
    }
}

fn of_warnings(found: &mut Vec<Diagnosis>, warnings: WarningFlags) {
    let texts = [
        (
            WarningFlags::REPLACE_NOW,
            Grade::Look,
            "at most 3 days of its life are left",
            "replace it now",
        ),
        (
            WarningFlags::RESOURCE_ENDS,
            Grade::Look,
            "at most 30 days of its life are left",
            "get a new drive",
        ),
        (
            WarningFlags::ARCHIVE_FULL,
            Grade::Look,
            "its archive is nearly full",
            "replace it",
        ),
        (
            WarningFlags::OFD_SILENT,
            Grade::Look,
            "the ОФД has kept silent for too long",
            "mend the way to the ОФД",
        ),
        (
            WarningFlags::FORMAT_REFUSED,
            Grade::Look,
            "the ОФД refused a document by format control",
            "find the document in the ОФД's cabinet and correct it",
        ),
        (
            WarningFlags::SETUP_NEEDED,
            Grade::Look,
            "the ОФД says that the register must be set up anew",
            "look into the ОФД's cabinet",
        ),
        (
            WarningFlags::OFD_CANCELLED,
            Grade::Stop,
            "the contract with the ОФД has ended",
            "renew it, or register the change of the ОФД",
        ),
        (
            WarningFlags::FAILURE,
            Grade::Stop,
            "it reports a critical failure of its own",
            "replace it; ask its vendor",
        ),
    ];
    for (flag, grade, what, remedy) in texts {
        if warnings.contains(flag) {
            found.push(Diagnosis {
                grade,
                what: what.to_owned(),
                remedy: remedy.to_owned(),
            });
        }
    }
}

fn of_resource(found: &mut Vec<Diagnosis>, examined: &Examined, now: LocalDateTime) {
    let facts = &examined.facts;
    let formed = facts.status.last_document.get();
    let capacity = Capacity::of(formed, facts.documents_left, facts.until);
    // Its rate is in the journal, which the doctor does not open.
    let Forecast { severity, by, .. } = forecast(&capacity, 0.0, now.date());
    let told = facts
        .until
        .map_or_else(String::new, |until| format!(", valid until {until}"));
    if severity.is_some() {
        found.push(Diagnosis::look(
            format!(
                "its {} come to an end: {} documents left{told}",
                by.name(),
                capacity.documents_left
            ),
            "get a new drive and swap it in time",
        ));
    }
}

impl Diagnosis {
    fn stop(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(Grade::Stop, what, remedy)
    }

    fn look(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(Grade::Look, what, remedy)
    }

    fn note(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::of(Grade::Note, what, remedy)
    }

    fn of(grade: Grade, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}
