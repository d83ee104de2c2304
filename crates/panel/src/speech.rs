//! How numbers, money and time are written in each language.

use std::{borrow::Borrow, fmt};

use desk::{Clock, Language};
use terms::{Kopecks, LocalDate, LocalDateTime, Saying};

use crate::text::by_language;

/// Keeps a number and its unit together.
const NBSP: char = '\u{a0}';
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A language, and the wall clock at the place of settlement. Its methods take references: templates
/// have nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
}

impl Speech {
    /// A whole number with its thousands apart: `1 234`.
    pub(crate) fn number(self, number: impl fmt::Display) -> String {
        grouped(number, NBSP)
    }

    /// What the program has stored about something.
    pub(crate) fn said(self, stored: &str) -> Said {
        let russian = match self.language {
            Language::Ru => Saying::in_russian(stored),
            Language::En => None,
        };
        Said {
            is_english: self.language == Language::Ru && russian.is_none(),
            text: russian.unwrap_or_else(|| stored.to_owned()),
        }
    }

    /// Money: `1 234,56 ₽`, `−1,234.56 ₽`.
    pub(crate) fn money(self, sum: impl Borrow<Kopecks>) -> String {
        money(self.language, *sum.borrow())
    }

    /// A day: `23.11.2026`, `23 Nov 2026`.
    pub(crate) fn date(self, day: impl Borrow<LocalDate>) -> String {
        date(self.language, *day.borrow())
    }

    /// A minute: `23.11.2026 14:05`.
    pub(crate) fn time(self, minute: impl Borrow<LocalDateTime>) -> String {
        let minute = minute.borrow();
        let day = self.date(minute.date());
        format!("{day}{NBSP}{:02}:{:02}", minute.hour(), minute.minute())
    }

    /// A moment of the journal, milliseconds since 1970, as the minute at the place of settlement.
    pub(crate) fn moment(self, unix_ms: &i64) -> String {
        let minute = self.clock.local_at(*unix_ms);
        minute.map_or_else(|| "—".to_owned(), |minute| self.time(minute))
    }
}

/// A sentence of the program, as far as there is one in the person's language.
pub(crate) struct Said {
    pub(crate) text: String,
    /// It is English although the page is not.
    pub(crate) is_english: bool,
}

fn money(language: Language, sum: Kopecks) -> String {
    let (kopecks, sign) = (
        sum.get().unsigned_abs(),
        if sum.get() < 0 { "−" } else { "" },
    );
    let thousands = by_language(language, NBSP, ',');
    let point = by_language(language, ',', '.');
    let roubles = grouped(kopecks / 100, thousands);
    format!("{sign}{roubles}{point}{:02}{NBSP}₽", kopecks % 100)
}

fn date(language: Language, day: LocalDate) -> String {
    let (year, month, number) = (day.year(), day.month(), day.day());
    match language {
        Language::Ru => format!("{number:02}.{month:02}.{year}"),
        Language::En => {
            let month = MONTHS.get(usize::from(month) - 1).copied();
            format!("{number}{NBSP}{}{NBSP}{year}", month.unwrap_or_default())
        }
    }
}

/// A number with something between its thousands.
pub(crate) fn grouped(number: impl fmt::Display, between: char) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(between);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_each_language_writes_it() {
        for (kopecks, ru, en) in [
            (0, "0,00 ₽", "0.00 ₽"),
            (5, "0,05 ₽", "0.05 ₽"),
            (123_456, "1 234,56 ₽", "1,234.56 ₽"),
            (-100_000_000, "−1 000 000,00 ₽", "−1,000,000.00 ₽"),
        ] {
            let sum = Kopecks::new(kopecks).unwrap();
            let plain = |language| money(language, sum).replace(NBSP, " ");
            assert_eq!(
                (plain(Language::Ru), plain(Language::En)),
                (ru.into(), en.into())
            );
        }
    }

    #[test]
    fn days_are_written_as_each_language_writes_them() {
        let day = LocalDate::new(2026, 11, 3).unwrap();
        assert_eq!(date(Language::Ru, day), "03.11.2026");
        assert_eq!(date(Language::En, day).replace(NBSP, " "), "3 Nov 2026");
    }
}
