//! Incidents in words.

use audit::{Equation, Object, Rule, Severity};
use journal::{IncidentEventRow, IncidentRow, NoticeReason, NoticeRow};

use crate::Language;

/// An incident as it stands.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// What the journal knows; moments are milliseconds since 1970.
    pub row: IncidentRow,
    /// What it is about; none when a newer program has written it.
    pub object: Option<Object>,
}

/// An incident with all that has happened to it.
#[derive(Clone, Debug)]
pub struct IncidentHistory {
    /// The incident.
    pub incident: IncidentView,
    /// What has happened to it, in order.
    pub events: Vec<IncidentEventRow>,
    /// Who was told of it, or is to be.
    pub notices: Vec<NoticeRow>,
}

/// A channel as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelView {
    /// Its name.
    pub name: String,
    /// `email`, `webhook`, `messenger`; none: the configuration does not name it any more.
    pub kind: Option<&'static str>,
    /// Where it goes, as far as it may be shown; empty when it is not known any more.
    pub to: String,
    /// Notices that wait.
    pub waiting: u64,
    /// Notices that were given up.
    pub dead: u64,
}

/// What came of a notice that was sent to try a channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelTried {
    /// Whether it was taken.
    pub is_taken: bool,
    /// What the other side said, or why it could not be asked.
    pub answer: String,
}

impl IncidentView {
    pub(super) fn of(row: IncidentRow) -> Self {
        Self {
            object: Object::from_stored(&row.object),
            row,
        }
    }

    /// What the rule finds.
    pub fn title(&self, language: Language) -> &'static str {
        by(language, Rule::of(self.row.rule).title)
    }

    /// What to do about it.
    pub fn advice(&self, language: Language) -> &'static str {
        by(language, Rule::of(self.row.rule).advice)
    }

    /// What was found, with its numbers in words.
    pub fn what(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.row.found.ru,
            Language::En => &self.row.found.en,
        }
    }

    /// What it is about, in words.
    pub fn about(&self, language: Language) -> String {
        match &self.object {
            Some(object) => object_words(object, language),
            None => self.row.object.clone(),
        }
    }
}

/// The severity in a word.
pub(super) const fn severity_word(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Info, Language::Ru) => "К сведению",
        (Severity::Info, Language::En) => "To be known",
        (Severity::Medium, Language::Ru) => "Внимание",
        (Severity::Medium, Language::En) => "Attention",
        (Severity::High, Language::Ru) => "Важно",
        (Severity::High, Language::En) => "Important",
        (Severity::Critical, Language::Ru) => "Критично",
        (Severity::Critical, Language::En) => "Critical",
    }
}

/// Why something is told, in a few words.
pub(super) const fn reason_words(reason: NoticeReason, language: Language) -> &'static str {
    match (reason, language) {
        (NoticeReason::Opened, Language::Ru) => "Обнаружено",
        (NoticeReason::Opened, Language::En) => "Found",
        (NoticeReason::Worsened, Language::Ru) => "Стало хуже",
        (NoticeReason::Worsened, Language::En) => "It has grown worse",
        (NoticeReason::Repeated, Language::Ru) => "Всё ещё не устранено",
        (NoticeReason::Repeated, Language::En) => "It still lasts",
        (NoticeReason::Escalated, Language::Ru) => "Никто не взялся",
        (NoticeReason::Escalated, Language::En) => "Nobody has taken it on",
        (NoticeReason::Closed, Language::Ru) => "Устранено",
        (NoticeReason::Closed, Language::En) => "It is over",
    }
}

pub(super) const fn by(language: Language, (ru, en): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

fn object_words(object: &Object, language: Language) -> String {
    let is_ru = language == Language::Ru;
    let word = |ru: &'static str, en: &'static str| by(language, (ru, en));
    let period = |period: &terms::Period| match language {
        Language::Ru => format!("{:02}.{}", period.month(), period.year()),
        Language::En => period.to_string(),
    };
    let account = word("Лицевой счёт", "Account");
    match object {
        Object::Portfolio => word("Все лицевые счета", "All accounts").to_owned(),
        Object::Account(number) => format!("{account} {number}"),
        Object::Charge(number, service, month) => {
            let charge = word("начисление за", "the charge for");
            let service = service.as_ref().map(|code| format!(" ({code})"));
            let service = service.unwrap_or_default();
            format!("{account} {number}, {charge} {}{service}", period(month))
        }
        Object::Entry(number, entry) => {
            format!("{account} {number}, {} {entry}", word("запись", "entry"))
        }
        Object::Money(reference) => format!("{} {reference}", word("Платёж", "Payment")),
        Object::Drive(drive) => format!("{} {drive}", word("Накопитель", "Drive")),
        Object::Document(drive, number) => {
            format!("{} {drive}, ФД {number}", word("Накопитель", "Drive"))
        }
        Object::Register(rnm) => format!("{} {rnm}", word("Касса с РНМ", "Register with РНМ")),
        Object::Source(source) => format!("{} «{source}»", word("Источник", "Source")),
        Object::Period(month) => period(month),
        Object::Day(day) if is_ru => {
            format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
        }
        Object::Day(day) => day.to_string(),
        Object::Equation(id, of) => {
            let title = by(language, Equation::of(*id).title);
            format!("{} {id} «{title}», {of}", word("Сверка", "Reconciliation"))
        }
    }
}
