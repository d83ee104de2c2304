//! The face for people: the operator's panel. Pages are rendered here, on the server; small modules
//! of JavaScript make them handier, and everything works without them. Nothing is loaded from
//! elsewhere, and there is no build step.
//!
//! Whoever comes is a `Visit`; whoever is logged in is a
//! `Member`, and what a member may do is asked by [`desk::Right`]. It sees only
//! `desk` and `terms`.
//!
//! # Invariants
//!
//! - A request that changes something is a form of ours: it shows the token of its session
//!   (`guard`), or nothing happens. No page can forget it.
//! - Every answer has the strict policy of `guard::protect`: no inline script, no inline style, no
//!   frame, nothing from another host. So templates have no `style=` and no `on…=`.
//! - What somebody has typed is text: templates escape it.
//! - What people do is in the trail: with the change itself where the journal makes it, else by
//!   [`desk::Desk::note_act`].
//!
//! # How to add a page
//!
//! 1. `src/texts/NAME.rs`: its texts, both languages side by side (`texts!`); name it in
//!    `src/texts.rs`, also in the list of its test.
//! 2. `templates/NAME.html`: `{% extends "layout.html" %}`, a block `main`. The template has a field
//!    `frame` for the layout, `t` for its texts, and whatever else it shows.
//! 3. `src/pages/NAME.rs`: the template's struct, the handlers, and `pub(crate) fn routes()`. A
//!    handler takes `Member` (or `Visit`, if nobody need be logged in), asks
//!    `member.needs(Right::…)?`, and gives `Answer`: `render(&page)`, `see_other("/path")`, or a
//!    `Failure`. One that changes something also takes `Form`:
//!    what is wrong is said beside its field (`form.refuse`), and the page is shown again with what
//!    was typed. Forms hold `{% include "csrf.html" %}`.
//! 4. `src/pages.rs`: merge its routes. `src/nav.rs`: its entry, with the right it needs.
//! 5. A script, if it needs one: a module in `assets/`, named in `src/assets.rs`, and in
//!    `frame.scripts` of its page.

mod address;
mod agent;
mod alert;
mod answer;
mod assets;
mod change;
mod chart;
mod cookies;
mod drawer;
mod failure;
mod form;
mod frame;
mod guard;
mod live;
mod nav;
mod order;
mod pages;
mod paper;
mod path;
mod program;
mod refusal;
mod routes;
mod sessions;
mod speech;
mod text;
mod texts;
mod typed;
mod uploads;
mod visit;
mod words;

pub use guard::OverTls;
pub use live::Ending;
pub use program::{Beginning, Hosted, Places, Program, ProgramError, Stage};
pub use routes::{dress_problems, router, takes_files};
