use std::{fmt, str::FromStr};

use crate::{Result, TermError};

macro_rules! coded {
    (
        $(#[$doc:meta])* $name:ident($tag:literal, $rule:literal) {
            $($(#[$vdoc:meta])* $variant:ident = $code:literal, $title:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* $variant = $code,)*
        }

        impl $name {
            /// Every value, by code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The value in documents.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// Reads the value of a document.
            ///
            /// # Errors
            /// When no such value is assigned.
            pub fn from_code(code: u8) -> Result<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.code() == code)
                    .ok_or_else(|| TermError::new($tag, code, $rule))
            }

            /// The Russian name, as in the order on formats.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }
        }
    };
}

coded! {
    /// Признак расчета: tag 1054, and the operation byte of drive command 16h.
    OperationSign("1054 признак расчета", "it is 1…4") {
        /// Money or an obligation comes in.
        Income = 1, "приход";
        /// It goes back.
        IncomeReturn = 2, "возврат прихода";
        /// Money goes out.
        Expense = 3, "расход";
        /// It comes back.
        ExpenseReturn = 4, "возврат расхода";
    }
}

coded! {
    /// Признак способа расчета: tag 1214.
    PaymentMethod("1214 признак способа расчета", "it is 1…7") {
        /// The whole of a known bill, before the service.
        FullPrepayment = 1, "предоплата 100%";
        /// Part of a known bill, before the service.
        Prepayment = 2, "предоплата";
        /// Money ahead, the service not yet known.
        Advance = 3, "аванс";
        /// Settled in full at the service, also by offset of an advance.
        FullSettlement = 4, "полный расчет";
        /// Settled in part, the rest on credit.
        PartialCredit = 5, "частичный расчет и кредит";
        /// Supplied on credit.
        Credit = 6, "передача в кредит";
        /// The credit is being paid.
        CreditPayment = 7, "оплата кредита";
    }
}

impl PaymentMethod {
    /// Whether lines of this method carry the calculated VAT rate (1, 2, 3) and not the direct one
    /// (receipt rules §1.3 rule 2).
    pub const fn has_calculated_vat(self) -> bool {
        matches!(
            self,
            Self::FullPrepayment | Self::Prepayment | Self::Advance
        )
    }
}

coded! {
    /// Признак предмета расчета: tag 1212. Marked goods (30…33) exist in FFD 1.2 only.
    SettlementSubject("1212 признак предмета расчета", "it is 1…27 or 30…33") {
        /// A good.
        Goods = 1, "товар";
        /// An excise good.
        ExciseGoods = 2, "подакцизный товар";
        /// A piece of work.
        Work = 3, "работа";
        /// A service.
        Service = 4, "услуга";
        /// A gambling stake.
        GamblingStake = 5, "ставка азартной игры";
        /// A gambling prize.
        GamblingPrize = 6, "выигрыш азартной игры";
        /// A lottery ticket.
        LotteryTicket = 7, "лотерейный билет";
        /// A lottery prize.
        LotteryPrize = 8, "выигрыш лотереи";
        /// Rights to results of intellectual work.
        IntellectualRights = 9, "предоставление РИД";
        /// A payment: advances and payments of a credit.
        Payment = 10, "платеж";
        /// An agent's fee.
        AgentFee = 11, "агентское вознаграждение";
        /// A pay-out, penalty, fine or bonus.
        PayOut = 12, "выплата";
        /// Something else.
        Other = 13, "иной предмет расчета";
        /// A property right.
        PropertyRight = 14, "имущественное право";
        /// Non-operating income.
        NonOperatingIncome = 15, "внереализационный доход";
        /// Insurance contributions, sums that reduce the tax.
        InsuranceContributions = 16, "страховые взносы";
        /// Trade levy.
        TradeLevy = 17, "торговый сбор";
        /// Resort fee, since 2025 the tourist tax.
        ResortFee = 18, "курортный сбор";
        /// A pledge.
        Pledge = 19, "залог";
        /// An expense by НК ст. 346.16.
        Expense = 20, "расход";
        /// Pension contributions of an individual entrepreneur.
        PensionOfEntrepreneur = 21, "взносы на ОПС ИП";
        /// Pension contributions.
        Pension = 22, "взносы на ОПС";
        /// Medical contributions of an individual entrepreneur.
        MedicalOfEntrepreneur = 23, "взносы на ОМС ИП";
        /// Medical contributions.
        Medical = 24, "взносы на ОМС";
        /// Social contributions.
        Social = 25, "взносы на ОСС";
        /// A casino payment.
        Casino = 26, "платеж казино";
        /// Cash given out by a bank payment agent.
        CashIssue = 27, "выдача денежных средств";
        /// An excise good subject to marking, without a code.
        ExciseMarkedWithoutCode = 30, "АТНМ";
        /// An excise good subject to marking, with its code.
        ExciseMarked = 31, "АТМ";
        /// A good subject to marking, without a code.
        MarkedWithoutCode = 32, "ТНМ";
        /// A good subject to marking, with its code.
        Marked = 33, "ТМ";
    }
}

coded! {
    /// The version of the fiscal documents' format (ФФД): tags 1209, 1189, 1190.
    FfdVersion("1209 версия ФФД", "it is 2 (1.05), 3 (1.1) or 4 (1.2)") {
        /// FFD 1.05.
        V1_05 = 2, "1.05";
        /// FFD 1.1.
        V1_1 = 3, "1.1";
        /// FFD 1.2.
        V1_2 = 4, "1.2";
    }
}

impl fmt::Display for FfdVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// As it is displayed: `1.05`.
impl FromStr for FfdVersion {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|version| version.title() == text)
            .ok_or_else(|| TermError::new("ffd", text, "it is 1.05, 1.1 or 1.2"))
    }
}
