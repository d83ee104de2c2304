use terms::{
    AccountNumber, DocumentNumber, DriveNumber, FiscalSign, Kopecks, LocalDate, OperationSign,
    TaxSystem, VatCode,
};

use crate::{ActOfOffice, Cell, Column, ColumnKind, Table, TableError, mask::mask_name};

/// A settlement that was corrected: a row of the register (receipt rules §4.6, item 2).
///
/// A settlement whose receipts are of two tax systems has a row for each, with the same number.
#[derive(Clone, Debug)]
pub struct CorrectedSettlement {
    /// Its number in the register.
    pub number: u32,
    /// The account; none for one that is of no account.
    pub account: Option<AccountNumber>,
    /// The payer's name as it is known; it is masked here.
    pub payer: Option<String>,
    /// The day of the settlement (tag 1178).
    pub date: LocalDate,
    /// What proves it: the bank's operation, the registry's file and line, the order of payment.
    pub source: String,
    /// Tag 1054 of the settlement.
    pub sign: OperationSign,
    /// What it was paid with, in words.
    pub payment_kinds: Vec<String>,
    /// Its sum.
    pub amount: Kopecks,
    /// The VAT rates of its lines (tag 1199).
    pub vat_codes: Vec<VatCode>,
    /// The VAT inside.
    pub vat: Kopecks,
    /// Tag 1055.
    pub tax_system: TaxSystem,
    /// The document that was wrong.
    pub wrong: Option<FormedDocument>,
    /// The one that takes it back.
    pub reversing: Option<FormedDocument>,
    /// The one that is right; none when there is nothing to say anew.
    pub right: Option<FormedDocument>,
    /// The code of the reason.
    pub reason: String,
    /// The act behind it.
    pub act: Option<ActOfOffice>,
    /// What the ОФД says.
    pub ofd: OfdStatus,
}

/// A document as papers name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FormedDocument {
    /// ФН (1041).
    pub drive: DriveNumber,
    /// ФД (1040).
    pub number: DocumentNumber,
    /// ФПД (1077).
    pub sign: FiscalSign,
    /// Its own day (1012).
    pub date: LocalDate,
}

/// What has become of the documents of a settlement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OfdStatus {
    /// One of them is not formed.
    NotFormed,
    /// All are formed, one waits for the ОФД.
    Waiting,
    /// The ОФД has accepted all.
    Accepted,
    /// The ОФД has rejected one.
    Rejected,
}

impl OfdStatus {
    /// The Russian words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFormed => "документ не сформирован",
            Self::Waiting => "ожидает отправки в ОФД",
            Self::Accepted => "принят ОФД",
            Self::Rejected => "отклонён ОФД",
        }
    }
}

/// The register as a table. Sums of both ways together are no total: then there is none.
pub(crate) fn table(rows: &[CorrectedSettlement]) -> Result<Table, TableError> {
    let one_way = rows.windows(2).all(|pair| pair[0].sign == pair[1].sign);
    let mut table = Table::new("Реестр исправленных расчётов", columns(one_way))?;
    rows.iter().try_for_each(|row| table.push(cells(row)))?;
    Ok(table)
}

fn columns(one_way: bool) -> Vec<Column> {
    use ColumnKind::{Date, Money, Number, Text};
    let sum = |name: &str| {
        let column = Column::new(name, Money);
        if one_way {
            column
        } else {
            column.without_total()
        }
    };
    let mut columns = vec![
        Column::new("№", Number),
        Column::new("Лицевой счёт", Text),
        Column::new("Плательщик", Text),
        Column::new("Дата расчёта", Date),
        Column::new("Первичный документ", Text),
        Column::new("Признак расчёта (1054)", Text),
        Column::new("Форма оплаты", Text),
        sum("Сумма"),
        Column::new("Ставка НДС", Text),
        sum("НДС"),
        Column::new("СНО", Text),
    ];
    for document in [
        "Ошибочный документ",
        "Сторнирующий документ",
        "Правильный документ",
    ] {
        for part in ["ФН", "ФД", "ФПД"] {
            columns.push(Column::new(format!("{document}: {part}"), Text));
        }
        columns.push(Column::new(format!("{document}: дата"), Date));
    }
    columns.extend([
        Column::new("Код причины", Text),
        Column::new("Акт: номер", Text),
        Column::new("Акт: дата", Date),
        Column::new("Статус ОФД", Text),
    ]);
    columns
}

fn cells(row: &CorrectedSettlement) -> Vec<Cell> {
    let rates: Vec<String> = row.vat_codes.iter().map(ToString::to_string).collect();
    let mut cells = vec![
        Cell::Number(i64::from(row.number)),
        Cell::optional(row.account.as_ref()),
        Cell::optional(row.payer.as_deref().map(mask_name)),
        Cell::Date(row.date),
        Cell::text(&row.source),
        Cell::text(row.sign.title()),
        Cell::text(row.payment_kinds.join(", ")),
        Cell::Money(row.amount),
        Cell::text(rates.join(", ")),
        Cell::Money(row.vat),
        Cell::text(row.tax_system.title()),
    ];
    for document in [row.wrong, row.reversing, row.right] {
        cells.extend(document_cells(document));
    }
    let act = row.act.as_ref();
    cells.extend([
        Cell::text(&row.reason),
        Cell::optional(act.map(|act| &act.number)),
        act.map_or(Cell::Empty, |act| Cell::Date(act.date)),
        Cell::text(row.ofd.title()),
    ]);
    cells
}

fn document_cells(document: Option<FormedDocument>) -> [Cell; 4] {
    match document {
        None => [const { Cell::Empty }; 4],
        Some(document) => [
            Cell::text(document.drive),
            Cell::text(document.number),
            Cell::text(document.sign),
            Cell::Date(document.date),
        ],
    }
}
