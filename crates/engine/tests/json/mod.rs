//! The worked examples' JSON.

pub(crate) mod read;
pub(crate) mod write;
