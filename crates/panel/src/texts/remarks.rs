use crate::text::{Text, texts};
use terms::OfdMessage;

texts! {
    /// What the ОФД has refused or had something to say about.
    RemarksTexts {
        title: "Сообщения ОФД" / "Messages of the ОФД",
        lead: "Документы, которые ОФД не принял, и то, что он просит сделать." / "Documents that the ОФД has not accepted, and what it asks for.",
        all: "Все" / "All",
        refused: "Отказы" / "Refusals",
        messages: "Сообщения" / "Messages",
        none: "ОФД ничего не сообщал" / "The ОФД has had nothing to say",
        kind: "Показать" / "Show",
        when: "Когда" / "When",
        document: "Документ" / "Document",
        said: "Что сказал ОФД" / "What the ОФД has said",
        to_do: "Что делать" / "What to do",
        number: "№ {n}, накопитель {drive}" / "№ {n}, drive {drive}",
        not_yet: "подтверждение ещё не в накопителе" / "the drive has no confirmation yet",
        is_refused: "отказ" / "refused",
        code: "код {code}" / "code {code}",
        open_receipt: "Открыть чек" / "Open the receipt",
        do_refused: "Деньги этого чека не учтены налоговой. Исправьте причину и оформите чек коррекции; спросите у ОФД, что не так." / "The tax office does not count this receipt. Mend the reason and form a correction receipt; ask the ОФД what is wrong.",
        do_refused_other: "Спросите у ОФД, что не так с документом." / "Ask the ОФД what is wrong with the document.",
        do_cabinet: "Зайдите в кабинет ККТ на сайте ФНС: там ждёт сообщение." / "Look into the register’s cabinet at the tax office’s site: a message waits there.",
        do_format: "Обновите Kassette и формат документов в настройках." / "Update Kassette and the format of documents in its configuration.",
        do_inspection: "Касса в плане проверок: подготовьте документы." / "The register is to be inspected: prepare the papers.",
        do_connection: "Узнайте у ОФД новый адрес и измените его в настройках." / "Ask the ОФД for its new address and change it in the configuration.",
        do_terminated: "Заключите договор с другим ОФД и перерегистрируйте кассы." / "Make a contract with another ОФД and register the drives anew.",
        do_unknown: "Спросите у ОФД, что это значит." / "Ask the ОФД what it means.",
        limit: "Показаны последние {n}" / "The last {n} are shown",
    }
}

impl RemarksTexts {
    /// What to do about a message.
    pub(crate) const fn remedy(&self, message: OfdMessage) -> Text {
        match message {
            OfdMessage::FormatRefused => self.do_refused_other,
            OfdMessage::CheckCabinet => self.do_cabinet,
            OfdMessage::UpdateFormat => self.do_format,
            OfdMessage::InspectionPlan => self.do_inspection,
            OfdMessage::ChangeConnection => self.do_connection,
            OfdMessage::OfdTerminated => self.do_terminated,
            OfdMessage::Unknown(_) => self.do_unknown,
        }
    }
}
