use terms::{Kopecks, LocalDate, TermError};
use thiserror::Error;

use crate::words::{date, percent, plain};

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ColumnKind {
    /// Text; also numbers that are names, such as those of accounts, drives and documents.
    Text,
    /// Money. It is totalled unless the column says otherwise.
    Money,
    /// A day.
    Date,
    /// A whole number.
    Number,
    /// Per cent, in hundredths.
    Percent,
}

/// A column of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether its sum stands in the last row of the XLSX; only money has one.
    pub is_totalled: bool,
}

impl Column {
    /// A column; one of money is totalled.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            name: name.into(),
            kind,
            is_totalled: kind == ColumnKind::Money,
        }
    }

    /// The same without a total: for balances, prices, and sums of opposite signs.
    #[must_use]
    pub fn without_total(self) -> Self {
        Self {
            is_totalled: false,
            ..self
        }
    }
}

/// A value in a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cell {
    /// In any column.
    Empty,
    /// In a column of text.
    Text(String),
    /// In a column of money.
    Money(Kopecks),
    /// In a column of days.
    Date(LocalDate),
    /// In a column of numbers.
    Number(i64),
    /// In a column of per cent: hundredths of a per cent.
    Percent(i64),
}

impl Cell {
    /// A text.
    pub fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    /// A text that may be absent.
    pub fn optional(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    fn is_of(&self, kind: ColumnKind) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(_) => kind == ColumnKind::Text,
            Self::Money(_) => kind == ColumnKind::Money,
            Self::Date(_) => kind == ColumnKind::Date,
            Self::Number(_) => kind == ColumnKind::Number,
            Self::Percent(_) => kind == ColumnKind::Percent,
        }
    }
}

/// A table for people: a title, typed columns, rows.
///
/// All of it is in memory. While an XLSX is made, it takes about 250 bytes a cell more: long tables
/// are better handed out in parts ([`Table::into_parts`]).
#[derive(Clone, Debug)]
pub struct Table {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// Why a table cannot be made or written.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TableError {
    /// A row has not a cell for each column.
    #[error("row {row} of «{table}» has {cells} cells for {columns} columns")]
    Width {
        /// The table's title.
        table: String,
        /// The row, from 1.
        row: usize,
        /// Its cells.
        cells: usize,
        /// The table's columns.
        columns: usize,
    },
    /// A cell is not of its column's kind.
    #[error("row {row} of «{table}»: the column «{column}» holds {kind:?}")]
    Kind {
        /// The table's title.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The column's heading.
        column: String,
        /// What it holds.
        kind: ColumnKind,
    },
    /// A text that Excel cannot hold.
    #[error(
        "row {row} of «{table}»: a text of the column «{column}» has more than {} characters",
        Table::TEXT_MAX
    )]
    Long {
        /// The table's title.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The column's heading.
        column: String,
    },
    /// More rows than a sheet of Excel has.
    #[error(
        "«{table}» has more than {} rows: ask for a shorter time",
        Table::ROWS_MAX
    )]
    TooMany {
        /// The table's title.
        table: String,
    },
    /// More columns than anybody reads, or none.
    #[error(
        "«{table}» has {columns} columns: 1…{} are possible",
        Table::COLUMNS_MAX
    )]
    Columns {
        /// The table's title.
        table: String,
        /// How many.
        columns: usize,
    },
    /// A total leaves the range of money.
    #[error("the total of «{column}» in «{table}»: {cause}")]
    Total {
        /// The table's title.
        table: String,
        /// The column's heading.
        column: String,
        /// Why.
        cause: TermError,
    },
    /// The library that writes files refused.
    #[error("«{table}» cannot be written as {form}: {cause}")]
    Unwritten {
        /// The table's title.
        table: String,
        /// `CSV` or `XLSX`.
        form: &'static str,
        /// What the library says.
        cause: String,
    },
}

impl Table {
    /// The most rows: what a sheet of Excel holds, less heading and total.
    pub const ROWS_MAX: usize = 1_048_574;
    /// The most columns.
    pub const COLUMNS_MAX: usize = 256;
    /// The longest text, characters: what a cell of Excel holds.
    pub const TEXT_MAX: usize = 32_767;

    /// A table without rows.
    ///
    /// # Errors
    /// When there is no column, or there are more than [`Table::COLUMNS_MAX`].
    pub fn new(title: impl Into<String>, columns: Vec<Column>) -> Result<Self, TableError> {
        let title = title.into();
        if columns.is_empty() || columns.len() > Self::COLUMNS_MAX {
            return Err(TableError::Columns {
                table: title,
                columns: columns.len(),
            });
        }
        Ok(Self {
            title,
            columns,
            rows: Vec::new(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it has not one cell of the right kind for each column, a text is too long, or the table
    /// is full.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), TableError> {
        let table = || self.title.clone();
        let number = self.rows.len() + 1;
        if self.rows.len() >= Self::ROWS_MAX {
            return Err(TableError::TooMany { table: table() });
        }
        if row.len() != self.columns.len() {
            return Err(TableError::Width {
                table: table(),
                row: number,
                cells: row.len(),
                columns: self.columns.len(),
            });
        }
        for (cell, column) in row.iter().zip(&self.columns) {
            if !cell.is_of(column.kind) {
                return Err(TableError::Kind {
                    table: table(),
                    row: number,
                    column: column.name.clone(),
                    kind: column.kind,
                });
            }
            if matches!(cell, Cell::Text(text) if text.encode_utf16().count() > Self::TEXT_MAX) {
                return Err(TableError::Long {
                    table: table(),
                    row: number,
                    column: column.name.clone(),
                });
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The table in parts of at most `rows_max` rows, in their order; at least one part, at least one
    /// row in each but that of an empty table.
    pub fn into_parts(self, rows_max: usize) -> impl Iterator<Item = Self> {
        let Self {
            title,
            columns,
            rows,
        } = self;
        let mut is_first = true;
        let mut rows = rows.into_iter();
        std::iter::from_fn(move || {
            let part: Vec<Vec<Cell>> = rows.by_ref().take(rows_max.max(1)).collect();
            (std::mem::take(&mut is_first) || !part.is_empty()).then(|| Self {
                title: title.clone(),
                columns: columns.clone(),
                rows: part,
            })
        })
    }

    /// The table as CSV, as Russian Excel opens it by a double click: UTF-8 with BOM, semicolons,
    /// decimal commas, days as `02.03.2026`, lines ended by CR LF. A line of headings, no totals.
    ///
    /// A text that Excel would take for a formula (it begins with `=`, `+`, `-` or `@`, in any
    /// width) gets an apostrophe before it; control characters become spaces. Excel rounds numbers
    /// of more than 15 digits when it opens CSV, as those of drives: the XLSX keeps them.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn csv(&self) -> Result<Vec<u8>, TableError> {
        self.written_as_csv(true)
    }

    /// The rows alone, without mark and heading: for what is written in parts.
    ///
    /// # Errors
    /// See [`Table::csv`].
    pub fn csv_rows(&self) -> Result<Vec<u8>, TableError> {
        self.written_as_csv(false)
    }

    /// Forgets the rows; title and columns stay.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    fn written_as_csv(&self, with_heading: bool) -> Result<Vec<u8>, TableError> {
        let unwritten = |cause: &dyn std::fmt::Display| TableError::Unwritten {
            table: self.title.clone(),
            form: "CSV",
            cause: cause.to_string(),
        };
        let mark = if with_heading { "\u{FEFF}" } else { "" };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';')
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::from(mark));
        if with_heading {
            let heading = self.columns.iter().map(|column| defused(&column.name));
            writer
                .write_record(heading)
                .map_err(|error| unwritten(&error))?;
        }
        for row in &self.rows {
            writer
                .write_record(row.iter().map(in_csv))
                .map_err(|error| unwritten(&error))?;
        }
        writer.into_inner().map_err(|error| unwritten(&error))
    }

    /// The sum of a column of money that is totalled.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn total(&self, column: usize) -> Result<Option<Kopecks>, TableError> {
        let Some(of) = self.columns.get(column).filter(|of| of.is_totalled) else {
            return Ok(None);
        };
        let sums = self.rows.iter().filter_map(|row| match row.get(column) {
            Some(Cell::Money(money)) => Some(*money),
            _ => None,
        });
        Kopecks::sum(sums)
            .map(Some)
            .map_err(|cause| TableError::Total {
                table: self.title.clone(),
                column: of.name.clone(),
                cause,
            })
    }
}

fn in_csv(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => defused(text),
        Cell::Money(money) => money.to_string().replace('.', ","),
        Cell::Date(day) => date(*day),
        Cell::Number(number) => number.to_string(),
        Cell::Percent(hundredths) => percent(*hundredths),
    }
}

/// A text that no program takes for a formula.
fn defused(text: &str) -> String {
    let text = plain(text);
    let begins = |letter: char| "=+-@＝＋－＠".contains(letter);
    if text.trim_start().starts_with(begins) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kinds: &[ColumnKind]) -> Table {
        let columns = kinds
            .iter()
            .map(|kind| Column::new(format!("{kind:?}"), *kind));
        Table::new("Проба", columns.collect()).unwrap()
    }

    #[test]
    fn csv_is_what_russian_excel_opens() {
        use ColumnKind::{Date, Money, Number, Percent, Text};
        let mut table = table(&[Text, Money, Date, Number, Percent]);
        table
            .push(vec![
                Cell::text("Кв. 5; «А»"),
                Cell::Money(Kopecks::new(-123_405).unwrap()),
                Cell::Date("2026-03-02".parse().unwrap()),
                Cell::Number(7),
                Cell::Percent(-1_205),
            ])
            .unwrap();
        table.push(vec![const { Cell::Empty }; 5]).unwrap();
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(
            csv,
            "\u{FEFF}Text;Money;Date;Number;Percent\r\n\
             \"Кв. 5; «А»\";-1234,05;02.03.2026;7;-12,05%\r\n;;;;\r\n",
        );
    }

    #[test]
    fn no_text_begins_a_formula_or_a_line() {
        let mut table = table(&[ColumnKind::Text]);
        for text in [
            "=1+1", "+7", "-1", "@x", "\t=1", "  =1", "＝1", "a\r\n=1", "a\0b",
        ] {
            table.push(vec![Cell::text(text)]).unwrap();
        }
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        let lines: Vec<&str> = csv.split("\r\n").skip(1).collect();
        let expected = [
            "'=1+1", "'+7", "'-1", "'@x", "' =1", "'  =1", "'＝1", "a  =1", "a b", "",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_row_that_does_not_fit_its_columns_is_refused() {
        let mut table = table(&[ColumnKind::Text, ColumnKind::Money]);
        let refused = table.push(vec![Cell::Empty]).unwrap_err();
        assert!(refused.to_string().contains("1 cells for 2 columns"));
        let refused = table.push(vec![Cell::Empty, Cell::Number(1)]).unwrap_err();
        assert!(refused.to_string().contains("«Money»"), "{refused}");
        let long = "я".repeat(Table::TEXT_MAX + 1);
        let refused = table.push(vec![Cell::text(&long), Cell::Empty]);
        assert!(matches!(refused, Err(TableError::Long { .. })));
        assert!(
            table
                .push(vec![Cell::text(&long[2..]), Cell::Empty])
                .is_ok()
        );
        assert!(Table::new("x", Vec::new()).is_err());
    }
}
