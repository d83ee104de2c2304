//! The protocol of the audit as a table for people: what a commission signs.

use journal::Language;
use papers::{Cell, Column, ColumnKind, Table, TableError};

use super::{
    Golive, TestOutcome,
    check::{Check, Verdict},
    facts::{Balance, BalancesCompared},
    judge::written,
    programme::{Proof, Step, StepState},
};
use crate::{Clock, DeskError};

const RU: Language = Language::Ru;

/// All of it in one table: checks, steps, test receipts, differences of balances.
pub(super) fn protocol(golive: &Golive, clock: Clock) -> Result<Vec<u8>, DeskError> {
    let made = || -> Result<Vec<u8>, TableError> {
        let columns = [
            "Раздел",
            "Что",
            "Отвечает",
            "Итог",
            "Что видно",
            "Что делать",
            "Срок",
            "Кто отметил",
        ];
        let columns = columns.map(|name| Column::new(name, ColumnKind::Text));
        let moment = |ms: i64| {
            let minute = clock.local_at(ms).map(|minute| minute.to_string());
            minute.unwrap_or_default().replace('T', " ")
        };
        let title = format!("Протокол готовности {}", moment(golive.at));
        let mut table = Table::new(title.replace(':', "-"), columns.to_vec())?;
        for check in &golive.checks {
            table.push(check_row(check))?;
        }
        for step in &golive.steps {
            table.push(step_row(step, &moment))?;
        }
        for tried in &golive.receipts {
            let (verdict, found) = match &tried.outcome {
                TestOutcome::Formed(documents) => {
                    let lines = documents.iter().flat_map(|it| &it.lines);
                    let lines =
                        lines.map(|(name, method)| format!("{name} (1214={})", method.code()));
                    ("оформлен", lines.collect::<Vec<_>>().join("; "))
                }
                TestOutcome::NotNeeded(why) => ("чека нет", why.ru.clone()),
                TestOutcome::Failed(why) => ("стоп", why.clone()),
            };
            let what = format!("{}: {}", tried.kind.title().ru, tried.service);
            let about = tried
                .supplier
                .clone()
                .map(|it| format!(" (поставщик {it})"));
            let what = format!("{what}{}", about.unwrap_or_default());
            table.push(row(["Пробный чек", &what, "", verdict, &found, "", "", ""]))?;
        }
        if let Some(compared) = &golive.balances {
            differences(&mut table, compared)?;
        }
        table.xlsx(clock.local())
    };
    made().map_err(|error| DeskError::System(error.to_string()))
}

fn row(cells: [&str; 8]) -> Vec<Cell> {
    cells
        .into_iter()
        .map(|text| match text {
            "" => Cell::Empty,
            text => Cell::text(text),
        })
        .collect()
}

fn check_row(check: &Check) -> Vec<Cell> {
    let verdict = match check.verdict {
        Verdict::Ok => "порядок",
        Verdict::Warn => "внимание",
        Verdict::Stop => "стоп",
        Verdict::Unknown => "неизвестно",
    };
    row([
        "Проверка",
        check.id.title().of(RU),
        role(check.id.responsible()),
        verdict,
        check.found.of(RU),
        check.remedy.of(RU),
        "",
        "",
    ])
}

fn step_row(step: &Step, moment: &impl Fn(i64) -> String) -> Vec<Cell> {
    let state = match step.state {
        StepState::Done => "сделано",
        StepState::Open => "предстоит",
        StepState::Overdue => "просрочено",
    };
    let titles: Vec<String> = step.waits_for.iter().map(|id| id.title().ru).collect();
    let waits = match titles.is_empty() {
        true => String::new(),
        false => format!("не готово: {}", titles.join(", ")),
    };
    let said = match (&step.said, step.id.proof()) {
        (Some(said), _) => format!("{}, {} {}", said.by, moment(said.at), said.note),
        (None, Proof::Person) => String::new(),
        (None, _) => "программа".to_owned(),
    };
    let due = step.due.map(|due| written(due, RU)).unwrap_or_default();
    let section = step.id.phase().title().ru;
    row([
        &section,
        step.id.title().of(RU),
        role(step.id.responsible()),
        state,
        &waits,
        step.id.lead().of(RU),
        &due,
        said.trim(),
    ])
}

fn differences(table: &mut Table, compared: &BalancesCompared) -> Result<(), TableError> {
    let written = |balance: Option<Balance>| match balance {
        None => "нет счёта".to_owned(),
        Some(it) => format!(
            "долг {}, пени {}, аванс {}",
            it.debts, it.penalties, it.advances
        ),
    };
    for it in &compared.differences {
        let found = format!(
            "биллинг: {}; журнал: {}",
            written(it.file),
            written(it.journal)
        );
        let account = it.account.to_string();
        table.push(row([
            "Остаток",
            &account,
            "",
            "расходится",
            &found,
            "",
            "",
            "",
        ]))?;
    }
    Ok(())
}

/// What people call a role.
const fn role(role: journal::Role) -> &'static str {
    use journal::Role;
    match role {
        Role::Operator => "Оператор",
        Role::Accountant => "Бухгалтер",
        Role::ChiefAccountant => "Главный бухгалтер",
        Role::Technician => "Техник",
        Role::Admin => "Администратор",
    }
}
