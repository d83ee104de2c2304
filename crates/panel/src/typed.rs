//! What people type: sums and days as they are used to write them.

use terms::{Kopecks, LocalDate};

/// A sum of roubles: `1500`, `1 500,50`, `1,500.50 ₽`. None when it is no sum, or not greater than
/// zero.
pub(crate) fn sum(text: &str) -> Option<Kopecks> {
    let has_point = text.contains('.');
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '₽')
        .filter_map(|letter| match (letter, has_point) {
            // Before a point it stands between thousands.
            (',', true) => None,
            (',', false) => Some('.'),
            (other, _) => Some(other),
        })
        .collect();
    let sum = plain.parse::<Kopecks>().ok();
    sum.filter(|sum| sum.is_positive())
}

/// A day: `23.11.2026` or `2026-11-23`.
pub(crate) fn day(text: &str) -> Option<LocalDate> {
    let text = text.trim();
    match text.split('.').collect::<Vec<_>>()[..] {
        [day, month, year] if !text.contains('-') => {
            let written = format!("{year:0>4}-{month:0>2}-{day:0>2}");
            written.parse().ok()
        }
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_write_them() {
        for (text, kopecks) in [
            ("1500", 150_000),
            ("1 500,5", 150_050),
            ("1\u{a0}234,56 ₽", 123_456),
            ("1,500.50", 150_050),
            ("0,01", 1),
        ] {
            assert_eq!(sum(text).map(Kopecks::get), Some(kopecks), "{text}");
        }
        for text in ["", "0", "-5", "1,2,3", "1.2.3", "сто", "1e3", "0,001"] {
            assert_eq!(sum(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_both_orders() {
        let expected = LocalDate::new(2026, 11, 3).ok();
        for text in ["03.11.2026", "3.11.2026", "2026-11-03", " 2026-11-03 "] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in ["", "32.01.2026", "1.2", "13.2026", "x"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
