use regex::Regex;
use statements::{Kind, Profile, detect};

use super::{ImportError, ImportOrder};

/// What the organisation has said about files of payments.
#[derive(Clone, Debug)]
pub struct StatementRules {
    /// How registries of its contracts look.
    pub profiles: Vec<StatementProfile>,
    /// Where the payer's account stands in the purpose of a payment: each has one capture. An
    /// account is taken if exactly one of those that were found is open.
    pub account_patterns: Vec<Regex>,
    /// The organisation's bank accounts; a file about others is refused. None: it is not looked at.
    pub our_accounts: Vec<String>,
    /// How bank accounts of persons begin, and those by which banks pass on money of persons.
    pub person_accounts: Vec<String>,
    /// What becomes of payments of businesses.
    pub business: BusinessRows,
    /// What becomes of payments of unknown payers.
    pub unmatched: UnmatchedRows,
    /// Which day is that of the settlement.
    pub date: ReceiptDay,
    /// Keys under which billing or a bank's calls may have brought the same operation; `{number}`
    /// stands for the bank's number of it.
    pub known_keys: Vec<String>,
}

/// How files of a contract look.
#[derive(Clone, Debug)]
pub struct StatementProfile {
    /// Where their fields stand.
    pub profile: Profile,
    /// What their names look like; none: the profile is only used when it is asked for.
    pub file_name: Option<Regex>,
}

/// What becomes of payments of businesses: transfers between businesses need no receipt (54-ФЗ
/// art. 2 p. 9).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BusinessRows {
    /// They become no operations; a person may decide otherwise about each.
    #[default]
    Skip,
    /// They are loaded as those of persons.
    Include,
}

/// What becomes of payments of unknown payers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UnmatchedRows {
    /// They wait for a person.
    #[default]
    Wait,
    /// They become payments without an account: money to be identified (receipt rules D27).
    Unidentified,
}

/// Which day is that of the settlement.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReceiptDay {
    /// The day of the load: the company learns of the money by the file.
    #[default]
    Loaded,
    /// The day of the payment.
    Paid,
}

/// Words before an account in Russian purposes of payment, as people write them.
const ACCOUNT_PATTERNS: [&str; 2] = [
    r"(?i)(?:^|[^\p{L}])(?:л/с|лс|лиц\.?\s*сч\.?|лицев\p{L}*\s+сч[её]т\p{L}*)[\s:.№#]*(?:N\s+)?([\p{L}\d][\p{L}\d/_-]*)",
    r"(?i)(?:^|[^\p{L}])дог(?:овор(?:а|у|ом|е)?)?[\s:.№#]+(?:N\s+)?([\p{L}\d][\p{L}\d/_-]*)",
];
/// 40817, 40820: current accounts of persons; 423: deposits; 30232, 30233: transfers by banks.
const PERSON_ACCOUNTS: [&str; 5] = ["40817", "40820", "423", "30232", "30233"];

impl Default for StatementRules {
    fn default() -> Self {
        let patterns = ACCOUNT_PATTERNS.iter();
        Self {
            profiles: Vec::new(),
            // They are constant; a test compiles them.
            account_patterns: patterns
                .filter_map(|pattern| Regex::new(pattern).ok())
                .collect(),
            our_accounts: Vec::new(),
            person_accounts: PERSON_ACCOUNTS.map(str::to_owned).into(),
            business: BusinessRows::default(),
            unmatched: UnmatchedRows::default(),
            date: ReceiptDay::default(),
            known_keys: vec!["{number}".to_owned()],
        }
    }
}

impl StatementRules {
    /// Whether a payer's bank account is that of a business. Registries name none: their payers are
    /// persons.
    pub(crate) fn is_business(&self, payer_account: &str) -> bool {
        let is_person = |begin: &String| payer_account.starts_with(begin.as_str());
        !payer_account.is_empty() && !self.person_accounts.iter().any(is_person)
    }

    /// Of what kind the file is, and where its fields stand.
    pub(crate) fn kind_and_profile<'r>(
        &'r self,
        text: &str,
        name: &str,
        order: &ImportOrder,
    ) -> Result<(Kind, &'r Profile), ImportError> {
        if let Some(asked) = &order.profile {
            let of_name = self.profiles.iter().map(|it| &it.profile);
            if let Some(profile) = of_name.into_iter().find(|it| it.name == *asked) {
                return Ok((Kind::Sberbank, profile));
            }
            if let Ok(kind) = asked.parse() {
                return Ok((kind, standard()));
            }
            let kinds = Kind::ALL.map(Kind::name).into_iter();
            let own = self.profiles.iter().map(|it| it.profile.name.as_str());
            return Err(ImportError::UnknownProfile {
                given: asked.clone(),
                known: own.chain(kinds).collect::<Vec<_>>().join(", "),
            });
        }
        let by_name = self.profiles.iter().find(|profile| {
            let pattern = profile.file_name.as_ref();
            pattern.is_some_and(|pattern| pattern.is_match(name))
        });
        if let Some(found) = by_name {
            return Ok((Kind::Sberbank, &found.profile));
        }
        match detect(text, name) {
            Some(kind) => Ok((kind, standard())),
            None => Err(ImportError::UnknownKind(name.to_owned())),
        }
    }
}

/// What is used where nothing else is said.
fn standard() -> &'static Profile {
    static STANDARD: std::sync::LazyLock<Profile> = std::sync::LazyLock::new(Profile::standard);
    &STANDARD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_in_purposes_as_people_write_them() {
        let rules = StatementRules::default();
        assert_eq!(rules.account_patterns.len(), ACCOUNT_PATTERNS.len());
        let found = |text: &str| -> Vec<String> {
            let patterns = rules.account_patterns.iter();
            patterns
                .flat_map(|pattern| pattern.captures_iter(text))
                .map(|captures| captures[1].to_owned())
                .collect()
        };
        for (purpose, account) in [
            ("Оплата за интернет ЛС 0000001001, НДС=721.31", "0000001001"),
            ("л/с №00042 за январь", "00042"),
            ("ЛИЦЕВОЙ СЧЕТ: 77-А", "77-А"),
            ("лиц.сч. 5", "5"),
            ("Оплата по договору № Д-15/2 от 01.02.2026", "Д-15/2"),
            ("дог.12", "12"),
            ("договор N 12", "12"),
        ] {
            assert_eq!(found(purpose), [account], "{purpose}");
        }
        assert!(found("Оплата услуг связи, кВЛС 5, ООО «Договорённость 5»").is_empty());
    }

    #[test]
    fn accounts_of_persons_and_of_their_banks_are_no_businesses() {
        let rules = StatementRules::default();
        let business = |begin: &str| rules.is_business(&format!("{begin:0<20}"));
        for person in ["40817", "40820", "42301", "30232", "30233"] {
            assert!(!business(person), "{person}");
        }
        for other in ["40702", "40802", "40602", "30102"] {
            assert!(business(other), "{other}");
        }
        assert!(!rules.is_business(""), "registries name no account");
    }
}
