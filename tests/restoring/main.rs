//! The past restored by the real program over HTTP and on emulated drives: what the documents say,
//! that each settlement becomes one of them whatever is killed meanwhile, and what is refused.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod archive;
mod dossier;
mod examples;
mod plan;
mod provider;
mod refusals;
#[path = "../rig/mod.rs"]
mod rig;
mod story;
