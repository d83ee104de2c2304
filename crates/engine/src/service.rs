use terms::{Inn, Kopecks, LocalDate, TaxSystem, TermError, VatRate};

/// A service for which people are charged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Service {
    /// The name on receipts.
    pub name: String,
    /// The VAT rate and its changes.
    pub vat: VatSchedule,
    /// The tax system (tag 1055).
    pub tax_system: TaxSystem,
    /// The place among services, 1 = first.
    pub priority: u32,
    /// A typical month: the share of this service in an undivided advance.
    pub weight: Kopecks,
    /// Whether offsets may go into the consolidated receipt (54-FZ art. 1.2 p. 2.1: utilities and,
    /// by general knowledge, communications).
    pub p21: bool,
    /// The supplier, when the organisation only acts as an agent for this service.
    pub agent: Option<Agent>,
}

impl Service {
    /// The ИНН of the supplier; none for an own service.
    pub fn supplier(&self) -> Option<Inn> {
        self.agent.as_ref().map(|agent| agent.supplier_inn)
    }
}

/// The supplier behind an agent's line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agent {
    /// The kind of agent, as tag 1222 carries it: 4 = платежный агент, 64 = иной агент.
    pub kind: u8,
    /// Tag 1226.
    pub supplier_inn: Inn,
    /// Tag 1225.
    pub supplier_name: String,
    /// Tag 1171.
    pub supplier_phone: String,
}

/// A VAT rate with the days on which it changes.
///
/// ```
/// use engine::VatSchedule;
/// use terms::VatRate;
/// let main = VatSchedule::new([
///     ("2019-01-01".parse()?, VatRate::V20),
///     ("2026-01-01".parse()?, VatRate::V22),
/// ])?;
/// assert_eq!(main.rate_on("2025-12-31".parse()?), VatRate::V20);
/// assert_eq!(main.rate_on("2026-01-01".parse()?), VatRate::V22);
/// # Ok::<(), terms::TermError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VatSchedule {
    first: VatRate,
    changes: Vec<(LocalDate, VatRate)>,
}

impl VatSchedule {
    /// A rate that never changes.
    pub const fn fixed(rate: VatRate) -> Self {
        Self {
            first: rate,
            changes: Vec::new(),
        }
    }

    /// Rates with the days from which they hold, in ascending order. The first one also holds
    /// before its day.
    ///
    /// # Errors
    /// When there is no rate, or the days do not ascend.
    pub fn new(steps: impl IntoIterator<Item = (LocalDate, VatRate)>) -> terms::Result<Self> {
        let changes: Vec<_> = steps.into_iter().collect();
        if !changes.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(TermError::new(
                "VAT schedule",
                format!("{changes:?}"),
                "its days ascend",
            ));
        }
        let first = changes
            .first()
            .map(|(_, rate)| *rate)
            .ok_or_else(|| TermError::new("VAT schedule", "", "it holds at least one rate"))?;
        Ok(Self { first, changes })
    }

    /// The rate on `date`.
    pub fn rate_on(&self, date: LocalDate) -> VatRate {
        self.changes
            .iter()
            .rev()
            .find(|(from, _)| *from <= date)
            .map_or(self.first, |(_, rate)| *rate)
    }

    /// The rate that holds from the beginning, and the changes given to [`VatSchedule::new`].
    pub fn steps(&self) -> (VatRate, &[(LocalDate, VatRate)]) {
        (self.first, &self.changes)
    }
}
