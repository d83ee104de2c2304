use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use desk::{CheckReport, Desk};

use super::Outcome;
use crate::config::Config;

/// Prove that the journal holds together: every accepted operation has its receipts, every formed
/// receipt exactly one document, documents follow one another without a gap, no kopeck is lost.
/// Works beside a running server. Ends with code 1 when something is wrong.
#[derive(Args)]
pub(crate) struct Check {
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(crate) fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let report = Desk::check_folder(config.journal.folder)?;
        if self.json {
            let findings: Vec<_> = report
                .findings
                .iter()
                .map(|it| serde_json::json!({ "invariant": it.invariant, "what": it.what }))
                .collect();
            let json = serde_json::json!({
                "operations": report.operations,
                "receipts": report.receipts,
                "documents": report.documents,
                "accounts": report.accounts,
                "refused_by_ofd": report.remarks.refused,
                "messages_of_ofd": report.remarks.messages,
                "findings": findings,
            });
            println!("{json}");
        } else {
            print_report(&report);
        }
        Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// The report for people.
pub(crate) fn print_report(report: &CheckReport) {
    println!(
        "checked: {} operations, {} receipts, {} documents, {} accounts",
        report.operations, report.receipts, report.documents, report.accounts
    );
    let remarks = report.remarks;
    if remarks.refused + remarks.messages > 0 {
        println!(
            "the ОФД refused {} documents and had a message with {} others: see kassette remarks",
            remarks.refused, remarks.messages
        );
    }
    for finding in &report.findings {
        println!("{}: {}", finding.invariant, finding.what);
    }
    match report.findings.len() {
        0 => println!("all is well"),
        count => println!("{count} findings"),
    }
}
