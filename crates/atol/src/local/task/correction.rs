//! What a correction corrects (ATOL web requests §10.2).

use desk::ready::{Correction, CorrectionPaper, VatTotals};
use serde_json::Value;
use terms::FfdVersion;

use super::{
    error::{TaskError, code},
    node::Node,
    words,
};

/// The basis of a correction. FFD 1.05 names a paper in either case; later versions know a number
/// for an order of the tax authority only, and what clients write beside that is left out.
pub(super) fn read(task: &Node<'_>, ffd: FfdVersion) -> Result<Correction, TaskError> {
    let kind = task.required("correctionType")?;
    let date = task.required("correctionBaseDate")?.date()?;
    let number = task.get_text("correctionBaseNumber")?;
    let name = task.get_text("correctionBaseName")?;
    let is_old = ffd == FfdVersion::V1_05;
    let paper = |number: Option<String>| {
        let paper = CorrectionPaper { name, number };
        (is_old && paper != CorrectionPaper::default()).then(|| Box::new(paper))
    };
    match kind.text()? {
        "self" => Ok(Correction {
            paper: paper(number),
            ..Correction::own(date)
        }),
        "instruction" => {
            let number = match number {
                Some(number) => number,
                None => {
                    let field = task.required("correctionBaseNumber")?;
                    return Err(field.wrong(code::PARSE, "нужен номер предписания"));
                }
            };
            Ok(Correction {
                paper: paper(None),
                ..Correction::by_order(date, number)
            })
        }
        _ => Err(kind.wrong(code::PARSE, "нужно self или instruction")),
    }
}

/// What a task says of the user's paper, whether documents have a place for it or not: it is kept with
/// the basis of the correction. None where it says nothing.
pub(in crate::local) fn paper(task: &Value) -> Option<String> {
    let texts = ["correctionBaseName", "correctionBaseNumber"].map(|name| task[name].as_str());
    let texts = texts.into_iter().flatten().map(str::trim);
    let told: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// `taxes` of a correction without items.
pub(super) fn taxes(task: &Node<'_>) -> Result<VatTotals, TaskError> {
    let mut totals = VatTotals::default();
    for tax in task.elements("taxes")? {
        let tax = tax.object()?;
        let kind = tax.required("type")?;
        let code = words::tax(&kind)?;
        if totals.get(code).is_some() {
            return Err(kind.wrong(code::TAX_SUM, "ставка повторяется"));
        }
        totals = totals.with(code, tax.required("sum")?.money()?);
    }
    Ok(totals)
}
