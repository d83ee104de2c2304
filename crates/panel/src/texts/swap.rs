use desk::{Awaits, SwapStep};

use crate::text::{Text, texts};

texts! {
    /// The replacement of a drive, step by step.
    SwapTexts {
        title: "Замена накопителя, гнездо {slot}" / "Replacing the drive in slot {slot}",
        back: "К гнезду" / "To the slot",
        step_of: "Шаг {n} из {all}" / "Step {n} of {all}",
        old: "Старый накопитель" / "The old drive",
        new: "Новый накопитель" / "The new drive",
        way: "Весь путь" / "The whole way",
        done: "сделано" / "done",
        now: "сейчас" / "now",
        next: "впереди" / "ahead",
        in_the_way: "Мешает: {what}" / "In the way: {what}",
        left_to_send: "Ещё ждут ОФД: {n}" / "Still waiting for the ОФД: {n}",
        exported: "Сохранено документов: {n} из {all}" / "Documents kept: {n} of {all}",
        awaits_drive: "Подождите: Kassette делает это сама" / "Wait: Kassette does this by itself",
        awaits_ofd: "Подождите: отвечает ОФД" / "Wait: the ОФД answers",
        awaits_technician: "Сделайте это у стойки" / "Do this at the rack",
        awaits_operator: "Проверьте и подтвердите" / "Check and confirm",
        order_title: "Заказать замену" / "Order the replacement",
        order_lead: "Kassette доведёт старый накопитель до конца: закроет смену, передаст все документы в ОФД, закроет архив и сохранит документы в файлы. Потом попросит вынуть его и вставить новый. Пока идёт замена, чеки формируют другие накопители." / "Kassette brings the old drive to its end: closes the shift, sends all documents to the ОФД, closes the archive and keeps the documents in files. Then it asks to take it out and to put in the new one. Meanwhile the other drives form receipts.",
        order_warning: "Закрытие архива нельзя отменить. До этого шага замену можно прервать." / "The closing of the archive cannot be undone. Until then the replacement can be abandoned.",
        reason: "Причина" / "Reason",
        reason_hint: "Останется в журнале вместе с вашим именем" / "It stays in the journal, with your name",
        other_kkt: "Зарегистрировать на другую ККТ" / "Register for another ККТ",
        other_kkt_lead: "Обычно не нужно: новый накопитель регистрируется на ту же ККТ." / "Usually not needed: the new drive is registered for the same ККТ.",
        rnm: "Регистрационный номер ККТ (РНМ)" / "Registration number of the ККТ (РНМ)",
        serial: "Заводской номер ККТ" / "Serial number of the ККТ",
        bad_rnm: "РНМ — это 16 цифр с верной контрольной суммой" / "An РНМ has 16 digits with the right check sum",
        begin: "Начать замену" / "Begin",
        begin_confirm: "Начать замену накопителя {drive}?" / "Begin to replace drive {drive}?",
        no_drive: "В гнезде нет накопителя, который можно заменить. Вставьте его или начните с регистрации нового." / "No drive that could be replaced is in the slot. Put it in, or begin with the registration of a new one.",
        confirm: "Номер верный, зарегистрировать" / "The number is right, register it",
        confirm_field: "Последние 4 цифры номера на корпусе" / "The last 4 digits of the number on its case",
        confirm_hint: "Перепишите их с самого накопителя, а не с экрана" / "Copy them from the drive itself, not from the screen",
        confirm_wrong: "Не совпадает с номером накопителя в гнезде: проверьте, тот ли накопитель вставлен" / "They do not fit the drive in the slot: see whether the right one is in",
        confirm_reason: "номер сверен с корпусом" / "the number was compared with its case",
        abandon: "Прервать замену" / "Abandon the replacement",
        abandon_undone: "Старый накопитель продолжит работу." / "The old drive works on.",
        abandon_closed: "Архив старого накопителя уже закрыт: работать он больше не будет." / "The archive of the old drive is closed already: it will not work again.",
        finished: "Замена закончена" / "The replacement is done",
        finished_lead: "Накопитель {drive} зарегистрирован и готов к работе. Последний документ: № {n}, {time}." / "Drive {drive} is registered and ready. Its last document: № {n}, {time}.",
        finished_at: "Закончена {time}" / "Done on {time}",
        keep: "Старый накопитель храните пять лет." / "Keep the old drive for five years.",
        name_drain: "Дописать начатое" / "Finish what is under way",
        name_close_shift: "Закрыть смену" / "Close the shift",
        name_send: "Передать документы в ОФД" / "Send the documents to the ОФД",
        name_close_archive: "Закрыть архив" / "Close the archive",
        name_send_closing: "Передать отчёт о закрытии" / "Send the closing report",
        name_export: "Сохранить документы в файлы" / "Keep the documents in files",
        name_pull_out: "Вынуть старый накопитель" / "Take the old drive out",
        name_put_in: "Вставить новый накопитель" / "Put the new drive in",
        name_confirm: "Сверить номер" / "Compare the number",
        name_register: "Зарегистрировать" / "Register it",
        step_drain: "Дописывается начатый документ, новых этому накопителю не дают." / "The document under way is finished; this drive gets no new ones.",
        step_close_shift: "Закрывается смена." / "The shift is being closed.",
        step_send: "Документы передаются в ОФД, ждём подтверждений." / "Documents go to the ОФД; its confirmations are awaited.",
        step_close_archive: "Закрывается архив накопителя. Отменить это уже нельзя." / "The archive is being closed. That cannot be undone any more.",
        step_send_closing: "Отчёт о закрытии передаётся в ОФД." / "The closing report goes to the ОФД.",
        step_export: "Документы накопителя сохраняются в файлы." / "The drive’s documents are kept in files.",
        step_pull_out: "Выньте старый накопитель: с ним всё закончено." / "Take the old drive out: it is done with.",
        step_put_in: "Вставьте новый накопитель." / "Put the new drive in.",
        step_confirm: "Сверьте номер нового накопителя с номером на корпусе." / "Compare the number of the new drive with the one on its case.",
        step_register: "Новый накопитель регистрируется." / "The new drive is being registered.",
    }
}

impl SwapTexts {
    /// What happens or is to be done at a step.
    pub(crate) const fn step(&self, step: SwapStep) -> Text {
        match step {
            SwapStep::Drain => self.step_drain,
            SwapStep::CloseShift => self.step_close_shift,
            SwapStep::Send => self.step_send,
            SwapStep::CloseArchive => self.step_close_archive,
            SwapStep::SendClosing => self.step_send_closing,
            SwapStep::Export => self.step_export,
            SwapStep::PullOut => self.step_pull_out,
            SwapStep::PutIn => self.step_put_in,
            SwapStep::Confirm => self.step_confirm,
            SwapStep::Register => self.step_register,
        }
    }

    /// A step's name.
    pub(crate) const fn name(&self, step: SwapStep) -> Text {
        match step {
            SwapStep::Drain => self.name_drain,
            SwapStep::CloseShift => self.name_close_shift,
            SwapStep::Send => self.name_send,
            SwapStep::CloseArchive => self.name_close_archive,
            SwapStep::SendClosing => self.name_send_closing,
            SwapStep::Export => self.name_export,
            SwapStep::PullOut => self.name_pull_out,
            SwapStep::PutIn => self.name_put_in,
            SwapStep::Confirm => self.name_confirm,
            SwapStep::Register => self.name_register,
        }
    }

    /// Who has to do something.
    pub(crate) const fn awaits(&self, awaits: Awaits) -> Text {
        match awaits {
            Awaits::Drive => self.awaits_drive,
            Awaits::Ofd => self.awaits_ofd,
            Awaits::Technician => self.awaits_technician,
            Awaits::Operator => self.awaits_operator,
        }
    }
}
