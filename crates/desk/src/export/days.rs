//! Totals of each day, and the shifts beside them: what the journal's receipts come to, and what the
//! drives have settled.

use std::collections::{BTreeMap, BTreeSet};

use journal::Days;
use papers::Cell;
use terms::{Kopecks, LocalDate, LocalDateTime, OperationSign, TaxSystem};

use super::{
    ExportOrder, Exported, Exporter, Page, ROW_FIELD,
    book::Book,
    receipts::walk,
    sheet::{Field, Sheet, date, money, number, text},
    sums::{BySign, SUM_FIELDS, Sums},
};
use crate::DeskError;

const FIELDS: [Field; 9] = [
    text(ROW_FIELD),
    date("Дата"),
    text("ФН"),
    number("Эмулятор"),
    number("Смена"),
    text("ПризнакРасчета"),
    number("Коррекция"),
    text("СНО"),
    number("Чеков"),
];
const OF_SHIFT: [Field; 4] = [
    number("ЧековПоСмене"),
    money("СуммаПоСмене"),
    money("Расхождение"),
    text("Сверка"),
];
const WIDTH: usize = FIELDS.len() + SUM_FIELDS.len() + OF_SHIFT.len();
const ALL: [Field; WIDTH] = joined();
const SHEET: Sheet = Sheet {
    title: "Итоги",
    fields: &ALL,
};

const fn joined() -> [Field; WIDTH] {
    let mut all = [FIELDS[0]; WIDTH];
    let mut place = 0;
    while place < WIDTH {
        all[place] = if place < FIELDS.len() {
            FIELDS[place]
        } else if place < FIELDS.len() + SUM_FIELDS.len() {
            SUM_FIELDS[place - FIELDS.len()]
        } else {
            OF_SHIFT[place - FIELDS.len() - SUM_FIELDS.len()]
        };
        place += 1;
    }
    all
}

/// Receipts that have a row together: day, drive (and whether it is emulated), shift, correction, sign, tax system.
type Key = (
    LocalDate,
    (String, bool),
    u16,
    bool,
    OperationSign,
    TaxSystem,
);

/// What the journal's receipts come to.
#[derive(Default)]
struct Found {
    days: BTreeMap<Key, Sums>,
    totals: BySign,
    shifts: BTreeMap<(String, u16), BySign>,
}

pub(super) fn write(
    exporter: &Exporter<'_>,
    order: &ExportOrder,
    page: Page<'_>,
) -> Result<Exported, DeskError> {
    let mut found = Found::default();
    walk(exporter.reader, order, |row| {
        let Some(document) = &row.document else {
            return Ok(());
        };
        let (sums, receipt) = (Sums::of(&row)?, &row.receipt);
        let day = document.time.parse::<LocalDateTime>()?.date();
        let (drive, shift) = (document.drive.clone(), document.shift);
        let of = (receipt.correction.is_some(), row.sign);
        let known = (drive.clone(), document.emulated);
        let key = (day, known, shift, of.0, of.1, receipt.tax_system);
        let kept = found.shifts.entry((drive, shift)).or_default();
        kept.entry(of).or_default().add(&sums)?;
        found.totals.entry(of).or_default().add(&sums)?;
        Ok(found.days.entry(key).or_default().add(&sums)?)
    })?;
    let mut book = Book::begin(exporter, order, &SHEET, page)?;
    let mut exported = Exported::default();
    for ((day, drive, shift, is_correction, sign, tax_system), sums) in &found.days {
        let mut cells = vec![
            Cell::text("день"),
            Cell::Date(*day),
            Cell::text(&drive.0),
            Cell::Number(i64::from(drive.1)),
            Cell::Number(i64::from(*shift)),
            Cell::text(sign.title()),
            Cell::Number(i64::from(*is_correction)),
            Cell::text(tax_system.title()),
            counted(sums.receipts),
        ];
        cells.extend(sums.cells());
        cells.resize(WIDTH, Cell::Empty);
        book.row("Документ.ИтогДня", cells, None)?;
        exported.rows += 1;
    }
    for ((is_correction, sign), sums) in &found.totals {
        let mut cells = vec![Cell::Empty; FIELDS.len()];
        cells[0] = Cell::text("итог");
        cells[5] = Cell::text(sign.title());
        cells[6] = Cell::Number(i64::from(*is_correction));
        cells[8] = counted(sums.receipts);
        cells.extend(sums.cells());
        cells.resize(WIDTH, Cell::Empty);
        book.row("Итог", cells, None)?;
    }
    write_shifts(exporter, order, &mut book, (found, &mut exported))?;
    book.end()?;
    Ok(exported)
}

/// A row for each kind of receipts of each shift. Only shifts that were opened and closed on these
/// days are judged: of others a part lies outside.
fn write_shifts(
    exporter: &Exporter<'_>,
    order: &ExportOrder,
    book: &mut Book<'_>,
    (found, exported): (Found, &mut Exported),
) -> Result<(), DeskError> {
    let days = Days {
        from: Some(order.from),
        to: Some(order.to),
    };
    let opened: BTreeSet<(String, u16)> =
        exporter.reader.shifts_opened(days)?.into_iter().collect();
    let met = found.shifts.keys().cloned();
    let all: BTreeSet<(String, u16)> = met.chain(opened.iter().cloned()).collect();
    for (drive, shift) in all {
        let settled = exporter.reader.shift_total(&drive, shift)?;
        let closed = settled.closed.as_deref().map(str::parse::<LocalDateTime>);
        let closed = closed.transpose()?.map(LocalDateTime::date);
        let is_whole = opened.contains(&(drive.clone(), shift))
            && closed.is_some_and(|closed| closed <= order.to);
        let mut kinds: BTreeMap<(bool, OperationSign), (u64, Kopecks)> = BTreeMap::new();
        for sum in settled.sums {
            kinds.insert((sum.is_correction, sum.sign), (sum.receipts, sum.total));
        }
        let ours = found.shifts.get(&(drive.clone(), shift));
        for of in ours.into_iter().flat_map(BTreeMap::keys) {
            kinds.entry(*of).or_default();
        }
        let mut differs = false;
        for ((is_correction, sign), (receipts, total)) in kinds {
            let ours = ours.and_then(|ours| ours.get(&(is_correction, sign)));
            let ours = ours.copied().unwrap_or_default();
            let agrees = (ours.receipts, ours.total) == (receipts, total);
            differs |= is_whole && !agrees;
            let mut cells = vec![
                Cell::text("смена"),
                closed.map_or(Cell::Empty, Cell::Date),
                Cell::text(&drive),
                Cell::Empty,
                Cell::Number(i64::from(shift)),
                Cell::text(sign.title()),
                Cell::Number(i64::from(is_correction)),
                Cell::Empty,
                counted(ours.receipts),
            ];
            cells.extend(ours.cells());
            cells.extend([
                counted(receipts),
                Cell::Money(total),
                Cell::Money(total.sub(ours.total)?),
                Cell::text(match (is_whole, agrees) {
                    (false, _) => "часть смены",
                    (true, true) => "сходится",
                    (true, false) => "не сходится",
                }),
            ]);
            book.row("Смена", cells, None)?;
        }
        exported.shifts_that_differ += u64::from(differs);
    }
    Ok(())
}

fn counted(number: u64) -> Cell {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}
