//! Slots without addresses: where their drives are found is seen by billing, and remembered.

use std::path::Path;

use desk::{Desk, PortRules, SlotAddress, SlotPlan};
use emulator::drive::{Drive, Passport, Port, Server, Timing};
use serde_json::Value;
use tempfile::TempDir;

use crate::stand::{Stand, until};

const NUMBERS: [&str; 2] = ["9999078902000011", "9999078902000012"];

fn plug(folder: &Path, name: &str, port: Port) -> Server {
    Server::on_pty(port, Some(&folder.join(name))).unwrap()
}

/// Waits until both slots are ready; drive and port of each.
async fn found(stand: &Stand) -> Vec<(Value, Value)> {
    until("both drives are found", async || {
        let cassette = stand.get("/v1/cassette").await.body;
        let slots = cassette["slots"].as_array().unwrap();
        assert!(slots.iter().all(|slot| slot["address"] == "auto"));
        let is_ready = slots.iter().all(|slot| slot["state"] == "ready");
        let seen = |slot: &Value| (slot["fn_number"].clone(), slot["port"].clone());
        is_ready.then(|| slots.iter().map(seen).collect())
    })
    .await
}

#[tokio::test]
async fn drives_go_home_by_their_numbers_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| format!("pty:{}", folder.path().join(name).display());
    let mut stand = Stand::new();
    let automatic = || SlotPlan {
        address: SlotAddress::Automatic,
        spare: false,
    };
    stand.setup.slots = vec![automatic(), automatic()];
    stand.setup.ports = PortRules {
        allow: vec![at("fn*").parse().unwrap()],
        ..PortRules::default()
    };
    let servers = [("fn-a", NUMBERS[0]), ("fn-b", NUMBERS[1])].map(|(name, number)| {
        let passport = Passport::new(number.parse().unwrap()).unwrap();
        let port = Port::new(Drive::in_memory(passport).unwrap(), Timing::NONE);
        plug(folder.path(), name, port)
    });
    stand.open().await;
    stand.register().await;
    let before = found(&stand).await;
    let mut numbers: Vec<&str> = before.iter().filter_map(|(it, _)| it.as_str()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, NUMBERS);

    stand.close().await;
    let [a, b] = servers.map(|server| server.stop().unwrap());
    let _servers = [
        plug(folder.path(), "fn-b", a),
        plug(folder.path(), "fn-a", b),
    ];
    stand.open().await;
    let after = found(&stand).await;
    let other = |port: &Value| {
        if *port == at("fn-a") {
            at("fn-b")
        } else {
            at("fn-a")
        }
    };
    let exchanged = before
        .iter()
        .map(|(number, port)| (number.clone(), other(port).into()));
    assert_eq!(after, exchanged.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_slot_that_may_look_nowhere_is_refused_at_the_start() {
    let mut stand = Stand::new();
    stand.setup.slots[1].address = SlotAddress::Automatic;
    stand.setup.ports.allow.clear();
    let said = Desk::open(stand.setup.clone()).err().unwrap().to_string();
    assert!(
        said.contains("slot 2") && said.contains("[ports]"),
        "{said}"
    );
}
