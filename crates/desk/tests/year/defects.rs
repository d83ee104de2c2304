//! Defects to plant in the year: most are lived, a few are done to the journal's file, as only a
//! damaged program or disk could.

use engine::{Account, Debt, EventKind, Lot, MoneyKind, Part, PartKind, Payment};
use rusqlite::Connection;
use terms::{LocalDate, PaymentMethod, VatRate};

use crate::{
    journal_of_year::Year,
    provider::{
        Chance, Customer, INET, Through, charge, customer, day, declare, kopecks, operation, pay,
        refund, restored,
    },
};

/// A day of the year.
pub(crate) struct Day<'a> {
    pub(crate) date: LocalDate,
    pub(crate) year: &'a mut Year,
    pub(crate) customers: &'a mut [Customer],
    pub(crate) chance: &'a mut Chance,
    /// How many times too much the overcharged customer is charged today.
    pub(crate) charged: i64,
}

/// Something that goes wrong.
pub(crate) struct Defect {
    pub(crate) name: &'static str,
    /// The rule that has to find it, with a part of its key; then what rightly speaks up, too.
    pub(crate) found: &'static [(&'static str, &'static str)],
    /// Called on each day.
    pub(crate) plant: fn(&mut Day<'_>),
    /// Called when the year is over.
    pub(crate) tamper: fn(&mut Year),
}

/// Prepaid customers who do not behave.
pub(crate) const TOKEN_PAYER: usize = 10;
pub(crate) const NON_PAYER: usize = 12;
/// A customer whose heat is charged wrongly.
pub(crate) const OVERCHARGED: usize = 15;

macro_rules! defects {
    ($($name:literal [$($rule:ident $key:literal),*] $(|$day:ident| $plant:block)? $(then |$year:ident| $tamper:block)?)*) => {
        /// All of them.
        pub(crate) const DEFECTS: &[Defect] = &[$(Defect {
            name: $name,
            found: &[$((stringify!($rule), $key)),*],
            plant: defects!(@or [$($day)?] $($plant)?),
            tamper: defects!(@or [$($year)?] $($tamper)?),
        }),*];
    };
    (@or []) => { |_| {} };
    (@or [$of:ident] $body:block) => { |$of| $body };
}

/// Opens an account with a balance.
fn open(year: &mut Year, number: &str, debts: Vec<Debt>, advances: Vec<Lot>) {
    let account = Account {
        debts,
        advances,
        ..Account::new(number.parse().unwrap())
    };
    year.ask(|writer, reply| writer.put_accounts(vec![account], None, reply));
}

fn debt(service: &str, period: &str, open: i64) -> Debt {
    Debt {
        id: format!("old/{service}/{period}"),
        service: service.parse().unwrap(),
        period: period.parse().unwrap(),
        open: kopecks(open),
        vat: VatRate::V22,
        credit: true,
    }
}

fn lot(service: &str, date: &str, amount: i64) -> Lot {
    Lot {
        id: format!("old/{service}"),
        service: Some(service.parse().unwrap()),
        period: None,
        amount: kopecks(amount),
        vat: VatRate::V22,
        date: day(date),
        kind: engine::MoneyKind::Cashless,
        method: PaymentMethod::Advance,
    }
}

fn spoil(year: &Year, sql: &str) {
    let connection = Connection::open(year.database()).unwrap();
    connection
        .pragma_update(None, "foreign_keys", "off")
        .unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

defects! {
    "ten roubles at the end of each month" [A01 "account:100010"] |day| {
        if day.date.month() >= 9 && day.date.day() == 28 {
            let (date, number) = (day.date, customer(TOKEN_PAYER));
            let token = pay(&format!("token:{date}"), &number, 1_000, Through::Bank("qiwi"), date);
            day.at(19, 0, vec![token]);
        }
    }
    "nothing is paid, nothing is blocked" [A02 "account:100012"]
    "bank money of three days ago has no receipt" [A03 "money:late:1"] |day| {
        if day.is("2026-12-28") {
            let payment = pay("late:1", &customer(21), 12_345, Through::Bank("qiwi"), day.date);
            day.year.time = day.date.at(12, 0).unwrap();
            day.year.submit(vec![payment]);
            day.year.leave_queued();
        }
    }
    "a drive has a receipt that nobody asked for" [A04 "money:ФН 9999078900000000"] |day| {
        if day.is("2026-11-20") {
            day.year.find(0, 77_700);
        }
    }
    "a bank's file and the bank itself tell of one payment" [A05 "entry:100023:500100200"] |day| {
        if day.is("2026-11-11") {
            let (date, number) = (day.date, customer(23));
            let itself = pay("osmp:500100200", &number, 30_001, Through::Bank("osmp"), date);
            let in_file = pay("sb:500100200", &number, 30_001, Through::File, date);
            day.at(12, 0, vec![itself, in_file]);
        }
    }
    "the same sum at the desk a day later" [A06 "entry:100025"] |day| {
        let number = customer(25);
        if day.is("2026-11-11") {
            let first = pay("twice:1", &number, 40_003, Through::Bank("qiwi"), day.date);
            day.at(12, 0, vec![first]);
        }
        if day.is("2026-11-12") {
            let second = pay("twice:2", &number, 40_003, Through::Desk, day.date);
            day.at(12, 0, vec![second]);
        }
    }
    "the journal lacks a document" [A07 "drive:9999078900000001"] then |year| {
        spoil(
            year,
            "delete from document where number = 100 \
             and drive = (select id from drive where number = '9999078900000001')",
        );
    }
    "documents wait for two days" [A08 "drive:9999078900000000", A08 "equation:E8"] |day| {
        if day.is("2026-12-29") {
            day.year.drives[0].sends = false;
        }
    }
    "a shift is open since yesterday" [A09 "drive:9999078900000001"]
    "a rate was wrong for a day" [A11 "document:", A28 "document:"] |day| {
        if day.is("2026-10-05") {
            declare(day.year, VatRate::V20);
            let (number, period) = (customer(27), day.date.period());
            let wrong = charge("wrong:rate", &number, ("TV", period, 50_000), day.date);
            day.at(12, 0, vec![wrong]);
            declare(day.year, VatRate::V22);
            let right = pay("wrong:paid", &number, 50_000, Through::Desk, day.date);
            day.at(13, 0, vec![right]);
        }
    }
    "an advance changes by itself" [A12 "account:T012"] |day| {
        if day.is("2026-12-01") {
            open(day.year, "T012", Vec::new(), vec![lot("HEAT", "2026-12-01", 5_000)]);
        }
    } then |year| {
        spoil(
            year,
            "update account set state = json_set(state, '$.advances[0].amount', 5100) \
             where number = 'T012'",
        );
    }
    "an advance was not offset when billing moved over" [A13 "entry:T013"] |day| {
        if day.is("2026-01-05") {
            let debts = vec![debt("HEAT", "2025-12", 9_000)];
            open(day.year, "T013", debts, vec![lot("HEAT", "2025-12-01", 9_000)]);
        }
    }
    "offsets of November are not closed" [A14 "period:2026-11"]
    "a wave of returns" [A15 "register:"] |day| {
        if day.is("2026-12-15") {
            let given = vec![lot("HEAT", "2026-12-01", 9_000_000)];
            open(day.year, "T015", Vec::new(), given);
            let (date, number) = (day.date, "T015".parse().unwrap());
            let back = (0..60).map(|index| {
                let key = format!("back:{index}");
                refund(&key, &number, (70_001 + index, MoneyKind::Cashless), date)
            });
            day.year.time = date.at(15, 0).unwrap();
            day.year.submit(back.collect());
            day.year.form(Some(1));
        }
    }
    "a wave of corrections" [A16 "register:"] |day| {
        if day.is("2026-12-16") {
            let (date, number) = (day.date, customer(33));
            let lost = (0..80).map(|index| {
                let key = format!("lost:{index}");
                restored(&key, &number, (101 + index, crate::provider::day("2026-12-10")), date)
            });
            day.year.time = date.at(15, 0).unwrap();
            day.year.submit(lost.collect());
            day.year.form(Some(0));
        }
    }
    "the ОФД refuses a document" [A17 "document:"] |day| {
        if day.is("2026-10-20") {
            day.year.drives[1].answers.push(14);
        }
    }
    "cashless money is given back in cash" [A18 "entry:T018"] |day| {
        if day.is("2026-11-20") {
            open(day.year, "T018", Vec::new(), vec![lot("HEAT", "2026-11-19", 15_000)]);
            let number = "T018".parse().unwrap();
            let back = refund("cash:1", &number, (15_000, MoneyKind::Cash), day.date);
            day.at(12, 0, vec![back]);
        }
    }
    "the city's bank is silent" [A19 "source:city"]
    "a credit debt of three years" [A21 "account:T021"] |day| {
        if day.is("2026-01-05") {
            open(day.year, "T021", vec![debt("HEAT", "2024-03", 40_000)], Vec::new());
        }
    }
    "an advance that nobody uses" [A22 "account:T022"] |day| {
        if day.is("2026-01-05") {
            open(day.year, "T022", Vec::new(), vec![lot("HEAT", "2025-10-10", 500_000)]);
        }
    }
    "a drive ends" [A23 "drive:9999078900000000"] |day| {
        if day.is("2026-12-20") {
            day.year.see(0, "2027-01-20", 1);
        }
    }
    "nobody knows whose money it is" [A24 "money:stray:1"] |day| {
        if day.is("2026-12-21") {
            let payment = EventKind::Payment(Payment {
                account: None,
                parts: vec![Part {
                    kind: PartKind::Cashless,
                    amount: kopecks(INET),
                }],
                channel: engine::Channel::BankRegistry,
                explicit: Vec::new(),
                purpose_period: None,
            });
            let stray = operation("stray:1", payment, "{}".to_owned(), day.date);
            day.at(12, 0, vec![stray]);
        }
    }
    "a tariff ten times too high" [A25 "charge:100015:2026-11"] |day| {
        if day.is("2026-11-30") {
            day.charged = 10;
        }
    }
    "a register is silent since October" [A26 "register:"] |day| {
        if day.is("2026-10-21") {
            day.year.rotation = vec![0, 1];
        }
    }
    "a drive is registered for another tax system" [A28 "document:9999078900000002"] |day| {
        if day.is("2026-12-20") {
            day.year.see(2, "2028-10-01", 2);
        }
    }
}
