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
    TRANSFER_OPERATOR_ADDRESS = 1005, "Адрес оператора перевода";
    BUYER_CONTACT = 1008, "Телефон или электронный адрес покупателя";
    SETTLEMENT_ADDRESS = 1009, "Адрес расчетов";
    DATE_TIME = 1012, "Дата, время";
    KKT_SERIAL = 1013, "Заводской номер ККТ";
    TRANSFER_OPERATOR_INN = 1016, "ИНН оператора перевода";
    OFD_INN = 1017, "ИНН ОФД";
    USER_INN = 1018, "ИНН пользователя";
    TOTAL = 1020, "Сумма расчета, указанного в чеке (БСО)";
    CASHIER = 1021, "Кассир";
    OFD_ANSWER_CODE = 1022, "Код ответа ОФД";
    QUANTITY = 1023, "Количество предмета расчета";
    TRANSFER_OPERATOR_NAME = 1026, "Наименование оператора перевода";
    ITEM_NAME = 1030, "Наименование предмета расчета";
    CASH = 1031, "Сумма по чеку (БСО) наличными";
    AUTOMAT_NUMBER = 1036, "Номер автомата";
    RNM = 1037, "Регистрационный номер ККТ";
    SHIFT_NUMBER = 1038, "Номер смены";
    DOCUMENT_NUMBER = 1040, "Номер ФД";
    DRIVE_NUMBER = 1041, "Номер ФН";
    RECEIPT_NUMBER = 1042, "Номер чека за смену";
    AMOUNT = 1043, "Стоимость предмета расчета с учетом скидок и наценок";
    AGENT_OPERATION = 1044, "Операция банковского платежного агента";
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
    PAYMENT_AGENT_PHONE = 1073, "Телефон платежного агента";
    PAYMENT_OPERATOR_PHONE = 1074, "Телефон оператора по приему платежей";
    TRANSFER_OPERATOR_PHONE = 1075, "Телефон оператора перевода";
    FISCAL_SIGN = 1077, "ФПД";
    OPERATOR_SIGN = 1078, "ФПО";
    PRICE = 1079, "Цена за единицу предмета расчета с учетом скидок и наценок";
    CASHLESS = 1081, "Сумма по чеку (БСО) безналичными";
    CASHLESS_PAYMENT_SUM = 1082, "Сумма оплаты безналичными";
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
    FIRST_UNSENT_NUMBER = 1116, "Номер первого непереданного документа";
    SENDER_EMAIL = 1117, "Адрес электронной почты отправителя чека";
    SHIFT_RECEIPTS = 1118, "Количество кассовых чеков (БСО) за смену";
    RECEIPT_VAT_ENTRY = 1119, "Сумма НДС чека по ставке";
    RECEIPT_VAT_SUM = 1120, "Сумма НДС";
    INTERNET_SETTLEMENT = 1125, "Признак расчета в «Интернет»";
    LOTTERY = 1126, "Признак проведения лотереи";
    COUNTERS_INCOME = 1129, "Счетчики операций «приход»";
    COUNTERS_INCOME_RETURN = 1130, "Счетчики операций «возврат прихода»";
    COUNTERS_EXPENSE = 1131, "Счетчики операций «расход»";
    COUNTERS_EXPENSE_RETURN = 1132, "Счетчики операций «возврат расхода»";
    COUNTERS_CORRECTIONS = 1133, "Счетчики операций по чекам коррекции (БСО коррекции)";
    COUNTED_ALL = 1134, "Количество чеков (БСО) и чеков коррекции (БСО коррекции) со всеми признаками расчетов";
    COUNTED = 1135, "Количество чеков (БСО) по признаку расчетов";
    COUNTED_CASH = 1136, "Итоговая сумма в чеках (БСО) наличными денежными средствами";
    COUNTED_CASHLESS = 1138, "Итоговая сумма в чеках (БСО) безналичными";
    COUNTED_VAT_20 = 1139, "Сумма НДС по ставке 20%";
    COUNTED_VAT_10 = 1140, "Сумма НДС по ставке 10%";
    COUNTED_VAT_20_120 = 1141, "Сумма НДС по расч. ставке 20/120";
    COUNTED_VAT_10_110 = 1142, "Сумма НДС по расч. ставке 10/110";
    COUNTED_VAT_0 = 1143, "Сумма расчетов с НДС по ставке 0%";
    COUNTED_BRIEFLY = 1144, "Количество чеков коррекции (БСО коррекции) или непереданных чеков (БСО) и чеков коррекции (БСО коррекции)";
    BRIEF_INCOME = 1145, "Счетчики по признаку «приход»";
    BRIEF_EXPENSE = 1146, "Счетчики по признаку «расход»";
    DRIVE_COUNTERS = 1157, "Счетчики итогов ФН";
    UNSENT_COUNTERS = 1158, "Счетчики итогов непереданных ФД";
    PRODUCT_CODE_BYTES = 1162, "Код товара";
    PRODUCT_CODE = 1163, "Код товара";
    SUPPLIER_PHONE = 1171, "Телефон поставщика";
    CORRECTION_TYPE = 1173, "Тип коррекции";
    CORRECTION_BASIS = 1174, "Основание для коррекции";
    CORRECTION_DESCRIPTION = 1177, "Наименование основания для коррекции";
    CORRECTED_DATE = 1178, "Дата совершения корректируемого расчета";
    ORDER_NUMBER = 1179, "Номер предписания налогового органа";
    COUNTED_NO_VAT = 1183, "Сумма расчетов без НДС";
    SETTLEMENT_PLACE = 1187, "Место расчетов";
    KKT_VERSION = 1188, "Версия ККТ";
    KKT_FFD = 1189, "Версия ФФД ККТ";
    DRIVE_FFD = 1190, "Версия ФФД ФН";
    ITEM_PROPERTY = 1191, "Дополнительный реквизит предмета расчета";
    RECEIPT_PROPERTY = 1192, "Дополнительный реквизит чека (БСО)";
    GAMBLING = 1193, "Признак проведения азартных игр";
    SHIFT_COUNTERS = 1194, "Счетчики итогов смены";
    ITEM_UNIT = 1197, "Единица измерения предмета расчета";
    UNIT_VAT_SUM = 1198, "Размер НДС за единицу предмета расчета";
    VAT_CODE = 1199, "Ставка НДС";
    ITEM_VAT_SUM = 1200, "Сумма НДС за предмет расчета";
    COUNTED_TOTAL = 1201, "Общая итоговая сумма в чеках (БСО)";
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
    COUNTED_PREPAID = 1218, "Итоговая сумма в чеках (БСО) предоплатами (авансами)";
    COUNTED_CREDIT = 1219, "Итоговая сумма в чеках (БСО) постоплатами (кредитами)";
    COUNTED_COUNTER = 1220, "Итоговая сумма в чеках (БСО) встречными предоставлениями";
    PRINTER_IN_AUTOMAT = 1221, "Признак установки принтера в автомате";
    ITEM_AGENT_KINDS = 1222, "Признак агента по предмету расчета";
    AGENT_DATA = 1223, "Данные агента";
    SUPPLIER_DATA = 1224, "Данные поставщика";
    SUPPLIER_NAME = 1225, "Наименование поставщика";
    SUPPLIER_INN = 1226, "ИНН поставщика";
    BUYER_NAME = 1227, "Покупатель (клиент)";
    BUYER_INN = 1228, "ИНН покупателя (клиента)";
    EXCISE_SUM = 1229, "Акциз";
    ORIGIN_COUNTRY = 1230, "Код страны происхождения товара";
    CUSTOMS_DECLARATION = 1231, "Номер декларации на товар";
    BRIEF_INCOME_RETURN = 1232, "Счетчики по признаку «возврат прихода»";
    BRIEF_EXPENSE_RETURN = 1233, "Счетчики по признаку «возврат расхода»";
    CASHLESS_PAYMENTS = 1234, "Сведения обо всех оплатах по чеку безналичными";
    CASHLESS_PAYMENT = 1235, "Сведения об оплате безналичными";
    CASHLESS_PAYMENT_METHOD = 1236, "Признак способа оплаты безналичными";
    CASHLESS_PAYMENT_IDS = 1237, "Идентификаторы безналичной оплаты";
    CASHLESS_PAYMENT_INFO = 1238, "Дополнительные сведения о безналичной оплате";
    BUYER_BIRTHDAY = 1243, "Дата рождения покупателя (клиента)";
    BUYER_CITIZENSHIP = 1244, "Гражданство";
    BUYER_DOCUMENT_KIND = 1245, "Код вида документа, удостоверяющего личность";
    BUYER_DOCUMENT_DATA = 1246, "Данные документа, удостоверяющего личность";
    BUYER_ADDRESS = 1254, "Адрес покупателя (клиента)";
    BUYER = 1256, "Сведения о покупателе (клиенте)";
    ITEM_INDUSTRY_PROPERTY = 1260, "Отраслевой реквизит предмета расчета";
    RECEIPT_INDUSTRY_PROPERTY = 1261, "Отраслевой реквизит чека";
    FOIV_ID = 1262, "Идентификатор ФОИВ";
    BASIS_DATE = 1263, "Дата документа основания";
    BASIS_NUMBER = 1264, "Номер документа основания";
    INDUSTRY_VALUE = 1265, "Значение отраслевого реквизита";
    OPERATIONAL_PROPERTY = 1270, "Операционный реквизит чека";
    OPERATION_ID = 1271, "Идентификатор операции";
    OPERATION_DATA = 1272, "Данные операции";
    OPERATION_TIME = 1273, "Дата, время операции";
    REGISTRATION_PROPERTY = 1274, "Дополнительный реквизит ОР";
    REGISTRATION_DATA = 1275, "Дополнительные данные ОР";
    OPEN_SHIFT_PROPERTY = 1276, "Дополнительный реквизит ООС";
    OPEN_SHIFT_DATA = 1277, "Дополнительные данные ООС";
    CLOSE_SHIFT_PROPERTY = 1278, "Дополнительный реквизит ОЗС";
    CLOSE_SHIFT_DATA = 1279, "Дополнительные данные ОЗС";
    CURRENT_STATE_PROPERTY = 1280, "Дополнительный реквизит ОТР";
    CURRENT_STATE_DATA = 1281, "Дополнительные данные ОТР";
    CLOSE_ARCHIVE_PROPERTY = 1282, "Дополнительный реквизит ОЗФН";
    CLOSE_ARCHIVE_DATA = 1283, "Дополнительные данные ОЗФН";
    USAGE_CONDITIONS = 1290, "Признаки условий применения ККТ";
    FRACTION = 1291, "Дробное количество маркированного товара";
    NUMERATOR = 1293, "Числитель";
    DENOMINATOR = 1294, "Знаменатель";
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
