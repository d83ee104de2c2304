//! Help: the program, its words, and what each role may do.

use askama::Template;
use axum::{Router, routing::get};
use desk::{Right, Role};

use crate::{
    answer::{Answer, render},
    frame::Frame,
    nav::Place,
    text::Text,
    texts::HelpTexts,
    visit::Member,
};

pub(crate) fn routes() -> Router {
    Router::new().route("/help", get(show))
}

#[derive(Template)]
#[template(path = "help.html")]
struct Page {
    frame: Frame,
    t: &'static HelpTexts,
    version: &'static str,
    /// The files; none where nobody knows them, or who asks may not.
    files: Option<(String, String)>,
    words: Vec<(Text, Text)>,
    states: Vec<(Text, Text)>,
    roles: Vec<(Text, String)>,
    may_configure: bool,
}

impl HelpTexts {
    const fn right(&self, right: Right) -> Text {
        match right {
            Right::Look => self.right_look,
            Right::Submit => self.right_submit,
            Right::Correct => self.right_correct,
            Right::Restore => self.right_restore,
            Right::Approve => self.right_approve,
            Right::Import => self.right_import,
            Right::Settle => self.right_settle,
            Right::Report => self.right_report,
            Right::Attend => self.right_attend,
            Right::Reconcile => self.right_reconcile,
            Right::Rack => self.right_rack,
            Right::Integrate => self.right_integrate,
            Right::Golive => self.right_golive,
            Right::Configure => self.right_configure,
            Right::People => self.right_people,
            Right::Trail => self.right_trail,
        }
    }
}

async fn show(member: Member) -> Answer {
    let t = HelpTexts::of(member.language);
    let frame = member.frame(Place::Help, t.title);
    let may_configure = member.session().may(Right::Configure);
    let places = member.program.as_ref().map(|it| it.places());
    let files = places.filter(|_| may_configure).map(|places| {
        let (config, journal) = (places.config.display(), places.journal.display());
        (config.to_string(), journal.to_string())
    });
    let roles = Role::ALL.iter().map(|role| {
        let rights = Right::of(*role).iter().map(|right| t.right(*right).0);
        (frame.t.role(role), rights.collect::<Vec<_>>().join(", "))
    });
    render(&Page {
        t,
        version: env!("CARGO_PKG_VERSION"),
        files,
        words: vec![
            (t.word_drive, t.word_drive_is),
            (t.word_slot, t.word_slot_is),
            (t.word_cassette, t.word_cassette_is),
            (t.word_shift, t.word_shift_is),
            (t.word_confirmed, t.word_confirmed_is),
        ],
        states: vec![
            (t.state_queued, t.state_queued_is),
            (t.state_writing, t.state_writing_is),
            (t.state_formed, t.state_formed_is),
            (t.state_confirmed, t.state_confirmed_is),
            (t.state_held, t.state_held_is),
            (t.state_doubt, t.state_doubt_is),
            (t.state_refused, t.state_refused_is),
        ],
        roles: roles.collect(),
        may_configure,
        frame,
    })
}
