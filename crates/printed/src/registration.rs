//! Registration and its changes (forms 1 and 11).

use ffd::{Form, Presence, StoredRegistration, Tag, UsageConditions};
use terms::FfdVersion;

use crate::{
    Row, Section, Surroundings,
    rows::{Rows, moment},
    words,
};

/// The conditions that have tags of their own before FFD 1.2.
const SINGLE: [(Tag, u32, &str); 7] = [
    (
        Tag::INTERNET_ONLY,
        UsageConditions::INTERNET_ONLY,
        "ККТ для Интернет",
    ),
    (
        Tag::SERVICES_ONLY,
        UsageConditions::SERVICES,
        "Расчеты за услуги",
    ),
    (Tag::STRICT_FORMS, UsageConditions::STRICT_FORMS, "АС БСО"),
    (Tag::LOTTERY, UsageConditions::LOTTERY, "Лотерея"),
    (Tag::GAMBLING, UsageConditions::GAMBLING, "Азартные игры"),
    (Tag::EXCISE, UsageConditions::EXCISE, "Подакцизные товары"),
    (
        Tag::PRINTER_IN_AUTOMAT,
        UsageConditions::PRINTER_IN_AUTOMAT,
        "Принтер в автомате",
    ),
];

pub(crate) fn sections(stored: &StoredRegistration) -> Vec<Section> {
    let around = Surroundings {
        kkt_serial: Some(stored.report.serial.clone()),
        ..Surroundings::default()
    };
    let mut signs = Rows::default();
    signs.signs(&stored.head, &around);
    vec![
        Section::of("Пользователь и документ", head(stored)),
        Section::of("Режим работы", modes(stored)),
        Section::of("Передача данных", operator(stored)),
        Section::of("Фискальные признаки", signs.0),
    ]
}

fn head(stored: &StoredRegistration) -> Vec<Row> {
    let report = &stored.report;
    let mut rows = Rows::default();
    rows.heading(Some(Tag::USER_NAME), &report.user_name);
    let settlement = &report.settlement;
    rows.pair(
        Tag::SETTLEMENT_ADDRESS,
        "Адрес расчетов",
        &settlement.address,
    );
    rows.pair(Tag::SETTLEMENT_PLACE, "Место расчетов", &settlement.place);
    rows.heading(None, stored.form.title().to_uppercase());
    rows.pair(Tag::DATE_TIME, "Дата, время", moment(stored.head.time));
    rows.cashier(Some(&report.cashier));
    reasons(&mut rows, stored);
    rows.0
}

fn reasons(rows: &mut Rows, stored: &StoredRegistration) {
    let name = "Причина изменения сведений о ККТ";
    for reason in &stored.reregistration_reasons {
        let tag = Tag::REREGISTRATION_REASON;
        let value = ffd::Value::Byte(reason.code());
        rows.pair(
            tag,
            name,
            words::value_in_words(&ffd::Element { tag, value }),
        );
    }
    if let Some(reasons) = stored.change_reasons {
        let tag = Tag::CHANGE_REASONS;
        let value = ffd::Value::Uint32(reasons.bits());
        rows.pair(
            tag,
            name,
            words::value_in_words(&ffd::Element { tag, value }),
        );
    }
}

fn modes(stored: &StoredRegistration) -> Vec<Row> {
    let (facts, report) = (&stored.facts, &stored.report);
    let mut rows = Rows::default();
    let systems: Vec<&str> = facts.tax_systems.iter().map(|it| it.title()).collect();
    rows.pair(Tag::TAX_SYSTEMS, "СНО", systems.join(", "));
    for (tag, name, set) in [
        (Tag::AUTOMATIC_MODE, "Автоматический режим", facts.automatic),
        (Tag::OFFLINE_MODE, "Автономный режим", facts.offline),
        (Tag::ENCRYPTION, "Шифрование", facts.encryption),
    ] {
        rows.pair(tag, name, yes_or_no(set));
    }
    rows.maybe(
        Tag::AUTOMAT_NUMBER,
        "Номер автомата",
        report.automat_number.as_ref(),
    );
    conditions(&mut rows, stored);
    if let Some(kinds) = facts.agent_kinds {
        let (tag, value) = (Tag::AGENT_KINDS, ffd::Value::Byte(kinds.bits()));
        rows.pair(
            tag,
            "Признак агента",
            words::value_in_words(&ffd::Element { tag, value }),
        );
    }
    rows.pair(Tag::KKT_VERSION, "Версия ККТ", &report.kkt_version);
    rows.pair(Tag::KKT_FFD, "Версия ФФД ККТ", report.kkt_ffd);
    if let Some(code) = stored.drive_ffd {
        let (tag, value) = (Tag::DRIVE_FFD, ffd::Value::Byte(code));
        rows.pair(
            tag,
            "Версия ФФД ФН",
            words::value_in_words(&ffd::Element { tag, value }),
        );
    }
    if let Some(days) = stored.key_resource_days {
        rows.pair(
            Tag::KEY_RESOURCE_DAYS,
            "Ресурс ключей ФП",
            format!("{days} дн."),
        );
    }
    rows.0
}

/// One requisite in FFD 1.2; before that single tags, of which those that need not be printed are
/// left out when they say no.
fn conditions(rows: &mut Rows, stored: &StoredRegistration) {
    let (ffd, conditions) = (stored.head.ffd, stored.facts.conditions);
    if ffd == FfdVersion::V1_2 {
        let (tag, value) = (Tag::USAGE_CONDITIONS, ffd::Value::Uint32(conditions.0));
        let words = match conditions.0 {
            0 => "нет".to_owned(),
            _ => words::value_in_words(&ffd::Element { tag, value }),
        };
        rows.pair(tag, "Условия применения ККТ", words);
        return;
    }
    for (tag, bit, name) in SINGLE {
        let presence = tag
            .info()
            .and_then(|info| info.printed(ffd, Form::Registration, None));
        let set = conditions.has(bit);
        if set || presence == Some(Presence::Required) {
            rows.pair(tag, name, yes_or_no(set));
        }
    }
}

fn operator(stored: &StoredRegistration) -> Vec<Row> {
    let report = &stored.report;
    let mut rows = Rows::default();
    rows.maybe(Tag::OFD_NAME, "ОФД", report.ofd_name.as_ref());
    rows.maybe(Tag::OFD_INN, "ИНН ОФД", stored.ofd_inn.as_ref());
    rows.maybe(Tag::FNS_SITE, "Сайт ФНС", report.fns_site.as_ref());
    rows.maybe(
        Tag::SENDER_EMAIL,
        "Эл. адр. отправителя",
        report.sender_email.as_ref(),
    );
    rows.others(&report.other, (stored.head.ffd, stored.form), None);
    rows.0
}

const fn yes_or_no(is: bool) -> &'static str {
    if is { "да" } else { "нет" }
}
