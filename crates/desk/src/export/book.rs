//! The three ways to write a table, row by row.

use std::io;

use papers::{Cell, Table};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use terms::LocalDateTime;

use super::{
    ExportError, ExportFormat, ExportOrder, Exporter, Page,
    sheet::{Sheet, in_xml},
};
use crate::DeskError;

/// How many rows of CSV are kept before they are written.
const ROWS_KEPT: usize = 2_000;
/// The namespace of our elements; its number grows when an element changes its meaning.
const NAMESPACE: &str = "urn:kassette:export:1";
const ROOT: &str = "Выгрузка";

/// A table that is being written.
pub(super) struct Book<'a> {
    sheet: &'static Sheet,
    page: Page<'a>,
    form: Form,
    rows: u64,
    made: LocalDateTime,
}

enum Form {
    Csv { table: Table, has_heading: bool },
    Xml { rows: Vec<u8> },
    Xlsx(Table),
}

/// Rows that belong to a row: its element and theirs, their columns, and their cells. CSV and XLSX
/// leave them out.
pub(super) struct Details {
    pub(super) list: &'static str,
    pub(super) row: &'static str,
    pub(super) sheet: &'static Sheet,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl<'a> Book<'a> {
    /// Begins a table.
    pub(super) fn begin(
        exporter: &Exporter<'_>,
        order: &ExportOrder,
        sheet: &'static Sheet,
        page: Page<'a>,
    ) -> Result<Self, DeskError> {
        // The moment that XLSX wants is the end of what it tells, so that the bytes stay the same.
        let made = order.to.at(23, 59)?;
        let form = match order.format {
            ExportFormat::Csv => Form::Csv {
                table: sheet.table().map_err(ExportError::from)?,
                has_heading: false,
            },
            ExportFormat::Xlsx => Form::Xlsx(sheet.table().map_err(ExportError::from)?),
            ExportFormat::Xml => Form::Xml { rows: Vec::new() },
        };
        let mut book = Self {
            sheet,
            page,
            form,
            rows: 0,
            made,
        };
        if matches!(book.form, Form::Xml { .. }) {
            book.xml(|xml| head(xml, exporter, order, sheet))?;
        }
        Ok(book)
    }

    /// Writes a row; `element` is its name in XML.
    pub(super) fn row(
        &mut self,
        element: &'static str,
        cells: Vec<Cell>,
        details: Option<Details>,
    ) -> Result<(), DeskError> {
        self.rows += 1;
        if self.page.rows_max.is_some_and(|max| self.rows > max) {
            return Err(ExportError::TooLong.into());
        }
        let is_full = match &mut self.form {
            Form::Csv { table, .. } => {
                table.push(cells).map_err(ExportError::from)?;
                table.rows().len() >= ROWS_KEPT
            }
            Form::Xlsx(table) => {
                table.push(cells).map_err(ExportError::from)?;
                false
            }
            Form::Xml { .. } => {
                let sheet = self.sheet;
                self.xml(|xml| {
                    xml.write_event(Event::Start(BytesStart::new(element)))?;
                    elements(xml, sheet, &cells)?;
                    if let Some(details) = details {
                        xml.write_event(Event::Start(BytesStart::new(details.list)))?;
                        for row in &details.rows {
                            xml.write_event(Event::Start(BytesStart::new(details.row)))?;
                            elements(xml, details.sheet, row)?;
                            xml.write_event(Event::End(BytesEnd::new(details.row)))?;
                        }
                        xml.write_event(Event::End(BytesEnd::new(details.list)))?;
                    }
                    xml.write_event(Event::End(BytesEnd::new(element)))
                })?;
                false
            }
        };
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Ends the table.
    pub(super) fn end(mut self) -> Result<(), DeskError> {
        match &self.form {
            Form::Csv { .. } => self.flush(),
            Form::Xlsx(table) => {
                let bytes = table.xlsx(self.made).map_err(ExportError::from)?;
                self.out(&bytes)
            }
            Form::Xml { .. } => {
                self.xml(|xml| xml.write_event(Event::End(BytesEnd::new(ROOT))))?;
                self.out(b"\n")
            }
        }
    }

    /// Hands out the rows of CSV that are kept.
    fn flush(&mut self) -> Result<(), DeskError> {
        let Form::Csv { table, has_heading } = &mut self.form else {
            return Ok(());
        };
        let bytes = match has_heading {
            false => table.csv(),
            true => table.csv_rows(),
        };
        *has_heading = true;
        table.clear();
        let bytes = bytes.map_err(ExportError::from)?;
        self.out(&bytes)
    }

    /// Writes elements, each row on lines of its own.
    fn xml(
        &mut self,
        write: impl FnOnce(&mut Writer<&mut Vec<u8>>) -> io::Result<()>,
    ) -> Result<(), DeskError> {
        let Form::Xml { rows } = &mut self.form else {
            return Ok(());
        };
        rows.clear();
        let written = write(&mut Writer::new(rows));
        let mut bytes = match &mut self.form {
            Form::Xml { rows } => std::mem::take(rows),
            _ => Vec::new(),
        };
        bytes.push(b'\n');
        written.map_err(|source| self.unwritten(source))?;
        self.out(&bytes)
    }

    fn out(&mut self, bytes: &[u8]) -> Result<(), DeskError> {
        let written = self.page.out.write_all(bytes);
        written.map_err(|source| self.unwritten(source).into())
    }

    fn unwritten(&self, source: io::Error) -> ExportError {
        ExportError::Unwritten {
            path: self.page.path.to_owned(),
            source,
        }
    }
}

fn head(
    xml: &mut Writer<&mut Vec<u8>>,
    exporter: &Exporter<'_>,
    order: &ExportOrder,
    sheet: &Sheet,
) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new(ROOT);
    root.push_attribute(("xmlns", NAMESPACE));
    root.push_attribute(("Вид", sheet.title));
    root.push_attribute(("НачалоПериода", order.from.to_string().as_str()));
    root.push_attribute(("КонецПериода", order.to.to_string().as_str()));
    xml.write_event(Event::Start(root))?;
    xml.write_event(Event::Start(BytesStart::new("Организация")))?;
    let name = in_xml(&Cell::text(exporter.name)).unwrap_or_default();
    element(xml, "ИНН", &exporter.inn.to_string())?;
    element(xml, "Наименование", &name)?;
    xml.write_event(Event::End(BytesEnd::new("Организация")))
}

/// An element for each cell but the first, which the row's element says already.
fn elements(xml: &mut Writer<&mut Vec<u8>>, sheet: &Sheet, cells: &[Cell]) -> io::Result<()> {
    for (field, cell) in sheet.fields.iter().zip(cells) {
        if field.name == super::ROW_FIELD {
            continue;
        }
        if let Some(text) = in_xml(cell) {
            element(xml, field.name, &text)?;
        }
    }
    Ok(())
}

fn element(xml: &mut Writer<&mut Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    xml.write_event(Event::Text(BytesText::new(text)))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}
