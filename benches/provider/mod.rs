//! The provider of the benches: an organisation with accounts that owe, and where its data lie.

#![allow(dead_code, reason = "every bench uses its own part")]

use std::{error::Error, io, ops::Range, path::Path};

use chrono::FixedOffset;
use desk::{
    Account, Debt, Desk, DriveAddress, Endpoint, Limits, LinkTimeouts, Ofd, Organisation,
    PortRules, Service, Setup, SlotPlan, VatSchedule,
};
use tempfile::TempDir;
use terms::{Inn, Kopecks, ServiceCode, TaxSystem, TaxSystems, VatRate};

/// What anything here may end with.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The ИНН of the emulated ОФД.
pub(crate) const OFD_INN: &str = "7704211201";

/// The organisation's ИНН.
pub(crate) const INN: &str = "7802781104";
const SERVICE: &str = "INET";
const PERIOD: &str = "2026-09";
/// In kopecks, more than all payments of a run: accounts stay as long as they are.
const DEBT: i64 = 9_000_000_000;
/// Accounts that are opened in one transaction.
const AT_ONCE: usize = 10_000;

/// A folder on the disk that the build uses (the system's temporary folder is often in memory);
/// it is removed when dropped.
pub(crate) fn folder(name: &str) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(name)
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
}

/// The organisation with its journal in `folder` and these drives.
pub(crate) fn setup(
    folder: &Path,
    slots: Vec<DriveAddress>,
    ofd: Endpoint,
    limits: Limits,
) -> Outcome<Setup> {
    let organisation = Organisation {
        inn: INN.parse()?,
        name: "ООО «Образцовый провайдер»".to_owned(),
        tax_systems: TaxSystems::of([TaxSystem::Common])?,
        address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
        place: "Центр обслуживания абонентов".to_owned(),
        site: Some("example.ru".to_owned()),
        sender_email: "chek@example.ru".to_owned(),
        cashier: "Система".to_owned(),
        fns_site: "www.nalog.gov.ru".to_owned(),
        utc_offset: FixedOffset::east_opt(3 * 3600).ok_or("no such offset")?,
        ofd: Ofd {
            inn: OFD_INN.parse::<Inn>()?,
            name: "ЭМУЛЯТОР ОФД".to_owned(),
            address: ofd,
            site: None,
        },
    };
    Ok(Setup {
        folder: folder.to_owned(),
        organisation,
        receipts: desk::Config::default(),
        slots: slots
            .into_iter()
            .map(|address| SlotPlan {
                address: address.into(),
                spare: false,
            })
            .collect(),
        ports: PortRules::default(),
        limits,
        link_timeouts: LinkTimeouts::default(),
        other_operators: Vec::new(),
        streams_max: 64,
        watch: desk::WatchRules::default(),
        people: desk::PeopleSetup::default(),
        ofd_timeouts: desk::OfdTimeouts::default(),
        statements: desk::StatementRules::default(),
        restore: desk::RestoreRules::default(),
    })
}

/// Declares the service and opens `count` accounts; each owes for a month whose receipt on credit
/// exists, so that every payment gives a receipt of one line.
pub(crate) async fn open_accounts(desk: &Desk, count: usize) -> Outcome {
    let code: ServiceCode = SERVICE.parse()?;
    let service = Service {
        name: "Доступ в интернет".to_owned(),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority: 1,
        weight: Kopecks::new(65_000)?,
        p21: true,
        agent: None,
    };
    desk.put_services([(code.clone(), service)].into(), None)
        .await?;
    for first in (0..count).step_by(AT_ONCE) {
        let some = first..count.min(first + AT_ONCE);
        desk.put_accounts(some_accounts(some, &code)?, None).await?;
    }
    Ok(())
}

fn some_accounts(indexes: Range<usize>, code: &ServiceCode) -> terms::Result<Vec<Account>> {
    let open = Kopecks::new(DEBT)?;
    indexes
        .map(|index| {
            let number = account(index);
            Ok(Account {
                contact: Some(format!("abonent{number}@example.ru")),
                debts: vec![Debt {
                    id: format!("{PERIOD}/{SERVICE}/{number}"),
                    service: code.clone(),
                    period: PERIOD.parse()?,
                    open,
                    vat: VatRate::V22,
                    credit: true,
                }],
                ..Account::new(number.parse()?)
            })
        })
        .collect()
}

/// The number of the account with this index.
pub(crate) fn account(index: usize) -> String {
    format!("{}", 1_000_000 + index)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
