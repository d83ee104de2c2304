//! Reports on shifts, on the state of settlements and on the closing of a drive's archive,
//! confirmations of the ОФД (forms 2, 5, 6, 7, 21).

use ffd::{
    Counters, Element, Form, Head, OperatorConfirmation, StoredCloseArchive, StoredCloseShift,
    StoredCurrentState, StoredOpenShift, Tag, Tree, UnixTime, Value, Warnings,
};
use terms::{FfdVersion, ShiftNumber};

use crate::{
    Section, Surroundings,
    rows::{Rows, moment},
    words,
};

pub(crate) fn open_shift(stored: &StoredOpenShift, around: &Surroundings) -> Vec<Section> {
    let report = &stored.report;
    let mut rows = Rows::default();
    rows.user(around);
    title(&mut rows, Form::OpenShift, &stored.head, stored.shift);
    rows.cashier(report.cashier.as_ref());
    rows.pair(Tag::KKT_VERSION, "Версия ККТ", &report.kkt_version);
    rows.pair(Tag::KKT_FFD, "Версия ФФД ККТ", report.kkt_ffd);
    warnings(&mut rows, stored.warnings);
    rows.others(&report.other, (stored.head.ffd, Form::OpenShift), None);
    vec![Section::of("Отчет", rows.0), signs(&stored.head, around)]
}

pub(crate) fn close_shift(stored: &StoredCloseShift, around: &Surroundings) -> Vec<Section> {
    let of = (stored.head.ffd, Form::CloseShift);
    let mut rows = Rows::default();
    rows.user(around);
    title(&mut rows, Form::CloseShift, &stored.head, stored.shift);
    rows.cashier(stored.report.cashier.as_ref());
    rows.pair(Tag::SHIFT_RECEIPTS, "Чеков за смену", stored.receipts);
    rows.pair(Tag::SHIFT_DOCUMENTS, "ФД за смену", stored.documents);
    rows.pair(Tag::UNSENT_DOCUMENTS, "Непереданных ФД", stored.unsent);
    unsent_since(&mut rows, stored.first_unsent);
    key_resource(&mut rows, stored.key_resource_days);
    warnings(&mut rows, stored.warnings);
    notifications(&mut rows, stored.unsent_notifications);
    rows.others(&stored.report.other, of, None);
    let mut sections = vec![Section::of("Отчет", rows.0)];
    sections.extend(counters(
        "Счетчики смены",
        (stored.shift_counters.as_ref())
            .and_then(|it| Tree::written(|to| it.write(Tag::SHIFT_COUNTERS, to))),
        of,
    ));
    sections.extend(drive_counters(stored.drive_counters.as_ref(), of));
    sections.push(signs(&stored.head, around));
    sections
}

pub(crate) fn close_archive(stored: &StoredCloseArchive, around: &Surroundings) -> Vec<Section> {
    let of = (stored.head.ffd, Form::CloseArchive);
    let report = &stored.report;
    let around = Surroundings {
        user_name: Some(report.user_name.clone()),
        settlement: report.settlement.clone().or(around.settlement.clone()),
        ..around.clone()
    };
    let mut rows = Rows::default();
    rows.user(&around);
    title(&mut rows, Form::CloseArchive, &stored.head, stored.shift);
    rows.cashier(report.cashier.as_ref());
    rows.others(&report.other, of, None);
    let mut sections = vec![Section::of("Отчет", rows.0)];
    sections.extend(drive_counters(stored.drive_counters.as_ref(), of));
    sections.push(signs(&stored.head, &around));
    sections
}

pub(crate) fn current_state(stored: &StoredCurrentState, around: &Surroundings) -> Vec<Section> {
    let of = (stored.head.ffd, Form::CurrentState);
    let mut rows = Rows::default();
    rows.user(around);
    rows.heading(None, Form::CurrentState.title().to_uppercase());
    rows.maybe(Tag::SHIFT_NUMBER, "Смена №", stored.shift.as_ref());
    rows.pair(Tag::DATE_TIME, "Дата, время", moment(stored.head.time));
    if stored.offline {
        rows.pair(Tag::OFFLINE_MODE, "Автономный режим", "да");
    }
    rows.pair(Tag::UNSENT_DOCUMENTS, "Непереданных ФД", stored.unsent);
    rows.maybe(
        Tag::FIRST_UNSENT_NUMBER,
        "Первый непереданный ФД",
        stored.first_unsent_number.as_ref(),
    );
    unsent_since(&mut rows, stored.first_unsent);
    key_resource(&mut rows, stored.key_resource_days);
    notifications(&mut rows, stored.unsent_notifications);
    rows.others(&stored.report.other, of, None);
    let mut sections = vec![Section::of("Отчет", rows.0)];
    sections.extend(drive_counters(stored.drive_counters.as_ref(), of));
    sections.extend(counters(
        "Счетчики непереданных ФД",
        (stored.unsent_counters.as_ref())
            .and_then(|it| Tree::written(|to| it.write(Tag::UNSENT_COUNTERS, to))),
        of,
    ));
    sections.push(signs(&stored.head, around));
    sections
}

pub(crate) fn confirmation(stored: &OperatorConfirmation) -> Vec<Section> {
    let time = Element {
        tag: Tag::DATE_TIME,
        value: Value::UnixTime(stored.time),
    };
    let mut rows = Rows::default();
    rows.heading(None, Form::OperatorConfirmation.title().to_uppercase());
    rows.pair(time.tag, "Дата, время", words::value_in_words(&time));
    rows.pair(Tag::OFD_INN, "ИНН ОФД", &stored.ofd_inn);
    if let Some(code) = stored.answer_code {
        let (tag, value) = (Tag::OFD_ANSWER_CODE, Value::Byte(code));
        let words = words::value_in_words(&Element { tag, value });
        rows.pair(tag, "Ответ ОФД", format!("{code}, {words}"));
    }
    message(&mut rows, stored.message.unwrap_or(0));
    rows.pair(Tag::DRIVE_NUMBER, "ФН", stored.drive);
    rows.pair(Tag::DOCUMENT_NUMBER, "ФД", stored.document);
    rows.pair(Tag::OPERATOR_SIGN, "ФПО", words::hex(&stored.sign));
    // The version does not stand in a confirmation; its tags are the same in all.
    let of = (FfdVersion::V1_2, Form::OperatorConfirmation);
    rows.others(&stored.other, of, None);
    vec![Section::of("Подтверждение", rows.0)]
}

fn title(rows: &mut Rows, form: Form, head: &Head, shift: ShiftNumber) {
    rows.heading(None, form.title().to_uppercase());
    rows.pair(Tag::SHIFT_NUMBER, "Смена №", shift);
    rows.pair(Tag::DATE_TIME, "Дата, время", moment(head.time));
}

/// What the drive warns of; flags that say no are not printed.
fn warnings(rows: &mut Rows, warnings: Warnings) {
    for (tag, text, set) in [
        (
            Tag::DRIVE_EXHAUSTED,
            "РЕСУРС ФН ИСЧЕРПАН",
            warnings.exhausted,
        ),
        (
            Tag::DRIVE_REPLACE_NOW,
            "ТРЕБУЕТСЯ СРОЧНАЯ ЗАМЕНА ФН",
            warnings.replace_now,
        ),
        (Tag::DRIVE_FULL, "ПАМЯТЬ ФН ЗАПОЛНЕНА", warnings.full),
        (
            Tag::OFD_TIMEOUT,
            "ПРЕВЫШЕНО ВРЕМЯ ОЖИДАНИЯ ОТВЕТА ОФД",
            warnings.ofd_timeout,
        ),
    ] {
        if set {
            rows.text(tag, text);
        }
    }
    message(rows, warnings.operator_message);
}

fn message(rows: &mut Rows, bits: u8) {
    if bits != 0 {
        let (tag, value) = (Tag::OPERATOR_MESSAGE, Value::Byte(bits));
        let words = words::value_in_words(&Element { tag, value });
        rows.pair(tag, "Сообщение оператора", words);
    }
}

fn unsent_since(rows: &mut Rows, first: Option<UnixTime>) {
    if let Some(first) = first {
        let (tag, value) = (Tag::FIRST_UNSENT_DATE, Value::UnixTime(first));
        let words = words::value_in_words(&Element { tag, value });
        rows.pair(tag, "ФД не переданы с", words);
    }
}

fn notifications(rows: &mut Rows, unsent: Option<u32>) {
    let title = "Количество непереданных уведомлений";
    rows.maybe(Tag::UNSENT_NOTIFICATIONS, title, unsent.as_ref());
}

fn key_resource(rows: &mut Rows, days: Option<u16>) {
    if let Some(days) = days {
        let (tag, words) = (Tag::KEY_RESOURCE_DAYS, format!("{days} дн."));
        rows.pair(tag, "Ресурс ключей ФП", words);
    }
}

fn drive_counters(found: Option<&Counters>, of: (FfdVersion, Form)) -> Option<Section> {
    let tree = found.and_then(|it| Tree::written(|to| it.write(Tag::DRIVE_COUNTERS, to)));
    counters("Счетчики ФН", tree, of)
}

fn counters(label: &'static str, tree: Option<Tree>, of: (FfdVersion, Form)) -> Option<Section> {
    let mut rows = Rows::default();
    rows.others(&tree?.0, of, None);
    Some(Section::of(label, rows.0))
}

fn signs(head: &Head, around: &Surroundings) -> Section {
    let mut rows = Rows::default();
    rows.signs(head, around);
    Section::of("Фискальные признаки", rows.0)
}
