//! The journal of a year: its writer under a fake clock, and three drives that form at once what is
//! queued.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
};

use cassette::{ArchiveEntry, DriveFacts, Intent, Job, Record, SlotId, Task};
use chrono::FixedOffset;
use desk::{Ledger, Setup, WatchRules};
use engine::{AdvancePolicy, Config, OffsetMode};
use fn_proto::{
    ArchivedDetails, ArchivedDocument, CurrentDocument, DocumentKind, Formed, Phase,
    RegistrationTotals, Status, WarningFlags,
};
use journal::{NewOperation, Reply, Scribe, Store, Submitted, Writer};
use tempfile::TempDir;
use terms::{
    DocumentNumber, DriveNumber, FiscalSign, Inn, Kopecks, LocalDateTime, OfdAnswer, OfdCode,
    OperationSign, ReceiptNumber, Rnm, ShiftNumber, TaxSystems,
};

const HOUR_MS: i64 = 3_600_000;
const INN: &str = "7802781104";

/// A drive and the register that it serves.
pub(crate) struct Drive {
    pub(crate) number: DriveNumber,
    pub(crate) rnm: Rnm,
    slot: SlotId,
    pub(crate) last: u32,
    shift: u16,
    is_open: bool,
    receipts: u16,
    /// Whether the ОФД gets its documents.
    pub(crate) sends: bool,
    /// The ОФД's answers to its next documents.
    pub(crate) answers: Vec<u8>,
}

pub(crate) struct Year {
    folder: TempDir,
    pub(crate) setup: Setup,
    writer: Option<Writer>,
    scribe: Option<Scribe>,
    pub(crate) time: LocalDateTime,
    pub(crate) drives: Vec<Drive>,
    jobs: Arc<Mutex<Vec<Job>>>,
    /// The drives that take receipts now, one after another.
    pub(crate) rotation: Vec<usize>,
    turn: usize,
}

impl Year {
    pub(crate) fn begin(at: LocalDateTime) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = setup(folder.path().to_owned());
        let jobs: Arc<Mutex<Vec<Job>>> = Arc::default();
        let told = jobs.clone();
        let on_commit = move |_: &[journal::Change], new: Vec<Job>| {
            told.lock().unwrap().extend(new);
        };
        let store = Store::in_folder(&setup.folder);
        let ledger = Ledger::of(&setup);
        let (writer, scribe) = Writer::with_scribe(&store, ledger, unix_ms(at), on_commit).unwrap();
        let mut year = Self {
            folder,
            setup,
            writer: Some(writer),
            scribe: Some(scribe),
            time: at,
            drives: Vec::new(),
            jobs,
            rotation: vec![0, 1, 2],
            turn: 0,
        };
        for _ in 0..3 {
            year.register(1);
        }
        year
    }

    pub(crate) fn now(&self) -> LocalDateTime {
        "2026-12-31T23:30".parse().unwrap()
    }

    pub(crate) fn database(&self) -> PathBuf {
        Store::in_folder(self.folder.path()).database()
    }

    /// Lets go of the journal, so that its file can be spoiled.
    pub(crate) fn end(&mut self) {
        self.writer = None;
        self.scribe = None;
    }

    pub(crate) fn ask<T: Send + 'static>(&mut self, command: impl FnOnce(&Writer, Reply<T>)) -> T {
        let (reply, answer) = mpsc::channel();
        command(
            self.writer.as_ref().unwrap(),
            Box::new(move |value: journal::Result<T>| {
                let _ = reply.send(value);
            }),
        );
        self.write();
        answer.try_recv().unwrap().unwrap()
    }

    fn write(&mut self) {
        let now = unix_ms(self.time);
        let scribe = self.scribe.as_mut().unwrap();
        while scribe.has_work() {
            scribe.write_batch(now);
        }
    }

    fn store(&mut self, record: Record) {
        let what = format!("{record:?}");
        self.writer.as_ref().unwrap().store(
            record,
            Box::new(move |stored| stored.unwrap_or_else(|why| panic!("{what}: {why}"))),
        );
    }

    pub(crate) fn submit(&mut self, operations: Vec<NewOperation>) {
        for part in operations.chunks(400) {
            let part = part.to_vec();
            for submitted in self.ask(|writer, reply| writer.submit(part, reply)) {
                assert!(
                    matches!(submitted, Submitted::Accepted { .. }),
                    "{submitted:?}"
                );
            }
        }
    }

    /// What is queued stays so for ever.
    pub(crate) fn leave_queued(&mut self) {
        self.jobs.lock().unwrap().clear();
    }

    /// Forms all that is queued, in turn on the drives that work, or on `drive`.
    pub(crate) fn form(&mut self, drive: Option<usize>) {
        let jobs = std::mem::take(&mut *self.jobs.lock().unwrap());
        for job in jobs {
            self.turn += 1;
            let place = drive.unwrap_or(self.rotation[self.turn % self.rotation.len()]);
            if !self.drives[place].is_open {
                self.drives[place].shift += 1;
                self.drives[place].receipts = 0;
                self.drives[place].is_open = true;
                self.document(place, Task::OpenShift, Vec::new());
            }
            let task = Task::Receipt {
                id: job.id,
                correction: job.correction,
                operation: job.operation,
                total: job.total,
            };
            self.drives[place].receipts += 1;
            self.document(place, task, job.tlv);
        }
        self.write();
    }

    /// The shifts of the day are closed.
    pub(crate) fn close_shifts(&mut self, places: &[usize]) {
        for place in places {
            if std::mem::take(&mut self.drives[*place].is_open) {
                self.document(*place, Task::CloseShift, Vec::new());
            }
        }
        self.write();
    }

    fn document(&mut self, place: usize, task: Task, tlv: Vec<u8>) {
        let time = self.time;
        let drive = &mut self.drives[place];
        drive.last += 1;
        let number = DocumentNumber(drive.last);
        let (slot, id) = (drive.slot, drive.number);
        let is_receipt = task.receipt().is_some();
        let receipt_number = is_receipt.then_some(ReceiptNumber(drive.receipts));
        let shift = ShiftNumber(if is_receipt { 0 } else { drive.shift });
        let sends = drive.sends;
        let code = match is_receipt && sends {
            true => drive.answers.pop().unwrap_or(0),
            false => 0,
        };
        self.store(Record::Intent {
            slot,
            drive: id,
            intent: Intent {
                task: task.clone(),
                number,
                time,
                tlv,
                given_up: false,
            },
        });
        self.store(Record::Formed {
            slot,
            drive: id,
            task,
            time,
            document: Formed {
                number,
                sign: FiscalSign(number.get().wrapping_mul(2_654_435_761)),
            },
            shift,
            receipt_number,
        });
        if sends {
            self.store(Record::Acknowledged {
                drive: id,
                number,
                answer: OfdAnswer {
                    code: Some(OfdCode(code)),
                    ..OfdAnswer::default()
                },
                ticket: vec![9; 18],
            });
        }
    }

    /// A receipt that is in a drive and that nobody here has asked for.
    pub(crate) fn find(&mut self, place: usize, total: i64) {
        let time = self.time;
        let drive = &mut self.drives[place];
        drive.last += 1;
        let document = ArchivedDocument {
            kind: DocumentKind::Receipt,
            has_ticket: true,
            time,
            document: Formed {
                number: DocumentNumber(drive.last),
                sign: FiscalSign(7),
            },
            details: ArchivedDetails::Receipt {
                operation: OperationSign::Income,
                total: Kopecks::new(total).unwrap(),
            },
        };
        let (id, number) = (drive.number, document.document.number);
        let entry = ArchiveEntry {
            document,
            tlv: Vec::new(),
            operator_sign: None,
        };
        self.store(Record::Found {
            drive: id,
            entry: Box::new(entry),
        });
        self.store(Record::Acknowledged {
            drive: id,
            number,
            answer: OfdAnswer::default(),
            ticket: vec![9; 18],
        });
        self.write();
    }

    /// Puts one more drive into the cassette, with a register of its own.
    pub(crate) fn register(&mut self, tax_systems: u8) {
        let place = self.drives.len();
        let inn: Inn = INN.parse().unwrap();
        let drive = Drive {
            number: format!("999907890000000{place}").parse().unwrap(),
            rnm: Rnm::compose(1 + place as u64, inn, &format!("SIM{place:04}")).unwrap(),
            slot: SlotId(1 + place as u8),
            last: 0,
            shift: 0,
            is_open: false,
            receipts: 0,
            sends: true,
            answers: Vec::new(),
        };
        self.drives.push(drive);
        self.see(place, "2028-10-01", tax_systems);
    }

    /// A drive says what it is: how long it lives, and for which tax systems it is registered.
    pub(crate) fn see(&mut self, place: usize, until: &str, tax_systems: u8) {
        let drive = &self.drives[place];
        let last_document = DocumentNumber(drive.last);
        let totals = RegistrationTotals {
            time: self.time,
            user_inn: INN.parse().unwrap(),
            rnm: drive.rnm,
            tax_systems,
            work_mode: 0,
            extended_flags: None,
            ofd_inn: None,
            reason: None,
            document: Formed {
                number: DocumentNumber(1),
                sign: FiscalSign(1),
            },
        };
        let facts = DriveFacts {
            status: Status {
                phase: Phase::Fiscal,
                current: CurrentDocument::None,
                has_data: false,
                shift_open: false,
                warnings: WarningFlags::default(),
                last_time: None,
                drive: drive.number,
                last_document,
            },
            version: String::new(),
            serial: false,
            until: Some(until.parse().unwrap()),
            registrations_left: 10,
            ffd: None,
            model: None,
            documents_left: Some(240_000),
            registration: Some(totals),
            shift: None,
            exchange: None,
        };
        let slot = drive.slot;
        self.store(Record::DriveSeen {
            slot,
            facts: Box::new(facts),
        });
        self.write();
    }
}

fn unix_ms(local: LocalDateTime) -> i64 {
    local.unix_local() * 1_000 - 3 * HOUR_MS
}

fn setup(folder: PathBuf) -> Setup {
    let organisation = desk::Organisation {
        inn: INN.parse().unwrap(),
        name: "ООО «Образцовый провайдер»".to_owned(),
        tax_systems: TaxSystems::from_bits(1).unwrap(),
        address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
        place: "Центр обслуживания абонентов".to_owned(),
        site: None,
        sender_email: "chek@example.ru".to_owned(),
        cashier: "Система".to_owned(),
        fns_site: "www.nalog.gov.ru".to_owned(),
        utc_offset: FixedOffset::east_opt(3 * 3_600).unwrap(),
        ofd: desk::Ofd {
            inn: "7704211201".parse().unwrap(),
            name: "ЭМУЛЯТОР ОФД".to_owned(),
            address: "127.0.0.1:1".parse().unwrap(),
            site: None,
        },
    };
    Setup {
        folder,
        organisation,
        receipts: Config {
            offset_mode: OffsetMode::Consolidated,
            advance: AdvancePolicy::Pool,
            ..Config::default()
        },
        slots: Vec::new(),
        ports: desk::PortRules::default(),
        limits: desk::Limits::default(),
        link_timeouts: desk::LinkTimeouts::default(),
        other_operators: Vec::new(),
        streams_max: 4,
        contracts: desk::ContractRules::default(),
        watch: WatchRules {
            prepaid: [provider_service()].into(),
            ..WatchRules::default()
        },
        people: desk::PeopleSetup::default(),
        ofd_timeouts: desk::OfdTimeouts::default(),
        statements: desk::StatementRules::default(),
        restore: desk::RestoreRules::default(),
    }
}

fn provider_service() -> terms::ServiceCode {
    "INET".parse().unwrap()
}
