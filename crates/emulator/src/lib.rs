//! Fiscal drives and an ОФД in software, for tests, demonstrations and whoever integrates with
//! Kassette. Nothing that comes from here is a fiscal document: numbers, versions and signs say so.

pub mod drive;
pub mod ofd;
