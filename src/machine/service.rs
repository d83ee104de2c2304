//! The service of systemd, and what the system lets a process have.

use std::{collections::BTreeMap, fs, process::Command};

use desk::Diagnosis;

use super::{look, note, stop};
use crate::config::Config;

const UNIT: &str = "kassette.service";
/// Files that are open besides connections: the journal and its readers, the log, letters under way.
const FILES: u64 = 256;
/// For each slot: its port, its connection to the ОФД.
const FILES_OF_SLOT: u64 = 4;
/// A service that was started anew so often since the machine started has something.
const RESTARTS: u64 = 3;

/// What is the matter with them.
pub(super) fn findings(config: &Config) -> Vec<Diagnosis> {
    let unit = unit();
    let mut found: Vec<Diagnosis> = unit.iter().flat_map(judge_unit).collect();
    let connections = config.http.settings().map_or(0, |it| it.limits.connections) as u64;
    let needed = connections + config.slots.len() as u64 * FILES_OF_SLOT + FILES;
    let (limit, whose) = match unit.as_ref().and_then(limit_of_unit) {
        Some(limit) => (Some(limit), UNIT),
        None => (own_limit(), "this shell"),
    };
    found.extend(limit.map(|limit| judge_files(limit, needed, whose)));
    found
}

/// What systemd says of the unit; none: it does not run here, or knows no such unit.
fn unit() -> Option<BTreeMap<String, String>> {
    let properties = "LoadState,ActiveState,Result,NRestarts,LimitNOFILE,WatchdogUSec";
    let mut command = Command::new("systemctl");
    command.args(["show", UNIT, "--property", properties]);
    let output = command.output().ok().filter(|it| it.status.success())?;
    let unit = properties_of(&String::from_utf8(output.stdout).ok()?);
    (unit.get("LoadState").map(String::as_str) == Some("loaded")).then_some(unit)
}

/// Lines of the form `NAME=VALUE`.
fn properties_of(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn judge_unit(unit: &BTreeMap<String, String>) -> Vec<Diagnosis> {
    let value = |name: &str| unit.get(name).map_or("", String::as_str);
    let logs = format!("journalctl -u {UNIT}");
    let mut found = Vec::new();
    match value("ActiveState") {
        "active" | "reloading" => found.push(note(format!("{UNIT} runs"))),
        "failed" => {
            let why = value("Result");
            found.push(stop(
                format!("{UNIT} has failed ({why})"),
                format!("see why: {logs}"),
            ));
        }
        other => found.push(look(
            format!("{UNIT} is {other}"),
            format!("start it: systemctl enable --now {UNIT}"),
        )),
    }
    let restarts = value("NRestarts").parse::<u64>().unwrap_or_default();
    if restarts >= RESTARTS {
        let what = format!("{UNIT} was started anew {restarts} times by itself");
        found.push(look(what, format!("see why: {logs}")));
    }
    if matches!(value("WatchdogUSec"), "0" | "infinity") {
        found.push(look(
            format!("{UNIT} has no watchdog: a server that stands still is not started anew"),
            "install systemd/kassette.service of this version",
        ));
    }
    found
}

fn limit_of_unit(unit: &BTreeMap<String, String>) -> Option<u64> {
    unit.get("LimitNOFILE")?.parse().ok()
}

/// The soft limit of this process.
fn own_limit() -> Option<u64> {
    limit_in(&fs::read_to_string("/proc/self/limits").ok()?)
}

/// The soft limit of open files in `/proc/…/limits`.
fn limit_in(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn judge_files(limit: u64, needed: u64, whose: &str) -> Diagnosis {
    let what = format!("{whose} lets a process open {limit} files; {needed} may be needed");
    match limit < needed {
        true => look(
            what,
            "raise LimitNOFILE in the unit (ulimit -n in a shell), or lower http.max_connections",
        ),
        false => note(what),
    }
}

#[cfg(test)]
mod tests {
    use desk::Grade;

    use super::*;

    fn worst(text: &str) -> Grade {
        let found = judge_unit(&properties_of(text));
        found.iter().map(|it| it.grade).min().unwrap()
    }

    #[test]
    fn a_service_that_failed_stops_and_one_that_limps_is_looked_at() {
        let well = "LoadState=loaded\nActiveState=active\nNRestarts=0\nWatchdogUSec=1min\n";
        assert_eq!(worst(well), Grade::Note);
        assert_eq!(worst(&well.replace("=active", "=failed")), Grade::Stop);
        assert_eq!(worst(&well.replace("=active", "=inactive")), Grade::Look);
        assert_eq!(
            worst(&well.replace("NRestarts=0", "NRestarts=9")),
            Grade::Look
        );
        assert_eq!(worst(&well.replace("=1min", "=infinity")), Grade::Look);
    }

    #[test]
    fn open_files_are_compared_with_what_connections_and_slots_need() {
        let limits = "Limit          Soft Limit   Hard Limit   Units\n\
                      Max processes  192000       192000       processes\n\
                      Max open files 1024         524288       files\n";
        assert_eq!(limit_in(limits), Some(1_024));
        assert_eq!(judge_files(1_024, 1_300, "this shell").grade, Grade::Look);
        assert_eq!(judge_files(4_096, 1_300, UNIT).grade, Grade::Note);
        assert!(own_limit().is_some_and(|limit| limit > 0));
    }
}
