//! Whose cassette it is: the set-up of every world.

use std::collections::BTreeMap;

use cassette::{Registration, SlotId, SlotSetup};
use chrono::FixedOffset;
use engine::{Config, Service, VatSchedule};
use ffd::{Cashier, Place, RegistrationReport};
use fn_proto::RegistrationForm;
use terms::{
    DriveNumber, FfdVersion, Inn, Kopecks, LocalDateTime, Rnm, ServiceCode, TaxSystem, TaxSystems,
    VatRate,
};

use crate::Shape;

pub(crate) const INN: &str = "7802781104";
/// Of the stranger, whose drive does not belong here.
pub(crate) const OTHER_INN: &str = "7704211201";
pub(crate) const OFD_INN: &str = "7704211201";
pub(crate) const SERVICES: [&str; 2] = ["INET", "HEAT"];

pub(crate) fn inn(text: &str) -> Inn {
    text.parse().expect("a right ИНН")
}

/// The desk's set-up; its folder and its addresses are not used.
pub(crate) fn setup(shape: &Shape) -> desk::Setup {
    let organisation = desk::Organisation {
        inn: inn(INN),
        name: "ООО «Образцовый провайдер»".to_owned(),
        tax_systems: systems(),
        address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
        place: "Центр обслуживания абонентов".to_owned(),
        site: Some("example.ru".to_owned()),
        sender_email: "chek@example.ru".to_owned(),
        cashier: "Система".to_owned(),
        fns_site: "www.nalog.gov.ru".to_owned(),
        utc_offset: FixedOffset::east_opt(3 * 3_600).expect("three hours are an offset"),
        ofd: desk::Ofd {
            inn: inn(OFD_INN),
            name: "ЭМУЛЯТОР ОФД".to_owned(),
            address: "127.0.0.1:1".parse().expect("an address"),
            site: None,
        },
    };
    desk::Setup {
        folder: "unused".into(),
        organisation,
        receipts: Config {
            offset_mode: shape.offset_mode,
            ..Config::default()
        },
        slots: Vec::new(),
        ports: desk::PortRules::default(),
        limits: cassette::Limits {
            policy: shape.policy,
            reserve_documents: shape.reserve_documents,
            reserve_days: shape.reserve_days,
            ..cassette::Limits::default()
        },
        link_timeouts: desk::LinkTimeouts::default(),
        other_operators: Vec::new(),
        streams_max: 64,
        watch: desk::WatchRules::default(),
        people: desk::PeopleSetup::default(),
        ofd_timeouts: desk::OfdTimeouts::default(),
        statements: desk::StatementRules::default(),
        restore: desk::RestoreRules::default(),
    }
}

fn systems() -> TaxSystems {
    TaxSystems::from_bits(1).expect("the common tax system")
}

pub(crate) fn slot_setups(
    setup: &desk::Setup,
    slots: usize,
    spare: usize,
    last_drives: &[(SlotId, DriveNumber)],
) -> Vec<SlotSetup> {
    let reports = setup.report_tlvs().expect("they fit");
    let last_drive = |slot: SlotId| last_drives.iter().find(|(id, _)| *id == slot);
    (1..=slots)
        .map(|slot| SlotSetup {
            id: SlotId(slot as u8),
            user_inn: setup.organisation.inn,
            ffd: setup.ffd(),
            operators: setup.operators().map(|ofd| ofd.inn).collect(),
            open_shift_tlv: reports.open_shift.clone(),
            close_shift_tlv: reports.close_shift.clone(),
            close_archive_tlv: reports.close_archive.clone(),
            spare: slot == spare,
            last_drive: last_drive(SlotId(slot as u8)).map(|(_, drive)| *drive),
        })
        .collect()
}

/// The registration of a drive to `user`.
pub(crate) fn registration(user: &str, place: usize, time: LocalDateTime) -> Registration {
    let (user, serial) = (inn(user), format!("SIM{place:04}"));
    let report = RegistrationReport {
        ffd: FfdVersion::V1_2,
        user_name: "ООО «Образцовый провайдер»".to_owned(),
        settlement: Place {
            address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
            place: "Центр обслуживания абонентов".to_owned(),
        },
        cashier: Cashier::named("Система"),
        serial: serial.clone(),
        kkt_version: "K1".to_owned(),
        kkt_ffd: FfdVersion::V1_2,
        ofd_name: Some("ЭМУЛЯТОР ОФД".to_owned()),
        fns_site: Some("www.nalog.gov.ru".to_owned()),
        sender_email: Some("chek@example.ru".to_owned()),
        automat_number: None,
        additional: None,
        other: Vec::new(),
    };
    Registration {
        ffd: FfdVersion::V1_2,
        form: RegistrationForm {
            time,
            user_inn: user,
            rnm: Rnm::compose(place as u64 + 1, user, &serial).expect("a number that fits"),
            tax_systems: systems(),
            work_mode: 0b0000_1000,
            extended_flags: 0,
            ofd_inn: Some(inn(OFD_INN)),
            reasons: None,
        },
        serial,
        tlv: report.host_tlv().expect("the report fits"),
    }
}

pub(crate) fn services() -> BTreeMap<ServiceCode, Service> {
    let service = |name: &str, priority, weight| Service {
        name: name.to_owned(),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority,
        weight: Kopecks::new(weight).expect("a sum"),
        p21: true,
        agent: None,
    };
    let all = [
        service("Доступ в интернет", 1, 65_000),
        service("Отопление", 2, 120_000),
    ];
    SERVICES
        .iter()
        .map(|code| code.parse().expect("a code"))
        .zip(all)
        .collect()
}
