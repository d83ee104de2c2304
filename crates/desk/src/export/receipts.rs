//! Each receipt that drives have formed, in the order of the drives and of their documents.

use std::collections::BTreeMap;

use journal::{Reader, ReceiptRow};
use papers::Cell;
use terms::DocumentNumber;

use super::{
    ExportOrder, Exported, Exporter, Page, ROW_FIELD,
    book::{Book, Details},
    sheet::{Field, Sheet, date, money, number, text},
    sums::{BySign, SUM_FIELDS, Sums},
};
use crate::DeskError;

/// How many receipts are read at once.
const PAGE: u32 = 500;

const FIELDS: [Field; 18] = [
    text(ROW_FIELD),
    date("Дата"),
    text("Время"),
    text("ФН"),
    number("Эмулятор"),
    text("РНМ"),
    number("Смена"),
    number("НомерВСмене"),
    text("ФД"),
    text("ФПД"),
    text("ПризнакРасчета"),
    number("Коррекция"),
    text("СНО"),
    text("ЛицевойСчет"),
    text("Операция"),
    text("Чек"),
    text("ОФД"),
    number("Чеков"),
];
const ALL: [Field; FIELDS.len() + SUM_FIELDS.len()] = joined();
const SHEET: Sheet = Sheet {
    title: "Чеки",
    fields: &ALL,
};
const LINES: Sheet = Sheet {
    title: "Строки",
    fields: &[
        text("Наименование"),
        text("СпособРасчета"),
        text("ПредметРасчета"),
        money("Сумма"),
        text("СтавкаНДС"),
        money("СуммаНДС"),
        text("Услуга"),
        text("Период"),
        text("ПоставщикИНН"),
        text("ПоставщикНаименование"),
    ],
};

const fn joined() -> [Field; FIELDS.len() + SUM_FIELDS.len()] {
    let mut all = [FIELDS[0]; FIELDS.len() + SUM_FIELDS.len()];
    let mut place = 0;
    while place < all.len() {
        all[place] = if place < FIELDS.len() {
            FIELDS[place]
        } else {
            SUM_FIELDS[place - FIELDS.len()]
        };
        place += 1;
    }
    all
}

/// Calls `each` with every receipt that was formed on the days of an order.
pub(super) fn walk(
    reader: &Reader,
    order: &ExportOrder,
    mut each: impl FnMut(ReceiptRow) -> Result<(), DeskError>,
) -> Result<(), DeskError> {
    for stretch in reader.stretches(order.from, order.to)? {
        let mut after = DocumentNumber(0);
        loop {
            let rows = reader.formed_in(&stretch, after, PAGE)?;
            let Some(last) = rows.last().and_then(|row| row.document.as_ref()) else {
                break;
            };
            after = last.number;
            rows.into_iter().try_for_each(&mut each)?;
        }
    }
    Ok(())
}

pub(super) fn write(
    exporter: &Exporter<'_>,
    order: &ExportOrder,
    page: Page<'_>,
) -> Result<Exported, DeskError> {
    let mut book = Book::begin(exporter, order, &SHEET, page)?;
    let (mut totals, mut exported) = (BySign::new(), Exported::default());
    let mut registers: BTreeMap<String, Option<String>> = BTreeMap::new();
    walk(exporter.reader, order, |row| {
        let sums = Sums::of(&row)?;
        let key = (row.receipt.correction.is_some(), row.sign);
        totals.entry(key).or_default().add(&sums)?;
        exported.rows += 1;
        let Some(document) = &row.document else {
            return Ok(());
        };
        let rnm = match registers.get(&document.drive) {
            Some(rnm) => rnm.clone(),
            None => {
                let kkt = exporter.reader.kkt_of(&document.drive)?;
                let rnm = kkt.and_then(|kkt| kkt.rnm);
                registers.insert(document.drive.clone(), rnm.clone());
                rnm
            }
        };
        let cells = cells(&row, rnm)?;
        book.row("Документ.ЧекККТ", cells, Some(lines(&row)))
    })?;
    for ((is_correction, sign), sums) in totals {
        let mut cells = vec![Cell::Empty; FIELDS.len()];
        cells[0] = Cell::text("итог");
        cells[10] = Cell::text(sign.title());
        cells[11] = Cell::Number(i64::from(is_correction));
        cells[17] = Cell::Number(i64::try_from(sums.receipts).unwrap_or(i64::MAX));
        cells.extend(sums.cells());
        book.row("Итог", cells, None)?;
    }
    book.end()?;
    Ok(exported)
}

fn cells(row: &ReceiptRow, rnm: Option<String>) -> Result<Vec<Cell>, DeskError> {
    let Some(document) = &row.document else {
        return Ok(vec![Cell::Empty; ALL.len()]);
    };
    let time: terms::LocalDateTime = document.time.parse()?;
    let ofd = match (document.acknowledged_at, row.reason.as_deref()) {
        (None, _) => "нет ответа",
        (Some(_), None) => "подтвержден",
        (Some(_), Some(_)) => "отказ",
    };
    let mut cells = vec![
        Cell::text("чек"),
        Cell::Date(time.date()),
        Cell::text(format_args!("{:02}:{:02}", time.hour(), time.minute())),
        Cell::text(&document.drive),
        Cell::Number(i64::from(document.emulated)),
        Cell::optional(rnm),
        Cell::Number(i64::from(document.shift)),
        document
            .receipt_number
            .map_or(Cell::Empty, |number| Cell::Number(i64::from(number))),
        Cell::text(document.number),
        Cell::text(format_args!("{:010}", document.fiscal_sign)),
        Cell::text(row.sign.title()),
        Cell::Number(i64::from(row.receipt.correction.is_some())),
        Cell::text(row.receipt.tax_system.title()),
        Cell::optional(row.account.as_deref()),
        Cell::text(&row.receipt.event),
        Cell::text(row.id),
        Cell::text(ofd),
        Cell::Number(1),
    ];
    cells.extend(Sums::of(row)?.cells());
    Ok(cells)
}

fn lines(row: &ReceiptRow) -> Details {
    let rows = row.receipt.all_lines().iter().map(|line| {
        let agent = line.agent.as_ref();
        vec![
            Cell::text(&line.name),
            Cell::text(line.method.title()),
            Cell::text(line.subject.title()),
            Cell::Money(line.amount),
            Cell::text(line.vat_code),
            Cell::Money(line.vat),
            Cell::optional(line.service.as_ref()),
            Cell::optional(line.period),
            Cell::optional(agent.map(|agent| agent.supplier_inn)),
            Cell::optional(agent.map(|agent| &agent.supplier_name)),
        ]
    });
    Details {
        list: "Строки",
        row: "Строка",
        sheet: &LINES,
        rows: rows.collect(),
    }
}
