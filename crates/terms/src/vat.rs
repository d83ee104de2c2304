use std::{fmt, str::FromStr};

use crate::{Kopecks, Result, TermError};

/// A base VAT rate (ставка НДС), before it is known whether it is direct or calculated.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum VatRate {
    /// 22 %, the main rate from 01.01.2026.
    V22,
    /// 20 %, the main rate until 31.12.2025.
    V20,
    /// 10 %.
    V10,
    /// 7 % (УСН).
    V7,
    /// 5 % (УСН).
    V5,
    /// 0 %.
    V0,
    /// НДС не облагается: payers without VAT and exempt operations.
    Exempt,
}

impl VatRate {
    /// Every rate, the highest first.
    pub const ALL: [Self; 7] = [
        Self::V22,
        Self::V20,
        Self::V10,
        Self::V7,
        Self::V5,
        Self::V0,
        Self::Exempt,
    ];

    /// The rate in percent; none for [`VatRate::Exempt`].
    pub const fn percent(self) -> Option<u8> {
        Some(match self {
            Self::V22 => 22,
            Self::V20 => 20,
            Self::V10 => 10,
            Self::V7 => 7,
            Self::V5 => 5,
            Self::V0 => 0,
            Self::Exempt => return None,
        })
    }

    /// The direct code of tag 1199: for settlements of a service that has been supplied.
    pub const fn direct(self) -> VatCode {
        match self {
            Self::V22 => VatCode::V22,
            Self::V20 => VatCode::V20,
            Self::V10 => VatCode::V10,
            Self::V7 => VatCode::V7,
            Self::V5 => VatCode::V5,
            Self::V0 => VatCode::V0,
            Self::Exempt => VatCode::Exempt,
        }
    }

    /// The calculated code of tag 1199 (НК ст. 164 п. 4): for advances. 0 % and exempt have none of
    /// their own.
    pub const fn calculated(self) -> VatCode {
        match self {
            Self::V22 => VatCode::V22In122,
            Self::V20 => VatCode::V20In120,
            Self::V10 => VatCode::V10In110,
            Self::V7 => VatCode::V7In107,
            Self::V5 => VatCode::V5In105,
            Self::V0 => VatCode::V0,
            Self::Exempt => VatCode::Exempt,
        }
    }

    /// The tax inside the gross sum: `amount · r / (100 + r)`, rounded half up to the kopeck
    /// (receipt rules §1.3 rule 1). Nothing for 0 % and exempt.
    pub fn tax_in(self, amount: Kopecks) -> Kopecks {
        let rate = i64::from(self.percent().unwrap_or(0));
        // The tax is smaller than the amount, which is in range.
        amount.mul_div(rate, 100 + rate).unwrap_or(Kopecks::ZERO)
    }

    /// The name used in configuration and JSON: `22`, `20`, `10`, `7`, `5`, `0`, `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V22 => "22",
            Self::V20 => "20",
            Self::V10 => "10",
            Self::V7 => "7",
            Self::V5 => "5",
            Self::V0 => "0",
            Self::Exempt => "none",
        }
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for VatRate {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|rate| rate.name() == text)
            .ok_or_else(|| {
                TermError::new("VAT rate", text, "it is one of 22, 20, 10, 7, 5, 0, none")
            })
    }
}

/// The code of a line's VAT rate: tag 1199, with its value as discriminant.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the rates themselves")]
pub enum VatCode {
    V20 = 1,
    V10 = 2,
    V20In120 = 3,
    V10In110 = 4,
    V0 = 5,
    Exempt = 6,
    V5 = 7,
    V7 = 8,
    V5In105 = 9,
    V7In107 = 10,
    V22 = 11,
    V22In122 = 12,
}

impl VatCode {
    /// Every code, by value.
    pub const ALL: [Self; 12] = [
        Self::V20,
        Self::V10,
        Self::V20In120,
        Self::V10In110,
        Self::V0,
        Self::Exempt,
        Self::V5,
        Self::V7,
        Self::V5In105,
        Self::V7In107,
        Self::V22,
        Self::V22In122,
    ];

    /// The value of tag 1199.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads a value of tag 1199.
    ///
    /// # Errors
    /// When it is not 1…12.
    pub fn from_code(code: u8) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|vat| vat.code() == code)
            .ok_or_else(|| TermError::new("1199 ставка НДС", code, "it is 1…12"))
    }

    /// The base rate.
    pub const fn rate(self) -> VatRate {
        match self {
            Self::V20 | Self::V20In120 => VatRate::V20,
            Self::V10 | Self::V10In110 => VatRate::V10,
            Self::V0 => VatRate::V0,
            Self::Exempt => VatRate::Exempt,
            Self::V5 | Self::V5In105 => VatRate::V5,
            Self::V7 | Self::V7In107 => VatRate::V7,
            Self::V22 | Self::V22In122 => VatRate::V22,
        }
    }

    /// Whether it is one of the calculated rates (расчетная ставка).
    pub const fn is_calculated(self) -> bool {
        matches!(
            self,
            Self::V20In120 | Self::V10In110 | Self::V5In105 | Self::V7In107 | Self::V22In122
        )
    }

    /// The tax inside the gross sum; direct and calculated rates share the formula.
    pub fn tax_in(self, amount: Kopecks) -> Kopecks {
        self.rate().tax_in(amount)
    }
}

/// As people write it: `22%`, `22/122`, `без НДС`.
impl fmt::Display for VatCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rate().percent() {
            None => f.write_str("без НДС"),
            Some(rate) if self.is_calculated() => write!(f, "{rate}/{}", 100 + u16::from(rate)),
            Some(rate) => write!(f, "{rate}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tax_of_a_published_receipt() {
        // A receipt of 08.10.2026 published by the ФНС: 807.30 at 22 % carries 145.58.
        let amount = Kopecks::new(80_730).unwrap();
        assert_eq!(VatRate::V22.tax_in(amount).get(), 14_558);
        assert_eq!(VatRate::Exempt.tax_in(amount), Kopecks::ZERO);
    }

    #[test]
    fn codes_and_rates_agree() {
        for code in VatCode::ALL {
            assert_eq!(VatCode::from_code(code.code()), Ok(code));
            let rate = code.rate();
            let same = if code.is_calculated() {
                rate.calculated()
            } else {
                rate.direct()
            };
            assert_eq!(same, code);
            assert_eq!(rate.name().parse(), Ok(rate));
        }
        assert!(VatCode::from_code(0).is_err() && VatCode::from_code(13).is_err());
    }

    proptest! {
        #[test]
        fn tax_equals_the_integer_form_of_the_rules(amount in 0..=Kopecks::MAX.get()) {
            for rate in VatRate::ALL {
                let r = i128::from(rate.percent().unwrap_or(0));
                let expected = (2 * i128::from(amount) * r + (100 + r)) / (2 * (100 + r));
                let expected = if r == 0 { 0 } else { expected };
                prop_assert_eq!(i128::from(rate.tax_in(Kopecks::new(amount).unwrap()).get()), expected);
            }
        }
    }
}
