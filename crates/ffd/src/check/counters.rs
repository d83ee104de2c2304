//! Counts and counters of reports (FFD documents §4).

use super::{exam::Exam, list::List, rules};
use crate::{Form, Tag};

/// Counters of receipts by settlement sign, in 1157 and 1194.
const BY_SIGN: [Tag; 4] = [
    Tag::COUNTERS_INCOME,
    Tag::COUNTERS_INCOME_RETURN,
    Tag::COUNTERS_EXPENSE,
    Tag::COUNTERS_EXPENSE_RETURN,
];
/// The brief ones, in 1133 and 1158.
const BRIEF: [Tag; 4] = [
    Tag::BRIEF_INCOME,
    Tag::BRIEF_INCOME_RETURN,
    Tag::BRIEF_EXPENSE,
    Tag::BRIEF_EXPENSE_RETURN,
];
/// What 1201 is the sum of.
const PARTS: [Tag; 5] = [
    Tag::COUNTED_CASH,
    Tag::COUNTED_CASHLESS,
    Tag::COUNTED_PREPAID,
    Tag::COUNTED_CREDIT,
    Tag::COUNTED_COUNTER,
];

impl Exam<'_> {
    /// A list of counters.
    pub(super) fn check_counter(&mut self, list: &List<'_>, tag: Tag) {
        match tag {
            Tag::DRIVE_COUNTERS | Tag::SHIFT_COUNTERS => {
                let corrections = Some((Tag::COUNTERS_CORRECTIONS, Tag::COUNTED_BRIEFLY));
                let counted = BY_SIGN.map(|sign| (sign, Tag::COUNTED));
                let counted = counted.into_iter().chain(corrections);
                self.check_count(list, Tag::COUNTED_ALL, counted);
            }
            Tag::COUNTERS_CORRECTIONS | Tag::UNSENT_COUNTERS => {
                let counted = BRIEF.map(|sign| (sign, Tag::COUNTED));
                self.check_count(list, Tag::COUNTED_BRIEFLY, counted.into_iter());
            }
            tag if BY_SIGN.contains(&tag) || BRIEF.contains(&tag) => self.check_sum(list),
            _ => {}
        }
    }

    /// A count of all against the counts inside the lists that are there. With no list at all
    /// nothing is told, which drives do to save space.
    fn check_count(
        &mut self,
        list: &List<'_>,
        all: Tag,
        lists: impl Iterator<Item = (Tag, Tag)> + Clone,
    ) {
        if !lists.clone().any(|(tag, _)| list.has(tag)) {
            return;
        }
        let counts = lists.filter_map(|(tag, count)| list.inside(tag)?.number(count));
        let sum = counts.fold(0_i64, i64::saturating_add);
        if list.number(all).is_some_and(|told| told != sum) {
            let message = format!("its parts count {sum}");
            self.findings
                .about(&rules::COUNTER_COUNT, list, all, message);
        }
    }

    /// 1201 against its parts, where they are told.
    fn check_sum(&mut self, list: &List<'_>) {
        if !list.has_any(&PARTS) {
            return;
        }
        let parts = PARTS.iter().filter_map(|tag| list.number(*tag));
        let sum = parts.fold(0_i64, i64::saturating_add);
        if list
            .number(Tag::COUNTED_TOTAL)
            .is_some_and(|told| told != sum)
        {
            let message = format!("its parts sum up to {sum} kopecks");
            self.findings
                .about(&rules::COUNTER_SUM, list, Tag::COUNTED_TOTAL, message);
        }
    }

    /// What forms 5 and 21 count.
    pub(super) fn check_counts(&mut self, document: &List<'_>) {
        self.check_unsent(document);
        if self.form == Form::CloseShift {
            self.check_shift_counts(document);
            self.check_shift_within_drive(document);
        }
    }

    /// 1098 and 1116 tell of the first document that 1097 counts.
    fn check_unsent(&mut self, document: &List<'_>) {
        if document.number(Tag::UNSENT_DOCUMENTS) != Some(0) {
            return;
        }
        for tag in [Tag::FIRST_UNSENT_DATE, Tag::FIRST_UNSENT_NUMBER] {
            let has_value = document.number(tag).is_some_and(|value| value != 0);
            if has_value {
                let message = "no document is waiting (1097 = 0)";
                self.findings.about(&rules::UNSENT, document, tag, message);
            }
        }
    }

    fn check_shift_counts(&mut self, document: &List<'_>) {
        let Some(receipts) = document.number(Tag::SHIFT_RECEIPTS) else {
            return;
        };
        if document
            .number(Tag::SHIFT_DOCUMENTS)
            .is_some_and(|all| all <= receipts)
        {
            let message = format!("the shift has {receipts} receipts and this report");
            self.findings
                .about(&rules::SHIFT_COUNT, document, Tag::SHIFT_DOCUMENTS, message);
        }
        let counters = document.inside(Tag::SHIFT_COUNTERS);
        let counted = counters.and_then(|counters| counters.number(Tag::COUNTED_ALL));
        if counted.is_some_and(|counted| counted != receipts) {
            let message = format!(
                "the shift's counters (1134 of 1194) have {}",
                counted.unwrap_or(0)
            );
            self.findings.about(
                &rules::SHIFT_RECEIPTS,
                document,
                Tag::SHIFT_RECEIPTS,
                message,
            );
        }
    }

    fn check_shift_within_drive(&mut self, document: &List<'_>) {
        let shift = document.inside(Tag::SHIFT_COUNTERS);
        let Some((shift, drive)) = shift.zip(document.inside(Tag::DRIVE_COUNTERS)) else {
            return;
        };
        let exceeds = |of_shift: &List<'_>, of_drive: Option<&List<'_>>, tag| {
            let most = of_drive.and_then(|list| list.number(tag)).unwrap_or(0);
            of_shift.number(tag).is_some_and(|count| count > most)
        };
        let mut broken = exceeds(&shift, Some(&drive), Tag::COUNTED_ALL);
        for sign in BY_SIGN {
            let (of_shift, of_drive) = (shift.inside(sign), drive.inside(sign));
            let Some(of_shift) = of_shift else {
                continue;
            };
            broken |= [Tag::COUNTED, Tag::COUNTED_TOTAL]
                .into_iter()
                .any(|tag| exceeds(&of_shift, of_drive.as_ref(), tag));
        }
        if broken {
            let message = "it counts more than the drive's counters (1157)";
            self.findings.about(
                &rules::COUNTER_SHIFT,
                document,
                Tag::SHIFT_COUNTERS,
                message,
            );
        }
    }
}
