use terms::{FfdVersion, Kopecks, PaymentMethod, SettlementSubject, VatCode};

use super::{Findings, Violation, is_email, is_phone, rules, structure::check_host_part};
use crate::{
    AgentKinds, Form, Line, Receipt, RegistrationFacts, StoredReceipt, Tag, UsageConditions,
    VatTotals,
};

/// The most lines that a receipt may have: the bound of the setting `max_lines` (receipt rules
/// §1.6). Drives give no number; they answer 0Eh when it is too many for them.
pub const MAX_LINES: usize = 100;

/// The measures that the order assigns (tag 2108; FFD documents §3).
const MEASURES: &[u8] = &[
    0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255,
];

/// Checks a receipt that is to go to a drive registered as `facts` say.
pub fn check_receipt(receipt: &Receipt, facts: &RegistrationFacts) -> Vec<Violation> {
    check_and_write(receipt, facts).0
}

/// What [`Receipt::host_tlv`] gives, of a receipt that is checked as by [`check_receipt`]; it is
/// written only once.
///
/// # Errors
/// Every violation, when one of them is an error.
pub fn checked_tlv(
    receipt: &Receipt,
    facts: &RegistrationFacts,
) -> Result<Vec<u8>, Vec<Violation>> {
    let (violations, tlv) = check_and_write(receipt, facts);
    if violations.iter().any(Violation::is_error) {
        return Err(violations);
    }
    Ok(tlv)
}

fn check_and_write(receipt: &Receipt, facts: &RegistrationFacts) -> (Vec<Violation>, Vec<u8>) {
    let mut findings = Findings::default();
    let (form, ffd) = (receipt.form(), receipt.ffd);
    let tlv = check_host_part(&mut findings, form, ffd, |writer| receipt.write(writer));
    check_meaning(&mut findings, receipt, facts);
    if let Ok(total) = receipt.total() {
        check_lines_total(&mut findings, form, receipt, total);
    }
    (findings.0, tlv)
}

/// Checks a receipt that a drive has stored: all that [`check_receipt`] does but for the presence
/// of tags (see [`super::check_document`]), and its own sums against its lines.
pub fn check_stored_receipt(stored: &StoredReceipt, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_meaning(&mut findings, &stored.receipt, facts);
    check_lines_total(&mut findings, stored.form, &stored.receipt, stored.total);
    if stored.receipt.total() != Ok(stored.total) {
        let message = format!("the payments do not sum up to {}", stored.total);
        findings.add(&rules::PAYMENTS, Tag::TOTAL, message);
    }
    check_stored_vat(&mut findings, stored);
    if stored.head.user_inn.parse::<terms::Inn>().is_err() {
        let message = format!("«{}» is no ИНН", stored.head.user_inn);
        findings.add(&rules::INN, Tag::USER_INN, message);
    }
    findings.0
}

fn check_meaning(findings: &mut Findings, receipt: &Receipt, facts: &RegistrationFacts) {
    if receipt.ffd != facts.ffd {
        let message = format!("it is {}, the registration says {}", receipt.ffd, facts.ffd);
        findings.add(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    if !facts.tax_systems.contains(receipt.tax_system) {
        let message = format!(
            "«{}» is not registered: {:?}",
            receipt.tax_system.title(),
            facts.tax_systems
        );
        findings.add(&rules::TAX_SYSTEM, Tag::TAX_SYSTEM, message);
    }
    if receipt.lines.len() > MAX_LINES {
        let message = format!("{} lines, at most {MAX_LINES}", receipt.lines.len());
        findings.add(&rules::LINES_LIMIT, Tag::ITEM, message);
    }
    for (number, line) in (1..).zip(&receipt.lines) {
        check_line(findings, number, line, receipt.ffd, facts);
    }
    check_methods(findings, receipt);
    check_parties(findings, receipt, facts);
}

fn check_lines_total(findings: &mut Findings, form: Form, receipt: &Receipt, total: Kopecks) {
    // In FFD 1.05 the lines of a correction are optional.
    let correction = matches!(form, Form::Correction | Form::StrictFormCorrection);
    if receipt.lines.is_empty() && correction {
        return;
    }
    match Kopecks::sum(receipt.lines.iter().map(|line| line.amount)) {
        Ok(lines) if lines == total => {}
        Ok(lines) => {
            let message = format!("the lines sum up to {lines}, the payments to {total}");
            findings.add(&rules::LINES_TOTAL, Tag::AMOUNT, message);
        }
        Err(error) => findings.add(&rules::LINES_TOTAL, Tag::AMOUNT, error.to_string()),
    }
}

fn check_line(
    findings: &mut Findings,
    number: usize,
    line: &Line,
    ffd: FfdVersion,
    facts: &RegistrationFacts,
) {
    match line.quantity.cost(line.price) {
        Ok(cost) if (cost.get() - line.amount.get()).abs() <= 1 => {}
        Ok(cost) => {
            let (price, quantity, amount) = (line.price, line.quantity, line.amount);
            let message = format!("{price} × {quantity} = {cost}, the line says {amount}");
            findings.add_in_line(number, &rules::LINE_COST, Tag::AMOUNT, message);
        }
        Err(error) => {
            findings.add_in_line(number, &rules::LINE_COST, Tag::AMOUNT, error.to_string());
        }
    }
    if line.quantity.is_zero() {
        findings.add_in_line(number, &rules::QUANTITY, Tag::QUANTITY, "it is zero");
    }
    if ffd == FfdVersion::V1_2 && !MEASURES.contains(&line.measure) {
        let message = format!("{} is not assigned", line.measure);
        findings.add_in_line(number, &rules::MEASURE, Tag::QUANTITY_MEASURE, message);
    }
    let has_base = !matches!(line.vat, VatCode::V0 | VatCode::Exempt);
    if has_base && line.vat.is_calculated() != line.method.has_calculated_vat() {
        let message = format!("{} does not go with «{}»", line.vat, line.method.title());
        findings.add_in_line(number, &rules::VAT_KIND, Tag::VAT_CODE, message);
    }
    if let Some(message) = wrong_subject(line, ffd, facts) {
        findings.add_in_line(number, &rules::SUBJECT, Tag::SETTLEMENT_SUBJECT, message);
    }
    check_agent(findings, number, line, facts.agent_kinds);
}

fn wrong_subject(line: &Line, ffd: FfdVersion, facts: &RegistrationFacts) -> Option<String> {
    use SettlementSubject as S;
    let title = line.subject.title();
    let needs = match line.subject {
        S::ExciseGoods | S::ExciseMarkedWithoutCode | S::ExciseMarked => UsageConditions::EXCISE,
        S::GamblingStake | S::GamblingPrize => UsageConditions::GAMBLING,
        S::LotteryTicket | S::LotteryPrize => UsageConditions::LOTTERY,
        _ => 0,
    };
    let is_marked = matches!(line.subject, S::ExciseMarked | S::Marked);
    if line.subject.code() >= 30 && ffd != FfdVersion::V1_2 {
        Some(format!("«{title}» exists in FFD 1.2 only"))
    } else if !facts.conditions.has(needs) {
        Some(format!("the ККТ is not registered for «{title}»"))
    } else if is_marked && !line.has_code() {
        Some(format!("«{title}» needs its code in tag 1163"))
    } else {
        None
    }
}

fn check_agent(
    findings: &mut Findings,
    number: usize,
    line: &Line,
    registered: Option<AgentKinds>,
) {
    let Some(agent) = &line.agent else {
        return;
    };
    if registered.is_some_and(|registered| !agent.kinds.within(registered)) {
        let message = format!("kinds {:#04x} are not all registered", agent.kinds.bits());
        findings.add_in_line(number, &rules::AGENT, Tag::ITEM_AGENT_KINDS, message);
    }
    if agent.supplier_name.is_none() {
        findings.add_in_line(
            number,
            &rules::SUPPLIER,
            Tag::SUPPLIER_NAME,
            "it is missing",
        );
    }
    if agent.supplier_phones.is_empty() {
        findings.add_in_line(
            number,
            &rules::SUPPLIER,
            Tag::SUPPLIER_PHONE,
            "it is missing",
        );
    }
    for phone in agent
        .supplier_phones
        .iter()
        .filter(|phone| !is_phone(phone))
    {
        let message = format!("«{phone}» is not + and 7…15 digits");
        findings.add_in_line(number, &rules::PHONE, Tag::SUPPLIER_PHONE, message);
    }
}

/// Advances come in real money; credit is for lines on credit.
fn check_methods(findings: &mut Findings, receipt: &Receipt) {
    let of_methods = |methods: &[PaymentMethod]| {
        let lines = receipt.lines.iter();
        let lines = lines.filter(|line| methods.contains(&line.method));
        Kopecks::sum(lines.map(|line| line.amount)).unwrap_or(Kopecks::MAX)
    };
    let has = |method| receipt.lines.iter().any(|line| line.method == method);
    let real_money = receipt.payments.real_money().unwrap_or(Kopecks::MAX);
    let credit = receipt.payments.credit;

    let advances = of_methods(&[
        PaymentMethod::FullPrepayment,
        PaymentMethod::Prepayment,
        PaymentMethod::Advance,
    ]);
    if advances > real_money {
        let message = format!("advances of {advances}, but only {real_money} of real money");
        findings.add(&rules::REAL_MONEY, Tag::PAYMENT_METHOD, message);
    }
    let on_credit = of_methods(&[PaymentMethod::Credit]);
    let in_part = of_methods(&[PaymentMethod::PartialCredit]);
    if on_credit > credit {
        let message = format!("lines of {on_credit} on credit, but 1216 is {credit}");
        findings.add(&rules::CREDIT, Tag::CREDIT, message);
    } else if has(PaymentMethod::PartialCredit) && credit <= on_credit {
        let message = "a line settled in part leaves nothing on credit";
        findings.add(&rules::CREDIT, Tag::CREDIT, message);
    }
    let most = Kopecks::sum([on_credit, in_part]).unwrap_or(Kopecks::MAX);
    // A correction without lines says nothing of methods.
    if credit > most && !receipt.lines.is_empty() {
        let message = format!("1216 is {credit}, but lines on credit are {most}");
        findings.add(&rules::CREDIT, Tag::CREDIT, message);
    }
}

fn check_parties(findings: &mut Findings, receipt: &Receipt, facts: &RegistrationFacts) {
    let contact = receipt.buyer_contact.as_deref();
    if let Some(contact) = contact.filter(|contact| !is_email(contact) && !is_phone(contact)) {
        let message = format!("«{contact}» is neither an e-mail address nor + and 7…15 digits");
        findings.add(&rules::CONTACT, Tag::BUYER_CONTACT, message);
    }
    match &receipt.sender_email {
        Some(sender) if !is_email(sender) => {
            let message = format!("«{sender}» is no e-mail address");
            findings.add(&rules::SENDER, Tag::SENDER_EMAIL, message);
        }
        None if contact.is_some_and(is_email) => {
            let message = "the receipt goes by e-mail, but nobody sends it";
            findings.add(&rules::SENDER_REQUIRED, Tag::SENDER_EMAIL, message);
        }
        _ => {}
    }
    if receipt.internet {
        check_internet(findings, receipt);
    } else if receipt.cashier.is_none() && !facts.automatic {
        let message = "nobody makes the settlement, and it is not in the Internet";
        findings.add(&rules::CASHIER, Tag::CASHIER, message);
    }
    if receipt.internet_only != facts.conditions.has(UsageConditions::INTERNET_ONLY) {
        let message = "it does not agree with the registration";
        findings.add(&rules::INTERNET_ONLY, Tag::INTERNET_ONLY, message);
    }
    if facts.automatic && receipt.automat_number.is_none() {
        findings.add(&rules::AUTOMAT, Tag::AUTOMAT_NUMBER, "it is missing");
    }
}

/// A settlement in the Internet: whom the receipt goes to and which site took the money.
fn check_internet(findings: &mut Findings, receipt: &Receipt) {
    if receipt.buyer_contact.is_none() && receipt.correction.is_none() {
        let message = "a settlement in the Internet needs the buyer's contact";
        findings.add(&rules::CONTACT_REQUIRED, Tag::BUYER_CONTACT, message);
    }
    let site = receipt
        .settlement
        .as_ref()
        .map(|place| place.place.as_str());
    if let Some(site) = site.filter(|site| !site.contains('.') || site.contains(' ')) {
        let message = format!("«{site}» is no site's address");
        findings.add(&rules::SITE, Tag::SETTLEMENT_PLACE, message);
    }
}

fn check_stored_vat(findings: &mut Findings, stored: &StoredReceipt) {
    let lines = &stored.receipt.lines;
    for (number, (line, vat_sum)) in (1..).zip(lines.iter().zip(&stored.line_vat_sums)) {
        let Some(found) = vat_sum else {
            continue;
        };
        let expected = line.vat_sum();
        if (found.get() - expected.get()).abs() > 1 {
            let rule = match line.vat {
                VatCode::Exempt => &rules::LINE_NO_VAT,
                _ => &rules::LINE_VAT,
            };
            let message = format!("it is {found}, {expected} by {} of the line", line.vat);
            findings.add_in_line(number, rule, Tag::ITEM_VAT_SUM, message);
        }
    }
    let Ok(expected) = VatTotals::of_lines(lines) else {
        return;
    };
    if lines.is_empty() {
        return;
    }
    for code in VatCode::ALL {
        let turnover = matches!(code, VatCode::V0 | VatCode::Exempt);
        let found = stored.vat_totals.get(code);
        if turnover && found == Some(Kopecks::ZERO) {
            let message = format!("the turnover of {code} is present and zero");
            findings.add(&rules::ZERO_TURNOVER, None, message);
        }
        let of_rate = lines.iter().filter(|line| line.vat == code).count();
        let allowed = i64::try_from(of_rate).unwrap_or(i64::MAX);
        let sum = |total: Option<Kopecks>| total.unwrap_or(Kopecks::ZERO).get();
        let difference = (sum(found) - sum(expected.get(code))).abs();
        if difference > if turnover { 0 } else { allowed } {
            let shown = |total: Option<Kopecks>| total.unwrap_or(Kopecks::ZERO);
            let (found, expected) = (shown(found), shown(expected.get(code)));
            let message = format!("the total of {code} is {found}, the lines give {expected}");
            findings.add(&rules::VAT_TOTALS, None, message);
        }
    }
}
