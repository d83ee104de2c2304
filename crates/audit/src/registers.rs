//! A15, A16, A26: the tax office's indicators of risk, by register (order 88н of 06.06.2023).

use std::collections::VecDeque;

use terms::{LocalDate, Rnm};

use crate::{
    AuditError, Finding, Object, Result, RuleId, Severity, SilentRegisterLimits, Text, Thresholds,
    Value,
};

/// How many documents of settlements a register formed on a day.
#[derive(Clone, Copy, Debug)]
pub struct DayDocuments {
    /// The day.
    pub day: LocalDate,
    /// Receipts «income».
    pub income: u32,
    /// Receipts «return of income».
    pub returns: u32,
    /// Correction receipts.
    pub corrections: u32,
    /// All of them, and all others.
    pub all: u32,
}

/// A15 and A16: the share of returns and of corrections over a rolling window.
///
/// Feed the days of one register in order; in memory are those of the longer window.
#[derive(Debug)]
pub struct RegisterShares {
    register: Rnm,
    days: VecDeque<DayDocuments>,
}

impl RegisterShares {
    /// Begins with a register.
    pub const fn new(register: Rnm) -> Self {
        Self {
            register,
            days: VecDeque::new(),
        }
    }

    /// Takes the next day.
    ///
    /// # Errors
    /// When it is not later than the last one.
    pub fn see(&mut self, thresholds: &Thresholds, day: DayDocuments) -> Result<()> {
        if self.days.back().is_some_and(|last| last.day >= day.day) {
            return Err(AuditError::Unsorted {
                stream: "the days of a register",
                row: format!("{}: {}", self.register, day.day),
            });
        }
        self.days.push_back(day);
        let longest = thresholds.returns.days.max(thresholds.corrections.days);
        while self
            .days
            .front()
            .is_some_and(|first| !is_within(first.day, day.day, longest))
        {
            self.days.pop_front();
        }
        Ok(())
    }

    /// What the window that ends today says.
    pub fn look(&self, thresholds: &Thresholds, today: LocalDate) -> Vec<Finding> {
        let (returns, corrections) = (&thresholds.returns, &thresholds.corrections);
        let sum = |days: u32, count: fn(&DayDocuments) -> u32| -> u64 {
            let within = self
                .days
                .iter()
                .filter(|day| is_within(day.day, today, days));
            within.map(|day| u64::from(count(day))).sum()
        };
        let returned = Share {
            rule: RuleId::A15,
            name: ("Доля возвратов прихода", "The share of returns"),
            part: sum(returns.days, |day| day.returns),
            whole: sum(returns.days, |day| day.income),
            limits: (returns.days, returns.warn_pct, returns.official_pct),
        };
        let corrected = Share {
            rule: RuleId::A16,
            name: ("Доля чеков коррекции", "The share of corrections"),
            part: sum(corrections.days, |day| day.corrections),
            whole: sum(corrections.days, |day| day.all),
            limits: (
                corrections.days,
                corrections.warn_pct,
                corrections.official_pct,
            ),
        };
        [returned, corrected]
            .iter()
            .filter_map(|share| share.finding(self.register))
            .collect()
    }
}

/// Whether `day` is one of the `days` days that end with `last`.
fn is_within(day: LocalDate, last: LocalDate, days: u32) -> bool {
    let age = i64::from(last.days_since(day));
    (0..i64::from(days)).contains(&age)
}

struct Share {
    rule: RuleId,
    name: (&'static str, &'static str),
    part: u64,
    whole: u64,
    /// Days, percent of the warning, percent of the indicator.
    limits: (u32, u32, u32),
}

impl Share {
    fn finding(&self, register: Rnm) -> Option<Finding> {
        let (days, warn, official) = self.limits;
        let reaches =
            |pct: u32| u128::from(self.part) * 100 >= u128::from(self.whole) * u128::from(pct);
        if self.part == 0 || !reaches(warn) {
            return None;
        }
        let severity = if reaches(official) {
            Severity::High
        } else {
            Severity::Medium
        };
        let (part, whole) = (self.part, self.whole);
        let share = Value::share(part, whole);
        let what = Text::new(
            format!(
                "ККТ {register}: {} за {days} дней {share} ({part} к {whole}); с {official} % это \
                 индикатор риска.",
                self.name.0
            ),
            format!(
                "Register {register}: {} in {days} days is {share} ({part} to {whole}); from \
                 {official} % it is an official indicator of risk.",
                self.name.1
            ),
        );
        Some(
            Finding::new(self.rule, severity, Object::Register(register), what)
                .with("documents", part)
                .with("of", whole)
                .with("share", share),
        )
    }
}

/// A26: a registered register that forms no documents; `since` is the day of its last one, or of
/// its registration.
pub fn silent_register(
    limits: &SilentRegisterLimits,
    today: LocalDate,
    register: Rnm,
    since: LocalDate,
) -> Option<Finding> {
    let days = today.days_since(since);
    let severity = if days >= limits.official_days {
        Severity::High
    } else if days >= limits.warn_days {
        Severity::Medium
    } else {
        return None;
    };
    let official = limits.official_days;
    let what = Text::new(
        format!(
            "ККТ {register}: нет документов {days} дн., с {since}; {official} — индикатор риска."
        ),
        format!(
            "Register {register}: no documents for {days} days, since {since}; {official} are an \
             official indicator of risk."
        ),
    );
    let object = Object::Register(register);
    Some(
        Finding::new(RuleId::A26, severity, object, what)
            .with("days", days)
            .with("since", since),
    )
}
