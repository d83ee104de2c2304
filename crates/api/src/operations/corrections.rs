//! The operations that put right what is wrong or was lost, as billing writes them.

use desk::{
    CancelPayment, CancelReason, EventKind, FixReceipt, Fixing, LostChargeLine, RestoreCharge,
    RestorePayment, RightLine, RightReceipt,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use terms::{
    AccountNumber, Id, Kopecks, LocalDate, OperationSign, PaymentMethod, Period, ServiceCode,
    SettlementSubject, TaxSystem, TermError, VatCode,
};

use super::{
    events::{Fields, REASON_MAX, inner, parts},
    payments::PaymentsRequest,
    request::PartRequest,
};
use crate::{
    ID_MAX, Problem,
    basis::BasisRequest,
    change::ChangeRequest,
    money::{Amount, Money},
    value::{Label, Object, Text},
};

/// The longest name of a line, bytes; in a receipt it has at most 128 characters.
pub(super) const NAME_MAX: usize = 256;

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelPaymentRequest {
    account: Text<AccountNumber>,
    /// The receipt that is taken back.
    original: Text<Id>,
    reason: Text<CancelReason>,
    /// Why it is corrected; of a `duplicate_record` and only of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
}

impl Fields for CancelPaymentRequest {
    const KIND: &'static str = "cancel_payment";

    fn basis(&self) -> Option<&BasisRequest> {
        self.basis.as_ref().map(|Object(basis)| basis)
    }

    fn event(self) -> Result<EventKind, Problem> {
        let Text(reason) = self.reason;
        if self.basis.is_some() && reason != CancelReason::DuplicateRecord {
            let rule = "only a duplicate is corrected; a chargeback is a return and has no basis";
            return Err(Problem::bad_value(rule).in_field("basis"));
        }
        Ok(EventKind::CancelPayment(CancelPayment {
            order: order(None, self.basis())?,
            account: self.account.0,
            original: self.original.0.to_string(),
            reason,
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
    /// The number of the tax authority's order, tag 1179; left out: that of the basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
    /// Why it is restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
}

impl Fields for RestorePaymentRequest {
    const KIND: &'static str = "restore_payment";

    fn basis(&self) -> Option<&BasisRequest> {
        self.basis.as_ref().map(|Object(basis)| basis)
    }

    fn event(self) -> Result<EventKind, Problem> {
        Ok(EventKind::RestorePayment(RestorePayment {
            order: order(self.order.as_ref(), self.basis())?,
            account: self.account.0,
            lost_date: self.lost_date.0,
            parts: parts(self.parts),
        }))
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreChargeRequest {
    account: Text<AccountNumber>,
    /// The day of the charge.
    lost_date: Text<LocalDate>,
    /// What the lost receipt said.
    lines: Vec<Object<LostLineRequest>>,
    /// The number of the tax authority's order, tag 1179; left out: that of the basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
    /// Why it is restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
}

/// A line of a lost charge receipt: `prepaid` and `credit` are together `amount`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct LostLineRequest {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Amount,
    /// What advances covered, tag 1215.
    #[serde(default = "nothing")]
    prepaid: Money,
    /// What was left on credit, tag 1216.
    #[serde(default = "nothing")]
    credit: Money,
}

impl Fields for RestoreChargeRequest {
    const KIND: &'static str = "restore_charge";

    fn basis(&self) -> Option<&BasisRequest> {
        self.basis.as_ref().map(|Object(basis)| basis)
    }

    fn event(self) -> Result<EventKind, Problem> {
        let line = |Object(line): Object<LostLineRequest>| LostChargeLine {
            service: line.service.0,
            period: line.period.0,
            amount: line.amount.0,
            prepaid: line.prepaid.0,
            credit: line.credit.0,
        };
        Ok(EventKind::RestoreCharge(RestoreCharge {
            order: order(self.order.as_ref(), self.basis())?,
            account: self.account.0,
            lost_date: self.lost_date.0,
            lines: self.lines.into_iter().map(line).collect(),
        }))
    }
}

/// The number of the tax authority's order: said once, or twice the same.
fn order(
    said: Option<&Label<REASON_MAX>>,
    basis: Option<&BasisRequest>,
) -> Result<Option<String>, Problem> {
    let said = said.map(|Label(number)| number.as_str());
    match (said, basis.and_then(BasisRequest::order_number)) {
        (Some(said), Some(of_basis)) if said != of_basis => {
            let rule = format!("the order is «{said}» here and «{of_basis}» in the basis");
            Err(Problem::bad_value(rule).in_field("order"))
        }
        (said, of_basis) => Ok(said.or(of_basis).map(str::to_owned)),
    }
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixReceiptRequest {
    /// The receipt that is wrong.
    original: Text<Id>,
    /// The right one as a whole; or `change`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right: Option<Object<RightReceiptRequest>>,
    /// What was wrong; the rest, also whether the account changes, follows from the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<Object<ChangeRequest>>,
    /// Whether the account changes with it.
    #[serde(default = "yes")]
    ledger: bool,
    /// Whether the wrong receipt was accepted by the ФНС.
    #[serde(default = "yes")]
    accepted: bool,
    /// The number of the tax authority's order, tag 1179; left out: that of the basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Label<REASON_MAX>>,
    /// Why it is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Object<BasisRequest>>,
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

impl Fields for FixReceiptRequest {
    const KIND: &'static str = "fix_receipt";

    fn basis(&self) -> Option<&BasisRequest> {
        self.basis.as_ref().map(|Object(basis)| basis)
    }

    fn fixing(&self) -> Result<Option<Fixing>, Problem> {
        let Some(Object(change)) = &self.change else {
            return Ok(None);
        };
        if self.right.is_some() {
            let rule = "say what was wrong by «change» or by «right», and not by both";
            return Err(Problem::bad_value(rule).in_field("change"));
        }
        if !(self.ledger && self.accepted) {
            let rule = "«ledger» and «accepted» follow from the change (rejected): leave them out";
            return Err(Problem::bad_value(rule).in_field("change"));
        }
        let mut change = change.change()?;
        change.order = order(self.order.as_ref(), self.basis())?;
        Ok(Some(Fixing {
            receipt: self.original.0,
            change,
        }))
    }

    fn event(self) -> Result<EventKind, Problem> {
        let order = order(self.order.as_ref(), self.basis())?;
        if let Some(fixing) = self.fixing()? {
            return Ok(fixing.asked());
        }
        let Some(Object(right)) = self.right else {
            let rule = "say what was wrong by «change», or the right receipt by «right»";
            return Err(Problem::bad_value(rule).in_field("right"));
        };
        Ok(EventKind::FixReceipt(FixReceipt {
            original: self.original.0.to_string(),
            right: right_receipt(right)?,
            ledger: self.ledger,
            accepted: self.accepted,
            order,
        }))
    }
}

fn right_receipt(right: RightReceiptRequest) -> Result<RightReceipt, Problem> {
    let wrong = |field: &'static str| {
        move |error: TermError| Problem::bad_value(error.to_string()).in_field(field)
    };
    let lines = right.lines.into_iter().enumerate();
    let lines = lines.map(|(place, Object(line))| {
        right_line(line).map_err(|error| {
            Problem::bad_value(error.to_string()).in_field(format!("right.lines[{place}]"))
        })
    });
    let tax_system = right.sno.map(TaxSystem::from_bit).transpose();
    let operation = right.operation.map(OperationSign::from_code).transpose();
    Ok(RightReceipt {
        account: right.account.map(inner),
        tax_system: tax_system.map_err(wrong("right.sno"))?,
        operation: operation.map_err(wrong("right.operation"))?,
        lines: lines.collect::<Result<_, _>>()?,
        payments: right.payments.0.sums(),
    })
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

const fn yes() -> bool {
    true
}

const fn nothing() -> Money {
    Money(Kopecks::ZERO)
}
