//! A08, A09, A10, A23: drives, their shifts, clocks and ends.

use terms::{DriveNumber, LocalDate, LocalDateTime};

use crate::{
    ClockLimits, DriveEndLimits, Finding, Object, Result, RuleId, Severity, ShiftLimits, Text,
    UnsentLimits, Value, deadline,
};

const DAY: i64 = 24 * 60;

/// What a drive has not brought to the ОФД (tags 1097, 1098).
#[derive(Clone, Copy, Debug)]
pub struct DriveUnsent {
    /// The drive.
    pub drive: DriveNumber,
    /// Documents without a ticket.
    pub documents: u32,
    /// When the oldest of them was formed.
    pub oldest: Option<LocalDateTime>,
}

/// A08: documents that wait for the ОФД for too long.
///
/// # Errors
/// When the day on which the drive blocks itself lies outside the range of dates.
pub fn unsent_documents(
    limits: &UnsentLimits,
    now: LocalDateTime,
    unsent: &DriveUnsent,
) -> Result<Option<Finding>> {
    let Some(oldest) = unsent.oldest.filter(|_| unsent.documents > 0) else {
        return Ok(None);
    };
    let age = now.minutes_since(oldest);
    let severity = if age > i64::from(limits.critical_days) * DAY {
        Severity::Critical
    } else if age > i64::from(limits.high_days) * DAY {
        Severity::High
    } else {
        return Ok(None);
    };
    let blocks = deadline::fn_unsent_block(oldest)?;
    let no_big_jobs = age > i64::from(limits.no_big_jobs_days) * DAY;
    let (drive, documents) = (unsent.drive, unsent.documents);
    let (ru, en) = if no_big_jobs {
        (" Большие задания не планировать.", " Plan no big jobs.")
    } else {
        ("", "")
    };
    let what = Text::new(
        format!(
            "ФН {drive}: не переданы документы, {documents}, старший от {oldest}; блокировка \
             {blocks}.{ru}"
        ),
        format!(
            "Drive {drive}: {documents} documents are not sent, the oldest of {oldest}; it blocks \
             itself at {blocks}.{en}"
        ),
    );
    Ok(Some(
        Finding::new(RuleId::A08, severity, Object::Drive(drive), what)
            .with("documents", documents)
            .with("oldest", oldest)
            .with("blocks", blocks)
            .with("no_big_jobs", no_big_jobs),
    ))
}

/// A shift that is open.
#[derive(Clone, Copy, Debug)]
pub struct OpenShift {
    /// The drive.
    pub drive: DriveNumber,
    /// When it was opened.
    pub opened: LocalDateTime,
}

/// A09: a shift is open for nearly or more than 24 hours.
///
/// # Errors
/// When its end lies outside the range of dates.
pub fn shift_too_long(
    limits: &ShiftLimits,
    now: LocalDateTime,
    shift: &OpenShift,
) -> Result<Option<Finding>> {
    let close = deadline::shift_close(shift.opened)?;
    let minutes = now.minutes_since(shift.opened);
    let severity = if now >= close {
        Severity::Critical
    } else if minutes > i64::from(limits.warn_minutes) {
        Severity::High
    } else {
        return Ok(None);
    };
    let (drive, opened) = (shift.drive, shift.opened);
    let what = Text::new(
        format!("ФН {drive}: смена открыта {opened}, закрыть до {close}."),
        format!("Drive {drive}: the shift was opened at {opened}, close it by {close}."),
    );
    Ok(Some(
        Finding::new(RuleId::A09, severity, Object::Drive(drive), what)
            .with("opened", opened)
            .with("close_by", close)
            .with("minutes", minutes),
    ))
}

/// A10: the clock of a drive's register is `seconds` ahead of true time (behind when negative).
pub fn clock_difference(limits: &ClockLimits, drive: DriveNumber, seconds: i64) -> Option<Finding> {
    let off = seconds.unsigned_abs();
    let severity = if off > limits.critical_seconds {
        Severity::Critical
    } else if off > limits.warn_seconds {
        Severity::High
    } else {
        return None;
    };
    let what = Text::new(
        format!("Часы при ФН {drive} расходятся с точным временем на {seconds} с."),
        format!("The clock at drive {drive} differs from true time by {seconds} s."),
    );
    Some(Finding::new(RuleId::A10, severity, Object::Drive(drive), what).with("seconds", seconds))
}

/// How much of a drive is left.
#[derive(Clone, Copy, Debug)]
pub struct DriveLife {
    /// The drive.
    pub drive: DriveNumber,
    /// Its last day.
    pub expires: LocalDate,
    /// Documents it can still form.
    pub documents_left: u32,
    /// Documents it can form in its life.
    pub capacity: u32,
    /// Whether the cassette holds a spare drive that is ready.
    pub spare_ready: bool,
}

/// A23: a drive ends soon, by days or by documents.
pub fn drive_ends(limits: &DriveEndLimits, today: LocalDate, life: &DriveLife) -> Option<Finding> {
    let days = life.expires.days_since(today);
    let within = |most_days: i32, pct: u32| {
        let left = u64::from(life.documents_left) * 100;
        days <= most_days || left <= u64::from(life.capacity) * u64::from(pct)
    };
    let severity = if within(limits.critical_days, limits.critical_pct) {
        Severity::Critical
    } else if within(limits.warn_days, limits.warn_pct) {
        Severity::High
    } else {
        return None;
    };
    let (drive, expires, left) = (life.drive, life.expires, life.documents_left);
    let (ru, en) = if life.spare_ready {
        ("запасной готов", "a spare is ready")
    } else {
        ("готового запасного нет", "no spare is ready")
    };
    let what = Text::new(
        format!("ФН {drive}: дней до {expires} осталось {days}, документов {left}; {ru}."),
        format!("Drive {drive}: {days} days to {expires} and {left} documents are left; {en}."),
    );
    Some(
        Finding::new(RuleId::A23, severity, Object::Drive(drive), what)
            .with("expires", expires)
            .with("days_left", days)
            .with("documents_left", left)
            .with("share_left", Value::share(left, life.capacity))
            .with("spare_ready", life.spare_ready),
    )
}
