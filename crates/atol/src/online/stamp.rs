//! Moments as the protocol writes them.

use std::time::{SystemTime, UNIX_EPOCH};

use desk::Desk;
use terms::{LocalDate, LocalDateTime};

/// Seconds since 1970, UTC.
pub(super) fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Now, at the place of settlement: `dd.mm.yyyy HH:MM:SS`. (The cloud answers in Moscow's time,
/// whatever the client's zone; ATOL Online protocol §1.)
pub(super) fn now(desk: &Desk) -> String {
    let offset = desk.setup().organisation.utc_offset.local_minus_utc();
    let local = unix_seconds().saturating_add(i64::from(offset));
    match LocalDateTime::from_unix_local(local) {
        Ok(minute) => written(minute, local.rem_euclid(60)),
        Err(_) => String::new(),
    }
}

/// The time of a document, which has no seconds.
pub(super) fn of_document(time: &str) -> String {
    time.parse()
        .map_or_else(|_| time.to_owned(), |minute| written(minute, 0))
}

fn written(moment: LocalDateTime, seconds: i64) -> String {
    let date = day(moment.date());
    format!(
        "{date} {:02}:{:02}:{seconds:02}",
        moment.hour(),
        moment.minute()
    )
}

/// `dd.mm.yyyy`.
pub(super) fn day(date: LocalDate) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// Reads `dd.mm.yyyy` of the years that registers know.
pub(super) fn read_day(text: &str) -> Option<LocalDate> {
    let [d, e, b'.', m, n, b'.', y @ ..] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |so_far, digit| {
            let digit = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
            Some(so_far * 10 + digit)
        })
    };
    let year = (y.len() == 4).then(|| number(y))??;
    let (month, day) = (number(&[*m, *n])?, number(&[*d, *e])?);
    LocalDate::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

/// Reads `dd.mm.yyyy HH:MM:SS`.
pub(super) fn read_moment(text: &str) -> Option<LocalDateTime> {
    let (day, time) = text.split_once(' ')?;
    let [a, b, b':', c, d, b':', e, f] = time.as_bytes() else {
        return None;
    };
    let number = |tens: &u8, ones: &u8| {
        let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
        is_number.then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    let seconds = number(e, f)?;
    let moment = read_day(day)?.at(number(a, b)?, number(c, d)?).ok()?;
    (seconds < 60).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_the_schema_says() {
        let moment = read_moment("12.04.2026 20:16:59").unwrap();
        assert_eq!(written(moment, 59), "12.04.2026 20:16:59");
        for bad in [
            "",
            "12.04.26 20:16:00",
            "2026-04-12 20:16:00",
            "12.04.2026",
            "12.04.2026 24:00:00",
            "12.04.2026 20:60:00",
            "12.04.2026 20:16:60",
            "31.04.2026 20:16:00",
            "12.04.2026  20:16:00",
            "12.04.2026T20:16:00",
            "12.04.99999 20:16:00",
        ] {
            assert_eq!(read_moment(bad), None, "{bad:?}");
        }
    }
}
