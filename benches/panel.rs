//! Pages of the panel over a journal with a million accounts, beside the same pages over one with a
//! single account, in the same run: the servers take turns, request by request.
//! `cargo bench --bench panel [-- ACCOUNTS]`. It prints figures and passes no judgement on the
//! machine.

#![allow(missing_docs, reason = "a bench has no users")]

mod process;
mod provider;
mod report;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use desk::{Actor, Desk, Limits, NewPerson, PeopleChange, Role};
use process::Process;
use provider::{Outcome, account, folder, median};
use report::{Aim, Row};
use reqwest::{Client, RequestBuilder, header, redirect};

const ACCOUNTS: usize = 1_000_000;
/// Requests of each page to each server, and the longest time for one page.
const REQUESTS: usize = 300;
const LONGEST: Duration = Duration::from_secs(20);
const LOGIN: &str = "bench";
const PASSWORD: &str = "четыре разных слова";
/// A page must not grow with the accounts.
const AIM: f64 = 1.5;
/// Nobody listens there.
const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 9);

fn main() -> Outcome {
    let accounts = std::env::args().find_map(|word| word.parse().ok());
    let accounts: usize = accounts.unwrap_or(ACCOUNTS);
    // The client wants it, also where it speaks no TLS. Fails if it is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let rows = runtime.block_on(measure(accounts))?;
    report::print(&rows);
    Ok(())
}

async fn measure(accounts: usize) -> Outcome<Vec<Row>> {
    let (large, small) = (folder("panel-large")?, folder("panel-small")?);
    let started = Instant::now();
    fill(large.path(), accounts).await?;
    let took = started.elapsed().as_secs_f64();
    println!("{accounts} accounts, opened in {took:.1} s");
    fill(small.path(), 1).await?;
    let large = Server::start(large.path()).await?;
    let small = Server::start(small.path()).await?;
    let first = account(0);
    let mut rows = Vec::new();
    for (what, path) in [
        ("home", "/".to_owned()),
        ("accounts", "/accounts".to_owned()),
        ("one account", format!("/accounts/{first}")),
    ] {
        rows.push(compare(what, &path, &large, &small).await?);
    }
    Ok(rows)
}

/// Asks both for a page, in turns.
async fn compare(what: &str, path: &str, large: &Server, small: &Server) -> Outcome<Row> {
    let (mut ours, mut reference) = (Vec::new(), Vec::new());
    let started = Instant::now();
    // The first ones warm the page cache.
    for _ in 0..REQUESTS / 10 {
        large.time(path).await?;
        small.time(path).await?;
    }
    while ours.len() < REQUESTS && started.elapsed() < LONGEST {
        ours.push(large.time(path).await?);
        reference.push(small.time(path).await?);
    }
    let asked = ours.len();
    let slowest = ours.iter().copied().fold(0.0, f64::max);
    let (ours, reference) = (median(ours), median(reference));
    Ok(Row {
        what: what.to_owned(),
        ours: format!("{ours:.2} ms"),
        reference: format!("{reference:.2} ms, one account"),
        ratio: ours / reference,
        aim: Some(Aim::AtMost(AIM)),
        more: format!("{asked} requests, the slowest {slowest:.1} ms"),
    })
}

/// A journal with so many accounts, and somebody who may log in.
async fn fill(folder: &Path, accounts: usize) -> Outcome {
    let nowhere = std::net::SocketAddr::from(NOWHERE);
    let slot = format!("tcp:{nowhere}").parse()?;
    let ofd = nowhere.to_string().parse()?;
    let setup = provider::setup(folder, vec![slot], ofd, Limits::default())?;
    let hash = desk::Passwords::new(&setup.people)?.hash_here(PASSWORD)?;
    let desk = Desk::open(setup)?;
    provider::open_accounts(&desk, accounts).await?;
    let person = NewPerson {
        login: LOGIN.to_owned(),
        name: LOGIN.to_owned(),
        roles: [Role::Admin].into_iter().collect(),
        password: hash,
        must_change: false,
        language: desk::Language::Ru,
    };
    desk.change_people(&Actor::command(), PeopleChange::Add(person))
        .await?;
    desk.close().await;
    Ok(())
}

/// The real program, and a client that has logged in.
struct Server {
    process: Process,
    client: Client,
    cookies: String,
}

impl Server {
    async fn start(folder: &Path) -> Outcome<Self> {
        let slot = format!("tcp:{}", std::net::SocketAddr::from(NOWHERE)).parse()?;
        let process = Process::kassette(folder, &[slot], NOWHERE.into())?;
        let client = Client::builder().redirect(redirect::Policy::none());
        let mut server = Self {
            process,
            client: client.build()?,
            cookies: String::new(),
        };
        let door = server.get("/login").send().await?;
        server.cookies = cookies(door.headers());
        let door = door.text().await?;
        let token = door
            .split_once("name=\"csrf\" value=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .ok_or("the door has no token")?;
        let password: String = PASSWORD.bytes().map(|it| format!("%{it:02X}")).collect();
        let form = format!("csrf={}&login={LOGIN}&password={password}&next=", token.0);
        let url = format!("http://{}/login", server.process.address);
        let answer = server
            .client
            .post(url)
            .header(header::COOKIE, &server.cookies)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await?;
        if answer.status() != 303 {
            return Err(format!("nobody is let in: {}", answer.status()).into());
        }
        server.cookies = cookies(answer.headers());
        Ok(server)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("http://{}{path}", self.process.address))
            .header(header::COOKIE, &self.cookies)
            .header(header::ACCEPT, "text/html")
    }

    /// How long a page takes, milliseconds.
    async fn time(&self, path: &str) -> Outcome<f64> {
        let started = Instant::now();
        let answer = self.get(path).send().await?;
        if answer.status() != 200 {
            return Err(format!("{path}: {}", answer.status()).into());
        }
        answer.bytes().await?;
        Ok(started.elapsed().as_secs_f64() * 1e3)
    }
}

/// What the server wants to be told again.
fn cookies(headers: &header::HeaderMap) -> String {
    let lines = headers.get_all(header::SET_COOKIE).iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
