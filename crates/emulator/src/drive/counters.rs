//! Counters of receipts: tags 1194 (shift) and 1157 (drive), FFD documents §4.

use ffd::{EncodeError, Reader, Tag, Writer};
use terms::OperationSign;

/// The counter tag, and the receipt's tag that it sums. The rates of 5, 7 and 22 % have no counters
/// of their own.
const SUMS: [(Tag, Tag); 12] = [
    (Tag(1201), Tag::TOTAL),
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
const RECEIPTS_OF_ALL: Tag = Tag(1134);
const RECEIPTS: Tag = Tag(1135);

/// Receipts by settlement sign.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counters {
    /// Income, its return, expense, its return: tags 1129…1132.
    by_operation: [Counter; 4],
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Counter {
    receipts: u32,
    sums: [u64; SUMS.len()],
}

impl Counters {
    /// Counts the receipt whose content `list` is.
    pub(crate) fn count(&mut self, operation: OperationSign, list: Reader<'_>) {
        let Some(counter) = self
            .by_operation
            .get_mut(usize::from(operation.code()).wrapping_sub(1))
        else {
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

    /// The value of tag 1157 or 1194.
    pub(crate) fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        let all = self.by_operation.iter().map(|counter| counter.receipts);
        writer.uint32(RECEIPTS_OF_ALL, all.sum())?;
        for (tag, counter) in (1129..).map(Tag).zip(&self.by_operation) {
            if counter.receipts > 0 {
                writer.raw(tag, &counter.write()?)?;
            }
        }
        Ok(writer.finish())
    }
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
