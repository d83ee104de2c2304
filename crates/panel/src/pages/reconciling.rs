//! Reconciliations: what was compared, and a new one.

mod one;

use askama::Template;
use axum::{Router, routing::get};
use desk::{
    DeskError, ReconcileError, ReconcileOrder, ReconciliationListed, ReconciliationState, Right,
    file_roles,
};
use terms::LocalDate;

use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{ReconcilingTexts, WordsTexts},
    typed,
    visit::Member,
};

/// Where files are sent: the guard lets larger bodies through here.
pub(crate) const PATH: &str = "/reconciling";
/// Reconciliations that are shown.
const SHOWN: u32 = 50;

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show).post(begin))
        .route("/reconciling/{id}", get(one::show))
        .route("/reconciling/{id}/table.xlsx", get(one::xlsx))
        .route("/reconciling/{id}/table.csv", get(one::csv))
}

#[derive(Template)]
#[template(path = "reconciling.html")]
struct Page {
    frame: Frame,
    t: &'static ReconcilingTexts,
    form: Form,
    listed: Vec<Listed>,
}

/// A reconciliation in the list.
struct Listed {
    id: i64,
    days: String,
    when: String,
    by: String,
    state: Text,
    mood: &'static str,
    says: String,
}

impl Page {
    fn of(member: &Member, form: Form) -> Result<Self, Failure> {
        let t = ReconcilingTexts::of(member.language);
        let listed = member.desk.reconciliations(SHOWN)?;
        let speech = member.speech();
        Ok(Self {
            frame: Frame {
                scripts: vec!["drop.js", "live.js"],
                ..member.frame(Place::Reconciling, t.title)
            },
            t,
            form,
            listed: listed.iter().map(|one| Listed::of(one, speech)).collect(),
        })
    }
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Reconcile)?;
    let yesterday = member.desk.clock().local().date().plus_days(-1);
    let yesterday = yesterday.map_or_else(|_| String::new(), |day| day.to_string());
    let form = Form::of([("from", yesterday.clone()), ("to", yesterday)]);
    render(&Page::of(&member, form)?)
}

async fn begin(member: Member, mut form: Form) -> Answer {
    member.needs(Right::Reconcile)?;
    let t = ReconcilingTexts::of(member.language);
    let Some(order) = order(&member, &mut form) else {
        return render_wrong(&Page::of(&member, form)?);
    };
    let days = format!("{} – {}", order.from, order.to);
    match member.desk.reconcile(order).await {
        Ok(view) => {
            let (id, by) = (view.head.id, member.session().actor());
            let noted = member.desk.note_act(&by, "reconciliation_made", id, days);
            noted.await?;
            Ok(done(&format!("/reconciling/{id}"), Notice::Ordered))
        }
        Err(error) => {
            tell(&mut form, error, t)?;
            render_wrong(&Page::of(&member, form)?)
        }
    }
}

fn order(member: &Member, form: &mut Form) -> Option<ReconcileOrder> {
    let words = WordsTexts::of(member.language);
    let (billing, bank, archives) = file_roles(form.take_files());
    let mut day = |name: &'static str| -> Option<LocalDate> {
        let day = typed::day(form.text(name));
        if day.is_none() {
            form.refuse(name, words.bad_day);
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    let person = &member.session().person;
    let name: String = person.name.chars().take(60).collect();
    Some(ReconcileOrder {
        from: from?,
        to: to?,
        billing,
        bank,
        profile: None,
        archives,
        drives: Vec::new(),
        by: format!("{} ({})", name.trim(), person.login),
        sender: None,
    })
}

/// Says in the form why nothing is compared.
fn tell(form: &mut Form, error: DeskError, t: &ReconcilingTexts) -> Result<(), Failure> {
    let (field, why): (_, String) = match error {
        DeskError::Reconcile(error) => match error {
            ReconcileError::Busy(_) => ("", t.busy.into()),
            ReconcileError::BadDays { why, .. } => ("from", t.bad_days.with("why", why).into()),
            ReconcileError::TooManyFiles(count) => ("file", t.too_many.with("count", count).into()),
            error @ ReconcileError::BadFile { .. } => {
                ("file", t.bad_file.with("why", error).into())
            }
            other => return Err(DeskError::from(other).into()),
        },
        other => return Err(other.into()),
    };
    form.refuse(field, why);
    Ok(())
}

impl Listed {
    fn of(one: &ReconciliationListed, speech: Speech) -> Self {
        let t = ReconcilingTexts::of(speech.language);
        let (state, mood) = t.state_of(one);
        let is_done = one.state == ReconciliationState::Done;
        Self {
            id: one.id,
            days: days(one, speech),
            when: speech.moment(&one.started_at),
            by: who(&one.by, t),
            state,
            mood,
            says: match is_done && one.broken > 0 {
                true => {
                    let says = t.broken.with("broken", one.broken);
                    says.with("all", one.results).into()
                }
                false => String::new(),
            },
        }
    }
}

/// The days of a reconciliation.
fn days(one: &ReconciliationListed, speech: Speech) -> String {
    let t = ReconcilingTexts::of(speech.language);
    let days = t.days.with("from", speech.date(one.from));
    days.with("to", speech.date(one.to)).into()
}

/// Who has ordered one.
fn who(by: &str, t: &ReconcilingTexts) -> String {
    match by {
        "schedule" => t.schedule.into(),
        by => by.to_owned(),
    }
}

impl ReconcilingTexts {
    /// How one has ended, and how that looks.
    const fn state_of(&self, one: &ReconciliationListed) -> (Text, &'static str) {
        match one.state {
            ReconciliationState::Running => (self.running, "busy"),
            ReconciliationState::Done if one.broken == 0 => (self.agrees, "good"),
            ReconciliationState::Done => (self.differs, "bad"),
            ReconciliationState::Failed => (self.failed, "bad"),
            ReconciliationState::Interrupted => (self.interrupted, "warn"),
        }
    }

    /// In what a row differs.
    fn kind_of(&self, kind: &str) -> Text {
        let known = self.kinds().into_iter().find(|(name, _)| *name == kind);
        known.map_or(self.any, |(_, text)| text)
    }

    const fn kinds(&self) -> [(&'static str, Text); 14] {
        [
            ("left_only", self.kind_left_only),
            ("right_only", self.kind_right_only),
            ("sum", self.kind_sum),
            ("service", self.kind_service),
            ("vat", self.kind_vat),
            ("gap", self.kind_gap),
            ("not_in_journal", self.kind_not_in_journal),
            ("not_in_archive", self.kind_not_in_archive),
            ("not_at_ofd", self.kind_not_at_ofd),
            ("repeated", self.kind_repeated),
            ("sign", self.kind_sign),
            ("late", self.kind_late),
            ("refused", self.kind_refused),
            ("counter", self.kind_counter),
        ]
    }
}
