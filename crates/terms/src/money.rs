use std::{fmt, iter, str::FromStr};

use crate::{Result, TermError};

/// Money in whole kopecks.
///
/// The range is ±(2⁵³ − 1) kopecks (about 90 billion roubles each way), so that every value also
/// survives a JSON reader that keeps numbers as doubles. Arithmetic is checked: it returns an
/// error instead of leaving the range.
///
/// ```
/// use terms::Kopecks;
/// let price: Kopecks = "1500.5".parse()?;
/// assert_eq!(price.get(), 150_050);
/// assert_eq!(price.to_string(), "1500.50");
/// assert!("0.001".parse::<Kopecks>().is_err());
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kopecks(i64);

impl Kopecks {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest sum.
    pub const MAX: Self = Self((1 << 53) - 1);
    /// The largest debt.
    pub const MIN: Self = Self(-Self::MAX.0);

    /// A sum of `kopecks`.
    ///
    /// # Errors
    /// When it lies outside [`Kopecks::MIN`]..=[`Kopecks::MAX`].
    pub fn new(kopecks: i64) -> Result<Self> {
        if (Self::MIN.0..=Self::MAX.0).contains(&kopecks) {
            Ok(Self(kopecks))
        } else {
            Err(TermError::new(
                "amount",
                kopecks,
                "it must lie within ±(2^53 − 1) kopecks",
            ))
        }
    }

    /// The number of kopecks.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self + other`.
    ///
    /// # Errors
    /// When the sum leaves the range.
    #[expect(
        clippy::should_implement_trait,
        reason = "it can fail, the trait's cannot"
    )]
    pub fn add(self, other: Self) -> Result<Self> {
        Self::new(self.0 + other.0)
    }

    /// `self − other`.
    ///
    /// # Errors
    /// When the difference leaves the range.
    #[expect(
        clippy::should_implement_trait,
        reason = "it can fail, the trait's cannot"
    )]
    pub fn sub(self, other: Self) -> Result<Self> {
        Self::new(self.0 - other.0)
    }

    /// `−self`; the range is symmetric, so this cannot fail.
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// `self · numerator / denominator`, rounded half away from zero to the kopeck.
    ///
    /// # Errors
    /// When the result leaves the range.
    ///
    /// # Panics
    /// When `denominator` is zero.
    pub fn mul_div(self, numerator: i64, denominator: i64) -> Result<Self> {
        let exact = i128::from(self.0) * i128::from(numerator);
        let rounded = div_round_half_up(exact, i128::from(denominator));
        i64::try_from(rounded)
            .map_err(|_| {
                TermError::new("amount", rounded, "it must lie within ±(2^53 − 1) kopecks")
            })
            .and_then(Self::new)
    }

    /// The sum of `parts`.
    ///
    /// # Errors
    /// When the sum leaves the range.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Result<Self> {
        let total: i128 = parts.into_iter().map(|part| i128::from(part.0)).sum();
        i64::try_from(total)
            .map_err(|_| TermError::new("sum", total, "it must lie within ±(2^53 − 1) kopecks"))
            .and_then(Self::new)
    }
}

/// `numerator / denominator`, rounded half away from zero: the one rounding of the program.
///
/// VAT inside a gross sum is rounded so (receipt rules §1.3), and so are price × quantity products.
///
/// ```
/// use terms::div_round_half_up;
/// assert_eq!(div_round_half_up(5, 2), 3);
/// assert_eq!(div_round_half_up(-5, 2), -3);
/// assert_eq!(div_round_half_up(4, 3), 1);
/// ```
///
/// # Panics
/// When `denominator` is zero.
pub fn div_round_half_up(numerator: i128, denominator: i128) -> i128 {
    let (quotient, remainder) = (numerator / denominator, numerator % denominator);
    let away = remainder.unsigned_abs() * 2 >= denominator.unsigned_abs();
    let sign = if (numerator < 0) == (denominator < 0) {
        1
    } else {
        -1
    };
    if away { quotient + sign } else { quotient }
}

/// Roubles with exactly two decimals and a point: `1500.50`, `-0.05`.
impl fmt::Display for Kopecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let kopecks = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", kopecks / 100, kopecks % 100)
    }
}

/// Reads roubles: digits with at most two decimals after a point, an optional leading minus.
/// Exponents, spaces, a plus sign and a third decimal are refused.
impl FromStr for Kopecks {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |rule| TermError::new("amount", text, rule);
        if text.len() > 24 {
            return Err(bad("it is too long for a sum"));
        }
        let (negative, digits) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (roubles, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(roubles) || !is_number(decimals) {
            return Err(bad(
                "roubles are written as digits with at most two decimals: 1500.50",
            ));
        }
        if decimals.len() > 2 {
            return Err(bad("a kopeck is the smallest unit: at most two decimals"));
        }
        let kopecks: i64 = iter::once(roubles)
            .chain([decimals, if decimals.len() == 1 { "0" } else { "" }])
            .collect::<String>()
            .parse()
            .map_err(|_| bad("it must lie within ±(2^53 − 1) kopecks"))?;
        Self::new(if negative { -kopecks } else { kopecks })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_roubles_are_refused() {
        for text in [
            "", "-", ".", "1.", ".5", "1e3", "+1", "1 000", "1,50", "0.001", "١", "--1", "NaN",
        ] {
            assert!(text.parse::<Kopecks>().is_err(), "{text:?}");
        }
        assert!("90071992547409.92".parse::<Kopecks>().is_err());
        assert!("9".repeat(1_000_000).parse::<Kopecks>().is_err());
    }

    proptest! {
        #[test]
        fn printed_money_reads_back(kopecks in Kopecks::MIN.get()..=Kopecks::MAX.get()) {
            let money = Kopecks::new(kopecks).unwrap();
            prop_assert_eq!(money.to_string().parse::<Kopecks>().unwrap(), money);
        }

        #[test]
        fn rounding_is_within_a_half_and_odd(n in any::<i64>(), d in 1_i64..1_000_000) {
            let (n, d) = (i128::from(n), i128::from(d));
            let q = div_round_half_up(n, d);
            prop_assert!((q * d - n).abs() * 2 <= d);
            prop_assert_eq!(div_round_half_up(-n, d), -q);
        }
    }
}
