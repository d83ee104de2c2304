//! VAT totals of receipts: 1102…1107 and 1115.

use terms::{Kopecks, VatCode};

use super::{exam::Exam, list::List, rules};
use crate::Tag;

const RATES: usize = VatCode::ALL.len();
/// Rates with a total of their own.
const OWN_TOTALS: [(VatCode, Tag); 6] = [
    (VatCode::V20, Tag::VAT_20_SUM),
    (VatCode::V10, Tag::VAT_10_SUM),
    (VatCode::V20In120, Tag::VAT_20_120_SUM),
    (VatCode::V10In110, Tag::VAT_10_110_SUM),
    (VatCode::V0, Tag::TURNOVER_VAT_0),
    (VatCode::Exempt, Tag::TURNOVER_NO_VAT),
];

/// What the lines and the entries of 1115 of a receipt amount to, by rate.
#[derive(Default)]
pub(super) struct VatSums {
    /// The tax of the lines, of 0 % and «без НДС» their turnover.
    of_lines: [i64; RATES],
    lines: [i64; RATES],
    entries: [Option<i64>; RATES],
    /// A line or an entry says nothing that can be summed.
    pub(super) is_uncertain: bool,
}

const fn place(code: VatCode) -> usize {
    code.code() as usize - 1
}

const fn is_turnover(code: VatCode) -> bool {
    matches!(code, VatCode::V0 | VatCode::Exempt)
}

impl VatSums {
    pub(super) fn add_line(&mut self, code: VatCode, amount: Kopecks) {
        let part = if is_turnover(code) {
            amount
        } else {
            code.tax_in(amount)
        };
        let sum = &mut self.of_lines[place(code)];
        *sum = sum.saturating_add(part.get());
        self.lines[place(code)] += 1;
    }

    /// Whether a total fits the lines: each of them may be rounded on its own or with the others.
    fn fits(&self, code: VatCode, total: i64) -> bool {
        let tolerance = if is_turnover(code) {
            0
        } else {
            self.lines[place(code)]
        };
        (total - self.of_lines[place(code)]).abs() <= tolerance
    }

    fn message(&self, code: VatCode) -> String {
        let sum = Kopecks::new(self.of_lines[place(code)]);
        let sum = sum.map_or_else(|error| error.to_string(), |sum| sum.to_string());
        format!("the lines with {code} give {sum}")
    }
}

impl Exam<'_> {
    /// 1119: one rate of 1115.
    pub(super) fn check_vat_entry(&mut self, entry: &List<'_>) {
        let code = entry.byte(Tag::VAT_CODE);
        let Some(code) = code.and_then(|code| VatCode::from_code(code).ok()) else {
            self.vat.is_uncertain = true;
            return;
        };
        if code.code() < 7 {
            let message = format!("{code} has a total of its own");
            self.findings
                .about(&rules::VAT_ENTRY_RATE, entry, Tag::VAT_CODE, message);
            return;
        }
        let Some(sum) = entry.number(Tag::RECEIPT_VAT_SUM) else {
            self.vat.is_uncertain = true;
            return;
        };
        if self.vat.entries[place(code)].replace(sum).is_some() {
            self.vat.is_uncertain = true;
            let message = format!("{code} was told before");
            self.findings
                .about(&rules::VAT_ENTRY_TWICE, entry, Tag::VAT_CODE, message);
        }
    }

    pub(super) fn check_vat_totals(&mut self, document: &List<'_>) {
        if self.lines.count == 0 {
            return;
        }
        self.check_zero_turnover(document);
        if self.vat.is_uncertain {
            return;
        }
        for (code, tag) in OWN_TOTALS {
            let total = document.number(tag);
            if self.vat.fits(code, total.unwrap_or(0)) {
                continue;
            }
            let message = self.vat.message(code);
            let rule = match total {
                Some(_) => &rules::VAT_TOTALS,
                None => &rules::MISSING,
            };
            self.findings.about(rule, document, tag, message);
        }
        let is_there = document.has(Tag::RECEIPT_VAT_SUMS);
        let mut is_missing = false;
        for code in VatCode::ALL.into_iter().filter(|code| code.code() >= 7) {
            let total = self.vat.entries[place(code)];
            if self.vat.fits(code, total.unwrap_or(0)) || is_missing {
                continue;
            }
            is_missing = !is_there;
            let message = match total {
                Some(total) => format!("{total} is told for {code}, {}", self.vat.message(code)),
                None => self.vat.message(code),
            };
            let rule = if is_there {
                &rules::VAT_TOTALS
            } else {
                &rules::MISSING
            };
            self.findings
                .about(rule, document, Tag::RECEIPT_VAT_SUMS, message);
        }
    }

    /// A 1104 of nothing may stand where all tax is inside 1115 (receipt rules §1.3 rule 8).
    fn check_zero_turnover(&mut self, document: &List<'_>) {
        let is_zero = |tag| document.number(tag) == Some(0);
        let totals = OWN_TOTALS.iter().filter(|(_, tag)| document.has(*tag));
        let is_stub = totals.count() == 1 && document.has(Tag::RECEIPT_VAT_SUMS);
        for tag in [Tag::TURNOVER_VAT_0, Tag::TURNOVER_NO_VAT] {
            if is_zero(tag) && !(is_stub && tag == Tag::TURNOVER_VAT_0) {
                let message = "it is present and says nothing";
                self.findings
                    .about(&rules::ZERO_TURNOVER, document, tag, message);
            }
        }
    }
}
