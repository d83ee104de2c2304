//! Events as they are written: one object each, its `type` says which kind.

use engine::{
    CancelPayment, CancelReason, Channel, Charge, ChargeLine, Event, EventKind, ExplicitItem,
    ExplicitTarget, FixReceipt, Identify, LostChargeLine, MoneyKind, Move, Part, PartKind, Payment,
    PeriodClose, Recalc, RecalcTo, Refund, RefundOf, RestoreCharge, RestorePayment, RightAgent,
    RightLine, RightReceipt, WriteOff, WriteOffItem, WriteOffTarget,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use terms::{
    AccountNumber, LocalDate, OperationSign, PaymentMethod, Period, ServiceCode, SettlementSubject,
    TaxSystem, VatCode,
};

use crate::{
    error::{Fault, read_value},
    field::{Code, Money, Text, given},
    receipt::{PaymentsRow, RefsRow},
    setup::AgentRow,
};

/// Reads an event.
pub(crate) fn read_event(mut fields: Map<String, Value>) -> Result<Event, Fault> {
    let kind: String = take(&mut fields, "type")?;
    let id: String = take(&mut fields, "id")?;
    let date: Text<LocalDate> = take(&mut fields, "date")?;
    let rest = Value::Object(fields);
    let kind = match kind.as_str() {
        "payment" => EventKind::Payment(read_value::<PaymentRow>(rest)?.read()?),
        "identify" => EventKind::Identify(read_value::<IdentifyRow>(rest)?.into()),
        "charge" => EventKind::Charge(read_value::<ChargeRow>(rest)?.into()),
        "period_close" => EventKind::PeriodClose(read_value::<PeriodCloseRow>(rest)?.into()),
        "refund" => EventKind::Refund(read_value::<RefundRow>(rest)?.read()?),
        "recalc" => EventKind::Recalc(read_value::<RecalcRow>(rest)?.into()),
        "writeoff" => EventKind::WriteOff(read_value::<WriteOffRow>(rest)?.read()?),
        "move" => EventKind::Move(read_value::<MoveRow>(rest)?.into()),
        "cancel_payment" => EventKind::CancelPayment(read_value::<CancelRow>(rest)?.into()),
        "restore_payment" => EventKind::RestorePayment(read_value::<RestoreRow>(rest)?.into()),
        "restore_charge" => EventKind::RestoreCharge(read_value::<LostChargeRow>(rest)?.into()),
        "fix_receipt" => EventKind::FixReceipt(read_value::<FixRow>(rest)?.into()),
        other => {
            let rule = format!(
                "«{other}» is none of payment, identify, charge, period_close, refund, recalc, \
                 writeoff, move, cancel_payment, restore_payment, restore_charge, fix_receipt"
            );
            return Err(Fault::new("type", rule));
        }
    };
    Ok(Event {
        id,
        date: date.0,
        kind,
    })
}

fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, key: &str) -> Result<T, Fault> {
    let value = fields
        .remove(key)
        .ok_or_else(|| Fault::new(key, "it is missing"))?;
    read_value(value).map_err(|fault| fault.under(key))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentRow {
    account: Option<Text<AccountNumber>>,
    parts: Vec<PartRow>,
    channel: Option<Text<Channel>>,
    #[serde(default)]
    explicit: Vec<ExplicitRow>,
    purpose_period: Option<Text<Period>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartRow {
    kind: Text<PartKind>,
    amount: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExplicitRow {
    debt: Option<String>,
    penalty: Option<String>,
    written_off: Option<String>,
    /// A service; null for the pool.
    #[serde(default, deserialize_with = "given")]
    advance: Option<Option<Text<ServiceCode>>>,
    amount: Money,
}

impl PaymentRow {
    fn read(self) -> Result<Payment, Fault> {
        let explicit = self.explicit.into_iter().enumerate().map(|(place, row)| {
            row.read()
                .map_err(|fault| fault.under(&format!("explicit[{place}]")))
        });
        Ok(Payment {
            account: self.account.map(|number| number.0),
            parts: read_parts(self.parts),
            channel: self.channel.map_or(Channel::BankRegistry, |name| name.0),
            explicit: explicit.collect::<Result<_, _>>()?,
            purpose_period: self.purpose_period.map(|period| period.0),
        })
    }
}

fn read_parts(rows: Vec<PartRow>) -> Vec<Part> {
    rows.into_iter()
        .map(|row| Part {
            kind: row.kind.0,
            amount: row.amount.0,
        })
        .collect()
}

impl ExplicitRow {
    fn read(self) -> Result<ExplicitItem, Fault> {
        let mut targets = [
            self.debt.map(ExplicitTarget::Debt),
            self.penalty.map(ExplicitTarget::Penalty),
            self.written_off.map(ExplicitTarget::WrittenOff),
            self.advance
                .map(|service| ExplicitTarget::Advance(service.map(|code| code.0))),
        ]
        .into_iter()
        .flatten();
        match (targets.next(), targets.next()) {
            (Some(target), None) => Ok(ExplicitItem {
                target,
                amount: self.amount.0,
            }),
            _ => Err(Fault::new(
                "",
                "it names one of debt, penalty, written_off, advance",
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentifyRow {
    payment: String,
    account: Text<AccountNumber>,
}

impl From<IdentifyRow> for Identify {
    fn from(row: IdentifyRow) -> Self {
        Self {
            payment: row.payment,
            account: row.account.0,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeRow {
    account: Text<AccountNumber>,
    lines: Vec<ChargeLineRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeLineRow {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Money,
}

impl From<ChargeRow> for Charge {
    fn from(row: ChargeRow) -> Self {
        let line = |line: ChargeLineRow| ChargeLine {
            service: line.service.0,
            period: line.period.0,
            amount: line.amount.0,
        };
        Self {
            account: row.account.0,
            lines: row.lines.into_iter().map(line).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodCloseRow {
    period: Text<Period>,
}

impl From<PeriodCloseRow> for PeriodClose {
    fn from(row: PeriodCloseRow) -> Self {
        Self {
            period: row.period.0,
            late_as_correction: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundRow {
    account: Text<AccountNumber>,
    of: RefundOfRow,
    service: Option<Text<ServiceCode>>,
    period: Option<Text<Period>>,
    amount: Money,
    kind: Text<MoneyKind>,
    lost_date: Option<Text<LocalDate>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefundOfRow {
    Advance,
    Service,
}

impl RefundRow {
    fn read(self) -> Result<Refund, Fault> {
        let service = self.service.map(|code| code.0);
        let period = self.period.map(|period| period.0);
        let needed = |key: &str| Fault::new(key, "a refund of a service names it");
        let of = match self.of {
            RefundOfRow::Advance => RefundOf::Advance { service, period },
            RefundOfRow::Service => RefundOf::Service {
                service: service.ok_or_else(|| needed("service"))?,
                period: period.ok_or_else(|| needed("period"))?,
            },
        };
        Ok(Refund {
            account: self.account.0,
            of,
            amount: self.amount.0,
            kind: self.kind.0,
            lost_date: self.lost_date.map(|date| date.0),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecalcRow {
    account: Text<AccountNumber>,
    service: Text<ServiceCode>,
    period: Text<Period>,
    delta: Money,
    to: Text<RecalcTo>,
    kind: Option<Text<MoneyKind>>,
}

impl From<RecalcRow> for Recalc {
    fn from(row: RecalcRow) -> Self {
        Self {
            account: row.account.0,
            service: row.service.0,
            period: row.period.0,
            delta: row.delta.0,
            to: row.to.0,
            kind: row.kind.map(|kind| kind.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteOffRow {
    account: Text<AccountNumber>,
    reason: String,
    items: Vec<WriteOffItemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteOffItemRow {
    debt: Option<String>,
    penalty: Option<String>,
    amount: Money,
}

impl WriteOffRow {
    fn read(self) -> Result<WriteOff, Fault> {
        let item = |(place, row): (usize, WriteOffItemRow)| {
            let target = match (row.debt, row.penalty) {
                (Some(id), None) => WriteOffTarget::Debt(id),
                (None, Some(id)) => WriteOffTarget::Penalty(id),
                _ => {
                    let rule = "it names a debt or a penalty";
                    return Err(Fault::new(format!("items[{place}]"), rule));
                }
            };
            Ok(WriteOffItem {
                target,
                amount: row.amount.0,
            })
        };
        Ok(WriteOff {
            account: self.account.0,
            reason: self.reason,
            items: self
                .items
                .into_iter()
                .enumerate()
                .map(item)
                .collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveRow {
    from: MoveFromRow,
    to: MoveToRow,
    amount: Money,
    #[serde(default)]
    payer_order: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveFromRow {
    account: Text<AccountNumber>,
    service: Option<Text<ServiceCode>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveToRow {
    account: Text<AccountNumber>,
    service: Option<Text<ServiceCode>>,
    debt: Option<String>,
}

impl From<MoveRow> for Move {
    fn from(row: MoveRow) -> Self {
        Self {
            from_account: row.from.account.0,
            from_service: row.from.service.map(|code| code.0),
            to_account: row.to.account.0,
            to_service: row.to.service.map(|code| code.0),
            to_debt: row.to.debt,
            amount: row.amount.0,
            payer_order: row.payer_order,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelRow {
    account: Text<AccountNumber>,
    original: String,
    reason: Text<CancelReason>,
    order: Option<String>,
}

impl From<CancelRow> for CancelPayment {
    fn from(row: CancelRow) -> Self {
        Self {
            account: row.account.0,
            original: row.original,
            reason: row.reason.0,
            order: row.order,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreRow {
    lost_date: Text<LocalDate>,
    account: Text<AccountNumber>,
    parts: Vec<PartRow>,
    order: Option<String>,
}

impl From<RestoreRow> for RestorePayment {
    fn from(row: RestoreRow) -> Self {
        Self {
            account: row.account.0,
            lost_date: row.lost_date.0,
            parts: read_parts(row.parts),
            order: row.order,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LostChargeRow {
    lost_date: Text<LocalDate>,
    account: Text<AccountNumber>,
    lines: Vec<LostChargeLineRow>,
    order: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LostChargeLineRow {
    service: Text<ServiceCode>,
    period: Text<Period>,
    amount: Money,
    #[serde(default)]
    prepaid: Money,
    #[serde(default)]
    credit: Money,
}

impl From<LostChargeRow> for RestoreCharge {
    fn from(row: LostChargeRow) -> Self {
        let line = |line: LostChargeLineRow| LostChargeLine {
            service: line.service.0,
            period: line.period.0,
            amount: line.amount.0,
            prepaid: line.prepaid.0,
            credit: line.credit.0,
        };
        Self {
            account: row.account.0,
            lost_date: row.lost_date.0,
            lines: row.lines.into_iter().map(line).collect(),
            order: row.order,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixRow {
    original: String,
    right: RightRow,
    ledger: Option<bool>,
    accepted: Option<bool>,
    order: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RightRow {
    account: Option<Text<AccountNumber>>,
    sno: Option<Code<TaxSystem>>,
    operation: Option<Code<OperationSign>>,
    lines: Vec<RightLineRow>,
    payments: PaymentsRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RightLineRow {
    name: String,
    method: Code<PaymentMethod>,
    subject: Code<SettlementSubject>,
    amount: Money,
    vat_code: Code<VatCode>,
    service: Option<Text<ServiceCode>>,
    period: Option<Text<Period>>,
    /// Left out: as the service is set up.
    agent: Option<AgentRow>,
    #[serde(default, rename = "ref")]
    refs: RefsRow,
}

impl From<FixRow> for FixReceipt {
    fn from(row: FixRow) -> Self {
        let line = |line: RightLineRow| RightLine {
            name: line.name,
            method: line.method.0,
            subject: line.subject.0,
            amount: line.amount.0,
            vat_code: line.vat_code.0,
            service: line.service.map(|code| code.0),
            period: line.period.map(|period| period.0),
            agent: match line.agent {
                Some(agent) => RightAgent::Given(Some(agent.into())),
                None => RightAgent::OfService,
            },
            refs: line.refs.into_refs(line.amount.0),
        };
        Self {
            original: row.original,
            right: RightReceipt {
                account: row.right.account.map(|number| number.0),
                tax_system: row.right.sno.map(|bit| bit.0),
                operation: row.right.operation.map(|sign| sign.0),
                lines: row.right.lines.into_iter().map(line).collect(),
                payments: row.right.payments.into(),
            },
            ledger: row.ledger.unwrap_or(true),
            accepted: row.accepted.unwrap_or(true),
            order: row.order,
        }
    }
}
