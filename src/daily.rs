//! Tables for the books, each day into a folder. What is there already is not written again, so a
//! stop makes nothing double: what was missed is made up for at the next look.

use std::{fs, io, time::Duration};

use desk::{Clock, Desk, ExportOrder};
use terms::{LocalDate, LocalDateTime};
use tokio::time::{MissedTickBehavior, interval};

use crate::config::ExportPlan;

/// How often it is looked whether a day is over.
const LOOK: Duration = Duration::from_secs(60);

/// Makes the folder.
pub(crate) fn prepare(plan: &ExportPlan) -> io::Result<()> {
    fs::create_dir_all(&plan.folder)
}

/// Writes what is due until it is dropped.
pub(crate) async fn write(desk: Desk, plan: ExportPlan) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Before the program was ever used there is nothing to tell; a folder may be of another journal.
    let first = first_day(&desk);
    loop {
        ticks.tick().await;
        for order in due(&plan, desk.clock().local(), first) {
            if plan.folder.join(order.file_name()).exists() {
                continue;
            }
            match desk.bring_out_into(plan.folder.clone(), order).await {
                Ok((path, exported)) if exported.shifts_that_differ > 0 => {
                    let shifts = exported.shifts_that_differ;
                    tracing::warn!(file = %path.display(), shifts, "a table for the books: shifts differ from what their drives have settled");
                }
                Ok((path, exported)) => {
                    let rows = exported.rows;
                    tracing::info!(file = %path.display(), rows, "a table for the books");
                }
                Err(error) => {
                    let file = order.file_name();
                    tracing::error!(file, %error, "a table for the books is not written");
                }
            }
        }
    }
}

/// The day on which the journal was begun.
fn first_day(desk: &Desk) -> Option<LocalDate> {
    let begun = desk.first_start().ok().flatten()?;
    let clock: Clock = desk.clock();
    clock.local_at(begun).map(LocalDateTime::date)
}

/// What should be in the folder by now, the oldest first.
fn due(plan: &ExportPlan, now: LocalDateTime, first: Option<LocalDate>) -> Vec<ExportOrder> {
    let is_late = (now.hour(), now.minute()) >= plan.at;
    let last = now.date().plus_days(if is_late { -1 } else { -2 });
    let days = i32::try_from(plan.catch_up_days).unwrap_or(i32::MAX);
    let mut orders = Vec::new();
    for back in (0..=days).rev() {
        let Some(day) = last
            .as_ref()
            .ok()
            .and_then(|last| last.plus_days(-back).ok())
        else {
            continue;
        };
        if first.is_none_or(|first| day < first) {
            continue;
        }
        for kind in &plan.tables {
            let orders_of = plan.formats.iter().map(|format| ExportOrder {
                kind: *kind,
                from: day,
                to: day,
                format: *format,
            });
            orders.extend(orders_of);
        }
    }
    orders
}

#[cfg(test)]
mod tests {
    use desk::{ExportFormat, ExportKind};

    use super::*;

    fn names(now: &str, first: &str) -> Vec<String> {
        let plan = ExportPlan {
            folder: "/nowhere".into(),
            tables: [ExportKind::Day].into(),
            formats: [ExportFormat::Csv].into(),
            at: (1, 30),
            catch_up_days: 2,
        };
        let due = due(&plan, now.parse().unwrap(), Some(first.parse().unwrap()));
        due.iter().map(ExportOrder::file_name).collect()
    }

    #[test]
    fn a_day_is_due_once_it_is_over_and_days_before_it_are_made_up_for() {
        let day = |day: &str| format!("kassette-day-2026-11-{day}.csv");
        let early = names("2026-11-23T01:29", "2026-01-01");
        assert_eq!(early, [day("19"), day("20"), day("21")]);
        let late = names("2026-11-23T01:30", "2026-01-01");
        assert_eq!(late, [day("20"), day("21"), day("22")]);
        assert_eq!(names("2026-11-23T12:00", "2026-11-22"), [day("22")]);
        assert!(names("2026-11-23T12:00", "2026-11-23").is_empty());
    }
}
