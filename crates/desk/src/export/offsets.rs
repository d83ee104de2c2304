//! The offsets of advances that stand behind consolidated receipts, or wait for them.

use papers::Cell;
use terms::Kopecks;

use super::{
    ExportOrder, Exported, Exporter, Page, ROW_FIELD,
    book::Book,
    sheet::{Sheet, date, money, text},
};
use crate::DeskError;

const SHEET: Sheet = Sheet {
    title: "Зачеты",
    fields: &[
        text(ROW_FIELD),
        date("Дата"),
        text("МесяцСводногоЧека"),
        text("ЛицевойСчет"),
        text("Услуга"),
        text("Период"),
        text("СтавкаНДС"),
        money("Сумма"),
        money("СуммаНДС"),
        text("Операция"),
    ],
};

pub(super) fn write(
    exporter: &Exporter<'_>,
    order: &ExportOrder,
    page: Page<'_>,
) -> Result<Exported, DeskError> {
    let mut book = Book::begin(exporter, order, &SHEET, page)?;
    let mut exported = Exported::default();
    let (mut total, mut tax) = (Kopecks::ZERO, Kopecks::ZERO);
    // Billing that charges in the first days of a month may still do so for the month before.
    let mut month = order.from.plus_days(-31)?.period();
    while month <= order.to.period() {
        for line in exporter.reader.offsets(month)? {
            if line.date < order.from || line.date > order.to {
                continue;
            }
            let vat = line.vat.tax_in(line.amount);
            (total, tax) = (total.add(line.amount)?, tax.add(vat)?);
            exported.rows += 1;
            let cells = vec![
                Cell::text("зачет"),
                Cell::Date(line.date),
                Cell::text(line.close),
                Cell::text(&line.account),
                Cell::text(&line.service),
                Cell::text(line.period),
                Cell::text(line.vat.direct()),
                Cell::Money(line.amount),
                Cell::Money(vat),
                Cell::text(&line.event),
            ];
            book.row("Документ.ЗачетАванса", cells, None)?;
        }
        month = month.next()?;
    }
    if exported.rows > 0 {
        let mut cells = vec![Cell::Empty; SHEET.fields.len()];
        cells[0] = Cell::text("итог");
        (cells[7], cells[8]) = (Cell::Money(total), Cell::Money(tax));
        book.row("Итог", cells, None)?;
    }
    book.end()?;
    Ok(exported)
}
