//! A desk with two emulated drives and an emulated ОФД behind the panel. The drive of slot 2 works,
//! that of slot 1 stands in for it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use desk::{
    Account, Asked, Channel, Event, EventKind, NewOperation, Part, PartKind, Payment, Policy,
    RegistrationOrder, Role, Service, SlotId, SlotPlan, SlotView, Submitted, VatSchedule,
};
use emulator::{
    drive::{Drive, Durability, Faults, Passport, Port, Server, Timing, dump},
    ofd::{OfdEmulator, OfdFaults, OfdSettings},
};
use tempfile::TempDir;
use terms::{Id, Kopecks, Rnm, TaxSystem, VatRate};
use tokio::time::{Instant, sleep};

use crate::stand::{Browser, Stand};

/// Longer than anything takes that comes at all.
const DEADLINE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

pub(crate) const OLD: &str = "9999078902000002";
pub(crate) const NEW: &str = "9999078902000003";

/// All of it.
pub(crate) struct Rack {
    pub(crate) stand: Stand,
    /// Of both drives, in the order of the slots.
    pub(crate) faults: Vec<Faults>,
    drives: Vec<Option<Server>>,
    slot_2: SocketAddr,
    ofd: OfdEmulator,
    folder: TempDir,
}

impl Rack {
    /// Ready to work, with somebody of each role.
    pub(crate) async fn new() -> Self {
        Self::with_ofd(OfdFaults::default()).await
    }

    /// The same with an ОФД that does not work as it should.
    pub(crate) async fn with_ofd(faults: OfdFaults) -> Self {
        let folder = TempDir::new().unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ofd = OfdEmulator::start(OfdSettings {
            listen: any,
            log: folder.path().join("ofd.jsonl"),
            inn: "7704211201".parse().unwrap(),
            faults,
        });
        let ofd = ofd.unwrap();
        let (mut drives, mut faults, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for slot in 1..=2 {
            let number = format!("999907890200000{slot}");
            let port = Port::new(drive(&folder, &number), Timing::NONE);
            faults.push(port.faults());
            let server = Server::on_tcp(port, any).unwrap();
            let emulator::drive::Place::Tcp(address) = *server.place() else {
                panic!("a drive over TCP is reached there");
            };
            addresses.push(address);
            drives.push(Some(server));
        }
        let ofd_address = ofd.address().to_string();
        let change = |setup: &mut desk::Setup| {
            let slots = addresses.iter().zip([true, false]);
            setup.slots = slots
                .map(|(address, spare)| SlotPlan {
                    address: format!("tcp:{address}").parse().unwrap(),
                    spare,
                })
                .collect();
            setup.organisation.ofd.address = ofd_address.parse().unwrap();
            setup.limits.policy = Policy::ParallelSpare;
            setup.limits.doubt_after = Duration::from_millis(100);
            setup.limits.retry_after = Duration::from_millis(100);
            setup.link_timeouts.answers.status = Duration::from_millis(300);
        };
        let stand = Stand::with(change, false).await;
        for role in Role::ALL {
            stand.add(&role.name().replace('_', "."), role).await;
        }
        for slot in 1..=2 {
            let serial = format!("KASSETTE{slot:04}");
            let inn = stand.desk.setup().organisation.inn;
            let rnm = Rnm::compose(slot.into(), inn, &serial).unwrap();
            let order = RegistrationOrder { serial, rnm };
            stand
                .desk
                .register(SlotId(slot), &order, None)
                .await
                .unwrap();
        }
        let service = Service {
            name: "Доступ в интернет".to_owned(),
            vat: VatSchedule::fixed(VatRate::V22),
            tax_system: TaxSystem::Common,
            priority: 1,
            weight: Kopecks::new(65_000).unwrap(),
            p21: true,
            agent: None,
        };
        let services = [("INET".parse().unwrap(), service)].into_iter().collect();
        stand.desk.put_services(services, None).await.unwrap();
        let account = Account::new("100001".parse().unwrap());
        stand.desk.put_accounts(vec![account], None).await.unwrap();
        Self {
            stand,
            faults,
            drives,
            slot_2: addresses[1],
            ofd,
            folder,
        }
    }

    /// Pulls the drive of slot 2 out.
    pub(crate) fn pull(&mut self) {
        self.drives[1] = None;
    }

    /// Puts a drive into slot 2.
    pub(crate) fn plug_in(&mut self, number: &str) {
        let port = Port::new(drive(&self.folder, number), Timing::NONE);
        self.drives[1] = Some(Server::on_tcp(port, self.slot_2).unwrap());
    }

    /// Sends a payment on account; says its receipt.
    pub(crate) async fn pay(&self, key: &str, kopecks: i64) -> Id {
        let desk = &self.stand.desk;
        let payment = Payment {
            account: Some("100001".parse().unwrap()),
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount: Kopecks::new(kopecks).unwrap(),
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        };
        let event = Event {
            id: key.to_owned(),
            date: desk.clock().local().date(),
            kind: EventKind::Payment(payment),
        };
        let new = NewOperation {
            key: key.to_owned(),
            body: format!("{{\"key\":\"{key}\"}}"),
            asked: Asked::Event(event),
            callback: None,
            basis: None,
        };
        let submitted = desk.submit(vec![new], None).await.unwrap().remove(0);
        let Submitted::Accepted { receipts, .. } = submitted else {
            panic!("{submitted:?}");
        };
        receipts[0]
    }

    /// The same, and waits until it is formed, held or in doubt.
    pub(crate) async fn paid(&self, key: &str, kopecks: i64) -> Id {
        let receipt = self.pay(key, kopecks).await;
        let desk = &self.stand.desk;
        desk.wait(&[receipt], DEADLINE).await.unwrap();
        receipt
    }

    /// Whether a drive holds a receipt that nobody may know of.
    pub(crate) fn holds_receipts(&self, number: &str) -> bool {
        let state = state(&self.folder, number);
        dump(&state).unwrap().any(|document| {
            let details = document.unwrap().archived.details;
            format!("{details:?}").starts_with("Receipt")
        })
    }

    /// Slot 2, once it is as wanted.
    pub(crate) async fn slot_2(&self, what: &str, wanted: impl Fn(&SlotView) -> bool) -> SlotView {
        let end = Instant::now() + DEADLINE;
        loop {
            let slot = self.stand.desk.slot(SlotId(2)).await.unwrap();
            if wanted(&slot) {
                return slot;
            }
            assert!(
                Instant::now() < end,
                "waited in vain until {what}: {slot:?}"
            );
            sleep(LOOK).await;
        }
    }

    pub(crate) async fn close(self) {
        self.stand.close().await;
        drop((self.drives, self.ofd));
    }
}

/// The page once it says something.
pub(crate) async fn once_it_says(browser: &Browser, path: &str, words: &str) -> String {
    let end = Instant::now() + DEADLINE;
    loop {
        let page = browser.get(path).await;
        if page.text.contains(words) {
            return page.text;
        }
        assert!(
            Instant::now() < end,
            "{path} never said «{words}»: {}",
            page.text
        );
        sleep(LOOK).await;
    }
}

fn state(folder: &TempDir, number: &str) -> PathBuf {
    folder.path().join(format!("drive-{number}.state"))
}

fn drive(folder: &TempDir, number: &str) -> Drive {
    let passport = Passport::new(number.parse().unwrap()).unwrap();
    Drive::open(&state(folder, number), passport, Durability::Lazy).unwrap()
}
