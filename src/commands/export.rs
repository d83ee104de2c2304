use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use desk::{Clock, Desk, ExportFormat, ExportKind, ExportOrder, offsets_csv};
use terms::{LocalDate, Period};

use super::{Outcome, write_out};
use crate::config::Config;

/// Bring out tables. Works beside a running server.
#[derive(Subcommand)]
pub(crate) enum Export {
    /// Totals of each day, with the drives' shifts beside them.
    Day(Table),
    /// Each receipt with its document.
    Receipts(Table),
    /// Each offset of an advance behind a consolidated receipt: of some days, or with --period the
    /// register of a month as CSV.
    Offsets(Offsets),
}

#[derive(Args)]
pub(crate) struct Table {
    /// The first day of the documents; left out: yesterday.
    #[arg(long)]
    from: Option<LocalDate>,
    /// The last day; left out: the first one.
    #[arg(long)]
    to: Option<LocalDate>,
    /// How it is written.
    #[arg(long, default_value = "csv")]
    format: Format,
    /// The folder of the file; left out: it goes to the standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Args)]
pub(crate) struct Offsets {
    /// The register of this month, YYYY-MM, as CSV.
    #[arg(long, conflicts_with_all = ["from", "to", "format", "out"])]
    period: Option<Period>,
    #[command(flatten)]
    table: Table,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For Russian spreadsheets.
    Csv,
    /// For 1С and its like.
    Xml,
    /// A workbook.
    Xlsx,
}

impl Export {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Day(table) => table.run(ExportKind::Day),
            Self::Receipts(table) => table.run(ExportKind::Receipts),
            Self::Offsets(offsets) => offsets.run(),
        }
    }
}

impl Offsets {
    fn run(self) -> Outcome {
        let Some(period) = self.period else {
            return self.table.run(ExportKind::Offsets);
        };
        let folder = Config::read(&self.table.config)?.journal.folder;
        print!("{}", offsets_csv(&Desk::offsets_in(folder, period)?));
        Ok(ExitCode::SUCCESS)
    }
}

impl Table {
    fn run(self, kind: ExportKind) -> Outcome {
        let config = Config::read(&self.config)?;
        let organisation = &config.organisation;
        let from = match self.from {
            Some(from) => from,
            None => Clock::at(organisation.utc_offset)
                .local()
                .date()
                .plus_days(-1)?,
        };
        let order = ExportOrder {
            kind,
            from,
            to: self.to.unwrap_or(from),
            format: match self.format {
                Format::Csv => ExportFormat::Csv,
                Format::Xml => ExportFormat::Xml,
                Format::Xlsx => ExportFormat::Xlsx,
            },
        };
        let whose = (organisation.inn, organisation.name.as_str());
        let journal = &config.journal.folder;
        let brought = Desk::bring_out_from(journal, whose, &order, self.out.as_deref())?;
        let (bytes, path, exported) = brought;
        match path {
            None => write_out(None, &bytes).or_else(unless_closed)?,
            Some(path) => println!("{}: {} rows", path.display(), exported.rows),
        }
        if exported.shifts_that_differ > 0 {
            let count = exported.shifts_that_differ;
            eprintln!(
                "{count} shifts differ from what their drives have settled: see the rows «смена» of \
                 «kassette export day», and run «kassette check»"
            );
            return Ok(ExitCode::from(2));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whoever reads may have enough.
fn unless_closed(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}
