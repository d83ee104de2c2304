//! What the rules have found: the list, and one with what can be done about it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use desk::{
    ChannelView, IncidentActError, IncidentHistory, IncidentState, IncidentView, IncidentWhat,
    IncidentsOf, Language, Listed, NoticeState, NoticeView, Order, Page as ListPage, Right,
    found::{Object, RULES, RuleId, Severity, Sum, Value},
};
use terms::LocalDate;

use super::cassette::signed;
use crate::{
    address::{self, Asked, query},
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::{Text, by_language},
    texts::{IncidentsTexts, WordsTexts, number_label},
    typed,
    visit::Member,
};

/// Incidents on a page.
const ROWS: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/incidents", get(list))
        .route("/incidents/{id}", get(show))
        .route("/incidents/{id}/acknowledge", post(acknowledge))
        .route("/incidents/{id}/mute", post(mute))
        .route("/incidents/{id}/unmute", post(unmute))
        .route("/incidents/{id}/resolve", post(resolve))
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct ListOf {
    frame: Frame,
    t: &'static IncidentsTexts,
    words: &'static WordsTexts,
    asked: Asked,
    /// Path, label, and whether one is there.
    states: Vec<(String, Text, bool)>,
    severities: [(&'static str, Text); 4],
    rules: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
    channels: Vec<String>,
}

struct Row {
    id: i64,
    severity: Text,
    mood: &'static str,
    title: &'static str,
    about: String,
    what: String,
    since: String,
    state: Text,
    who: Option<String>,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct OnePage {
    frame: Frame,
    t: &'static IncidentsTexts,
    form: Form,
    id: i64,
    severity: Text,
    mood: &'static str,
    state: Text,
    what: String,
    advice: &'static str,
    facts: Vec<(Text, String)>,
    numbers: Vec<(String, String)>,
    links: Vec<(String, Text)>,
    history: Vec<(String, String)>,
    told: Vec<(String, String)>,
    is_over: bool,
    is_muted: bool,
    is_taken: bool,
    may_attend: bool,
}

impl IncidentsTexts {
    const fn severity_of(&self, severity: Severity) -> (Text, &'static str) {
        match severity {
            Severity::Info => (self.info, "plain"),
            Severity::Medium => (self.medium, "warn"),
            Severity::High => (self.high, "warn"),
            Severity::Critical => (self.critical, "bad"),
        }
    }

    const fn state_of(&self, state: IncidentState) -> Text {
        match state {
            IncidentState::Open => self.state_open,
            IncidentState::Acknowledged => self.state_acknowledged,
            IncidentState::Muted => self.state_muted,
            IncidentState::Resolved => self.state_resolved,
        }
    }

    const fn happened(&self, what: IncidentWhat) -> Text {
        match what {
            IncidentWhat::Opened => self.happened_opened,
            IncidentWhat::Worsened => self.happened_worsened,
            IncidentWhat::Eased => self.happened_eased,
            IncidentWhat::Acknowledged => self.happened_acknowledged,
            IncidentWhat::Muted => self.happened_muted,
            IncidentWhat::Unmuted => self.happened_unmuted,
            IncidentWhat::Resolved => self.happened_resolved,
        }
    }

    const fn notice_state(&self, state: NoticeState) -> Text {
        match state {
            NoticeState::Gathering => self.notice_gathering,
            NoticeState::Waiting => self.notice_waiting,
            NoticeState::Told => self.notice_told,
            NoticeState::Dead => self.notice_dead,
        }
    }
}

impl Row {
    fn of(view: &IncidentView, t: &IncidentsTexts, speech: Speech) -> Self {
        let language = speech.language;
        let (severity, mood) = t.severity_of(view.row.severity);
        Self {
            id: view.row.id,
            severity,
            mood,
            title: view.title(language),
            about: view.about(language),
            what: view.what(language).to_owned(),
            since: speech.moment(&view.row.opened_at),
            state: t.state_of(view.row.state),
            who: view.row.acknowledged.as_ref().map(|(who, _)| who.clone()),
        }
    }
}

async fn list(member: Member, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let t = IncidentsTexts::of(member.language);
    let words = WordsTexts::of(member.language);
    let speech = member.speech();
    let after: Option<i64> = asked.read("after", |id| id.parse().ok(), words.nothing_found);
    let of = wanted(&mut asked, words);
    let page = ListPage {
        after,
        order: Order::Descending,
        limit: ROWS,
    };
    let Listed { rows, next } = match asked.is_fine() {
        true => {
            let desk = member.desk.clone();
            let found = tokio::task::spawn_blocking(move || desk.incidents(&of, &page));
            found.await.map_err(|_| desk::DeskError::Stopping)??
        }
        false => Listed {
            rows: Vec::new(),
            next: None,
        },
    };
    let channels = member.desk.notice_channels()?;
    let troubled = channels.iter().filter(|channel| channel.dead > 0);
    render(&ListOf {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Incidents, t.title)
        },
        states: states(t, asked.text("state")),
        severities: Severity::ALL.map(|it| (it.name(), t.severity_of(it).0)),
        rules: RULES
            .iter()
            .map(|rule| rule_label(rule, member.language))
            .collect(),
        rows: rows.iter().map(|view| Row::of(view, t, speech)).collect(),
        next: next.map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
        channels: troubled.map(|channel| channel_says(channel, t)).collect(),
        t,
        words,
        asked,
    })
}

fn rule_label(rule: &desk::found::Rule, language: Language) -> (&'static str, String) {
    let title = by_language(language, rule.title.0, rule.title.1);
    (rule.id.name(), format!("{} {title}", rule.id))
}

fn channel_says(channel: &ChannelView, t: &IncidentsTexts) -> String {
    let text = t.channel_says.with("name", &channel.name);
    let text = text.with("waiting", channel.waiting);
    text.with("dead", channel.dead).into()
}

fn states(t: &IncidentsTexts, here: &str) -> Vec<(String, Text, bool)> {
    let all = [
        ("", t.lasting),
        ("open", t.open),
        ("acknowledged", t.acknowledged),
        ("muted", t.muted),
        ("resolved", t.resolved),
        ("all", t.all),
    ];
    let tab = |(name, label): (&str, Text)| {
        let path = match name {
            "" => "/incidents".to_owned(),
            name => query("/incidents", [("state", name)]),
        };
        (path, label, name == here)
    };
    all.into_iter().map(tab).collect()
}

fn wanted(asked: &mut Asked, words: &WordsTexts) -> IncidentsOf {
    let state = asked.text("state").to_owned();
    IncidentsOf {
        lasting: state.is_empty(),
        state: state.parse().ok(),
        severity: asked.read("severity", Severity::from_name, words.nothing_found),
        severity_from: None,
        rule: asked.read("rule", RuleId::from_name, words.nothing_found),
        account: asked.read("account", |it| it.parse().ok(), words.bad_account),
        text: Some(asked.text("text").to_owned()).filter(|text| !text.is_empty()),
    }
}

impl OnePage {
    fn of(member: &Member, found: &IncidentHistory, form: Form) -> Self {
        let (t, speech) = (IncidentsTexts::of(member.language), member.speech());
        let language = member.language;
        let (view, row) = (&found.incident, &found.incident.row);
        let (severity, mood) = t.severity_of(row.severity);
        let history = found.events.iter().map(|event| {
            let by = event.by.as_deref().unwrap_or(t.by_itself.0);
            let until = event.until.map(|until| {
                let when = speech.moment(&until);
                format!(". {}", t.muted_until.with("when", when))
            });
            let why = event.why.as_ref().map(|why| format!(". {why}"));
            let what = format!(
                "{} ({by}){}{}",
                t.happened(event.what),
                until.unwrap_or_default(),
                why.unwrap_or_default()
            );
            (speech.moment(&event.at), what)
        });
        let numbers = row.found.numbers.iter();
        Self {
            frame: Frame {
                scripts: vec!["live.js"],
                ..member.frame(Place::Incidents, view.title(language))
            },
            form,
            id: row.id,
            severity,
            mood,
            state: t.state_of(row.state),
            what: view.what(language).to_owned(),
            advice: view.advice(language),
            facts: facts(view, t, speech),
            numbers: numbers
                .map(|(name, number)| (number_label(name, language), value(number, t, speech)))
                .collect(),
            links: links(view, t),
            history: history.collect(),
            told: found
                .notices
                .iter()
                .map(|notice| told(notice, t, speech))
                .collect(),
            is_over: row.state == IncidentState::Resolved,
            is_muted: row.muted_until.is_some(),
            is_taken: row.acknowledged.is_some(),
            may_attend: member.session().may(Right::Attend),
            t,
        }
    }
}

fn facts(view: &IncidentView, t: &IncidentsTexts, speech: Speech) -> Vec<(Text, String)> {
    let row = &view.row;
    let mut facts = vec![
        (t.about, view.about(speech.language)),
        (
            t.rule,
            format!("{} {}", row.rule, view.title(speech.language)),
        ),
        (t.since, speech.moment(&row.opened_at)),
        (t.seen, speech.moment(&row.seen_at)),
    ];
    if let Some((who, at)) = &row.acknowledged {
        let text = t.acknowledged_by.with("who", who);
        facts.push((t.state, text.with("when", speech.moment(at)).into()));
    }
    if let Some(until) = &row.muted_until {
        let text = t.muted_until.with("when", speech.moment(until));
        facts.push((t.state, text.into()));
    }
    if let Some(at) = &row.closed_at {
        facts.push((t.resolved, speech.moment(at)));
    }
    facts
}

fn told(notice: &NoticeView, t: &IncidentsTexts, speech: Speech) -> (String, String) {
    let at = match &notice.last {
        Some((at, _)) => *at,
        None => notice.due_at,
    };
    let answer = notice
        .last
        .as_ref()
        .map(|(_, answer)| format!(". {answer}"));
    let what = format!(
        "{}: {}, {}{}",
        notice.channel,
        t.notice_state(notice.state),
        t.attempts.count(notice.attempts.into()),
        answer.unwrap_or_default()
    );
    (speech.moment(&at), what)
}

fn value(value: &Value, t: &IncidentsTexts, speech: Speech) -> String {
    match value {
        Value::Money(Sum(kopecks)) => {
            let sum = i64::try_from(*kopecks).ok();
            let sum = sum.and_then(|kopecks| terms::Kopecks::new(kopecks).ok());
            // One that is beyond every sum is written plainly.
            sum.map_or_else(|| value.to_string(), |sum| speech.money(sum))
        }
        Value::Count(count) => count.to_string(),
        Value::Share(_) => {
            let point = by_language(speech.language, ",", ".");
            value.to_string().replace('.', point)
        }
        Value::Date(day) => speech.date(day),
        Value::Moment(minute) => speech.time(minute),
        Value::Period(period) => period.to_string(),
        Value::Flag(flag) => if *flag { t.yes } else { t.no }.into(),
        Value::Words(words) => words.clone(),
    }
}

/// Where one goes on from here.
fn links(view: &IncidentView, t: &IncidentsTexts) -> Vec<(String, Text)> {
    let mut links = Vec::new();
    if let Some(account) = &view.row.account {
        let number = account.as_str();
        links.push((address::account(number), t.open_account));
        links.push((query("/receipts", [("account", number)]), t.open_receipts));
    }
    match &view.object {
        Some(Object::Drive(_) | Object::Register(_)) => {
            links.push(("/cassette".to_owned(), t.open_rack));
        }
        Some(Object::Document(drive, number)) => {
            let number = number.to_string();
            let path = query("/receipts", [("fn", drive.as_str()), ("fd", &number)]);
            links.push((path, t.open_document));
        }
        Some(Object::Source(_) | Object::Money(_)) => {
            links.push(("/imports".to_owned(), t.open_imports));
        }
        _ => {}
    }
    match view.row.rule {
        RuleId::A17 => links.push(("/remarks?kind=refused".to_owned(), t.open_remarks)),
        RuleId::A03 | RuleId::A05 | RuleId::A11 | RuleId::A28 => {
            links.push(("/restoring".to_owned(), t.open_restoring));
        }
        _ => {}
    }
    links
}

fn found(member: &Member, id: i64) -> Result<IncidentHistory, Failure> {
    member.desk.incident(id)?.ok_or(Failure::NotFound)
}

async fn show(member: Member, Path(id): Path<i64>) -> Answer {
    member.needs(Right::Look)?;
    let found = found(&member, id)?;
    render(&OnePage::of(&member, &found, Form::default()))
}

async fn acknowledge(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Attend)?;
    let signed = signed(&member, form.text("reason"));
    let actor = Some(member.session().actor());
    let acted = member.desk.acknowledge_incident(id, signed, actor).await;
    acted_upon(&member, id, form, acted)
}

async fn mute(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Attend)?;
    let signed = signed(&member, form.text("reason"));
    let actor = Some(member.session().actor());
    let until = typed::day(form.text("until")).and_then(|day| start_ms(&member, day));
    let acted = match until {
        Some(until) => member.desk.mute_incident(id, until, signed, actor).await,
        None => Err(IncidentActError::BadUntil),
    };
    acted_upon(&member, id, form, acted)
}

async fn unmute(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Attend)?;
    let signed = signed(&member, form.text("reason"));
    let actor = Some(member.session().actor());
    let acted = member.desk.unmute_incident(id, signed, actor).await;
    acted_upon(&member, id, form, acted)
}

async fn resolve(member: Member, Path(id): Path<i64>, form: Form) -> Answer {
    member.needs(Right::Attend)?;
    let signed = signed(&member, form.text("reason"));
    let actor = Some(member.session().actor());
    let acted = member.desk.resolve_incident(id, signed, actor).await;
    acted_upon(&member, id, form, acted)
}

/// The beginning of a day at the place of settlement, milliseconds since 1970.
fn start_ms(member: &Member, day: LocalDate) -> Option<i64> {
    let offset = member.desk.setup().organisation.utc_offset;
    let start = day.at(0, 0).ok()?;
    Some((start.unix_local() - i64::from(offset.local_minus_utc())) * 1_000)
}

fn acted_upon(
    member: &Member,
    id: i64,
    mut form: Form,
    acted: Result<(), IncidentActError>,
) -> Answer {
    let t = IncidentsTexts::of(member.language);
    let (field, why) = match acted {
        Ok(()) => return Ok(done(&format!("/incidents/{id}"), Notice::Saved)),
        Err(IncidentActError::Desk(error)) => return Err(error.into()),
        Err(IncidentActError::NoReason) => ("reason", t.bad_reason),
        Err(IncidentActError::BadUntil) => ("until", t.bad_until),
        Err(_) => ("", t.gone),
    };
    form.refuse(field, why);
    let found = found(member, id)?;
    render_wrong(&OnePage::of(member, &found, form))
}
