//! The words of the protocol (ATOL Online protocol §3.3, §3.5, §3.7).

use desk::ready::AgentKinds;
use terms::{OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode};

use super::setup::Protocol;

/// What a registration asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Operation {
    /// Its name in the path.
    pub(super) name: &'static str,
    /// Tag 1054.
    pub(super) sign: OperationSign,
    /// Whether it is a correction receipt.
    pub(super) is_correction: bool,
}

impl Operation {
    /// Reads the last segment of the path; v4 has no corrections of returns.
    pub(super) fn from_name(protocol: Protocol, name: &str) -> Option<Self> {
        use OperationSign::{Expense, ExpenseReturn, Income, IncomeReturn};
        let (name, sign, is_correction) = match name {
            "sell" => ("sell", Income, false),
            "sell_refund" => ("sell_refund", IncomeReturn, false),
            "buy" => ("buy", Expense, false),
            "buy_refund" => ("buy_refund", ExpenseReturn, false),
            "sell_correction" => ("sell_correction", Income, true),
            "buy_correction" => ("buy_correction", Expense, true),
            "sell_refund_correction" => ("sell_refund_correction", IncomeReturn, true),
            "buy_refund_correction" => ("buy_refund_correction", ExpenseReturn, true),
            _ => return None,
        };
        let is_return = matches!(sign, IncomeReturn | ExpenseReturn);
        if protocol == Protocol::V4 && is_correction && is_return {
            return None;
        }
        Some(Self {
            name,
            sign,
            is_correction,
        })
    }

    /// The field of the body that holds the document.
    pub(super) const fn root(self) -> &'static str {
        if self.is_correction {
            "correction"
        } else {
            "receipt"
        }
    }
}

/// Tag 1055 of `company.sno`.
pub(super) fn tax_system(word: &str) -> Option<TaxSystem> {
    Some(match word {
        "osn" => TaxSystem::Common,
        "usn_income" => TaxSystem::SimplifiedIncome,
        "usn_income_outcome" => TaxSystem::SimplifiedIncomeExpense,
        "envd" => TaxSystem::Imputed,
        "esn" => TaxSystem::Agricultural,
        "patent" => TaxSystem::Patent,
        _ => return None,
    })
}

/// Tag 1214 of `payment_method`.
pub(super) fn method(word: &str) -> Option<PaymentMethod> {
    Some(match word {
        "full_prepayment" => PaymentMethod::FullPrepayment,
        "prepayment" => PaymentMethod::Prepayment,
        "advance" => PaymentMethod::Advance,
        "full_payment" => PaymentMethod::FullSettlement,
        "partial_payment" => PaymentMethod::PartialCredit,
        "credit" => PaymentMethod::Credit,
        "credit_payment" => PaymentMethod::CreditPayment,
        _ => return None,
    })
}

/// Tag 1212 of v4's `payment_object`.
pub(super) fn subject(word: &str) -> Option<SettlementSubject> {
    use SettlementSubject as S;
    Some(match word {
        "commodity" => S::Goods,
        "excise" => S::ExciseGoods,
        "job" => S::Work,
        "service" => S::Service,
        "gambling_bet" => S::GamblingStake,
        "gambling_prize" => S::GamblingPrize,
        "lottery" => S::LotteryTicket,
        "lottery_prize" => S::LotteryPrize,
        "intellectual_activity" => S::IntellectualRights,
        "payment" => S::Payment,
        "agent_commission" => S::AgentFee,
        // «composite» is an older word for the same number.
        "award" | "composite" => S::PayOut,
        "another" => S::Other,
        "property_right" => S::PropertyRight,
        "non-operating_gain" => S::NonOperatingIncome,
        "insurance_premium" => S::InsuranceContributions,
        "sales_tax" => S::TradeLevy,
        "resort_fee" => S::ResortFee,
        "deposit" => S::Pledge,
        "expense" => S::Expense,
        "pension_insurance_ip" => S::PensionOfEntrepreneur,
        "pension_insurance" => S::Pension,
        "medical_insurance_ip" => S::MedicalOfEntrepreneur,
        "medical_insurance" => S::Medical,
        "social_insurance" => S::Social,
        "casino_payment" => S::Casino,
        _ => return None,
    })
}

/// Tag 1199 of `vat.type`. The rates of 18 % ended with 2018 and have no code in tag 1199.
pub(super) fn vat(word: &str) -> Option<VatCode> {
    Some(match word {
        "none" => VatCode::Exempt,
        "vat0" => VatCode::V0,
        "vat5" => VatCode::V5,
        "vat7" => VatCode::V7,
        "vat10" => VatCode::V10,
        "vat20" => VatCode::V20,
        "vat22" => VatCode::V22,
        "vat105" => VatCode::V5In105,
        "vat107" => VatCode::V7In107,
        "vat110" => VatCode::V10In110,
        "vat120" => VatCode::V20In120,
        "vat122" => VatCode::V22In122,
        _ => return None,
    })
}

/// Tag 1222 of `agent_info.type`.
pub(super) fn agent(word: &str) -> Option<AgentKinds> {
    Some(match word {
        "bank_paying_agent" => AgentKinds::BANK_AGENT,
        "bank_paying_subagent" => AgentKinds::BANK_SUBAGENT,
        "paying_agent" => AgentKinds::PAYMENT_AGENT,
        "paying_subagent" => AgentKinds::PAYMENT_SUBAGENT,
        "attorney" => AgentKinds::ATTORNEY,
        "commission_agent" => AgentKinds::COMMISSIONER,
        "another" => AgentKinds::OTHER,
        _ => return None,
    })
}
