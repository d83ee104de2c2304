//! The trade's words as people at the panel see them.

use desk::{Language, MoneyKind, Receipt, ReceiptState, Refused};
use terms::{OperationSign, PaymentMethod};

use crate::{
    speech::Speech,
    text::Text,
    texts::{RefusedTexts, WordsTexts},
};

impl WordsTexts {
    /// A state of a receipt.
    pub(crate) const fn state(&self, state: ReceiptState) -> Text {
        match state {
            ReceiptState::Queued => self.state_queued,
            ReceiptState::OnDrive => self.state_on_drive,
            ReceiptState::Held => self.state_held,
            ReceiptState::InDoubt => self.state_in_doubt,
            ReceiptState::Refused => self.state_refused,
            ReceiptState::Fiscalized => self.state_fiscalized,
            ReceiptState::Acknowledged => self.state_acknowledged,
        }
    }

    /// A type of an operation; the type itself when it is none of ours.
    pub(crate) fn kind<'a>(&'a self, kind: &'a str) -> &'a str {
        let text = match kind {
            "payment" => self.kind_payment,
            "charge" => self.kind_charge,
            "identify" => self.kind_identify,
            "period_close" => self.kind_period_close,
            "refund" => self.kind_refund,
            "recalc" => self.kind_recalc,
            "writeoff" => self.kind_writeoff,
            "move" => self.kind_move,
            "cancel_payment" => self.kind_cancel_payment,
            "restore_payment" => self.kind_restore_payment,
            "fix_receipt" => self.kind_fix_receipt,
            "receipt" => self.kind_receipt,
            other => return other,
        };
        text.0
    }

    /// What a receipt is about.
    pub(crate) fn about(&self, receipt: &Receipt) -> Text {
        let payments = &receipt.payments;
        let moves_money = !payments.cash.is_zero() || !payments.cashless.is_zero();
        match (receipt.operation, moves_money) {
            (OperationSign::Income, true) => self.receipt_payment,
            (OperationSign::Income, false) => self.receipt_charge,
            (OperationSign::IncomeReturn, true) => self.receipt_refund,
            (OperationSign::IncomeReturn, false) => self.receipt_charge_back,
            (OperationSign::Expense, _) => self.receipt_payout,
            (OperationSign::ExpenseReturn, _) => self.receipt_payout_back,
        }
    }

    /// Which receipts have this sign.
    pub(crate) const fn sign(&self, sign: OperationSign) -> Text {
        match sign {
            OperationSign::Income => self.sign_income,
            OperationSign::IncomeReturn => self.sign_income_return,
            OperationSign::Expense => self.sign_expense,
            OperationSign::ExpenseReturn => self.sign_expense_return,
        }
    }

    /// How a line is settled.
    pub(crate) const fn method(&self, method: PaymentMethod) -> Text {
        match method {
            PaymentMethod::FullPrepayment => self.method_full_prepayment,
            PaymentMethod::Prepayment => self.method_prepayment,
            PaymentMethod::Advance => self.method_advance,
            PaymentMethod::FullSettlement => self.method_full,
            PaymentMethod::PartialCredit => self.method_partial,
            PaymentMethod::Credit => self.method_credit,
            PaymentMethod::CreditPayment => self.method_credit_payment,
        }
    }

    /// A kind of money.
    pub(crate) const fn money(&self, kind: MoneyKind) -> Text {
        match kind {
            MoneyKind::Cash => self.money_cash,
            MoneyKind::Cashless => self.money_cashless,
        }
    }
}

/// How a state looks: a class of badges.
pub(crate) const fn mood(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Queued => "idle",
        ReceiptState::OnDrive => "busy",
        ReceiptState::Held => "warn",
        ReceiptState::InDoubt | ReceiptState::Refused => "bad",
        ReceiptState::Fiscalized | ReceiptState::Acknowledged => "good",
    }
}

/// Why the rules refuse something: plain words, and what the rules say themselves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Why {
    pub(crate) plain: String,
    /// In English: it names objects and numbers.
    pub(crate) detail: String,
}

impl Why {
    pub(crate) fn of(refused: &Refused, speech: Speech) -> Self {
        let t = WordsTexts::of(speech.language);
        let words = RefusedTexts::of(speech.language).of_code(refused.code);
        Self {
            plain: t.refused_because.with("why", words).into(),
            detail: refused.message.clone(),
        }
    }
}

/// The reason for a line of a receipt, one sentence.
pub(crate) fn reason(line: &desk::Line, speech: Speech) -> String {
    match speech.language {
        Language::Ru => line.why.ru(),
        Language::En => line.why.en(),
    }
}
