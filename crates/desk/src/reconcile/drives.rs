//! E3, E4, E8 and the documents' side of E7: what drives have formed and the ОФД has confirmed.

use std::collections::BTreeMap;

use audit::{
    DocumentMark, DocumentTicket, EquationId, NumberReport, PaymentKind, ShiftTotals, Source, Sum,
    TicketReport, UnsentLimits, shift_differences, shift_finding,
};
use ffd::{Counters, Document, Form};
use journal::{
    DocumentRow, ReconciliationResult, ReconciliationRow, Scratch, ShiftDocument, Side, SideRow,
};
use terms::{
    DocumentNumber, DriveNumber, FiscalSign, LocalDateTime, OfdCode, OperationSign, ShiftNumber,
};

use super::{
    Notes, Pair, RECONCILIATION_ROWS_MAX, ReconciliationNote, Told,
    archive::{Brought, DriveArchive},
    balance::Found,
    book::signed,
};
use crate::{Desk, DeskError, archive::Archives};

/// The documents of the days: their VAT onto the scratch, and which of them lack a ticket.
pub(super) fn read_documents(
    desk: &Desk,
    scratch: &Scratch,
    found: &mut Found<'_>,
    told: &Told,
) -> Result<(), DeskError> {
    let (from, to) = found.days.ends();
    let (mut open, mut documents) = (Vec::new(), 0);
    desk.reader().each_document((&from, &to), |document| {
        documents += 1;
        open.extend(ticket(&document.document));
        match &document.receipt {
            Some((sign, receipt)) => vat(scratch, told, &document.document, *sign, receipt),
            None => Ok(()),
        }
    })?;
    let limits = UnsentLimits::default();
    let mut report = TicketReport::of(&limits, desk.clock().local(), open, RECONCILIATION_ROWS_MAX);
    // Those with a good ticket need not be handed over one by one.
    report.documents = documents;
    let lists = [("late", &report.late), ("refused", &report.refused)];
    let mut rows = Vec::new();
    for (kind, list) in lists {
        rows.extend(list.shown.iter().map(|ticket| {
            ReconciliationRow {
                kind: kind.to_owned(),
                key: format!("{} {}", ticket.drive, ticket.document),
                day: ticket.formed.date().to_string(),
                source: ticket.drive.to_string(),
                reference: format!("ФД {}", ticket.document),
                detail: ticket
                    .ticket
                    .map_or_else(String::new, |code| code.title().to_owned()),
                ..ReconciliationRow::default()
            }
        }));
    }
    let days = found.days.to_string();
    found.look(EquationId::E8, &days, report.finding(days.as_str()));
    let mismatches = report.late.count + report.refused.count;
    let result = counted(
        EquationId::E8,
        "tickets",
        "",
        (documents, documents - mismatches),
    );
    let result = ReconciliationResult {
        holds: report.holds(),
        mismatches,
        ..result
    };
    found.add(result, rows, &[])
}

/// A document without a good ticket.
fn ticket(row: &DocumentRow) -> Option<DocumentTicket> {
    let code = match (row.ofd.code, row.acknowledged_at) {
        (Some(code), _) => Some(code),
        // Its ticket was read from the drive, which takes none but good ones.
        (None, Some(_)) => Some(OfdCode::ACCEPTED),
        (None, None) => None,
    };
    if code.is_some_and(OfdCode::is_accepted) {
        return None;
    }
    Some(DocumentTicket {
        drive: row.drive.parse().ok()?,
        document: row.number,
        formed: row.time.parse().ok()?,
        ticket: code,
    })
}

/// E7: totals of a document on the left, its lines on the right; of the sales book only the latter,
/// without lines of suppliers.
fn vat(
    scratch: &Scratch,
    told: &Told,
    document: &DocumentRow,
    sign: OperationSign,
    receipt: &engine::Receipt,
) -> journal::Result<()> {
    let time: Option<LocalDateTime> = document.time.parse().ok();
    let is_sale = matches!(sign, OperationSign::Income | OperationSign::IncomeReturn);
    let Some(period) = time.map(|time| time.date().period()).filter(|_| is_sale) else {
        return Ok(());
    };
    let side = |code: terms::VatCode, sum| SideRow {
        key: audit::VatKey::new(period, code.rate()).to_string(),
        sum,
        day: document.time.get(..10).unwrap_or_default().to_owned(),
        reference: format!("ФН {} ФД {}", document.drive, document.number),
        ..SideRow::default()
    };
    let taxed = |code: terms::VatCode| code.rate().percent().is_some_and(|percent| percent > 0);
    for (code, sum) in &receipt.vat_totals {
        let total = side(*code, signed(sign, *sum));
        scratch.add(Pair::Vat.code(), Side::Left, &total)?;
    }
    for line in receipt.all_lines() {
        let tax = match taxed(line.vat_code) {
            true => line.vat,
            // At 0 % and without VAT the totals are turnover.
            false => line.amount,
        };
        let tax = side(line.vat_code, signed(sign, tax));
        scratch.add(Pair::Vat.code(), Side::Right, &tax)?;
        let is_booked = told.pairs.contains(&Pair::SalesBook);
        if is_booked && taxed(line.vat_code) && line.agent.is_none() {
            scratch.add(Pair::SalesBook.code(), Side::Left, &tax)?;
        }
    }
    Ok(())
}

/// E3 and E4 of each drive.
pub(super) fn compare_drives(
    desk: &Desk,
    found: &mut Found<'_>,
    brought: &Brought,
    own: &Archives,
) -> Result<(), DeskError> {
    let (from, to) = found.days.ends();
    let mut shifts = Shifts::default();
    for (drive, base) in desk.reader().drive_bases()? {
        let closings = desk.reader().closing_reports(&drive, (&from, &to))?;
        let numbers: Vec<DocumentNumber> = closings.iter().map(|it| it.number).collect();
        let archive = brought.of(own, &drive, &numbers)?;
        numbers_of(desk, found, (&drive, base), archive.as_ref())?;
        for closing in &closings {
            match &archive {
                None => shifts.notes.add(None, "no_archive", &drive, 1, 0),
                Some(archive) => shifts.compare(desk, found, closing, archive)?,
            }
        }
    }
    shifts.end(found)
}

/// E4: the numbers of journal, archive and ОФД.
fn numbers_of(
    desk: &Desk,
    found: &mut Found<'_>,
    (drive, base): (&str, u32),
    archive: Option<&DriveArchive>,
) -> Result<(), DeskError> {
    // What a drive formed before it was taken in, nobody here can know.
    let before = |number| DocumentMark {
        number: DocumentNumber(number),
        sign: FiscalSign(0),
    };
    let mut journal: Vec<DocumentMark> = (1..=base).map(before).collect();
    let (mut ofd, mut told) = (journal.clone(), DocumentNumber(base));
    desk.reader()
        .each_number(drive, |number, sign, is_acknowledged| {
            let sign = FiscalSign(sign);
            journal.push(DocumentMark { number, sign });
            if is_acknowledged {
                ofd.push(DocumentMark { number, sign });
                told = number;
            }
        })?;
    if journal.is_empty() && archive.is_none() {
        return Ok(());
    }
    let mut notes = Vec::new();
    let in_archive: Vec<DocumentMark> = match archive {
        Some(archive) => {
            // It is as old as it is: what was formed since, it cannot have.
            let since = journal.iter().filter(|mark| mark.number > archive.last);
            let after = archive.marks.iter().filter(|mark| mark.number.get() > base);
            let known = journal.iter().filter(|mark| mark.number.get() <= base);
            known.chain(after).chain(since).copied().collect()
        }
        None => {
            notes.push(ReconciliationNote::of("no_archive", drive));
            journal.clone()
        }
    };
    let number: DriveNumber = drive.parse()?;
    let counts = (in_archive.len() as u64, journal.len() as u64);
    let report = NumberReport::of(
        number,
        journal,
        in_archive,
        ofd,
        told,
        RECONCILIATION_ROWS_MAX,
    );
    let report = report.map_err(|why| super::bad_file(&format!("archive/{drive}"), why))?;
    found.look(EquationId::E4, drive, report.finding());
    let rows = number_rows(&report);
    let mismatches =
        report.gaps.count + report.lacking.count + report.repeated.count + report.differing.count;
    let result = ReconciliationResult {
        holds: report.holds(),
        mismatches,
        ..counted(EquationId::E4, "numbers", drive, counts)
    };
    found.add(result, rows, &notes)
}

fn number_rows(report: &NumberReport) -> Vec<ReconciliationRow> {
    let drive = report.drive;
    let row = |kind: &str, first: DocumentNumber, last: DocumentNumber| ReconciliationRow {
        kind: kind.to_owned(),
        key: format!("{drive} {first}"),
        source: drive.to_string(),
        reference: match first == last {
            true => format!("ФД {first}"),
            false => format!("ФД {first}…{last}"),
        },
        ..ReconciliationRow::default()
    };
    let gaps = report.gaps.shown.iter();
    let mut rows: Vec<_> = gaps.map(|gap| row("gap", gap.first, gap.last)).collect();
    rows.extend(report.lacking.shown.iter().map(|(who, numbers)| {
        let kind = match who {
            Source::Journal => "not_in_journal",
            Source::Archive => "not_in_archive",
            Source::Ofd => "not_at_ofd",
        };
        row(kind, numbers.first, numbers.last)
    }));
    let repeated = report.repeated.shown.iter();
    rows.extend(repeated.map(|(_, number)| row("repeated", *number, *number)));
    let differing = report.differing.shown.iter();
    rows.extend(differing.map(|number| row("sign", *number, *number)));
    rows
}

/// E3 over all shifts that were closed.
#[derive(Default)]
struct Shifts {
    reports: u64,
    shifts: u64,
    rows: Vec<ReconciliationRow>,
    notes: Notes,
}

impl Shifts {
    fn compare(
        &mut self,
        desk: &Desk,
        found: &mut Found<'_>,
        closing: &DocumentRow,
        archive: &DriveArchive,
    ) -> Result<(), DeskError> {
        let drive = closing.drive.as_str();
        let report = archive.reports.get(&closing.number);
        let report = report.and_then(|tlv| Document::parse_inside(Form::CloseShift, tlv).ok());
        let Some(Document::CloseShift(report)) = report else {
            self.notes.add(None, "no_report", drive, 1, 0);
            return Ok(());
        };
        (self.reports, self.shifts) = (self.reports + 1, self.shifts + 1);
        let says = ShiftTotals {
            documents: report.documents,
            receipts: report.receipts,
            sums: report.shift_counters.as_ref().map(sums),
        };
        let mut journal = Counted::default();
        desk.reader()
            .each_of_shift(drive, closing.number, |document| {
                journal.count(&document);
                Ok(())
            })?;
        let differences = shift_differences(&says, &journal.totals());
        let number: DriveNumber = drive.parse()?;
        let finding = shift_finding(number, ShiftNumber(closing.shift), &differences);
        found.look(
            EquationId::E3,
            &format!("{drive}:{}", closing.shift),
            finding,
        );
        for difference in differences.iter().take(RECONCILIATION_ROWS_MAX) {
            self.rows.push(ReconciliationRow {
                kind: "counter".to_owned(),
                key: format!("{drive} {}", closing.shift),
                day: closing.time.get(..10).unwrap_or_default().to_owned(),
                source: drive.to_owned(),
                reference: format!("смена {}", closing.shift),
                detail: difference.to_string(),
                ..ReconciliationRow::default()
            });
        }
        Ok(())
    }

    fn end(self, found: &mut Found<'_>) -> Result<(), DeskError> {
        let notes: Vec<_> = self.notes.0.into_iter().map(|(_, note)| note).collect();
        if self.reports == 0 && notes.is_empty() {
            return Ok(());
        }
        let mut rows = self.rows;
        let mismatches = rows.len() as u64;
        rows.truncate(RECONCILIATION_ROWS_MAX);
        let result = ReconciliationResult {
            holds: mismatches == 0,
            mismatches,
            ..counted(EquationId::E3, "shifts", "", (self.reports, self.shifts))
        };
        found.add(result, rows, &notes)
    }
}

/// What the journal has of one shift.
#[derive(Default)]
struct Counted {
    documents: u32,
    receipts: u32,
    sums: BTreeMap<(OperationSign, PaymentKind), Sum>,
    /// A document is there whose contents nobody here has.
    unknown: bool,
}

impl Counted {
    fn count(&mut self, document: &ShiftDocument) {
        self.documents += 1;
        let row = &document.document;
        // Corrections are receipts, too: they have a number within the shift.
        if row.receipt_number.is_some() {
            self.receipts += 1;
        }
        match &document.receipt {
            // Of corrections the counters have no payments (ФН protocol §2.9, block B; INFERRED).
            Some((_, receipt)) if receipt.correction.is_some() => {}
            Some((sign, receipt)) => {
                let paid = &receipt.payments;
                for (kind, sum) in [
                    (PaymentKind::Cash, paid.cash),
                    (PaymentKind::Cashless, paid.cashless),
                    (PaymentKind::Advance, paid.prepaid),
                    (PaymentKind::Credit, paid.credit),
                    (PaymentKind::Counter, paid.counter),
                ] {
                    *self.sums.entry((*sign, kind)).or_default() += Sum::from(sum);
                }
            }
            None => self.unknown |= row.task == "found" && row.receipt_number.is_some(),
        }
    }

    fn totals(self) -> ShiftTotals {
        ShiftTotals {
            documents: self.documents,
            receipts: self.receipts,
            sums: (!self.unknown).then_some(self.sums),
        }
    }
}

/// The sums of a report's receipts.
fn sums(counters: &Counters) -> BTreeMap<(OperationSign, PaymentKind), Sum> {
    let mut sums = BTreeMap::new();
    for code in 1..=4 {
        let Ok(sign) = OperationSign::from_code(code) else {
            continue;
        };
        let paid = &counters.of(sign).payments;
        for (kind, sum) in [
            (PaymentKind::Cash, paid.cash),
            (PaymentKind::Cashless, paid.cashless),
            (PaymentKind::Advance, paid.prepaid),
            (PaymentKind::Credit, paid.credit),
            (PaymentKind::Counter, paid.counter),
        ] {
            sums.insert((sign, kind), Sum::from(sum));
        }
    }
    sums
}

/// A comparison that counts documents.
fn counted(
    equation: EquationId,
    what: &str,
    object: &str,
    (left, right): (u64, u64),
) -> ReconciliationResult {
    ReconciliationResult {
        place: 0,
        equation: equation.name().to_owned(),
        what: what.to_owned(),
        object: object.to_owned(),
        holds: true,
        left_rows: left,
        left_sum: 0,
        right_rows: right,
        right_sum: 0,
        mismatches: 0,
        kept: 0,
        notes: String::new(),
    }
}
