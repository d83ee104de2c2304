//! The rules of format-logic control, each with where it comes from.

/// A rule of format-logic control.
#[derive(Debug, Eq, PartialEq)]
pub struct Rule {
    /// A stable name, for journals and filters.
    pub id: &'static str,
    /// What must hold.
    pub title: &'static str,
    /// The law, the ФНС code, or the section that says so.
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

rules! {
    MISSING Error "missing-tag", "A required tag is present",
        "ФНС code 420; FFD documents §8";
    NOT_ALLOWED Error "tag-not-allowed", "A tag belongs to the form and the version",
        "FFD documents §6 rule 6";
    REPEATED Error "repeated-tag", "A tag occurs once unless it may repeat",
        "FFD documents §6 rule 6";
    LENGTH Error "length", "A value has the length of the table",
        "FFD documents §6 rule 6";
    DRIVE_TAG Error "drive-tag", "The host does not pass what the drive forms",
        "ФН protocol §3.7";
    UNPRINTABLE Error "character", "Texts are in CP866",
        "ККТ–ОФД protocol §9";
    EMPTY Error "empty-text", "A required text says something",
        "FFD documents §6 rule 11";
    VALUE Error "value", "A value lies in its range",
        "FFD documents §3";
    DOCUMENT_SIZE Error "document-size", "The document is not too long for a drive",
        "ФН protocol §6.1";
    NOT_TLV Error "not-tlv", "The bytes are a fiscal document",
        "ККТ–ОФД protocol §9";

    VERSION Error "ffd-version", "1209 is that of the registration",
        "FFD documents §6 rule 7";
    TAX_SYSTEM Error "tax-system", "1055 is one of the registered 1062",
        "FFD documents §6 rule 7";
    AGENT Error "agent-registered", "1222 is within the registered 1057",
        "FFD documents §6 rule 7";
    SUBJECT Error "subject", "1212 fits the registration and the version",
        "FFD documents §3; ФН protocol §2.2 code 19h";

    REASONS Error "change-reasons", "1205 names what is changed",
        "FFD documents §3; ФН protocol §2.3 command A3h";

    PAYMENTS Error "payments-total", "1031 + 1081 + 1215 + 1216 + 1217 = 1020",
        "ФНС code 507; FFD documents §6 rule 1";
    LINES_TOTAL Error "lines-total", "The lines sum up to the total",
        "FFD documents §6 rule 2";
    LINES_LIMIT Error "lines-limit", "A receipt has not too many lines",
        "receipt rules §1.6";
    LINE_COST Error "line-cost", "1043 = 1079 × 1023 within a kopeck",
        "FFD documents §6 rule 3";
    QUANTITY Error "quantity", "1023 is more than nothing",
        "FFD documents §6 rule 3";
    MEASURE Error "measure", "2108 is an assigned measure",
        "FFD documents §3";
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
    SITE Error "site", "A settlement in the Internet has the site's address in 1187",
        "FFD documents §2 note 26";
    AUTOMAT Error "automat-number", "1036 is present in automatic mode",
        "FFD documents §2 note 3";
    SUPPLIER Warning "supplier", "1222 comes with the supplier's name and telephone",
        "FFD documents §2, conditions of 1222";
    PHONE Error "phone", "A telephone number is written + and digits",
        "FFD documents §8";
    CORRECTION Error "correction", "1173 = 1 has 1179",
        "FFD documents §2, conditions of 1173";

    INN Error "inn", "An ИНН has its check digits",
        "FFD documents §6";
    RNM Error "rnm", "The РНМ fits the user's ИНН and the serial number",
        "FFD documents §6";
    OPERATOR Error "operator", "1017 and 1046 are present unless offline",
        "FFD documents §2, conditions of registration";

    CLOCK Error "clock", "1012 is within 5 minutes of real time",
        "ФНС codes 502, 503; FFD documents §6 rule 8";
    TIME_ORDER Error "time-order", "1012 is not earlier than the previous document's",
        "FFD documents §6 rule 8";
    SHIFT_LENGTH Error "shift-length", "A shift lasts at most 24 hours",
        "FFD documents §6 rule 8; ФН protocol §2.5";
    SEQUENCE Error "sequence", "1040 is one more for each document",
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
