//! The panel as people see it: real HTTP, a browser's cookies, a journal on disk.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod books;
mod contracts;
mod decisions;
mod door;
mod factor;
mod golive;
mod home;
mod incidents;
mod money;
mod pages;
mod people;
mod rack;
mod reconciling;
mod restoring;
mod stand;
mod swap;
mod tables;
