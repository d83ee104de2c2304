//! Two emulated drives, an emulated ОФД, the desk and its HTTP server, in one folder.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use api::LettersV1;
use chrono::FixedOffset;
use desk::{
    Config, Desk, DriveAddress, KeyRing, Letters, Limits, LinkTimeouts, NewKey, Ofd, Organisation,
    OutboxSetup, PortRules, ReceiptState, RegistrationOrder, Scope, Setup, SlotId, SlotPlan, Store,
};
use emulator::{
    drive::{self, Drive, Durability, Faults, Passport, Place, Port, Server, Timing},
    ofd::{OfdEmulator, OfdFaults, OfdSettings, Received, read_log},
};
use fn_proto::{ArchivedDetails, Generation};
use reqwest::{Body, Client, Method, multipart};
use serde_json::{Value, json};
use tempfile::TempDir;
use terms::{Rnm, TaxSystem, TaxSystems};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

const OFD_INN: &str = "7704211201";
/// The key of the tests' billing.
pub(crate) const KEY: &str = "kst_of_the_tests";
/// The key of whoever stands at the rack.
pub(crate) const RACK_KEY: &str = "kst_of_the_rack";
/// Longer than anything takes that comes at all.
const DEADLINE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// All of it. The drives and the ОФД stay while the desk is closed and opened again.
pub(crate) struct Stand {
    pub(crate) faults: Vec<Faults>,
    pub(crate) setup: Setup,
    outbox: Option<OutboxSetup>,
    states: Vec<PathBuf>,
    /// Where the drive of slot 2 is reached.
    slot_2: SocketAddr,
    ofd_log: PathBuf,
    client: Client,
    served: Option<Served>,
    /// In the order of the slots; none: pulled out.
    drives: Vec<Option<Server>>,
    pub(crate) ofd: OfdEmulator,
    /// Last: removed when nothing uses it any more.
    _folder: TempDir,
}

struct Served {
    desk: Desk,
    base: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// How many operations the journal holds, and how many receipts in each state.
pub(crate) type Stored = (u64, Vec<(ReceiptState, u64)>);

/// What the server has answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) allow: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Stand {
    /// Ready to work.
    pub(crate) async fn ready() -> Self {
        Self::ready_with(|_| ()).await
    }

    /// Ready to work, set up in another way than usual.
    pub(crate) async fn ready_with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut stand = Self::new();
        change(&mut stand.setup);
        stand.open().await;
        stand.register().await;
        stand
    }

    /// Ready to work, with an outbox.
    pub(crate) async fn ready_to_tell(outbox: OutboxSetup) -> Self {
        let mut stand = Self::new();
        stand.outbox = Some(outbox);
        stand.open().await;
        stand.register().await;
        stand
    }

    /// The desk is closed, the drives are not registered.
    pub(crate) fn new() -> Self {
        Self::of_generation(Generation::Fn12)
    }

    /// The same with drives of this generation.
    pub(crate) fn of_generation(generation: Generation) -> Self {
        // The client wants it, also where it speaks no TLS. Fails if another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ofd_log = folder.path().join("ofd.jsonl");
        let ofd = OfdEmulator::start(OfdSettings {
            listen: any,
            log: ofd_log.clone(),
            inn: OFD_INN.parse().unwrap(),
            faults: OfdFaults::default(),
        });
        let ofd = ofd.unwrap();
        let (mut drives, mut faults, mut states) = (Vec::new(), Vec::new(), Vec::new());
        for index in 1..=2 {
            let state = folder.path().join(format!("drive-{index}.state"));
            let number = format!("999907890200000{index}").parse().unwrap();
            let mut passport = Passport::new(number).unwrap();
            passport.generation = generation;
            let drive = Drive::open(&state, passport, Durability::Lazy).unwrap();
            let port = Port::new(drive, Timing::NONE);
            faults.push(port.faults());
            states.push(state);
            drives.push(match index {
                1 => Server::on_pty(port, None).unwrap(),
                _ => Server::on_tcp(port, any).unwrap(),
            });
        }
        let slots = drives.iter().map(|server| SlotPlan {
            address: address(server.place()).into(),
            spare: false,
        });
        let Place::Tcp(slot_2) = *drives[1].place() else {
            unreachable!("the second drive is reached by TCP")
        };
        let setup = Setup {
            folder: folder.path().join("journal"),
            organisation: organisation(ofd.address()),
            receipts: Config::default(),
            slots: slots.collect(),
            ports: PortRules::default(),
            limits: Limits::default(),
            link_timeouts: LinkTimeouts::default(),
            other_operators: Vec::new(),
            streams_max: 4,
            watch: desk::WatchRules::default(),
            people: desk::PeopleSetup::default(),
            ofd_timeouts: desk::OfdTimeouts::default(),
            statements: desk::StatementRules::default(),
            restore: desk::RestoreRules::default(),
        };
        let ring = KeyRing::open(&Store::in_folder(&setup.folder)).unwrap();
        let billing = vec![Scope::Read, Scope::Push, Scope::Correct];
        for (name, key, scopes) in [
            ("billing", KEY, billing),
            ("rack", RACK_KEY, vec![Scope::Admin]),
        ] {
            let inn = setup.organisation.inn;
            let key = NewKey::new(name, desk::key_hash(key), scopes, inn);
            ring.add(&key).unwrap();
        }
        drop(ring);
        Self {
            faults,
            setup,
            outbox: None,
            states,
            slot_2,
            ofd_log,
            client: Client::new(),
            served: None,
            drives: drives.into_iter().map(Some).collect(),
            ofd,
            _folder: folder,
        }
    }

    /// Opens the desk and its server.
    pub(crate) async fn open(&mut self) {
        let desk = Desk::open(self.setup.clone()).unwrap();
        if let Some(outbox) = &self.outbox {
            let letters: Arc<dyn Letters> = Arc::new(LettersV1);
            desk.open_outbox(outbox.clone(), vec![letters])
                .await
                .unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(api::serve(desk.clone(), listener, async {
            stopped.await.ok();
        }));
        self.served = Some(Served {
            desk,
            base,
            stop,
            server,
        });
    }

    /// Closes them; everything else goes on.
    pub(crate) async fn close(&mut self) {
        let served = self.served.take().unwrap();
        served.stop.send(()).unwrap();
        // Idle connections would keep the server waiting.
        self.client = Client::new();
        served.server.await.unwrap().unwrap();
        served.desk.close().await;
    }

    /// Registers both drives.
    pub(crate) async fn register(&self) {
        let desk = self.desk();
        for slot in 1..=2 {
            let serial = format!("KASSETTE{slot:04}");
            let rnm = Rnm::compose(slot.into(), self.setup.organisation.inn, &serial).unwrap();
            let order = RegistrationOrder { serial, rnm };
            desk.register(SlotId(slot), &order, None).await.unwrap();
        }
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.served.as_ref().expect("the desk is open").desk
    }

    /// Where it is found.
    pub(crate) fn base(&self) -> &str {
        &self.served.as_ref().expect("the desk is open").base
    }

    /// Sends a request as it is.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: impl Into<Body>,
    ) -> Answer {
        let base = &self.served.as_ref().expect("the desk is open").base;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{base}{path}"));
        if let Some(key) = key {
            request = request.header("authorization", key);
        }
        let answer = request.body(body).send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (content_type, allow) = (header("content-type"), header("allow"));
        let retry_after = header("retry-after");
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        Answer {
            status,
            content_type: content_type.unwrap_or_default(),
            allow,
            retry_after,
            body: serde_json::from_str(&body)
                .unwrap_or_else(|error| panic!("{path}: {status} {error}: {body}")),
        }
    }

    /// Sends a form with an order and files, with a key's secret.
    pub(crate) async fn send_form(
        &self,
        path: &str,
        secret: &str,
        order: &Value,
        files: &[(&str, String)],
    ) -> Answer {
        let mut form = multipart::Form::new().text("order", order.to_string());
        for (name, text) in files {
            let part = multipart::Part::text(text.clone()).file_name((*name).to_owned());
            form = form.part("file", part);
        }
        let request = self.client.post(format!("{}{path}", self.base()));
        let answer = request.bearer_auth(secret).multipart(form).send().await;
        let answer = answer.unwrap();
        let content_type = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        Answer {
            status: answer.status().as_u16(),
            content_type,
            allow: None,
            retry_after: None,
            body: answer.json().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Some(&bearer()), "").await
    }

    /// What stands at a path that is no JSON: status, content type, bytes.
    pub(crate) async fn fetch(&self, path: &str) -> (u16, String, Vec<u8>) {
        let base = &self.served.as_ref().expect("the desk is open").base;
        let request = self.client.get(format!("{base}{path}")).bearer_auth(KEY);
        let answer = request.send().await.unwrap();
        let content_type = answer.headers()["content-type"].to_str().unwrap();
        let (status, content_type) = (answer.status().as_u16(), content_type.to_owned());
        (status, content_type, answer.bytes().await.unwrap().into())
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send("PUT", path, Some(&bearer()), body).await
    }

    pub(crate) async fn post(&self, query: &str, body: &Value) -> Answer {
        self.post_text(query, &body.to_string()).await
    }

    pub(crate) async fn post_text(&self, query: &str, body: &str) -> Answer {
        let path = format!("/v1/operations{query}");
        self.send("POST", &path, Some(&bearer()), body.to_owned())
            .await
    }

    /// Orders something with a name and a reason.
    pub(crate) async fn order(&self, path: &str, more: &Value) -> Answer {
        let mut body = json!({"by": "Дежурный инженер", "reason": "по графику"});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let key = format!("Bearer {RACK_KEY}");
        self.send("POST", path, Some(&key), body.to_string()).await
    }

    /// Orders something that needs no signature.
    pub(crate) async fn order_as_it_is(&self, path: &str, body: &Value) -> Answer {
        let key = format!("Bearer {RACK_KEY}");
        self.send("POST", path, Some(&key), body.to_string()).await
    }

    /// Follows the events; a client that comes back says what it heard last.
    pub(crate) async fn stream(&self, query: &str, last_id: Option<&str>) -> reqwest::Response {
        let base = &self.served.as_ref().expect("the desk is open").base;
        let mut request = self.client.get(format!("{base}/v1/events{query}"));
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        request.bearer_auth(KEY).send().await.unwrap()
    }

    /// The same for an order that is obeyed without further words.
    pub(crate) async fn order_done(&self, path: &str) {
        let base = &self.served.as_ref().expect("the desk is open").base;
        let body = json!({"by": "Дежурный инженер", "reason": "накопитель утрачен"});
        let request = self.client.post(format!("{base}{path}"));
        let request = request.bearer_auth(RACK_KEY).body(body.to_string());
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            204,
            "{path}"
        );
    }

    /// Pulls the drive of slot 2 out.
    pub(crate) fn pull(&mut self) {
        self.drives[1] = None;
    }

    /// Puts a drive into slot 2: the old one, or a new one of another number.
    pub(crate) fn plug_in(&mut self, number: &str) {
        let state = self.states[0].with_file_name(format!("drive-{number}.state"));
        let known = drive::dump(&self.states[1]).unwrap().drive();
        let is_old = known.as_str() == number;
        let state = if is_old {
            self.states[1].clone()
        } else {
            state
        };
        let passport = Passport::new(number.parse().unwrap()).unwrap();
        let drive = Drive::open(&state, passport, Durability::Lazy).unwrap();
        if !is_old {
            self.states.push(state);
        }
        let port = Port::new(drive, Timing::NONE);
        self.drives[1] = Some(Server::on_tcp(port, self.slot_2).unwrap());
    }

    /// How slot 2 stands, once it is as wanted.
    pub(crate) async fn slot_2(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(what, async || {
            let slot = self.get("/v1/cassette").await.body["slots"][1].clone();
            wanted(&slot).then_some(slot)
        })
        .await
    }

    /// Declares two services and opens an account that owes 650 for the first.
    pub(crate) async fn open_account(&self, number: &str) {
        let services = self.put("/v1/services", &services()).await;
        assert_eq!(services.status, 200, "{services:?}");
        let opened = self.put(&account(number), &owing()).await;
        assert_eq!(opened.status, 201, "{opened:?}");
    }

    /// The receipts in the archives of the drives, as (number of the drive, ФД, kopecks).
    pub(crate) fn receipts_on_drives(&self) -> Vec<(String, u32, i64)> {
        let mut receipts = Vec::new();
        for state in &self.states {
            let dump = drive::dump(state).unwrap();
            let drive = dump.drive().to_string();
            for document in dump {
                let document = document.unwrap().archived;
                if let ArchivedDetails::Receipt { total, .. } = document.details {
                    let number = document.document.number.get();
                    receipts.push((drive.clone(), number, total.get()));
                }
            }
        }
        receipts
    }

    /// What the ОФД has received.
    pub(crate) fn received_by_ofd(&self) -> Vec<Received> {
        read_log(&self.ofd_log).unwrap()
    }

    pub(crate) fn stored(&self) -> Stored {
        let tally = self.desk().tally().unwrap();
        (tally.operations, tally.receipts)
    }

    /// Waits until all receipts are confirmed by the ОФД.
    pub(crate) async fn all_acknowledged(&self) {
        until("all receipts are acknowledged", async || {
            let (_, receipts) = self.stored();
            let done = |(state, count): &_| *state == ReceiptState::Acknowledged || *count == 0;
            receipts.iter().all(done).then_some(())
        })
        .await;
    }

    /// The journal holds together.
    pub(crate) fn check(&self) {
        let report = self.desk().check().unwrap();
        assert_eq!(report.findings, [], "{report:?}");
    }
}

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(LOOK).await;
    }
}

pub(crate) fn bearer() -> String {
    format!("Bearer {KEY}")
}

pub(crate) fn account(number: &str) -> String {
    format!("/v1/accounts/{number}")
}

/// Two services: the first weighs twice as much as the second.
pub(crate) fn services() -> Value {
    json!({
        "INET": {
            "name": "Доступ в интернет",
            "vat": [{"from": "2019-01-01", "rate": "20"}, {"from": "2026-01-01", "rate": "22"}],
            "sno": 1, "priority": 1, "weight": "600.00"
        },
        "TV": {"name": "Телевидение", "vat": "none", "sno": 1, "priority": 2, "weight": 300}
    })
}

/// An account that owes 650 for October, on credit, and has 100 ahead for television.
pub(crate) fn owing() -> Value {
    json!({
        "contact": "abonent@example.ru",
        "debts": [
            {"id": "old-1", "service": "INET", "period": "2026-10", "open": "650.00", "credit": true}
        ],
        "advances": [
            {"id": "old-2", "service": "TV", "amount": 100, "date": "2026-10-05", "kind": "cash"}
        ]
    })
}

/// A cashless payment.
pub(crate) fn payment(key: &str, account: &str, roubles: &str) -> Value {
    json!({
        "type": "payment", "key": key, "account": account, "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": roubles}]
    })
}

/// A charge for the internet in November.
pub(crate) fn charge(key: &str, account: &str, roubles: &str) -> Value {
    json!({
        "type": "charge", "key": key, "account": account, "date": "2026-11-30",
        "lines": [{"service": "INET", "period": "2026-11", "amount": roubles}]
    })
}

fn address(place: &Place) -> DriveAddress {
    let address = match place {
        Place::Pty { device, .. } => format!("pty:{}", device.display()),
        Place::Tcp(address) => format!("tcp:{address}"),
    };
    address.parse().unwrap()
}

fn organisation(ofd: SocketAddr) -> Organisation {
    Organisation {
        inn: "7802781104".parse().unwrap(),
        name: "ООО «Образцовый провайдер»".to_owned(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
        place: "Центр обслуживания абонентов".to_owned(),
        site: Some("example.ru".to_owned()),
        sender_email: "chek@example.ru".to_owned(),
        cashier: "Система".to_owned(),
        fns_site: "www.nalog.gov.ru".to_owned(),
        utc_offset: FixedOffset::east_opt(3 * 3600).unwrap(),
        ofd: Ofd {
            inn: OFD_INN.parse().unwrap(),
            name: "ЭМУЛЯТОР ОФД".to_owned(),
            address: ofd.to_string().parse().unwrap(),
            site: None,
        },
    }
}
