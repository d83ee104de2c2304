//! Tables for the books: receipts, offsets and totals of days, as CSV, XML and XLSX. What each column
//! and element means is told in `docs/export.md`.
//!
//! The same journal gives the same bytes: nothing in a file tells when it was written. Files appear
//! whole: they are written under another name, synced and renamed.

mod book;
mod days;
mod offsets;
mod receipts;
mod sheet;
mod sums;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use journal::{Reader, Store};
use papers::TableError;
use terms::{Inn, LocalDate, named};
use thiserror::Error;

use crate::{Desk, DeskError};

/// The most rows of a table that is made in memory: for an answer over HTTP, and of XLSX.
pub const EXPORT_ROWS_MAX: u64 = 100_000;
/// The column that says what a row is; in XML its element does.
const ROW_FIELD: &str = "Строка";
/// The longest time of one table, days.
pub const EXPORT_DAYS_MAX: i32 = 366;

named! {
    /// What a table tells.
    ExportKind("table") {
        /// Totals of each day, and the shifts of the drives beside them.
        Day = "day",
        /// Each receipt.
        Receipts = "receipts",
        /// Each offset of an advance that stands behind a consolidated receipt.
        Offsets = "offsets",
    }
}

named! {
    /// How a table is written.
    ExportFormat("format of a table") {
        /// For Russian spreadsheets: UTF-8 with its mark, semicolons, decimal commas.
        Csv = "csv",
        /// For 1С and its like.
        Xml = "xml",
        /// For people.
        Xlsx = "xlsx",
    }
}

/// A table that is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExportOrder {
    /// What it tells.
    pub kind: ExportKind,
    /// Its first day: of the documents, or of the charges behind offsets.
    pub from: LocalDate,
    /// Its last day.
    pub to: LocalDate,
    /// How it is written.
    pub format: ExportFormat,
}

/// What has been written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Exported {
    /// Receipts, offsets, or rows of totals.
    pub rows: u64,
    /// Shifts that lie within the days and whose drive has settled something else than the journal's
    /// receipts tell.
    pub shifts_that_differ: u64,
}

/// Why a table is not written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The days are no stretch of time.
    #[error("{from} to {to} is no stretch of 1…{EXPORT_DAYS_MAX} days: ask for fewer")]
    Days {
        /// The first one.
        from: LocalDate,
        /// The last one.
        to: LocalDate,
    },
    /// Too much for memory.
    #[error(
        "the table has more than {EXPORT_ROWS_MAX} rows: ask for fewer days, or let «kassette export» \
         write CSV or XML into a folder, which has no limit"
    )]
    TooLong,
    /// A sum or a row that cannot be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// It cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritten {
        /// What.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes tables; with the journal of a folder also beside a running server.
#[derive(Clone, Copy)]
pub struct Exporter<'a> {
    reader: &'a Reader,
    inn: Inn,
    name: &'a str,
}

/// Where the lines of a table go.
struct Page<'a> {
    out: &'a mut dyn Write,
    path: &'a Path,
    rows_max: Option<u64>,
}

impl ExportOrder {
    /// The name of its file: `kassette-receipts-2026-11-22.csv`, with two days
    /// `kassette-receipts-2026-11-01_2026-11-30.csv`.
    pub fn file_name(&self) -> String {
        let (kind, from, format) = (self.kind, self.from, self.format);
        match self.from == self.to {
            true => format!("kassette-{kind}-{from}.{format}"),
            false => format!("kassette-{kind}-{from}_{}.{format}", self.to),
        }
    }

    fn check(&self) -> Result<(), ExportError> {
        match self.to.days_since(self.from) {
            0..EXPORT_DAYS_MAX => Ok(()),
            _ => Err(ExportError::Days {
                from: self.from,
                to: self.to,
            }),
        }
    }
}

impl ExportFormat {
    /// The content type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xml => "application/xml",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl<'a> Exporter<'a> {
    /// Of a journal that is read beside whoever writes it; the organisation stands in XML.
    pub const fn new(reader: &'a Reader, inn: Inn, name: &'a str) -> Self {
        Self { reader, inn, name }
    }

    /// The table in memory.
    ///
    /// # Errors
    /// When the days are too many, the table has more than [`EXPORT_ROWS_MAX`] rows, or the journal
    /// cannot be read.
    pub fn bytes(&self, order: &ExportOrder) -> Result<(Vec<u8>, Exported), DeskError> {
        let mut bytes = Vec::new();
        let page = Page {
            out: &mut bytes,
            path: Path::new(""),
            rows_max: Some(EXPORT_ROWS_MAX),
        };
        let exported = self.write(order, page)?;
        Ok((bytes, exported))
    }

    /// Writes the table into a folder, under the name that the order says; it is there whole or not
    /// at all, and replaces one of the same name.
    ///
    /// # Errors
    /// When the days are too many, it is XLSX of more than [`EXPORT_ROWS_MAX`] rows, the journal
    /// cannot be read or the folder cannot be written to.
    pub fn file(
        &self,
        order: &ExportOrder,
        folder: &Path,
    ) -> Result<(PathBuf, Exported), DeskError> {
        let path = folder.join(order.file_name());
        let half = folder.join(format!(".{}.half", order.file_name()));
        let unwritten = |source: io::Error| ExportError::Unwritten {
            path: path.clone(),
            source,
        };
        let file = File::create(&half).map_err(unwritten)?;
        let mut out = BufWriter::new(file);
        let written = self.write(
            order,
            Page {
                out: &mut out,
                path: &path,
                rows_max: (order.format == ExportFormat::Xlsx).then_some(EXPORT_ROWS_MAX),
            },
        );
        let kept = written.and_then(|exported| {
            let file = out
                .into_inner()
                .map_err(|error| unwritten(error.into_error()))?;
            file.sync_all().map_err(unwritten)?;
            fs::rename(&half, &path).map_err(unwritten)?;
            let folder = File::open(folder).and_then(|folder| folder.sync_all());
            folder.map_err(unwritten)?;
            Ok(exported)
        });
        if kept.is_err() {
            // What is half written is of no use; that it cannot be removed is the lesser trouble.
            let _ = fs::remove_file(&half);
        }
        Ok((path, kept?))
    }

    fn write(&self, order: &ExportOrder, page: Page<'_>) -> Result<Exported, DeskError> {
        order.check()?;
        match order.kind {
            ExportKind::Day => days::write(self, order, page),
            ExportKind::Receipts => receipts::write(self, order, page),
            ExportKind::Offsets => offsets::write(self, order, page),
        }
    }
}

impl Desk {
    /// A table for the books, in memory.
    ///
    /// # Errors
    /// See [`Exporter::bytes`].
    pub async fn bring_out(&self, order: ExportOrder) -> Result<(Vec<u8>, Exported), DeskError> {
        self.exporting(move |exporter| exporter.bytes(&order)).await
    }

    /// A table for the books, as a file in a folder.
    ///
    /// # Errors
    /// See [`Exporter::file`].
    pub async fn bring_out_into(
        &self,
        folder: PathBuf,
        order: ExportOrder,
    ) -> Result<(PathBuf, Exported), DeskError> {
        self.exporting(move |exporter| exporter.file(&order, &folder))
            .await
    }

    /// The same of the journal in a folder, without opening it for writing.
    ///
    /// # Errors
    /// See [`Exporter::file`].
    pub fn bring_out_from(
        journal: &Path,
        (inn, name): (Inn, &str),
        order: &ExportOrder,
        folder: Option<&Path>,
    ) -> Result<(Vec<u8>, Option<PathBuf>, Exported), DeskError> {
        let reader = Reader::new(Store::in_folder(journal));
        let exporter = Exporter::new(&reader, inn, name);
        match folder {
            None => {
                let (bytes, exported) = exporter.bytes(order)?;
                Ok((bytes, None, exported))
            }
            Some(folder) => {
                let (path, exported) = exporter.file(order, folder)?;
                Ok((Vec::new(), Some(path), exported))
            }
        }
    }

    async fn exporting<T: Send + 'static>(
        &self,
        export: impl FnOnce(Exporter<'_>) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let desk = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let organisation = &desk.setup().organisation;
            let (inn, name) = (organisation.inn, organisation.name.clone());
            export(Exporter::new(desk.reader(), inn, &name))
        });
        done.await.map_err(|_| DeskError::Stopping)?
    }
}
