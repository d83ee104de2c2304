use crate::text::texts;

texts! {
    /// Operations: the list, and one of them.
    OperationsTexts {
        title: "Операции" / "Operations",
        waits: "Ждут человека" / "Wait for a person",
        nothing_waits: "Ни один чек не ждёт человека" / "No receipt waits for a person",
        queued: "Чеки в очереди" / "Queued receipts",
        unidentified: "Неопознанные платежи" / "Unidentified payments",
        kind: "Что" / "What",
        accepted: "Принята" / "Accepted",
        account: "Лицевой счёт" / "Account",
        key: "Ключ начинается с" / "Key begins with",
        from: "С" / "From",
        to: "По" / "To",
        receipts: "Чеки" / "Receipts",
        total: "Сумма чеков, ₽" / "Sum of the receipts, ₽",
        states: "Состояния чеков" / "States of the receipts",
        is_cancelled: "Отменена" / "Cancelled",
        id: "Номер операции" / "Operation’s identifier",
        sent_by: "Кто прислал" / "Sent by",
        by_key: "ключ «{key}»" / "key “{key}”",
        by_person: "сотрудник {login}" / "{login}, at the panel",
        by_program: "программа" / "the program",
        idempotency: "Ключ операции" / "Key of the operation",
        cancelled: "отменена" / "cancelled",
        cancelled_by: "Отменена {at}: {by}. {reason}" / "Cancelled {at}: {by}. {reason}",
        no_receipts: "Чеков нет" / "No receipts",
        without: "Без чека" / "Without a receipt",
        body: "Как её прислали (JSON)" / "As it was sent (JSON)",
        cancel: "Отменить операцию" / "Cancel the operation",
        cancel_lead: "Пока ни один чек не оформлен, операцию можно забрать назад: чеков не будет, счёт станет таким, каким был." / "While no receipt is formed, the operation can be taken back: it will have no receipts, and the account is as it was.",
        reason: "Причина" / "Reason",
        not_cancellable: "Отменить уже нельзя: чек оформлен, оформляется или под вопросом, либо результатом воспользовалась другая операция. Оформите возврат." / "It cannot be cancelled any more: a receipt is formed, being formed or in doubt, or another operation has used it. Make a refund.",
    }
}
