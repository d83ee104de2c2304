//! The operations of ordinary life besides payment and charge, as billing writes them.

use desk::{
    EventKind, Fixing, Identify, MoneyKind, Move, Part, PeriodClose, Recalc, RecalcTo, Refund,
    RefundOf, WriteOff, WriteOffItem, WriteOffTarget,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{AccountNumber, LocalDate, Period, ServiceCode};

use crate::{
    ID_MAX, Problem,
    basis::BasisRequest,
    money::{Amount, Money},
    value::{Label, Object, Text},
};

use super::request::PartRequest;

/// The longest texts of a person: reasons, numbers of orders.
pub(super) const REASON_MAX: usize = 256;

/// What an operation's fields become.
pub(super) trait Fields: Serialize {
    /// The operation's `type`.
    const KIND: &'static str;

    /// Why it corrects something.
    fn basis(&self) -> Option<&BasisRequest> {
        None
    }

    /// What is to happen.
    fn event(self) -> Result<EventKind, Problem>;

    /// What has to be computed on the state as it stands before it happens.
    fn fixing(&self) -> Result<Option<Fixing>, Problem> {
        Ok(None)
    }
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
    /// Why it is restored; with `lost_date` and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
}

impl Fields for RefundRequest {
    const KIND: &'static str = "refund";

    fn basis(&self) -> Option<&BasisRequest> {
        self.basis.as_ref().map(|Object(basis)| basis)
    }

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
        if self.basis.is_some() && self.lost_date.is_none() {
            let rule = "an ordinary refund has no basis: it is that of a lost one (lost_date)";
            return Err(Problem::bad_value(rule).in_field("basis"));
        }
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
