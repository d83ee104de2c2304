//! The content of a receipt's line, tag 1059: what FFD 1.1 and 1.2 check in 07h (ФН protocol §2.2).

use std::collections::HashSet;

use ffd::{Field, Form, Presence, Tag, required_tags};
use fn_proto::{AnswerCode, Rejection};
use terms::FfdVersion;

/// Tag 1212: an excise good.
const EXCISE_GOODS: u8 = 2;
/// Tags of marked goods begin here; in a line they need B7h (ФН protocol §2.8).
const FIRST_MARKING_TAG: u16 = 2000;
/// Tags from 2000 that a line may carry in 07h: 2108, the measure of quantity.
const NOT_OF_MARKING: [Tag; 1] = [Tag::QUANTITY_MEASURE];

/// What lines may carry.
pub(crate) struct ItemRules {
    pub(crate) ffd: FfdVersion,
    /// Whose lines.
    pub(crate) form: Form,
    /// What was registered.
    pub(crate) may_sell_excise: bool,
}

impl ItemRules {
    /// No marking, no unknown tags, no forbidden repeats, what is mandatory present, 1222 and 1226
    /// only together, excise goods only if registered. Which tags are known and mandatory is taken
    /// from the tables of the format, and 18h stands for all that has no code of its own (INFERRED:
    /// the drive's own list is not published).
    ///
    /// # Errors
    /// 0Bh and 0Ch with the tag, 18h, 19h.
    pub(crate) fn check(&self, item: &Field<'_>) -> Result<(), Rejection> {
        let mut seen = HashSet::new();
        for field in item.list() {
            let field = field.map_err(|_| AnswerCode::BAD_ATTRIBUTE)?;
            let tag = field.tag();
            check_length(&field)?;
            if tag.0 >= FIRST_MARKING_TAG && !NOT_OF_MARKING.contains(&tag) {
                return Err(about(AnswerCode::FORBIDDEN_TAG, tag));
            }
            if !self.knows(tag) {
                return Err(AnswerCode::BAD_ATTRIBUTE.into());
            }
            if !seen.insert(tag) && !tag.info().is_some_and(|info| info.repeats) {
                return Err(about(AnswerCode::DUPLICATE_TAG, tag));
            }
            let excise =
                tag == Tag::SETTLEMENT_SUBJECT && field.byte().is_ok_and(|s| s == EXCISE_GOODS);
            if excise && !self.may_sell_excise {
                return Err(AnswerCode::NOT_REGISTERED.into());
            }
        }
        let required = required_tags(self.ffd, self.form, Some(Tag::ITEM));
        let complete = required.iter().all(|tag| seen.contains(tag));
        let agent = seen.contains(&Tag::ITEM_AGENT_KINDS) == seen.contains(&Tag::SUPPLIER_INN);
        if complete && agent {
            Ok(())
        } else {
            Err(AnswerCode::BAD_ATTRIBUTE.into())
        }
    }

    fn knows(&self, tag: Tag) -> bool {
        let presence = tag
            .info()
            .and_then(|info| info.presence(self.ffd, self.form, Some(Tag::ITEM)));
        presence.is_some_and(|presence| presence != Presence::Absent)
    }
}

pub(crate) fn check_length(field: &Field<'_>) -> Result<(), Rejection> {
    let fits = field
        .tag()
        .info()
        .is_none_or(|info| info.length.allows(field.bytes().len()));
    if fits {
        Ok(())
    } else {
        Err(AnswerCode::BAD_ATTRIBUTE.into())
    }
}

/// A refusal that names the tag.
pub(crate) fn about(code: AnswerCode, tag: Tag) -> Rejection {
    Rejection::with(code, tag.0.to_le_bytes())
}
