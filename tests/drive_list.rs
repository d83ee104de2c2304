//! What «kassette drive list» shows of a machine's ports.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    fs::{self, File},
    os::unix::fs::{OpenOptionsExt, symlink},
    path::Path,
    process::Command,
};

use emulator::drive::{Drive, Fault, Passport, Port, Server, Timing};
use serde_json::{Value, json};
use tempfile::TempDir;

const ORGANISATION: &str = r#"
[organisation]
inn = "7802781104"
name = "ООО «Образцовый провайдер»"
sno = [1]
address = "190000, Санкт-Петербург, Образцовая ул., 1"
place = "Центр обслуживания абонентов"
sender_email = "chek@example.ru"
cashier = "Система"
utc_offset = "+03:00"
[[ofd]]
inn = "7704211201"
name = "ЭМУЛЯТОР ОФД"
address = "127.0.0.1:9"
"#;

fn plug(folder: &Path, name: &str, number: &str, fault: Option<&str>) -> Server {
    let passport = Passport::new(number.parse().unwrap()).unwrap();
    let port = Port::new(Drive::in_memory(passport).unwrap(), Timing::NONE);
    if let Some(fault) = fault {
        port.faults().add(fault.parse::<Fault>().unwrap());
    }
    Server::on_pty(port, Some(&folder.join(name))).unwrap()
}

fn list(folder: &Path, more: &str, arguments: &[&str]) -> String {
    let config = folder.join("kassette.toml");
    // A journal that cannot be: it is not needed.
    let journal = "[journal]\nfolder = \"/dev/null/journal\"\n";
    fs::write(&config, format!("{journal}{ORGANISATION}{more}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kassette"))
        .args(["drive", "list", "--config"])
        .arg(config)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Opens a port and locks it, as every program does that uses it with care.
fn hold(port: &Path) -> File {
    const NO_CONTROLLING_TERMINAL: i32 = 0o400;
    let file = File::options()
        .read(true)
        .write(true)
        .custom_flags(NO_CONTROLLING_TERMINAL)
        .open(port)
        .unwrap();
    file.lock_shared().unwrap();
    file
}

/// An automatic slot, one over a pty, one over TCP, one whose port is not there.
fn ports_and_slots(folder: &Path) -> String {
    format!(
        "[timeouts]\nstatus_ms = 300\n[ports]\nallow = [\"pty:{}\"]\n[[slot]]\n[[slot]]\n\
         address = \"pty:{}\"\n[[slot]]\naddress = \"tcp:127.0.0.1:9\"\n[[slot]]\n\
         address = \"serial:/dev/no-such-drive\"\n",
        folder.join("fn-*").display(),
        folder.join("fn-2-held").display(),
    )
}

#[test]
fn each_port_is_shown_with_its_drive_or_with_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let _drives = [
        plug(folder.path(), "fn-1-new", "9999078902000021", None),
        plug(folder.path(), "fn-2-held", "9999078902000022", None),
        plug(
            folder.path(),
            "fn-3-mute",
            "9999078902000023",
            Some("drop-answer"),
        ),
        plug(folder.path(), "other", "9999078902000024", None),
    ];
    let _held = hold(&at("fn-2-held"));
    fs::create_dir(at("fn-4-folder")).unwrap();
    fs::write(at("fn-5-file"), "").unwrap();
    symlink("/dev/null", at("fn-6-null")).unwrap();
    symlink(at("fn-1-new"), at("fn-7-again")).unwrap();
    let config = ports_and_slots(folder.path());

    let listed: Vec<Value> =
        serde_json::from_str(&list(folder.path(), &config, &["--json"])).unwrap();
    let named = |name: &str| {
        let is_it = |port: &&Value| port["name"] == name || port["port"] == name;
        let mut found = listed.iter().filter(is_it);
        let port = found.next().unwrap_or_else(|| panic!("{name}: {listed:?}"));
        assert!(found.next().is_none(), "{name} is there twice");
        port
    };
    let drive = named(at("fn-1-new").to_str().unwrap());
    assert_eq!(
        (&drive["allowed"], &drive["slot"]),
        (&json!(true), &json!(null))
    );
    let seen = &drive["drive"];
    assert_eq!(seen["fn_number"], "9999078902000021");
    assert_eq!(seen["phase"], "ready for registration");
    assert_eq!(
        (&seen["last_fd"], &seen["emulated"]),
        (&json!(0), &json!(true))
    );
    assert!(seen["version"].as_str().unwrap().starts_with("EMULATOR"));
    let trouble = |name: &str, slot: Option<u8>, code: &str| {
        let port = named(name);
        assert_eq!(port["drive"], Value::Null, "{name}");
        assert_eq!(port["slot"], json!(slot), "{name}");
        assert_eq!(port["trouble"]["code"], code, "{name}");
    };
    trouble(at("fn-2-held").to_str().unwrap(), Some(2), "busy");
    trouble(at("fn-3-mute").to_str().unwrap(), None, "silent");
    trouble(at("fn-4-folder").to_str().unwrap(), None, "no_port");
    trouble(at("fn-5-file").to_str().unwrap(), None, "no_port");
    trouble("/dev/null", None, "no_port");
    trouble("tcp:127.0.0.1:9", Some(3), "not_asked");
    trouble("/dev/no-such-drive", Some(4), "missing");
    let said = |name: &str| listed.iter().any(|port| port.to_string().contains(name));
    assert!(!said("fn-7-again"), "a second name of the same device");
    assert!(!said("9999078902000024"), "nobody allowed it");

    let table = list(folder.path(), &config, &[]);
    for words in [
        "9999078902000021",
        "ready for registration",
        "slot 2",
        "it is busy",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
}
