//! Defects to plant in a year.

use audit::*;
use terms::{LocalDate, OfdCode, Period, TaxSystem, VatCode, VatRate};

use super::{Chance, World, day, kopecks, now, today};

/// Something that goes wrong, with the rule that has to find it.
pub(crate) struct Defect {
    pub(crate) name: &'static str,
    pub(crate) rule: RuleId,
    /// Rules that rightly speak up, too.
    pub(crate) also: &'static [RuleId],
    pub(crate) severity: Severity,
    pub(crate) plant: fn(&mut World, &mut Chance),
}

macro_rules! defects {
    ($($name:literal $rule:ident $severity:ident $([$($also:ident)*])? |$world:ident, $chance:ident| $plant:block)*) => {
        /// All of them.
        pub(crate) const DEFECTS: &[Defect] = &[$(Defect {
            name: $name,
            rule: RuleId::$rule,
            also: &[$($(RuleId::$also),*)?],
            severity: Severity::$severity,
            plant: |$world, $chance| $plant,
        }),*];
    };
}

/// An account of the world, for its rows.
fn rows<'a>(world: &'a mut World, chance: &mut Chance) -> &'a mut Vec<AccountRow> {
    let place = chance.below(world.accounts.len() as u64) as usize;
    &mut world.accounts[place].1
}

fn any<'a, T>(of: &'a mut [T], chance: &mut Chance) -> &'a mut T {
    let place = chance.below(of.len() as u64) as usize;
    &mut of[place]
}

fn push_debt(rows: &mut Vec<AccountRow>, period: &str, open: i64) {
    let period: Period = period.parse().unwrap();
    rows.push(AccountRow::Debt(Debt {
        id: format!("planted/{period}"),
        service: "INET".parse().unwrap(),
        period,
        charged_on: period.last_day(),
        open: kopecks(open),
        credit: true,
        agent: false,
    }));
}

fn push_lot(rows: &mut Vec<AccountRow>, since: &str, amount: i64, service: &str) {
    rows.push(AccountRow::Lot(Lot {
        id: "planted".to_owned(),
        service: Some(service.parse().unwrap()),
        period: None,
        amount: kopecks(amount),
        since: day(since),
        consumed_on: None,
    }));
}

/// From October on only `pay` comes on the last day of each month, and the debt grows.
fn stop_paying(world: &mut World, chance: &mut Chance, pay: Option<i64>) {
    let rows = rows(world, chance);
    let autumn = Period::new(2026, 10).unwrap();
    let is_late = |date: LocalDate| date.period() >= autumn;
    rows.retain(
        |row| !matches!(row, AccountRow::Payment(payment) if is_late(payment.moment.date())),
    );
    let mut debt = 0;
    let mut changed = Vec::new();
    for mut row in rows.drain(..) {
        if let AccountRow::Month(month) = &mut row {
            if month.period >= autumn {
                debt += month.charged.get() - pay.unwrap_or(0);
                month.debt_end = kopecks(debt);
                changed.extend(pay.map(|amount| token(month.period, amount)));
            } else {
                debt = month.debt_end.get();
            }
        }
        changed.push(row);
    }
    *rows = changed;
}

fn token(period: Period, amount: i64) -> AccountRow {
    AccountRow::Payment(Payment {
        id: format!("token/{period}"),
        moment: period.last_day().at(19, 0).unwrap(),
        amount: kopecks(amount),
        source: "app".to_owned(),
        reference: Some(format!("token/{period}")),
    })
}

/// Repeats a payment of the account a little later.
fn pay_again(world: &mut World, chance: &mut Chance, minutes: i64, other_source: bool) {
    let rows = rows(world, chance);
    let of_payment = |row: &AccountRow| matches!(row, AccountRow::Payment(_));
    let place = rows.iter().position(of_payment).unwrap();
    let AccountRow::Payment(payment) = &rows[place] else {
        unreachable!()
    };
    let mut again = payment.clone();
    again.id.push_str("/again");
    again.reference = None;
    again.moment = again.moment.plus_minutes(minutes).unwrap();
    if other_source {
        again.source = "desk".to_owned();
    }
    rows.insert(place + 1, AccountRow::Payment(again));
}

fn month_of<'a>(rows: &'a mut [AccountRow], period: &str) -> &'a mut Month {
    let period: Period = period.parse().unwrap();
    let found = rows.iter_mut().find_map(|row| match row {
        AccountRow::Month(month) if month.period == period => Some(month),
        _ => None,
    });
    found.unwrap()
}

defects! {
    "ten roubles at the end of each month" A01 Critical |world, chance| {
        stop_paying(world, chance, Some(1_000));
        // The account is high or medium; of 24, it is more than a percent of the portfolio.
    }
    "nothing is paid, nothing is blocked" A02 High |world, chance| {
        stop_paying(world, chance, None);
    }
    "bank money of yesterday has no receipt" A03 Critical |world, chance| {
        let money = any(&mut world.money, chance);
        money.done = false;
        money.channel = Channel::Bank;
        money.received = day("2026-12-15").at(11, 0).unwrap();
    }
    "money of the site has no receipt" A03 Critical |world, chance| {
        let money = any(&mut world.money, chance);
        money.done = false;
        money.channel = Channel::AtOnce;
        money.received = now().plus_minutes(-6).unwrap();
    }
    "a receipt without money" A04 Critical [A20] |world, chance| {
        let mut row = any(&mut world.receipt_rows, chance).clone();
        row.key.reference.push_str("/nowhere");
        world.receipt_rows.push(row);
    }
    "one bank operation, two receipts" A05 Critical |world, chance| {
        let rows = rows(world, chance);
        let twin = rows.iter().find_map(|row| match row {
            AccountRow::Receipt(receipt) => Some(MoneyReceipt {
                operation: "another".to_owned(),
                document: "another".to_owned(),
                ..receipt.clone()
            }),
            _ => None,
        });
        rows.push(AccountRow::Receipt(twin.unwrap()));
    }
    "the same sum within minutes" A06 Medium |world, chance| {
        pay_again(world, chance, 10, false);
    }
    "the same sum at the desk" A06 Medium |world, chance| {
        pay_again(world, chance, 60, true);
    }
    "the journal lacks a document" A07 Critical |world, chance| {
        let place = chance.below(world.journal[0].len() as u64) as usize;
        world.journal[0].remove(place);
    }
    "a number is missing everywhere" A07 Critical |world, chance| {
        let place = chance.below(world.journal[1].len() as u64 - 1) as usize;
        for books in [&mut world.journal, &mut world.archive, &mut world.ofd] {
            books[1].remove(place);
        }
    }
    "another sign under one number" A07 Critical |world, chance| {
        any(&mut world.archive[0], chance).sign.0 ^= 1;
    }
    "a shift's report counts more" A07 Critical |world, chance| {
        let mut reports: Vec<_> = world.shift_reports.values_mut().collect();
        let sums = any(&mut reports, chance).sums.as_mut().unwrap();
        for sum in sums.values_mut() {
            *sum += Sum(1);
        }
    }
    "documents wait for six days" A08 Critical |world, _chance| {
        world.unsent.oldest = Some(now().plus_minutes(-6 * 24 * 60).unwrap());
    }
    "a document lost its ticket" A08 High |world, chance| {
        // Of the last ones some are younger than an hour.
        let old = world.tickets.len() / 2;
        any(&mut world.tickets[..old], chance).ticket = None;
    }
    "the shift of yesterday is open" A09 Critical |world, _chance| {
        world.shift.opened = now().plus_minutes(-24 * 60).unwrap();
    }
    "the clock is late" A10 Critical |world, _chance| {
        world.clock = -301;
    }
    "a kopeck of VAT too much" A11 Critical |world, chance| {
        let line = any(&mut world.lines, chance);
        line.tax = kopecks(line.tax.get() + 1);
    }
    "a direct rate for an advance" A11 Critical |world, _chance| {
        let line = world.lines.iter_mut().find(|line| line.code == VatCode::V22In122);
        line.unwrap().code = VatCode::V22;
    }
    "VAT of a document is not that of its lines" A11 Critical |world, chance| {
        let row = any(&mut world.vat_totals, chance);
        row.sum = kopecks(row.sum.get() - 1);
    }
    "a negative lot" A12 Critical |world, chance| {
        push_lot(rows(world, chance), "2026-12-30", -1, "INET");
    }
    "a charge that does not add up" A12 Critical |world, chance| {
        let charge = rows(world, chance).iter_mut().find_map(|row| match row {
            AccountRow::Charge(charge) => Some(charge),
            _ => None,
        });
        charge.unwrap().written_off = kopecks(1);
    }
    "advances that receipts do not know" A12 Critical |world, chance| {
        let row = any(&mut world.lots, chance);
        row.sum = kopecks(row.sum.get() + 500);
    }
    "credit that receipts do not know" A12 Critical |world, chance| {
        let row = any(&mut world.credit_debts, chance);
        row.sum = kopecks(row.sum.get() + 500);
    }
    "an advance was forgotten at a charge" A13 High |world, chance| {
        let rows = rows(world, chance);
        push_debt(rows, "2026-12", 100);
        push_lot(rows, "2026-12-01", 100, "INET");
    }
    "offsets of November are not closed" A14 Critical |world, _chance| {
        world.buffer.lines = 5;
        world.buffer.sum = Sum(5_000);
    }
    "a wave of returns" A15 High |world, _chance| {
        let day = world.days[0].get_mut(&today()).unwrap();
        day.returns = 90;
        day.all += 90;
    }
    "a wave of corrections" A16 High |world, _chance| {
        let day = world.days[1].get_mut(&today()).unwrap();
        day.corrections = 90;
        day.all += 90;
    }
    "the ОФД refuses a document" A17 High |world, chance| {
        any(&mut world.verdicts, chance).code = OfdCode::FORMAT_REFUSED;
    }
    "accepted, but the ФНС found an error" A17 High |world, chance| {
        any(&mut world.verdicts, chance).flk = vec![526];
    }
    "cashless money is given back in cash" A18 High |world, chance| {
        let refund = rows(world, chance).iter_mut().find_map(|row| match row {
            AccountRow::Refund(refund) => Some(refund),
            _ => None,
        });
        refund.unwrap().went = MoneyKind::Cash;
    }
    "the bank sends nothing for half a year" A19 Critical |world, _chance| {
        world.arrivals[0].retain(|arrival| arrival.day < day("2026-06-15"));
    }
    "the application sends a tenth" A19 Critical |world, _chance| {
        for arrival in &mut world.arrivals[1] {
            if arrival.day >= day("2026-09-01") {
                arrival.sum = kopecks(arrival.sum.get() / 10);
            }
        }
    }
    "a payment never came to the journal" A20 High |world, chance| {
        let place = chance.below(world.receipt_rows.len() as u64) as usize;
        world.receipt_rows.remove(place);
    }
    "a charge with another rate" A20 High |world, chance| {
        any(&mut world.charged, chance).vat = Some(VatRate::V5);
    }
    "a credit debt of three years" A21 Info |world, chance| {
        push_debt(rows(world, chance), "2024-05", 40_000);
    }
    "an advance that nobody uses" A22 Info |world, chance| {
        push_lot(rows(world, chance), "2025-11-20", 500_000, "PHONE");
    }
    "a drive ends and no spare is ready" A23 High |world, _chance| {
        world.life.expires = day("2027-01-20");
        world.life.spare_ready = false;
    }
    "a drive is nearly full" A23 Critical |world, _chance| {
        world.life.documents_left = 7_500;
    }
    "nobody knows whose money it is" A24 Critical |world, _chance| {
        world.unidentified.push(Unidentified {
            reference: "4711".to_owned(),
            received: day("2026-12-21"),
            amount: kopecks(65_000),
        });
    }
    "a tariff ten times too high" A25 Medium |world, chance| {
        let month = month_of(rows(world, chance), "2026-11");
        month.charged = kopecks(month.charged.get() * 10);
    }
    "a service that is on costs nothing" A25 Medium |world, chance| {
        month_of(rows(world, chance), "2026-12").charged = kopecks(0);
    }
    "a register is silent for two months" A26 High |world, _chance| {
        world.last_document = day("2026-11-01");
    }
    "receipts come back" A27 Medium |world, chance| {
        any(&mut world.deliveries, chance).bounced = 5;
    }
    "one customer never gets a receipt" A27 Medium |world, _chance| {
        world.bounces = 3;
    }
    "a rate that is not registered" A28 Critical |world, chance| {
        any(&mut world.taxes, chance).rates.push(VatRate::V7);
    }
    "a tax system that is not registered" A28 Critical |world, chance| {
        any(&mut world.taxes, chance).system = TaxSystem::ALL[1];
    }
    "a contract ends in three weeks" K01 Medium |world, chance| {
        any(&mut world.contracts, chance).to = today().plus_days(21).unwrap();
    }
    "a contract ends in a week" K01 High |world, chance| {
        any(&mut world.contracts, chance).to = today().plus_days(7).unwrap();
    }
}
