//! A restoration as its commands and the HTTP interface show it.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde_json::Value;

use crate::rig::{Caller, Rig, until};

/// Writes files of a bank; where they are.
pub(crate) fn write(rig: &Rig, name: &str, texts: &[String]) -> Vec<PathBuf> {
    let paths = texts.iter().enumerate().map(|(place, text)| {
        let path = rig.folder().join(format!("{name}-{place}.txt"));
        std::fs::write(&path, text).unwrap();
        path
    });
    paths.collect()
}

/// Orders a plan of lost payments; whether it was made, and what was said.
pub(crate) fn try_lost(
    rig: &Rig,
    days: (NaiveDate, NaiveDate),
    files: &[PathBuf],
) -> (bool, String) {
    let (from, to) = (days.0.to_string(), days.1.to_string());
    let mut command = vec![
        "restore",
        "lost",
        "--from",
        &from,
        "--to",
        &to,
        "--registry",
    ];
    command.extend(files.iter().map(|path| path.to_str().unwrap()));
    command.extend([
        "--reason",
        "lost_source",
        "--act-number",
        "17",
        "--act-date",
        &to,
    ]);
    command.extend(["--act-author", "Иванова А. А.", "--by", "Анна", "--json"]);
    rig.try_run(&command)
}

pub(crate) fn lost(rig: &Rig, days: (NaiveDate, NaiveDate), files: &[PathBuf]) -> Value {
    let (is_well, said) = try_lost(rig, days, files);
    assert!(is_well, "{said}");
    serde_json::from_str(&said).unwrap()
}

/// Gives an order about a plan; how the plan stands then.
pub(crate) fn order(rig: &Rig, words: &[&str]) -> Value {
    let said = rig.run(&[&["restore"], words, &["--json"]].concat());
    serde_json::from_str(&said).unwrap()
}

/// Another person approves it.
pub(crate) fn approve(rig: &Rig, plan: &Value) -> Value {
    let (id, hash) = (plan["id"].to_string(), plan["hash"].as_str().unwrap());
    order(rig, &["approve", &id, "--hash", hash, "--by", "Борис"])
}

/// How it stands; none while the server is away.
pub(crate) fn look(caller: &Caller, id: &Value) -> Option<Value> {
    match caller.request("GET", &format!("restorations/{id}"), "") {
        Ok((200, plan)) => Some(plan),
        _ => None,
    }
}

/// How it stands once it is in this state.
pub(crate) fn comes_to(caller: &Caller, id: &Value, state: &str) -> Value {
    let mut seen = Value::Null;
    until(&format!("restoration {id} is {state}"), || {
        seen = look(caller, id).unwrap_or_default();
        seen["state"] == state
    });
    seen
}

/// Rows and kopecks of a class.
pub(crate) fn class(plan: &Value, name: &str) -> (u64, i64) {
    let classes = plan["classes"].as_array().unwrap();
    let found = classes.iter().find(|class| class["class"] == name);
    found.map_or((0, 0), |class| {
        (class["rows"].as_u64().unwrap(), kopecks(&class["amount"]))
    })
}

/// All its rows.
pub(crate) fn rows(caller: &Caller, id: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut path = format!("restorations/{id}/rows?limit=1000");
    loop {
        let (status, mut page) = caller.request("GET", &path, "").unwrap();
        assert_eq!(status, 200, "{page}");
        rows.append(page["items"].as_array_mut().unwrap());
        match page["next"].as_str() {
            None => return rows,
            Some(next) => path = format!("restorations/{id}/rows?limit=1000&cursor={next}"),
        }
    }
}

/// Money of the HTTP interface, kopecks.
pub(crate) fn kopecks(money: &Value) -> i64 {
    let (roubles, kopecks) = money.as_str().unwrap().split_once('.').unwrap();
    let roubles: i64 = roubles.parse().unwrap();
    roubles * 100 + kopecks.parse::<i64>().unwrap()
}
