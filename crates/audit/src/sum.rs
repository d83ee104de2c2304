use std::{fmt, iter};

use terms::Kopecks;

/// A sum of money in whole kopecks, wider than [`Kopecks`]: adding up cannot fail.
///
/// Every [`Kopecks`] is below 2⁵³; more than 2⁷⁰ of them would be needed to leave the range.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sum(pub i128);

impl Sum {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The number of kopecks.
    pub const fn get(self) -> i128 {
        self.0
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl From<Kopecks> for Sum {
    fn from(amount: Kopecks) -> Self {
        Self(i128::from(amount.get()))
    }
}

impl std::ops::Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Sum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::ZERO, |total, sum| total + sum)
    }
}

/// Roubles: `1500.50`.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let kopecks = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", kopecks / 100, kopecks % 100)
    }
}

/// Twice the median of `values`, so that it stays whole; none when there are none.
///
/// The median of an even number of values is the mean of the two in the middle.
pub(crate) fn twice_median<T: Copy + Ord + Into<i128>>(
    values: impl IntoIterator<Item = T>,
) -> Option<i128> {
    let mut sorted: Vec<T> = values.into_iter().collect();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.into() + upper.into())
}
