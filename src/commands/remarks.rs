use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;
use terms::{DriveNumber, Id};

use super::{Outcome, runtime};
use crate::{config::Config, server::Server};

/// The most characters in a line of the table.
const WIDTH: u16 = 120;

/// Show the documents that the ОФД refused, or had something to say about, the newest first. The
/// server must be running.
#[derive(Args)]
pub(crate) struct Remarks {
    /// Only of the drives of this slot, counted from 1.
    #[arg(long)]
    slot: Option<u8>,
    /// Only of this drive.
    #[arg(long)]
    drive: Option<DriveNumber>,
    /// Only of this receipt.
    #[arg(long)]
    receipt: Option<Id>,
    /// Only refusals, or only messages.
    #[arg(long)]
    kind: Option<Kind>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// The ОФД did not accept the document.
    Refused,
    /// It did, and has something to say.
    Message,
}

impl Remarks {
    pub(crate) fn run(self) -> Outcome {
        let server = Server::of(&Config::read(&self.config)?)?;
        let remarks = runtime()?.block_on(server.get(&self.path()))?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&remarks)?);
            return Ok(ExitCode::SUCCESS);
        }
        match remarks.as_array().map(Vec::as_slice).unwrap_or_default() {
            [] => println!("the ОФД has refused nothing and has nothing to say"),
            remarks => println!("{}", table(remarks)),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn path(&self) -> String {
        let mut path = format!("/v1/remarks?limit={}", self.limit);
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={value}"));
            }
        };
        add("slot", self.slot.map(|it| it.to_string()));
        add("fn_number", self.drive.map(|it| it.to_string()));
        add("receipt", self.receipt.map(|it| it.to_string()));
        let kind = self.kind.map(|kind| match kind {
            Kind::Refused => "refused",
            Kind::Message => "message",
        });
        add("kind", kind.map(str::to_owned));
        path
    }
}

fn table(remarks: &[Value]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["slot", "drive", "ФД", "document", "receipt", "the ОФД says"]);
    for remark in remarks {
        table.add_row([
            text(&remark["slot"]),
            text(&remark["fn_number"]),
            text(&remark["fd"]),
            format!("{}\n{}", text(&remark["document"]), text(&remark["time"])),
            text(&remark["receipt"]),
            said(&remark["ofd"]),
        ]);
    }
    table
}

/// The code with its meaning, then each message on a line of its own.
fn said(ofd: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(code) = ofd["code"].as_u64().filter(|code| *code != 0) {
        lines.push(format!("code {code}: {}", text(&ofd["meaning_ru"])));
    }
    let messages = ofd["messages"].as_array().map(Vec::as_slice);
    lines.extend(
        messages
            .unwrap_or_default()
            .iter()
            .map(|message| text(&message["text_ru"])),
    );
    lines.extend(ofd["text"].as_str().map(str::to_owned));
    lines.join("\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
