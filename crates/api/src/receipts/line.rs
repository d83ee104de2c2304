//! A line of a receipt.

use desk::{Line, ready};
use schemars::JsonSchema;
use serde::Serialize;

use crate::money::Money;

#[derive(JsonSchema, Serialize)]
pub(super) struct LineAnswer {
    name: String,
    method: u8,
    method_title: &'static str,
    subject: u8,
    amount: Money,
    vat_code: u8,
    vat_title: String,
    vat: Money,
    service: Option<String>,
    period: Option<String>,
    #[serde(flatten)]
    passed: PassedAnswer,
    rule: &'static str,
    why_ru: String,
    why_en: String,
}

/// What only the document says of a line; left out where it is as usual.
#[derive(Default, JsonSchema, Serialize)]
struct PassedAnswer {
    /// Tag 1079; usual: the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Money>,
    /// Tag 1023; usual: one.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    /// Tag 2108; usual: 0, pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<u8>,
    /// Tag 1197.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Tag 1191.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<AgentAnswer>,
}

#[derive(JsonSchema, Serialize)]
struct AgentAnswer {
    /// Tag 1222, bits.
    kind: u8,
    /// Tag 1226; null: Russia gave the supplier none.
    supplier_inn: Option<String>,
    /// Tag 1225.
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier_name: Option<String>,
    /// Tag 1171.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    supplier_phones: Vec<String>,
}

impl LineAnswer {
    /// The lines of a receipt; `passed` are the same as they go to the drive, or nothing.
    pub(super) fn all(lines: Vec<Line>, passed: Vec<ready::Line>) -> Vec<Self> {
        let passed = if passed.len() == lines.len() {
            passed.into_iter().map(PassedAnswer::of).collect()
        } else {
            Vec::new()
        };
        let rest = std::iter::repeat_with(PassedAnswer::default);
        let lines = lines.into_iter().zip(passed.into_iter().chain(rest));
        lines.map(|(line, passed)| Self::of(line, passed)).collect()
    }

    fn of(line: Line, passed: PassedAnswer) -> Self {
        Self {
            rule: line.why.rule.name(),
            why_ru: line.why.ru(),
            why_en: line.why.en(),
            name: line.name,
            method: line.method.code(),
            method_title: line.method.title(),
            subject: line.subject.code(),
            amount: Money(line.amount),
            vat_code: line.vat_code.code(),
            vat_title: line.vat_code.to_string(),
            vat: Money(line.vat),
            service: line.service.map(|service| service.to_string()),
            period: line.period.map(|period| period.to_string()),
            passed,
        }
    }
}

impl PassedAnswer {
    fn of(line: ready::Line) -> Self {
        let is_whole = line.quantity == ready::Quantity::ONE && line.price == line.amount;
        let details = line.details.map(|details| *details).unwrap_or_default();
        let agent = |agent: ready::Agent| AgentAnswer {
            kind: agent.kinds.bits(),
            supplier_inn: agent.supplier_inn.map(|inn| inn.to_string()),
            supplier_name: agent.supplier_name,
            supplier_phones: agent.supplier_phones,
        };
        Self {
            price: (!is_whole).then_some(Money(line.price)),
            quantity: (!is_whole).then(|| line.quantity.to_string()),
            measure: Some(line.measure).filter(|measure| *measure != 0),
            unit: details.unit,
            additional: details.additional,
            agent: line.agent.map(agent),
        }
    }
}
