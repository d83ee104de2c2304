//! How the words of restorations look in the description.

use desk::{Pace, RestorationClass, RestorationKind, RestorationRowState, RestorationState};
use schemars::{Schema, SchemaGenerator};

use crate::openapi::one_of;

pub(super) fn kind(_: &mut SchemaGenerator) -> Schema {
    one_of(RestorationKind::ALL.iter().copied().map(RestorationKind::name))
}

pub(super) fn state(_: &mut SchemaGenerator) -> Schema {
    one_of(RestorationState::ALL.iter().copied().map(RestorationState::name))
}

pub(super) fn class(_: &mut SchemaGenerator) -> Schema {
    one_of(RestorationClass::ALL.iter().copied().map(RestorationClass::name))
}

pub(super) fn row_state(_: &mut SchemaGenerator) -> Schema {
    one_of(
        RestorationRowState::ALL
            .iter()
            .copied()
            .map(RestorationRowState::name),
    )
}

pub(super) fn pace(_: &mut SchemaGenerator) -> Schema {
    one_of(Pace::ALL.iter().copied().map(Pace::name))
}

/// The words for a pace.
pub(super) fn paces() -> impl Iterator<Item = &'static str> {
    Pace::ALL.iter().copied().map(Pace::name)
}
