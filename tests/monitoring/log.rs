//! The log for machines.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::rig::{Rig, until};

/// A caller's own identifier of a request.
const REQUEST: &str = "billing-2026-11-23.42";

#[test]
fn the_lines_of_a_request_are_json_with_its_identifier_and_that_of_its_operation() {
    let mut rig = Rig::unregistered(1);
    rig.change_config("[journal]\n", "[log]\nformat = \"json\"\n[journal]\n");
    rig.start_daemon_in(&[("KASSETTE_LOG", "debug")]);
    let caller = rig.caller_with("billing", "push,read");
    assert_eq!(caller.request("PUT", "accounts/1", "{}").unwrap().0, 201);
    let service = r#"{"INET":{"name":"Доступ в интернет","vat":"22","sno":1,"weight":"650"}}"#;
    assert_eq!(caller.request("PUT", "services", service).unwrap().0, 200);
    let key = rig.run(&["key", "add", "payments", "--scope", "push"]);
    let body = json!({
        "type": "payment", "key": "k1", "account": "1", "date": "2026-11-20",
        "parts": [{"kind": "cashless", "amount": "650"}],
    })
    .to_string();
    let pay = || {
        let mut stream = TcpStream::connect(rig.address()).unwrap();
        write!(
            stream,
            "POST /v1/operations HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\
             X-Request-Id: {REQUEST}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
            key.trim(),
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let mut answer = pay();
    until("the key is known", || {
        answer = pay();
        !answer.starts_with("HTTP/1.1 401")
    });
    let (head, operation) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
    assert!(head.contains(&format!("x-request-id: {REQUEST}")), "{head}");
    let operation: Value = serde_json::from_str(operation).unwrap();

    let lines = || -> Vec<Value> {
        let log = rig.daemon_log();
        // The last line may be on its way.
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        whole.lines().map(read).collect()
    };
    let is_of_it = |line: &Value| {
        let span = &line["span"];
        span["request_id"] == REQUEST && span["operation_id"] == operation["id"]
    };
    until("the request is logged", || lines().iter().any(is_of_it));
    let lines = lines();
    let line = lines.iter().find(|line| is_of_it(line)).unwrap();
    assert_eq!(line["span"]["path"], "/v1/operations");
    for field in ["timestamp", "level", "target", "message"] {
        assert!(
            lines.iter().all(|line| line[field].is_string()),
            "{field}: {line}"
        );
    }
    let other = |line: &&Value| line["span"]["path"] == "/v1/accounts/1";
    let account = lines.iter().find(other).unwrap();
    assert!(account["span"].get("operation_id").is_none(), "{account}");

    // Another format is refused by its name.
    rig.kill_daemon();
    rig.change_config("format = \"json\"", "format = \"xml\"");
    let (is_well, said) = rig.try_run(&["serve"]);
    assert!(
        !is_well && said.contains("xml") && said.contains("json"),
        "{said}"
    );
}
