use journal::Reader;
use terms::{Kopecks, VatCode};

use crate::{DeskError, body::ReceiptBody};

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
    /// What must not be; empty when all is well.
    pub findings: Vec<Finding>,
}

/// Proves S1 to S5 on the journal: the rules over its rows, and for each receipt that lines,
/// payments, total, tax and the bytes for the drive agree.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) fn check(reader: &Reader) -> Result<CheckReport, DeskError> {
    let verified = reader.verify()?;
    let mut findings = verified.findings;
    let read = reader.each_receipt(|receipt| {
        let wrong = match serde_json::from_str::<ReceiptBody>(&receipt.body) {
            Ok(body) => disagreement(&body, receipt.total, &receipt.tlv),
            Err(error) => Some(format!("cannot be read: {error}")),
        };
        if let Some(wrong) = wrong {
            let what = format!("receipt {} {wrong}", receipt.id);
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
        findings,
    })
}

fn disagreement(body: &ReceiptBody, total: Kopecks, tlv: &[u8]) -> Option<String> {
    let lines: i64 = body.lines.iter().map(|line| line.amount).sum();
    if lines != total.get() {
        return Some(format!(
            "has lines of {lines} kopecks and a total of {total}"
        ));
    }
    if body.payments.total() != total.get() {
        return Some(format!(
            "is settled with {} kopecks, its total is {total}",
            body.payments.total()
        ));
    }
    for line in &body.lines {
        let tax = VatCode::from_code(line.vat_code)
            .and_then(|code| Ok(code.tax_in(Kopecks::new(line.amount)?).get()));
        if tax != Ok(line.vat) {
            return Some(format!(
                "has a line with tax {} instead of {tax:?}",
                line.vat
            ));
        }
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
    (passed != total.get())
        .then(|| format!("passes lines of {passed} kopecks to the drive, its total is {total}"))
}
