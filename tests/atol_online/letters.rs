//! Letters to callbacks, over real HTTP (ATOL Online protocol §13): once for each final state,
//! whatever happens to the receiver and to the program meanwhile.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::{
    rig::{Rig, Variant, free_address, until},
    shop::{sale_v5, with},
};

/// Letters as they came: path, content type, whether they were signed, body.
type Letters = Arc<Mutex<Vec<(String, String, bool, Value)>>>;

/// Takes every letter.
fn receive(at: SocketAddr) -> Letters {
    let listener = TcpListener::bind(at).unwrap();
    let letters = Letters::default();
    let memory = letters.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let memory = memory.clone();
            // A server that is killed breaks its connections off.
            thread::spawn(move || converse(stream.unwrap(), &memory));
        }
    });
    letters
}

fn converse(mut stream: TcpStream, memory: &Letters) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then_some(())?;
        let path = line.split(' ').nth(1)?.to_owned();
        let (mut length, mut kind, mut is_signed) = (0, String::new(), false);
        loop {
            let mut line = String::new();
            (reader.read_line(&mut line).ok()? > 0).then_some(())?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "content-type" => kind = value.trim().to_owned(),
                "webhook-signature" => is_signed = true,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = serde_json::from_slice(&body).ok()?;
        memory.lock().unwrap().push((path, kind, is_signed, body));
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

/// A shop of the real program.
struct Client {
    rig: Rig,
    token: String,
    callback: String,
}

impl Client {
    fn start(callback: String) -> Self {
        let variant = Variant {
            timing: "none",
            config: "\n[callbacks]\nallow_private = true\nsecret = \
                     \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n\
                     [atol_online]\nenabled = true\ngroups = [{ code = \"main\" }]\n\
                     wait_timeout_seconds = 300\n",
            ..Variant::default()
        };
        let rig = Rig::start(1, 0, variant);
        let key = rig.run(&["key", "add", "shop", "--scope", "push"]);
        let login = format!("/possystem/v5/getToken?login=shop&pass={}", key.trim());
        let mut token = String::new();
        until("the new key is known", || {
            let (status, answer) = rig.request("GET", &login, "").unwrap();
            token = answer["token"].as_str().unwrap_or_default().to_owned();
            status == 200
        });
        Self {
            rig,
            token,
            callback,
        }
    }

    fn sell(&self, id: &str) -> String {
        let url = json!(self.callback);
        let sale = with(&sale_v5(id), "/service/callback_url", url).to_string();
        let path = format!("/possystem/v5/main/sell?token={}", self.token);
        let (status, answer) = self.rig.request("POST", &path, &sale).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["uuid"].as_str().unwrap().to_owned()
    }

    fn report(&self, uuid: &str) -> Value {
        let path = format!("/possystem/v5/main/report/{uuid}?token={}", self.token);
        let (status, report) = self.rig.request("GET", &path, "").unwrap();
        assert_eq!(status, 200, "{report}");
        report
    }

    fn settled(&self, uuid: &str) -> Value {
        let mut report = Value::Null;
        until("the document is settled", || {
            report = self.report(uuid);
            report["status"] != "wait"
        });
        report
    }

    fn deliveries(&self, state: &str) -> Vec<Value> {
        let path = format!("deliveries?state={state}");
        let (_, deliveries) = self.rig.request("GET", &path, "").unwrap();
        deliveries.as_array().unwrap().clone()
    }

    /// What is to be sent again later is sent now: nobody waits for long pauses here.
    fn send_now(&self) {
        for delivery in self.deliveries("waiting") {
            let id = delivery["id"].as_str().unwrap();
            self.rig.run(&["webhook", "replay", "--delivery", id]);
        }
    }

    fn restart(&mut self) {
        self.rig.kill_daemon();
        self.rig.start_daemon();
    }
}

/// What a letter and a report say of a document for good. Their own time differs, and the operator's
/// ИНН comes with its ticket.
fn said(told: &Value) -> Value {
    let mut said = told.clone();
    said["timestamp"].take();
    if let Some(payload) = said["payload"].as_object_mut() {
        payload.remove("ofd_inn");
    }
    said
}

#[test]
fn each_final_state_is_told_once_whoever_was_down_meanwhile() {
    let address = free_address();
    let mut client = Client::start(format!("http://{address}/atol?shop=1"));
    // Nobody listens. What is owed outlives the program.
    let done = client.sell("A-1");
    let report = client.settled(&done);
    assert_eq!(report["status"], "done", "{report}");
    until("its letter was tried in vain", || {
        let waiting = client.deliveries("waiting");
        waiting.len() == 1 && waiting[0]["attempts"].as_u64() >= Some(1)
    });
    client.restart();

    // One that no device takes is told as failed.
    let patience = ("wait_timeout_seconds = 300", "wait_timeout_seconds = 1");
    client.rig.change_config(patience.0, patience.1);
    client.rig.drives[0].kill();
    client.restart();
    let failed = client.sell("A-2");
    let report = client.settled(&failed);
    assert_eq!(report["status"], "fail", "{report}");
    client.rig.change_config(patience.1, patience.0);
    client.restart();
    client.rig.drives[0].revive();

    let letters = receive(address);
    // Once is enough, also when a letter is just on its way in vain.
    client.send_now();
    until("both letters have come", || {
        client.deliveries("delivered").len() == 2
    });
    // After another restart nothing is told again, though the next document is told, and its ticket
    // changes nothing.
    client.restart();
    let last = client.sell("A-3");
    client.settled(&last);
    until("the last letter has come", || {
        client.deliveries("delivered").len() == 3
    });
    client.rig.settle();

    let letters = letters.lock().unwrap().clone();
    assert_eq!(letters.len(), 3, "each once: {letters:?}");
    for (uuid, status) in [(done, "done"), (failed, "fail"), (last, "done")] {
        let of_document: Vec<_> = letters.iter().filter(|it| it.3["uuid"] == *uuid).collect();
        let [(path, kind, is_signed, letter)] = of_document[..] else {
            panic!("{uuid}: {letters:?}");
        };
        assert_eq!((path.as_str(), *is_signed), ("/atol?shop=1", false));
        assert!(kind.starts_with("application/json"), "{kind}");
        assert_eq!(letter["status"], status);
        assert_eq!(said(letter), said(&client.report(&uuid)));
    }
    assert_eq!(client.deliveries("dead").len(), 0);
}
