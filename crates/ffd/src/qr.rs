use std::{fmt, str::FromStr};

use terms::{
    DocumentNumber, DriveNumber, FiscalSign, Kopecks, LocalDate, LocalDateTime, OperationSign,
    TermError,
};

use crate::StoredReceipt;

/// The text of a receipt's QR code (tag 1196; FFD documents §5).
///
/// ```
/// use ffd::QrText;
/// let text = "t=20201225T1016&s=1113.99&fn=9282440300829880&i=10556&fp=189504453&n=1";
/// assert_eq!(text.parse::<QrText>()?.to_string(), text);
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QrText {
    /// The moment of tag 1012.
    pub time: LocalDateTime,
    /// The total of tag 1020.
    pub total: Kopecks,
    /// The drive of tag 1041.
    pub drive: DriveNumber,
    /// The number of tag 1040.
    pub number: DocumentNumber,
    /// The sign of tag 1077.
    pub sign: FiscalSign,
    /// The sign of tag 1054.
    pub operation: OperationSign,
}

impl QrText {
    /// The QR text of a stored receipt.
    pub const fn of(receipt: &StoredReceipt) -> Self {
        Self {
            time: receipt.head.time,
            total: receipt.total,
            drive: receipt.head.drive,
            number: receipt.head.number,
            sign: receipt.head.sign,
            operation: receipt.receipt.operation,
        }
    }
}

impl fmt::Display for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.time.date();
        write!(
            f,
            "t={:04}{:02}{:02}T{:02}{:02}&s={}&fn={}&i={}&fp={}&n={}",
            date.year(),
            date.month(),
            date.day(),
            self.time.hour(),
            self.time.minute(),
            self.total,
            self.drive,
            self.number,
            self.sign,
            self.operation.code(),
        )
    }
}

impl FromStr for QrText {
    type Err = TermError;

    /// Reads the six parameters in their order. Seconds in the time are accepted and dropped; a sum
    /// may have no, one or two decimals.
    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || {
            TermError::new(
                "QR code",
                text,
                "it is t=YYYYMMDDTHHMM&s=sum&fn=drive&i=document&fp=sign&n=1…4",
            )
        };
        let mut parts = text.split('&');
        let mut part = |name: &str| {
            parts
                .next()
                .and_then(|part| part.strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(bad)
        };
        let read = Self {
            time: read_time(part("t")?).ok_or_else(bad)?,
            total: part("s")?.parse()?,
            drive: part("fn")?.parse()?,
            number: DocumentNumber(read_number(part("i")?).ok_or_else(bad)?),
            sign: FiscalSign(read_number(part("fp")?).ok_or_else(bad)?),
            operation: read_number(part("n")?)
                .and_then(|code| OperationSign::from_code(u8::try_from(code).ok()?).ok())
                .ok_or_else(bad)?,
        };
        match parts.next() {
            None => Ok(read),
            Some(_) => Err(bad()),
        }
    }
}

fn read_number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// `YYYYMMDDTHHMM` or the same with seconds.
fn read_time(text: &str) -> Option<LocalDateTime> {
    let (date, time) = text.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || !matches!(time.len(), 4 | 6) || !digits(date) || !digits(time) {
        return None;
    }
    let number = |text: &str| text.parse::<u8>().ok();
    let year = date[..4].parse().ok()?;
    LocalDate::new(year, number(&date[4..6])?, number(&date[6..])?)
        .ok()?
        .at(number(&time[..2])?, number(&time[2..4])?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_code_with_seconds_is_read() {
        let text = "t=20170806T215500&s=500.00&fn=9720000100000101&i=10001&fp=775000138&n=1";
        let read: QrText = text.parse().unwrap();
        assert_eq!(read.total.get(), 50_000);
        assert_eq!(read.to_string(), text.replace("215500", "2155"));
        let short = text.replace("500.00", "500");
        assert_eq!(short.parse(), Ok(read));
    }

    #[test]
    fn what_is_not_exactly_a_code_is_refused() {
        let good = "t=20170806T2155&s=500.00&fn=9720000100000101&i=10001&fp=775000138&n=1";
        for (from, to) in [
            ("n=1", "n=5"),
            ("n=1", "n=1&x=1"),
            ("&n=1", ""),
            ("fp=775000138", "fp=4294967296"),
            ("i=10001", "i=+10001"),
            ("2155", "2165"),
            ("20170806", "２0170806"),
            ("fn=97", "fn="),
        ] {
            assert!(
                good.replace(from, to).parse::<QrText>().is_err(),
                "{from} → {to}"
            );
        }
    }
}
