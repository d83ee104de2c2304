//! Comparing by itself: each day the day before, and once a month the month before, with the files that
//! lie in a folder by then.
//!
//! That it was done is known from the reconciliations themselves, so a restart does nothing twice.

use std::{collections::BTreeSet, fs, io, path::Path, time::Duration};

use desk::{
    Desk, DeskError, ReconcileError, ReconcileOrder, ReconciliationState, SlotId, StatementFile,
    files::FILE_MAX,
};
use terms::{LocalDate, LocalDateTime};
use tokio::time::{MissedTickBehavior, interval};

use crate::config::ReconcilePlan;

/// Who compares by itself.
const BY: &str = "schedule";
/// How often it is looked whether it is time.
const TICK: Duration = Duration::from_secs(20);
/// How many reconciliations are looked at to know what was done.
const LOOKED_AT: u32 = 100;

/// Days from the first to the last.
type Days = (LocalDate, LocalDate);

/// Compares until it is dropped.
pub(crate) async fn watch(desk: Desk, plan: ReconcilePlan) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What could not be done is tried again after the next start or the next day, not every minute.
    let mut tried: BTreeSet<(LocalDate, Days)> = BTreeSet::new();
    loop {
        ticks.tick().await;
        let now = desk.clock().local();
        for days in due(&plan, now) {
            if tried.contains(&(now.date(), days)) || was_done(&desk, now, days) {
                continue;
            }
            match compare(&desk, &plan, days).await {
                // It waits for the one that is under way.
                Err(DeskError::Reconcile(ReconcileError::Busy(_))) => break,
                Ok(id) => tracing::info!(id, "compared by itself: {}…{}", days.0, days.1),
                Err(error) => {
                    tracing::error!(%error, "{}…{} cannot be compared", days.0, days.1);
                }
            }
            tried.retain(|(day, _)| *day == now.date());
            tried.insert((now.date(), days));
        }
    }
}

/// What is due by now.
fn due(plan: &ReconcilePlan, now: LocalDateTime) -> Vec<Days> {
    if (now.hour(), now.minute()) < plan.at {
        return Vec::new();
    }
    let today = now.date();
    let Ok(yesterday) = today.plus_days(-1) else {
        return Vec::new();
    };
    let mut due = vec![(yesterday, yesterday)];
    if today.day() == plan.month_on
        && let Ok(last) = today.plus_days(-i32::from(today.day()))
        && let Ok(first) = LocalDate::new(last.year(), last.month(), 1)
    {
        due.push((first, last));
    }
    due
}

/// Whether these days were compared today by itself; one that was interrupted does not count.
fn was_done(desk: &Desk, now: LocalDateTime, (from, to): Days) -> bool {
    let listed = desk.reconciliations(LOOKED_AT).unwrap_or_default();
    listed.iter().any(|one| {
        let begun = desk.clock().local_at(one.started_at);
        one.by == BY
            && (one.from, one.to) == (from, to)
            && one.state != ReconciliationState::Interrupted
            && begun.is_some_and(|begun| begun.date() == now.date())
    })
}

async fn compare(desk: &Desk, plan: &ReconcilePlan, days: Days) -> Result<i64, DeskError> {
    let (folder, billing, bank) = (plan.folder.clone(), plan.billing.clone(), plan.bank.clone());
    let read = tokio::task::spawn_blocking(move || match folder {
        Some(folder) => Ok((
            files(&folder, &billing, days)?,
            files(&folder, &bank, days)?,
        )),
        None => Ok::<_, io::Error>((Vec::new(), Vec::new())),
    });
    let read = read.await.map_err(|_| DeskError::Stopping)?;
    let (billing, bank) = read.map_err(|error| DeskError::Setup {
        what: format!("[reconcile]: the folder cannot be read: {error}"),
    })?;
    for (what, names, found) in [
        ("billing", &plan.billing, billing.len()),
        ("bank", &plan.bank, bank.len()),
    ] {
        if !names.is_empty() && found == 0 {
            tracing::warn!(
                "[reconcile]: no file of {what} is there for {}…{}",
                days.0,
                days.1
            );
        }
    }
    let order = ReconcileOrder {
        from: days.0,
        to: days.1,
        billing,
        bank,
        profile: None,
        archives: Vec::new(),
        drives: plan.drives.iter().copied().map(SlotId).collect(),
        by: BY.to_owned(),
        sender: None,
    };
    Ok(desk.reconcile(order).await?.head.id)
}

/// The files of a folder whose names fit one of the patterns for these days, by name.
fn files(folder: &Path, patterns: &[String], (from, to): Days) -> io::Result<Vec<StatementFile>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let fits = |pattern: &String| {
            let mut day = from;
            loop {
                if is_like(&name, &pattern.replace("{date}", &day.to_string())) {
                    return true;
                }
                match day.plus_days(1) {
                    Ok(next) if next <= to => day = next,
                    _ => return false,
                }
            }
        };
        if !name.starts_with('.') && patterns.iter().any(fits) {
            names.insert(name);
        }
    }
    let mut files = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let metadata = fs::metadata(&path)?;
        if !metadata.is_file() {
            continue;
        }
        if metadata.len() > FILE_MAX as u64 {
            let why = format!("«{name}» is larger than {FILE_MAX} bytes: split it");
            return Err(io::Error::other(why));
        }
        files.push(StatementFile {
            bytes: fs::read(path)?,
            name,
        });
    }
    Ok(files)
}

/// Whether a name is like a pattern in which `*` stands for anything.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_like_their_patterns() {
        for (name, pattern, like) in [
            ("billing-2026-03-05.csv", "billing-2026-03-05.csv", true),
            ("billing-2026-03-05.csv", "billing-*.csv", true),
            ("40703_1234_05.y01", "*_*.y*", true),
            ("billing.csv", "billing-*.csv", false),
            ("a.csv.bak", "*.csv", false),
            ("ab", "a*b*b", false),
            ("", "*", true),
        ] {
            assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
        }
    }

    #[test]
    fn yesterday_is_due_each_morning_and_the_month_once() {
        let plan = ReconcilePlan {
            folder: None,
            at: (6, 0),
            month_on: 3,
            billing: Vec::new(),
            bank: Vec::new(),
            drives: Vec::new(),
        };
        let due = |now: &str| {
            let due = due(&plan, now.parse().unwrap());
            let told = due.iter().map(|(from, to)| format!("{from} {to}"));
            told.collect::<Vec<_>>()
        };
        assert!(due("2026-04-03T05:59").is_empty());
        assert_eq!(due("2026-04-02T06:00"), ["2026-04-01 2026-04-01"]);
        assert_eq!(
            due("2026-04-03T23:10"),
            ["2026-04-02 2026-04-02", "2026-03-01 2026-03-31"]
        );
    }
}
