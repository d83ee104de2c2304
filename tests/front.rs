//! The real program's front: TLS, its certificate exchanged at work, and what it refuses to start
//! with. What a client may take is tested beside the code, in `src/front/tests`.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

mod rig;

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Datelike as _};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rig::{Rig, until};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use serde_json::Value;

/// Writes a new certificate that ends in so many days, and its key; the certificate's DER.
fn write_certificate(folder: &Path, days: u64) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let end = SystemTime::now() + Duration::from_secs(days * 24 * 3_600);
    let end = end.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let end = DateTime::from_timestamp(i64::try_from(end).unwrap(), 0).unwrap();
    let part = |value: u32| u8::try_from(value).unwrap();
    params.not_after = date_time_ymd(end.year(), part(end.month()), part(end.day()));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate.der().to_vec()
}

/// A server with TLS, its certificate's DER.
fn protected() -> (Rig, Vec<u8>) {
    let mut rig = Rig::unregistered(1);
    let certificate = write_certificate(rig.folder(), 365);
    let tls = format!(
        "[http]\ntls = {{ certificate = {:?}, key = {:?} }}\n",
        rig.folder().join("certificate.pem"),
        rig.folder().join("key.pem")
    );
    rig.change_config("[http]\n", &tls);
    rig.start_daemon();
    (rig, certificate)
}

/// A client that believes one certificate.
struct Client(StreamOwned<ClientConnection, TcpStream>);

impl Client {
    fn connect(server: SocketAddr, believed: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(believed.to_vec())).unwrap();
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(server).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Self(StreamOwned::new(session, stream))
    }

    /// The head of the answer to a question whose body is not looked at.
    fn ask(&mut self) -> io::Result<String> {
        self.0
            .write_all(b"HEAD /health HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(String::from_utf8(head).unwrap())
    }
}

#[test]
fn a_certificate_is_exchanged_at_work_and_commands_find_the_server() {
    let (rig, first) = protected();
    let mut old = Client::connect(rig.address(), &first);
    let head = old.ask().unwrap();
    assert!(head.contains("x-request-id: "), "{head}");
    rig.run(&["remarks"]);

    let second = write_certificate(rig.folder(), 365);
    let (is_well, said) = rig.try_run(&["remarks"]);
    assert!(!is_well && said.contains("another certificate"), "{said}");
    rig.signal_daemon("-HUP");
    let is_shown = |believed| Client::connect(rig.address(), believed).ask().is_ok();
    until("the new certificate is shown", || is_shown(&second));
    assert!(!is_shown(&first));
    old.ask().unwrap();
    rig.run(&["remarks"]);

    // What cannot be used is not shown, and the log says why.
    fs::write(rig.folder().join("key.pem"), "no key").unwrap();
    rig.signal_daemon("-HUP");
    let is_told = || rig.daemon_log().contains("the former certificate stays");
    until("the bad key is told of", is_told);
    assert!(rig.daemon_log().contains("key.pem has no private key"));
    assert!(is_shown(&second));
    old.ask().unwrap();
}

#[test]
fn the_doctor_says_that_a_certificate_ends_or_is_none() {
    let (mut rig, _) = protected();
    let interface = |rig: &Rig| {
        let (_, said) = rig.try_run(&["doctor", "--json"]);
        let said: Value = serde_json::from_str(&said).unwrap();
        said["http"].as_array().unwrap().clone()
    };
    assert_eq!(interface(&rig), [Value::Null; 0]);
    write_certificate(rig.folder(), 20);
    let found = interface(&rig);
    assert!(
        found[1]["what"]
            .as_str()
            .unwrap()
            .contains("another certificate"),
        "{found:?}"
    );
    rig.signal_daemon("-HUP");
    until("the log warns", || rig.daemon_log().contains("ends on"));
    rig.kill_daemon();
    let found = interface(&rig);
    assert_eq!(found[0]["grade"], "look", "{found:?}");
    assert!(found[0]["what"].as_str().unwrap().contains("ends on"));
    assert!(found[0]["remedy"].as_str().unwrap().contains("reload"));

    fs::remove_file(rig.folder().join("key.pem")).unwrap();
    let found = interface(&rig);
    assert_eq!(found[0]["grade"], "stop", "{found:?}");
    let (is_well, said) = rig.try_run(&["serve"]);
    assert!(!is_well && said.contains("key.pem"), "{said}");
    assert!(said.contains("because"), "{said}");
}

#[test]
fn keys_do_not_travel_unprotected_unless_the_configuration_says_so() {
    let rig = Rig::unregistered(1);
    let loopback = format!("listen = \"{}\"", rig.address());
    let open = format!("listen = \"0.0.0.0:{}\"", rig.address().port());
    rig.change_config(&loopback, &open);
    let (is_well, said) = rig.try_run(&["serve"]);
    assert!(!is_well, "{said}");
    let sentence = "would let other machines call without TLS, and everybody on the way read their \
                    keys";
    assert!(said.contains(sentence), "{said}");
    assert!(
        said.contains("I accept that keys travel unprotected"),
        "{said}"
    );

    let accepted = format!("{open}\nplain_http = \"I accept that keys travel unprotected\"");
    rig.change_config(&open, &accepted);
    let mut rig = rig;
    rig.start_daemon();
    assert!(rig.request("GET", "cassette", "").is_ok());
}

/// What is answered to a question for one of these types, head and body.
fn asked(server: SocketAddr, path: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {server}\r\naccept: {accept}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_panel_stands_beside_the_other_faces_and_the_log_has_its_first_code() {
    let mut rig = Rig::unregistered(1);
    rig.start_daemon();
    let server = rig.address();
    until("the code is in the log", || {
        rig.daemon_log().contains("/setup, the code is ")
    });
    let browser = "text/html,*/*;q=0.8";
    let home = asked(server, "/", browser);
    assert!(
        home.starts_with("HTTP/1.1 303") && home.contains("location: /setup"),
        "{home}"
    );
    let page = asked(server, "/nowhere", browser);
    assert!(
        page.starts_with("HTTP/1.1 404") && page.contains("<!DOCTYPE html>"),
        "{page}"
    );
    assert!(
        page.contains("content-security-policy: default-src 'none'"),
        "{page}"
    );
    let problem = asked(server, "/nowhere", "*/*");
    assert!(problem.contains("application/problem+json"), "{problem}");
    assert!(asked(server, "/docs", browser).starts_with("HTTP/1.1 200"));
    rig.run(&["user", "add", "olga", "--name", "Olga", "--role", "admin"]);
    let home = asked(server, "/", browser);
    assert!(home.contains("location: /login\r\n"), "{home}");
}
