//! The way through a document: every list once, every element once.

use std::sync::LazyLock;

use terms::{FfdVersion, Inn, LocalDateTime};

use super::{
    findings::Findings,
    list::{List, Spot},
    rules, values,
    vat::VatSums,
};
use crate::{
    EncodeError, Field, Form, Reader, RegistrationFacts, Tag, ValueKind, Writer, all_tags,
    host_limit, is_formed_by_drive,
    tag_table::{self, ListRules, TagSet, version_index},
};

/// What of a document is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// Only what the host passes, not the drive's own tags.
    Host,
    /// All of it.
    Whole,
}

/// The check of one document.
pub(super) struct Exam<'a> {
    pub(super) form: Form,
    pub(super) ffd: FfdVersion,
    pub(super) part: Part,
    pub(super) facts: Option<&'a RegistrationFacts>,
    pub(super) findings: Findings,
    /// Признак расчета (1054), if it is known.
    pub(super) operation: Option<u8>,
    /// Сумма расчета (1020), if it is known.
    pub(super) total: Option<i64>,
    /// When the document was formed (1012), if it is known.
    pub(super) moment: Option<LocalDateTime>,
    /// Whether the drive is one for trials, which may be registered with invented numbers.
    pub(super) is_debug: bool,
    /// The settlement is made in the Internet (1125).
    pub(super) is_internet: bool,
    /// Тип коррекции (1173) is 1.
    pub(super) is_ordered: bool,
    /// The agent's kinds that hold here: of the line (1222), else of the document (1057).
    pub(super) kinds: u8,
    pub(super) lines: LineSums,
    pub(super) vat: VatSums,
}

/// What the lines of a receipt amount to.
#[derive(Default)]
pub(super) struct LineSums {
    pub(super) count: usize,
    /// Sum of 1043; none when a line has none that can be read.
    pub(super) amount: Option<i64>,
    /// Of lines with 1214 = 1, 2, 3.
    pub(super) advances: i64,
    /// Of lines with 1214 = 6.
    pub(super) on_credit: i64,
    /// Of lines with 1214 = 5.
    pub(super) in_part: i64,
    pub(super) has_part: bool,
    /// A line sells a marked good with its code.
    pub(super) has_marked: bool,
    /// A line tells of an agent itself.
    pub(super) has_agent: bool,
}

impl<'a> Exam<'a> {
    pub(super) fn new(
        form: Form,
        ffd: FfdVersion,
        part: Part,
        facts: Option<&'a RegistrationFacts>,
    ) -> Self {
        Self {
            form,
            ffd,
            part,
            facts,
            findings: Findings::default(),
            operation: None,
            total: None,
            moment: None,
            is_debug: false,
            is_internet: false,
            is_ordered: false,
            kinds: 0,
            lines: LineSums {
                amount: Some(0),
                ..LineSums::default()
            },
            vat: VatSums::default(),
        }
    }

    /// Writes the host's part by `write` and checks it. Returns what was written: fit for a drive
    /// only if nothing was found that is an error.
    pub(super) fn take_written(
        &mut self,
        write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Vec<u8> {
        let mut writer = Writer::collecting();
        let failed = write(&mut writer);
        let (bytes, refused) = writer.into_parts();
        if let Err(error) = failed {
            self.findings.refused(&[], 0, &error);
        }
        for (offset, error) in &refused {
            self.findings.refused(&bytes, *offset, error);
        }
        let (len, limit) = (bytes.len(), host_limit(self.form));
        if len > limit {
            let message = format!("it takes {len} bytes, a drive takes at most {limit}");
            self.findings.told(&rules::DOCUMENT_SIZE, None, message);
        }
        self.take(Reader::new(&bytes));
        bytes
    }

    /// Checks the document that `list` is the inside of.
    pub(super) fn take(&mut self, list: Reader<'_>) {
        self.examine(&List::index(list, None), None);
    }

    fn examine(&mut self, list: &List<'_>, parent: Option<Tag>) {
        match parent {
            None => self.learn(list),
            Some(Tag::ITEM) => self.kinds = list.byte(Tag::ITEM_AGENT_KINDS).unwrap_or(0),
            Some(_) => {}
        }
        let rules = tag_table::list_rules(self.ffd, self.form, parent);
        self.check_elements(list, rules);
        self.check_presence(list, rules);
        self.check_meaning(list, parent);
        if parent == Some(Tag::ITEM) {
            self.kinds = 0;
        }
    }

    fn check_elements(&mut self, list: &List<'_>, rules: &ListRules) {
        let (mut seen, mut repeated) = (TagSet::default(), TagSet::default());
        for field in list.fields().clone() {
            let field = match field {
                Ok(field) => field,
                Err(error) => return self.findings.torn(list, error),
            };
            let place = tag_table::place(field.tag()).filter(|place| rules.allows(*place));
            let Some((place, info)) = place.and_then(|it| Some((it, tag_table::at_place(it)?)))
            else {
                let (form, ffd) = (self.form, self.ffd);
                let message = format!("it does not belong into «{form}» of FFD {ffd}");
                self.findings.at(&rules::NOT_ALLOWED, list, &field, message);
                continue;
            };
            if seen.add(place) && !info.repeats && !repeated.add(place) {
                let message = "it may occur only once here";
                self.findings.at(&rules::REPEATED, list, &field, message);
            }
            self.check_field(list, &field, rules, place, info);
            if info.kind == ValueKind::List {
                let spot = Spot {
                    outer: list.spot,
                    siblings: list.fields(),
                    tag: field.tag(),
                    offset: field.offset(),
                };
                let inside = List::index(field.list(), Some(&spot));
                self.examine(&inside, Some(field.tag()));
            }
        }
    }

    /// Checks one element by itself.
    fn check_field(
        &mut self,
        list: &List<'_>,
        field: &Field<'_>,
        rules: &ListRules,
        place: usize,
        info: &crate::TagInfo,
    ) {
        let len = field.bytes().len();
        if self.part == Part::Host {
            // Drives in 1.05 mode have no code for it, and tag 1108 is theirs or the host's there.
            if self.ffd != FfdVersion::V1_05 && is_from_drive(place, self.ffd) {
                let message = "the drive forms it itself";
                self.findings.at(&rules::DRIVE_TAG, list, field, message);
            }
        } else if !info.length.allows(len) {
            let message = format!("it takes {len} bytes, allowed are {}", info.length);
            self.findings.at(&rules::LENGTH, list, field, message);
            return;
        }
        if info.kind == ValueKind::String
            && !rules.optional.has(place)
            && field.bytes().iter().all(|byte| *byte == b' ')
        {
            let certain = self.part == Part::Host || rules.required.has(place);
            let rule = if certain {
                &rules::EMPTY
            } else {
                &rules::BLANK
            };
            self.findings.at(rule, list, field, "the text is empty");
        }
        if let (Some(since), Some(moment)) = (info.since, self.moment)
            && moment.date() < since
        {
            let message = format!("it exists since {since}");
            self.findings.at(&rules::TOO_EARLY, list, field, message);
        }
        if let Some(broken) = values::broken_by(place, field) {
            let message = format!("it is not {}", broken.allowed);
            self.findings.at(broken.rule, list, field, message);
        } else if is_inn(field.tag()) {
            self.check_inn(list, field);
        }
    }

    fn check_inn(&mut self, list: &List<'_>, field: &Field<'_>) {
        let digits = values::trimmed(field.bytes());
        let zeros = digits.iter().all(|digit| *digit == b'0');
        let inn = std::str::from_utf8(digits).ok();
        if self.is_debug || zeros || inn.is_some_and(|inn| inn.parse::<Inn>().is_ok()) {
            return;
        }
        let message = "its check digit does not fit";
        self.findings.at(&rules::INN, list, field, message);
    }

    /// Checks that what must be there is there.
    fn check_presence(&mut self, list: &List<'_>, rules: &ListRules) {
        let nothing = TagSet::default();
        let of_drive = match self.part {
            Part::Host => &FROM_DRIVE[version_index(self.ffd)],
            Part::Whole => &nothing,
        };
        let missing = rules.required.without([&list.present, of_drive]);
        if !missing.is_empty() {
            for info in missing.places().filter_map(tag_table::at_place) {
                if !self.is_told_by_command(info.tag) {
                    let message = "it is required and missing";
                    self.findings
                        .about(&rules::MISSING, list, info.tag, message);
                }
            }
        }
        for (place, tag, condition) in &rules.demanded {
            let is_elsewhere = of_drive.has(*place) || self.is_told_by_command(*tag);
            if !list.present.has(*place) && !is_elsewhere {
                self.check_condition(list, *tag, *condition);
            }
        }
    }

    /// Registrations before FFD 1.2 get tag 1108 from the drive, which learns it from the command
    /// (ФН protocol §2.3); the operator's ИНН is an argument beside the report in every version.
    fn is_told_by_command(&self, tag: Tag) -> bool {
        let registration = matches!(self.form, Form::Registration | Form::RegistrationChange);
        let told = matches!(tag, Tag::INTERNET_ONLY | Tag::OFD_INN);
        self.part == Part::Host && registration && told
    }

    /// Checks a list by what its elements mean together.
    fn check_meaning(&mut self, list: &List<'_>, parent: Option<Tag>) {
        match parent {
            None => self.check_document_meaning(list),
            Some(Tag::ITEM) => self.check_line(list),
            Some(Tag::RECEIPT_VAT_ENTRY) => self.check_vat_entry(list),
            Some(Tag::CORRECTION_BASIS) => self.check_basis(list),
            Some(Tag::BUYER) => self.check_buyer(list),
            Some(Tag::PRODUCT_CODE) => self.check_product_code(list),
            Some(Tag::FRACTION) => self.check_fraction(list),
            Some(other) => self.check_counter(list, other),
        }
    }

    fn check_document_meaning(&mut self, document: &List<'_>) {
        if self.part == Part::Whole {
            self.check_version(document);
            self.check_day(document);
        }
        match self.form {
            Form::Receipt | Form::StrictForm | Form::Correction | Form::StrictFormCorrection => {
                self.check_receipt(document);
            }
            Form::Registration | Form::RegistrationChange => self.check_registration(document),
            Form::CloseShift | Form::CurrentState => self.check_counts(document),
            _ => {}
        }
    }

    /// Whether it corrects another settlement.
    pub(super) const fn is_correction(&self) -> bool {
        matches!(self.form, Form::Correction | Form::StrictFormCorrection)
    }
}

const fn is_inn(tag: Tag) -> bool {
    matches!(tag.0, 1016 | 1017 | 1018 | 1203 | 1226 | 1228)
}

/// What a drive forms itself, by version.
static FROM_DRIVE: LazyLock<[TagSet; 3]> = LazyLock::new(|| {
    [FfdVersion::V1_05, FfdVersion::V1_1, FfdVersion::V1_2].map(|ffd| {
        let mut set = TagSet::default();
        for (place, _) in all_tags()
            .enumerate()
            .filter(|(_, info)| is_formed_by_drive(info.tag, ffd))
        {
            set.add(place);
        }
        set
    })
});

fn is_from_drive(place: usize, ffd: FfdVersion) -> bool {
    FROM_DRIVE[version_index(ffd)].has(place)
}
