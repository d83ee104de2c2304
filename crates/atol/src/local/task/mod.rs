//! Tasks: which kinds there are, and how one becomes a receipt (ATOL web requests §10).
//!
//! All of it is pure: what a task needs to know of the organisation is in [`Facts`].

mod agent;
mod buyer;
mod correction;
mod decimal;
mod error;
mod line;
mod measure;
mod node;
mod payments;
mod properties;
mod receipt;
mod words;

pub(super) use correction::paper as correction_paper;
pub(super) use error::{TaskError, code, of_refusal};
pub(super) use receipt::{Facts, receipt};
pub(super) use words::tax_system_word;

use desk::ShiftReport;
use serde_json::Value;
use terms::OperationSign;

use node::Node;

/// What a task asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A receipt, or a correction.
    Receipt {
        sign: OperationSign,
        is_correction: bool,
    },
    /// `openShift`, `closeShift`.
    Shift(ShiftReport),
    /// A question about the drive that answers.
    Question(Question),
    /// What a cassette has no part for: paper, drawer. Done without effect.
    NoEffect,
    /// What the protocol knows and this face does not do.
    NotOffered { is_fiscal: bool },
}

/// What can be asked about a drive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Question {
    DeviceInfo,
    DeviceStatus,
    ShiftStatus,
    FnInfo,
    FnStatus,
    OfdExchange,
    Registration,
}

impl Kind {
    /// What this task asks for.
    ///
    /// # Errors
    /// 501 when it is no task that is known.
    pub(super) fn of(task: &Value) -> Result<Self, TaskError> {
        let kind = Node::root(task).object()?.required("type")?;
        let name = kind.text()?;
        Self::named(name).ok_or_else(|| kind.wrong(code::PARSE, "такого задания нет"))
    }

    fn named(name: &str) -> Option<Self> {
        use OperationSign::{Expense, ExpenseReturn, Income, IncomeReturn};
        let receipt = |sign, is_correction| Self::Receipt {
            sign,
            is_correction,
        };
        Some(match name {
            "sell" => receipt(Income, false),
            "sellReturn" => receipt(IncomeReturn, false),
            "buy" => receipt(Expense, false),
            "buyReturn" => receipt(ExpenseReturn, false),
            "sellCorrection" => receipt(Income, true),
            "sellReturnCorrection" => receipt(IncomeReturn, true),
            "buyCorrection" => receipt(Expense, true),
            "buyReturnCorrection" => receipt(ExpenseReturn, true),
            "openShift" => Self::Shift(ShiftReport::Opening),
            "closeShift" => Self::Shift(ShiftReport::Closing),
            "getDeviceInfo" => Self::Question(Question::DeviceInfo),
            "getDeviceStatus" => Self::Question(Question::DeviceStatus),
            "getShiftStatus" => Self::Question(Question::ShiftStatus),
            "getFnInfo" => Self::Question(Question::FnInfo),
            "getFnStatus" => Self::Question(Question::FnStatus),
            "ofdExchangeStatus" => Self::Question(Question::OfdExchange),
            "getRegistrationInfo" => Self::Question(Question::Registration),
            "cashIn"
            | "cashOut"
            | "reportX"
            | "nonFiscal"
            | "continuePrint"
            | "printLastReceiptCopy"
            | "printFnDocument" => Self::NoEffect,
            "reportOfdExchangeStatus"
            | "registration"
            | "fnChange"
            | "changeRegistrationParameters"
            | "closeArchive" => Self::NotOffered { is_fiscal: true },
            "getFnDocument"
            | "getShiftTotals"
            | "getOverallTotals"
            | "getMcu"
            | "getLicenses"
            | "setDateTime"
            | "getDeviceParameters"
            | "setDeviceParameters"
            | "beginMarkingCodeValidation"
            | "getMarkingCodeValidationStatus"
            | "acceptMarkingCode"
            | "declineMarkingCode"
            | "cancelMarkingCodeValidation"
            | "clearMarkingCodeValidationResult"
            | "validateMarks"
            | "checkImcTime" => Self::NotOffered { is_fiscal: false },
            _ => return None,
        })
    }

    /// Whether it is one of those of which a request may have only one (ATOL web requests §9.1).
    pub(super) const fn is_fiscal(self) -> bool {
        match self {
            Self::Receipt { .. } | Self::Shift(_) => true,
            Self::NotOffered { is_fiscal } => is_fiscal,
            Self::Question(_) | Self::NoEffect => false,
        }
    }
}
