use crate::text::texts;

texts! {
    /// «Which receipt do I need?»
    CalculatorTexts {
        title: "Какой нужен чек?" / "Which receipt do I need?",
        lead: "Выберите, что случилось. Покажем, какие чеки получатся и почему. Ничего не сохраняется." / "Choose what has happened. You see which receipts come of it, and why. Nothing is stored.",
        scenario: "Что случилось" / "What has happened",
        payment: "Клиент заплатил" / "The customer has paid",
        charge: "Начислили за услугу" / "A service was charged",
        refund_advance: "Клиент просит вернуть неизрасходованные деньги" / "The customer wants unused money back",
        refund_service: "Клиент просит вернуть деньги за услугу" / "The customer wants money back for a service",
        duplicate: "Одну оплату провели дважды" / "One payment was taken twice",
        chargeback: "Банк отозвал оплату" / "The bank took a payment back",
        wrong_sum: "Пробили не ту сумму" / "The receipt has a wrong sum",
        other_account: "Зачислили не на тот лицевой счёт" / "The payment went to a wrong account",
        recalc: "За прошлый месяц начислили лишнее" / "Too much was charged for a past month",
        writeoff: "Списываем долг" / "A debt is written off",
        whose: "Лицевой счёт" / "Account",
        whose_hint: "Пусто — придуманный счёт, его состояние ниже" / "Empty: an invented one, as it is described below",
        service: "Услуга" / "Service",
        amount: "Сумма, ₽" / "Sum, ₽",
        right_amount: "Верная сумма, ₽" / "Right sum, ₽",
        right_hint: "Нужна, если пробили не ту сумму" / "Needed if the receipt has a wrong sum",
        cash: "Деньги" / "Money",
        before: "Что было на придуманном счёте" / "What was on the invented account",
        debt: "Долг за прошлый месяц, ₽" / "Debt of the last month, ₽",
        credit: "На этот долг был чек «в долг»" / "A credit receipt exists for this debt",
        advance: "Аванс, ₽" / "Money ahead, ₽",
        show: "Показать чеки" / "Show the receipts",
        step: "Шаг {n}" / "Step {n}",
        no_receipt: "Чека не будет" / "There will be no receipt",
        without: "Без чека" / "Without a receipt",
        after: "Сальдо после: {saldo}" / "Balance then: {saldo}",
        no_services: "Услуги ещё не заведены: их объявляет биллинг" / "There are no services yet: billing declares them",
        refused: "Дальше нельзя" / "This cannot go on",
    }
}
