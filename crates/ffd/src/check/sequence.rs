use terms::LocalDateTime;

use super::{Violation, findings::Findings, list::List, rules};
use crate::{DecodeError, Form, Head, Reader, Tag};

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
        findings.told(&rules::CLOCK, Tag::DATE_TIME, message);
    }
    if let Some(previous) = previous.filter(|previous| moment < *previous) {
        let message = format!("it is {moment}, the previous document is of {previous}");
        findings.told(&rules::TIME_ORDER, Tag::DATE_TIME, message);
    }
    let late = |opened: &LocalDateTime| moment.minutes_since(*opened) > SHIFT_MINUTES;
    if let Some(opened) = shift_opened.filter(late) {
        let message = format!("it is {moment}, the shift was opened at {opened}");
        findings.told(&rules::SHIFT_LENGTH, Tag::DATE_TIME, message);
    }
    findings.into_violations()
}

/// Checks that `next` may follow `previous` in the archive of one drive.
pub fn check_sequence(previous: &Head, next: &Head) -> Vec<Violation> {
    let mut findings = Findings::default();
    if next.number != previous.number.next() {
        let message = format!("{} follows {}", next.number, previous.number);
        findings.told(&rules::SEQUENCE, Tag::DOCUMENT_NUMBER, message);
    }
    if next.drive != previous.drive {
        let message = format!("{} follows {}", next.drive, previous.drive);
        findings.told(&rules::SEQUENCE, Tag::DRIVE_NUMBER, message);
    }
    if next.time < previous.time {
        let message = format!("{} follows {}", next.time, previous.time);
        findings.told(&rules::TIME_ORDER, Tag::DATE_TIME, message);
    }
    findings.into_violations()
}

/// Checks that the document `next` may follow `previous` in the archive of one drive, both with
/// their outer elements: as [`check_sequence`], and the numbers of shifts and receipts, too.
///
/// # Errors
/// When one of them is no TLV element.
pub fn check_succession(previous: &[u8], next: &[u8]) -> Result<Vec<Violation>, DecodeError> {
    let (before, after) = (Reader::document(previous)?, Reader::document(next)?);
    let mut findings = Findings::default();
    let (old, new) = (
        List::index(before.list(), None),
        List::index(after.list(), None),
    );
    let both = |tag| old.number(tag).zip(new.number(tag));
    if let Some((old_number, number)) = both(Tag::DOCUMENT_NUMBER)
        && number != old_number + 1
    {
        let message = format!("it follows {old_number}");
        findings.about(&rules::SEQUENCE, &new, Tag::DOCUMENT_NUMBER, message);
    }
    if old.text(Tag::DRIVE_NUMBER) != new.text(Tag::DRIVE_NUMBER) {
        let message = "the document before is of another drive";
        findings.about(&rules::SEQUENCE, &new, Tag::DRIVE_NUMBER, message);
    }
    if both(Tag::DATE_TIME).is_some_and(|(old, new)| new < old) {
        let message = "the document before is younger";
        findings.about(&rules::TIME_ORDER, &new, Tag::DATE_TIME, message);
    }
    let (old_form, form) = (Form::from_tag(before.tag()), Form::from_tag(after.tag()));
    check_numbers(&mut findings, (old_form, &old), (form, &new));
    Ok(findings.into_violations())
}

/// 1038 grows by one with each shift; 1042 begins anew in it and grows by one with each receipt.
fn check_numbers(
    findings: &mut Findings,
    (old_form, old): (Option<Form>, &List<'_>),
    (form, new): (Option<Form>, &List<'_>),
) {
    let shifts = old
        .number(Tag::SHIFT_NUMBER)
        .zip(new.number(Tag::SHIFT_NUMBER));
    let opens = i64::from(form == Some(Form::OpenShift));
    if let Some((old_shift, shift)) = shifts
        && shift != old_shift + opens
    {
        let message = format!("it follows {old_shift}");
        findings.about(&rules::SHIFT_SEQUENCE, new, Tag::SHIFT_NUMBER, message);
        return;
    }
    let expected = match (old_form, old.number(Tag::RECEIPT_NUMBER)) {
        (Some(Form::OpenShift), _) => 1,
        (_, Some(number)) => number + 1,
        _ => return,
    };
    if new
        .number(Tag::RECEIPT_NUMBER)
        .is_some_and(|number| number != expected)
    {
        let message = format!("it should be {expected}");
        findings.about(&rules::RECEIPT_SEQUENCE, new, Tag::RECEIPT_NUMBER, message);
    }
}
