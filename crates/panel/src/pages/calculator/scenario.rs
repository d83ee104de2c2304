//! What may have happened, as events of the receipt rules.

use desk::{
    Account, CancelPayment, CancelReason, Channel, Charge, ChargeLine, Debt, Event, EventKind,
    FixReceipt, Line, Lot, MoneyKind, Part, PartKind, Payment, Recalc, RecalcTo, Receipt, Refund,
    RefundOf, RightLine, RightReceipt, Settled, VatSchedule, WriteOff, WriteOffItem,
    WriteOffTarget,
};
use terms::{AccountNumber, Kopecks, LocalDate, PaymentMethod, Period, ServiceCode};

use crate::{text::Text, texts::CalculatorTexts};

/// The number of the invented account, and of the one that the money should have gone to.
const INVENTED: &str = "0001";
const OTHER: &str = "0002";
/// The identifier of the invented debt.
const DEBT: &str = "debt";

/// Something that may have happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scenario {
    Payment,
    Charge,
    RefundAdvance,
    RefundService,
    Duplicate,
    Chargeback,
    WrongSum,
    OtherAccount,
    Recalc,
    WriteOff,
}

/// What somebody has told of it.
pub(super) struct Given {
    /// The account as it stands; none: an invented one.
    pub(super) account: Option<Account>,
    pub(super) service: ServiceCode,
    pub(super) vat: VatSchedule,
    pub(super) amount: Kopecks,
    /// What the sum should have been.
    pub(super) right: Kopecks,
    pub(super) is_cash: bool,
    /// What an invented account owes for the last month.
    pub(super) debt: Option<Kopecks>,
    pub(super) has_credit: bool,
    pub(super) advance: Option<Kopecks>,
    pub(super) today: LocalDate,
}

impl Scenario {
    pub(super) const ALL: [(Self, &'static str); 10] = [
        (Self::Payment, "payment"),
        (Self::Charge, "charge"),
        (Self::RefundAdvance, "refund_advance"),
        (Self::RefundService, "refund_service"),
        (Self::Duplicate, "duplicate"),
        (Self::Chargeback, "chargeback"),
        (Self::WrongSum, "wrong_sum"),
        (Self::OtherAccount, "other_account"),
        (Self::Recalc, "recalc"),
        (Self::WriteOff, "writeoff"),
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(scenario, _)| *scenario)
    }

    pub(super) const fn label(self, t: &CalculatorTexts) -> Text {
        match self {
            Self::Payment => t.payment,
            Self::Charge => t.charge,
            Self::RefundAdvance => t.refund_advance,
            Self::RefundService => t.refund_service,
            Self::Duplicate => t.duplicate,
            Self::Chargeback => t.chargeback,
            Self::WrongSum => t.wrong_sum,
            Self::OtherAccount => t.other_account,
            Self::Recalc => t.recalc,
            Self::WriteOff => t.writeoff,
        }
    }

    /// Whether a wrong receipt is replaced by a right one.
    pub(super) const fn is_fix(self) -> bool {
        matches!(self, Self::WrongSum | Self::OtherAccount)
    }
}

impl Given {
    /// The account before all that.
    pub(super) fn account(&self, scenario: Scenario) -> terms::Result<Account> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        let month = self.last_month()?;
        let vat = self.vat.rate_on(month.last_day());
        let debt = match (self.debt, scenario) {
            // There has to be something to write off.
            (None, Scenario::WriteOff) => Some(self.amount),
            (debt, _) => debt,
        };
        let advance = match (self.advance, scenario) {
            (None, Scenario::RefundAdvance) => Some(self.amount),
            (advance, _) => advance,
        };
        let has_paid = matches!(scenario, Scenario::RefundService | Scenario::Recalc);
        Ok(Account {
            contact: Some("client@example.ru".to_owned()),
            debts: Vec::from_iter(debt.map(|open| Debt {
                id: DEBT.to_owned(),
                service: self.service.clone(),
                period: month,
                open,
                vat,
                credit: self.has_credit,
            })),
            advances: Vec::from_iter(advance.map(|amount| Lot {
                id: "advance".to_owned(),
                service: Some(self.service.clone()),
                period: None,
                amount,
                vat: self.vat.rate_on(self.today),
                date: self.today,
                kind: self.money(),
                method: PaymentMethod::Advance,
            })),
            settled: Vec::from_iter(has_paid.then(|| Settled {
                service: self.service.clone(),
                period: month,
                amount: self.amount,
                vat,
            })),
            ..Account::new(INVENTED.parse()?)
        })
    }

    /// What has happened, in order.
    pub(super) fn events(
        &self,
        scenario: Scenario,
        account: &Account,
        right: Option<RightReceipt>,
    ) -> Vec<Event> {
        let number = || account.number.clone();
        let paid = |id| self.payment(id, number(), self.amount);
        let undone = |original: &str, reason| {
            self.event(
                "undo",
                EventKind::CancelPayment(CancelPayment {
                    account: number(),
                    original: format!("calc-{original}#0"),
                    reason,
                    order: None,
                }),
            )
        };
        match scenario {
            Scenario::Payment => vec![paid("payment")],
            Scenario::Charge => vec![self.charge(number())],
            Scenario::RefundAdvance => {
                let lot = account.advances.first();
                let service = lot.and_then(|lot| lot.service.clone());
                let of = RefundOf::Advance {
                    service,
                    period: None,
                };
                vec![self.refund(number(), of)]
            }
            Scenario::RefundService => {
                let settled = account.settled.iter();
                let of_service = settled.rev().find(|it| it.service == self.service);
                let period = of_service.map_or(self.today.period(), |it| it.period);
                let service = self.service.clone();
                vec![self.refund(number(), RefundOf::Service { service, period })]
            }
            Scenario::Duplicate => vec![
                paid("payment"),
                paid("again"),
                undone("again", CancelReason::DuplicateRecord),
            ],
            Scenario::Chargeback => {
                vec![paid("payment"), undone("payment", CancelReason::Chargeback)]
            }
            Scenario::WrongSum | Scenario::OtherAccount => {
                let fix = right.map(|right| self.fix(right));
                [paid("payment")].into_iter().chain(fix).collect()
            }
            Scenario::Recalc => vec![self.recalc(account)],
            Scenario::WriteOff => vec![self.write_off(account)],
        }
    }

    pub(super) fn payment(&self, id: &str, account: AccountNumber, amount: Kopecks) -> Event {
        let kind = match self.money() {
            MoneyKind::Cash => PartKind::Cash,
            MoneyKind::Cashless => PartKind::Cashless,
        };
        self.event(
            id,
            EventKind::Payment(Payment {
                account: Some(account),
                parts: vec![Part { kind, amount }],
                channel: Channel::Desk,
                explicit: Vec::new(),
                purpose_period: None,
            }),
        )
    }

    fn charge(&self, account: AccountNumber) -> Event {
        let line = ChargeLine {
            service: self.service.clone(),
            period: self.today.period(),
            amount: self.amount,
        };
        let lines = vec![line];
        self.event("charge", EventKind::Charge(Charge { account, lines }))
    }

    fn refund(&self, account: AccountNumber, of: RefundOf) -> Event {
        self.event(
            "refund",
            EventKind::Refund(Refund {
                account,
                of,
                amount: self.amount,
                kind: self.money(),
                lost_date: None,
            }),
        )
    }

    fn fix(&self, right: RightReceipt) -> Event {
        self.event(
            "fix",
            EventKind::FixReceipt(FixReceipt {
                original: "calc-payment#0".to_owned(),
                right,
                ledger: true,
                accepted: true,
                order: None,
            }),
        )
    }

    fn recalc(&self, account: &Account) -> Event {
        let settled = account.settled.iter().map(|it| (&it.service, it.period));
        let debts = account.debts.iter().map(|it| (&it.service, it.period));
        let charged = settled.chain(debts).filter(|(it, _)| **it == self.service);
        let period = charged.map(|(_, period)| period).max();
        self.event(
            "recalc",
            EventKind::Recalc(Recalc {
                account: account.number.clone(),
                service: self.service.clone(),
                period: period.unwrap_or(self.today.period()),
                delta: self.amount.negated(),
                to: RecalcTo::Advance,
                kind: None,
            }),
        )
    }

    fn write_off(&self, account: &Account) -> Event {
        let debt = account.debts.first();
        let id = debt.map_or_else(|| DEBT.to_owned(), |debt| debt.id.clone());
        let item = WriteOffItem {
            target: WriteOffTarget::Debt(id),
            amount: self.amount,
        };
        self.event(
            "writeoff",
            EventKind::WriteOff(WriteOff {
                account: account.number.clone(),
                reason: "—".to_owned(),
                items: vec![item],
            }),
        )
    }

    fn event(&self, id: &str, kind: EventKind) -> Event {
        Event {
            id: format!("calc-{id}"),
            date: self.today,
            kind,
        }
    }

    const fn money(&self) -> MoneyKind {
        match self.is_cash {
            true => MoneyKind::Cash,
            false => MoneyKind::Cashless,
        }
    }

    fn last_month(&self) -> terms::Result<Period> {
        let (year, month) = (self.today.year(), self.today.month());
        match month {
            1 => Period::new(year - 1, 12),
            _ => Period::new(year, month - 1),
        }
    }
}

/// The account that the money should have gone to.
pub(super) fn other(account: &Account) -> terms::Result<Account> {
    let number = match account.number.as_str() {
        OTHER => INVENTED.parse()?,
        _ => OTHER.parse()?,
    };
    Ok(Account {
        contact: account.contact.clone(),
        ..Account::new(number)
    })
}

/// A receipt as the right one for a wrong one.
pub(super) fn right_receipt(receipt: &Receipt) -> RightReceipt {
    let line = |line: &Line| RightLine {
        name: line.name.clone(),
        method: line.method,
        subject: line.subject,
        amount: line.amount,
        vat_code: line.vat_code,
        service: line.service.clone(),
        period: line.period,
        refs: line.refs.clone(),
        agent: desk::RightAgent::Given(line.agent.clone()),
    };
    RightReceipt {
        account: receipt.account.clone(),
        tax_system: None,
        operation: None,
        lines: receipt.all_lines().iter().map(line).collect(),
        payments: receipt.payments,
    }
}
