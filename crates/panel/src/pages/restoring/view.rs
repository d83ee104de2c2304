//! What is shown of one plan.

use std::collections::BTreeMap;

use askama::Template;
use desk::{RegisterShare, RestorationState, RestorationView, Right, TotalsRow};
use terms::Kopecks;

use super::{about, steps::Step, steps::is_barred};
use crate::{
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::{Said, Speech},
    text::{Text, by_language},
    texts::{CorrectingTexts, RestoringTexts, WordsTexts},
    visit::Member,
};

#[derive(Template)]
#[template(path = "restoring_one.html")]
pub(super) struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    form: Form,
    id: i64,
    what: Text,
    about: String,
    state: Text,
    mood: &'static str,
    why: Option<Said>,
    second: Option<String>,
    steps: Vec<(&'static str, Text, &'static str)>,
    progress: Option<Progress>,
    facts: Vec<(Text, String)>,
    hash: Option<String>,
    files: Vec<File>,
    classes: Vec<(&'static str, Text, String, String)>,
    periods: Vec<Period>,
    shares: Vec<Share>,
    shares_lead: String,
    forecast: Vec<(Text, String)>,
    obstacles: Vec<Said>,
    has_papers: bool,
    may_report: bool,
    is_open: bool,
}

/// How far it is.
struct Progress {
    percent: u64,
    says: String,
    facts: Vec<(Text, String)>,
    is_running: bool,
}

struct File {
    name: String,
    rows: String,
    sum: String,
    sha256: String,
}

/// What changes in one tax period.
struct Period {
    title: String,
    rows: Vec<Total>,
    sum: [Sum; 4],
}

/// Before, reversed, after or difference: what it is, the sum, and the tax in it.
struct Sum {
    label: Text,
    sum: String,
    tax: String,
}

struct Total {
    month: String,
    rate: String,
    paid: String,
    sums: [Sum; 4],
}

struct Share {
    register: String,
    share: String,
    documents: String,
    fit_today: String,
    days: String,
}

impl Page {
    pub(super) fn of(member: &Member, view: &RestorationView, form: Form) -> Result<Self, Failure> {
        let (t, speech) = (RestoringTexts::of(member.language), member.speech());
        let head = &view.head;
        let (state, mood) = t.state_of(head.state);
        let is_open = !matches!(
            head.state,
            RestorationState::Done | RestorationState::Abandoned
        );
        let steps = Step::possible(member, view).into_iter().map(|step| {
            let look = match step {
                Step::Approve | Step::Run | Step::Resume => "primary",
                Step::Abandon => "danger",
                Step::Pause => "",
            };
            (step.name(), step.words(t).0, look)
        });
        let limit = member.desk.setup().restore.max_share.percent();
        let classes = view.classes.iter().map(|(class, rows, sum)| {
            let (rows, sum) = (speech.number(rows), speech.money(sum));
            (class.name(), t.class_of(*class), rows, sum)
        });
        let has_begun = view.progress.accepted > 0;
        Ok(Self {
            frame: Frame {
                scripts: vec!["live.js"],
                ..member.frame(Place::Restoring, t.number.with("id", head.id))
            },
            t,
            form,
            id: head.id,
            what: t.kind_of(head.kind),
            about: about(head, speech),
            state,
            mood,
            why: head.why.as_deref().map(|why| speech.said(why)),
            second: second(member, view, t),
            steps: steps.collect(),
            progress: progress(view, speech),
            facts: facts(view, speech),
            hash: head.hash.clone(),
            files: view
                .files
                .iter()
                .map(|file| File {
                    name: file.name.clone(),
                    rows: t.file_rows.count(file.rows).into(),
                    sum: speech.money(file.amount),
                    sha256: file.sha256.clone(),
                })
                .collect(),
            classes: classes.collect(),
            periods: periods(&view.totals, speech)?,
            shares: view.shares.iter().map(|it| Share::of(it, speech)).collect(),
            shares_lead: t.shares_lead.with("limit", limit).into(),
            forecast: forecast(view, speech),
            obstacles: {
                let reasons = view.forecast.reasons.iter();
                reasons.map(|why| speech.said(why)).collect()
            },
            has_papers: has_begun,
            may_report: member.session().may(Right::Report),
            is_open,
        })
    }
}

/// Who has to approve it, while nobody has.
fn second(member: &Member, view: &RestorationView, t: &RestoringTexts) -> Option<String> {
    if view.head.state != RestorationState::Draft || member.desk.setup().restore.one_person {
        return None;
    }
    Some(match is_barred(member, view) {
        true => t.you_are_author.into(),
        false => t.second.with("author", &view.head.author).into(),
    })
}

fn progress(view: &RestorationView, speech: Speech) -> Option<Progress> {
    let t = RestoringTexts::of(speech.language);
    let is_begun = view.run.is_some();
    let now = &view.progress;
    let done = now.accepted + now.changed + now.refused;
    let all = view.head.to_do;
    let counts = [
        (t.queued, now.queued),
        (t.held, now.held),
        (t.fiscalized, now.fiscalized),
        (t.acknowledged, now.acknowledged),
        (t.changed, now.changed),
        (t.refused, now.refused),
    ];
    let always = [t.queued, t.fiscalized, t.acknowledged];
    let counts = counts
        .into_iter()
        .filter(|(label, count)| *count > 0 || always.contains(label))
        .map(|(label, count)| (label, speech.number(count)));
    let speed = now.per_second.map(|speed| {
        let point = by_language(speech.language, ",", ".");
        (t.speed, format!("{speed:.1}").replace('.', point))
    });
    let finish = now.finish_at.map(|at| (t.finish, speech.time(at)));
    let says = t.progress_says.with("done", speech.number(done));
    is_begun.then(|| Progress {
        percent: (done * 100).checked_div(all).unwrap_or(100),
        says: says.with("all", speech.number(all)).into(),
        facts: counts.chain(speed).chain(finish).collect(),
        is_running: view.head.state == RestorationState::Running,
    })
}

fn facts(view: &RestorationView, speech: Speech) -> Vec<(Text, String)> {
    let t = RestoringTexts::of(speech.language);
    let c = CorrectingTexts::of(speech.language);
    let (head, basis) = (&view.head, &view.basis);
    let at = |name: &String, at: i64| format!("{name}, {}", speech.moment(&at));
    let approved = head.approved_by.as_ref().zip(head.approved_at);
    let act = basis.act.as_ref();
    let act = act.map(|it| format!("№ {}, {}, {}", it.number, speech.date(it.date), it.author));
    let order = basis.order.as_ref().map(|it| {
        let day = speech.date(it.date);
        format!("№ {}, {day}, {}", it.number, it.authority)
    });
    let comment = Some(basis.comment.clone()).filter(|comment| !comment.is_empty());
    let rows = [
        (t.query, head.query.clone()),
        (t.made_at, Some(at(&head.author, head.created_at))),
        (t.approved_at, approved.map(|(by, when)| at(by, when))),
        (t.run_by, view.run.as_ref().map(|run| at(&run.by, run.at))),
        (t.reason, Some(c.reason_of(basis.reason).into())),
        (t.act_paper, act),
        (t.order_paper, order),
        (t.comment, comment),
    ];
    let known = rows.into_iter();
    known
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

fn forecast(view: &RestorationView, speech: Speech) -> Vec<(Text, String)> {
    let t = RestoringTexts::of(speech.language);
    let forecast = &view.forecast;
    let finish = forecast.finish_at.map(|at| speech.time(at));
    vec![
        (t.left, speech.number(forecast.documents)),
        (t.room, speech.number(forecast.room)),
        (t.finish_at, finish.unwrap_or_else(|| t.unknown.into())),
    ]
}

/// The totals by tax period, with a sum of each.
fn periods(totals: &[TotalsRow], speech: Speech) -> Result<Vec<Period>, Failure> {
    let t = RestoringTexts::of(speech.language);
    let mut by_period: BTreeMap<(&str, &str), Vec<&TotalsRow>> = BTreeMap::new();
    for row in totals {
        let period = (row.year.as_str(), row.vat_quarter.as_str());
        by_period.entry(period).or_default().push(row);
    }
    let of_row = |row: &TotalsRow| [row.before, row.reversed, row.after, row.difference];
    let said = |[before, reversed, after, difference]: [(Kopecks, Kopecks); 4]| {
        let sum = |label, (sum, tax): (Kopecks, Kopecks)| Sum {
            label,
            sum: speech.money(sum),
            tax: t.tax_of.with("sum", speech.money(tax)).into(),
        };
        [
            sum(t.before, before),
            sum(t.reversed, reversed),
            sum(t.after, after),
            sum(t.difference, difference),
        ]
    };
    let mut periods = Vec::with_capacity(by_period.len());
    for ((year, quarter), rows) in by_period {
        let mut sum = [(Kopecks::ZERO, Kopecks::ZERO); 4];
        for (place, total) in sum.iter_mut().enumerate() {
            let parts = rows.iter().map(|row| of_row(row)[place]);
            let (sums, taxes): (Vec<Kopecks>, Vec<Kopecks>) = parts.unzip();
            let summed = Kopecks::sum(sums).and_then(|sum| Ok((sum, Kopecks::sum(taxes)?)));
            *total = summed.map_err(desk::DeskError::from)?;
        }
        let title = t.quarter.with("quarter", quarter).with("year", year);
        periods.push(Period {
            title: title.into(),
            sum: said(sum),
            rows: rows
                .into_iter()
                .map(|row| Total {
                    month: row.month.clone(),
                    rate: format!("{}, {}", row.vat, row.tax_system),
                    paid: paid_with(&row.payment, speech).into(),
                    sums: said(of_row(row)),
                })
                .collect(),
        });
    }
    Ok(periods)
}

/// What settlements were paid with, in words.
fn paid_with(kind: &str, speech: Speech) -> Text {
    let words = WordsTexts::of(speech.language);
    match kind {
        "cash" => words.paid_cash,
        "cashless" => words.paid_cashless,
        "prepaid" => words.paid_prepaid,
        "credit" => words.paid_credit,
        _ => words.paid_counter,
    }
}

impl Share {
    fn of(share: &RegisterShare, speech: Speech) -> Self {
        let t = RestoringTexts::of(speech.language);
        let point = by_language(speech.language, ',', '.');
        let (whole, tenth) = (share.share_per_mille / 10, share.share_per_mille % 10);
        Self {
            register: share.rnm.clone(),
            share: format!("{whole}{point}{tenth} %"),
            documents: speech.number(share.documents),
            fit_today: speech.number(share.fit_today),
            days: match share.days {
                Some(days) => t.in_days.count(u64::from(days)).into(),
                None => t.never.into(),
            },
        }
    }
}
