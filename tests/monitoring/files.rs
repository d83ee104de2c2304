//! The files of `config/monitoring`: rules for alerts and a dashboard.

use std::{collections::BTreeSet, fs, process::Command};

use regex::Regex;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/monitoring");

/// A rule for an alert.
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) expression: String,
}

fn read(name: &str) -> String {
    fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
}

/// All expressions of the dashboard.
pub(crate) fn dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("kassette-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let rows = panels.iter().filter(|panel| panel["type"] == "row");
    let rows: Vec<&str> = rows.map(|row| row["title"].as_str().unwrap()).collect();
    for wanted in ["Money", "Cassette", "ОФД", "Journal", "HTTP", "Watch"] {
        assert!(
            rows.iter().any(|row| row.contains(wanted)),
            "{wanted}: {rows:?}"
        );
    }
    let mut expressions = Vec::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{}", panel["title"]);
        assert!(
            panel["description"].as_str().unwrap().len() > 3,
            "{}",
            panel["title"]
        );
        let found = targets
            .iter()
            .map(|target| target["expr"].as_str().unwrap());
        expressions.extend(found.map(str::to_owned));
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if variable["type"] == "query" {
            let query = variable["query"].as_str().unwrap();
            let inside = query.strip_prefix("label_values(").unwrap();
            expressions.push(inside.rsplit_once(',').unwrap().0.to_owned());
        }
    }
    expressions
}

/// The rules, each with its severity and its words. It reads the part of YAML that our file is
/// written in, and fails at any other.
pub(crate) fn rules() -> Vec<Rule> {
    let text = read("kassette-alerts.yml");
    let (mut rules, mut names) = (Vec::new(), BTreeSet::new());
    for rule in text.split("      - alert: ").skip(1) {
        // What follows the last rule of a group is the next group's head.
        let rule = rule.split("\n  - name: ").next().unwrap();
        let (name, rest) = rule.split_once('\n').unwrap();
        assert!(names.insert(name.to_owned()), "{name} is twice");
        let value = |key: &str| {
            let found = rest
                .lines()
                .find_map(|line| line.trim_start().strip_prefix(key));
            let found = found.unwrap_or_else(|| panic!("{name} has no {key}"));
            found.trim().trim_matches('"').to_owned()
        };
        assert!(
            ["warning", "critical"].contains(&value("severity:").as_str()),
            "{name}"
        );
        let (summary, description) = (value("summary:"), value("description:"));
        assert!(
            summary.chars().any(|it| ('а'..='я').contains(&it)),
            "{name}: {summary}"
        );
        assert!(description.len() > 20, "{name}: {description}");
        let expression = match value("expr:").as_str() {
            ">-" => {
                let (_, after) = rest.split_once("expr: >-\n").unwrap();
                let folded = after
                    .lines()
                    .take_while(|line| line.starts_with("          "));
                folded.map(str::trim).collect::<Vec<_>>().join(" ")
            }
            one => one.to_owned(),
        };
        rules.push(Rule {
            name: name.to_owned(),
            expression,
        });
    }
    assert!(rules.len() > 15, "the rules are found");
    rules
}

/// A figure with its labels and the values these shall have.
pub(crate) type Selector = (String, Vec<(String, Vec<String>)>);

/// The figures that an expression looks at.
pub(crate) fn selectors(expression: &str) -> Vec<Selector> {
    let selector = Regex::new(r"\b(kassette_[a-z0-9_]+)(?:\{([^}]*)\})?").unwrap();
    let matcher = Regex::new(r#"([a-z_]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)""#).unwrap();
    let found = selector.captures_iter(expression).map(|found| {
        let inside = found.get(2).map_or("", |it| it.as_str());
        let matchers = matcher.captures_iter(inside).map(|it| {
            let values = it[2].split('|').map(str::to_owned);
            (it[1].to_owned(), values.collect())
        });
        (found[1].to_owned(), matchers.collect())
    });
    found.collect()
}

/// The labels by which an expression sums up.
pub(crate) fn grouped_by(expression: &str) -> Vec<String> {
    let by = Regex::new(r"\bby\s*\(([^)]*)\)").unwrap();
    let found = by.captures_iter(expression).flat_map(|it| {
        let labels = it[1].split(',').map(|label| label.trim().to_owned());
        labels.collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn promtool_finds_nothing_wrong_with_the_rules() {
    let rules = format!("{FOLDER}/kassette-alerts.yml");
    match Command::new("promtool")
        .args(["check", "rules", &rules])
        .output()
    {
        Ok(checked) => {
            let said = String::from_utf8_lossy(&checked.stdout);
            assert!(checked.status.success(), "{said}");
        }
        Err(error) => eprintln!("promtool is not installed ({error}): its check is left out"),
    }
}
