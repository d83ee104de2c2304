//! The document that is being put together: what 07h accepts (ФН protocol §2.2).

use std::collections::HashSet;

use ffd::{Field, Form, Reader, Tag, is_formed_by_drive, required_tags};
use fn_proto::{AnswerCode, CurrentDocument, Rejection};
use terms::{FfdVersion, LocalDateTime};

/// A begun document. It lives in volatile memory only: a power cut forgets it.
pub(crate) struct Begun {
    pub(crate) kind: CurrentDocument,
    /// The time of the begin command; none for registrations and the closing of the
    /// archive, whose time comes with A3h and 05h.
    pub(crate) time: Option<LocalDateTime>,
    pub(crate) ffd: FfdVersion,
    /// The TLV passed so far, as received.
    pub(crate) data: Vec<u8>,
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
/// Tag 1212: an excise good.
const EXCISE_GOODS: u8 = 2;
/// Tags of marked goods begin here; in a line they need B7h (ФН protocol §2.8).
const FIRST_MARKING_TAG: u16 = 2000;
/// Tags from 2000 that a line may carry in 07h: 2108, the measure of quantity.
const NOT_OF_MARKING: [Tag; 1] = [Tag::QUANTITY_MEASURE];

impl Begun {
    pub(crate) fn new(kind: CurrentDocument, time: Option<LocalDateTime>, ffd: FfdVersion) -> Self {
        Self {
            kind,
            time,
            ffd,
            data: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// How much TLV the document may have, bytes (ФН protocol §6.1, FN-1.2).
    const fn limit(&self) -> usize {
        1024 * match self.kind {
            CurrentDocument::Registration
            | CurrentDocument::DriveChange
            | CurrentDocument::Reregistration => 6,
            CurrentDocument::ShiftOpening | CurrentDocument::ArchiveClosing => 4,
            CurrentDocument::ShiftClosing => 1,
            _ => 30,
        }
    }

    /// Takes the data of one 07h, all or nothing. `may_sell_excise` is what was registered.
    ///
    /// # Errors
    /// 01h for nothing, 10h, 0Bh and 0Ch with the tag, 18h, 19h.
    pub(crate) fn accept(&mut self, data: &[u8], may_sell_excise: bool) -> Result<(), Rejection> {
        if data.is_empty() {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        if self.data.len() + data.len() > self.limit() {
            return Err(AnswerCode::TOO_LONG.into());
        }
        let mut fresh = HashSet::new();
        for field in Reader::new(data) {
            let field = field.map_err(|_| AnswerCode::BAD_ATTRIBUTE)?;
            self.check(&field, may_sell_excise)?;
            let repeats = field.tag().info().is_some_and(|info| info.repeats);
            let is_new = fresh.insert(field.tag()) && !self.seen.contains(&field.tag());
            if !is_new && !repeats {
                return Err(about(AnswerCode::DUPLICATE_TAG, field.tag()));
            }
        }
        self.seen.extend(fresh);
        self.data.extend_from_slice(data);
        Ok(())
    }

    fn check(&self, field: &Field<'_>, may_sell_excise: bool) -> Result<(), Rejection> {
        if is_formed_by_drive(field.tag(), self.ffd) {
            return Err(about(AnswerCode::FORBIDDEN_TAG, field.tag()));
        }
        check_length(field)?;
        if field.tag() == Tag::ITEM {
            self.check_item(field, may_sell_excise)?;
        }
        Ok(())
    }

    /// The content of a line: no marking, no forbidden repeats, what is mandatory present, 1222 and
    /// 1226 only together, excise goods only if registered. Which tags are mandatory is taken
    /// from the tables of the format (INFERRED: the drive's own list is not published).
    fn check_item(&self, item: &Field<'_>, may_sell_excise: bool) -> Result<(), Rejection> {
        let mut seen = HashSet::new();
        for field in item.list() {
            let field = field.map_err(|_| AnswerCode::BAD_ATTRIBUTE)?;
            let tag = field.tag();
            check_length(&field)?;
            if tag.0 >= FIRST_MARKING_TAG && !NOT_OF_MARKING.contains(&tag) {
                return Err(about(AnswerCode::FORBIDDEN_TAG, tag));
            }
            if !seen.insert(tag) && !tag.info().is_some_and(|info| info.repeats) {
                return Err(about(AnswerCode::DUPLICATE_TAG, tag));
            }
            let excise =
                tag == Tag::SETTLEMENT_SUBJECT && field.byte().is_ok_and(|s| s == EXCISE_GOODS);
            if excise && !may_sell_excise {
                return Err(AnswerCode::NOT_REGISTERED.into());
            }
        }
        let required = required_tags(self.ffd, self.form(), Some(Tag::ITEM));
        let complete = required.iter().all(|tag| seen.contains(tag));
        let agent = seen.contains(&Tag::ITEM_AGENT_KINDS) == seen.contains(&Tag::SUPPLIER_INN);
        if complete && agent {
            Ok(())
        } else {
            Err(AnswerCode::BAD_ATTRIBUTE.into())
        }
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
            CurrentDocument::Correction => Form::Correction,
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

fn check_length(field: &Field<'_>) -> Result<(), Rejection> {
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

fn about(code: AnswerCode, tag: Tag) -> Rejection {
    Rejection::with(code, tag.0.to_le_bytes())
}
