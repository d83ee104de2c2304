use terms::{Kopecks, Period, TaxSystem, VatCode};

use crate::{Cell, Column, ColumnKind, Table, TableError};

/// Money and the VAT inside it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TotalsSum {
    /// The gross sum.
    pub amount: Kopecks,
    /// The VAT inside.
    pub vat: Kopecks,
}

/// A line of the totals before and after the work (receipt rules §4.6, item 3). Sums of «возврат»
/// are negative.
#[derive(Clone, Debug)]
pub struct TotalsLine {
    /// The month of the settlements.
    pub month: Period,
    /// The tax period of VAT: `2026-Q1`.
    pub quarter: String,
    /// «Приход» or «расход».
    pub flow: String,
    /// The tax system.
    pub tax_system: TaxSystem,
    /// The VAT rate.
    pub vat_code: VatCode,
    /// What was paid with, in words.
    pub payment_kind: String,
    /// Before the work.
    pub before: TotalsSum,
    /// Taken back.
    pub reversed: TotalsSum,
    /// After the work.
    pub after: TotalsSum,
    /// After less before.
    pub difference: TotalsSum,
}

pub(crate) fn table(lines: &[TotalsLine]) -> Result<Table, TableError> {
    use ColumnKind::{Money, Number, Text};
    let one_way = lines.windows(2).all(|pair| pair[0].flow == pair[1].flow);
    let mut columns = vec![
        Column::new("Месяц расчётов", Text),
        Column::new("Квартал (НДС)", Text),
        Column::new("Год (УСН)", Number),
        Column::new("Расчёт", Text),
        Column::new("СНО", Text),
        Column::new("Ставка НДС", Text),
        Column::new("Форма оплаты", Text),
    ];
    for when in [
        "До исправления",
        "Сторнировано",
        "После исправления",
        "Разница",
    ] {
        for sum in ["сумма", "НДС"] {
            let column = Column::new(format!("{when}: {sum}"), Money);
            columns.push(if one_way {
                column
            } else {
                column.without_total()
            });
        }
    }
    let mut table = Table::new("Итоги до и после исправления", columns)?;
    for line in lines {
        let mut cells = vec![
            Cell::text(line.month.on_receipt()),
            Cell::text(&line.quarter),
            Cell::Number(i64::from(line.month.year())),
            Cell::text(&line.flow),
            Cell::text(line.tax_system.title()),
            Cell::text(line.vat_code),
            Cell::text(&line.payment_kind),
        ];
        for sum in [line.before, line.reversed, line.after, line.difference] {
            cells.extend([Cell::Money(sum.amount), Cell::Money(sum.vat)]);
        }
        table.push(cells)?;
    }
    Ok(table)
}
