//! Receipts and records as they are written.

use std::collections::BTreeMap;

use engine::{
    Agent, Correction, JournalReceipt, Line, Payments, Receipt, Record, RecordKind, Ref, RefTo,
    Rule, Why,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value, json};
use terms::{
    AccountNumber, FfdVersion, FiscalSign, Inn, Kopecks, LocalDate, OperationSign, PaymentMethod,
    Period, ServiceCode, SettlementSubject, TaxSystem, VatCode,
};

use crate::{
    error::Fault,
    field::{Code, Ffd, Money, Text},
};

/// A document that came out, or must come out.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptRow {
    event: String,
    doc: Doc,
    ffd: Ffd,
    operation: Code<OperationSign>,
    sno: Code<TaxSystem>,
    date: Text<LocalDate>,
    account: Option<Text<AccountNumber>>,
    contact: Option<String>,
    deliver: bool,
    internet: bool,
    pub(crate) lines: Vec<LineRow>,
    payments: PaymentsRow,
    total: Money,
    vat_totals: BTreeMap<String, Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<CorrectionRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag1192: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Doc {
    Receipt,
    Correction,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CorrectionRow {
    /// Tag 1173: 0 on own initiative, 1 by order.
    #[serde(rename = "type")]
    kind: u8,
    date: Text<LocalDate>,
    number: Option<String>,
}

/// A line of such a document.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineRow {
    name: String,
    method: Code<PaymentMethod>,
    subject: Code<SettlementSubject>,
    price: Money,
    qty: String,
    amount: Money,
    vat_code: Code<VatCode>,
    vat: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<LineAgentRow>,
    service: Option<Text<ServiceCode>>,
    period: Option<Text<Period>>,
    #[serde(default, rename = "ref", skip_serializing_if = "RefsRow::is_empty")]
    pub(crate) refs: RefsRow,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LineAgentRow {
    #[serde(rename = "type")]
    kind: u8,
    supplier_inn: Text<Inn>,
    supplier_name: String,
    supplier_phone: String,
}

/// What a line pays or creates: `{"debt": "C1"}` for one entry of the account, with the sum of the
/// line; `{"debt": {"C1": 40000, "C2": 25000}}` for several.
#[derive(Clone, Debug, Default)]
pub(crate) struct RefsRow(Vec<(RefTo, String, Option<Kopecks>)>);

impl RefsRow {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries; a sum that is not given is that of the line.
    pub(crate) fn into_refs(self, amount: Kopecks) -> Vec<Ref> {
        let entry = |(to, id, part): (RefTo, String, Option<Kopecks>)| Ref {
            to,
            id,
            amount: part.unwrap_or(amount),
        };
        self.0.into_iter().map(entry).collect()
    }
}

impl From<&[Ref]> for RefsRow {
    fn from(refs: &[Ref]) -> Self {
        let alone = refs.len() == 1;
        let entry = |to: &Ref| (to.to, to.id.clone(), (!alone).then_some(to.amount));
        Self(refs.iter().map(entry).collect())
    }
}

impl Serialize for RefsRow {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut by_kind: Map<String, Value> = Map::new();
        for (kind, id, amount) in &self.0 {
            match amount {
                None => by_kind.insert(kind.name().to_owned(), json!(id)),
                Some(amount) => {
                    let entries = by_kind
                        .entry(kind.name())
                        .or_insert_with(|| Value::Object(Map::new()));
                    entries
                        .as_object_mut()
                        .and_then(|ids| ids.insert(id.clone(), json!(amount.get())))
                }
            };
        }
        by_kind.serialize(to)
    }
}

impl<'de> Deserialize<'de> for RefsRow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let by_kind: BTreeMap<Text<RefTo>, Value> = BTreeMap::deserialize(from)?;
        let mut refs = Vec::new();
        for (kind, ids) in by_kind {
            match ids {
                Value::String(id) => refs.push((kind.0, id, None)),
                Value::Object(ids) => {
                    for (id, amount) in ids {
                        let amount = Money::deserialize(amount).map_err(D::Error::custom)?;
                        refs.push((kind.0, id, Some(amount.0)));
                    }
                }
                _ => return Err(D::Error::custom("it is an id, or sums in kopecks by id")),
            }
        }
        Ok(Self(refs))
    }
}

/// What a receipt is paid with; what is left out is nothing.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentsRow {
    #[serde(default)]
    cash: Money,
    #[serde(default)]
    cashless: Money,
    #[serde(default)]
    prepaid: Money,
    #[serde(default)]
    credit: Money,
    #[serde(default)]
    counter: Money,
}

/// What happened without a receipt.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordRow {
    event: String,
    kind: Text<RecordKind>,
    account: Option<Text<AccountNumber>>,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    amount: Money,
}

/// A receipt that was formed before the events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JournalRow {
    id: String,
    fp: Text<u32>,
    receipt: PastReceiptRow,
    settle_date: Option<Text<LocalDate>>,
}

/// Such a receipt itself: what only matters when it is formed may be left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastReceiptRow {
    event: Option<String>,
    doc: Doc,
    ffd: Option<Ffd>,
    operation: Code<OperationSign>,
    sno: Code<TaxSystem>,
    date: Text<LocalDate>,
    account: Option<Text<AccountNumber>>,
    contact: Option<String>,
    deliver: Option<bool>,
    internet: Option<bool>,
    #[serde(default)]
    lines: Vec<LineRow>,
    payments: PaymentsRow,
    total: Money,
    #[serde(default)]
    vat_totals: BTreeMap<String, Money>,
    correction: Option<CorrectionRow>,
    tag1192: Option<Text<u32>>,
}

impl JournalRow {
    /// The journal's receipt; `ffd` is the version of the ККТ.
    pub(crate) fn into_receipt(self, ffd: FfdVersion) -> Result<JournalReceipt, Fault> {
        let settle_date = self.settle_date.map(|date| date.0);
        Ok(JournalReceipt {
            id: self.id,
            fiscal_sign: FiscalSign(self.fp.0),
            receipt: self
                .receipt
                .into_receipt(ffd, settle_date)
                .map_err(|fault| fault.under("receipt"))?,
            settle_date,
            cancelled: false,
        })
    }
}

impl PastReceiptRow {
    fn into_receipt(
        self,
        ffd: FfdVersion,
        settle_date: Option<LocalDate>,
    ) -> Result<Receipt, Fault> {
        let date = self.date.0;
        let correction = match (self.doc, self.correction) {
            (Doc::Receipt, None) => None,
            (Doc::Receipt, Some(_)) => {
                return Err(Fault::new("correction", "`doc` is `correction` then"));
            }
            (Doc::Correction, None) => Some(Correction {
                date: settle_date.unwrap_or(date),
                order: None,
            }),
            (Doc::Correction, Some(basis)) => Some(Correction {
                date: basis.date.0,
                order: basis.number,
            }),
        };
        Ok(Receipt {
            event: self.event.unwrap_or_default(),
            ffd: self.ffd.map_or(ffd, |ffd| ffd.0),
            operation: self.operation.0,
            tax_system: self.sno.0,
            date,
            account: self.account.map(|number| number.0),
            deliver: self.deliver.unwrap_or(self.contact.is_some()),
            contact: self.contact,
            internet: self.internet.unwrap_or(false),
            lines: self.lines.into_iter().map(Into::into).collect(),
            unprinted: Vec::new(),
            payments: self.payments.into(),
            total: self.total.0,
            vat_totals: read_totals(self.vat_totals)?,
            correction,
            corrects: self.tag1192.map(|sign| FiscalSign(sign.0)),
            settled_on: None,
        })
    }
}

fn read_totals(rows: BTreeMap<String, Money>) -> Result<BTreeMap<VatCode, Kopecks>, Fault> {
    rows.into_iter()
        .map(|(text, sum)| {
            let bad =
                |error: &dyn ToString| Fault::new(format!("vat_totals.{text}"), error.to_string());
            let code: u8 = text.parse().map_err(|error| bad(&error))?;
            let code = VatCode::from_code(code).map_err(|error| bad(&error))?;
            Ok((code, sum.0))
        })
        .collect()
}

impl From<LineRow> for Line {
    fn from(row: LineRow) -> Self {
        Self {
            name: row.name,
            method: row.method.0,
            subject: row.subject.0,
            amount: row.amount.0,
            vat_code: row.vat_code.0,
            vat: row.vat.0,
            agent: row.agent.map(|agent| Agent {
                kind: agent.kind,
                supplier_inn: agent.supplier_inn.0,
                supplier_name: agent.supplier_name,
                supplier_phone: agent.supplier_phone,
            }),
            service: row.service.map(|code| code.0),
            period: row.period.map(|period| period.0),
            refs: row.refs.into_refs(row.amount.0),
            // Why a line of the past came about is not told; nothing asks.
            why: Why {
                rule: Rule::D01,
                from: Vec::new(),
            },
        }
    }
}

impl From<&Line> for LineRow {
    fn from(line: &Line) -> Self {
        Self {
            name: line.name.clone(),
            method: Code(line.method),
            subject: Code(line.subject),
            price: Money(line.amount),
            qty: "1".to_owned(),
            amount: Money(line.amount),
            vat_code: Code(line.vat_code),
            vat: Money(line.vat),
            agent: line.agent.as_ref().map(|agent| LineAgentRow {
                kind: agent.kind,
                supplier_inn: Text(agent.supplier_inn),
                supplier_name: agent.supplier_name.clone(),
                supplier_phone: agent.supplier_phone.clone(),
            }),
            service: line.service.clone().map(Text),
            period: line.period.map(Text),
            refs: line.refs.as_slice().into(),
        }
    }
}

impl From<&Receipt> for ReceiptRow {
    fn from(receipt: &Receipt) -> Self {
        let correction = receipt.correction.as_ref();
        let total = |(code, sum): (&VatCode, &Kopecks)| (code.code().to_string(), Money(*sum));
        Self {
            event: receipt.event.clone(),
            doc: match correction {
                Some(_) => Doc::Correction,
                None => Doc::Receipt,
            },
            ffd: Ffd(receipt.ffd),
            operation: Code(receipt.operation),
            sno: Code(receipt.tax_system),
            date: Text(receipt.date),
            account: receipt.account.clone().map(Text),
            contact: receipt.contact.clone(),
            deliver: receipt.deliver,
            internet: receipt.internet,
            lines: receipt.lines.iter().map(Into::into).collect(),
            payments: receipt.payments.into(),
            total: Money(receipt.total),
            vat_totals: receipt.vat_totals.iter().map(total).collect(),
            correction: correction.map(|basis| CorrectionRow {
                kind: u8::from(basis.order.is_some()),
                date: Text(basis.date),
                number: basis.order.clone(),
            }),
            tag1192: receipt.corrects.map(|sign| sign.to_string()),
        }
    }
}

impl From<PaymentsRow> for Payments {
    fn from(row: PaymentsRow) -> Self {
        Self {
            cash: row.cash.0,
            cashless: row.cashless.0,
            prepaid: row.prepaid.0,
            credit: row.credit.0,
            counter: row.counter.0,
        }
    }
}

impl From<Payments> for PaymentsRow {
    fn from(payments: Payments) -> Self {
        Self {
            cash: Money(payments.cash),
            cashless: Money(payments.cashless),
            prepaid: Money(payments.prepaid),
            credit: Money(payments.credit),
            counter: Money(payments.counter),
        }
    }
}

impl From<&Record> for RecordRow {
    fn from(record: &Record) -> Self {
        Self {
            event: record.event.clone(),
            kind: Text(record.kind),
            account: record.account.clone().map(Text),
            reference: record.reference.clone(),
            amount: Money(record.amount),
        }
    }
}
