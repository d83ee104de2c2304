//! What the codes of single tags mean (FFD documents §1, §3; tags of the ОФД: ККТ–ОФД protocol).

use ffd::{Tag, UsageConditions};
use terms::{
    FfdVersion, OperationSign, PaymentMethod, RegistrationReasons, SettlementSubject, TaxSystem,
    VatCode,
};

type Titles = &'static [(u64, &'static str)];

/// The words for a code.
pub(super) fn meaning(tag: Tag, code: u64) -> Option<String> {
    if FLAGS.contains(&tag.0) {
        return one(&[(0, "нет"), (1, "да")], code);
    }
    let byte = u8::try_from(code).ok();
    match tag {
        Tag::OPERATION_SIGN => OperationSign::from_code(byte?)
            .ok()
            .map(|it| it.title().to_owned()),
        Tag::PAYMENT_METHOD => PaymentMethod::from_code(byte?)
            .ok()
            .map(|it| it.title().to_owned()),
        Tag::SETTLEMENT_SUBJECT => SettlementSubject::from_code(byte?)
            .ok()
            .map(|it| it.title().to_owned()),
        Tag::VAT_CODE => VatCode::from_code(byte?).ok().map(|it| it.to_string()),
        Tag::FFD_VERSION | Tag::KKT_FFD | Tag::DRIVE_FFD => {
            FfdVersion::from_code(byte?).ok().map(|it| it.to_string())
        }
        Tag::TAX_SYSTEM | Tag::TAX_SYSTEMS => {
            let bits: Vec<(u64, &str)> = TaxSystem::ALL
                .iter()
                .map(|system| (u64::from(system.bit()), system.title()))
                .collect();
            all_set(&bits, code)
        }
        Tag::CHANGE_REASONS => {
            let reasons = RegistrationReasons::from_bits(u32::try_from(code).ok()?);
            let known: u32 = reasons.iter().fold(0, |bits, reason| bits | reason.bit());
            (known == reasons.bits() && !reasons.is_empty()).then(|| reasons.to_string())
        }
        Tag::USAGE_CONDITIONS => all_set(CONDITIONS, code),
        Tag::AGENT_KINDS | Tag::ITEM_AGENT_KINDS => all_set(AGENTS, code),
        Tag::OPERATOR_MESSAGE => all_set(OPERATOR_MESSAGES, code),
        _ => one(table(tag)?, code),
    }
}

/// Tags that say yes or no.
const FLAGS: [u16; 15] = [
    1001, 1002, 1050, 1051, 1052, 1053, 1056, 1108, 1109, 1110, 1125, 1126, 1193, 1207, 1221,
];

/// What a person is told of 1290: also the names of the single tags that it has replaced.
pub(crate) const CONDITIONS: Titles = &[
    (
        UsageConditions::PRINTER_IN_AUTOMAT as u64,
        "принтер в автомате",
    ),
    (UsageConditions::STRICT_FORMS as u64, "АС БСО"),
    (
        UsageConditions::INTERNET_ONLY as u64,
        "расчеты только в Интернет",
    ),
    (UsageConditions::EXCISE as u64, "подакцизные товары"),
    (UsageConditions::MARKED as u64, "маркированные товары"),
    (UsageConditions::SERVICES as u64, "расчеты за услуги"),
    (UsageConditions::GAMBLING as u64, "азартные игры"),
    (UsageConditions::LOTTERY as u64, "лотереи"),
    (1 << 12, "ломбард"),
    (1 << 13, "страхование"),
    (1 << 14, "торговый автомат с выдачей"),
    (1 << 15, "общественное питание"),
    (1 << 16, "оптовая торговля"),
];

const AGENTS: Titles = &[
    (1, "банковский платежный агент"),
    (2, "банковский платежный субагент"),
    (4, "платежный агент"),
    (8, "платежный субагент"),
    (16, "поверенный"),
    (32, "комиссионер"),
    (64, "иной агент"),
];

/// Sources disagree on the upper bits; this is what most of them say (FFD documents §3).
const OPERATOR_MESSAGES: Titles = &[
    (1 << 1, "ошибка форматно-логического контроля"),
    (1 << 2, "проверьте кабинет ККТ"),
    (1 << 3, "требуется обновление ФФД"),
    (1 << 4, "ККТ включена в план проверок"),
    (1 << 6, "требуется изменение параметров связи с ОФД"),
    (1 << 7, "договор с ОФД расторгнут"),
];

/// The codes of tags that are plain enumerations.
fn table(tag: Tag) -> Option<Titles> {
    Some(match tag.0 {
        1022 => &[
            (0, "документ принят"),
            (11, "документ не распознан"),
            (14, "документ не прошел форматно-логический контроль"),
        ],
        1101 => &[
            (1, "замена ФН"),
            (2, "замена ОФД"),
            (3, "изменение реквизитов"),
            (4, "изменение настроек ККТ"),
        ],
        1173 => &[(0, "самостоятельно"), (1, "по предписанию")],
        2003 | 2110 => &[
            (1, "штучный товар реализован"),
            (2, "мерный товар в стадии реализации"),
            (3, "штучный товар возвращен"),
            (4, "часть товара возвращена"),
            (255, "статус не изменился"),
        ],
        2004..=2006 | 2106 | 2107 => marking(tag),
        2100 => &[
            (0, "не идентифицирован"),
            (1, "короткий код маркировки"),
            (2, "код проверки 88 символов, проверяется в ФН"),
            (3, "код проверки 44 символа, не проверяется в ФН"),
            (4, "код проверки 44 символа, проверяется в ФН"),
            (5, "код проверки 4 символа, не проверяется в ФН"),
        ],
        2105 => &[
            (0, "запрос имеет корректный формат"),
            (1, "запрос имеет некорректный формат"),
            (2, "код маркировки не распознан"),
        ],
        2108 => MEASURES,
        2109 => &[
            (1, "статус товара корректен"),
            (2, "статус товара некорректен"),
            (3, "оборот товара приостановлен"),
        ],
        2111 => &[
            (0, "уведомление обработано"),
            (1, "уведомление некорректно"),
        ],
        _ => return None,
    })
}

/// How checks of marking codes ended; 2106 has marks of its own on paper.
const fn marking(tag: Tag) -> Titles {
    match tag.0 {
        2006 => &[
            (0, "все результаты положительные"),
            (1, "есть отрицательные результаты"),
        ],
        2107 => &[
            (0, "нет отрицательных результатов"),
            (1, "есть отрицательные результаты"),
        ],
        // Bits: checked by the drive, positive; checked by the system, positive; offline. Printed
        // is what the strongest of them says (INFERRED from the legal combinations).
        _ => &[
            (0, "[М] не проверен"),
            (1, "[М-] отрицательный результат"),
            (3, "[М] проверен в ФН"),
            (5, "[М-] отрицательный результат"),
            (7, "[М-] отрицательный результат"),
            (15, "[М+] положительный результат"),
            (16, "[М] не проверен, автономно"),
            (17, "[М-] отрицательный результат, автономно"),
            (19, "[М] проверен в ФН, автономно"),
        ],
    }
}

/// 2108.
const MEASURES: Titles = &[
    (0, "шт. или ед."),
    (10, "г"),
    (11, "кг"),
    (12, "т"),
    (20, "см"),
    (21, "дм"),
    (22, "м"),
    (30, "кв. см"),
    (31, "кв. дм"),
    (32, "кв. м"),
    (40, "мл"),
    (41, "л"),
    (42, "куб. м"),
    (50, "кВт·ч"),
    (51, "Гкал"),
    (70, "сутки"),
    (71, "час"),
    (72, "мин"),
    (73, "с"),
    (80, "Кбайт"),
    (81, "Мбайт"),
    (82, "Гбайт"),
    (83, "Тбайт"),
    (255, "иная мера"),
];

fn one(titles: Titles, code: u64) -> Option<String> {
    titles
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, title)| (*title).to_owned())
}

/// The titles of all bits set; none when a bit is set that is not known, or none is.
fn all_set(titles: &[(u64, &str)], bits: u64) -> Option<String> {
    let known = titles.iter().fold(0, |all, (bit, _)| all | bit);
    if bits == 0 || bits & !known != 0 {
        return None;
    }
    let set = titles.iter().filter(|(bit, _)| bits & bit != 0);
    Some(set.map(|(_, title)| *title).collect::<Vec<_>>().join(", "))
}
