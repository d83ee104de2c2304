//! How a document is settled, and its taxes (ATOL Online protocol §3.3, §3.6).

use desk::ready::{CashlessPayment, Line, Payments, VatTotals};
use terms::{Kopecks, VatCode};

use super::{answer::Fault, fields::Fields, setup::Protocol, words};

/// Driver: the payments do not cover the total.
const NOT_PAID: i32 = 66;
/// Driver: more cashless money than the total.
const TOO_MUCH_CASHLESS: i32 = 52;
/// By so many kopecks a total of v4 may be rounded down.
const ROUNDED_BY: i64 = 99;

/// What `payments` say.
pub(super) struct Given {
    sums: Payments,
    /// v4: the one payment has no sum, which makes it cashless for the whole total.
    is_whole: bool,
}

impl Given {
    /// Reads `payments`: 1…10 of them.
    pub(super) fn read(document: &Fields<'_>, protocol: Protocol) -> Result<Self, Fault> {
        let list = document.some_objects("payments", 10)?;
        let may_be_whole = protocol == Protocol::V4 && list.len() == 1;
        let mut given = Self {
            sums: Payments::default(),
            is_whole: false,
        };
        for payment in list {
            let kind = payment.integer("type")?;
            let kind = payment.required("type", kind)?;
            let sum = match payment.money("sum")? {
                None if may_be_whole => {
                    given.is_whole = true;
                    Kopecks::ZERO
                }
                sum => payment.required("sum", sum)?,
            };
            let sums = &mut given.sums;
            let place = match kind {
                0 => &mut sums.cash,
                1 => &mut sums.cashless,
                2 => &mut sums.prepaid,
                3 => &mut sums.credit,
                4 => &mut sums.counter,
                5..=9 => {
                    let rule = "the kinds 5…9 are mapped on the device, and nothing is mapped here";
                    return Err(payment.fault("type", rule));
                }
                _ => return Err(payment.fault("type", "it is 0…4")),
            };
            *place = place
                .add(sum)
                .map_err(|error| payment.fault("sum", error))?;
            payment.finish()?;
        }
        Ok(given)
    }

    /// The payments of a document whose lines sum up to `total`: what is too much of cash is
    /// change.
    pub(super) fn settle(self, total: Kopecks) -> Result<Payments, Fault> {
        if self.is_whole {
            return Ok(Payments::cashless(total));
        }
        let mut sums = self.sums;
        let paid = sums
            .total()
            .map_err(|error| Fault::field("payments", error))?;
        let change = paid.get() - total.get();
        if change < 0 {
            let text = format!("the payments sum up to {paid}, the lines to {total}");
            return Err(Fault::device(NOT_PAID, "driver", text));
        }
        let cash = Kopecks::new(sums.cash.get() - change).ok();
        sums.cash = cash.filter(|cash| cash.get() >= 0).ok_or_else(|| {
            let text = format!("the payments but cash are more than the total of {total}");
            Fault::device(TOO_MUCH_CASHLESS, "driver", text)
        })?;
        Ok(sums)
    }

    /// The payments of a correction without lines.
    pub(super) fn whole(self, document: &Fields<'_>) -> Result<Payments, Fault> {
        if self.is_whole {
            let rule = "it is required: a correction has no lines to take it from";
            return Err(document.fault("payments[0].sum", rule));
        }
        Ok(self.sums)
    }
}

/// The sum of the lines, which `total` has to agree with: in v4 it may be rounded down, and the
/// device reckons anew.
pub(super) fn total(
    document: &Fields<'_>,
    lines: &[Line],
    protocol: Protocol,
) -> Result<Kopecks, Fault> {
    let sum = Kopecks::sum(lines.iter().map(|line| line.amount));
    let sum = sum.map_err(|error| document.fault("items", error))?;
    let told = document.required_money("total")?;
    let rounded = match protocol {
        Protocol::V4 => 0..=ROUNDED_BY,
        Protocol::V5 => 0..=0,
    };
    if !rounded.contains(&(sum.get() - told.get())) {
        let rule = format!("it is {told}, but the items sum up to {sum}");
        return Err(document.fault("total", rule));
    }
    Ok(sum)
}

/// One of `vats`.
struct Vat<'a> {
    fields: Fields<'a>,
    code: VatCode,
    sum: Option<Kopecks>,
}

impl Vat<'_> {
    /// Without VAT and at 0 % the sum is a turnover, not a tax.
    const fn is_turnover(&self) -> bool {
        matches!(self.code, VatCode::V0 | VatCode::Exempt)
    }
}

fn read_vats<'a>(document: &Fields<'a>) -> Result<Vec<Vat<'a>>, Fault> {
    let mut vats: Vec<Vat<'_>> = Vec::new();
    for fields in document.objects("vats", 6)? {
        let code = fields.word("type", words::vat)?;
        let code = fields.required("type", code)?;
        if vats.iter().any(|other| other.code == code) {
            return Err(fields.fault("type", "this rate stands there twice"));
        }
        let sum = fields.money("sum")?;
        vats.push(Vat { fields, code, sum });
    }
    Ok(vats)
}

/// Taxes that were told for the whole document have to agree with those of its lines, which are
/// what is registered: within a kopeck for each line, as clients round in their own way.
pub(super) fn check_vats(document: &Fields<'_>, lines: &[Line]) -> Result<(), Fault> {
    let computed = VatTotals::of_lines(lines).map_err(|error| document.fault("items", error))?;
    for vat in read_vats(document)? {
        if let Some(told) = vat.sum.filter(|_| !vat.is_turnover()) {
            let own = computed.get(vat.code).unwrap_or(Kopecks::ZERO);
            if (told.get() - own.get()).unsigned_abs() > lines.len() as u64 {
                let rule = format!("the items have {own} at {}", vat.code);
                return Err(vat.fields.fault("sum", rule));
            }
        }
        vat.fields.finish()?;
    }
    Ok(())
}

/// The taxes of a correction without lines; one at least. A single one may leave its sum out (or
/// write 0 without VAT, as clients do): it is that of the whole document, GENERAL KNOWLEDGE.
pub(super) fn vat_totals(document: &Fields<'_>, total: Kopecks) -> Result<VatTotals, Fault> {
    let vats = read_vats(document)?;
    if vats.is_empty() {
        return Err(document.fault("vats", "it is required, with one element at least"));
    }
    let is_single = vats.len() == 1;
    let mut totals = VatTotals::default();
    for vat in vats {
        let turnover = vat.is_turnover();
        let whole = if turnover {
            total
        } else {
            vat.code.tax_in(total)
        };
        let sum = match vat.sum.filter(|sum| !(turnover && sum.is_zero())) {
            None if is_single => whole,
            None if turnover => Kopecks::ZERO,
            sum => vat.fields.required("sum", sum)?,
        };
        totals = totals.with(vat.code, sum);
        vat.fields.finish()?;
    }
    Ok(totals)
}

/// Reads `cashless_payments` (tags 1234, 1235).
pub(super) fn cashless(document: &Fields<'_>) -> Result<Vec<CashlessPayment>, Fault> {
    let list = document.objects("cashless_payments", 10)?;
    let read = |fields: Fields<'_>| {
        let method = fields.integer("method")?;
        let method = fields.required("method", method)?;
        let payment = CashlessPayment {
            amount: fields.required_money("sum")?,
            method: u8::try_from(method).map_err(|_| fields.fault("method", "it is 0…255"))?,
            ids: fields.required_text("id", 256)?.to_owned(),
            info: fields.owned("additional_info", 256)?,
        };
        fields.finish()?;
        Ok(payment)
    };
    list.into_iter().map(read).collect()
}
