use terms::{Kopecks, LocalDate};

use crate::{Cell, Column, ColumnKind, Table, TableError, words::hex};

/// Lines of a bank's registry or statement that prove settlements (receipt rules §4.6, item 4).
#[derive(Clone, Debug)]
pub struct Extract {
    /// The file's name.
    pub file: String,
    /// SHA-256 of the whole file.
    pub sha256: [u8; 32],
    /// The lines.
    pub rows: Vec<ExtractRow>,
}

/// A line of a bank's file.
#[derive(Clone, Debug)]
pub struct ExtractRow {
    /// The number of the settlement in the register.
    pub settlement: u32,
    /// The line in the file, from 1.
    pub line: u32,
    /// The bank's number of the operation, where it has one.
    pub number: Option<String>,
    /// The day.
    pub date: LocalDate,
    /// The account as the bank has written it.
    pub account: String,
    /// The sum.
    pub amount: Kopecks,
}

pub(crate) fn table(extracts: &[Extract]) -> Result<Table, TableError> {
    use ColumnKind::{Date, Money, Number, Text};
    let columns = vec![
        Column::new("№ в реестре", Number),
        Column::new("Файл", Text),
        Column::new("Строка", Number),
        Column::new("Номер операции банка", Text),
        Column::new("Дата", Date),
        Column::new("Лицевой счёт", Text),
        Column::new("Сумма", Money),
        Column::new("SHA-256 файла", Text),
    ];
    let mut table = Table::new("Выписки из реестров банка", columns)?;
    for extract in extracts {
        let hash = hex(&extract.sha256);
        for row in &extract.rows {
            table.push(vec![
                Cell::Number(i64::from(row.settlement)),
                Cell::text(&extract.file),
                Cell::Number(i64::from(row.line)),
                Cell::optional(row.number.as_ref()),
                Cell::Date(row.date),
                Cell::text(&row.account),
                Cell::Money(row.amount),
                Cell::text(&hash),
            ])?;
        }
    }
    Ok(table)
}
