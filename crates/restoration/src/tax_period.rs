use std::fmt;

use terms::Period;

/// A tax period of VAT: a quarter (НК art. 163).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Quarter {
    year: u16,
    quarter: u8,
}

impl Quarter {
    /// The quarter in which `month` lies.
    pub const fn of(month: Period) -> Self {
        Self {
            year: month.year(),
            quarter: (month.month() - 1) / 3 + 1,
        }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The quarter, 1…4.
    pub const fn quarter(self) -> u8 {
        self.quarter
    }
}

/// `2026-Q1`.
impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quarter_has_its_three_months() {
        let quarters: Vec<String> = (1..=12)
            .map(|month| Quarter::of(Period::new(2026, month).unwrap()).to_string())
            .collect();
        for (place, quarter) in quarters.iter().enumerate() {
            assert_eq!(*quarter, format!("2026-Q{}", place / 3 + 1));
        }
    }
}
