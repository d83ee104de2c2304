use crate::{Cell, Column, ColumnKind, Table, TableError, TotalsSum, words::money};

/// A tax return that the work changes, as far as documents tell (receipt rules §4.6, item 7).
/// Filing is the accountant's.
#[derive(Clone, Debug)]
pub struct ReturnRow {
    /// Which return, in words: «НДС», «УСН».
    pub tax_return: String,
    /// Its period: `2026-Q1`, `2026`.
    pub period: String,
    /// «Приход» or «расход».
    pub flow: String,
    /// What the documents' sums change by.
    pub difference: TotalsSum,
}

impl ReturnRow {
    /// As the letter tells it.
    pub(crate) fn in_words(&self) -> String {
        let Self {
            tax_return,
            period,
            flow,
            difference,
        } = self;
        let (amount, vat) = (money(difference.amount), money(difference.vat));
        format!("{tax_return} за {period}, {flow}: {amount} руб., в том числе НДС {vat} руб.")
    }
}

pub(crate) fn table(rows: &[ReturnRow]) -> Result<Table, TableError> {
    use ColumnKind::{Money, Text};
    let columns = vec![
        Column::new("Декларация", Text),
        Column::new("Налоговый период", Text),
        Column::new("Расчёт", Text),
        Column::new("Изменение суммы по документам", Money).without_total(),
        Column::new("Изменение НДС по документам", Money).without_total(),
        Column::new("Примечание", Text),
    ];
    let mut table = Table::new("Затронутые декларации", columns)?;
    for row in rows {
        table.push(vec![
            Cell::text(&row.tax_return),
            Cell::text(&row.period),
            Cell::text(&row.flow),
            Cell::Money(row.difference.amount),
            Cell::Money(row.difference.vat),
            Cell::text(
                "Сумму к уплате и необходимость уточнённой декларации определяет бухгалтер.",
            ),
        ])?;
    }
    Ok(table)
}
