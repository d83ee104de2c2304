use terms::Kopecks;

use crate::{Cell, Column, ColumnKind, PaperError, Table};

/// One check after the work (receipt rules §5.1).
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// Its short name: `E1`.
    pub check: String,
    /// What is compared, in words.
    pub what: String,
    /// The days, the month or the shift.
    pub period: String,
    /// The two sides.
    pub compared: Compared,
}

/// The two sides of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compared {
    /// Sums.
    Money {
        /// What there has to be.
        expected: Kopecks,
        /// What there is.
        found: Kopecks,
    },
    /// Numbers of documents.
    Documents {
        /// How many there have to be.
        expected: u32,
        /// How many there are.
        found: u32,
    },
}

impl Reconciliation {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        match self.compared {
            Compared::Money { expected, found } => expected == found,
            Compared::Documents { expected, found } => expected == found,
        }
    }
}

pub(crate) fn table(checks: &[Reconciliation]) -> Result<Table, PaperError> {
    use ColumnKind::{Money, Number, Text};
    let mut columns = vec![
        Column::new("Проверка", Text),
        Column::new("Что сверяется", Text),
        Column::new("Период", Text),
    ];
    for part in ["должно быть", "есть", "разница"] {
        columns.push(Column::new(format!("Сумма: {part}"), Money).without_total());
    }
    for part in ["должно быть", "есть", "разница"] {
        columns.push(Column::new(format!("Документов: {part}"), Number));
    }
    columns.push(Column::new("Итог", Text));
    let mut table = Table::new("Сверка после исправления", columns)?;
    for check in checks {
        let mut cells = vec![
            Cell::text(&check.check),
            Cell::text(&check.what),
            Cell::text(&check.period),
        ];
        let none = [const { Cell::Empty }; 3];
        match check.compared {
            Compared::Money { expected, found } => {
                let difference = found.sub(expected)?;
                cells.extend([expected, found, difference].map(Cell::Money));
                cells.extend(none);
            }
            Compared::Documents { expected, found } => {
                let (expected, found) = (i64::from(expected), i64::from(found));
                cells.extend(none);
                cells.extend([expected, found, found - expected].map(Cell::Number));
            }
        }
        let verdict = if check.is_equal() {
            "сходится"
        } else {
            "РАСХОЖДЕНИЕ"
        };
        cells.push(Cell::text(verdict));
        table.push(cells)?;
    }
    Ok(table)
}
