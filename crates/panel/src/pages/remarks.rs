//! What the ОФД has refused or had something to say about.

use askama::Template;
use axum::{Router, routing::get};
use desk::{Language, RemarkView, RemarksOf, Right};

use crate::{
    answer::{Answer, render},
    drawer,
    frame::Frame,
    nav::Place,
    speech::Speech,
    text::Text,
    texts::{CassetteTexts, RemarksTexts},
    visit::Member,
};

/// Remarks that a page shows.
const SHOWN: u32 = 200;

pub(crate) fn routes() -> Router {
    Router::new().route("/remarks", get(show))
}

#[derive(Template)]
#[template(path = "remarks.html")]
struct Page {
    frame: Frame,
    t: &'static RemarksTexts,
    /// Path, label, and whether one is there.
    kinds: [(&'static str, Text, bool); 3],
    rows: Vec<Row>,
    limit: Option<String>,
}

struct Row {
    when: String,
    what: Text,
    document: String,
    said: Vec<String>,
    to_do: Vec<Text>,
    is_refusal: bool,
    receipt: Option<String>,
}

async fn show(member: Member) -> Answer {
    member.needs(Right::Look)?;
    let (t, speech) = (RemarksTexts::of(member.language), member.speech());
    let refused = match member.query.text("kind") {
        "refused" => Some(true),
        "messages" => Some(false),
        _ => None,
    };
    let remarks = member.desk.remarks(RemarksOf {
        refused,
        limit: SHOWN,
        ..RemarksOf::default()
    })?;
    let page = Page {
        frame: member.frame(Place::Remarks, t.title),
        t,
        kinds: [
            ("/remarks", t.all, refused.is_none()),
            ("/remarks?kind=refused", t.refused, refused == Some(true)),
            ("/remarks?kind=messages", t.messages, refused == Some(false)),
        ],
        limit: (remarks.len() >= SHOWN as usize).then(|| t.limit.with("n", SHOWN).into()),
        rows: remarks
            .iter()
            .map(|remark| Row::of(remark, t, speech))
            .collect(),
    };
    render(&page)
}

impl Row {
    fn of(view: &RemarkView, t: &RemarksTexts, speech: Speech) -> Self {
        let is_ru = speech.language == Language::Ru;
        let is_refusal = view.ofd.is_refusal();
        let (mut said, mut to_do) = (Vec::new(), Vec::new());
        if let Some(code) = view.ofd.code.filter(|code| !code.is_accepted()) {
            let title = if is_ru { code.title() } else { code.meaning() };
            said.push(format!("{title} ({})", t.code.with("code", code)));
            to_do.push(match view.receipt {
                Some(_) => t.do_refused,
                None => t.do_refused_other,
            });
        }
        for message in view.ofd.messages.iter() {
            let title = if is_ru {
                message.title()
            } else {
                message.meaning()
            };
            said.push(title.to_owned());
            if !to_do.contains(&t.remedy(message)) {
                to_do.push(t.remedy(message));
            }
        }
        said.extend(view.ofd.text.clone());
        let number = t.number.with("n", speech.number(view.number));
        let when = view.acknowledged_at.map(|at| speech.moment(&at));
        Self {
            when: when.unwrap_or_else(|| {
                let time = drawer::time(speech, &view.time);
                format!("{time}, {}", t.not_yet)
            }),
            what: CassetteTexts::of(speech.language).task(&view.task),
            document: number.with("drive", &view.drive).into(),
            said,
            to_do,
            is_refusal,
            receipt: view.receipt.map(|receipt| receipt.to_string()),
        }
    }
}
