use askama::Template;
use desk::{RestorationClass, RestorationRowState, RestorationRowView, Right, RowsOf};

use super::plan;
use crate::{
    address::{self, Asked},
    answer::{Answer, render},
    frame::Frame,
    nav::Place,
    path::Path,
    speech::{Said, Speech},
    text::Text,
    texts::{RestoringTexts, WordsTexts},
    visit::Member,
};

/// Rows of a page.
const PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "restoring_rows.html")]
struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    words: &'static WordsTexts,
    id: i64,
    asked: Asked,
    classes: Vec<(&'static str, Text)>,
    states: Vec<(&'static str, Text)>,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

struct Row {
    place: String,
    day: String,
    sum: String,
    /// Number and page.
    account: Option<(String, String)>,
    source: String,
    class: Text,
    state: Text,
    mood: &'static str,
    reason: Said,
    wrong: Option<String>,
    operation: Option<String>,
}

pub(super) async fn show(member: Member, Path(id): Path<i64>, mut asked: Asked) -> Answer {
    member.needs(Right::Look)?;
    let t = RestoringTexts::of(member.language);
    let words = WordsTexts::of(member.language);
    plan(&member, id).await?;
    let after = asked.read("after", |it| it.parse().ok(), words.choose);
    let of = RowsOf {
        class: asked.read("class", |it| it.parse().ok(), words.choose),
        state: asked.read("state", |it| it.parse().ok(), words.choose),
        after,
        limit: PAGE,
    };
    let listed = member.desk.restoration_rows(id, of)?;
    let speech = member.speech();
    let classes = RestorationClass::ALL.iter();
    let states = RestorationRowState::ALL.iter();
    render(&Page {
        frame: member.frame(Place::Restoring, t.rows_title.with("id", id)),
        t,
        words,
        id,
        classes: classes.map(|it| (it.name(), t.class_of(*it))).collect(),
        states: states.map(|it| (it.name(), t.row_state(*it).0)).collect(),
        rows: listed
            .rows
            .into_iter()
            .map(|row| Row::of(row, speech))
            .collect(),
        next: listed.next.map(|next| asked.after(Some(&next.to_string()))),
        first: after.map(|_| asked.after(None)),
        asked,
    })
}

impl Row {
    fn of(row: RestorationRowView, speech: Speech) -> Self {
        let t = RestoringTexts::of(speech.language);
        let (state, mood) = t.row_state(row.state);
        let account = Some(row.account).filter(|account| !account.is_empty());
        Self {
            place: speech.number(row.place),
            day: speech.date(row.date),
            sum: speech.money(row.amount),
            account: account.map(|account| {
                let path = address::account(&account);
                (account, path)
            }),
            source: row.source,
            class: t.class_of(row.class),
            state,
            mood,
            reason: speech.said(&row.reason),
            wrong: row.wrong.map(|id| id.to_string()),
            operation: row.operation.map(|id| id.to_string()),
        }
    }
}

impl RestoringTexts {
    /// What was found out about rows.
    pub(super) const fn class_of(&self, class: RestorationClass) -> Text {
        match class {
            RestorationClass::Missing => self.class_missing,
            RestorationClass::Wrong => self.class_wrong,
            RestorationClass::Exists => self.class_exists,
            RestorationClass::Ambiguous => self.class_ambiguous,
            RestorationClass::NotOurs => self.class_not_ours,
            RestorationClass::Business => self.class_business,
            RestorationClass::Outside => self.class_outside,
            RestorationClass::Corrected => self.class_corrected,
            RestorationClass::Refused => self.class_refused,
        }
    }

    /// What has become of a row, and how that looks.
    const fn row_state(&self, state: RestorationRowState) -> (Text, &'static str) {
        match state {
            RestorationRowState::Planned => (self.row_planned, "busy"),
            RestorationRowState::Accepted => (self.row_accepted, "good"),
            RestorationRowState::Changed => (self.row_changed, "warn"),
            RestorationRowState::Refused => (self.row_refused, "bad"),
            RestorationRowState::Aside => (self.row_aside, "idle"),
            RestorationRowState::Dropped => (self.row_dropped, "idle"),
        }
    }
}
