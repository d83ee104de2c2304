//! Counters of receipts and corrections: tags 1194 (shift) and 1157 (drive), FFD documents §4.

use ffd::{EncodeError, Reader, Tag, Writer};
use terms::{Kopecks, OperationSign};

/// The counter tag, and the receipt's tag that it sums. The rates of 5, 7 and 22 % have no counters
/// of their own.
const SUMS: [(Tag, Tag); 12] = [
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
/// Receipts and corrections.
const RECEIPTS_OF_ALL: Tag = Tag(1134);
const RECEIPTS: Tag = Tag(1135);
const TOTAL: Tag = Tag(1201);
const CORRECTIONS: Tag = Tag(1133);
const CORRECTIONS_OF_ALL: Tag = Tag(1144);
/// Income, its return, expense, its return.
const CORRECTIONS_BY_OPERATION: [Tag; 4] = [Tag(1145), Tag(1232), Tag(1146), Tag(1233)];

/// Receipts and corrections by settlement sign.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counters {
    /// Income, its return, expense, its return: tags 1129…1132.
    by_operation: [Counter; 4],
    /// The same of corrections, tag 1133.
    corrections: [CorrectionCounter; 4],
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Counter {
    receipts: u32,
    sums: [u64; SUMS.len()],
}

/// Of corrections a drive counts their number and sum and no ways of payment (ФН protocol §2.9,
/// block B; that its report says no more is INFERRED).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct CorrectionCounter {
    receipts: u32,
    total: u64,
}

impl Counters {
    /// Counts the receipt whose content `list` is.
    pub(crate) fn count(&mut self, operation: OperationSign, list: Reader<'_>) {
        let Some(counter) = self.by_operation.get_mut(place_of(operation)) else {
            return;
        };
        counter.receipts += 1;
        for field in list.flatten() {
            let place = SUMS.iter().position(|(_, of)| *of == field.tag());
            if let Some((place, sum)) = place.zip(field.vln().ok()) {
                counter.sums[place] = counter.sums[place].saturating_add(sum);
            }
        }
    }

    /// Counts a correction receipt of `total`.
    pub(crate) fn count_correction(&mut self, operation: OperationSign, total: Kopecks) {
        if let Some(counter) = self.corrections.get_mut(place_of(operation)) {
            let total = u64::try_from(total.get()).unwrap_or_default();
            counter.receipts += 1;
            counter.total = counter.total.saturating_add(total);
        }
    }

    /// The value of tag 1157 or 1194.
    pub(crate) fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        let receipts: u32 = self.by_operation.iter().map(|c| c.receipts).sum();
        let corrections: u32 = self.corrections.iter().map(|c| c.receipts).sum();
        writer.uint32(RECEIPTS_OF_ALL, receipts + corrections)?;
        for (tag, counter) in (1129..).map(Tag).zip(&self.by_operation) {
            if counter.receipts > 0 {
                writer.raw(tag, &counter.write()?)?;
            }
        }
        if corrections > 0 {
            writer.nested(CORRECTIONS, |writer| {
                self.write_corrections(writer, corrections)
            })?;
        }
        Ok(writer.finish())
    }

    fn write_corrections(&self, writer: &mut Writer, all: u32) -> Result<(), EncodeError> {
        writer.uint32(CORRECTIONS_OF_ALL, all)?;
        for (tag, counter) in CORRECTIONS_BY_OPERATION.iter().zip(&self.corrections) {
            if counter.receipts > 0 {
                writer.nested(*tag, |writer| {
                    writer.uint32(RECEIPTS, counter.receipts)?;
                    writer.vln(TOTAL, counter.total)
                })?;
            }
        }
        Ok(())
    }
}

/// Where a settlement sign stands in the arrays: its code from 1 on.
fn place_of(operation: OperationSign) -> usize {
    usize::from(operation.code()).wrapping_sub(1)
}

impl Counter {
    fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.uint32(RECEIPTS, self.receipts)?;
        for ((tag, _), sum) in SUMS.iter().zip(self.sums) {
            if sum > 0 {
                writer.vln(*tag, sum)?;
            }
        }
        Ok(writer.finish())
    }
}
