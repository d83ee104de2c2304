//! Reports on shifts and on the closing of a drive's archive, confirmations of the ОФД (forms 2, 5,
//! 6, 7).

use ffd::{
    Element, Form, Head, OperatorConfirmation, StoredCloseArchive, StoredCloseShift,
    StoredOpenShift, Tag, Tree, Value, Warnings,
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
    if let Some(first) = stored.first_unsent {
        let (tag, value) = (Tag::FIRST_UNSENT_DATE, Value::UnixTime(first));
        rows.pair(
            tag,
            "ФД не переданы с",
            words::value_in_words(&Element { tag, value }),
        );
    }
    if let Some(days) = stored.key_resource_days {
        rows.pair(
            Tag::KEY_RESOURCE_DAYS,
            "Ресурс ключей ФП",
            format!("{days} дн."),
        );
    }
    warnings(&mut rows, stored.warnings);
    rows.others(&stored.report.other, of, None);
    let mut sections = vec![Section::of("Отчет", rows.0)];
    sections.extend(counters(
        "Счетчики смены",
        (Tag::SHIFT_COUNTERS, stored.shift_counters.as_ref()),
        of,
    ));
    sections.extend(counters(
        "Счетчики ФН",
        (Tag::DRIVE_COUNTERS, stored.drive_counters.as_ref()),
        of,
    ));
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
    sections.extend(counters(
        "Счетчики ФН",
        (Tag::DRIVE_COUNTERS, stored.drive_counters.as_ref()),
        of,
    ));
    sections.push(signs(&stored.head, &around));
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

fn counters(
    label: &'static str,
    (tag, tree): (Tag, Option<&Tree>),
    of: (FfdVersion, Form),
) -> Option<Section> {
    let element = Element {
        tag,
        value: Value::List(tree?.clone()),
    };
    let mut rows = Rows::default();
    rows.others(&[element], of, None);
    Some(Section::of(label, rows.0))
}

fn signs(head: &Head, around: &Surroundings) -> Section {
    let mut rows = Rows::default();
    rows.signs(head, around);
    Section::of("Фискальные признаки", rows.0)
}
