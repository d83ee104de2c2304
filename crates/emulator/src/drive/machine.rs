//! The drive itself: commands and their rules (ФН protocol §2, §4).

use std::{fmt, io, path::Path};

use ffd::EncodeError;
use fn_proto::{
    Answer, AnswerCode, CurrentDocument, Device, ExchangeStatus, Phase, Rejection, Request,
    ShiftStatus, Status, WarningFlags,
};
use terms::{DocumentNumber, DriveNumber, FfdVersion, LocalDate, LocalDateTime};

use super::{
    DriveError, Durability, Passport, Timer,
    archive::Cursor,
    begun::Begun,
    document::{Content, HIGHEST_FFD, Settlement, form},
    generation::version_text,
    log::Log,
    memory::Memory,
    record::{Record, StoredDocument},
};

/// What 33h of an FN-1.2 answers: sixteen characters that say what it is.
pub const VERSION_TEXT: &str = "EMULATOR 1.2 v01";
const MODEL_TEXT: &str = "Kassette emulated drive, not a fiscal device";
/// What 32h answers before registration: the drive has to answer some date, and its life is not
/// limited yet (INFERRED: no source shows the answer).
const UNLIMITED: (u16, u8, u8) = (2099, 12, 31);
/// How many refusals 35h remembers.
const ERRORS_KEPT: usize = 128;

pub(crate) type Reply = Result<Answer, Rejection>;

/// An emulated drive.
///
/// Committed documents and tickets survive everything; a begun document, the message being read and
/// the state of the transport live as long as the drive has power.
pub struct Drive {
    pub(crate) log: Log,
    pub(crate) memory: Memory,
    pub(crate) volatile: Volatile,
    timer: Option<Timer>,
}

/// What a power cut forgets.
#[derive(Default)]
pub(crate) struct Volatile {
    pub(crate) begun: Option<Begun>,
    /// 21h.
    pub(crate) connected: bool,
    pub(crate) message: Message,
    /// 44h, 45h: what 46h and 47h read.
    pub(crate) cursor: Option<Cursor>,
    /// ABh: the raised speed of the line, bits per second.
    pub(crate) speed: Option<u32>,
    /// The latest time that a command named: the timer, when the drive has no own.
    latest: Option<LocalDateTime>,
    /// Command and code of refusals, the last ones.
    errors: Vec<(u8, u8)>,
}

/// The message for the ОФД.
#[derive(Default)]
pub(crate) enum Message {
    #[default]
    Idle,
    /// 22h came: the container and up to where it was read.
    Reading { container: Vec<u8>, read: usize },
    /// 25h came: the ticket of this document is awaited.
    Sent(DocumentNumber),
}

impl Drive {
    /// A drive that is gone with the process.
    ///
    /// # Errors
    /// None in practice: memory takes every record.
    pub fn in_memory(passport: Passport) -> Result<Self, DriveError> {
        Self::make(Log::in_memory(), passport, Path::new("memory"))
    }

    /// Opens the drive kept in the state file `path`, for this process alone, or makes it there.
    /// The passport of an existing drive is the file's; only its number must be that of
    /// `passport`.
    ///
    /// # Errors
    /// When the file is in use, is of another drive, is damaged or cannot be read or written.
    pub fn open(
        path: &Path,
        passport: Passport,
        durability: Durability,
    ) -> Result<Self, DriveError> {
        let mut memory = None;
        let log = Log::open(path, durability, |span, body| {
            replay(&mut memory, span, Record::decode(body)?)
        })?;
        let Some(memory) = memory else {
            return Self::make(log, passport, path);
        };
        let (found, asked) = (memory.passport.number(), passport.number());
        if found != asked {
            let path = path.to_owned();
            return Err(DriveError::OtherDrive { path, found, asked });
        }
        Ok(Self::new(log, memory))
    }

    fn make(mut log: Log, passport: Passport, path: &Path) -> Result<Self, DriveError> {
        log.append(&Record::Made(passport.clone()).encode())
            .map_err(DriveError::io(path, "begin the state file"))?;
        Ok(Self::new(log, Memory::new(passport)))
    }

    fn new(log: Log, memory: Memory) -> Self {
        Self {
            log,
            memory,
            volatile: Volatile::default(),
            timer: None,
        }
    }

    /// Gives the drive a timer of its own. Without one its time is the latest that a command
    /// named, so it never differs from the host's.
    #[must_use]
    pub fn with_timer(mut self, timer: Timer) -> Self {
        self.timer = Some(timer);
        self
    }

    /// The drive's number.
    pub const fn number(&self) -> DriveNumber {
        self.memory.passport.number()
    }

    /// The last document; 0 before the first.
    pub fn last_document(&self) -> DocumentNumber {
        self.memory.last_document()
    }

    /// Power off and on: everything uncommitted is forgotten.
    pub fn lose_power(&mut self) {
        self.volatile = Volatile::default();
    }
}

/// Adds a record to what is remembered so far.
pub(crate) fn replay(
    memory: &mut Option<Memory>,
    span: super::log::Span,
    record: Record,
) -> Result<(), String> {
    match (record, memory) {
        (Record::Made(passport), memory @ None) => {
            *memory = Some(Memory::new(passport));
            Ok(())
        }
        (Record::Formed(document), Some(memory)) => memory.add_document(&document, span),
        (Record::Ticketed(ticket), Some(memory)) => memory.add_ticket(&ticket, span),
        (Record::Wiped, Some(memory)) => {
            *memory = Memory::new(memory.passport.clone());
            Ok(())
        }
        _ => Err("a record out of order".to_owned()),
    }
}

impl Device for Drive {
    fn execute(&mut self, request: Request) -> Reply {
        let command = request.code();
        let reply = match self.knows(command) {
            true => self.dispatch(request),
            false => Err(AnswerCode::UNKNOWN_COMMAND.into()),
        };
        if let Err(rejection) = &reply {
            let errors = &mut self.volatile.errors;
            errors.push((command, rejection.code.get()));
            let old = errors.len().saturating_sub(ERRORS_KEPT);
            errors.drain(..old);
        }
        reply
    }

    fn warnings(&self) -> WarningFlags {
        self.memory.warnings(self.now())
    }
}

impl Drive {
    fn dispatch(&mut self, request: Request) -> Reply {
        match request {
            Request::BeginArchiveClosing => self.begin_archive_closing(),
            Request::CloseArchive { time, rnm } => self.close_archive(time, rnm),
            Request::CancelDocument => self.cancel(),
            Request::PassData(data) => self.pass_data(&data),
            Request::ShiftStatus => self.shift_status(),
            Request::BeginShiftOpening(time) => self.begin_shift_opening(time),
            Request::OpenShift => self.open_shift(),
            Request::BeginShiftClosing(time) => self.begin_shift_closing(time),
            Request::CloseShift => self.close_shift(),
            Request::BeginReceipt(time) => self.begin_receipt(time),
            Request::FormReceipt {
                time,
                operation,
                total,
            } => self.form_receipt(time, Settlement { operation, total }),
            Request::BeginCorrection(time) => self.begin_correction(time),
            Request::BeginSettlements(time) => self.begin_settlements(time),
            Request::FormSettlements => self.form_settlements(),
            Request::ExchangeStatus => self.exchange_status(),
            Request::SetTransport(connected) => self.set_transport(connected),
            Request::BeginMessage => self.begin_message(),
            Request::ReadMessage { offset, length } => self.read_message(offset, length),
            Request::CancelMessage => self.cancel_message(),
            Request::FinishMessage => self.finish_message(),
            Request::PassTicket(container) => self.pass_ticket(container),
            Request::Status => Ok(Answer::Status(self.status())),
            Request::DriveNumber => Ok(Answer::DriveNumber(self.number())),
            Request::Expiry => self.expiry(),
            Request::Version => Ok(Answer::Version {
                text: version_text(self.generation()).to_owned(),
                serial: false,
            }),
            Request::LastErrors => Ok(self.last_errors()),
            Request::Counters(scope) => self.settlement_counters(scope),
            Request::OperationCounts(scope) => self.operation_counts(scope),
            Request::SignCounters { scope, operation } => self.sign_counters(scope, operation),
            Request::UnsentTotals => self.unsent_totals(),
            Request::FfdSupport => Ok(self.ffd_support()),
            Request::DaysLeft(time) => self.days_left(time),
            Request::FreeMemory => self.free_memory(),
            Request::Model => Ok(Answer::Model(MODEL_TEXT.to_owned())),
            Request::AcceptedSize => self.accepted_size(),
            Request::ResetDebugDrive => self.wipe(),
            Request::SetSpeed(speed) => self.set_speed(speed),
            request => self.dispatch_archive(request),
        }
    }

    fn dispatch_archive(&mut self, request: Request) -> Reply {
        match request {
            Request::FindDocument(number) => self.find_document(number),
            Request::FindTicket(number) => self.find_ticket(number),
            Request::UnacknowledgedCount => {
                let count = u16::try_from(self.memory.unsent()).unwrap_or(u16::MAX);
                Ok(Answer::UnacknowledgedCount(count))
            }
            Request::RegistrationTotals => self.registration_totals(),
            Request::FindRegistration(number) => self.find_registration(number),
            Request::OpenDocument(number) => self.open_document(number),
            Request::NextTlv => self.next_tlv(),
            Request::FindRegistrationTlv { report, tag } => self.find_registration_tlv(report, tag),
            Request::OpenRegistration(report) => self.open_registration(report),
            Request::NextRegistrationTlv => self.next_registration_tlv(),
            Request::FindSignedRecord(number) => self.find_signed_record(number),
            Request::BeginRegistration105(kind) => self.begin_registration(kind, FfdVersion::V1_05),
            Request::FormRegistration105(form) => self.form_registration_105(&form),
            Request::BeginRegistration { kind, ffd } => self.begin_registration(kind, ffd),
            Request::FormRegistration(form) => self.form_registration(&form),
            _ => Err(AnswerCode::UNKNOWN_COMMAND.into()),
        }
    }

    /// What the drive's timer shows; none when it has none and saw no time yet.
    pub(crate) fn now(&self) -> Option<LocalDateTime> {
        match &self.timer {
            Some(timer) => Some(timer()),
            None => self.memory.last_time.max(self.volatile.latest),
        }
    }

    /// The own timer, if there is one.
    pub(crate) fn own_time(&self) -> Option<LocalDateTime> {
        self.timer.as_ref().map(|timer| timer())
    }

    pub(crate) fn saw_time(&mut self, time: LocalDateTime) {
        self.volatile.latest = self.volatile.latest.max(Some(time));
    }

    pub(crate) fn begun(&self) -> Result<&Begun, Rejection> {
        self.volatile
            .begun
            .as_ref()
            .ok_or_else(|| AnswerCode::WRONG_STATE.into())
    }

    /// Signs the begun document and commits it.
    pub(crate) fn commit(
        &mut self,
        time: LocalDateTime,
        content: &Content<'_>,
    ) -> Result<StoredDocument, Rejection> {
        let warnings = self.warnings();
        let begun = self.begun()?;
        let stored = form(&self.memory, begun, time, warnings, content).map_err(failure)?;
        let record = Record::Formed(stored.clone());
        let span = self.log.append(&record.encode()).map_err(disk_failure)?;
        self.memory
            .add_document(&stored, span)
            .map_err(|_| AnswerCode::DRIVE_FAILURE)?;
        self.volatile.begun = None;
        self.volatile.cursor = None;
        Ok(stored)
    }
}

/// A document beyond the limits of the format.
fn failure(_: EncodeError) -> Rejection {
    AnswerCode::CRYPTO_FAILURE.into()
}

/// The state file cannot be read or written: the drive is broken.
pub(crate) fn disk_failure(_: io::Error) -> Rejection {
    AnswerCode::DRIVE_FAILURE.into()
}

/// Status commands.
impl Drive {
    fn status(&self) -> Status {
        let begun = self.volatile.begun.as_ref();
        Status {
            phase: self.memory.phase(),
            current: begun.map_or(CurrentDocument::None, |begun| begun.kind),
            has_data: begun.is_some_and(|begun| !begun.data.is_empty()),
            shift_open: self.memory.shift.opened.is_some(),
            warnings: self.warnings(),
            last_time: self.memory.last_time,
            drive: self.number(),
            last_document: self.memory.last_document(),
        }
    }

    fn shift_status(&self) -> Reply {
        self.must_be_fiscal()?;
        let shift = &self.memory.shift;
        Ok(Answer::ShiftStatus(ShiftStatus {
            open: shift.opened.is_some(),
            shift: shift.number,
            receipt: shift.receipts,
        }))
    }

    fn exchange_status(&self) -> Reply {
        self.must_have_queue()?;
        let first = self.memory.first_unsent();
        Ok(Answer::ExchangeStatus(ExchangeStatus {
            connected: self.volatile.connected,
            message_waiting: first.is_some(),
            ticket_awaited: matches!(self.volatile.message, Message::Sent(_)),
            reading: matches!(self.volatile.message, Message::Reading { .. }),
            queued: u16::try_from(self.memory.unsent()).unwrap_or(u16::MAX),
            first: first.map_or(DocumentNumber(0), |(number, _)| number),
            first_time: first.map(|(_, entry)| entry.time),
            ..ExchangeStatus::default()
        }))
    }

    fn expiry(&self) -> Reply {
        let (year, month, day) = UNLIMITED;
        let until = match self.memory.until() {
            Some(until) => until,
            None => LocalDate::new(year, month, day).map_err(|_| AnswerCode::DRIVE_FAILURE)?,
        };
        Ok(Answer::Expiry {
            until,
            registrations_left: self.memory.registrations_left(),
            registrations_done: self.memory.registrations_done(),
        })
    }

    /// Pairs of command and code, oldest first; the format is the vendor's (ФН protocol §9 Q16).
    fn last_errors(&self) -> Answer {
        let pairs = self.volatile.errors.iter();
        Answer::Bytes(
            pairs
                .flat_map(|(command, code)| [*command, *code])
                .collect(),
        )
    }

    fn ffd_support(&self) -> Answer {
        let registration = self.memory.registration();
        Answer::FfdSupport {
            current: registration.map_or(HIGHEST_FFD, |r| r.ffd),
            highest: HIGHEST_FFD,
        }
    }

    /// 3Dh: the third field, notifications, is there in FFD 1.2 (ФН protocol §7).
    fn free_memory(&self) -> Reply {
        let registration = self.memory.registration();
        let marks = registration.is_some_and(|it| it.ffd == FfdVersion::V1_2);
        Ok(Answer::FreeMemory {
            documents: self.memory.documents_left(),
            kilobytes: self.memory.kilobytes_left(),
            notifications: marks.then_some(0),
        })
    }

    /// A7h: so is the second field here.
    fn accepted_size(&self) -> Reply {
        let begun = self.begun()?;
        Ok(Answer::AcceptedSize {
            data: begun.data.len() as u32,
            notification: (begun.ffd == FfdVersion::V1_2).then_some(0),
        })
    }

    /// 60h with 16h. What was signed is gone for good, with the errors of 35h.
    fn wipe(&mut self) -> Reply {
        self.log
            .append(&Record::Wiped.encode())
            .map_err(disk_failure)?;
        self.memory = Memory::new(self.memory.passport.clone());
        self.volatile = Volatile {
            speed: self.volatile.speed,
            ..Volatile::default()
        };
        Ok(Answer::Done)
    }

    /// ABh. Which speeds a drive has is not published: those of common serial ports from the speed
    /// at power-on upwards are taken (INFERRED), others are unknown parameters.
    fn set_speed(&mut self, speed: u32) -> Reply {
        const SPEEDS: [u32; 4] = [115_200, 230_400, 460_800, 921_600];
        if !SPEEDS.contains(&speed) {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        self.volatile.speed = Some(speed);
        Ok(Answer::Done)
    }

    /// The speed that ABh has set; none since power-on.
    pub(crate) const fn raised_speed(&self) -> Option<u32> {
        self.volatile.speed
    }

    fn days_left(&mut self, time: LocalDateTime) -> Reply {
        let activated = self.memory.registrations().first();
        if time < activated.ok_or(AnswerCode::WRONG_STATE)?.time {
            return Err(AnswerCode::BAD_TIME.into());
        }
        self.saw_time(time);
        let left = self.memory.days_left(time.date());
        left.map(Answer::DaysLeft)
            .ok_or_else(|| AnswerCode::DRIVE_FAILURE.into())
    }

    /// Phase 2: documents are formed.
    pub(crate) fn must_be_fiscal(&self) -> Result<FfdVersion, Rejection> {
        match (self.memory.registration(), self.memory.phase()) {
            (Some(registration), Phase::Fiscal) => Ok(registration.ffd),
            _ => Err(AnswerCode::WRONG_STATE.into()),
        }
    }

    /// Phases 2 and 3: documents go to the ОФД.
    pub(crate) fn must_have_queue(&self) -> Result<(), Rejection> {
        match self.memory.phase() {
            Phase::Fiscal | Phase::PostFiscal => Ok(()),
            _ => Err(AnswerCode::WRONG_STATE.into()),
        }
    }
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive")
            .field("number", &self.number())
            .field("last_document", &self.last_document())
            .finish_non_exhaustive()
    }
}
