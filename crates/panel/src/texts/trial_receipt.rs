use crate::text::texts;

texts! {
    /// The test receipt.
    TrialReceiptTexts {
        title: "Проверочный чек" / "Test receipt",
        lead: "Чек на 1 рубль по услуге, которую вы завели." / "A receipt of 1 rouble for a service that you have added.",
        no_services: "Сначала добавьте хотя бы одну услугу." / "First add at least one service.",
        add_service: "Добавить услугу" / "Add a service",
        service: "Услуга" / "Service",
        look: "Показать" / "Show",
        preview: "Так он будет выглядеть" / "So it will look",
        refused: "Такого чека не будет: {why}" / "There will be no such receipt: {why}",
        sum: "Сумма" / "Sum",
        vat: "НДС" / "VAT",
        vat_none: "без НДС" / "without VAT",
        kind: "Вид расчёта" / "Kind of settlement",
        kind_paid: "оплата услуги, безналично" / "payment of a service, cashless",
        make: "Сформировать чек" / "Form the receipt",
        make_lead: "Накопители ненастоящие: чек ничего не значит, кроме того, что всё работает." / "The drives are not real: the receipt means nothing but that everything works.",
        real: "Накопители настоящие, поэтому пробных чеков нет: каждый чек уходит в ФНС и означает полученные деньги. Первый чек сформируется, когда биллинг передаст первую оплату." / "The drives are real, so there are no test receipts: each goes to the ФНС and means money that was taken. The first one is formed when billing sends the first payment.",
        no_drive: "Сначала зарегистрируйте накопитель." / "First register a drive.",
        again: "Ещё один" / "Another one",
        made: "Чек" / "The receipt",
        waits: "В очереди: страница обновится сама" / "In the queue: the page reloads by itself",
        formed: "Оформлен" / "Formed",
        confirmed: "Оформлен и подтверждён ОФД" / "Formed and confirmed by the ОФД",
        stuck: "Не оформлен: смотрите обзор" / "Not formed: see the overview",
        number: "Номер документа (ФД)" / "Number of the document (ФД)",
        sign: "Фискальный признак (ФП)" / "Fiscal sign (ФП)",
        drive: "Накопитель" / "Drive",
        time: "Время" / "Time",
        qr: "Данные для проверки" / "Data for checking",
        next: "Дальше: ключ для биллинга" / "Next: the key for billing",
    }
}
