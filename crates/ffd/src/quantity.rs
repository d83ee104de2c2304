use std::{fmt, str::FromStr};

use terms::{Kopecks, TermError, div_round_half_up};

/// How much of a settlement subject (tag 1023): a decimal with 0…8 digits after the point, kept
/// as written, so that a document can be read and written back unchanged.
///
/// ```
/// use ffd::Quantity;
/// let quantity: Quantity = "2.192".parse()?;
/// assert_eq!((quantity.mantissa(), quantity.decimals()), (2192, 3));
/// assert_eq!(Quantity::default().to_string(), "1");
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Quantity {
    mantissa: u64,
    decimals: u8,
}

impl Quantity {
    /// The most digits after the point.
    pub const MAX_DECIMALS: u8 = 8;
    /// The greatest mantissa: a FVLN takes at most eight bytes, the first of which counts the
    /// decimals.
    pub const MAX_MANTISSA: u64 = (1 << 56) - 1;
    /// One piece.
    pub const ONE: Self = Self {
        mantissa: 1,
        decimals: 0,
    };

    /// `mantissa` with its last `decimals` digits after the point.
    ///
    /// # Errors
    /// When there are more than eight decimals or the mantissa exceeds seven bytes.
    pub fn new(mantissa: u64, decimals: u8) -> terms::Result<Self> {
        if mantissa > Self::MAX_MANTISSA || decimals > Self::MAX_DECIMALS {
            return Err(TermError::new(
                "1023 quantity",
                format!("{mantissa}e-{decimals}"),
                "at most 8 digits after the point and 7 bytes of digits",
            ));
        }
        Ok(Self { mantissa, decimals })
    }

    /// All digits as an integer.
    pub const fn mantissa(self) -> u64 {
        self.mantissa
    }

    /// How many of the digits stand after the point.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// `price · self`, rounded half up to the kopeck (FFD documents §6 rule 3).
    ///
    /// # Errors
    /// When the product is out of the range of money.
    pub fn cost(self, price: Kopecks) -> terms::Result<Kopecks> {
        let exact = i128::from(price.get()) * i128::from(self.mantissa);
        let rounded = div_round_half_up(exact, 10_i128.pow(u32::from(self.decimals)));
        i64::try_from(rounded)
            .map_err(|_| TermError::new("price × quantity", rounded, "it is too much money"))
            .and_then(Kopecks::new)
    }
}

/// One piece.
impl Default for Quantity {
    fn default() -> Self {
        Self::ONE
    }
}

/// With a point and exactly its decimals: `2.000`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(u32::from(self.decimals));
        write!(f, "{}", self.mantissa / scale)?;
        if self.decimals > 0 {
            let width = usize::from(self.decimals);
            write!(f, ".{:0width$}", self.mantissa % scale)?;
        }
        Ok(())
    }
}

impl FromStr for Quantity {
    type Err = TermError;

    /// Reads digits with at most eight decimals after a point; no sign, no exponent.
    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || {
            TermError::new(
                "1023 quantity",
                text,
                "digits with at most eight decimals after a point: 2.192",
            )
        };
        if text.len() > 20 {
            return Err(bad());
        }
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(bad()),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) {
            return Err(bad());
        }
        let mantissa = format!("{whole}{decimals}").parse().map_err(|_| bad())?;
        let places = u8::try_from(decimals.len()).map_err(|_| bad())?;
        Self::new(mantissa, places).map_err(|_| bad())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_cost_is_rounded_half_up() {
        let cost = |quantity: &str, price: &str| {
            let price = price.parse().unwrap();
            quantity
                .parse::<Quantity>()
                .unwrap()
                .cost(price)
                .unwrap()
                .to_string()
        };
        assert_eq!(cost("0.396", "399.90"), "158.36");
        assert_eq!(cost("0.5", "0.01"), "0.01");
        assert_eq!(cost("0.49999999", "0.01"), "0.00");
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "1.123456789",
            "72057594037927936",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn printed_quantities_read_back(
            mantissa in 0..=Quantity::MAX_MANTISSA,
            decimals in 0..=Quantity::MAX_DECIMALS,
        ) {
            let quantity = Quantity::new(mantissa, decimals).unwrap();
            prop_assert_eq!(quantity.to_string().parse::<Quantity>().unwrap(), quantity);
        }
    }
}
