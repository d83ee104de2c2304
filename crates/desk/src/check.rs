use std::{collections::BTreeMap, path::PathBuf};

use engine::Receipt;
use journal::{Reader, RemarkCount, Store};
use terms::{Kopecks, PaymentMethod};

use crate::{Desk, DeskError, MethodTally, TallyView};

pub use journal::Finding;

/// What `kassette check` has looked at and found.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// Operations looked at.
    pub operations: u64,
    /// Receipts looked at.
    pub receipts: u64,
    /// Documents looked at.
    pub documents: u64,
    /// Accounts looked at.
    pub accounts: u64,
    /// Documents that the ОФД has refused, or had something to say about. No findings: the journal
    /// holds together all the same.
    pub remarks: RemarkCount,
    /// What must not be; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Desk {
    /// How many of what there are; reads whole tables.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn tally(&self) -> Result<TallyView, DeskError> {
        Ok(self.reader().tally()?)
    }

    /// Lines of all receipts by payment method; reads whole tables.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn lines_by_method(&self) -> Result<Vec<MethodTally>, DeskError> {
        let mut methods: BTreeMap<PaymentMethod, (u64, i64)> = BTreeMap::new();
        self.reader().each_receipt(|row| {
            for line in row.receipt.all_lines() {
                let (lines, sum) = methods.entry(line.method).or_default();
                (*lines, *sum) = (*lines + 1, *sum + line.amount.get());
            }
            Ok(())
        })?;
        let tally = |(method, (lines, sum))| {
            Ok(MethodTally {
                method,
                lines,
                sum: Kopecks::new(sum)?,
            })
        };
        methods.into_iter().map(tally).collect()
    }

    /// Proves that the journal holds together.
    ///
    /// # Errors
    /// See [`Desk::operation`].
    pub fn check(&self) -> Result<CheckReport, DeskError> {
        check(self.reader())
    }

    /// Proves that the journal in `folder` holds together, without opening it for writing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn check_folder(folder: impl Into<PathBuf>) -> Result<CheckReport, DeskError> {
        check(&Reader::new(Store::in_folder(folder)))
    }

    /// How many bytes the journal in `folder` takes, and when its first operation was accepted,
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn growth_of(folder: impl Into<PathBuf>) -> Result<(u64, Option<i64>), DeskError> {
        Ok(Reader::new(Store::in_folder(folder)).growth()?)
    }
}

/// Proves S1 to S8 on the journal: the rules over its rows, and for each receipt that lines,
/// payments, total, tax and the bytes for the drive agree.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) fn check(reader: &Reader) -> Result<CheckReport, DeskError> {
    let verified = reader.verify()?;
    let mut findings = verified.findings;
    let read = reader.each_receipt(|row| {
        if let Some(wrong) = disagreement(&row.receipt, row.total, &row.tlv) {
            let what = format!("receipt {} {wrong}", row.id);
            findings.push(Finding {
                invariant: "S4",
                what,
            });
        }
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(error) if findings.is_empty() => return Err(error.into()),
        // In a damaged journal what was found is told, though the rest cannot be read.
        Err(error) => findings.push(Finding {
            invariant: "S2",
            what: format!("the receipts cannot all be read: {error}"),
        }),
    }
    Ok(CheckReport {
        operations: verified.operations,
        receipts: verified.receipts,
        documents: verified.documents,
        accounts: verified.accounts,
        remarks: reader.remark_count().unwrap_or_default(),
        findings,
    })
}

fn disagreement(receipt: &Receipt, total: Kopecks, tlv: &[u8]) -> Option<String> {
    let lines = Kopecks::sum(receipt.all_lines().iter().map(|line| line.amount));
    let agree = match lines {
        Ok(lines) if lines == total => true,
        // The sender of a ready receipt may round its total down to roubles, and a correction of
        // FFD 1.05 has no lines.
        Ok(lines) => {
            let mut all = receipt.all_lines().iter();
            let is_ready = all.all(|line| line.why.rule == engine::Rule::Given);
            let has_none = receipt.all_lines().is_empty() && receipt.correction.is_some();
            is_ready && (has_none || (0..100).contains(&(lines.get() - total.get())))
        }
        Err(_) => false,
    };
    if !agree {
        return Some(format!("has lines of {lines:?} and a total of {total}"));
    }
    if receipt.payments.total() != Ok(total) {
        let payments = receipt.payments;
        return Some(format!("is settled by {payments:?}, its total is {total}"));
    }
    for line in receipt.all_lines() {
        let tax = line.vat_code.tax_in(line.amount);
        if tax != line.vat {
            return Some(format!("has a line with tax {} instead of {tax}", line.vat));
        }
    }
    if receipt.lines.is_empty() {
        // A correction of FFD 1.05 passes no lines.
        return None;
    }
    let mut passed = 0_i64;
    let tree = match ffd::Tree::parse(tlv) {
        Ok(tree) => tree,
        Err(error) => {
            return Some(format!(
                "has bytes for the drive that are no TLV list: {error}"
            ));
        }
    };
    for line in tree.all(ffd::Tag::ITEM).filter_map(ffd::Value::as_list) {
        let amount = line.get(ffd::Tag::AMOUNT).and_then(ffd::Value::as_money);
        passed += amount.map_or(0, Kopecks::get);
    }
    let told = lines.map_or(0, Kopecks::get);
    (passed != told)
        .then(|| format!("passes lines of {passed} kopecks to the drive, it has lines of {told}"))
}
