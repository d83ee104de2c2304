use std::fmt;

use crate::tag_table::{self, TagInfo};

/// The number of a requisite of fiscal documents (тег), or the form of a whole document.
///
/// Any number may occur in bytes; [`Tag::info`] says what the table knows about it.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(pub u16);

impl Tag {
    /// What the table says about this tag; none when it is not in it.
    pub fn info(self) -> Option<&'static TagInfo> {
        tag_table::find(self)
    }
}

/// The number and, when known, the Russian name: `1054 (Признак расчета)`.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.info() {
            Some(info) => write!(f, "{} ({})", self.0, info.title),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.0)
    }
}

macro_rules! tags {
    ($($name:ident = $number:literal, $title:literal;)*) => {
        impl Tag {
            $(
                #[doc = concat!(stringify!($number), ": ", $title, ".")]
                pub const $name: Self = Self($number);
            )*
        }

        #[cfg(test)]
        pub(crate) const NAMED: &[(Tag, &str)] = &[$((Tag::$name, $title)),*];
    };
}

tags! {
    AUTOMATIC_MODE = 1001, "Признак автоматического режима";
    OFFLINE_MODE = 1002, "Признак автономного режима";
    BUYER_CONTACT = 1008, "Телефон или электронный адрес покупателя";
    SETTLEMENT_ADDRESS = 1009, "Адрес расчетов";
    DATE_TIME = 1012, "Дата, время";
    KKT_SERIAL = 1013, "Заводской номер ККТ";
    OFD_INN = 1017, "ИНН ОФД";
    USER_INN = 1018, "ИНН пользователя";
    TOTAL = 1020, "Сумма расчета, указанного в чеке (БСО)";
    CASHIER = 1021, "Кассир";
    OFD_ANSWER_CODE = 1022, "Код ответа ОФД";
    QUANTITY = 1023, "Количество предмета расчета";
    ITEM_NAME = 1030, "Наименование предмета расчета";
    CASH = 1031, "Сумма по чеку (БСО) наличными";
    AUTOMAT_NUMBER = 1036, "Номер автомата";
    RNM = 1037, "Регистрационный номер ККТ";
    SHIFT_NUMBER = 1038, "Номер смены";
    DOCUMENT_NUMBER = 1040, "Номер ФД";
    DRIVE_NUMBER = 1041, "Номер ФН";
    RECEIPT_NUMBER = 1042, "Номер чека за смену";
    AMOUNT = 1043, "Стоимость предмета расчета с учетом скидок и наценок";
    OFD_NAME = 1046, "Наименование ОФД";
    USER_NAME = 1048, "Наименование пользователя";
    DRIVE_EXHAUSTED = 1050, "Признак исчерпания ресурса ФН";
    DRIVE_REPLACE_NOW = 1051, "Признак необходимости срочной замены ФН";
    DRIVE_FULL = 1052, "Признак заполнения памяти ФН";
    OFD_TIMEOUT = 1053, "Признак превышения времени ожидания ответа ОФД";
    OPERATION_SIGN = 1054, "Признак расчета";
    TAX_SYSTEM = 1055, "Применяемая система налогообложения";
    ENCRYPTION = 1056, "Признак шифрования";
    AGENT_KINDS = 1057, "Признак агента";
    ITEM = 1059, "Предмет расчета";
    FNS_SITE = 1060, "Адрес сайта ФНС";
    TAX_SYSTEMS = 1062, "Системы налогообложения";
    MESSAGE_TO_DRIVE = 1068, "Сообщение оператора для ФН";
    FISCAL_SIGN = 1077, "ФПД";
    OPERATOR_SIGN = 1078, "ФПО";
    PRICE = 1079, "Цена за единицу предмета расчета с учетом скидок и наценок";
    CASHLESS = 1081, "Сумма по чеку (БСО) безналичными";
    USER_PROPERTY = 1084, "Дополнительный реквизит пользователя";
    USER_PROPERTY_NAME = 1085, "Наименование дополнительного реквизита пользователя";
    USER_PROPERTY_VALUE = 1086, "Значение дополнительного реквизита пользователя";
    UNSENT_DOCUMENTS = 1097, "Количество непереданных ФД";
    FIRST_UNSENT_DATE = 1098, "Дата первого из непереданных ФД";
    REREGISTRATION_REASON = 1101, "Код причины перерегистрации";
    VAT_20_SUM = 1102, "Сумма НДС чека по ставке 20%";
    VAT_10_SUM = 1103, "Сумма НДС чека по ставке 10%";
    TURNOVER_VAT_0 = 1104, "Сумма расчета по чеку с НДС по ставке 0%";
    TURNOVER_NO_VAT = 1105, "Сумма расчета по чеку без НДС";
    VAT_20_120_SUM = 1106, "Сумма НДС чека по расч. ставке 20/120";
    VAT_10_110_SUM = 1107, "Сумма НДС чека по расч. ставке 10/110";
    INTERNET_ONLY = 1108, "Признак ККТ для расчетов только в Интернет";
    SERVICES_ONLY = 1109, "Признак расчетов за услуги";
    STRICT_FORMS = 1110, "Признак АС БСО";
    SHIFT_DOCUMENTS = 1111, "Общее количество ФД за смену";
    RECEIPT_VAT_SUMS = 1115, "Сумма НДС чека";
    SENDER_EMAIL = 1117, "Адрес электронной почты отправителя чека";
    SHIFT_RECEIPTS = 1118, "Количество кассовых чеков (БСО) за смену";
    RECEIPT_VAT_ENTRY = 1119, "Сумма НДС чека по ставке";
    RECEIPT_VAT_SUM = 1120, "Сумма НДС";
    INTERNET_SETTLEMENT = 1125, "Признак расчета в «Интернет»";
    LOTTERY = 1126, "Признак проведения лотереи";
    DRIVE_COUNTERS = 1157, "Счетчики итогов ФН";
    PRODUCT_CODE = 1163, "Код товара";
    SUPPLIER_PHONE = 1171, "Телефон поставщика";
    CORRECTION_TYPE = 1173, "Тип коррекции";
    CORRECTION_BASIS = 1174, "Основание для коррекции";
    CORRECTED_DATE = 1178, "Дата совершения корректируемого расчета";
    ORDER_NUMBER = 1179, "Номер предписания налогового органа";
    SETTLEMENT_PLACE = 1187, "Место расчетов";
    KKT_VERSION = 1188, "Версия ККТ";
    KKT_FFD = 1189, "Версия ФФД ККТ";
    DRIVE_FFD = 1190, "Версия ФФД ФН";
    RECEIPT_PROPERTY = 1192, "Дополнительный реквизит чека (БСО)";
    GAMBLING = 1193, "Признак проведения азартных игр";
    SHIFT_COUNTERS = 1194, "Счетчики итогов смены";
    VAT_CODE = 1199, "Ставка НДС";
    ITEM_VAT_SUM = 1200, "Сумма НДС за предмет расчета";
    CASHIER_INN = 1203, "ИНН кассира";
    CHANGE_REASONS = 1205, "Коды причин изменения сведений о ККТ";
    OPERATOR_MESSAGE = 1206, "Сообщение оператора";
    EXCISE = 1207, "Признак торговли подакцизными товарами";
    FFD_VERSION = 1209, "Номер версии ФФД";
    SETTLEMENT_SUBJECT = 1212, "Признак предмета расчета";
    KEY_RESOURCE_DAYS = 1213, "Ресурс ключей ФП";
    PAYMENT_METHOD = 1214, "Признак способа расчета";
    PREPAID = 1215, "Сумма по чеку (БСО) предоплатой (зачетом аванса и (или) предыдущих платежей)";
    CREDIT = 1216, "Сумма по чеку (БСО) постоплатой (в кредит)";
    COUNTER = 1217, "Сумма по чеку (БСО) встречным предоставлением";
    PRINTER_IN_AUTOMAT = 1221, "Признак установки принтера в автомате";
    ITEM_AGENT_KINDS = 1222, "Признак агента по предмету расчета";
    AGENT_DATA = 1223, "Данные агента";
    SUPPLIER_DATA = 1224, "Данные поставщика";
    SUPPLIER_NAME = 1225, "Наименование поставщика";
    SUPPLIER_INN = 1226, "ИНН поставщика";
    BUYER_NAME = 1227, "Покупатель (клиент)";
    BUYER_INN = 1228, "ИНН покупателя (клиента)";
    BUYER = 1256, "Сведения о покупателе (клиенте)";
    REGISTRATION_PROPERTY = 1274, "Дополнительный реквизит ОР";
    OPEN_SHIFT_PROPERTY = 1276, "Дополнительный реквизит ООС";
    CLOSE_SHIFT_PROPERTY = 1278, "Дополнительный реквизит ОЗС";
    CLOSE_ARCHIVE_PROPERTY = 1282, "Дополнительный реквизит ОЗФН";
    USAGE_CONDITIONS = 1290, "Признаки условий применения ККТ";
    UNSENT_NOTIFICATIONS = 2104, "Количество непереданных уведомлений";
    ITEM_CHECK_RESULT = 2106, "Результат проверки сведений о товаре";
    QUANTITY_MEASURE = 2108, "Мера количества предмета расчета";
    OPERATION_KIND = 2116, "Вид операции";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_tag_bears_the_name_of_the_table() {
        for (tag, title) in NAMED {
            assert_eq!(tag.info().map(|info| info.title), Some(*title), "{tag:?}");
        }
    }
}
