use std::fmt;

use crate::{Result, TermError};

/// A tax system (система налогообложения): one bit of tag 1055.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum TaxSystem {
    /// ОСН.
    Common = 1,
    /// УСН доход.
    SimplifiedIncome = 2,
    /// УСН доход − расход.
    SimplifiedIncomeExpense = 4,
    /// ЕНВД, abolished in 2021 and kept for old documents.
    Imputed = 8,
    /// ЕСХН.
    Agricultural = 16,
    /// ПСН.
    Patent = 32,
}

impl TaxSystem {
    /// Every tax system, by bit.
    pub const ALL: [Self; 6] = [
        Self::Common,
        Self::SimplifiedIncome,
        Self::SimplifiedIncomeExpense,
        Self::Imputed,
        Self::Agricultural,
        Self::Patent,
    ];

    /// The value of tag 1055.
    pub const fn bit(self) -> u8 {
        self as u8
    }

    /// Reads a value of tag 1055.
    ///
    /// # Errors
    /// When it is not exactly one known bit.
    pub fn from_bit(bit: u8) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|system| system.bit() == bit)
            .ok_or_else(|| TermError::new("1055 СНО", bit, "exactly one of 1, 2, 4, 8, 16, 32"))
    }

    /// The short Russian name, as on a receipt.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Common => "ОСН",
            Self::SimplifiedIncome => "УСН доход",
            Self::SimplifiedIncomeExpense => "УСН доход-расход",
            Self::Imputed => "ЕНВД",
            Self::Agricultural => "ЕСХН",
            Self::Patent => "Патент",
        }
    }
}

/// A set of tax systems: tag 1062 of a registration.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct TaxSystems(u8);

impl TaxSystems {
    /// Reads a value of tag 1062.
    ///
    /// # Errors
    /// When it is empty or has bits beyond the six known ones.
    pub fn from_bits(bits: u8) -> Result<Self> {
        if bits == 0 || bits > 0x3F {
            return Err(TermError::new(
                "1062 СНО",
                bits,
                "one or more of the six bits",
            ));
        }
        Ok(Self(bits))
    }

    /// The set of `systems`.
    ///
    /// # Errors
    /// When it is empty.
    pub fn of(systems: impl IntoIterator<Item = TaxSystem>) -> Result<Self> {
        Self::from_bits(
            systems
                .into_iter()
                .fold(0, |bits, system| bits | system.bit()),
        )
    }

    /// The value of tag 1062.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether `system` is registered.
    pub const fn contains(self, system: TaxSystem) -> bool {
        self.0 & system.bit() != 0
    }

    /// The systems of the set, by bit.
    pub fn iter(self) -> impl Iterator<Item = TaxSystem> {
        TaxSystem::ALL
            .into_iter()
            .filter(move |system| self.contains(*system))
    }
}

impl fmt::Debug for TaxSystems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
