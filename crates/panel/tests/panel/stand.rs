//! The desk with an empty slot, the panel on a port, and browsers.

use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr, time::Duration};

use chrono::FixedOffset;
use desk::{
    Actor, Config, Desk, Limits, LinkTimeouts, NewPerson, Ofd, Organisation, PeopleChange,
    PeopleSetup, PortRules, Role, Setup, SlotPlan,
};
use panel::OverTls;
use reqwest::{Client, Method, header, redirect};
use tempfile::TempDir;
use terms::{TaxSystem, TaxSystems};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A password that may be one.
pub(crate) const PASSWORD: &str = "четыре разных слова";

/// All of it.
pub(crate) struct Stand {
    pub(crate) desk: Desk,
    pub(crate) base: String,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    /// Last: removed when nothing uses it any more.
    _folder: TempDir,
}

/// Somebody's browser.
pub(crate) struct Browser {
    client: Client,
    base: String,
    cookies: RefCell<BTreeMap<String, String>>,
    /// The token of the last page.
    csrf: RefCell<String>,
}

/// What a browser has got.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

/// A stream of events.
pub(crate) struct Stream(reqwest::Response);

impl Stand {
    /// Nobody can log in yet.
    pub(crate) async fn new() -> Self {
        Self::with(|_| (), false).await
    }

    /// Set up in another way than usual, and perhaps over TLS.
    pub(crate) async fn with(change: impl FnOnce(&mut Setup), over_tls: bool) -> Self {
        // The client wants it, also where it speaks no TLS. Fails if another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        let mut setup = setup(&folder);
        change(&mut setup);
        let desk = Desk::open(setup).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let router = panel::dress_problems(&desk, panel::router(&desk));
        let router = router.layer(axum::Extension(OverTls(over_tls)));
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, router).with_graceful_shutdown(async {
            stopped.await.ok();
        });
        let server = tokio::spawn(async move { served.await.unwrap() });
        Self {
            desk,
            base,
            stop: Some(stop),
            server,
            _folder: folder,
        }
    }

    /// With somebody of each role, called like the role, with [`PASSWORD`].
    pub(crate) async fn with_people() -> Self {
        let stand = Self::new().await;
        for role in Role::ALL {
            stand.add(&role.name().replace('_', "."), role).await;
        }
        stand
    }

    /// Adds somebody with [`PASSWORD`].
    pub(crate) async fn add(&self, login: &str, role: Role) -> i64 {
        let people = &self.desk.setup().people;
        let password = desk::Passwords::new(people).unwrap().hash_here(PASSWORD);
        let new = NewPerson {
            login: login.to_owned(),
            name: format!("Имя {login}"),
            roles: [role].into_iter().collect(),
            password: password.unwrap(),
            must_change: false,
            language: desk::Language::Ru,
        };
        let by = Actor::command();
        let added = self.desk.change_people(&by, PeopleChange::Add(new)).await;
        added.unwrap()
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        let client = Client::builder().redirect(redirect::Policy::none());
        Browser {
            client: client.build().unwrap(),
            base: self.base.clone(),
            cookies: RefCell::default(),
            csrf: RefCell::default(),
        }
    }

    /// The browser of somebody who has logged in with [`PASSWORD`].
    pub(crate) async fn logged_in(&self, login: &str) -> Browser {
        let browser = self.browser();
        let page = browser.log_in(login, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser
    }

    /// The acts of the trail, the newest first.
    pub(crate) fn acts(&self) -> Vec<String> {
        let page = desk::Page {
            after: None,
            order: desk::Order::Descending,
            limit: 100,
        };
        let trail = self.desk.trail(&desk::TrailOf::default(), &page).unwrap();
        trail.rows.into_iter().map(|row| row.act).collect()
    }

    pub(crate) async fn close(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.server.abort();
        self.desk.close().await;
    }
}

impl Browser {
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Sends a form of the last page.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.csrf.borrow().clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.send(Method::POST, path, Some(&fields), &[]).await
    }

    /// Sends a form with a file.
    pub(crate) async fn send_file(
        &self,
        path: &str,
        token: &str,
        name: &str,
        content: &str,
    ) -> Page {
        self.send_parts(path, &[("csrf", token)], (name, content))
            .await
    }

    /// Sends a form of the last page with a file.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: (&str, &str),
    ) -> Page {
        let token = self.csrf.borrow().clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.send_parts(path, &fields, file).await
    }

    async fn send_parts(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (name, content): (&str, &str),
    ) -> Page {
        let mut body = String::new();
        for (field, value) in fields {
            body.push_str(&format!(
                "--edge\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: text/csv\r\n\r\n{content}\r\n--edge--\r\n"
        ));
        let cookies = self.cookies.borrow().clone();
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = cookies.collect();
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(body);
        self.got(request.send().await.unwrap()).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        form: Option<&[(&str, &str)]>,
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        let cookies = self.cookies.borrow().clone();
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = cookies.collect();
        request = request
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ACCEPT, "text/html")
            .header(header::USER_AGENT, "Testfox 1.0");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(fields) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request
                .header(header::CONTENT_TYPE, kind)
                .body(encoded(fields));
        }
        self.got(request.send().await.unwrap()).await
    }

    async fn got(&self, answer: reqwest::Response) -> Page {
        for line in answer.headers().get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let page = Page {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        };
        if let Some(token) = page.between("name=\"csrf\" value=\"", "\"") {
            self.csrf.replace(token.to_owned());
        }
        page
    }

    pub(crate) async fn log_in(&self, login: &str, password: &str) -> Page {
        self.get("/login").await;
        self.post("/login", &[("login", login), ("password", password)])
            .await
    }

    /// Follows a stream of events.
    pub(crate) async fn follow(&self, path: &str) -> Stream {
        let cookies = self.cookies.borrow().clone();
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = cookies.collect();
        let request = self.client.get(format!("{}{path}", self.base));
        let request = request.header(header::COOKIE, cookies.join("; "));
        Stream(request.send().await.unwrap())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.cookies.borrow_mut().insert(name, value);
    }

    fn keep(&self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.borrow_mut().remove(name);
        } else {
            self.set_cookie(name, value);
        }
    }
}

impl Stream {
    /// The next event as it came.
    pub(crate) async fn next(&mut self) -> String {
        let piece = tokio::time::timeout(Duration::from_secs(60), self.0.chunk());
        let piece = piece.await.unwrap().unwrap().unwrap();
        String::from_utf8(piece.to_vec()).unwrap()
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where it leads.
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.header("location")
    }

    pub(crate) fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(before)?;
        Some(rest.split_once(after)?.0)
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let letters =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", letters(name), letters(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn setup(folder: &TempDir) -> Setup {
    Setup {
        folder: folder.path().join("journal"),
        organisation: Organisation {
            inn: "7802781104".parse().unwrap(),
            name: "ООО «Образцовый провайдер»".to_owned(),
            tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
            address: "190000, Санкт-Петербург, Образцовая ул., 1".to_owned(),
            place: "Центр обслуживания абонентов".to_owned(),
            site: None,
            sender_email: "chek@example.ru".to_owned(),
            cashier: "Система".to_owned(),
            fns_site: "www.nalog.gov.ru".to_owned(),
            utc_offset: FixedOffset::east_opt(3 * 3600).unwrap(),
            ofd: Ofd {
                inn: "7704211201".parse().unwrap(),
                name: "ЭМУЛЯТОР ОФД".to_owned(),
                address: "127.0.0.1:9".parse().unwrap(),
                site: None,
            },
        },
        receipts: Config::default(),
        slots: vec![SlotPlan {
            // Nobody listens there.
            address: "tcp:127.0.0.1:9".parse().unwrap(),
            spare: false,
        }],
        ports: PortRules::default(),
        limits: Limits::default(),
        link_timeouts: LinkTimeouts::default(),
        other_operators: Vec::new(),
        ofd_timeouts: desk::OfdTimeouts::default(),
        statements: desk::StatementRules::default(),
        restore: desk::RestoreRules::default(),
        streams_max: 4,
        watch: desk::WatchRules::default(),
        people: PeopleSetup {
            // What is proved here does not depend on the costs.
            argon2_kib: 8,
            argon2_passes: 1,
            idle: Duration::from_secs(60 * 60),
            ..PeopleSetup::default()
        },
    }
}
