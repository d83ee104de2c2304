use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// To be known.
    Info,
    /// To be looked at within a week.
    Medium,
    /// To be looked at today.
    High,
    /// Stop, or call somebody.
    Critical,
}

impl Severity {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Medium, Self::High, Self::Critical];

    /// The name in configuration and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads [`Severity::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule of receipt rules §5.2, for people and documents. Pairs are Russian and English.
#[derive(Debug)]
pub struct Rule {
    /// Its number.
    pub id: RuleId,
    /// Its usual severity; a warning before it may be lower, a grave case higher.
    pub severity: Severity,
    /// What it finds.
    pub title: (&'static str, &'static str),
    /// What it needs to be told.
    pub needs: (&'static str, &'static str),
    /// What to do about a finding.
    pub advice: (&'static str, &'static str),
}

impl Rule {
    /// The rule `id`.
    pub fn of(id: RuleId) -> &'static Self {
        // `RULES` and `RuleId` come from one list, in one order.
        &RULES[id as usize]
    }
}

macro_rules! rules {
    ($($id:ident $severity:ident {
        $title_ru:literal, $title_en:literal;
        $needs_ru:literal, $needs_en:literal;
        $advice_ru:literal, $advice_en:literal;
    })*) => {
        /// The number of a rule (receipt rules §5.2).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum RuleId {
            $(#[doc = $title_en] $id,)*
        }

        impl RuleId {
            /// Every rule, by number.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The number as text, such as `A01`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => stringify!($id),)*
                }
            }

            /// Reads [`RuleId::name`].
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.name() == name)
            }
        }

        /// All rules, by number.
        pub const RULES: &[Rule] = &[$(Rule {
            id: RuleId::$id,
            severity: Severity::$severity,
            title: ($title_ru, $title_en),
            needs: ($needs_ru, $needs_en),
            advice: ($advice_ru, $advice_en),
        }),*];
    };
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

rules! {
    A01 Medium {
        "«10 рублей»: долг растёт, платежи символические, услуга включена",
        "Token payments: the debt grows, only token sums are paid, the service stays on";
        "месяцы счёта и платежи", "months of the account and payments";
        "Проверьте правило блокировки в биллинге; свяжитесь с абонентом или отключите услугу.",
        "Check billing's blocking rule; talk to the customer or block the service.";
    }
    A02 High {
        "Долг растёт без платежей, предоплатная услуга не отключена",
        "The debt grows without payments, and a prepaid service is not blocked";
        "месяцы счёта и платежи", "months of the account and payments";
        "Отключите услугу и выясните, почему биллинг этого не сделал.",
        "Block the service and find out why billing did not.";
    }
    A03 Critical {
        "Деньги без чека после срока", "Money without a receipt past its deadline";
        "поступления с каналом и временем чека", "money received, with channel and time of the receipt";
        "Сформируйте чек; если срок прошёл, восстановите его чеком коррекции.",
        "Form the receipt; past the deadline restore it by a correction receipt.";
    }
    A04 Critical {
        "Чек на деньги, которых нет ни в одном источнике",
        "A receipt for money that is in no source";
        "поступления и чеки по ссылке платежа", "money received and receipts, by the payment's reference";
        "Найдите платёж или отмените чек возвратом либо коррекцией.",
        "Find the payment, or undo the receipt by a return or a correction.";
    }
    A05 Critical {
        "Два чека на одну банковскую операцию", "Two receipts for one bank operation";
        "чеки счёта с ссылкой платежа", "receipts of the account with the payment's reference";
        "Отмените лишний чек (возврат прихода или коррекция с тегом 1192).",
        "Undo the duplicate (return of income or correction with tag 1192).";
    }
    A06 Medium {
        "Похоже на двойной платёж", "Probably a double payment";
        "платежи счёта", "payments of the account";
        "Сверьте номера операций банка; платёж из другого источника задержите до решения.",
        "Compare the bank's operation numbers; hold a payment from another source until decided.";
    }
    A07 Critical {
        "Пропуск или повтор номеров ФД", "A gap or a repeat in document numbers";
        "номера ФД журнала, архива ФН и ОФД; итоги смен",
        "document numbers of journal, drive archive and ОФД; totals of shifts";
        "Остановите накопитель, прочитайте его архив и сверьте с журналом.",
        "Stop the drive, read its archive and compare it with the journal.";
    }
    A08 High {
        "Документы не переданы в ОФД", "Documents have not reached the ОФД";
        "состояние обмена ФН", "the drive's exchange status";
        "Проверьте связь с ОФД и договор; через 30 суток ФН заблокируется.",
        "Check the line to the ОФД and its contract; after 30 days the drive blocks itself.";
    }
    A09 Critical {
        "Смена открыта слишком долго", "A shift is open for too long";
        "время открытия смены", "when the shift was opened";
        "Закройте смену: после 24 часов ФН не принимает чеки.",
        "Close the shift: after 24 hours the drive takes no receipts.";
    }
    A10 High {
        "Часы ККТ расходятся с точным временем", "The clock differs from true time";
        "расхождение с NTP", "the difference to NTP";
        "Настройте синхронизацию времени; допустимо не более 5 минут.",
        "Set up time synchronisation; at most 5 minutes are allowed.";
    }
    A11 Critical {
        "НДС документа не равен расчётному", "A document's VAT is not what it has to be";
        "строки документов и ставки услуг", "lines of documents and rates of services";
        "Остановите формирование по услуге, исправьте ставку, исправьте чеки.",
        "Stop receipts of the service, set its rate right, correct the receipts.";
    }
    A12 Critical {
        "Отрицательный остаток или нарушенное равенство счёта",
        "A negative balance or a broken equation of an account";
        "долги, авансы, начисления и сальдо счёта", "debts, lots, charges and saldo of the account";
        "Остановите операции счёта и сверьте его историю.",
        "Stop the account's operations and go through its history.";
    }
    A13 High {
        "Пропущен зачёт аванса: начисление ушло в кредит при остатке аванса",
        "A missed offset: a charge went to credit while an advance was there";
        "долги и авансы счёта", "debts and lots of the account";
        "Зачтите аванс в счёт долга и выясните, почему зачёт не сработал.",
        "Offset the advance against the debt and find out why it was not done.";
    }
    A14 High {
        "Не закрыт сводный чек зачёта авансов", "The consolidated receipt of offsets is not formed";
        "буфер зачётов за месяц", "the buffer of offsets of a month";
        "Закройте период; после 10-го числа нужен чек коррекции.",
        "Close the period; after the 10th it takes correction receipts.";
    }
    A15 High {
        "Доля возвратов прихода за 30 дней", "The share of returns in 30 days";
        "число документов ККТ по дням", "documents of a register by day";
        "Растяните возвраты по дням или ККТ, подготовьте пояснение.",
        "Spread returns over days or registers, prepare an explanation.";
    }
    A16 High {
        "Доля чеков коррекции за 30 дней", "The share of corrections in 30 days";
        "число документов ККТ по дням", "documents of a register by day";
        "Растяните коррекции по дням или ККТ, подготовьте пояснение.",
        "Spread corrections over days or registers, prepare an explanation.";
    }
    A17 High {
        "ОФД или ФНС не приняли документ", "The ОФД or the ФНС refused a document";
        "ответы ОФД", "answers of the ОФД";
        "Прочитайте код ФЛК, устраните причину, исправьте документ коррекцией.",
        "Read the code of format-logic control, remove the cause, correct the document.";
    }
    A18 High {
        "Возврат не тем видом денег", "A refund in another kind of money";
        "возвраты с видом исходных денег", "refunds with the kind of the money they give back";
        "Верните деньги тем же способом; безналичные не возвращают наличными.",
        "Refund the way the money came; cashless money is not given back in cash.";
    }
    A19 Critical {
        "Источник платежей замолчал", "A source of payments fell silent";
        "поступления реестров по источникам", "arrivals of registries by source";
        "Свяжитесь с банком или оператором, запросите реестры за весь промежуток.",
        "Call the bank or the operator and ask for the registries of the whole gap.";
    }
    A20 High {
        "Не сходятся биллинг, банк и чеки", "Billing, bank and receipts do not agree";
        "строки обеих сторон уравнений E1 и E2", "rows of both sides of equations E1 and E2";
        "Разберите списки несовпавших строк; разница не списывается.",
        "Go through the lists of rows that do not match; a difference is never written off.";
    }
    A21 Info {
        "Кредитный долг близок к исковой давности", "A credit debt is near limitation";
        "долги счёта", "debts of the account";
        "Взыщите долг или примите решение о списании до истечения трёх лет.",
        "Recover the debt or decide on a write-off before three years are over.";
    }
    A22 Info {
        "Неподвижный аванс", "A dormant advance";
        "авансы и месяцы счёта", "lots and months of the account";
        "Свяжитесь с абонентом: зачесть, вернуть или закрыть счёт.",
        "Talk to the customer: offset, refund or close the account.";
    }
    A23 High {
        "Срок или память ФН кончаются", "A drive is about to end";
        "срок и остаток документов ФН, готовность запасного", "the drive's expiry and documents left, and whether a spare is ready";
        "Подготовьте запасной ФН и назначьте замену.",
        "Have a spare drive ready and plan the swap.";
    }
    A24 High {
        "Невыясненные деньги", "Unidentified money";
        "невыясненные поступления", "money whose payer is unknown";
        "Установите плательщика или верните деньги; поздний чек будет коррекцией.",
        "Find out the payer or send the money back; a late receipt will be a correction.";
    }
    A25 Medium {
        "Начисление выбивается из обычного", "A charge out of pattern";
        "месяцы счёта", "months of the account";
        "Проверьте тариф, показания и период начисления.",
        "Check tariff, meter readings and the period of the charge.";
    }
    A26 High {
        "Нет документов с зарегистрированной ККТ", "No documents from a registered ККТ";
        "дата последнего документа ККТ", "the date of the register's last document";
        "Сформируйте документы или снимите ККТ с учёта до 60 дней.",
        "Form documents or deregister the ККТ before 60 days.";
    }
    A27 Medium {
        "Чеки не доставляются", "Receipts are not delivered";
        "итоги отправки писем и СМС", "results of e-mails and text messages";
        "Проверьте почтовый сервис; уточните контакт абонента.",
        "Check the mail service; ask the customer for another contact.";
    }
    A28 Critical {
        "Система налогообложения или ставка не зарегистрирована",
        "A tax system or rate that is not registered";
        "документы и регистрация ККТ с датами", "documents and the register's registrations by date";
        "Остановите формирование, исправьте настройку, исправьте чеки.",
        "Stop receipts, set the configuration right, correct the receipts.";
    }
}
