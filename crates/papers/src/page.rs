use std::fmt::Write as _;

use terms::LocalDateTime;

use crate::{
    Cell, ColumnKind, Table, TableError,
    words::{date, money, percent, plain},
    xlsx,
};

/// A report for people: texts and tables under headings, as a page to print and as a workbook.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// What is said first, a paragraph each.
    pub lead: Vec<String>,
    /// Its parts, in order.
    pub parts: Vec<ReportPart>,
}

/// A part of a report.
#[derive(Clone, Debug, Default)]
pub struct ReportPart {
    /// Its heading.
    pub heading: String,
    /// What is said in it, a paragraph each.
    pub texts: Vec<String>,
    /// Its table, if it has one.
    pub table: Option<Table>,
}

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem;color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}\
th{background:#f2f2f2}td.n{text-align:right;white-space:nowrap}\
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";

impl Report {
    /// The report as a page of HTML, complete in itself: no script, nothing from another host.
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"ru\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        );
        paragraphs(&mut page, &self.lead);
        for part in &self.parts {
            // Writing to a text does not fail.
            let _ = writeln!(page, "<h2>{}</h2>", escaped(&part.heading));
            paragraphs(&mut page, &part.texts);
            if let Some(table) = &part.table {
                write_table(&mut page, table);
            }
        }
        page.push_str("</body></html>\n");
        page
    }

    /// The tables of the report as a workbook, a sheet for each, the texts on the first one. `made` is
    /// the moment that the file's properties tell.
    ///
    /// # Errors
    /// When two tables have one title, a text does not fit a cell, or the library refuses.
    pub fn xlsx(&self, made: LocalDateTime) -> Result<Vec<u8>, TableError> {
        let mut told = Table::new(
            "Отчет",
            vec![crate::Column::new(&*self.title, ColumnKind::Text)],
        )?;
        for text in &self.lead {
            told.push(vec![Cell::text(text)])?;
        }
        for part in &self.parts {
            for text in &part.texts {
                told.push(vec![Cell::text(format_args!("{}: {text}", part.heading))])?;
            }
        }
        let tables = self.parts.iter().filter_map(|part| part.table.as_ref());
        let sheets: Vec<&Table> = std::iter::once(&told).chain(tables).collect();
        xlsx::book(&self.title, &sheets, made)
    }
}

fn paragraphs(page: &mut String, texts: &[String]) {
    for text in texts {
        let _ = writeln!(page, "<p>{}</p>", escaped(text));
    }
}

fn write_table(page: &mut String, table: &Table) {
    page.push_str("<table><thead><tr>");
    for column in table.columns() {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(&column.name));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in table.rows() {
        page.push_str("<tr>");
        for cell in row {
            let (class, text) = match cell {
                Cell::Empty => ("", String::new()),
                Cell::Text(text) => ("", escaped(text)),
                Cell::Date(day) => ("", date(*day)),
                Cell::Money(sum) => (" class=\"n\"", money(*sum)),
                Cell::Number(number) => (" class=\"n\"", number.to_string()),
                Cell::Percent(hundredths) => (" class=\"n\"", percent(*hundredths)),
            };
            let _ = write!(page, "<td{class}>{text}</td>");
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n");
}

/// Text as a page may hold it.
fn escaped(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    #[test]
    fn what_others_have_written_is_text_and_every_table_has_its_sheet() {
        let hostile = "<script>alert('ООО «Рога & копыта»')</script>";
        let mut table = Table::new("Дни", vec![Column::new("Имя", ColumnKind::Text)]).unwrap();
        table.push(vec![Cell::text(hostile)]).unwrap();
        let report = Report {
            title: hostile.to_owned(),
            lead: vec![hostile.to_owned()],
            parts: vec![ReportPart {
                heading: hostile.to_owned(),
                texts: vec![hostile.to_owned()],
                table: Some(table),
            }],
        };
        let page = report.html();
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("«Рога &amp; копыта»").count(), 6, "{page}");
        let made = "2026-11-22T23:59".parse().unwrap();
        assert_eq!(report.xlsx(made).unwrap(), report.xlsx(made).unwrap());
    }
}
