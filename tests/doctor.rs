//! What «kassette doctor» finds, over real wires, beside a running server and without it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

mod rig;

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use rig::{Rig, Variant};
use serde_json::{Value, json};

/// Whether all is well, the slots, and the operators.
fn examine(rig: &Rig) -> (bool, Vec<Value>, Vec<Value>) {
    let (is_well, said) = rig.try_run(&["doctor", "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let list = |name: &str| said[name].as_array().unwrap().clone();
    (is_well, list("slots"), list("operators"))
}

fn doctor(rig: &Rig) -> (bool, Vec<Value>) {
    let (is_well, slots, _) = examine(rig);
    (is_well, slots)
}

/// The findings of a port or an operator, but for notes.
fn serious(port: &Value) -> Vec<String> {
    let findings = port["findings"].as_array().unwrap();
    let serious = findings.iter().filter(|found| found["grade"] != "note");
    serious
        .map(|found| {
            assert_ne!(found["remedy"], "", "what shall be done? {found}");
            let word = |name: &str| found[name].as_str().unwrap();
            format!("{} {}", word("grade"), word("what"))
        })
        .collect()
}

#[test]
fn the_doctor_sees_what_the_server_holds_and_what_is_free() {
    let mut rig = Rig::start(
        2,
        1,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    rig.settle();
    let (is_well, ports, operators) = examine(&rig);
    assert!(is_well, "{ports:?}");
    assert_eq!(operators[0]["presence"], "answers", "{operators:?}");
    for (port, drive) in ports.iter().zip(&rig.drives) {
        assert_eq!(port["held_by_server"]["fn_number"], drive.number, "{port}");
        assert_eq!(port["held_by_server"]["state"], "ready");
    }

    // A payment that the ОФД does not get, and then nobody serves the drives.
    rig.kill_ofd();
    let payment = r#"{"type":"payment","key":"1","account":"0","parts":[
        {"kind":"cashless","amount":"100.00"}]}"#;
    let (status, operation) = rig.request("POST", "operations?wait=20", payment).unwrap();
    assert_eq!(status, 201, "{operation}");
    rig.kill_daemon();
    let (is_well, ports) = doctor(&rig);
    assert!(is_well, "{ports:?}");
    let mut queued = 0;
    for (port, drive) in ports.iter().zip(&rig.drives) {
        let seen = &port["drive"];
        assert_eq!(seen["fn_number"], drive.number, "{port}");
        assert_eq!(seen["inn"], "7802781104");
        assert_eq!(
            (&seen["serial"], &seen["ffd"]),
            (&json!(false), &json!("1.2"))
        );
        assert_eq!(serious(port), [""; 0], "{port}");
        queued += seen["queued"].as_u64().unwrap();
    }
    assert_eq!(queued, 2, "the shift's opening and the receipt: {ports:?}");

    // Their ОФД is not in the configuration any more, or only as another than the organisation's.
    let own = "[[ofd]]\ninn = \"7704211201\"";
    let renamed = own.replace("7704211201", "7704358518");
    rig.change_config(own, &renamed);
    let (is_well, ports) = doctor(&rig);
    assert!(is_well, "{ports:?}");
    for port in &ports {
        let found = serious(port).join("\n");
        assert!(
            found.contains("look its registration names the ОФД with ИНН 7704211201"),
            "{port}"
        );
    }
    let second = format!(
        "[[ofd]]\ninn = \"7704211201\"\nname = \"Прежний\"\naddress = \"127.0.0.1:1\"\n{renamed}"
    );
    rig.change_config(&renamed, &second);
    rig.change_config("cashier = ", "ofd = \"7704358518\"\ncashier = ");
    let (_, ports) = doctor(&rig);
    for port in &ports {
        assert_eq!(serious(port), [""; 0], "{port}");
    }

    // The same drives for an organisation of another version.
    rig.change_config("[organisation]\n", "[organisation]\nffd = \"1.05\"\n");
    let (is_well, seen) = doctor(&rig);
    assert!(!is_well);
    for port in &seen {
        let found = serious(port).join("\n");
        assert!(found.contains("stop it works by ФФД 1.2"), "{port}");
    }

    // And in the rack of somebody else.
    rig.change_config("7802781104", "7707083893");
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    for port in &ports {
        let found = serious(port).join("\n");
        assert!(
            found.contains("stop") && found.contains("ИНН 7802781104"),
            "{port}"
        );
    }
}

#[test]
fn the_doctor_says_what_a_dead_port_needs() {
    let rig = Rig::unregistered(2);
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    assert!(
        serious(&ports[0])[0].contains("no registration"),
        "{ports:?}"
    );
    let mut rig = rig;
    for drive in &mut rig.drives {
        drive.kill();
    }
    let (is_well, ports) = doctor(&rig);
    assert!(!is_well);
    for port in &ports {
        assert_eq!(port["drive"], Value::Null);
        assert_eq!(port["findings"][0]["grade"], "stop", "{port}");
    }
    let (_, said) = rig.try_run(&["doctor"]);
    assert!(said.contains("slot 1") && said.contains('✗'), "{said}");
}

/// Something that answers whatever it is asked with these bytes and hangs up; its address.
fn listen(answer: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = answer.to_vec();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

#[test]
fn the_doctor_says_whether_each_operator_can_be_reached() {
    let mut rig = Rig::unregistered(1);
    // One hangs up when it has been asked, one is a web server.
    let operator = |inn: &str, address: String| {
        format!("[[ofd]]\ninn = \"{inn}\"\nname = \"ОФД {inn}\"\naddress = \"{address}\"\n")
    };
    let own = "[[ofd]]\ninn = \"7704211201\"";
    let mute = operator("7704358518", listen(b""));
    let web = operator(
        "7707083893",
        listen(&b"HTTP/1.1 400 Bad Request\r\n".repeat(4)),
    );
    rig.change_config(own, &[&mute, &web, own].concat());
    rig.change_config("cashier = ", "ofd = \"7704211201\"\ncashier = ");
    let presences = |operators: &[Value]| {
        let all = operators.iter().map(|it| it["presence"].as_str());
        all.map(|it| it.unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, _, operators) = examine(&rig);
    assert_eq!(presences(&operators), ["answers", "connects", "connects"]);
    assert_eq!(
        (&operators[0]["inn"], &operators[0]["name"]),
        (&json!("7704211201"), &json!("ЭМУЛЯТОР ОФД"))
    );
    assert_eq!(operators[0]["findings"], json!([]));
    let note = &operators[1]["findings"][0];
    assert_eq!(note["grade"], "note", "some ОФД answer documents only");
    assert!(
        note["what"].as_str().unwrap().contains("does not answer"),
        "{note}"
    );
    let found = serious(&operators[2]);
    assert!(found[0].contains("it is no ОФД"), "{found:?}");

    // The ОФД is gone: the system's words, and what to do; its drives go on for thirty days.
    rig.kill_ofd();
    let (_, slots, operators) = examine(&rig);
    assert_eq!(presences(&operators)[0], "unreachable");
    let found = serious(&operators[0]);
    assert!(
        found[0].starts_with("look 127.0.0.1:") && found[0].contains("refused"),
        "{found:?}"
    );
    let remedy = operators[0]["findings"][0]["remedy"].as_str().unwrap();
    assert!(remedy.contains("[[ofd]]") && remedy.contains("nc -vz 127.0.0.1"));

    // No drive that could be asked for: only the connection is tried.
    rig.revive_ofd();
    assert_eq!(slots.len(), 1);
    rig.drives[0].kill();
    let (_, _, operators) = examine(&rig);
    assert_eq!(presences(&operators), ["connects"; 3]);
    let (_, said) = rig.try_run(&["doctor"]);
    assert!(said.contains("ОФД ЭМУЛЯТОР ОФД, ИНН 7704211201"), "{said}");
}
