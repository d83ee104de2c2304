//! An account of the provider: two services, monthly charges, payments that follow them.

use audit::{AccountRow, ChargeState, Debt, Lot, MoneyKind, Month, Refund, Saldo};
use terms::{AccountNumber, Kopecks, LocalDate, PaymentMethod, Period, VatRate};

use super::{Chance, kopecks};

const SERVICES: [(&str, VatRate); 2] = [("INET", VatRate::V22), ("TV", VatRate::Exempt)];

/// A line of a receipt.
pub(super) struct Line {
    pub(super) method: PaymentMethod,
    pub(super) service: &'static str,
    pub(super) rate: VatRate,
    pub(super) amount: i64,
    /// What of it an advance has paid.
    pub(super) offset: i64,
}

pub(super) struct Ledger {
    pub(super) number: AccountNumber,
    fees: [i64; 2],
    pay_day: u8,
    has_skipped: bool,
    pub(super) debts: Vec<Debt>,
    pub(super) lots: Vec<Lot>,
    charges: Vec<ChargeState>,
    moved: i64,
    pub(super) advances_by_receipts: i64,
    pub(super) credit_by_receipts: i64,
    pub(super) rows: Vec<AccountRow>,
}

impl Ledger {
    pub(super) fn new(place: u32, chance: &mut Chance) -> Self {
        Self {
            number: format!("{:06}", 120 + place).parse().unwrap(),
            fees: [
                chance.between(30_000, 90_000),
                chance.between(10_000, 30_000),
            ],
            pay_day: chance.between(2, 28) as u8,
            has_skipped: true,
            debts: Vec::new(),
            lots: Vec::new(),
            charges: Vec::new(),
            moved: 0,
            advances_by_receipts: 0,
            credit_by_receipts: 0,
            rows: vec![AccountRow::Opening(Kopecks::ZERO)],
        }
    }

    /// What the customer pays on `date`: the debt and something ahead; not two months without.
    pub(super) fn pays_on(&mut self, date: LocalDate, chance: &mut Chance) -> Option<i64> {
        if date.day() != self.pay_day {
            return None;
        }
        self.has_skipped = !self.has_skipped && chance.below(8) == 0;
        let fee: i64 = self.fees.iter().sum();
        (!self.has_skipped).then(|| self.debt() + chance.between(15_000, fee))
    }

    fn debt(&self) -> i64 {
        self.debts.iter().map(|debt| debt.open.get()).sum()
    }

    pub(super) fn pay(&mut self, date: LocalDate, amount: i64) -> Vec<Line> {
        let mut left = amount;
        let mut lines = Vec::new();
        for debt in &mut self.debts {
            let paid = left.min(debt.open.get());
            if paid == 0 {
                continue;
            }
            left -= paid;
            debt.open = kopecks(debt.open.get() - paid);
            self.credit_by_receipts -= paid;
            let charge = self
                .charges
                .iter_mut()
                .find(|charge| charge.service == debt.service && charge.period == debt.period);
            let charge = charge.unwrap();
            charge.open = debt.open;
            charge.settled = kopecks(charge.settled.get() + paid);
            let (service, rate) = service(debt.service.as_str());
            lines.push(Line {
                method: PaymentMethod::CreditPayment,
                service,
                rate,
                amount: paid,
                offset: 0,
            });
        }
        self.debts.retain(|debt| debt.open.is_positive());
        if left > 0 {
            self.advances_by_receipts += left;
            self.lots.push(Lot {
                id: format!("{date}/POOL"),
                service: None,
                period: None,
                amount: kopecks(left),
                since: date,
                consumed_on: None,
            });
            lines.push(Line {
                method: PaymentMethod::Advance,
                service: SERVICES[0].0,
                rate: SERVICES[0].1,
                amount: left,
                offset: 0,
            });
        }
        self.moved += amount;
        lines
    }

    /// The charges of a month and the lines of their receipt.
    pub(super) fn charge(
        &mut self,
        period: Period,
        chance: &mut Chance,
    ) -> (Vec<(&'static str, VatRate, i64)>, Vec<Line>) {
        let (mut charges, mut lines) = (Vec::new(), Vec::new());
        for ((code, rate), fee) in SERVICES.into_iter().zip(self.fees) {
            let amount = fee * chance.between(90, 110) / 100;
            let offset = self.consume(period.last_day(), amount);
            let open = amount - offset;
            self.advances_by_receipts -= offset;
            self.credit_by_receipts += open;
            if open > 0 {
                self.debts.push(Debt {
                    id: format!("{code}/{period}"),
                    service: code.parse().unwrap(),
                    period,
                    charged_on: period.last_day(),
                    open: kopecks(open),
                    credit: true,
                    agent: false,
                });
            }
            self.charges.push(ChargeState {
                service: code.parse().unwrap(),
                period,
                charged: kopecks(amount),
                recalculated: Kopecks::ZERO,
                refunded: Kopecks::ZERO,
                settled: kopecks(offset),
                open: kopecks(open),
                written_off: Kopecks::ZERO,
            });
            let method = match (offset, open) {
                (_, 0) => PaymentMethod::FullSettlement,
                (0, _) => PaymentMethod::Credit,
                _ => PaymentMethod::PartialCredit,
            };
            lines.push(Line {
                method,
                service: code,
                rate,
                amount,
                offset,
            });
            charges.push((code, rate, amount));
        }
        let charged: i64 = charges.iter().map(|(.., amount)| amount).sum();
        self.moved -= charged;
        self.rows.push(AccountRow::Month(Month {
            period,
            charged: kopecks(charged),
            debt_end: kopecks(self.debt()),
            active: true,
            prepaid: true,
        }));
        (charges, lines)
    }

    fn consume(&mut self, date: LocalDate, amount: i64) -> i64 {
        let mut left = amount;
        for lot in &mut self.lots {
            let taken = left.min(lot.amount.get());
            if taken > 0 {
                left -= taken;
                lot.amount = kopecks(lot.amount.get() - taken);
                lot.consumed_on = Some(date);
            }
        }
        self.lots.retain(|lot| lot.amount.is_positive());
        amount - left
    }

    pub(super) fn into_rows(self) -> Vec<AccountRow> {
        let lots: i64 = self.lots.iter().map(|lot| lot.amount.get()).sum();
        let closing = kopecks(lots - self.debt());
        let mut rows = self.rows;
        rows.push(AccountRow::Refund(Refund {
            id: "refund".to_owned(),
            amount: kopecks(100),
            came: MoneyKind::Cashless,
            went: MoneyKind::Cashless,
        }));
        rows.push(AccountRow::Saldo(Saldo {
            opening: Kopecks::ZERO,
            moved: kopecks(self.moved),
            closing,
        }));
        rows.extend(self.charges.into_iter().map(AccountRow::Charge));
        rows.extend(self.debts.into_iter().map(AccountRow::Debt));
        rows.extend(self.lots.into_iter().map(AccountRow::Lot));
        rows
    }
}

fn service(code: &str) -> (&'static str, VatRate) {
    SERVICES
        .into_iter()
        .find(|(known, _)| *known == code)
        .unwrap()
}
