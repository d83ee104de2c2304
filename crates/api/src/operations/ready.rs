//! A receipt whose lines the caller has computed.

use desk::{
    NewOperation, ReadyReceipt, contact,
    ready::{
        Agent, AgentKinds, Buyer, Cashier, Correction, CorrectionPaper, Line, LineDetails,
        Payments, Quantity, Receipt, ReceiptDetails, UserProperty, VatTotals,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{
    AccountNumber, FfdVersion, Inn, LocalDate, OperationSign, PaymentMethod, SettlementSubject,
    TaxSystem, TermError, VatCode,
};

use super::{
    corrections::NAME_MAX,
    events::{REASON_MAX, inner},
    payments::PaymentsRequest,
    request::{CallbackUrl, canonical},
};
use crate::{
    Problem,
    basis::BasisRequest,
    money::{Amount, Money},
    request::read_json,
    value::{Label, Object, Text, checked},
};

/// The longest idempotency key of a ready receipt, bytes: nothing is derived from it.
const KEY_MAX: usize = 192;
/// The longest short text: names of cashiers, requisites, bytes. In a document they have 64
/// characters at most.
const SHORT_MAX: usize = 128;
/// The longest long text, bytes. In a document they have 256 characters at most.
const LONG_MAX: usize = 512;
/// The most lines: beyond this no document fits a drive.
const LINES_MAX: usize = 1_000;

/// An operation of the type `receipt`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadyRequest {
    #[serde(rename = "type")]
    #[schemars(extend("const" = "receipt"))]
    kind: String,
    key: Label<KEY_MAX>,
    /// The account that the receipt is told of; its balance does not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Text<AccountNumber>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Text<LocalDate>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callback: Option<CallbackUrl>,
    /// Tag 1054: 1 income, 2 its return, 3 outgo, 4 its return.
    sign: u8,
    /// Tag 1055, a bit: 1, 2, 4, 16, 32.
    sno: u8,
    /// Tag 1008.
    #[serde(
        default,
        deserialize_with = "contact_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    contact: Option<String>,
    /// Tag 1125: a settlement in the Internet.
    #[serde(default)]
    internet: bool,
    lines: Vec<Object<LineRequest>>,
    payments: Object<PaymentsRequest>,
    /// The VAT totals of a correction without lines, as FFD 1.05 has it. Otherwise they follow from
    /// the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    vat_totals: Vec<Object<VatTotalRequest>>,
    /// Makes it a correction receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correction: Option<Object<CorrectionRequest>>,
    /// Why it is corrected; left out: the day of `correction` and the key tell of the settlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
    /// Tag 1192, at most 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    additional: Option<Label<SHORT_MAX>>,
    /// Tag 1084.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_property: Option<Object<PropertyRequest>>,
    /// Tags 1227 and 1228.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    buyer: Option<Object<BuyerRequest>>,
    /// Tags 1021 and 1203; the configured one when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cashier: Option<Object<CashierRequest>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct LineRequest {
    /// Tag 1030.
    name: Label<NAME_MAX>,
    /// Tag 1079; `amount` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<Money>,
    /// Tag 1023, a decimal string; 1 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<Text<Quantity>>,
    /// Tag 1043.
    amount: Amount,
    /// Tag 1214.
    method: u8,
    /// Tag 1212.
    subject: u8,
    /// Tag 1199.
    vat_code: u8,
    /// Tag 2108, FFD 1.2: 0 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measure: Option<u8>,
    /// Tag 1197, before FFD 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<Label<SHORT_MAX>>,
    /// Tag 1191.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    additional: Option<Label<SHORT_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<Object<AgentRequest>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct AgentRequest {
    /// Tag 1222, bits.
    kind: u8,
    /// Tag 1226; left out when Russia gave the supplier none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplier_inn: Option<Text<Inn>>,
    /// Tag 1225.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplier_name: Option<Label<LONG_MAX>>,
    /// Tag 1171.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    supplier_phones: Vec<Label<SHORT_MAX>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct CorrectionRequest {
    /// Tag 1178: the day of the settlement that is corrected.
    date: Text<LocalDate>,
    /// Tag 1179 with 1173 = 1: the number of the tax office's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
    /// Tag 1179 with 1173 = 0, FFD 1.05: the number of the user's own paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paper: Option<Label<REASON_MAX>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct VatTotalRequest {
    /// Tag 1199.
    code: u8,
    sum: Money,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct PropertyRequest {
    name: Label<SHORT_MAX>,
    value: Label<LONG_MAX>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct BuyerRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Label<LONG_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inn: Option<Text<Inn>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct CashierRequest {
    name: Label<SHORT_MAX>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inn: Option<Text<Inn>>,
}

fn contact_or_none<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    checked(deserializer, contact).map(Some)
}

/// Reads a ready receipt; `today` is its date unless it says another.
pub(super) fn read(json: &str, today: LocalDate) -> Result<NewOperation, Problem> {
    let Object(request) = read_json::<Object<ReadyRequest>>(json)?;
    let body = canonical(&request)?;
    let key = request.key.0.clone();
    let date = request.date.as_ref().map_or(today, |Text(date)| *date);
    let account = request
        .account
        .as_ref()
        .map(|Text(account)| account.clone());
    let basis = request.basis.as_ref();
    let basis = basis.map(|Object(basis)| basis.basis()).transpose()?;
    if basis.is_some() && request.correction.is_none() {
        let rule = "only a correction has a basis: say what it corrects in «correction»";
        return Err(Problem::bad_value(rule).in_field("basis"));
    }
    let ready = ReadyReceipt {
        date,
        account,
        receipt: request.receipt()?,
    };
    Ok(NewOperation {
        basis: basis.map(Box::new),
        key,
        body,
        asked: desk::Asked::Receipt(Box::new(ready)),
        callback: None,
    })
}

impl ReadyRequest {
    fn receipt(self) -> Result<Receipt, Problem> {
        let wrong = |field: &'static str| {
            move |error: TermError| Problem::bad_value(error.to_string()).in_field(field)
        };
        if self.lines.len() > LINES_MAX {
            let given = self.lines.len();
            let rule = format!("{given} lines; a receipt has at most {LINES_MAX}");
            return Err(Problem::bad_value(rule).in_field("lines"));
        }
        let lines = self.lines.into_iter().enumerate();
        let lines = lines.map(|(place, Object(request))| {
            line(request).map_err(|error| {
                Problem::bad_value(error.to_string()).in_field(format!("lines[{place}]"))
            })
        });
        let payments = self.payments.0.sums();
        let sign = OperationSign::from_code(self.sign).map_err(wrong("sign"))?;
        let system = TaxSystem::from_bit(self.sno).map_err(wrong("sno"))?;
        let buyer = self.buyer.map(|Object(buyer)| Buyer {
            name: buyer.name.map(label),
            inn: buyer.inn.map(inner),
            details: None,
        });
        let property = self.user_property.map(|Object(property)| UserProperty {
            name: property.name.0,
            value: property.value.0,
        });
        let cashier = self.cashier.map(|Object(cashier)| Cashier {
            name: cashier.name.0,
            inn: cashier.inn.map(inner),
        });
        let payments = Payments {
            cash: payments.cash,
            cashless: payments.cashless,
            prepaid: payments.prepaid,
            credit: payments.credit,
            counter: payments.counter,
        };
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        if !lines.is_empty() && !self.vat_totals.is_empty() {
            let rule = "the VAT totals follow from the lines: leave them out";
            return Err(Problem::bad_value(rule).in_field("vat_totals"));
        }
        let mut totals = VatTotals::default();
        for Object(total) in self.vat_totals {
            let code = VatCode::from_code(total.code).map_err(wrong("vat_totals"))?;
            totals = totals.with(code, total.sum.0);
        }
        let details = (totals != VatTotals::default()).then(|| {
            Box::new(ReceiptDetails {
                vat_totals: totals,
                ..ReceiptDetails::default()
            })
        });
        Ok(Receipt {
            buyer_contact: self.contact,
            internet: self.internet,
            buyer,
            cashier,
            additional: self.additional.map(label),
            user_property: property,
            details,
            correction: self.correction.map(|Object(basis)| correction(basis)),
            // The desk puts the organisation's version in its place.
            ..Receipt::new(FfdVersion::V1_2, sign, system, lines, payments)
        })
    }
}

fn line(line: LineRequest) -> Result<Line, TermError> {
    let amount = line.amount.0;
    let details = LineDetails {
        additional: line.additional.map(label),
        unit: line.unit.map(label),
        ..LineDetails::default()
    };
    Ok(Line {
        price: line.price.map_or(amount, |Money(price)| price),
        quantity: line.quantity.map_or(Quantity::ONE, inner),
        measure: line.measure.unwrap_or(0),
        agent: line
            .agent
            .map(|Object(request)| agent(request))
            .transpose()?,
        details: (details != LineDetails::default()).then(|| Box::new(details)),
        ..Line::new(
            line.name.0,
            amount,
            PaymentMethod::from_code(line.method)?,
            SettlementSubject::from_code(line.subject)?,
            VatCode::from_code(line.vat_code)?,
        )
    })
}

fn agent(agent: AgentRequest) -> Result<Agent, TermError> {
    Ok(Agent {
        kinds: AgentKinds::from_bits(agent.kind)?,
        supplier_inn: agent.supplier_inn.map(inner),
        supplier_name: agent.supplier_name.map(label),
        supplier_phones: agent.supplier_phones.into_iter().map(label).collect(),
    })
}

fn correction(basis: CorrectionRequest) -> Correction {
    let paper = basis.paper.map(|Label(number)| {
        Box::new(CorrectionPaper {
            name: None,
            number: Some(number),
        })
    });
    Correction {
        date: basis.date.0,
        order: basis.order.map(label),
        paper,
    }
}

fn label<const MAX: usize>(label: Label<MAX>) -> String {
    label.0
}
