use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Args;
use desk::{
    Checkup, Diagnosis, Examined, Grade, KnownDrive, OperatorCheckup, PortTrouble, Presence, Setup,
    examine, examine_operators,
};
use serde_json::{Value, json};
use terms::FfdVersion;

use super::{Outcome, runtime};
use crate::{
    config::Config,
    front,
    machine::{self, Part},
    server::{OtherCertificate, Server},
};

/// Talk to every configured port and to every operator (ОФД), and say what is there, what is the
/// matter and what to do. Works beside a running server, whose own view is shown for the ports that
/// it holds. An operator is asked by a message without any document. The certificate of the HTTP
/// interface is looked at, too, and the machine: every file that the configuration names and who may
/// read it, the disk of the journal (what kind, how much is free and for how long, how fsync behaves),
/// the clock, the copies of the journal, the service of systemd.
///
/// Ends with code 1 when a slot cannot form documents, the server would not start, or the journal is
/// not safe where it is; without the ОФД drives form for 30 days.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file.
    #[arg(long, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

impl Doctor {
    pub(crate) fn run(&self) -> Outcome {
        let config = Config::read(&self.config)?;
        let setup = config.setup()?;
        let mut interface = front::findings(&config.http);
        let server = view_of_server(&config);
        let disguised = server.as_ref().err().and_then(|error| disguised(&**error));
        let is_there = server.is_ok() || disguised.is_some();
        interface.extend(disguised);
        let server = server.ok();
        let checkups = examine(&setup, !is_there);
        let drives = known_drives(&checkups, server.as_ref(), &setup);
        let operators = runtime()?.block_on(examine_operators(&setup, &drives));
        let machine = machine::examine(&config, &self.config);
        if self.json {
            let slots: Vec<Value> = checkups
                .iter()
                .map(|checkup| checkup_json(checkup, server.as_ref()))
                .collect();
            let operators: Vec<Value> = operators.iter().map(operator_json).collect();
            let all = json!({ "slots": slots, "operators": operators,
                "http": findings_json(&interface),
                "machine": machine.iter().map(part_json).collect::<Vec<_>>() });
            println!("{}", serde_json::to_string_pretty(&all)?);
        } else {
            print(&checkups, server.as_ref());
            operators.iter().for_each(print_operator);
            if !interface.is_empty() {
                println!("HTTP interface");
                print_findings(&interface);
            }
            machine.iter().for_each(print_part);
        }
        let is_stop = |found: &Diagnosis| found.grade == Grade::Stop;
        let stops = checkups
            .iter()
            .any(|checkup| match view_of_slot(checkup, server.as_ref()) {
                Some(slot) => !is_at_work(slot),
                None => checkup.findings.iter().any(is_stop),
            });
        let mut of_machine = machine.iter().flat_map(|part| &part.findings);
        Ok(
            if stops || interface.iter().any(is_stop) || of_machine.any(is_stop) {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            },
        )
    }
}

/// The drives in whose names operators may be asked: those that have been read, then those of which
/// only the server's view is known.
fn known_drives(checkups: &[Checkup], server: Option<&Value>, setup: &Setup) -> Vec<KnownDrive> {
    let read = checkups.iter().filter_map(|checkup| {
        let facts = &checkup.examined.as_ref().ok()?.facts;
        Some(KnownDrive {
            number: facts.number(),
            ffd: facts.ffd.unwrap_or(FfdVersion::V1_05),
            ofd: facts.registration.as_ref().and_then(|it| it.ofd_inn),
        })
    });
    let held = checkups.iter().filter_map(|checkup| {
        let slot = view_of_slot(checkup, server)?;
        Some(KnownDrive {
            number: slot["fn_number"].as_str()?.parse().ok()?,
            ffd: setup.ffd(),
            ofd: None,
        })
    });
    read.chain(held).collect()
}

/// What a running server says of its slots.
fn view_of_server(config: &Config) -> Result<Value, Box<dyn Error>> {
    let server = Server::of(config)?;
    runtime()?.block_on(server.get("/v1/cassette"))
}

/// The server runs and cannot be asked.
fn disguised(error: &(dyn Error + 'static)) -> Option<Diagnosis> {
    let other: &OtherCertificate = error.downcast_ref()?;
    Some(Diagnosis {
        grade: Grade::Look,
        what: other.to_string(),
        remedy: "then run the doctor again: the server holds the drives and can tell of them"
            .to_owned(),
    })
}

/// The server's view of a slot whose port it holds.
fn view_of_slot<'a>(checkup: &Checkup, server: Option<&'a Value>) -> Option<&'a Value> {
    if checkup.examined != Err(PortTrouble::Busy) {
        return None;
    }
    let slots = server?["slots"].as_array()?;
    slots.iter().find(|slot| match checkup.slot {
        Some(number) => slot["slot"] == number,
        None => slot["port"] == checkup.port.as_str(),
    })
}

fn is_at_work(slot: &Value) -> bool {
    ["ready", "working", "resting"]
        .iter()
        .any(|state| slot["state"] == *state)
}

fn print(checkups: &[Checkup], server: Option<&Value>) {
    if checkups.is_empty() {
        println!(
            "the configuration names no port and allows none that is there; \
             `kassette drive list` shows the ports of this machine"
        );
    }
    for checkup in checkups {
        match checkup.slot {
            Some(slot) => println!("slot {slot}, {}", checkup.port),
            None => println!("{}", checkup.port),
        }
        if let Some(slot) = view_of_slot(checkup, server) {
            print_view(slot);
            continue;
        }
        if let Ok(examined) = &checkup.examined {
            print_facts(examined);
        }
        print_findings(&checkup.findings);
        if checkup
            .findings
            .iter()
            .all(|found| found.grade == Grade::Note)
        {
            println!("  ✓ it is well");
        }
    }
}

fn print_findings(findings: &[Diagnosis]) {
    for found in findings {
        let mark = match found.grade {
            Grade::Stop => "✗",
            Grade::Look => "!",
            Grade::Note => "·",
        };
        println!("  {mark} {}", found.what);
        if !found.remedy.is_empty() {
            println!("    → {}", found.remedy);
        }
    }
}

fn print_part(part: &Part) {
    println!("{}", part.name);
    print_findings(&part.findings);
    if part.findings.iter().all(|found| found.grade == Grade::Note) {
        println!("  ✓ it is well");
    }
}

fn print_operator(checkup: &OperatorCheckup) {
    let ofd = &checkup.operator;
    println!("ОФД {}, ИНН {}, {}", ofd.name, ofd.inn, ofd.address);
    print_findings(&checkup.findings);
    if checkup.presence == Presence::Answers {
        println!("  ✓ it answers");
    }
}

/// The running server has the port: what it says.
fn print_view(slot: &Value) {
    let text = |name: &str| slot[name].as_str().unwrap_or("none").to_owned();
    println!(
        "  held by the running server: drive {}, state {}",
        text("fn_number"),
        text("state")
    );
    let mark = if is_at_work(slot) { "!" } else { "✗" };
    for reason in ["reason", "ofd_trouble"] {
        if let Some(reason) = slot[reason].as_str() {
            println!("  {mark} {reason}");
        }
    }
}

fn print_facts(examined: &Examined) {
    let facts = &examined.facts;
    let status = &facts.status;
    let ffd = facts.ffd.map_or_else(
        || "1.05, first generation".to_owned(),
        |ffd| ffd.to_string(),
    );
    println!(
        "  drive {}, {} {}, ФФД {ffd}, {}",
        facts.number(),
        facts.model.as_deref().unwrap_or("model unknown"),
        facts.version,
        status.phase
    );
    if let Some(registration) = &facts.registration {
        println!(
            "  registered {} for ИНН {} under РНМ {}, {} changes left",
            registration.time, registration.user_inn, registration.rnm, facts.registrations_left
        );
    }
    if let Some(time) = status.last_time {
        println!("  last document ФД {} of {time}", status.last_document);
    }
    if let Some(shift) = &facts.shift {
        let state = if shift.open { "open" } else { "closed" };
        println!(
            "  shift {} is {state}, {} receipts in it",
            shift.shift, shift.receipt
        );
    }
    if let Some(exchange) = &facts.exchange {
        println!(
            "  {} documents wait for the ОФД, {} are without its ticket",
            exchange.queued,
            examined
                .unacknowledged
                .map_or_else(|| "?".to_owned(), |count| count.to_string())
        );
    }
    let days = examined.days_left.map(|days| format!("{days} days"));
    let until = facts.until.map(|until| format!("until {until}"));
    let documents = facts.documents_left.map(|left| format!("{left} documents"));
    let left: Vec<String> = [documents, days, until].into_iter().flatten().collect();
    if !left.is_empty() {
        println!("  left: {}", left.join(", "));
    }
    println!("  warnings: {}", status.warnings);
    if !examined.last_errors.is_empty() {
        println!("  last errors (35h): {}", hex(&examined.last_errors));
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

fn checkup_json(checkup: &Checkup, server: Option<&Value>) -> Value {
    let drive = checkup.examined.as_ref().ok().map(|examined| {
        let facts = &examined.facts;
        let registration = facts.registration.as_ref();
        json!({
            "fn_number": facts.number().to_string(),
            "model": facts.model,
            "version": facts.version,
            "serial": facts.serial,
            "ffd": facts.ffd.map(|ffd| ffd.to_string()),
            "phase": facts.status.phase.to_string(),
            "current_document": facts.status.current.to_string(),
            "last_fd": facts.status.last_document.get(),
            "last_time": facts.status.last_time.map(|time| time.to_string()),
            "shift_open": facts.status.shift_open,
            "shift": facts.shift.map(|shift| shift.shift.get()),
            "inn": registration.map(|it| it.user_inn.to_string()),
            "rnm": registration.map(|it| it.rnm.to_string()),
            "ofd_inn": registration.and_then(|it| it.ofd_inn).map(|inn| inn.to_string()),
            "registrations_left": facts.registrations_left,
            "queued": facts.exchange.map(|it| it.queued),
            "unacknowledged": examined.unacknowledged,
            "documents_left": facts.documents_left,
            "days_left": examined.days_left,
            "until": facts.until.map(|until| until.to_string()),
            "warnings": facts.status.warnings.0,
            "last_errors": hex(&examined.last_errors),
        })
    });
    let view = view_of_slot(checkup, server);
    let findings = match view {
        Some(_) => Vec::new(),
        None => findings_json(&checkup.findings),
    };
    json!({
        "slot": checkup.slot,
        "port": checkup.port,
        "drive": drive,
        "held_by_server": view,
        "findings": findings,
    })
}

fn operator_json(checkup: &OperatorCheckup) -> Value {
    let ofd = &checkup.operator;
    json!({
        "inn": ofd.inn.to_string(),
        "name": ofd.name,
        "address": ofd.address.to_string(),
        "presence": checkup.presence.name(),
        "findings": findings_json(&checkup.findings),
    })
}

fn part_json(part: &Part) -> Value {
    json!({ "part": part.name, "findings": findings_json(&part.findings) })
}

fn findings_json(findings: &[Diagnosis]) -> Vec<Value> {
    let findings = findings.iter().map(|found| {
        json!({
            "grade": found.grade.name(),
            "what": found.what,
            "remedy": found.remedy,
        })
    });
    findings.collect()
}
