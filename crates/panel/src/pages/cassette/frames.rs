//! What goes over the wire to a drive, while somebody looks.

use askama::Template;
use axum::{Router, routing::get};
use desk::{FrameView, Right, SlotId};

use super::slot_view;
use crate::{
    answer::{Answer, render},
    frame::Frame,
    nav::Place,
    path::Path,
    speech::Speech,
    text::Text,
    texts::CassetteTexts,
    visit::Member,
};

/// Entries that a page shows, the newest ones.
const SHOWN: usize = 100;

pub(super) fn routes() -> Router {
    Router::new().route("/cassette/{slot}/frames", get(show))
}

#[derive(Template)]
#[template(path = "frames.html")]
struct Page {
    frame: Frame,
    t: &'static CassetteTexts,
    slot: u8,
    rows: Vec<Row>,
}

struct Row {
    at: String,
    who: Text,
    says: String,
    parts: Vec<(&'static str, String)>,
    is_trouble: bool,
}

async fn show(member: Member, Path(slot): Path<u8>) -> Answer {
    member.needs(Right::Rack)?;
    slot_view(&member, slot).await?;
    let (t, speech) = (CassetteTexts::of(member.language), member.speech());
    let frames = member.desk.frames(SlotId(slot))?;
    let newest = frames.into_iter().rev().take(SHOWN);
    let page = Page {
        frame: Frame {
            scripts: vec!["live.js"],
            ..member.frame(Place::Cassette, t.frames_title.with("slot", slot))
        },
        t,
        slot,
        rows: newest.map(|frame| Row::of(frame, t, speech)).collect(),
    };
    render(&page)
}

impl Row {
    fn of(frame: FrameView, t: &CassetteTexts, speech: Speech) -> Self {
        let who = match frame.is_from_drive {
            Some(true) => t.from_drive,
            Some(false) => t.from_host,
            None => t.from_nobody,
        };
        let second = frame.at.div_euclid(1_000).rem_euclid(60);
        Self {
            at: format!("{}:{second:02}", speech.moment(&frame.at)),
            who,
            says: frame.says,
            parts: frame.parts,
            is_trouble: frame.is_trouble,
        }
    }
}
