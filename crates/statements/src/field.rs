//! Values as files write them.

use terms::{Kopecks, LocalDate, Period};

use crate::TimeOfDay;

/// The longest text that is kept of a field, in messages.
const QUOTED: usize = 40;

/// Roubles with a comma or a point: `8575,32`, `100`.
pub(crate) fn sum(text: &str) -> Result<Kopecks, String> {
    let text = text.trim();
    let mut buffer = [0; 24];
    let bad = || {
        format!(
            "«{}» is no sum: it is written as 1500,50 or 1500.50",
            quoted(text)
        )
    };
    let place = buffer.get_mut(..text.len()).ok_or_else(bad)?;
    place.copy_from_slice(text.as_bytes());
    for byte in place.iter_mut().filter(|byte| **byte == b',') {
        *byte = b'.';
    }
    std::str::from_utf8(place)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(bad)
}

/// Day, month and year of four digits between `separator`s.
pub(crate) fn day_first(text: &str, separator: u8) -> Result<LocalDate, String> {
    let form = || {
        let sign = char::from(separator);
        format!(
            "«{}» is no date: it is written DD{sign}MM{sign}YYYY",
            quoted(text)
        )
    };
    let [d1, d2, first, m1, m2, second, y @ ..] = text.trim().as_bytes() else {
        return Err(form());
    };
    if *first != separator || *second != separator || y.len() != 4 {
        return Err(form());
    }
    let date = number(&[*d1, *d2])
        .zip(number(&[*m1, *m2]))
        .zip(number(y))
        .and_then(|((day, month), year)| LocalDate::new(year, month as u8, day as u8).ok());
    date.ok_or_else(form)
}

/// `YYYY-MM-DD` or `DD.MM.YYYY`.
pub(crate) fn any_date(text: &str) -> Result<LocalDate, String> {
    let text = text.trim();
    text.parse()
        .or_else(|_| day_first(text, b'.'))
        .map_err(|_| {
            format!(
                "«{}» is no date: it is written YYYY-MM-DD or DD.MM.YYYY",
                quoted(text)
            )
        })
}

/// Hours, minutes and seconds between `-` or `:`; seconds may be left out.
pub(crate) fn time(text: &str) -> Result<TimeOfDay, String> {
    let text = text.trim();
    let mut parts = text.split(['-', ':']);
    let mut next = || {
        let part = parts.next()?.as_bytes();
        (1..=2).contains(&part.len()).then_some(())?;
        number(part).map(|part| part as u8)
    };
    let (hour, minute, second) = (next(), next(), next());
    let rest = parts.next();
    let is_short = text.split(['-', ':']).count() == 2;
    let second = if is_short { Some(0) } else { second };
    hour.zip(minute)
        .zip(second)
        .filter(|_| rest.is_none())
        .and_then(|((hour, minute), second)| TimeOfDay::new(hour, minute, second).ok())
        .ok_or_else(|| {
            format!(
                "«{}» is no time: it is written HH-MM-SS or HH:MM:SS",
                quoted(text)
            )
        })
}

/// A month as payers and banks write it: `MMYY`, `MMYYYY`, `MM.YYYY` or `YYYY-MM`. What is none of
/// these is only a remark of the payer.
pub(crate) fn month(text: &str) -> Option<Period> {
    let text = text.trim();
    if let Ok(period) = text.parse() {
        return Some(period);
    }
    let bytes = text.as_bytes();
    let (month, year) = match bytes.len() {
        4 => (&bytes[..2], 2000 + number(&bytes[2..])?),
        6 => (&bytes[..2], number(&bytes[2..])?),
        7 if bytes[2] == b'.' => (&bytes[..2], number(&bytes[3..])?),
        _ => return None,
    };
    Period::new(year, number(month)? as u8).ok()
}

/// The beginning of a text, for messages.
pub(crate) fn quoted(text: &str) -> String {
    let mut letters = text.chars();
    let mut quoted: String = letters.by_ref().take(QUOTED).collect();
    if letters.next().is_some() {
        quoted.push('…');
    }
    quoted
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
