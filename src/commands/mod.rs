//! The commands, one file each.

mod answered;
mod backup;
mod calc;
mod charge;
mod check;
mod clock;
mod contract;
mod demo;
mod doctor;
mod drive;
mod emulate;
mod export;
mod find;
mod frames;
mod golive;
mod import;
mod incidents;
mod key;
mod operation;
mod payout;
mod receipt;
mod reconcile;
mod remarks;
mod report;
mod restore;
mod serve;
mod service_level;
mod tlv;
mod user;
mod watch;
mod webhook;

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use clap::{Args, Subcommand};
pub(crate) use key::add as make_key;
use serde_json::{Value, json};

use crate::log::LogFormat;

/// What a command ends with; errors are told with all their causes.
pub(crate) type Outcome = Result<ExitCode, Box<dyn Error>>;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Try everything at once: emulated drives, an emulated ОФД, a sample provider.
    Demo(demo::Demo),
    /// Run an emulated drive or ОФД, or look into an emulated drive's archive.
    #[command(subcommand)]
    Emulate(emulate::Emulate),
    /// Find out what is the matter with the drives.
    Doctor(doctor::Doctor),
    /// Work with the drives.
    #[command(subcommand)]
    Drive(drive::Drive),
    /// Take back operations of which nothing is formed.
    #[command(subcommand)]
    Operation(operation::Operation),
    /// Decide about charges that no contract allows.
    #[command(subcommand)]
    Charge(charge::Charge),
    /// Show contracts of accounts, and which of them end.
    #[command(subcommand)]
    Contract(contract::Contract),
    /// Pay on to suppliers what their agent has taken for them.
    #[command(subcommand)]
    Payout(payout::Payout),
    /// Reports of a month.
    #[command(subcommand)]
    Report(report::Report),
    /// Show receipts; decide about those that wait for a person.
    #[command(subcommand)]
    Receipt(receipt::Receipt),
    /// Compare billing, journal, drives, ОФД and bank.
    Reconcile(Box<reconcile::Reconcile>),
    /// Restore what never became receipts, and fix receipts that are wrong, by a plan.
    #[command(subcommand)]
    Restore(restore::Restore),
    /// The wall clock of the documents.
    #[command(subcommand)]
    Clock(clock::Clock),
    /// Compute the receipts of worked examples; answer «which receipt do I need?».
    Calc(calc::Calc),
    /// Take a fiscal document apart: every tag with its name and its value in words.
    Tlv(tlv::Tlv),
    /// Read a log of a drive's wire: commands, answers and damage in words.
    Frames(frames::Frames),
    /// Prove that the journal holds together.
    Check(check::Check),
    /// Copy the journal beside the running server, prove copies, put one back.
    Backup(backup::Backup),
    /// What Kassette compares by itself.
    #[command(subcommand)]
    Watch(watch::Watch),
    /// Show what the ОФД refused or had something to say about.
    Remarks(remarks::Remarks),
    /// See the trouble that the rules have found; take it on; try the channels of notices.
    #[command(subcommand)]
    Incidents(incidents::Incidents),
    /// Find an account, an operation, a receipt or a drive by whatever is known of it.
    Find(find::Find),
    /// Look whether everything is ready for the switch.
    Golive(golive::Golive),
    /// Bring in what another program knows.
    #[command(subcommand)]
    Import(import::Import),
    /// Bring out tables.
    #[command(subcommand)]
    Export(export::Export),
    /// Show how soon receipts are formed, and which targets were missed.
    ServiceLevel(service_level::ServiceLevel),
    /// Manage the keys of the HTTP interface.
    #[command(subcommand)]
    Key(key::Key),
    /// Manage the people of the panel.
    User(user::User),
    /// See what webhooks were told, and tell it again.
    #[command(subcommand)]
    Webhook(webhook::Webhook),
}

/// Who gives an order, and why: both are journaled.
#[derive(Args)]
pub(crate) struct Signature {
    /// Your name.
    #[arg(long)]
    by: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Signature {
    /// As the HTTP interface takes it.
    pub(crate) fn body(&self) -> Value {
        json!({ "by": self.by, "reason": self.reason })
    }
}

impl Command {
    /// How its log is written, unless its caller says otherwise.
    pub(crate) fn log_format(&self) -> LogFormat {
        match self {
            Self::Serve(serve) => serve.log_format(),
            _ => LogFormat::default(),
        }
    }

    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Serve(serve) => serve.run(),
            Self::Demo(demo) => demo.run(),
            Self::Emulate(emulate) => emulate.run(),
            Self::Doctor(doctor) => doctor.run(),
            Self::Drive(drive) => drive.run(),
            Self::Operation(operation) => operation.run(),
            Self::Charge(charge) => charge.run(),
            Self::Contract(contract) => contract.run(),
            Self::Payout(payout) => payout.run(),
            Self::Report(report) => report.run(),
            Self::Receipt(receipt) => receipt.run(),
            Self::Reconcile(reconcile) => reconcile.run(),
            Self::Restore(restore) => restore.run(),
            Self::Clock(clock) => clock.run(),
            Self::Calc(calc) => calc.run(),
            Self::Tlv(tlv) => tlv.run(),
            Self::Frames(frames) => frames.run(),
            Self::Check(check) => check.run(),
            Self::Backup(backup) => backup.run(),
            Self::Watch(watch) => watch.run(),
            Self::Remarks(remarks) => remarks.run(),
            Self::Incidents(incidents) => incidents.run(),
            Self::Find(find) => find.run(),
            Self::Golive(golive) => golive.run(),
            Self::Import(import) => import.run(),
            Self::Export(export) => export.run(),
            Self::ServiceLevel(level) => level.run(),
            Self::Key(key) => key.run(),
            Self::User(user) => user.run(),
            Self::Webhook(webhook) => webhook.run(),
        }
    }
}

/// Writes to `output`, or to the terminal when there is none.
fn write_out(output: Option<&Path>, content: &[u8]) -> io::Result<()> {
    match output {
        Some(path) => fs::write(path, content),
        None => io::stdout().write_all(content),
    }
}

/// A runtime for the commands that need one.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
