//! Whole lives of drives, and the messages that their documents go to the ОФД in. Everything is
//! fixed: the same life gives the same bytes.

use emulator::drive::{Drive, Generation, Passport, Port};
use ffd::{
    Additional, AgentKinds, Cashier, CloseArchive, CloseShift, CurrentState, OpenShift, Place,
    Receipt, RegistrationFacts, RegistrationReport, UsageConditions, split_for_drive,
};
use fn_proto::{
    Answer, ChangeReason, RegistrationForm, RegistrationForm105, RegistrationKind, Request,
};
use ofd_proto::{Container, Message};
use terms::{
    FfdVersion, LocalDateTime, RegistrationReason, RegistrationReasons, Rnm, TaxSystem, TaxSystems,
};

use crate::host::{self, Host};

mod receipts;

const SERIAL: &str = "0128003270";
/// Bits of the work mode of 03h and A3h (ФН protocol §2.3).
const AUTOMATIC: u8 = 1 << 2;
const SERVICES: u8 = 1 << 3;
const STRICT_FORMS: u8 = 1 << 4;
const INTERNET_ONLY: u8 = 1 << 5;

/// The name of a document that another life has, too.
const UNKEPT: &str = "";

/// A document as it goes to the ОФД.
pub(crate) struct Paper {
    /// What it is called among the fixtures.
    pub(crate) name: String,
    /// Session header and container.
    pub(crate) message: Vec<u8>,
}

/// Every document of a version of the format: of a register, of an automatic device that makes БСО,
/// and of a drive at the end of its days.
pub(crate) fn of_version(ffd: FfdVersion) -> Vec<Paper> {
    let lives = [register(ffd), automat(ffd), tired(ffd)];
    lives.into_iter().flatten().collect()
}

fn register(ffd: FfdVersion) -> Vec<Paper> {
    let mut life = Life::new(ffd, "9999078900000001", 1100, SERVICES);
    life.register("registration", "2026-11-20T09:00", None);
    life.send_refused();
    life.open_shift("open-shift", "2026-11-20T09:05");
    for (name, receipt) in receipts::all(ffd) {
        life.receipt(name, "2026-11-20T12:30", &receipt);
    }
    life.current_state("current-state-in-shift", "2026-11-20T18:00");
    life.close_shift("close-shift", "2026-11-20T20:59");
    life.send_all();
    life.current_state("current-state-all-sent", "2026-11-20T21:00");
    life.register(
        "registration-change",
        "2026-11-20T21:10",
        Some(RegistrationReason::Place),
    );
    life.send_all();
    life.close_archive("close-archive", "2026-11-20T21:30");
    life.send_all();
    life.papers
}

fn automat(ffd: FfdVersion) -> Vec<Paper> {
    let mode = AUTOMATIC | SERVICES | STRICT_FORMS | INTERNET_ONLY;
    let mut life = Life::new(ffd, "9999078900000002", 1100, mode);
    life.register("automat-registration", "2026-11-20T09:00", None);
    life.open_shift("automat-open-shift", "2026-11-20T09:05");
    for (name, receipt) in receipts::of_automat(ffd) {
        life.receipt(name, "2026-11-20T12:30", &receipt);
    }
    life.send_all();
    life.papers
}

/// 1050, 1051 and 1053 in the reports of shifts.
fn tired(ffd: FfdVersion) -> Vec<Paper> {
    let mut life = Life::new(ffd, "9999078900000003", 8, SERVICES);
    life.register(UNKEPT, "2026-11-20T09:00", None);
    life.open_shift("tired-open-shift", "2026-11-26T09:05");
    life.close_shift("tired-close-shift", "2026-11-26T20:59");
    life.send_all();
    life.papers
}

struct Life {
    host: Host<(Port, Vec<u8>)>,
    ffd: FfdVersion,
    max_data: usize,
    work_mode: u8,
    unsent: Vec<String>,
    papers: Vec<Paper>,
}

impl Life {
    /// In FFD 1.05 with a drive of the first generation.
    fn new(ffd: FfdVersion, number: &str, life_days: u16, work_mode: u8) -> Self {
        let generation = match ffd {
            FfdVersion::V1_05 => Generation::Fn1,
            FfdVersion::V1_1 | FfdVersion::V1_2 => Generation::Fn12,
        };
        let mut passport = Passport::new(number.parse().unwrap()).unwrap();
        passport.generation = generation;
        passport.life_days = life_days;
        Self {
            host: Host::in_process(Drive::in_memory(passport).unwrap()),
            ffd,
            max_data: generation.max_data(),
            work_mode,
            unsent: Vec::new(),
            papers: Vec::new(),
        }
    }

    fn has(&self, mode: u8) -> bool {
        self.work_mode & mode != 0
    }

    fn register(&mut self, name: &str, time: &str, reason: Option<RegistrationReason>) {
        let time = host::time(time);
        let kind = match reason {
            None => RegistrationKind::First,
            Some(_) => RegistrationKind::ParametersChange,
        };
        let (begin, form) = match self.ffd {
            FfdVersion::V1_05 => (
                Request::BeginRegistration105(kind),
                Request::FormRegistration105(self.form_105(time, reason.is_some())),
            ),
            ffd => (
                Request::BeginRegistration { kind, ffd },
                Request::FormRegistration(self.form(time, reason)),
            ),
        };
        let report = self.registration_report();
        let tlv = report.host_tlv_with(&self.facts(), Some(host::OFD_INN));
        self.host.done(begin);
        self.pass(&tlv.unwrap());
        self.formed(name, &form);
    }

    fn form(&self, time: LocalDateTime, reason: Option<RegistrationReason>) -> RegistrationForm {
        RegistrationForm {
            time,
            user_inn: host::user(),
            rnm: rnm(),
            tax_systems: tax_systems(),
            work_mode: self.work_mode,
            extended_flags: self.extended_flags(),
            ofd_inn: Some(host::OFD_INN.parse().unwrap()),
            reasons: reason.map(|reason| RegistrationReasons::of([reason])),
        }
    }

    fn form_105(&self, time: LocalDateTime, changes: bool) -> RegistrationForm105 {
        RegistrationForm105 {
            time,
            user_inn: host::user(),
            rnm: rnm(),
            tax_systems: tax_systems(),
            work_mode: self.work_mode,
            reason: changes.then_some(ChangeReason::UserData),
        }
    }

    /// An automatic device has everything that needs no excise and no marking; pawnshops, insurance
    /// and vending came with FFD 1.2.
    fn extended_flags(&self) -> u8 {
        match self.ffd {
            _ if !self.has(AUTOMATIC) => 0,
            FfdVersion::V1_2 => 0b1110_1110,
            FfdVersion::V1_05 | FfdVersion::V1_1 => 0b0000_1110,
        }
    }

    fn facts(&self) -> RegistrationFacts {
        let conditions = [
            (SERVICES, UsageConditions::SERVICES),
            (STRICT_FORMS, UsageConditions::STRICT_FORMS),
            (INTERNET_ONLY, UsageConditions::INTERNET_ONLY),
            (AUTOMATIC, UsageConditions::PRINTER_IN_AUTOMAT),
            (AUTOMATIC, UsageConditions::GAMBLING),
            (AUTOMATIC, UsageConditions::LOTTERY),
        ];
        let set = conditions.into_iter().filter(|(mode, _)| self.has(*mode));
        RegistrationFacts {
            ffd: self.ffd,
            tax_systems: tax_systems(),
            agent_kinds: AgentKinds::from_bits(0b100_0100).ok(),
            offline: false,
            automatic: self.has(AUTOMATIC),
            encryption: false,
            conditions: UsageConditions(set.fold(0, |all, (_, bit)| all | bit)),
        }
    }

    fn registration_report(&self) -> RegistrationReport {
        RegistrationReport {
            ffd: self.ffd,
            user_name: "ООО \"Тепло и Ёлки № 1\"".to_owned(),
            settlement: place(),
            cashier: cashier(),
            serial: SERIAL.to_owned(),
            kkt_version: "001".to_owned(),
            kkt_ffd: FfdVersion::V1_2,
            ofd_name: Some("ООО \"Оператор\"".to_owned()),
            fns_site: Some("www.nalog.gov.ru".to_owned()),
            sender_email: Some("cash@example.ru".to_owned()),
            automat_number: self.has(AUTOMATIC).then(|| "АВТОМАТ-00000017".to_owned()),
            additional: self.additional(),
            other: Vec::new(),
        }
    }

    fn open_shift(&mut self, name: &str, time: &str) {
        let report = OpenShift {
            ffd: self.ffd,
            cashier: self.cashier(),
            kkt_version: "001".to_owned(),
            kkt_ffd: FfdVersion::V1_2,
            additional: self.additional(),
            other: Vec::new(),
        };
        self.host.done(Request::BeginShiftOpening(host::time(time)));
        self.pass(&report.host_tlv().unwrap());
        self.formed(name, &Request::OpenShift);
    }

    fn close_shift(&mut self, name: &str, time: &str) {
        let report = CloseShift {
            ffd: self.ffd,
            cashier: self.cashier(),
            additional: self.additional(),
            other: Vec::new(),
        };
        self.host.done(Request::BeginShiftClosing(host::time(time)));
        self.pass(&report.host_tlv().unwrap());
        self.formed(name, &Request::CloseShift);
    }

    fn receipt(&mut self, name: &str, time: &str, receipt: &Receipt) {
        let time = host::time(time);
        self.host.done(match receipt.correction {
            Some(_) => Request::BeginCorrection(time),
            None => Request::BeginReceipt(time),
        });
        self.pass(&receipt.host_tlv().unwrap());
        let form = Request::FormReceipt {
            time,
            operation: receipt.operation,
            total: receipt.total().unwrap(),
        };
        self.formed(name, &form);
    }

    fn current_state(&mut self, name: &str, time: &str) {
        let report = CurrentState {
            additional: self.additional(),
            ..CurrentState::new(self.ffd)
        };
        self.host.done(Request::BeginSettlements(host::time(time)));
        self.pass(&report.host_tlv().unwrap());
        self.formed(name, &Request::FormSettlements);
    }

    fn close_archive(&mut self, name: &str, time: &str) {
        let report = CloseArchive {
            ffd: self.ffd,
            user_name: "ООО \"Тепло и Ёлки № 1\"".to_owned(),
            settlement: Some(place()),
            cashier: Some(cashier()),
            additional: self.additional(),
            other: Vec::new(),
        };
        self.host.done(Request::BeginArchiveClosing);
        self.pass(&report.host_tlv().unwrap());
        let close = Request::CloseArchive {
            time: host::time(time),
            rnm: rnm(),
        };
        self.formed(name, &close);
    }

    /// Requisites of FFD 1.2.
    fn additional(&self) -> Option<Additional> {
        (self.ffd == FfdVersion::V1_2).then(|| Additional {
            text: Some("дополнительно".to_owned()),
            data: Some(vec![0x00, 0xFF, 0x1A]),
        })
    }

    fn cashier(&self) -> Option<Cashier> {
        (!self.has(AUTOMATIC)).then(cashier)
    }

    fn pass(&mut self, tlv: &[u8]) {
        for piece in split_for_drive(tlv, self.max_data).unwrap() {
            self.host.done(Request::PassData(piece.to_vec()));
        }
    }

    fn formed(&mut self, name: &str, request: &Request) {
        let answer = self.host.call(request);
        assert!(answer.is_ok(), "{} {name}: {answer:?}", self.ffd);
        self.unsent.push(name.to_owned());
    }

    fn send_all(&mut self) {
        while !self.unsent.is_empty() {
            self.send(0);
        }
    }

    /// The ОФД answers code 14, and 1206 of the reports that follow says so.
    fn send_refused(&mut self) {
        self.send(14);
    }

    fn send(&mut self, code: u8) {
        let container = self.host.message();
        let header = Container::decode(&container).unwrap().header;
        let drive = header.drive.drive().unwrap();
        let message = Message::request(self.ffd, drive, container).unwrap();
        let name = self.unsent.remove(0);
        if name != UNKEPT {
            let message = message.encode();
            self.papers.push(Paper { name, message });
        }
        let ticket = host::ticket(drive, header.document, code);
        let taken = self.host.call(&Request::PassTicket(ticket));
        assert!(matches!(taken, Ok(Answer::Ticket { .. })), "{taken:?}");
    }
}

fn rnm() -> Rnm {
    Rnm::compose(1, host::user(), SERIAL).unwrap()
}

fn tax_systems() -> TaxSystems {
    TaxSystems::of([TaxSystem::Common, TaxSystem::Patent]).unwrap()
}

fn place() -> Place {
    Place {
        address: "196128, Санкт-Петербург, ул. Благодатная, д. 6, лит. А".to_owned(),
        place: "https://pay.example.ru".to_owned(),
    }
}

fn cashier() -> Cashier {
    Cashier {
        inn: Some("500100732259".parse().unwrap()),
        ..Cashier::named("Кассир Семёнова Ё.Ъ.")
    }
}
