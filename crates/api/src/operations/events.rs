//! The operations besides payment and charge, as billing writes them.

use desk::{
    CancelPayment, CancelReason, EventKind, FixReceipt, Identify, MoneyKind, Move, Part, Payments,
    PeriodClose, Recalc, RecalcTo, Refund, RefundOf, RestorePayment, RightLine, RightReceipt,
    WriteOff, WriteOffItem, WriteOffTarget,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{
    AccountNumber, Id, Kopecks, LocalDate, OperationSign, PaymentMethod, Period, ServiceCode,
    SettlementSubject, TaxSystem, TermError, VatCode,
};

use crate::{
    ID_MAX, Problem,
    money::{Amount, Money},
    value::{Label, Object, Text},
};

use super::request::PartRequest;

/// The longest texts of a person: reasons, numbers of orders.
pub(super) const REASON_MAX: usize = 256;
/// The longest name of a line, bytes; in a receipt it has at most 128 characters.
pub(super) const NAME_MAX: usize = 256;

/// What an operation's fields become.
pub(super) trait Fields: Serialize {
    /// The operation's `type`.
    const KIND: &'static str;

    /// What is to happen.
    fn event(self) -> Result<EventKind, Problem>;
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentifyRequest {
    /// The key of the payment whose payer was unknown.
    payment: Label<ID_MAX>,
    account: Text<AccountNumber>,
}

impl Fields for IdentifyRequest {
    const KIND: &'static str = "identify";

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::Identify(Identify {
            payment: self.payment.0,
            account: self.account.0,
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeriodCloseRequest {
    period: Text<Period>,
    /// Form correction receipts when the ten days are over.
    #[serde(default)]
    late_as_correction: bool,
}

impl Fields for PeriodCloseRequest {
    const KIND: &'static str = "period_close";

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::PeriodClose(PeriodClose {
            period: self.period.0,
            late_as_correction: self.late_as_correction,
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    account: Text<AccountNumber>,
    /// `advance` or `service`.
    of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Text<ServiceCode>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<Text<Period>>,
    amount: Amount,
    kind: Text<MoneyKind>,
    /// The refund was made then and never became a receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost_date: Option<Text<LocalDate>>,
}

impl Fields for RefundRequest {
    const KIND: &'static str = "refund";

    fn event(self) -> Result<EventKind, Problem> {
        let (service, period) = (self.service.map(inner), self.period.map(inner));
        let of = match (self.of.as_str(), service, period) {
            ("advance", service, period) => RefundOf::Advance { service, period },
            ("service", Some(service), Some(period)) => RefundOf::Service { service, period },
            ("service", ..) => {
                let rule = "a refund of a service names service and period";
                return Err(Problem::bad_value(rule).in_field("service"));
            }
            _ => return Err(Problem::bad_value("of is advance or service").in_field("of")),
        };
        Ok(EventKind::Refund(Refund {
            account: self.account.0,
            of,
            amount: self.amount.0,
            kind: self.kind.0,
            lost_date: self.lost_date.map(inner),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecalcRequest {
    account: Text<AccountNumber>,
    service: Text<ServiceCode>,
    period: Text<Period>,
    /// Less than zero: an upward recalculation is a charge.
    delta: Money,
    to: Text<RecalcTo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Text<MoneyKind>>,
}

impl Fields for RecalcRequest {
    const KIND: &'static str = "recalc";

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::Recalc(Recalc {
            account: self.account.0,
            service: self.service.0,
            period: self.period.0,
            delta: self.delta.0,
            to: self.to.0,
            kind: self.kind.map(inner),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteOffRequest {
    account: Text<AccountNumber>,
    reason: Label<REASON_MAX>,
    items: Vec<Object<WriteOffItemRequest>>,
}

/// One of `debt` and `penalty`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct WriteOffItemRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debt: Option<Label<ID_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    penalty: Option<Label<ID_MAX>>,
    amount: Amount,
}

impl Fields for WriteOffRequest {
    const KIND: &'static str = "writeoff";

    fn event(self) -> Result<EventKind, Problem> {
        let item = |(place, Object(item)): (usize, Object<WriteOffItemRequest>)| {
            let target = match (item.debt, item.penalty) {
                (Some(Label(id)), None) => WriteOffTarget::Debt(id),
                (None, Some(Label(id))) => WriteOffTarget::Penalty(id),
                _ => {
                    let rule = "an item names exactly one of debt, penalty";
                    return Err(Problem::bad_value(rule).in_field(format!("items[{place}]")));
                }
            };
            Ok(WriteOffItem {
                target,
                amount: item.amount.0,
            })
        };
        let items = self.items.into_iter().enumerate().map(item);
        Ok(EventKind::WriteOff(WriteOff {
            account: self.account.0,
            reason: self.reason.0,
            items: items.collect::<Result<_, _>>()?,
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveRequest {
    from: Object<MoveFrom>,
    to: Object<MoveTo>,
    amount: Amount,
    /// The payer has ordered it in writing.
    #[serde(default)]
    payer_order: bool,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct MoveFrom {
    account: Text<AccountNumber>,
    #[serde(default)]
    service: Option<Text<ServiceCode>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct MoveTo {
    account: Text<AccountNumber>,
    #[serde(default)]
    service: Option<Text<ServiceCode>>,
    /// The debt that is closed; without it the money stays an advance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debt: Option<Label<ID_MAX>>,
}

impl Fields for MoveRequest {
    const KIND: &'static str = "move";

    fn event(self) -> Result<EventKind, Problem> {
        let (Object(from), Object(to)) = (self.from, self.to);
        Ok(EventKind::Move(Move {
            from_account: from.account.0,
            from_service: from.service.map(inner),
            to_account: to.account.0,
            to_service: to.service.map(inner),
            to_debt: to.debt.map(|Label(id)| id),
            amount: self.amount.0,
            payer_order: self.payer_order,
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelPaymentRequest {
    account: Text<AccountNumber>,
    /// The receipt that is taken back.
    original: Text<Id>,
    reason: Text<CancelReason>,
}

impl Fields for CancelPaymentRequest {
    const KIND: &'static str = "cancel_payment";

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::CancelPayment(CancelPayment {
            account: self.account.0,
            original: self.original.0.to_string(),
            reason: self.reason.0,
            order: None,
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestorePaymentRequest {
    account: Text<AccountNumber>,
    /// When the money came.
    lost_date: Text<LocalDate>,
    parts: Vec<Object<PartRequest>>,
    /// The number of the tax authority's order, tag 1179.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
}

impl Fields for RestorePaymentRequest {
    const KIND: &'static str = "restore_payment";

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::RestorePayment(RestorePayment {
            account: self.account.0,
            lost_date: self.lost_date.0,
            parts: parts(self.parts),
            order: self.order.map(|Label(order)| order),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixReceiptRequest {
    /// The receipt that is wrong.
    original: Text<Id>,
    right: Object<RightReceiptRequest>,
    /// Whether the account changes with it.
    #[serde(default = "yes")]
    ledger: bool,
    /// Whether the wrong receipt was accepted by the ФНС.
    #[serde(default = "yes")]
    accepted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct RightReceiptRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Text<AccountNumber>>,
    /// Tag 1055.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sno: Option<u8>,
    /// Tag 1054.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<u8>,
    lines: Vec<Object<RightLineRequest>>,
    payments: Object<PaymentsRequest>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct RightLineRequest {
    name: Label<NAME_MAX>,
    /// Tag 1214.
    method: u8,
    /// Tag 1212.
    subject: u8,
    amount: Amount,
    /// Tag 1199.
    vat_code: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Text<ServiceCode>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<Text<Period>>,
    /// The debt that the line pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debt: Option<Label<ID_MAX>>,
    /// The advance that the line opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advance: Option<Label<ID_MAX>>,
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentsRequest {
    #[serde(default = "nothing")]
    cash: Money,
    #[serde(default = "nothing")]
    cashless: Money,
    #[serde(default = "nothing")]
    prepaid: Money,
    #[serde(default = "nothing")]
    credit: Money,
    #[serde(default = "nothing")]
    counter: Money,
}

impl PaymentsRequest {
    pub(super) const fn sums(&self) -> Payments {
        Payments {
            cash: self.cash.0,
            cashless: self.cashless.0,
            prepaid: self.prepaid.0,
            credit: self.credit.0,
            counter: self.counter.0,
        }
    }
}

impl Fields for FixReceiptRequest {
    const KIND: &'static str = "fix_receipt";

    fn event(self) -> Result<EventKind, Problem> {
        let Object(right) = self.right;
        let lines = right.lines.into_iter().enumerate();
        let lines = lines.map(|(place, Object(line))| {
            right_line(line).map_err(|error| {
                Problem::bad_value(error.to_string()).in_field(format!("right.lines[{place}]"))
            })
        });
        let wrong = |field: &'static str| {
            move |error: TermError| Problem::bad_value(error.to_string()).in_field(field)
        };
        let tax_system = right.sno.map(TaxSystem::from_bit).transpose();
        let operation = right.operation.map(OperationSign::from_code).transpose();
        Ok(EventKind::FixReceipt(FixReceipt {
            original: self.original.0.to_string(),
            right: RightReceipt {
                account: right.account.map(inner),
                tax_system: tax_system.map_err(wrong("right.sno"))?,
                operation: operation.map_err(wrong("right.operation"))?,
                lines: lines.collect::<Result<_, _>>()?,
                payments: right.payments.0.sums(),
            },
            ledger: self.ledger,
            accepted: self.accepted,
            order: self.order.map(|Label(order)| order),
        }))
    }
}

fn right_line(line: RightLineRequest) -> Result<RightLine, TermError> {
    let amount = line.amount.0;
    let reference =
        |to, id: Option<Label<ID_MAX>>| id.map(|Label(id)| desk::Ref { to, id, amount });
    let refs = [
        reference(desk::RefTo::Debt, line.debt),
        reference(desk::RefTo::Advance, line.advance),
    ];
    Ok(RightLine {
        name: line.name.0,
        method: PaymentMethod::from_code(line.method)?,
        subject: SettlementSubject::from_code(line.subject)?,
        amount,
        vat_code: VatCode::from_code(line.vat_code)?,
        service: line.service.map(inner),
        period: line.period.map(inner),
        agent: desk::RightAgent::OfService,
        refs: refs.into_iter().flatten().collect(),
    })
}

pub(super) fn parts(parts: Vec<Object<PartRequest>>) -> Vec<Part> {
    let part = |Object(part): Object<PartRequest>| Part {
        kind: part.kind.0,
        amount: part.amount.0,
    };
    parts.into_iter().map(part).collect()
}

pub(super) fn inner<T>(text: Text<T>) -> T {
    text.0
}

const fn yes() -> bool {
    true
}

const fn nothing() -> Money {
    Money(Kopecks::ZERO)
}
