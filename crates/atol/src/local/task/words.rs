//! The driver's words for the values of tags (ATOL web requests §3.7, §10.1, §11).

use desk::ready::AgentKinds;
use terms::{PaymentMethod, SettlementSubject, TaxSystem, VatCode};

use super::{
    error::{TaskError, code},
    node::Node,
};

/// Tag 1214, by its code from 1 on.
const PAYMENT_METHODS: [&str; 7] = [
    "fullPrepayment",
    "prepayment",
    "advance",
    "fullPayment",
    "partialPayment",
    "credit",
    "creditPayment",
];

/// Tag 1212. The words of 31 and 32 are \[unverified\]: the source gives the ends of the row only.
const PAYMENT_OBJECTS: [(&str, u8); 33] = [
    ("commodity", 1),
    ("excise", 2),
    ("job", 3),
    ("service", 4),
    ("gamblingBet", 5),
    ("gamblingPrize", 6),
    ("lottery", 7),
    ("lotteryPrize", 8),
    ("intellectualActivity", 9),
    ("payment", 10),
    ("agentCommission", 11),
    ("pay", 12),
    ("composite", 12),
    ("another", 13),
    ("proprietaryLaw", 14),
    ("nonOperatingIncome", 15),
    ("otherContributions", 16),
    ("insuranceContributions", 16),
    ("merchantTax", 17),
    ("resortFee", 18),
    ("deposit", 19),
    ("consumption", 20),
    ("soleProprietorCPIContributions", 21),
    ("cpiContributions", 22),
    ("soleProprietorCMIContributions", 23),
    ("cmiContributions", 24),
    ("csiContributions", 25),
    ("casinoPayment", 26),
    ("fundsIssuance", 27),
    ("exciseWithoutMarking", 30),
    ("exciseWithMarking", 31),
    ("commodityWithoutMarking", 32),
    ("commodityWithMarking", 33),
];

/// Tag 1199. A bare number is not taken: it may be a rate or a number of the driver's own.
const TAXES: [(&str, VatCode); 12] = [
    ("none", VatCode::Exempt),
    ("vat0", VatCode::V0),
    ("vat5", VatCode::V5),
    ("vat7", VatCode::V7),
    ("vat10", VatCode::V10),
    ("vat20", VatCode::V20),
    ("vat22", VatCode::V22),
    ("vat105", VatCode::V5In105),
    ("vat107", VatCode::V7In107),
    ("vat110", VatCode::V10In110),
    ("vat120", VatCode::V20In120),
    ("vat122", VatCode::V22In122),
];

/// Tag 1055.
const TAX_SYSTEMS: [(&str, TaxSystem); 6] = [
    ("osn", TaxSystem::Common),
    ("usnIncome", TaxSystem::SimplifiedIncome),
    ("usnIncomeOutcome", TaxSystem::SimplifiedIncomeExpense),
    ("envd", TaxSystem::Imputed),
    ("esn", TaxSystem::Agricultural),
    ("patent", TaxSystem::Patent),
];

/// Tag 1222. The words are those of ATOL Online in the driver's spelling \[unverified\].
const AGENTS: [(&str, AgentKinds); 7] = [
    ("bankPayingAgent", AgentKinds::BANK_AGENT),
    ("bankPayingSubagent", AgentKinds::BANK_SUBAGENT),
    ("payingAgent", AgentKinds::PAYMENT_AGENT),
    ("payingSubagent", AgentKinds::PAYMENT_SUBAGENT),
    ("attorney", AgentKinds::ATTORNEY),
    ("commissionAgent", AgentKinds::COMMISSIONER),
    ("another", AgentKinds::OTHER),
];

fn find<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    let found = table.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value)
}

/// Tag 1214: a word or its code.
pub(super) fn payment_method(node: &Node<'_>) -> Result<PaymentMethod, TaskError> {
    let word = node.word()?;
    let place = PAYMENT_METHODS.iter().position(|name| **name == word);
    let code = match place.and_then(|place| u8::try_from(place + 1).ok()) {
        Some(code) => Some(code),
        None => word.parse().ok(),
    };
    let method = code.and_then(|code| PaymentMethod::from_code(code).ok());
    method.ok_or_else(|| node.wrong(code::PAYMENT_METHOD, format!("«{word}» не признак 1214")))
}

/// Tag 1212: a word or its code.
pub(super) fn payment_object(node: &Node<'_>) -> Result<SettlementSubject, TaskError> {
    let word = node.word()?;
    let code = find(&PAYMENT_OBJECTS, &word).or_else(|| word.parse().ok());
    let subject = code.and_then(|code| SettlementSubject::from_code(code).ok());
    subject.ok_or_else(|| node.wrong(code::PAYMENT_OBJECT, format!("«{word}» не признак 1212")))
}

/// Tag 1199.
pub(super) fn tax(node: &Node<'_>) -> Result<VatCode, TaskError> {
    let word = node.word()?;
    find(&TAXES, &word).ok_or_else(|| {
        let why = format!("ставки «{word}» нет: нужно none, vat0, vat5, … vat22, vat122");
        node.wrong(code::TAX_RATE, why)
    })
}

/// Tag 1055.
pub(super) fn tax_system(node: &Node<'_>) -> Result<TaxSystem, TaskError> {
    let word = node.word()?;
    let wrong = || node.wrong(code::TAX_SYSTEM, format!("«{word}» не СНО"));
    find(&TAX_SYSTEMS, &word).ok_or_else(wrong)
}

/// The word of a tax system.
pub(in crate::local) fn tax_system_word(system: TaxSystem) -> &'static str {
    let mut words = TAX_SYSTEMS.iter().filter(|(_, known)| *known == system);
    words.next().map_or("", |(word, _)| word)
}

/// Tag 1222.
pub(super) fn agent(node: &Node<'_>) -> Result<AgentKinds, TaskError> {
    let word = node.word()?;
    let wrong = || node.wrong(code::PARSE, format!("«{word}» не признак агента"));
    find(&AGENTS, &word).ok_or_else(wrong)
}
