//! Contracts over a month, as rows and as a table.

use journal::{ContractMonth, Listed};
use papers::{Cell, Column, ColumnKind, Table};
use terms::{LocalDate, Period, ServiceCode, named};

use crate::{Desk, DeskError};

/// How many contracts are read at once.
const PAGE: u32 = 500;

named! {
    /// The form of a table.
    TableForm("format") {
        /// Semicolons, decimal commas, UTF-8 with a mark: as Excel reads it here.
        Csv = "csv",
        /// Excel.
        Xlsx = "xlsx",
    }
}

impl TableForm {
    /// Its media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl Desk {
    /// Contracts that hold in a month with what they have come to in it, after the place `after`; at
    /// most `limit`. What belongs to the month was accepted on its days, as in statements.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn contract_months(
        &self,
        month: Period,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Listed<ContractMonth, i64>, DeskError> {
        let first = LocalDate::new(month.year(), month.month(), 1)?;
        let span = self.span(Some(first), Some(month.last_day()))?;
        self.read_aside(move |reader| reader.contract_months((month, span), after, limit))
            .await
    }

    /// The same of all contracts as a table.
    ///
    /// # Errors
    /// When the journal cannot be read, or there are more rows than a sheet has.
    pub async fn contract_table(
        &self,
        month: Period,
        form: TableForm,
    ) -> Result<Vec<u8>, DeskError> {
        let mut table = Table::new(format!("Договоры за {}", month.on_receipt()), columns())?;
        let mut after = None;
        loop {
            let Listed { rows, next } = self.contract_months(month, after, PAGE).await?;
            for row in rows {
                table.push(cells(row))?;
            }
            after = next;
            if after.is_none() {
                return self.written(&table, form);
            }
        }
    }

    /// A table as a file.
    pub(crate) fn written(&self, table: &Table, form: TableForm) -> Result<Vec<u8>, DeskError> {
        Ok(match form {
            TableForm::Csv => table.csv()?,
            TableForm::Xlsx => table.xlsx(self.clock().local())?,
        })
    }
}

fn columns() -> Vec<Column> {
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    let money = |name: &str| Column::new(name, ColumnKind::Money);
    vec![
        text("Лицевой счёт"),
        text("Договор"),
        Column::new("С", ColumnKind::Date),
        Column::new("По", ColumnKind::Date),
        text("Услуги"),
        text("Прайс-лист"),
        money("Долг на начало"),
        money("Начислено"),
        money("Зачтено авансов"),
        money("Оплачено долга"),
        money("Прочее"),
        money("Долг на конец"),
        money("Получено по чекам"),
        money("Возвращено по чекам"),
        Column::new("Чеков", ColumnKind::Number),
    ]
}

fn cells(month: ContractMonth) -> Vec<Cell> {
    let contract = month.contract;
    let services: Vec<&str> = contract.services.iter().map(ServiceCode::as_str).collect();
    vec![
        Cell::text(month.account),
        Cell::text(contract.number),
        Cell::Date(contract.from),
        contract.to.map_or(Cell::Empty, Cell::Date),
        Cell::text(services.join(" ")),
        Cell::optional(contract.price_list),
        Cell::Money(month.debt_start),
        Cell::Money(month.charged),
        Cell::Money(month.offset),
        Cell::Money(month.paid),
        Cell::Money(month.other),
        Cell::Money(month.debt_end),
        Cell::Money(month.received),
        Cell::Money(month.returned),
        Cell::Number(i64::try_from(month.receipts).unwrap_or(i64::MAX)),
    ]
}
