use crate::text::texts;

texts! {
    /// Files of banks, their rows, and money of unknown payers.
    ImportsTexts {
        title: "Файлы банков" / "Bank files",
        lead: "Реестр Сбербанка, выписка 1CClientBankExchange, реестр LANBilling или таблица. Сначала покажем, что внутри." / "A registry of Sberbank, a statement 1CClientBankExchange, a registry of LANBilling, or a table. What is in it is shown first.",
        drop: "Перетащите файл сюда или выберите его" / "Drop a file here, or choose one",
        look: "Посмотреть, что внутри" / "Look what is in it",
        no_file: "Выберите файл" / "Choose a file",
        unreadable: "Файл не прочитан" / "The file cannot be read",
        unknown_kind: "Такой файл неизвестен: это не реестр, не выписка и не таблица платежей" / "This file is not known: neither a registry, nor a statement, nor a table of payments",
        not_ours: "Файл о чужом расчётном счёте" / "The file is about somebody else’s bank account",
        refused: "Правила чеков не принимают платежи этого файла" / "The rules of receipts refuse payments of this file",
        gone: "Файл больше не в памяти: выберите его ещё раз" / "The file is not kept any more: choose it again",
        loaded_before: "Загружены раньше" / "Loaded before",
        none_loaded: "Файлов ещё не загружали" / "No file was loaded yet",
        name: "Файл" / "File",
        kind: "Вид" / "Kind",
        when: "Загружен" / "Loaded",
        by: "Кто" / "By",
        payments: "Платежей" / "Payments",
        sum: "Сумма" / "Sum",
        waiting: "ждут человека: {n}" / "wait for a person: {n}",
        all_decided: "всё решено" / "all decided",
        preview: "Что в файле" / "What is in the file",
        preview_lead: "Пока ничего не загружено." / "Nothing is loaded yet.",
        days: "Дни: {from} — {to}" / "Days: {from} — {to}",
        class: "Что это" / "What it is",
        class_matched: "станут оплатами" / "become payments",
        class_unmatched: "плательщик неизвестен" / "unknown payer",
        class_duplicate: "уже загружены раньше" / "known already",
        class_held: "похоже на уже известные деньги" / "may be known money",
        class_business: "от организаций: чек не нужен" / "of organisations: no receipt",
        class_wrong: "не может быть платежом" / "cannot be a payment",
        class_refused: "не приняты правилами чеков" / "refused by the rules of receipts",
        receipts: "Чеков: {n}" / "Receipts: {n}",
        unmatched: "Платежи неизвестных плательщиков" / "Payments of unknown payers",
        unmatched_wait: "оставить для разбора" / "keep them for a decision",
        unmatched_load: "принять как неопознанные деньги" / "take them as money to be identified",
        business: "Платежи организаций" / "Payments of organisations",
        business_skip: "не загружать" / "leave them out",
        business_include: "загрузить, как от людей" / "load them like those of persons",
        again: "Пересчитать" / "Look again",
        load: "Загрузить" / "Load",
        rows: "Строки для разбора" / "Rows to decide about",
        no_rows: "Разбирать нечего" / "There is nothing to decide",
        line: "Строка {line}" / "Line {line}",
        state_waiting: "ждёт" / "waits",
        state_loaded: "загружена" / "loaded",
        state_skipped: "пропущена" / "left out",
        account: "Лицевой счёт" / "Account",
        reason: "Почему так решили" / "Why you decide so",
        row_load: "Это оплата этого счёта" / "It is a payment on this account",
        row_skip: "Пропустить" / "Leave it out",
        decided: "{by}: {why}" / "{by}: {why}",
        decided_already: "Эту строку уже решили" / "This row is decided already",
        unidentified: "Неопознанные платежи" / "Unidentified payments",
        none_unidentified: "Неопознанных платежей нет" / "There are no unidentified payments",
        identify: "Опознать" / "Identify",
        search: "Найти счёт" / "Look for the account",
    }
}

impl ImportsTexts {
    /// What a class of rows is.
    pub(crate) fn class(&self, name: &str) -> crate::text::Text {
        match name {
            "matched" => self.class_matched,
            "unmatched" => self.class_unmatched,
            "duplicate" => self.class_duplicate,
            "held" => self.class_held,
            "business" => self.class_business,
            "wrong" => self.class_wrong,
            _ => self.class_refused,
        }
    }
}
