//! What an agent pays on to suppliers, with the register that goes with it.

use cassette::Signed;
use journal::{
    NewPayouts, PayoutEnded, PayoutLineRow, PayoutRow, PayoutService, PayoutState, SupplierStanding,
};
use papers::{Cell, Column, ColumnKind, Table};
use terms::{Inn, Kopecks, LocalDate, Period};
use thiserror::Error;

use crate::{Desk, DeskError, TableForm};

/// The most lines of a register of documents.
pub const PAYOUT_LINES_MAX: u32 = 1_000_000;

/// An act on payouts that is not done; nothing has changed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PayoutError {
    /// There is no such payout.
    #[error("there is no payout {0}")]
    Unknown(i64),
    /// It is no draft any more.
    #[error("payout {id} is {state} already")]
    NoDraft {
        /// Which one.
        id: i64,
        /// Where it stands.
        state: PayoutState,
    },
    /// The month has not begun.
    #[error("{0} has not begun: nothing of it can be paid on")]
    NotBegun(Period),
}

/// A payout with what it has of each service.
#[derive(Clone, Debug)]
pub struct PayoutView {
    /// The payout.
    pub row: PayoutRow,
    /// Its services.
    pub services: Vec<PayoutService>,
}

impl Desk {
    /// Payouts, the newest first, before the payout `before`; at most `limit`.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions here.
    pub async fn payouts(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<PayoutRow>, DeskError> {
        self.read_aside(move |reader| reader.payouts(before, limit))
            .await
    }

    /// One payout.
    ///
    /// # Errors
    /// [`PayoutError::Unknown`]; see [`Desk::payouts`].
    pub async fn payout(&self, id: i64) -> Result<PayoutView, DeskError> {
        let found = self.read_aside(move |reader| reader.payout(id)).await?;
        let (row, services) = found.ok_or(PayoutError::Unknown(id))?;
        Ok(PayoutView { row, services })
    }

    /// What stands for each supplier, by ИНН.
    ///
    /// # Errors
    /// See [`Desk::payouts`].
    pub async fn supplier_standings(&self) -> Result<Vec<SupplierStanding>, DeskError> {
        self.read_aside(|reader| reader.supplier_standings()).await
    }

    /// Makes a draft for each supplier (or only for `supplier`) of everything that stands in
    /// documents formed up to the end of the month and confirmed by the ОФД, and that no payout has.
    /// The month may be the present one: what comes later goes into the next payout.
    /// A supplier to whom no more is owed than went back gets none.
    ///
    /// # Errors
    /// [`PayoutError::NotBegun`], [`DeskError::NotSigned`], or when the journal cannot store.
    pub async fn make_payouts(
        &self,
        period: Period,
        supplier: Option<Inn>,
        signed: Signed,
    ) -> Result<Vec<PayoutRow>, DeskError> {
        crate::orders::check_name(&signed.by)?;
        if period > self.clock().local().date().period() {
            return Err(PayoutError::NotBegun(period).into());
        }
        let new = NewPayouts {
            period,
            supplier,
            signed,
        };
        self.ask(|writer, reply| writer.make_payouts(new, reply))
            .await
    }

    /// A person agrees to a draft: it is paid out.
    ///
    /// # Errors
    /// [`PayoutError`], [`DeskError::NotSigned`], or when the journal cannot store.
    pub async fn agree_payout(&self, id: i64, signed: Signed) -> Result<PayoutRow, DeskError> {
        self.end_payout(id, true, signed).await
    }

    /// A draft is not paid out: its lines wait again.
    ///
    /// # Errors
    /// See [`Desk::agree_payout`].
    pub async fn drop_payout(&self, id: i64, signed: Signed) -> Result<PayoutRow, DeskError> {
        self.end_payout(id, false, signed).await
    }

    async fn end_payout(
        &self,
        id: i64,
        agree: bool,
        signed: Signed,
    ) -> Result<PayoutRow, DeskError> {
        crate::orders::check_signed(&signed)?;
        let ended = self.ask(|writer, reply| writer.end_payout(id, agree, signed, reply));
        let error = match ended.await? {
            PayoutEnded::Done(row) => return Ok(*row),
            PayoutEnded::Unknown => PayoutError::Unknown(id),
            PayoutEnded::NoDraft(row) => PayoutError::NoDraft {
                id,
                state: row.state,
            },
        };
        Err(error.into())
    }

    /// The register of a payout as a table: a row for each service, with the numbers of its
    /// documents.
    ///
    /// # Errors
    /// See [`Desk::payout`]; when a text is longer than a cell of Excel.
    pub async fn payout_register(&self, id: i64, form: TableForm) -> Result<Vec<u8>, DeskError> {
        let view = self.payout(id).await?;
        let lines = self.payout_lines(id).await?;
        let names = self.services().await?;
        let mut table = Table::new(title("Реестр перечисления", &view.row), service_columns())?;
        for service in &view.services {
            let named = names
                .iter()
                .find(|(code, _)| code.as_str() == service.service);
            let name = named.map_or(service.service.as_str(), |(_, it)| it.name.as_str());
            let of_service = lines.iter().filter(|line| line.service == service.service);
            table.push(vec![
                Cell::text(view.row.supplier),
                Cell::text(&view.row.name),
                Cell::text(name),
                Cell::Number(i64::try_from(service.receipts).unwrap_or(i64::MAX)),
                Cell::Money(service.income),
                Cell::Money(service.refunds),
                Cell::Money(service.income.sub(service.refunds)?),
                Cell::text(numbers(of_service)),
            ])?;
        }
        self.written(&table, form)
    }

    /// The documents of a payout as a table: a row for each line of a receipt.
    ///
    /// # Errors
    /// See [`Desk::payout`]; when there are more than [`PAYOUT_LINES_MAX`].
    pub async fn payout_documents(&self, id: i64, form: TableForm) -> Result<Vec<u8>, DeskError> {
        let view = self.payout(id).await?;
        let mut table = Table::new(title("Документы перечисления", &view.row), line_columns())?;
        for line in self.payout_lines(id).await? {
            let day = line.time.get(..10).and_then(|day| day.parse().ok());
            table.push(vec![
                Cell::text(view.row.supplier),
                Cell::text(line.service),
                Cell::optional(line.account),
                day.map_or(Cell::Empty, |day: LocalDate| Cell::Date(day)),
                Cell::text(line.drive),
                Cell::text(line.number),
                Cell::text(line.fiscal_sign),
                Cell::text(line.receipt),
                Cell::Money(line.amount),
            ])?;
        }
        self.written(&table, form)
    }

    async fn payout_lines(&self, id: i64) -> Result<Vec<PayoutLineRow>, DeskError> {
        self.read_aside(move |reader| reader.payout_lines(id, PAYOUT_LINES_MAX))
            .await
    }
}

fn title(what: &str, payout: &PayoutRow) -> String {
    let (id, period) = (payout.id, payout.period.on_receipt());
    format!("{what} {id} за {period}: {}", payout.name)
}

fn service_columns() -> Vec<Column> {
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    let money = |name: &str| Column::new(name, ColumnKind::Money);
    vec![
        text("ИНН поставщика"),
        text("Поставщик"),
        text("Услуга"),
        Column::new("Чеков", ColumnKind::Number),
        money("Получено"),
        money("Возвращено"),
        money("К перечислению"),
        text("Документы"),
    ]
}

fn line_columns() -> Vec<Column> {
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    vec![
        text("ИНН поставщика"),
        text("Услуга"),
        text("Лицевой счёт"),
        Column::new("Дата", ColumnKind::Date),
        text("ФН"),
        text("ФД"),
        text("ФПД"),
        text("Чек"),
        Column::new("Сумма", ColumnKind::Money),
    ]
}

/// The longest list of documents in one cell, characters: Excel takes 32 767.
const NUMBERS_MAX: usize = 30_000;

/// `ФН 9999…01: 5–7, 9; ФН 9999…02: 3`; what is too long for a cell is in the other table.
fn numbers<'a>(lines: impl Iterator<Item = &'a PayoutLineRow>) -> String {
    let mut drives: Vec<(&str, Vec<u32>)> = Vec::new();
    for line in lines {
        match drives.iter_mut().find(|(drive, _)| *drive == line.drive) {
            Some((_, numbers)) => numbers.push(line.number),
            None => drives.push((&line.drive, vec![line.number])),
        }
    }
    let mut told = Vec::new();
    for (drive, mut numbers) in drives {
        numbers.sort_unstable();
        numbers.dedup();
        let runs = numbers.chunk_by(|a, b| a + 1 == *b);
        let runs: Vec<String> = runs
            .map(|run| match run {
                [one] => one.to_string(),
                [first, .., last] => format!("{first}–{last}"),
                [] => String::new(),
            })
            .collect();
        told.push(format!("ФН {drive}: {}", runs.join(", ")));
    }
    let told = told.join("; ");
    match told.char_indices().nth(NUMBERS_MAX) {
        Some((end, _)) => format!("{}… (все: таблица документов)", &told[..end]),
        None => told,
    }
}

/// The sum of what is ready, over suppliers to whom something is owed.
///
/// # Errors
/// When it leaves the range of money.
pub fn ready_sum(standings: &[SupplierStanding]) -> terms::Result<Kopecks> {
    let owed = standings.iter().map(|it| it.ready);
    Kopecks::sum(owed.filter(|ready| ready.is_positive()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_in_a_row_are_told_as_a_run() {
        let line = |drive: &str, number| PayoutLineRow {
            receipt: terms::Id::since(1),
            account: None,
            service: String::new(),
            amount: Kopecks::ZERO,
            drive: drive.to_owned(),
            number,
            fiscal_sign: 0,
            time: String::new(),
        };
        let lines = [
            line("01", 7),
            line("02", 3),
            line("01", 5),
            line("01", 6),
            line("01", 9),
            line("01", 9),
        ];
        assert_eq!(numbers(lines.iter()), "ФН 01: 5–7, 9; ФН 02: 3");
    }
}
