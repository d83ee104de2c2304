//! A reconciliation as a table for Excel.

use journal::{Listed, ReconciliationRow, ReconciliationRowsOf};
use papers::{Cell, Column, ColumnKind, Table};
use terms::Kopecks;

use super::{ReconcileError, ReconciliationView};
use crate::{Desk, DeskError, TableForm};

/// How many rows are read at once.
const PAGE: u32 = 1_000;

impl Desk {
    /// What a reconciliation has compared and what does not match, as one table: each comparison with
    /// both sides' totals, its rows below it.
    ///
    /// # Errors
    /// When there is none, the journal cannot be read, or the table cannot be written.
    pub fn reconciliation_table(&self, id: i64, form: TableForm) -> Result<Vec<u8>, DeskError> {
        let view = self.reconciliation(id)?;
        let refuse = |why: papers::TableError| ReconcileError::Table(why.to_string());
        let title = format!("Сверка {id}: {}…{}", view.head.from, view.head.to);
        let mut table = Table::new(title, columns()).map_err(refuse)?;
        for place in 0..view.results.len() {
            table.push(total(&view, place)?).map_err(refuse)?;
            let mut after = 0;
            loop {
                let of = ReconciliationRowsOf {
                    result: Some(view.results[place].result.place),
                    after,
                    limit: PAGE,
                    ..ReconciliationRowsOf::default()
                };
                let Listed { rows, next } = self.reconciliation_rows(id, &of)?;
                for row in &rows {
                    table
                        .push(line(&view.results[place].result.equation, row)?)
                        .map_err(refuse)?;
                }
                let Some(next) = next else { break };
                after = next;
            }
        }
        let bytes = match form {
            TableForm::Xlsx => table.xlsx(self.clock().local()),
            TableForm::Csv => table.csv(),
        };
        Ok(bytes.map_err(refuse)?)
    }
}

fn columns() -> Vec<Column> {
    use ColumnKind::{Money, Text};
    vec![
        Column::new("Равенство", Text),
        Column::new("Что сверяется или в чём расходится", Text),
        Column::new("Лицевой счёт", Text),
        Column::new("День", Text),
        Column::new("Источник", Text),
        Column::new("Номер", Text),
        Column::new("Слева", Money).without_total(),
        Column::new("Справа", Money).without_total(),
        Column::new("Разница", Money).without_total(),
        Column::new("Пояснение", Text),
    ]
}

fn total(view: &ReconciliationView, place: usize) -> Result<Vec<Cell>, DeskError> {
    let of = &view.results[place];
    let result = &of.result;
    let (left, right) = (
        Kopecks::new(result.left_sum)?,
        Kopecks::new(result.right_sum)?,
    );
    let [says, against] = of.sides;
    let verdict = match result.holds {
        true => "сходится".to_owned(),
        false => format!("НЕ СХОДИТСЯ, строк: {}", result.mismatches),
    };
    let counted = format!(
        "строк слева {}, справа {}",
        result.left_rows, result.right_rows
    );
    let left_out = match result.mismatches.saturating_sub(result.kept) {
        0 => String::new(),
        more => format!("; показаны не все, ещё {more}"),
    };
    Ok(vec![
        Cell::text(&result.equation),
        Cell::text(format!(
            "{}: {} — {}: {verdict}",
            of.title.0, says.0, against.0
        )),
        Cell::Empty,
        Cell::Empty,
        Cell::optional(Some(&result.object).filter(|object| !object.is_empty())),
        Cell::Empty,
        Cell::Money(left),
        Cell::Money(right),
        Cell::Money(left.sub(right)?),
        Cell::text(format!("{counted}{left_out}")),
    ])
}

fn line(equation: &str, row: &ReconciliationRow) -> Result<Vec<Cell>, DeskError> {
    let money = |sum: Option<i64>| -> Result<Cell, DeskError> {
        Ok(match sum {
            Some(sum) => Cell::Money(Kopecks::new(sum)?),
            None => Cell::Empty,
        })
    };
    let has_money = row.left_sum.is_some() || row.right_sum.is_some();
    let difference = row.left_sum.unwrap_or(0) - row.right_sum.unwrap_or(0);
    Ok(vec![
        Cell::text(equation),
        Cell::text(kind_ru(&row.kind)),
        Cell::text(&row.account),
        Cell::text(&row.day),
        Cell::text(&row.source),
        Cell::text(&row.reference),
        money(row.left_sum)?,
        money(row.right_sum)?,
        money(has_money.then_some(difference))?,
        Cell::text(&row.detail),
    ])
}

/// In what a row differs, in Russian.
fn kind_ru(kind: &str) -> &str {
    match kind {
        "left_only" => "есть только слева",
        "right_only" => "есть только справа",
        "sum" => "разная сумма",
        "service" => "разные услуги",
        "vat" => "разный НДС",
        "gap" => "пропуск номеров",
        "not_in_journal" => "нет в журнале",
        "not_in_archive" => "нет в архиве накопителя",
        "not_at_ofd" => "нет подтверждения ОФД",
        "repeated" => "номер повторяется",
        "sign" => "разные ФПД",
        "late" => "нет подтверждения ОФД в срок",
        "refused" => "отказ ОФД",
        "counter" => "счётчик отчёта",
        other => other,
    }
}
