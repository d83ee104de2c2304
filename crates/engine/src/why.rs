use std::fmt::Write;

use terms::{FiscalSign, Kopecks, Period, named};

named! {
    /// A row of the decision table (receipt rules §2).
    Rule("rule") {
        /// A payment closes a debt for which a credit receipt exists.
        D01 = "D01",
        /// A payment covers part of such a debt.
        D02 = "D02",
        /// What a payment leaves after the debts.
        D03 = "D03",
        /// A payment without debts.
        D04 = "D04",
        /// Billing's own split, or a known invoice.
        D05 = "D05",
        /// A charge covered by advances.
        D06 = "D06",
        /// A charge partly covered by advances.
        D07 = "D07",
        /// A charge on credit.
        D08 = "D08",
        /// A payment of a debt without a credit receipt.
        D09 = "D09",
        /// The covered part of a charge when receipts come at payment.
        D09Prime = "D09′",
        /// Refund of an advance.
        D10 = "D10",
        /// Refund for a settled service.
        D11 = "D11",
        /// Downward recalculation.
        D12 = "D12",
        /// A paid penalty.
        D14 = "D14",
        /// A service of a supplier, sold as its agent.
        D16 = "D16",
        /// An overpayment of one service closes a debt of another.
        D19 = "D19",
        /// An advance moves where rate, tax system, supplier or account differ.
        D20Prime = "D20′",
        /// An overpayment of one account closes a debt of another.
        D21 = "D21",
        /// A payment was taken back.
        D22 = "D22",
        /// One bank record was fiscalised twice.
        D23 = "D23",
        /// The consolidated offset receipt.
        D24 = "D24",
        /// A lost payment closes a debt that came after it.
        D25 = "D25",
        /// A printed receipt is wrong: what it should have been.
        D26 = "D26",
        /// A printed receipt is wrong: its reverse.
        D26Prime = "D26′",
        /// A written-off debt is paid.
        D29 = "D29",
        /// No rule: the caller has computed the line.
        Given = "given",
    }
}

/// Why a line is there: the rule, and the sums it comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Why {
    /// The row of the decision table.
    pub rule: Rule,
    /// The sums, the most telling first.
    pub from: Vec<Source>,
}

/// A sum behind a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// What it is.
    pub what: What,
    /// How much of it.
    pub amount: Kopecks,
}

/// What a sum behind a line is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// An advance of this id that comes into being.
    Advance(String),
    /// A charge for this month.
    Charge(Period),
    /// What stays owed on credit.
    Credit,
    /// The debt of this id for this month.
    Debt(String, Period),
    /// The advance of this id.
    Lot(String),
    /// Offsets of this many charges of this month.
    Offsets(usize, Period),
    /// The whole payment.
    Payment,
    /// The penalty of this id.
    Penalty(String),
    /// The journal's receipt of this id.
    Receipt(String, FiscalSign),
    /// What is settled of a charge for this month.
    Settled(Period),
}

impl Why {
    /// One sentence in Russian.
    ///
    /// ```
    /// use engine::{Rule, Source, What, Why};
    /// let why = Why {
    ///     rule: Rule::D01,
    ///     from: vec![
    ///         Source { what: What::Debt("C1".into(), "2026-02".parse()?), amount: "650".parse()? },
    ///         Source { what: What::Payment, amount: "1500".parse()? },
    ///     ],
    /// };
    /// assert_eq!(
    ///     why.ru(),
    ///     "Оплата долга за 02.2026: 650,00 (долг C1) из платежа 1500,00; \
    ///      чек «в долг» был → оплата кредита"
    /// );
    /// # Ok::<(), terms::TermError>(())
    /// ```
    pub fn ru(&self) -> String {
        let (title, reason) = self.rule.ru();
        self.sentence(title, " за ", reason, |what, amount| {
            let amount = amount.to_string().replace('.', ",");
            match what {
                What::Advance(id) => format!("{amount} (аванс {id})"),
                What::Charge(_) => format!("начислено {amount}"),
                What::Credit => format!("в долг {amount}"),
                What::Debt(id, _) => format!("{amount} (долг {id})"),
                What::Lot(id) => format!("{amount} с аванса {id}"),
                What::Offsets(count, _) => format!("{amount} (зачётов: {count})"),
                What::Payment => format!("из платежа {amount}"),
                What::Penalty(id) => format!("{amount} (пени {id})"),
                What::Receipt(id, sign) => format!("{amount} по чеку {id} (ФПД {sign})"),
                What::Settled(_) => format!("{amount} из оплаченного"),
            }
        })
    }

    /// One sentence in English.
    pub fn en(&self) -> String {
        let (title, reason) = self.rule.en();
        self.sentence(title, " for ", reason, |what, amount| match what {
            What::Advance(id) => format!("{amount} (advance {id})"),
            What::Charge(_) => format!("{amount} charged"),
            What::Credit => format!("{amount} on credit"),
            What::Debt(id, _) => format!("{amount} (debt {id})"),
            What::Lot(id) => format!("{amount} of advance {id}"),
            What::Offsets(count, _) => format!("{amount} (offsets: {count})"),
            What::Payment => format!("out of a payment of {amount}"),
            What::Penalty(id) => format!("{amount} (penalty {id})"),
            What::Receipt(id, sign) => format!("{amount} by receipt {id} (fiscal sign {sign})"),
            What::Settled(_) => format!("{amount} of what was paid"),
        })
    }

    fn sentence(
        &self,
        title: &str,
        of: &str,
        reason: &str,
        phrase: impl Fn(&What, Kopecks) -> String,
    ) -> String {
        let mut text = String::from(title);
        if let Some(period) = self.from.iter().find_map(|source| source.what.period()) {
            text.push_str(of);
            text.push_str(&period.on_receipt());
        }
        for (place, source) in self.from.iter().enumerate() {
            text.push_str(match (place, &source.what) {
                (0, _) => ": ",
                (_, What::Payment) => " ",
                _ => ", ",
            });
            text.push_str(&phrase(&source.what, source.amount));
        }
        // Writing into a String cannot fail.
        let _ = write!(text, "; {reason}");
        text
    }
}

impl What {
    const fn period(&self) -> Option<Period> {
        match self {
            Self::Charge(period)
            | Self::Debt(_, period)
            | Self::Offsets(_, period)
            | Self::Settled(period) => Some(*period),
            _ => None,
        }
    }
}

impl Rule {
    const fn ru(self) -> (&'static str, &'static str) {
        match self {
            Self::D01 => ("Оплата долга", "чек «в долг» был → оплата кредита"),
            Self::D02 => (
                "Частичная оплата долга",
                "чек «в долг» был → оплата кредита",
            ),
            Self::D03 => ("Остаток после долгов", "услуга ещё не оказана → аванс"),
            Self::D04 => ("Пополнение без начислений", "услуга ещё не оказана → аванс"),
            Self::D05 => ("По указанию биллинга", "разбивка биллинга важнее правил"),
            Self::D06 => ("Начисление", "аванса хватило → полный расчёт зачётом"),
            Self::D07 => (
                "Начисление",
                "аванса хватило на часть → частичный расчёт и кредит",
            ),
            Self::D08 => ("Начисление", "аванса нет → передача в кредит"),
            Self::D09 => ("Оплата долга", "чека «в долг» не было → полный расчёт"),
            Self::D09Prime => (
                "Начисление",
                "чек в день оплаты: сейчас только зачтённая часть → полный расчёт",
            ),
            Self::D10 => ("Возврат аванса", "ставка та, с которой аванс принят"),
            Self::D11 => (
                "Возврат за услугу",
                "услуга была оплачена → возврат прихода",
            ),
            Self::D12 => ("Перерасчёт вниз", "начислено лишнее → возврат прихода"),
            Self::D14 => ("Оплата пеней", "пени включаются в чек: выплата без НДС"),
            Self::D16 => (
                "Агентская услуга",
                "деньги приняты для поставщика → его ставка и ИНН",
            ),
            Self::D19 => (
                "Переплата закрывает долг по другой услуге",
                "тот же поставщик → зачёт аванса",
            ),
            Self::D20Prime => (
                "Перенос аванса",
                "ставка, СНО, поставщик или счёт другие → возврат и новый аванс",
            ),
            Self::D21 => ("Переплата другого счёта закрывает долг", "зачёт аванса"),
            Self::D22 => ("Отмена платежа", "деньги отозваны → зеркальный возврат"),
            Self::D23 => (
                "Отмена дубля",
                "одни деньги пробиты дважды → обратный документ",
            ),
            Self::D24 => (
                "Сводный зачёт авансов",
                "один чек за месяц по п. 2.1 ст. 1.2 54-ФЗ",
            ),
            Self::D25 => (
                "Долг, начисленный позже",
                "аванс того дня ушёл бы на него, а чек «в долг» уже есть → оплата кредита",
            ),
            Self::D26 => (
                "Исправление чека",
                "неверный документ сторнируется, верный формируется",
            ),
            Self::D26Prime => (
                "Сторно неверного чека",
                "неверный документ повторяется с обратным признаком",
            ),
            Self::D29 => ("Оплата списанного долга", "деньги пришли → обычная оплата"),
            Self::Given => ("Готовый чек", "строку рассчитала программа, приславшая чек"),
        }
    }

    const fn en(self) -> (&'static str, &'static str) {
        match self {
            Self::D01 => ("Debt paid", "a credit receipt exists → credit payment"),
            Self::D02 => (
                "Debt paid in part",
                "a credit receipt exists → credit payment",
            ),
            Self::D03 => ("Left after the debts", "nothing is supplied yet → advance"),
            Self::D04 => (
                "Top-up without charges",
                "nothing is supplied yet → advance",
            ),
            Self::D05 => (
                "By billing's split",
                "billing's split precedes the policies",
            ),
            Self::D06 => ("Charge", "advances cover it → full settlement by offset"),
            Self::D07 => (
                "Charge",
                "advances cover a part → partial settlement and credit",
            ),
            Self::D08 => ("Charge", "no advance → supplied on credit"),
            Self::D09 => ("Debt paid", "no credit receipt → full settlement"),
            Self::D09Prime => (
                "Charge",
                "receipts come at payment: only the offset part now → full settlement",
            ),
            Self::D10 => ("Refund of an advance", "at the rate at which it came"),
            Self::D11 => ("Refund for a service", "it was settled → return of income"),
            Self::D12 => (
                "Downward recalculation",
                "too much was charged → return of income",
            ),
            Self::D14 => (
                "Penalty paid",
                "shown in the receipt: a pay-out without VAT",
            ),
            Self::D16 => ("Agent service", "money of the supplier → its rate and ИНН"),
            Self::D19 => (
                "Overpayment closes the debt of another service",
                "same supplier → offset of the advance",
            ),
            Self::D20Prime => (
                "Advance moved",
                "rate, tax system, supplier or account differ → return and new advance",
            ),
            Self::D21 => (
                "Overpayment of another account closes the debt",
                "offset of the advance",
            ),
            Self::D22 => (
                "Payment cancelled",
                "the money was taken back → mirror return",
            ),
            Self::D23 => (
                "Duplicate cancelled",
                "one money was fiscalised twice → reverse document",
            ),
            Self::D24 => (
                "Consolidated offset",
                "one a month by 54-FZ art. 1.2 p. 2.1",
            ),
            Self::D25 => (
                "Debt charged later",
                "an advance of that day would have gone there, a credit receipt exists → credit payment",
            ),
            Self::D26 => (
                "Receipt fixed",
                "the wrong document is reversed, the right one formed",
            ),
            Self::D26Prime => (
                "Wrong receipt reversed",
                "the wrong document is repeated with the opposite sign",
            ),
            Self::D29 => ("Written-off debt paid", "money came → an ordinary payment"),
            Self::Given => ("Ready receipt", "the sender has computed the line"),
        }
    }
}
