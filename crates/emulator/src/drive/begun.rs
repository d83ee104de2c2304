//! The document that is being put together: what 07h accepts (ФН protocol §2.2).

use std::collections::HashSet;

use ffd::{Field, Form, Reader, Tag, is_formed_by_drive, required_tags};
use fn_proto::{AnswerCode, CurrentDocument, Generation, Rejection};
use terms::{FfdVersion, LocalDateTime};

use super::{
    generation::checks_content,
    item::{ItemRules, about, check_length},
};

/// A begun document. It lives in volatile memory only: a power cut forgets it.
pub(crate) struct Begun {
    pub(crate) kind: CurrentDocument,
    /// The time of the begin command; none for registrations and the closing of the
    /// archive, whose time comes with 03h, A3h and 05h.
    pub(crate) time: Option<LocalDateTime>,
    pub(crate) ffd: FfdVersion,
    generation: Generation,
    /// Lines that it may have.
    item_limit: usize,
    /// The TLV passed so far, as received.
    pub(crate) data: Vec<u8>,
    items: usize,
    seen: HashSet<Tag>,
}

/// Tags of payment sums in the order of the bits that 16h answers with 0Dh (ФН protocol §2.5).
const PAYMENTS: [Tag; 5] = [
    Tag::CASH,
    Tag::CASHLESS,
    Tag::PREPAID,
    Tag::CREDIT,
    Tag::COUNTER,
];
const ALL_PAYMENTS: u8 = 0b1_1111;

impl Begun {
    pub(crate) fn new(
        kind: CurrentDocument,
        time: Option<LocalDateTime>,
        ffd: FfdVersion,
        (generation, item_limit): (Generation, u16),
    ) -> Self {
        Self {
            kind,
            time,
            ffd,
            generation,
            item_limit: usize::from(item_limit),
            data: Vec::new(),
            items: 0,
            seen: HashSet::new(),
        }
    }

    /// Takes the data of one 07h, all or nothing. `may_sell_excise` is what was registered.
    ///
    /// # Errors
    /// 01h for nothing (FN-1 has no such rule), 10h, and for objects that are not whole 01h, which
    /// any command may answer (INFERRED); in FFD 1.1 and 1.2 0Bh and 0Ch with the tag, 0Eh, 18h,
    /// 19h.
    pub(crate) fn accept(&mut self, data: &[u8], may_sell_excise: bool) -> Result<(), Rejection> {
        if data.is_empty() && self.generation == Generation::Fn12 {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        let limit = self.generation.data_limit(self.kind).unwrap_or(0);
        if self.data.len() + data.len() > limit {
            return Err(AnswerCode::TOO_LONG.into());
        }
        let checks = checks_content(self.ffd);
        let rules = ItemRules {
            ffd: self.ffd,
            form: self.form(),
            may_sell_excise,
        };
        let (mut fresh, mut items) = (HashSet::new(), 0);
        for field in Reader::new(data) {
            let field = field.map_err(|_| match checks {
                true => AnswerCode::BAD_ATTRIBUTE,
                false => AnswerCode::UNKNOWN_COMMAND,
            })?;
            let tag = field.tag();
            let is_new = fresh.insert(tag) && !self.seen.contains(&tag);
            if checks {
                self.check(&field, &rules, is_new)?;
            }
            items += usize::from(tag == Tag::ITEM);
        }
        if checks && self.items + items > self.item_limit {
            return Err(AnswerCode::TOO_MANY_ITEMS.into());
        }
        self.seen.extend(fresh);
        self.items += items;
        self.data.extend_from_slice(data);
        Ok(())
    }

    fn check(&self, field: &Field<'_>, rules: &ItemRules, is_new: bool) -> Result<(), Rejection> {
        let tag = field.tag();
        if is_formed_by_drive(tag, self.ffd) {
            return Err(about(AnswerCode::FORBIDDEN_TAG, tag));
        }
        check_length(field)?;
        if tag == Tag::ITEM {
            rules.check(field)?;
        }
        let repeats = tag.info().is_some_and(|info| info.repeats);
        if !is_new && !repeats {
            return Err(about(AnswerCode::DUPLICATE_TAG, tag));
        }
        Ok(())
    }

    /// Whether the five payment sums of a receipt were passed.
    ///
    /// # Errors
    /// 0Dh with the bits of those that were.
    pub(crate) fn check_payments(&self) -> Result<(), Rejection> {
        let received = PAYMENTS
            .iter()
            .enumerate()
            .filter(|(_, tag)| self.seen.contains(tag))
            .fold(0, |bits, (bit, _)| bits | 1 << bit);
        if received == ALL_PAYMENTS {
            Ok(())
        } else {
            Err(Rejection::with(AnswerCode::DATA_MISSING, [received]))
        }
    }

    /// Whether a correction receipt has its basis and its lines, where the version of the format
    /// requires them. Code 0Ah is that of missing parameters; which of them 16h misses is not
    /// published (INFERRED).
    ///
    /// # Errors
    /// 0Ah.
    pub(crate) fn check_correction(&self) -> Result<(), Rejection> {
        let required = required_tags(self.ffd, self.form(), None);
        let complete = [Tag::CORRECTION_BASIS, Tag::ITEM]
            .iter()
            .all(|tag| self.seen.contains(tag) || !required.contains(tag));
        if complete {
            Ok(())
        } else {
            Err(AnswerCode::WRONG_MODE.into())
        }
    }

    /// The form whose tables say what its lines must have.
    const fn form(&self) -> Form {
        match self.kind {
            CurrentDocument::Correction | CurrentDocument::StrictFormCorrection => Form::Correction,
            _ => Form::Receipt,
        }
    }

    /// The text of a tag that was passed.
    pub(crate) fn text(&self, tag: Tag) -> Option<String> {
        Reader::new(&self.data)
            .flatten()
            .find(|field| field.tag() == tag)
            .map(|field| field.trimmed_text())
    }
}
