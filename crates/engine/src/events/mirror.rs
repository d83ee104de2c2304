//! The opposite of a printed receipt, kopeck for kopeck (receipt rules §4.1 rule 7).

use terms::{FfdVersion, FiscalSign, Kopecks, LocalDate, OperationSign};

use crate::{
    Correction, JournalReceipt, Line, Receipt, Refusal, Rule, Source, What, Why,
    apply::{Work, check_positive},
    compose::vat_totals,
};

/// Finds a receipt that was formed before and is still in force.
pub(crate) fn in_force<'a>(work: &Work<'a>, id: &str) -> Result<&'a JournalReceipt, Refusal> {
    let found = work
        .before
        .receipts
        .iter()
        .find(|journal| journal.id == id)
        .ok_or_else(|| Refusal::UnknownReceipt {
            receipt: id.to_owned(),
        })?;
    check_in_force(found)?;
    Ok(found)
}

/// Refuses a receipt that cannot be undone by its lines, or was undone already.
pub(crate) fn check_in_force(found: &JournalReceipt) -> Result<(), Refusal> {
    let id = &found.id;
    if found.cancelled {
        return Err(Refusal::AlreadyCancelled {
            receipt: id.clone(),
        });
    }
    let lines = found.receipt.all_lines();
    if lines.iter().any(|line| line.why.rule == Rule::Given) {
        // Who has computed it knows what it says: agents, codes of goods, rounding.
        return Err(Refusal::BadKind {
            what: format!(
                "receipt {id} came ready: send what undoes it as a ready receipt, too («receipt»)"
            ),
        });
    }
    let reverses = |line: &Line| matches!(line.why.rule, Rule::D23 | Rule::D26Prime);
    if lines.iter().any(reverses) {
        return Err(Refusal::BadKind {
            what: format!(
                "receipt {id} only reverses another one: name the document that is in force"
            ),
        });
    }
    for line in lines {
        check_positive("a line of the receipt", line.amount)?;
    }
    let sum = Kopecks::sum(lines.iter().map(|line| line.amount))?;
    if lines.is_empty() || sum != found.receipt.payments.total()? {
        return Err(Refusal::BadAmount {
            what: format!("the lines of receipt {id} sum up to {sum}, not to its payments"),
        });
    }
    Ok(())
}

/// The document that undoes `journal`. `correction` makes it a correction receipt.
pub(crate) fn mirror(
    work: &Work<'_>,
    journal: &JournalReceipt,
    place: Option<usize>,
    rule: Rule,
    correction: Option<Correction>,
    corrects: Option<FiscalSign>,
) -> Result<Receipt, Refusal> {
    let original = &journal.receipt;
    let lines: Vec<Line> = original
        .all_lines()
        .iter()
        .map(|line| Line {
            why: by_receipt(rule, journal, line.amount),
            ..line.clone()
        })
        .collect();
    let account = place.map(|place| &work.plan.accounts[place]);
    let contact = account.and_then(|account| account.contact.clone());
    Ok(Receipt {
        event: work.event.id.clone(),
        ffd: work.setup.config.ffd,
        operation: opposite(original.operation),
        tax_system: original.tax_system,
        date: work.event.date,
        account: original.account.clone(),
        deliver: contact.is_some(),
        contact,
        internet: false,
        vat_totals: vat_totals(&lines)?,
        lines,
        unprinted: Vec::new(),
        payments: original.payments,
        total: original.payments.total()?,
        settled_on: ordinary(correction.as_ref(), corrects, journal),
        correction,
        corrects,
    })
}

/// The document that undoes the second one of two that were formed for the same receipt: the first
/// stays, so no account changes (receipt rules §2, D23). `id` and `sign` are those of the receipt
/// and of its second document.
pub fn undo_double(receipt: &Receipt, id: &str, sign: FiscalSign, today: LocalDate) -> Receipt {
    let why = |line: &Line| Line {
        why: by_document(Rule::D23, id, sign, line.amount),
        ..line.clone()
    };
    Receipt {
        operation: opposite(receipt.operation),
        date: today,
        lines: receipt.lines.iter().map(why).collect(),
        unprinted: receipt.unprinted.iter().map(why).collect(),
        corrects: Some(sign),
        settled_on: match (&receipt.correction, receipt.ffd) {
            (None, FfdVersion::V1_05) => Some(receipt.settled_on.unwrap_or(receipt.date)),
            _ => None,
        },
        ..receipt.clone()
    }
}

/// Why a line of a mirror or of a right document is there.
pub(crate) fn by_receipt(rule: Rule, journal: &JournalReceipt, amount: Kopecks) -> Why {
    by_document(rule, &journal.id, journal.fiscal_sign, amount)
}

fn by_document(rule: Rule, receipt: &str, sign: FiscalSign, amount: Kopecks) -> Why {
    let what = What::Receipt(receipt.to_owned(), sign);
    Why {
        rule,
        from: vec![Source { what, amount }],
    }
}

/// The basis of a correction receipt about `journal`; none in FFD 1.05, where errors in printed
/// receipts are fixed by ordinary ones (receipt rules §4.1 rules 2 and 5).
pub(crate) fn basis(
    work: &Work<'_>,
    journal: &JournalReceipt,
    order: Option<&String>,
) -> Option<Correction> {
    (work.setup.config.ffd != FfdVersion::V1_05).then(|| Correction {
        date: settled_on(journal),
        order: order.cloned(),
    })
}

/// The day of the settlement that an ordinary receipt corrects: a correction receipt tells it by
/// itself.
pub(crate) fn ordinary(
    correction: Option<&Correction>,
    corrects: Option<FiscalSign>,
    journal: &JournalReceipt,
) -> Option<LocalDate> {
    let is_told = correction.is_some() || corrects.is_none();
    (!is_told).then(|| settled_on(journal))
}

/// The day of the settlement behind a receipt: for one that corrects another the day of that.
pub(crate) fn settled_on(journal: &JournalReceipt) -> LocalDate {
    let corrected = journal.receipt.correction.as_ref();
    journal
        .settle_date
        .or(corrected.map(|correction| correction.date))
        .or(journal.receipt.settled_on)
        .unwrap_or(journal.receipt.date)
}

const fn opposite(operation: OperationSign) -> OperationSign {
    match operation {
        OperationSign::Income => OperationSign::IncomeReturn,
        OperationSign::IncomeReturn => OperationSign::Income,
        OperationSign::Expense => OperationSign::ExpenseReturn,
        OperationSign::ExpenseReturn => OperationSign::Expense,
    }
}
