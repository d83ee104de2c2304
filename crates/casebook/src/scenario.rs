use std::collections::BTreeSet;

use engine::Config;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    CasebookError, Example,
    book::read_file,
    error::{Fault, check_count},
};

/// The most scenarios in a file.
pub const MAX_SCENARIOS: usize = 1_000;

const SCHEMA: &str = "receipt-scenarios/1";

/// A file of questions «which receipt do I need?».
#[derive(Clone, Debug)]
pub struct Scenarios {
    /// The questions, in the order of the file; no two have one id.
    pub all: Vec<Scenario>,
}

/// A question with its answer, what it rests on, and an example to be computed.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its id: the first of its rows.
    pub id: String,
    /// The rows of the decision table that answer it (receipt rules §2).
    pub rows: Vec<String>,
    /// The question, as an accountant would ask it.
    pub question: BothLanguages,
    /// The answer in plain words.
    pub answer: BothLanguages,
    /// What the answer rests on.
    pub basis: Vec<Basis>,
    /// An example that shows it.
    pub worked: Worked,
}

/// A text in both languages; neither is empty.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct BothLanguages {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

/// What an answer rests on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The article, the letter with its date, or the reasoning.
    pub what: BothLanguages,
    /// How sure that is.
    pub confidence: Confidence,
}

/// How sure a basis is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A source says so.
    Source,
    /// General knowledge, not confirmed by a source: to be verified before it is promised.
    GeneralKnowledge,
    /// A choice made where law or practice leave one.
    Choice,
}

impl Confidence {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::GeneralKnowledge => "general_knowledge",
            Self::Choice => "choice",
        }
    }
}

/// The example of a scenario.
#[derive(Clone, Debug)]
pub enum Worked {
    /// One of the worked examples, by its id.
    Of(String),
    /// An example of its own.
    Own(Box<Example>),
}

impl Scenarios {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`Casebook::read`](crate::Casebook::read); also for an empty text.
    pub fn read(json: &[u8]) -> Result<Self, CasebookError> {
        let file: FileRow = read_file(json, SCHEMA)?;
        check_count("scenarios", file.scenarios.len(), MAX_SCENARIOS).map_err(Fault::in_file)?;
        let mut ids = BTreeSet::new();
        let mut all = Vec::with_capacity(file.scenarios.len());
        for row in file.scenarios {
            let place = format!("scenarios.{}", row.id);
            if !ids.insert(row.id.clone()) {
                return Err(Fault::new(place, "another scenario has this id").in_file());
            }
            all.push(row.read(&place)?);
        }
        Ok(Self { all })
    }

    /// The scenario of this id, or the first that holds this row; `'` stands for `′`.
    pub fn find(&self, id: &str) -> Option<&Scenario> {
        let id = id.replace('\'', "′").to_uppercase();
        let by_id = self.all.iter().find(|scenario| scenario.id == id);
        by_id.or_else(|| self.all.iter().find(|scenario| scenario.rows.contains(&id)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    #[serde(rename = "schema")]
    _schema: serde::de::IgnoredAny,
    scenarios: Vec<ScenarioRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioRow {
    id: String,
    rows: Vec<String>,
    question: BothLanguages,
    answer: BothLanguages,
    basis: Vec<Basis>,
    /// The id of a worked example…
    example: Option<String>,
    /// … or one of its own.
    own_example: Option<Box<RawValue>>,
}

impl ScenarioRow {
    fn read(self, place: &str) -> Result<Scenario, CasebookError> {
        let fault = |path: &str, rule: &str| Fault::new(path, rule).under(place).in_file();
        let texts = [("question", &self.question), ("answer", &self.answer)];
        let basis = self.basis.iter().map(|basis| ("basis", &basis.what));
        for (path, text) in texts.into_iter().chain(basis) {
            if text.ru.trim().is_empty() || text.en.trim().is_empty() {
                return Err(fault(path, "it is there in both languages"));
            }
        }
        if self.basis.is_empty() {
            return Err(fault("basis", "it rests on something"));
        }
        if !self.rows.contains(&self.id) {
            return Err(fault("rows", "the id is one of them"));
        }
        let worked = match (self.example, self.own_example) {
            (Some(id), None) => Worked::Of(id),
            (None, Some(raw)) => {
                let place = format!("{place}.own_example");
                Worked::Own(Box::new(Example::read(&raw, &Config::default(), &place)?))
            }
            _ => return Err(fault("example", "there is `example` or `own_example`")),
        };
        Ok(Scenario {
            id: self.id,
            rows: self.rows,
            question: self.question,
            answer: self.answer,
            basis: self.basis,
            worked,
        })
    }
}
