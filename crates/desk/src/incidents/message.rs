//! What a notice says, in words and for programs.

use journal::{IncidentState, NoticeReason, NoticeRow};
use notify::{Item, Message};
use serde_json::{Value, json};

use super::view::{IncidentView, by, reason_words, severity_word};
use crate::{Language, rfc3339};

/// Whose cassette it is, and where the panel is found.
pub(super) struct Sender<'a> {
    pub(super) organisation: &'a str,
    pub(super) panel: Option<&'a str>,
}

/// The message of a notice; of its incidents, `incidents` are told one by one.
pub(super) fn message(
    notice: &NoticeRow,
    incidents: &[IncidentView],
    sender: &Sender<'_>,
    language: Language,
) -> Message {
    let rule = audit::Rule::of(notice.rule);
    let title = by(language, rule.title);
    let reason = reason_words(notice.reason, language);
    let severity = severity_word(notice.severity, language);
    let many = match notice.incidents {
        0 | 1 => String::new(),
        many => format!(" ({many})"),
    };
    let told = u64::try_from(incidents.len()).unwrap_or(u64::MAX);
    let left = notice.incidents.saturating_sub(told);
    let more = by(language, ("И ещё: {n}.", "And more: {n}."));
    let advice = by(language, ("Что делать", "What to do"));
    Message {
        id: format!("notice-{}-{}", notice.id, notice.since),
        language: language.code(),
        subject: match notice.reason {
            NoticeReason::Opened => format!("[Kassette] {severity}: {title}{many}"),
            _ => format!("[Kassette] {severity}: {reason}: {title}{many}"),
        },
        severity: notice.severity.name(),
        lead: format!("{reason}: {title}{many}."),
        items: incidents
            .iter()
            .map(|incident| item(incident, notice, sender, language))
            .collect(),
        more: (left > 0).then(|| more.replace("{n}", &left.to_string())),
        advice: (notice.reason != NoticeReason::Closed)
            .then(|| format!("{advice}: {}", by(language, rule.advice))),
        link: sender.panel.map(|panel| {
            let words = by(language, ("Все инциденты", "All incidents"));
            (words.to_owned(), format!("{panel}/incidents"))
        }),
        footer: footer(sender, Some(notice.rule.name()), language),
        data: data(notice, incidents),
    }
}

/// A message that tells of nothing, to try a channel.
pub(super) fn trial(name: &str, now: i64, sender: &Sender<'_>, language: Language) -> Message {
    let lead = by(
        language,
        (
            "Это проверка: канал «{name}» получает извещения Kassette.",
            "This is a trial: the channel «{name}» gets notices of Kassette.",
        ),
    );
    Message {
        id: format!("trial-{now}"),
        language: language.code(),
        subject: by(
            language,
            (
                "[Kassette] Проверка канала извещений",
                "[Kassette] Trial of a channel",
            ),
        )
        .to_owned(),
        severity: "info",
        lead: lead.replace("{name}", name),
        items: Vec::new(),
        more: None,
        advice: None,
        link: sender.panel.map(|panel| {
            let words = by(language, ("Все инциденты", "All incidents"));
            (words.to_owned(), format!("{panel}/incidents"))
        }),
        footer: footer(sender, None, language),
        data: json!({
            "type": "incident.trial",
            "timestamp": rfc3339(now),
            "data": { "channel": name },
        }),
    }
}

fn item(
    incident: &IncidentView,
    notice: &NoticeRow,
    sender: &Sender<'_>,
    language: Language,
) -> Item {
    let is_over = incident.row.state == IncidentState::Resolved;
    // It may have ended while the notice was gathered.
    let over = match is_over && notice.reason != NoticeReason::Closed {
        true => by(language, (" Уже устранено.", " It is over already.")),
        false => "",
    };
    Item {
        title: incident.about(language),
        text: format!("{}{over}", incident.what(language)),
        link: sender
            .panel
            .map(|panel| format!("{panel}/incidents/{}", incident.row.id)),
    }
}

fn footer(sender: &Sender<'_>, rule: Option<&str>, language: Language) -> String {
    let tells = by(language, ("Сообщает Kassette", "Told by Kassette"));
    let by_rule = rule.map(|rule| {
        let word = by(language, ("правило", "rule"));
        format!(" ({word} {rule})")
    });
    format!(
        "{tells}: {}{}",
        sender.organisation,
        by_rule.unwrap_or_default()
    )
}

fn data(notice: &NoticeRow, incidents: &[IncidentView]) -> Value {
    let rule = audit::Rule::of(notice.rule);
    let incidents: Vec<Value> = incidents
        .iter()
        .map(|incident| {
            let row = &incident.row;
            json!({
                "id": row.id.to_string(),
                "key": row.key.as_str(),
                "object": row.object,
                "account": row.account.as_ref().map(ToString::to_string),
                "severity": row.severity.name(),
                "state": row.state.name(),
                "opened_at": rfc3339(row.opened_at),
                "what_ru": row.found.ru,
                "what_en": row.found.en,
            })
        })
        .collect();
    json!({
        "type": "incident.notice",
        "timestamp": rfc3339(notice.since),
        "data": {
            "notice": notice.id.to_string(),
            "reason": notice.reason.name(),
            "severity": notice.severity.name(),
            "rule": notice.rule.name(),
            "title_ru": rule.title.0,
            "title_en": rule.title.1,
            "advice_ru": rule.advice.0,
            "advice_en": rule.advice.1,
            "count": notice.incidents,
            "incidents": incidents,
        },
    })
}
