use terms::LocalDateTime;

use super::{Findings, Violation, rules};
use crate::{Head, Tag};

/// How far tag 1012 may be from real time (FFD documents §6 rule 8).
const CLOCK_TOLERANCE_MINUTES: i64 = 5;
const SHIFT_MINUTES: i64 = 24 * 60;

/// Checks the moment of a document that is about to be formed: against the `clock`, the previous
/// document of the drive, and the opening of the shift (not for the closing one, which may be late:
/// ФН protocol §2.4).
pub fn check_moment(
    moment: LocalDateTime,
    clock: LocalDateTime,
    previous: Option<LocalDateTime>,
    shift_opened: Option<LocalDateTime>,
) -> Vec<Violation> {
    let mut findings = Findings::default();
    if moment.minutes_since(clock).abs() > CLOCK_TOLERANCE_MINUTES {
        let message = format!("it is {moment}, real time is {clock}");
        findings.add(&rules::CLOCK, Tag::DATE_TIME, message);
    }
    if let Some(previous) = previous.filter(|previous| moment < *previous) {
        let message = format!("it is {moment}, the previous document is of {previous}");
        findings.add(&rules::TIME_ORDER, Tag::DATE_TIME, message);
    }
    let late = |opened: &LocalDateTime| moment.minutes_since(*opened) > SHIFT_MINUTES;
    if let Some(opened) = shift_opened.filter(late) {
        let message = format!("it is {moment}, the shift was opened at {opened}");
        findings.add(&rules::SHIFT_LENGTH, Tag::DATE_TIME, message);
    }
    findings.0
}

/// Checks that `next` may follow `previous` in the archive of one drive.
pub fn check_sequence(previous: &Head, next: &Head) -> Vec<Violation> {
    let mut findings = Findings::default();
    if next.number != previous.number.next() {
        let message = format!("{} follows {}", next.number, previous.number);
        findings.add(&rules::SEQUENCE, Tag::DOCUMENT_NUMBER, message);
    }
    if next.drive != previous.drive {
        let message = format!("{} follows {}", next.drive, previous.drive);
        findings.add(&rules::SEQUENCE, Tag::DRIVE_NUMBER, message);
    }
    if next.time < previous.time {
        let message = format!("{} follows {}", next.time, previous.time);
        findings.add(&rules::TIME_ORDER, Tag::DATE_TIME, message);
    }
    findings.0
}
