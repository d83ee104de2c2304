//! `[statements]`: files of banks and billings.

use std::{path::PathBuf, time::Duration};

use desk::{
    BusinessRows, DeskError, ReceiptDay, StatementProfile, StatementRules, UnmatchedRows,
    files::{Columns, Kind, Place, Profile, ReceiptSum, Regex},
};
use serde::Deserialize;

use super::banks::BankTable;

/// The most patterns of one list: each is looked for in every row.
const PATTERNS_MAX: usize = 32;
/// How often the inbox is looked at.
const INBOX_LOOK: Duration = Duration::from_secs(5);

/// `[statements]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StatementsTable {
    inbox: Option<PathBuf>,
    inbox_seconds: Option<u64>,
    our_accounts: Vec<String>,
    account_patterns: Option<Vec<String>>,
    person_accounts: Option<Vec<String>>,
    business: Option<String>,
    unmatched: Option<String>,
    date: Option<String>,
    known_keys: Option<Vec<String>>,
    #[serde(rename = "profile")]
    profiles: Vec<ProfileTable>,
}

/// `[[statements.profile]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileTable {
    name: String,
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    fields: Option<[usize; 2]>,
    #[serde(default)]
    sum: Option<String>,
    #[serde(default)]
    date: Option<i64>,
    #[serde(default)]
    time: Option<i64>,
    #[serde(default)]
    channel: Option<i64>,
    #[serde(default)]
    number: Option<i64>,
    #[serde(default)]
    account: Option<i64>,
    #[serde(default)]
    payer: Option<i64>,
    #[serde(default)]
    address: Option<i64>,
    #[serde(default)]
    period: Option<i64>,
    #[serde(default)]
    paid: Option<i64>,
    #[serde(default)]
    transferred: Option<i64>,
    #[serde(default)]
    fee: Option<i64>,
}

/// A folder whose files are loaded by themselves.
#[derive(Clone, Debug)]
pub(crate) struct InboxPlan {
    /// Which one.
    pub(crate) folder: PathBuf,
    /// How often it is looked at.
    pub(crate) every: Duration,
}

impl StatementsTable {
    /// The watched folder, if there is one.
    pub(crate) fn inbox(&self) -> Option<InboxPlan> {
        let every = self.inbox_seconds.map(|it| Duration::from_secs(it.max(1)));
        Some(InboxPlan {
            folder: self.inbox.clone()?,
            every: every.unwrap_or(INBOX_LOOK),
        })
    }

    /// What the desk has to know; `banks` are those that pay by themselves: by their keys a payment of
    /// a file is known that has come so before.
    pub(super) fn read(&self, banks: &[BankTable]) -> Result<StatementRules, DeskError> {
        let default = StatementRules::default();
        let account_patterns = match &self.account_patterns {
            None => default.account_patterns,
            Some(texts) if texts.len() > PATTERNS_MAX => {
                let rule = format!("account_patterns: at most {PATTERNS_MAX}");
                return Err(wrong(rule));
            }
            Some(texts) => {
                let patterns = texts.iter().map(|text| account_pattern(text));
                patterns.collect::<Result<_, _>>()?
            }
        };
        let profiles = self.profiles.iter().map(ProfileTable::read);
        let profiles: Vec<StatementProfile> = profiles.collect::<Result<_, _>>()?;
        for (place, profile) in profiles.iter().enumerate() {
            let name = &profile.profile.name;
            let others = &profiles[..place];
            if others.iter().any(|other| other.profile.name == *name) {
                return Err(wrong(format!("two profiles are called «{name}»")));
            }
        }
        Ok(StatementRules {
            profiles,
            account_patterns,
            our_accounts: digits("our_accounts", &self.our_accounts)?,
            person_accounts: match &self.person_accounts {
                None => default.person_accounts,
                Some(begins) => digits("person_accounts", begins)?,
            },
            business: match self.business.as_deref() {
                None => default.business,
                Some("skip") => BusinessRows::Skip,
                Some("include") => BusinessRows::Include,
                Some(other) => return Err(neither("business", other, "skip or include")),
            },
            unmatched: match self.unmatched.as_deref() {
                None => default.unmatched,
                Some("wait") => UnmatchedRows::Wait,
                Some("unidentified") => UnmatchedRows::Unidentified,
                Some(other) => return Err(neither("unmatched", other, "wait or unidentified")),
            },
            date: match self.date.as_deref() {
                None => default.date,
                Some("loaded") => ReceiptDay::Loaded,
                Some("paid") => ReceiptDay::Paid,
                Some(other) => return Err(neither("date", other, "loaded or paid")),
            },
            known_keys: match &self.known_keys {
                None => {
                    let of_banks = banks.iter().map(BankTable::key_of_number);
                    default.known_keys.into_iter().chain(of_banks).collect()
                }
                Some(forms) => {
                    if let Some(bad) = forms.iter().find(|form| !form.contains("{number}")) {
                        let rule = format!("known_keys: «{bad}» has no {{number}} in it");
                        return Err(wrong(rule));
                    }
                    forms.clone()
                }
            },
        })
    }
}

impl ProfileTable {
    fn read(&self) -> Result<StatementProfile, DeskError> {
        let of = |what: String| wrong(format!("profile «{}»: {what}", self.name));
        if self.name.is_empty() || self.name.parse::<Kind>().is_ok() {
            return Err(of(
                "a profile's name is not empty and no kind of file".to_owned()
            ));
        }
        let standard = Profile::standard();
        let columns = standard.columns;
        let place = |given: Option<i64>, default: Place| match given {
            Some(place) => Place::new(place).map_err(|error| of(error.to_string())),
            None => Ok(default),
        };
        let maybe = |given: Option<i64>, default: Option<Place>| match given {
            // Not in the file.
            Some(0) => Ok(None),
            Some(place) => Place::new(place)
                .map(Some)
                .map_err(|error| of(error.to_string())),
            None => Ok(default),
        };
        let fields = self
            .fields
            .map_or(standard.fields, |[least, most]| (least, most));
        if fields.0 == 0 || fields.0 > fields.1 || fields.1 > 64 {
            return Err(of("fields is the least and the most, 1 to 64".to_owned()));
        }
        let sum = self.sum.as_deref().map(str::parse::<ReceiptSum>);
        let profile = Profile {
            name: self.name.clone(),
            fields,
            columns: Columns {
                date: place(self.date, columns.date)?,
                time: maybe(self.time, columns.time)?,
                channel: maybe(self.channel, columns.channel)?,
                number: place(self.number, columns.number)?,
                account: place(self.account, columns.account)?,
                payer: maybe(self.payer, columns.payer)?,
                address: maybe(self.address, columns.address)?,
                period: maybe(self.period, columns.period)?,
                paid: place(self.paid, columns.paid)?,
                transferred: place(self.transferred, columns.transferred)?,
                fee: place(self.fee, columns.fee)?,
            },
            sum: sum
                .transpose()
                .map_err(|error| of(error.to_string()))?
                .unwrap_or_default(),
        };
        let file_name = self.file_name.as_deref().map(Regex::new).transpose();
        Ok(StatementProfile {
            profile,
            file_name: file_name.map_err(|error| of(format!("file_name: {error}")))?,
        })
    }
}

/// A pattern with one capture, the account.
fn account_pattern(text: &str) -> Result<Regex, DeskError> {
    let of = |what: String| wrong(format!("account_patterns: «{text}»: {what}"));
    let pattern = Regex::new(text).map_err(|error| of(error.to_string()))?;
    // The whole match is the first.
    if pattern.captures_len() != 2 {
        return Err(of(
            "it has one pair of capturing parentheses, the account".to_owned()
        ));
    }
    Ok(pattern)
}

fn digits(key: &str, texts: &[String]) -> Result<Vec<String>, DeskError> {
    let is_account =
        |text: &&String| text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit());
    match texts.iter().find(is_account) {
        Some(bad) => Err(wrong(format!(
            "{key}: «{bad}» consists of other than digits"
        ))),
        None => Ok(texts.to_vec()),
    }
}

fn neither(key: &str, given: &str, words: &str) -> DeskError {
    wrong(format!("{key} is «{given}»: write {words}"))
}

fn wrong(what: String) -> DeskError {
    DeskError::Setup {
        what: format!("[statements]: {what}"),
    }
}
