//! The rules of format-logic control, each with where it comes from.

/// A rule of format-logic control.
#[derive(Debug, Eq, PartialEq)]
pub struct Rule {
    /// A stable name, for journals and filters.
    pub id: &'static str,
    /// What must hold.
    pub title: &'static str,
    /// The law, the ФНС code, or the section that says so. INFERRED and GENERAL KNOWLEDGE mark
    /// what no source says in so many words.
    pub source: &'static str,
    /// What a violation means.
    pub severity: Severity,
}

/// What a violation means.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// The document may pass but somebody should look at it.
    Warning,
    /// The document must not go to a drive.
    Error,
}

macro_rules! rules {
    ($($name:ident $severity:ident $id:literal, $title:literal, $source:literal;)*) => {
        $(
            #[doc = concat!($title, ". ", $source, ".")]
            pub static $name: Rule = Rule {
                id: $id,
                title: $title,
                source: $source,
                severity: Severity::$severity,
            };
        )*

        /// Every rule.
        pub static ALL: &[&Rule] = &[$(&$name),*];
    };
}

// What is there at all.
rules! {
    MISSING Error "missing-tag", "A required tag is present",
        "ФНС code 420; FFD documents §8";
    NOT_ALLOWED Error "tag-not-allowed", "A tag belongs to the form and the version",
        "FFD documents §6 rule 6";
    REPEATED Error "repeated-tag", "A tag occurs once unless it may repeat",
        "FFD documents §6 rule 6";
    TOO_EARLY Error "tag-too-early", "A tag of 2025 is not older than its day",
        "FFD documents §7";
    LENGTH Error "length", "A value has the length of the table",
        "FFD documents §6 rule 6";
    DRIVE_TAG Error "drive-tag", "The host does not pass what the drive forms",
        "ФН protocol §3.7";
    UNPRINTABLE Error "character", "Texts are in CP866",
        "ККТ–ОФД protocol §9";
    EMPTY Error "empty-text", "A required text says something",
        "FFD documents §6 rule 11";
    BLANK Warning "blank-text", "A text that is there under conditions says something",
        "FFD documents §6 rule 11";
    VALUE Error "value", "A value lies in its range",
        "FFD documents §3";
    DOCUMENT_SIZE Error "document-size", "The document is not too long for a drive",
        "ФН protocol §6.1";
    NOT_TLV Error "not-tlv", "The bytes are a fiscal document",
        "ККТ–ОФД protocol §9";

    FLAG Error "flag", "A flag is 0 or 1, and 1125 only 1",
        "FFD documents §2, §3";
    OPERATION Error "operation-sign", "1054 is 1…4",
        "FFD documents §3";
    ONE_TAX_SYSTEM Error "one-tax-system", "1055 is exactly one of the six bits",
        "FFD documents §3";
    TAX_SYSTEMS Error "tax-systems", "1062 is one or more of the six bits",
        "FFD documents §3";
    ABOLISHED Warning "abolished-tax-system", "1055 is not ЕНВД after 2020",
        "FFD documents §3; the day is GENERAL KNOWLEDGE";
    AGENT_KINDS Error "agent-kinds", "1057 and 1222 have only the seven bits",
        "FFD documents §3";
    METHOD Error "payment-method", "1214 is 1…7",
        "FFD documents §3";
    SUBJECT_CODE Error "subject-code", "1212 is 1…27 or 30…33",
        "FFD documents §3";
    VAT_CODE Error "vat-code", "1199 is 1…12",
        "FFD documents §3";
    VAT_CODE_EARLY Error "vat-code-early", "1199 = 7…10 from 01.01.2025, 11 and 12 from 01.01.2026",
        "FFD documents §3, §7";
    VAT_CODE_OLD Warning "vat-code-old", "20 % from 2026 on is for what was supplied before",
        "FFD documents §3";
    MEASURE Error "measure", "2108 is an assigned measure",
        "FFD documents §3";
    CORRECTION_TYPE Error "correction-type", "1173 is 0 or 1",
        "FFD documents §3";
    REREGISTRATION Error "reregistration-reason", "1101 is 1…4",
        "FFD documents §3";
    REASON_BITS Warning "change-reason-bits", "1205 has only assigned bits",
        "FFD documents §3";
    CONDITION_BITS Warning "usage-condition-bits", "1290 has only assigned bits",
        "FFD documents §3";
    OPERATOR_MESSAGE Warning "operator-message", "1206 has only assigned bits",
        "FFD documents §3; the sources agree on bit 1 only";
    ANSWER_CODE Error "answer-code", "1022 is 0, 11 or 14",
        "FFD documents §3; ККТ–ОФД protocol";
    FFD_CODE Error "ffd-code", "1209, 1189 and 1190 are 2, 3 or 4",
        "FFD documents §1";
    IDENTITY Error "identity-document", "1245 is an assigned kind of document",
        "FFD documents §3";
    FOIV Error "foiv", "1262 is 001…072",
        "FFD documents §3";
    MARKING_CODES Error "marking-codes", "Results and statuses of marking have assigned values",
        "FFD documents §3";

    INN_FORM Error "inn-form", "An ИНН has 10 or 12 digits and does not begin with 00",
        "FFD documents §6 rule 10";
    INN Error "inn", "An ИНН has its check digits (not held against debug drives)",
        "FFD documents §6";
    RNM_FORM Error "rnm-form", "The РНМ has 16 digits",
        "FFD documents §6";
    DRIVE_NUMBER Error "drive-number", "1041 has 16 digits",
        "ФН protocol §3.5";
    COUNTRY Error "country", "A country is three digits of ОКСМ",
        "FFD documents §8";
    DATE_TEXT Error "date-text", "A date is written DD.MM.YYYY",
        "FFD documents §8";
    PHONE Error "phone", "A telephone number is written + and digits",
        "FFD documents §8";
    DATE_EARLY Error "date-early", "1012 is not before 01.09.2016",
        "FFD documents §6 rule 10";

    VERSION Error "ffd-version", "1209 is that of the registration; ККТ and drive know it",
        "FFD documents §6 rule 7";
    TAX_SYSTEM Error "tax-system", "1055 is one of the registered 1062",
        "FFD documents §6 rule 7";
    AGENT Error "agent-registered", "1222 is within the registered 1057",
        "FFD documents §6 rule 7";
    SUBJECT Error "subject", "1212 fits the registration, the version and the product code",
        "FFD documents §3; ФН protocol §2.2 code 19h";
    REASONS Error "change-reasons", "1205 names what is changed",
        "FFD documents §3; ФН protocol §2.3 command A3h";

    PAYMENTS Error "payments-total", "1031 + 1081 + 1215 + 1216 + 1217 = 1020",
        "ФНС code 507; FFD documents §6 rule 1";
    LINES_TOTAL Error "lines-total", "The lines sum up to the total",
        "FFD documents §6 rule 2; that a total may be rounded down is GENERAL KNOWLEDGE";
    LINES_LIMIT Error "lines-limit", "A receipt has not too many lines",
        "receipt rules §1.6";
    LINE_COST Error "line-cost", "1043 = 1079 × 1023 within a kopeck",
        "FFD documents §6 rule 3";
    QUANTITY Error "quantity", "1023 is more than nothing",
        "FFD documents §6 rule 3";
    REAL_MONEY Error "advance-by-real-money", "1214 = 1, 2, 3 is settled by 1031 and 1081 only",
        "receipt rules §1.9 invariant 7";
    CREDIT Error "credit", "1216 and lines with 1214 = 5, 6 go together",
        "receipt rules §1.9 invariant 7";
    VAT_KIND Warning "vat-kind", "1214 = 1, 2, 3 has a calculated rate, 4…7 a direct one",
        "НК ст. 164 п. 4; receipt rules §1.3 rule 2";
    LINE_VAT Error "line-vat", "1200 is the tax inside 1043 within a kopeck",
        "FFD documents §6 rule 4";
    LINE_NO_VAT Warning "line-no-vat", "1200 of a line without VAT holds its sum",
        "ФНС code 526; receipt rules §1.3 rule 8";
    VAT_TOTALS Error "vat-totals", "VAT totals are the sums of the lines",
        "FFD documents §6 rule 4";
    ZERO_TURNOVER Error "zero-turnover", "1104 and 1105 are not present-but-zero",
        "FFD documents §6 rule 5";
    VAT_ENTRY_RATE Error "vat-entry-rate", "1119 is for rates with 1199 ≥ 7",
        "FFD documents §3";
    VAT_ENTRY_TWICE Error "vat-entry-twice", "1115 has one 1119 for each rate",
        "FFD documents §3";
    CASHLESS_SUM Warning "cashless-sum", "The sums 1082 inside 1234 amount to 1081",
        "FFD documents §2 notes 20, 24, 27; INFERRED, the procedure is not approved";

    CASHIER Warning "cashier", "1021 names who makes the settlement",
        "FFD documents §2 notes 3, 16";
    CONTACT Error "contact", "1008 is an e-mail address or a telephone number +…",
        "54-ФЗ art. 1.2; FFD documents §2 notes 7, 9";
    CONTACT_REQUIRED Error "contact-required", "A settlement in the Internet has 1008",
        "54-ФЗ art. 1.2 p. 5; FFD documents §2 note 26";
    SENDER Error "sender-email", "1117 is an e-mail address",
        "FFD documents §2 notes 6, 8";
    SENDER_REQUIRED Warning "sender-required", "A receipt sent by e-mail names its sender (1117)",
        "FFD documents §2 notes 6, 8";
    INTERNET_ONLY Error "internet-only", "1108 stands in receipts of a ККТ registered for the Internet only",
        "FFD documents §2 note 7";
    INTERNET_SIGN Warning "internet-sign", "A ККТ for the Internet only has 1125 = 1 since 01.09.2025",
        "FFD documents §2 note 26; INFERRED";
    SITE Error "site", "A settlement in the Internet has the site's address in 1187",
        "FFD documents §2 note 26";
    AUTOMAT Error "automat-number", "1036 is present in automatic mode",
        "FFD documents §2 note 3";
    AGENT_KIND Error "agent-kind", "Data of an agent or a supplier come with 1222 or 1057",
        "ФН protocol §2.2; FFD documents §2 note 2";
    SUPPLIER Warning "supplier", "1222 comes with the supplier's name and telephone",
        "FFD documents §2, conditions of 1222";
    AGENT_DATA Warning "agent-data", "Payment agents and bank agents tell their 1223",
        "FFD documents §2, conditions of 1222; which kind needs what is INFERRED from shared notes";
    BUYER Warning "buyer", "A buyer without ИНН is told by 1243, 1245 and 1246",
        "FFD documents §8 table 115; GENERAL KNOWLEDGE";
    TOGETHER Warning "details-together", "The details of 1260, 1261 and 1270 go together",
        "FFD documents §8; INFERRED";
    MARKED Warning "marked-goods", "A marked good comes with 2106, its receipt with 2107",
        "FFD documents §2, marked items";
    PRODUCT_CODE Error "product-code", "1163 has exactly one of 1300…1325",
        "FFD documents §2";
    FRACTION_USE Error "fraction-use", "1291 stands with 2108 = 0 and 1212 = 31 or 33",
        "FFD documents §2";
    FRACTION Error "fraction", "1293 is more than nothing and less than 1294",
        "FFD documents §2";
    CORRECTION Error "correction", "1173 = 1 has 1179",
        "FFD documents §2, conditions of 1173";
    CORRECTION_SIGN Warning "correction-sign", "Corrections of FFD 1.05 have 1054 = 1 or 3",
        "FFD documents §3";
    CORRECTED_DATE Warning "corrected-date", "1178 is a day at 00:00, not after the document",
        "FFD documents §2, conditions of 1173; the order of days is INFERRED";

    RNM Error "rnm", "The РНМ fits the user's ИНН and the serial number (not held against debug drives)",
        "FFD documents §6";
    OPERATOR Error "operator", "1017 and 1046 are present unless offline",
        "FFD documents §2, conditions of registration";

    SHIFT_COUNT Error "shift-count", "1111 counts more documents than 1118 receipts",
        "FFD documents §8; INFERRED: the closing report counts itself";
    SHIFT_RECEIPTS Warning "shift-receipts", "1134 of 1194 is 1118",
        "FFD documents §4; INFERRED";
    UNSENT Error "unsent", "1098 and 1116 tell of documents that 1097 counts",
        "FFD documents §2, conditions of 1097";
    COUNTER_SUM Error "counter-sum", "1201 is the sum of 1136, 1138, 1218, 1219 and 1220",
        "FFD documents §4";
    COUNTER_COUNT Error "counter-count", "1134 and 1144 are the sums of what they count",
        "FFD documents §4";
    COUNTER_SHIFT Error "counter-shift", "A shift has not more than its drive",
        "FFD documents §4; INFERRED";

    CLOCK Error "clock", "1012 is within 5 minutes of real time",
        "ФНС codes 502, 503; FFD documents §6 rule 8";
    TIME_ORDER Error "time-order", "1012 is not earlier than the previous document's",
        "FFD documents §6 rule 8";
    SHIFT_LENGTH Error "shift-length", "A shift lasts at most 24 hours",
        "FFD documents §6 rule 8; ФН protocol §2.5";
    SEQUENCE Error "sequence", "1040 is one more for each document",
        "FFD documents §6 rule 9";
    SHIFT_SEQUENCE Error "shift-sequence", "1038 is one more for each shift",
        "FFD documents §6 rule 9";
    RECEIPT_SEQUENCE Error "receipt-sequence", "1042 is one more for each receipt of a shift",
        "FFD documents §6 rule 9";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_share_a_name() {
        let mut ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
