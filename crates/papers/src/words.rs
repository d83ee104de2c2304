//! Values as Russian papers write them.

use terms::{Kopecks, LocalDate, LocalDateTime};

/// `02.03.2026`.
pub(crate) fn date(date: LocalDate) -> String {
    format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
}

/// `02.03.2026 14:05`.
pub(crate) fn moment(moment: LocalDateTime) -> String {
    let (day, hour, minute) = (date(moment.date()), moment.hour(), moment.minute());
    format!("{day} {hour:02}:{minute:02}")
}

/// `1 234 567,05`, with spaces at which no line breaks.
pub(crate) fn money(money: Kopecks) -> String {
    let kopecks = money.get().unsigned_abs();
    let sign = if money < Kopecks::ZERO { "−" } else { "" };
    format!("{sign}{},{:02}", grouped(kopecks / 100), kopecks % 100)
}

/// `1 234 567`, with spaces at which no line breaks.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{A0}');
        }
        text.push(digit);
    }
    text
}

/// `12,05%` of hundredths of a per cent.
pub(crate) fn percent(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let parts = hundredths.unsigned_abs();
    format!("{sign}{},{:02}%", parts / 100, parts % 100)
}

/// The text in one line: control characters become spaces.
pub(crate) fn plain(text: &str) -> String {
    let is_break = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    text.replace(is_break, " ")
}

/// Digits of a hash.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_in_groups_of_three() {
        let shown = |kopecks| money(Kopecks::new(kopecks).unwrap()).replace('\u{A0}', " ");
        assert_eq!(shown(0), "0,00");
        assert_eq!(shown(99_905), "999,05");
        assert_eq!(shown(-100_000), "−1 000,00");
        assert_eq!(shown(123_456_789_012), "1 234 567 890,12");
    }
}
