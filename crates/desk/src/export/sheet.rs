//! What the columns of a table are called, in CSV and in XML.

use papers::{Cell, Column, ColumnKind, Table, TableError};

/// A column: its heading is the name of its element, too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: ColumnKind,
}

/// The columns of a table; the first one says what a row is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    /// Title of the table, and what the file is about in XML.
    pub(super) title: &'static str,
    pub(super) fields: &'static [Field],
}

/// A column of text.
pub(super) const fn text(name: &'static str) -> Field {
    Field {
        name,
        kind: ColumnKind::Text,
    }
}

/// A column of money.
pub(super) const fn money(name: &'static str) -> Field {
    Field {
        name,
        kind: ColumnKind::Money,
    }
}

/// A column of days.
pub(super) const fn date(name: &'static str) -> Field {
    Field {
        name,
        kind: ColumnKind::Date,
    }
}

/// A column of whole numbers.
pub(super) const fn number(name: &'static str) -> Field {
    Field {
        name,
        kind: ColumnKind::Number,
    }
}

impl Sheet {
    /// An empty table with these columns. Totals are rows of their own: signs differ, so the sum of a
    /// whole column means nothing.
    pub(super) fn table(&self) -> Result<Table, TableError> {
        let column = |field: &Field| Column::new(field.name, field.kind).without_total();
        Table::new(self.title, self.fields.iter().map(column).collect())
    }
}

/// What stands in an element; nothing for an empty cell.
pub(super) fn in_xml(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Empty => None,
        Cell::Text(text) => Some(text.chars().map(as_xml_may).collect()),
        Cell::Money(money) => Some(money.to_string()),
        Cell::Date(day) => Some(day.to_string()),
        Cell::Number(number) => Some(number.to_string()),
        Cell::Percent(hundredths) => Some(hundredths.to_string()),
    }
}

/// XML has no way to write most control characters.
const fn as_xml_may(letter: char) -> char {
    match letter {
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}' => ' ',
        other => other,
    }
}
