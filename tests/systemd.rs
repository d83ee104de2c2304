//! The unit of systemd: what it asks for is understood, and it may do no more than is told.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{fs, process::Command};

const UNIT: &str = "systemd/kassette.service";

/// What a command says; none when there is none of this name.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The exposure in tenths, as systemd-analyze rates it, 0 to 100.
fn tenths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap();
    whole.parse::<u32>().unwrap() * 10 + part.parse::<u32>().unwrap()
}

#[test]
fn the_unit_exposes_no_more_than_its_page_tells() {
    let page = fs::read_to_string("docs/service.md").unwrap();
    let (_, told) = page.split_once("rates its exposure ").unwrap();
    let told = tenths(told.split(' ').next().unwrap());
    let arguments = ["security", "--offline=true", "--no-pager", UNIT];
    let Some(said) = said("systemd-analyze", &arguments) else {
        return println!("there is no systemd-analyze here");
    };
    // Versions before 250 cannot rate a file.
    let Some((_, rated)) = said.split_once("Overall exposure level for kassette.service: ") else {
        return println!("systemd-analyze does not rate: {said}");
    };
    let rated = tenths(rated.split(' ').next().unwrap());
    assert!(rated <= told, "{rated} tenths: {said}");
}

#[test]
fn the_unit_is_understood_and_stops_as_late_as_its_page_tells() {
    let unit = fs::read_to_string(UNIT).unwrap();
    let page = fs::read_to_string("docs/service.md").unwrap();
    for line in ["Type=notify", "WatchdogSec=180", "TimeoutStopSec=60"] {
        assert!(unit.lines().any(|it| it == line), "{line}");
    }
    assert!(page.contains("at most 60 seconds") && page.contains("WatchdogSec=180"));
    // It wants programs where they will be; here they are this one.
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("kassette.service");
    let program = env!("CARGO_BIN_EXE_kassette");
    fs::write(
        &here,
        unit.replace("=kassette serve", &format!("={program} serve")),
    )
    .unwrap();
    let Some(said) = said("systemd-analyze", &["verify", &here.display().to_string()]) else {
        return println!("there is no systemd-analyze here");
    };
    assert!(!said.contains("kassette.service"), "{said}");
}

#[test]
fn the_package_holds_what_its_page_tells() {
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets = deb["assets"].as_array().unwrap();
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        // What is built, and a pattern.
        if !source.starts_with("target/") && !source.contains('*') {
            assert!(fs::exists(source).unwrap(), "{source}");
        }
    }
    let targets: Vec<&str> = assets.iter().map(|it| it[1].as_str().unwrap()).collect();
    for conffile in deb["conf-files"].as_array().unwrap() {
        let path = conffile.as_str().unwrap().trim_start_matches('/');
        assert!(targets.contains(&path), "{path}");
    }
    assert!(
        !targets.iter().any(|it| it.starts_with("etc/kassette")),
        "no upgrade touches the configuration"
    );
    let scripts = deb["maintainer-scripts"].as_str().unwrap();
    for script in ["postinst", "prerm", "postrm"] {
        let text = fs::read_to_string(format!("{scripts}{script}")).unwrap();
        assert!(
            text.starts_with("#!/bin/sh\n") && text.contains("\nset -e\n"),
            "{script}"
        );
        let never = ["rm -r", "rm -f /var/lib", "userdel", "deluser"];
        assert!(
            never.iter().all(|it| !text.contains(it)),
            "{script} keeps the journal"
        );
    }
}
