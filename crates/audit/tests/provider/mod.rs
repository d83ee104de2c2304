//! A sample provider: a year of its payments, charges, receipts and drives, made from a seed, with
//! nothing wrong in it. What a defect changes is in `defects`, how all of it is checked in `checks`.

pub(crate) mod checks;
pub(crate) mod defects;
mod ledger;

use std::collections::BTreeMap;

use audit::*;
use terms::{
    AccountNumber, DocumentNumber, DriveNumber, FiscalSign, Kopecks, LocalDate, LocalDateTime,
    OfdCode, OperationSign, PaymentMethod, Period, Rnm, TaxSystem, TaxSystems, VatCode, VatRate,
};

use ledger::{Ledger, Line};

const ACCOUNTS: u32 = 24;
pub(crate) const SOURCES: [&str; 2] = ["bank", "app"];

/// Random numbers from a seed (SplitMix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }
}

pub(crate) fn kopecks(amount: i64) -> Kopecks {
    Kopecks::new(amount).unwrap()
}

pub(crate) fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

pub(crate) fn drive(place: usize) -> DriveNumber {
    format!("999907890000000{place}").parse().unwrap()
}

pub(crate) fn register(place: usize) -> Rnm {
    Rnm::compose(
        1 + place as u64,
        "7707083893".parse().unwrap(),
        "00106900000001",
    )
    .unwrap()
}

pub(crate) fn today() -> LocalDate {
    day("2026-12-31")
}

pub(crate) fn now() -> LocalDateTime {
    today().at(23, 0).unwrap()
}

/// The working days of 2026.
pub(crate) fn calendar() -> Calendar {
    let mut holidays: Vec<String> = (1..=9).map(|day| format!("2026-01-{day:02}")).collect();
    for other in [
        "02-23", "03-09", "05-01", "05-11", "06-12", "11-04", "12-31",
    ] {
        holidays.push(format!("2026-{other}"));
    }
    Calendar {
        holidays: holidays.iter().map(|date| day(date)).collect(),
        working_weekends: Default::default(),
    }
}

/// Everything that billing, journal, drives, ОФД and bank say of the year.
pub(crate) struct World {
    pub(crate) accounts: Vec<(AccountNumber, Vec<AccountRow>)>,
    pub(crate) money: Vec<Money>,
    pub(crate) money_rows: Vec<Row<MoneyKey>>,
    pub(crate) receipt_rows: Vec<Row<MoneyKey>>,
    pub(crate) billed: Vec<Row<ChargeKey>>,
    pub(crate) charged: Vec<Row<ChargeKey>>,
    pub(crate) lines: Vec<TaxedLine>,
    pub(crate) taxes: Vec<DocumentTax>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) journal: [Vec<DocumentMark>; 2],
    pub(crate) archive: [Vec<DocumentMark>; 2],
    pub(crate) ofd: [Vec<DocumentMark>; 2],
    pub(crate) tickets: Vec<DocumentTicket>,
    pub(crate) verdicts: Vec<OfdVerdict>,
    pub(crate) shift_reports: BTreeMap<(usize, LocalDate), ShiftTotals>,
    pub(crate) shift_journal: BTreeMap<(usize, LocalDate), ShiftTotals>,
    pub(crate) days: [BTreeMap<LocalDate, DayDocuments>; 2],
    pub(crate) arrivals: [Vec<Arrival>; 2],
    pub(crate) lots: Vec<Row<AccountNumber>>,
    pub(crate) advances_by_receipts: Vec<Row<AccountNumber>>,
    pub(crate) credit_debts: Vec<Row<AccountNumber>>,
    pub(crate) credit_by_receipts: Vec<Row<AccountNumber>>,
    pub(crate) vat_totals: Vec<Row<VatKey>>,
    pub(crate) vat_lines: Vec<Row<VatKey>>,
    pub(crate) unsent: DriveUnsent,
    pub(crate) shift: OpenShift,
    pub(crate) clock: i64,
    pub(crate) life: DriveLife,
    pub(crate) buffer: OffsetBuffer,
    pub(crate) unidentified: Vec<Unidentified>,
    pub(crate) deliveries: Vec<DayDeliveries>,
    pub(crate) bounces: u32,
    pub(crate) contracts: Vec<EndingContract>,
    pub(crate) last_document: LocalDate,
}

impl World {
    /// A year in which all is well.
    pub(crate) fn clean(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let (mut world, calendar) = (Self::empty(), calendar());
        let mut ledgers: Vec<Ledger> = (0..ACCOUNTS)
            .map(|place| Ledger::new(place, &mut chance))
            .collect();
        let mut date = day("2026-01-01");
        while date <= today() {
            world.begin_day(date, &calendar, &mut chance);
            for ledger in &mut ledgers {
                if let Some(payment) = ledger.pays_on(date, &mut chance) {
                    world.take_payment(ledger, date, payment, &mut chance);
                }
            }
            if date == date.period().last_day() {
                for ledger in &mut ledgers {
                    world.charge(ledger, date.period(), &mut chance);
                }
            }
            date = date.plus_days(1).unwrap();
        }
        for ledger in ledgers {
            world.end_account(ledger);
        }
        world.sort();
        world
    }

    fn empty() -> Self {
        let rates = vec![VatRate::V22, VatRate::Exempt];
        let systems = TaxSystems::of([TaxSystem::ALL[0]]).unwrap();
        let registration = |place| Registration {
            register: register(place),
            from: day("2025-06-01"),
            systems,
            rates: rates.clone(),
        };
        Self {
            accounts: Vec::new(),
            money: Vec::new(),
            money_rows: Vec::new(),
            receipt_rows: Vec::new(),
            billed: Vec::new(),
            charged: Vec::new(),
            lines: Vec::new(),
            taxes: Vec::new(),
            registrations: vec![registration(0), registration(1)],
            journal: Default::default(),
            archive: Default::default(),
            ofd: Default::default(),
            tickets: Vec::new(),
            verdicts: Vec::new(),
            shift_reports: BTreeMap::new(),
            shift_journal: BTreeMap::new(),
            days: Default::default(),
            arrivals: Default::default(),
            lots: Vec::new(),
            advances_by_receipts: Vec::new(),
            credit_debts: Vec::new(),
            credit_by_receipts: Vec::new(),
            vat_totals: Vec::new(),
            vat_lines: Vec::new(),
            unsent: DriveUnsent {
                drive: drive(0),
                documents: 3,
                oldest: Some(today().at(20, 0).unwrap()),
            },
            shift: OpenShift {
                drive: drive(0),
                opened: today().at(0, 10).unwrap(),
            },
            clock: -2,
            life: DriveLife {
                drive: drive(0),
                expires: day("2028-10-01"),
                documents_left: 200_000,
                capacity: 250_000,
                spare_ready: true,
            },
            buffer: OffsetBuffer {
                period: Period::new(2026, 11).unwrap(),
                lines: 0,
                sum: Sum::ZERO,
            },
            unidentified: Vec::new(),
            deliveries: Vec::new(),
            bounces: 1,
            contracts: vec![EndingContract {
                account: "100000".parse().unwrap(),
                number: "1/2026".to_owned(),
                to: today().plus_days(60).unwrap(),
            }],
            last_document: today(),
        }
    }

    /// What comes every day whether anybody pays or not.
    fn begin_day(&mut self, date: LocalDate, calendar: &Calendar, chance: &mut Chance) {
        for (place, arrivals) in self.arrivals.iter_mut().enumerate() {
            // The bank sends on working days, the application every day.
            if place == 1 || calendar.is_working_day(date) {
                let sum = kopecks(chance.between(900_000, 1_300_000));
                arrivals.push(Arrival { day: date, sum });
            }
        }
        self.deliveries.push(DayDeliveries {
            day: date,
            sent: 200,
            bounced: chance.below(5),
        });
        for days in &mut self.days {
            let none = DayDocuments {
                day: date,
                income: 0,
                returns: 0,
                corrections: 0,
                all: 0,
            };
            days.insert(date, none);
        }
    }

    fn take_payment(
        &mut self,
        ledger: &mut Ledger,
        date: LocalDate,
        amount: i64,
        chance: &mut Chance,
    ) {
        let source = SOURCES[chance.below(2) as usize];
        let reference = format!("{source}-{}-{date}", ledger.number);
        let moment = date
            .at(chance.between(8, 20) as u8, chance.below(60) as u8)
            .unwrap();
        let lines = ledger.pay(date, amount);
        ledger.rows.push(AccountRow::Payment(Payment {
            id: reference.clone(),
            moment,
            amount: kopecks(amount),
            source: source.to_owned(),
            reference: Some(reference.clone()),
        }));
        let channel = if source == "bank" {
            Channel::Bank
        } else {
            Channel::AtOnce
        };
        self.money.push(Money {
            reference: reference.clone(),
            account: Some(ledger.number.clone()),
            channel,
            received: moment,
            amount: kopecks(amount),
            done: true,
        });
        let key = MoneyKey {
            day: date,
            source: source.to_owned(),
            reference: reference.clone(),
        };
        let total = lines.iter().map(|line| line.amount).sum();
        self.money_rows.push(Row::new(key.clone(), kopecks(amount)));
        self.receipt_rows.push(Row::new(key, kopecks(total)));
        let document = self.form(date, moment, &lines, PaymentKind::Cashless, total, chance);
        ledger.rows.push(AccountRow::Receipt(MoneyReceipt {
            reference: reference.clone(),
            operation: reference,
            ordinal: 0,
            document,
            total: kopecks(total),
            undone: false,
        }));
    }

    fn charge(&mut self, ledger: &mut Ledger, period: Period, chance: &mut Chance) {
        let date = period.last_day();
        let (charges, lines) = ledger.charge(period, chance);
        for (service, rate, amount) in charges {
            let key = ChargeKey {
                account: ledger.number.clone(),
                period,
                reference: String::new(),
            };
            let service = service.parse().unwrap();
            self.billed.push(key.row(kopecks(amount), service, rate));
        }
        for line in &lines {
            let key = ChargeKey {
                account: ledger.number.clone(),
                period,
                reference: String::new(),
            };
            let service = line.service.parse().unwrap();
            self.charged
                .push(key.row(kopecks(line.amount), service, line.rate));
        }
        let offset = lines.iter().map(|line| line.offset).sum();
        let moment = date.at(22, 0).unwrap();
        self.form(date, moment, &lines, PaymentKind::Advance, offset, chance);
    }

    /// A receipt becomes a document of one of the drives, everywhere.
    fn form(
        &mut self,
        date: LocalDate,
        moment: LocalDateTime,
        lines: &[Line],
        kind: PaymentKind,
        paid: i64,
        chance: &mut Chance,
    ) -> String {
        let place = chance.below(2) as usize;
        let number = DocumentNumber(self.journal[place].len() as u32 + 1);
        let mark = DocumentMark {
            number,
            sign: FiscalSign(chance.below(1 << 32) as u32),
        };
        for books in [&mut self.journal, &mut self.archive, &mut self.ofd] {
            books[place].push(mark);
        }
        let (drive, code) = (drive(place), OfdCode::ACCEPTED);
        self.tickets.push(DocumentTicket {
            drive,
            document: number,
            formed: moment,
            ticket: Some(code),
        });
        self.verdicts.push(OfdVerdict {
            drive,
            document: number,
            code,
            flk: Vec::new(),
        });
        let days = self.days[place].get_mut(&date).unwrap();
        days.income += 1;
        days.all += 1;
        for book in [&mut self.shift_reports, &mut self.shift_journal] {
            let empty = ShiftTotals {
                documents: 2,
                receipts: 0,
                sums: Some(BTreeMap::new()),
            };
            let totals = book.entry((place, date)).or_insert(empty);
            totals.documents += 1;
            totals.receipts += 1;
            let sums = totals.sums.as_mut().unwrap();
            *sums.entry((OperationSign::Income, kind)).or_default() += kopecks(paid).into();
        }
        let mut by_rate: BTreeMap<&str, (VatRate, i64)> = BTreeMap::new();
        for (line, index) in lines.iter().zip(1..) {
            let tax = line.code().tax_in(kopecks(line.amount));
            by_rate.entry(line.rate.name()).or_insert((line.rate, 0)).1 += tax.get();
            self.vat_lines
                .push(Row::new(VatKey::new(date.period(), line.rate), tax));
            self.lines.push(TaxedLine {
                drive,
                document: number,
                line: index,
                method: line.method,
                code: line.code(),
                amount: kopecks(line.amount),
                tax,
                rate: line.rate,
            });
        }
        for (rate, tax) in by_rate.values() {
            self.vat_totals
                .push(Row::new(VatKey::new(date.period(), *rate), kopecks(*tax)));
        }
        self.taxes.push(DocumentTax {
            drive,
            document: number,
            register: register(place),
            date,
            system: TaxSystem::ALL[0],
            rates: by_rate.values().map(|(rate, _)| *rate).collect(),
        });
        format!("{drive}, ФД {number}")
    }

    fn end_account(&mut self, ledger: Ledger) {
        let number = ledger.number.clone();
        let row = |amount: i64| Row::new(number.clone(), kopecks(amount));
        self.lots
            .push(row(ledger.lots.iter().map(|lot| lot.amount.get()).sum()));
        self.credit_debts
            .push(row(ledger.debts.iter().map(|debt| debt.open.get()).sum()));
        self.advances_by_receipts
            .push(row(ledger.advances_by_receipts));
        self.credit_by_receipts.push(row(ledger.credit_by_receipts));
        self.accounts.push((number, ledger.into_rows()));
    }

    pub(crate) fn sort(&mut self) {
        self.money_rows
            .sort_by(|one, other| one.key.cmp(&other.key));
        self.receipt_rows
            .sort_by(|one, other| one.key.cmp(&other.key));
        self.billed.sort_by(|one, other| one.key.cmp(&other.key));
        self.charged.sort_by(|one, other| one.key.cmp(&other.key));
        self.vat_totals.sort_by_key(|row| row.key);
        self.vat_lines.sort_by_key(|row| row.key);
    }
}

impl Line {
    fn code(&self) -> VatCode {
        if self.method == PaymentMethod::Advance {
            self.rate.calculated()
        } else {
            self.rate.direct()
        }
    }
}
