//! A14: the consolidated receipt of a month's offsets.

use terms::{LocalDate, Period};

use crate::{Finding, Object, OffsetLimits, Result, RuleId, Severity, Sum, Text, deadline};

/// Offsets of a month that wait for its consolidated receipt.
#[derive(Clone, Copy, Debug)]
pub struct OffsetBuffer {
    /// The month.
    pub period: Period,
    /// Lines that wait.
    pub lines: u64,
    /// Their sum.
    pub sum: Sum,
}

/// A14: the offsets of a month are not closed, and the law's ten days run out.
///
/// # Errors
/// When the deadline lies outside the range of dates.
pub fn unclosed_offsets(
    limits: &OffsetLimits,
    today: LocalDate,
    buffer: &OffsetBuffer,
) -> Result<Option<Finding>> {
    let due = deadline::consolidated_offset(buffer.period)?;
    let after_end = today.days_since(buffer.period.last_day());
    if buffer.lines == 0 || after_end < i32::from(limits.warn_day) {
        return Ok(None);
    }
    let severity = if today < due {
        Severity::High
    } else {
        Severity::Critical
    };
    let (period, lines, sum) = (buffer.period, buffer.lines, buffer.sum);
    let what = Text::new(
        format!("Зачёты за {period} не закрыты: строк {lines}, {sum} ₽; последний день {due}."),
        format!(
            "Offsets of {period} are not closed: {lines} lines, {sum} ₽; the last day is {due}."
        ),
    );
    Ok(Some(
        Finding::new(RuleId::A14, severity, Object::Period(period), what)
            .with("lines", lines)
            .with("sum", sum)
            .with("due", due),
    ))
}
