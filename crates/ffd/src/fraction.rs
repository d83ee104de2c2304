use std::fmt;

use terms::TermError;

use crate::{
    EncodeError, Tag, Value, Writer,
    fields::{Fields, number},
};

/// Which part of a marked package is settled: tag 1291 {1293, 1294}, in FFD 1.2 only.
///
/// ```
/// assert_eq!(ffd::Fraction::new(15, 100)?.to_string(), "15/100");
/// assert!(ffd::Fraction::new(2, 2).is_err());
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// `numerator` of `denominator` parts.
    ///
    /// # Errors
    /// When it is nothing, or not less than the whole (FFD documents §2: 1293 < 1294).
    pub fn new(numerator: u64, denominator: u64) -> terms::Result<Self> {
        let fraction = Self {
            numerator,
            denominator,
        };
        if numerator == 0 || numerator >= denominator {
            let rule = "the numerator is at least 1 and less than the denominator";
            return Err(TermError::new("1291 fraction", fraction, rule));
        }
        Ok(fraction)
    }

    /// Числитель (1293).
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Знаменатель (1294).
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    pub(crate) fn write(self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.nested(Tag::FRACTION, |inner| {
            inner.vln(Tag::NUMERATOR, self.numerator)?;
            inner.vln(Tag::DENOMINATOR, self.denominator)
        })
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let mut inside = Fields::new(value.as_list()?.clone(), None).ok()?;
        let numerator = inside.optional(Tag::NUMERATOR, number)?;
        let denominator = inside.optional(Tag::DENOMINATOR, number)?;
        let fraction = Self::new(numerator, denominator).ok()?;
        inside.is_empty().then_some(fraction)
    }
}

/// As it is printed: `15/100`.
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}
