//! E3: what a shift's closing report counts, and what the journal has of that shift.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use terms::{DriveNumber, OperationSign, ShiftNumber};

use crate::{Equation, EquationId, Finding, Object, Sum, Text};

/// What a sum was paid with.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PaymentKind {
    /// 1031.
    Cash,
    /// 1081.
    Cashless,
    /// 1215.
    Advance,
    /// 1216.
    Credit,
    /// 1217.
    Counter,
}

/// The totals of a shift, by its report or by the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShiftTotals {
    /// Fiscal documents of the shift (1111).
    pub documents: u32,
    /// Receipts and strict forms of the shift (1118).
    pub receipts: u32,
    /// Sums by sign and kind of payment (1194/1133); none in FFD 1.05, whose report has no counters.
    pub sums: Option<BTreeMap<(OperationSign, PaymentKind), Sum>>,
}

/// Where report and journal differ: the report's number, then the journal's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShiftDifference {
    /// The number of documents.
    Documents(u32, u32),
    /// The number of receipts.
    Receipts(u32, u32),
    /// A sum.
    Sum(OperationSign, PaymentKind, Sum, Sum),
}

impl fmt::Display for ShiftDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documents(report, journal) => write!(f, "1111: {report} ≠ {journal}"),
            Self::Receipts(report, journal) => write!(f, "1118: {report} ≠ {journal}"),
            Self::Sum(sign, kind, report, journal) => {
                let tag = match kind {
                    PaymentKind::Cash => 1031,
                    PaymentKind::Cashless => 1081,
                    PaymentKind::Advance => 1215,
                    PaymentKind::Credit => 1216,
                    PaymentKind::Counter => 1217,
                };
                write!(f, "{} {tag}: {report} ≠ {journal}", sign.title())
            }
        }
    }
}

/// E3: all in which the closing report of a shift and the journal differ. Sums are compared when
/// both have them; a sum that one does not name is nothing.
pub fn shift_differences(report: &ShiftTotals, journal: &ShiftTotals) -> Vec<ShiftDifference> {
    let mut differences = Vec::new();
    if report.documents != journal.documents {
        differences.push(ShiftDifference::Documents(
            report.documents,
            journal.documents,
        ));
    }
    if report.receipts != journal.receipts {
        differences.push(ShiftDifference::Receipts(report.receipts, journal.receipts));
    }
    if let (Some(of_report), Some(of_journal)) = (&report.sums, &journal.sums) {
        let keys: BTreeSet<_> = of_report.keys().chain(of_journal.keys()).collect();
        for key in keys {
            let sum = |sums: &BTreeMap<_, Sum>| sums.get(key).copied().unwrap_or_default();
            let (of_report, of_journal) = (sum(of_report), sum(of_journal));
            if of_report != of_journal {
                differences.push(ShiftDifference::Sum(key.0, key.1, of_report, of_journal));
            }
        }
    }
    differences
}

/// The differences of a shift as one finding.
pub fn shift_finding(
    drive: DriveNumber,
    shift: ShiftNumber,
    differences: &[ShiftDifference],
) -> Option<Finding> {
    if differences.is_empty() {
        return None;
    }
    let told: Vec<String> = differences.iter().map(ShiftDifference::to_string).collect();
    let told = told.join("; ");
    let what = Text::new(
        format!("ФН {drive}, смена {shift}: отчёт и журнал расходятся: {told}."),
        format!("Drive {drive}, shift {shift}: report and journal differ: {told}."),
    );
    let equation = Equation::of(EquationId::E3);
    let object = Object::Equation(EquationId::E3, format!("{drive}:{shift}"));
    Some(
        Finding::new(equation.rule, equation.severity, object, what)
            .with("shift", shift.get())
            .with("differences", differences.len() as u64),
    )
}
