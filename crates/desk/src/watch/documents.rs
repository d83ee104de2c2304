//! The rules that look at every document and at the sources of a whole history: A04, A07, A11, A19,
//! A28. They run in the full pass.

use std::collections::{BTreeMap, BTreeSet};

use audit::{
    Arrival, Calendar, DocumentMark, DocumentTax, Finding, NumberReport, Registration, Row, RuleId,
    SourceWatch, TaxedLine, Thresholds, receipts_without_money, tax_not_registered, wrong_vat,
};
use engine::{CreditPaymentVat, Service};
use journal::{DriveLifeRow, Reader, WatchedDocument, WatchedLine, WatchedReceipt};
use terms::{
    DocumentNumber, FiscalSign, Kopecks, LocalDate, OperationSign, PaymentMethod, ServiceCode,
    TaxSystems, VatRate,
};

use super::pass::Halt;
use crate::{Clock, DeskError};

/// Whose incidents a full pass may close, of those about no account. Numbers (A07) are not among them:
/// a gap that the journal shows is over when archive and journal were compared, and not before.
pub(super) const RULES: [RuleId; 4] = [RuleId::A04, RuleId::A11, RuleId::A19, RuleId::A28];

/// Documents that are read in one transaction.
const SLICE: u32 = 5_000;
/// Entries in each list of a report on numbers.
const SHOWN: usize = 20;

/// What has to be known besides the journal.
pub(super) struct Documents<'a> {
    pub(super) reader: &'a Reader,
    pub(super) thresholds: &'a Thresholds,
    pub(super) services: &'a BTreeMap<ServiceCode, Service>,
    /// The organisation's tax systems, where a drive does not say its own.
    pub(super) systems: TaxSystems,
    pub(super) credit_payment_vat: CreditPaymentVat,
}

impl Documents<'_> {
    /// What is found in the documents of all drives, and how many there are.
    pub(super) fn look(&self, halt: &mut dyn Halt) -> Result<(Vec<Finding>, u64), DeskError> {
        let mut found = Vec::new();
        let mut seen = 0;
        let lives = self.reader.drive_lives()?;
        let registrations = self.registrations(&lives);
        for life in &lives {
            let mut marks = Vec::new();
            let mut after = DocumentNumber::default();
            loop {
                let mut last = after;
                let more = self
                    .reader
                    .watch_documents(life.drive, after, SLICE, |document| {
                        last = document.number;
                        seen += 1;
                        self.document(life, &registrations, &document, &mut found);
                        note_run(&mut marks, &document);
                        Ok(())
                    })?;
                after = last;
                halt.breathe()?;
                if !more {
                    break;
                }
            }
            found.extend(gaps(life, &marks)?);
        }
        self.found_receipts(&mut found)?;
        Ok((found, seen))
    }

    /// A28 knows of each drive what it is registered for now, from its first document on.
    fn registrations(&self, lives: &[DriveLifeRow]) -> Vec<Registration> {
        let mut rates: BTreeSet<&str> = BTreeSet::new();
        for service in self.services.values() {
            let (first, changes) = service.vat.steps();
            rates.insert(first.name());
            rates.extend(changes.iter().map(|(_, rate)| rate.name()));
        }
        // Penalties and credit payments may carry no VAT whatever the services have.
        rates.insert(VatRate::Exempt.name());
        let rates = VatRate::ALL
            .into_iter()
            .filter(|rate| rates.contains(rate.name()));
        let rates: Vec<VatRate> = rates.collect();
        let registration = |life: &DriveLifeRow| {
            Some(Registration {
                register: life.rnm?,
                from: LocalDate::new(2000, 1, 1).ok()?,
                systems: life.tax_systems.unwrap_or(self.systems),
                rates: rates.clone(),
            })
        };
        lives.iter().filter_map(registration).collect()
    }

    fn document(
        &self,
        life: &DriveLifeRow,
        registrations: &[Registration],
        document: &WatchedDocument,
        found: &mut Vec<Finding>,
    ) {
        let Some(receipt) = document.receipt.as_ref().filter(|it| !it.is_undone) else {
            return;
        };
        for (line, place) in receipt.lines.iter().zip(1..) {
            let taxed = TaxedLine {
                drive: life.drive,
                document: document.number,
                line: place,
                method: line.method,
                code: line.code,
                amount: line.amount,
                tax: line.tax,
                rate: self.rate_of(line, receipt),
            };
            found.extend(wrong_vat(&self.thresholds.vat, &taxed));
        }
        if let Some(register) = life.rnm {
            let mut tax = DocumentTax {
                drive: life.drive,
                document: document.number,
                register,
                date: receipt.date,
                system: receipt.tax_system,
                rates: receipt.lines.iter().map(|line| line.code.rate()).collect(),
            };
            // What the caller has computed may be of a service that nobody has declared.
            if receipt.lines.iter().any(|line| line.service.is_none()) {
                tax.rates.clear();
            }
            found.extend(tax_not_registered(registrations, &tax));
        }
    }

    /// The rate that a line has to carry (receipt rules §1.3 rule 4). Where it hangs on what is not
    /// in the line (the day of the advance that goes back, what a wrong receipt said), the rate it
    /// has: then only its tax is computed anew.
    fn rate_of(&self, line: &WatchedLine, receipt: &WatchedReceipt) -> VatRate {
        let own = line.code.rate();
        let service = line
            .service
            .as_ref()
            .and_then(|code| self.services.get(code));
        let Some(service) = service.filter(|_| !receipt.corrects) else {
            return own;
        };
        if line
            .pays
            .as_ref()
            .is_some_and(|(what, _)| what == "penalty")
        {
            return VatRate::Exempt;
        }
        let is_income = receipt.sign == OperationSign::Income;
        match line.method {
            PaymentMethod::CreditPayment if self.credit_payment_vat == CreditPaymentVat::None => {
                VatRate::Exempt
            }
            // Money that comes: not an advance that only moves.
            PaymentMethod::Advance if is_income && is_of_payment(&line.rule) => {
                service.vat.rate_on(receipt.date)
            }
            PaymentMethod::FullSettlement
            | PaymentMethod::PartialCredit
            | PaymentMethod::Credit
            | PaymentMethod::CreditPayment => match line.period {
                Some(period) => service.vat.rate_on(period.last_day()),
                None => own,
            },
            _ => own,
        }
    }

    /// A04, as far as the journal sees it: receipts in drives that no operation stands behind.
    fn found_receipts(&self, found: &mut Vec<Finding>) -> Result<(), DeskError> {
        let mut rows = Vec::new();
        for shift in self.reader.found_shifts()? {
            let key = format!("ФН {}, смена {}", shift.drive, shift.shift);
            rows.push(Row::new(key, Kopecks::new(shift.sum)?));
        }
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        for finding in receipts_without_money([], rows) {
            found.push(finding?);
        }
        Ok(())
    }
}

/// Rules of payments (receipt rules §2.1).
fn is_of_payment(rule: &str) -> bool {
    matches!(rule, "D03" | "D04" | "D05")
}

/// Numbers that follow one another, noted as one: their first and last document.
fn note_run(runs: &mut Vec<(DocumentMark, DocumentMark)>, document: &WatchedDocument) {
    let mark = DocumentMark {
        number: document.number,
        sign: document.sign,
    };
    match runs.last_mut() {
        Some((_, last)) if last.number.next() == mark.number => *last = mark,
        _ => runs.push((mark, mark)),
    }
}

/// A07 by the journal alone: numbers that it lacks. Those up to a drive's base were formed before it
/// was taken in.
fn gaps(
    life: &DriveLifeRow,
    runs: &[(DocumentMark, DocumentMark)],
) -> Result<Option<Finding>, DeskError> {
    if runs.len() < 2
        && runs
            .first()
            .is_none_or(|(first, _)| first.number == life.base.next())
    {
        return Ok(None);
    }
    let before = (1..=life.base.get()).map(|number| DocumentMark {
        number: DocumentNumber(number),
        sign: FiscalSign(0),
    });
    let of_runs = runs.iter().flat_map(|(first, last)| {
        (first.number.get()..=last.number.get()).map(|number| DocumentMark {
            number: DocumentNumber(number),
            sign: FiscalSign(0),
        })
    });
    let marks: Vec<DocumentMark> = before.chain(of_runs).collect();
    let (journal, archive) = (marks.iter().copied(), marks.iter().copied());
    let none = DocumentNumber::default();
    let report = NumberReport::of(life.drive, journal, archive, [], none, SHOWN)?;
    Ok(report.finding())
}

/// What came from each source on each day: gathered while accounts are read, kept by day only.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<String, BTreeMap<LocalDate, i64>>);

impl Sources {
    pub(super) fn note(&mut self, source: &str, day: LocalDate, amount: i64) {
        let days = match self.0.get_mut(source) {
            Some(days) => days,
            None => self.0.entry(source.to_owned()).or_default(),
        };
        let sum = days.entry(day).or_default();
        *sum = sum.saturating_add(amount);
    }

    /// Files of payments, by what they are.
    pub(super) fn note_files(&mut self, reader: &Reader, clock: Clock) -> Result<(), DeskError> {
        for arrival in reader.file_arrivals()? {
            if let Some(at) = clock.local_at(arrival.at) {
                self.note(&arrival.source, at.date(), arrival.sum.get());
            }
        }
        Ok(())
    }

    /// A19.
    pub(super) fn look(
        &self,
        thresholds: &Thresholds,
        calendar: &Calendar,
        today: LocalDate,
    ) -> Result<Vec<Finding>, DeskError> {
        let limits = &thresholds.silence;
        let mut found = Vec::new();
        for (source, days) in &self.0 {
            let mut watch = SourceWatch::new(source);
            for (day, sum) in days {
                let sum = Kopecks::new(*sum).unwrap_or(Kopecks::MAX);
                watch.see(limits, Arrival { day: *day, sum })?;
            }
            found.extend(watch.look(limits, calendar, today));
        }
        Ok(found)
    }
}
