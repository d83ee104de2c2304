use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};
use terms::{Kopecks, LocalDate, LocalDateTime};

use crate::{
    Cell, ColumnKind, Table, TableError,
    words::{date, percent, plain},
};

/// The widths that columns keep within, characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;
/// The longest name of a sheet, characters.
const SHEET_NAME_MAX: usize = 31;

impl Table {
    /// The table as XLSX: a bold heading that stays in sight, filters, columns as wide as what they
    /// hold, and below the last row the totals of money, which follow the filters.
    ///
    /// Money, days and numbers are numbers with a format. `made` is the moment that the file's
    /// properties tell.
    ///
    /// # Errors
    /// When a total leaves the range of money, or the library refuses.
    pub fn xlsx(&self, made: LocalDateTime) -> Result<Vec<u8>, TableError> {
        book(self.title(), &[self], made)
    }
}

/// A workbook with a sheet for each table.
pub(crate) fn book(
    title: &str,
    tables: &[&Table],
    made: LocalDateTime,
) -> Result<Vec<u8>, TableError> {
    let unwritten = |table: &str, error: XlsxError| TableError::Unwritten {
        table: table.to_owned(),
        form: "XLSX",
        cause: error.to_string(),
    };
    let mut book = Workbook::new();
    let properties = properties(title, made).map_err(|error| unwritten(title, error))?;
    book.set_properties(&properties);
    for table in tables {
        let mut totals = Vec::new();
        for (place, column) in table.columns().iter().enumerate() {
            let total = table.total(place)?;
            totals.push(total.filter(|_| column.kind == ColumnKind::Money));
        }
        let sheet = book.add_worksheet();
        write_sheet(table, &totals, sheet).map_err(|error| unwritten(table.title(), error))?;
    }
    book.save_to_buffer()
        .map_err(|error| unwritten(title, error))
}

/// Without a moment of its own the library would look at the clock.
fn properties(title: &str, made: LocalDateTime) -> Result<DocProperties, XlsxError> {
    let created = in_excel(made.date())?.and_hms(u16::from(made.hour()), made.minute(), 0)?;
    Ok(DocProperties::new()
        .set_title(plain(title))
        .set_author("Kassette")
        .set_creation_datetime(&created))
}

fn write_sheet(
    table: &Table,
    totals: &[Option<Kopecks>],
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let last_row = table.rows().len() as u32;
    let last_column = (table.columns().len() - 1) as u16;
    sheet.set_name(sheet_name(table.title()))?;
    let heading = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    for (place, column) in table.columns().iter().enumerate() {
        let place = place as u16;
        sheet.write_string_with_format(0, place, plain(&column.name), &heading)?;
        sheet.set_column_width(place, width(table, usize::from(place), totals) as f64)?;
    }
    let kinds = table.columns().iter().map(|column| column.kind);
    let formats: Vec<Format> = kinds.map(format).collect();
    for (number, row) in (1..).zip(table.rows()) {
        for (place, cell) in row.iter().enumerate() {
            write_cell(sheet, number, place as u16, cell, &formats[place])?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, last_row, last_column)?;
    write_totals(sheet, last_row, totals, &formats)
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, plain(text), format)?;
        }
        Cell::Money(money) => {
            sheet.write_number_with_format(row, column, roubles(*money), format)?;
        }
        Cell::Date(day) => {
            sheet.write_datetime_with_format(row, column, &in_excel(*day)?, format)?;
        }
        Cell::Number(number) => {
            sheet.write_number_with_format(row, column, *number as f64, format)?;
        }
        Cell::Percent(hundredths) => {
            sheet.write_number_with_format(row, column, *hundredths as f64 / 10_000.0, format)?;
        }
    }
    Ok(())
}

/// The row below the last one; its formulas count what the filters leave, and show the computed
/// sum until Excel reckons for itself.
fn write_totals(
    sheet: &mut Worksheet,
    last_row: u32,
    totals: &[Option<Kopecks>],
    formats: &[Format],
) -> Result<(), XlsxError> {
    if last_row == 0 || totals.iter().all(Option::is_none) {
        return Ok(());
    }
    let below = last_row + 1;
    if matches!(totals, [None, ..]) {
        sheet.write_string_with_format(below, 0, "Итого", &Format::new().set_bold())?;
    }
    for (place, total) in totals.iter().enumerate() {
        if let Some(total) = total {
            let column = column_name(place);
            let first_row = 2;
            let sum = format!("=SUBTOTAL(9,{column}{first_row}:{column}{below})");
            let sum = Formula::new(sum).set_result(total.to_string());
            let bold = formats[place].clone().set_bold();
            sheet.write_formula_with_format(below, place as u16, sum, &bold)?;
        }
    }
    Ok(())
}

fn format(kind: ColumnKind) -> Format {
    match kind {
        ColumnKind::Text => Format::new().set_num_format("@"),
        ColumnKind::Money => Format::new().set_num_format("#,##0.00"),
        ColumnKind::Date => Format::new().set_num_format("dd.mm.yyyy"),
        ColumnKind::Number => Format::new().set_num_format("0"),
        ColumnKind::Percent => Format::new().set_num_format("0.00%"),
    }
}

/// The number of a cell: the double next to the sum, which Excel shows to the kopeck.
fn roubles(money: Kopecks) -> f64 {
    money.get() as f64 / 100.0
}

fn in_excel(day: LocalDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_ymd(day.year(), day.month(), day.day())
}

/// `A`, `Z`, `AA` of 0, 25, 26.
fn column_name(place: usize) -> String {
    let letter = |number: usize| char::from(b'A' + (number % 26) as u8);
    match place.checked_div(26) {
        Some(0) | None => letter(place).to_string(),
        Some(tens) => format!("{}{}", letter(tens - 1), letter(place)),
    }
}

/// A sheet's name: what Excel takes of the title.
fn sheet_name(title: &str) -> String {
    let name: String = plain(title)
        .replace(['[', ']', ':', '*', '?', '/', '\\'], " ")
        .chars()
        .take(SHEET_NAME_MAX)
        .collect();
    let name = name.trim().trim_matches('\'').trim();
    if name.is_empty() {
        "Таблица".to_owned()
    } else {
        name.to_owned()
    }
}

fn width(table: &Table, place: usize, totals: &[Option<Kopecks>]) -> usize {
    let cells = table.rows().iter().map(|row| length(&row[place]));
    let total = totals[place].map_or(0, |total| length(&Cell::Money(total)));
    // A long heading breaks into lines; two signs more for the filter's button.
    let heading = table.columns()[place].name.split_whitespace();
    let heading = heading.map(|word| word.chars().count() + 2);
    let widest = cells.chain(heading).chain([total]).max().unwrap_or(0);
    widest.clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// Characters as they are shown.
fn length(cell: &Cell) -> usize {
    match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.chars().count() + 1,
        // Digits with a space after each three, and a margin.
        Cell::Money(money) => money.to_string().len() * 4 / 3 + 1,
        Cell::Date(day) => date(*day).len() + 1,
        Cell::Number(number) => number.to_string().len() + 1,
        Cell::Percent(hundredths) => percent(*hundredths).len() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_excel_names_them() {
        let names = [0, 25, 26, 51, 52, 255].map(column_name);
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "IV"]);
    }

    #[test]
    fn any_title_makes_a_name_for_a_sheet() {
        assert_eq!(sheet_name("Реестр: [1/2]*"), "Реестр   1 2");
        assert_eq!(sheet_name("'"), "Таблица");
        assert_eq!(sheet_name(&"я".repeat(40)), "я".repeat(31));
    }
}
