//! The month's report on the service level, for people: a page to print and a workbook.

use audit::{Gap, GapCause, TargetOf};
use cassette::Class;
use papers::{Cell, Column, ColumnKind, Report, ReportPart, Table, TableError};
use terms::{Period, named};

use super::{Figures, HourLevel, MissedBy, ServiceLevelView, TargetView};
use crate::{Clock, Desk, DeskError, ExportError};

named! {
    /// How the report is written.
    ReportForm("form of the report") {
        /// A page to print.
        Html = "html",
        /// A workbook.
        Xlsx = "xlsx",
    }
}

impl ReportForm {
    /// The content type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Xlsx => crate::ExportFormat::Xlsx.media(),
        }
    }
}

impl Desk {
    /// The service level of a month, as far as it has gone by.
    ///
    /// # Errors
    /// See [`Desk::service_level`].
    pub async fn month_level(&self, month: Period) -> Result<ServiceLevelView, DeskError> {
        let last = month.last_day();
        let first = last.plus_days(1 - i32::from(last.day()))?;
        self.service_level(first, last).await
    }

    /// The report on a month's service level, in Russian.
    ///
    /// # Errors
    /// See [`Desk::service_level`].
    pub async fn level_report(
        &self,
        month: Period,
        form: ReportForm,
    ) -> Result<Vec<u8>, DeskError> {
        let level = self.month_level(month).await?;
        let report = report(&level, &self.setup().organisation.name, self.clock());
        let report = report.map_err(ExportError::from)?;
        match form {
            ReportForm::Html => Ok(report.html().into_bytes()),
            // The last minute of the month, so that the same month gives the same bytes.
            ReportForm::Xlsx => Ok(report
                .xlsx(level.to.at(23, 59)?)
                .map_err(ExportError::from)?),
        }
    }
}

fn report(
    level: &ServiceLevelView,
    organisation: &str,
    clock: Clock,
) -> Result<Report, TableError> {
    let missed = level
        .targets
        .iter()
        .filter(|target| target.verdict.is_kept() == Some(false))
        .count();
    let verdict = match (level.targets.is_empty(), missed) {
        (true, _) => {
            "Обязательства не заданы: раздел [service_level] конфигурации пуст.".to_owned()
        }
        (false, 0) => "Все измеренные обязательства выполнены.".to_owned(),
        (false, count) => format!("Не выполнено обязательств: {count}. Причины названы ниже."),
    };
    let (from, to) = (level.from, level.to);
    let mut parts = vec![targets(level, clock)?, classes(level)?, gaps(level, clock)?];
    parts.push(incidents(level));
    parts.push(days(level)?);
    Ok(Report {
        title: format!("Уровень обслуживания, {}", from.period().on_receipt()),
        lead: vec![
            organisation.to_owned(),
            format!("Дни с {from} по {to}, время места расчётов."),
            verdict,
        ],
        parts,
    })
}

fn targets(level: &ServiceLevelView, clock: Clock) -> Result<ReportPart, TableError> {
    use ColumnKind::Text;
    let columns = ["Обязательство", "Обещано", "Измерено", "Итог"];
    let columns = columns.map(|name| Column::new(name, Text));
    let mut table = Table::new("Обязательства", columns.to_vec())?;
    let mut texts = vec![
        "Измеряется время одиночных оплат и возвратов: реестры банков, начисления месяца и \
         исправления идут с той скоростью, какую дают накопители."
            .to_owned(),
    ];
    for target in &level.targets {
        let verdict = target.verdict;
        let said = |value| measured(verdict.of, value);
        table.push(vec![
            Cell::text(name(verdict.of)),
            Cell::text(said(verdict.wanted)),
            Cell::text(
                verdict
                    .measured
                    .map_or_else(|| "не измерялось".to_owned(), said),
            ),
            Cell::text(match verdict.is_kept() {
                None => "—",
                Some(true) => "выполнено",
                Some(false) => "не выполнено",
            }),
        ])?;
        texts.extend(reasons(target, clock));
    }
    Ok(ReportPart {
        heading: "Обязательства".to_owned(),
        texts,
        table: Some(table),
    })
}

/// Why a target was missed, a sentence each.
fn reasons(target: &TargetView, clock: Clock) -> Vec<String> {
    let name = name(target.verdict.of);
    let mut texts: Vec<String> = target
        .why
        .iter()
        .map(|why| match why {
            MissedBy::Gap(gap) => format!("{name}: {}", said(gap, clock)),
            MissedBy::Slow {
                from_ms,
                p95_ms,
                receipts,
                gap,
            } => {
                let because = gap.map_or_else(String::new, |cause| {
                    format!("; перед тем чеки не оформлялись: {}", because(cause))
                });
                let (at, took) = (moment(*from_ms, clock), seconds(*p95_ms));
                format!("{name}: в час с {at} 95 из 100 ждали до {took}, чеков {receipts}{because}")
            }
        })
        .collect();
    let left = target.reasons - target.why.len();
    if left > 0 {
        texts.push(format!("{name}: и ещё причин того же рода: {left}"));
    }
    texts
}

fn classes(level: &ServiceLevelView) -> Result<ReportPart, TableError> {
    let mut columns = vec![Column::new("Чеки", ColumnKind::Text)];
    columns.extend(figure_columns());
    let mut table = Table::new("Виды чеков", columns)?;
    for class in &level.classes {
        let mut row = vec![Cell::text(match class.class {
            Class::Payment => "одиночные оплаты и возвраты",
            Class::Registry => "оплаты из реестров",
            Class::Charge => "начисления",
            Class::Correction => "исправления",
        })];
        row.extend(figure_cells(&class.fiscalized, &class.acknowledged));
        table.push(row)?;
    }
    let waits = level.unformed;
    Ok(ReportPart {
        heading: "Время от приёма до оформления и до подтверждения ОФД".to_owned(),
        texts: vec![
            "Время в миллисекундах: половина, 95 и 99 из 100 чеков ждали не дольше. Названо время с \
             запасом до 1/16."
                .to_owned(),
            format!("Ждут оформления сейчас: {}.", waits.receipts),
        ],
        table: Some(table),
    })
}

fn gaps(level: &ServiceLevelView, clock: Clock) -> Result<ReportPart, TableError> {
    use ColumnKind::{Number, Text};
    let columns = vec![
        Column::new("С", Text),
        Column::new("По", Text),
        Column::new("Секунд", Number),
        Column::new("Причина", Text),
    ];
    let mut table = Table::new("Перерывы", columns)?;
    let availability = &level.availability;
    for gap in &availability.gaps {
        table.push(vec![
            Cell::text(moment(gap.from, clock)),
            Cell::text(moment(gap.to, clock)),
            Cell::Number(gap.ms() / 1_000),
            Cell::text(cut(explained(gap))),
        ])?;
    }
    let share = availability.share_ppm();
    let share = share.map_or_else(
        || "За это время программа не запускалась.".to_owned(),
        |share| {
            format!(
                "Хотя бы одно гнездо могло оформлять {} времени. Перезапусков {}, из них аварийных {}.",
                measured(TargetOf::Availability, share.into()),
                availability.restarts + availability.crashes,
                availability.crashes
            )
        },
    );
    Ok(ReportPart {
        heading: "Когда чеки не могли оформляться".to_owned(),
        texts: vec![share],
        table: Some(table),
    })
}

fn incidents(level: &ServiceLevelView) -> ReportPart {
    let of = &level.incidents;
    let took = |figures: &Figures| figures.p95_ms.map_or_else(|| "—".to_owned(), seconds);
    ReportPart {
        heading: "Инциденты".to_owned(),
        texts: vec![
            format!(
                "Открыто {}; никто не взял в работу {}, не устранено {}.",
                of.opened, of.untaken, of.lasting
            ),
            format!(
                "95 из 100 взяты в работу за {}, устранены за {}. Тот, что ещё длится, считается по \
                 сегодняшний день.",
                took(&of.taken),
                took(&of.resolved)
            ),
        ],
        table: None,
    }
}

fn days(level: &ServiceLevelView) -> Result<ReportPart, TableError> {
    let mut columns = vec![Column::new("День", ColumnKind::Date)];
    columns.extend(figure_columns());
    columns.push(Column::new("Перерывы, с", ColumnKind::Number));
    let mut table = Table::new("Дни", columns)?;
    for (day, of) in &level.days {
        let HourLevel {
            fiscalized,
            acknowledged,
            unable_ms,
            ..
        } = of;
        let mut row = vec![Cell::Date(*day)];
        row.extend(figure_cells(fiscalized, acknowledged));
        row.push(Cell::Number(unable_ms / 1_000));
        table.push(row)?;
    }
    Ok(ReportPart {
        heading: "По дням: одиночные оплаты и возвраты".to_owned(),
        texts: Vec::new(),
        table: Some(table),
    })
}

fn figure_columns() -> impl Iterator<Item = Column> {
    let of = |what: &'static str| {
        ["чеков", "50 %, мс", "95 %, мс", "99 %, мс"]
            .into_iter()
            .map(move |figure| Column::new(format!("{what}: {figure}"), ColumnKind::Number))
    };
    of("Оформлено").chain(of("Подтверждено"))
}

fn figure_cells(fiscalized: &Figures, acknowledged: &Figures) -> Vec<Cell> {
    let number = |value: u64| Cell::Number(i64::try_from(value).unwrap_or(i64::MAX));
    let mut cells = Vec::new();
    for of in [fiscalized, acknowledged] {
        cells.push(number(of.count));
        let times = [of.p50_ms, of.p95_ms, of.p99_ms];
        cells.extend(times.map(|time| time.map_or(Cell::Empty, number)));
    }
    cells
}

fn name(of: TargetOf) -> &'static str {
    match of {
        TargetOf::Fiscalized => "Оформление 95 из 100 оплат",
        TargetOf::Acknowledged => "Подтверждение ОФД 95 из 100 оплат",
        TargetOf::Availability => "Доступность оформления",
        TargetOf::IncidentTaken => "Инцидент взят в работу, 95 из 100",
        TargetOf::IncidentResolved => "Инцидент устранён, 95 из 100",
    }
}

fn measured(of: TargetOf, value: u64) -> String {
    match of {
        TargetOf::Availability => {
            format!("{},{:04} %", value / 10_000, value % 10_000)
        }
        _ => seconds(value),
    }
}

fn seconds(ms: u64) -> String {
    match ms {
        0..=59_999 => format!("{},{:03} с", ms / 1_000, ms % 1_000),
        _ => {
            let seconds = ms / 1_000;
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            format!("{hours} ч {minutes:02} мин {:02} с", seconds % 60)
        }
    }
}

fn moment(ms: i64, clock: Clock) -> String {
    clock.local_at(ms).map_or_else(String::new, |minute| {
        let (date, hour) = (minute.date(), minute.hour());
        let (day, month) = (date.day(), date.month());
        format!(
            "{day:02}.{month:02}.{} {hour:02}:{:02}",
            date.year(),
            minute.minute()
        )
    })
}

fn because(cause: GapCause) -> &'static str {
    match cause {
        GapCause::NoSlot => "ни одно гнездо не могло оформлять",
        GapCause::Starting => "программа начинала работу впервые",
        GapCause::Restart => "программу остановили и запустили снова",
        GapCause::Crash => "программа остановилась не по команде",
    }
}

fn said(gap: &Gap, clock: Clock) -> String {
    let (from, to) = (moment(gap.from, clock), moment(gap.to, clock));
    let lasted = seconds(gap.ms().unsigned_abs());
    format!("с {from} по {to}, {lasted}: {}", explained(gap))
}

fn explained(gap: &Gap) -> String {
    let slots: Vec<String> = gap
        .slots
        .iter()
        .map(|(slot, state, reason)| match reason.is_empty() {
            true => format!("гнездо {slot} {state}"),
            false => format!("гнездо {slot} {state}: {reason}"),
        })
        .collect();
    match slots.is_empty() {
        true => because(gap.cause).to_owned(),
        false => format!("{} ({})", because(gap.cause), slots.join("; ")),
    }
}

/// What a cell can hold of a text.
fn cut(text: String) -> String {
    const KEPT: usize = 2_000;
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
