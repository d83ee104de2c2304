//! Lists as tables to take away: CSV and XLSX with the columns of their pages.

use std::future::Future;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use desk::{
    Column, ColumnKind, DeskError, ExportError, ExportFormat, Listed, Order, Page, Table,
    TableError,
};
use tokio::sync::Semaphore;

use crate::{answer::Answer, failure::Failure, visit::Member};

/// The most rows of a table: all of it is in memory while it is made.
pub(crate) const ROWS_MAX: usize = 20_000;
/// Rows that are read at once.
const AT_ONCE: u32 = 500;
/// How many tables are made at a time, for the same reason.
static TURNS: Semaphore = Semaphore::const_new(2);
/// Says whether rows were left out; the file's name does so, too.
const CUT: HeaderName = HeaderName::from_static("x-rows-left-out");
/// The longest text of a cell, characters.
const TEXT_MAX: usize = 2_000;

/// A table and whether it lacks rows.
pub(crate) struct Taken {
    table: Table,
    is_cut: bool,
}

/// An empty table with these columns.
pub(crate) fn table(
    title: impl Into<String>,
    columns: impl IntoIterator<Item = (impl Into<String>, ColumnKind)>,
) -> Result<Table, Failure> {
    let columns = columns.into_iter();
    // Sums of opposite signs, and balances: their total means nothing.
    let columns = columns.map(|(name, kind)| Column::new(name, kind).without_total());
    Table::new(title, columns.collect()).map_err(failed)
}

/// Walks a list from its beginning, and puts its rows into the table.
pub(crate) async fn walked<T, P, Read, Pages>(
    mut table: Table,
    order: Order,
    read: Read,
    put: impl Fn(&mut Table, T) -> Result<(), TableError>,
) -> Result<Taken, Failure>
where
    P: Clone,
    Read: Fn(Page<P>) -> Pages,
    Pages: Future<Output = Result<Listed<T, P>, DeskError>>,
{
    // The semaphore is never closed.
    let _turn = TURNS.acquire().await.map_err(|_| Failure::Internal)?;
    let mut after = None;
    loop {
        let page = Page {
            after,
            order,
            limit: AT_ONCE,
        };
        let Listed { rows, next } = read(page).await?;
        for row in rows {
            if table.rows().len() >= ROWS_MAX {
                return Ok(Taken {
                    table,
                    is_cut: true,
                });
            }
            put(&mut table, row).map_err(failed)?;
        }
        match next {
            Some(next) => after = Some(next),
            None => {
                return Ok(Taken {
                    table,
                    is_cut: false,
                });
            }
        }
    }
}

impl Taken {
    /// The table as a file; one that lacks rows says so in its name.
    pub(crate) fn download(&self, member: &Member, name: &str, format: ExportFormat) -> Answer {
        let bytes = match format {
            ExportFormat::Xlsx => self.table.xlsx(member.desk.clock().local()),
            _ => self.table.csv(),
        };
        let bytes = bytes.map_err(failed)?;
        let rows = match self.is_cut {
            true => format!("-first-{ROWS_MAX}"),
            false => String::new(),
        };
        let attached = format!("attachment; filename=\"{name}{rows}.{format}\"");
        let attached = HeaderValue::from_str(&attached).map_err(|_| Failure::Internal)?;
        let fixed = HeaderValue::from_static;
        let headers = [
            (header::CONTENT_TYPE, fixed(format.media())),
            (header::CONTENT_DISPOSITION, attached),
            (CUT, fixed(if self.is_cut { "yes" } else { "no" })),
        ];
        Ok((headers, bytes).into_response())
    }
}

/// What a cell holds of a text.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn failed(error: TableError) -> Failure {
    DeskError::from(ExportError::from(error)).into()
}
