use terms::{Kopecks, VatCode};

use crate::{EncodeError, Line, Tag, Tree, Value, Writer, fields::Fields};

/// The rates that have a tag of their own, in the order written.
const OWN_TAGS: [(VatCode, Tag); 6] = [
    (VatCode::V20, Tag::VAT_20_SUM),
    (VatCode::V10, Tag::VAT_10_SUM),
    (VatCode::V20In120, Tag::VAT_20_120_SUM),
    (VatCode::V10In110, Tag::VAT_10_110_SUM),
    (VatCode::V0, Tag::TURNOVER_VAT_0),
    (VatCode::Exempt, Tag::TURNOVER_NO_VAT),
];
/// The rates that are told inside tag 1115.
const IN_1115: [VatCode; 6] = [
    VatCode::V5,
    VatCode::V7,
    VatCode::V5In105,
    VatCode::V7In107,
    VatCode::V22,
    VatCode::V22In122,
];

/// The VAT totals of a receipt: for each rate of its lines the tax, for 0 % and «без НДС» the
/// turnover (FFD documents §3, tag 1199; receipt rules §1.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct VatTotals([Option<Kopecks>; 12]);

impl VatTotals {
    /// Sums the lines, each rounded on its own. Rates that no line has stay absent.
    ///
    /// # Errors
    /// When a sum leaves the range of money.
    pub fn of_lines(lines: &[Line]) -> terms::Result<Self> {
        let mut totals = Self::default();
        for line in lines {
            let Some(code) = line.vat_code() else {
                continue;
            };
            let part = match code {
                VatCode::V0 | VatCode::Exempt => line.amount,
                _ => line.tax(),
            };
            let so_far = totals.get(code).unwrap_or(Kopecks::ZERO);
            totals.set(code, Kopecks::sum([so_far, part])?);
        }
        Ok(totals)
    }

    /// The total of a rate; none when no line has it.
    pub const fn get(&self, code: VatCode) -> Option<Kopecks> {
        self.0[code.code() as usize - 1]
    }

    /// The rates present, with their totals.
    pub fn iter(&self) -> impl Iterator<Item = (VatCode, Kopecks)> {
        VatCode::ALL
            .into_iter()
            .filter_map(|code| Some((code, self.get(code)?)))
    }

    /// These totals with that of one rate replaced.
    #[must_use]
    pub const fn with(mut self, code: VatCode, total: Kopecks) -> Self {
        self.set(code, total);
        self
    }

    pub(crate) const fn set(&mut self, code: VatCode, total: Kopecks) {
        self.0[code.code() as usize - 1] = Some(total);
    }

    /// Writes the totals. A turnover of nothing is omitted, since present-but-zero 1104 and 1105
    /// are refused (FFD documents §6 rule 5), except for the stub 1104 = 0, which must stand where
    /// all tax is inside 1115 (receipt rules §1.3 rule 8).
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        let mut with_own_tag = false;
        for (code, tag) in OWN_TAGS {
            let turnover = matches!(code, VatCode::V0 | VatCode::Exempt);
            if let Some(total) = self
                .get(code)
                .filter(|total| !(turnover && total.is_zero()))
            {
                writer.money(tag, total)?;
                with_own_tag = true;
            }
        }
        if IN_1115.iter().all(|code| self.get(*code).is_none()) {
            return Ok(());
        }
        if !with_own_tag {
            writer.money(Tag::TURNOVER_VAT_0, Kopecks::ZERO)?;
        }
        writer.nested(Tag::RECEIPT_VAT_SUMS, |sums| {
            for code in IN_1115 {
                if let Some(total) = self.get(code) {
                    sums.nested(Tag::RECEIPT_VAT_ENTRY, |entry| {
                        entry.byte(Tag::VAT_CODE, code.code())?;
                        entry.money(Tag::RECEIPT_VAT_SUM, total)
                    })?;
                }
            }
            Ok(())
        })
    }

    /// Takes the totals as they stand, without the stub. A 1115 that cannot be understood is left
    /// alone.
    pub(crate) fn read(fields: &mut Fields) -> Self {
        let mut totals = Self::default();
        for (code, tag) in OWN_TAGS {
            if let Some(total) = fields.optional(tag, Value::as_money) {
                totals.set(code, total);
            }
        }
        let entries = fields.optional(Tag::RECEIPT_VAT_SUMS, |sums| read_1115(sums.as_list()?));
        let entries = entries.unwrap_or_default();
        let lonely = totals.iter().eq([(VatCode::V0, Kopecks::ZERO)]);
        if lonely && !entries.is_empty() {
            totals = Self::default();
        }
        for (code, total) in entries {
            totals.set(code, total);
        }
        totals
    }
}

fn read_1115(sums: &Tree) -> Option<Vec<(VatCode, Kopecks)>> {
    let mut entries: Vec<(VatCode, Kopecks)> = Vec::new();
    for element in sums {
        let entry = element.value.as_list()?;
        let code = VatCode::from_code(entry.get(Tag::VAT_CODE)?.as_byte()?).ok()?;
        let total = entry.get(Tag::RECEIPT_VAT_SUM)?.as_money()?;
        let known = element.tag == Tag::RECEIPT_VAT_ENTRY && entry.0.len() == 2;
        let again = entries.iter().any(|(other, _)| *other == code);
        if !known || again || !IN_1115.contains(&code) {
            return None;
        }
        entries.push((code, total));
    }
    Some(entries)
}
