use std::{fmt, time::Duration};

use cassette::Registration;
use emulator::drive::{Drive, DumpedDocument, Passport, Port, Timing};
use fn_proto::{Answer, ArchivedDetails, Device, DocumentKind, Request};
use terms::{DocumentNumber, DriveNumber, FfdVersion, LocalDate, LocalDateTime, Rnm};

/// An emulated drive of the world.
pub struct SimDrive {
    /// The drive behind its UART.
    pub(crate) port: Port,
    /// Its number.
    pub number: DriveNumber,
    /// It answers nothing any more.
    pub dead: bool,
    /// Somebody else has formed a document with it.
    pub used_elsewhere: bool,
    /// It is another organisation's.
    pub foreign: bool,
    /// It was registered elsewhere, and brought here.
    pub(crate) is_newcomer: bool,
    /// It knows more than the old journal that was put back, and was not read since.
    pub(crate) is_ahead: bool,
    /// It has come, or was taken in, since the old journal was copied.
    pub(crate) is_unknown: bool,
    /// Its last document when the old journal was copied.
    pub(crate) copied: DocumentNumber,
    /// When the process has last heard of it how many documents it has.
    pub(crate) told_at: Option<Duration>,
    /// It is done with, and was put aside.
    pub put_aside: bool,
    /// What is special about it.
    pub(crate) make: Make,
    /// When bytes came last.
    pub(crate) heard: Duration,
}

/// What is special about a drive when it is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Make {
    pub(crate) documents: Option<u32>,
    pub(crate) days: Option<u16>,
}

impl SimDrive {
    pub(crate) fn new(
        place: usize,
        make: Make,
        timer: Option<Box<dyn Fn() -> LocalDateTime + Send>>,
    ) -> Self {
        let number: DriveNumber = format!("99990789{:08}", place + 1)
            .parse()
            .expect("a number of a debug drive");
        let mut passport = Passport::new(number).expect("a number of a debug drive");
        passport.document_limit = make.documents.unwrap_or(passport.document_limit);
        passport.life_days = make.days.unwrap_or(passport.life_days);
        let mut drive = Drive::in_memory(passport).expect("memory takes every record");
        if let Some(timer) = timer {
            drive = drive.with_timer(timer);
        }
        Self {
            port: Port::new(drive, Timing::REAL),
            number,
            dead: false,
            used_elsewhere: false,
            foreign: false,
            is_newcomer: false,
            is_ahead: false,
            is_unknown: false,
            copied: DocumentNumber::default(),
            told_at: None,
            put_aside: false,
            make,
            heard: Duration::ZERO,
        }
    }

    /// Carries out a command that comes from somewhere else than the program.
    pub(crate) fn execute(&mut self, request: Request) -> Option<Answer> {
        self.port.drive().execute(request).ok()
    }

    pub(crate) fn lose_power(&mut self) {
        self.port.drive().lose_power();
        self.port.silence();
    }

    /// Registers it as another program would.
    pub(crate) fn register(&mut self, registration: Registration) {
        let commands = [
            Request::BeginRegistration {
                kind: registration.form.kind(),
                ffd: FfdVersion::V1_2,
            },
            Request::PassData(registration.tlv),
            Request::FormRegistration(registration.form),
        ];
        for command in commands {
            self.execute(command).expect("a new drive is registered");
        }
    }

    /// Opens or closes its shift, as another program would.
    pub(crate) fn use_elsewhere(&mut self, time: LocalDateTime, open: &[u8], close: &[u8]) -> bool {
        let Some(Answer::Status(status)) = self.execute(Request::Status) else {
            return false;
        };
        self.execute(Request::CancelDocument);
        let time = status.last_time.map_or(time, |last| last.max(time));
        let commands = if status.shift_open {
            let data = Request::PassData(close.to_vec());
            [Request::BeginShiftClosing(time), data, Request::CloseShift]
        } else {
            let data = Request::PassData(open.to_vec());
            [Request::BeginShiftOpening(time), data, Request::OpenShift]
        };
        let formed = commands
            .into_iter()
            .all(|command| self.execute(command).is_some());
        self.used_elsewhere |= formed;
        formed
    }

    /// Its archive.
    pub fn documents(&mut self) -> Vec<DumpedDocument> {
        self.port.drive().documents().expect("memory can be read")
    }

    /// The ККТ that it is registered for: what its last registration report says.
    pub(crate) fn rnm(&mut self) -> Option<Rnm> {
        let mut documents = self.documents().into_iter().rev();
        documents.find_map(|document| match document.archived.details {
            ArchivedDetails::Registration { rnm, .. } => Some(rnm),
            _ => None,
        })
    }

    /// Whether it has documents and days enough for a whole life.
    pub(crate) const fn lasts(&self) -> bool {
        self.make.documents.is_none() && self.make.days.is_none()
    }

    /// Whether so little is left of it that it takes no receipts.
    pub(crate) fn is_used_up(&mut self, documents: u32, days: i64, today: LocalDate) -> bool {
        let archive = self.documents();
        let begun = archive.first().map(|first| first.archived.time.date());
        let last = begun.zip(self.make.days).and_then(|(begun, life)| {
            let left = i64::from(life) - days;
            begun.plus_days(left as i32).ok()
        });
        let is_full = self
            .make
            .documents
            .is_some_and(|most| archive.len() as u32 + documents >= most);
        is_full || last.is_some_and(|last| last <= today)
    }

    /// Its last document; 0 when it has none.
    pub(crate) fn last_document(&mut self) -> DocumentNumber {
        self.port.drive().last_document()
    }

    /// Whether its archive is closed.
    pub(crate) fn is_closed(&mut self) -> bool {
        let last = self.documents().pop();
        last.is_some_and(|last| last.archived.kind == DocumentKind::ArchiveClosing)
    }

    /// How many of them have a ticket.
    pub(crate) fn documents_with_ticket(&mut self) -> usize {
        let documents = self.documents().into_iter();
        documents.filter(|it| it.archived.has_ticket).count()
    }

    /// Whether the program may expect everything of it.
    pub fn is_sound(&self) -> bool {
        !self.dead && !self.used_elsewhere && !self.foreign
    }
}

impl fmt::Debug for SimDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimDrive")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
