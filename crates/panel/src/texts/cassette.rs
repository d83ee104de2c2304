use desk::Policy;

use crate::text::{Text, texts};

texts! {
    /// The slots in detail, and orders about them.
    CassetteTexts {
        title: "Кассета" / "The cassette",
        policy: "Как накопители делят работу" / "How the drives share the work",
        policy_parallel: "Все накопители работают одновременно." / "All drives work at once.",
        policy_sequential: "Работает один накопитель; когда он заканчивается, его сменяет следующий." / "One drive works; when it ends the next one takes over.",
        policy_parallel_spare: "Работают все, кроме запасных; запасные подменяют тех, кто не может." / "All work but the spare ones, which stand in for those that cannot.",
        policy_where: "Меняется в файле настроек: cassette.policy." / "It is changed in the configuration: cassette.policy.",
        drives: "Все накопители, которые здесь видели" / "All drives that were seen here",
        drive: "Накопитель" / "Drive",
        where_now: "Где" / "Where",
        elsewhere: "не в кассете" / "not in the cassette",
        documents: "Документов" / "Documents",
        last_document: "Последний документ" / "Last document",
        seen: "Виден последний раз" / "Seen last",
        back: "Ко всей кассете" / "To the whole cassette",
        facts: "Накопитель" / "The drive",
        number: "Номер" / "Number",
        model: "Модель" / "Model",
        version: "Программа" / "Software",
        format: "Формат документов" / "Format of documents",
        until: "Срок действия до" / "Valid until",
        documents_left: "Осталось документов" / "Documents left",
        registrations_left: "Осталось регистраций" / "Registrations left",
        ends_on: "Закончится" / "It will end",
        register: "Касса и связь" / "Register and links",
        rnm: "РНМ" / "РНМ",
        serial: "Заводской номер ККТ" / "Serial number of the ККТ",
        ofd: "ОФД" / "ОФД",
        wire: "Подключение" / "Wire",
        port: "Порт" / "Port",
        shift: "Смена" / "Shift",
        shift_since: "№ {n}, открыта {time}" / "№ {n}, open since {time}",
        shift_open: "№ {n}, открыта" / "№ {n}, open",
        shift_closed: "№ {n}, закрыта" / "№ {n}, closed",
        backlog: "Ждут ОФД" / "Wait for the ОФД",
        unknown: "неизвестно" / "unknown",
        orders: "Действия" / "Orders",
        orders_closed: "Действия доступны технику и администратору." / "A technician or an administrator may order something.",
        swap: "Заменить накопитель" / "Replace the drive",
        swap_go_on: "Продолжить замену" / "Go on with the replacement",
        latest: "Последние документы" / "The latest documents",
        no_documents: "Документов этого накопителя здесь ещё нет" / "There are no documents of this drive yet",
        what: "Что" / "What",
        time: "Время" / "Time",
        confirmed: "ОФД" / "ОФД",
        confirmed_yes: "подтверждён {time}" / "confirmed {time}",
        confirmed_no: "ждёт" / "waits",
        confirmed_refused: "отказ" / "refused",
        history: "Что было в этом гнезде" / "What has happened in this slot",
        no_history: "Ничего особенного" / "Nothing unusual",
        by: "Кто" / "Who",
        program: "Kassette" / "Kassette",
        frames: "Обмен с накопителем" / "What goes over the wire",
        frames_title: "Обмен с накопителем, гнездо {slot}" / "What goes over the wire of slot {slot}",
        frames_lead: "Команды и ответы, пока эта страница открыта. Ничего не сохраняется; содержимое документов не показывается." / "Commands and answers while this page is open. Nothing is kept; what documents say is not shown.",
        frames_none: "Пока тихо: страница обновляется сама." / "Nothing yet: the page renews itself.",
        from_host: "Kassette" / "Kassette",
        from_drive: "накопитель" / "drive",
        from_nobody: "непонятно кто" / "nobody knows who",
        trouble: "сбой" / "trouble",
        task_registration: "регистрация" / "registration",
        task_open_shift: "открытие смены" / "opening of the shift",
        task_receipt: "чек" / "receipt",
        task_close_shift: "закрытие смены" / "closing of the shift",
        task_close_archive: "закрытие архива" / "closing of the archive",
        task_found: "найден в накопителе" / "found in the drive",
        adopt: "Принять в работу" / "Take the drive in",
        adopt_lead: "Накопителем пользовались в другом месте. Kassette запомнит, что в нём уже есть документы, и начнёт формировать новые после них." / "The drive was used elsewhere. Kassette remembers that it has documents already and goes on after them.",
        adopt_risk: "Если на самом деле журнал восстановлен из старой копии, чеки, о которых он забыл, могут быть оформлены второй раз." / "If in truth the journal is an old copy, receipts that it has forgotten may be formed a second time.",
        export: "Сохранить документы в файлы" / "Keep the documents in files",
        export_lead: "Все документы накопителя будут прочитаны и сохранены в папку архива. Между чеками, работе это не мешает." / "All documents of the drive are read and kept in the folder of archives. It is done between receipts.",
        export_risk: "На большом накопителе это может занять часы." / "With a full drive it may take hours.",
        reprobe: "Прочитать накопитель заново" / "Read the drive anew",
        reprobe_lead: "Kassette закроет порт, откроет его снова и прочитает накопитель. Помогает после замены кабеля." / "Kassette closes the port, opens it again and reads the drive. It helps after a change of the cable.",
        reprobe_risk: "Если накопитель сейчас работает, ничего не изменится." / "If the drive is at work, nothing changes.",
        clock: "Подтвердить время сервера" / "Confirm the server’s time",
        clock_lead: "Часы сервера показывают {now}. Сравните с точным временем. Если оно верное, подтвердите: накопители продолжат работу." / "The server’s clock says {now}. Compare it with the exact time. If it is right, confirm it: the drives go on.",
        clock_risk: "С неверным временем чеки будут оформлены неправильно, исправить их потом нельзя." / "With a wrong time receipts are formed wrongly, and that cannot be mended.",
        reason: "Причина" / "Reason",
        reason_hint: "Останется в журнале вместе с вашим именем: {name}" / "It stays in the journal, with your name: {name}",
        cancel: "Не делать" / "Do not do it",
        lost: "Отсюда пропал накопитель {drive}, не закрыв архив. Верните его на место." / "Drive {drive} has gone from here without its archive being closed. Put it back.",
    }
}

impl CassetteTexts {
    /// How the drives share the work.
    pub(crate) const fn policy_says(&self, policy: Policy) -> Text {
        match policy {
            Policy::Parallel => self.policy_parallel,
            Policy::Sequential => self.policy_sequential,
            Policy::ParallelSpare => self.policy_parallel_spare,
        }
    }

    /// What a document is.
    pub(crate) fn task(&self, task: &str) -> Text {
        match task {
            "registration" => self.task_registration,
            "open_shift" => self.task_open_shift,
            "close_shift" => self.task_close_shift,
            "close_archive" => self.task_close_archive,
            "found" => self.task_found,
            _ => self.task_receipt,
        }
    }
}
