//! Incidents of the real program: what people are told by e-mail survives a mail server that is away
//! and a program that is killed; what people do about incidents is done over HTTP and by commands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../crates/notify/tests/post_office/mod.rs"]
mod post_office;
mod rig;

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
};

use audit::{Finding, Looked, Object, RuleId, Severity, Sum, Tempos, Text, Value as Number};
use journal::{
    Decider, Decision, Due, IncidentSlice, NewDocument, ReadyReceipt, Refused, Store, Undone,
    WhoIsTold, Writer,
};
use post_office::PostOffice;
use rig::{Rig, Variant};
use serde_json::Value;

/// Accounts whose letters come back, found in one pass. (The watch that runs meanwhile knows nothing of
/// letters, so it does not find that they are fine.)
const BOUNCES: usize = 30;

/// Nothing is submitted through it.
struct Nobody;

impl Decider for Nobody {
    fn config(&self) -> engine::Config {
        engine::Config::default()
    }

    fn decide(
        &self,
        _: &engine::Setup,
        _: &engine::Before,
        _: &engine::Event,
    ) -> Result<Decision, Refused> {
        unreachable!("no operation is submitted")
    }

    fn ready(&self, _: &str, _: &ReadyReceipt) -> Result<Decision, Refused> {
        unreachable!("no receipt is submitted")
    }

    fn document(&self, _: &engine::Receipt, _: &Undone<'_>) -> Result<NewDocument, Refused> {
        unreachable!("no receipt is undone")
    }
}

fn finding(rule: RuleId, severity: Severity, object: Object, ru: &str) -> Finding {
    Finding {
        rule,
        severity,
        object,
        what: Text::new(ru, "in English"),
        numbers: vec![("amount", Number::Money(Sum(150_000)))],
    }
}

/// Brings findings into the journal of a program that does not run, as a pass does.
fn found(rig: &Rig, findings: Vec<Finding>) {
    let folder = rig.config().parent().unwrap().join("journal");
    let writer = Writer::open(&Store::in_folder(folder), Nobody, |_, _| ()).unwrap();
    let rules = findings.iter().map(|finding| finding.rule);
    let slice = IncidentSlice {
        looked: Arc::new(Looked::everywhere(rules)),
        findings,
        open: BTreeSet::new(),
        tempos: Tempos::default(),
        utc_offset: 10_800,
    };
    let told: WhoIsTold = Arc::new(|about| {
        vec![Due {
            channel: "accounting".to_owned(),
            at: about.now,
        }]
    });
    let (reply, answer) = mpsc::channel();
    let reply = move |changed| reply.send(changed).unwrap();
    writer.take_findings(slice, told, Box::new(reply));
    answer.recv().unwrap().unwrap();
}

fn one(rig: &Rig, incident: &str) -> Value {
    let (status, body) = rig
        .request("GET", &format!("incidents/{incident}"), "")
        .unwrap();
    assert_eq!(status, 200, "{body}");
    body
}

#[test]
fn a_mail_server_that_is_away_and_a_program_that_is_killed_lose_no_notice() {
    // Nobody listens there now.
    let away = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = away.local_addr().unwrap();
    drop(away);
    let config = format!(
        "[[watch.channel]]\nname = \"accounting\"\n[watch.channel.email]\nhost = \"127.0.0.1\"\n\
         port = {}\nsecurity = \"none\"\nfrom = \"Касса <kassa@example.ru>\"\n\
         to = [\"buh@example.ru\"]\n",
        address.port()
    );
    let variant = Variant {
        timing: "none",
        // It is needed until the test ends.
        config: config.leak(),
        ..Variant::default()
    };
    let mut rig = Rig::start(1, 1, variant);
    rig.kill_daemon();
    let account = |number: usize| Object::Account(format!("{number:04}").parse().unwrap());
    let bounces = (0..BOUNCES).map(|number| {
        let words = format!("Письма по счёту {number:04} не доходят");
        finding(RuleId::A27, Severity::Medium, account(number), &words)
    });
    let hostile = Object::Source("банк\"\r\nBcc: thief@example.ru <b>".to_owned());
    let differs = finding(
        RuleId::A20,
        Severity::Critical,
        hostile,
        "Не сошлось 5 строк",
    );
    found(&rig, bounces.chain([differs]).collect());
    rig.start_daemon();
    rig::until("both notices are tried in vain", || {
        [1, 2].iter().all(|incident| {
            let notices = &one(&rig, &incident.to_string())["notices"];
            notices[0]["attempts"].as_u64() >= Some(1) && notices[0]["state"] == "waiting"
        })
    });
    rig.kill_daemon();
    let office = PostOffice::open(address, None);
    rig.start_daemon();
    rig::until("both notices are taken", || {
        // Nobody waits for pauses here.
        rig.run(&["incidents", "replay", "accounting"]);
        [1, 31]
            .iter()
            .all(|incident| one(&rig, &incident.to_string())["notices"][0]["state"] == "told")
    });
    let letters = office.letters();
    let subjects: BTreeSet<String> = letters
        .iter()
        .flat_map(|letter| letter.headers("Subject"))
        .collect();
    let expected = [
        "[Kassette] Внимание: Чеки не доставляются (30)",
        "[Kassette] Критично: Не сходятся биллинг, банк и чеки",
    ];
    assert_eq!(subjects, expected.map(str::to_owned).into());
    for letter in &letters {
        assert!(letter.headers("Bcc").is_empty(), "{}", letter.raw);
        assert!(!letter.part("text/html").contains("<b>"));
    }
    let many = letters
        .iter()
        .find(|letter| letter.headers("Subject")[0].contains("(30)"));
    let text = many.unwrap().part("text/plain");
    assert_eq!(text.matches("не доходят").count(), 20, "{text}");
    assert!(text.contains("И ещё: 10."), "{text}");
}

#[test]
fn people_take_incidents_on_mute_them_and_say_that_they_are_over() {
    let variant = Variant {
        timing: "none",
        ..Variant::default()
    };
    let mut rig = Rig::start(1, 1, variant);
    rig.kill_daemon();
    let account: Object = Object::Account("0012".parse().unwrap());
    let again = || {
        let words = "Чек на 1500.00 ₽, денег нет";
        vec![finding(
            RuleId::A27,
            Severity::Critical,
            account.clone(),
            words,
        )]
    };
    found(&rig, again());
    rig.start_daemon();
    let listed = |query: &str| {
        let (status, body) = rig
            .request("GET", &format!("incidents?{query}"), "")
            .unwrap();
        assert_eq!(status, 200, "{body}");
        body["items"].as_array().unwrap().len()
    };
    for (query, count) in [
        ("", 1),
        ("state=lasting&severity=critical&rule=A27&account=0012", 1),
        ("text=%D0%94%D0%95%D0%9D%D0%95%D0%93", 1),
        ("severity=high", 0),
        ("severity_from=high", 1),
        ("state=resolved", 0),
        ("account=0013", 0),
    ] {
        assert_eq!(listed(query), count, "{query}");
    }
    assert_eq!(rig.request("GET", "incidents?rule=A99", "").unwrap().0, 400);
    let incident = one(&rig, "1");
    assert_eq!(incident["key"], "A27:account:0012");
    assert_eq!(incident["numbers"][0]["value"], "1500.00");
    // Billing may look, and no more.
    let body = r#"{"by": "billing"}"#;
    let (status, problem) = rig
        .request("POST", "incidents/1/acknowledge", body)
        .unwrap();
    assert_eq!((status, &problem["code"]), (403, &"wrong_scope".into()));
    let done = rig.run(&["incidents", "acknowledge", "1", "--by", "Ольга"]);
    assert_eq!(done.trim(), "incident 1 is acknowledged");
    let mute = ["incidents", "mute", "1", "--hours", "5", "--by", "Ольга"];
    rig.run(&[&mute[..], &["--reason", "ждём банк"]].concat());
    assert_eq!(one(&rig, "1")["state"], "muted");
    rig.run(&["incidents", "unmute", "1", "--by", "Ольга"]);
    let resolve = [
        "incidents",
        "resolve",
        "1",
        "--by",
        "Ольга",
        "--reason",
        "нашли деньги",
    ];
    rig.run(&resolve);
    let incident = one(&rig, "1");
    assert_eq!(incident["state"], "resolved");
    let history: Vec<(&str, Option<&str>)> = incident["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["what"].as_str().unwrap(), event["by"].as_str()))
        .collect();
    let olga = Some("Ольга");
    assert_eq!(
        history,
        [
            ("opened", None),
            ("acknowledged", olga),
            ("muted", olga),
            ("unmuted", olga),
            ("resolved", olga)
        ]
    );
    // It is over, and found again it is a new one.
    rig.kill_daemon();
    found(&rig, again());
    rig.start_daemon();
    let (_, both) = rig.request("GET", "incidents?state=lasting", "").unwrap();
    assert_eq!(both["items"][0]["id"], "2");
    assert_eq!(one(&rig, "1")["state"], "resolved");
    assert!(rig.run(&["incidents", "list"]).contains("Чек на 1500.00"));
}
