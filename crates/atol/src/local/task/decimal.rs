use terms::div_round_half_up;

/// The longest number, bytes.
const TEXT_MAX: usize = 40;
/// The most digits.
const DIGITS_MAX: usize = 30;
/// The greatest exponent, either way.
const EXPONENT_MAX: i32 = 30;

/// A decimal as it is written in JSON: `digits · 10^−places`. Clients compute with binary fractions
/// and send what comes of it, such as 0.30000000000000004, so nothing may be assumed of its length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Decimal {
    digits: i128,
    places: i32,
}

impl Decimal {
    /// Reads a number; none when it is none or too long.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, mantissa),
        };
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        let is_bad = !is_number(whole)
            || !is_number(decimals)
            || whole.len() + decimals.len() > DIGITS_MAX
            || exponent.abs() > EXPONENT_MAX;
        if is_bad {
            return None;
        }
        let digits: i128 = format!("{whole}{decimals}").parse().ok()?;
        let places = i32::try_from(decimals.len()).ok()? - exponent;
        Some(Self {
            digits: sign * digits,
            places,
        })
    }

    /// The number of units of `10^−places`, rounded half up; none when it is too large.
    pub(super) fn rounded(self, places: i32) -> Option<i128> {
        let shift = self.places - places;
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        match power {
            Some(power) if shift <= 0 => self.digits.checked_mul(power),
            Some(power) => Some(div_round_half_up(self.digits, power)),
            // There are 30 digits at most, so that much less than a half is left.
            None => (shift > 0).then_some(0),
        }
    }

    /// Whether nothing is lost by rounding.
    pub(super) fn fits(self, places: i32) -> bool {
        let shift = self.places - places;
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        shift <= 0 || power.is_some_and(|power| self.digits % power == 0) || self.digits == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_they_are_written() {
        let kopecks = |text: &str| Decimal::read(text).and_then(|it| it.rounded(2));
        for (text, expected) in [
            ("1500", Some(150_000)),
            ("1500.5", Some(150_050)),
            ("0.30000000000000004", Some(30)),
            ("0.285", Some(29)),
            ("-0.005", Some(-1)),
            ("1e2", Some(10_000)),
            ("1.5E-1", Some(15)),
            ("1e-30", Some(0)),
            ("99999999999999999999999999999e30", None),
            ("1e31", None),
            ("", None),
            (".5", None),
            ("1.", None),
            ("+1", None),
            ("1,5", None),
            ("NaN", None),
            ("0x10", None),
            (" 1", None),
        ] {
            assert_eq!(kopecks(text), expected, "{text:?}");
        }
        assert!(!Decimal::read("0.285").unwrap().fits(2));
        assert!(Decimal::read("0.2800").unwrap().fits(2));
    }
}
