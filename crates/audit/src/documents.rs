//! A11, A17, A28: what documents say, and what the ОФД says of them.

use terms::{
    DocumentNumber, DriveNumber, Kopecks, LocalDate, OfdCode, PaymentMethod, Rnm, TaxSystem,
    TaxSystems, VatCode, VatRate,
};

use crate::{Finding, Object, RuleId, Severity, Sum, Text, VatLimits};

/// A line of a document, with the rate it has to carry.
#[derive(Clone, Copy, Debug)]
pub struct TaxedLine {
    /// The drive.
    pub drive: DriveNumber,
    /// The document.
    pub document: DocumentNumber,
    /// The line's place in it, from 1.
    pub line: u16,
    /// 1214.
    pub method: PaymentMethod,
    /// 1199.
    pub code: VatCode,
    /// 1043.
    pub amount: Kopecks,
    /// 1200; nothing where the rate has no tax.
    pub tax: Kopecks,
    /// The rate of the service on the day that decides (receipt rules §1.3 rule 4). For penalties,
    /// and for credit payments where the configuration says so, [`VatRate::Exempt`].
    pub rate: VatRate,
}

/// A11: a line whose rate is not that of its service and method, or whose tax differs from the tax
/// computed anew.
pub fn wrong_vat(limits: &VatLimits, line: &TaxedLine) -> Option<Finding> {
    let code = if line.method.has_calculated_vat() {
        line.rate.calculated()
    } else {
        line.rate.direct()
    };
    let tax = code.tax_in(line.amount);
    let off = Sum::from(line.tax) - tax.into();
    if line.code == code && off.get().unsigned_abs() < u128::from(limits.kopecks) {
        return None;
    }
    let (drive, document, place) = (line.drive, line.document, line.line);
    let what = Text::new(
        format!(
            "ФН {drive}, ФД {document}, строка {place}: НДС {} {} ₽, должно быть {code} {tax} ₽.",
            line.code, line.tax
        ),
        format!(
            "Drive {drive}, document {document}, line {place}: VAT is {} {} ₽ and has to be \
             {code} {tax} ₽.",
            line.code, line.tax
        ),
    );
    let object = Object::Document(drive, document);
    Some(
        Finding::new(RuleId::A11, Severity::Critical, object, what)
            .with("line", place)
            .with("amount", line.amount)
            .with("tax", line.tax)
            .with("expected_tax", tax)
            .with("expected_rate", code.to_string()),
    )
}

/// What the ОФД or the ФНС said of a document.
#[derive(Clone, Debug)]
pub struct OfdVerdict {
    /// The drive.
    pub drive: DriveNumber,
    /// The document.
    pub document: DocumentNumber,
    /// The code of the ticket (tag 1022).
    pub code: OfdCode,
    /// Codes of format-logic control that were named with it, such as 420 or 526.
    pub flk: Vec<u16>,
}

/// A17: a document that was not accepted, or accepted with codes of format-logic control.
pub fn ofd_refusal(verdict: &OfdVerdict) -> Option<Finding> {
    if verdict.code.is_accepted() && verdict.flk.is_empty() {
        return None;
    }
    let (drive, document, code) = (verdict.drive, verdict.document, verdict.code);
    let flk: Vec<String> = verdict.flk.iter().map(u16::to_string).collect();
    let flk = if flk.is_empty() {
        "—".to_owned()
    } else {
        flk.join(", ")
    };
    let what = Text::new(
        format!(
            "ФН {drive}, ФД {document}: {} (код {code}, ФЛК {flk}).",
            code.title()
        ),
        format!(
            "Drive {drive}, document {document}: {} (code {code}, ФЛК {flk}).",
            code.meaning()
        ),
    );
    let object = Object::Document(drive, document);
    Some(
        Finding::new(RuleId::A17, Severity::High, object, what)
            .with("code", u32::from(code.0))
            .with("flk", flk),
    )
}

/// What a register may use from a day on (1062, and the rates of the user's services).
#[derive(Clone, Debug)]
pub struct Registration {
    /// The register.
    pub register: Rnm,
    /// From this day.
    pub from: LocalDate,
    /// Tax systems.
    pub systems: TaxSystems,
    /// Rates.
    pub rates: Vec<VatRate>,
}

/// The taxes of a document.
#[derive(Clone, Debug)]
pub struct DocumentTax {
    /// The drive.
    pub drive: DriveNumber,
    /// The document.
    pub document: DocumentNumber,
    /// The register.
    pub register: Rnm,
    /// The day of the settlement (1178 for corrections).
    pub date: LocalDate,
    /// 1055.
    pub system: TaxSystem,
    /// The rates of its lines.
    pub rates: Vec<VatRate>,
}

/// A28: a tax system or a rate that the register was not registered for on that day. A register
/// without any registration by then was registered for nothing.
pub fn tax_not_registered(
    registrations: &[Registration],
    document: &DocumentTax,
) -> Option<Finding> {
    let valid = registrations
        .iter()
        .filter(|registered| registered.register == document.register)
        .filter(|registered| registered.from <= document.date)
        .max_by_key(|registered| registered.from);
    let system = !valid.is_some_and(|registered| registered.systems.contains(document.system));
    let known = |rate: &VatRate| valid.is_some_and(|registered| registered.rates.contains(rate));
    let rates: Vec<&str> = document
        .rates
        .iter()
        .filter(|rate| !known(rate))
        .map(|rate| rate.name())
        .collect();
    if !system && rates.is_empty() {
        return None;
    }
    let (drive, number, date) = (document.drive, document.document, document.date);
    let mut parts = Vec::new();
    if system {
        parts.push(format!("1055 = {}", document.system.bit()));
    }
    if !rates.is_empty() {
        parts.push(format!("НДС {}", rates.join(", ")));
    }
    let parts = parts.join("; ");
    let what = Text::new(
        format!("ФН {drive}, ФД {number}: на {date} не зарегистрировано: {parts}."),
        format!("Drive {drive}, document {number}: not registered on {date}: {parts}."),
    );
    let object = Object::Document(drive, number);
    Some(
        Finding::new(RuleId::A28, Severity::Critical, object, what)
            .with("date", date)
            .with("register", document.register.to_string())
            .with("not_registered", parts),
    )
}
