//! What people see of a restoration.

use terms::{Basis, Id, Kopecks, LocalDate, LocalDateTime};

use super::{
    Pace, PauseOn, RestorationClass, RestorationKind, RestorationRowState, RestorationState,
};

/// A restoration in a list.
#[derive(Clone, Debug)]
pub struct RestorationListed {
    /// Which one, from 1.
    pub id: i64,
    /// Lost settlements, or wrong receipts.
    pub kind: RestorationKind,
    /// Where it stands.
    pub state: RestorationState,
    /// Why it has nothing to do now although it is running, why it is paused, or why it was
    /// abandoned.
    pub why: Option<String>,
    /// Who has made it.
    pub author: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Who has approved it.
    pub approved_by: Option<String>,
    /// When, milliseconds since 1970.
    pub approved_at: Option<i64>,
    /// The first and the last day of lost settlements.
    pub days: Option<(LocalDate, LocalDate)>,
    /// What is changed in wrong receipts, in words.
    pub change: Option<String>,
    /// Which receipts were looked at, in words.
    pub query: Option<String>,
    /// The hash of the plan, 64 hexadecimal digits; none while it is being made.
    pub hash: Option<String>,
    /// How many rows it has, whatever they are.
    pub rows: u64,
    /// How many of these are carried out or were to be.
    pub to_do: u64,
    /// What these come to.
    pub amount: Kopecks,
}

/// A restoration with all that is known of it but its rows.
#[derive(Clone, Debug)]
pub struct RestorationView {
    /// What a list says, too.
    pub head: RestorationListed,
    /// Why it is made; days and documents are those of each row.
    pub basis: Basis,
    /// The files of the lost settlements.
    pub files: Vec<RestorationFileView>,
    /// How it was ordered to run last.
    pub run: Option<RunView>,
    /// Rows and their sums by class; classes without rows are left out.
    pub classes: Vec<(RestorationClass, u64, Kopecks)>,
    /// How far it is.
    pub progress: RestorationProgress,
    /// What it changes: by month, rate, tax system and payment kind.
    pub totals: Vec<TotalsRow>,
    /// Whether the drives suffice for what is left, and how long it takes.
    pub forecast: RestorationForecast,
    /// The shares by which the tax service watches registers.
    pub shares: Vec<RegisterShare>,
}

/// A file of lost settlements.
#[derive(Clone, Debug)]
pub struct RestorationFileView {
    /// As it was called.
    pub name: String,
    /// SHA-256 of what it consists of, 64 hexadecimal digits.
    pub sha256: String,
    /// `sberbank`, `lanbilling`, `1c`, `csv`.
    pub kind: String,
    /// How it was read.
    pub profile: String,
    /// Payments in it.
    pub rows: u64,
    /// What they come to.
    pub amount: Kopecks,
}

/// How a restoration was ordered to run.
#[derive(Clone, Debug)]
pub struct RunView {
    /// Who has ordered it.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// So many rows, then it pauses; none: all.
    pub limit: Option<u64>,
    /// What it does about the shares.
    pub pace: Pace,
    /// When it pauses by itself.
    pub pause_on: PauseOn,
}

/// How far a restoration is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RestorationProgress {
    /// Rows that wait to be carried out.
    pub planned: u64,
    /// Rows whose operation is in the journal.
    pub accepted: u64,
    /// Rows that would become something else than was approved: nothing was formed.
    pub changed: u64,
    /// Rows that the rules have refused when they were to be carried out.
    pub refused: u64,
    /// Receipts of accepted rows that wait for a drive, or are on one.
    pub queued: u64,
    /// Receipts that wait for a person or stand in doubt.
    pub held: u64,
    /// Receipts that are fiscal documents and have no ticket yet.
    pub fiscalized: u64,
    /// Receipts that the ОФД has confirmed.
    pub acknowledged: u64,
    /// Documents formed in a second over the last minute of work; none while it does not run.
    pub per_second: Option<f64>,
    /// When it will be done at that rate.
    pub finish_at: Option<LocalDateTime>,
}

/// One row of the table of what a restoration changes (receipt rules §4.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TotalsRow {
    /// The month of the settlements, `YYYY-MM`.
    pub month: String,
    /// The quarter of the VAT, `YYYY-Qn`.
    pub vat_quarter: String,
    /// The year of the simplified system, `YYYY`.
    pub year: String,
    /// Which way the settlements go: `income`, `expense`.
    pub flow: String,
    /// The VAT rate, as receipts show it.
    pub vat: String,
    /// The tax system, in Russian.
    pub tax_system: String,
    /// The payment kind: `cash`, `cashless`, `prepaid`, `credit`, `counter`.
    pub payment: String,
    /// What the wrong documents say: sum, and tax in it.
    pub before: (Kopecks, Kopecks),
    /// What is reversed of it.
    pub reversed: (Kopecks, Kopecks),
    /// What is right.
    pub after: (Kopecks, Kopecks),
    /// By how much that differs from what was.
    pub difference: (Kopecks, Kopecks),
}

/// Whether the drives suffice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestorationForecast {
    /// Documents that are still to be formed.
    pub documents: u64,
    /// Documents that fit into the drives that work, but for the reserve.
    pub room: u64,
    /// Documents in a second that the drives have shown; none: nobody knows yet.
    pub per_second: Option<f64>,
    /// When all would be formed.
    pub finish_at: Option<LocalDateTime>,
    /// What speaks against it, each a sentence that says what to do; empty: it fits.
    pub reasons: Vec<String>,
}

/// The share of corrections or returns of one register over 30 days (receipt rules §4.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegisterShare {
    /// РНМ.
    pub rnm: String,
    /// All receipts of the 30 days.
    pub documents: u64,
    /// Receipts of income.
    pub income: u64,
    /// Receipts that give income back.
    pub returns: u64,
    /// Correction receipts.
    pub corrections: u64,
    /// The share that this restoration raises, per mille: corrections of all documents, or, in FFD
    /// 1.05, returns of income.
    pub share_per_mille: u32,
    /// How many more documents of the kind fit today.
    pub fit_today: u64,
    /// Over how many days the rest would spread.
    pub days: Option<u32>,
}

/// A row of a restoration.
#[derive(Clone, Debug)]
pub struct RestorationRowView {
    /// Its number in the restoration, from 1: the order in which rows are carried out.
    pub place: u64,
    /// What it is.
    pub class: RestorationClass,
    /// What has become of it.
    pub state: RestorationRowState,
    /// Why it is of this class or in this state; may be empty.
    pub reason: String,
    /// The key of the operation that it becomes.
    pub key: String,
    /// The day of the settlement.
    pub date: LocalDate,
    /// Its sum.
    pub amount: Kopecks,
    /// The account; empty when nobody knows.
    pub account: String,
    /// What tells of it: file and line, or the wrong document.
    pub source: String,
    /// The wrong receipt.
    pub wrong: Option<Id>,
    /// How many documents it needs.
    pub documents: u32,
    /// What its receipts say, 64 hexadecimal digits; none for rows that are not carried out.
    pub fingerprint: Option<String>,
    /// Its operation, once it is accepted.
    pub operation: Option<Id>,
}
