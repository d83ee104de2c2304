//! The page of figures, and what dashboard and rules make of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use metrics::{CATALOGUE, Figure, Kind};
use serde_json::{Value, json};

use crate::{
    ask,
    files::{self, Rule},
    rig::{Rig, Variant, until},
};

/// Labels that Prometheus adds.
const ADDED: [&str; 2] = ["job", "instance"];
/// Nobody's account but of this test.
const ACCOUNT: &str = "1";

/// One line of the page.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// A page as it was read.
pub(crate) struct Page {
    samples: Vec<Sample>,
    /// The kinds of figures by their names.
    kinds: BTreeMap<String, String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let (mut samples, mut kinds) = (Vec::new(), BTreeMap::new());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.last(), Some(&"# EOF"), "the page is whole");
        for line in lines {
            match line.strip_prefix("# ").map(|line| line.splitn(3, ' ')) {
                None => samples.push(sample(line)),
                Some(mut words) => {
                    let (what, name) = (words.next().unwrap(), words.next().unwrap_or_default());
                    if what == "TYPE" {
                        let kind = words.next().unwrap().to_owned();
                        assert!(kinds.insert(name.to_owned(), kind).is_none(), "{line}");
                    }
                }
            }
        }
        Self { samples, kinds }
    }

    /// The sum of the lines of this name with these labels.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &&Sample| {
            let mut labels = labels.iter();
            sample.name == name && labels.all(|(label, value)| sample.labels[*label] == *value)
        };
        let mut samples = self.samples.iter().filter(has).peekable();
        assert!(samples.peek().is_some(), "there is no {name} {labels:?}");
        samples.map(|sample| sample.value).sum()
    }

    /// The values that a label of a figure has.
    fn values(&self, figure: &Figure, label: &str) -> BTreeSet<&str> {
        let names = figure.series();
        let samples = self.samples.iter();
        let of_it = samples.filter(|sample| names.contains(&sample.name));
        let values = of_it.filter_map(|sample| sample.labels.get(label));
        values.map(String::as_str).collect()
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
        None => (series, ""),
    };
    // No value of ours has a quote, a comma or a backslash.
    let pairs = labels.split(',').filter(|pair| !pair.is_empty());
    let labels = pairs.map(|pair| {
        let (label, value) = pair.split_once('=').unwrap_or_else(|| panic!("{line}"));
        let value = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        (
            label.to_owned(),
            value.unwrap_or_else(|| panic!("{line}")).to_owned(),
        )
    });
    Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value,
    }
}

/// The figure that a line belongs to.
fn figure(name: &str) -> Option<&'static Figure> {
    let is_of = |figure: &&Figure| figure.series().iter().any(|series| series == name);
    CATALOGUE.iter().find(is_of)
}

fn scrape(server: SocketAddr) -> (String, Page) {
    let (status, text) = ask(server, "/metrics", "");
    assert_eq!(status, 200, "{text}");
    let page = Page::read(&text);
    (text, page)
}

#[test]
fn every_figure_is_shown_and_dashboard_and_rules_name_no_other() {
    let rig = Rig::start(
        2,
        2,
        Variant {
            timing: "none",
            ..Variant::default()
        },
    );
    let payment = |key: &str| {
        json!({
            "type": "payment", "key": key, "account": ACCOUNT, "date": "2026-11-20",
            "parts": [{"kind": "cashless", "amount": "650"}],
        })
    };
    let all = Value::from(["k1", "k2", "k3"].map(payment).to_vec());
    let (status, answer) = rig.request("POST", "operations", &all.to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
    rig.settle();
    ask(rig.address(), "/nobody/knows/4111111111111111", "");
    until("all is counted", || {
        let (_, page) = scrape(rig.address());
        page.sum("kassette_receipts_total", &[("state", "acknowledged")]) == 3.0
    });
    let (text, page) = scrape(rig.address());

    says_what_has_happened(&page);
    assert!(
        !text.contains("4111111111111111"),
        "what callers choose is no label"
    );

    kinds_and_labels(&page);
    for expression in files::dashboard() {
        looks_at_what_is_there(&expression, &page);
    }
    for Rule { name, expression } in files::rules() {
        assert!(name.starts_with("Kassette"), "{name}");
        looks_at_what_is_there(&expression, &page);
    }
}

/// A figure, labels, and the value.
type Counted = (&'static str, &'static [(&'static str, &'static str)], f64);

/// Three payments by two drives, and a path that nobody knows.
fn says_what_has_happened(page: &Page) {
    let counted: [Counted; 14] = [
        ("operations_accepted_total", &[("type", "payment")], 3.0),
        ("receipts_total", &[("state", "fiscalized")], 3.0),
        ("receipt_fiscalized_seconds_count", &[], 3.0),
        ("receipt_acknowledged_seconds_count", &[], 3.0),
        ("operation_durable_seconds_count", &[], 1.0),
        ("receipts_waiting", &[], 0.0),
        ("slots_at_work", &[], 2.0),
        // One state at a time.
        ("slot_state", &[("slot", "2")], 1.0),
        ("slot_state", &[("slot", "2"), ("state", "ready")], 1.0),
        ("unsent_documents", &[], 0.0),
        ("answers", &[], 2.0),
        ("journal_transactions_total", &[("result", "failed")], 0.0),
        (
            "http_requests_total",
            &[
                ("method", "POST"),
                ("route", "/v1/operations"),
                ("status", "2xx"),
            ],
            1.0,
        ),
        (
            "http_requests_total",
            &[("method", "GET"), ("route", "none"), ("status", "4xx")],
            1.0,
        ),
    ];
    for (name, labels, value) in counted {
        let sum = page.sum(&format!("kassette_{name}"), labels);
        assert_eq!(sum, value, "{name} {labels:?}");
    }
    // The receipts, and the opening of a shift in each drive that has formed one.
    assert!(page.sum("kassette_drive_document_seconds_count", &[]) > 3.0);
    assert!(page.sum("kassette_journal_database_bytes", &[]) > 0.0);
    assert!(page.sum("kassette_journal_commit_seconds_count", &[]) > 0.0);
}

/// Every figure of the catalogue is on the page with its kind and its labels, and nothing else is.
fn kinds_and_labels(page: &Page) {
    assert_eq!(page.kinds.len(), CATALOGUE.len());
    for figure in CATALOGUE {
        let series = figure.series();
        let endings = ["_total", "_bucket", "_info"];
        let ending = endings.iter().find_map(|it| series[0].strip_suffix(it));
        let name = ending
            .filter(|_| figure.kind != Kind::Gauge)
            .unwrap_or(&series[0]);
        assert_eq!(
            page.kinds.get(name).map(String::as_str),
            Some(figure.kind.name()),
            "{name}"
        );
    }
    for Sample { name, labels, .. } in &page.samples {
        let figure = figure(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"));
        let mut known: BTreeSet<&str> = figure.labels.iter().copied().collect();
        if name.ends_with("_bucket") {
            known.insert("le");
        }
        let found: BTreeSet<&str> = labels.keys().map(String::as_str).collect();
        assert_eq!(found, known, "the labels of {name}");
    }
}

/// Names, labels and values of an expression of PromQL exist.
#[track_caller]
fn looks_at_what_is_there(expression: &str, page: &Page) {
    let mut known: BTreeSet<&str> = ADDED.into();
    let mut found = 0;
    for (name, matchers) in files::selectors(expression) {
        found += 1;
        let figure = figure(&name).unwrap_or_else(|| panic!("{name} is not shown: {expression}"));
        known.extend(figure.labels);
        if name.ends_with("_bucket") {
            known.insert("le");
        }
        for (label, values) in matchers {
            if ADDED.contains(&label.as_str()) {
                continue;
            }
            assert!(
                figure.labels.contains(&label.as_str()),
                "{name} has no {label}: {expression}"
            );
            let there = page.values(figure, &label);
            for value in values {
                // A class of statuses is there once there was such an answer.
                let is_class = label == "status" && value.ends_with("xx");
                assert!(
                    is_class || there.contains(value.as_str()),
                    "no {name} has {label} «{value}», but {there:?}: {expression}"
                );
            }
        }
    }
    assert!(found > 0 || expression.starts_with("up{"), "{expression}");
    for label in files::grouped_by(expression) {
        assert!(
            known.contains(label.as_str()),
            "nothing has {label}: {expression}"
        );
    }
}

#[test]
fn figures_are_for_this_machine_and_for_keys_that_may_read() {
    let mut rig = Rig::unregistered(1);
    rig.start_daemon();
    let server = rig.address();
    let status = |headers: &str| ask(server, "/metrics", headers).0;
    assert_eq!(status(""), 200, "this machine");
    // Somebody's proxy that nobody has told us of: who calls is not known.
    assert_eq!(status("X-Forwarded-For: 203.0.113.7\r\n"), 401);
    let reader = rig.run(&["key", "add", "prometheus", "--scope", "read"]);
    let pusher = rig.run(&["key", "add", "pusher", "--scope", "push"]);
    let with = |key: &str| format!("Authorization: Bearer {}\r\n", key.trim());
    let passed_on = |key: &str| format!("X-Forwarded-For: 203.0.113.7\r\n{}", with(key));
    until("the keys are known", || status(&passed_on(&reader)) == 200);
    assert_eq!(status(&passed_on(&pusher)), 403);

    rig.kill_daemon();
    rig.change_config(
        "[journal]\n",
        "[metrics]\nnetworks = [\"198.51.100.0/24\"]\n[journal]\n",
    );
    rig.start_daemon();
    assert_eq!(status(""), 401, "this machine is not among the networks");
    assert_eq!(status(&with("kst_wrong")), 401);
    assert_eq!(status(&with(&reader)), 200);

    rig.kill_daemon();
    rig.change_config("networks = [\"198.51.100.0/24\"]", "enabled = false");
    rig.start_daemon();
    assert_eq!(status(&with(&reader)), 404);
}
