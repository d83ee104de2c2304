use engine::{Line, Receipt};
use restoration::{FieldHasher, Hash};

/// What receipts say: signs, lines, payments, VAT and correction. Left out is what differs without
/// saying anything else: identifiers, the day on which they are formed, where they are sent, and why
/// each line is there.
pub fn fingerprint(receipts: &[Receipt]) -> Hash {
    let mut hasher = FieldHasher::new("receipts 1");
    hasher.number(receipts.len() as i64);
    for receipt in receipts {
        of_receipt(&mut hasher, receipt);
    }
    hasher.finish()
}

fn of_receipt(hasher: &mut FieldHasher, receipt: &Receipt) {
    let account = receipt.account.as_ref();
    hasher
        .number(receipt.ffd.code().into())
        .number(receipt.operation.code().into())
        .number(receipt.tax_system.bit().into())
        .optional(account.map(|number| number.as_str()))
        .number(receipt.internet.into())
        .number(receipt.total.get());
    let payments = &receipt.payments;
    for payment in [
        payments.cash,
        payments.cashless,
        payments.prepaid,
        payments.credit,
        payments.counter,
    ] {
        hasher.number(payment.get());
    }
    for lines in [&receipt.lines, &receipt.unprinted] {
        hasher.number(lines.len() as i64);
        for line in lines {
            of_line(hasher, line);
        }
    }
    hasher.number(receipt.vat_totals.len() as i64);
    for (code, tax) in &receipt.vat_totals {
        hasher.number(code.code().into()).number(tax.get());
    }
    let correction = receipt.correction.as_ref();
    let date = correction.map(|correction| correction.date.to_string());
    hasher
        .optional(date.as_deref())
        .optional(correction.and_then(|correction| correction.order.as_deref()))
        .number(receipt.corrects.map_or(-1, |sign| i64::from(sign.0)));
}

fn of_line(hasher: &mut FieldHasher, line: &Line) {
    let period = line.period.map(|period| period.to_string());
    hasher
        .text(&line.name)
        .number(line.method.code().into())
        .number(line.subject.code().into())
        .number(line.amount.get())
        .number(line.vat_code.code().into())
        .number(line.vat.get())
        .optional(line.service.as_ref().map(|code| code.as_str()))
        .optional(period.as_deref());
    match &line.agent {
        None => hasher.optional(None),
        Some(agent) => hasher
            .number(agent.kind.into())
            .text(&agent.supplier_inn.to_string())
            .text(&agent.supplier_name)
            .text(&agent.supplier_phone),
    };
}
