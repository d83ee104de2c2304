//! The row twin of a receipt: the JSON document that the journal keeps. Sums are kopecks.

use engine::{Line, Receipt};
use serde::{Deserialize, Serialize};
use terms::{Kopecks, VatCode};

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ReceiptBody {
    pub(crate) date: String,
    pub(crate) sno: u8,
    pub(crate) deliver: bool,
    pub(crate) internet: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<String>,
    pub(crate) lines: Vec<LineBody>,
    pub(crate) payments: PaymentsBody,
    pub(crate) vat_totals: Vec<VatBody>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct LineBody {
    pub(crate) name: String,
    pub(crate) method: u8,
    pub(crate) subject: u8,
    pub(crate) amount: i64,
    pub(crate) vat_code: u8,
    pub(crate) vat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<AgentBody>,
    /// What the line pays, opens or takes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refs: Vec<RefBody>,
    pub(crate) rule: String,
    pub(crate) why_ru: String,
    pub(crate) why_en: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AgentBody {
    pub(crate) kind: u8,
    pub(crate) supplier_inn: String,
    pub(crate) supplier_name: String,
    pub(crate) supplier_phone: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct RefBody {
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) amount: i64,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct PaymentsBody {
    pub(crate) cash: i64,
    pub(crate) cashless: i64,
    pub(crate) prepaid: i64,
    pub(crate) credit: i64,
    pub(crate) counter: i64,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct VatBody {
    pub(crate) code: u8,
    pub(crate) sum: i64,
}

impl ReceiptBody {
    pub(crate) fn of(receipt: &Receipt) -> Self {
        let payments = receipt.payments;
        let vat = |(code, sum): (&VatCode, &Kopecks)| VatBody {
            code: code.code(),
            sum: sum.get(),
        };
        Self {
            date: receipt.date.to_string(),
            sno: receipt.tax_system.bit(),
            deliver: receipt.deliver,
            internet: receipt.internet,
            contact: receipt.contact.clone(),
            lines: receipt.all_lines().iter().map(LineBody::of).collect(),
            payments: PaymentsBody {
                cash: payments.cash.get(),
                cashless: payments.cashless.get(),
                prepaid: payments.prepaid.get(),
                credit: payments.credit.get(),
                counter: payments.counter.get(),
            },
            vat_totals: receipt.vat_totals.iter().map(vat).collect(),
        }
    }
}

impl LineBody {
    fn of(line: &Line) -> Self {
        let agent = |agent: &engine::Agent| AgentBody {
            kind: agent.kind,
            supplier_inn: agent.supplier_inn.to_string(),
            supplier_name: agent.supplier_name.clone(),
            supplier_phone: agent.supplier_phone.clone(),
        };
        let refs = |reference: &engine::Ref| RefBody {
            to: reference.to.name().to_owned(),
            id: reference.id.clone(),
            amount: reference.amount.get(),
        };
        Self {
            name: line.name.clone(),
            method: line.method.code(),
            subject: line.subject.code(),
            amount: line.amount.get(),
            vat_code: line.vat_code.code(),
            vat: line.vat.get(),
            service: line.service.as_ref().map(ToString::to_string),
            period: line.period.map(|period| period.to_string()),
            agent: line.agent.as_ref().map(agent),
            refs: line.refs.iter().map(refs).collect(),
            rule: line.why.rule.name().to_owned(),
            why_ru: line.why.ru(),
            why_en: line.why.en(),
        }
    }
}

impl PaymentsBody {
    pub(crate) const fn total(&self) -> i64 {
        self.cash + self.cashless + self.prepaid + self.credit + self.counter
    }
}
