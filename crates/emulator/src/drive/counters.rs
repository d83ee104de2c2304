//! Counters of receipts and corrections: tags 1194 (shift), 1157 (drive) and 1158 (unsent), FFD
//! documents §4, and what 36h…39h answer of them (ФН protocol §2.9).

use ffd::{EncodeError, Reader, Tag, Writer};
use terms::{Kopecks, OperationSign};

/// How many sums are counted for an operation.
pub(crate) const SUMS: usize = 12;

/// The counter tag, and the receipt's tag that it sums, in the order of the tags. The rates of 5, 7
/// and 22 % have no counters of their own.
const COUNTED: [(Tag, Tag); SUMS] = [
    (TOTAL, Tag::TOTAL),
    (Tag(1136), Tag::CASH),
    (Tag(1138), Tag::CASHLESS),
    (Tag(1218), Tag::PREPAID),
    (Tag(1219), Tag::CREDIT),
    (Tag(1220), Tag::COUNTER),
    (Tag(1139), Tag::VAT_20_SUM),
    (Tag(1140), Tag::VAT_10_SUM),
    (Tag(1141), Tag::VAT_20_120_SUM),
    (Tag(1142), Tag::VAT_10_110_SUM),
    (Tag(1143), Tag::TURNOVER_VAT_0),
    (Tag(1183), Tag::TURNOVER_NO_VAT),
];
/// Places in [`COUNTED`] in the order of 36h: 0 % and exempt stand before the calculated rates.
const ON_WIRE: [usize; SUMS] = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 8, 9];
/// Receipts and corrections.
const RECEIPTS_OF_ALL: Tag = Tag(1134);
const RECEIPTS: Tag = Tag(1135);
const TOTAL: Tag = Tag(1201);
const CORRECTIONS: Tag = Tag(1133);
const CORRECTIONS_OF_ALL: Tag = Tag(1144);
/// Income, its return, expense, its return.
const CORRECTIONS_BY_OPERATION: [Tag; 4] = [Tag(1145), Tag(1232), Tag(1146), Tag(1233)];
/// The sum fields of 36h have six bytes; so have the drive's own counters (INFERRED).
pub(crate) const MOST: u64 = (1 << 48) - 1;

/// Receipts and corrections by settlement sign.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counters {
    /// Income, its return, expense, its return: tags 1129…1132.
    by_operation: [Counter; 4],
    /// The same of corrections, tag 1133.
    corrections: Tallies,
}

/// Receipts with one settlement sign.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counter {
    pub(crate) receipts: u32,
    sums: [u64; SUMS],
}

/// Number and sum of documents: all that a drive counts of corrections (ФН protocol §2.9, block B;
/// that its report says no more is INFERRED).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) receipts: u32,
    pub(crate) total: u64,
}

/// The same for income, its return, expense and its return.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tallies(pub(crate) [Tally; 4]);

impl Counters {
    /// Counts a receipt of `total`, and what its content `list` says besides.
    pub(crate) fn count(&mut self, operation: OperationSign, total: Kopecks, list: Reader<'_>) {
        let Some(counter) = self.by_operation.get_mut(place_of(operation)) else {
            return;
        };
        counter.receipts += 1;
        counter.add(0, unsigned(total));
        for field in list.flatten().filter(|field| field.tag() != Tag::TOTAL) {
            let place = COUNTED.iter().position(|(_, of)| *of == field.tag());
            if let Some((place, sum)) = place.zip(field.vln().ok()) {
                counter.add(place, sum);
            }
        }
    }

    /// Counts a correction receipt of `total`.
    pub(crate) fn count_correction(&mut self, operation: OperationSign, total: Kopecks) {
        self.corrections.count(operation, total);
    }

    /// Receipts with this sign; nothing for a sign that there is not.
    pub(crate) fn of(&self, operation: OperationSign) -> Counter {
        let counter = self.by_operation.get(place_of(operation));
        counter.cloned().unwrap_or_default()
    }

    pub(crate) const fn corrections(&self) -> &Tallies {
        &self.corrections
    }

    /// Receipts with any sign.
    pub(crate) fn receipts(&self) -> u32 {
        self.by_operation.iter().map(|c| c.receipts).sum()
    }

    /// Whether the sums take one more receipt.
    pub(crate) fn has_room_for(&self, operation: OperationSign, total: Kopecks) -> bool {
        let so_far = self.of(operation).sums[0].max(self.corrections.of(operation).total);
        so_far.saturating_add(unsigned(total)) <= MOST
    }

    /// The value of tag 1157 or 1194.
    pub(crate) fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.uint32(
            RECEIPTS_OF_ALL,
            self.receipts() + self.corrections.documents(),
        )?;
        for (tag, counter) in (1129..).map(Tag).zip(&self.by_operation) {
            if counter.receipts > 0 {
                writer.raw(tag, &counter.write()?)?;
            }
        }
        if self.corrections.documents() > 0 {
            writer.raw(CORRECTIONS, &self.corrections.write()?)?;
        }
        Ok(writer.finish())
    }
}

impl Counter {
    /// Total, five ways of payment, six sums of VAT, as 36h has them.
    pub(crate) fn on_wire(&self) -> [u64; SUMS] {
        ON_WIRE.map(|place| self.sums[place])
    }

    fn add(&mut self, place: usize, sum: u64) {
        self.sums[place] = self.sums[place].saturating_add(sum).min(MOST);
    }

    fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.uint32(RECEIPTS, self.receipts)?;
        for ((tag, _), sum) in COUNTED.iter().zip(self.sums) {
            if sum > 0 {
                writer.vln(*tag, sum)?;
            }
        }
        Ok(writer.finish())
    }
}

impl Tallies {
    pub(crate) fn count(&mut self, operation: OperationSign, total: Kopecks) {
        if let Some(tally) = self.0.get_mut(place_of(operation)) {
            tally.receipts += 1;
            tally.total = tally.total.saturating_add(unsigned(total)).min(MOST);
        }
    }

    pub(crate) fn of(&self, operation: OperationSign) -> Tally {
        self.0.get(place_of(operation)).copied().unwrap_or_default()
    }

    pub(crate) fn documents(&self) -> u32 {
        self.0.iter().map(|tally| tally.receipts).sum()
    }

    /// The value of tag 1133 or 1158.
    pub(crate) fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.uint32(CORRECTIONS_OF_ALL, self.documents())?;
        for (tag, tally) in CORRECTIONS_BY_OPERATION.iter().zip(&self.0) {
            if tally.receipts > 0 {
                writer.nested(*tag, |writer| {
                    writer.uint32(RECEIPTS, tally.receipts)?;
                    writer.vln(TOTAL, tally.total)
                })?;
            }
        }
        Ok(writer.finish())
    }
}

/// Where a settlement sign stands in the arrays: its code from 1 on.
fn place_of(operation: OperationSign) -> usize {
    usize::from(operation.code()).wrapping_sub(1)
}

fn unsigned(sum: Kopecks) -> u64 {
    u64::try_from(sum.get()).unwrap_or_default()
}
