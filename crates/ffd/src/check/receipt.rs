//! Receipts and correction receipts as a whole.

use terms::Kopecks;

use super::{
    Violation,
    exam::{Exam, Part},
    is_email, is_phone,
    list::List,
    rules,
};
use crate::{Reader, Receipt, RegistrationFacts, Tag};

/// The most lines that a receipt may have: the bound of the setting `max_lines` (receipt rules
/// §1.6). Drives give no number; they answer 0Eh when it is too many for them.
pub const MAX_LINES: usize = 100;

const PAYMENTS: [Tag; 5] = [
    Tag::CASH,
    Tag::CASHLESS,
    Tag::PREPAID,
    Tag::CREDIT,
    Tag::COUNTER,
];

/// Checks a receipt that is to go to a drive registered as `facts` say.
pub fn check_receipt(receipt: &Receipt, facts: &RegistrationFacts) -> Vec<Violation> {
    let (exam, _) = check_and_write(receipt, facts);
    exam.findings.into_violations()
}

/// What [`Receipt::host_tlv`] gives, of a receipt that is checked as by [`check_receipt`]; it is
/// written only once. A receipt without a violation costs no allocation but that of its TLV.
///
/// # Errors
/// Every violation, when one of them is an error.
pub fn checked_tlv(
    receipt: &Receipt,
    facts: &RegistrationFacts,
) -> Result<Vec<u8>, Vec<Violation>> {
    let (exam, tlv) = check_and_write(receipt, facts);
    if exam.findings.as_slice().iter().any(Violation::is_error) {
        return Err(exam.findings.into_violations());
    }
    Ok(tlv)
}

fn check_and_write<'a>(receipt: &Receipt, facts: &'a RegistrationFacts) -> (Exam<'a>, Vec<u8>) {
    let mut exam = Exam::new(receipt.form(), receipt.ffd, Part::Host, Some(facts));
    exam.operation = Some(receipt.operation.code());
    exam.total = receipt.total().ok().map(Kopecks::get);
    if receipt.ffd != facts.ffd {
        let message = format!("it is {}, the registration says {}", receipt.ffd, facts.ffd);
        exam.findings
            .told(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    if receipt.lines.len() > MAX_LINES {
        let message = format!("{} lines, at most {MAX_LINES}", receipt.lines.len());
        exam.findings.told(&rules::LINES_LIMIT, Tag::ITEM, message);
    }
    let tlv = exam.take_written(|writer| receipt.write(writer));
    (exam, tlv)
}

impl Exam<'_> {
    pub(super) fn check_receipt(&mut self, document: &List<'_>) {
        if self.part == Part::Whole {
            self.check_payments(document);
        }
        self.check_tax_system(document);
        self.check_agent_kinds(document, Tag::AGENT_KINDS);
        self.check_lines_total(document);
        self.check_methods(document);
        self.check_vat_totals(document);
        self.check_cashless(document);
        self.check_contacts(document);
        if self.is_correction() {
            self.check_correction_sign(document);
        }
    }

    /// 1209 against the registration.
    pub(super) fn check_version(&mut self, document: &List<'_>) {
        if let Some(facts) = self.facts
            && document
                .byte(Tag::FFD_VERSION)
                .is_some_and(|code| code != facts.ffd.code())
        {
            let message = format!("the registration says {}", facts.ffd);
            self.findings
                .about(&rules::VERSION, document, Tag::FFD_VERSION, message);
        }
    }

    pub(super) fn check_day(&mut self, document: &List<'_>) {
        if self.moment.is_some() && !self.is_since(2016, 9) {
            let message = "there were no fiscal documents before 01.09.2016";
            self.findings
                .about(&rules::DATE_EARLY, document, Tag::DATE_TIME, message);
        }
    }

    fn check_payments(&mut self, document: &List<'_>) {
        let paid: Option<i64> = PAYMENTS
            .iter()
            .map(|tag| document.number(*tag))
            .try_fold(0_i64, |sum, amount| sum.checked_add(amount?));
        if let (Some(paid), Some(total)) = (paid, self.total)
            && paid != total
        {
            let message = format!("the payments sum up to {}", shown(paid));
            self.findings
                .about(&rules::PAYMENTS, document, Tag::TOTAL, message);
        }
    }

    fn check_tax_system(&mut self, document: &List<'_>) {
        let Some(bit) = document
            .byte(Tag::TAX_SYSTEM)
            .filter(|bit| bit.count_ones() == 1)
        else {
            return;
        };
        if let Some(facts) = self.facts
            && facts.tax_systems.bits() & bit == 0
        {
            let message = format!("it is not registered: {:?}", facts.tax_systems);
            self.findings
                .about(&rules::TAX_SYSTEM, document, Tag::TAX_SYSTEM, message);
        }
        if bit == 8 && self.is_since(2021, 1) && !self.is_correction() {
            let message = "ЕНВД was abolished on 01.01.2021";
            self.findings
                .about(&rules::ABOLISHED, document, Tag::TAX_SYSTEM, message);
        }
    }

    fn check_lines_total(&mut self, document: &List<'_>) {
        // In FFD 1.05 the lines of a correction are optional.
        if self.lines.count == 0 {
            return;
        }
        let (Some(lines), Some(total)) = (self.lines.amount, self.total) else {
            return;
        };
        let is_rounded =
            self.part == Part::Whole && total % 100 == 0 && (0..100).contains(&(lines - total));
        if lines != total && !is_rounded {
            let message = format!("the lines sum up to {}, not {}", shown(lines), shown(total));
            self.findings
                .about(&rules::LINES_TOTAL, document, Tag::TOTAL, message);
        }
    }

    /// Advances come in real money; credit is for lines on credit.
    fn check_methods(&mut self, document: &List<'_>) {
        // A correction without lines says nothing of methods.
        let [Some(cash), Some(cashless), _, Some(credit), _] =
            PAYMENTS.map(|tag| document.number(tag))
        else {
            return;
        };
        if self.lines.count == 0 {
            return;
        }
        let (real_money, lines) = (cash.saturating_add(cashless), &self.lines);
        if lines.advances > real_money {
            let (advances, real) = (shown(lines.advances), shown(real_money));
            let message = format!("advances of {advances}, but only {real} of real money");
            self.findings
                .told(&rules::REAL_MONEY, Tag::PAYMENT_METHOD, message);
        }
        let lines = &self.lines;
        let most = lines.on_credit.saturating_add(lines.in_part);
        let message = if lines.on_credit > credit {
            format!("lines of {} are on credit", shown(lines.on_credit))
        } else if lines.has_part && credit <= lines.on_credit {
            "a line settled in part leaves nothing on credit".to_owned()
        } else if credit > most {
            format!("lines on credit are {}", shown(most))
        } else {
            return;
        };
        self.findings
            .about(&rules::CREDIT, document, Tag::CREDIT, message);
    }

    /// 1234: what its parts amount to.
    fn check_cashless(&mut self, document: &List<'_>) {
        let (Some(details), Some(cashless)) = (
            document.get(Tag::CASHLESS_PAYMENTS),
            document.number(Tag::CASHLESS),
        ) else {
            return;
        };
        let mut sum = 0_i64;
        for payment in details
            .list()
            .flatten()
            .filter(|it| it.tag() == Tag::CASHLESS_PAYMENT)
        {
            let Some(part) = number_inside(payment.list(), Tag::CASHLESS_PAYMENT_SUM) else {
                return;
            };
            sum = sum.saturating_add(part);
        }
        if sum != cashless {
            let message = format!(
                "its payments sum up to {}, 1081 to {}",
                shown(sum),
                shown(cashless)
            );
            self.findings.about(
                &rules::CASHLESS_SUM,
                document,
                Tag::CASHLESS_PAYMENTS,
                message,
            );
        }
    }

    fn check_contacts(&mut self, document: &List<'_>) {
        let contact = document
            .text(Tag::BUYER_CONTACT)
            .filter(|text| !text.is_empty());
        if contact.is_some_and(|text| !is_email(text) && !is_phone(text)) {
            let message = "it is neither an e-mail address nor + and 7…15 digits";
            self.findings
                .about(&rules::CONTACT, document, Tag::BUYER_CONTACT, message);
        }
        self.check_sender(document);
        // That it is missing, its condition tells.
        let is_set = document.is_set(Tag::INTERNET_ONLY);
        if let Some(registered) = self.is_internet_only(document)
            && document.has(Tag::INTERNET_ONLY)
            && is_set != registered
        {
            let message = "it does not agree with the registration";
            self.findings
                .about(&rules::INTERNET_ONLY, document, Tag::INTERNET_ONLY, message);
        }
        let site = document
            .text(Tag::SETTLEMENT_PLACE)
            .filter(|text| !text.is_empty());
        if self.is_internet
            && site.is_some_and(|site| !site.contains(&b'.') || site.contains(&b' '))
        {
            let message = "it is no site's address, which a settlement in the Internet needs";
            self.findings
                .about(&rules::SITE, document, Tag::SETTLEMENT_PLACE, message);
        }
    }

    /// 1117, in receipts and registrations.
    pub(super) fn check_sender(&mut self, document: &List<'_>) {
        let sender = document
            .text(Tag::SENDER_EMAIL)
            .filter(|text| !text.is_empty());
        if sender.is_some_and(|sender| !is_email(sender)) {
            let message = "it is no e-mail address";
            self.findings
                .about(&rules::SENDER, document, Tag::SENDER_EMAIL, message);
        }
    }

    fn check_correction_sign(&mut self, document: &List<'_>) {
        if self.ffd == terms::FfdVersion::V1_05 && matches!(self.operation, Some(2 | 4)) {
            let message = "in FFD 1.05 returns are not corrected";
            self.findings.about(
                &rules::CORRECTION_SIGN,
                document,
                Tag::OPERATION_SIGN,
                message,
            );
        }
    }

    /// 1174: the day that is corrected.
    pub(super) fn check_basis(&mut self, basis: &List<'_>) {
        const DAY: u32 = 24 * 60 * 60;
        let time = basis
            .get(Tag::CORRECTED_DATE)
            .and_then(|it| it.unix_time().ok());
        let Some(time) = time else {
            return;
        };
        let later = |formed: terms::LocalDateTime| i64::from(time.0) > formed.unix_local();
        if time.0 % DAY != 0 || self.moment.is_some_and(later) {
            let message = "it should be the day of an earlier settlement at 00:00";
            self.findings
                .about(&rules::CORRECTED_DATE, basis, Tag::CORRECTED_DATE, message);
        }
    }

    /// 1256: who bought.
    pub(super) fn check_buyer(&mut self, buyer: &List<'_>) {
        let identity = [
            Tag::BUYER_BIRTHDAY,
            Tag::BUYER_DOCUMENT_KIND,
            Tag::BUYER_DOCUMENT_DATA,
        ];
        if buyer.has(Tag::BUYER_INN) {
            return;
        }
        for tag in identity.into_iter().filter(|tag| !buyer.has(*tag)) {
            let message = "it is missing, and so is the buyer's ИНН";
            self.findings.about(&rules::BUYER, buyer, tag, message);
        }
    }
}

fn number_inside(list: Reader<'_>, tag: Tag) -> Option<i64> {
    let field = list.flatten().find(|field| field.tag() == tag)?;
    i64::try_from(field.vln().ok()?).ok()
}

/// A sum in roubles, however large a foreign document makes it.
fn shown(kopecks: i64) -> String {
    match Kopecks::new(kopecks) {
        Ok(sum) => sum.to_string(),
        Err(_) => format!("{kopecks} kopecks"),
    }
}
