//! What a correction corrects (ATOL Online protocol §3.8).

use desk::ready::{Correction, CorrectionPaper};
use serde_json::Value;

use super::{answer::Fault, fields::Fields, setup::Protocol};

/// Reads `correction_info`.
///
/// Where the user corrects of his own accord, `base_number` and `base_name` are those of his paper,
/// which documents had before ФФД 1.2 only: in v5 they are dropped. Some clients of v4 fill the
/// required number with a space, which counts as none.
pub(super) fn read(document: &Fields<'_>, protocol: Protocol) -> Result<Correction, Fault> {
    let fields = document.required_object("correction_info")?;
    let by_order = fields.word("type", |word| match word {
        "self" => Some(false),
        "instruction" => Some(true),
        _ => None,
    })?;
    let by_order = fields.required("type", by_order)?;
    let date = fields.day("base_date")?;
    let date = fields.required("base_date", date)?;
    let number = fields.owned("base_number", 32)?;
    let name = match protocol {
        Protocol::V4 => fields.owned("base_name", 256)?,
        Protocol::V5 => None,
    };
    let order = match by_order {
        true => Some(fields.required("base_number", number.clone())?),
        false => None,
    };
    fields.finish()?;
    let paper = CorrectionPaper {
        name,
        number: number.filter(|_| !by_order),
    };
    let has_paper = protocol == Protocol::V4 && paper != CorrectionPaper::default();
    Ok(Correction {
        date,
        order,
        paper: has_paper.then(|| Box::new(paper)),
    })
}

/// What a registration says of the user's paper, whether documents have a place for it or not: it is
/// kept with the basis of the correction. None where it says nothing.
pub(super) fn paper(body: &Value) -> Option<String> {
    let fields = &body["correction"]["correction_info"];
    let texts = ["base_name", "base_number"].map(|name| fields[name].as_str());
    let texts = texts.into_iter().flatten().map(str::trim);
    let told: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    (!told.is_empty()).then(|| told.join(" "))
}
