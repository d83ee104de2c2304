use std::collections::{BTreeMap, BTreeSet};

use engine::{Before, Config, Event, Setup};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value, value::RawValue};
use terms::{AccountNumber, ServiceCode};

use crate::{
    CasebookError, Difference, Outcome,
    account::AccountRow,
    compare,
    error::{Fault, check_count, read_part},
    event::read_event,
    field::Text,
    outcome::OutcomeRow,
    receipt::JournalRow,
    setup::{ConfigRow, ServiceRow, read_setup},
};

/// The longest file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The most examples in a file.
pub const MAX_EXAMPLES: usize = 10_000;
/// The most events in an example.
pub const MAX_EVENTS: usize = 1_000;
/// The most accounts in an example.
pub const MAX_ACCOUNTS: usize = 10_000;
/// The most entries in any other list of an example.
pub const MAX_ITEMS: usize = 10_000;

const SCHEMA: &str = "receipt-examples/1";

/// A file of worked examples.
#[derive(Clone, Debug)]
pub struct Casebook {
    /// The examples, in the order of the file; no two have one id.
    pub examples: Vec<Example>,
}

/// A small history of personal accounts.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// The rows of the decision table that it shows (receipt rules §2).
    pub rules: Vec<String>,
    /// What it shows, in English.
    pub title: String,
    /// What it shows, in Russian.
    pub title_ru: String,
    /// A remark.
    pub note: Option<String>,
    /// Configuration and services.
    pub setup: Setup,
    /// The state before the events.
    pub before: Before,
    /// What happens, in order.
    pub events: Vec<Event>,
    expect: Option<OutcomeRow>,
}

impl Casebook {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is too large, of another schema, or anything in it breaks a rule: the error names
    /// the example, the path in it and the rule.
    pub fn read(json: &[u8]) -> Result<Self, CasebookError> {
        let file: FileRow = read_file(json, SCHEMA)?;
        if file.unit.is_some_and(|unit| unit != "kopeck") {
            return Err(Fault::new("unit", "sums are in `kopeck`").in_file());
        }
        let defaults = file
            .defaults
            .over(&Config::default())
            .map_err(|fault| fault.under("defaults").in_file())?;
        check_count("examples", file.examples.len(), MAX_EXAMPLES).map_err(Fault::in_file)?;
        let mut examples = Vec::with_capacity(file.examples.len());
        let mut ids = BTreeSet::new();
        for (place, raw) in file.examples.iter().enumerate() {
            let example = Example::read(raw, &defaults, &format!("examples[{place}]"))?;
            if !ids.insert(example.id.clone()) {
                let fault = Fault::new("id", "another example has it already");
                return Err(fault.in_example(&example.id));
            }
            examples.push(example);
        }
        Ok(Self { examples })
    }
}

/// Reads the outermost object of a file, once its schema is known to be the right one.
pub(crate) fn read_file<T: serde::de::DeserializeOwned>(
    json: &[u8],
    known: &'static str,
) -> Result<T, CasebookError> {
    if json.len() > MAX_FILE_BYTES {
        return Err(CasebookError::TooLarge {
            bytes: json.len(),
            max: MAX_FILE_BYTES,
        });
    }
    let broken = |why: &dyn ToString| Fault::new("the file", why.to_string()).in_file();
    let text = str::from_utf8(json).map_err(|error| broken(&error))?;
    let schema: SchemaRow = serde_json::from_str(text).map_err(|error| broken(&error))?;
    if schema.schema != known {
        return Err(CasebookError::UnknownSchema {
            schema: schema.schema.chars().take(64).collect(),
            known,
        });
    }
    read_part(text).map_err(Fault::in_file)
}

#[derive(Deserialize)]
struct SchemaRow {
    schema: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    #[serde(rename = "schema")]
    _schema: IgnoredAny,
    unit: Option<String>,
    #[serde(default)]
    defaults: ConfigRow,
    // Each is read for itself, so that an error can name it.
    examples: Vec<Box<RawValue>>,
    /// Cases of rules that are not the engine's.
    #[serde(default, rename = "anomaly_cases")]
    _anomaly_cases: IgnoredAny,
    #[serde(default, rename = "deadline_cases")]
    _deadline_cases: IgnoredAny,
    #[serde(default, rename = "note")]
    _note: IgnoredAny,
    #[serde(default, rename = "title")]
    _title: IgnoredAny,
    #[serde(default, rename = "title_ru")]
    _title_ru: IgnoredAny,
}

#[derive(Deserialize)]
struct IdRow {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleRow {
    id: String,
    #[serde(default)]
    rule: Vec<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    title_ru: String,
    note: Option<String>,
    #[serde(default)]
    config: ConfigRow,
    services: BTreeMap<Text<ServiceCode>, ServiceRow>,
    before: BeforeRow,
    events: Vec<Map<String, Value>>,
    expect: Option<OutcomeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeforeRow {
    accounts: BTreeMap<Text<AccountNumber>, AccountRow>,
    #[serde(default)]
    journal: Vec<JournalRow>,
}

impl Example {
    /// Reads one example; `place` names it until its id is known.
    pub(crate) fn read(
        raw: &RawValue,
        defaults: &Config,
        place: &str,
    ) -> Result<Self, CasebookError> {
        let IdRow { id } = read_part(raw.get()).map_err(|fault| fault.under(place).in_file())?;
        if id.is_empty() {
            return Err(Fault::new("id", "it is empty").under(place).in_file());
        }
        read_part(raw.get())
            .and_then(|row: ExampleRow| row.read(defaults))
            .map_err(|fault| fault.in_example(&id))
    }

    /// Lives through the events, in order. A refused event ends it: what is there then is the state
    /// just before that event.
    pub fn compute(&self) -> Outcome {
        Outcome::of(self)
    }

    /// Where `outcome` differs from what the example expects (comparison rules: receipt rules
    /// §3.1). None when the example expects nothing.
    ///
    /// # Errors
    /// When one of the two cannot be written as JSON.
    pub fn differences(&self, outcome: &Outcome) -> Result<Option<Vec<Difference>>, CasebookError> {
        self.expect
            .as_ref()
            .map(|expect| compare::differences(expect, &outcome.into(), &self.before))
            .transpose()
    }
}

impl ExampleRow {
    fn read(self, defaults: &Config) -> Result<Example, Fault> {
        check_count("events", self.events.len(), MAX_EVENTS)?;
        let config = self
            .config
            .over(defaults)
            .map_err(|fault| fault.under("config"))?;
        let ffd = config.ffd;
        let setup = read_setup(config, self.services)?;
        check_count("before.accounts", self.before.accounts.len(), MAX_ACCOUNTS)?;
        check_count("before.journal", self.before.journal.len(), MAX_ITEMS)?;
        let account = |(number, row): (Text<AccountNumber>, AccountRow)| {
            let place = format!("before.accounts.{}", number.0);
            let account = row.into_account(number.0.clone());
            Ok((number.0, account.map_err(|fault| fault.under(&place))?))
        };
        let journal = |(place, row): (usize, JournalRow)| {
            let place = format!("before.journal[{place}]");
            row.into_receipt(ffd).map_err(|fault| fault.under(&place))
        };
        let event = |(place, fields)| {
            read_event(fields).map_err(|fault: Fault| fault.under(&format!("events[{place}]")))
        };
        Ok(Example {
            id: self.id,
            rules: self.rule,
            title: self.title,
            title_ru: self.title_ru,
            note: self.note,
            setup,
            before: Before {
                accounts: each(self.before.accounts, account)?,
                receipts: each(self.before.journal.into_iter().enumerate(), journal)?,
                ..Before::default()
            },
            events: each(self.events.into_iter().enumerate(), event)?,
            expect: self.expect,
        })
    }
}

fn each<A, B, C: FromIterator<B>>(
    rows: impl IntoIterator<Item = A>,
    read: impl Fn(A) -> Result<B, Fault>,
) -> Result<C, Fault> {
    rows.into_iter().map(read).collect()
}
