//! Receipts of worked examples, and the questions «which receipt do I need?».

mod sheet;

use std::{
    error::Error,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use casebook::{Casebook, Example, MAX_FILE_BYTES, Scenario, Scenarios, Worked, results_json};
use clap::Args;

use super::Outcome;

const EXAMPLES: &[u8] = include_bytes!("../../protocol-fixtures/receipts/examples.json");
const SCENARIOS: &[u8] = include_bytes!("../../protocol-fixtures/receipts/scenarios.json");

/// Compute the receipts of worked examples, without drives, journal or configuration. Where an
/// example says what it expects, differences are told and the command ends with code 1.
#[derive(Args)]
pub(crate) struct Calc {
    /// Examples as JSON of the schema `receipt-examples/1`; `-` reads the standard input.
    #[arg(required_unless_present = "scenario", conflicts_with = "scenario")]
    file: Option<PathBuf>,
    /// Which receipt do I need? Lists the questions; with a row of the decision table, such as
    /// D07, answers that one with a computed example.
    #[arg(long, value_name = "ROW", num_args = 0..=1)]
    scenario: Option<Option<String>>,
    /// Print JSON; for examples of the schema `receipt-results/1`.
    #[arg(long)]
    json: bool,
}

impl Calc {
    pub(crate) fn run(self) -> Outcome {
        match (&self.scenario, &self.file) {
            (Some(Some(row)), _) => self.answer(row),
            (Some(None), _) => self.list(),
            (None, Some(file)) => self.compute(file),
            (None, None) => Err("name a file of examples, or --scenario".into()),
        }
    }

    fn compute(&self, file: &Path) -> Outcome {
        let book =
            Casebook::read(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        let outcomes: Vec<_> = book.examples.iter().map(Example::compute).collect();
        let both = || book.examples.iter().zip(&outcomes);
        let text = if self.json {
            results_json(both().map(|(example, outcome)| (example.id.as_str(), outcome)))? + "\n"
        } else {
            let sheets = both().map(|(example, outcome)| sheet::of(example, outcome));
            sheets.collect::<Vec<_>>().join("\n")
        };
        print(&text)?;
        let mut compared = 0;
        let mut wrong = 0;
        for (example, outcome) in both() {
            let Some(differences) = example.differences(outcome)? else {
                continue;
            };
            compared += 1;
            wrong += usize::from(!differences.is_empty());
            for difference in differences {
                eprintln!("{}: {difference}", example.id);
            }
        }
        if compared > 0 {
            eprintln!("{compared} compared with what they expect, {wrong} differ");
        }
        Ok(if wrong == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn list(&self) -> Outcome {
        let scenarios = Scenarios::read(SCENARIOS)?.all;
        if self.json {
            let all: Vec<_> = scenarios
                .iter()
                .map(|it| {
                    let question = serde_json::json!({
                        "ru": it.question.ru, "en": it.question.en,
                    });
                    serde_json::json!({ "id": it.id, "question": question })
                })
                .collect();
            print(&format!("{:#}\n", serde_json::Value::from(all)))?;
            return Ok(ExitCode::SUCCESS);
        }
        let lines = scenarios.iter().map(|scenario| {
            let question = &scenario.question;
            format!(
                "{:<5} {}\n      {}\n",
                scenario.id, question.ru, question.en
            )
        });
        print(&lines.collect::<String>())?;
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self, row: &str) -> Outcome {
        let scenarios = Scenarios::read(SCENARIOS)?;
        let scenario = scenarios
            .find(row)
            .ok_or_else(|| format!("there is no scenario {row}: `calc --scenario` lists them"))?;
        let example = worked_example(scenario)?;
        let outcome = example.compute();
        let text = if self.json {
            let results = results_json([(example.id.as_str(), &outcome)])?;
            let answer = in_json(scenario, serde_json::from_str(&results)?);
            format!("{answer:#}\n")
        } else {
            let sheet = sheet::of(&example, &outcome);
            format!("{}\n{sheet}", sheet::answer(scenario))
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn worked_example(scenario: &Scenario) -> Result<Example, Box<dyn Error>> {
    match &scenario.worked {
        Worked::Own(example) => Ok(*example.clone()),
        Worked::Of(id) => Casebook::read(EXAMPLES)?
            .examples
            .into_iter()
            .find(|example| example.id == *id)
            .ok_or_else(|| format!("scenario {}: there is no example {id}", scenario.id).into()),
    }
}

fn in_json(scenario: &Scenario, computed: serde_json::Value) -> serde_json::Value {
    let both = |text: &casebook::BothLanguages| serde_json::json!({ "ru": text.ru, "en": text.en });
    let basis: Vec<_> = scenario
        .basis
        .iter()
        .map(|basis| {
            let confidence = basis.confidence.name();
            serde_json::json!({ "what": both(&basis.what), "confidence": confidence })
        })
        .collect();
    serde_json::json!({
        "id": scenario.id,
        "rows": scenario.rows,
        "question": both(&scenario.question),
        "answer": both(&scenario.answer),
        "basis": basis,
        "computed": computed,
    })
}

/// The whole file; of one that is too large only as much as shows it.
fn read(file: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).map_err(|error| format!("{}: {error}", file.display()))?)
    };
    let mut bytes = Vec::new();
    source
        .take(MAX_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(bytes)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
