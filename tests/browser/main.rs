//! The panel as people meet it: a real browser on the real program, with emulated drives. Needs
//! Chromium and its driver: `tests/install-browser.sh`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod browser;
mod door;
mod driver;
mod first_start;
mod hall;
mod hostile;
mod looks;
mod pages;
#[path = "../rig/mod.rs"]
mod rig;
mod screenshots;
mod stories;
