use std::{fmt, str::FromStr};

use crate::{Result, TermError};

const SEQUENCE_BITS: u32 = 20;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 13;

/// An identifier of an operation or a receipt: 63 bits, sortable by the time it was given out.
///
/// The upper 43 bits are milliseconds since 1970 (until the year 2248), the lower 20 a sequence. As
/// text it is 13 characters of Crockford's base 32, and sorts the same way. As a number it is the
/// row's key in the journal, so new rows always land at the end of the table.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(i64);

impl Id {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Takes back a number given by [`Id::get`].
    ///
    /// # Errors
    /// When it is negative.
    pub fn from_number(number: i64) -> Result<Self> {
        if number < 0 {
            return Err(TermError::new("id", number, "it is not negative"));
        }
        Ok(Self(number))
    }

    /// The least identifier that may have been given out at `unix_ms`, milliseconds since 1970.
    pub fn since(unix_ms: i64) -> Self {
        Self(unix_ms.clamp(0, (1 << 43) - 1) << SEQUENCE_BITS)
    }

    /// Milliseconds since 1970 (UTC) at which it was given out.
    pub const fn unix_ms(self) -> i64 {
        self.0 >> SEQUENCE_BITS
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; TEXT_LEN];
        let mut rest = self.0;
        for place in text.iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl FromStr for Id {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || TermError::new("id", text, "it is 13 characters, as it was given out");
        if text.len() != TEXT_LEN {
            return Err(bad());
        }
        text.bytes()
            .try_fold(0_i64, |number, byte| {
                let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
                number.checked_mul(32)?.checked_add(digit as i64)
            })
            .map(Self)
            .ok_or_else(bad)
    }
}

/// Gives out [`Id`]s that only grow, even when the clock goes back or the program restarts.
#[derive(Debug)]
pub struct IdSequence {
    last: i64,
}

impl IdSequence {
    /// Continues after `last`, the greatest identifier in the journal.
    pub const fn after(last: Option<Id>) -> Self {
        Self {
            last: match last {
                Some(Id(last)) => last,
                None => 0,
            },
        }
    }

    /// The next identifier, at `unix_ms` or just after the last one.
    pub fn next(&mut self, unix_ms: i64) -> Id {
        let fresh = unix_ms.clamp(0, (1 << 43) - 1) << SEQUENCE_BITS;
        self.last = fresh.max(self.last.saturating_add(1));
        Id(self.last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn identifiers_grow_whatever_the_clock_does(clock in prop::collection::vec(0_i64..1 << 43, 1..50)) {
            let mut sequence = IdSequence::after(None);
            let ids: Vec<Id> = clock.iter().map(|ms| sequence.next(*ms)).collect();
            prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
            let texts: Vec<String> = ids.iter().map(Id::to_string).collect();
            prop_assert!(texts.windows(2).all(|pair| pair[0] < pair[1]));
            for (id, text) in ids.iter().zip(&texts) {
                prop_assert_eq!(&text.parse::<Id>().unwrap(), id);
            }
        }
    }

    #[test]
    fn foreign_texts_are_refused() {
        for text in [
            "",
            "0",
            "zzzzzzzzzzzzz",
            "000000000000I",
            "00000000000000",
            "0000000000ы",
        ] {
            assert!(text.parse::<Id>().is_err(), "{text:?}");
        }
    }
}
