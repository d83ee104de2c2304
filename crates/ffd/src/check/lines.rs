//! Lines of receipts (1059) and what is inside them.

use terms::{FfdVersion, Kopecks, PaymentMethod, VatCode};

use super::{circumstances::is_marked, exam::Exam, list::List, rules};
use crate::{AgentKinds, Tag, UsageConditions};

impl Exam<'_> {
    pub(super) fn check_line(&mut self, line: &List<'_>) {
        self.lines.count += 1;
        self.lines.has_marked |= is_marked(line);
        self.lines.has_agent |= line.has(Tag::ITEM_AGENT_KINDS);
        let amount = line.number(Tag::AMOUNT);
        self.lines.amount = self
            .lines
            .amount
            .zip(amount)
            .and_then(|(sum, amount)| sum.checked_add(amount));
        self.check_cost(line, amount);
        self.check_subject(line);
        self.check_agent_kinds(line, Tag::ITEM_AGENT_KINDS);
        self.check_fraction_use(line);
        let method = line.byte(Tag::PAYMENT_METHOD);
        let method = method.and_then(|code| PaymentMethod::from_code(code).ok());
        if let Some(method) = method {
            self.count_method(method, amount.unwrap_or(0));
        }
        self.check_line_vat(line, method, amount);
    }

    fn check_cost(&mut self, line: &List<'_>, amount: Option<i64>) {
        let quantity = line.get(Tag::QUANTITY).and_then(|it| it.quantity().ok());
        if quantity.is_some_and(|quantity| quantity.is_zero()) {
            let message = "nothing is settled";
            self.findings
                .about(&rules::QUANTITY, line, Tag::QUANTITY, message);
        }
        let price = line.number(Tag::PRICE).and_then(|it| Kopecks::new(it).ok());
        // What a fraction of a marked good costs is not in the sources.
        let (Some(amount), Some(quantity), Some(price), false) =
            (amount, quantity, price, line.has(Tag::FRACTION))
        else {
            return;
        };
        match quantity.cost(price) {
            Ok(cost) if (cost.get() - amount).abs() <= 1 => {}
            Ok(cost) => {
                let message = format!("{price} × {quantity} = {cost}");
                self.findings
                    .about(&rules::LINE_COST, line, Tag::AMOUNT, message);
            }
            Err(error) => {
                let message = error.to_string();
                self.findings
                    .about(&rules::LINE_COST, line, Tag::AMOUNT, message);
            }
        }
    }

    fn check_subject(&mut self, line: &List<'_>) {
        let Some(code) = line.byte(Tag::SETTLEMENT_SUBJECT) else {
            return;
        };
        let needs = match code {
            2 | 30 | 31 => UsageConditions::EXCISE,
            5 | 6 => UsageConditions::GAMBLING,
            7 | 8 => UsageConditions::LOTTERY,
            _ => 0,
        };
        let registered = self.facts.is_none_or(|facts| facts.conditions.has(needs));
        let message = if (30..=33).contains(&code) && self.ffd != FfdVersion::V1_2 {
            "marked goods exist in FFD 1.2 only"
        } else if !registered {
            "the ККТ is not registered for it"
        } else {
            return;
        };
        self.findings
            .about(&rules::SUBJECT, line, Tag::SETTLEMENT_SUBJECT, message);
    }

    /// Kinds of an agent (1222, 1057) against those of the registration.
    pub(super) fn check_agent_kinds(&mut self, list: &List<'_>, tag: Tag) {
        let registered = self.facts.and_then(|facts| facts.agent_kinds);
        let kinds = list
            .byte(tag)
            .and_then(|bits| AgentKinds::from_bits(bits).ok());
        if let Some((kinds, registered)) = kinds.zip(registered)
            && !kinds.within(registered)
        {
            let bits = registered.bits();
            let message = format!("the kinds are not all among the registered {bits}");
            self.findings.about(&rules::AGENT, list, tag, message);
        }
    }

    fn count_method(&mut self, method: PaymentMethod, amount: i64) {
        let sum = match method {
            PaymentMethod::FullPrepayment | PaymentMethod::Prepayment | PaymentMethod::Advance => {
                &mut self.lines.advances
            }
            PaymentMethod::Credit => &mut self.lines.on_credit,
            PaymentMethod::PartialCredit => {
                self.lines.has_part = true;
                &mut self.lines.in_part
            }
            PaymentMethod::FullSettlement | PaymentMethod::CreditPayment => return,
        };
        *sum = sum.saturating_add(amount);
    }

    fn check_line_vat(
        &mut self,
        line: &List<'_>,
        method: Option<PaymentMethod>,
        amount: Option<i64>,
    ) {
        let code = line.byte(Tag::VAT_CODE);
        let Some(code) = code.and_then(|code| VatCode::from_code(code).ok()) else {
            self.vat.is_uncertain = true;
            return;
        };
        self.check_vat_day(line, code);
        let has_base = !matches!(code, VatCode::V0 | VatCode::Exempt);
        if let Some(method) = method
            && has_base
            && code.is_calculated() != method.has_calculated_vat()
        {
            let message = format!("{code} does not go with «{}»", method.title());
            self.findings
                .about(&rules::VAT_KIND, line, Tag::VAT_CODE, message);
        }
        let Some(amount) = amount.and_then(|amount| Kopecks::new(amount).ok()) else {
            self.vat.is_uncertain = true;
            return;
        };
        self.vat.add_line(code, amount);
        let (rule, expected) = match code {
            VatCode::Exempt => (&rules::LINE_NO_VAT, amount),
            _ => (&rules::LINE_VAT, code.tax_in(amount)),
        };
        let found = line.number(Tag::ITEM_VAT_SUM);
        if found.is_some_and(|found| (found - expected.get()).abs() > 1) {
            let message = format!("it should be {expected} by {code} of {amount}");
            self.findings.about(rule, line, Tag::ITEM_VAT_SUM, message);
        }
    }

    /// Rates by the day of the document. The 20 % of old supplies stay legal, so only a sale or a
    /// supply of today is worth a look.
    fn check_vat_day(&mut self, line: &List<'_>, code: VatCode) {
        let (year, text) = match code {
            VatCode::V5 | VatCode::V7 | VatCode::V5In105 | VatCode::V7In107 => (2025, "01.01.2025"),
            VatCode::V22 | VatCode::V22In122 => (2026, "01.01.2026"),
            VatCode::V20 | VatCode::V20In120 => {
                let is_sale = self.operation == Some(1) && !self.is_correction();
                if is_sale && self.is_since(2026, 1) {
                    let message = "the main rate is 22% since 01.01.2026";
                    self.findings
                        .about(&rules::VAT_CODE_OLD, line, Tag::VAT_CODE, message);
                }
                return;
            }
            _ => return,
        };
        if self.moment.is_some() && !self.is_since(year, 1) {
            let message = format!("{code} exists since {text}");
            self.findings
                .about(&rules::VAT_CODE_EARLY, line, Tag::VAT_CODE, message);
        }
    }

    fn check_fraction_use(&mut self, line: &List<'_>) {
        if !line.has(Tag::FRACTION) {
            return;
        }
        if line.byte(Tag::QUANTITY_MEASURE) != Some(0) || !is_marked(line) {
            let message = "it is for pieces (2108 = 0) of marked goods with a code (1212 = 31, 33)";
            self.findings
                .about(&rules::FRACTION_USE, line, Tag::FRACTION, message);
        }
    }

    /// 1291: its parts.
    pub(super) fn check_fraction(&mut self, fraction: &List<'_>) {
        let parts = fraction
            .number(Tag::NUMERATOR)
            .zip(fraction.number(Tag::DENOMINATOR));
        if let Some((numerator, denominator)) = parts
            && !(0 < numerator && numerator < denominator)
        {
            let message = format!("{numerator}/{denominator} is no part of a piece");
            self.findings
                .about(&rules::FRACTION, fraction, Tag::NUMERATOR, message);
        }
    }

    /// 1163: which code it is.
    pub(super) fn check_product_code(&mut self, code: &List<'_>) {
        match code.present.places().count() {
            1 => {}
            0 => self
                .findings
                .of_list(&rules::PRODUCT_CODE, code, "no code is in it"),
            count => {
                let message = format!("{count} codes are in it");
                self.findings.of_list(&rules::PRODUCT_CODE, code, message);
            }
        }
    }
}
