//! When a conditional tag is required, as far as a document and its registration show it.

use terms::LocalDate;

use super::{
    Rule,
    exam::{Exam, Part},
    is_email,
    list::List,
    rules,
};
use crate::{Condition, Form, Tag, UsageConditions};

/// Data of an agent or a supplier that stand in a document before FFD 1.2, beside 1057.
const AGENT_TAGS: [Tag; 8] = [
    Tag::TRANSFER_OPERATOR_ADDRESS,
    Tag::TRANSFER_OPERATOR_INN,
    Tag::TRANSFER_OPERATOR_NAME,
    Tag::AGENT_OPERATION,
    Tag::PAYMENT_AGENT_PHONE,
    Tag::PAYMENT_OPERATOR_PHONE,
    Tag::TRANSFER_OPERATOR_PHONE,
    Tag::SUPPLIER_PHONE,
];

impl Exam<'_> {
    /// Takes from the document what its lists are held against.
    pub(super) fn learn(&mut self, document: &List<'_>) {
        if self.part == Part::Whole {
            self.operation = document.byte(Tag::OPERATION_SIGN);
            self.total = document.number(Tag::TOTAL);
            let time = document.get(Tag::DATE_TIME);
            self.moment = time.and_then(|time| time.time().ok());
            let number = document.text(Tag::DRIVE_NUMBER);
            self.is_debug = number.is_some_and(|number| number.starts_with(b"9999"));
        }
        self.is_internet = document.is_set(Tag::INTERNET_SETTLEMENT);
        self.is_ordered = document.is_set(Tag::CORRECTION_TYPE);
    }

    /// Reports that `tag` is missing from `list` if `condition` holds.
    pub(super) fn check_condition(&mut self, list: &List<'_>, tag: Tag, condition: Condition) {
        let too_early = tag == Tag::INTERNET_SETTLEMENT && !self.is_since(2025, 9);
        if !too_early && self.holds(list, condition) {
            let rule = rule_of(condition, tag);
            let message = format!("it is missing; required when {condition}");
            self.findings.about(rule, list, tag, message);
        }
    }

    fn holds(&self, list: &List<'_>, condition: Condition) -> bool {
        let of_document = list.spot.is_none();
        let kinds = || match of_document {
            true if self.lines.has_agent => 0,
            true => list.byte(Tag::AGENT_KINDS).unwrap_or(0),
            false => self.kinds,
        };
        match condition {
            Condition::Always | Condition::Together => true,
            Condition::Supplied if of_document => list.has_any(&AGENT_TAGS),
            Condition::Supplied => {
                list.has_any(&[Tag::AGENT_DATA, Tag::SUPPLIER_DATA, Tag::SUPPLIER_INN])
            }
            Condition::Agent => kinds() != 0,
            Condition::PayingAgent => kinds() & 0b1111 != 0,
            Condition::BankAgent => kinds() & 0b0011 != 0,
            Condition::PaymentAgent => kinds() & 0b1100 != 0,
            Condition::Attended => self.is_attended(list) == Some(true),
            Condition::Automatic => self.is_automatic(list) == Some(true),
            Condition::Online => self.is_offline(list) == Some(false),
            Condition::Offline => self.is_offline(list) == Some(true),
            Condition::Internet => self.is_internet,
            Condition::InternetOnly => self.is_internet_only(list) == Some(true),
            Condition::ByEmail => list.text(Tag::BUYER_CONTACT).is_some_and(is_email),
            Condition::Unsent => match list.number(Tag::UNSENT_DOCUMENTS) {
                Some(count) => count > 0,
                None => list.has_any(&[
                    Tag::FIRST_UNSENT_DATE,
                    Tag::FIRST_UNSENT_NUMBER,
                    Tag::UNSENT_COUNTERS,
                ]),
            },
            Condition::Ordered => self.is_ordered,
            Condition::Marked if of_document => self.lines.has_marked,
            Condition::Marked => is_marked(list),
            Condition::Named => !list.has(Tag::PRODUCT_CODE),
            Condition::Taxed => is_taxed(list),
            // The rules of totals and of product codes see to these.
            Condition::Rate | Condition::OneCode => false,
            Condition::Registered
            | Condition::Set
            | Condition::Counted
            | Condition::ShiftOpen
            | Condition::Replaced => false,
        }
    }

    fn is_automatic(&self, document: &List<'_>) -> Option<bool> {
        let own = document.byte(Tag::AUTOMATIC_MODE).map(|flag| flag == 1);
        own.or(self.facts.map(|facts| facts.automatic))
    }

    fn is_offline(&self, document: &List<'_>) -> Option<bool> {
        let own = document.byte(Tag::OFFLINE_MODE).map(|flag| flag == 1);
        own.or(self.facts.map(|facts| facts.offline))
    }

    /// Whether the ККТ is registered for the Internet only; before 01.09.2025 its receipts have no
    /// other sign of it than 1108.
    pub(super) fn is_internet_only(&self, document: &List<'_>) -> Option<bool> {
        match self.facts {
            Some(facts) => Some(facts.conditions.has(UsageConditions::INTERNET_ONLY)),
            None => document.is_set(Tag::INTERNET_ONLY).then_some(true),
        }
    }

    /// Whether a person is there. A document alone only shows that there is none.
    fn is_attended(&self, document: &List<'_>) -> Option<bool> {
        if self.is_internet || document.is_set(Tag::INTERNET_ONLY) {
            return Some(false);
        }
        let facts = self.facts?;
        let is_report = matches!(
            self.form,
            Form::OpenShift | Form::CloseShift | Form::CloseArchive
        );
        let only_internet = facts.conditions.has(UsageConditions::INTERNET_ONLY);
        let unattended = facts.automatic || (is_report && only_internet);
        Some(!unattended)
    }

    /// Whether the document is of `day` or later; not, when that is not known.
    pub(super) fn is_since(&self, year: u16, month: u8) -> bool {
        self.moment.is_some_and(|moment| {
            LocalDate::new(year, month, 1).is_ok_and(|since| moment.date() >= since)
        })
    }
}

/// 1212 = 31, 33: a marked good with its code.
pub(super) fn is_marked(line: &List<'_>) -> bool {
    matches!(line.byte(Tag::SETTLEMENT_SUBJECT), Some(31 | 33))
}

/// Advances, payments and contributions carry no rate of their own (FFD documents §2; which
/// subjects of 1212 count as such is INFERRED).
fn is_taxed(line: &List<'_>) -> bool {
    line.byte(Tag::PAYMENT_METHOD) != Some(3)
        && !matches!(
            line.byte(Tag::SETTLEMENT_SUBJECT),
            Some(5..=8 | 10 | 12 | 15..=27)
        )
}

/// The rule that a tag missing under `condition` breaks.
fn rule_of(condition: Condition, tag: Tag) -> &'static Rule {
    match (condition, tag) {
        (Condition::Attended, _) => &rules::CASHIER,
        (Condition::Automatic, _) => &rules::AUTOMAT,
        (Condition::Online, _) => &rules::OPERATOR,
        (Condition::Internet, Tag::BUYER_CONTACT) => &rules::CONTACT_REQUIRED,
        (Condition::InternetOnly, Tag::INTERNET_ONLY) => &rules::INTERNET_ONLY,
        (Condition::InternetOnly, _) => &rules::INTERNET_SIGN,
        (Condition::ByEmail, _) => &rules::SENDER_REQUIRED,
        (Condition::Ordered, _) => &rules::CORRECTION,
        (Condition::Marked, Tag::PRODUCT_CODE) => &rules::SUBJECT,
        (Condition::Marked, _) => &rules::MARKED,
        (Condition::Supplied, _) => &rules::AGENT_KIND,
        (Condition::Agent, Tag::SUPPLIER_DATA)
        | (Condition::Always, Tag::SUPPLIER_NAME | Tag::SUPPLIER_PHONE) => &rules::SUPPLIER,
        (Condition::PayingAgent | Condition::BankAgent | Condition::PaymentAgent, _) => {
            &rules::AGENT_DATA
        }
        (Condition::Together, _) => &rules::TOGETHER,
        _ => &rules::MISSING,
    }
}
